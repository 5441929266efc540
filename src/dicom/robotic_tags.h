// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/tags.h"

/// Attributes of second-generation radiotherapy objects (DICOM PS3.3 C.36), named as in PS3.6.
namespace xingu::tag {
inline constexpr Tag instance_creation_date{0x0008, 0x0012, "InstanceCreationDate"};
inline constexpr Tag instance_creation_time{0x0008, 0x0013, "InstanceCreationTime"};
inline constexpr Tag series_date{0x0008, 0x0021, "SeriesDate"};
inline constexpr Tag series_time{0x0008, 0x0031, "SeriesTime"};
inline constexpr Tag image_to_equipment{0x0028, 0x9520, "ImageToEquipmentMappingMatrix"};
inline constexpr Tag patient_location_coordinates{0x3006, 0x00c9, "PatientLocationCoordinatesSequence"};
inline constexpr Tag patient_support_position{0x3006, 0x00cb, "PatientSupportPositionSequence"};
inline constexpr Tag rt_control_point_index{0x300a, 0x0600, "RTControlPointIndex"};
inline constexpr Tag generation_mode_index{0x300a, 0x0601, "RadiationGenerationModeIndex"};
inline constexpr Tag number_of_rt_control_points{0x300a, 0x0604, "NumberOfRTControlPoints"};
inline constexpr Tag referenced_generation_mode{0x300a, 0x0605, "ReferencedRadiationGenerationModeIndex"};
inline constexpr Tag treatment_position_index{0x300a, 0x0606, "TreatmentPositionIndex"};
inline constexpr Tag referenced_device_index{0x300a, 0x0607, "ReferencedDeviceIndex"};
inline constexpr Tag referenced_treatment_position{0x300a, 0x060b, "ReferencedTreatmentPositionIndex"};
inline constexpr Tag content_detail_flag{0x300a, 0x0638, "RTRadiationPhysicalAndGeometricContentDetailFlag"};
inline constexpr Tag rt_record_flag{0x300a, 0x0639, "RTRecordFlag"};
inline constexpr Tag treatment_devices{0x300a, 0x063a, "TreatmentDeviceIdentificationSequence"};
inline constexpr Tag cumulative_meterset{0x300a, 0x063c, "CumulativeMeterset"};
inline constexpr Tag treatment_positions{0x300a, 0x063f, "TreatmentPositionSequence"};
inline constexpr Tag number_of_limiting_devices{0x300a, 0x0641, "NumberOfRTBeamLimitingDevices"};
inline constexpr Tag limiting_device_proximal{0x300a, 0x0642, "RTBeamLimitingDeviceProximalDistance"};
inline constexpr Tag limiting_device_distal{0x300a, 0x0643, "RTBeamLimitingDeviceDistalDistance"};
inline constexpr Tag modifier_orientation{0x300a, 0x0645, "BeamModifierOrientationAngle"};
inline constexpr Tag parallel_delimiters{0x300a, 0x0647, "ParallelRTBeamDelimiterDeviceSequence"};
inline constexpr Tag number_of_parallel_delimiters{0x300a, 0x0648, "NumberOfParallelRTBeamDelimiters"};
inline constexpr Tag parallel_boundaries{0x300a, 0x0649, "ParallelRTBeamDelimiterBoundaries"};
inline constexpr Tag parallel_positions{0x300a, 0x064a, "ParallelRTBeamDelimiterPositions"};
inline constexpr Tag limiting_device_offset{0x300a, 0x064b, "RTBeamLimitingDeviceOffset"};
inline constexpr Tag limiting_device_definitions{0x300a, 0x064d, "RTBeamLimitingDeviceDefinitionSequence"};
inline constexpr Tag leaf_mounting_side{0x300a, 0x064f, "ParallelRTBeamDelimiterLeafMountingSide"};
inline constexpr Tag limiting_device_openings{0x300a, 0x0656, "RTBeamLimitingDeviceOpeningSequence"};
inline constexpr Tag number_of_openings{0x300a, 0x0657, "NumberOfRTBeamLimitingDeviceOpenings"};
inline constexpr Tag dosimeter_units{0x300a, 0x0658, "RadiationDosimeterUnitSequence"};
inline constexpr Tag distance_reference{0x300a, 0x0659, "RTDeviceDistanceReferenceLocationCodeSequence"};
inline constexpr Tag equipment_frame_uid{0x300a, 0x0675, "EquipmentFrameOfReferenceUID"};
inline constexpr Tag equipment_reference_points{0x300a, 0x0677, "EquipmentReferencePointCoordinatesSequence"};
inline constexpr Tag generation_modes{0x300a, 0x067b, "RadiationGenerationModeSequence"};
inline constexpr Tag generation_mode_label{0x300a, 0x067c, "RadiationGenerationModeLabel"};
inline constexpr Tag generation_mode_description{0x300a, 0x067d, "RadiationGenerationModeDescription"};
inline constexpr Tag generation_mode_codes{0x300a, 0x067e, "RadiationGenerationModeMachineCodeSequence"};
inline constexpr Tag radiation_type_codes{0x300a, 0x067f, "RadiationTypeCodeSequence"};
inline constexpr Tag nominal_energy{0x300a, 0x0680, "NominalEnergy"};
inline constexpr Tag energy_unit_codes{0x300a, 0x0684, "EnergyUnitCodeSequence"};
inline constexpr Tag number_of_generation_modes{0x300a, 0x0685, "NumberOfRadiationGenerationModes"};
inline constexpr Tag number_of_support_devices{0x300a, 0x0687, "NumberOfPatientSupportDevices"};
inline constexpr Tag modifier_definition_distance{0x300a, 0x0688, "RTBeamModifierDefinitionDistance"};
inline constexpr Tag author_identification{0x3010, 0x0019, "AuthorIdentificationSequence"};
inline constexpr Tag device_type_codes{0x3010, 0x002e, "DeviceTypeCodeSequence"};
inline constexpr Tag device_label{0x3010, 0x002d, "DeviceLabel"};
inline constexpr Tag patient_equipment_relationship{0x3010, 0x0030, "PatientEquipmentRelationshipCodeSequence"};
inline constexpr Tag user_content_label{0x3010, 0x0033, "UserContentLabel"};
inline constexpr Tag device_index{0x3010, 0x0039, "DeviceIndex"};
inline constexpr Tag manufacturer_device{0x3010, 0x0043, "ManufacturerDeviceIdentifier"};
inline constexpr Tag technique_codes{0x3010, 0x0080, "RTTreatmentTechniqueCodeSequence"};
inline constexpr Tag robot_base{0x3010, 0x0090, "RoboticBaseLocationIndicator"};
inline constexpr Tag node_set_codes{0x3010, 0x0091, "RoboticPathNodeSetCodeSequence"};
inline constexpr Tag node_identifier{0x3010, 0x0092, "RoboticNodeIdentifier"};
inline constexpr Tag source_coordinates{0x3010, 0x0093, "RTTreatmentSourceCoordinates"};
inline constexpr Tag source_yaw{0x3010, 0x0094, "RadiationSourceCoordinateSystemYawAngle"};
inline constexpr Tag source_roll{0x3010, 0x0095, "RadiationSourceCoordinateSystemRollAngle"};
inline constexpr Tag source_pitch{0x3010, 0x0096, "RadiationSourceCoordinateSystemPitchAngle"};
inline constexpr Tag robotic_path{0x3010, 0x0097, "RoboticPathControlPointSequence"};
}  // namespace xingu::tag

namespace xingu {
/// Non-Flattening Filter Beam, of context group 9549 (PS3.16).
inline constexpr const char* filter_free_code = "130356";
}  // namespace xingu
