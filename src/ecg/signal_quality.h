// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"

namespace xingu::ecg {

/// What can be wrong with a second of a lead; several at once.
enum class Fault : std::uint8_t {
  missing,       ///< not measured: lead off, samples lost
  flat,          ///< less than 10 µV from top to bottom: an electrode without contact
  saturated,     ///< a tenth of it rests at the recording's own extreme
  baseline,      ///< wanders by more than 1 mV
  muscle,        ///< above 35 Hz: more than 50 µV rms over its quieter half
  mains,         ///< 50 or 60 Hz: more than 50 µV amplitude
  inconsistent,  ///< I + III differs from II by more than 0.2 mV rms
};
inline constexpr std::size_t num_faults = 7;
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
};

/// Signal quality by lead and second. The last second counts if half of it is there.
struct SignalQuality {
  std::vector<std::vector<LeadSecond>> leads;  ///< [lead][second]

  [[nodiscard]] std::size_t num_seconds() const { return leads.empty() ? 0 : leads.front().size(); }
  /// Leads that carry a signal in this second.
  [[nodiscard]] std::size_t leads_with_signal(std::size_t second) const;
  /// Part of the seconds in which a lead is good, 0 … 1.
  [[nodiscard]] double good_part(std::size_t lead) const;
};

/// Cost O(leads · samples).
[[nodiscard]] SignalQuality assess_quality(const LeadSignals& signals);

}  // namespace xingu::ecg
