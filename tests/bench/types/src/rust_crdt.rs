// SPDX-License-Identifier: MIT
//! The `crdts` crate. Operations are its own, made with counters kept here, because its contexts
//! copy the whole clock for each; bytes are those of bincode with variable-length integers.
use crate::report::Report;
use crate::world::*;
use crdts::{
    glist, gset, lwwreg, map, mvreg, orswot, CmRDT, CvRDT, Dot, GCounter, GList, GSet, LWWReg,
    MVReg, Map, Orswot, PNCounter, VClock,
};
use serde::Serialize;
use std::collections::HashMap;

fn bytes<T: Serialize>(value: &T) -> usize {
    bincode::serde::encode_to_vec(value, bincode::config::standard()).expect("serializable").len()
}

fn how<T: CvRDT + CmRDT + Serialize>() -> How<T, T::Op>
where
    T::Op: Serialize,
{
    How {
        merge: |a, b| a.merge(b),
        apply: |a, op| a.apply(op),
        bytes: |a| bytes(a),
        op_bytes: |op| bytes(op),
    }
}

/// Counts what each writer did.
#[derive(Clone, Default)]
struct Clock(HashMap<Id, u64>);

impl Clock {
    fn next(&mut self, id: Id) -> Dot<Id> {
        let count = self.0.entry(id).or_default();
        *count += 1;
        Dot::new(id, *count)
    }
}

fn counted<T: Clone + CmRDT>(
    shape: &Shape,
    empty: T,
    act: impl Fn(&T, Id, usize) -> T::Op,
) -> States<T, T::Op>
where
    T::Op: Clone,
{
    let mut base = empty;
    for i in 0..shape.replicas {
        let op = act(&base, writer(i), i);
        base.apply(op);
    }
    let (mut left, mut right) = (base.clone(), base.clone());
    for i in 0..shape.replicas {
        let side = if i % 2 == 0 { &mut left } else { &mut right };
        let op = act(side, writer(i), i + shape.replicas);
        side.apply(op);
    }
    let mut source = base.clone();
    let mut deltas = Vec::new();
    for i in 0..10 {
        let op = act(&source, writer(shape.replicas), i);
        source.apply(op.clone());
        deltas.push(op);
    }
    States { base, left, right, deltas, removals: Vec::new() }
}

fn written<T: Clone + CmRDT>(
    shape: &Shape,
    empty: T,
    write: impl Fn(&T, Id, u64) -> T::Op,
) -> States<T, T::Op>
where
    T::Op: Clone,
{
    let mut base = empty;
    for i in 0..shape.replicas {
        let op = write(&base, writer(i), element(i));
        base.apply(op);
    }
    let (mut left, mut right) = (base.clone(), base.clone());
    let n = shape.replicas;
    let op = write(&left, writer(n), element(n));
    left.apply(op);
    let op = write(&right, writer(n + 1), element(n + 1));
    right.apply(op);
    let mut source = base.clone();
    let mut deltas = Vec::new();
    for i in 0..10 {
        let op = write(&source, writer(0), element(i));
        source.apply(op.clone());
        deltas.push(op);
    }
    States { base, left, right, deltas, removals: Vec::new() }
}

/// Maps and sets: `put(dot, number)` makes the operation.
fn filled<T: Clone + CmRDT>(
    shape: &Shape,
    empty: T,
    put: impl Fn(Dot<Id>, usize) -> T::Op,
) -> (States<T, T::Op>, Clock)
where
    T::Op: Clone,
{
    let mut clock = Clock::default();
    let mut base = empty;
    for i in 0..shape.size {
        base.apply(put(clock.next(writer(i % shape.replicas)), i));
    }
    let (mut left, mut right) = (base.clone(), base.clone());
    let (n, c, r) = (shape.size, shape.changes(), shape.replicas);
    for j in 0..c {
        left.apply(put(clock.next(writer(r)), 2 * j));
        right.apply(put(clock.next(writer(r + 1)), 2 * j + 1));
        left.apply(put(clock.next(writer(r)), n + j));
        right.apply(put(clock.next(writer(r + 1)), n + c + j));
    }
    let deltas = (0..shape.deltas()).map(|j| put(clock.next(writer(r + 2)), 2 * n + j)).collect();
    (States { base, left, right, deltas, removals: Vec::new() }, clock)
}

fn or_set(shape: &Shape) -> States<Orswot<u64, Id>, orswot::Op<u64, Id>> {
    let (n, c, r) = (shape.size, shape.changes(), shape.replicas);
    let mut clock = Clock::default();
    let mut base = Orswot::new();
    let mut dots = HashMap::new();
    let add = |dot: Dot<Id>, i: usize| orswot::Op::Add { dot, members: vec![element(i)] };
    for i in 0..n {
        let dot = clock.next(writer(i % r));
        dots.insert(i, dot.clone());
        base.apply(add(dot, i));
    }
    let remove = |i: usize| orswot::Op::Rm {
        clock: VClock::from(dots.get(&i).expect("an element of the base").clone()),
        members: vec![element(i)],
    };
    let (mut left, mut right) = (base.clone(), base.clone());
    for j in 0..c {
        left.apply(remove(2 * j));
        right.apply(remove(2 * j + 1));
        left.apply(add(clock.next(writer(r)), n + j));
        right.apply(add(clock.next(writer(r + 1)), n + c + j));
    }
    let deltas = (0..shape.deltas()).map(|j| add(clock.next(writer(r + 2)), 2 * n + j)).collect();
    let removals = (0..shape.deltas()).map(|j| remove(n - 1 - j)).collect();
    States { base, left, right, deltas, removals }
}

fn g_set(shape: &Shape) -> States<GSet<u64>, <GSet<u64> as CmRDT>::Op> {
    let (n, c) = (shape.size, shape.changes());
    let mut base = GSet::new();
    (0..n).for_each(|i| base.insert(element(i)));
    let (mut left, mut right) = (base.clone(), base.clone());
    (0..c).for_each(|j| left.insert(element(n + j)));
    (0..c).for_each(|j| right.insert(element(n + c + j)));
    let deltas = (0..shape.deltas()).map(|j| element(2 * n + j)).collect();
    States { base, left, right, deltas, removals: Vec::new() }
}

fn g_list(shape: &Shape) -> States<GList<u64>, glist::Op<u64>> {
    let append = |list: &mut GList<u64>, i: usize| {
        let op = list.insert_after(list.last(), element(i));
        list.apply(op.clone());
        op
    };
    let (n, c) = (shape.size, shape.changes());
    let mut base = GList::new();
    (0..n).for_each(|i| drop(append(&mut base, i)));
    let (mut left, mut right) = (base.clone(), base.clone());
    (0..c).for_each(|j| drop(append(&mut left, n + j)));
    (0..c).for_each(|j| drop(append(&mut right, n + c + j)));
    let mut source = base.clone();
    let deltas = (0..shape.deltas()).map(|j| append(&mut source, 2 * n + j)).collect();
    States { base, left, right, deltas, removals: Vec::new() }
}

fn joined<T: Clone + CvRDT, Op>(made: &States<T, Op>) -> T {
    let mut all = made.left.clone();
    all.merge(made.right.clone());
    all
}

pub fn row(report: &Report, row: &str, shape: &Shape) {
    match row {
        "g_counter" => {
            let made =
                counted(shape, GCounter::<Id>::new(), |s, id, i| s.inc_many(id, i as u64 % 7 + 1));
            measure(report, row, shape, &made, &how(), &joined(&made).read().to_string());
        }
        "pn_counter" => {
            let made = counted(shape, PNCounter::<Id>::new(), |s, id, i| {
                let steps = i as u64 % 7 + 1;
                if i % 3 == 0 { s.dec_many(id, steps) } else { s.inc_many(id, steps) }
            });
            measure(report, row, shape, &made, &how(), &joined(&made).read().to_string());
        }
        "lww_register" => {
            let empty = LWWReg { val: 0u64, marker: (0u64, [0u8; 16]) };
            let made = written(shape, empty, |s, id, val| lwwreg::LWWReg {
                val,
                marker: (s.marker.0 + 1, id),
            });
            let shape = shape.of(1);
            measure(report, row, &shape, &made, &how(), &joined(&made).val.to_string());
        }
        "mv_register" => {
            let made = written(shape, MVReg::<u64, Id>::new(), |s, id, val| {
                let clock = s.read_ctx().derive_add_ctx(id).clock;
                mvreg::Op::Put { clock, val }
            });
            let value = told(joined(&made).read().val);
            measure(report, row, shape, &made, &how(), &value);
        }
        "g_set" => {
            let made: States<GSet<u64>, _> = g_set(shape);
            let _: &Vec<<gset::GSet<u64> as CmRDT>::Op> = &made.deltas;
            measure(report, row, shape, &made, &how(), &told(joined(&made).read()));
        }
        "or_set" => {
            let made = or_set(shape);
            measure(report, row, shape, &made, &how(), &told(joined(&made).read().val));
        }
        "g_map" => {
            let (made, _) = filled(shape, Map::<u64, GCounter<Id>, Id>::new(), |dot, i| {
                let op = Dot::new(dot.actor, 1); // each writer counts a key once
                map::Op::Up { dot, key: element(i), op }
            });
            let all = joined(&made);
            let shown = all.iter().map(|e| {
                e.val.0 + u64::try_from(e.val.1.read()).expect("a small count")
            });
            measure(report, row, shape, &made, &how(), &told(shown.collect::<Vec<_>>()));
        }
        "or_map" => {
            let (made, _) = filled(shape, Map::<u64, Orswot<u64, Id>, Id>::new(), |dot, i| {
                let op = orswot::Op::Add { dot: dot.clone(), members: vec![i as u64] };
                map::Op::Up { dot, key: element(i), op }
            });
            let all = joined(&made);
            let shown = all.iter().map(|e| {
                e.val.0 + e.val.1.read().val.into_iter().sum::<u64>()
            });
            measure(report, row, shape, &made, &how(), &told(shown.collect::<Vec<_>>()));
        }
        "g_list" => {
            let made = g_list(shape);
            let value = told(joined(&made).read_into::<Vec<u64>>());
            measure(report, row, shape, &made, &how(), &value);
        }
        other => report.note(other, "not there"),
    }
}
