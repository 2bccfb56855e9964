// SPDX-License-Identifier: MIT
use crate::peer::{Patch, Peer, Unable};
use yrs::updates::decoder::Decode;
use yrs::{
    ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, TextRef, Transact,
    TransactionMut, Update,
};

/// `KEEP`: deleted text is kept (`skip_gc`). `V2`: the second, denser encoding.
pub struct Yrs<const KEEP: bool, const V2: bool> {
    doc: Doc,
    text: TextRef,
    marked: StateVector,
}

impl<const KEEP: bool, const V2: bool> Yrs<KEEP, V2> {
    fn edit(&self, txn: &mut TransactionMut, patches: &[Patch]) {
        for p in patches {
            if p.del > 0 {
                self.text.remove_range(txn, p.pos as u32, p.del as u32);
            }
            if !p.ins.is_empty() {
                self.text.insert(txn, p.pos as u32, p.ins);
            }
        }
    }

    fn encode(&self, since: &StateVector) -> Vec<u8> {
        let txn = self.doc.transact();
        if V2 { txn.encode_state_as_update_v2(since) } else { txn.encode_state_as_update_v1(since) }
    }

    fn decode(update: &[u8]) -> Update {
        if V2 { Update::decode_v2(update) } else { Update::decode_v1(update) }
            .expect("a good update")
    }
}

impl<const KEEP: bool, const V2: bool> Peer for Yrs<KEEP, V2> {
    const UTF16: bool = true;

    fn new(id: u64) -> Self {
        let doc = Doc::with_options(Options {
            client_id: ClientID::new(id),
            offset_kind: OffsetKind::Utf16,
            skip_gc: KEEP,
            ..Options::default()
        });
        let text = doc.get_or_insert_text("text");
        Yrs { doc, text, marked: StateVector::default() }
    }

    fn commit(&mut self, patches: &[Patch]) {
        let mut txn = self.doc.transact_mut();
        self.edit(&mut txn, patches);
    }

    fn commit_encoded(&mut self, patches: &[Patch]) -> Vec<u8> {
        let mut txn = self.doc.transact_mut();
        self.edit(&mut txn, patches);
        if V2 { txn.encode_update_v2() } else { txn.encode_update_v1() }
    }

    fn len(&self) -> usize {
        self.text.len(&self.doc.transact()) as usize
    }

    fn text(&self) -> String {
        self.text.get_string(&self.doc.transact())
    }

    /// There is no way to read a part, so this reads all.
    fn head(&self, units: usize) -> String {
        self.text().chars().take(units).collect()
    }

    fn receive(&mut self, update: &[u8]) {
        let update = Self::decode(update);
        self.doc.transact_mut().apply_update(update).expect("a good update");
    }

    fn receive_all(&mut self, updates: &[Vec<u8>]) {
        let mut txn = self.doc.transact_mut();
        for update in updates {
            txn.apply_update(Self::decode(update)).expect("a good update");
        }
    }

    fn mark(&mut self) {
        self.marked = self.doc.transact().state_vector();
    }

    fn since_mark(&mut self) -> Vec<u8> {
        self.encode(&self.marked)
    }

    fn history(&mut self) -> Result<Vec<u8>, Unable> {
        Ok(self.encode(&StateVector::default()))
    }

    fn save(&mut self) -> Vec<u8> {
        self.history().expect("a state")
    }

    fn open(id: u64, file: &[u8]) -> Self {
        Self::from_history(id, file).expect("a document")
    }
}
