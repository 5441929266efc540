// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/tags.h"

/// Elements of the Waveform Annotation module (DICOM PS3.3 C.10.10).
namespace xingu::tag {

inline constexpr Tag measurement_units{0x0040, 0x08ea, "MeasurementUnitsCodeSequence"};
inline constexpr Tag concept_name{0x0040, 0xa043, "ConceptNameCodeSequence"};
inline constexpr Tag referenced_channels{0x0040, 0xa0b0, "ReferencedWaveformChannels"};
inline constexpr Tag temporal_range{0x0040, 0xa130, "TemporalRangeType"};
inline constexpr Tag referenced_positions{0x0040, 0xa132, "ReferencedSamplePositions"};
inline constexpr Tag referenced_offsets{0x0040, 0xa138, "ReferencedTimeOffsets"};
inline constexpr Tag concept_code{0x0040, 0xa168, "ConceptCodeSequence"};
inline constexpr Tag numeric_value{0x0040, 0xa30a, "NumericValue"};
inline constexpr Tag waveform_annotations{0x0040, 0xb020, "WaveformAnnotationSequence"};
inline constexpr Tag unformatted_text{0x0070, 0x0006, "UnformattedTextValue"};

}  // namespace xingu::tag
