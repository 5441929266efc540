# SPDX-License-Identifier: Apache-2.0
"""The dose of a plan by both engines: files, uncertainty, agreement; and what is refused."""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import unittest

import pydicom

from program import PROGRAM, SystemTest, contents


class Dose(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.succeed("phantom", "tg119-cshape", "--out", "patient", "--spacing-mm", "5")
        cls.succeed("plan", "patient", "--protocol", "tg119-cshape", "--beams", "3", "--candidates", "24", "--grid-mm", "5",
                    "--engine-quality", "draft", "--engine", "ccc", "--out", "plan")
        cls.printed = cls.dose("mc", "--uncertainty", "4%")
        cls.summary = json.loads((cls.folder / "mc" / "summary.json").read_text())

    @classmethod
    def dose(cls, out, *options):
        return cls.succeed("dose", "plan", "--patient", "patient", "--grid-mm", "5", *options, "--out", out)

    def mean_of(self, summary, name):
        return next(row["mean_Gy"] for row in summary["structures"] if row["name"] == name)

    def test_it_reaches_the_uncertainty_that_was_asked_for(self):
        self.assertLessEqual(self.summary["dose"]["uncertainty_percent"], 4.0)
        self.assertLessEqual(self.summary["dose"]["target_uncertainty_percent"], 4.0)
        self.assertTrue(self.summary["dose"]["targets"])
        self.assertRegex(self.printed, r"% in the target \(1 σ\)")
        self.assertEqual(self.summary["dose"]["stopped_by"], "uncertainty")
        self.assertIn("Monte Carlo", self.printed)
        self.assertIn("Research use only", self.printed)

    def test_it_writes_dose_and_uncertainty(self):
        self.assertEqual(sorted(contents(self.folder / "mc")),
                         ["RTDOSE-SIGMA.dcm", "RTDOSE.dcm", "sigma.mha", "summary.json"])
        for name in ("RTDOSE.dcm", "RTDOSE-SIGMA.dcm"):
            self.assert_valid_dicom(self.folder / "mc" / name)

    def test_a_folder_with_dose_and_uncertainty_is_read_as_the_dose(self):
        gamma = json.loads(self.succeed("gamma", "mc", self.folder / "mc" / "RTDOSE.dcm", "--json"))
        self.assertEqual(gamma["pass_percent"], 100.0)
        self.assertRegex(self.succeed("inspect", "mc"), r"RTDOSE-SIGMA.dcm +PLAN, uncertainty")

    def test_collapsed_cones_give_the_target_the_same_mean_dose(self):
        self.dose("ccc", "--engine", "ccc", "--engine-quality", "draft")
        cones = json.loads((self.folder / "ccc" / "summary.json").read_text())
        target = next(row["name"] for row in cones["structures"] if "PTV" in row["name"].upper() or "target" in row["name"].lower())
        self.assertAlmostEqual(self.mean_of(self.summary, target) / self.mean_of(cones, target), 1.0, delta=0.03)

    def test_any_number_of_threads_gives_the_same_dose(self):
        self.dose("three", "--uncertainty", "4%", "--threads", "3")
        for name in ("RTDOSE.dcm", "RTDOSE-SIGMA.dcm", "sigma.mha"):
            self.assertEqual((self.folder / "mc" / name).read_bytes(), (self.folder / "three" / name).read_bytes(), name)

    def test_a_stopped_run_says_that_nothing_is_kept(self):
        command = [PROGRAM, "dose", "plan", "--patient", "patient", "--uncertainty", "0.1%", "--out", "halted"]
        with subprocess.Popen([str(part) for part in command], cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            status = pathlib.Path(f"/proc/{process.pid}/status")
            while not int(re.search(r"SigCgt:\s*(\w+)", status.read_text()).group(1), 16) & 1 << (signal.SIGINT - 1):
                pass  # until it listens
            process.send_signal(signal.SIGINT)
            told = process.stderr.read()
        self.assertEqual(process.returncode, 130, told)
        self.assertIn("nothing is kept", told)
        self.assertNotIn("--resume", told)
        self.assertFalse((self.folder / "halted").exists())

    def test_a_run_that_time_ends_says_what_it_did_not_reach(self):
        outcome = self.xingu("dose", "plan", "--patient", "patient", "--grid-mm", "5", "--uncertainty", "0.1%", "--max-minutes",
                             "0.00001", "--out", "short")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("stopped by time, 0.1 % asked for", outcome.stdout)
        self.assertIn("where --uncertainty 0.1% was asked for", outcome.stderr)
        dose = json.loads((self.folder / "short" / "summary.json").read_text())["dose"]
        self.assertEqual((dose["stopped_by"], dose["uncertainty_asked_percent"]), ("time", 0.1))
        self.assertGreater(dose["uncertainty_percent"], 0.1)
        comment = pydicom.dcmread(self.folder / "short" / "RTDOSE.dcm").DoseComment
        self.assertIn("(0.1 % asked)", comment)
        self.assertLessEqual(len(comment), 64)

    def refused_plan(self, name, change):
        plan = pydicom.dcmread(self.folder / "plan" / "RTPLAN.dcm")
        change(plan)
        (self.folder / name).mkdir()
        plan.save_as(self.folder / name / "RTPLAN.dcm")
        return self.xingu("dose", name, "--patient", "patient", "--out", "refused")

    def test_a_plan_without_mu_or_with_a_beam_that_misses_is_refused(self):
        def without_mu(plan):
            for beam in plan.FractionGroupSequence[0].ReferencedBeamSequence:
                beam.BeamMeterset = 0

        def beside(plan):
            for point in plan.BeamSequence[1].ControlPointSequence:
                if "IsocenterPosition" in point:
                    point.IsocenterPosition = [0, 0, 3000]

        self.assert_refused(self.refused_plan("idle", without_mu), "MU")
        self.assert_refused(self.refused_plan("beside", beside), "beam 2", "misses the body")

    def test_a_plan_of_another_frame_of_reference_is_dosed_only_where_that_is_asked_for(self):
        def elsewhere(plan):
            plan.FrameOfReferenceUID = "1.2.3.4"

        refused = self.refused_plan("elsewhere", elsewhere)
        self.assert_refused(refused, "elsewhere", "frame of reference", "--other-frame")
        self.assertFalse((self.folder / "refused").exists())
        outcome = self.xingu("dose", "elsewhere", "--patient", "patient", "--grid-mm", "10", "--engine", "ccc", "--engine-quality",
                             "draft", "--other-frame", "--out", "asked")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("frame of reference", outcome.stderr)
        self.assert_refused(self.xingu("dose", "plan", "--patient", "patient", "--other-frame", "--out", "refused"),
                            "--other-frame", "leave it out")

    def test_beams_of_another_energy_are_dosed_only_where_that_is_asked_for(self):
        def ten_MV(plan):
            for point in plan.BeamSequence[1].ControlPointSequence:
                if "NominalBeamEnergy" in point:
                    point.NominalBeamEnergy = 10

        def flattened(plan):
            del plan.BeamSequence[2].PrimaryFluenceModeSequence

        machine = json.loads((self.folder / "plan" / "summary.json").read_text())["machine"]
        self.assert_refused(self.refused_plan("flattened", flattened), "flattened", "1 of 3 beams",
                            "6 MV with flattening filter", f"{machine} is modelled at 6 MV without")
        self.assert_refused(self.refused_plan("ten", ten_MV), "1 of 3 beams", "10 MV", "--other-energy", "--machine")
        self.assertFalse((self.folder / "refused").exists())
        quick = ("--patient", "patient", "--grid-mm", "10", "--engine", "ccc", "--engine-quality", "draft")
        outcome = self.xingu("dose", "ten", *quick, "--other-energy", "--out", "ten-asked")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        told = [line for line in outcome.stderr.splitlines() if "10 MV" in line]
        self.assertEqual(len(told), 1, outcome.stderr)
        summary = json.loads((self.folder / "ten-asked" / "summary.json").read_text())
        self.assertEqual(len([warning for warning in summary["warnings"] if "10 MV" in warning]), 1)
        self.assertEqual(summary["machine"]["name"], machine)
        self.assertRegex(summary["machine"]["hash"], "^[0-9a-f]{16}$")
        self.assertEqual(summary["machine"]["nominal_energy_MV"], 6)
        self.assertGreater(summary["machine"]["calibration"]["dose_Gy_per_MU"], 0)
        self.assertRegex(summary["ct_calibration"]["hash"], "^[0-9a-f]{16}$")
        self.assert_refused(self.xingu("dose", "plan", *quick, "--other-energy", "--out", "refused"),
                            "--other-energy", "leave it out")

    def test_in_a_folder_of_several_scans_the_plan_tells_which_was_its(self):
        self.succeed("phantom", "tg119-cshape", "--out", "other", "--spacing-mm", "10", "--noise-hu", "5")
        both = self.folder / "both"
        shutil.copytree(self.folder / "patient", both)
        shutil.copytree(self.folder / "other", both / "other")
        options = ("--grid-mm", "10", "--engine", "ccc", "--engine-quality", "draft")
        self.succeed("dose", "plan", "--patient", "both", *options, "--out", "of-both")
        self.succeed("dose", "plan", "--patient", "patient", *options, "--out", "of-one")
        self.assertEqual((self.folder / "of-both" / "RTDOSE.dcm").read_bytes(), (self.folder / "of-one" / "RTDOSE.dcm").read_bytes())
        dose = self.folder / "of-one" / "RTDOSE.dcm"
        goals = ("--protocol", "tg119-cshape", "--json")
        expected = json.loads(self.succeed("evaluate", dose, "patient", *goals))["goals"]
        uid = str(pydicom.dcmread(next((self.folder / "patient").glob("CT*.dcm"))).SeriesInstanceUID)
        self.assert_refused(self.xingu("evaluate", dose, both / "RS.dcm", *goals), "2 CT series", "--series")
        found = json.loads(self.succeed("evaluate", dose, both / "RS.dcm", "--series", uid, *goals))["goals"]
        self.assertEqual(found, expected)
        self.assert_refused(self.xingu("evaluate", dose, "patient", "--series", uid), "--series without --protocol")

    def test_bad_input_is_one_sentence(self):
        base = ("dose", "plan", "--patient", "patient", "--out", "refused")
        self.assert_refused(self.xingu(*base, "--uncertainty", "50%"), "--uncertainty", "0.05 % to 20 %")
        self.assert_refused(self.xingu(*base, "--uncertainty", "much"), "not a number")
        self.assert_refused(self.xingu(*base, "--target", "Appendix"), "--target Appendix", "xingu inspect")
        self.assert_refused(self.xingu(*base, "--engine", "pencil"), "'mc' and 'ccc'")
        self.assert_refused(self.xingu(*base, "--engine", "ccc", "--uncertainty", "much"), "not a number")
        self.assert_refused(self.xingu(*base, "--seed", "-1"), "--seed: -1 is negative")
        self.assert_refused(self.xingu(*base, "--max-minutes", "-1"), "--max-minutes -1")
        self.assert_refused(self.xingu("dose", "plan", "--patient", "patient", "--out", "mc"), "not an empty folder")
        self.assertFalse((self.folder / "refused").exists())


class Kernels(SystemTest):
    def test_it_writes_kernels_whose_energy_adds_up(self):
        printed = self.succeed("kernels", "--energies-mev", "0.5,1", "--histories", "2000", "--out", "kernels.csv")
        for row in [line.split() for line in printed.splitlines() if line.strip()[:1] in ("0", "1")]:
            self.assertAlmostEqual(sum(float(value) for value in row[1:5]), 1.0, delta=0.002)
        text = (self.folder / "kernels.csv").read_text()
        self.assertIn("# r_edges_cm = 0,0.05", text)
        self.assertEqual(len([line for line in text.splitlines() if line[0].isdigit()]), 2 * 24 * 48)

    def test_energies_outside_the_data_are_refused(self):
        self.assert_refused(self.xingu("kernels", "--energies-mev", "0.5,50", "--out", "k.csv"), "0.02 to 20 MeV")
        self.assert_refused(self.xingu("kernels", "--energies-mev", "1,0.5", "--out", "k.csv"), "ascend")

    def test_histories_without_sense_are_refused(self):
        for histories in ("-5", "12", "20000000000000"):
            self.assert_refused(self.xingu("kernels", "--histories", histories, "--out", "k.csv"), "--histories", histories)

    def test_ctrl_c_ends_it_at_once(self):
        command = [PROGRAM, "kernels", "--energies-mev", "1,2", "--histories", "1000000000", "--out", "k.csv"]
        with subprocess.Popen([str(part) for part in command], cwd=self.folder, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            status = pathlib.Path(f"/proc/{process.pid}/status")
            while not int(re.search(r"SigCgt:\s*(\w+)", status.read_text()).group(1), 16) & 1 << (signal.SIGINT - 1):
                pass  # until it listens
            process.send_signal(signal.SIGINT)
            told = process.stderr.read()
        self.assertEqual(process.returncode, 130, told)
        self.assertFalse((self.folder / "k.csv").exists())

    def test_a_folder_that_is_not_there_is_refused_before_the_work(self):
        self.assert_refused(self.xingu("kernels", "--out", "absent/k.csv"), "--out absent/k.csv", "no folder")


if __name__ == "__main__":
    unittest.main()
