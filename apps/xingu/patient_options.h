// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/session.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// How a session's patient moves and what is done about it, as `deliver` and `console` take it.
struct PatientOptions {
  std::string motion;
  std::string mode = "ignore";
  std::string predictor = "best";
  std::vector<double> cardiac_gate;
  std::optional<double> ecg_noise_mV;
  std::vector<std::string> electrode_off;
  std::uint64_t seed = 1;
};

/// The options of the command line, with the seed.
void add_patient_options(CLI::App& command, PatientOptions& options);

/// @throws InputError for a mode, predictor or gate that there is not
[[nodiscard]] TrackingSettings tracking_of(const PatientOptions& options);
/// The ECG that the gate follows, if one was asked for. @throws InputError where there is no gate, or an option has no
/// sense
[[nodiscard]] std::optional<SessionEcg> ecg_of(const PatientOptions& options);
/// @throws InputError as load_motion
[[nodiscard]] std::unique_ptr<PatientMotion> motion_of(const PatientOptions& options);

}  // namespace xingu
