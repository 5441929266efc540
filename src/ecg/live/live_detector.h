// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ecg/electrode_pops.h"
#include "ecg/electrodes.h"
#include "ecg/live/fibrillation_watch.h"
#include "ecg/live/live_lead.h"
#include "ecg/live/shape_memory.h"

namespace xingu::ecg {

/// A heart beat while the ECG is running.
struct LiveBeat {
  double time_s = 0.0;   ///< of the middle of the QRS complex's energy, from the first sample on
  double known_s = 0.0;  ///< when it was found: at most latency_s() later
  /// 0 … 1: 0.5 where complex and noise are as likely as each other. At most 0.5 while it is noisy, and 0.25 while the
  /// ventricles may fibrillate: their waves are no beats.
  float confidence = 0.0F;
};

/// What can be said of the heart at this moment.
enum class LiveState : std::uint8_t {
  learning,  ///< the first seconds of a signal: what a complex is like here is not known yet, or none came
  beating,
  no_beats,      ///< a clean signal without a complex for 3 s
  noisy,         ///< so much noise beside the complexes that beats may be missed or invented
  no_signal,     ///< no lead has contact, or all are flat or saturated
  fibrillating,  ///< possible ventricular fibrillation or flutter, for 10 s after it was last seen
};
[[nodiscard]] std::string_view to_string(LiveState state) noexcept;

/// What can be said of ventricular fibrillation at this moment.
enum class FibrillationSign : std::uint8_t {
  none,          ///< not seen
  not_excluded,  ///< too noisy to tell, though half of the leads or more have contact: what disturbs them may be it
  possible,      ///< the state is `fibrillating`: look at the patient first
};
/// "not excluded", "possible"; empty for none.
[[nodiscard]] std::string_view to_string(FibrillationSign sign) noexcept;

/// QRS complexes of an ECG as it is measured, on all leads together, each known at most latency_s() (below 0.15 s)
/// after its middle. The causal counterpart of detect_qrs(): the same feature from past samples only, and the same
/// evidence (height above the noise, interval, T wave), decided when the feature has fallen for 40 ms. Blocks of any
/// size give the same beats. The constructor takes all memory; step() neither allocates nor throws. Cost O(leads) a
/// frame, 1 to 2 µs for eight leads. docs/methods/ecg-live.md gives the rules and what they reach.
class LiveDetector {
 public:
  /// @throws InputError if no channel is a voltage or the rate is not 100 to 8000 Hz.
  explicit LiveDetector(const RecordInfo& info);

  /// Takes one sample of every channel; gives the beat that it made certain.
  [[nodiscard]] std::optional<LiveBeat> step(std::span<const std::int32_t> frame) noexcept;

  /// Takes whole frames, channel fastest, as SampleSource::read() gives them, and calls on_beat(LiveBeat) for each
  /// beat.
  template <class OnBeat>
  void take(std::span<const std::int32_t> frames, OnBeat&& on_beat) {
    for (std::size_t i = 0; i + num_channels_ <= frames.size(); i += num_channels_) {
      if (const auto beat = step(frames.subspan(i, num_channels_))) {
        on_beat(*beat);
      }
    }
  }

  /// Since the first sample, s.
  [[nodiscard]] double time_s() const noexcept { return static_cast<double>(num_frames_) / rate_hz_; }
  /// Longest time from the middle of a complex to its beat, s.
  [[nodiscard]] double latency_s() const noexcept { return latency_s_; }
  [[nodiscard]] LiveState state() const noexcept;
  [[nodiscard]] FibrillationSign fibrillation() const noexcept;
  /// From the median of the last eight intervals of the rhythm that runs; absent unless the state is `beating` and two
  /// are known. A rhythm begins anew after a pause (3 s, or 2.5 of those medians), and after any other state.
  [[nodiscard]] std::optional<double> rate_per_min() const noexcept;
  /// Middle of the last complex, s; absent before the first and after the signal was lost.
  [[nodiscard]] std::optional<double> last_beat_s() const noexcept;

  /// Leads in the order of the recording's channels that are voltages.
  [[nodiscard]] std::size_t num_leads() const noexcept { return leads_.size(); }
  [[nodiscard]] const std::string& lead_name(std::size_t lead) const noexcept { return names_[lead]; }
  /// Unknown until a whole second has been judged.
  [[nodiscard]] Contact lead_contact(std::size_t lead) const noexcept;
  /// What was wrong with the lead's last whole second.
  [[nodiscard]] const LeadSecond& last_second(std::size_t lead) const noexcept { return leads_[lead].last_second(); }
  /// mV of the newest sample with the baseline taken out, NaN where nothing was measured.
  [[nodiscard]] float trace_mv(std::size_t lead) const noexcept { return leads_[lead].trace_mv(); }
  /// By Electrode. All unknown where there is neither lead I nor II: a Holter's leads are not between these electrodes.
  [[nodiscard]] std::array<Contact, num_electrodes> electrodes() const noexcept;

 private:
  struct Candidate {
    std::uint64_t at = 0;  // sample of the feature
    float height = 0.0F;
  };

  [[nodiscard]] std::optional<LiveBeat> take_feature(float height) noexcept;
  [[nodiscard]] std::optional<LiveBeat> decide(Candidate candidate) noexcept;
  /// Whether it came too early to be a beat of its own: too soon after the last one, while it is learnt what a complex
  /// is like here, or as the end of one that came then.
  [[nodiscard]] bool is_too_early(const Candidate& candidate) noexcept;
  /// Median of the last intervals of the rhythm that runs, samples of the feature. @pre there are some
  [[nodiscard]] double usual_interval() const noexcept;
  /// Of the beat just found. @param interval  samples of the feature
  void take_interval(double interval) noexcept;
  [[nodiscard]] float interval_evidence(const Candidate& candidate) const noexcept;
  [[nodiscard]] float local_height() noexcept;
  /// Of what was just found, with what is known of its surroundings.
  [[nodiscard]] float confidence_of(float evidence) const noexcept;
  void update_noise() noexcept;
  [[nodiscard]] bool is_regular() const noexcept;
  /// Height of a candidate on the leads whose contact did not change beside it; 0 where it did on all.
  [[nodiscard]] float height_without_steps(const Candidate& candidate) const noexcept;
  /// Whether what was just found is no steeper than a P wave, and far less steep than the known beats: ventricles that
  /// stand still under a sinus node that goes on.
  [[nodiscard]] bool is_lone_p_wave() noexcept;
  /// Whether one limb's electrode made what was just found (electrode_pops.h).
  [[nodiscard]] bool is_jolt() const noexcept;
  /// Puts the waves of what was just found where the next beat's belong.
  void write_shape() noexcept;
  void forget() noexcept;
  [[nodiscard]] bool has_lead() const noexcept;
  /// Middle of what stands at a sample of the feature, s.
  [[nodiscard]] double time_of(std::uint64_t feature) const noexcept;

  double rate_hz_;
  std::size_t num_channels_;
  std::vector<std::size_t> channels_;  // [lead]
  std::vector<std::string> names_;
  std::vector<std::uint32_t> electrode_bits_;
  std::vector<LiveLead> leads_;
  ElectrodePops pops_;
  std::size_t factor_;
  double feature_rate_hz_;
  double delay_s_;
  double latency_s_;
  std::uint64_t confirm_features_ = 1;
  std::uint64_t num_frames_ = 0;

  std::uint64_t num_features_ = 0;
  std::uint64_t first_feature_ = 0;  // of this stretch of signal
  bool has_signal_ = false;
  Candidate candidate_;
  bool has_candidate_ = false;
  SampleRing recent_;  // 4 s of the feature
  std::vector<float> scratch_;
  float even_height_;
  std::uint64_t next_noise_ = 0;
  SampleRing heights_;                    // of the last beats
  SampleRing intervals_;                  // samples of the feature
  std::size_t num_of_rhythm_ = 0;         // the newest of them that rate_per_min() rests on
  ShapeMemory shapes_;                    // of the last beats
  std::vector<float> slopes_;             // [lead] of the candidate: largest change over 20 ms in the band, mV
  std::vector<SampleRing> usual_slopes_;  // [lead] of the last beats
  FibrillationWatch fibrillation_watch_;
  Candidate unheard_;  // the largest of what came last in the learning time
  Candidate last_beat_;
  bool has_beat_ = false;
};

}  // namespace xingu::ecg
