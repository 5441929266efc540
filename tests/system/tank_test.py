# SPDX-License-Identifier: Apache-2.0
"""A water tank becomes tables, a plot and an image; any number of threads gives the same files; bad tanks are refused."""

import csv
import struct
import unittest
import xml.etree.ElementTree

from program import SystemTest, contents

DOSE = "dose_Gy_cm2_per_unit_axis_fluence_at_iso"


def rows(path):
    with open(path, encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


class Tank(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printed = cls.succeed("tank", "water-10x10", "--engine", "ccc", "--grid-mm", "5", "--threads", "1", "--out", "water")

    def test_its_depth_dose_is_that_of_a_6_mv_beam(self):
        table = rows(self.folder / "water" / "depth_dose.csv")
        self.assertEqual((table[0]["depth_low_mm"], table[-1]["depth_high_mm"]), ("0.0000", "300.0000"))
        at_100 = next(row for row in table if float(row["depth_low_mm"]) <= 100 < float(row["depth_high_mm"]))
        self.assertAlmostEqual(float(at_100["percent_of_maximum"]), 65.5, delta=1.5)
        self.assertAlmostEqual(max(float(row[DOSE]) for row in table) / 9.0e-12, 1.0, delta=0.02)
        self.assertIn("PDD10", self.printed)

    def test_its_profiles_fall_at_the_edge_of_the_field(self):
        table = [row for row in rows(self.folder / "water" / "profiles.csv") if row["depth_mm"] == "100.0000"]
        inside = [float(row["percent_of_axis"]) for row in table if float(row["x_high_mm"]) <= 40]
        outside = [float(row["percent_of_axis"]) for row in table if float(row["x_low_mm"]) >= 60]
        self.assertGreater(min(inside), 95.0)
        self.assertLess(max(outside), 12.0)

    def test_its_image_is_as_large_as_it_says_and_holds_the_dose_of_the_table(self):
        data = (self.folder / "water" / "dose.mha").read_bytes()
        self.assertIn(b"DimSize = 60 60 60\n", data)
        values = struct.unpack(f"<{60**3}f", data[-4 * 60**3:])
        table = rows(self.folder / "water" / "depth_dose.csv")
        self.assertAlmostEqual(max(values) / max(float(row[DOSE]) for row in table), 1.0, delta=0.02)

    def test_its_plot_stands_alone(self):
        text = (self.folder / "water" / "tank.svg").read_text(encoding="utf-8")
        xml.etree.ElementTree.fromstring(text)
        for part in ("depth / mm", "x / mm", "Gy cm²", "Research use only"):
            self.assertIn(part, text)
        self.assertNotIn("href", text)

    def test_more_threads_give_the_same_files(self):
        self.succeed("tank", "water-10x10", "--engine", "ccc", "--grid-mm", "5", "--threads", "3", "--out", "again")
        self.assertEqual(contents(self.folder / "water"), contents(self.folder / "again"))

    def test_nothing_of_an_earlier_tank_stays_beside_a_new_one(self):
        self.succeed("tank", "water-10x10", "--engine", "ccc", "--grid-mm", "5", "--out", "twice")
        (self.folder / "twice" / "sigma.mha").write_bytes(b"of another dose")
        self.succeed("tank", "water-10x10", "--engine", "ccc", "--grid-mm", "5", "--out", "twice")
        self.assertEqual(contents(self.folder / "water"), contents(self.folder / "twice"))

    def test_monte_carlo_agrees_and_gives_an_uncertainty_beside_every_dose(self):
        printed = self.succeed("tank", "water-10x10", "--engine", "mc", "--uncertainty", "3%", "--grid-mm", "5", "--out", "mc")
        self.assertIn("Monte Carlo", printed)
        cones = rows(self.folder / "water" / "depth_dose.csv")
        table = rows(self.folder / "mc" / "depth_dose.csv")
        far = 0
        for of_cones, row in zip(cones, table):
            sigma = float(row["sigma_Gy_cm2"])
            self.assertGreater(sigma, 0.0)
            if float(row["depth_low_mm"]) > 15:
                far += abs(float(row[DOSE]) - float(of_cones[DOSE])) > 3 * sigma + 0.015 * float(of_cones[DOSE])
        self.assertLessEqual(far, 2)
        self.assertIn("sigma.mha", contents(self.folder / "mc"))
        self.succeed("tank", "water-10x10", "--engine", "mc", "--uncertainty", "3%", "--grid-mm", "5", "--threads", "3", "--out",
                     "mc3")
        self.assertEqual(contents(self.folder / "mc"), contents(self.folder / "mc3"))

    def test_dose_to_water_says_so_in_every_file(self):
        self.succeed("tank", "water-10x10", "--engine", "mc", "--uncertainty", "10%", "--dose-to", "water", "--grid-mm", "10", "--out",
                     "to-water")
        for name in ("depth_dose.csv", "profiles.csv"):
            text = (self.folder / "to-water" / name).read_text()
            self.assertIn("# dose to water, mean over each box", text)
            self.assertNotIn("to medium", text)

    def test_a_machine_adds_dose_per_mu(self):
        self.succeed("tank", "water-10x10", "--machine", "ring-arm-4pi", "--ssd-mm", "785", "--grid-mm", "5", "--out", "ring")
        table = rows(self.folder / "ring" / "depth_dose.csv")
        self.assertAlmostEqual(max(float(row["dose_Gy_per_MU"]) for row in table), 0.01, delta=0.0003)

    def test_a_field_that_is_wider_than_the_tank_is_told(self):
        wide = self.xingu("tank", "water-10x10", "--engine", "ccc", "--field-mm", "400x400", "--grid-mm", "10", "--out", "wide")
        self.assertEqual(wide.returncode, 0, wide.stderr)
        self.assertIn("wider than the tank", wide.stderr)
        fits = self.xingu("tank", "water-10x10", "--engine", "ccc", "--grid-mm", "10", "--out", "fits")
        self.assertNotIn("wider than the tank", fits.stderr)

    def test_scoring_finer_than_the_voxels_is_told(self):
        stairs = self.xingu("tank", "water-10x10", "--engine", "ccc", "--grid-mm", "10", "--out", "stairs")
        self.assertEqual(stairs.returncode, 0, stairs.stderr)
        self.assertIn("boxes down to 2 mm with voxels of 10 mm", stairs.stderr)

    def test_what_it_cannot_compute_is_refused(self):
        for arguments, part in ((["--engine", "none"], "none"), (["--field-mm", "5y5"], "5y5"),
                                (["--machine", "nobody"], "nobody"), (["--grid-mm", "0.01"], "0.01"),
                                (["--machine", "ring-arm-4pi", "--sad-mm", "900"], "--sad-mm"),
                                (["--machine", "ring-arm-4pi", "--ssd-mm", "100"], "within the head"),
                                (["--machine", "ring-arm-4pi", "--field-mm", "500x500"], "240x240 mm that the leaves"),
                                (["--machine", "ring-arm-4pi", "--field-mm", "50x241"], "50x241 mm")):
            with self.subTest(part):
                self.assert_refused(self.xingu("tank", "water-2x2", *arguments, "--out", "refused"), part)
                self.assertFalse((self.folder / "refused").exists())
        (self.folder / "bad.toml").write_text("[tank]\nmaterial = 'watr'\n", encoding="utf-8")
        self.assert_refused(self.xingu("tank", "bad.toml", "--out", "refused"), "bad.toml:2", "water")


if __name__ == "__main__":
    unittest.main()
