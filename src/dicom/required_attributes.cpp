// SPDX-License-Identifier: Apache-2.0
#include "dicom/required_attributes.h"

#include <array>
#include <initializer_list>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace xingu {
namespace {

std::vector<Tag> type_1_attributes(DicomObject object) {
  std::vector<Tag> tags{tag::sop_class_uid, tag::sop_instance_uid, tag::modality, tag::study_uid, tag::series_uid};
  const auto add = [&](std::initializer_list<Tag> more) { tags.insert(tags.end(), more); };
  switch (object) {
    case DicomObject::ct_image:
      add({tag::image_type});
      break;
    case DicomObject::rt_structure_set:
      add({tag::frame_of_reference_uid, tag::structure_set_label});
      break;
    case DicomObject::rt_dose:
      add({tag::frame_of_reference_uid, tag::dose_type, tag::dose_summation_type, tag::frame_increment_pointer});
      break;
    case DicomObject::rt_plan:
      add({tag::frame_of_reference_uid, tag::plan_label, tag::plan_geometry});
      break;
  }
  return tags;
}

std::vector<Tag> type_2_attributes(DicomObject object) {
  std::vector<Tag> tags{tag::patient_name,        tag::patient_id,    tag::patient_birth_date,
                        tag::patient_sex,         tag::study_date,    tag::study_time,
                        tag::referring_physician, tag::study_id,      tag::manufacturer,
                        tag::accession_number,    tag::series_number, tag::position_reference_indicator};
  const auto add = [&](std::initializer_list<Tag> more) { tags.insert(tags.end(), more); };
  switch (object) {
    case DicomObject::ct_image:
      add({tag::instance_number, tag::kvp, tag::acquisition_number, tag::slice_thickness});
      break;
    case DicomObject::rt_structure_set:
      add({tag::operators_name, tag::structure_set_date, tag::structure_set_time});
      break;
    case DicomObject::rt_dose:
      add({tag::operators_name, tag::instance_number});
      break;
    case DicomObject::rt_plan:
      add({tag::operators_name, tag::plan_date, tag::plan_time});
      break;
  }
  return tags;
}

}  // namespace

void warn_about_required_attributes(const DicomItem& root, DicomObject object, std::vector<std::string>& warnings) {
  std::string list;
  std::size_t count = 0;
  const auto note = [&](const Tag& tag) {
    list += (list.empty() ? "" : ", ") + to_string(tag);
    ++count;
  };
  for (const Tag& tag : type_1_attributes(object)) {
    if (!root.has(tag)) {
      note(tag);
    }
  }
  for (const Tag& tag : type_2_attributes(object)) {
    if (!root.is_present(tag)) {
      note(tag);
    }
  }
  if (count > 0) {
    warnings.push_back(root.file_name() + ": " + list + (count == 1 ? " is" : " are") +
                       " missing, which DICOM requires; read without " + (count == 1 ? "it" : "them"));
  }
}

void require_object(const DicomItem& root, DicomObject wanted) {
  static constexpr std::array<std::pair<const char*, const char*>, 8> names{
      std::pair{sop_class::ct_image, "a CT image"},
      std::pair{sop_class::rt_structure_set, "an RTSTRUCT"},
      std::pair{sop_class::rt_dose, "an RTDOSE"},
      std::pair{sop_class::rt_plan, "an RTPLAN"},
      std::pair{sop_class::rt_beams_treatment_record, "a record of treatment"},
      std::pair{sop_class::robotic_arm_radiation, "a Robotic-Arm Radiation"},
      std::pair{sop_class::twelve_lead_ecg, "an ECG"},
      std::pair{sop_class::enhanced_ct_image, "an enhanced CT image"}};
  const auto& [uid, name] = names[static_cast<std::size_t>(wanted)];
  const std::string stated = root.text(tag::sop_class_uid);
  if (stated.empty() || stated == uid) {
    return;
  }
  std::string what = printable(stated, 64);
  for (const auto& [other, words] : names) {
    what = stated == other ? words : what;
  }
  root.fail(tag::sop_class_uid, fmt::format("says that this is {} ({} is wanted); give another file", what, name));
}

}  // namespace xingu
