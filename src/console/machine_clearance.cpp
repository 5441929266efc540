// SPDX-License-Identifier: Apache-2.0
#include "console/machine_clearance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/log.h"
#include "base/parallel.h"

namespace xingu {
namespace {

constexpr double no_way_deg = 0.01;     // an axis whose goal is no farther ought to stand
constexpr double period_s = 0.010;      // from one answer to the next
constexpr double most_unseen_mm = 1.0;  // by which a pair may come nearer within a stretch than it is said to be …
constexpr double unseen_share = 0.02;   // … or this share of its distance

/// The farthest that parts below a link can be from the isocentre in the given configuration, mm.
double farthest_below(const CollisionWorld& world, std::span<const double> axes, std::span<const int> moved_by) {
  LinkPoses poses;
  forward_kinematics(world.mechanism(), axes, poses);
  std::vector<Eigen::Isometry3d> X_F;
  world.place(poses, X_F);
  double farthest = 0.0;
  for (std::size_t i = 0; i < world.parts().size(); ++i) {
    const CollisionWorld::Part& part = world.parts()[i];
    const std::vector<int> axes_of = world.mechanism().axes_of(part.link);
    const bool moves = std::ranges::any_of(axes_of, [&](int axis) { return std::ranges::count(moved_by, axis) > 0; });
    if (moves) {
      farthest = std::max(farthest, (X_F[i] * part.centre).norm() + part.radius);
    }
  }
  return farthest;
}

bool has_patient(const CollisionWorld& world, const CollisionWorld::Pair& pair) {
  const auto is_patient = [&](int part) { return world.parts()[static_cast<std::size_t>(part)].is_patient; };
  return is_patient(pair.first) || is_patient(pair.second);
}

}  // namespace

std::vector<double> MachineClearance::Approach::values_at(double part) const {
  std::size_t leg = 0;
  while (leg + 1 < legs.size() && part > ends[leg]) {
    ++leg;
  }
  const double begin = leg == 0 ? 0.0 : ends[leg - 1];
  const double share = std::clamp((part - begin) / (ends[leg] - begin), 0.0, 1.0);
  std::vector<double> values(legs[leg].to.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = std::lerp(legs[leg].from[i], legs[leg].to[i], share);
  }
  return values;
}

MachineClearance::Approach MachineClearance::approach_of(const std::vector<PathLeg>& legs,
                                                         const std::vector<double>& from) {
  Approach approach;
  approach.legs = legs.empty() ? std::vector<PathLeg>{{from, from, 0.0}} : legs;
  double whole = 0.0;
  for (const PathLeg& leg : approach.legs) {
    approach.ends.push_back(whole += std::max(leg.duration_s, 1e-9));
  }
  for (double& end : approach.ends) {
    end /= whole;
  }
  return approach;
}

MachineClearance::MachineClearance(const CollisionWorld& world, const TreatmentMachine& machine, const BeamPath& path,
                                   const DeliveryPlan& plan, const MachineDynamics& dynamics)
    : axes_(dynamics.axes) {
  XINGU_REQUIRE(!path.visits.empty() && path.visits.size() == plan.beams().size(),
                "the path leads to {} beams and the plan has {} (they do not belong together); plan anew",
                path.visits.size(), plan.beams().size());
  std::vector<double> at = machine.home();
  AxisPositions start{};
  for (std::size_t b = 0; b < path.visits.size(); ++b) {
    XINGU_REQUIRE(!path.visits[b].from_home.empty(),
                  "no certified way leads from home to beam {} (a session could not go on there); leave it out",
                  plan.beams()[b].number);
    approaches_.push_back(approach_of(path.visits[b].legs, at));
    approaches_.back().start = start;
    from_home_.push_back(approach_of(path.visits[b].from_home, at));
    approaches_.back().goal = from_home_.back().goal = start = plan.beams()[b].axes;
    at = from_home_.back().legs.back().to;
  }
  const double hardware_weight =
      machine.buffers.hardware_mm > 0 ? std::max(1.0, machine.buffers.patient_mm / machine.buffers.hardware_mm) : 1.0;
  for (const CollisionWorld::Pair& pair : world.pairs()) {
    const auto name = [&](int part) { return world.parts()[static_cast<std::size_t>(part)].name; };
    pairs_.push_back({name(pair.first), name(pair.second), has_patient(world, pair) ? 1.0 : hardware_weight});
  }
  constexpr double rad = std::numbers::pi / 180.0;
  const double head = rad * farthest_below(world, at, machine.head_axes);
  const double table = rad * farthest_below(world, at, machine.table_axes);
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    reach_[i] = static_cast<RoomAxis>(i) == RoomAxis::couch ? table : head;
  }
  const MoveCheck check(world);
  parallel_for(2 * approaches_.size(),
               [&](std::size_t i) { survey(world, check, i % 2 == 0 ? from_home_[i / 2] : approaches_[i / 2]); });
}

/// Divides a leg into stretches, each by branch and bound over the pairs of parts: a pair that cannot be the nearest
/// anywhere in a stretch is not looked at in its halves.
class MachineClearance::Survey {
 public:
  Survey(const CollisionWorld& world, const MoveCheck& check, const PathLeg& leg)
      : world_(&world), move_(check, leg.from, leg.to) {}

  /// Appends the stretches of the part `from` to `to` of the leg, their ends as parts of the leg.
  /// @param candidates  pairs that can be the nearest there, the likeliest first
  void divide(double from, double to, const std::vector<int>& candidates, std::vector<Stretch>& stretches) {
    const double half = 0.5 * (to - from);
    move_.go_to(from + half);
    Stretch least{.end = to};
    double nearest_most = least.distance_mm;  // the nearest pair's distance, anywhere in the stretch
    bool is_fine = true;                      // the nearest is known as well as it should be
    std::vector<int> left;
    for (const int k : candidates) {
      const CollisionWorld::Pair& pair = world_->pairs()[static_cast<std::size_t>(k)];
      const double change = move_.most_change_mm(static_cast<std::size_t>(k), half);
      const double enough = nearest_most + change;
      if (world_->quick_bound(pair, move_.X_F()) >= enough) {
        continue;
      }
      if (!is_fine) {  // the halves will tell
        left.push_back(k);
        continue;
      }
      const double distance = world_->nearest(pair, move_.X_F(), enough).distance;
      if (distance >= enough) {
        continue;
      }
      nearest_most = std::min(nearest_most, distance + change);
      const bool is_nearest = distance - change < least.distance_mm;
      if (is_nearest) {
        least.distance_mm = distance - change;
        least.pair = k;
        is_fine = change <= std::max(most_unseen_mm, unseen_share * distance);
      }
      left.insert(is_nearest ? left.begin() : left.end(), k);
    }
    if (is_fine) {
      stretches.push_back(least);
      return;
    }
    divide(from, from + half, left, stretches);
    divide(from + half, to, left, stretches);
  }

 private:
  const CollisionWorld* world_;
  StraightMove move_;
};

void MachineClearance::survey(const CollisionWorld& world, const MoveCheck& check, Approach& approach) {
  std::array<std::vector<int>, 2> pairs;
  for (std::size_t k = 0; k < world.pairs().size(); ++k) {
    pairs[has_patient(world, world.pairs()[k]) ? 0 : 1].push_back(static_cast<int>(k));
  }
  for (std::size_t leg = 0; leg < approach.legs.size(); ++leg) {
    Survey of_leg(world, check, approach.legs[leg]);
    const double begin = leg == 0 ? 0.0 : approach.ends[leg - 1];
    for (const bool with_patient : {true, false}) {
      std::vector<Stretch>& stretches = with_patient ? approach.to_patient : approach.of_hardware;
      const auto first = static_cast<std::ptrdiff_t>(stretches.size());
      of_leg.divide(0.0, 1.0, pairs[with_patient ? 0 : 1], stretches);
      for (Stretch& stretch : std::span(stretches).subspan(static_cast<std::size_t>(first))) {
        stretch.end = std::lerp(begin, approach.ends[leg], stretch.end);
      }
    }
  }
}

const MachineClearance::Approach& MachineClearance::approach_to(const AxisErrand& errand) const noexcept {
  const std::vector<Approach>& approaches = errand.comes_from_home ? from_home_ : approaches_;
  return approaches[std::min(errand.beam, approaches.size() - 1)];
}

MachineClearance::Extent MachineClearance::extent(const Approach& approach, const AxisPositions& axes) const noexcept {
  double left = 0.0;
  double left_at_rest = 0.0;
  Extent result;
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    const double off = std::abs(approach.goal[i] - axes[i]);
    const double way = std::abs(approach.goal[i] - approach.start[i]);
    const bool is_beyond = (approach.goal[i] - axes[i]) * (approach.goal[i] - approach.start[i]) < 0;
    if (way < no_way_deg || is_beyond) {
      result.astray_mm += reach_[i] * off;
      continue;
    }
    const AxisDynamics& axis = axes_[i];
    const double delay_s = period_s + step_s * axis.latency_ms;
    const double to_rest = axis.max_speed * (delay_s + 0.5 * axis.max_speed / axis.max_acceleration);
    left = std::max(left, off / way);
    left_at_rest = std::max(left_at_rest, (off - to_rest) / way);
  }
  result.from = 1.0 - std::min(1.0, left);
  result.to = 1.0 - std::min(1.0, left_at_rest);
  return result;
}

ClearanceReading MachineClearance::read(const AxisPositions& axes, const AxisErrand& errand) const noexcept {
  const Approach& approach = approach_to(errand);
  const Extent on = extent(approach, axes);
  ClearanceReading reading;
  for (const std::vector<Stretch>* stretches : {&approach.to_patient, &approach.of_hardware}) {
    auto stretch = std::ranges::lower_bound(*stretches, on.from, {}, &Stretch::end);
    for (; stretch != stretches->end(); ++stretch) {
      const double weight = stretch->pair < 0 ? 1.0 : pairs_[static_cast<std::size_t>(stretch->pair)].weight;
      const double clearance = weight * (stretch->distance_mm - on.astray_mm);
      reading = clearance < reading.clearance_mm ? ClearanceReading{clearance, stretch->pair} : reading;
      if (stretch->end >= on.to) {
        break;
      }
    }
  }
  return reading;
}

std::vector<double> MachineClearance::posture(const AxisPositions& axes, const AxisErrand& errand) const {
  return approach_to(errand).values_at(extent(approach_to(errand), axes).from);
}

WatchedPlan watched_plan(const TreatmentRoom& room, const MachineDescription& machine, const TreatmentPlan& plan,
                         const MachineDynamics& dynamics) {
  std::string hindrance = room.hindrance;
  if (room.path) {
    try {
      MachineDescription unhindered = machine;
      unhindered.room.forbidden.clear();
      if (room.solver->machine().head_arm) {
        unhindered.room.gantry = {0.0, 360.0};  // no axis of an arm: what it reaches is the path's to say
      }
      DeliveryPlan delivery(plan, unhindered);
      auto clearance = std::make_unique<MachineClearance>(room.solver->world(), room.solver->machine(), *room.path,
                                                          delivery, dynamics);
      return {std::move(delivery), std::move(clearance)};
    } catch (const InputError& failure) {
      hindrance = failure.what();
    }
  }
  if (!hindrance.empty()) {
    log_warning("clearance is watched by the forbidden sectors of {} only: {}", machine.name, hindrance);
  }
  return {DeliveryPlan(plan, machine), std::make_unique<SectorClearance>(machine.room)};
}

}  // namespace xingu
