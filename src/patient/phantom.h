// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patient/heart_phantom.h"
#include "patient/patient.h"

namespace xingu {

/// What to build. Every phantom is a function of this alone: the same values give the same bits and the same UIDs.
struct PhantomSpec {
  std::string name;                    ///< one of phantom_names()
  std::optional<double> spacing_mm{};  ///< cubic voxels; the phantom's own choice (2.5 mm) where absent
  double noise_hu = 0.0;               ///< standard deviation of Gaussian noise added to every voxel
  std::uint64_t seed = 1;              ///< of the noise
  std::string patient_sex{"O"};        ///< DICOM's PatientSex: M, F or O
  HeartParameters heart{};             ///< of `heart` and `lung-tumour`; the others do not use it
};

/// "water", "slab", "tg119-cshape", "lung-tumour", "heart"
[[nodiscard]] std::vector<std::string> phantom_names();

/// A phantom as a patient: CT and structures in frame P, with every DICOM identifier filled in.
///
/// - `water`: a 300 mm cube of water centred on the origin, with a spherical PTV of 20 mm radius.
/// - `slab`: 300 mm × 300 mm across and 300 mm deep along +y from y = −150: 30 mm water, 20 mm cortical bone of
///   1.85 g/cm³, 70 mm lung of 0.26 g/cm³, water to the end. Bone and lung carry their density as an override.
/// - `tg119-cshape`: 300 mm × 200 mm × 170 mm water; target between 15 and 37 mm from the z axis, 80 mm long, open by
/// 100°
///   towards +y; core of 10 mm radius and 100 mm length (AAPM TG-119, Ezzell et al. 2009, with the opening of a common
///   planning benchmark).
///
/// - `heart`: the thorax of HeartPhantom with a scar in the wall of the left ventricle as target (CTV_VT, PTV_2500).
/// - `lung-tumour`: the same thorax with a spherical tumour in the right lung (CTV, PTV) in place of the scar.
///
/// The blocks stand in 10 mm of air. A voxel that a face cuts gets the volume-weighted HU.
/// @throws InputError for an unknown name, a spacing outside 0.5 to 10 mm, negative noise, an unknown sex or what
/// HeartParameters refuses. Cost of the thorax at 2.5 mm: a few seconds on two cores.
[[nodiscard]] Patient make_phantom(const PhantomSpec& spec);

}  // namespace xingu
