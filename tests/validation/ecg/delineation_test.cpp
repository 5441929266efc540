// SPDX-License-Identifier: Apache-2.0
// Delineation against experts: QT Database (expert 1) and LUDB. The limits hold what is reached; the goal, where it is
// stricter, stands beside. IEC 60601-2-25:2011, 201.12.1.101.3: intervals.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/test_paths.h"
#include "validation/ecg/delineation_scores.h"

namespace xingu {
namespace {

using test::FiducialPoint;
using test::PointErrors;

class DelineationReference : public testing::Test {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    data_ = test::shared_dir() / "data" / "ecg";
  }
  std::filesystem::path data_;
};

TEST_F(DelineationReference, agrees_with_expert_1_of_qtdb) {
  const test::QtdbScore score = test::qtdb_score(data_ / "qtdb", -1);
  const auto check = [&](FiducialPoint point, double mean_ms, double sd_ms, double sensitivity) {
    const auto i = static_cast<std::size_t>(point);
    EXPECT_LE(std::abs(score.mean_of_means_ms[i]), mean_ms) << test::fiducial_names[i];
    EXPECT_LE(score.mean_of_sds_ms[i], sd_ms) << test::fiducial_names[i];
    EXPECT_GE(score.pooled[i].sensitivity(), sensitivity) << test::fiducial_names[i];
  };
  check(FiducialPoint::p_onset, 3.0, 11.7, 96.0);   // goal 10.2 ms, less than the expert's own scatter
  check(FiducialPoint::qrs_onset, 3.0, 7.3, 99.9);  // goal 6.5 ms, the same
  check(FiducialPoint::qrs_offset, 3.0, 8.5, 99.9);
  check(FiducialPoint::t_offset, 3.0, 16.3, 98.0);  // goal 17 ms
}

TEST_F(DelineationReference, agrees_with_ludb_by_lead) {
  const test::LudbScore score = test::ludb_score(data_ / "ludb", -1);
  const auto check = [&](FiducialPoint point, double sd_ms, double sensitivity, double predictivity) {
    const auto i = static_cast<std::size_t>(point);
    EXPECT_LE(score.by_lead[i].sd_ms(), sd_ms) << test::fiducial_names[i];
    EXPECT_GE(score.by_lead[i].sensitivity(), sensitivity) << test::fiducial_names[i];
    EXPECT_GE(score.by_lead[i].positive_predictivity(), predictivity) << test::fiducial_names[i];
  };
  check(FiducialPoint::p_onset, 16.8, 98.7, 98.8);   // goal 12 ms, 99 %, 99 %
  check(FiducialPoint::qrs_onset, 9.2, 99.9, 99.3);  // goal 8 ms, 99.9 %, 99.9 %
  check(FiducialPoint::t_offset, 23.5, 99.7, 99.3);  // goal 16 ms, 99.5 %, 99.5 %
  // 69 complexes have no mark of their onset; whether a complex is there says the mark of its peak.
  const PointErrors& complexes = score.by_lead[static_cast<std::size_t>(FiducialPoint::qrs_peak)];
  EXPECT_GE(complexes.sensitivity(), 99.9);
  EXPECT_GE(complexes.positive_predictivity(), 99.9);
}

/// Why some goals are out of reach: the experts themselves mark one and the same lead's wave by more than the goal
/// here and there, from beat to beat.
TEST_F(DelineationReference, experts_scatter_by_more_than_some_goals) {
  const auto ludb = test::ludb_expert_scatter_ms(data_ / "ludb");
  const auto qtdb = test::qtdb_expert_scatter_ms(data_ / "qtdb");
  for (std::size_t point = 0; point < test::num_fiducial_points; ++point) {
    fmt::print("{:8} scatter of the experts: LUDB {:.1f} ms, QTDB {:.1f} ms\n", test::fiducial_names[point],
               ludb[point], qtdb[point]);
  }
  const auto at = [](const auto& scatter, FiducialPoint point) { return scatter[static_cast<std::size_t>(point)]; };
  EXPECT_GT(at(ludb, FiducialPoint::p_onset), 12.0);
  EXPECT_GT(at(ludb, FiducialPoint::t_offset), 16.0);
  EXPECT_LT(at(ludb, FiducialPoint::qrs_onset), 8.0);  // this goal is not
  EXPECT_GT(at(qtdb, FiducialPoint::p_onset), 10.2);
  EXPECT_GT(at(qtdb, FiducialPoint::qrs_onset), 6.5);
  EXPECT_LT(at(qtdb, FiducialPoint::t_offset), 17.0);  // nor this
}

TEST_F(DelineationReference, agrees_with_ludb_on_all_leads_together) {
  const test::LudbScore score = test::ludb_score(data_ / "ludb", -1);
  const auto check = [&](FiducialPoint point, double sd_ms, double sensitivity) {
    const auto i = static_cast<std::size_t>(point);
    EXPECT_LE(score.global[i].sd_ms(), sd_ms) << test::fiducial_names[i];
    EXPECT_GE(score.global[i].sensitivity(), sensitivity) << test::fiducial_names[i];
  };
  EXPECT_LE(std::abs(score.global[static_cast<std::size_t>(FiducialPoint::qrs_onset)].mean_ms()), 4.0);
  check(FiducialPoint::p_onset, 8.0, 98.7);    // goal 12 ms, 99 %
  check(FiducialPoint::qrs_onset, 7.0, 99.9);  // goal 8 ms
  check(FiducialPoint::qrs_offset, 7.0, 99.9);
  check(FiducialPoint::t_offset, 13.2, 99.8);  // goal 16 ms, 99.5 %
}

/// Limits: IEC 60601-2-25:2011, 201.12.1.101.3, for the CSE records, of which the standard leaves out the four worst.
TEST_F(DelineationReference, measures_intervals_as_the_experts_of_ludb) {
  const test::IntervalErrors errors = test::ludb_interval_errors(data_ / "ludb");
  const auto check = [](const char* name, const test::PointErrors& e, double mean_ms, double sd_ms) {
    ASSERT_GT(e.count(), 80) << name;
    EXPECT_LE(std::abs(e.mean_ms()), mean_ms) << name;
    EXPECT_LE(e.sd_ms(), sd_ms) << name;
  };
  check("P", errors.p, 10.0, 15.0);
  check("PR", errors.pr, 10.0, 10.0);
  check("QRS", errors.qrs, 10.0, 11.3);  // the standard asks for 10 ms
  check("QT", errors.qt, 25.0, 30.0);
}

TEST_F(DelineationReference, invents_no_p_wave_in_atrial_fibrillation) {
  const test::LudbScore score = test::ludb_score(data_ / "ludb", -1);
  ASSERT_GT(score.fibrillation.beats, 500);
  EXPECT_LE(score.fibrillation.invented_p, 0.05 * static_cast<double>(score.fibrillation.beats));
  ASSERT_GT(score.flutter.beats, 300);  // two records
  EXPECT_LE(score.flutter.invented_p, 0.05 * static_cast<double>(score.flutter.beats));
}

}  // namespace
}  // namespace xingu
