// SPDX-License-Identifier: Apache-2.0
// xingu ecg phantom OUT: twelve leads of a heart whose waves are known, clean or as a front end sees them.
#include "ecg_phantom.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <memory>

#include "base/error.h"
#include "base/log.h"
#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"
#include "ecg_files.h"

namespace xingu {
namespace {

struct EcgPhantomOptions {
  ecg::PhantomSettings heart;
  ecg::FrontEndSettings front_end;
  std::string rhythm = "sinus";
  std::string out;
  bool has_front_end = false;
};

/// The clean phantom's eight measured channels through the simulated front end; marks stay.
ecg::Recording through_front_end(const EcgPhantomOptions& options, ecg::Recording clean) {
  std::vector<ecg::RecordingMark> marks = std::move(clean.marks);
  ecg::SimulatedFrontEnd front_end(std::make_unique<ecg::RecordSource>(ecg::to_ecg_record(std::move(clean))),
                                   options.front_end);
  ecg::Recording recording = ecg::to_recording(ecg::read_all(front_end));
  recording.marks = std::move(marks);
  return recording;
}

void run_phantom(EcgPhantomOptions options) {
  XINGU_REQUIRE(options.rhythm == "sinus" || options.rhythm == "af",
                "--rhythm '{}' is not made (there are 'sinus' and 'af'); choose one", options.rhythm);
  options.heart.rhythm = options.rhythm == "af" ? ecg::PhantomRhythm::atrial_fibrillation : ecg::PhantomRhythm::sinus;
  options.front_end.seed = options.heart.seed;
  ecg::Phantom phantom = ecg::make_phantom(options.heart);
  const std::size_t num_beats = phantom.beats.size();
  ecg::Recording recording =
      options.has_front_end ? through_front_end(options, std::move(phantom.recording)) : std::move(phantom.recording);
  write_ecg_file(recording, options.out);
  log_info("{} beats in {:g} s written to {}", num_beats, options.heart.duration_s, options.out);
}

}  // namespace

void add_ecg_phantom_command(CLI::App& ecg) {
  auto options = std::make_shared<EcgPhantomOptions>();
  CLI::App* command = ecg.add_subcommand("phantom", "A synthetic recording whose beats and waves are known");
  command->add_option("OUT", options->out, "Where to write; the suffix says how, truth goes into the annotations")
      ->required();
  ecg::PhantomSettings& heart = options->heart;
  command->add_option("--rate-hz", heart.rate_Hz, "Samples a second")->capture_default_str();
  command->add_option("--duration-s", heart.duration_s, "Length")->capture_default_str();
  command->add_option("--heart-rate", heart.heart_rate_per_min, "Beats a minute")->capture_default_str();
  command->add_option("--rhythm", options->rhythm, "sinus or af")->capture_default_str();
  command->add_option("--pvc-share", heart.pvc_share, "Share of premature ventricular beats, 0 to 0.5")
      ->capture_default_str();
  command->add_option("--rr-variation", heart.rr_variation, "Standard deviation of RR over its mean")
      ->capture_default_str();
  command->add_option("--pr-ms", heart.pr_ms, "PR interval")->capture_default_str();
  command->add_option("--qrs-ms", heart.qrs_ms, "QRS duration")->capture_default_str();
  command->add_option("--qt-ms", heart.qt_ms, "QT interval at 60 beats a minute")->capture_default_str();
  command->add_option("--seed", heart.seed, "Seed of everything random")->capture_default_str();
  ecg::FrontEndSettings& front_end = options->front_end;
  command->add_flag("--front-end", options->has_front_end,
                    "As an eight-channel front end measures it: I, II, V1 to V6");
  command->add_option("--mains-mv", front_end.mains_mV, "Front end: mains at 50 Hz")->capture_default_str();
  command->add_option("--muscle-mv", front_end.muscle_mV, "Front end: muscle, rms")->capture_default_str();
  command->add_option("--contact-mv", front_end.contact_mV, "Front end: bad contact, rms")->capture_default_str();
  command->add_option("--wander-mv", front_end.wander_mV, "Front end: baseline with breathing")->capture_default_str();
  command->add_option("--pacer-mv", front_end.pacer_mV, "Front end: pacemaker spikes")->capture_default_str();
  command->add_option("--lost-share", front_end.lost_share, "Front end: share of samples lost")->capture_default_str();
  command->callback([options] { run_phantom(*options); });
}

}  // namespace xingu
