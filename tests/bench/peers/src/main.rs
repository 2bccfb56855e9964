// SPDX-License-Identifier: MIT
//! Measures the native peers. Called by `run`, which says what and merges the rows:
//!
//!   peers prepare PEER TRACE FOLDER
//!   peers time PEER TRACE FOLDER WORK...
//!   peers heap PEER TRACE FOLDER FIGURE
//!   peers made PEER WORK [SIZE]
mod heap;
mod history;
mod made;
mod peer;
mod peers;
mod random;
mod report;
mod trace;
mod works;

use history::Files;
use peer::Peer;
use report::Report;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: heap::Counting = heap::Counting;

fn trace_name(path: &str) -> String {
    let name = Path::new(path).file_name().expect("a file").to_string_lossy().to_string();
    name.trim_end_matches(".gz").trim_end_matches(".json").to_string()
}

fn run<P: Peer>(words: &[String]) {
    let peer = words[1].clone();
    if words[0] == "made" {
        let size = words.get(3).map_or(0, |s| s.parse().expect("a number"));
        return made::run::<P>(&peer, &words[2], size);
    }
    let report = Report { peer, trace: trace_name(&words[2]) };
    let files = Files::new(&words[3]);
    match words[0].as_str() {
        "prepare" => works::prepare::<P>(&report, &words[2], &files),
        "time" => works::time::<P>(&report, &words[2], &files, &words[4..]),
        "heap" => works::heap::<P>(&report, &files, &words[4]),
        other => panic!("no such command: {other}"),
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.get(1).map(String::as_str) {
        Some("diamond-types") => run::<peers::diamond::Diamond>(&words),
        Some("loro") => run::<peers::loro::Loro>(&words),
        Some("yrs") => run::<peers::yrs::Yrs<false, false>>(&words),
        Some("yrs-keep") => run::<peers::yrs::Yrs<true, false>>(&words),
        Some("yrs-keep-v2") => run::<peers::yrs::Yrs<true, true>>(&words),
        Some("automerge") => run::<peers::automerge::Automerge>(&words),
        Some("cola") => run::<peers::cola::Cola>(&words),
        other => panic!("no such peer: {other:?}"),
    }
}
