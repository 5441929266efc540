# SPDX-License-Identifier: Apache-2.0
"""What a person meets first: help, versions, and refusals of what was typed."""

import json
import os
import re
import struct
import subprocess
import unittest

from program import PROGRAM, SOURCE, SystemTest


class CommandLine(SystemTest):
    def test_it_says_its_version_and_that_it_is_for_research(self):
        self.assertRegex(self.succeed("--version"), r"^xingu \d+\.\d+\.\d+\n$")
        self.assertIn("Research use only", self.succeed("--help"))

    def test_every_command_explains_itself(self):
        text = self.succeed("--help")
        commands = [line.split()[0] for line in text.split("Subcommands:")[1].splitlines() if line.strip()]
        for expected in ("inspect", "phantom", "tank", "plan", "evaluate", "gamma"):
            self.assertIn(expected, commands)
        for command in commands:
            with self.subTest(command):
                self.assertIn("Usage", self.succeed(command, "--help"))

    def test_what_was_printed_and_did_not_arrive_is_no_success(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            outcome = subprocess.run([PROGRAM, "machine", "list"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(outcome.returncode, 1, outcome.stderr)
        self.assertIn("could not be written", outcome.stderr)

    def test_what_is_no_command_or_option_is_refused(self):
        self.assert_refused(self.xingu(), "--help")
        self.assert_refused(self.xingu("plann"))
        self.assert_refused(self.xingu("inspect", ".", "--jsn"))
        self.assert_refused(self.xingu("evaluat", "a", "b"), "'evaluat' is no command", "did you mean 'evaluate'?")
        self.assert_refused(self.xingu("ecg", "analyze", "r"), "'analyze' is no command of xingu ecg",
                            "did you mean 'analyse'?")
        self.assert_refused(self.xingu("plan", "p", "--protcol", "x"), "'--protcol' is no option of xingu plan",
                            "did you mean '--protocol'?")
        self.assert_refused(self.xingu("ecg", "report", "--nothing-alike=3"), "'--nothing-alike' is no option", "--help")
        self.assert_refused(self.xingu("--threads", "2", "qqqqqqqq"), "'qqqqqqqq' is no command", "--help")
        self.assert_refused(self.xingu("ecg"), "'xingu ecg --help'")
        self.assert_refused(self.xingu("ecg", "report", "r", "--out", "o", "--from-s", "abc"), "abc", "'xingu ecg report --help'")
        self.assert_refused(self.xingu("ecg", "analyse", "a", "b"), "'xingu ecg analyse --help'")
        self.assert_refused(self.xingu("--threads", "many", "inspect", "."))
        self.assert_refused(self.xingu("--threads", "-3", "inspect", "."), "-3")

    def test_what_is_not_there_is_refused_by_name(self):
        self.assert_refused(self.xingu("inspect", "absent"), "absent")
        self.assert_refused(self.xingu("phantom", "hart", "--out", "p"), "hart", "heart")
        self.assertFalse((self.folder / "p").exists())

    def test_a_mistyped_protocol_is_answered_with_those_that_are_there(self):
        self.succeed("phantom", "water", "--out", "mistyped", "--spacing-mm", "10")
        self.assert_refused(self.xingu("plan", "mistyped", "--protocol", "star-25", "--out", "plan"),
                            "did you mean 'star-25gy'? there are head-neck-70gy, star-25gy, tg119-cshape")
        self.assert_refused(self.xingu("plan", "mistyped", "--protocol", "star-25gy", "--machine", "ring", "--out", "plan"),
                            "ring-arm-4pi")
        self.assert_refused(self.xingu("tank", "water-10x1", "--out", "tank"), "did you mean 'water-10x10'?")

    def test_numbers_that_cannot_be_planned_with_are_refused_before_the_work(self):
        self.succeed("phantom", "tg119-cshape", "--out", "numbers", "--spacing-mm", "10")
        for option, value in (("--beams", "0"), ("--grid-mm", "-1"), ("--grid-mm", "0.01"), ("--beamlet-mm", "0"),
                              ("--segments", "0"), ("--memory-gib", "0"), ("--candidates", "19"), ("--candidates", "-3")):
            with self.subTest(option, value=value):
                outcome = self.xingu("plan", "numbers", "--protocol", "tg119-cshape", "--out", "plan", option, value)
                self.assert_refused(outcome, option)
                self.assertNotIn("influence matrix", outcome.stderr)
                self.assertNotIn("more than --candidates -", outcome.stderr)
                self.assertFalse((self.folder / "plan").exists())
        self.assert_refused(self.xingu("plan", "numbers", "--protocol", "tg119-cshape", "--out", "plan", "--beams", "5", "--beams", "6"),
                            "--beams is given 2 times (only one could count); give it once")

    def test_memory_that_is_too_little_is_answered_with_how_much_would_do(self):
        self.succeed("phantom", "tg119-cshape", "--out", "memory", "--spacing-mm", "10")
        plan = ("plan", "memory", "--protocol", "tg119-cshape", "--arrangement", "coplanar", "--beams", "2", "--grid-mm", "10",
                "--beamlet-mm", "10", "--engine-quality", "draft", "--engine", "ccc", "--out", "little", "--memory-gib")
        refused = self.xingu(*plan, "1e-6")
        self.assert_refused(refused, "MiB even when sampled coarsely", "raise --memory-gib to")
        enough = re.search(r"raise --memory-gib to ([\d.e-]+)", refused.stderr).group(1)
        outcome = self.xingu(*plan, enough)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("are sampled at random", (self.folder / "little" / "report.html").read_text(), "said aloud")

    def test_options_that_would_be_ignored_are_refused(self):
        self.succeed("phantom", "tg119-cshape", "--out", "ignored", "--spacing-mm", "10")
        plan = ("plan", "ignored", "--protocol", "tg119-cshape", "--out", "plan")
        for options, parts in (
                (("--engine", "ccc", "--uncertainty", "2%"), ("--uncertainty", "collapsed cones")),
                (("--arrangement", "coplanar", "--candidates", "40"), ("--candidates", "coplanar")),
                (("--arrangement", "coplanar", "--method", "pricing"), ("--method", "coplanar")),
                (("--arrangement", "coplanar", "--compare-methods"), ("--compare-methods", "coplanar")),
                (("--arrangement", "coplanar", "--compare-sphere"), ("--compare-sphere", "coplanar"))):
            with self.subTest(options):
                self.assert_refused(self.xingu(*plan, *options), *parts, "leave it out")
                self.assertFalse((self.folder / "plan").exists())
        self.assert_refused(self.xingu("phantom", "water", "--seed", "18446744073709551616", "--out", "much"), "--seed", "too large")
        self.assert_refused(self.xingu("tank", "water-10x10", "--engine", "ccc", "--seed", "3", "--out", "tank"),
                            "--seed", "collapsed cones")
        self.assert_refused(self.xingu("tank", "water-10x10", "--engine", "mc", "--engine-quality", "draft", "--out", "tank"),
                            "--engine-quality", "Monte Carlo")
        self.assert_refused(self.xingu("dose", "absent.dcm", "--patient", "ignored", "--engine", "ccc", "--target", "Core", "--out",
                                       "tank"), "--target", "collapsed cones")
        self.assertFalse((self.folder / "tank").exists())

    def test_a_place_that_cannot_be_written_is_refused_before_the_work(self):
        self.succeed("phantom", "water", "--out", "placed", "--spacing-mm", "10")
        (self.folder / "file").write_text("no folder")
        (self.folder / "here").mkdir()
        for command in (("plan", self.folder / "placed", "--protocol", "tg119-cshape"), ("phantom", "water"),
                        ("tank", "water-10x10"), ("dose", "absent.dcm", "--patient", self.folder / "placed")):
            for out in ("", "../file", "../file/below"):
                with self.subTest(command[0], out=out):
                    outcome = self.xingu(*command, "--out", out, folder=self.folder / "here")
                    self.assert_refused(outcome, "--out", "give")
                    self.assertNotIn("absent.dcm", outcome.stderr)
        self.assertEqual(list((self.folder / "here").iterdir()), [])

    def test_structures_of_another_scan_are_named(self):
        self.succeed("phantom", "water", "--out", "mixed", "--spacing-mm", "10")
        self.succeed("phantom", "slab", "--out", "other", "--spacing-mm", "10")
        (self.folder / "mixed" / "RS.dcm").write_bytes((self.folder / "other" / "RS.dcm").read_bytes())
        told = "RS.dcm: was drawn on another scan"
        self.assertIn(told, self.succeed("inspect", "mixed"))
        outcome = self.xingu("plan", "mixed", "--protocol", "tg119-cshape", "--out", "none")
        self.assert_refused(outcome, "mixed: holds no structures for this CT")
        self.assertIn(told, outcome.stderr)

    def test_structures_that_are_not_there_are_answered_with_those_that_are(self):
        self.succeed("phantom", "water", "--out", "named", "--spacing-mm", "10")
        self.assert_refused(self.xingu("plan", "named", "--protocol", "tg119-cshape", "--structures", "mine", "--out", "none"),
                            "'mine'", "RS.dcm ('PHANTOM')")

    def test_a_folder_without_a_ct_is_refused(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_refused(self.xingu("plan", empty, "--protocol", "star-25gy", "--machine", "ring-arm-4pi", "--out", "out"))
        self.assertFalse((self.folder / "out" / "summary.json").exists())

    def test_a_ct_without_structures_is_refused_by_plan_and_told_by_inspect(self):
        self.succeed("phantom", "water", "--out", "unmarked", "--spacing-mm", "10")
        for path in (self.folder / "unmarked").rglob("*"):
            if path.is_file() and path.name.startswith("RS"):
                path.unlink()
        self.assert_refused(self.xingu("plan", "unmarked", "--protocol", "star-25gy", "--out", "none"),
                            "unmarked: holds no structures for this CT")
        self.assertFalse((self.folder / "none").exists())
        self.assertIn("holds no structures for this CT", self.succeed("inspect", "unmarked"))

    def test_inspect_tells_whose_series_are_where_there_are_several(self):
        try:
            import pydicom
        except ImportError:
            self.skipTest("pydicom is not installed; ./check installs it")
        self.succeed("phantom", "water", "--out", "pair/one", "--spacing-mm", "10")
        self.assertNotIn("patient ID", self.succeed("inspect", "pair"))
        self.succeed("phantom", "slab", "--out", "pair/two", "--spacing-mm", "10")
        for path in (self.folder / "pair" / "two").glob("*.dcm"):
            data = pydicom.dcmread(path)
            data.PatientID, data.StudyDate = "another-2", "20240506"
            data.save_as(path)
        told = self.succeed("inspect", "pair")
        self.assertRegex(told, r"another-2 +2024-05-06")
        self.assertIn("2 CT series of 2 patients", told)

    def test_inspect_tells_what_a_protocol_means_in_a_patient(self):
        self.succeed("phantom", "tg119-cshape", "--out", "cshape", "--spacing-mm", "10")
        self.assertRegex(self.succeed("inspect", "cshape", "--protocol", "tg119-cshape"), r"PTV +OuterTarget\n")
        refused = self.xingu("inspect", "cshape", "--protocol", "head-neck-70gy")
        self.assert_refused(refused, "no structure fits")
        self.assertEqual((refused.stdout + refused.stderr).count("no structure fits"), 1, "what is refused is said once")
        self.assertNotIn("Problems", refused.stdout)
        listed = self.xingu("inspect", "cshape", "--protocol", "head-neck-70gy", "--json")
        self.assertIn("no structure fits", json.loads(listed.stdout)["refusal"])

    def test_a_cord_that_ends_beside_the_target_is_told_with_its_goals(self):
        try:
            import pydicom
        except ImportError:
            self.skipTest("pydicom is not installed; ./check installs it")
        self.succeed("phantom", "heart", "--out", "whole", "--spacing-mm", "10")
        told = "its contours end at z"
        self.assertNotIn(told, self.succeed("inspect", "whole"))
        self.assertNotIn(told, self.succeed("inspect", "whole", "--protocol", "star-25gy"))
        set_file = self.folder / "whole" / "RS.dcm"
        structures = pydicom.dcmread(set_file)
        numbers = {roi.ROIName: roi.ROINumber for roi in structures.StructureSetROISequence}
        planes = {name: [float(contour.ContourData[2]) for contour in drawn.ContourSequence]
                  for name, number in numbers.items() for drawn in structures.ROIContourSequence
                  if drawn.ReferencedROINumber == number and "ContourSequence" in drawn}
        target = next(name for name in planes if name.startswith("PTV"))
        for drawn in structures.ROIContourSequence:
            if drawn.ReferencedROINumber == numbers["SpinalCord"]:
                drawn.ContourSequence = [contour for contour in drawn.ContourSequence
                                         if float(contour.ContourData[2]) <= max(planes[target])]
        structures.save_as(set_file)
        self.assertRegex(self.succeed("inspect", "whole"), r"'SpinalCord': its contours end at z .* goals of it;")
        named = self.succeed("inspect", "whole", "--protocol", "star-25gy")
        self.assertEqual(named.count(told), 1)
        self.assertIn("counted in its goals (D0.035cc[Gy]", named)
        calibration = (SOURCE / "data/ct_calibration.toml").read_text()
        (self.folder / "mine.toml").write_text(re.sub(r'(?m)^name = "general.*"$', 'name = "our scanner"', calibration))
        plan = self.xingu("plan", "whole", "--protocol", "star-25gy", "--arrangement", "coplanar", "--beams", "2", "--grid-mm", "10",
                          "--beamlet-mm", "10", "--engine-quality", "draft", "--engine", "ccc", "--ct-calibration", "mine.toml",
                          "--out", "cut")
        self.assertEqual(plan.returncode, 0, plan.stderr)
        self.assertIn("warning: 'SpinalCord': its contours end at z", plan.stderr)
        summary = json.loads((self.folder / "cut" / "summary.json").read_text())
        self.assertIn(told, " ".join(summary["warnings"]))
        # Whoever reads the terminal alone reads every warning, and of which part a figure is.
        self.assertIn("'Stomach': ", " ".join(summary["warnings"]))
        for warning in summary["warnings"]:
            self.assertEqual(plan.stderr.count(f"warning: {warning}"), 1, warning)
        [part] = {goal["dosed_percent"] for goal in summary["goals"] if goal["structure"] == "Stomach"}
        self.assertLess(part, 99.9)
        self.assertRegex(plan.stdout, rf"Stomach .* Gy +\(of {part:.1f} %\) ")
        self.assertIn("its contours end at z", (self.folder / "cut" / "report.html").read_text())
        self.assertNotIn("uncertainty wanted", summary["provenance"]["options"], "of Monte Carlo")
        self.assertNotIn("candidates", summary["provenance"]["options"], "of the choice of beams")
        self.assertNotIn("final dose: final", (self.folder / "cut" / "report.html").read_text())
        self.assertTrue(all(0 <= beam["couch_deg"] < 360 for beam in summary["beams"]))
        self.assertEqual(summary["provenance"]["more"]["CT calibration"], "'our scanner' (mine.toml)")
        self.assertIn("&#39;our scanner&#39; (mine.toml)", (self.folder / "cut" / "report.html").read_text())
        dose = ("dose", "cut", "--patient", "whole", "--engine", "ccc", "--engine-quality", "draft", "--grid-mm", "20")
        told = "was planned with the CT calibration 'our scanner' (mine.toml)"
        self.assertIn(told, self.xingu(*dose, "--out", "general").stderr)
        self.assertIn(told, " ".join(json.loads((self.folder / "general" / "summary.json").read_text())["warnings"]))
        same = self.xingu(*dose, "--ct-calibration", "mine.toml", "--out", "same")
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertNotIn(told, same.stderr)

    def test_one_file_is_not_told_as_many(self):
        (self.folder / "note").mkdir()
        (self.folder / "note" / "note.txt").write_text("no DICOM")
        self.assert_refused(self.xingu("plan", "note", "--protocol", "star-25gy", "--out", "none"), "1 file that is not DICOM")

    def test_values_without_sense_are_refused(self):
        self.succeed("phantom", "water", "--out", "sense", "--spacing-mm", "10")
        self.write_dose("sense.mha", 10, around=10.0)
        for value in ("-3", "nan", "10,-0.1"):
            self.assert_refused(self.xingu("evaluate", "sense.mha", "sense", "--volume-at-gy", value), "--volume-at-gy")
        for option in ("--breathing-phase", "--cardiac-phase"):
            self.assert_refused(self.xingu("phantom", "heart", "--out", "phase", option, "1"), "phase of 1", "below 1")
        self.assertFalse((self.folder / "phase").exists())

    def test_a_file_that_cannot_be_written_is_refused_before_the_work(self):
        (self.folder / "taken").mkdir()
        (self.folder / "text").write_text("no folder")
        for command, option in ((("gamma", "absent.mha", "absent.mha"), "--out"), (("evaluate", "absent.mha", "absent"), "--csv"),
                                (("kernels",), "--out")):
            for place in ("", "taken", "taken/", "nowhere/new.mha", "text/new.mha"):
                with self.subTest(command[0], place=place):
                    outcome = self.xingu(*command, option, place)
                    self.assert_refused(outcome, option, "give")
                    self.assertNotIn("absent", outcome.stderr)

    def write_dose(self, name, x_mm, offset_mm=0, around=0.0):
        """A MetaImage of 2 mm voxels with a ball of 10 Gy at x; the whole of it moved along x by an offset."""
        values = [10.0 if (2 * x - x_mm) ** 2 + (2 * y - 10) ** 2 + (2 * z - 10) ** 2 < 64 else around
                  for z in range(11) for y in range(11) for x in range(41)]
        header = ("ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
                  f"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = {offset_mm} 0 0\nElementSpacing = 2 2 2\nDimSize = 41 11 11\n"
                  "ElementType = MET_FLOAT\nElementDataFile = LOCAL\n")
        (self.folder / name).write_bytes(header.encode() + struct.pack(f"<{len(values)}f", *values))

    def test_gamma_of_doses_that_do_not_overlap_is_refused(self):
        for name, x_mm in (("here.mha", 10), ("aside.mha", 20), ("there.mha", 60)):
            self.write_dose(name, x_mm)
        self.assert_refused(self.xingu("gamma", "here.mha", "there.mha"), "there.mha", "do not overlap")
        self.assertNotIn("negative", self.xingu("gamma", "here.mha", "here.mha").stderr)
        self.write_dose("below.mha", 10, around=-3.0)
        self.assertRegex(self.xingu("gamma", "here.mha", "below.mha").stderr, r"below\.mha: its least dose is -3 Gy .*make sure")
        aside = self.xingu("gamma", "here.mha", "aside.mha")
        self.assertEqual(aside.returncode, 0, aside.stderr)
        self.assertIn("above the threshold at only", aside.stderr)
        self.assertNotIn("threshold at only", self.xingu("gamma", "here.mha", "here.mha").stderr)
        self.assert_refused(self.xingu("gamma", "here.mha", "here.mha", "--out", "g.txt"), "--out g.txt", ".mha")
        self.assertIn("map      g.mha", self.succeed("gamma", "here.mha", "here.mha", "--out", "g.mha"))
        self.assertTrue((self.folder / "g.mha").exists())

    def test_gamma_of_hardly_any_points_says_so_where_programs_read_too(self):
        self.write_dose("whole.mha", 40)
        self.write_dose("edge.mha", 0, offset_mm=46)
        outcome = self.xingu("gamma", "whole.mha", "edge.mha", "--json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("OF THE POINTS WERE COMPARED", outcome.stderr)
        result = json.loads(outcome.stdout)
        self.assertLess(result["compared_percent"], 10)
        self.assertFalse(result["is_overlap_sufficient"])
        whole = json.loads(self.succeed("gamma", "whole.mha", "whole.mha", "--json"))
        self.assertEqual((whole["compared_percent"], whole["is_overlap_sufficient"]), (100, True))

    def test_a_dose_of_another_frame_of_reference_is_refused(self):
        try:
            import pydicom
        except ImportError:
            self.skipTest("pydicom is not installed; ./check installs it")
        self.succeed("phantom", "water", "--out", "frame", "--spacing-mm", "10")
        dose = pydicom.dcmread(next((self.folder / "frame").glob("CT*.dcm")))
        dose.Modality, dose.SOPClassUID = "RTDOSE", "1.2.840.10008.5.1.4.1.1.481.2"
        dose.file_meta.MediaStorageSOPClassUID = dose.SOPClassUID
        dose.DoseUnits, dose.DoseType, dose.DoseSummationType, dose.DoseGridScaling = "GY", "PHYSICAL", "PLAN", 0.001
        dose.NumberOfFrames, dose.GridFrameOffsetVector = 1, [0.0]
        del dose.RescaleSlope, dose.RescaleIntercept
        dose.PixelRepresentation = 0
        dose.save_as(self.folder / "own.dcm")
        dose.FrameOfReferenceUID = "1.2.3.4"
        dose.save_as(self.folder / "foreign.dcm")
        del dose.FrameOfReferenceUID
        dose.save_as(self.folder / "silent.dcm")
        self.assert_refused(self.xingu("gamma", "own.dcm", "foreign.dcm"), "foreign.dcm", "frame of reference", "1.2.3.4")
        self.assert_refused(self.xingu("evaluate", "foreign.dcm", "frame"), "foreign.dcm", "frame of reference", "1.2.3.4")
        outcome = self.xingu("gamma", "own.dcm", "silent.dcm")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("silent.dcm: states no", outcome.stderr)

    def test_doses_that_are_no_totals_in_gy_are_not_judged_as_such(self):
        try:
            import pydicom
        except ImportError:
            self.skipTest("pydicom is not installed; ./check installs it")
        self.succeed("phantom", "tg119-cshape", "--out", "kinds", "--spacing-mm", "10")
        planes = sorted((pydicom.dcmread(path) for path in (self.folder / "kinds").glob("CT*.dcm")),
                        key=lambda plane: plane.ImagePositionPatient[2])
        dose = planes[0]
        dose.Modality, dose.SOPClassUID = "RTDOSE", "1.2.840.10008.5.1.4.1.1.481.2"
        dose.file_meta.MediaStorageSOPClassUID = dose.SOPClassUID
        dose.DoseGridScaling, dose.PixelRepresentation, dose.NumberOfFrames = 0.002, 0, len(planes)
        dose.GridFrameOffsetVector = [float(plane.ImagePositionPatient[2] - dose.ImagePositionPatient[2]) for plane in planes]
        del dose.RescaleSlope, dose.RescaleIntercept
        dose.PixelData = struct.pack("<H", 1000) * (dose.Rows * dose.Columns * len(planes))  # 2 everywhere

        def judged(units, kind, summation, *options):
            dose.DoseUnits, dose.DoseType, dose.DoseSummationType = units, kind, summation
            dose.save_as(self.folder / "kind.dcm")
            return self.xingu("evaluate", "kind.dcm", "kinds", *options)

        protocol, prescription = ("--protocol", "tg119-cshape"), ("--prescription-gy", "50")
        self.assertNotIn("Dose:", judged("GY", "PHYSICAL", "PLAN", *protocol).stdout)
        for options in (protocol, prescription, ("--volume-at-gy", "1")):
            self.assert_refused(judged("RELATIVE", "PHYSICAL", "PLAN", *options), "kind.dcm", "relative", "--scale")
        self.assertIn("relative", judged("RELATIVE", "PHYSICAL", "PLAN").stderr)
        for summation in ("FRACTION", "BEAM"):
            self.assert_refused(judged("GY", "PHYSICAL", summation, *protocol), summation, "totals of the course", "--scale")
            outcome = judged("GY", "PHYSICAL", summation, *prescription)
            self.assertEqual(outcome.returncode, 0, outcome.stderr)
            self.assertIn(f"sum over a {summation}", outcome.stderr)
            self.assertIn(f"Dose: sum over a {summation}", outcome.stdout)
        scaled = judged("RELATIVE", "PHYSICAL", "FRACTION", *protocol, "--scale", "25", "--json")
        self.assertEqual(scaled.returncode, 0, scaled.stderr)
        told = json.loads(scaled.stdout)
        self.assertEqual((told["dose_units"], told["dose_summation"], told["scale"]), ("RELATIVE", "FRACTION", 25))
        self.assertAlmostEqual(told["goals"][0]["achieved"], 50.0, 3)
        dose.DoseUnits = "GY"
        dose.save_as(self.folder / "gray.dcm")
        self.assert_refused(self.xingu("gamma", "gray.dcm", "kind.dcm"), "gray.dcm: is in GY", "kind.dcm in RELATIVE")
        self.assertEqual(json.loads(self.succeed("gamma", "kind.dcm", "kind.dcm", "--json"))["units"], "RELATIVE")
        effective = judged("GY", "EFFECTIVE", "PLAN", *protocol)
        self.assertEqual(effective.returncode, 0, effective.stderr)
        self.assertIn("EFFECTIVE", effective.stderr)
        self.assertIn("is no dose of a treatment", judged("GY", "PHYSICAL", "PLAN", "--scale", "1e-5").stderr)
        self.assert_refused(judged("GY", "PHYSICAL", "PLAN", "--prescription-gy", "0", "--target", "OuterTarget"),
                            "--prescription-gy 0", "no dose")
        self.assert_refused(judged("GY", "PHYSICAL", "PLAN", *prescription, "--target", "Outer"), "did you mean 'OuterTarget'?")

    def test_a_level_that_the_protocol_empties_is_refused_and_an_organ_is_told(self):
        self.succeed("phantom", "tg119-cshape", "--out", "levels", "--spacing-mm", "10")
        protocol = (SOURCE / "protocols/tg119-cshape.toml").read_text()
        core = protocol.index("[[structure]]")
        level = '[[target]]\nid = "PTV2"\nnames = ["OuterTarget"]\nminus = ["PTV"]\ndose_Gy = 40.0\n'
        (self.folder / "two.toml").write_text(protocol[:core] + level + protocol[core:])
        for command in (("inspect", "levels"), ("plan", "levels", "--out", "none")):
            refused = self.xingu(*command, "--protocol", "two.toml")
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn("nothing is left on the CT of PTV2 (OuterTarget − OuterTarget)", refused.stderr)
            self.assertNotIn("No problems found", refused.stdout)
        (self.folder / "organ.toml").write_text(protocol[:core] + level.replace("[[target]]", "[[structure]]").replace(
            "dose_Gy = 40.0\n", "") + protocol[core:])
        told = self.succeed("inspect", "levels", "--protocol", "organ.toml")
        self.assertIn("Nothing is left on the CT of PTV2", told)
        self.assertNotIn("No problems found", told)

    def test_evaluating_where_no_dose_is_known_gives_no_zeros(self):
        self.succeed("phantom", "water", "--out", "pool", "--spacing-mm", "10")
        self.write_dose("far.mha", 10, offset_mm=5000)
        self.assert_refused(self.xingu("evaluate", "far.mha", "pool", "--json"), "far.mha", "holds none of the structures")
        self.write_dose("skin.mha", 10, offset_mm=100)
        self.assert_refused(self.xingu("evaluate", "skin.mha", "pool"), "skin.mha", "but perhaps the body's outline")
        self.succeed("evaluate", "skin.mha", "pool", "--structures", "External")
        self.write_dose("part.mha", 10, around=10.0)
        outcome = self.xingu("evaluate", "part.mha", "pool")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("lie beyond the dose grid: no dose is known of them", outcome.stderr)
        self.assertRegex(outcome.stdout, r"of \d\d?\.\d %: the rest lies beyond the dose grid")
        rows = json.loads(self.succeed("evaluate", "part.mha", "pool", "--json"))["structures"]
        cut = next(row for row in rows if 0 < row["outside_dose_grid_cm3"] < row["volume_cm3"])
        self.assertAlmostEqual(cut["min_Gy"], 10.0, 5, "no dose is not a dose of 0 Gy")

    def test_a_wrong_key_in_a_file_is_named_with_its_line(self):
        protocol = (SOURCE / "protocols/star-25gy.toml").read_text().replace("at_least = 25.0", "at_leest = 25.0", 1)
        (self.folder / "mine.toml").write_text(protocol)
        line = 1 + protocol[:protocol.index("at_leest")].count("\n")
        self.succeed("phantom", "water", "--out", "water", "--spacing-mm", "10")
        outcome = self.xingu("plan", "water", "--protocol", "mine.toml", "--machine", "ring-arm-4pi", "--out", "plan")
        self.assertEqual(outcome.returncode, 2)
        self.assertIn("mine.toml:", outcome.stderr)
        self.assertTrue(f"mine.toml:{line}:" in outcome.stderr or "at_least" in outcome.stderr, outcome.stderr)

    def test_it_runs_without_home_path_or_locale(self):
        self.assertIn("phantom", self.succeed("--help", environment={}))
        bare = {"LC_ALL": "C", "XINGU_DATA": os.environ.get("XINGU_DATA", "")}
        self.succeed("phantom", "water", "--out", "bare", "--spacing-mm", "10", environment=bare)


if __name__ == "__main__":
    unittest.main()
