// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace xingu {

/// A DICOM attribute: its number and its keyword, so that messages can name both.
struct Tag {
  std::uint16_t group = 0;
  std::uint16_t element = 0;
  const char* keyword = "";

  [[nodiscard]] bool operator==(const Tag& other) const { return group == other.group && element == other.element; }
};

/// "(0028,0010) Rows"
[[nodiscard]] std::string to_string(const Tag& tag);

/// The attributes that Xingu reads or writes, named as in DICOM PS3.6.
namespace tag {
inline constexpr Tag transfer_syntax_uid{0x0002, 0x0010, "TransferSyntaxUID"};
inline constexpr Tag specific_character_set{0x0008, 0x0005, "SpecificCharacterSet"};
inline constexpr Tag image_type{0x0008, 0x0008, "ImageType"};
inline constexpr Tag sop_class_uid{0x0008, 0x0016, "SOPClassUID"};
inline constexpr Tag sop_instance_uid{0x0008, 0x0018, "SOPInstanceUID"};
inline constexpr Tag study_date{0x0008, 0x0020, "StudyDate"};
inline constexpr Tag content_date{0x0008, 0x0023, "ContentDate"};
inline constexpr Tag acquisition_date_time{0x0008, 0x002a, "AcquisitionDateTime"};
inline constexpr Tag study_time{0x0008, 0x0030, "StudyTime"};
inline constexpr Tag content_time{0x0008, 0x0033, "ContentTime"};
inline constexpr Tag accession_number{0x0008, 0x0050, "AccessionNumber"};
inline constexpr Tag modality{0x0008, 0x0060, "Modality"};
inline constexpr Tag manufacturer{0x0008, 0x0070, "Manufacturer"};
inline constexpr Tag institution_name{0x0008, 0x0080, "InstitutionName"};
inline constexpr Tag referring_physician{0x0008, 0x0090, "ReferringPhysicianName"};
inline constexpr Tag code_value{0x0008, 0x0100, "CodeValue"};
inline constexpr Tag coding_scheme{0x0008, 0x0102, "CodingSchemeDesignator"};
inline constexpr Tag code_meaning{0x0008, 0x0104, "CodeMeaning"};
inline constexpr Tag study_description{0x0008, 0x1030, "StudyDescription"};
inline constexpr Tag series_description{0x0008, 0x103e, "SeriesDescription"};
inline constexpr Tag operators_name{0x0008, 0x1070, "OperatorsName"};
inline constexpr Tag manufacturer_model{0x0008, 0x1090, "ManufacturerModelName"};
inline constexpr Tag referenced_sop_class_uid{0x0008, 0x1150, "ReferencedSOPClassUID"};
inline constexpr Tag referenced_sop_instance_uid{0x0008, 0x1155, "ReferencedSOPInstanceUID"};
inline constexpr Tag patient_name{0x0010, 0x0010, "PatientName"};
inline constexpr Tag patient_id{0x0010, 0x0020, "PatientID"};
inline constexpr Tag patient_birth_date{0x0010, 0x0030, "PatientBirthDate"};
inline constexpr Tag patient_sex{0x0010, 0x0040, "PatientSex"};
inline constexpr Tag patient_age{0x0010, 0x1010, "PatientAge"};
inline constexpr Tag slice_thickness{0x0018, 0x0050, "SliceThickness"};
inline constexpr Tag kvp{0x0018, 0x0060, "KVP"};
inline constexpr Tag device_serial_number{0x0018, 0x1000, "DeviceSerialNumber"};
inline constexpr Tag software_versions{0x0018, 0x1020, "SoftwareVersions"};
inline constexpr Tag gantry_detector_tilt{0x0018, 0x1120, "GantryDetectorTilt"};
inline constexpr Tag patient_position{0x0018, 0x5100, "PatientPosition"};
inline constexpr Tag study_uid{0x0020, 0x000d, "StudyInstanceUID"};
inline constexpr Tag series_uid{0x0020, 0x000e, "SeriesInstanceUID"};
inline constexpr Tag study_id{0x0020, 0x0010, "StudyID"};
inline constexpr Tag series_number{0x0020, 0x0011, "SeriesNumber"};
inline constexpr Tag acquisition_number{0x0020, 0x0012, "AcquisitionNumber"};
inline constexpr Tag instance_number{0x0020, 0x0013, "InstanceNumber"};
inline constexpr Tag image_position{0x0020, 0x0032, "ImagePositionPatient"};
inline constexpr Tag image_orientation{0x0020, 0x0037, "ImageOrientationPatient"};
inline constexpr Tag frame_of_reference_uid{0x0020, 0x0052, "FrameOfReferenceUID"};
inline constexpr Tag laterality{0x0020, 0x0060, "Laterality"};
inline constexpr Tag position_reference_indicator{0x0020, 0x1040, "PositionReferenceIndicator"};
inline constexpr Tag slice_location{0x0020, 0x1041, "SliceLocation"};
inline constexpr Tag image_comments{0x0020, 0x4000, "ImageComments"};
inline constexpr Tag samples_per_pixel{0x0028, 0x0002, "SamplesPerPixel"};
inline constexpr Tag photometric_interpretation{0x0028, 0x0004, "PhotometricInterpretation"};
inline constexpr Tag number_of_frames{0x0028, 0x0008, "NumberOfFrames"};
inline constexpr Tag frame_increment_pointer{0x0028, 0x0009, "FrameIncrementPointer"};
inline constexpr Tag rows{0x0028, 0x0010, "Rows"};
inline constexpr Tag columns{0x0028, 0x0011, "Columns"};
inline constexpr Tag pixel_spacing{0x0028, 0x0030, "PixelSpacing"};
inline constexpr Tag bits_allocated{0x0028, 0x0100, "BitsAllocated"};
inline constexpr Tag bits_stored{0x0028, 0x0101, "BitsStored"};
inline constexpr Tag high_bit{0x0028, 0x0102, "HighBit"};
inline constexpr Tag pixel_representation{0x0028, 0x0103, "PixelRepresentation"};
inline constexpr Tag rescale_intercept{0x0028, 0x1052, "RescaleIntercept"};
inline constexpr Tag rescale_slope{0x0028, 0x1053, "RescaleSlope"};
inline constexpr Tag rescale_type{0x0028, 0x1054, "RescaleType"};
inline constexpr Tag lossy_image_compression{0x0028, 0x2110, "LossyImageCompression"};
inline constexpr Tag primary_fluence_modes{0x3002, 0x0050, "PrimaryFluenceModeSequence"};
inline constexpr Tag fluence_mode{0x3002, 0x0051, "FluenceMode"};
inline constexpr Tag fluence_mode_id{0x3002, 0x0052, "FluenceModeID"};
inline constexpr Tag dose_units{0x3004, 0x0002, "DoseUnits"};
inline constexpr Tag dose_type{0x3004, 0x0004, "DoseType"};
inline constexpr Tag dose_comment{0x3004, 0x0006, "DoseComment"};
inline constexpr Tag dose_summation_type{0x3004, 0x000a, "DoseSummationType"};
inline constexpr Tag grid_frame_offset_vector{0x3004, 0x000c, "GridFrameOffsetVector"};
inline constexpr Tag dose_grid_scaling{0x3004, 0x000e, "DoseGridScaling"};
inline constexpr Tag tissue_heterogeneity_correction{0x3004, 0x0014, "TissueHeterogeneityCorrection"};
inline constexpr Tag structure_set_label{0x3006, 0x0002, "StructureSetLabel"};
inline constexpr Tag structure_set_date{0x3006, 0x0008, "StructureSetDate"};
inline constexpr Tag structure_set_time{0x3006, 0x0009, "StructureSetTime"};
inline constexpr Tag referenced_frames{0x3006, 0x0010, "ReferencedFrameOfReferenceSequence"};
inline constexpr Tag referenced_studies{0x3006, 0x0012, "RTReferencedStudySequence"};
inline constexpr Tag referenced_series{0x3006, 0x0014, "RTReferencedSeriesSequence"};
inline constexpr Tag contour_images{0x3006, 0x0016, "ContourImageSequence"};
inline constexpr Tag structure_set_rois{0x3006, 0x0020, "StructureSetROISequence"};
inline constexpr Tag roi_number{0x3006, 0x0022, "ROINumber"};
inline constexpr Tag referenced_frame_uid{0x3006, 0x0024, "ReferencedFrameOfReferenceUID"};
inline constexpr Tag roi_name{0x3006, 0x0026, "ROIName"};
inline constexpr Tag roi_display_colour{0x3006, 0x002a, "ROIDisplayColor"};
inline constexpr Tag roi_generation_algorithm{0x3006, 0x0036, "ROIGenerationAlgorithm"};
inline constexpr Tag roi_contours{0x3006, 0x0039, "ROIContourSequence"};
inline constexpr Tag contours{0x3006, 0x0040, "ContourSequence"};
inline constexpr Tag contour_geometric_type{0x3006, 0x0042, "ContourGeometricType"};
inline constexpr Tag number_of_contour_points{0x3006, 0x0046, "NumberOfContourPoints"};
inline constexpr Tag contour_data{0x3006, 0x0050, "ContourData"};
inline constexpr Tag roi_observations{0x3006, 0x0080, "RTROIObservationsSequence"};
inline constexpr Tag observation_number{0x3006, 0x0082, "ObservationNumber"};
inline constexpr Tag referenced_roi_number{0x3006, 0x0084, "ReferencedROINumber"};
inline constexpr Tag roi_interpreted_type{0x3006, 0x00a4, "RTROIInterpretedType"};
inline constexpr Tag roi_interpreter{0x3006, 0x00a6, "ROIInterpreter"};
inline constexpr Tag roi_physical_properties{0x3006, 0x00b0, "ROIPhysicalPropertiesSequence"};
inline constexpr Tag roi_physical_property{0x3006, 0x00b2, "ROIPhysicalProperty"};
inline constexpr Tag roi_physical_property_value{0x3006, 0x00b4, "ROIPhysicalPropertyValue"};
inline constexpr Tag treatment_session_beams{0x3008, 0x0020, "TreatmentSessionBeamSequence"};
inline constexpr Tag current_fraction{0x3008, 0x0022, "CurrentFractionNumber"};
inline constexpr Tag treatment_point_date{0x3008, 0x0024, "TreatmentControlPointDate"};
inline constexpr Tag treatment_point_time{0x3008, 0x0025, "TreatmentControlPointTime"};
inline constexpr Tag termination_status{0x3008, 0x002a, "TreatmentTerminationStatus"};
inline constexpr Tag verification_status{0x3008, 0x002c, "TreatmentVerificationStatus"};
inline constexpr Tag specified_primary_meterset{0x3008, 0x0032, "SpecifiedPrimaryMeterset"};
inline constexpr Tag delivered_primary_meterset{0x3008, 0x0036, "DeliveredPrimaryMeterset"};
inline constexpr Tag delivered_secondary_meterset{0x3008, 0x0037, "DeliveredSecondaryMeterset"};
inline constexpr Tag point_deliveries{0x3008, 0x0040, "ControlPointDeliverySequence"};
inline constexpr Tag specified_meterset{0x3008, 0x0042, "SpecifiedMeterset"};
inline constexpr Tag delivered_meterset{0x3008, 0x0044, "DeliveredMeterset"};
inline constexpr Tag dose_rate_delivered{0x3008, 0x0048, "DoseRateDelivered"};
inline constexpr Tag leaf_pairs_of_devices{0x3008, 0x00a0, "BeamLimitingDeviceLeafPairsSequence"};
inline constexpr Tag treatment_date{0x3008, 0x0250, "TreatmentDate"};
inline constexpr Tag treatment_time{0x3008, 0x0251, "TreatmentTime"};
inline constexpr Tag plan_label{0x300a, 0x0002, "RTPlanLabel"};
inline constexpr Tag plan_name{0x300a, 0x0003, "RTPlanName"};
inline constexpr Tag plan_description{0x300a, 0x0004, "RTPlanDescription"};
inline constexpr Tag plan_date{0x300a, 0x0006, "RTPlanDate"};
inline constexpr Tag plan_time{0x300a, 0x0007, "RTPlanTime"};
inline constexpr Tag plan_intent{0x300a, 0x000a, "PlanIntent"};
inline constexpr Tag plan_geometry{0x300a, 0x000c, "RTPlanGeometry"};
inline constexpr Tag dose_references{0x300a, 0x0010, "DoseReferenceSequence"};
inline constexpr Tag dose_reference_number{0x300a, 0x0012, "DoseReferenceNumber"};
inline constexpr Tag dose_reference_uid{0x300a, 0x0013, "DoseReferenceUID"};
inline constexpr Tag dose_reference_structure_type{0x300a, 0x0014, "DoseReferenceStructureType"};
inline constexpr Tag energy_unit{0x300a, 0x0015, "NominalBeamEnergyUnit"};
inline constexpr Tag dose_reference_description{0x300a, 0x0016, "DoseReferenceDescription"};
inline constexpr Tag dose_reference_type{0x300a, 0x0020, "DoseReferenceType"};
inline constexpr Tag target_prescription_dose{0x300a, 0x0026, "TargetPrescriptionDose"};
inline constexpr Tag fraction_groups{0x300a, 0x0070, "FractionGroupSequence"};
inline constexpr Tag fraction_group_number{0x300a, 0x0071, "FractionGroupNumber"};
inline constexpr Tag number_of_fractions{0x300a, 0x0078, "NumberOfFractionsPlanned"};
inline constexpr Tag number_of_beams{0x300a, 0x0080, "NumberOfBeams"};
inline constexpr Tag beam_dose_point{0x300a, 0x0082, "BeamDoseSpecificationPoint"};
inline constexpr Tag beam_dose{0x300a, 0x0084, "BeamDose"};
inline constexpr Tag beam_meterset{0x300a, 0x0086, "BeamMeterset"};
inline constexpr Tag beam_dose_meaning{0x300a, 0x008b, "BeamDoseMeaning"};
inline constexpr Tag number_of_brachy_setups{0x300a, 0x00a0, "NumberOfBrachyApplicationSetups"};
inline constexpr Tag beams{0x300a, 0x00b0, "BeamSequence"};
inline constexpr Tag machine_name{0x300a, 0x00b2, "TreatmentMachineName"};
inline constexpr Tag primary_dosimeter_unit{0x300a, 0x00b3, "PrimaryDosimeterUnit"};
inline constexpr Tag source_axis_distance{0x300a, 0x00b4, "SourceAxisDistance"};
inline constexpr Tag limiting_devices{0x300a, 0x00b6, "BeamLimitingDeviceSequence"};
inline constexpr Tag limiting_device_type{0x300a, 0x00b8, "RTBeamLimitingDeviceType"};
inline constexpr Tag number_of_leaf_pairs{0x300a, 0x00bc, "NumberOfLeafJawPairs"};
inline constexpr Tag leaf_boundaries{0x300a, 0x00be, "LeafPositionBoundaries"};
inline constexpr Tag beam_number{0x300a, 0x00c0, "BeamNumber"};
inline constexpr Tag beam_name{0x300a, 0x00c2, "BeamName"};
inline constexpr Tag beam_type{0x300a, 0x00c4, "BeamType"};
inline constexpr Tag radiation_type{0x300a, 0x00c6, "RadiationType"};
inline constexpr Tag treatment_delivery_type{0x300a, 0x00ce, "TreatmentDeliveryType"};
inline constexpr Tag number_of_wedges{0x300a, 0x00d0, "NumberOfWedges"};
inline constexpr Tag number_of_compensators{0x300a, 0x00e0, "NumberOfCompensators"};
inline constexpr Tag number_of_boli{0x300a, 0x00ed, "NumberOfBoli"};
inline constexpr Tag number_of_blocks{0x300a, 0x00f0, "NumberOfBlocks"};
inline constexpr Tag cumulative_dose_coefficient{0x300a, 0x010c, "CumulativeDoseReferenceCoefficient"};
inline constexpr Tag final_meterset_weight{0x300a, 0x010e, "FinalCumulativeMetersetWeight"};
inline constexpr Tag number_of_control_points{0x300a, 0x0110, "NumberOfControlPoints"};
inline constexpr Tag control_points{0x300a, 0x0111, "ControlPointSequence"};
inline constexpr Tag control_point_index{0x300a, 0x0112, "ControlPointIndex"};
inline constexpr Tag nominal_beam_energy{0x300a, 0x0114, "NominalBeamEnergy"};
inline constexpr Tag dose_rate_set{0x300a, 0x0115, "DoseRateSet"};
inline constexpr Tag device_positions{0x300a, 0x011a, "BeamLimitingDevicePositionSequence"};
inline constexpr Tag leaf_positions{0x300a, 0x011c, "LeafJawPositions"};
inline constexpr Tag gantry_angle{0x300a, 0x011e, "GantryAngle"};
inline constexpr Tag gantry_rotation{0x300a, 0x011f, "GantryRotationDirection"};
inline constexpr Tag collimator_angle{0x300a, 0x0120, "BeamLimitingDeviceAngle"};
inline constexpr Tag collimator_rotation{0x300a, 0x0121, "BeamLimitingDeviceRotationDirection"};
inline constexpr Tag couch_angle{0x300a, 0x0122, "PatientSupportAngle"};
inline constexpr Tag couch_rotation{0x300a, 0x0123, "PatientSupportRotationDirection"};
inline constexpr Tag eccentric_angle{0x300a, 0x0125, "TableTopEccentricAngle"};
inline constexpr Tag eccentric_rotation{0x300a, 0x0126, "TableTopEccentricRotationDirection"};
inline constexpr Tag table_vertical{0x300a, 0x0128, "TableTopVerticalPosition"};
inline constexpr Tag table_longitudinal{0x300a, 0x0129, "TableTopLongitudinalPosition"};
inline constexpr Tag table_lateral{0x300a, 0x012a, "TableTopLateralPosition"};
inline constexpr Tag isocentre{0x300a, 0x012c, "IsocenterPosition"};
inline constexpr Tag cumulative_meterset_weight{0x300a, 0x0134, "CumulativeMetersetWeight"};
inline constexpr Tag table_pitch{0x300a, 0x0140, "TableTopPitchAngle"};
inline constexpr Tag table_pitch_rotation{0x300a, 0x0142, "TableTopPitchRotationDirection"};
inline constexpr Tag table_roll{0x300a, 0x0144, "TableTopRollAngle"};
inline constexpr Tag table_roll_rotation{0x300a, 0x0146, "TableTopRollRotationDirection"};
inline constexpr Tag gantry_pitch{0x300a, 0x014a, "GantryPitchAngle"};
inline constexpr Tag gantry_pitch_rotation{0x300a, 0x014c, "GantryPitchRotationDirection"};
inline constexpr Tag patient_setups{0x300a, 0x0180, "PatientSetupSequence"};
inline constexpr Tag patient_setup_number{0x300a, 0x0182, "PatientSetupNumber"};
inline constexpr Tag treatment_machines{0x300a, 0x0206, "TreatmentMachineSequence"};
inline constexpr Tag referenced_plans{0x300c, 0x0002, "ReferencedRTPlanSequence"};
inline constexpr Tag referenced_beams{0x300c, 0x0004, "ReferencedBeamSequence"};
inline constexpr Tag referenced_beam_number{0x300c, 0x0006, "ReferencedBeamNumber"};
inline constexpr Tag referenced_fraction_group{0x300c, 0x0022, "ReferencedFractionGroupNumber"};
inline constexpr Tag referenced_dose_references{0x300c, 0x0050, "ReferencedDoseReferenceSequence"};
inline constexpr Tag referenced_dose_reference_number{0x300c, 0x0051, "ReferencedDoseReferenceNumber"};
inline constexpr Tag referenced_structure_sets{0x300c, 0x0060, "ReferencedStructureSetSequence"};
inline constexpr Tag referenced_patient_setup{0x300c, 0x006a, "ReferencedPatientSetupNumber"};
inline constexpr Tag referenced_point_index{0x300c, 0x00f0, "ReferencedControlPointIndex"};
inline constexpr Tag approval_status{0x300e, 0x0002, "ApprovalStatus"};
inline constexpr Tag pixel_data{0x7fe0, 0x0010, "PixelData"};
inline constexpr Tag waveform_originality{0x003a, 0x0004, "WaveformOriginality"};
inline constexpr Tag number_of_channels{0x003a, 0x0005, "NumberOfWaveformChannels"};
inline constexpr Tag number_of_samples{0x003a, 0x0010, "NumberOfWaveformSamples"};
inline constexpr Tag sampling_frequency{0x003a, 0x001a, "SamplingFrequency"};
inline constexpr Tag multiplex_label{0x003a, 0x0020, "MultiplexGroupLabel"};
inline constexpr Tag channel_definitions{0x003a, 0x0200, "ChannelDefinitionSequence"};
inline constexpr Tag channel_label{0x003a, 0x0203, "ChannelLabel"};
inline constexpr Tag channel_sources{0x003a, 0x0208, "ChannelSourceSequence"};
inline constexpr Tag channel_sensitivity{0x003a, 0x0210, "ChannelSensitivity"};
inline constexpr Tag channel_units{0x003a, 0x0211, "ChannelSensitivityUnitsSequence"};
inline constexpr Tag channel_correction{0x003a, 0x0212, "ChannelSensitivityCorrectionFactor"};
inline constexpr Tag channel_baseline{0x003a, 0x0213, "ChannelBaseline"};
inline constexpr Tag channel_sample_skew{0x003a, 0x0215, "ChannelSampleSkew"};
inline constexpr Tag waveform_bits_stored{0x003a, 0x021a, "WaveformBitsStored"};
inline constexpr Tag acquisition_context{0x0040, 0x0555, "AcquisitionContextSequence"};
inline constexpr Tag waveforms{0x5400, 0x0100, "WaveformSequence"};
inline constexpr Tag waveform_bits_allocated{0x5400, 0x1004, "WaveformBitsAllocated"};
inline constexpr Tag sample_interpretation{0x5400, 0x1006, "WaveformSampleInterpretation"};
inline constexpr Tag waveform_padding{0x5400, 0x100a, "WaveformPaddingValue"};
inline constexpr Tag waveform_data{0x5400, 0x1010, "WaveformData"};
}  // namespace tag

/// SOP class UIDs, DICOM PS3.4.
namespace sop_class {
inline constexpr const char* ct_image = "1.2.840.10008.5.1.4.1.1.2";
inline constexpr const char* enhanced_ct_image = "1.2.840.10008.5.1.4.1.1.2.1";
inline constexpr const char* rt_structure_set = "1.2.840.10008.5.1.4.1.1.481.3";
inline constexpr const char* rt_dose = "1.2.840.10008.5.1.4.1.1.481.2";
inline constexpr const char* rt_beams_treatment_record = "1.2.840.10008.5.1.4.1.1.481.4";
inline constexpr const char* rt_plan = "1.2.840.10008.5.1.4.1.1.481.5";
inline constexpr const char* twelve_lead_ecg = "1.2.840.10008.5.1.4.1.1.9.1.1";
inline constexpr const char* general_ecg = "1.2.840.10008.5.1.4.1.1.9.1.2";
inline constexpr const char* ambulatory_ecg = "1.2.840.10008.5.1.4.1.1.9.1.3";
inline constexpr const char* robotic_arm_radiation = "1.2.840.10008.5.1.4.1.1.481.15";
inline constexpr const char* detached_study_management = "1.2.840.10008.3.1.2.3.1";
}  // namespace sop_class

}  // namespace xingu
