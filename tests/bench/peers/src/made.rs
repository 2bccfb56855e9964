// SPDX-License-Identifier: MIT
//! Works on edits that a generator makes; the C++ side makes the very same ones.
use crate::peer::{reader_id, writer_id, Patch, Peer};
use crate::random::Random;
use crate::report::{over_budget, Report, Watch};
use std::hint::black_box;

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz ";

fn letter(random: &mut Random) -> &'static str {
    let at = random.below(ALPHABET.len());
    &ALPHABET[at..at + 1]
}

pub fn run<P: Peer>(peer: &str, work: &str, size: usize) {
    let trace = if size > 0 { format!("made-{size}") } else { "made".to_string() };
    let report = Report { peer: peer.to_string(), trace };
    match work {
        "diverge" => diverge::<P>(&report),
        "writers" => writers::<P>(&report),
        "growth" => growth::<P>(&report, size),
        other => panic!("no such work: {other}"),
    }
}

fn text_of(size: usize, random: &mut Random) -> String {
    (0..size).map(|_| letter(random)).collect()
}

const DIVERGE_TEXT: usize = 100_000;
const DIVERGE_EDITS: usize = 10_000;

/// Makes random edits, a transaction each.
fn scatter<P: Peer>(doc: &mut P, seed: u64) {
    let mut random = Random::new(seed);
    let mut length = DIVERGE_TEXT;
    for _ in 0..DIVERGE_EDITS {
        if random.below(2) == 0 {
            let pos = random.below(length + 1);
            doc.commit(&[Patch { pos, del: 0, ins: letter(&mut random) }]);
            length += 1;
        } else {
            doc.commit(&[Patch { pos: random.below(length), del: 1, ins: "" }]);
            length -= 1;
        }
    }
}

fn diverge<P: Peer>(report: &Report) {
    let text = text_of(DIVERGE_TEXT, &mut Random::new(1));
    report.repeat("diverge", || {
        let mut a = P::new(writer_id(0));
        let base = a.commit_encoded(&[Patch { pos: 0, del: 0, ins: &text }]);
        let mut b = P::new(writer_id(1));
        b.receive(&base);
        a.mark();
        b.mark();
        scatter(&mut a, 11);
        scatter(&mut b, 12);
        let (from_a, from_b) = (a.since_mark(), b.since_mark());
        let watch = Watch::start();
        a.receive(&from_b);
        b.receive(&from_a);
        black_box(a.len() + b.len());
        let ms = watch.ms() / 2.0;
        assert!(a.text() == b.text(), "both converge");
        Ok(ms)
    });
}

const WRITERS: usize = 1540;

fn writers<P: Peer>(report: &Report) {
    let text = text_of(64, &mut Random::new(2));
    let mut first = P::new(writer_id(0));
    let base = first.commit_encoded(&[Patch { pos: 0, del: 0, ins: &text }]);
    let updates: Vec<Vec<u8>> = (1..=WRITERS)
        .map(|k| {
            let mut writer = P::new(writer_id(k as u64));
            writer.receive(&base);
            let at = k % 26;
            writer.commit_encoded(&[Patch { pos: 32, del: 0, ins: &ALPHABET[at..at + 1] }])
        })
        .collect();
    // One call: what a replica that has them all would send, as one update.
    let mut whole = P::new(reader_id());
    whole.receive(&base);
    whole.mark();
    whole.receive_all(&updates);
    let together = match whole.history() {
        Ok(_) => whole.since_mark(),
        Err(_) => updates.concat(),
    };
    let expected = whole.text();
    assert!(whole.len() == text.len() + WRITERS, "every letter is there");
    let reader = || {
        let mut doc = P::new(reader_id());
        doc.receive(&base);
        doc
    };
    report.repeat("writers-one-call", || {
        let mut doc = reader();
        let watch = Watch::start();
        doc.receive(&together);
        black_box(doc.len());
        let ms = watch.ms();
        assert!(doc.text() == expected, "the same text");
        Ok(ms)
    });
    report.repeat("writers-one-by-one", || {
        let mut doc = reader();
        let watch = Watch::start();
        for (i, update) in updates.iter().enumerate() {
            doc.receive(update);
            if watch.is_over() {
                return Err(over_budget(i, updates.len()));
            }
        }
        black_box(doc.len());
        let ms = watch.ms();
        assert!(doc.text() == expected, "the same text");
        Ok(ms)
    });
}

/// Somebody types and erases here and there in a text that stays about as long, for ever.
struct Typist {
    random: Random,
    length: usize,
    cursor: usize,
    left: usize, // of this burst
    erasing: bool,
}

const LEAST_TEXT: usize = 2_500;
const MOST_TEXT: usize = 5_000;

impl Typist {
    fn new() -> Self {
        Typist { random: Random::new(3), length: 0, cursor: 0, left: 0, erasing: false }
    }

    fn next(&mut self) -> Patch<'static> {
        if self.left == 0 || (self.erasing && self.cursor == 0) {
            self.cursor = self.random.below(self.length + 1);
            self.left = 1 + self.random.below(20);
            let coin = self.random.below(2) == 1;
            self.erasing = self.length > MOST_TEXT || (self.length > LEAST_TEXT && coin);
            self.cursor = if self.erasing { self.cursor.max(1) } else { self.cursor };
        }
        self.left -= 1;
        if self.erasing {
            self.cursor -= 1;
            self.length -= 1;
            return Patch { pos: self.cursor, del: 1, ins: "" };
        }
        let patch = Patch { pos: self.cursor, del: 0, ins: letter(&mut self.random) };
        self.cursor += 1;
        self.length += 1;
        patch
    }
}

const PORTION: usize = 1000;

fn growth<P: Peer>(report: &Report, size: usize) {
    let mut doc = P::new(writer_id(0));
    let mut typist = Typist::new();
    let (mut local, whole) = (0.0, Watch::start());
    for done in (0..size).step_by(PORTION) {
        let patches: Vec<Patch> = (0..PORTION).map(|_| typist.next()).collect();
        let watch = Watch::start();
        doc.commit(&patches);
        local += watch.ms();
        if whole.is_over() {
            for work in ["growth-local", "growth-merge", "growth-open"] {
                report.note(work, &over_budget(done, size));
            }
            return;
        }
    }
    let text = doc.text();
    report.check("growth", &text);
    report.values("growth-local", "ms", &[local]);
    let saved = doc.save();
    report.values("growth-bytes-saved", "bytes", &[saved.len() as f64]);
    report.repeat("growth-open", || {
        let watch = Watch::start();
        let opened = P::open(reader_id(), &saved);
        let read = opened.text();
        let ms = watch.ms();
        assert!(read == text, "the same text");
        Ok(ms)
    });
    match doc.history() {
        Err(why) => report.note("growth-merge", why),
        Ok(history) => {
            drop(doc);
            report.values("growth-bytes-history", "bytes", &[history.len() as f64]);
            report.repeat("growth-merge", || {
                let watch = Watch::start();
                let merged = P::from_history(reader_id(), &history)?;
                let read = merged.text();
                let ms = watch.ms();
                assert!(read == text, "the same text");
                Ok(ms)
            });
        }
    }
}
