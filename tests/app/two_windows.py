#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two people, two editors, one document: they type at once, one of them offline for a while.

usage: two_windows.py WEFT_EDITOR WEFT [PICTURE]

Real processes, real X servers, real keys, real sockets on loopback. Exit 0 when both windows end
with equal text that holds what both typed, and the command line reads the same from both profiles.
"""
import hashlib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import desktop  # noqa: E402


def cat(weft, person, document):
    done = subprocess.run([weft, "cat", document, "--profile", person.profile],
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise desktop.Failure(f"weft cat in {person.name}'s profile: {done.stderr.decode()}")
    return done.stdout


def settled(weft, ana, bea, document, *words):
    """Waits until both windows and both stores hold one text with these words, and know it."""

    def holds():
        text = cat(weft, ana, document)
        shown = hashlib.sha256(text).hexdigest()
        return (all(w.encode() in text for w in words) and cat(weft, bea, document) == text
                and ana.text_hash() == shown and bea.text_hash() == shown)

    desktop.until("both have " + " and ".join(repr(w) for w in words), holds)
    desktop.equal(ana, bea)


def both_type(ana, bea, of_ana, of_bea):
    for process in (ana.typing(of_ana), bea.typing(of_bea)):
        if process.wait(120) != 0:
            raise desktop.Failure("xdotool could not type")


def run(editor, weft, folder, picture):
    ana = bea = None
    try:
        ana = desktop.Desktop(editor, folder, "Ana")
        bea = desktop.Desktop(editor, folder, "Bea")
        document = desktop.pair(ana, bea, folder)
        print("paired on", document)

        ana.type("Budget 2026\n\nRoom\n\nFood\n\n")
        settled(weft, ana, bea, document, "Budget 2026\n\nRoom\n\nFood\n\n")
        bea.key("ctrl+End")
        ana.key("ctrl+Home", "Down", "Down", "End")
        both_type(ana, bea, "\nThe room costs less than we thought.",
                  "We ask the caterer again, and book the train for all.")
        settled(weft, ana, bea, document, "The room costs less than we thought.\n",
                "\nWe ask the caterer again, and book the train for all.")
        print("both typed at once: equal,", ana.text_bytes(), "bytes")

        bea.key("ctrl+shift+o")
        desktop.until("Bea works offline", lambda: "working offline" in bea.footer())
        both_type(ana, bea, " So there is more for the food.",
                  "\n\nThis line was written on a train without a network.")
        ana.key("BackSpace", repeat=5)
        ana.type("dinner.")
        bea.key("ctrl+Home", "Down", "Down", "End")
        bea.type(", large")
        if ana.text_hash() == bea.text_hash():
            raise desktop.Failure("the windows show the same although Bea is offline")
        desktop.until("Bea is told what waits", lambda: "will be sent" in bea.footer())
        bea.key("ctrl+shift+o")
        settled(weft, ana, bea, document, "Budget 2026", "\nRoom, large\n",
                "The room costs less than we thought. So there is more for the dinner.\n",
                "We ask the caterer again, and book the train for all.",
                "This line was written on a train without a network.")
        print("back online: equal,", ana.text_bytes(), "bytes")

        bea.key("ctrl+End", "Up", "Up", "Home")
        bea.key("shift+End")
        desktop.until("Ana sees what Bea chose", lambda: ana.sees_selection("Bea"))
        desktop.until("Bea sees Ana", lambda: bea.sees("Ana") is not None)
        if picture:
            desktop.side_by_side(ana, bea, picture)

        ana.key("ctrl+z")
        desktop.until("undo shows", lambda: b"dinner." not in cat(weft, ana, document))
        settled(weft, ana, bea, document, "Budget 2026")
        if b"This line was written on a train" not in cat(weft, ana, document):
            raise desktop.Failure("undo took away what the other wrote")
        print("undo took back one's own words only")

        ana.type(" Last words.")
        settled(weft, ana, bea, document, " Last words.")
        before = ana.text_hash()
        ana.kill_editor()
        ana.start("--document", document)
        ana.ready()
        desktop.until("the text after a crash", lambda: ana.text_hash() == before)
        print("killed and started again: nothing is missing")
        ana.close_editor()
        bea.close_editor()

        os.remove(os.path.join(folder, "link"))
        if desktop.pair(ana, bea, folder) != document:
            raise desktop.Failure("a second start shares another document")
        if ana.text_hash() != before:
            raise desktop.Failure("a second start shows another text")
        ana.key("ctrl+End")
        ana.type(" Day two.")
        settled(weft, ana, bea, document, " Day two.")
        bea.key("ctrl+z")
        desktop.until("undo after a restart shows",
                      lambda: b", large" not in cat(weft, bea, document))
        settled(weft, ana, bea, document, "Budget 2026")
        if b"Day two." not in cat(weft, bea, document):
            raise desktop.Failure("undo after a restart took away what the other wrote")
        print("closed and opened again: same document, in sync, undo is still one's own")
        ana.close_editor()
        bea.close_editor()
    finally:
        for person in (ana, bea):
            if person is not None:
                person.end()


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    desktop.require_tools()
    with tempfile.TemporaryDirectory(prefix="weft-windows-") as folder:
        try:
            run(sys.argv[1], sys.argv[2], folder, sys.argv[3] if len(sys.argv) > 3 else None)
        except desktop.Failure as failure:
            sys.exit(f"FAILED: {failure}")
    print("ok")


if __name__ == "__main__":
    main()
