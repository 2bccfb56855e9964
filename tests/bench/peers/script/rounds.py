# SPDX-License-Identifier: MIT
"""Visits the cells in rounds: in each round every peer in turn does one work on one trace, so that
what the machine does meanwhile hits all alike."""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

from build import say
from cells import HEAP_FIGURES, MADE_WORKS, TRACE_WORKS, Cells

SLOW_S = 4            # a visit that takes longer is not repeated
AROUND_S = 20         # a program may take so much longer than its cell: it reads and checks, too


def name_of(trace):
    return trace.name.removesuffix(".gz").removesuffix(".json")


def used_s(pid):
    """Processor time of a program that still runs."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError):
        return 0


def run_limited(command, limit):
    """Exit code (None: ended because it used more processor time than `limit`), output, errors and
    seconds used. No RLIMIT_CPU: under one, Linux reads a process's clock only to the tick."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        program = subprocess.Popen(command, stdout=out, stderr=errors)
        used, code = 0, None
        while code is None and used <= limit:
            try:
                code = program.wait(timeout=0.02 if used < 1 else 0.3)
            except subprocess.TimeoutExpired:
                used = used_s(program.pid)
        if code is None:
            program.kill()
            program.wait()
        out.seek(0)
        errors.seek(0)
        return code, out.read(), errors.read(), used


def same_as_another(peer, work):
    """The second encoding of one library changes nothing where nothing is encoded."""
    return peer == "yrs-keep-v2" and (work.startswith("local") or work in MADE_WORKS)


def digest(*files):
    total = hashlib.sha256()
    for file in files:
        total.update(pathlib.Path(file).read_bytes())
    return total.hexdigest()[:16]


class Run:
    def __init__(self, programs, folder, limit, prepare_limit):
        self.programs = programs
        self.prepare_limit = prepare_limit
        self.limit = limit  # of a cell; the programs know 60, too
        self.folder = folder
        self.cells = Cells()
        self.slow = set()
        self.unable = set()   # (trace, peer) without a history

    def call(self, peer, words, limit, gives):
        """Runs one program; adds its rows. `gives`: (work, trace) pairs that get a note if it dies.
        Returns whether it ended well."""
        command = [str(self.programs[peer]), words[0], peer, *map(str, words[1:])]
        code, said, complained, took = run_limited(command, limit)
        for line in said.splitlines():
            self.cells.add(json.loads(line))
        if code == 0:
            return took
        why = "failed"
        if code is None:
            why = f"over {min(limit, self.limit)} s"
        else:
            told = complained.strip().splitlines() or ["ended without a word"]
            say(f"  {peer} {' '.join(map(str, words))}: {told[0]}")
            self.cells.faults.append(f"{peer} {words[0]} {gives[0]}: {' '.join(told)[:200]}")
        for work, trace in gives:
            if (work, trace, peer) not in self.cells.values:
                self.cells.add({"work": work, "trace": trace, "peer": peer, "note": why})
        return None

    def prepare(self, peer, trace):
        """The history of a trace as a peer makes it; kept until program or trace change."""
        folder = self.folder / peer / name_of(trace)
        stamp = folder / "stamp"
        wanted = digest(self.programs[peer], trace)
        rows = folder / "rows"
        if stamp.exists() and stamp.read_text() == wanted:
            for line in rows.read_text().splitlines():
                self.cells.add(json.loads(line))
            return folder
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        said = Cells()
        mine, self.cells = self.cells, said
        took = self.call(peer, ["prepare", trace, folder], self.prepare_limit,
                         [("text", name_of(trace))])
        self.cells = mine
        mine.faults += said.faults
        lines = []
        for (work, name), found in said.checks.items():
            lines += [{"work": work, "trace": name, "peer": peer, "check": c} for c in found]
        lines += [row | {"values": [row["min"]]} if "min" in row else row for row in said.rows()]
        for line in lines:
            mine.add(line)
        if took is None:
            self.unable.add((name_of(trace), peer))
            return folder
        rows.write_text("".join(json.dumps(line) + "\n" for line in lines))
        stamp.write_text(wanted)
        return folder

    def visit(self, peer, trace, folder, work):
        name = name_of(trace)
        gives = [(row, name) for row in TRACE_WORKS[work]]
        if (name, peer) in self.unable and not work.startswith("local"):
            for row, _ in gives:
                self.cells.add({"work": row, "trace": name, "peer": peer,
                                "note": f"no history within {self.prepare_limit} s"})
            self.slow.add((work, name, peer))
            return
        limit = len(gives) * self.limit + AROUND_S
        took = self.call(peer, ["time", trace, folder, work], limit, gives)
        if took is None or took > SLOW_S:
            self.slow.add((work, name, peer))


def measure_trace(run, trace, peers, works, count):
    name = name_of(trace)
    run.cells.traces.append(name)
    folders = {}
    for peer in peers:
        say(f"{name}: history by {peer}")
        folders[peer] = run.prepare(peer, trace)
    for number in range(count):
        for work in (w for w in TRACE_WORKS if w in works):
            say(f"{name}: {work}, round {number + 1}/{count}")
            for peer in peers:
                if (work, name, peer) not in run.slow and not same_as_another(peer, work):
                    run.visit(peer, trace, folders[peer], work)
    if "heap" in works:
        for peer in (p for p in peers if p != "floor" and (name, p) not in run.unable):
            for figure in HEAP_FIGURES:
                run.call(peer, ["heap", trace, folders[peer], figure], run.limit + AROUND_S,
                         [(figure, name)])


def measure_made(run, peers, works, count, sizes):
    for number in range(count):
        for work in (w for w in MADE_WORKS if w in works):
            for size in sizes if work == "growth" else [0]:
                say(f"made: {work} {size or ''}, round {number + 1}/{count}")
                for peer in (p for p in peers if p != "floor" and not same_as_another(p, work)):
                    if (work, size, peer) not in run.slow:
                        visit_made(run, peer, work, size)


def visit_made(run, peer, work, size):
    gives = [(work, f"made-{size}" if size else "made")]
    took = run.call(peer, ["made", work, size], 3 * run.limit + AROUND_S, gives)
    if took is None or took > SLOW_S:
        run.slow.add((work, size, peer))
    if took is None or took > run.limit / 2:  # ten times as much would not end in time
        run.slow |= {(work, size * 10**i, peer) for i in (1, 2, 3)}


def measure(run, traces, peers, works, count, sizes):
    """Yields the cells, ever more of them. The smaller traces come first."""
    for trace in sorted(traces, key=lambda t: t.stat().st_size):
        measure_trace(run, trace, peers, works, count)
        yield run.cells
    measure_made(run, peers, works, count, sizes)
    for (work, trace), found in run.cells.checks.items():
        if len(found) > 1:
            told = "; ".join(f"{check}: {', '.join(sorted(who))}" for check, who in found.items())
            # Concurrent insertions at one place may end in another order with another algorithm;
            # the programs themselves refuse another text of a sequential trace.
            of = run.cells.remarks if work == "text" else run.cells.faults
            of.append(f"{trace}: the peers end in different texts: {told}")
    yield run.cells
