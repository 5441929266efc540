// SPDX-License-Identifier: Apache-2.0
#include "dicom/uid.h"

#include <gtest/gtest.h>

#include "small_patient.h"

namespace xingu {
namespace {

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
