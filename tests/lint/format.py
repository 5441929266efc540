# SPDX-License-Identifier: Apache-2.0
"""lint.format: every C++ file is as clang-format-19 would leave it."""

import re
import subprocess

import findings
from findings import Finding

TOOL = "clang-format-19"
COMPLAINT = re.compile(r"^(?P<path>.+?):(?P<line>\d+):\d+: error: code should be clang-formatted")


def check(tree):
    paths = tree.code()
    faults, seen = [], set()
    for begin in range(0, len(paths), 100):
        run = subprocess.run([TOOL, "--dry-run", "-Werror", *paths[begin:begin + 100]], cwd=tree.root,
                             capture_output=True, text=True, check=False)
        for line in run.stderr.splitlines():
            match = COMPLAINT.match(line)
            if match and match["path"] not in seen:
                seen.add(match["path"])
                faults.append(Finding(match["path"], int(match["line"]), "the layout differs from here on",
                                      "a reader's eye should rest on the content", f"run: {TOOL} -i {match['path']}"))
        if run.returncode != 0 and not seen:
            faults.append(Finding(paths[begin], 1, f"{TOOL} failed: {run.stderr.strip()[:300]}",
                                  "nothing was checked", "mend what it says"))
    return faults, f"the layout of {len(paths)} files"


if __name__ == "__main__":
    findings.main(check, __doc__)
