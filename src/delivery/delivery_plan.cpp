// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivery_plan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu {
namespace {

constexpr std::size_t gantry = static_cast<std::size_t>(RoomAxis::gantry);
constexpr std::size_t couch = static_cast<std::size_t>(RoomAxis::couch);
constexpr double way_step_deg = 1.0;
constexpr double leaf_tolerance_mm = 1e-3;

/// Whether every pair of angles between the two positions is allowed: axes run at their own speeds, so each pair of the
/// rectangle may occur.
bool is_free(const RoomLimits& room, const AxisPositions& from, const AxisPositions& to) {
  const auto steps = [&](std::size_t axis) {
    return static_cast<int>(std::ceil(std::abs(to[axis] - from[axis]) / way_step_deg));
  };
  const int num_gantry = steps(gantry);
  const int num_couch = steps(couch);
  for (int g = 0; g <= num_gantry; ++g) {
    for (int c = 0; c <= num_couch; ++c) {
      RoomAngles angles;
      angles.gantry_deg = num_gantry == 0 ? to[gantry] : std::lerp(from[gantry], to[gantry], double(g) / num_gantry);
      angles.couch_deg = num_couch == 0 ? to[couch] : std::lerp(from[couch], to[couch], double(c) / num_couch);
      if (!room.allows(angles)) {
        return false;
      }
    }
  }
  return true;
}

AxisPositions target_of(const PlannedBeam& beam, const RoomLimits& room, const AxisPositions& from) {
  AxisPositions to{beam.angles.gantry_deg, beam.angles.couch_deg, beam.angles.collimator_deg,
                   beam.angles.gantry_pitch_deg};
  to[couch] = std::remainder(to[couch], 360.0);
  to[2] = std::remainder(to[2], 360.0);
  if (room.gantry.to_deg - room.gantry.from_deg >= 360.0) {
    to[gantry] = from[gantry] + std::remainder(to[gantry] - from[gantry], 360.0);
  }
  return to;
}

}  // namespace

std::vector<AxisPositions> way_between(const RoomLimits& room, const AxisPositions& from, const AxisPositions& to) {
  if (is_free(room, from, to)) {
    return {to};
  }
  AxisPositions lowered = from;
  lowered[couch] = 0.0;
  AxisPositions turned = to;
  turned[couch] = 0.0;
  if (is_free(room, from, lowered) && is_free(room, lowered, turned) && is_free(room, turned, to)) {
    return {lowered, turned, to};
  }
  return {};
}

DeliveryPlan::DeliveryPlan(const TreatmentPlan& plan, const MachineDescription& machine) {
  XINGU_REQUIRE(!plan.beams.empty(), "the plan has no beams (there is nothing to deliver); plan again");
  num_leaves_ =
      plan.beams.front().leaf_boundaries_mm.empty() ? 0 : 2 * (plan.beams.front().leaf_boundaries_mm.size() - 1);
  AxisPositions from{};
  hash_ = hash_text(plan.label);
  for (const PlannedBeam& beam : plan.beams) {
    XINGU_REQUIRE(beam.mu() > 0, "beam {} '{}' has no MU (it would never end); leave it out", beam.number,
                  printable(beam.name));
    add_beam(beam, machine, from);
    add_segments(beam, machine);
    beams_.back().mu = mu_after_.back();
  }
  hash_ = hash_bytes(std::as_bytes(std::span(leaves_)), hash_);
  hash_ = hash_bytes(std::as_bytes(std::span(mu_after_)), hash_);
  hash_ = hash_bytes(std::as_bytes(std::span(waypoints_)), hash_);
}

void DeliveryPlan::add_beam(const PlannedBeam& beam, const MachineDescription& machine, AxisPositions& from) {
  const auto refusal = machine.room.refusal(beam.angles);
  XINGU_REQUIRE(!refusal, "beam {} '{}': {} (the machine cannot stand there); plan for {}", beam.number,
                printable(beam.name), refusal.value_or(""), machine.name);
  Beam result;
  result.number = beam.number;
  result.name = beam.name;
  result.magnification = beam.sad_mm / machine.beam.sad_mm;
  result.axes = target_of(beam, machine.room, from);
  const std::vector<AxisPositions> way = way_between(machine.room, from, result.axes);
  XINGU_REQUIRE(!way.empty(),
                "beam {} '{}': there is no free way to gantry {:.1f}, couch {:.1f} deg from the beam before (the "
                "machine would collide); change the order of the beams",
                beam.number, printable(beam.name), beam.angles.gantry_deg, beam.angles.couch_deg);
  result.first_waypoint = waypoints_.size();
  result.num_waypoints = way.size();
  waypoints_.insert(waypoints_.end(), way.begin(), way.end());
  from = result.axes;
  beams_.push_back(std::move(result));
}

void DeliveryPlan::add_segments(const PlannedBeam& beam, const MachineDescription& machine) {
  const double farthest_mm = machine.beam.at_distance(beam.sad_mm).mlc.max_position_mm;
  const double reach = farthest_mm + leaf_tolerance_mm;
  Beam& result = beams_.back();
  result.first_segment = mu_after_.size();
  double mu = 0.0;
  for (const Segment& segment : beam.segments) {
    XINGU_REQUIRE(segment.left_mm.size() + segment.right_mm.size() == num_leaves_,
                  "beam {} '{}' has {} leaf pairs and the first beam {} (one collimator has one number); plan again",
                  beam.number, printable(beam.name), segment.left_mm.size(), num_leaves_ / 2);
    for (const double tip : segment.left_mm) {
      leaves_.push_back(tip);
    }
    for (const double tip : segment.right_mm) {
      leaves_.push_back(tip);
    }
    mu += segment.mu;
    mu_after_.push_back(mu);
    ++result.num_segments;
  }
  const auto own = std::span(leaves_).subspan(result.first_segment * num_leaves_);
  XINGU_REQUIRE(std::ranges::all_of(own, [&](double tip) { return std::abs(tip) <= reach; }),
                "beam {} '{}' has a leaf beyond {:g} mm (the collimator does not reach there); plan for {}",
                beam.number, printable(beam.name), farthest_mm, machine.name);
}

double DeliveryPlan::mu() const noexcept {
  double sum = 0.0;
  for (const Beam& beam : beams_) {
    sum += beam.mu;
  }
  return sum;
}

}  // namespace xingu
