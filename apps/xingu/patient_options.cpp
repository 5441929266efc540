// SPDX-License-Identifier: Apache-2.0
#include "patient_options.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/error.h"
#include "ecg_phantom.h"

namespace xingu {

void add_patient_options(CLI::App& command, PatientOptions& options) {
  command.add_option("--motion", options.motion, "How the patient moves: a trace (.csv) or a model (.toml)");
  command.add_option("--mode", options.mode, "What is done about motion: ignore, gate or track")->capture_default_str();
  command.add_option("--predictor", options.predictor, "none, linear, ridge, kalman or best")->capture_default_str();
  command.add_option("--cardiac-gate", options.cardiac_gate, "Phases of the heart with beam, for example 0.5,0.9")
      ->delimiter(',');
  command.add_option(
      "--ecg-noise-mv", options.ecg_noise_mV,
      "Gate by the beats found in an ECG with so much bad contact, muscle and mains, not by every R peak");
  command.add_option("--electrode-off", options.electrode_off,
                     "With an ECG: ELECTRODE:FROM:UNTIL, no contact between two times in s, for example RA:60:70");
  command.add_option("--seed", options.seed, "Seed of everything random")->capture_default_str();
}

TrackingSettings tracking_of(const PatientOptions& options) {
  TrackingSettings tracking;
  tracking.mode = motion_mode_named(options.mode);
  tracking.predictor = predictor_named(options.predictor);
  if (!options.cardiac_gate.empty()) {
    const auto is_phase = [](double phase) { return phase >= 0 && phase <= 1; };
    XINGU_REQUIRE(options.cardiac_gate.size() == 2 && is_phase(options.cardiac_gate[0]) &&
                      is_phase(options.cardiac_gate[1]) && options.cardiac_gate[0] != options.cardiac_gate[1],
                  "--cardiac-gate is not two phases from 0 to 1; give for example 0.5,0.9");
    tracking.cardiac_gate = CardiacGate{options.cardiac_gate[0], options.cardiac_gate[1]};
  }
  return tracking;
}

std::optional<SessionEcg> ecg_of(const PatientOptions& options) {
  XINGU_REQUIRE(options.ecg_noise_mV || options.electrode_off.empty(),
                "--electrode-off belongs to an ECG (none is taken); give --ecg-noise-mv, 0 for a clean one");
  if (!options.ecg_noise_mV) {
    return std::nullopt;
  }
  XINGU_REQUIRE(!options.cardiac_gate.empty(),
                "--ecg-noise-mv takes an ECG for the gate (and there is none); give --cardiac-gate too");
  XINGU_REQUIRE(*options.ecg_noise_mV >= 0 && *options.ecg_noise_mV <= 5,
                "--ecg-noise-mv {} is outside 0 to 5 mV; give for example 0.1", *options.ecg_noise_mV);
  SessionEcg ecg{*options.ecg_noise_mV, *options.ecg_noise_mV, *options.ecg_noise_mV, 0.0, {}};
  for (const std::string& text : options.electrode_off) {
    ecg.off.push_back(electrode_off(text));
  }
  return ecg;
}

std::unique_ptr<PatientMotion> motion_of(const PatientOptions& options) {
  return options.motion.empty() ? make_still_motion() : load_motion(options.motion, options.seed);
}

}  // namespace xingu
