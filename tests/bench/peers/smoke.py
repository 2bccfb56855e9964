#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the benchmark over tiny traces, Weft and the floor only, each cell once, and checks that every
row of work has a figure and that the verdict is there. Nothing is timed against anything.

usage: smoke.py PROGRAM TRACE            PROGRAM is weft_peers_bench
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SEQUENTIAL = ["local-one", "local-each"]
BOTH = ["merge", "stream", "open", "first-screen", "save", "save-again", "encode-history",
        "bytes-history", "bytes-saved", "bytes-keystroke", "heap-open", "heap-merge"]
MADE = ["diverge", "writers-one-by-one", "writers-one-call"]


def tiny_trace(folder):
    """Typing, erasing and replacing, with scalars of all UTF-8 lengths."""
    text, transactions = "", []
    for position, erased, inserted in [
            (0, 0, "a"), (1, 0, "b\u00e9"), (3, 0, "\u20ac\U0001f600x"), (2, 1, ""), (4, 1, "yz"),
            (0, 1, "start "), (6, 0, "\n"), (7, 2, "")]:
        text = text[:position] + inserted + text[position + erased:]
        transactions.append({"time": "2026-01-01T00:00:00.000Z",
                             "patches": [[position, erased, inserted]]})
    file = pathlib.Path(folder) / "tiny.json"
    file.write_text(json.dumps({"startContent": "", "endContent": text, "txns": transactions}))
    return file


def main():
    program, concurrent = sys.argv[1:]
    run = pathlib.Path(__file__).resolve().parent / "run"
    with tempfile.TemporaryDirectory() as folder:
        rows_file, table_file = pathlib.Path(folder, "rows"), pathlib.Path(folder, "table")
        done = subprocess.run(
            [run, "--weft", program, "--peers", "floor,weft", "--rounds", "1", "--visit-ms", "0",
             "--work", pathlib.Path(folder, "work"), "--sizes", "10000", "--json", rows_file,
             "--table", table_file, tiny_trace(folder), concurrent])
        if done.returncode != 0:
            return f"the run ended with {done.returncode}"
        rows = [json.loads(line) for line in rows_file.read_text().splitlines()]
        table = table_file.read_text()
    have = {(r["work"], r["trace"], r["peer"]) for r in rows
            if r.get("min", 0) > 0 or r["work"].startswith("heap") and "note" in r}
    second = os.path.basename(concurrent).removesuffix(".gz").removesuffix(".json")
    wanted = [(w, "tiny", p) for w in SEQUENTIAL for p in ("weft", "floor")]
    wanted += [(w, t, "weft") for w in BOTH for t in ("tiny", second)]
    wanted += [(w, "made", "weft") for w in MADE] + [("growth-merge", "made-10000", "weft")]
    wanted += [("bytes-history", "tiny", "floor"), ("open", second, "floor")]
    missing = [w for w in wanted if w not in have]
    if missing:
        return f"no figure for {missing}"
    if "## What must hold" not in table or "| local apply, one transaction | tiny |" not in table:
        return "the table has no verdict"
    print(f"{len(wanted)} cells have their figure")
    return 0


sys.exit(main())
