# SPDX-License-Identifier: Apache-2.0
"""Machines are listed, checked and drawn; reach and path of a phantom are told in numbers and pictures; faults are refused."""

import json
import unittest
import xml.etree.ElementTree

from program import SOURCE, SystemTest


class Machine(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.succeed("phantom", "heart", "--spacing-mm", "5", "--out", "heart")

    def test_every_shipped_machine_is_listed_and_sound(self):
        names = [entry["name"] for entry in json.loads(self.succeed("machine", "list", "--json"))]
        self.assertEqual(names, ["radiosurgery-arm", "ring-arm-4pi", "sphere-linac"])
        for name in names:
            self.assertGreater(json.loads(self.succeed("machine", "check", name, "--json"))["home_clearance_mm"], 10)

    def test_show_draws_the_machine(self):
        self.assertIn("gantry", self.succeed("machine", "show", "sphere-linac", "--out", "drawn"))
        xml.etree.ElementTree.parse(self.folder / "drawn" / "machine.svg")
        self.assertEqual((self.folder / "drawn" / "machine.glb").read_bytes()[:4], b"glTF")

    def test_reach_is_the_same_on_any_number_of_threads_and_says_why_not(self):
        common = ("machine", "reach", "ring-arm-4pi", "heart", "--directions", "100", "--json")
        one = self.succeed(*common, "--threads", "1", "--out", "reach")
        self.assertEqual(one, self.succeed(*common, "--threads", "3"))
        reach = json.loads(one)
        self.assertGreater(reach["covered"], 0.5)
        for direction in reach["directions"]:
            self.assertTrue("reason" in direction or direction["margin_mm"] >= 0)
        xml.etree.ElementTree.parse(self.folder / "reach" / "reach.svg")

    def test_path_adds_up_its_time(self):
        path = json.loads(self.succeed("machine", "path", "sphere-linac", "heart", "--beams", "5", "--json"))
        time = path["time_s"]
        self.assertAlmostEqual(time["total"], sum(seconds for part, seconds in time.items() if part != "total"), places=6)
        self.assertEqual(len(path["visits"]), 5)

    def test_what_cannot_be_done_is_refused(self):
        self.assert_refused(self.xingu("machine", "check", "no-such-machine"), "no-such-machine")
        self.assert_refused(self.xingu("machine", "reach", "sphere-linac", "heart", "--isocentre-mm", "0,-2000,0"),
                            "outside the patient")
        self.assert_refused(self.xingu("machine", "reach", "sphere-linac", "heart", "--isocentre-mm", "1,2"), "three numbers")
        text = (SOURCE / "machines" / "sphere-linac" / "machine.toml").read_text(encoding="utf-8")
        folder = self.folder / "bad"
        folder.mkdir()
        (folder / "machine.toml").write_text(text.replace('urdf = "machine.urdf"', 'urdf = "gone.urdf"'), encoding="utf-8")
        self.assert_refused(self.xingu("machine", "check", "bad/machine.toml"), "gone.urdf", "not there")


if __name__ == "__main__":
    unittest.main()
