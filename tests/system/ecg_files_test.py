# SPDX-License-Identifier: Apache-2.0
"""Files of electrocardiograms as people have and name them: replaced records, foreign marks, tables of floats, refusals."""

import json
import unittest

from ecg_test import table
from program import SystemTest


class EcgFiles(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.succeed("ecg", "phantom", "p.csv", "--seed", "5")
        cls.reference = table((cls.folder / "p.csv").read_text())

    def unmarked(self):
        """The phantom as text, without its marks."""
        lines = (self.folder / "p.csv").read_text().splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("# mark:"))

    def test_a_record_that_replaces_another_has_nothing_of_it(self):
        self.succeed("ecg", "phantom", "long.hea", "--duration-s", "60")
        self.assertTrue((self.folder / "long.atr").exists())
        (self.folder / "bare.csv").write_text(self.unmarked())
        self.succeed("ecg", "convert", "bare.csv", "long.hea")
        self.assertEqual(json.loads(self.succeed("ecg", "inspect", "long.hea", "--json"))["marks"], [])
        self.assertEqual(sorted(path.name for path in self.folder.glob("*long*")), ["long.dat", "long.hea"])


if __name__ == "__main__":
    unittest.main()
