// SPDX-License-Identifier: MIT
use crate::peer::{Patch, Peer, Unable};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ChangeHash, ObjId, ObjType, ReadDoc, ROOT};
use std::sync::OnceLock;

pub struct Automerge {
    doc: AutoCommit,
    text: ObjId,
    marked: Vec<ChangeHash>,
}

/// All replicas must share the change that makes the text, so this is where each begins.
fn beginning() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let mut doc = AutoCommit::new().with_actor(ActorId::from([0u8; 16]));
        doc.put_object(ROOT, "text", ObjType::Text).expect("a text");
        doc.save()
    })
}

impl Automerge {
    fn around(id: u64, mut doc: AutoCommit) -> Self {
        let mut actor = [0u8; 16];
        actor[..8].copy_from_slice(&id.to_be_bytes());
        actor[8..].copy_from_slice(&crate::random::mix(id).to_be_bytes());
        doc.set_actor(ActorId::from(actor));
        let text = doc.get(ROOT, "text").expect("a root").expect("a text").1;
        Automerge { doc, text, marked: Vec::new() }
    }
}

impl Peer for Automerge {
    fn new(id: u64) -> Self {
        Self::open(id, beginning())
    }

    fn commit(&mut self, patches: &[Patch]) {
        for p in patches {
            self.doc
                .splice_text(&self.text, p.pos, p.del as isize, p.ins)
                .expect("inside the text");
        }
        self.doc.commit();
    }

    fn commit_encoded(&mut self, patches: &[Patch]) -> Vec<u8> {
        self.commit(patches);
        self.doc.get_last_local_change().expect("a change").raw_bytes().to_vec()
    }

    fn len(&self) -> usize {
        self.doc.length(&self.text)
    }

    fn text(&self) -> String {
        self.doc.text(&self.text).expect("a text")
    }

    /// There is no way to read a part, so this reads all.
    fn head(&self, units: usize) -> String {
        self.text().chars().take(units).collect()
    }

    fn receive(&mut self, update: &[u8]) {
        self.doc.load_incremental(update).expect("a good update");
    }

    fn receive_all(&mut self, updates: &[Vec<u8>]) {
        self.doc.load_incremental(&updates.concat()).expect("good updates");
    }

    fn mark(&mut self) {
        self.marked = self.doc.get_heads();
    }

    fn since_mark(&mut self) -> Vec<u8> {
        self.doc.save_after(&self.marked)
    }

    fn history(&mut self) -> Result<Vec<u8>, Unable> {
        Ok(self.doc.save())
    }

    fn from_history(id: u64, update: &[u8]) -> Result<Self, Unable> {
        Ok(Self::open(id, update))
    }

    fn save(&mut self) -> Vec<u8> {
        self.doc.save()
    }

    fn open(id: u64, file: &[u8]) -> Self {
        Self::around(id, AutoCommit::load(file).expect("a good file"))
    }
}
