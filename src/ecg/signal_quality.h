// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What can be wrong with a second of a lead; several at once.
enum class Fault : std::uint8_t {
  missing,       ///< not measured: lead off, samples lost
  flat,          ///< less than 10 µV from top to bottom: an electrode without contact
  saturated,     ///< a tenth of it rests at the recording's own extreme, or peaks about it are cut off there
  baseline,      ///< wanders by more than 1 mV
  muscle,        ///< above 35 Hz: more than 50 µV rms over its quieter half
  mains,         ///< 50 or 60 Hz: more than 50 µV amplitude
  inconsistent,  ///< a limb lead that the others contradict (limb_lead_laws.h)
  tremor,        ///< a limb lead out of which a limb's tremor was taken (limb_tremor.h)
};
inline constexpr std::size_t num_faults = 8;
[[nodiscard]] std::string fault_name(Fault fault);

/// One second of one lead.
struct LeadSecond {
  std::uint8_t faults = 0;  ///< bit per Fault
  float range_mv = 0.0F;
  float muscle_mv = 0.0F;
  float mains_mv = 0.0F;
  float baseline_mv = 0.0F;

  [[nodiscard]] bool has(Fault fault) const { return (faults >> static_cast<unsigned>(fault) & 1U) != 0; }
  /// There is a signal in which a beat could be seen.
  [[nodiscard]] bool has_signal() const { return !has(Fault::missing) && !has(Fault::flat) && !has(Fault::saturated); }
  /// Good enough to measure intervals and amplitudes in.
  [[nodiscard]] bool is_good() const { return faults == 0; }
  /// Good, or of a wrong gain or sign only, which hides no beat: noise obeys the laws of the limb leads.
  [[nodiscard]] bool is_undisturbed() const {
    return (faults & ~(1U << static_cast<unsigned>(Fault::inconsistent))) == 0;
  }
};

/// Signal quality by lead and second (seconds.h). The last second counts if half of it is there.
struct SignalQuality {
  std::vector<std::vector<LeadSecond>> leads;  ///< [lead][second]

  [[nodiscard]] std::size_t num_seconds() const { return leads.empty() ? 0 : leads.front().size(); }
  /// Leads that carry a signal in this second.
  [[nodiscard]] std::size_t leads_with_signal(std::size_t second) const;
  /// Part of the seconds in which a lead is good, 0 … 1.
  [[nodiscard]] double good_part(std::size_t lead) const;
};

/// [lead] whether a lead has a say in what most leads show: those with a signal in half of the seconds at least; of
/// these, if they are a third or more, only those that half of the time have no fault but mains and contradiction,
/// which hide no beat. All where none has a signal. An electrode that is off takes no vote from the others.
[[nodiscard]] std::vector<bool> leads_with_a_say(const SignalQuality& quality);

/// The lowest and the highest value of a lead since its start: where the converter may end.
struct Extremes {
  float low = 0.0F;
  float high = 0.0F;

  void include(float mv) noexcept {
    low = mv < low ? mv : low;
    high = mv > high ? mv : high;
  }
};

/// Edges of what counts as baseline and of what counts as muscle and mains.
inline constexpr double baseline_edge_hz = 1.0;
inline constexpr double muscle_edge_hz = 35.0;

/// A second of a lead and what assess_second() looks at in it; all of one length, mV.
struct SecondOfLead {
  std::span<const float> x;     ///< NaN where nothing was measured
  std::span<const float> slow;  ///< below baseline_edge_hz
  std::span<const float> fast;  ///< above muscle_edge_hz, zeros where the rate does not reach
  Extremes extreme;
  double rate_hz = 0.0;
};

/// The faults of a second but `inconsistent` and `tremor`, which need other leads. `scratch` holds at least as many
/// values as the second; nothing is allocated. Cost O(samples).
[[nodiscard]] LeadSecond assess_second(const SecondOfLead& second, std::span<float> scratch) noexcept;

/// Cost O(leads · samples). Tremor is none of its faults: it is known once beats are.
[[nodiscard]] SignalQuality assess_quality(const LeadSignals& signals);

/// Gives seconds of a lead one more fault.
void add_fault(Fault fault, const std::vector<bool>& seconds, std::vector<LeadSecond>& lead);

}  // namespace xingu::ecg
