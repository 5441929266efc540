// SPDX-License-Identifier: Apache-2.0
#include "plan_patient.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu {

namespace fs = std::filesystem;

std::string remembered_patient(const fs::path& patient, const fs::path& plan) {
  return fs::proximate(fs::weakly_canonical(patient), fs::weakly_canonical(plan)).generic_string();
}

fs::path patient_of_plan(const fs::path& plan, const std::string& given) {
  if (!given.empty()) {
    return given;
  }
  const fs::path file = plan / "summary.json";
  const auto summary =
      fs::is_regular_file(file) ? nlohmann::json::parse(read_file(file), nullptr, false) : nlohmann::json();
  const auto folder = nlohmann::json::json_pointer("/patient/folder");
  const bool remembers = summary.is_object() && summary.contains(folder) && summary.at(folder).is_string();
  XINGU_REQUIRE(remembers, "{}: does not say where its patient is (the anatomy is shown and dosed); give --patient",
                plan.string());
  const auto remembered = summary.at(folder).get<std::string>();
  const fs::path path = (plan / remembered).lexically_normal();
  XINGU_REQUIRE(fs::is_directory(path),
                "{}: its patient was in {}, which is not there (the anatomy is shown and dosed); give --patient",
                plan.string(), printable(path.string()));
  return path;
}

}  // namespace xingu
