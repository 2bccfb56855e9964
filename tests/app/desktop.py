# SPDX-License-Identifier: MIT
"""People at desktops: an X server each, a weft-editor in it, real keys, and the editor's feed.

Used by two_windows.py (the test) and record_cowriting.py. Everything started here is ended by its
process id. Waiting is for facts in the feed, with a deadline, never for a guessed time.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

NEEDED = {"Xvfb": "xvfb", "xdotool": "xdotool", "import": "imagemagick", "convert": "imagemagick"}


def require_tools():
    missing = sorted({package for tool, package in NEEDED.items() if shutil.which(tool) is None})
    if missing:
        sys.exit("FAILED: this test needs a desktop; install: " + " ".join(missing))


class Failure(Exception):
    pass


def until(what, condition, seconds=60.0):
    """Polls until `condition()` is true; its value is the answer."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.05)


class Desktop:
    """One X server with one editor in it."""

    def __init__(self, editor, folder, name, size=(900, 760)):
        self.editor_binary = editor
        self.name = name
        self.size = size
        self.profile = os.path.join(folder, name)
        self.feed_path = os.path.join(folder, name + ".feed")
        self.log_path = os.path.join(folder, name + ".log")
        self.editor = None
        self.window = None
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24",
             "-nolisten", "tcp"], pass_fds=(write,), stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Failure("Xvfb did not start")
        self.environment = dict(os.environ, DISPLAY=":" + number, QT_QPA_PLATFORM="xcb",
                                QT_SCALE_FACTOR="1", QT_FONT_DPI="96", LC_ALL="C.UTF-8")
        self.environment.pop("WAYLAND_DISPLAY", None)

    def start(self, *options):
        self.log = open(self.log_path, "ab")
        if os.path.exists(self.feed_path):
            os.remove(self.feed_path)
        self.editor = subprocess.Popen(
            [self.editor_binary, "--profile", self.profile, "--name", self.name, "--theme", "light",
             "--listen", "127.0.0.1:0", "--feed", self.feed_path,
             "--geometry", f"{self.size[0]}x{self.size[1]}+0+0", *options],
            env=self.environment, stdout=self.log, stderr=self.log)

    def ready(self, seconds=60.0):
        """Waits until a document is shown and the window has the keyboard."""
        document = until(f"{self.name} shows a document", lambda: self.last("ready"), seconds)
        ids = until(f"{self.name}'s window", lambda: self.xdotool(
            "search", "--onlyvisible", "--name", f"— {self.name} — Weft", check=False).split())
        self.window = ids[-1]
        self.xdotool("windowfocus", "--sync", self.window)
        return document["document"]

    def alive(self):
        if self.editor.poll() is not None:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                raise Failure(f"{self.name}'s editor ended with {self.editor.returncode}:\n"
                              + log.read()[-4000:])

    def xdotool(self, *arguments, check=True):
        done = subprocess.run(["xdotool", *arguments], env=self.environment, text=True,
                              capture_output=True, check=False)
        if check and done.returncode != 0:
            raise Failure(f"xdotool {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    @staticmethod
    def _keys_for(text, delay_ms):
        """Arguments of xdotool; it does not type line feeds, so Enter is a key of its own."""
        arguments = []
        for number, line in enumerate(text.split("\n")):
            if number > 0:
                arguments += ["key", "--delay", str(delay_ms), "Return"]
            if line:
                arguments += ["type", "--delay", str(delay_ms), "--args", "1", "--", line]
        return arguments

    def type(self, text, delay_ms=25):
        self.xdotool(*self._keys_for(text, delay_ms))

    def typing(self, text, delay_ms=25):
        """Starts typing and returns; wait() on what it gives."""
        return subprocess.Popen(["xdotool", *self._keys_for(text, delay_ms)], env=self.environment)

    def key(self, *keys, repeat=1, delay_ms=25):
        self.xdotool("key", "--repeat", str(repeat), "--repeat-delay", str(delay_ms),
                     "--delay", str(delay_ms), *keys)

    def events(self):
        self.alive()
        try:
            with open(self.feed_path, encoding="utf-8") as feed:
                lines = feed.read().split("\n")[:-1]
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]

    def last(self, event):
        found = None
        for line in self.events():
            if line["event"] == event:
                found = line
        return found

    def footer(self):
        state = self.last("state")
        return state["footer"] if state else ""

    def text_hash(self):
        text = self.last("text")
        return text["sha256"] if text else ""

    def text_bytes(self):
        text = self.last("text")
        return text["bytes"] if text else 0

    def sees(self, name):
        """(anchor, caret) of another person in this window, or None."""
        carets = (self.last("carets") or {"carets": []})["carets"]
        for caret in carets:
            if caret["name"] == name:
                return caret["anchor"], caret["caret"]
        return None

    def sees_selection(self, name):
        where = self.sees(name)
        return where is not None and where[0] != where[1]

    def drifts(self):
        return max((line.get("drifts", 0) for line in self.events()), default=0)

    def shot(self, path):
        subprocess.run(["import", "-window", "root", path], env=self.environment, check=True)

    def kill_editor(self):
        self.editor.send_signal(signal.SIGKILL)
        self.editor.wait()

    def close_editor(self):
        """As a person closes a window: the profile is closed cleanly."""
        if self.editor is not None and self.editor.poll() is None:
            self.editor.terminate()
            try:
                self.editor.wait(20)
            except subprocess.TimeoutExpired:
                self.editor.kill()
                self.editor.wait()
                raise Failure(f"{self.name}'s editor did not close") from None
            if self.editor.returncode != 0:
                raise Failure(f"{self.name}'s editor closed with {self.editor.returncode}")

    def end(self):
        for process in (self.editor, self.server):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()


def pair(ana, bea, folder):
    """Opens both editors on one shared document. Gives the document's id."""
    link_file = os.path.join(folder, "link")
    ana.start("--share-file", link_file)
    document = ana.ready()
    until("Ana's link", lambda: os.path.exists(link_file) and os.path.getsize(link_file) > 0)
    with open(link_file, encoding="utf-8") as file:
        link = file.read().strip()
    bea.start("--join", link)
    if bea.ready() != document:
        raise Failure("Bea opened another document")
    until("Ana sees that Bea has everything", lambda: "Bea has everything" in ana.footer())
    until("Bea sees that Ana has everything", lambda: "Ana has everything" in bea.footer())
    return document


def equal(ana, bea, seconds=60.0):
    """Waits until both windows show the same text and both know it."""
    until("both windows show the same text",
          lambda: ana.text_hash() and ana.text_hash() == bea.text_hash()
          and "has everything" in ana.footer() and "has everything" in bea.footer(), seconds)
    for person in (ana, bea):
        if person.drifts() != 0:
            raise Failure(f"{person.name}'s window drifted from its document")


def side_by_side(ana, bea, path):
    parts = [path + ".left.png", path + ".right.png"]
    ana.shot(parts[0])
    bea.shot(parts[1])
    subprocess.run(["convert", parts[0], "(", "-size", "12x10", "xc:#c9ced6", "-resize",
                    f"12x{ana.size[1]}!", ")", parts[1], "+append", path], check=True)
    for part in parts:
        os.remove(part)
