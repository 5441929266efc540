// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// A closed planar polygon in an axial plane, frame P, mm; the last point joins the first. Several contours of one
/// structure in one plane combine by exclusive or, so an inner contour is a hole; a keyhole contour needs nothing
/// special because its doubled edge encloses no area.
struct Contour {
  double z_mm = 0.0;
  std::vector<Eigen::Vector2d> points;
};

/// One region of interest of an RTSTRUCT.
struct Structure {
  int number = 0;                ///< ROI number, unique in its set
  std::string name;              ///< as in the file
  std::string interpreted_type;  ///< PTV, CTV, ORGAN, EXTERNAL, BOLUS, SUPPORT, … or empty
  std::array<int, 3> colour{200, 200, 200};
  std::vector<Contour> contours;                    ///< any order; empty for an empty structure
  std::optional<double> relative_electron_density;  ///< physical-property override, if the file states one
  std::optional<double> relative_mass_density;
  double single_plane_mm = 3.0;  ///< thickness along z if the contours lie in one plane only
};

struct StructureSet {
  std::string label;
  std::string sop_instance_uid;
  std::string frame_of_reference_uid;
  std::vector<Structure> structures;
};

/// A name as people write it: "PTV", or "PTV#3" for the one of that ROI number, where several structures have one name.
struct NumberedName {
  std::string_view name;
  std::optional<int> number;
};
[[nodiscard]] NumberedName numbered_name(std::string_view text);

/// The name of a structure in its set, with its number where another one has the same, case apart: "PTV#3". What
/// structure_labelled() finds again.
[[nodiscard]] std::string label_of(const StructureSet& set, const Structure& structure);

/// The structure of a label, or null: one whose name that is, else the one of that name and number.
[[nodiscard]] const Structure* structure_labelled(const StructureSet& set, std::string_view label);

}  // namespace xingu
