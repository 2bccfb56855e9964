// SPDX-License-Identifier: MIT
//! What both sides make alike: ids, elements, sizes; rows.hpp is the other side.
use crate::random::mix;
use crate::report::{Report, Watch};

pub type Id = [u8; 16];

pub struct Shape {
    pub size: usize,
    pub replicas: usize,
    /// How many entries a state has.
    pub entries: usize,
}

impl Shape {
    pub fn new(size: usize, replicas: usize) -> Self {
        Shape { size, replicas, entries: size.max(replicas) }
    }
    /// The same for a type whose states have so many entries.
    pub fn of(&self, entries: usize) -> Self {
        Shape { entries, ..*self }
    }
    pub fn changes(&self) -> usize {
        (self.size / 20).max(1)
    }
    pub fn deltas(&self) -> usize {
        (self.size / 10).clamp(1, 1000)
    }
    pub fn copies(&self) -> usize {
        (20_000 / self.entries).clamp(1, 2_000)
    }
}

pub fn writer(number: usize) -> Id {
    let mut id = [0; 16];
    for half in 0..2 {
        let bits = mix((2 * number + half + 1) as u64);
        id[8 * half..8 * half + 8].copy_from_slice(&bits.to_be_bytes());
    }
    id
}

pub fn element(number: usize) -> u64 {
    (number as u64).wrapping_mul(2_654_435_761) & 0xFFFF_FFFF
}

pub fn told(numbers: impl IntoIterator<Item = u64>) -> String {
    let (mut count, mut sum) = (0u64, 0u64);
    for n in numbers {
        count += 1;
        sum = sum.wrapping_add(n);
    }
    format!("{count} {sum}")
}

/// A type as one library has it. Copies are made outside of the clock.
pub struct States<T, Op> {
    pub base: T,
    pub left: T,
    pub right: T,
    pub deltas: Vec<Op>,
    pub removals: Vec<Op>,
}

pub struct How<T, Op> {
    pub merge: fn(&mut T, T),
    pub apply: fn(&mut T, Op),
    pub bytes: fn(&mut T) -> usize,
    pub op_bytes: fn(&Op) -> usize,
}

pub fn measure<T: Clone, Op: Clone>(
    report: &Report,
    row: &str,
    shape: &Shape,
    made: &States<T, Op>,
    how: &How<T, Op>,
    value: &str,
) {
    report.check(row, value);
    report.repeat(&format!("{row} merge"), || {
        let mut copies = vec![made.left.clone(); shape.copies()];
        let others = vec![made.right.clone(); shape.copies()];
        let time = Watch::start();
        for (copy, other) in copies.iter_mut().zip(others) {
            (how.merge)(copy, other);
        }
        Ok(time.ms() / shape.copies() as f64)
    });
    for (what, ops) in [("delta", &made.deltas), ("removal", &made.removals)] {
        if ops.is_empty() {
            continue;
        }
        report.repeat(&format!("{row} {what}"), || {
            let mut copies = vec![made.base.clone(); shape.copies()];
            let all = vec![ops.clone(); shape.copies()];
            let time = Watch::start();
            for (copy, ops) in copies.iter_mut().zip(all) {
                for op in ops {
                    (how.apply)(copy, op);
                }
            }
            Ok(time.ms() / (shape.copies() * ops.len()) as f64)
        });
    }
    report.values(&format!("{row} bytes"), "bytes", &[(how.bytes)(&mut made.base.clone()) as f64]);
    let all: usize = made.deltas.iter().map(how.op_bytes).sum();
    let mean = all as f64 / made.deltas.len() as f64;
    report.values(&format!("{row} delta bytes"), "bytes", &[mean]);
}
