// SPDX-License-Identifier: MIT
use crate::peer::{Patch, Peer, Unable};
use loro::{ExportMode, LoroDoc, LoroText, VersionVector};

pub struct Loro {
    doc: LoroDoc,
    text: LoroText,
    marked: VersionVector,
}

impl Loro {
    fn around(id: u64, doc: LoroDoc) -> Self {
        doc.set_peer_id(id).expect("a peer id");
        let text = doc.get_text("text");
        Loro { doc, text, marked: VersionVector::default() }
    }
}

impl Peer for Loro {
    fn new(id: u64) -> Self {
        Self::around(id, LoroDoc::new())
    }

    fn commit(&mut self, patches: &[Patch]) {
        for p in patches {
            if p.del > 0 {
                self.text.delete(p.pos, p.del).expect("inside the text");
            }
            if !p.ins.is_empty() {
                self.text.insert(p.pos, p.ins).expect("inside the text");
            }
        }
        self.doc.commit();
    }

    fn commit_encoded(&mut self, patches: &[Patch]) -> Vec<u8> {
        let before = self.doc.oplog_vv();
        self.commit(patches);
        self.doc.export(ExportMode::updates(&before)).expect("an update")
    }

    fn len(&self) -> usize {
        self.text.len_unicode()
    }

    fn text(&self) -> String {
        self.text.to_string()
    }

    fn head(&self, units: usize) -> String {
        self.text.slice(0, units.min(self.text.len_unicode())).expect("inside the text")
    }

    fn receive(&mut self, update: &[u8]) {
        let status = self.doc.import(update).expect("a good update");
        assert!(status.pending.is_none());
    }

    fn receive_all(&mut self, updates: &[Vec<u8>]) {
        let status = self.doc.import_batch(updates).expect("good updates");
        assert!(status.pending.is_none());
    }

    fn mark(&mut self) {
        self.marked = self.doc.oplog_vv();
    }

    fn since_mark(&mut self) -> Vec<u8> {
        self.doc.export(ExportMode::updates(&self.marked)).expect("an update")
    }

    fn history(&mut self) -> Result<Vec<u8>, Unable> {
        Ok(self.doc.export(ExportMode::all_updates()).expect("an update"))
    }

    fn save(&mut self) -> Vec<u8> {
        self.doc.export(ExportMode::Snapshot).expect("a snapshot")
    }

    fn open(id: u64, file: &[u8]) -> Self {
        Self::around(id, LoroDoc::from_snapshot(file).expect("a good file"))
    }
}
