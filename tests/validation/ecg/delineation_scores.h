// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::test {

/// The points of a beat that experts marked.
enum class FiducialPoint { p_onset, p_peak, p_offset, qrs_onset, qrs_peak, qrs_offset, t_peak, t_offset };
inline constexpr std::size_t num_fiducial_points = 8;
inline constexpr std::array<std::string_view, num_fiducial_points> fiducial_names{
    "P on", "P peak", "P off", "QRS on", "QRS peak", "QRS off", "T peak", "T off"};

/// Errors of one point, ours minus expert's, ms.
class PointErrors {
 public:
  void add(double error_ms);
  void add_missed() { ++missed_; }
  void add_invented(std::int64_t count) { invented_ += count; }
  void add(const PointErrors& other);

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] double mean_ms() const;
  [[nodiscard]] double sd_ms() const;
  [[nodiscard]] double rms_ms() const;
  [[nodiscard]] double sensitivity() const;            ///< percent
  [[nodiscard]] double positive_predictivity() const;  ///< percent

 private:
  std::int64_t count_ = 0, missed_ = 0, invented_ = 0;
  double sum_ = 0.0, squares_ = 0.0;
};
using ErrorTable = std::array<PointErrors, num_fiducial_points>;

/// Expert 1 of the QT Database: the nearest of our points within 148 ms, on the better lead of each record and point.
struct QtdbScore {
  std::array<double, num_fiducial_points> mean_of_means_ms{};
  std::array<double, num_fiducial_points> mean_of_sds_ms{};
  ErrorTable pooled;
};
/// @param half  0 or 1: every other record in alphabetical order; −1: all
[[nodiscard]] QtdbScore qtdb_score(const std::filesystem::path& folder, int half);

/// P waves found on leads of recordings whose atria make none.
struct InventedP {
  std::int64_t invented_p = 0;
  std::int64_t beats = 0;  ///< times leads
};
/// LUDB, lead by lead against the lead's own annotation, 150 ms, between the first and the last annotation.
///
/// `global` compares the bounds on all leads together with the experts' leads taken together in the same way: beat by
/// beat, the first quartile of the leads' onsets, the third of their offsets, the median of their peaks.
struct LudbScore {
  ErrorTable by_lead;
  ErrorTable global;
  InventedP fibrillation;
  InventedP flutter;
};
/// @param half  1: odd record numbers; 0: even; −1: all
[[nodiscard]] LudbScore ludb_score(const std::filesystem::path& folder, int half);

/// How far the experts' own marks scatter from beat to beat, ms: what a delineator that knew the mean place of every
/// mark would still differ from them by.
///
/// LUDB: the standard deviation of each mark's distance from its beat (the median of the leads' QRS onsets), about its
/// own mean on that lead of that record, all pooled.
[[nodiscard]] std::array<double, num_fiducial_points> ludb_expert_scatter_ms(const std::filesystem::path& folder);
/// QTDB: the standard deviation of the change of a mark's distance from its beat (as aligned by delineate()) to the
/// next beat of the same shape, over √2, by record; the mean of the records. Slow changes drop out of it.
[[nodiscard]] std::array<double, num_fiducial_points> qtdb_expert_scatter_ms(const std::filesystem::path& folder);

/// Errors of the measurements on the representative beat, ours minus the experts', one a record, ms. The experts'
/// interval is the median over the beats of their leads taken together as for LudbScore::global.
struct IntervalErrors {
  PointErrors p, pr, qrs, qt;
};
/// The experts' QRS duration of a LUDB record, ms, taken as for IntervalErrors; none where they mark no complex.
[[nodiscard]] std::optional<double> ludb_expert_qrs_ms(const std::filesystem::path& folder, int id, double rate_hz);

[[nodiscard]] IntervalErrors ludb_interval_errors(const std::filesystem::path& folder);

}  // namespace xingu::test
