// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_patient.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "dicom/read_ct.h"
#include "dicom/read_structures.h"
#include "dicom/tags.h"

namespace xingu {
namespace {

/// The patients of a folder's CT, by their ids.
std::vector<std::string> patient_ids(const DicomFolder& folder) {
  std::vector<std::string> ids;
  for (const CtSeries& series : folder.ct_series) {
    if (std::ranges::find(ids, series.patient_id) == ids.end()) {
      ids.push_back(series.patient_id);
    }
  }
  return ids;
}

/// With the patients, where the folder holds several.
std::string list_series(const DicomFolder& folder) {
  const bool tells_patient = patient_ids(folder).size() > 1;
  std::string list;
  for (const CtSeries& series : folder.ct_series) {
    const std::string whose =
        tells_patient ? fmt::format("patient {}, ",
                                    series.patient_id.empty() ? "without an id" : printable(series.patient_id, 64))
                      : std::string();
    list += fmt::format("{}{} ({}{}, {} images)", list.empty() ? "" : "; ", series.uid, whose,
                        series.description.empty() ? "no description" : printable(series.description, 64),
                        series.files.size());
  }
  return list;
}

std::string list_structure_sets(const std::vector<const RtFile*>& files) {
  std::string list;
  for (const RtFile* file : files) {
    list += fmt::format("{}{} ('{}')", list.empty() ? "" : "; ", file->path.filename().string(),
                        printable(file->label, 64));
  }
  return list;
}

template <class Matches>
std::vector<const RtFile*> matching(const std::vector<RtFile>& files, Matches matches) {
  std::vector<const RtFile*> result;
  for (const RtFile& file : files) {
    if (matches(file)) {
      result.push_back(&file);
    }
  }
  return result;
}

bool refers_to(const RtFile& file, const std::string& series_uid) {
  return !series_uid.empty() &&
         std::ranges::find(file.referenced_series_uids, series_uid) != file.referenced_series_uids.end();
}

/// Whether a set may have been drawn on a series: it names it, or shares its frame, or nothing contradicts.
bool may_belong(const RtFile& file, const CtSeries& series) {
  if (refers_to(file, series.uid)) {
    return true;
  }
  return file.frame_of_reference_uid.empty() || series.frame_of_reference_uid.empty()
             ? file.study_uid == series.study_uid
             : file.frame_of_reference_uid == series.frame_of_reference_uid;
}

}  // namespace

std::string patients_words(const DicomFolder& folder) {
  const std::size_t num_patients = patient_ids(folder).size();
  return num_patients > 1 ? fmt::format(" of {} patients", num_patients) : std::string();
}

const CtSeries& choose_ct_series(const DicomFolder& folder, const ReadOptions& options) {
  const auto& all = folder.ct_series;
  XINGU_REQUIRE(
      !all.empty(),
      "{}: no CT images ({} other series, {} {} not DICOM, {} that cannot be read{}); give a folder with a CT",
      folder.path.string(), folder.other_series.size(), folder.num_other_files,
      folder.num_other_files == 1 ? "file that is" : "files that are", folder.problems.size(),
      folder.problems.empty() ? "" : ", the first: " + folder.problems.front());
  if (!options.series_uid) {
    XINGU_REQUIRE(all.size() == 1, "{}: {} CT series{} ({}); choose one with --series UID", folder.path.string(),
                  all.size(), patients_words(folder), list_series(folder));
    return all.front();
  }
  std::vector<const CtSeries*> chosen;
  for (const CtSeries& series : all) {
    if (series.uid == *options.series_uid) {
      return series;
    }
    if (!options.series_uid->empty() && series.uid.ends_with(*options.series_uid)) {
      chosen.push_back(&series);
    }
  }
  XINGU_REQUIRE(chosen.size() == 1, "{}: {} CT series end with '{}' (there are {}); give a whole UID",
                folder.path.string(), chosen.empty() ? std::string("no") : std::to_string(chosen.size()),
                printable(*options.series_uid, 64), list_series(folder));
  return *chosen.front();
}

std::vector<const RtFile*> structure_sets_of(const DicomFolder& folder, const CtSeries& series) {
  auto found = matching(folder.structure_sets, [&](const RtFile& f) { return refers_to(f, series.uid); });
  if (found.empty()) {
    found = matching(folder.structure_sets, [&](const RtFile& f) {
      return !f.frame_of_reference_uid.empty() && f.frame_of_reference_uid == series.frame_of_reference_uid;
    });
  }
  if (found.empty()) {
    // nothing contradicts: neither states a frame of reference, or only one does
    found = matching(folder.structure_sets, [&](const RtFile& f) {
      return (f.frame_of_reference_uid.empty() || series.frame_of_reference_uid.empty()) &&
             f.study_uid == series.study_uid;
    });
  }
  return found;
}

const RtFile* choose_structure_set(const DicomFolder& folder, const CtSeries& series, const ReadOptions& options) {
  auto found = structure_sets_of(folder, series);
  if (options.structure_set) {
    const std::string& wanted = *options.structure_set;
    const std::string all = list_structure_sets(found);
    std::erase_if(found, [&](const RtFile* f) {
      return f->sop_instance_uid != wanted && f->label != wanted && f->path.filename() != wanted && f->path != wanted;
    });
    XINGU_REQUIRE(!found.empty(),
                  "{}: no RTSTRUCT of CT series {} is called '{}' (there {}); give its label, UID or file name",
                  folder.path.string(), series.uid, printable(wanted, 64), all.empty() ? "is none" : "are " + all);
  }
  XINGU_REQUIRE(found.size() <= 1,
                "{}: {} RTSTRUCTs belong to CT series {} ({}); choose one with --structures LABEL, UID or file name",
                folder.path.string(), found.size(), series.uid, list_structure_sets(found));
  return found.empty() ? nullptr : found.front();
}

std::vector<std::string> choice_warnings(const CtSeries& series, const RtFile& structure_set) {
  std::vector<std::string> warnings;
  if (!refers_to(structure_set, series.uid)) {
    warnings.push_back(fmt::format(
        "{}: does not name CT series {} in {}; taken because its {} matches", structure_set.path.string(), series.uid,
        to_string(tag::referenced_series),
        structure_set.frame_of_reference_uid == series.frame_of_reference_uid ? "frame of reference" : "study"));
  }
  if (!structure_set.patient_id.empty() && !series.patient_id.empty() &&
      structure_set.patient_id != series.patient_id) {
    warnings.push_back(fmt::format("{}: {} is '{}' but the CT's is '{}'; make sure that it is the same patient",
                                   structure_set.path.string(), to_string(tag::patient_id),
                                   printable(structure_set.patient_id, 64), printable(series.patient_id, 64)));
  }
  return warnings;
}

std::vector<std::string> foreign_structure_sets(const DicomFolder& folder) {
  std::vector<std::string> warnings;
  for (const RtFile& file : folder.structure_sets) {
    const auto may_be_its = [&](const CtSeries& series) { return may_belong(file, series); };
    if (!folder.ct_series.empty() && std::ranges::none_of(folder.ct_series, may_be_its)) {
      warnings.push_back(fmt::format(
          "{}: was drawn on another scan ({} {}), not on a CT of this folder; its structures are passed over",
          file.path.string(), file.referenced_series_uids.empty() ? "frame of reference" : "series",
          printable(
              file.referenced_series_uids.empty() ? file.frame_of_reference_uid : file.referenced_series_uids.front(),
              64)));
    }
  }
  return warnings;
}

Patient read_patient(const DicomFolder& folder, const ReadOptions& options) {
  const CtSeries& series = choose_ct_series(folder, options);
  const RtFile* structure_set = choose_structure_set(folder, series, options);
  Patient patient;
  patient.warnings = folder.problems;
  patient.ct = read_ct_series(series, patient.warnings);
  const std::vector<std::string> foreign = foreign_structure_sets(folder);
  patient.warnings.insert(patient.warnings.end(), foreign.begin(), foreign.end());
  if (structure_set == nullptr) {
    patient.warnings.push_back(fmt::format("{}: no RTSTRUCT belongs to CT series {}; there are no structures",
                                           folder.path.string(), series.uid));
    patient.structure_set.frame_of_reference_uid = patient.ct.frame_of_reference_uid;
    return patient;
  }
  const std::vector<std::string> doubts = choice_warnings(series, *structure_set);
  patient.warnings.insert(patient.warnings.end(), doubts.begin(), doubts.end());
  patient.structure_set = read_rtstruct(structure_set->path, patient.ct.frame_of_reference_uid, patient.warnings);
  return patient;
}

}  // namespace xingu
