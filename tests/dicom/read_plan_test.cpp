// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "dicom/uid.h"
#include "dicom/write_plan.h"
#include "dicom_edit.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;
using test::DicomEdit;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

class ReadPlan : public testing::Test {
 protected:
  void SetUp() override { write(); }
  void write() { uid_ = write_rtplan(plan_, patient_, file_); }
  std::string refusal() {
    try {
      static_cast<void>(read_rtplan(file_));
    } catch (const InputError& error) {
      return error.what();
    }
    return {};
  }

  test::TemporaryFolder root_;
  fs::path file_ = root_.path() / "RP.dcm";
  Patient patient_ = test::small_patient();
  TreatmentPlan plan_ = test::small_plan();
  std::string uid_;
};

/// An environment variable for as long as this lives.
class Environment {
 public:
  Environment(std::string name, const char* value) : name_(std::move(name)) {
    if (const char* before = std::getenv(name_.c_str()); before != nullptr) {
      before_ = before;
    }
    value != nullptr ? ::setenv(name_.c_str(), value, 1) : ::unsetenv(name_.c_str());
  }
  ~Environment() { before_ ? ::setenv(name_.c_str(), before_->c_str(), 1) : ::unsetenv(name_.c_str()); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::string name_;
  std::optional<std::string> before_;
};

TEST_F(ReadPlan, says_what_a_file_is_that_is_no_plan) {
  const fs::path dose = root_.path() / "dose.dcm";
  write_rtdose(test::small_dose(), patient_, uid_, "a dose", dose);
  std::string message;
  try {
    static_cast<void>(read_rtplan(dose));
  } catch (const InputError& error) {
    message = error.what();
  }
  EXPECT_THAT(message, AllOf(HasSubstr("dose.dcm"), HasSubstr("this is an RTDOSE (an RTPLAN is wanted)")));
}

TEST_F(ReadPlan, states_the_time_of_planning_and_keeps_the_studys) {
  {
    const Environment environment("SOURCE_DATE_EPOCH", "1700000000");
    static_cast<void>(write_rtplan(plan_, patient_, file_, written_now("1")));
  }
  const DicomEdit file(file_);
  EXPECT_EQ(file.get(tag::plan_date), "20231114");
  EXPECT_EQ(file.get(tag::plan_time), "221320");
  EXPECT_EQ(file.get(tag::study_date), patient_.ct.study_date);
}

TEST_F(ReadPlan, takes_the_time_of_planning_from_the_clock) {
  const Environment environment("SOURCE_DATE_EPOCH", nullptr);
  const WriteOptions options = written_now("7");
  EXPECT_EQ(options.seed, "7");
  EXPECT_EQ(options.date.size(), 8U);
  EXPECT_EQ(options.time.size(), 6U);
  EXPECT_GE(options.date, "20240101");
}

TEST_F(ReadPlan, refuses_a_time_of_planning_that_is_none) {
  for (const char* wrong : {"", "yesterday", "12.5", "-1", "99999999999999"}) {
    const Environment environment("SOURCE_DATE_EPOCH", wrong);
    EXPECT_THROW(static_cast<void>(written_now("1")), InputError) << wrong;
  }
}

void expect_equal(const PlannedBeam& a, const PlannedBeam& b) {
  EXPECT_EQ(a.number, b.number);
  EXPECT_EQ(a.name, b.name);
  EXPECT_NEAR(a.angles.gantry_deg, b.angles.gantry_deg, 1e-9);
  EXPECT_NEAR(a.angles.couch_deg, b.angles.couch_deg, 1e-9);
  EXPECT_NEAR(a.angles.collimator_deg, b.angles.collimator_deg, 1e-9);
  EXPECT_LT((a.isocentre_P - b.isocentre_P).norm(), 1e-9);
  EXPECT_DOUBLE_EQ(a.sad_mm, b.sad_mm);
  EXPECT_EQ(a.leaf_boundaries_mm, b.leaf_boundaries_mm);
  EXPECT_EQ(a.is_filter_free, b.is_filter_free);
  EXPECT_EQ(a.energy_MV, b.energy_MV);
  EXPECT_EQ(a.dose_Gy, b.dose_Gy);
  EXPECT_EQ(a.jaws.has_value(), b.jaws.has_value());
  if (a.jaws && b.jaws) {
    EXPECT_EQ(a.jaws->x1_mm, b.jaws->x1_mm);
    EXPECT_EQ(a.jaws->y2_mm, b.jaws->y2_mm);
  }
  ASSERT_EQ(a.segments.size(), b.segments.size());
  for (std::size_t s = 0; s < a.segments.size(); ++s) {
    EXPECT_NEAR(a.segments[s].mu, b.segments[s].mu, 1e-9);
    for (std::size_t p = 0; p < a.segments[s].left_mm.size(); ++p) {
      EXPECT_NEAR(a.segments[s].left_mm[p], b.segments[s].left_mm[p], 1e-9);
      EXPECT_NEAR(a.segments[s].right_mm[p], b.segments[s].right_mm[p], 1e-9);
    }
  }
}

TEST_F(ReadPlan, gives_back_what_was_written) {
  const RtPlan read = read_rtplan(file_);
  EXPECT_TRUE(read.warnings.empty()) << read.warnings.front();
  EXPECT_EQ(read.sop_instance_uid, uid_);
  EXPECT_EQ(read.frame_of_reference_uid, uids_of(patient_).frame_of_reference);
  EXPECT_EQ(read.referenced_structure_set_uid, uids_of(patient_).structure_set);
  EXPECT_EQ(read.approval_status, "UNAPPROVED");
  EXPECT_EQ(read.plan.label, plan_.label);
  EXPECT_EQ(read.plan.machine, plan_.machine);
  EXPECT_EQ(read.plan.position, plan_.position);
  EXPECT_EQ(read.plan.num_fractions, plan_.num_fractions);
  EXPECT_EQ(read.plan.prescription_Gy, plan_.prescription_Gy);
  EXPECT_EQ(read.plan.target_name, plan_.target_name);
  ASSERT_EQ(read.plan.further_targets.size(), plan_.further_targets.size());
  for (std::size_t i = 0; i < plan_.further_targets.size(); ++i) {
    EXPECT_EQ(read.plan.further_targets[i].structure, plan_.further_targets[i].structure);
    EXPECT_EQ(read.plan.further_targets[i].dose_Gy, plan_.further_targets[i].dose_Gy);
  }
  ASSERT_EQ(read.plan.beams.size(), plan_.beams.size());
  for (std::size_t b = 0; b < plan_.beams.size(); ++b) {
    expect_equal(read.plan.beams[b], plan_.beams[b]);
  }
}

TEST_F(ReadPlan, keeps_the_gantrys_pitch_and_the_tables_position) {
  EXPECT_FALSE(read_rtplan(file_).plan.beams[0].table_position_mm.has_value());
  plan_.beams[0].angles.gantry_pitch_deg = -27.5;
  plan_.beams[0].table_position_mm = Vec3(12.5, -340.0, -151.25);
  write();
  const PlannedBeam beam = read_rtplan(file_).plan.beams[0];
  EXPECT_NEAR(beam.angles.gantry_pitch_deg, -27.5, 1e-5);
  ASSERT_TRUE(beam.table_position_mm.has_value());
  EXPECT_LT((*beam.table_position_mm - *plan_.beams[0].table_position_mm).norm(), 1e-6);
  EXPECT_EQ(read_rtplan(file_).plan.beams[1].angles.gantry_pitch_deg, 0.0);
}

TEST_F(ReadPlan, keeps_every_position_of_the_patient) {
  for (const PatientPosition position :
       {PatientPosition::hfs, PatientPosition::hfp, PatientPosition::ffs, PatientPosition::ffp}) {
    plan_.position = position;
    write();
    EXPECT_EQ(read_rtplan(file_).plan.position, position);
  }
}

TEST_F(ReadPlan, turns_moving_leaves_into_segments_half_way) {
  plan_.beams.resize(2);
  write();
  // the second beam has 4 segments at control points 0…7; give the zero-MU step 1 → 2 the MU of interval 0 → 1
  DicomEdit edit(file_);
  edit.set({{tag::beams, 1}, {tag::control_points, 1}}, tag::cumulative_meterset_weight, "0").save();
  const RtPlan read = read_rtplan(file_);
  ASSERT_EQ(read.plan.beams[1].segments.size(), 4U);
  const Segment& moved = read.plan.beams[1].segments[0];
  EXPECT_NEAR(moved.mu, plan_.beams[1].segments[0].mu, 1e-9);
  for (std::size_t p = 0; p < 6; ++p) {
    EXPECT_NEAR(moved.left_mm[p], 0.5 * (plan_.beams[1].segments[0].left_mm[p] + plan_.beams[1].segments[1].left_mm[p]),
                1e-9);
  }
  EXPECT_THAT(read.warnings, Contains(HasSubstr("1 of 2 beams move their leaves")));
}

TEST_F(ReadPlan, scales_weights_that_do_not_end_at_one) {
  plan_.beams.resize(1);
  write();
  DicomEdit edit(file_);
  edit.set({{tag::beams, 0}}, tag::final_meterset_weight, "250")
      .set({{tag::beams, 0}, {tag::control_points, 1}}, tag::cumulative_meterset_weight, "250")
      .save();
  EXPECT_NEAR(read_rtplan(file_).plan.beams[0].mu(), plan_.beams[0].mu(), 1e-9);
}

TEST_F(ReadPlan, passes_over_setup_beams_with_a_warning) {
  DicomEdit(file_).set({{tag::beams, 1}}, tag::treatment_delivery_type, "SETUP").save();
  const RtPlan read = read_rtplan(file_);
  EXPECT_EQ(read.plan.beams.size(), 2U);
  EXPECT_THAT(read.warnings, Contains(AllOf(HasSubstr("'beam 2' is SETUP"))));
}

TEST_F(ReadPlan, reads_jaws_without_leaves_as_one_leaf_pair) {
  plan_.beams.resize(1);
  plan_.beams[0].jaws = JawOpening{-10, 20, -15, 25};
  write();
  DicomEdit edit(file_);
  const DicomEdit::Way beam{{tag::beams, 0}};
  edit.set({beam[0], {tag::limiting_devices, 2}}, tag::limiting_device_type, "OTHER");
  for (int i = 0; i < 2; ++i) {
    edit.set({beam[0], {tag::control_points, i}, {tag::device_positions, i == 0 ? 2 : 0}}, tag::limiting_device_type,
             "OTHER");
  }
  edit.save();
  const PlannedBeam read = read_rtplan(file_).plan.beams.at(0);
  EXPECT_EQ(read.leaf_boundaries_mm, (std::vector<double>{-15, 25}));
  ASSERT_EQ(read.segments.size(), 1U);
  EXPECT_EQ(read.segments[0].left_mm, std::vector<double>{-10});
  EXPECT_EQ(read.segments[0].right_mm, std::vector<double>{20});
  EXPECT_NEAR(read.mu(), plan_.beams[0].mu(), 1e-9);
}

TEST_F(ReadPlan, names_beam_and_tag_of_what_it_refuses) {
  using Way = DicomEdit::Way;
  const Way beam{{tag::beams, 2}};
  const Way point{{tag::beams, 2}, {tag::control_points, 3}};
  const std::vector<std::tuple<Way, Tag, std::string, std::string>> cases{
      {beam, tag::radiation_type, "ELECTRON", "only photon beams"},
      {beam, tag::number_of_wedges, "1", "wedges are not modelled"},
      {beam, tag::number_of_blocks, "2", "blocks are not modelled"},
      {beam, tag::primary_dosimeter_unit, "MINUTE", "only monitor units"},
      {beam, tag::source_axis_distance, "5", "100 to 5000 mm"},
      {{{tag::beams, 2}, {tag::limiting_devices, 2}},
       tag::limiting_device_type,
       "MLCY",
       "only leaves that travel along X"},
      {{{tag::beams, 2}, {tag::limiting_devices, 2}}, tag::leaf_boundaries, "1\\0\\2", "do not ascend"},
      {point, tag::gantry_angle, "12", "arcs are not read"},
      {point, tag::couch_angle, "12", "moving couches"},
      {point, tag::collimator_angle, "12", "turning collimators"},
      {point, tag::isocentre, "1\\2\\3", "moving isocentres"},
      {point, tag::table_pitch, "1.5", "tilted"},
      {point, tag::cumulative_meterset_weight, "0.01", "it must ascend"},
      {point, tag::cumulative_meterset_weight, "1e9", "it must ascend"},
      {{{tag::beams, 2}, {tag::control_points, 3}, {tag::device_positions, 0}},
       tag::leaf_positions,
       "1\\2\\3",
       "has 3 values for 6 leaf pairs"},
      {{{tag::beams, 2}, {tag::control_points, 3}, {tag::device_positions, 0}},
       tag::leaf_positions,
       "9\\9\\9\\9\\9\\9\\0\\0\\0\\0\\0\\0",
       "overlap"},
      {{{tag::fraction_groups, 0}}, tag::number_of_fractions, "0", "1 to 1000"},
      {{{tag::fraction_groups, 0}, {tag::referenced_beams, 0}}, tag::beam_meterset, "-3", "MU"},
      {{{tag::patient_setups, 0}}, tag::patient_position, "HFDR", "only HFS"},
  };
  for (const auto& [way, tag, value, complaint] : cases) {
    write();
    DicomEdit(file_).set(way, tag, value).save();
    EXPECT_THAT(refusal(), AllOf(HasSubstr(complaint), HasSubstr(to_string(tag)), HasSubstr(file_.string())))
        << tag.keyword;
  }
}

TEST_F(ReadPlan, refuses_leaves_that_cross_in_one_control_point_of_a_moving_field) {
  DicomEdit(file_)
      .set({{tag::beams, 2}, {tag::control_points, 3}, {tag::device_positions, 0}}, tag::leaf_positions,
           "9\\9\\9\\9\\9\\9\\8\\8\\8\\8\\8\\8")
      .save();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("overlap by 1.00 mm"), HasSubstr("'beam 3'")));
}

TEST_F(ReadPlan, tells_of_boli_and_of_fractions_that_are_not_stated) {
  DicomEdit(file_)
      .set({{tag::beams, 1}}, tag::number_of_boli, "1")
      .set({{tag::fraction_groups, 0}}, tag::number_of_fractions, "")
      .save();
  const RtPlan read = read_rtplan(file_);
  EXPECT_EQ(read.plan.num_fractions, 1);
  EXPECT_THAT(read.warnings, Contains(AllOf(HasSubstr("NumberOfBoli"), HasSubstr("'beam 2'"))));
  EXPECT_THAT(read.warnings, Contains(HasSubstr("NumberOfFractionsPlanned")));
}

TEST_F(ReadPlan, refuses_a_plan_that_treats_with_no_beam) {
  DicomEdit edit(file_);
  for (int beam = 0; beam < 3; ++beam) {
    edit.set({{tag::beams, beam}}, tag::treatment_delivery_type, "SETUP");
  }
  edit.save();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("none of them treats"), HasSubstr(to_string(tag::beams))));
}

TEST_F(ReadPlan, takes_the_position_of_the_setup_that_beams_refer_to) {
  DicomEdit(file_)
      .repeat_item({}, tag::patient_setups, 0)
      .set({{tag::patient_setups, 1}}, tag::patient_setup_number, "2")
      .set({{tag::patient_setups, 1}}, tag::patient_position, "FFS")
      .set({{tag::beams, 0}}, tag::referenced_patient_setup, "2")
      .set({{tag::beams, 1}}, tag::referenced_patient_setup, "2")
      .set({{tag::beams, 2}}, tag::referenced_patient_setup, "2")
      .save();
  EXPECT_EQ(read_rtplan(file_).plan.position, PatientPosition::ffs);
  DicomEdit(file_).set({{tag::beams, 1}}, tag::referenced_patient_setup, "1").save();
  EXPECT_THAT(refusal(), AllOf(HasSubstr("'beam 2' has the patient in HFS, beams before it in FFS"),
                               HasSubstr(to_string(tag::referenced_patient_setup))));
}

TEST_F(ReadPlan, goes_on_without_what_exporters_omit) {
  DicomEdit edit(file_);
  edit.remove(tag::plan_date)
      .remove(tag::dose_references)
      .remove(tag::patient_setups)
      .remove({{tag::beams, 0}}, tag::treatment_delivery_type);
  edit.remove({{tag::fraction_groups, 0}, {tag::referenced_beams, 1}}, tag::beam_meterset).save();
  const RtPlan read = read_rtplan(file_);
  EXPECT_EQ(read.plan.beams.size(), 3U);
  EXPECT_EQ(read.plan.beams[1].mu(), 0.0);
  EXPECT_THAT(read.warnings, Contains(HasSubstr("RTPlanDate is missing")));
  EXPECT_THAT(read.warnings, Contains(HasSubstr("no prescription")));
  EXPECT_THAT(read.warnings, Contains(HasSubstr("HFS is assumed")));
  EXPECT_THAT(read.warnings, Contains(HasSubstr("BeamMeterset of beam 'beam 2' is missing")));
}

TEST_F(ReadPlan, has_a_uid_that_follows_from_its_content) {
  const std::string first = uid_;
  write();
  EXPECT_EQ(uid_, first);
  plan_.beams[0].segments[0].mu += 1e-9;
  write();
  EXPECT_NE(uid_, first);
  EXPECT_NE(write_rtplan(test::small_plan(), patient_, file_, {.seed = "again", .date = "", .time = ""}), first);
}

TEST(WritePlan, refuses_beams_that_give_nothing) {
  const test::TemporaryFolder root;
  TreatmentPlan plan = test::small_plan();
  plan.beams[1].segments.clear();
  EXPECT_THROW(static_cast<void>(write_rtplan(plan, test::small_patient(), root.path() / "a")), InputError);
  plan.beams.clear();
  EXPECT_THROW(static_cast<void>(write_rtplan(plan, test::small_patient(), root.path() / "a")), InputError);
  EXPECT_FALSE(fs::exists(root.path() / "a"));
}

}  // namespace
}  // namespace xingu
