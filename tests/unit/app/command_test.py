#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the weft program as a user would: exit codes, messages, commands beside a node, a replay.

usage: command_test.py WEFT
"""
import atexit
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import time

WEFT = sys.argv[1]


def weft(*words, code=0, text=None):
    """Runs one command, checks how it ended, gives what it printed."""
    done = subprocess.run([WEFT, *map(str, words)], input=text, capture_output=True, timeout=120,
                          text=not isinstance(text, bytes))
    said = f"weft {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == code, said
    if code in (3, 4):
        assert len(done.stderr.splitlines()) == 1, f"not one clear line: {said}"
    return done.stdout


class Node:
    """A running `weft node`."""

    def __init__(self, folder, name):
        self.ready = folder / f"{name}.ready"
        self.ready.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [WEFT, "node", "--profile", folder / name, "--listen", "127.0.0.1:0", "--name", name,
             "--ready-file", self.ready], stdout=subprocess.DEVNULL)
        atexit.register(self.process.kill)  # also when a test fails
        until = time.monotonic() + 60
        while not self.ready.exists():
            assert self.process.poll() is None, "the node ended"
            assert time.monotonic() < until, "the node does not get ready"
            time.sleep(0.02)
        self.address = json.loads(self.ready.read_text())["listening"]

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0, "the node ended badly"


def until(claim, what):
    """Waits until a condition holds that other processes bring about."""
    last = time.monotonic() + 60
    while not claim():
        assert time.monotonic() < last, f"never: {what}"
        time.sleep(0.05)


def test_documents(folder):
    at = ["--profile", folder / "alone"]
    made = json.loads(weft("new", "Notes", "-", "--json", *at, text="one\ntwo\n"))
    assert weft("cat", "Notes", *at) == "one\ntwo\n"
    edited = json.loads(weft("edit", made["document"], "--json", *at, text="one\n2\ntwo\n"))
    assert (edited["inserted"], edited["erased"]) == (2, 0), edited
    info = json.loads(weft("info", "Not", "--json", *at))
    for key in ("text_sha256", "state_hash", "ops", "chars", "store_bytes", "version"):
        assert key in info, key
    assert info["chars"] == 10
    assert len(weft("log", "Notes", "--json", *at).splitlines()) >= 3
    weft("export", "Notes", folder / "notes.weft", *at)
    weft("import", folder / "notes.weft", "--title", "Copy", *at)
    assert weft("cat", "Copy", *at) == "one\n2\ntwo\n"
    weft("record", "Notes", folder / "notes.json.gz", *at)
    figures = json.loads(weft("bench", "trace", folder / "notes.json.gz", "--repeat", 1, "--json"))
    assert figures["equal"] and figures["converged"]
    assert figures["text_sha256"] == info["text_sha256"]
    weft("doctor", *at)
    weft("status", *at)


def test_refusals(folder):
    at = ["--profile", folder / "refusing"]
    weft(code=2)
    weft("nonsense", code=2)
    weft("cat", code=2)
    weft("cat", "Nothing", *at, code=1)
    weft("join", "weft:nonsense", *at, code=3)
    weft("new", "T", folder / "missing", *at, code=4)
    (folder / "binary").write_bytes(b"\xff\xfe\0")
    weft("new", "T", folder / "binary", *at, code=3)
    weft("import", folder / "binary", *at, code=3)
    (folder / "no.json").write_text('{"txns": 1}')
    weft("bench", "trace", folder / "no.json", code=3)
    weft("bench", "trace", folder / "missing", code=4)
    weft("replay", folder / "no.json", code=3)
    weft("replay", folder / "missing", code=4)
    (folder / "flat.json").write_text('{"startContent":"","endContent":"","txns":[]}')
    weft("replay", folder / "flat.json", code=2)
    wrong = '{"endContent":"x","txns":[{"patches":[[0,0,"y"]]}]}'
    (folder / "wrong.json").write_text(wrong)
    weft("bench", "trace", folder / "wrong.json", "--repeat", 1, code=1)
    weft("node", "--listen", "nowhere", *at, code=3)


def test_beside_a_node(folder):
    one, two = ["--profile", folder / "one"], ["--profile", folder / "two"]
    node = Node(folder, "one")
    mode = stat.S_IMODE(os.stat(folder / "one" / "control.sock").st_mode)
    assert mode == 0o600, oct(mode)
    weft("new", "Shared", "-", *one, text="first\n")
    link = weft("share", "Shared", *one).strip()
    weft("join", link, "--name", "Two", *two)
    assert weft("cat", "Shared", *two) == "first\n"
    weft("edit", "Shared", *two, text="first\nsecond\n")  # offline
    weft("edit", "Shared", *one, text="zeroth\nfirst\n")
    weft("node", *one, code=4)  # the profile is in use
    weft("node", "--listen", node.address, *two, code=4)  # the port is
    other = Node(folder, "two")
    merged = "zeroth\nfirst\nsecond\n"
    until(lambda: weft("cat", "Shared", *one) == weft("cat", "Shared", *two) == merged, merged)
    status = json.loads(weft("status", "--json", *one))
    peer = next(p for p in status["peers"] if p["name"] == "Two")
    assert peer["state"] == "connected", peer
    infos = [json.loads(weft("info", "Shared", "--json", *at)) for at in (one, two)]
    assert infos[0]["state_hash"] == infos[1]["state_hash"]
    node.stop()
    other.stop()
    assert weft("cat", "Shared", *one) == merged


def test_replay(folder):
    """Two agents: one types before the bar, one behind it, and they meet every third time."""
    txns = [{"parents": [], "agent": 0, "time": "", "patches": [[0, 0, "|"]]}]
    before, behind = "", ""
    last, seen = [0, 0], ["", ""]  # own last transaction; what each sees of the other
    for i in range(90):
        letter = chr(ord("a") + i % 26)
        merging = i % 3 == 0
        heads = list(last)
        for agent in (0, 1):
            parents = sorted({heads[agent]} | ({heads[1 - agent]} if merging and i else set()))
            if merging:
                seen[agent] = behind if agent == 0 else before
            at = 0 if agent == 0 else len(seen[1]) + 1 + len(behind)
            txns.append({"parents": parents, "agent": agent, "time": "",
                         "patches": [[at, 0, letter.upper() if agent else letter]]})
            last[agent] = len(txns) - 1
        before, behind = letter + before, behind + letter.upper()
    trace = {"kind": "concurrent", "numAgents": 2, "endContent": before + "|" + behind,
             "txns": txns}
    (folder / "bar.json").write_text(json.dumps(trace))
    weft("bench", "trace", folder / "bar.json", "--repeat", 1)
    said = weft("replay", folder / "bar.json", "--json", folder / "bar.out")
    assert said.splitlines()[-1] == "converged", said
    outcome = json.loads((folder / "bar.out").read_text())
    assert outcome["converged"] and outcome["equal"] and outcome["cuts"] >= 20, outcome
    assert outcome["wire_bytes"] > 0 and len(outcome["replicas"]) == 2, outcome
    trace["endContent"] = "another"
    (folder / "bar.json").write_text(json.dumps(trace))
    weft("replay", folder / "bar.json", "--cuts", 1, code=1)


for test in (test_documents, test_refusals, test_beside_a_node, test_replay):
    with tempfile.TemporaryDirectory(prefix="weft-cli-") as place:
        print(test.__name__, flush=True)
        test(pathlib.Path(place))
