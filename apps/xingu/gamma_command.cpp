// SPDX-License-Identifier: Apache-2.0
// xingu gamma REFERENCE EVALUATED: how far two doses agree.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "commands.h"
#include "dose_file.h"
#include "geometry/mha.h"
#include "output_place.h"
#include "patient/gamma.h"

namespace xingu {
namespace {

/// Rounded down, so that 100 means every point.
std::string pass_words(double percent) { return fmt::format("{:.2f}", std::floor(percent * 100.0) / 100.0); }

struct GammaCommandOptions {
  std::string reference;
  std::string evaluated;
  std::string out;
  GammaOptions gamma;
  bool is_local = false;
  bool is_global = false;
  bool is_json = false;
};

/// Below this part of the reference's points a pass rate says nothing of the doses as a whole.
constexpr double least_compared_percent = 10.0;

/// The reference's points above the threshold that could be compared, %.
double compared_percent(const GammaResult& result) {
  return 100.0 * static_cast<double>(result.num_evaluated) /
         static_cast<double>(result.num_evaluated + result.num_outside);
}

/// Doses that lie beside each other have a pass rate, but not one that says anything of their agreement.
void check_overlap(const GammaResult& result, const GammaCommandOptions& options) {
  XINGU_REQUIRE(result.num_both_above > 0,
                "{}: is below the threshold at every one of the {} points where {} is above it (they do not overlap, "
                "so a pass rate would mean nothing); check that both are of one patient, one frame of reference and as "
                "many fractions",
                options.evaluated, result.num_evaluated, options.reference);
  if (compared_percent(result) < least_compared_percent) {
    log_warning(
        "{}: ONLY {:.2g} % OF THE POINTS WERE COMPARED ({} of the {} of {} that lie above the threshold); the pass "
        "rate "
        "says nothing of the rest: check that both are of one patient and one frame of reference",
        options.evaluated, compared_percent(result), result.num_evaluated, result.num_outside + result.num_evaluated,
        options.reference);
  } else if (result.num_outside > 0) {
    log_warning("{}: does not reach {} of the {} points of {} that lie above the threshold; they are not compared",
                options.evaluated, result.num_outside, result.num_outside + result.num_evaluated, options.reference);
  }
  if (2 * result.num_both_above < result.num_evaluated) {
    log_warning(
        "{}: is above the threshold at only {} of the {} points where {} is; if that surprises, check that both are of "
        "one patient and one frame of reference",
        options.evaluated, result.num_both_above, result.num_evaluated, options.reference);
  }
}

void run_gamma(GammaCommandOptions options, const CLI::App& command) {
  XINGU_REQUIRE(!(options.is_local && options.is_global), "--local and --global exclude each other; give one");
  if (command.count("--out") > 0) {
    require_file_place(options.out);
    XINGU_REQUIRE(
        to_lower(std::filesystem::path(options.out).extension().string()) == ".mha",
        "--out {}: the gamma map is written as .mha (other programs go by the name); give a name that ends in .mha",
        options.out);
  }
  options.gamma.normalisation = options.is_local ? GammaNormalisation::local : GammaNormalisation::global;
  const LoadedDose reference = load_dose(options.reference);
  const LoadedDose evaluated = load_dose(options.evaluated);
  require_one_frame(reference.frame, evaluated.frame);
  XINGU_REQUIRE(reference.kind.is_relative() == evaluated.kind.is_relative(),
                "{}: is in {} and {} in {} (their numbers cannot be compared); give two doses of one unit",
                options.reference, reference.kind.units, options.evaluated, evaluated.kind.units);
  const char* const unit = reference.kind.is_relative() ? "(relative)" : "Gy";
  const GammaResult result = compute_gamma(reference.dose_Gy, evaluated.dose_Gy, options.gamma);
  XINGU_REQUIRE(
      result.num_evaluated > 0,
      "no point of {} lies above the threshold and within {} (nothing was compared); check that both are of one "
      "frame of reference",
      options.reference, options.evaluated);
  check_overlap(result, options);
  if (!options.out.empty()) {
    write_mha(options.out, result.map);
  }
  const GammaOptions& g = options.gamma;
  const char* const mode = options.is_local ? "local" : "global";
  if (options.is_json) {
    const nlohmann::ordered_json json{{"reference", options.reference},
                                      {"evaluated", options.evaluated},
                                      {"dose_percent", g.dose_percent},
                                      {"distance_mm", g.distance_mm},
                                      {"threshold_percent", g.threshold_percent},
                                      {"normalisation", mode},
                                      {"units", reference.kind.units},
                                      {"normalisation_Gy", result.normalisation_gy},
                                      {"largest_searched", g.largest},
                                      {"num_points", result.num_evaluated},
                                      {"num_points_outside", result.num_outside},
                                      {"compared_percent", compared_percent(result)},
                                      {"is_overlap_sufficient", compared_percent(result) >= least_compared_percent},
                                      {"num_points_both_above", result.num_both_above},
                                      {"pass_percent", result.pass_percent},
                                      {"mean", result.mean},
                                      {"max", result.max}};
    fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  fmt::print("gamma {:g} % / {:g} mm, {}, of {:.3f} {}, above {:g} %\n", g.dose_percent, g.distance_mm, mode,
             result.normalisation_gy, unit, g.threshold_percent);
  fmt::print("  points   {}, {:.3g} % of the reference's\n  passed   {} %\n  mean     {:.3f}\n  largest  {:.3f}{}\n",
             result.num_evaluated, compared_percent(result), pass_words(result.pass_percent), result.mean, result.max,
             result.max >= g.largest ? " (the search ends there)" : "");
  if (!options.out.empty()) {
    fmt::print("  map      {}\n", options.out);
  }
}

}  // namespace

void add_gamma_command(CLI::App& app) {
  auto options = std::make_shared<GammaCommandOptions>();
  CLI::App* command = app.add_subcommand("gamma", "Compare two doses by the gamma index, 3D and interpolated");
  command->add_option("REFERENCE", options->reference, "RTDOSE, a folder with one, or .mha")->required();
  command->add_option("EVALUATED", options->evaluated, "The dose that is judged, on any grid")->required();
  command->add_option("--dose-percent", options->gamma.dose_percent, "Dose criterion, %")->capture_default_str();
  command->add_option("--distance-mm", options->gamma.distance_mm, "Distance criterion, mm")->capture_default_str();
  command
      ->add_option("--threshold-percent", options->gamma.threshold_percent,
                   "Leave out points below this part of the normalisation dose, %")
      ->capture_default_str();
  command->add_option("--reference-gy", options->gamma.reference_gy,
                      "Normalisation dose; without it the largest reference dose");
  command->add_option("--max-gamma", options->gamma.largest, "Search up to this value")->capture_default_str();
  command->add_flag("--global", options->is_global, "Dose criterion relative to the normalisation dose (default)");
  command->add_flag("--local", options->is_local, "Dose criterion relative to the dose at each point");
  command->add_option("--out", options->out, "Write the gamma map as .mha (-1 where not evaluated)");
  command->add_flag("--json", options->is_json, "The same as JSON");
  command->callback([options, command] { run_gamma(*options, *command); });
}

}  // namespace xingu
