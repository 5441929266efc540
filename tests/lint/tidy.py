# SPDX-License-Identifier: Apache-2.0
"""lint.tidy: clang-tidy-19 finds nothing in src and apps (.clang-tidy).

A source that was clean is not checked again until it, one of our headers below it, the checks, its compile command or
clang-tidy itself changes: the hash of all of these is kept as an empty file in BUILD/lint/tidy.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import findings
from findings import Finding

TOOL = "clang-tidy-19"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)
COMPLAINT = re.compile(r"^(?P<path>/.+?):(?P<line>\d+):\d+: (?:error|warning): (?P<what>.*?)(?: \[(?P<check>[^\]]+)\])?$")


class Hashes:
    """Hash of a source with every header of ours that it includes, at any depth."""

    def __init__(self, root):
        self.root = root
        self._texts = {}

    def _text(self, path):
        if path not in self._texts:
            self._texts[path] = path.read_bytes() if path.is_file() else None
        return self._texts[path]

    def of(self, source):
        waiting, seen = [source], {source}
        while waiting:
            path = waiting.pop()
            for name in INCLUDE.findall((self._text(path) or b"").decode(errors="replace")):
                for candidate in (path.parent / name, self.root / "src" / name, self.root / "tests" / name):
                    if candidate not in seen and self._text(candidate) is not None:
                        seen.add(candidate)
                        waiting.append(candidate)
        digest = hashlib.sha256()
        for path in sorted(seen):
            digest.update(str(path).encode() + b"\0" + (self._text(path) or b"") + b"\0")
        return digest.hexdigest()


def compile_commands(build):
    """{source: command line} of the build folder."""
    entries = json.loads((build / "compile_commands.json").read_text())
    return {pathlib.Path(entry["directory"], entry["file"]).resolve():
            entry.get("command") or shlex.join(entry["arguments"]) for entry in entries}


def run_tool(build, source):
    """(findings, raw output) of one source."""
    # gcc's warnings are errors of the build already; clang's own are not asked for
    run = subprocess.run([TOOL, "-p", str(build), "--quiet", "--extra-arg=-w", str(source)],
                         capture_output=True, text=True, check=False)
    return run.returncode, run.stdout, run.stderr


def parse(root, source, code, out, err):
    faults = []
    for line in out.splitlines():
        match = COMPLAINT.match(line)
        if match:
            path = os.path.relpath(match["path"], root)
            check = (match["check"] or "compiler").split(",")[0]
            faults.append(Finding(path, int(match["line"]), match["what"], check,
                                  "mend it, or write NOLINT(check) with the reason beside it"))
    if code != 0 and not faults:
        faults.append(Finding(os.path.relpath(source, root), 1, f"{TOOL} failed: {err.strip()[-400:]}",
                              "the file was not checked", "mend what it says"))
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], type=pathlib.Path)
    parser.add_argument("--build", required=True, type=pathlib.Path, help="a configured build folder")
    parser.add_argument("--jobs", default=os.cpu_count() or 1, type=int)
    arguments = parser.parse_args()
    root, build = arguments.root.resolve(), arguments.build.resolve()

    tree = findings.Tree(root)
    commands = compile_commands(build)
    sources = [root / path for path in tree.code("src", "apps") if path.endswith(".cpp")]
    version = subprocess.run([TOOL, "--version"], capture_output=True, text=True, check=True).stdout
    common = version + (root / ".clang-tidy").read_text()
    cache = build / "lint" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    hashes = Hashes(root)

    faults, due = [], []
    for source in sources:
        if source not in commands:
            faults.append(Finding(str(source.relative_to(root)), 1, "the file is in no target",
                                  "nothing compiles or checks it", "configure again, or remove the file"))
            continue
        key = hashlib.sha256((common + commands[source] + hashes.of(source)).encode()).hexdigest()
        if not (cache / key).exists():
            due.append((source, key))
    due.sort(key=lambda item: -item[0].stat().st_size)  # the long ones first, so that no core waits at the end
    with concurrent.futures.ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
        for (source, key), result in zip(due, pool.map(lambda item: run_tool(build, item[0]), due)):
            found = parse(root, source, *result)
            faults.extend(found)
            if not found:
                (cache / key).touch()
    unique = list(dict.fromkeys(faults))
    sys.exit(findings.report(unique, f"{len(sources)} sources ({len(due)} of them new or changed)"))


if __name__ == "__main__":
    main()
