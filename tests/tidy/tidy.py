#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the tree to its own rules: include directions, lengths, words, licence lines, doc paths.

usage: tidy.py ROOT. Prints every breach with its place; exit 1 if there is one.
"""
import os
import re
import subprocess
import sys

MAX_FILE_LINES = 800
MAX_COLUMNS = 100

# Which part may include which; a part may always include itself.
CRDT_LAYERS = {  # folder under crdt/src -> folders it may include
    "base": set(),
    "causality": {"base"},
    "types": {"base", "causality"},
    "history": {"base"},
    "content": {"base", "history"},
    "codec": {"base", "history", "content"},
    "document": {"base", "history", "content", "codec"},
}
SYNC_LAYERS = {
    "protocol": set(),
    "keys": {"protocol"},
    "net": {"protocol", "keys"},
    "store": {"protocol", "keys"},
    "node": {"protocol", "keys", "net", "store"},
}
# Foreign headers that stay inside one folder.
FOREIGN = [
    (re.compile(r"<boost/"), ("sync/src/net/", "sync/src/node/", "app/profile/")),
    (re.compile(r"<openssl/"), ("sync/src/keys/", "sync/src/net/", "app/cli/", "tests/")),
    (re.compile(r"<sqlite3\.h>"), ("sync/src/store/", "tests/unit/sync/store/")),
    (re.compile(r"<(capnp|kj)/"), ("sync/src/protocol/",)),
    (re.compile(r"<zstd\.h>"), ("crdt/src/codec/", "tests/bench/peers/")),
    (re.compile(r"<Q[A-Z]"), ("app/bridge/", "app/editor/", "tests/app/")),
    (re.compile(r"<CLI/"), ("app/cli/", "app/editor/command_line.cpp")),
]
BANNED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"][^>"]+[>"])')


def tracked(root):
    out = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True, check=True)
    return out.stdout.splitlines()


def check_includes(path, number, target, breaches):
    inner = target[1:-1]
    if path.startswith("crdt/"):
        if inner.startswith(("weft/sync", "weft/app")):
            breaches.append(f"{path}:{number}: crdt knows nothing of {inner}")
        parts = path.split("/")
        if parts[1] == "src" and target[0] == '"':
            folder, wanted = parts[2], inner.split("/")[0]
            if wanted in CRDT_LAYERS and wanted != folder and wanted not in CRDT_LAYERS[folder]:
                breaches.append(f"{path}:{number}: {folder} may not include {wanted}")
        if "/crdt/types/" in path and inner.startswith("weft/crdt/document/"):
            breaches.append(f"{path}:{number}: standalone types know nothing of documents")
        if "/document/" in path and inner.startswith("weft/crdt/types/"):
            breaches.append(f"{path}:{number}: documents know nothing of standalone types")
    if path.startswith("sync/"):
        if inner.startswith("weft/app"):
            breaches.append(f"{path}:{number}: sync knows nothing of {inner}")
        parts = path.split("/")
        if parts[1] == "src" and target[0] == '"':
            folder, wanted = parts[2], inner.split("/")[0]
            if wanted in SYNC_LAYERS and wanted != folder and wanted not in SYNC_LAYERS[folder]:
                breaches.append(f"{path}:{number}: {folder} may not include {wanted}")
    if path.startswith("examples/") and target[0] == '"' and not inner.startswith("weft/"):
        breaches.append(f"{path}:{number}: examples use public headers only")
    for pattern, homes in FOREIGN:
        if pattern.match(target) and not path.startswith(homes):
            breaches.append(f"{path}:{number}: {target} belongs to {', '.join(homes)}")


def check_source(root, path, breaches):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        lines = file.read().split("\n")
    if lines[0] != "// SPDX-License-Identifier: MIT":
        breaches.append(f"{path}:1: the first line names the licence")
    if len(lines) > MAX_FILE_LINES:
        breaches.append(f"{path}: {len(lines)} lines; a file has at most {MAX_FILE_LINES}")
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and "http" not in line:
            breaches.append(f"{path}:{number}: {len(line)} columns")
        if BANNED.search(line):
            breaches.append(f"{path}:{number}: nothing is left for later in the code")
        found = INCLUDE.match(line)
        if found:
            check_includes(path, number, found.group(1), breaches)


def check_docs(root, files, breaches):
    known = set(files)
    folders = {os.path.dirname(f) for f in files}
    for path in (f for f in files if f.endswith(".md")):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" in target or target.startswith("mailto:"):
                continue
            where = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if where not in known and where.rstrip("/") not in folders and not any(
                    f.startswith(where.rstrip("/") + "/") for f in folders):
                breaches.append(f"{path}: links to {target}, which is not there")
        for named in re.findall(r"`((?:crdt|sync|app|tests|fuzz|examples|docs)/[\w./-]+\.\w+)`", text):
            if named not in known:
                breaches.append(f"{path}: names {named}, which is not there")


def main():
    root = sys.argv[1]
    files = tracked(root)
    breaches = []
    for path in files:
        if path.endswith((".cpp", ".hpp")):
            check_source(root, path, breaches)
    check_docs(root, files, breaches)
    for breach in breaches:
        print(breach)
    sources = sum(f.endswith((".cpp", ".hpp")) for f in files)
    print(f"{sources} sources checked, {len(breaches)} breaches")
    return 1 if breaches or sources == 0 else 0


sys.exit(main())
