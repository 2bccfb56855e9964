// SPDX-License-Identifier: MIT
//! The works on one trace.
use crate::heap;
use crate::history::{make, Files};
use crate::peer::{reader_id, writer_id, Patch, Peer};
use crate::report::{over_budget, Report, Watch};
use crate::trace::{self, Trace};
use std::hint::black_box;

const SCREEN: usize = 4096;

fn load<P: Peer>(path: &str) -> Trace {
    let mut t = trace::read(path);
    if P::UTF16 && t.astral && !t.concurrent {
        t.to_utf16();
    }
    t
}

/// Builds the history once and keeps what the other works read.
pub fn prepare<P: Peer>(report: &Report, path: &str, files: &Files) {
    let t = load::<P>(path);
    let mut made = make::<P>(&t);
    let text = made.whole.text();
    report.check("text", &text);
    if text != t.end_content {
        report.note("text", "text differs from the trace's");
    }
    files.write("text", text.as_bytes());
    files.write_stream(&made.updates);
    if let Ok(history) = made.whole.history() {
        files.write("history", &history);
    }
    files.write("saved", &made.whole.save());
}

pub fn time<P: Peer>(report: &Report, path: &str, files: &Files, works: &[String]) {
    for work in works {
        match work.as_str() {
            "local-one" => local_one::<P>(report, path),
            "local-each" => local_each::<P>(report, path),
            "merge" => merge::<P>(report, files),
            "stream" => stream::<P>(report, files),
            "open" => open::<P>(report, files),
            "save" => save::<P>(report, files),
            other => panic!("no such work: {other}"),
        }
    }
}

fn local_one<P: Peer>(report: &Report, path: &str) {
    let t = load::<P>(path);
    if t.concurrent {
        return;
    }
    let patches: Vec<Patch> = t.transactions.iter().flat_map(|t| t.patches.clone()).collect();
    report.repeat("local-one", || {
        let mut doc = P::new(writer_id(0));
        let watch = Watch::start();
        doc.commit(&patches);
        let ms = watch.ms();
        assert!(doc.text() == t.end_content, "the text of the trace");
        Ok(ms)
    });
}

fn local_each<P: Peer>(report: &Report, path: &str) {
    let t = load::<P>(path);
    if t.concurrent {
        return;
    }
    report.repeat("local-each", || {
        let mut doc = P::new(writer_id(0));
        let watch = Watch::start();
        let mut lengths = 0;
        for (i, one) in t.transactions.iter().enumerate() {
            doc.commit(&one.patches);
            lengths += doc.len();
            if i % 64 == 0 && watch.is_over() {
                return Err(over_budget(i, t.transactions.len()));
            }
        }
        let ms = watch.ms();
        black_box(lengths);
        assert!(doc.text() == t.end_content, "the text of the trace");
        Ok(ms)
    });
}

fn expected(files: &Files) -> String {
    String::from_utf8(files.read("text").expect("a prepared text")).expect("UTF-8")
}

fn merge<P: Peer>(report: &Report, files: &Files) {
    let Some(history) = files.read("history") else {
        return report.note("merge", "no history");
    };
    let expected = expected(files);
    report.repeat("merge", || {
        let watch = Watch::start();
        let doc = P::from_history(reader_id(), &history)?;
        let text = doc.text();
        let ms = watch.ms();
        assert!(text == expected, "the same text");
        Ok(ms)
    });
}

fn stream<P: Peer>(report: &Report, files: &Files) {
    let updates = files.read_stream().expect("prepared updates");
    let expected = expected(files);
    report.repeat("stream", || {
        let mut doc = P::new(reader_id());
        let watch = Watch::start();
        for (i, update) in updates.iter().enumerate() {
            doc.receive(update);
            if i % 64 == 0 && watch.is_over() {
                return Err(over_budget(i, updates.len()));
            }
        }
        black_box(doc.len());
        let ms = watch.ms();
        assert!(doc.text() == expected, "the same text");
        Ok(ms)
    });
}

fn open<P: Peer>(report: &Report, files: &Files) {
    let saved = files.read("saved").expect("a prepared file");
    let expected = expected(files);
    report.repeat("open", || {
        let watch = Watch::start();
        let doc = P::open(reader_id(), &saved);
        let text = doc.text();
        let ms = watch.ms();
        assert!(text == expected, "the same text");
        Ok(ms)
    });
    report.repeat("first-screen", || {
        let watch = Watch::start();
        let doc = P::open(reader_id(), &saved);
        let head = doc.head(SCREEN);
        let ms = watch.ms();
        assert!(expected.starts_with(&head) && (head.len() >= SCREEN || head == expected));
        Ok(ms)
    });
}

/// A live document for the save rows: one that merged the history and edits it further.
fn live<P: Peer>(files: &Files) -> P {
    match files.read("history") {
        Some(history) => P::from_history(reader_id(), &history).expect("its own history"),
        None => P::open(reader_id(), &files.read("saved").expect("a prepared file")),
    }
}

/// Types one character at the end.
fn type_one<P: Peer>(doc: &mut P, ins: &'static str) -> Vec<u8> {
    let pos = doc.len();
    doc.commit_encoded(&[Patch { pos, del: 0, ins }])
}

fn save<P: Peer>(report: &Report, files: &Files) {
    let mut encode = Vec::new();
    let mut again = Vec::new();
    report.repeat("save", || {
        let mut doc = live::<P>(files);
        let watch = Watch::start();
        let saved = doc.save();
        let ms = watch.ms();
        black_box(saved);
        type_one(&mut doc, "x");
        let watch = Watch::start();
        black_box(doc.save());
        again.push(watch.ms());
        Ok(ms)
    });
    report.values("save-again", "ms", &again);
    let mut doc = live::<P>(files);
    report.values("bytes-saved", "bytes", &[doc.save().len() as f64]);
    type_one(&mut doc, "x");
    let key = type_one(&mut doc, "y");
    report.values("bytes-keystroke", "bytes", &[key.len() as f64]);
    let mut size = 0.0;
    let mut note = "";
    report.repeat("encode-history", || {
        let mut doc = live::<P>(files);
        let watch = Watch::start();
        let bytes = doc.history();
        let ms = watch.ms();
        match bytes {
            Ok(bytes) => size = bytes.len() as f64,
            Err(why) => {
                note = why;
                return Err(why.to_string());
            }
        }
        encode.push(ms);
        Ok(ms)
    });
    if note.is_empty() {
        report.values("bytes-history", "bytes", &[size]);
    } else {
        report.note("bytes-history", note);
    }
}

/// One figure per process, which never held the trace.
pub fn heap<P: Peer>(report: &Report, files: &Files, figure: &str) {
    if figure == "heap-open" {
        let saved = files.read("saved").expect("a prepared file");
        heap::start();
        let doc = P::open(reader_id(), &saved);
        let size = doc.text().len();
        let live = heap::live();
        black_box(size);
        return report.values(figure, "bytes", &[live as f64]);
    }
    let Some(history) = files.read("history") else {
        return report.note(figure, "no history");
    };
    heap::start();
    let doc = P::from_history(reader_id(), &history).expect("its own history");
    let size = doc.text().len();
    let peak = heap::peak();
    black_box(size);
    report.values(figure, "bytes", &[peak as f64]);
}
