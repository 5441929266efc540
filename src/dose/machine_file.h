// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dose/beam_geometry.h"
#include "dose/beam_model.h"

namespace xingu {

/// A closed interval of angles, degrees, walked upwards from `from` to `to`; it may cross 360.
struct AngleInterval {
  double from_deg = 0.0;
  double to_deg = 360.0;
  [[nodiscard]] bool contains(double angle_deg) const;
};

/// Which room angles a machine can take and how fast it moves, as far as planning needs to know. The full answer, with
/// kinematics and collisions, belongs to the machine library; these limits are on the safe side of it.
struct RoomLimits {
  AngleInterval gantry;              ///< IEC 61217
  AngleInterval couch{-90.0, 90.0};  ///< patient support rotation
  struct ForbiddenSector {
    AngleInterval gantry;
    AngleInterval couch;
    std::string because;
  };
  std::vector<ForbiddenSector> forbidden;
  double dose_rate_MU_per_min = 1000.0;
  double gantry_speed_deg_per_s = 6.0;
  double couch_speed_deg_per_s = 3.0;
  double leaf_speed_mm_per_s = 25.0;
  double beam_setup_s = 2.0;  ///< settle and verify before each beam

  /// Nothing if the angles are allowed, else the reason they are not.
  [[nodiscard]] std::optional<std::string> refusal(const RoomAngles& angles) const;
  [[nodiscard]] bool allows(const RoomAngles& angles) const { return !refusal(angles); }
};

/// A treatment machine as machines/NAME/machine.toml describes it.
struct MachineDescription {
  std::string name;
  std::string description;
  BeamModel beam;
  RoomLimits room;
};

/// The machine.toml that a person means: a TOML file, a folder that holds machine.toml, or the name of a folder of
/// `machines`, here or in the shipped data. A name without a separator means the latter first.
/// @throws InputError with the nearest name if there is none
[[nodiscard]] std::filesystem::path find_machine(std::string_view name_or_path);

/// A folder of some `machines`.
struct KnownMachine {
  std::string name;            ///< of the folder
  std::filesystem::path file;  ///< its machine.toml
  bool is_hidden = false;      ///< another of this name is found first
};

/// All machines that a name can mean, sorted by name: of `machines` in the working folder, in $XINGU_DATA and in the
/// shipped data.
[[nodiscard]] std::vector<KnownMachine> known_machines();

/// @param name_or_path  as find_machine takes it
/// @throws InputError with file, line and key
[[nodiscard]] MachineDescription load_machine(std::string_view name_or_path);

/// From the text of such a file; `name` is used in messages.
[[nodiscard]] MachineDescription parse_machine(std::string_view text, const std::string& name);

}  // namespace xingu
