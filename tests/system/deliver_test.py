# SPDX-License-Identifier: Apache-2.0
"""A plan is delivered on the simulated machine: record, dose and treatment record; faults, motion, and a resumed session."""

import csv
import functools
import json
import os
import re
import shutil
import signal
import subprocess
import unittest

import pydicom

from program import PROGRAM, SOURCE, contents
from small_plan import PlannedTest

DOSE = ("--grid-mm", "5", "--engine-quality", "draft")


class Deliver(PlannedTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.folder / "breath.toml").write_text("[motion]\nbreathing_mm = 12\n", encoding="utf-8")
        cls.static = json.loads(cls.deliver("static", *DOSE))

    @classmethod
    def deliver(cls, out, *options):
        return cls.succeed("-q", "deliver", "plan", "--patient", "patient", "--out", out, "--json", *options)

    @classmethod
    def deliver_with_fault(cls, out, *options, **fault):
        """A session without a dose that one fault befalls."""
        lines = [f"{key} = {value!r}\n" for key, value in fault.items()]
        (cls.folder / f"{out}.toml").write_text("[[fault]]\n" + "".join(lines), encoding="utf-8")
        return json.loads(cls.succeed("-q", "deliver", "plan", *options, "--out", out, "--no-dose", "--faults", f"{out}.toml",
                                      "--json"))

    @classmethod
    @functools.cache
    def held(cls):
        """The session `held`, in which the door opens for two seconds; the plan knows where its patient is."""
        return cls.deliver_with_fault("held", kind="door_open", at_s=40, for_s=2)

    @classmethod
    @functools.cache
    def stopped(cls):
        """The session `stopped`, which the emergency stop ends."""
        return cls.deliver_with_fault("stopped", "--patient", "patient", kind="emergency_stop", at_s=60, for_s=1)

    @classmethod
    @functools.cache
    def tracked(cls):
        """The session `tracked`, whose head follows a target that breathes."""
        return json.loads(cls.deliver("tracked", *DOSE, "--motion", "breath.toml", "--mode", "track"))

    def target(self, summary, which):
        return next(s for s in summary["dose"]["structures"] if s["name"] == "OuterTarget")[which]

    def test_a_patient_at_rest_gets_the_plan(self):
        self.assertEqual(self.static["state"], "complete")
        self.assertEqual(self.static["dose"]["gamma"]["pass_percent"], 100.0)
        for structure in self.static["dose"]["structures"]:  # where gamma does not look: the low dose far from the target
            planned, delivered = structure["planned"], structure["delivered"]
            self.assertAlmostEqual(delivered["mean_Gy"], planned["mean_Gy"], delta=1e-3 + 2e-3 * planned["mean_Gy"])
        for beam in self.static["beams"]:
            self.assertAlmostEqual(beam["monitor1_mu"], beam["planned_mu"], delta=0.1)
            self.assertEqual(beam["termination"], "normal")
        self.assertEqual(sorted(contents(self.folder / "static")),
                         ["RTDOSE.dcm", "RTRECORD.dcm", "report.html", "session.xrec", "summary.json"])

    def test_beams_of_another_energy_are_given_only_where_that_is_asked_for(self):
        plan = pydicom.dcmread(self.folder / "plan" / "RTPLAN.dcm")
        for point in plan.BeamSequence[1].ControlPointSequence:
            if "NominalBeamEnergy" in point:
                point.NominalBeamEnergy = 10
        plan.save_as(self.folder / "ten.dcm")
        options = ("--patient", "patient", "--out", "ten", "--no-dose")
        self.assert_refused(self.xingu("deliver", "ten.dcm", *options), "10 MV", "--other-energy", "--machine")
        self.assert_refused(self.xingu("console", "ten.dcm", "--patient", "patient", "--port", "0"), "10 MV", "--other-energy")
        self.assertFalse((self.folder / "ten").exists())
        outcome = self.xingu("deliver", "ten.dcm", *options, "--other-energy")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertEqual(len([line for line in outcome.stderr.splitlines() if "10 MV" in line]), 1, outcome.stderr)
        warnings = json.loads((self.folder / "ten" / "summary.json").read_text())["warnings"]
        self.assertEqual(len([warning for warning in warnings if "10 MV" in warning]), 1)

    def test_the_account_names_the_machine_that_gave(self):
        text = (self.folder / "plan" / "summary.json").read_text()
        shutil.copytree(SOURCE / "machines" / json.loads(text)["machine"], self.folder / "twin")
        file = self.folder / "twin" / "machine.toml"
        file.write_text(re.sub(r'^name = ".*"$', 'name = "twin"', file.read_text(), count=1, flags=re.MULTILINE))
        summary = json.loads(self.succeed("-q", "deliver", "plan", "--machine", "twin", "--out", "by-twin", "--no-dose", "--json"))
        self.assertEqual(summary["machine"], "twin")
        record = pydicom.dcmread(self.folder / "by-twin" / "RTRECORD.dcm")
        self.assertEqual(record.TreatmentMachineSequence[0].TreatmentMachineName, "twin")

    def test_its_certified_path_keeps_the_plans_geometry(self):
        path = json.loads(self.succeed("machine", "path", "ring-arm-4pi", "patient", "--plan", "plan/RTPLAN.dcm", "--json"))
        planned = {beam["name"]: beam for beam in json.loads((self.folder / "plan" / "summary.json").read_text())["beams"]}
        self.assertEqual({visit["beam"] for visit in path["visits"]}, set(planned))
        for visit in path["visits"]:
            self.assertEqual(visit["departs_from_plan"], "")
            for angle in ("gantry_deg", "gantry_pitch_deg", "couch_deg"):
                apart = visit["angles"][angle] - planned[visit["beam"]][angle]
                self.assertAlmostEqual((apart + 180) % 360 - 180, 0, delta=0.1)

    def test_its_dicom_is_valid(self):
        for name in ("RTRECORD.dcm", "RTDOSE.dcm"):
            self.assert_valid_dicom(self.folder / "static" / name)

    def test_the_same_session_is_the_same_files(self):
        self.deliver("again", *DOSE, "--threads", "1")
        again = contents(self.folder / "again")
        for name, content in contents(self.folder / "static").items():
            self.assertEqual(content, again[name], name)

    def test_a_record_gives_the_same_account_again(self):
        self.tracked()
        for name in ("static", "tracked"):
            self.deliver(f"{name}-again", *DOSE, "--record", f"{name}/session.xrec")
            first, again = contents(self.folder / name), contents(self.folder / f"{name}-again")
            self.assertEqual(sorted(first), sorted(again))
            for file, content in first.items():
                self.assertEqual(content, again[file], file)
        for options, part in ((["--record", "static/session.xrec", "--motion", "breath.toml"], "leave --motion out"),
                              (["--record", "static/session.xrec", "--resume"], "leave --resume out"),
                              (["--record", "static/summary.json"], "static/summary.json"),
                              (["--record", "nowhere.xrec"], "nowhere.xrec")):
            self.assert_refused(self.xingu("deliver", "plan", "--patient", "patient", *options, "--out", "refused"), part)

    def test_motion_spoils_the_dose_unless_the_head_follows(self):
        missed = json.loads(self.deliver("moved", *DOSE, "--motion", "breath.toml"))
        tracked = self.tracked()
        planned = self.target(self.static, "planned")["D98_Gy"]
        self.assertAlmostEqual(self.target(tracked, "delivered")["D98_Gy"] / planned, 1.0, delta=0.02)
        self.assertGreater(tracked["dose"]["gamma"]["pass_percent"], 95.0)
        self.assertLess(missed["dose"]["gamma"]["pass_percent"], 70.0)

    def test_a_fault_holds_or_ends_the_session_and_is_told(self):
        held = self.held()
        self.assertEqual(held["state"], "complete")
        self.assertEqual([trip["name"] for trip in held["interlocks"]], ["door"])
        near = self.deliver_with_fault("near", "--patient", "patient", kind="clearance_loss", at_s=40, for_s=2, magnitude=480)
        self.assertEqual((near["state"], [trip["name"] for trip in near["interlocks"]]), ("complete", ["clearance"]))
        self.assertRegex(near["interlocks"][0]["nearest"], r"\w.* – \w.* -?\d+ mm$", "the machine's model says what is near")
        ended = self.stopped()
        self.assertEqual(ended["state"], "aborted")
        self.assertLess(sum(b["monitor1_mu"] for b in ended["beams"]), sum(b["planned_mu"] for b in self.static["beams"]))

    def test_a_record_alone_tells_what_happened(self):
        summary = self.held()
        told = json.loads(self.succeed("session", "held", "--json"))
        self.assertEqual((told["state"], told["is_over"], len(told["sessions"])), ("complete", True, 1))
        for beam, given in zip(told["beams"], summary["beams"], strict=True):
            self.assertAlmostEqual(beam["monitor1_mu"], given["monitor1_mu"], delta=1e-9)
            self.assertAlmostEqual(beam["monitor2_mu"], given["monitor2_mu"], delta=1e-9)
        doors = [e for e in told["events"] if e["kind"] == "tripped" and e["interlock"] == "door"]
        self.assertEqual([door["first_out"] for door in doors], [True])
        self.assertTrue(40.0 <= doors[0]["t_s"] <= 40.008)
        faults = [(e["t_s"], e["fault"], e["begins"], e["by_itself"]) for e in told["events"] if e["kind"] == "fault"]
        self.assertEqual(faults, [(40.0, "door_open", True, True), (42.0, "door_open", False, True)])
        shown = self.succeed("session", "held")
        self.assertRegex(shown, r"\n +40\.000  fault door open begins: for 2\.0 s\n")
        self.assertRegex(shown, rf"\n +{doors[0]['t_s']:.3f}  ▲ door tripped, first out\n")
        self.assertRegex(shown, r"\n  complete after [\d.]+ s")
        rows = list(csv.DictReader(self.succeed("session", "held/session.xrec", "--csv").splitlines()))
        self.assertEqual([row["text"] for row in rows if row["first_out"] == "1"], ["door tripped, first out"])
        self.assertEqual(len(rows), len(told["events"]))
        whole = (self.folder / "held" / "session.xrec").read_bytes()
        (self.folder / "cut.xrec").write_bytes(whole[:len(whole) // 2])
        self.assertRegex(self.succeed("session", "cut.xrec"), r"\n  Interrupted in (beam on|hold) after [\d.]+ s")
        self.assert_refused(self.xingu("session", "held/summary.json"), "summary.json")
        self.assert_refused(self.xingu("session", "nowhere.xrec"), "nowhere.xrec")

    def test_an_aborted_session_is_resumed_to_the_plans_mu(self):
        self.stopped()
        shutil.copytree(self.folder / "stopped", self.folder / "cut")
        whole = json.loads(self.deliver("cut", *DOSE, "--resume"))
        self.assertEqual((whole["state"], whole["sessions"]), ("complete", 2))
        self.assertEqual(whole["dose"]["gamma"]["pass_percent"], 100.0)
        for beam in whole["beams"]:
            self.assertAlmostEqual(beam["monitor1_mu"], beam["planned_mu"], delta=0.1)

    def test_a_killed_session_is_resumed(self):
        process = subprocess.Popen([PROGRAM, "-q", "deliver", "plan", "--patient", "patient", "--out", "killed", "--no-dose",
                                    "--speed", "real"], cwd=self.folder, stderr=subprocess.DEVNULL)
        record = self.folder / "killed" / "session.xrec"
        while process.poll() is None and not (record.exists() and self.xingu("session", record).returncode == 0):
            os.sched_yield()
        process.send_signal(signal.SIGKILL)
        process.wait()
        whole = json.loads(self.deliver("killed", "--no-dose", "--resume"))
        self.assertEqual((whole["state"], whole["sessions"]), ("complete", 2))

    def test_the_plan_knows_where_its_patient_is(self):
        self.assertEqual(self.held()["state"], "complete")  # of which nobody said whose it is
        shutil.copytree(self.folder / "plan", self.folder / "elsewhere" / "plan")
        self.assert_refused(self.xingu("deliver", "elsewhere/plan", "--out", "refused"), "--patient")
        self.assert_refused(self.xingu("console", "elsewhere/plan", "--port", "0"), "--patient")

    def test_what_cannot_be_delivered_is_refused(self):
        (self.folder / "bad.toml").write_text("[[fault]]\nkind = 'door_opn'\nat_s = 1\nfor_s = 1\n", encoding="utf-8")
        for options, part in ((["--mode", "chase"], "chase"), (["--speed", "fast"], "fast"),
                              (["--faults", "bad.toml"], "door_open"), (["--motion", "nowhere.csv"], "nowhere.csv"),
                              (["--predictor", "kalmann"], "kalman"), (["--cardiac-gate", "0.5"], "--cardiac-gate"),
                              (["--resume"], "--resume"), (["--grid-mm", "0"], "--grid-mm")):
            with self.subTest(part):
                self.assert_refused(self.xingu("deliver", "plan", "--patient", "patient", *options, "--out", "refused"), part)
                self.assertFalse((self.folder / "refused").exists())
        self.assert_refused(self.xingu("deliver", "plan", "--patient", "patient", "--out", "static"), "static")
        self.assert_refused(self.xingu("deliver", "patient", "--patient", "patient", "--out", "refused"), "RTPLAN")


if __name__ == "__main__":
    unittest.main()
