// SPDX-License-Identifier: Apache-2.0
// xingu ecg live FILE|--phantom: beats, state and electrodes as they come.
#include "ecg_live.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/progress.h"
#include "ecg/live/live_detector.h"
#include "ecg_files.h"
#include "ecg_phantom.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

struct EcgLiveOptions {
  EcgPhantomOptions phantom;
  std::string file;
  double speed = 1.0;
  bool is_phantom = false;
  bool is_json = false;
};

constexpr double block_s = 0.02;

std::unique_ptr<ecg::SampleSource> source_of(EcgLiveOptions& options) {
  XINGU_REQUIRE(options.is_phantom == options.file.empty(),
                "a live ECG comes from a recording or from --phantom (one of the two); give FILE or --phantom");
  if (!options.is_phantom) {
    constexpr const char* ignored =
        "means nothing to a recording that is replayed (it would be ignored); leave it out or give --phantom";
    refuse_if_given(options.phantom.of_heart, ignored);
    refuse_if_given(options.phantom.of_front_end, ignored);
  }
  std::unique_ptr<ecg::SampleSource> source;
  if (options.is_phantom) {
    auto heart = std::make_unique<ecg::RecordSource>(ecg::to_ecg_record(make_phantom(options.phantom).recording));
    source = std::make_unique<ecg::SimulatedFrontEnd>(std::move(heart), front_end_of(options.phantom));
  } else {
    source = std::make_unique<ecg::RecordSource>(read_ecg_record(options.file));
  }
  XINGU_REQUIRE(std::isfinite(options.speed) && options.speed >= 0,
                "--speed {} (time would not pass); give 1 for real time, 0 for as fast as possible", options.speed);
  return options.speed > 0 ? std::make_unique<ecg::PacedSource>(std::move(source), options.speed) : std::move(source);
}

/// Prints what is new: each beat, and state and contacts when they change.
class Reporter {
 public:
  Reporter(std::string record, const ecg::LiveDetector& detector, bool is_json)
      : record_(std::move(record)), detector_(detector), is_json_(is_json) {}

  void beat(const ecg::LiveBeat& beat) const {
    const auto rate = detector_.rate_per_min();
    if (is_json_) {
      print({{"beat_s", beat.time_s},
             {"known_s", beat.known_s},
             {"confidence", beat.confidence},
             {"rate_per_min", rate ? Json(*rate) : Json(nullptr)}});
    } else {
      fmt::print("{:10.3f} s  beat  {:>3} /min  known after {:3.0f} ms  confidence {:.2f}\n", beat.time_s,
                 rate ? fmt::format("{:.0f}", *rate) : "–", 1000 * (beat.known_s - beat.time_s), beat.confidence);
      std::fflush(stdout);
    }
  }

  void look() {
    const ecg::LiveState state = detector_.state();
    const std::vector<ecg::Contact> contacts = all_contacts();
    if (state == state_ && contacts == contacts_) {
      return;
    }
    state_ = state;
    contacts_ = contacts;
    if (is_json_) {
      print(status_json());
    } else {
      print_status();
    }
  }

 private:
  /// Electrodes, then leads.
  [[nodiscard]] std::vector<ecg::Contact> all_contacts() const {
    const auto electrodes = detector_.electrodes();
    std::vector<ecg::Contact> contacts(electrodes.begin(), electrodes.end());
    for (std::size_t lead = 0; lead < detector_.num_leads(); ++lead) {
      contacts.push_back(detector_.lead_contact(lead));
    }
    return contacts;
  }

  [[nodiscard]] static std::string name_of(std::size_t electrode) {
    return std::string(to_string(static_cast<ecg::Electrode>(electrode)));
  }

  [[nodiscard]] Json status_json() const {
    Json json{{"record", record_}, {"time_s", detector_.time_s()}, {"state", to_string(state_)}};
    const ecg::FibrillationSign sign = detector_.fibrillation();
    json["fibrillation"] = sign == ecg::FibrillationSign::none ? Json(nullptr) : Json(to_string(sign));
    for (std::size_t e = 0; e < ecg::num_electrodes; ++e) {
      json["electrodes"][name_of(e)] = to_string(contacts_[e]);
    }
    for (std::size_t lead = 0; lead < detector_.num_leads(); ++lead) {
      Json faults = Json::array();
      for (std::size_t f = 0; f < ecg::num_faults; ++f) {
        if (detector_.last_second(lead).has(static_cast<ecg::Fault>(f))) {
          faults.push_back(ecg::fault_name(static_cast<ecg::Fault>(f)));
        }
      }
      json["leads"][detector_.lead_name(lead)] = {{"contact", to_string(contacts_[ecg::num_electrodes + lead])},
                                                  {"faults", std::move(faults)}};
    }
    return json;
  }

  [[nodiscard]] static const char* advice(ecg::FibrillationSign sign) {
    switch (sign) {
      case ecg::FibrillationSign::possible:
        return ": LOOK AT THE PATIENT FIRST, then at the electrodes";
      case ecg::FibrillationSign::not_excluded:
        return ": beats may be missed or invented, and ventricular fibrillation cannot be excluded";
      case ecg::FibrillationSign::none:
        break;
    }
    return "";
  }

  void print_status() const {
    fmt::print("{:10.3f} s  {}{}", detector_.time_s(), to_string(state_), advice(detector_.fibrillation()));
    const auto electrodes = std::span(contacts_).first(ecg::num_electrodes);
    const bool knows_electrodes =
        std::ranges::any_of(electrodes, [](ecg::Contact contact) { return contact != ecg::Contact::unknown; });
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
      const bool is_lead = i >= ecg::num_electrodes;
      const bool is_told_by_electrode = is_lead && knows_electrodes;
      if (!is_told_by_electrode && (contacts_[i] == ecg::Contact::poor || contacts_[i] == ecg::Contact::off)) {
        fmt::print(", {} {} {}", is_lead ? "lead" : "electrode",
                   is_lead ? detector_.lead_name(i - ecg::num_electrodes) : name_of(i), to_string(contacts_[i]));
      }
    }
    fmt::print("\n");
    std::fflush(stdout);
  }

  static void print(const Json& json) {
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
    std::fflush(stdout);
  }

  std::string record_;
  const ecg::LiveDetector& detector_;
  bool is_json_;
  ecg::LiveState state_ = ecg::LiveState::no_signal;
  std::vector<ecg::Contact> contacts_;
};

void run_live(EcgLiveOptions options) {
  const std::unique_ptr<ecg::SampleSource> source = source_of(options);
  ecg::LiveDetector detector(source->info());
  Reporter reporter(source->info().name, detector, options.is_json);
  const auto frames = static_cast<std::size_t>(std::lround(std::max(1.0, block_s * source->info().rate_hz)));
  std::vector<std::int32_t> block(frames * source->info().channels.size());
  while (const std::size_t count = source->read(block)) {
    detector.take(std::span(block).first(count * source->info().channels.size()),
                  [&](const ecg::LiveBeat& beat) { reporter.beat(beat); });
    reporter.look();
    throw_if_cancelled();
  }
}

}  // namespace

void add_ecg_live_command(CLI::App& ecg) {
  auto options = std::make_shared<EcgLiveOptions>();
  CLI::App* command = ecg.add_subcommand("live", "Beats, state and electrodes of a running ECG as they come");
  command->add_option("FILE", options->file, "Recording of any format that inspect reads, to be replayed");
  command->add_flag("--phantom", options->is_phantom, "A simulated patient before an eight-channel front end instead");
  command->add_option("--speed", options->speed, "Times real time; 0: as fast as possible")->capture_default_str();
  command->add_flag("--json", options->is_json, "One JSON object a line");
  add_heart_options(*command, options->phantom);
  add_front_end_options(*command, options->phantom);
  command->callback([options] { run_live(*options); });
}

}  // namespace xingu
