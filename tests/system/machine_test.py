# SPDX-License-Identifier: Apache-2.0
"""Machines are listed, checked and drawn; reach and path of a phantom are told in numbers and pictures; faults are refused."""

import json
import os
import pathlib
import re
import shutil
import struct
import unittest
import xml.etree.ElementTree

from program import SOURCE, SystemTest, run

SHARED = pathlib.Path(os.environ.get("XINGU_SHARED", SOURCE.parent / "shared"))

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

    def test_its_gltf_is_valid_and_loads_in_another_program(self):
        self.need("node")
        files = []
        for name in ("radiosurgery-arm", "ring-arm-4pi", "sphere-linac"):
            self.succeed("machine", "show", name, "--out", f"glb-{name}")
            files.append(self.folder / f"glb-{name}" / "machine.glb")
        self.succeed("machine", "path", "ring-arm-4pi", "heart", "--beams", "3", "--out", "glb-path")
        files.append(self.folder / "glb-path" / "scene.glb")
        outcome = run(["node", SOURCE / "web" / "test" / "check_gltf.mjs", *files])
        if outcome.returncode == 3:
            self.skipTest(outcome.stderr.strip())
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        for found in json.loads(outcome.stdout):
            issues = found["issues"]
            self.assertEqual((issues["numErrors"], issues["numWarnings"]), (0, 0), (found["file"], issues["messages"]))
            loaded = found["loaded"]
            self.assertEqual(loaded["vertices"], found["info"]["totalVertexCount"])
            self.assertGreater(loaded["meshes"], 15)
            for low, high in zip(loaded["low_m"], loaded["high_m"]):
                self.assertTrue(-10 < low < 0 < high < 10, "a room in metres around the isocentre")

    def test_reach_is_the_same_on_any_number_of_threads_and_says_why_not(self):
        common = ("machine", "reach", "ring-arm-4pi", "heart", "--directions", "100", "--json")
        one = self.succeed(*common, "--threads", "1", "--out", "reach")
        self.assertEqual(one, self.succeed(*common, "--threads", "3"))
        reach = json.loads(one)
        self.assertGreater(reach["covered"], 0.5)
        for direction in reach["directions"]:
            self.assertTrue("reason" in direction or direction["nearest"]["distance_mm"] >= direction["nearest"]["buffer_mm"] - 1e-6)
        xml.etree.ElementTree.parse(self.folder / "reach" / "reach.svg")

    def test_path_adds_up_its_time(self):
        path = json.loads(self.succeed("machine", "path", "sphere-linac", "heart", "--beams", "5", "--json"))
        time = path["time_s"]
        self.assertAlmostEqual(time["total"], sum(seconds for part, seconds in time.items() if part != "total"), places=6)
        self.assertEqual(len(path["visits"]), 5)

    def test_path_says_how_every_axis_moves(self):
        path = json.loads(self.succeed("machine", "path", "ring-arm-4pi", "heart", "--beams", "4", "--out", "moved", "--json"))
        legs = [leg for visit in path["visits"] for leg in visit["legs"]] + path["home"]
        for before, leg in zip([{"to": legs[-1]["to"]}] + legs, legs):
            self.assertEqual(leg["from"], before["to"])  # home is where it ends, too
            position, speed, acceleration = 0.0, 0.0, 0.0
            for phase in leg["phases"]:
                t, jerk = phase["duration_s"], phase["jerk_per_s3"]
                position += speed * t + acceleration * t ** 2 / 2 + jerk * t ** 3 / 6
                speed += acceleration * t + jerk * t ** 2 / 2
                acceleration += jerk * t
            self.assertAlmostEqual(position, 1.0, places=9)
            self.assertAlmostEqual(speed, 0.0, places=9)
            self.assertAlmostEqual(sum(phase["duration_s"] for phase in leg["phases"]), leg["duration_s"], places=9)
        self.assertAlmostEqual(sum(leg["duration_s"] for leg in legs), path["time_s"]["motion"], places=6)
        for name in ("motion.svg", "scene.svg"):
            xml.etree.ElementTree.parse(self.folder / "moved" / name)
            self.assertLess((self.folder / "moved" / name).stat().st_size, 500_000)

    def test_most_of_the_sphere_around_a_real_thorax_can_be_treated(self):
        patient = SHARED / "data" / "patients" / "star_lateral"
        if not patient.is_dir():
            self.skipTest(f"there is no {patient}")
        for name, least in (("ring-arm-4pi", 0.65), ("sphere-linac", 0.85), ("radiosurgery-arm", 0.65)):
            self.assertGreaterEqual(json.loads(self.succeed("machine", "reach", name, patient, "--json"))["covered"], least)

    def test_a_series_or_structure_set_that_is_not_there_is_refused(self):
        self.assert_refused(self.xingu("machine", "reach", "sphere-linac", "heart", "--series", "1.2.3"), "1.2.3")
        self.assert_refused(self.xingu("machine", "path", "sphere-linac", "heart", "--structures", "none"), "none")

    def test_what_cannot_be_done_is_refused(self):
        self.assert_refused(self.xingu("machine", "check", "no-such-machine"), "no-such-machine")
        self.assert_refused(self.xingu("machine", "reach", "sphere-linac", "heart", "--isocentre-mm", "0,-2000,0"),
                            "outside the patient")
        self.assert_refused(self.xingu("machine", "reach", "sphere-linac", "heart", "--isocentre-mm", "1,2"), "three numbers")
        self.assert_refused(self.xingu("machine", "check", self.spoilt("toml", 'urdf = "machine.urdf"', 'urdf = "gone.urdf"')),
                            "gone.urdf", "not there")

    def test_a_machine_is_named_by_its_folder_wherever_it_lies(self):
        folder = self.folder / "m" / "my-ring"
        shutil.copytree(SOURCE / "machines" / "ring-arm-4pi", folder)
        for name in ("m/my-ring", str(folder), "m/my-ring/machine.toml"):
            told = json.loads(self.succeed("machine", "check", name, "--json"))
            self.assertTrue(told["file"].endswith("my-ring/machine.toml"))
            self.assertIn("'ring-arm-4pi' but the folder is 'my-ring'", told["warnings"][0])
        self.assert_refused(self.xingu("machine", "check", "ring-arm-4p"), "did you mean 'ring-arm-4pi'?")

    def test_list_shows_machines_of_the_working_folder_beside_the_shipped_ones(self):
        shutil.copytree(SOURCE / "machines" / "ring-arm-4pi", self.folder / "machines" / "my-ring")
        try:
            entries = {entry["name"]: entry["file"] for entry in json.loads(self.succeed("machine", "list", "--json"))}
        finally:
            shutil.rmtree(self.folder / "machines")
        self.assertEqual(entries["my-ring"], "machines/my-ring/machine.toml")
        self.assertIn("sphere-linac", entries)

    def test_a_machine_of_angles_alone_is_checked_as_far_as_it_goes(self):
        folder = self.folder / "angles-only"
        folder.mkdir()
        text = (SOURCE / "machines" / "ring-arm-4pi" / "machine.toml").read_text(encoding="utf-8")
        text = text[:text.index("[mechanics]")].replace('name = "ring-arm-4pi"', 'name = "angles-only"')
        (folder / "machine.toml").write_text(text, encoding="utf-8")
        for command in ("check", "show"):
            self.assertIn("no [mechanics]", self.succeed("machine", command, "angles-only"))
        self.assertFalse(json.loads(self.succeed("machine", "check", "angles-only", "--json"))["has_mechanics"])
        self.assert_refused(self.xingu("machine", "show", "angles-only", "--out", "x"), "no shapes to draw")

    def test_show_and_check_give_round_limits_and_what_is_not_checked(self):
        shown = json.loads(self.succeed("machine", "show", "ring-arm-4pi", "--json"))
        self.assertEqual([shown["axes"][0][key] for key in ("lower_deg", "upper_deg")], [-185.0, 185.0])
        self.assertEqual(shown["ignored_pairs"][0]["links"], ["arc", "ring"])
        self.assertIn("runs in the ring", self.succeed("machine", "check", "ring-arm-4pi"))

    def test_a_patient_who_would_not_be_drawn_is_refused(self):
        self.assert_refused(self.xingu("machine", "show", "ring-arm-4pi", "--patient", "nowhere"), "--out")

    def spoilt(self, suffix, pattern, replacement):
        """A copy of radiosurgery-arm in which the first match of a pattern in machine.toml or machine.urdf is replaced."""
        folder = self.folder / f"bad-{len(list(self.folder.glob('bad-*')))}"
        shutil.copytree(SOURCE / "machines" / "radiosurgery-arm", folder)
        path = folder / f"machine.{suffix}"
        text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1, flags=re.S)
        self.assertEqual(count, 1, pattern)
        path.write_text(text, encoding="utf-8")
        return f"{folder.name}/machine.toml"

    def test_a_machine_whose_files_are_wrong_is_refused(self):
        loop = ('<joint name="loop" type="fixed"><parent link="floor"/><child link="head"/></joint></robot>')
        island = ('<link name="island_1"/><link name="island_2"/>'
                  '<joint name="one" type="fixed"><parent link="island_1"/><child link="island_2"/></joint>'
                  '<joint name="two" type="fixed"><parent link="island_2"/><child link="island_1"/></joint></robot>')
        for fault, parts in (
                (("toml", "linac_a2_deg = -100", "linac_a2_deg = -60"), ("at home", "collide with itself")),
                (("toml", "linac_a2_deg = -100", "linac_a2_deg = -300"), ("linac_a2_deg", "outside the axis's limits")),
                (("urdf", r'(<joint name="couch_0_mount".*?xyz=")0 -2.95', r"\g<1>0 -6.95"), ("bring a patient", "reach")),
                (("toml", "sad_mm = 800.0", "sad_mm = 700.0"), ("sad_mm is 700", "800, 900, 1000")),
                (("urdf", "</robot>", loop), ("head", "a loop")),
                (("urdf", "</robot>", island), ("island_", "hangs in a loop")),
                (("urdf", "</robot>", ""), ("no URDF that can be read",)),
                (("urdf", "<robot", "<a>" * 200_000 + "<robot"), ("within each other",)),
                (("urdf", r'box size="[^"]*"', 'box size="inf 1 1"'), ("cannot be read", "inf")),
                (("urdf", "meshes/nose.stl", "meshes/lost.stl"), ("meshes/lost.stl", "not there")),
                (("urdf", "meshes/nose.stl", "/etc/hostname"), ("/etc/hostname", "outside the machine's folder")),
                (("urdf", "meshes/nose.stl", "../ring-arm-4pi/nose.stl"), ("outside the machine's folder",)),
                (("toml", 'urdf = "machine.urdf"', 'urdf = "../machine.urdf"'), ("not there",)),
                (("urdf", r"(<link name=\"linac_1\">)\s*<inertial>.*?</inertial>", r"\1"), ("linac_1", "no <inertial>")),
                (("urdf", r"(<joint name=\"linac_a1\".*?)<limit[^>]*/>", r"\1"), ("linac_a1", "limit"))):
            with self.subTest(fault):
                self.assert_refused(self.xingu("machine", "check", self.spoilt(*fault)), *parts)


    def test_meshes_that_are_no_part_are_refused(self):
        facets = 200_000
        huge = b"\0" * 80 + struct.pack("<I", facets) + b"\0" * (50 * facets)
        for content, part in ((huge, "simplify or split"), (b"", "cut short"), (huge[:1000], "cut short"),
                              (b"solid a\nvertex 0 0\n", "three numbers")):
            with self.subTest(part):
                machine = self.spoilt("urdf", "<robot", "<robot")
                (self.folder / machine).parent.joinpath("meshes", "nose.stl").write_bytes(content)
                self.assert_refused(self.xingu("machine", "check", machine), "nose.stl", part)


if __name__ == "__main__":
    unittest.main()
