// SPDX-License-Identifier: Apache-2.0
#include "machine/beam_path.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.h"

namespace xingu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t most_detours = 24;  // via configurations that are tried, the shortest first

double sum_of(const std::vector<PathLeg>& legs) {
  return std::accumulate(legs.begin(), legs.end(), 0.0,
                         [](double s, const PathLeg& leg) { return s + leg.duration_s; });
}

/// Configurations and the certified ways between them, found when they are asked for.
class Roadmap {
 public:
  Roadmap(const ReachSolver& solver, std::vector<std::vector<double>> nodes)
      : machine_(solver.machine()), check_(solver.world()), nodes_(std::move(nodes)) {
    const std::size_t n = nodes_.size();
    duration_.assign(n * n, 0.0);
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        duration_[a * n + b] = move_duration_s(machine_.mechanism.axes(), nodes_[a], nodes_[b]);
      }
    }
  }

  /// Duration as far as it is known: of the straight move until it was refused, then of the way around.
  [[nodiscard]] double duration(std::size_t a, std::size_t b) const { return duration_[a * nodes_.size() + b]; }

  /// Finds a certified way; empty if there is none. Sets the duration to the way's, or infinity.
  const std::vector<PathLeg>& way(std::size_t a, std::size_t b) {
    const auto known = ways_.find({a, b});
    if (known != ways_.end()) {
      return known->second;
    }
    std::vector<PathLeg> legs;
    if (is_free(a, b)) {
      legs = {leg(a, b)};
    } else if (const std::size_t via = detour(a, b); via < nodes_.size()) {
      legs = {leg(a, via), leg(via, b)};
    }
    std::vector<PathLeg> back;
    for (auto leg_of = legs.rbegin(); leg_of != legs.rend(); ++leg_of) {
      back.push_back({leg_of->to, leg_of->from, leg_of->duration_s});
    }
    const double seconds = legs.empty() ? infinity : sum_of(legs);
    duration_[a * nodes_.size() + b] = duration_[b * nodes_.size() + a] = seconds;
    ways_[{b, a}] = std::move(back);
    return ways_[{a, b}] = std::move(legs);
  }

 private:
  [[nodiscard]] PathLeg leg(std::size_t a, std::size_t b) const {
    return {nodes_[a], nodes_[b], move_duration_s(machine_.mechanism.axes(), nodes_[a], nodes_[b])};
  }
  bool is_free(std::size_t a, std::size_t b) {
    const auto key = std::minmax(a, b);
    const auto known = free_.find(key);
    if (known != free_.end()) {
      return known->second;
    }
    return free_[key] = check_.check(nodes_[key.first], nodes_[key.second]).is_certified;
  }
  std::size_t detour(std::size_t a, std::size_t b) {
    std::vector<std::pair<double, std::size_t>> vias;
    for (std::size_t v = 0; v < nodes_.size(); ++v) {
      if (v != a && v != b) {
        vias.emplace_back(leg(a, v).duration_s + leg(v, b).duration_s, v);
      }
    }
    std::ranges::sort(vias);
    for (std::size_t k = 0; k < std::min(most_detours, vias.size()); ++k) {
      if (is_free(a, vias[k].second) && is_free(vias[k].second, b)) {
        return vias[k].second;
      }
    }
    return nodes_.size();
  }

  const TreatmentMachine& machine_;
  MoveCheck check_;
  std::vector<std::vector<double>> nodes_;
  std::vector<double> duration_;
  std::map<std::pair<std::size_t, std::size_t>, bool> free_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<PathLeg>> ways_;
};

/// Safe configurations in which a path may turn: for every table position of the stops the head back at home, and the
/// ring turned in steps with its tilt at 0.
std::vector<std::vector<double>> waypoints(const ReachSolver& solver, const std::vector<BeamStop>& stops) {
  const TreatmentMachine& machine = solver.machine();
  const std::vector<double> home = machine.home();
  std::map<std::vector<double>, std::vector<double>> by_table;
  for (const BeamStop& stop : stops) {
    for (const Placement& placement : stop.placements) {
      std::vector<double> table;
      for (const int axis : machine.table_axes) {
        table.push_back(placement.axes[static_cast<std::size_t>(axis)]);
      }
      by_table.try_emplace(table, placement.axes);
    }
  }
  std::vector<std::vector<double>> result;
  LinkPoses poses;
  const auto add_if_safe = [&](const std::vector<double>& axes) {
    forward_kinematics(machine.mechanism, axes, poses);
    if (solver.world().is_safe(poses)) {
      result.push_back(axes);
    }
  };
  for (const auto& [table, axes] : by_table) {
    std::vector<double> parked = axes;
    for (const int axis : machine.head_axes) {
      parked[static_cast<std::size_t>(axis)] = home[static_cast<std::size_t>(axis)];
    }
    add_if_safe(parked);
    if (machine.head_axes.size() == 2) {
      const auto ring = static_cast<std::size_t>(machine.head_axes[0]);
      for (const double turn : {-2.6, -1.7, -0.9, 0.9, 1.7, 2.6}) {
        parked[ring] = turn;
        add_if_safe(parked);
      }
    }
  }
  return result;
}

}  // namespace

double BeamPath::Visit::duration_s() const { return sum_of(legs); }

double BeamPath::motion_s() const {
  double sum = sum_of(home);
  for (const Visit& visit : visits) {
    sum += visit.duration_s();
  }
  return sum;
}

BeamPath plan_path(const ReachSolver& solver, const std::vector<BeamStop>& stops) {
  XINGU_REQUIRE(!stops.empty(), "there are no beams (a path needs one at least); give a plan with beams");
  std::vector<std::vector<double>> nodes;
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::pair<std::size_t, std::size_t>> stop_of;  // beam and placement of a node
  for (std::size_t s = 0; s < stops.size(); ++s) {
    XINGU_REQUIRE(!stops[s].placements.empty(),
                  "beam {} cannot be reached (no placement is safe); leave it out or plan anew", stops[s].name);
    std::vector<std::size_t>& group = groups.emplace_back();
    for (std::size_t p = 0; p < stops[s].placements.size(); ++p) {
      group.push_back(nodes.size());
      stop_of.emplace_back(s, p);
      nodes.push_back(stops[s].placements[p].axes);
    }
  }
  const std::size_t home = nodes.size();
  nodes.push_back(solver.machine().home());
  std::ranges::move(waypoints(solver, stops), std::back_inserter(nodes));
  Roadmap roadmap(solver, std::move(nodes));
  const auto cost = [&](std::size_t a, std::size_t b) { return roadmap.duration(a, b); };
  for (;;) {
    const GroupedTour tour = good_tour(groups, home, cost);
    XINGU_REQUIRE(
        tour.cost < infinity,
        "no certified way leads through all {} beams (moves would come too near to something); leave beams out or "
        "lower the buffers",
        stops.size());
    BeamPath path;
    double certified = 0.0;
    std::size_t at = home;
    for (const std::size_t member : tour.member) {
      const auto& [beam, placement] = stop_of[member];
      path.visits.push_back({beam, placement, roadmap.way(at, member)});
      certified += roadmap.duration(at, member);
      at = member;
    }
    path.home = roadmap.way(at, home);
    certified += roadmap.duration(at, home);
    if (certified <= tour.cost * (1.0 + 1e-9)) {
      return path;  // every move of the best order is as short as it was taken for
    }
  }
}

TreatmentTime predict_time(const TreatmentMachine& machine, const BeamPath& path, std::span<const BeamWork> work) {
  const RoomLimits& room = machine.description.room;
  TreatmentTime time;
  time.motion_s = path.motion_s();
  for (const BeamWork& beam : work) {
    time.beam_on_s += 60.0 * beam.mu / room.dose_rate_MU_per_min;
    time.leaves_s += beam.leaf_travel_mm / room.leaf_speed_mm_per_s;
    time.setup_s += room.beam_setup_s + machine.latency_s;
  }
  if (machine.imaging.every_beams > 0) {
    const auto stops = static_cast<int>((work.size() + static_cast<std::size_t>(machine.imaging.every_beams) - 1) /
                                        static_cast<std::size_t>(machine.imaging.every_beams));
    time.imaging_s = stops * machine.imaging.duration_s;
  }
  return time;
}

}  // namespace xingu
