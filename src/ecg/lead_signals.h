// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/record.h"

namespace xingu::ecg {

/// A stretch of signal as the analysis sees it: leads at one rate, in mV, NaN where nothing was measured.
struct LeadSignals {
  double rate_hz = 0.0;
  std::vector<std::string> names;      ///< canonical: I II III aVR aVL aVF V1 … V6, others as the file gives them
  std::vector<std::vector<float>> mv;  ///< [lead][sample], all of one length
  RecordedFilters filters{};           ///< the narrowest that a lead is said to have gone through
  GainDoubt gain_doubt = GainDoubt::none;

  [[nodiscard]] bool has_doubtful_gains() const { return gain_doubt != GainDoubt::none; }
  [[nodiscard]] std::size_t num_leads() const { return mv.size(); }
  [[nodiscard]] std::size_t num_samples() const { return mv.empty() ? 0 : mv.front().size(); }
  [[nodiscard]] double duration_s() const { return static_cast<double>(num_samples()) / rate_hz; }
};

/// Where a lead stands among the signals, by its canonical name.
[[nodiscard]] std::optional<std::size_t> lead_number(const LeadSignals& signals, std::string_view name);

/// The leads of a record, those of ecg_channels(). @throws InputError if there is none, or for fewer than 50 samples a
/// second.
[[nodiscard]] LeadSignals lead_signals(const EcgRecord& record);

/// Says of a record without a lead why it has none. @throws InputError always
[[noreturn]] void refuse_without_ecg(const RecordInfo& info);

/// Adds those of I, II, III, aVR, aVL and aVF that are not there, where two of I, II and III are: II = I + III,
/// aVR = −(I + II)/2, aVL = I − II/2, aVF = II − I/2 (Einthoven, Goldberger). They stand behind the others, NaN where
/// one of the two is. A recording of eight measured leads then says what the same of twelve says.
[[nodiscard]] LeadSignals with_limb_leads(LeadSignals signals);

/// "avf" → "aVF", "ECG v1" → "V1", "mlii" → "MLII"; a name that is no lead's stays.
[[nodiscard]] std::string canonical_lead(const std::string& name);

}  // namespace xingu::ecg
