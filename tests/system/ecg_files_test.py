# SPDX-License-Identifier: Apache-2.0
"""Files of electrocardiograms as people have and name them: replaced records, foreign marks, tables of floats, refusals."""

import json
import math
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

    def test_marks_of_a_longer_recording_are_left_out_and_told(self):
        self.succeed("ecg", "phantom", "hour.hea", "--duration-s", "60")
        (self.folder / "bare.csv").write_text(self.unmarked())
        self.succeed("ecg", "convert", "bare.csv", "ten.hea")
        (self.folder / "ten.atr").write_bytes((self.folder / "hour.atr").read_bytes())
        for suffix in ("dcm", "csv"):
            outcome = self.xingu("ecg", "convert", "ten.hea", f"late.{suffix}")
            self.assertRegex(outcome.stderr, r"ten\.hea: \d+ of its \d+ marks lie behind its end")
            marks = json.loads(self.succeed("ecg", "inspect", f"late.{suffix}", "--json"))["marks"]
            self.assertGreater(len(marks), 0)
            self.assertLessEqual(max(mark["sample"] for mark in marks), len(self.reference["I"]))

    def test_tables_of_floats_say_the_same_in_every_unit(self):
        self.succeed("ecg", "phantom", "sums.csv", "--duration-s", "10", "--seed", "3")
        columns = table((self.folder / "sums.csv").read_text())
        said = {}
        for unit, scale in (("uV", 1000.0), ("mV", 1.0), ("V", 0.001)):
            rows = "".join(f"{i / 500},{scale * (a + 1 / 3e5)!r},{scale * (b + 1 / 3e5)!r}\n"
                           for i, (a, b) in enumerate(zip(columns["I"], columns["II"])))
            (self.folder / "floats.csv").write_text(f"time_s,I [{unit}],II [{unit}]\n{rows}")
            outcome = self.xingu("ecg", "analyse", "floats.csv")
            self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))
            said[unit] = outcome.stdout
            outcome = self.xingu("ecg", "convert", "floats.csv", "floats.edf")
            self.assertIn("I rounded to steps of 0.02 µV", outcome.stderr)
            self.assertIn("II rounded to steps of 0.05 µV", outcome.stderr)
        self.assertEqual(said["uV"], said["mV"])
        self.assertEqual(said["V"], said["mV"])

    def test_refusals_name_the_file_and_options_are_taken_as_people_type_them(self):
        rows = "".join(f"{i / 50},{math.sin(i):.3f}\n" for i in range(1000))
        (self.folder / "slow.csv").write_text(f"time_s,II [mV]\n{rows}")
        (self.folder / "warmth.csv").write_text("time_s,temperature [C]\n0,20.1\n60,20.4\n120,20.2\n")
        for command in (("analyse",), ("report", "--out", "pages"), ("holter",), ("exit-site",)):
            for name in ("slow.csv", "warmth.csv"):
                with self.subTest(command=command[0], name=name):
                    path = self.folder / name
                    self.assert_refused(self.xingu("ecg", command[0], path, *command[1:]), f"xingu: {path}: ")
        self.succeed("ecg", "convert", "slow.csv", "slow.hea")
        self.assert_refused(self.xingu("ecg", "holter", self.folder / "slow.hea"), f"xingu: {self.folder / 'slow.hea'}: ")
        for command in ("inspect", "analyse", "holter"):
            self.assert_refused(self.xingu("ecg", command, ""), "no file is named")
        self.assert_refused(self.xingu("ecg", "convert", "p.csv", ""), "no file is named")
        self.assert_refused(self.xingu("ecg", "report", "p.csv", "--out", ""), "--out is empty", "give a folder")
        self.succeed("ecg", "report", "p.csv", "--out", "pages", "--paper", "Letter")
        self.assert_refused(self.xingu("ecg", "report", "p.csv", "--out", "pages", "--paper", "Foolscap"), "'Foolscap'")
        self.succeed("ecg", "convert", "p.csv", "spaced.csv", "--leads", "V1, II")
        facts = json.loads(self.succeed("ecg", "inspect", "spaced.csv", "--json"))
        self.assertEqual([s["label"] for s in facts["signals"]], ["V1", "II"])


if __name__ == "__main__":
    unittest.main()
