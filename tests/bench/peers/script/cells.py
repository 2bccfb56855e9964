# SPDX-License-Identifier: MIT
"""The cells of the table: what is measured of whom, merged over all rounds."""
import statistics

# In the order of the columns. `floor` is no CRDT; cola keeps no history.
PEERS = ["floor", "weft", "diamond-types", "loro", "yrs", "yrs-keep", "yrs-keep-v2", "automerge",
         "cola"]
OURS = ("floor", "weft")
KEEPS_DELETED_TEXT = ("diamond-types", "loro", "yrs-keep", "yrs-keep-v2", "automerge")
KEEPS_HISTORY = ("diamond-types", "loro", "yrs", "yrs-keep", "yrs-keep-v2", "automerge")

# Works as the programs are asked for them, with the rows that each one gives.
TRACE_WORKS = {
    "local-one": ["local-one"],
    "local-each": ["local-each"],
    "merge": ["merge"],
    "stream": ["stream", "stream-session"],
    "open": ["open", "first-screen"],
    "save": ["save", "save-again", "encode-history", "bytes-history", "bytes-saved",
             "bytes-keystroke", "bytes-keystroke-session"],
}
HEAP_FIGURES = ["heap-open", "heap-merge"]
MADE_WORKS = ["diverge", "writers", "growth"]
WORK_NAMES = list(TRACE_WORKS) + ["heap"] + MADE_WORKS


class Cells:
    def __init__(self):
        self.values = {}   # (work, trace, peer) -> list
        self.units = {}    # work -> unit
        self.notes = {}    # (work, trace, peer) -> why there is no figure
        self.checks = {}   # (work, trace) -> {check: [peer]}
        self.traces = []
        self.faults = []
        self.remarks = []

    def add(self, row):
        key = (row["work"], row["trace"], row["peer"])
        if "values" in row:
            self.values.setdefault(key, []).extend(row["values"])
            self.units[row["work"]] = row["unit"]
        elif "note" in row:
            self.notes[key] = row["note"]
        else:
            found = self.checks.setdefault(key[:2], {})
            found.setdefault(row["check"], set()).add(row["peer"])

    def least(self, work, trace, peer):
        values = self.values.get((work, trace, peer))
        return min(values) if values and (work, trace, peer) not in self.notes else None

    def median(self, work, trace, peer):
        values = self.values.get((work, trace, peer))
        return statistics.median(values) if values else None

    def best(self, work, trace, peers):
        """The least figure of some peers and whose it is; None when nobody has one."""
        found = [(self.least(work, trace, p), p) for p in peers]
        found = [f for f in found if f[0] is not None]
        return min(found) if found else None

    def works(self):
        """The rows that have anything, in the order of the list above."""
        have = {key[0] for key in list(self.values) + list(self.notes)}
        known = [r for rows in TRACE_WORKS.values() for r in rows] + HEAP_FIGURES
        return [w for w in known if w in have] + sorted(have - set(known) - {"text", "bytes-text"})

    def traces_of(self, work):
        have = {key[1] for key in list(self.values) + list(self.notes) if key[0] == work}
        return [t for t in self.traces if t in have] + sorted(have - set(self.traces))

    def rows(self):
        for key in sorted(set(self.values) | set(self.notes)):
            work, trace, peer = key
            row = {"work": work, "trace": trace, "peer": peer}
            if key in self.values:
                row |= {"median": self.median(*key), "min": min(self.values[key]),
                        "unit": self.units[work], "runs": len(self.values[key])}
            if key in self.notes:
                row["note"] = self.notes[key]
            yield row
