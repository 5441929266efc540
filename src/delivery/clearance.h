// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "delivery/delivery_plan.h"

namespace xingu {

/// Where the axes go, or stand.
struct AxisErrand {
  std::size_t beam = 0;          ///< index of the beam whose place it is; the number of beams after the last
  bool comes_from_home = false;  ///< it is the first of the session; else they come from the beam before
};

/// How far the machine is from the patient and from itself, live. Asked every ten milliseconds from within the control
/// loop: implementations neither allocate, lock nor throw, and answer within a millisecond.
class ClearanceSource {
 public:
  virtual ~ClearanceSource() = default;
  /// Smallest distance, mm, as it is watched: never more than there is until the next time it is asked for.
  [[nodiscard]] virtual double clearance_mm(const AxisPositions& axes, const AxisErrand& errand) const noexcept = 0;
  /// Between what it is, for people: "head and patient"; empty if that is not known. Not for the control loop.
  [[nodiscard]] virtual std::string nearest(const AxisPositions& axes, const AxisErrand& errand) const {
    static_cast<void>(axes);
    static_cast<void>(errand);
    return {};
  }
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
  [[nodiscard]] double clearance_mm(const AxisPositions& axes, const AxisErrand& /*errand*/) const noexcept override {
    for (const RoomLimits::ForbiddenSector& sector : room_.forbidden) {
      if (sector.gantry.contains(axes[0]) && sector.couch.contains(axes[1])) {
        return 0.0;
      }
    }
    return 500.0;
  }

 private:
  RoomLimits room_;
};

}  // namespace xingu
