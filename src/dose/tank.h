// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "dose/beam_geometry.h"
#include "dose/material_table.h"
#include "patient/density_image.h"

namespace xingu {

/// A part of a tank: one material at one density in a box. Tank coordinates are (x across, y along, depth), mm; x and y
/// are those of the collimator (frame B), the surface is at depth 0 and the beam's axis at x = y = 0.
struct TankBox {
  std::array<double, 2> x_mm{0, 0};
  std::array<double, 2> y_mm{0, 0};
  std::array<double, 2> depth_mm{0, 0};
  std::string material;
  double density_g_cm3 = 1.0;
};

/// A virtual water tank: a block, with layers and boxes in it; where they overlap the later one holds.
struct Tank {
  std::string name;
  TankBox block;               ///< centred on the axis
  std::vector<TankBox> parts;  ///< layers and boxes in file order, layers first
};

/// The field that shines on a tank, straight down.
struct TankField {
  std::string machine;                       ///< a named machine; empty: an ideal point source
  std::string spectrum = "mohan-6mv";        ///< of the ideal source
  double sad_mm = 1000.0;                    ///< of the ideal source
  std::array<double, 2> field_mm{100, 100};  ///< sides along x and y at the isocentre plane
  double ssd_mm = 900.0;
};

/// Where dose is scored: means over boxes whose edges are given, so that they can be laid on another code's voxels.
struct DepthScoring {
  std::vector<double> edges_mm;
  double half_width_mm = 5.0;  ///< the box reaches this far from the axis in x and y
};
struct ProfileScoring {
  std::array<double, 2> depth_mm{0, 0};
  std::vector<double> edges_mm;  ///< in x
  double half_width_mm = 5.0;    ///< in y
};

/// A tank file as written: tank, field, grid, scoring.
struct TankSetup {
  Tank tank;
  TankField field;
  double grid_mm = 2.0;  ///< voxels of image, engine and dose
  DepthScoring depth_dose;
  std::vector<ProfileScoring> profiles;
  bool is_scoring_stated = false;  ///< the file has a [scoring] table; else score_by_default() made it
};

/// Reads a tank file (by path, or by the name of one that is shipped: data/tanks/NAME.toml). Where it states no
/// scoring, the depth dose is in bins of the grid and profiles at 15, 50, 100 and 200 mm.
/// @throws InputError with file, line and key
[[nodiscard]] TankSetup load_tank(std::string_view name_or_path, const MaterialTable& materials);
[[nodiscard]] TankSetup parse_tank(std::string_view text, const std::string& name, const MaterialTable& materials);
/// Scoring for a tank whose file states none, or whose grid was changed.
void score_by_default(TankSetup& setup);

/// The tank as an image in frame P of a supine patient, gantry 0: x = x, depth runs along +y, tank y along +z; the
/// isocentre is the origin, so the surface is at y = SSD − SAD. Voxels tile the block exactly, near `grid_mm`. A voxel
/// that a face cuts has the mean density and the material of its larger part.
[[nodiscard]] DensityImage tank_image(const Tank& tank, double ssd_mm, double sad_mm, double grid_mm);
/// The beam that shines on it.
[[nodiscard]] BeamGeometry tank_beam(double sad_mm);

/// Mean dose in a box, as a tank scores it.
struct TankScore {
  std::array<double, 2> depth_mm{0, 0};
  std::array<double, 2> x_mm{0, 0};
  double dose = 0.0;   ///< Gy cm², per unit photon fluence on the axis at the isocentre plane
  double sigma = 0.0;  ///< standard deviation of its mean; 0 where the engine has no statistical uncertainty
};
struct TankScores {
  std::vector<TankScore> depth_dose;
  std::vector<std::vector<TankScore>> profiles;  ///< one per ProfileScoring
};

/// Scores of independent batches, and from their spread the mean with its standard deviation.
class TankSpread {
 public:
  void add(const TankScores& batch);
  /// @throws BrokenPromise before the second batch
  [[nodiscard]] TankScores mean() const;
  /// Relative, root mean square over the depth dose where it is above half of its maximum; 1 before the second batch.
  [[nodiscard]] double uncertainty() const;

 private:
  int count_ = 0;
  TankScores sum_;   ///< sigma unused
  TankScores sum2_;  ///< squares, in dose
};

/// @param dose           in frame P as tank_image lays it, Gy cm² per unit fluence on the axis
/// @param surface_P_mm   y of the surface
[[nodiscard]] TankScores score_tank(const Volume<float>& dose, const TankSetup& setup, double surface_P_mm);

/// Mean of a volume, constant within its voxels, over a box in frame P; what lies outside the volume counts 0. Exact
/// overlaps. Cost O(voxels in the box).
[[nodiscard]] double box_mean(const Volume<float>& volume, const Vec3& lower, const Vec3& upper);

}  // namespace xingu
