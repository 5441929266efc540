// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "dicom/read_patient.h"
#include "patient/dvh.h"
#include "patient/tg263.h"

namespace xingu {

struct CtSummary {
  std::string series_uid;
  std::string patient_name;
  std::string patient_id;
  std::string patient_sex;
  std::string study_date;
  std::string study_time;
  std::string study_uid;
  std::string frame_of_reference_uid;
  PatientPosition position = PatientPosition::hfs;
  Grid grid;
  std::size_t num_images = 0;
  double lowest_hu = 0.0;
  double highest_hu = 0.0;
};

struct StructureSummary {
  int number = 0;
  std::string name;
  std::string type;
  std::size_t num_contours = 0;
  std::size_t num_points = 0;
  double volume_cm3 = 0.0;       ///< structure_samples: as DVHs have it
  double beyond_body_cm3 = 0.0;  ///< of it beyond the body's outline, beyond_body_mm3; 0 where no body is known
  double lowest_z_mm = 0.0;      ///< of its contours; 0 where there is none
  double highest_z_mm = 0.0;
  Tg263Match tg263;  ///< what it would be called after AAPM TG-263
};

struct DoseSummary {
  std::filesystem::path path;
  std::string units;
  std::string type;
  std::string summation;
  std::string comment;
  std::string sop_instance_uid;
  std::string referenced_plan_uid;
  Grid grid;
  double max_dose = 0.0;  ///< Gy, or relative
  Vec3 max_position = Vec3::Zero();
  bool has_frame_of_ct = false;
};

struct BeamSummary {
  int number = 0;
  std::string name;
  RoomAngles angles;
  Vec3 isocentre_P = Vec3::Zero();
  double energy_MV = 0.0;
  double sad_mm = 0.0;
  std::size_t num_segments = 0;
  std::size_t num_leaf_pairs = 0;
  double mu = 0.0;
};

struct PlanSummary {
  std::filesystem::path path;
  std::string label;
  std::string machine;
  std::string approval_status;
  std::string sop_instance_uid;
  PatientPosition position = PatientPosition::hfs;
  int num_fractions = 1;
  double prescription_Gy = 0.0;
  std::string target_name;
  std::vector<BeamSummary> beams;
};

/// One place of the source of a Robotic-Arm Radiation, with the patient as it lies there.
struct NodeSummary {
  int number = 0;
  Vec3 source_P = Vec3::Zero();  ///< mm
  double distance_mm = 0.0;      ///< from the source to the isocentre
  std::size_t num_shapes = 0;    ///< of the leaves, with MU
  double mu = 0.0;
};

struct RadiationSummary {
  std::filesystem::path path;
  std::string label;
  std::string machine;
  double energy_MV = 0.0;
  std::size_t num_patient_poses = 0;
  std::vector<NodeSummary> nodes;  ///< in the order of the path
};

/// One of several RTSTRUCTs that belong to a CT.
struct StructureSetChoice {
  RtFile file;
  std::size_t num_structures = 0;
};

/// Everything `xingu inspect` tells about a folder.
struct Inspection {
  DicomFolder folder;
  std::optional<CtSummary> ct;  ///< none where there is no CT, several to choose from, or one that is refused
  std::filesystem::path structure_set_path;
  std::string structure_set_label;
  std::vector<StructureSetChoice> structure_set_choices;  ///< where several belong to the CT and none is chosen
  std::vector<StructureSummary> structures;
  std::vector<DoseSummary> doses;
  std::vector<PlanSummary> plans;
  std::vector<RadiationSummary> robotic_radiations;
  std::vector<std::string>
      cut_structures;                  ///< of problems: serial organs whose contours end beside a target (cut_ends)
  std::vector<std::string> problems;   ///< refused, mended or passed over, one sentence each
  std::optional<std::string> refusal;  ///< why the CT or its structures cannot be used; the first of the problems
};

/// Reads everything in a folder, one object at a time, and keeps only the summaries. What cannot be used becomes a
/// problem or the refusal; only a folder that cannot be scanned throws. Memory: CT and
/// structures together, else the largest object.
/// @param volume  how finely structures are measured
/// @throws InputError as scan_dicom_folder.
[[nodiscard]] Inspection inspect_folder(const std::filesystem::path& path, const ReadOptions& options = {},
                                        const DvhOptions& volume = {});

}  // namespace xingu
