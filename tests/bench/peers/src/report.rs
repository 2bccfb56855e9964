// SPDX-License-Identifier: MIT
//! One line of JSON for each row; the script merges the rows of all rounds.
use serde_json::json;
use std::time::Duration;

pub struct Report {
    pub peer: String,
    pub trace: String,
}

/// A cell may take this long; then it is given up with a note.
pub const BUDGET: Duration = Duration::from_secs(60);
const MOST_RUNS: usize = 15;

/// How long one visit repeats a cell: $WEFT_PEERS_VISIT_MS, or 300.
fn visit_ms() -> f64 {
    std::env::var("WEFT_PEERS_VISIT_MS").ok().and_then(|v| v.parse().ok()).unwrap_or(300.0)
}

impl Report {
    pub fn values(&self, work: &str, unit: &str, values: &[f64]) {
        println!(
            "{}",
            json!({"work": work, "trace": self.trace, "peer": self.peer, "unit": unit,
                   "values": values})
        );
    }

    pub fn note(&self, work: &str, note: &str) {
        println!(
            "{}",
            json!({"work": work, "trace": self.trace, "peer": self.peer, "note": note})
        );
    }

    /// What both programs must agree on.
    pub fn check(&self, work: &str, text: &str) {
        println!(
            "{}",
            json!({"work": work, "trace": self.trace, "peer": self.peer,
                   "check": format!("{:016x}", fnv(text.as_bytes()))})
        );
    }

    /// Repeats `run`, which gives milliseconds, or a note when it is given up.
    pub fn repeat(&self, work: &str, mut run: impl FnMut() -> Result<f64, String>) {
        let begun = Watch::start();
        let mut values = Vec::new();
        let enough = visit_ms();
        while values.is_empty() || (values.len() < MOST_RUNS && begun.ms() < enough) {
            match run() {
                Ok(ms) => values.push(ms),
                Err(note) => return self.note(work, &note),
            }
        }
        self.values(work, "ms", &values);
    }
}

pub fn over_budget(done: usize, of: usize) -> String {
    format!("over {} s ({} % done)", BUDGET.as_secs(), 100 * done / of.max(1))
}

/// Processor time of this process, all threads: other work on the machine is not in it.
pub struct Watch(f64);

#[repr(C)]
struct TimeSpec {
    seconds: i64,
    nanoseconds: i64,
}

extern "C" {
    fn clock_gettime(clock: i32, out: *mut TimeSpec) -> i32;
}

fn processor_ms() -> f64 {
    const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;
    let mut now = TimeSpec { seconds: 0, nanoseconds: 0 };
    assert!(unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut now) } == 0);
    now.seconds as f64 * 1e3 + now.nanoseconds as f64 / 1e6
}

impl Watch {
    pub fn start() -> Self {
        Watch(processor_ms())
    }
    pub fn ms(&self) -> f64 {
        processor_ms() - self.0
    }
    pub fn is_over(&self) -> bool {
        self.ms() > BUDGET.as_secs_f64() * 1e3
    }
}

/// FNV-1a.
fn fnv(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
