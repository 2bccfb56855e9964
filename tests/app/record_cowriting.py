#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records examples/co-writing.json.gz: two people write a page about Weft, each at a real window.

usage: record_cowriting.py WEFT_EDITOR WEFT OUT.json.gz [PICTURE]

They type at the same time, make slips and take them back, pause, work offline for a while, and more
than once write in the same place. What is saved is the history that the editors kept, by
`weft record`. Slips and pauses come from a seed; when each key lands is up to the machine, so no two
recordings are the same. Takes about two minutes.
"""
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import desktop  # noqa: E402

NEAR = {"a": "s", "e": "r", "i": "o", "n": "m", "o": "p", "r": "t", "s": "d", "t": "y", "h": "j",
        "l": "k", "d": "f", "c": "v", "m": "n", "u": "i", "w": "e", "y": "u", "p": "o", "b": "v"}


class Writer:
    """Turns words into the keys of somebody who types well but not perfectly."""

    def __init__(self, person, seed, delay_ms):
        self.person = person
        self.dice = random.Random(seed)
        self.delay = str(delay_ms)

    def _type(self, text):
        return ["type", "--delay", self.delay, "--args", "1", "--", text]

    def _press(self, *keys):
        return [part for key in keys for part in ("key", "--delay", self.delay, key)]

    def _pause(self, low, high):
        return ["sleep", f"{self.dice.uniform(low, high):.2f}"]

    def keys_for(self, text):
        """Arguments for one run of xdotool."""
        arguments = []
        pending = ""

        def flush():
            nonlocal pending
            if pending:
                arguments.extend(self._type(pending))
                pending = ""

        skip = 0
        for at, letter in enumerate(text):
            if skip > 0:
                skip -= 1
                continue
            if letter == "\n":
                flush()
                arguments.extend(self._press("Return") + self._pause(0.05, 0.25))
                continue
            slip = self.dice.random()
            if letter in NEAR and slip < 0.025:
                # A wrong key, noticed at once or a few letters later.
                late = text[at + 1:at + 1 + self.dice.choice([0, 0, 1, 2, 4])].split("\n")[0]
                pending += NEAR[letter] + late
                flush()
                arguments.extend(self._pause(0.1, 0.4) + self._press(*["BackSpace"] * (1 + len(late))))
                pending += letter + late
                skip = len(late)
            else:
                pending += letter
            if letter in ".,:" and self.dice.random() < 0.5:
                flush()
                arguments.extend(self._pause(0.1, 0.6))
        flush()
        return arguments

    def start(self, text):
        """Begins to type and returns at once. Gives the processes one after the other."""
        return subprocess.Popen(["xdotool", *self.keys_for(text)],
                                env=self.person.environment)

    def write(self, text):
        finish(self.start(text))

    def go(self, phrase, *keys):
        """Finds a phrase as a person would, then presses keys from there."""
        self.person.key("ctrl+Home", "ctrl+f")
        self.person.type(phrase, 12)
        self.person.key("Return", "Escape", *(keys or ("Right",)))


def finish(*processes):
    for process in processes:
        if process.wait(240) != 0:
            raise desktop.Failure("xdotool could not type")


def offline(person, on):
    person.key("ctrl+shift+o")
    if on:
        desktop.until(person.name + " is offline", lambda: "working offline" in person.footer())
    else:
        desktop.until(person.name + " is online", lambda: "working offline" not in person.footer())


def opening(ana, bea):
    """Ana starts the page; then both write, each in a part of their own."""
    ana.write("Weft: write together, without a server\n\n"
              "Weft is an editor, a library and a network layer for documents that several people "
              "write at the same time.\n\nWhat you can rely on\n\n")
    desktop.equal(ana.person, bea.person)
    bea.person.key("ctrl+End")
    ana.go("at the same time.")
    finish(ana.start(" Nobody has to be online for that. Each computer keeps the whole document and "
                     "its history, takes every key at once, and merges what the others wrote whenever "
                     "they meet."),
           bea.start("Everyone who has the same changes sees the same text, letter for letter, "
                     "whatever order the changes came in."))
    desktop.equal(ana.person, bea.person)


def main_parts(ana, bea):
    """Two sections grow at the same time, far from each other."""
    ana.person.key("ctrl+End")
    ana.write("\n\nHow a merge works\n\n\n\nOffline is normal\n\n")
    desktop.equal(ana.person, bea.person)
    ana.go("How a merge works", "End", "Down", "Down")
    bea.go("order the changes came in.", "End")
    finish(
        ana.start("A change says what its writer did and what that writer had seen. From this, every "
                  "computer draws the same graph of changes and replays the part that one side had "
                  "not seen. Two people who type in the same place get two whole runs of words, one "
                  "after the other, never letter by letter in turns."),
        bea.start("\n\nWhat the window calls saved is on this disk. What it says the others have is "
                  "on their disks too.\n\nBytes from a stranger are only data. They can be refused, "
                  "but they cannot crash the program or leave half of a change behind."))
    desktop.equal(ana.person, bea.person)


def on_a_train(ana, bea):
    """Bea loses the network; both go on; both touch one sentence."""
    offline(bea.person, True)
    bea.person.key("ctrl+End")
    ana.go("at the same time.", "Left", "ctrl+Right")
    ana.go("several people", "Right")
    bea_types = bea.start("Take a train, open the lid, write. The line at the foot of the window says "
                          "what waits and for whom. Back among people, the two computers exchange "
                          "what is missing, and nothing asks which version should win.")
    ana.write(", or one person with several computers,")
    ana.go("cannot crash the program", "Right")
    ana.write(" you write in")
    finish(bea_types)
    bea.go("keeps the whole document and its history", "Left")
    bea.write("Each of them ")
    bea.person.key(*["BackSpace"] * 13)
    bea.go("the program", "BackSpace")
    bea.write("the editor")
    desktop.until("Bea is told", lambda: "will be sent" in bea.person.footer())
    offline(bea.person, False)
    desktop.equal(ana.person, bea.person)


def same_place(ana, bea):
    """Both write at the end of the page at the same moment, online and offline."""
    for person in (ana.person, bea.person):
        person.key("ctrl+End")
    finish(ana.start("\n\nUndo is yours\n\nCtrl+Z takes back your own last words, not those of the "
                     "person beside you, even where theirs came later or stand inside yours. It "
                     "still works after a restart."),
           bea.start("\n\nNo account\n\nA document is shared by a link. The link names the document, "
                     "the computer that made it, and a secret, and it can end after a day. From then "
                     "on both computers know each other's keys, and talk to nobody else."))
    desktop.equal(ana.person, bea.person)
    offline(ana.person, True)
    for person in (ana.person, bea.person):
        person.key("ctrl+End")
    finish(ana.start("\n\nWhat Weft does not do\n\nIt does not stop two people from writing two "
                     "different answers to one question. It keeps both, side by side, and leaves the "
                     "choice to you."),
           bea.start("\n\nHow to try it\n\nTwo commands do everything: one opens two windows on one "
                     "shared page, the other builds the whole program and tests it."))
    offline(ana.person, False)
    desktop.equal(ana.person, bea.person)


def apart(ana, bea):
    """Both are offline for a long stretch and write a lot, in turns that nobody can see."""
    offline(ana.person, True)
    offline(bea.person, True)
    ana.go("What Weft does not do", "Home")
    bea.go("How to try it", "Home")
    finish(ana.start("What it costs\n\nA page at rest costs little more than its text. The history "
                     "is kept beside it, packed, and read only when it is needed: for a merge with "
                     "somebody who was away for long, for undo, or to look back. A key that you press "
                     "costs a few bytes on the disk and a few more on the wire.\n\n"
                     "If two computers have not met for a month, they compare two short lists of "
                     "numbers first. From these each knows what the other lacks, and sends only "
                     "that.\n\n"),
           bea.start("When something goes wrong\n\nIf the power fails, the page comes back as it was "
                     "when you looked up last. If the disk is full, the window says so and keeps the "
                     "text in front of you. If a link has ended, it says that, and whom to ask for "
                     "another. There are no codes to look up.\n\n"
                     "If a computer is lost, the others still have everything that it had sent. What "
                     "it had not sent is gone; that is the one thing no program can change.\n\n"))
    ana.go("The line at the foot of the window", "Left")
    bea.go("The line at the foot of the window")
    finish(ana.start("Nothing is lost. "), bea.start(", small and grey,"))
    bea.person.key(*["BackSpace"] * len(", small and grey,"))
    offline(ana.person, False)
    offline(bea.person, False)
    desktop.equal(ana.person, bea.person)
    ana.person.key("ctrl+End")
    bea.go("they compare two short lists", "ctrl+Left")
    finish(ana.start("\n\nWords in this page\n\n"
                     "A change is what one person did in one moment, with a note of what they had "
                     "seen.\nA merge is two histories put together; nothing is chosen and nothing is "
                     "dropped.\nA link is an invitation. It is used up or it ends."),
           bea.start("really "))
    bea.person.key(*["BackSpace"] * len("really "))
    desktop.equal(ana.person, bea.person)


def second_thoughts(ana, bea):
    """Corrections all over the page, undo included, by both at once."""
    ana.go("one after the other, never letter by letter in turns", "Right", "Left", "Right")
    ana.write(" like two radios on one frequency")
    ana.person.key("ctrl+z")
    bea.go("letter for letter", "Right")
    bea.write(" and space for space")
    bea.person.key(*["BackSpace"] * len(" and space for space"))
    ana_types = ana.start(". This page was written that way")
    bea.go("Take a train, open the lid, write.", "Right")
    bea_types = bea.start(" Or pull the plug; it is the same.")
    finish(ana_types, bea_types)
    offline(ana.person, True)
    offline(bea.person, True)
    ana.go("Weft: write together", "Home")
    bea.go("without a server", "Right")
    finish(ana.start("About "), bea.start(", at your own pace"))
    ana.person.key(*["BackSpace"] * 6)
    bea.person.key(*["BackSpace"] * len(", at your own pace"))
    ana.go("It still works after a restart.", "Right")
    bea.go("the computer that made it", "Right")
    finish(ana.start(" Try it: close the window, open it, and press the keys."),
           bea.start(" and where it can be reached"))
    offline(bea.person, False)
    offline(ana.person, False)
    desktop.equal(ana.person, bea.person)
    bea.person.key("ctrl+End")
    bea.write("\n\nWritten by Ana and Bea in two windows, part of the time without a network.\n")
    desktop.equal(ana.person, bea.person)


def record(editor, weft, out, folder, picture):
    people = []
    try:
        people = [desktop.Desktop(editor, folder, name) for name in ("Ana", "Bea")]
        document = desktop.pair(*people, folder)
        ana = Writer(people[0], 3, 22)
        bea = Writer(people[1], 7, 27)
        for part in (opening, main_parts, on_a_train, same_place, apart, second_thoughts):
            part(ana, bea)
            print(part.__name__, people[0].text_bytes(), "bytes", flush=True)
        last = "part of the time without a network."
        desktop.until("the last words", lambda: last in subprocess.run(
            [weft, "cat", document, "--profile", people[0].profile], capture_output=True, text=True,
            check=True).stdout)
        desktop.equal(*people)
        if picture:
            people[0].key("ctrl+Home")
            people[1].key("ctrl+Home")
            bea.go("What the window calls saved is on this disk.", "Home")
            people[1].key("shift+End")
            desktop.until("Ana sees what Bea chose", lambda: people[0].sees_selection("Bea"))
            people[0].key("ctrl+Home", "Down", "Down", "End", delay_ms=60)
            desktop.side_by_side(*people, picture)
        subprocess.run([weft, "record", document, out, "--profile", people[0].profile], check=True)
        text = subprocess.run([weft, "cat", document, "--profile", people[0].profile],
                              capture_output=True, check=True).stdout
        print(text.decode())
        for person in people:
            person.close_editor()
    finally:
        for person in people:
            person.end()


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    desktop.require_tools()
    with tempfile.TemporaryDirectory(prefix="weft-recording-") as folder:
        try:
            record(*sys.argv[1:4], folder, sys.argv[4] if len(sys.argv) > 4 else None)
        except desktop.Failure as failure:
            sys.exit(f"FAILED: {failure}")


if __name__ == "__main__":
    main()
