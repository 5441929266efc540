// SPDX-License-Identifier: Apache-2.0
#include "dicom/dicom_folder.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/dataset.h"

namespace xingu {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_files = 100'000;

std::string first_of(const DicomItem& item, const Tag& sequence, const Tag& tag) {
  const auto first = item.first_item(sequence);
  return first ? first->text(tag) : std::string();
}

RtFile rt_file(const fs::path& path, const DicomItem& root, const Tag& label, const Tag& date) {
  RtFile file;
  file.path = path;
  file.sop_instance_uid = root.text(tag::sop_instance_uid);
  file.series_uid = root.text(tag::series_uid);
  file.study_uid = root.text(tag::study_uid);
  file.frame_of_reference_uid = root.text(tag::frame_of_reference_uid);
  file.patient_id = root.text(tag::patient_id);
  file.label = root.text(label);
  file.date = root.text(date);
  return file;
}

RtFile structure_set_file(const fs::path& path, const DicomItem& root) {
  RtFile file = rt_file(path, root, tag::structure_set_label, tag::structure_set_date);
  for (const DicomItem& frame : root.items(tag::referenced_frames)) {
    if (file.frame_of_reference_uid.empty()) {
      file.frame_of_reference_uid = frame.text(tag::frame_of_reference_uid);
    }
    for (const DicomItem& study : frame.items(tag::referenced_studies)) {
      for (const DicomItem& series : study.items(tag::referenced_series)) {
        file.referenced_series_uids.push_back(series.text(tag::series_uid));
      }
    }
  }
  file.predecessor_uid = first_of(root, tag::predecessor_structure_sets, tag::referenced_sop_instance_uid);
  return file;
}

RtFile dose_file(const fs::path& path, const DicomItem& root) {
  RtFile file = rt_file(path, root, tag::dose_summation_type, tag::content_date);
  file.referenced_plan_uid = first_of(root, tag::referenced_plans, tag::referenced_sop_instance_uid);
  file.is_dose_error = root.text(tag::dose_type) == "ERROR";
  return file;
}

RtFile plan_file(const fs::path& path, const DicomItem& root) {
  RtFile file = rt_file(path, root, tag::plan_label, tag::plan_date);
  file.referenced_structure_set_uid = first_of(root, tag::referenced_structure_sets, tag::referenced_sop_instance_uid);
  return file;
}

class FolderScan {
 public:
  explicit FolderScan(const fs::path& path) { folder_.path = path; }

  void add(const fs::path& path) {
    const auto dataset = DicomDataset::load_if_dicom(path, LoadExtent::header);
    if (!dataset) {
      ++folder_.num_other_files;
      return;
    }
    const DicomItem root = dataset->root();
    const std::string kind = kind_of(root);
    if (kind == sop_class::ct_image) {
      add_ct(path, root);
    } else if (kind == sop_class::rt_structure_set) {
      add_once(folder_.structure_sets, structure_set_file(path, root));
    } else if (kind == sop_class::rt_dose) {
      add_once(folder_.doses, dose_file(path, root));
    } else if (kind == sop_class::rt_plan) {
      add_once(folder_.plans, plan_file(path, root));
    } else if (kind == sop_class::robotic_arm_radiation) {
      add_once(folder_.robotic_radiations, rt_file(path, root, tag::series_description, tag::content_date));
    } else {
      add_other(root, kind);
    }
  }

  void add_problem(std::string sentence) { folder_.problems.push_back(std::move(sentence)); }

  DicomFolder finish() {
    for (auto& [uid, series] : ct_) {
      folder_.ct_series.push_back(std::move(series));
    }
    for (auto& [uid, series] : others_) {
      folder_.other_series.push_back(std::move(series));
    }
    return std::move(folder_);
  }

 private:
  /// The SOP class, or the one that the modality means where an exporter left it out.
  static std::string kind_of(const DicomItem& root) {
    std::string stated = root.text(tag::sop_class_uid);
    if (!stated.empty()) {
      return stated;
    }
    static const std::map<std::string, const char*, std::less<>> kinds{{"CT", sop_class::ct_image},
                                                                       {"RTSTRUCT", sop_class::rt_structure_set},
                                                                       {"RTDOSE", sop_class::rt_dose},
                                                                       {"RTPLAN", sop_class::rt_plan}};
    const auto found = kinds.find(root.text(tag::modality));
    return found == kinds.end() ? std::string() : found->second;
  }

  void add_ct(const fs::path& path, const DicomItem& root) {
    const std::string uid = root.text(tag::series_uid);
    const auto [place, is_new] = ct_.try_emplace(uid);
    CtSeries& series = place->second;
    if (is_new) {
      series.uid = uid;
      series.study_uid = root.text(tag::study_uid);
      series.frame_of_reference_uid = root.text(tag::frame_of_reference_uid);
      series.description = root.text(tag::series_description);
      series.modality = root.text(tag::modality);
      series.patient_id = root.text(tag::patient_id);
      series.study_date = root.text(tag::study_date);
      series.patient_name = root.text(tag::patient_name);
    }
    series.files.push_back(path);
  }

  void add_other(const DicomItem& root, const std::string& kind) {
    const std::string uid = root.text(tag::series_uid);
    const auto [place, is_new] = others_.try_emplace(uid);
    if (is_new) {
      place->second.uid = uid;
      place->second.modality = kind == sop_class::enhanced_ct_image ? "CT (enhanced)" : root.text(tag::modality);
      place->second.description = root.text(tag::series_description);
    }
    ++place->second.num_files;
  }

  /// The same object twice (a copy under another name) is one object.
  void add_once(std::vector<RtFile>& files, RtFile file) {
    if (!file.sop_instance_uid.empty() && !seen_.insert(file.sop_instance_uid).second) {
      add_problem(fmt::format("{}: is a second copy of {} {} and is passed over", file.path.string(),
                              to_string(tag::sop_instance_uid), printable(file.sop_instance_uid)));
      return;
    }
    files.push_back(std::move(file));
  }

  DicomFolder folder_;
  std::map<std::string, CtSeries> ct_;
  std::map<std::string, OtherSeries> others_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<fs::path> files_below(const fs::path& path) {
  std::error_code error;
  XINGU_REQUIRE(fs::exists(path, error), "{}: no such file or folder; check the path", path.string());
  std::vector<fs::path> files;
  if (!fs::is_directory(path, error)) {
    files.push_back(path);
    return files;
  }
  auto entries = fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied, error);
  XINGU_REQUIRE(!error, "{}: cannot be opened ({}); check the rights of the folder", path.string(), error.message());
  for (; entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    XINGU_REQUIRE(!error, "{}: cannot be searched ({}); check the rights of the folder", path.string(),
                  error.message());
    if (entries->is_regular_file(error)) {
      files.push_back(entries->path());
      XINGU_REQUIRE(files.size() <= max_files,
                    "{}: more than {} files (surely not one patient); give the patient's own folder", path.string(),
                    max_files);
    }
  }
  std::ranges::sort(files);
  return files;
}

DicomFolder scan_dicom_folder(const fs::path& path) {
  const auto files = files_below(path);
  XINGU_REQUIRE(!files.empty(), "{}: the folder is empty (no DICOM to read); check the path", path.string());
  FolderScan scan(path);
  Progress progress("reading headers", files.size(), "files");
  for (const fs::path& file : files) {
    throw_if_cancelled();
    try {
      scan.add(file);
    } catch (const InputError& error) {
      scan.add_problem(error.what());
    }
    progress.advance();
  }
  return scan.finish();
}

}  // namespace xingu
