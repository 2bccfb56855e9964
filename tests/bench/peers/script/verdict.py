# SPDX-License-Identifier: MIT
"""Judges the rows that have a bar. Every figure is a minimum of this very run."""
import math

from cells import KEEPS_DELETED_TEXT, KEEPS_HISTORY, OURS

# What the benchmark holds Weft to; see README.md for the words.
LOCAL_ONE_OVER_FLOOR = 3.5
LOCAL_EACH_OVER_FLOOR = 7.0
LOCAL_EACH_FASTER = 2.0
MERGE_FASTER = 1.0
MERGE_FASTER_ON_HALF = 1.5
STREAM_FASTER = 2.0
OPEN_FASTER = 2.0
OPEN_GROWTH = 1.25          # "no more", with room for noise: the text is the same
SIZE_OF_SMALLEST = 0.75
SIZE_OF_BARE_LOG = 1.1
ENCODE_OVER_FASTEST = 2.0
KEYSTROKE_SESSION = 12
KEYSTROKE_ALONE = 40
HEAP_OF_TEXT = 2
HEAP_BESIDES = 256 * 1024
GROWTH_NOISE = 1.25


class Verdict:
    def __init__(self, cells, peers):
        self.cells = cells
        self.rivals = [p for p in peers if p not in OURS]
        self.keepers = [p for p in self.rivals if p in KEEPS_HISTORY]
        self.text_keepers = [p for p in self.rivals if p in KEEPS_DELETED_TEXT]
        self.lines = []
        self.held = 0
        self.judged = 0

    def weft(self, work, trace):
        return self.cells.least(work, trace, "weft")

    def say(self, row, trace, holds, told):
        self.judged += 1
        self.held += holds
        self.lines.append(f"| {row} | {trace} | {told} | {'holds' if holds else '**misses**'} |")

    def at_most(self, row, trace, value, limit, told):
        """Value is a ratio or an amount that must not exceed its limit."""
        if value is not None and limit is not None:
            self.say(row, trace, value <= limit, told)

    def over_floor(self, row, work, limit):
        for trace in self.cells.traces_of(work):
            ours, floor = self.weft(work, trace), self.cells.least(work, trace, "floor")
            if ours is not None and floor:
                self.at_most(row, trace, ours / floor, limit,
                             f"{ours / floor:.2f}× the gap buffer, ≤ {limit}")

    def faster(self, row, work, limit, rivals, traces=None):
        """Ratios of the fastest of some peers to Weft, each held to a limit."""
        ratios = []
        for trace in traces or self.cells.traces_of(work):
            ours, best = self.weft(work, trace), self.cells.best(work, trace, rivals)
            if ours is None or best is None:
                continue
            ratio = best[0] / ours
            ratios.append(ratio)
            self.say(row, trace, ratio >= limit, f"{ratio:.2f}× faster than {best[1]}, ≥ {limit}")
        return ratios

    def merge(self):
        row = "whole-history merge"
        ratios = self.faster(row, "merge", MERGE_FASTER, self.rivals)
        if ratios:
            good = sum(r >= MERGE_FASTER_ON_HALF for r in ratios)
            self.say(row, "half of the traces", 2 * good >= len(ratios),
                     f"{good} of {len(ratios)} are ≥ {MERGE_FASTER_ON_HALF}× faster")

    def stream(self):
        for row, work in (("transaction by transaction", "stream"),
                          ("1,540 writers, one by one", "writers-one-by-one"),
                          ("1,540 writers, one call", "writers-one-call")):
            self.faster(row, work, STREAM_FASTER, self.keepers)
            if "cola" in self.rivals:
                self.faster(row + ", cola", work, 1.0, ["cola"])
        self.faster("two diverged replicas", "diverge", MERGE_FASTER, self.rivals)

    def growth_sizes(self, work):
        found = [(int(t.removeprefix("made-")), t) for t in self.cells.traces_of(work)]
        return [(n, self.weft(work, t)) for n, t in sorted(found) if self.weft(work, t)]

    def open(self):
        self.faster("open and read all", "open", OPEN_FASTER, self.rivals)
        sizes = self.growth_sizes("growth-open")
        if len(sizes) > 1:
            (few, first), (many, last) = sizes[0], sizes[-1]
            self.say("open, any history", f"{few:,} → {many:,} ops", last <= first * OPEN_GROWTH,
                     f"{last / first:.2f}× the time for the same length of text,"
                     f" ≤ {OPEN_GROWTH}")

    def sizes(self):
        for trace in self.cells.traces_of("bytes-history"):
            ours = self.weft("bytes-history", trace)
            best = self.cells.best("bytes-history", trace, self.text_keepers)
            floor = self.cells.least("bytes-history", trace, "floor")
            if ours is None or best is None:
                continue
            limit, why = SIZE_OF_SMALLEST * best[0], f"{SIZE_OF_SMALLEST} × {best[1]}"
            if floor and SIZE_OF_BARE_LOG * floor > limit:
                limit, why = SIZE_OF_BARE_LOG * floor, f"{SIZE_OF_BARE_LOG} × the bare log"
            self.at_most("full history, bytes", trace, ours, limit,
                         f"{ours:,.0f}, ≤ {limit:,.0f} ({why}); {ours / best[0]:.2f} of {best[1]}")
            time = self.weft("encode-history", trace)
            fastest = self.cells.best("encode-history", trace, self.keepers)
            if time and fastest:
                self.at_most("full history, encode time", trace, time / fastest[0],
                             ENCODE_OVER_FASTEST, f"{time / fastest[0]:.2f}× {fastest[1]},"
                             f" ≤ {ENCODE_OVER_FASTEST}")

    def keystrokes(self):
        for row, work, limit in (
                ("one keystroke, self-contained", "bytes-keystroke", KEYSTROKE_ALONE),
                ("one keystroke, in a session", "bytes-keystroke-session", KEYSTROKE_SESSION)):
            for trace in self.cells.traces_of(work):
                ours = self.weft(work, trace)
                self.at_most(row, trace, ours, limit, f"{ours or 0:.0f} bytes, ≤ {limit}")

    def heap(self):
        for trace in self.cells.traces_of("heap-open"):
            ours, size = self.weft("heap-open", trace), self.weft("bytes-text", trace)
            if ours is not None and size is not None:
                limit = HEAP_OF_TEXT * size + HEAP_BESIDES
                self.at_most("live heap, open and read", trace, ours, limit,
                             f"{ours:,.0f}, ≤ {limit:,.0f}")
        for row, work in (("live heap, open and read", "heap-open"),
                          ("peak heap while merging", "heap-merge")):
            for trace in self.cells.traces_of(work):
                ours, best = self.weft(work, trace), self.cells.best(work, trace, self.rivals)
                if ours is not None and best:
                    self.say(row, trace, ours < best[0],
                             f"{ours / best[0]:.2f} of {best[1]}, < 1")

    def growth(self):
        for work in ("growth-local", "growth-merge"):
            sizes = [s for s in self.growth_sizes(work) if s[0] >= 10**5]
            for (few, first), (many, last) in zip(sizes, sizes[1:]):
                limit = many * math.log(many) / (few * math.log(few)) * GROWTH_NOISE
                self.say(f"growth, {work.removeprefix('growth-')}", f"{few:,} → {many:,} ops",
                         last / first <= limit,
                         f"{last / first:.1f}× the time, ≤ {limit:.1f} (n log n, and noise)")


def write(cells, peers):
    if "weft" not in peers:
        return ""
    v = Verdict(cells, peers)
    v.over_floor("local apply, one transaction", "local-one", LOCAL_ONE_OVER_FLOOR)
    v.over_floor("local apply, a transaction each", "local-each", LOCAL_EACH_OVER_FLOOR)
    v.faster("local apply, a transaction each", "local-each", LOCAL_EACH_FASTER, v.rivals)
    v.merge()
    v.stream()
    v.open()
    v.sizes()
    v.keystrokes()
    v.heap()
    v.growth()
    if not v.judged:
        return ""
    head = ["## What must hold", "", f"{v.held} of {v.judged} hold.", "",
            "| row | trace | ratio | |", "|---|---|---|---|"]
    return "\n".join(head + v.lines) + "\n"
