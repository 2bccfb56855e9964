// SPDX-License-Identifier: MIT
use crate::peer::{Patch, Peer, Unable};
use diamond_types::list::encoding::{ENCODE_FULL, ENCODE_PATCH};
use diamond_types::list::ListCRDT;

type Agent = diamond_types::AgentId;

pub struct Diamond {
    list: ListCRDT,
    name: String,
    agent: Option<Agent>,
    marked: Vec<usize>,
}

impl Diamond {
    fn around(id: u64, list: ListCRDT) -> Self {
        Diamond { list, name: format!("{id:013x}"), agent: None, marked: Vec::new() }
    }

    /// A reader has no place among the writers, so the name is entered at the first edit.
    fn agent(&mut self) -> Agent {
        match self.agent {
            Some(agent) => agent,
            None => {
                let agent = self.list.get_or_create_agent_id(&self.name);
                self.agent = Some(agent);
                agent
            }
        }
    }
}

impl Peer for Diamond {
    fn new(id: u64) -> Self {
        Self::around(id, ListCRDT::new())
    }

    fn commit(&mut self, patches: &[Patch]) {
        let agent = self.agent();
        for p in patches {
            if p.del > 0 {
                self.list.delete_without_content(agent, p.pos..p.pos + p.del);
            }
            if !p.ins.is_empty() {
                self.list.insert(agent, p.pos, p.ins);
            }
        }
    }

    fn commit_encoded(&mut self, patches: &[Patch]) -> Vec<u8> {
        let before = self.list.oplog.local_version();
        self.commit(patches);
        self.list.oplog.encode_from(ENCODE_PATCH, &before)
    }

    fn len(&self) -> usize {
        self.list.len()
    }

    fn text(&self) -> String {
        self.list.branch.content().to_string()
    }

    fn head(&self, units: usize) -> String {
        let rope = self.list.branch.content();
        rope.slice_substrings(0..units.min(rope.len_chars())).collect()
    }

    fn receive(&mut self, update: &[u8]) {
        self.list.merge_data_and_ff(update).expect("a good update");
    }

    fn receive_all(&mut self, updates: &[Vec<u8>]) {
        for update in updates {
            self.list.oplog.decode_and_add(update).expect("a good update");
        }
        let tip = self.list.oplog.local_version();
        self.list.branch.merge(&self.list.oplog, &tip);
    }

    fn mark(&mut self) {
        self.marked = self.list.oplog.local_version().to_vec();
    }

    fn since_mark(&mut self) -> Vec<u8> {
        self.list.oplog.encode_from(ENCODE_PATCH, &self.marked)
    }

    fn history(&mut self) -> Result<Vec<u8>, Unable> {
        Ok(self.list.oplog.encode(ENCODE_FULL))
    }

    fn from_history(id: u64, update: &[u8]) -> Result<Self, Unable> {
        Ok(Self::open(id, update))
    }

    fn save(&mut self) -> Vec<u8> {
        self.list.oplog.encode(ENCODE_FULL)
    }

    fn open(id: u64, file: &[u8]) -> Self {
        Self::around(id, ListCRDT::load_from(file).expect("a good file"))
    }
}
