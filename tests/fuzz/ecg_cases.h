// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/philox.h"
#include "ecg/lead_signals.h"
#include "ecg/record.h"

namespace xingu::test {

/// Random numbers of one case, one after the other.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t number) : philox_(seed, number) {}
  double uniform() { return philox_.uniform(next_++); }
  double between(double low, double high) { return low + (high - low) * uniform(); }
  std::size_t pick(std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(uniform() * static_cast<double>(n)));
  }
  bool chance(double p) { return uniform() < p; }

 private:
  Philox philox_;
  std::uint64_t next_ = 0;
};

/// Through what a case goes.
enum class CaseKind : std::uint8_t { analysis, report, long_recording, live };
inline constexpr std::size_t num_case_kinds = 4;

enum class Damage : std::uint8_t {
  none,
  electrodes_off,  ///< whole leads without a sample; those that are left are clean
  hostile
};

/// Waves of the heart of a clean dipole, ms.
struct TrueIntervals {
  double pr_ms = 0.0;
  double qrs_ms = 0.0;
  double qt_ms = 0.0;
};

/// A recording and what is true of it.
struct EcgCase {
  CaseKind kind = CaseKind::analysis;
  ecg::LeadSignals signals;
  ecg::PatientFacts patient;
  Damage damage = Damage::none;
  bool has_electrodes = false;  ///< whose potentials the leads are, so that they agree; else each is for itself
  double heart_rate_per_min = 0.0;
  std::vector<double> beats_s;             ///< middles of the complexes
  std::optional<TrueIntervals> intervals;  ///< of a heart whose waves have an exact beginning and end
};

/// The kind of a case, and its recording: of some rate, length, number of leads and heart rate (20 to 300 a minute, one
/// beat), half of them from the potentials of nine electrodes, so that the limb leads obey their laws and an electrode
/// without contact or full of noise is one in all leads that need it.
[[nodiscard]] EcgCase make_ecg_case(Dice& dice);

/// The recording as a file or a device gives it: whole numbers in steps of some size.
[[nodiscard]] ecg::EcgRecord digitised(const EcgCase& c, Dice& dice);

}  // namespace xingu::test
