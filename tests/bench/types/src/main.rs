// SPDX-License-Identifier: MIT
//! types_peers PEER TYPE SIZE REPLICAS: one row of one peer.
#[path = "../../peers/src/random.rs"]
#[allow(dead_code)]
mod random;
#[path = "../../peers/src/report.rs"]
#[allow(dead_code)]
mod report;

mod automerge;
mod docs;
mod loro;
mod rust_crdt;
mod world;
mod yrs;

use report::Report;
use world::Shape;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [peer, row, size, replicas] = &words[..] else {
        panic!("usage: types_peers PEER TYPE SIZE REPLICAS");
    };
    let number = |word: &String| word.parse().expect("a number");
    let shape = Shape::new(number(size), number(replicas));
    let report = Report { peer: peer.clone(), trace: format!("{size}x{replicas}") };
    match peer.as_str() {
        "automerge" => docs::row::<automerge::Automerge>(&report, row, &shape),
        "loro" => docs::row::<loro::Loro>(&report, row, &shape),
        "yrs" if !row.ends_with("counter") => docs::row::<yrs::Yrs>(&report, row, &shape),
        "crdts" => rust_crdt::row(&report, row, &shape),
        other => panic!("no such peer: {other}"),
    }
}
