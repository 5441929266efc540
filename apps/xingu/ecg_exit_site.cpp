// SPDX-License-Identifier: Apache-2.0
// xingu ecg exit-site RECORD: the segment in which a ventricular beat seems to leave.
#include "ecg_exit_site.h"

#include <fmt/ranges.h>
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "ecg/exit_site.h"
#include "ecg_files.h"

namespace xingu {
namespace {

struct ExitSiteOptions {
  std::string record;
  bool is_json = false;
  bool are_all_beats = false;
};

constexpr const char* notice = "Research only: an estimate by rules, beside imaging and mapping, never in their place.";
constexpr const char* sources =
    "rules: Kuchar et al. 1989, Josephson & Callans 2005, Segal et al. 2007; outflow tracts: Betensky et al. 2011; 17 "
    "segments: Cerqueira et al. 2002; the shares' width is our own choice (docs/methods/ecg-exit-site.md)";
constexpr std::size_t num_shown = 4;

std::string transition_text(int transition) {
  return transition == 7 ? std::string("none up to V6") : fmt::format("V{}", transition);
}

void print_site(const ecg::VentricularComplex& complex, const ecg::ExitSite& site) {
  fmt::print("{}\n", notice);
  fmt::print("{} of one shape, QRS {:.0f} ms, {} bundle branch pattern, transition {}\n",
             complex.beats.size() == 1 ? std::string("single beat") : fmt::format("{} beats", complex.beats.size()),
             complex.qrs_ms, site.is_right_bundle_pattern ? "right" : "left", transition_text(site.transition));
  if (!site.outflow.empty()) {
    fmt::print("  left bundle pattern with inferior axis: {}\n", ecg::outflow_text(site));
  }
  for (std::size_t i = 0; i < num_shown && site.outflow.empty(); ++i) {
    const ecg::SegmentGuess& guess = site.segments[i];
    fmt::print("  segment {:>2} {:<20} {:>3.0f} %\n", guess.segment, ecg::segment_name(guess.segment),
               100 * guess.share);
  }
  fmt::print(
      "  net forces: towards II, III, aVF {:+.2f}; away from I, aVL and towards V1 {:+.2f}; towards V3 to V5 {:+.2f}\n",
      site.superior, site.lateral, site.basal);
  fmt::print("  {}\n", sources);
}

void print_json(const std::string& record, const ecg::VentricularComplex& complex, const ecg::ExitSite& site) {
  nlohmann::ordered_json json{
      {"record", record},
      {"notice", notice},
      {"sources", sources},
      {"beats", complex.beats},
      {"qrs_ms", complex.qrs_ms},
      {"pattern", site.is_right_bundle_pattern ? "right_bundle" : "left_bundle"},
      {"transition", transition_text(site.transition)},
      {"outflow_tract", site.outflow},
      {"right_outflow_share",
       site.outflow.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(site.right_outflow_share)},
      {"net", {{"superior", site.superior}, {"lateral", site.lateral}, {"basal", site.basal}}}};
  json["segments"] = nlohmann::ordered_json::array();
  for (const ecg::SegmentGuess& guess : site.outflow.empty() ? site.segments : std::vector<ecg::SegmentGuess>{}) {
    json["segments"].push_back(
        {{"segment", guess.segment}, {"name", ecg::segment_name(guess.segment)}, {"share", guess.share}});
  }
  fmt::print("{}\n", json.dump(2));
}

void run_exit_site(const ExitSiteOptions& options) {
  const ecg::EcgRecord record = read_ecg_record(options.record);
  const ecg::LeadSignals signals = ecg::with_limb_leads(ecg::lead_signals(record));
  const auto thresholds = ecg::read_statement_thresholds(find_shipped("data/ecg/statements.toml"));
  ecg::require_analysed_rate(signals.rate_hz, options.record);
  const ecg::Analysis analysis = ecg::analyse(signals, record.info.patient, thresholds);
  XINGU_REQUIRE(
      !options.are_all_beats || !ecg::come_from_above(analysis),
      "{}: --beats all takes beats that the atria lead (a P wave stands before most of {}, or the atria fibrillate or "
      "flutter: the rhythm comes from above the ventricles and has no exit in them); leave --beats out to take the "
      "ventricular beats only",
      options.record, analysis.sequence.size());
  const ecg::ExitBeats which = options.are_all_beats ? ecg::ExitBeats::all : ecg::ExitBeats::ventricular;
  const std::vector<std::string> silent = ecg::leads_without_exit(signals, analysis, which);
  XINGU_REQUIRE(
      silent.empty(),
      "{}: no signal in {} at the beats asked for (the exit site is told from twelve leads that all have one); "
      "give a recording whose electrodes were all in contact",
      options.record, fmt::join(silent, ", "));
  const auto complex = ecg::ventricular_complex(signals, analysis, which);
  XINGU_REQUIRE(complex,
                "{}: no {} of 100 ms or more on twelve leads, outside disturbed seconds, trembling limbs and possible "
                "fibrillation, was found "
                "(beats: {}, leads: {}; the exit site is told from those only); give a recording that has one{}",
                options.record, options.are_all_beats ? "beat" : "ventricular beat", analysis.beats.sample.size(),
                signals.num_leads(),
                options.are_all_beats ? "" : ", or --beats all where the whole recording is the tachycardia");
  const ecg::ExitSite site = ecg::estimate_exit_site(*complex);
  if (options.is_json) {
    print_json(options.record, *complex, site);
  } else {
    print_site(*complex, site);
  }
}

}  // namespace

void add_ecg_exit_site_command(CLI::App& ecg) {
  auto options = std::make_shared<ExitSiteOptions>();
  CLI::App* command =
      ecg.add_subcommand("exit-site", "Segment in which ventricular beats seem to leave, from 12 leads (research)");
  command->add_option("RECORD", options->record, "Recording of any format that inspect reads")->required();
  command
      ->add_option_function<std::string>(
          "--beats", [options](const std::string& which) { options->are_all_beats = which == "all"; },
          "Beats it is told from: those called ventricular, or all (a recording that is all tachycardia)")
      ->check(CLI::IsMember({"ventricular", "all"}))
      ->default_str("ventricular");
  command->add_flag("--json", options->is_json, "The same as JSON, with all segments");
  command->callback([options] { run_exit_site(*options); });
}

}  // namespace xingu
