// SPDX-License-Identifier: Apache-2.0
#include "dicom/write_modules.h"

#include <fmt/chrono.h>

#include <chrono>
#include <ctime>
#include <optional>
#include <utility>

#include "base/source_date_epoch.h"

namespace xingu {

std::string dicom_position(PatientPosition position) {
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
  return "HFS";
}

WriteOptions written_now(std::string seed) {
  const std::optional<std::time_t> epoch = source_date_epoch();
  const std::tm time = epoch ? fmt::gmtime(*epoch)
                             : fmt::localtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  return {std::move(seed), fmt::format("{:%Y%m%d}", time), fmt::format("{:%H%M%S}", time)};
}

Stamp stamp_of(const CtImage& ct, const WriteOptions& options) {
  return options.date.empty() ? Stamp{ct.study_date, ct.study_time} : Stamp{options.date, options.time};
}

void write_patient_and_study(ItemWriter root, const CtImage& ct, const PatientUids& uids) {
  root.put(tag::patient_name, ct.patient_name);
  root.put(tag::patient_id, ct.patient_id);
  root.put(tag::patient_birth_date, ct.patient_birth_date);
  root.put(tag::patient_sex, ct.patient_sex);
  root.put(tag::study_uid, uids.study);
  root.put(tag::study_date, ct.study_date);
  root.put(tag::study_time, ct.study_time);
  root.put(tag::study_id, ct.study_id);
  root.put(tag::accession_number, ct.accession_number);
  root.put(tag::referring_physician, ct.referring_physician);
}

void write_series(ItemWriter root, const std::string& modality, const std::string& series_uid,
                  const std::string& description, int number) {
  root.put(tag::modality, modality);
  root.put(tag::series_uid, series_uid);
  root.put(tag::series_number, number);
  root.put(tag::series_description, fitting_text(description, 64));
  root.put_empty(tag::operators_name);
  root.put(tag::manufacturer, "Xingu");
  root.put(tag::manufacturer_model, "Xingu (research use only)");
  root.put(tag::software_versions, XINGU_VERSION);
}

void write_frame_of_reference(ItemWriter root, const PatientUids& uids) {
  root.put(tag::frame_of_reference_uid, uids.frame_of_reference);
  root.put_empty(tag::position_reference_indicator);
}

void write_reference(ItemWriter item, const std::string& sop_class_uid, const std::string& sop_instance_uid) {
  item.put(tag::referenced_sop_class_uid, sop_class_uid);
  item.put(tag::referenced_sop_instance_uid, sop_instance_uid);
}

void write_code(ItemWriter item, const CodedConcept& code) {
  item.put(tag::code_value, fitting_text(code.value, 16));
  item.put(tag::coding_scheme, code.scheme);
  item.put(tag::code_meaning, fitting_text(code.meaning, 64));
}

}  // namespace xingu
