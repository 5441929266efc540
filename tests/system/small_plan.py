# SPDX-License-Identifier: Apache-2.0
"""A phantom and a plan of three beams for it, which several tests deliver. ctest makes it once for all of them
(small_plan.py FOLDER, and XINGU_SMALL_PLAN says where); a test that runs alone makes its own."""

import atexit
import functools
import os
import pathlib
import shutil
import sys
import tempfile

from program import PROGRAM, SystemTest, run

PLAN = ("--protocol", "tg119-cshape", "--machine", "ring-arm-4pi", "--beams", "3", "--candidates", "20", "--grid-mm", "5",
        "--engine-quality", "draft", "--engine", "ccc")


def make(folder):
    """Leaves `patient` and `plan` in a folder."""
    for arguments in (("phantom", "tg119-cshape", "--out", "patient", "--spacing-mm", "5"),
                      ("plan", "patient", *PLAN, "--out", "plan")):
        outcome = run([PROGRAM, "-q", *arguments], folder=folder)
        if outcome.returncode != 0:
            raise AssertionError(f"xingu {arguments} ended with {outcome.returncode}:\n{outcome.stderr[-2000:]}")


@functools.cache
def small_plan():
    """The folder with `patient` and `plan`, to which no test writes."""
    if made := os.environ.get("XINGU_SMALL_PLAN"):
        return pathlib.Path(made)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="xingu-small-plan-"))
    atexit.register(shutil.rmtree, folder)
    make(folder)
    return folder


class PlannedTest(SystemTest):
    """A class of tests in whose folder `patient` and `plan` stand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("patient", "plan"):
            (cls.folder / name).symlink_to(small_plan() / name)


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    make(target)
