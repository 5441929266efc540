// SPDX-License-Identifier: Apache-2.0
#include "dicom/uid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "small_patient.h"

namespace xingu {
namespace {

TEST(Uid, has_the_form_that_dicom_asks_for) {
  for (int i = 0; i < 2000; ++i) {
    const std::string uid = make_uid("seed " + std::to_string(i));
    ASSERT_TRUE(uid.starts_with("2.25."));
    ASSERT_LE(uid.size(), 5U + 39U);
    ASSERT_NE(uid[5], '0');
    ASSERT_TRUE(std::ranges::all_of(uid.substr(5), [](char c) { return c >= '0' && c <= '9'; }));
  }
}

TEST(Uid, is_the_same_for_the_same_seed_and_differs_for_others) {
  std::set<std::string> seen;
  for (int i = 0; i < 20000; ++i) {
    const std::string seed = std::to_string(i);
    EXPECT_TRUE(seen.insert(make_uid(seed)).second);
  }
  EXPECT_EQ(make_uid("a"), make_uid("a"));
}

TEST(PatientUids, are_those_of_the_ct_where_it_has_them) {
  Patient patient = test::small_patient();
  patient.ct.study_uid = "1.2.3";
  patient.ct.frame_of_reference_uid = "1.2.4";
  patient.structure_set.sop_instance_uid = "1.2.5";
  const PatientUids uids = uids_of(patient);
  EXPECT_EQ(uids.study, "1.2.3");
  EXPECT_EQ(uids.frame_of_reference, "1.2.4");
  EXPECT_EQ(uids.structure_set, "1.2.5");
  EXPECT_TRUE(uids.series.starts_with("2.25."));
  ASSERT_EQ(uids.slices.size(), 8U);
  EXPECT_NE(uids.slices[0].sop_instance_uid, uids.slices[1].sop_instance_uid);
}

TEST(PatientUids, follow_from_the_content) {
  Patient patient = test::small_patient();
  const PatientUids before = uids_of(patient);
  EXPECT_EQ(uids_of(patient).series, before.series);
  patient.structure_set.structures[0].contours[0].points[0].x() += 1e-9;
  EXPECT_NE(uids_of(patient).structure_set, before.structure_set);
  EXPECT_EQ(uids_of(patient).series, before.series);
  patient.ct.hu[5] += 1.0F;
  EXPECT_NE(uids_of(patient).series, before.series);
}

}  // namespace
}  // namespace xingu
