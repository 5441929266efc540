// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ecg/delineation.h"
#include "ecg/lead_signals.h"
#include "ecg/limb_tremor.h"

namespace xingu::ecg {

/// Limits of the judgement; data/ecg/statements.toml, [flutter].
struct FlutterRule {
  double slowest_per_min = 0.0;  ///< waves of the atria
  double fastest_per_min = 0.0;
  double least_explained = 0.0;       ///< part of the energy outside complexes that is one wave train
  double smallest_wave_mv = 0.0;      ///< peak to peak, on the lead that shows it best
  double least_waves_per_beat = 0.0;  ///< below it waves and beats are one rhythm
  double least_waves_seen =
      0.0;  ///< per beat, outside complexes: from it on P and T of one rhythm cannot look the same
  double largest_rr_spread = 0.0;        ///< (longest − shortest)/mean of ventricles whose conduction is fixed
  double largest_electrode_share = 0.0;  ///< of the train's energy on all leads: from it on a limb's electrode makes it
};

/// The strongest periodic train of waves in a stretch of a recording.
struct WaveTrain {
  double begin_s = 0.0;
  double end_s = 0.0;
  double rate_per_min = 0.0;
  double explained = 0.0;           ///< part of the energy outside complexes, on the mix of leads that shows it best
  double waves_per_beat = 0.0;      ///< of the mean RR interval
  double waves_seen = 0.0;          ///< per beat, outside complexes
  double rr_spread = 0.0;           ///< (longest − shortest)/mean
  std::vector<double> height_mv{};  ///< [lead] peak to peak
  /// The limb's electrode that alone explains most of it; none where the leads cannot tell.
  std::optional<ElectrodeShare> electrode{};
};

/// Stretches of about ten seconds that hold four beats, one after the other.
///
/// Between 0.8 and 12 Hz a train is a fundamental and its second harmonic of one phase through the stretch. Leads and
/// trial trains go through the same removal of complexes (VentricularWindows), after which least squares give what it
/// would have given with the complexes among the unknowns (Frisch and Waugh, Econometrica 1 (1933) 387). T waves stay
/// in: where conduction is fixed they cannot be averaged out without the train. They point elsewhere than flutter
/// waves, so the part explained is that of the mix of leads on which it is largest (the first canonical correlation,
/// squared, of leads and train: Hotelling, Biometrika 28 (1936) 321). The rate is the one that explains most, sought in
/// quarters of the stretch's resolution and then finer.
/// @param delineation  of these signals
/// @return nothing for signals shorter than 4 s or sampled at less than 120 Hz. Cost some 0.4 ms per second of twelve
/// leads.
[[nodiscard]] std::vector<WaveTrain> find_wave_trains(const LeadSignals& signals, const Delineation& delineation,
                                                      const FlutterRule& rule);

/// How the ventricles answer flutter.
enum class FlutterConduction {
  absent,     ///< no flutter
  undecided,  ///< flutter with 2:1 or 3:1 conduction or one rhythm of P and T waves: both look the same
  fixed,      ///< each n-th wave is conducted
  variable    ///< the number of waves from beat to beat varies, or they stand in no relation
};

[[nodiscard]] FlutterConduction judge_train(const WaveTrain& train, const FlutterRule& rule);

/// What would be flutter if it were not a limb's electrode alone that makes it, as a steady tremor does, in more than
/// half of the stretches.
[[nodiscard]] std::optional<LimbTremor> tremor_like_flutter(std::span<const WaveTrain> trains, const FlutterRule& rule);

/// Atrial flutter of a recording: what more than half of its stretches say, or the rest of them.
struct AtrialFlutter {
  FlutterConduction conduction = FlutterConduction::absent;
  bool is_partial = false;           ///< in half of the recording or less
  double rate_per_min = 0.0;         ///< of the waves, median
  double waves_per_beat = 0.0;       ///< mean
  double explained = 0.0;            ///< mean
  std::vector<std::size_t> beats{};  ///< that it rests on
  std::vector<std::size_t> leads{};  ///< on which the waves are high enough

  [[nodiscard]] bool is_present() const {
    return conduction == FlutterConduction::fixed || conduction == FlutterConduction::variable;
  }
};

/// @param beats  samples at rate_hz, ascending
[[nodiscard]] AtrialFlutter judge_flutter(std::span<const WaveTrain> trains, std::span<const std::int64_t> beats,
                                          double rate_hz, const FlutterRule& rule);

}  // namespace xingu::ecg
