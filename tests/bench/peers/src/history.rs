// SPDX-License-Identifier: MIT
//! Makes the history of a trace with real replicas, one per agent, and keeps its files.
use crate::peer::{writer_id, Patch, Peer};
use crate::trace::{patch_to_utf16, Trace, Transaction};
use std::io::Write;
use std::path::{Path, PathBuf};

pub struct Made<P> {
    pub whole: P,
    /// One per transaction.
    pub updates: Vec<Vec<u8>>,
}

pub fn make<P: Peer>(trace: &Trace) -> Made<P> {
    if trace.concurrent {
        return make_concurrent(trace);
    }
    let mut whole = P::new(writer_id(0));
    let updates = trace.transactions.iter().map(|t| whole.commit_encoded(&t.patches)).collect();
    Made { whole, updates }
}

type Counts = Vec<usize>; // agent -> number of its transactions

struct Walk<P> {
    replicas: Vec<Option<P>>,
    seen: Vec<Counts>,
    owned: Vec<Vec<usize>>,
    updates: Vec<Vec<u8>>,
}

impl<P: Peer> Walk<P> {
    fn catch_up(&mut self, agent: usize, wanted: &Counts) {
        let mut missing: Vec<usize> = Vec::new();
        for (other, owned) in self.owned.iter().enumerate() {
            let from = self.seen[agent][other];
            if from < wanted[other] {
                missing.extend(&owned[from..wanted[other]]);
                self.seen[agent][other] = wanted[other];
            }
        }
        missing.sort_unstable();
        let batch: Vec<Vec<u8>> = missing.iter().map(|&i| self.updates[i].clone()).collect();
        let replica = self.replicas[agent].get_or_insert_with(|| P::new(writer_id(agent as u64)));
        if batch.len() == 1 {
            replica.receive(&batch[0]);
        } else if !batch.is_empty() {
            replica.receive_all(&batch);
        }
    }
}

fn make_concurrent<P: Peer>(trace: &Trace) -> Made<P> {
    let none = vec![0; trace.agents];
    let mut walk = Walk::<P> {
        replicas: (0..trace.agents).map(|_| None).collect(),
        seen: vec![none.clone(); trace.agents],
        owned: vec![Vec::new(); trace.agents],
        updates: Vec::new(),
    };
    let mut children = vec![0usize; trace.transactions.len()];
    for parent in trace.transactions.iter().flat_map(|t| &t.parents) {
        children[*parent] += 1;
    }
    let mut versions: Vec<Option<Counts>> = Vec::new();
    let mut last = 0;
    for (index, t) in trace.transactions.iter().enumerate() {
        let mut wanted = none.clone();
        for &parent in &t.parents {
            let of_parent = versions[parent].as_ref().expect("a version that is still needed");
            for (w, p) in wanted.iter_mut().zip(of_parent) {
                *w = (*w).max(*p);
            }
            children[parent] -= 1;
            if children[parent] == 0 {
                versions[parent] = None;
            }
        }
        walk.catch_up(t.agent, &wanted);
        let replica = walk.replicas[t.agent].as_mut().expect("a replica");
        walk.updates.push(commit_one(replica, t, trace.astral));
        walk.owned[t.agent].push(index);
        walk.seen[t.agent][t.agent] += 1;
        wanted[t.agent] += 1;
        versions.push(Some(wanted));
        last = t.agent;
    }
    let all: Counts = walk.owned.iter().map(Vec::len).collect();
    walk.catch_up(last, &all);
    Made { whole: walk.replicas[last].take().expect("a replica"), updates: walk.updates }
}

fn commit_one<P: Peer>(replica: &mut P, t: &Transaction, astral: bool) -> Vec<u8> {
    if !P::UTF16 || !astral {
        return replica.commit_encoded(&t.patches);
    }
    // Later patches stand on the earlier ones, so these are played on a copy of the text.
    let mut text = replica.text();
    let patches: Vec<Patch> = t
        .patches
        .iter()
        .map(|p| {
            let converted = patch_to_utf16(p, &text);
            let kept = text.chars().take(p.pos);
            let after = text.chars().skip(p.pos + p.del);
            text = kept.chain(p.ins.chars()).chain(after).collect();
            converted
        })
        .collect();
    replica.commit_encoded(&patches)
}

/// Where the files of one peer and trace are.
pub struct Files(PathBuf);

impl Files {
    pub fn new(folder: &str) -> Self {
        Files(Path::new(folder).to_path_buf())
    }

    pub fn write(&self, name: &str, data: &[u8]) {
        std::fs::write(self.0.join(name), data).expect("a writable folder");
    }

    pub fn read(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.0.join(name)).ok()
    }

    pub fn write_stream(&self, updates: &[Vec<u8>]) {
        let mut out = Vec::new();
        for update in updates {
            out.write_all(&(update.len() as u32).to_le_bytes()).expect("memory");
            out.write_all(update).expect("memory");
        }
        self.write("stream", &out);
    }

    pub fn read_stream(&self) -> Option<Vec<Vec<u8>>> {
        let data = self.read("stream")?;
        let mut out = Vec::new();
        let mut rest = &data[..];
        while !rest.is_empty() {
            let (size, after) = rest.split_at(4);
            let size = u32::from_le_bytes(size.try_into().expect("4 bytes")) as usize;
            out.push(after[..size].to_vec());
            rest = &after[size..];
        }
        Some(out)
    }
}
