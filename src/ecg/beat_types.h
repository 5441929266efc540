// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/beat_features.h"

namespace xingu::ecg {

/// Classes of beats as EC57 counts them, and what has no class.
enum class BeatType : std::uint8_t { normal, supraventricular, ventricular, fusion, paced, unknown };
[[nodiscard]] std::string_view beat_type_name(BeatType type);
/// Begins in the ventricles, at least in part: says nothing of the atria.
[[nodiscard]] constexpr bool is_ventricular_in_part(BeatType type) {
  return type == BeatType::ventricular || type == BeatType::fusion;
}
/// Comes before its time or from another place than the rhythm.
[[nodiscard]] constexpr bool is_ectopic_beat(BeatType type) {
  return is_ventricular_in_part(type) || type == BeatType::supraventricular;
}

/// One term of a model: the product of features.
struct ModelTerm {
  std::vector<BeatFeature> factors;
  double weight = 0.0;

  [[nodiscard]] double value(const BeatFeatures& features) const;
};

/// Logistic regression: the log odds of a class are a constant and a weighted sum of terms.
struct LogisticModel {
  std::vector<ModelTerm> terms;
  double constant = 0.0;
  double odds_from = 0.0;  ///< log odds from which the class is given

  [[nodiscard]] double log_odds(const BeatFeatures& features) const;
};

/// First ventricular or not, then supraventricular or not; both are data (data/ecg/beat_types.toml) that say on which
/// records they were trained.
struct BeatTypeModel {
  LogisticModel ventricular;
  LogisticModel supraventricular;
  double supraventricular_rr_to = 0.0;  ///< ln of RR over the usual, of the neighbours or of many beats: early enough
  double fusion_likeness_from = 0.0;    ///< correlation with the usual beat: a fusion beat is between the two shapes
  double fusion_likeness_to = 0.0;
  double fusion_earliest = 0.0;      ///< ln of RR over the usual: a fusion beat comes when the usual one is due
  double interpolated_within = 0.0;  ///< ln of the interval across a beat over the usual: the rhythm goes on about it
};

/// @throws InputError for a missing or unknown key, or a term that names no feature.
[[nodiscard]] BeatTypeModel read_beat_type_model(const std::filesystem::path& path);

/// "early*likeness" → the two features. @throws InputError for a name that is none.
[[nodiscard]] std::vector<BeatFeature> parse_term(std::string_view text);

/// The class of each beat. A supraventricular beat comes before its time. A beat within 60 ms after a pacemaker's
/// stimulus is paced, whatever its shape. One that the model calls ventricular, that comes when a usual one is due and
/// stands between the two shapes, is a fusion beat if the recording has ventricular beats. Cost O(beats · terms).
/// @param beats   samples of the complexes
/// @param spikes  samples of pacing stimuli (find_pacing_spikes)
[[nodiscard]] std::vector<BeatType> classify_beats(std::span<const BeatFeatures> features,
                                                   std::span<const std::int64_t> beats,
                                                   std::span<const std::size_t> spikes, double rate_hz,
                                                   const BeatTypeModel& model);

/// What a beat is, and whether the rhythm goes on about it as if it were not there.
struct ClassifiedBeats {
  std::vector<BeatType> type;         ///< [beat]
  std::vector<bool> is_interpolated;  ///< [beat] ventricular, between two others whose distance is usual
};

/// The same of compared beats, told twice where ventricular ones are interpolated: what comes after one is not early,
/// since the usual beats keep their distance, and the second time intervals go from neighbour to neighbour across it:
/// what is supraventricular by the first and normal by the second is normal, and so is what follows one, looks usual
/// and is ventricular by the first.
[[nodiscard]] ClassifiedBeats classify_beats(ComparedBeats compared, std::span<const std::int64_t> beats,
                                             std::span<const std::size_t> spikes, double rate_hz,
                                             const BeatTypeModel& model);

/// Ectopic beats as a cardiologist counts them: single ones, couplets, runs of three and more; bigeminy and trigeminy
/// are three turns or more of one ectopic beat after one or two others. None of them goes on across a gap.
struct Ectopy {
  std::size_t beats = 0;
  std::size_t couplets = 0;
  std::size_t runs = 0;
  std::size_t longest_run = 0;         ///< beats
  std::size_t longest_run_begins = 0;  ///< index of its first beat
  bool has_bigeminy = false;
  bool has_trigeminy = false;
};
/// @param is_parted  [beat] that beats may be missing before it; empty: nowhere
[[nodiscard]] Ectopy count_ectopy(std::span<const BeatType> types, BeatType ectopic,
                                  const std::vector<bool>& is_parted = {});

/// Samples of the normal beats nearest to one that is none, the nearest first. Cost O(beats · log beats).
/// @param most  as many at most
[[nodiscard]] std::vector<std::int64_t> nearest_normal_beats(std::span<const std::int64_t> beats,
                                                             std::span<const BeatType> types, std::size_t beat,
                                                             std::size_t most);

}  // namespace xingu::ecg
