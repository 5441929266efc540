# SPDX-License-Identifier: Apache-2.0
"""Phantoms become DICOM that is valid, that others read, and that Xingu reads back as it was."""

import functools
import json
import unittest

from program import SystemTest, contents, run

NAMES = ("water", "slab", "tg119-cshape", "lung-tumour", "heart")
SEX = {"lung-tumour": "male", "heart": "female"}


class Phantom(SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in NAMES:
            sex = ["--sex", SEX[name]] if name in SEX else []
            cls.succeed("phantom", name, "--out", name, "--spacing-mm", "5", *sex)

    @classmethod
    @functools.cache
    def facts(cls, name):
        return json.loads(cls.succeed("inspect", name, "--json"))

    def test_its_files_are_valid_dicom(self):
        for name in NAMES:
            with self.subTest(name):
                slices = sorted((self.folder / name).glob("CT*.dcm"))
                self.assertGreater(len(slices), 10)
                for path in (slices[0], slices[-1], self.folder / name / "RS.dcm"):
                    self.assert_valid_dicom(path)

    def test_inspect_gives_back_its_grid_and_structures(self):
        for name in NAMES:
            with self.subTest(name):
                facts = self.facts(name)
                self.assertEqual(facts["ct"]["grid"]["spacing_mm"], [5.0, 5.0, 5.0])
                self.assertEqual(facts["ct"]["num_images"], len(list((self.folder / name).glob("CT*.dcm"))))
                self.assertGreaterEqual(len(facts["structures"]), 2)

    def test_the_heart_has_what_a_plan_of_a_scar_needs(self):
        names = {structure["name"] for structure in self.facts("heart")["structures"]}
        for part in ("SpinalCord", "Esophagus", "Stomach", "A_LAD", "Lung_L", "Lung_R"):
            self.assertIn(part, names)
        self.assertTrue(any(name.startswith("PTV") for name in names), names)

    def test_pydicom_reads_it(self):
        try:
            import pydicom
        except ImportError:
            self.skipTest("pydicom is not installed; ./check installs it")
        for name in NAMES:
            with self.subTest(name):
                structures = pydicom.dcmread(self.folder / name / "RS.dcm")
                image = pydicom.dcmread(sorted((self.folder / name).glob("CT*.dcm"))[0])
                self.assertEqual(structures.Modality, "RTSTRUCT")
                self.assertEqual(structures.FrameOfReferenceUID if "FrameOfReferenceUID" in structures else
                                 structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID,
                                 image.FrameOfReferenceUID)
                self.assertEqual([float(x) for x in image.PixelSpacing], [5.0, 5.0])
                self.assertEqual(len(image.pixel_array), image.Rows)

    def test_plastimatch_reads_it(self):
        self.need("plastimatch")
        outcome = run(["plastimatch", "convert", "--input", "tg119-cshape", "--output-img", "ct.mha"], folder=self.folder)
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertTrue((self.folder / "ct.mha").exists())

    def test_it_is_the_same_every_time(self):
        self.succeed("phantom", "slab", "--out", "again", "--spacing-mm", "5")
        self.assertEqual(contents(self.folder / "again"), contents(self.folder / "slab"))

    def test_the_sex_of_a_thorax_is_the_patients(self):
        for name, sex in SEX.items():
            self.assertEqual(self.facts(name)["ct"]["patient_sex"], sex[0].upper())

    def test_its_targets_have_names_of_the_nomenclature(self):
        for structure in self.facts("heart")["structures"]:
            if structure["name"].startswith(("CTV", "PTV")):
                self.assertEqual(structure["tg263"]["name"], structure["name"])

    def test_its_noise_follows_the_seed(self):
        for folder, seed in (("noise-1", "1"), ("noise-1b", "1"), ("noise-2", "2")):
            self.succeed("phantom", "water", "--out", folder, "--spacing-mm", "10", "--noise-hu", "15", "--seed", seed)
        self.assertEqual(contents(self.folder / "noise-1"), contents(self.folder / "noise-1b"))
        self.assertNotEqual(contents(self.folder / "noise-1"), contents(self.folder / "noise-2"))

    def test_it_does_not_mix_with_what_is_there(self):
        before = contents(self.folder / "slab")
        self.assert_refused(self.xingu("phantom", "water", "--out", "slab"), "slab", "new folder")
        self.assertEqual(contents(self.folder / "slab"), before)


if __name__ == "__main__":
    unittest.main()
