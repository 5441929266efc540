// SPDX-License-Identifier: Apache-2.0
#include "plan_patient.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "dicom/read_patient.h"

namespace xingu {

namespace fs = std::filesystem;

namespace {

fs::path folder_of_plan(const fs::path& plan) { return fs::is_regular_file(plan) ? plan.parent_path() : plan; }

const RtFile* structures_called(const DicomFolder& folder, const std::string& uid) {
  const auto set = std::ranges::find(folder.structure_sets, uid, &RtFile::sop_instance_uid);
  return uid.empty() || set == folder.structure_sets.end() ? nullptr : &*set;
}

/// The RTSTRUCT of the patient's folder that a plan stands on. Null if the references do not tell.
const RtFile* structures_of_plan(const DicomFolder& patient, const RtPlan& plan, const fs::path& plan_path) {
  const std::string& referenced = plan.referenced_structure_set_uid;
  if (const RtFile* set = structures_called(patient, referenced); set != nullptr) {
    return set;
  }
  const fs::path completed = folder_of_plan(plan_path) / completed_structures_file;
  if (!fs::is_regular_file(completed)) {
    return nullptr;
  }
  const DicomFolder beside = scan_dicom_folder(completed);
  const RtFile* set = structures_called(beside, referenced);
  return set == nullptr ? nullptr : structures_called(patient, set->predecessor_uid);
}

}  // namespace

std::string remembered_patient(const fs::path& patient, const fs::path& plan) {
  return fs::proximate(fs::weakly_canonical(patient), fs::weakly_canonical(plan)).generic_string();
}

fs::path patient_of_plan(const fs::path& plan, const std::string& given) {
  if (!given.empty()) {
    return given;
  }
  const fs::path home = folder_of_plan(plan);
  const fs::path file = home / "summary.json";
  const auto summary =
      fs::is_regular_file(file) ? nlohmann::json::parse(read_file(file), nullptr, false) : nlohmann::json();
  const auto folder = nlohmann::json::json_pointer("/patient/folder");
  const bool remembers = summary.is_object() && summary.contains(folder) && summary.at(folder).is_string();
  XINGU_REQUIRE(remembers, "{}: does not say where its patient is (the anatomy is shown and dosed); give --patient",
                plan.string());
  const auto remembered = summary.at(folder).get<std::string>();
  const fs::path path = (home / remembered).lexically_normal();
  XINGU_REQUIRE(fs::is_directory(path),
                "{}: its patient was in {}, which is not there (the anatomy is shown and dosed); give --patient",
                plan.string(), printable(path.string()));
  return path;
}

RtPlan read_plan_of(const fs::path& plan) {
  if (fs::is_regular_file(plan)) {
    return read_rtplan(plan);
  }
  const DicomFolder folder = scan_dicom_folder(plan);
  XINGU_REQUIRE(folder.plans.size() == 1, "{}: holds {} RTPLANs (one is needed); give the file or the folder of one",
                plan.string(), folder.plans.size());
  return read_rtplan(folder.plans.front().path);
}

std::string machine_of_plan(const RtPlan& plan, const fs::path& plan_path, const std::string& given) {
  XINGU_REQUIRE(!given.empty() || !plan.plan.machine.empty(),
                "{}: names no treatment machine (0x300A,0x00B2), and its beam must come from somewhere; give --machine",
                plan_path.string());
  return given.empty() ? plan.plan.machine : given;
}

void require_same_position(const RtPlan& plan, const fs::path& plan_path, const CtImage& ct, const fs::path& folder) {
  XINGU_REQUIRE(plan.plan.position == ct.position,
                "{}: the plan is for a patient who lies {}, the CT of {} shows {} (beams would come from elsewhere); "
                "give the patient it was made for",
                plan_path.string(), to_string(plan.plan.position), folder.string(), to_string(ct.position));
}

bool has_other_frame(const RtPlan& plan, const CtImage& ct) {
  return !plan.frame_of_reference_uid.empty() && !ct.frame_of_reference_uid.empty() &&
         plan.frame_of_reference_uid != ct.frame_of_reference_uid;
}

void require_plan_fits(const RtPlan& plan, const fs::path& plan_path, const CtImage& ct, const fs::path& folder) {
  XINGU_REQUIRE(!has_other_frame(plan, ct),
                "{}: the plan is in another frame of reference than the CT of {} (it is of another patient or scan); "
                "give the patient it was made for",
                plan_path.string(), folder.string());
  require_same_position(plan, plan_path, ct, folder);
}

ReadOptions patient_of_references(const DicomFolder& folder, const RtPlan& plan, const fs::path& plan_path) {
  ReadOptions options;
  const auto is_series = [&](const std::string& uid) {
    return std::ranges::find(folder.ct_series, uid, &CtSeries::uid) != folder.ct_series.end();
  };
  if (const RtFile* set = structures_of_plan(folder, plan, plan_path); set != nullptr) {
    options.structure_set = set->sop_instance_uid;
    const auto series = std::ranges::find_if(set->referenced_series_uids, is_series);
    if (series != set->referenced_series_uids.end()) {
      options.series_uid = *series;
    }
  }
  const auto in_frame = [&](const CtSeries& one) {
    return !plan.frame_of_reference_uid.empty() && one.frame_of_reference_uid == plan.frame_of_reference_uid;
  };
  if (!options.series_uid && std::ranges::count_if(folder.ct_series, in_frame) == 1) {
    options.series_uid = std::ranges::find_if(folder.ct_series, in_frame)->uid;
  }
  return options;
}

Patient read_patient_of(const RtPlan& plan, const fs::path& plan_path, const std::string& given) {
  const fs::path folder = patient_of_plan(plan_path, given);
  const DicomFolder found = scan_dicom_folder(folder);
  Patient patient = read_patient(found, patient_of_references(found, plan, plan_path));
  require_plan_fits(plan, plan_path, patient.ct, folder);
  return patient;
}

}  // namespace xingu
