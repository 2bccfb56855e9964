// SPDX-License-Identifier: MIT
//! What every library is asked to do. One implementation each, under `peers/`.

/// At `pos` remove `del` units, then insert `ins`. Units are Unicode scalars, or UTF-16 units for a
/// peer that says so.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    pub pos: usize,
    pub del: usize,
    pub ins: &'a str,
}

/// What a peer cannot do, in the words that its cell of the table shows.
pub type Unable = &'static str;

/// A document of one library, open and writable, with one text in it.
pub trait Peer: Sized {
    /// Positions are UTF-16 units instead of Unicode scalars.
    const UTF16: bool = false;

    /// An empty document. `id` is unique among the writers of one history, and not small.
    fn new(id: u64) -> Self;

    /// One transaction: one call of the library for each patch (two when it has no replace), then
    /// committed.
    fn commit(&mut self, patches: &[Patch]);

    /// The same, and the update that carries it to others, self-contained.
    fn commit_encoded(&mut self, patches: &[Patch]) -> Vec<u8>;

    /// Length of the text, in the peer's unit.
    fn len(&self) -> usize;

    fn text(&self) -> String;

    /// The first `units` of the text, read the cheapest way that the library has.
    fn head(&self, units: usize) -> String;

    /// Applies one update and brings the text up to date.
    fn receive(&mut self, update: &[u8]);

    /// Applies updates in one call, if the library has one.
    fn receive_all(&mut self, updates: &[Vec<u8>]) {
        for update in updates {
            self.receive(update);
        }
    }

    /// Remembers this version, for `since_mark`.
    fn mark(&mut self);

    /// One update with everything since the mark.
    fn since_mark(&mut self) -> Vec<u8>;

    /// The whole history as one update.
    fn history(&mut self) -> Result<Vec<u8>, Unable>;

    /// A new document from the whole history.
    fn from_history(id: u64, update: &[u8]) -> Result<Self, Unable> {
        let mut made = Self::new(id);
        made.receive(update);
        Ok(made)
    }

    /// The file that opens fastest.
    fn save(&mut self) -> Vec<u8>;

    fn open(id: u64, file: &[u8]) -> Self;
}

/// The id of writer `index`: as long as random ones, the same in each run, in 53 bits. Ids ascend
/// with the index, since traces were recorded so that ties fall to the agents in this order.
pub fn writer_id(index: u64) -> u64 {
    assert!(index < READER);
    id_of(index)
}

/// The id of somebody who wrote nothing yet.
pub fn reader_id() -> u64 {
    id_of(READER)
}

const READER: u64 = (1 << 13) - 1;

fn id_of(index: u64) -> u64 {
    (index << 40) | (crate::random::mix(index + 1) >> 24) | 1
}
