// SPDX-License-Identifier: Apache-2.0
#include "patient/patient_density.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "base/files.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;

constexpr double body_radius = 60.0;

Structure disc(const std::string& name, const std::string& type, double radius, const Eigen::Vector2d& centre) {
  Structure structure;
  structure.name = name;
  structure.interpreted_type = type;
  for (int i = 0; i < 20; ++i) {
    Contour& contour = structure.contours.emplace_back();
    contour.z_mm = 3.0 * i;
    for (int k = 0; k < 90; ++k) {
      const double angle = 2 * std::numbers::pi * k / 90;
      contour.points.emplace_back(centre + radius * Eigen::Vector2d(std::cos(angle), std::sin(angle)));
    }
  }
  return structure;
}

/// A cylinder of muscle with a lung inside, on a couch plate that it touches, in air with a wire.
Patient patient_on_couch() {
  Grid grid;
  grid.size = {80, 80, 20};
  grid.spacing = {2, 2, 3};
  grid.origin = {-79, -79, 0};
  Patient patient;
  patient.ct.hu = Volume<float>(grid, -1000.0F);
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const Vec3 p = grid.centre(x, y, z);
        float& hu = patient.ct.hu.at(x, y, z);
        if (p.head<2>().norm() < body_radius) {
          hu = (p.head<2>() - Eigen::Vector2d(20, 0)).norm() < 25 ? -750.0F : 40.0F;
        } else if (p.y() > 60 && p.y() < 64) {
          hu = 200.0F;  // couch
        } else if (p.x() < -77 && std::abs(p.y()) < 2) {
          hu = 1000.0F;  // wire
        }
      }
    }
  }
  return patient;
}

double volume_cc(const Volume<std::uint8_t>& mask) {
  double sum = 0;
  for (const auto v : mask.values()) {
    sum += v;
  }
  return sum * mask.grid().voxel_volume_mm3() / 1000;
}

TEST(FindBody, finds_the_body_without_couch_and_with_its_lung) {
  const BodyOutline body = find_body(patient_on_couch());
  EXPECT_NEAR(volume_cc(body.mask), std::numbers::pi * 3600 * 60 / 1000, 12);
  EXPECT_EQ(body.mask.at(49, 39, 5), 1);  // lung
  EXPECT_EQ(body.mask.at(5, 70, 5), 0);   // couch
  EXPECT_EQ(body.mask.at(0, 39, 5), 0);   // wire
  EXPECT_THAT(body.source, HasSubstr("CT image"));
}

TEST(FindBody, prefers_the_drawn_outline) {
  Patient patient = patient_on_couch();
  patient.structure_set.structures.push_back(disc("Body", "", 50, {0, 0}));
  EXPECT_THAT(find_body(patient).source, HasSubstr("'Body'"));
  EXPECT_NEAR(volume_cc(body_mask(patient)), std::numbers::pi * 2500 * 60 / 1000, 5);
  patient.structure_set.structures.push_back(disc("Outline 3", "EXTERNAL", 40, {0, 0}));
  EXPECT_THAT(find_body(patient).source, HasSubstr("'Outline 3'"));
}

TEST(FindBody, passes_over_an_empty_outline) {
  Patient patient = patient_on_couch();
  patient.structure_set.structures.push_back(disc("Body", "EXTERNAL", 50, {0, 0}));
  patient.structure_set.structures.back().contours.clear();
  EXPECT_THAT(find_body(patient).source, HasSubstr("CT image"));
}

TEST(FindBody, fills_a_skin_that_is_drawn_as_a_shell) {
  Patient patient = patient_on_couch();
  Structure skin = disc("SKIN", "", 55, {0, 0});
  const Structure inner = disc("", "", 50, {0, 0});
  skin.contours.insert(skin.contours.end(), inner.contours.begin(), inner.contours.end());
  patient.structure_set.structures.push_back(skin);
  EXPECT_EQ(body_mask(patient).at(39, 39, 5), 1);
}

TEST(FindBody, knows_whether_the_patient_goes_on_beyond_the_outline) {
  constexpr double endless = std::numeric_limits<double>::infinity();
  Patient patient = patient_on_couch();
  EXPECT_EQ(find_body(patient).beyond_mm, (std::array{endless, endless}));
  // Air in the last three slices: the patient ends there.
  const int nz = patient.ct.hu.grid().nz();
  const auto per_slice = patient.ct.hu.grid().index(0, 0, 1);
  for (std::size_t i = per_slice * static_cast<std::size_t>(nz - 3); i < patient.ct.hu.grid().num_voxels(); ++i) {
    patient.ct.hu[i] = -1000.0F;
  }
  EXPECT_EQ(find_body(patient).beyond_mm, (std::array{endless, 0.0}));
  // An outline that was drawn up to the fifth slice only: beyond it the CT shows two more slices of the patient.
  Structure outline = disc("Body", "EXTERNAL", 50, {0, 0});
  std::erase_if(outline.contours, [&](const Contour& c) { return c.z_mm > 3.0 * (nz - 6) + 0.1; });
  patient.structure_set.structures.push_back(outline);
  EXPECT_EQ(find_body(patient).beyond_mm, (std::array{endless, 6.0}));
}

TEST(FindBody, tells_where_the_ct_cuts_the_body_off) {
  Volume<std::uint8_t> mask = find_body(patient_on_couch()).mask;
  EXPECT_TRUE(cut_remarks(mask).empty());
  mask.at(0, 30, 2) = 1;
  mask.at(0, 31, 4) = 1;
  mask.at(20, mask.grid().ny() - 1, 4) = 1;
  EXPECT_EQ(cut_slices(mask)[0], (std::vector{2, 4}));
  const std::vector<std::string> remarks = cut_remarks(mask);
  ASSERT_EQ(remarks.size(), 2U);
  EXPECT_THAT(remarks[0], HasSubstr("patient's right in 2 slices"));
  EXPECT_THAT(remarks[1], HasSubstr("patient's back in 1 slice ("));
}

TEST(FindBody, refuses_a_ct_of_air) {
  Patient patient = patient_on_couch();
  for (float& hu : patient.ct.hu.values()) {
    hu = -1000.0F;
  }
  EXPECT_THROW(static_cast<void>(find_body(patient)), InputError);
}

TEST(MakeDensityImage, sets_air_outside_the_body) {
  const Patient patient = patient_on_couch();
  const DensityCurve curve = DensityCurve::shipped();
  const DensityImage image = make_density_image(patient, curve);
  EXPECT_EQ(image.material_names, curve.material_names());
  EXPECT_FLOAT_EQ(image.density.at(5, 70, 5), 0.00121F);
  EXPECT_EQ(image.material_names[image.material.at(5, 70, 5)], "air");
  EXPECT_FLOAT_EQ(image.density.at(20, 39, 5), static_cast<float>(curve.density(40)));
  EXPECT_EQ(image.material_names[image.material.at(20, 39, 5)], "soft_tissue");
  EXPECT_EQ(image.material_names[image.material.at(49, 39, 5)], "lung");
}

TEST(MakeDensityImage, keeps_couch_and_bolus_structures) {
  Patient patient = patient_on_couch();
  patient.structure_set.structures.push_back(disc("Couch", "SUPPORT", 10, {0, 62}));
  const PatientDensity result = model_density(patient, DensityCurve::shipped());
  EXPECT_NEAR(result.image.density.at(39, 70, 5), 1.135, 0.01);
  EXPECT_FLOAT_EQ(result.image.density.at(5, 70, 5), 0.00121F);  // couch outside the structure
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_THAT(result.notes[0], HasSubstr("'Couch' (support) is kept"));
}

TEST(MakeDensityImage, applies_what_the_structure_set_states_and_then_the_overrides) {
  Patient patient = patient_on_couch();
  patient.structure_set.structures.push_back(disc("Implant", "", 10, {-30, 0}));
  patient.structure_set.structures.back().relative_electron_density = 3.735;
  patient.structure_set.structures.push_back(disc("PTV", "PTV", 10, {20, 0}));
  patient.structure_set.structures.back().relative_mass_density = 0.7;
  const DensityCurve curve = DensityCurve::shipped();
  const DensityImage stated = make_density_image(patient, curve);
  EXPECT_NEAR(stated.density.at(24, 39, 5), 4.51, 0.02);
  EXPECT_EQ(stated.material_names[stated.material.at(24, 39, 5)], "titanium");
  EXPECT_NEAR(stated.density.at(49, 39, 5), 0.7, 1e-6);

  const DensityImage by_hand =
      make_density_image(patient, curve, {{"ptv", 1.0, "water"}, {"Implant", std::nullopt, "cortical_bone"}});
  EXPECT_FLOAT_EQ(by_hand.density.at(49, 39, 5), 1.0F);
  EXPECT_EQ(by_hand.material_names[by_hand.material.at(49, 39, 5)], "water");
  EXPECT_NEAR(by_hand.density.at(24, 39, 5), 4.51, 0.02);
  EXPECT_EQ(by_hand.material_names[by_hand.material.at(24, 39, 5)], "cortical_bone");
}

TEST(MakeDensityImage, both_relative_densities_of_1_are_water) {
  Patient patient = patient_on_couch();
  patient.structure_set.structures.push_back(disc("Block", "", 10, {-30, 0}));
  patient.structure_set.structures.back().relative_mass_density = 1.0;
  const DensityCurve curve = DensityCurve::shipped();
  const DensityImage by_mass = make_density_image(patient, curve);
  EXPECT_FLOAT_EQ(by_mass.density.at(24, 39, 5), 1.0F);
  EXPECT_NE(by_mass.material_names[by_mass.material.at(24, 39, 5)], "water");
  patient.structure_set.structures.back().relative_electron_density = 1.0;
  const PatientDensity by_both = model_density(patient, curve);
  EXPECT_FLOAT_EQ(by_both.image.density.at(24, 39, 5), 1.0F);
  EXPECT_EQ(by_both.image.material_names[by_both.image.material.at(24, 39, 5)], "water");
  EXPECT_THAT(by_both.notes, testing::Contains(HasSubstr("'Block' is water")));
}

TEST(MakeDensityImage, overrides_one_of_two_structures_of_one_name_by_its_number) {
  Patient patient = patient_on_couch();
  for (const int number : {21, 22}) {
    patient.structure_set.structures.push_back(disc("Metal", "", 10, {number == 21 ? -30.0 : 20.0, 0}));
    patient.structure_set.structures.back().number = number;
  }
  const DensityImage image = make_density_image(patient, DensityCurve::shipped(), {{"metal#22", 7.0, std::nullopt}});
  EXPECT_FLOAT_EQ(image.density.at(49, 39, 5), 7.0F);
  EXPECT_LT(image.density.at(24, 39, 5), 2.0F);
  const StructureSet& set = patient.structure_set;
  EXPECT_EQ(label_of(set, set.structures.back()), "Metal#22");
  EXPECT_EQ(structure_labelled(set, "Metal#22"), &set.structures.back());
  EXPECT_EQ(structure_labelled(set, "Metal#23"), nullptr);
  EXPECT_EQ(numbered_name("PTV #1a").number, std::nullopt);
  EXPECT_EQ(numbered_name("PTV #1").name, "PTV ");
}

TEST(MakeDensityImage, refuses_overrides_it_cannot_apply) {
  Patient patient = patient_on_couch();
  patient.structure_set.structures.push_back(disc("PTV_2500", "PTV", 10, {20, 0}));
  const DensityCurve curve = DensityCurve::shipped();
  const auto message_of = [&](const DensityOverride& wanted) {
    try {
      static_cast<void>(make_density_image(patient, curve, {wanted}));
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(message_of({"PTV_250", 1.0, std::nullopt}), HasSubstr("did you mean 'PTV_2500'"));
  EXPECT_THAT(message_of({"PTV_2500", 1.0, "watr"}), HasSubstr("did you mean 'water'"));
  EXPECT_THAT(message_of({"PTV_2500", -1.0, std::nullopt}), HasSubstr("not a density"));
}

TEST(ReadDensityOverrides, reads_a_table) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "o.toml",
             "[[override]]\nstructure = 'Artefact'\ndensity_g_cm3 = 1\n[[override]]\nstructure = 'Hip'\nmaterial = "
             "'titanium'\n");
  const auto overrides = read_density_overrides(folder.path() / "o.toml");
  ASSERT_EQ(overrides.size(), 2U);
  EXPECT_EQ(overrides[0].structure, "Artefact");
  EXPECT_EQ(overrides[0].density_g_cm3, 1.0);
  EXPECT_EQ(overrides[1].material, "titanium");
  write_file(folder.path() / "empty.toml", "[[override]]\nstructure = 'Artefact'\n");
  EXPECT_THROW(static_cast<void>(read_density_overrides(folder.path() / "empty.toml")), InputError);
  write_file(folder.path() / "empty.toml", "# nothing\n");
  try {
    static_cast<void>(read_density_overrides(folder.path() / "empty.toml"));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("overrides nothing"));
  }
}

}  // namespace
}  // namespace xingu
