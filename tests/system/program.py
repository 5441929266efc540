# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: running xingu and other programs in a folder of their own."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"  # 2023-11-14 22:13:20 UTC: files that are compared state one time
PROGRAM = pathlib.Path(os.environ.get("XINGU_PROGRAM", SOURCE / "build/release/bin/xingu"))


def run(command, folder=None, environment=None, before=None):
    """The finished process of a command, with its output as text; `before` is called in the process ahead of it."""
    return subprocess.run([str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True,
                          errors="replace", check=False, preexec_fn=before)


class SystemTest(unittest.TestCase):
    """A class of tests with one temporary folder, `self.folder`, removed at its end."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="xingu-system-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    @classmethod
    def xingu(cls, *arguments, **options):
        return run([PROGRAM, *arguments], folder=options.pop("folder", cls.folder), **options)

    @classmethod
    def succeed(cls, *arguments, **options):
        """Standard output of a run that must end well."""
        outcome = cls.xingu(*arguments, **options)
        if outcome.returncode != 0:
            raise AssertionError(f"xingu {arguments} ended with {outcome.returncode}:\n{outcome.stderr[-2000:]}")
        return outcome.stdout

    def assert_refused(self, outcome, *parts):
        """Exit code 2, nothing on standard output, and one sentence with each of the parts."""
        self.assertEqual(outcome.returncode, 2, outcome.stdout + outcome.stderr)
        lines = [line for line in outcome.stderr.splitlines() if line.startswith("xingu: ")]
        self.assertEqual(len(lines), 1, outcome.stderr)
        for part in parts:
            self.assertIn(part, lines[0])

    def need(self, program):
        if shutil.which(program) is None:
            self.skipTest(f"{program} is not installed; ./check installs it")

    def assert_valid_dicom(self, path):
        """dciodvfy finds no error; its warnings are opinions."""
        self.need("dciodvfy")
        outcome = run(["dciodvfy", path])
        errors = [line for line in (outcome.stdout + outcome.stderr).splitlines() if re.match(r"\s*Error", line)]
        self.assertEqual(errors, [], path)


def contents(folder):
    """{relative name: bytes} of every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}
