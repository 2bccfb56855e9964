// SPDX-License-Identifier: MIT
//! Reads the public trace format. A trace lives as long as the process.
use crate::peer::Patch;
use serde_json::Value;
use std::io::Read;

pub struct Transaction {
    pub agent: usize,
    pub parents: Vec<usize>,
    pub patches: Vec<Patch<'static>>,
}

pub struct Trace {
    pub concurrent: bool,
    pub agents: usize,
    pub end_content: String,
    pub transactions: Vec<Transaction>,
    /// Some scalar takes two UTF-16 units.
    pub astral: bool,
}

fn number(v: &Value) -> usize {
    v.as_u64().expect("a number") as usize
}

fn leak(v: &Value) -> &'static str {
    Box::leak(v.as_str().expect("a string").to_string().into_boxed_str())
}

fn read_patch(v: &Value) -> Patch<'static> {
    Patch { pos: number(&v[0]), del: number(&v[1]), ins: leak(&v[2]) }
}

pub fn read(path: &str) -> Trace {
    let file = std::fs::read(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut json = Vec::new();
    if file.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(&file[..]).read_to_end(&mut json).expect("a gzip file");
    } else {
        json = file;
    }
    let root: Value = serde_json::from_slice(&json).expect("JSON");
    let list = root["txns"].as_array().expect("transactions");
    let transactions: Vec<Transaction> = list
        .iter()
        .map(|t| Transaction {
            agent: t.get("agent").map_or(0, number),
            parents: t
                .get("parents")
                .and_then(Value::as_array)
                .map_or_else(Vec::new, |p| p.iter().map(number).collect()),
            patches: t["patches"].as_array().expect("patches").iter().map(read_patch).collect(),
        })
        .collect();
    Trace {
        concurrent: root.get("kind").and_then(Value::as_str) == Some("concurrent"),
        agents: 1 + transactions.iter().map(|t| t.agent).max().unwrap_or(0),
        end_content: root["endContent"].as_str().expect("the text").to_string(),
        astral: transactions.iter().flat_map(|t| &t.patches).any(|p| has_astral(p.ins)),
        transactions,
    }
}

fn has_astral(text: &str) -> bool {
    text.chars().any(|c| c.len_utf16() == 2)
}

impl Trace {
    /// Turns the positions of a sequential trace into UTF-16 units.
    pub fn to_utf16(&mut self) {
        let mut wide: Vec<usize> = Vec::new(); // positions of scalars of two units, ascending
        for p in self.transactions.iter_mut().flat_map(|t| &mut t.patches) {
            let first = wide.partition_point(|&at| at < p.pos);
            let last = wide.partition_point(|&at| at < p.pos + p.del);
            let inserted: Vec<usize> = p
                .ins
                .chars()
                .enumerate()
                .filter(|(_, c)| c.len_utf16() == 2)
                .map(|(i, _)| p.pos + i)
                .collect();
            let size = p.ins.chars().count();
            for at in &mut wide[last..] {
                *at = *at - p.del + size;
            }
            wide.splice(first..last, inserted);
            p.pos += first;
            p.del += last - first;
        }
    }
}

/// The same for one patch, against the text that it is for.
pub fn patch_to_utf16(p: &Patch<'static>, text: &str) -> Patch<'static> {
    let units = |from: usize, count: usize| -> usize {
        text.chars().skip(from).take(count).map(char::len_utf16).sum()
    };
    Patch { pos: units(0, p.pos), del: units(p.pos, p.del), ins: p.ins }
}
