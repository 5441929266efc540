// SPDX-License-Identifier: Apache-2.0
// xingu inspect DIR: what a DICOM folder holds, for people or as JSON.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "commands.h"
#include "dicom/inspection.h"
#include "dicom/read_structures.h"
#include "goal_table.h"
#include "plan/cut_structures.h"
#include "plan/protocol.h"
#include "plan/structure_occupancy.h"
#include "text_table.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
  std::string folder;
  std::string series_uid;
  std::string structure_set;
  std::string protocol;
  bool is_json = false;
};

Json to_json(const Vec3& v) { return {v.x(), v.y(), v.z()}; }

Json to_json(const Grid& grid) {
  return {{"size", grid.size},
          {"spacing_mm", to_json(grid.spacing)},
          {"origin_mm", to_json(grid.origin)},
          {"lower_mm", to_json(grid.lower())},
          {"upper_mm", to_json(grid.upper())}};
}

const char* position_code(PatientPosition position) {
  switch (position) {
    case PatientPosition::hfs:
      return "HFS";
    case PatientPosition::hfp:
      return "HFP";
    case PatientPosition::ffs:
      return "FFS";
    case PatientPosition::ffp:
      return "FFP";
  }
  return "";
}

const char* position_words(PatientPosition position) {
  switch (position) {
    case PatientPosition::hfs:
      return "head first, supine";
    case PatientPosition::hfp:
      return "head first, prone";
    case PatientPosition::ffs:
      return "feet first, supine";
    case PatientPosition::ffp:
      return "feet first, prone";
  }
  return "";
}

Json to_json(const CtSummary& ct) {
  return {{"series_uid", ct.series_uid},
          {"patient_name", ct.patient_name},
          {"patient_id", ct.patient_id},
          {"patient_sex", ct.patient_sex},
          {"patient_position", position_code(ct.position)},
          {"study_uid", ct.study_uid},
          {"study_date", ct.study_date},
          {"frame_of_reference_uid", ct.frame_of_reference_uid},
          {"num_images", ct.num_images},
          {"grid", to_json(ct.grid)},
          {"hu_range", {ct.lowest_hu, ct.highest_hu}}};
}

Json to_json(const StructureSummary& s) {
  return {{"number", s.number},
          {"name", s.name},
          {"type", s.type},
          {"num_contours", s.num_contours},
          {"num_points", s.num_points},
          {"volume_cm3", s.volume_cm3},
          {"beyond_body_cm3", s.beyond_body_cm3},
          {"z_mm", {s.lowest_z_mm, s.highest_z_mm}},
          {"tg263", {{"name", s.tg263.name}, {"confidence", s.tg263.confidence}, {"reason", s.tg263.reason}}}};
}

Json to_json(const StructureSetChoice& s) {
  return {{"path", s.file.path.string()},
          {"label", s.file.label},
          {"date", s.file.date},
          {"sop_instance_uid", s.file.sop_instance_uid},
          {"num_structures", s.num_structures}};
}

Json to_json(const DoseSummary& d) {
  return {{"path", d.path.string()},
          {"units", d.units},
          {"type", d.type},
          {"summation", d.summation},
          {"comment", d.comment},
          {"max", d.max_dose},
          {"max_position_mm", to_json(d.max_position)},
          {"referenced_plan_uid", d.referenced_plan_uid},
          {"sop_instance_uid", d.sop_instance_uid},
          {"has_frame_of_ct", d.has_frame_of_ct},
          {"grid", to_json(d.grid)}};
}

Json to_json(const PlanSummary& p) {
  Json beams = Json::array();
  for (const BeamSummary& b : p.beams) {
    beams.push_back({{"number", b.number},
                     {"name", b.name},
                     {"gantry_deg", b.angles.gantry_deg},
                     {"gantry_pitch_deg", b.angles.gantry_pitch_deg},
                     {"couch_deg", b.angles.couch_deg},
                     {"collimator_deg", b.angles.collimator_deg},
                     {"isocentre_mm", to_json(b.isocentre_P)},
                     {"energy_MV", b.energy_MV},
                     {"sad_mm", b.sad_mm},
                     {"num_segments", b.num_segments},
                     {"num_leaf_pairs", b.num_leaf_pairs},
                     {"mu", b.mu}});
  }
  return {{"path", p.path.string()},
          {"label", p.label},
          {"machine", p.machine},
          {"approval_status", p.approval_status},
          {"sop_instance_uid", p.sop_instance_uid},
          {"patient_position", position_code(p.position)},
          {"num_fractions", p.num_fractions},
          {"prescription_Gy", p.prescription_Gy},
          {"target", p.target_name},
          {"beams", std::move(beams)}};
}

Json to_json(const RadiationSummary& r) {
  Json nodes = Json::array();
  for (const NodeSummary& n : r.nodes) {
    nodes.push_back({{"number", n.number},
                     {"source_mm", to_json(n.source_P)},
                     {"source_distance_mm", n.distance_mm},
                     {"num_shapes", n.num_shapes},
                     {"mu", n.mu}});
  }
  return {{"path", r.path.string()},
          {"label", r.label},
          {"machine", r.machine},
          {"energy_MV", r.energy_MV},
          {"num_patient_poses", r.num_patient_poses},
          {"nodes", std::move(nodes)}};
}

template <class Summary>
Json to_json(const std::vector<Summary>& all) {
  Json list = Json::array();
  for (const Summary& one : all) {
    list.push_back(to_json(one));
  }
  return list;
}

Json to_json(const Inspection& inspection) {
  Json series = Json::array();
  for (const CtSeries& s : inspection.folder.ct_series) {
    series.push_back({{"uid", s.uid},
                      {"description", s.description},
                      {"modality", s.modality},
                      {"num_images", s.files.size()},
                      {"patient_id", s.patient_id},
                      {"study_date", s.study_date},
                      {"study_uid", s.study_uid}});
  }
  Json others = Json::array();
  for (const OtherSeries& s : inspection.folder.other_series) {
    others.push_back(
        {{"uid", s.uid}, {"description", s.description}, {"modality", s.modality}, {"num_files", s.num_files}});
  }
  Json json{{"folder", inspection.folder.path.string()},
            {"ct_series", series},
            {"other_series", others},
            {"num_other_files", inspection.folder.num_other_files}};
  json["ct"] = inspection.ct ? to_json(*inspection.ct) : Json();
  json["structure_set"] = inspection.structure_set_path.string();
  json["structure_set_choices"] = to_json(inspection.structure_set_choices);
  json["structures"] = to_json(inspection.structures);
  json["doses"] = to_json(inspection.doses);
  json["plans"] = to_json(inspection.plans);
  json["robotic_radiations"] = to_json(inspection.robotic_radiations);
  json["problems"] = inspection.problems;
  json["refusal"] = inspection.refusal ? Json(*inspection.refusal) : Json();
  return json;
}

std::string or_dash(const std::string& text, std::size_t limit = 40) {
  return text.empty() ? "-" : printable(text, limit);
}

std::string date_words(const std::string& date, const std::string& time) {
  if (date.size() != 8) {
    return or_dash(date);
  }
  std::string words = fmt::format("{}-{}-{}", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2));
  if (time.size() >= 4) {
    words += fmt::format(" {}:{}", time.substr(0, 2), time.substr(2, 2));
  }
  return printable(words);
}

/// Paths are told relative to the folder that was asked for.
std::string short_path(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto relative = path.lexically_relative(folder);
  const std::string text =
      relative.empty() || *relative.begin() == ".." || relative == "." ? path.filename().string() : relative.string();
  return text.size() <= 32 ? printable(text)
                           : printable(text.substr(0, 14)) + "…" + printable(text.substr(text.size() - 17));
}

void print_heading(std::string_view heading, std::string_view detail = "") {
  fmt::print("\n{}{}{}\n", heading, detail.empty() ? "" : "  ", detail);
}

void print_series(const Inspection& inspection) {
  if (inspection.folder.ct_series.empty()) {
    return;
  }
  print_heading("CT series");
  const bool is_choice = inspection.folder.ct_series.size() > 1;
  std::vector<TextTable::Column> columns{
      {"series UID", Align::left}, {"images", Align::right}, {"description", Align::left}};
  if (is_choice) {
    columns.insert(columns.end(), {{"patient ID", Align::left}, {"study of", Align::left}});
  }
  columns.push_back({"", Align::left});
  TextTable table(columns);
  for (const CtSeries& s : inspection.folder.ct_series) {
    const bool is_read = inspection.ct && inspection.ct->series_uid == s.uid;
    std::vector<std::string> row{or_dash(s.uid, 64), std::to_string(s.files.size()), or_dash(s.description)};
    if (is_choice) {
      row.insert(row.end(), {or_dash(s.patient_id), date_words(s.study_date, {})});
    }
    row.emplace_back(is_read ? "read" : "");
    table.add(std::move(row));
  }
  table.print();
}

void print_ct(const CtSummary& ct) {
  const Grid& grid = ct.grid;
  const Vec3 extent = grid.upper() - grid.lower();
  print_heading("Geometry");
  fmt::print("  position   {} ({})\n", position_code(ct.position), position_words(ct.position));
  fmt::print("  size       {} × {} × {} voxels\n", grid.nx(), grid.ny(), grid.nz());
  fmt::print("  spacing    {:.3f} × {:.3f} × {:.3f} mm\n", grid.spacing.x(), grid.spacing.y(), grid.spacing.z());
  fmt::print("  extent     {:.1f} × {:.1f} × {:.1f} mm\n", extent.x(), extent.y(), extent.z());
  const std::array<const char*, 3> axes{"x  R to L", "y  A to P", "z  I to S"};
  for (int a = 0; a < 3; ++a) {
    fmt::print("  {}  {:8.1f} to {:8.1f} mm\n", axes[static_cast<std::size_t>(a)], grid.lower()[a], grid.upper()[a]);
  }
  fmt::print("  HU         {:.0f} to {:.0f}\n", ct.lowest_hu, ct.highest_hu);
}

/// The standard name, with the reason where it is another one than the file's.
std::string tg263_words(const StructureSummary& s) {
  const Tg263Match& match = s.tg263;
  if (match.name.empty()) {
    return "-";
  }
  if (match.name == s.name) {
    return match.name;
  }
  return fmt::format("{}{} ({})", match.name, match.is_sure() ? "" : "?", match.reason);
}

void print_structures(const Inspection& inspection) {
  if (inspection.structures.empty()) {
    return;
  }
  print_heading(fmt::format("Structures ({})", inspection.structures.size()),
                fmt::format("{}  {}", or_dash(inspection.structure_set_label),
                            short_path(inspection.structure_set_path, inspection.folder.path)));
  TextTable table({{"no.", Align::right},
                   {"name", Align::left},
                   {"type", Align::left},
                   {"volume/cm³", Align::right},
                   {"contours", Align::right},
                   {"z from", Align::right},
                   {"to/mm", Align::right},
                   {"TG-263", Align::left}});
  for (const StructureSummary& s : inspection.structures) {
    const bool is_empty = s.num_contours == 0;
    table.add({std::to_string(s.number), or_dash(s.name), or_dash(s.type),
               is_empty ? "empty" : fmt::format("{:.2f}", s.volume_cm3), std::to_string(s.num_contours),
               is_empty ? "" : fmt::format("{:.1f}", s.lowest_z_mm),
               is_empty ? "" : fmt::format("{:.1f}", s.highest_z_mm), tg263_words(s)});
  }
  table.print();
}

void print_structure_set_choices(const Inspection& inspection) {
  if (inspection.structure_set_choices.empty()) {
    return;
  }
  print_heading(fmt::format("RTSTRUCTs ({})", inspection.structure_set_choices.size()), "one must be chosen");
  TextTable table({{"file", Align::left}, {"label", Align::left}, {"of", Align::left}, {"structures", Align::right}});
  for (const StructureSetChoice& choice : inspection.structure_set_choices) {
    table.add({short_path(choice.file.path, inspection.folder.path), or_dash(choice.file.label),
               date_words(choice.file.date, {}), std::to_string(choice.num_structures)});
  }
  table.print();
}

void print_doses(const Inspection& inspection) {
  if (inspection.doses.empty()) {
    return;
  }
  print_heading(fmt::format("Doses ({})", inspection.doses.size()));
  TextTable table({{"file", Align::left},
                   {"of", Align::left},
                   {"maximum", Align::right},
                   {"at x, y, z/mm", Align::left},
                   {"voxels", Align::left},
                   {"spacing/mm", Align::left},
                   {"comment", Align::left}});
  for (const DoseSummary& d : inspection.doses) {
    const Grid& g = d.grid;
    const std::string of = or_dash(d.summation) + (d.type == "ERROR" ? ", uncertainty" : "");
    table.add({short_path(d.path, inspection.folder.path), of,
               d.units == "GY" ? fmt::format("{:.2f} Gy", d.max_dose) : fmt::format("{:.3f}", d.max_dose),
               fmt::format("{:.0f}, {:.0f}, {:.0f}", d.max_position.x(), d.max_position.y(), d.max_position.z()),
               fmt::format("{} × {} × {}", g.nx(), g.ny(), g.nz()),
               fmt::format("{:.2f} × {:.2f} × {:.2f}", g.spacing.x(), g.spacing.y(), g.spacing.z()),
               or_dash(d.comment)});
  }
  table.print();
}

void print_plan(const PlanSummary& plan, const std::filesystem::path& folder) {
  double mu = 0.0;
  for (const BeamSummary& b : plan.beams) {
    mu += b.mu;
  }
  print_heading(fmt::format("Plan {}", or_dash(plan.label)), short_path(plan.path, folder));
  fmt::print("  {:g} Gy to {} in {} {}; machine {}; {}; {}; {:.1f} MU a fraction\n", plan.prescription_Gy,
             or_dash(plan.target_name), plan.num_fractions, plan.num_fractions == 1 ? "fraction" : "fractions",
             or_dash(plan.machine), position_code(plan.position),
             plan.approval_status.empty() ? "no approval stated" : to_lower(printable(plan.approval_status)), mu);
  TextTable table({{"no.", Align::right},
                   {"beam", Align::left},
                   {"gantry", Align::right},
                   {"pitch", Align::right},
                   {"couch", Align::right},
                   {"collimator/°", Align::right},
                   {"isocentre x, y, z/mm", Align::left},
                   {"MV", Align::right},
                   {"SAD/mm", Align::right},
                   {"leaf pairs", Align::right},
                   {"segments", Align::right},
                   {"MU", Align::right}});
  for (const BeamSummary& b : plan.beams) {
    table.add({std::to_string(b.number), or_dash(b.name, 24), fmt::format("{:.1f}", b.angles.gantry_deg),
               fmt::format("{:.1f}", b.angles.gantry_pitch_deg), fmt::format("{:.1f}", b.angles.couch_deg),
               fmt::format("{:.1f}", b.angles.collimator_deg),
               fmt::format("{:.1f}, {:.1f}, {:.1f}", b.isocentre_P.x(), b.isocentre_P.y(), b.isocentre_P.z()),
               fmt::format("{:g}", b.energy_MV), fmt::format("{:g}", b.sad_mm), std::to_string(b.num_leaf_pairs),
               std::to_string(b.num_segments), fmt::format("{:.1f}", b.mu)});
  }
  table.print();
}

void print_radiation(const RadiationSummary& radiation, const std::filesystem::path& folder) {
  double mu = 0.0;
  for (const NodeSummary& node : radiation.nodes) {
    mu += node.mu;
  }
  print_heading(fmt::format("Robotic-Arm Radiation {}", or_dash(radiation.label)), short_path(radiation.path, folder));
  fmt::print("  machine {}; {:g} MV; {} nodes; the patient in {} {}; {:.1f} MU a fraction\n",
             or_dash(radiation.machine), radiation.energy_MV, radiation.nodes.size(), radiation.num_patient_poses,
             radiation.num_patient_poses == 1 ? "position" : "positions", mu);
  TextTable table({{"node", Align::right},
                   {"source x, y, z/mm", Align::left},
                   {"distance/mm", Align::right},
                   {"shapes", Align::right},
                   {"MU", Align::right}});
  for (const NodeSummary& n : radiation.nodes) {
    table.add({std::to_string(n.number),
               fmt::format("{:.1f}, {:.1f}, {:.1f}", n.source_P.x(), n.source_P.y(), n.source_P.z()),
               fmt::format("{:g}", n.distance_mm), std::to_string(n.num_shapes), fmt::format("{:.1f}", n.mu)});
  }
  table.print();
}

void print_others(const Inspection& inspection) {
  const DicomFolder& folder = inspection.folder;
  if (folder.other_series.empty() && folder.num_other_files == 0) {
    return;
  }
  print_heading("Beside");
  for (const OtherSeries& s : folder.other_series) {
    fmt::print("  {}  {} {}  {}\n", or_dash(s.modality, 16), s.num_files, s.num_files == 1 ? "file" : "files",
               or_dash(s.description));
  }
  if (folder.num_other_files > 0) {
    fmt::print("  {} {} not DICOM\n", folder.num_other_files,
               folder.num_other_files == 1 ? "file that is" : "files that are");
  }
}

/// Problems without the folder's path, which every one of them would repeat, and without the refusal: the command ends
/// with it.
void print_problems(const Inspection& inspection) {
  std::vector<std::string> problems = inspection.problems;
  if (inspection.refusal) {
    std::erase(problems, *inspection.refusal);
    if (problems.empty()) {
      return;
    }
  }
  const std::string prefix = inspection.folder.path.string() + "/";
  print_heading(problems.empty() ? "No problems found" : "Problems");
  for (std::string& problem : problems) {
    for (std::size_t at = problem.find(prefix); at != std::string::npos; at = problem.find(prefix, at)) {
      problem.erase(at, prefix.size());
    }
    fmt::print("  - {}\n", printable(problem, 600));
  }
}

/// What the names of a protocol would mean in the patient, by the rules `xingu plan` goes by.
struct ProtocolReading {
  std::string name;
  std::vector<NamedRule> rules;
};

/// The reading of a protocol; where the protocol does not fit, the reason becomes the refusal.
ProtocolReading read_by_protocol(Inspection& inspection, const std::string& protocol_name) {
  const Protocol protocol = read_protocol(protocol_path(protocol_name));
  ProtocolReading reading{protocol.name, {}};
  if (!inspection.structure_set_choices.empty()) {
    return reading;
  }
  StructureSet set;
  if (!inspection.structure_set_path.empty()) {
    std::vector<std::string> told_already;
    set = read_rtstruct(inspection.structure_set_path,
                        inspection.ct ? inspection.ct->frame_of_reference_uid : std::string(), told_already);
  }
  try {
    reading.rules = named_rules(protocol, set);
    if (inspection.ct) {
      // what a protocol treats and asks for takes the place of what types and names alone told
      for (const std::string& told : inspection.cut_structures) {
        std::erase(inspection.problems, told);
      }
      inspection.cut_structures = cut_structure_warnings(protocol, set, inspection.ct->grid);
      inspection.problems.insert(inspection.problems.end(), inspection.cut_structures.begin(),
                                 inspection.cut_structures.end());
      const std::string emptied = without_volume_words(
          rules_without_volume(protocol, set, protocol_occupancies(protocol, set, inspection.ct->grid)));
      if (!emptied.empty()) {
        inspection.problems.push_back(emptied);
      }
    }
  } catch (const InputError& error) {
    if (!inspection.refusal) {
      inspection.refusal = error.what();
      inspection.problems.insert(inspection.problems.begin(), *inspection.refusal);
    } else {
      inspection.problems.emplace_back(error.what());
    }
  }
  return reading;
}

Json to_json(const ProtocolReading& reading) {
  Json structures = Json::array();
  for (const NamedRule& rule : reading.rules) {
    structures.push_back({{"name", rule.id}, {"taken", rule.taken}, {"excluded", rule.excluded}});
  }
  return {{"name", reading.name}, {"structures", std::move(structures)}};
}

void print_reading(const ProtocolReading& reading) {
  if (reading.rules.empty()) {
    return;
  }
  print_heading("Protocol " + reading.name, "what its names mean in this patient");
  TextTable table({{"protocol", Align::left}, {"the patient's", Align::left}});
  for (const NamedRule& rule : reading.rules) {
    table.add({rule.id, or_dash(rule.words(), 80)});
  }
  table.print();
}

void print_text(const Inspection& inspection) {
  fmt::print("{}\n", inspection.folder.path.string());
  if (inspection.ct) {
    const CtSummary& ct = *inspection.ct;
    fmt::print("patient {}, ID {}, sex {}, study of {}\n", or_dash(ct.patient_name), or_dash(ct.patient_id),
               or_dash(ct.patient_sex), date_words(ct.study_date, ct.study_time));
  }
  print_series(inspection);
  if (inspection.ct) {
    print_ct(*inspection.ct);
  }
  print_structure_set_choices(inspection);
  print_structures(inspection);
  print_doses(inspection);
  for (const PlanSummary& plan : inspection.plans) {
    print_plan(plan, inspection.folder.path);
  }
  for (const RadiationSummary& radiation : inspection.robotic_radiations) {
    print_radiation(radiation, inspection.folder.path);
  }
  print_others(inspection);
}

void run_inspect(const InspectOptions& options) {
  ReadOptions read;
  if (!options.series_uid.empty()) {
    read.series_uid = options.series_uid;
  }
  if (!options.structure_set.empty()) {
    read.structure_set = options.structure_set;
  }
  Inspection inspection = inspect_folder(options.folder, read);
  std::optional<ProtocolReading> reading;
  if (!options.protocol.empty()) {
    reading = read_by_protocol(inspection, options.protocol);
  }
  if (options.is_json) {
    Json json = to_json(inspection);
    if (reading) {
      json["protocol"] = to_json(*reading);
    }
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else {
    print_text(inspection);
    if (reading) {
      print_reading(*reading);
    }
    print_problems(inspection);
  }
  std::fflush(stdout);
  if (inspection.refusal) {
    throw InputError(*inspection.refusal);
  }
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Tell what a DICOM folder holds: series, geometry, structures, doses, plans, problems");
  command->add_option("DIR", options->folder, "Folder with DICOM files (any names, folders below it too)")->required();
  command->add_option("--series", options->series_uid,
                      "UID of the CT series to look at, where there are several; its end is enough");
  command->add_option("--structures", options->structure_set,
                      "Label, UID or file name of the RTSTRUCT, where several belong to the series");
  command->add_option("--protocol", options->protocol,
                      "Also tell what the names of this protocol (a shipped name or a TOML file) mean in the patient");
  command->add_flag("--json", options->is_json, "The same as JSON");
  command->callback([options] { run_inspect(*options); });
}

}  // namespace xingu
