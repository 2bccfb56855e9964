// SPDX-License-Identifier: MIT
//! The rows of libraries whose types live in a document: the same changes, each writer's in one
//! transaction, which is the best case for them.
use crate::report::{Report, Watch};
use crate::world::*;

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Counter,
    Map,
    List,
}

/// A document with one counter, one map or one list in it.
pub trait Doc: Sized {
    type Version;
    /// Of the writer with this number; `saved` is what `save` gave, or nothing.
    fn open(writer: usize, saved: Option<&[u8]>) -> Self;
    /// The same document in the hands of another writer.
    fn by(mut self, writer: usize) -> Self {
        let saved = self.save();
        Self::open(writer, Some(&saved))
    }
    /// One transaction.
    fn add(&mut self, amount: i64);
    fn set(&mut self, entries: &[(u64, u64)]);
    fn push(&mut self, values: &[u64]);
    fn version(&mut self) -> Self::Version;
    fn since(&mut self, version: &Self::Version) -> Vec<u8>;
    fn import(&mut self, update: &[u8]);
    fn save(&mut self) -> Vec<u8>;
    /// Bytes of the state and of what is new since a version, in the smallest forms there are.
    fn smallest(&mut self) -> usize;
    fn smallest_since(&mut self, version: &Self::Version) -> usize {
        self.since(version).len()
    }
    fn counted(&mut self) -> i64;
    fn values(&mut self, kind: Kind) -> Vec<u64>;

    fn shown(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Counter => self.counted().to_string(),
            _ => told(self.values(kind)),
        }
    }
}

/// What a writer does in one transaction: the numbers of elements, or one amount.
fn act<D: Doc>(doc: &mut D, row: &str, numbers: &[usize]) {
    match row {
        "g_counter" | "pn_counter" => {
            let amount = numbers[0] as i64 % 7 + 1;
            let down = row == "pn_counter" && numbers[0] % 3 == 0;
            doc.add(if down { -amount } else { amount });
        }
        "lww_map" => {
            let entries: Vec<_> = numbers.iter().map(|&i| (element(i), i as u64)).collect();
            doc.set(&entries);
        }
        _ => {
            let values: Vec<_> = numbers.iter().map(|&i| element(i)).collect();
            doc.push(&values);
        }
    }
}

struct Made {
    base: Vec<u8>,
    left: Vec<u8>,
    from_right: Vec<u8>,
    deltas: Vec<Vec<u8>>,
    bytes: usize,
    delta_bytes: f64,
    shown: String,
}

fn make<D: Doc>(row: &str, kind: Kind, shape: &Shape) -> Made {
    let (n, c, r) = (shape.size, shape.changes(), shape.replicas);
    let counter = kind == Kind::Counter;
    let mut doc = D::open(0, None);
    for w in 0..r {
        let block: Vec<usize> = if counter { vec![w] } else { (w * n / r..(w + 1) * n / r).collect() };
        doc = doc.by(w);
        act(&mut doc, row, &block);
    }
    let base = doc.save();
    let bytes = doc.smallest();
    let diverge = |right: usize| -> (Vec<u8>, Vec<u8>) {
        let mut side = D::open(r + right, Some(&base));
        let before = side.version();
        if counter {
            for w in (0..r).filter(|w| w % 2 == right) {
                side = side.by(w);
                act(&mut side, row, &[w + r]);
            }
        } else {
            let old = (0..c).map(|j| 2 * j + right).filter(|_| kind == Kind::Map);
            let all: Vec<usize> = old.chain((0..c).map(|j| n + right * c + j)).collect();
            act(&mut side, row, &all);
        }
        (side.save(), side.since(&before))
    };
    let (left, _) = diverge(0);
    let (_, from_right) = diverge(1);
    let count = if counter { 10 } else { shape.deltas() };
    let mut source = D::open(r + 2, Some(&base));
    let mut sizes = 0;
    let deltas: Vec<_> = (0..count)
        .map(|j| {
            let before = source.version();
            act(&mut source, row, &[if counter { j } else { 2 * n + j }]);
            sizes += source.smallest_since(&before);
            source.since(&before)
        })
        .collect();
    let mut all = D::open(0, Some(&left));
    all.import(&from_right);
    let shown = all.shown(kind);
    Made { base, left, from_right, deltas, bytes, delta_bytes: sizes as f64 / count as f64, shown }
}

pub fn row<D: Doc>(report: &Report, row: &str, shape: &Shape) {
    let kind = match row {
        "g_counter" | "pn_counter" => Kind::Counter,
        "lww_map" => Kind::Map,
        "fugue_list" => Kind::List,
        other => return report.note(other, "not there"),
    };
    let made = make::<D>(row, kind, shape);
    report.check(row, &made.shown);
    // Some read a file only when they must; that is not part of a merge.
    let copies = |of: &[u8]| -> Vec<D> {
        (0..(2_000 / shape.entries).clamp(1, 20))
            .map(|_| {
                let mut doc = D::open(0, Some(of));
                doc.shown(kind);
                doc
            })
            .collect()
    };
    let timed = |of: &[u8], updates: &[Vec<u8>]| -> Result<f64, String> {
        let mut docs = copies(of);
        let time = Watch::start();
        for doc in &mut docs {
            updates.iter().for_each(|update| doc.import(update));
        }
        Ok(time.ms() / (docs.len() * updates.len()) as f64)
    };
    let from_right = [made.from_right.clone()];
    report.repeat(&format!("{row} update"), || timed(&made.left, &from_right));
    report.repeat(&format!("{row} delta"), || timed(&made.base, &made.deltas));
    report.values(&format!("{row} bytes"), "bytes", &[made.bytes as f64]);
    report.values(&format!("{row} delta bytes"), "bytes", &[made.delta_bytes]);
}
