// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "patient/ct_image.h"
#include "patient/structure.h"

namespace xingu {

/// A patient as read or as made by a phantom: one CT and its structures.
struct Patient {
  CtImage ct;
  StructureSet structure_set;
  std::vector<std::string> warnings;  ///< what a reader mended or passed over, one sentence each
};

}  // namespace xingu
