// SPDX-License-Identifier: Apache-2.0
// xingu ecg phantom OUT: twelve leads of a heart whose waves are known, clean or as a front end sees them.
#include "ecg_phantom.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <string_view>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "ecg_files.h"

namespace xingu {
namespace {

struct WriteOptions {
  EcgPhantomOptions phantom;
  std::string out;
  bool has_front_end = false;
};

struct NamedRhythm {
  std::string_view name;
  ecg::PhantomRhythm rhythm;
};
constexpr std::array<NamedRhythm, 7> rhythms{{{"sinus", ecg::PhantomRhythm::sinus},
                                              {"af", ecg::PhantomRhythm::atrial_fibrillation},
                                              {"flutter", ecg::PhantomRhythm::atrial_flutter},
                                              {"mobitz-1", ecg::PhantomRhythm::av_block_2_type_1},
                                              {"mobitz-2", ecg::PhantomRhythm::av_block_2_type_2},
                                              {"block-2-to-1", ecg::PhantomRhythm::av_block_2_to_1},
                                              {"block-3", ecg::PhantomRhythm::av_block_3}}};

/// The clean phantom's eight measured channels through the simulated front end; marks stay.
ecg::Recording through_front_end(const ecg::FrontEndSettings& settings, ecg::Recording clean) {
  std::vector<ecg::RecordingMark> marks = std::move(clean.marks);
  ecg::SimulatedFrontEnd front_end(std::make_unique<ecg::RecordSource>(ecg::to_ecg_record(std::move(clean))), settings);
  ecg::Recording recording = ecg::to_recording(ecg::read_all(front_end));
  recording.marks = std::move(marks);
  return recording;
}

void run_phantom(WriteOptions options) {
  if (!options.has_front_end) {
    refuse_if_given(options.phantom.of_front_end,
                    "means nothing without a front end (it would be ignored); leave it out or give --front-end");
  }
  ecg::Phantom phantom = make_phantom(options.phantom);
  const std::size_t num_beats = phantom.beats.size();
  ecg::Recording recording = options.has_front_end
                                 ? through_front_end(front_end_of(options.phantom), std::move(phantom.recording))
                                 : std::move(phantom.recording);
  write_ecg_file(recording, options.out);
  log_info("{} beats in {:g} s written to {}", num_beats, options.phantom.heart.duration_s, options.out);
}

}  // namespace

ecg::ElectrodeOff electrode_off(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = to_lower(text.substr(0, colon));
  for (std::size_t e = 0; e < ecg::num_electrodes && colon != std::string::npos; ++e) {
    ecg::ElectrodeOff off{static_cast<ecg::Electrode>(e), 0.0, 0.0};
    std::istringstream times(text.substr(colon + 1));
    char between = '\0';
    if (name == to_lower(to_string(off.electrode)) && times >> off.from_s >> between >> off.until_s && between == ':' &&
        times.peek() == std::istringstream::traits_type::eof() && off.from_s >= 0 && off.until_s > off.from_s) {
      return off;
    }
  }
  fail_input(
      "--electrode-off '{}' is no electrode with two times (RA, LA, LL, V1 to V6; the second later); give for example "
      "V3:5:10",
      printable(text, 30));
}

ecg::Phantom make_phantom(EcgPhantomOptions& options) {
  const auto* const found = std::ranges::find(rhythms, options.rhythm, &NamedRhythm::name);
  XINGU_REQUIRE(
      found != rhythms.end(),
      "--rhythm '{}' is not made (there are sinus, af, flutter, mobitz-1, mobitz-2, block-2-to-1 and block-3); "
      "choose one",
      printable(options.rhythm, 30));
  options.heart.rhythm = found->rhythm;
  return ecg::make_phantom(options.heart);
}

void refuse_if_given(const std::vector<const CLI::Option*>& options, const char* why_and_hint) {
  for (const CLI::Option* option : options) {
    XINGU_REQUIRE(option->count() == 0, "{} {}", option->get_name(), why_and_hint);
  }
}

ecg::FrontEndSettings front_end_of(const EcgPhantomOptions& options) {
  ecg::FrontEndSettings settings = options.front_end;
  for (const double mv :
       {settings.mains_mV, settings.muscle_mV, settings.contact_mV, settings.wander_mV, settings.pacer_mV}) {
    XINGU_REQUIRE(mv >= 0 && mv <= settings.range_mV,
                  "a disturbance of {} mV (0 to {} mV are simulated, the converter's range); choose another", mv,
                  settings.range_mV);
  }
  XINGU_REQUIRE(settings.lost_share >= 0 && settings.lost_share <= 1,
                "--lost-share {} (a share lies from 0 to 1); choose another", settings.lost_share);
  settings.seed = options.heart.seed;
  for (const std::string& text : options.off) {
    settings.off.push_back(electrode_off(text));
  }
  return settings;
}

void add_heart_options(CLI::App& command, EcgPhantomOptions& options) {
  ecg::PhantomSettings& heart = options.heart;
  const std::size_t before = command.get_options().size();
  command.add_option("--rate-hz", heart.rate_Hz, "Samples a second")->capture_default_str();
  command.add_option("--duration-s", heart.duration_s, "Length")->capture_default_str();
  command
      .add_option("--heart-rate", heart.heart_rate_per_min, "Beats a minute; of the atria where a block is asked for")
      ->capture_default_str();
  command.add_option("--rhythm", options.rhythm, "sinus, af, flutter, mobitz-1, mobitz-2, block-2-to-1 or block-3")
      ->capture_default_str();
  command.add_option("--pvc-share", heart.pvc_share, "Share of premature ventricular beats, 0 to 0.5")
      ->capture_default_str();
  command.add_option("--rr-variation", heart.rr_variation, "Standard deviation of RR over its mean")
      ->capture_default_str();
  command.add_option("--pr-ms", heart.pr_ms, "PR interval")->capture_default_str();
  command.add_option("--qrs-ms", heart.qrs_ms, "QRS duration")->capture_default_str();
  command.add_option("--qt-ms", heart.qt_ms, "QT interval at 60 beats a minute")->capture_default_str();
  command.add_option("--seed", heart.seed, "Seed of everything random")->capture_default_str();
  const std::vector<CLI::Option*> all = command.get_options();
  options.of_heart.assign(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
}

void add_front_end_options(CLI::App& command, EcgPhantomOptions& options) {
  ecg::FrontEndSettings& front_end = options.front_end;
  const std::size_t before = command.get_options().size();
  command.add_option("--mains-mv", front_end.mains_mV, "Front end: mains at 50 Hz")->capture_default_str();
  command.add_option("--muscle-mv", front_end.muscle_mV, "Front end: muscle, rms")->capture_default_str();
  command.add_option("--contact-mv", front_end.contact_mV, "Front end: bad contact, rms")->capture_default_str();
  command.add_option("--wander-mv", front_end.wander_mV, "Front end: baseline with breathing")->capture_default_str();
  command.add_option("--pacer-mv", front_end.pacer_mV, "Front end: pacemaker spikes")->capture_default_str();
  command.add_option("--lost-share", front_end.lost_share, "Front end: share of samples lost")->capture_default_str();
  command.add_option("--electrode-off", options.off,
                     "Front end: ELECTRODE:FROM:UNTIL, no contact between two times in s, for example V3:5:10");
  const std::vector<CLI::Option*> all = command.get_options();
  options.of_front_end.assign(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
}

void add_ecg_phantom_command(CLI::App& ecg) {
  auto options = std::make_shared<WriteOptions>();
  CLI::App* command = ecg.add_subcommand("phantom", "A synthetic recording whose beats and waves are known");
  command->add_option("OUT", options->out, "Where to write; the suffix says how, truth goes into the annotations")
      ->required();
  add_heart_options(*command, options->phantom);
  command->add_flag("--front-end", options->has_front_end,
                    "As an eight-channel front end measures it: I, II, V1 to V6");
  add_front_end_options(*command, options->phantom);
  command->callback([options] { run_phantom(*options); });
}

}  // namespace xingu
