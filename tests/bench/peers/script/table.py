# SPDX-License-Identifier: MIT
"""Writes the cells as markdown: one table for each row of work, minima with medians, and ratios."""
import datetime
import os
import platform

from cells import KEEPS_HISTORY

TITLES = {
    "local-one": "Local apply, everything as one transaction (ms)",
    "local-each": "Local apply, a committed transaction each, length read after each (ms)",
    "merge": "Whole history to text: a fresh replica takes one update and gives the text (ms)",
    "stream": "Transaction by transaction: an open document takes one encoded update each (ms)",
    "stream-session": "The same through a live session of two documents (ms)",
    "open": "Open the saved document and read all text (ms)",
    "first-screen": "Open the saved document and read the first 4,096 characters (ms)",
    "save": "Save a live document (ms)",
    "save-again": "Save it again after one more keystroke (ms)",
    "encode-history": "Encode the full history (ms)",
    "bytes-history": "Full history (bytes); the floor is a bare run-length log under zstd -19",
    "bytes-saved": "Saved document (bytes)",
    "bytes-keystroke": "One live keystroke, self-contained update (bytes)",
    "bytes-keystroke-session": "One live keystroke within a session (bytes)",
    "heap-open": "Live heap, document open and read (bytes)",
    "heap-merge": "Peak heap while merging the whole history (bytes)",
    "diverge": "Two replicas of 100,000 characters, 10,000 random edits each, merge (ms, one side)",
    "writers-one-by-one": "1,540 writers at one place, their updates one at a time (ms)",
    "writers-one-call": "1,540 writers at one place, all as one update (ms)",
    "growth-local": "Growth: local apply, text of about 4,000 characters (ms)",
    "growth-merge": "Growth: whole history to text (ms)",
    "growth-open": "Growth: open and read all (ms)",
    "growth-bytes-history": "Growth: full history (bytes)",
    "growth-bytes-saved": "Growth: saved document (bytes)",
    "validate": "UTF-8 validation of the final text (ms)",
}


def number(value, unit):
    if unit == "bytes":
        return f"{value:,.0f}"
    return f"{value:.4f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:,.0f}" \
        if value >= 1000 else f"{value:.1f}"


def cell(cells, work, trace, peer):
    note = cells.notes.get((work, trace, peer))
    if note:
        return note
    least = cells.least(work, trace, peer)
    if least is None:
        return "–"
    unit = cells.units[work]
    if unit == "bytes":
        return number(least, unit)
    return f"{number(least, unit)} ({number(cells.median(work, trace, peer), unit)})"


def ratio(over, under):
    return f"{over / under:.2f}" if over is not None and under else "–"


def one_table(cells, work, peers):
    shown = [p for p in peers if any(
        (work, t, p) in cells.values or (work, t, p) in cells.notes for t in cells.traces_of(work))]
    rivals = [p for p in shown if p not in ("weft", "floor")]
    keepers = [p for p in rivals if p in KEEPS_HISTORY]
    lines = [f"### {TITLES.get(work, work)}", "",
             "| trace | " + " | ".join(shown) + " | weft ÷ floor | best peer ÷ weft |"
             " best with history ÷ weft |",
             "|---|" + "--:|" * (len(shown) + 3)]
    for trace in cells.traces_of(work):
        ours = cells.least(work, trace, "weft")
        floor = cells.least(work, trace, "floor")
        best = cells.best(work, trace, rivals)
        kept = cells.best(work, trace, keepers)
        row = [trace] + [cell(cells, work, trace, p) for p in shown]
        row += [ratio(ours, floor), ratio(best and best[0], ours), ratio(kept and kept[0], ours)]
        lines.append("| " + " | ".join(row) + " |")
    return lines + [""]


def processor():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as info:
            for line in info:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def write(cells, peers, count):
    head = ["## Side by side", "",
            f"{datetime.date.today()}, {os.cpu_count()} × {processor()}, {count} rounds. Cells are"
            " least (median).", ""]
    for work in cells.works():
        head += one_table(cells, work, peers)
    head += [f"Remark: {remark}" for remark in cells.remarks]
    for fault in cells.faults:
        head.append(f"FAULT: {fault}")
    return "\n".join(head) + "\n"
