// SPDX-License-Identifier: MIT
//! cola orders positions and keeps neither text nor history; the text stands in a rope beside it.
use crate::peer::{Patch, Peer, Unable};
use cola::{Deletion, EncodedReplica, Insertion, Replica};
use jumprope::JumpRope;

pub struct Cola {
    replica: Replica,
    rope: JumpRope,
    /// Operations since the mark, when there is one: the library keeps none.
    kept: Option<Vec<u8>>,
}

/// The library encodes single operations through serde and leaves the message to its user.
enum Message {
    Delete(Deletion),
    Insert(Insertion, String),
}

fn write(out: &mut Vec<u8>, message: &Message) {
    let to = bincode::config::standard();
    let written = match message {
        Message::Delete(what) => bincode::serde::encode_to_vec((0u8, what), to),
        Message::Insert(what, text) => bincode::serde::encode_to_vec((1u8, what, text), to),
    };
    out.extend(written.expect("a message"));
}

fn read<'a, T: serde::de::Deserialize<'a>>(from: &mut &'a [u8]) -> T {
    let (value, size) =
        bincode::serde::borrow_decode_from_slice(from, bincode::config::standard())
            .expect("a good message");
    *from = &from[size..];
    value
}

impl Cola {
    fn remove(&mut self, p: &Patch) -> Deletion {
        self.rope.remove(p.pos..p.pos + p.del);
        self.replica.deleted(p.pos..p.pos + p.del)
    }

    fn insert(&mut self, p: &Patch) -> Insertion {
        self.rope.insert(p.pos, p.ins);
        self.replica.inserted(p.pos, p.ins.chars().count())
    }
}

impl Peer for Cola {
    fn new(id: u64) -> Self {
        Cola { replica: Replica::new(1, 0).fork(id + 2), rope: JumpRope::new(), kept: None }
    }

    fn commit(&mut self, patches: &[Patch]) {
        if self.kept.is_some() {
            let made = self.commit_encoded(patches);
            return self.kept.as_mut().expect("a mark").extend(made);
        }
        for p in patches {
            if p.del > 0 {
                let _ = self.remove(p);
            }
            if !p.ins.is_empty() {
                let _ = self.insert(p);
            }
        }
    }

    fn commit_encoded(&mut self, patches: &[Patch]) -> Vec<u8> {
        let mut out = Vec::new();
        for p in patches {
            if p.del > 0 {
                let what = self.remove(p);
                write(&mut out, &Message::Delete(what));
            }
            if !p.ins.is_empty() {
                let what = self.insert(p);
                write(&mut out, &Message::Insert(what, p.ins.to_string()));
            }
        }
        out
    }

    fn len(&self) -> usize {
        self.replica.len()
    }

    fn text(&self) -> String {
        self.rope.to_string()
    }

    fn head(&self, units: usize) -> String {
        self.rope.slice_substrings(0..units.min(self.rope.len_chars())).collect()
    }

    fn receive(&mut self, update: &[u8]) {
        let mut rest = update;
        while !rest.is_empty() {
            if read::<u8>(&mut rest) == 0 {
                let what: Deletion = read(&mut rest);
                for range in self.replica.integrate_deletion(&what).into_iter().rev() {
                    self.rope.remove(range);
                }
            } else {
                let what: Insertion = read(&mut rest);
                let text: &str = read(&mut rest);
                let at = self.replica.integrate_insertion(&what).expect("its context is there");
                self.rope.insert(at, text);
            }
        }
    }

    fn mark(&mut self) {
        self.kept = Some(Vec::new());
    }

    fn since_mark(&mut self) -> Vec<u8> {
        self.kept.take().expect("a mark")
    }

    fn history(&mut self) -> Result<Vec<u8>, Unable> {
        Err("no history")
    }

    fn from_history(_id: u64, _update: &[u8]) -> Result<Self, Unable> {
        Err("no history")
    }

    /// Length of the encoded replica, the replica, the text.
    fn save(&mut self) -> Vec<u8> {
        let replica = self.replica.encode();
        let mut out = (replica.as_bytes().len() as u64).to_le_bytes().to_vec();
        out.extend_from_slice(replica.as_bytes());
        for piece in self.rope.substrings() {
            out.extend_from_slice(piece.as_bytes());
        }
        out
    }

    fn open(id: u64, file: &[u8]) -> Self {
        let (size, rest) = file.split_at(8);
        let size = u64::from_le_bytes(size.try_into().expect("8 bytes")) as usize;
        let (replica, text) = rest.split_at(size);
        let text = std::str::from_utf8(text).expect("valid UTF-8");
        Cola {
            replica: Replica::decode(id + 2, &EncodedReplica::from_bytes(replica))
                .expect("a good replica"),
            rope: JumpRope::from(text),
            kept: None,
        }
    }
}
