// SPDX-License-Identifier: Apache-2.0
#include "patient/ct_image.h"

namespace xingu {

std::string to_string(PatientPosition position) {
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
  return {};
}

}  // namespace xingu
