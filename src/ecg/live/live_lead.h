// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "ecg/filters.h"
#include "ecg/live/live_contact_step.h"
#include "ecg/live/sample_ring.h"
#include "ecg/record.h"
#include "ecg/signal_quality.h"

namespace xingu::ecg {

/// One lead as it arrives, sample by sample: contact, the trace for the eye, the energy of the QRS band beside what is
/// typical of the lead, and the quality of each second. Causal counterpart of compute_qrs_feature() and
/// assess_quality(), with the same band, levels and faults. From 400 samples a second on no pulse of up to 4 ms reaches
/// the band: a pacemaker's stimulus is no complex. All memory is taken by the constructor; take() neither
/// allocates nor throws. Cost O(1) a sample on average, some hundred ns.
class LiveLead {
 public:
  /// @param rate_hz  of the samples, 100 to 8000
  LiveLead(Channel channel, double rate_hz);

  /// The next sample. @return whether it completed a sample of the QRS band, so that band() and energy() are new.
  bool take(std::int32_t sample) noexcept;

  /// The electrodes give a voltage: not so before the first valid sample and where none came for 0.1 s.
  [[nodiscard]] bool has_contact() const noexcept { return has_contact_; }
  /// mV with baseline (below 0.5 Hz) taken out, for drawing; NaN where nothing was measured.
  [[nodiscard]] float trace_mv() const noexcept { return trace_mv_; }
  /// mV, 5–22 Hz; of `age` band samples ago, below wave_samples().
  [[nodiscard]] float band_mv(std::size_t age = 0) const noexcept {
    return age < wave_.size() ? wave_.back(age) : 0.0F;
  }
  /// Band samples that are kept: those of a beat when it is known, 0.16 s.
  [[nodiscard]] std::size_t wave_samples() const noexcept { return wave_.capacity(); }
  /// rms of band over the last 80 ms in units of the lead's typical complex.
  [[nodiscard]] float relative_energy() const noexcept { return energy_ / typical_; }
  /// How much the lead counts: the square of its peak-to-background ratio; 0 where it has no signal.
  [[nodiscard]] float weight() const noexcept { return weight_; }
  /// What makes leads comparable in their waves: the root of weight() by the typical complex, 1/mV.
  [[nodiscard]] float relative_weight() const noexcept { return std::sqrt(weight_) / typical_; }
  /// relative_energy() of `age` band samples ago; 0 where it is not known.
  [[nodiscard]] float relative_energy(std::size_t age) const noexcept {
    return age < energies_.size() ? energies_.back(age) / typical_ : 0.0F;
  }
  /// What the band shows of the lead is, or may be, a contact that has changed.
  [[nodiscard]] bool has_contact_step() const noexcept { return contact_step_.is_recent(); }
  /// A whole second has been judged.
  [[nodiscard]] bool is_judged() const noexcept { return is_judged_; }
  /// What was wrong with the last whole second.
  [[nodiscard]] const LeadSecond& last_second() const noexcept { return last_second_; }

  /// Whole seconds in a row, up to the last one judged, in which nothing was wrong but mains, which copy_swing() has
  /// not.
  [[nodiscard]] std::size_t clear_seconds() const noexcept { return clear_seconds_; }
  /// Band samples in four seconds: what copy_swing() gives.
  [[nodiscard]] std::size_t swing_samples() const noexcept { return swing_.capacity(); }
  /// The last four seconds in 1–30 Hz, mV, oldest first. @param out  [swing_samples()] @return false and `out` as it
  /// was before so much has been measured
  [[nodiscard]] bool copy_swing(std::span<float> out) const noexcept;

  /// Samples per sample of the band, and what the band and its energy lag behind the signal, s.
  [[nodiscard]] std::size_t factor() const noexcept { return factor_; }
  [[nodiscard]] double band_delay_s() const noexcept { return band_delay_s_; }
  [[nodiscard]] double energy_delay_s() const noexcept;

 private:
  void connect(float mv) noexcept;
  /// The sample half a window ago, without a stimulus of a pacemaker: the window's median where it stands far off that.
  [[nodiscard]] float without_stimulus(float mv) noexcept;
  void take_band(float mv) noexcept;
  void update_levels() noexcept;
  void update_second(float mv) noexcept;

  Channel channel_;
  double rate_hz_;
  std::size_t factor_;
  double band_rate_hz_;
  double band_delay_s_ = 0.0;
  Biquad display_high_, band_high_, band_low_, swing_high_, swing_low_, swing_low_again_, slow_low_, fast_high_;
  bool has_fast_;

  bool has_contact_ = false;
  std::size_t gap_ = 0;  // samples without a value
  float last_mv_ = 0.0F;
  float trace_mv_;
  SampleRing newest_;  // 8 ms, or one sample where the rate shows no stimuli
  float decimated_ = 0.0F;
  std::size_t decimated_count_ = 0;

  LiveContactStep contact_step_;
  std::size_t energy_width_;
  SampleRing band_;         // 80 ms
  SampleRing wave_;         // 160 ms
  SampleRing swing_;        // 4 s
  SampleRing energies_;     // 1.5 s
  SampleRing block_peaks_;  // one per half second, 12 s
  std::vector<float> scratch_;
  float energy_ = 0.0F;
  float typical_ = 1.0F;
  float weight_ = 0.0F;
  std::size_t settling_ = 0;  // band samples until the step of a new contact has left the filters
  std::size_t since_levels_ = 0;
  std::size_t since_block_ = 0;

  std::vector<float> second_, slow_, fast_;  // of the running second
  std::size_t in_second_ = 0;
  Extremes extreme_;
  LeadSecond last_second_;
  bool is_judged_ = false;
  std::size_t clear_seconds_ = 0;
};

}  // namespace xingu::ecg
