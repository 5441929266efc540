// SPDX-License-Identifier: Apache-2.0
// xingu evaluate DOSE STRUCTURES: dose-volume figures of any dose on any structures.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"
#include "commands.h"
#include "dicom/dicom_folder.h"
#include "dicom/read_patient.h"
#include "dicom/read_structures.h"
#include "dose_file.h"
#include "goal_table.h"
#include "output_place.h"
#include "patient/body_outline.h"
#include "patient/dvh.h"
#include "patient/plan_metrics.h"
#include "patient/tg263.h"
#include "plan/cut_structures.h"
#include "plan/goals.h"
#include "plan/protocol.h"
#include "plan/sampling.h"
#include "report/fill_report.h"
#include "report/goals_json.h"
#include "text_table.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

struct EvaluateOptions {
  std::string dose;
  std::string structures;
  std::vector<std::string> names;
  std::vector<double> volume_at_gy;
  double prescription_gy = 0.0;
  std::string target;
  std::string csv;
  double scale = 1.0;
  std::string protocol;
  std::string series_uid;
  bool is_json = false;
};

struct Row {
  const Structure* structure;
  Dvh dvh;
};

std::string outside_words(const Dvh& dvh) {
  if (dvh.is_empty()) {
    return {};
  }
  if (!dvh.has_dose()) {
    return "beyond the dose grid";
  }
  const bool is_told = !outside_dose_words("", dvh.outside_cc(), dvh.volume_cc()).empty();
  return is_told
             ? fmt::format("of {:.1f} %: the rest lies beyond the dose grid", 100.0 * dvh.dosed_cc() / dvh.volume_cc())
             : std::string();
}

constexpr double least_dose_gy = 1e-3;  // what lies below is no dose of a treatment

/// Refuses to judge doses by totals in Gy that are not such, unless --scale says what makes them so; and tells of a
/// dose so small that it is likely one per fluence.
void require_comparable(const LoadedDose& loaded, const EvaluateOptions& options, bool has_scale) {
  const DoseKind& kind = loaded.kind;
  const bool has_doses = !options.protocol.empty() || options.prescription_gy > 0 || !options.volume_at_gy.empty();
  XINGU_REQUIRE(!kind.is_relative() || !has_doses || has_scale,
                "{}: is a relative dose (DoseUnits {}), which prescriptions, limits and levels in Gy mean nothing to; "
                "give --scale with the Gy of 1, or leave --protocol, --prescription-gy and --volume-at-gy out",
                options.dose, printable(kind.units, 16));
  XINGU_REQUIRE(kind.is_total() || options.protocol.empty() || has_scale,
                "{}: is the sum over a {} (DoseSummationType), and the goals of a protocol are totals of the course; "
                "give --scale with the factor that makes it such (1 where it is)",
                options.dose, printable(kind.summation, 32));
  const float largest = *std::ranges::max_element(loaded.dose_Gy.values());
  if (options.scale * static_cast<double>(largest) < least_dose_gy) {
    log_warning(
        "{}: its largest dose is {:.3g} Gy, which is no dose of a treatment (a tank's is per fluence); give "
        "--scale",
        options.dose, options.scale * static_cast<double>(largest));
  }
}

/// "sum over a FRACTION, EFFECTIVE, times 35"; empty for the physical dose of a plan as it is.
std::string kind_words(const DoseKind& kind, double scale) {
  std::vector<std::string> words;
  if (kind.is_relative()) {
    words.push_back(fmt::format("relative ({})", printable(kind.units, 16)));
  }
  if (kind.summation != "PLAN") {
    words.push_back(fmt::format("sum over a {}", printable(kind.summation, 32)));
  }
  if (kind.type != "PHYSICAL" && !kind.type.empty()) {
    words.push_back(printable(kind.type, 16));
  }
  if (scale != 1.0) {
    words.push_back(fmt::format("times {:g}", scale));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

/// Refuses a dose that lies beside every structure: zeros would look like a dose. The body's outline is so large that a
/// dose of another patient may lie in it: it counts only where nothing else was asked for.
void require_overlap(const std::vector<Row>& rows, const Structure* external, const Volume<float>& dose,
                     const EvaluateOptions& options) {
  XINGU_REQUIRE(std::ranges::any_of(rows, [](const Row& row) { return !row.dvh.is_empty(); }),
                "{}: none of the {} structures has contours (there is nothing to evaluate); name another RTSTRUCT",
                options.structures, rows.size());
  const auto is_within = [external](const Row& row) { return !row.dvh.is_empty() && row.structure != external; };
  const bool has_more_than_body = std::ranges::any_of(rows, is_within);
  const Vec3 low = dose.grid().lower();
  const Vec3 high = dose.grid().upper();
  XINGU_REQUIRE(
      std::ranges::any_of(
          rows, [&](const Row& row) { return row.dvh.has_dose() && (!has_more_than_body || is_within(row)); }),
      "{}: its grid (x {:.0f} to {:.0f}, y {:.0f} to {:.0f}, z {:.0f} to {:.0f} mm) holds none of the "
      "structures{} (no dose is known of them); check that dose and structures are of one patient and one frame "
      "of reference",
      options.dose, low.x(), high.x(), low.y(), high.y(), low.z(), high.z(),
      external != nullptr && has_more_than_body ? " but perhaps the body's outline" : "");
}

void warn_of_outside(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const std::string words = outside_dose_words(row.structure->name, row.dvh.outside_cc(), row.dvh.volume_cc());
    if (!words.empty()) {
      log_warning("{}", words);
    }
  }
}

/// @throws InputError where the structures are of another frame of reference than the dose
StructureSet load_structures(const std::filesystem::path& path, const FrameClaim& of_dose) {
  std::filesystem::path file = path;
  if (std::filesystem::is_directory(path)) {
    const DicomFolder folder = scan_dicom_folder(path);
    std::string list;
    for (const RtFile& one : folder.structure_sets) {
      list += (list.empty() ? ": " : ", ") + one.path.filename().string();
    }
    XINGU_REQUIRE(folder.structure_sets.size() == 1, "{}: holds {} RTSTRUCT files{} (one is needed); name the file",
                  path.string(), folder.structure_sets.size(), printable(list, 600));
    file = folder.structure_sets.front().path;
  }
  std::vector<std::string> warnings;
  StructureSet set = read_rtstruct(file, "", warnings);
  for (const std::string& warning : warnings) {
    log_warning("{}", warning);
  }
  require_one_frame({file, set.frame_of_reference_uid, {}, true}, of_dose);
  return set;
}

/// Structures of a name, letter case apart; an exact name wins over others that differ in case.
std::vector<const Structure*> structures_named(const StructureSet& set, const std::string& name) {
  std::vector<const Structure*> exact;
  std::vector<const Structure*> alike;
  std::vector<std::string> names;
  for (const Structure& structure : set.structures) {
    names.push_back(structure.name);
    if (structure.name == name) {
      exact.push_back(&structure);
    } else if (to_lower(structure.name) == to_lower(name)) {
      alike.push_back(&structure);
    }
  }
  if (exact.empty() && alike.empty()) {
    if (const Structure* numbered = structure_labelled(set, name); numbered != nullptr) {
      return {numbered};
    }
    std::string nearest = nearest_name(name, names);
    const auto begins_so = [&](const std::string& one) { return to_lower(one).starts_with(to_lower(name)); };
    if (nearest.empty() && name.size() >= 3 && std::ranges::count_if(names, begins_so) == 1) {
      nearest = *std::ranges::find_if(names, begins_so);
    }
    fail_input("no structure is called '{}'{}", printable(name),
               nearest.empty() ? std::string("; 'xingu inspect' lists the names")
                               : fmt::format("; did you mean '{}'?", printable(nearest)));
  }
  return exact.empty() ? alike : exact;
}

/// The names in a list that commas part; a structure may have a comma in its own name, which goes first.
std::vector<std::string> names_in(const StructureSet& set, const std::string& list) {
  const bool is_one_name = std::ranges::any_of(
      set.structures, [&](const Structure& structure) { return to_lower(structure.name) == to_lower(list); });
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = is_one_name ? list.size() : std::min(list.find(',', begin), list.size());
    names.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

std::vector<const Structure*> chosen_structures(const StructureSet& set, const std::vector<std::string>& lists) {
  std::vector<const Structure*> chosen;
  for (const std::string& list : lists) {
    for (const std::string& name : names_in(set, list)) {
      const std::vector<const Structure*> found = structures_named(set, name);
      chosen.insert(chosen.end(), found.begin(), found.end());
    }
  }
  if (lists.empty()) {
    for (const Structure& structure : set.structures) {
      chosen.push_back(&structure);
    }
  }
  return chosen;
}

constexpr std::string_view volume_key = "volume_cm3";

struct Figure {
  std::string key;      ///< in JSON and CSV
  std::string heading;  ///< on the terminal
  int decimals;
  double value;
};

/// What is told of each structure, in order. V columns are relative to the prescription where there is one.
std::vector<Figure> figures_of(const Dvh& dvh, const EvaluateOptions& options) {
  std::vector<Figure> figures{
      {std::string(volume_key), "volume/cm³", 2, dvh.volume_cc()},
      {"min_Gy", "min/Gy", 2, dvh.min_gy()},
      {"mean_Gy", "mean", 2, dvh.mean_gy()},
      {"max_Gy", "max", 2, dvh.max_gy()},
      {"D98_Gy", "D98%", 2, dvh.dose_at_percent(98)},
      {"D95_Gy", "D95%", 2, dvh.dose_at_percent(95)},
      {"D50_Gy", "D50%", 2, dvh.dose_at_percent(50)},
      {"D2_Gy", "D2%", 2, dvh.dose_at_percent(2)},
      {"D0.1cm3_Gy", "D0.1cc", 2, dvh.dose_at_cc(0.1)},
      {"D0.03cm3_Gy", "D0.03cc", 2, dvh.dose_at_cc(0.03)},
  };
  if (options.prescription_gy > 0) {
    for (const int percent : {95, 100}) {
      figures.push_back({fmt::format("V{}_percent", percent), fmt::format("V{}%/%", percent), 1,
                         dvh.percent_at_dose(options.prescription_gy * percent / 100)});
    }
  }
  for (const double gy : options.volume_at_gy) {
    figures.push_back({fmt::format("V{:g}Gy_percent", gy), fmt::format("V{:g}Gy/%", gy), 1, dvh.percent_at_dose(gy)});
    figures.push_back({fmt::format("V{:g}Gy_cm3", gy), fmt::format("V{:g}Gy/cm³", gy), 2, dvh.cc_at_dose(gy)});
  }
  return figures;
}

std::string number(double value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : std::string("-");
}

void print_table(const std::vector<Row>& rows, const EvaluateOptions& options) {
  std::vector<TextTable::Column> columns{{"structure", Align::left}};
  for (const Figure& figure : figures_of(Dvh({}), options)) {
    columns.push_back({figure.heading, Align::right});
  }
  columns.push_back({"", Align::left});
  TextTable table(columns);
  for (const Row& row : rows) {
    std::vector<std::string> cells{printable(row.structure->name, 40)};
    for (const Figure& figure : figures_of(row.dvh, options)) {
      const bool is_volume = figure.key == volume_key;
      cells.push_back(row.dvh.is_empty() ? (is_volume ? "empty" : "") : number(figure.value, figure.decimals));
    }
    cells.push_back(outside_words(row.dvh));
    table.add(std::move(cells));
  }
  table.print();
}

void print_metrics(const PlanMetrics& m, const EvaluateOptions& options) {
  fmt::print("\nPlan ({:g} Gy to {})\n", options.prescription_gy, printable(options.target, 40));
  TextTable table({{"index", Align::left}, {"value", Align::right}, {"definition", Align::left}});
  table.add({"coverage", number(m.coverage, 3),
             fmt::format("TV_PIV / TV = {:.2f} / {:.2f} cm³", m.covered_target_cc, m.target_cc)});
  table.add({"Paddick index", number(m.paddick_index, 3),
             fmt::format("TV_PIV² / (TV · PIV), PIV = {:.2f} cm³", m.prescription_isodose_cc)});
  table.add({"conformity ratio", number(m.conformity_ratio, 3), "PIV / TV"});
  table.add({"gradient index", number(m.gradient_index, 2),
             fmt::format("PIV50 / PIV, PIV50 = {:.2f} cm³", m.half_isodose_cc)});
  table.add({"R50", number(m.r50, 2), "PIV50 / TV"});
  table.add({"homogeneity index", number(m.homogeneity_index, 3), "(D2% - D98%) / D50%"});
  table.add({"D2cm", number(100 * m.d2cm_gy / options.prescription_gy, 1) + " %",
             fmt::format("largest dose 2 cm or more from the target, {} Gy", number(m.d2cm_gy, 2))});
  table.print();
}

/// A protocol's goals in a patient, and what its names mean there.
struct JudgedGoals {
  std::vector<GoalResult> results;
  std::vector<NamedRule> rules;
};

/// Measured as `xingu plan` measures those of its own dose.
JudgedGoals goals_of(const Volume<float>& dose, const EvaluateOptions& options) {
  const Protocol protocol = read_protocol(protocol_path(options.protocol));
  const std::filesystem::path given = options.structures;
  const bool is_folder = std::filesystem::is_directory(given);
  ReadOptions read;
  if (!options.series_uid.empty()) {
    read.series_uid = options.series_uid;
  }
  if (!is_folder) {
    read.structure_set = given.filename().string();
  }
  // goals look at the body, which needs the CT that lies beside the structures
  const Patient patient =
      read_patient(scan_dicom_folder(is_folder ? given : std::filesystem::absolute(given).parent_path()), read);
  for (const std::string& warning : cut_structure_warnings(protocol, patient.structure_set, patient.ct.hu.grid())) {
    log_warning("{}", warning);
  }
  return {evaluate_goals(protocol, dose_under_evaluation(patient, protocol, body_mask(patient), dose)),
          named_rules(protocol, patient.structure_set)};
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json to_json(const std::vector<Row>& rows, const std::optional<PlanMetrics>& metrics, const DoseKind& kind,
             const EvaluateOptions& options) {
  Json list = Json::array();
  for (const Row& row : rows) {
    const Tg263Match match = match_tg263(row.structure->name);
    Json one{{"name", row.structure->name}, {"type", row.structure->interpreted_type}, {"tg263", match.name}};
    for (const Figure& figure : figures_of(row.dvh, options)) {
      one[figure.key] = number_or_null(figure.value);
    }
    one["outside_dose_grid_cm3"] = row.dvh.outside_cc();
    list.push_back(std::move(one));
  }
  Json json{{"dose", options.dose},
            {"dose_units", printable(kind.units, 16)},
            {"dose_type", printable(kind.type, 16)},
            {"dose_summation", printable(kind.summation, 32)},
            {"scale", options.scale},
            {"structure_set", options.structures},
            {"structures", std::move(list)}};
  if (metrics) {
    json["plan"] = {{"prescription_Gy", options.prescription_gy},
                    {"target", options.target},
                    {"target_cm3", metrics->target_cc},
                    {"prescription_isodose_cm3", metrics->prescription_isodose_cc},
                    {"half_isodose_cm3", metrics->half_isodose_cc},
                    {"coverage_percent", number_or_null(100 * metrics->coverage)},
                    {"paddick_ci", number_or_null(metrics->paddick_index)},
                    {"conformity_ratio", number_or_null(metrics->conformity_ratio)},
                    {"gradient_index", number_or_null(metrics->gradient_index)},
                    {"R50", number_or_null(metrics->r50)},
                    {"homogeneity_index", number_or_null(metrics->homogeneity_index)},
                    {"D2cm_percent", number_or_null(100 * metrics->d2cm_gy / options.prescription_gy)}};
  }
  return json;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    result += c == '"' ? "\"\"" : std::string(1, c);
  }
  return result + "\"";
}

std::string to_csv(const std::vector<Row>& rows, const EvaluateOptions& options) {
  std::string text = "name";
  for (const Figure& figure : figures_of(Dvh({}), options)) {
    text += fmt::format(",{}", figure.key);
  }
  text += ",outside_dose_grid_cm3\n";
  for (const Row& row : rows) {
    text += quoted(printable(row.structure->name));
    for (const Figure& figure : figures_of(row.dvh, options)) {
      text += std::isfinite(figure.value) ? fmt::format(",{:.4f}", figure.value) : std::string(",");
    }
    text += fmt::format(",{:.4f}\n", row.dvh.outside_cc());
  }
  return text;
}

void run_evaluate(const EvaluateOptions& options, const CLI::App& command) {
  XINGU_REQUIRE(command.count("--prescription-gy") == 0 ||
                    (options.prescription_gy > 0 && std::isfinite(options.prescription_gy)),
                "--prescription-gy {} is no dose to prescribe; give a positive one", options.prescription_gy);
  XINGU_REQUIRE(options.target.empty() || options.prescription_gy > 0,
                "--target without --prescription-gy (the indices are relative to it); give both");
  for (const double gy : options.volume_at_gy) {
    XINGU_REQUIRE(gy >= 0 && std::isfinite(gy), "--volume-at-gy {} is not a dose; give 0 or more", gy);
  }
  XINGU_REQUIRE(options.series_uid.empty() || !options.protocol.empty(),
                "--series without --protocol (only its goals look at a CT); leave it out");
  if (command.count("--csv") > 0) {
    require_file_place(options.csv, "--csv");
  }
  XINGU_REQUIRE(options.scale > 0 && std::isfinite(options.scale), "--scale {} is not a factor; give a positive one",
                options.scale);
  const bool has_scale = command.count("--scale") > 0;
  LoadedDose loaded = load_dose(options.dose, has_scale);
  require_comparable(loaded, options, has_scale);
  Volume<float>& dose = loaded.dose_Gy;
  for (float& value : dose.values()) {
    value = static_cast<float>(static_cast<double>(value) * options.scale);
  }
  const StructureSet set = load_structures(options.structures, loaded.frame);
  const std::vector<const Structure*> chosen = chosen_structures(set, options.names);
  std::vector<Row> rows;
  Progress progress("dose-volume histograms", chosen.size(), "structures");
  for (const Structure* structure : chosen) {
    throw_if_cancelled();
    rows.push_back({structure, compute_dvh(dose, *structure)});
    progress.advance();
  }
  require_overlap(rows, external_structure(set), dose, options);
  warn_of_outside(rows);
  std::optional<PlanMetrics> metrics;
  if (!options.target.empty()) {
    const auto targets = structures_named(set, options.target);
    XINGU_REQUIRE(targets.size() == 1,
                  "--target '{}': {} structures have this name (the indices need one); give '{}' for the first",
                  printable(options.target), targets.size(), printable(label_of(set, *targets.front())));
    metrics = compute_plan_metrics(dose, *targets.front(), options.prescription_gy, external_structure(set));
  }
  JudgedGoals goals;
  if (!options.protocol.empty()) {
    goals = goals_of(dose, options);
  }
  if (!options.csv.empty()) {
    write_file(options.csv, to_csv(rows, options));
  }
  if (options.is_json) {
    Json json = to_json(rows, metrics, loaded.kind, options);
    if (!options.protocol.empty()) {
      json["goals"] = goals_json(report_goals(goals.results));
    }
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
    return;
  }
  if (const std::string kind = kind_words(loaded.kind, options.scale); !kind.empty()) {
    fmt::print("Dose: {}\n", kind);
  }
  print_table(rows, options);
  if (metrics) {
    print_metrics(*metrics, options);
  }
  if (!options.protocol.empty()) {
    fmt::print("\nGoals of {}\n", printable(options.protocol, 60));
    print_goals(goals.results, goals.rules, "dose");
  }
}

}  // namespace

void add_evaluate_command(CLI::App& app) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand("evaluate", "Dose-volume figures of a dose on structures, and plan indices");
  command->add_option("DOSE", options->dose, "RTDOSE, a folder with one, or .mha in Gy")->required();
  command->add_option("STRUCTURES", options->structures, "RTSTRUCT, or a folder with one")->required();
  command->add_option("--structures", options->names, "Names to evaluate, parted by commas; without it all");
  command->add_option("--volume-at-gy", options->volume_at_gy, "Add V at these doses, % and cm³")->delimiter(',');
  command->add_option("--prescription-gy", options->prescription_gy, "Add V95% and V100% of this dose");
  command->add_option("--target", options->target,
                      "Structure the prescription is for: adds Paddick, gradient index, R50 …");
  command->add_option(
      "--protocol", options->protocol,
      "Also judge the goals of this protocol (a shipped name or a TOML file); needs the CT beside STRUCTURES");
  command->add_option("--series", options->series_uid,
                      "With --protocol: the CT series, where the folder holds several");
  command->add_option("--scale", options->scale,
                      "Factor on the dose: the number of fractions, or the Gy of a relative dose's 1");
  command->add_option("--csv", options->csv, "Also write the table to this file");
  command->add_flag("--json", options->is_json, "The same as JSON");
  command->callback([options, command] { run_evaluate(*options, *command); });
}

}  // namespace xingu
