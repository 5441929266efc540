// SPDX-License-Identifier: Apache-2.0
#include "patient/tg263.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/philox.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

struct Expected {
  const char* name;
  const char* standard;
};

TEST(MatchTg263, knows_its_own_names) {
  const Tg263Table table = Tg263Table::read(find_shipped("data/tg263_names.csv"));
  EXPECT_GT(table.names().size(), 100U);
  for (const std::string& name : table.names()) {
    const Tg263Match plain = table.match(name);
    EXPECT_EQ(plain.name, name);
    if (plain.confidence < 1) {  // it has sides
      EXPECT_EQ(plain.reason, "side is not stated") << name;
      for (const char* side : {"_L", "_R"}) {
        EXPECT_EQ(table.match(name + side).name, name + side);
        EXPECT_EQ(table.match(name + side).confidence, 1.0);
      }
    }
  }
}

TEST(MatchTg263, reads_the_habits_of_clinics) {
  for (const auto& [name, standard] : std::vector<Expected>{{"spinal cord", "SpinalCord"},
                                                            {"SPINALCORD", "SpinalCord"},
                                                            {"Cord", "SpinalCord"},
                                                            {"Cord PRV 5mm", "SpinalCord_PRV05"},
                                                            {"SpinalCord_PRV05", "SpinalCord_PRV05"},
                                                            {"Brain Stem", "Brainstem"},
                                                            {"Lt Parotid", "Parotid_L"},
                                                            {"PAROTID_LT", "Parotid_L"},
                                                            {"ParotidL", "Parotid_L"},
                                                            {"parotidr", "Parotid_R"},
                                                            {"R Parotid Gland", "Parotid_R"},
                                                            {"Left Lung", "Lung_L"},
                                                            {"lung, right", "Lung_R"},
                                                            {"LUNGS", "Lungs"},
                                                            {"Lungs - GTV", "Lungs-GTV"},
                                                            {"Oral Cavity", "Cavity_Oral"},
                                                            {"Mandible", "Bone_Mandible"},
                                                            {"Femoral Head Lt", "Femur_Head_L"},
                                                            {"Rt Fem Head", "Femur_Head_R"},
                                                            {"Optic Nerve Left", "OpticNrv_L"},
                                                            {"Chiasm", "OpticChiasm"},
                                                            {"Bowel Bag", "Bag_Bowel"},
                                                            {"Left Ventricle", "Ventricle_L"},
                                                            {"LAD", "A_LAD"},
                                                            {"LV", "Ventricle_L"},
                                                            {"RA", "Atrium_R"},
                                                            {"BODY", "External"},
                                                            {"Larynx", "Larynx"}}) {
    const Tg263Match match = match_tg263(name);
    EXPECT_EQ(match.name, standard) << name << ": " << match.reason;
    EXPECT_TRUE(match.is_sure()) << name << " " << match.confidence;
  }
}

TEST(MatchTg263, reads_other_languages) {
  for (const auto& [name, standard] : std::vector<Expected>{{"Rückenmark", "SpinalCord"},
                                                            {"Rueckenmark", "SpinalCord"},
                                                            {"Lunge li", "Lung_L"},
                                                            {"Parotis rechts", "Parotid_R"},
                                                            {"Moelle épinière", "SpinalCord"},
                                                            {"Parotide G", "Parotid_L"},
                                                            {"Poumon droit", "Lung_R"},
                                                            {"Cœur", "Heart"},
                                                            {"Riñón izq", "Kidney_L"},
                                                            {"Coração", "Heart"},
                                                            {"Polmone dx", "Lung_R"},
                                                            {"Hersenstam", "Brainstem"},
                                                            {"左肺", "Lung_L"},
                                                            {"腮腺右", "Parotid_R"},
                                                            {"脊髓", "SpinalCord"}}) {
    const Tg263Match match = match_tg263(name);
    EXPECT_EQ(match.name, standard) << name << ": " << match.reason;
    EXPECT_TRUE(match.is_sure()) << name;
  }
}

TEST(MatchTg263, writes_targets_with_their_dose_in_centigray) {
  for (const auto& [name, standard] : std::vector<Expected>{{"PTV_7000", "PTV_7000"},
                                                            {"PTV70", "PTV_7000"},
                                                            {"PTV 63 Gy", "PTV_6300"},
                                                            {"ptv5600", "PTV_5600"},
                                                            {"CTV_High", "CTV_High"},
                                                            {"GTV", "GTV"},
                                                            {"PTV1", "PTV1"},
                                                            {"PTV 2 50", "PTV2_5000"},
                                                            {"gtv p", "GTV_P"}}) {
    EXPECT_EQ(match_tg263(name).name, standard) << name;
  }
  EXPECT_EQ(match_tg263("PTV_7000").confidence, 1.0);
  EXPECT_LT(match_tg263("PTV70").confidence, 0.9);
}

TEST(MatchTg263, leaves_the_suffix_of_a_target_as_it_is) {
  for (const char* name : {"CTV_VT", "GTV_HN", "PTV1_EvalRind", "CTV_VT_4D", "ITV_LUL"}) {
    const Tg263Match match = match_tg263(name);
    EXPECT_EQ(match.name, name) << match.reason;
    EXPECT_EQ(match.confidence, 1.0) << name;
  }
  EXPECT_EQ(match_tg263("CTV VT").name, "CTV_VT");
  EXPECT_LT(match_tg263("CTV_vt").confidence, 1.0);
}

TEST(MatchTg263, does_not_guess_what_a_name_does_not_say) {
  EXPECT_EQ(match_tg263("Parotid").name, "Parotid");
  EXPECT_FALSE(match_tg263("Parotid").is_sure());
  EXPECT_EQ(match_tg263("").name, "");
  EXPECT_EQ(match_tg263("zRing_2cm").name, "");
  EXPECT_EQ(match_tg263("_help").name, "");
  EXPECT_EQ(match_tg263("quux 17").name, "");
  EXPECT_EQ(match_tg263("---").name, "");
  EXPECT_EQ(match_tg263("Brian stem").name, "Brainstem");
  EXPECT_FALSE(match_tg263("Brian stem").is_sure());
}

TEST(MatchTg263, bears_any_bytes) {
  const Philox random(4, 4);
  for (std::uint64_t i = 0; i < 200; ++i) {
    std::string name;
    for (std::uint64_t k = 0; k < 40; ++k) {
      name += static_cast<char>(256 * random.uniform(40 * i + k));
    }
    EXPECT_NO_THROW(static_cast<void>(match_tg263(name)));
  }
}

TEST(Tg263Table, refuses_malformed_lines) {
  EXPECT_THROW(static_cast<void>(Tg263Table::parse("name,sides,other\nHeart\n", "t.csv")), InputError);
  EXPECT_THROW(static_cast<void>(Tg263Table::parse("name,sides,other\nHeart,perhaps,herz\n", "t.csv")), InputError);
}

}  // namespace
}  // namespace xingu
