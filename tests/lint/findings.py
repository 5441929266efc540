# SPDX-License-Identifier: Apache-2.0
"""What the lint tests share: the project's files, findings, and the way they are printed."""

import argparse
import pathlib
import subprocess
import sys
from dataclasses import dataclass

IGNORED_FOLDERS = {"build", "out", "demo-out", "__pycache__", ".git"}
CODE_SUFFIXES = {".h", ".cpp"}


@dataclass(frozen=True)
class Finding:
    """One fault: where, what is wrong (why it matters), what to do."""

    path: str
    line: int
    what: str
    why: str
    remedy: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what} ({self.why}); {self.remedy}"


class Tree:
    """The files of the project below `root`, as paths relative to it."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self._texts = {}
        self.paths = sorted(path for path in self._list() if (self.root / path).is_file())

    def _list(self):
        git = ["git", "-c", "safe.directory=*", "-C", str(self.root)]
        try:
            top = subprocess.run([*git, "rev-parse", "--show-toplevel"], capture_output=True, text=True, check=True)
            if pathlib.Path(top.stdout.strip()).resolve() == self.root.resolve():
                listed = subprocess.run(
                    [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                    capture_output=True, check=True)
                return {name for name in listed.stdout.decode().split("\0") if name}
        except (OSError, subprocess.CalledProcessError):
            pass
        return {
            path.relative_to(self.root).as_posix() for path in self.root.rglob("*")
            if not IGNORED_FOLDERS.intersection(path.relative_to(self.root).parts)
        }

    def text(self, path):
        """The file's text, or None if it is not UTF-8 text."""
        if path not in self._texts:
            content = (self.root / path).read_bytes()
            try:
                self._texts[path] = None if b"\0" in content[:4096] else content.decode()
            except UnicodeDecodeError:
                self._texts[path] = None
        return self._texts[path]

    def lines(self, path):
        """(number, line) pairs of a text file; nothing for other files."""
        return enumerate((self.text(path) or "").splitlines(), start=1)

    def code(self, *folders):
        """C++ sources and headers, below the given folders or anywhere."""
        return [
            path for path in self.paths if pathlib.PurePosixPath(path).suffix in CODE_SUFFIXES and
            (not folders or path.split("/")[0] in folders)
        ]


def report(findings, what_was_checked):
    """Prints the findings and returns the exit code."""
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} finding{'s' if len(findings) > 1 else ''} in {what_was_checked}")
        return 1
    print(f"{what_was_checked}: nothing to complain about")
    return 0


def main(check, description):
    """The command line of a lint: --root DIR; check(tree) gives (findings, what was checked)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], help="the source tree")
    arguments = parser.parse_args()
    findings, what_was_checked = check(Tree(arguments.root))
    sys.exit(report(findings, what_was_checked))
