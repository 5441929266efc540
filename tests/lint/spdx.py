# SPDX-License-Identifier: Apache-2.0
"""lint.spdx: every file of code says its licence in its first lines."""

from pathlib import PurePosixPath

import findings
from findings import Finding

LINE = "SPDX-License-Identifier: Apache-2.0"
SUFFIXES = {".h", ".cpp", ".cmake", ".py", ".sh", ".js", ".ts", ".css", ".toml"}
NAMES = {"CMakeLists.txt"}


def is_code(path, text):
    pure = PurePosixPath(path)
    return pure.suffix in SUFFIXES or pure.name in NAMES or text.startswith("#!")


def check(tree):
    faults, num_checked = [], 0
    for path in tree.paths:
        text = tree.text(path)
        if text is None or not is_code(path, text):
            continue
        num_checked += 1
        first = [line for _, line in list(tree.lines(path))[:2]]
        if not any(LINE in line for line in first):
            faults.append(Finding(path, 1, "there is no SPDX line", "nobody could tell the file's licence",
                                  f"begin the file with a comment '{LINE}'"))
    return faults, f"the SPDX lines of {num_checked} files"


if __name__ == "__main__":
    findings.main(check, __doc__)
