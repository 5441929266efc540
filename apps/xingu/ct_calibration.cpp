// SPDX-License-Identifier: Apache-2.0
#include "ct_calibration.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace xingu {
namespace {

namespace fs = std::filesystem;

/// A text of a plan's summary; empty where it has none.
std::string text_at(const nlohmann::json& summary, const char* pointer) {
  const nlohmann::json::json_pointer place(pointer);
  const bool is_there = summary.is_object() && summary.contains(place) && summary.at(place).is_string();
  return is_there ? summary.at(place).get<std::string>() : std::string();
}

}  // namespace

void add_calibration_option(CLI::App& command, std::string& file) {
  command.add_option("--ct-calibration", file,
                     "TOML file of density and material by CT number; without it the shipped general curve");
}

DensityCurve curve_of_plan(const fs::path& plan, const std::string& given, std::vector<std::string>& warnings) {
  DensityCurve curve = DensityCurve::chosen(given);
  const fs::path file = (fs::is_regular_file(plan) ? plan.parent_path() : plan) / "summary.json";
  if (fs::is_regular_file(file)) {
    const auto summary = nlohmann::json::parse(read_file(file), nullptr, false);
    const std::string planned = text_at(summary, "/provenance/more/CT calibration hash");
    if (!planned.empty() && planned != fmt::format("{:016x}", curve.hash())) {
      warnings.push_back(
          fmt::format("{}: was planned with the CT calibration {}, and this dose takes {} (densities differ); {}",
                      plan.string(), printable(text_at(summary, "/provenance/more/CT calibration")), curve.words(),
                      given.empty() ? "give the plan's own by --ct-calibration"
                                    : "leave --ct-calibration out or give the plan's own"));
    }
  }
  return curve;
}

}  // namespace xingu
