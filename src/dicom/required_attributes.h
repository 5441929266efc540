// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dicom/dataset.h"

namespace xingu {

enum class DicomObject { ct_image, rt_structure_set, rt_dose, rt_plan };

/// Appends one sentence that names the attributes which DICOM PS3.3 requires of such an object (type 1 with a value,
/// type 2 at least empty) and this file lacks, if any. Only attributes that Xingu can do without are looked at: the
/// others are refused or mended where they are read.
void warn_about_required_attributes(const DicomItem& root, DicomObject object, std::vector<std::string>& warnings);

/// Refuses a file that states to be another object than the reader wants; one that states nothing passes.
/// @throws InputError naming what it is and what is wanted
void require_object(const DicomItem& root, DicomObject wanted);

}  // namespace xingu
