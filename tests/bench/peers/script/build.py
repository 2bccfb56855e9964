# SPDX-License-Identifier: MIT
"""Builds the two programs below build/ of the source tree."""
import os
import pathlib
import subprocess
import sys

from cells import OURS

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent.parent.parent
OUT = ROOT / "build"


def say(line):
    print(line, file=sys.stderr, flush=True)


def call(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nrun: failed: {' '.join(map(str, command))}")


def build_weft():
    """A Release build as users have it: no developer flags, nothing that is not needed."""
    folder = OUT / "peers-weft"
    say("building weft_peers_bench")
    call("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         "-DWEFT_DEVELOPER=OFF", "-DWEFT_EDITOR=OFF", "-DWEFT_PEERS_BENCH=ON")
    call("cmake", "--build", folder, "--target", "weft_peers_bench")
    return folder / "bin" / "weft_peers_bench"


def build_peers():
    folder = OUT / "peers-target"
    say("building the peers (minutes, the first time)")
    call("cargo", "build", "--release", "--locked", "--manifest-path", HERE / "Cargo.toml",
         "--target-dir", folder)
    return folder / "release" / "peers"


def given(program):
    if not os.access(program, os.X_OK):
        sys.exit(f"run: {program}: not a program")
    return pathlib.Path(program).resolve()


def programs(peers, weft=None, others=None):
    """peer -> program that measures it. What is given is not built."""
    ours = given(weft) if weft else build_weft()
    theirs = None
    if any(p not in OURS for p in peers):
        theirs = given(others) if others else build_peers()
    return {p: ours if p in OURS else theirs for p in peers}
