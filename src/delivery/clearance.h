// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "delivery/delivery_plan.h"

namespace xingu {

/// Where the axes go, or stand.
struct AxisErrand {
  std::size_t beam = 0;          ///< index of the beam whose place it is; the number of beams after the last
  bool comes_from_home = false;  ///< it is the first of the session; else they come from the beam before
};

/// Two bodies that could meet.
struct WatchedPair {
  std::string first;
  std::string second;
  double weight = 1.0;  ///< the clearance that is watched is their distance times this

  [[nodiscard]] double distance_mm(double clearance_mm) const noexcept { return clearance_mm / weight; }
  friend bool operator==(const WatchedPair&, const WatchedPair&) = default;
};

/// The clearance, and what it is of.
struct ClearanceReading {
  double clearance_mm = 500.0;  ///< smallest, as it is watched: never more than there is until the next reading
  int pair = -1;                ///< index of the nearest pair in ClearanceSource::pairs(); −1: not known
};

/// How far the machine is from the patient and from itself, live. Asked every ten milliseconds from within the control
/// loop: implementations neither allocate, lock nor throw, and answer within a millisecond.
class ClearanceSource {
 public:
  virtual ~ClearanceSource() = default;
  [[nodiscard]] virtual ClearanceReading read(const AxisPositions& axes, const AxisErrand& errand) const noexcept = 0;
  /// Fewer than 65,535; empty of a source that knows no bodies.
  [[nodiscard]] virtual std::span<const WatchedPair> pairs() const noexcept { return {}; }
};

/// Clearance from the machine file's table of forbidden sectors, which knows allowed from forbidden and no distances:
/// 500 mm or 0. Sectors are taken half a degree smaller, so that a beam that stands at the edge of one is not held for
/// the encoders' noise.
class SectorClearance final : public ClearanceSource {
 public:
  explicit SectorClearance(RoomLimits room) : room_(std::move(room)) {
    for (RoomLimits::ForbiddenSector& sector : room_.forbidden) {
      for (AngleInterval* interval : {&sector.gantry, &sector.couch}) {
        interval->from_deg += 0.5;
        interval->to_deg -= 0.5;
      }
    }
  }
  [[nodiscard]] ClearanceReading read(const AxisPositions& axes, const AxisErrand& /*errand*/) const noexcept override {
    for (const RoomLimits::ForbiddenSector& sector : room_.forbidden) {
      if (sector.gantry.contains(axes[0]) && sector.couch.contains(axes[1])) {
        return {0.0, -1};
      }
    }
    return {};
  }

 private:
  RoomLimits room_;
};

}  // namespace xingu
