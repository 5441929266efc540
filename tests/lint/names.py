# SPDX-License-Identifier: Apache-2.0
"""lint.names: names of files and folders say what is inside, in snake_case."""

import re
from pathlib import PurePosixPath

import findings
from findings import Finding

EMPTY_WORDS = {"util", "utils", "utility", "utilities", "common", "helper", "helpers", "misc", "core", "stuff"}
CODE_FOLDERS = {"src", "apps", "tests", "bench"}
SNAKE_CASE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
CODE_SUFFIXES = {".h", ".cpp", ".py"}


def check(tree):
    faults = []
    for path in tree.paths:
        pure = PurePosixPath(path)
        words = {word for part in pure.parts for word in re.split(r"[_\-.]", part.lower())}
        for word in sorted(words & EMPTY_WORDS):
            faults.append(Finding(path, 1, f"'{word}' in the name", "it says nothing of what is inside",
                                  "name the file or folder after its subject"))
        if pure.suffix in CODE_SUFFIXES and pure.parts[0] in CODE_FOLDERS and not SNAKE_CASE.fullmatch(pure.stem):
            faults.append(Finding(path, 1, "the file's name is not snake_case", "one way to spell names finds them all",
                                  "use lower-case letters, digits and single underscores"))
    return faults, f"the names of {len(tree.paths)} files"


if __name__ == "__main__":
    findings.main(check, __doc__)
