// SPDX-License-Identifier: Apache-2.0
#include "machine/beam_path.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"

namespace xingu {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double same_angle_deg = 0.5;  // what plans round angles to, and more than files lose
constexpr double same_distance_mm = 0.1;
constexpr std::size_t most_ways = 64;  // to give one beam that are looked at
constexpr double settled = 1.01;       // a path is taken once no order is believed to be shorter by more
constexpr int patience = 200;          // or after so many rounds without a better one
constexpr int most_detours = 80;       // ways around that are tried for one move, the shortest first
constexpr int most_thorough_detours = 3000;
constexpr std::size_t most_turns_of_table = 1500;  // configurations in which the table turns beside a head of a beam
constexpr std::uint64_t num_samples = 80;          // of an arm that carries the head: configurations to turn in

double sum_of(const std::vector<PathLeg>& legs) {
  return std::accumulate(legs.begin(), legs.end(), 0.0,
                         [](double s, const PathLeg& leg) { return s + leg.duration_s; });
}

/// Configurations and the certified ways between them, found when they are asked for.
class Roadmap {
 public:
  /// @param num_attempts  ways that are tried for one move
  Roadmap(const ReachSolver& solver, std::vector<std::vector<double>> nodes, int num_attempts)
      : machine_(solver.machine()), check_(solver.world()), nodes_(std::move(nodes)), num_attempts_(num_attempts) {
    const std::size_t n = nodes_.size();
    duration_.assign(n * n, 0.0);
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) {
        duration_[a * n + b] = move_duration_s(machine_.mechanism.axes(), nodes_[a], nodes_[b]);
      }
    }
    straight_ = duration_;
  }

  /// Duration as far as it is known: of the straight move until it was refused, then of the way around.
  [[nodiscard]] double duration(std::size_t a, std::size_t b) const { return duration_[a * nodes_.size() + b]; }

  /// Checks the straight moves of a tour at once, in parallel.
  void look_ahead(const std::vector<std::size_t>& tour, std::size_t home) {
    std::vector<std::pair<std::size_t, std::size_t>> moves;
    std::size_t at = home;
    for (std::size_t k = 0; k <= tour.size(); ++k) {
      const std::size_t to = k < tour.size() ? tour[k] : home;
      if (!free_.contains(std::minmax(at, to)) && !ways_.contains({at, to})) {
        moves.emplace_back(std::minmax(at, to));
      }
      at = to;
    }
    std::vector<std::uint8_t> is_certified(moves.size(), 0);
    parallel_for(moves.size(), [&](std::size_t i) {
      is_certified[i] = check_.is_certified(nodes_[moves[i].first], nodes_[moves[i].second]) ? 1 : 0;
    });
    for (std::size_t i = 0; i < moves.size(); ++i) {
      note(moves[i].first, moves[i].second, is_certified[i] != 0);
    }
  }

  /// What a tour from and to home takes by certified ways; infinite if there is none.
  double certified_duration(const std::vector<std::size_t>& tour, std::size_t home) {
    double sum = 0.0;
    std::size_t at = home;
    for (std::size_t k = 0; k <= tour.size(); ++k) {
      const std::size_t to = k < tour.size() ? tour[k] : home;
      way(at, to);
      sum += duration(at, to);
      at = to;
    }
    return sum;
  }

  /// Finds a certified way; empty if there is none. Sets the duration to the way's, or infinity.
  const std::vector<PathLeg>& way(std::size_t a, std::size_t b) {
    const auto known = ways_.find({a, b});
    if (known != ways_.end()) {
      return known->second;
    }
    std::vector<PathLeg> legs;
    const std::vector<std::size_t> through = certified_way(a, b);
    for (std::size_t k = 1; k < through.size(); ++k) {
      legs.push_back(leg(through[k - 1], through[k]));
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
    return note(a, b, check_.is_certified(nodes_[key.first], nodes_[key.second]));
  }
  bool note(std::size_t a, std::size_t b, bool is_certified) {
    if (!is_certified) {
      straight_[a * nodes_.size() + b] = straight_[b * nodes_.size() + a] = infinity;
    }
    return free_[std::minmax(a, b)] = is_certified;
  }
  /// Nodes of the shortest way all of whose moves are certified; moves are checked only when a way wants them. Empty if
  /// none is found.
  std::vector<std::size_t> certified_way(std::size_t a, std::size_t b) {
    std::vector<double> unhindered;
    for (const std::vector<double>& node : nodes_) {
      unhindered.push_back(move_duration_s(machine_.mechanism.axes(), node, nodes_[b]));
    }
    for (int attempt = 0; attempt < num_attempts_; ++attempt) {
      const std::vector<std::size_t> way = shortest_way(a, b, unhindered);
      std::size_t k = 1;
      while (k < way.size() && is_free(way[k - 1], way[k])) {
        ++k;
      }
      if (k >= way.size()) {
        return way;  // certified, or empty
      }
    }
    return {};
  }

  /// The shortest way over the moves that are not known to be barred (Hart, Nilsson and Raphael 1968, IEEE Trans. Syst.
  /// Sci. Cybern. 4:100).
  /// @param unhindered  duration of the straight move from each node to b, were it free: no way is shorter
  [[nodiscard]] std::vector<std::size_t> shortest_way(std::size_t a, std::size_t b,
                                                      std::span<const double> unhindered) const {
    const std::size_t n = nodes_.size();
    std::vector<double> reached(n, infinity);
    std::vector<std::size_t> before(n, n);
    std::vector<bool> is_done(n, false);
    reached[a] = 0.0;
    for (;;) {
      std::size_t at = n;
      double least = infinity;
      for (std::size_t i = 0; i < n; ++i) {
        if (!is_done[i] && reached[i] + unhindered[i] < least) {
          least = reached[i] + unhindered[i];
          at = i;
        }
      }
      if (at == n) {
        return {};
      }
      if (at == b) {
        break;
      }
      is_done[at] = true;
      for (std::size_t to = 0; to < n; ++to) {
        const double sum = reached[at] + straight_[at * n + to];
        if (!is_done[to] && sum < reached[to]) {
          reached[to] = sum;
          before[to] = at;
        }
      }
    }
    std::vector<std::size_t> way{b};
    while (way.back() != a) {
      way.push_back(before[way.back()]);
    }
    std::ranges::reverse(way);
    return way;
  }

  const TreatmentMachine& machine_;
  MoveCheck check_;
  std::vector<std::vector<double>> nodes_;
  int num_attempts_;
  std::vector<double> duration_;  ///< as far as it is known, between all nodes
  std::vector<double> straight_;  ///< of straight moves; infinite once barred
  std::map<std::pair<std::size_t, std::size_t>, bool> free_;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<PathLeg>> ways_;
};

/// Safe configurations in which a path may turn: for the table at home and at every position of the stops the head back
/// at home, and the ring turned in steps with its tilt at 0.
std::vector<std::vector<double>> waypoints(const ReachSolver& solver, const std::vector<BeamStop>& stops) {
  const TreatmentMachine& machine = solver.machine();
  const std::vector<double> home = machine.home();
  std::map<std::vector<double>, std::vector<double>> by_table;
  const auto add_table_of = [&](const std::vector<double>& axes) {
    std::vector<double> table;
    for (const int axis : machine.table_axes) {
      table.push_back(axes[static_cast<std::size_t>(axis)]);
    }
    by_table.try_emplace(table, axes);
  };
  add_table_of(home);
  for (const BeamStop& stop : stops) {
    for (const Placement& placement : stop.placements) {
      add_table_of(placement.axes);
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
      continue;
    }
    for (std::uint64_t sample = 0; sample < num_samples; ++sample) {
      for (const int axis : machine.head_axes) {
        const AxisLimits& limits = machine.mechanism.axes()[static_cast<std::size_t>(axis)].limits;
        const double middle = home[static_cast<std::size_t>(axis)];
        const double half = std::min(0.5 * (limits.upper - limits.lower), 2.0);
        const double drawn = middle + half * (2.0 * Philox(1, static_cast<std::uint64_t>(axis)).uniform(sample) - 1.0);
        parked[static_cast<std::size_t>(axis)] = std::clamp(drawn, limits.lower, limits.upper);
      }
      add_if_safe(parked);
    }
  }
  return result;
}

/// Safe configurations with the head as a stop wants it and the table at every turn of the machine's grid: what a path
/// needs where the table can only turn while the head is on one side of it.
std::vector<std::vector<double>> turns_of_table(const ReachSolver& solver, const std::vector<BeamStop>& stops) {
  const TreatmentMachine& machine = solver.machine();
  const std::vector<std::vector<double>> tables = solver.table_postures();
  std::vector<std::vector<double>> result;
  LinkPoses poses;
  const std::size_t every = 1 + tables.size() * stops.size() / most_turns_of_table;
  for (std::size_t s = 0; s < stops.size(); s += every) {
    const std::vector<double>& head = stops[s].placements.front().axes;
    for (std::vector<double> axes : tables) {
      for (const int axis : machine.head_axes) {
        axes[static_cast<std::size_t>(axis)] = head[static_cast<std::size_t>(axis)];
      }
      forward_kinematics(machine.mechanism, axes, poses);
      if (solver.world().is_safe(poses)) {
        result.push_back(std::move(axes));
      }
    }
  }
  return result;
}

/// How hard ways around are looked for.
enum class Search { usual, thorough };

/// The nodes of a path through stops.
class Itinerary {
 public:
  Itinerary(const ReachSolver& solver, const std::vector<BeamStop>& stops, Search search) {
    XINGU_REQUIRE(!stops.empty(), "there are no beams (a path needs one at least); give a plan with beams");
    std::vector<std::vector<double>> nodes;
    for (std::size_t s = 0; s < stops.size(); ++s) {
      XINGU_REQUIRE(!stops[s].placements.empty(),
                    "beam {} cannot be reached (no placement is safe); leave it out or plan anew", stops[s].name);
      std::vector<std::size_t>& group = groups_.emplace_back();
      for (std::size_t p = 0; p < stops[s].placements.size(); ++p) {
        group.push_back(nodes.size());
        stop_of_.emplace_back(s, p);
        nodes.push_back(stops[s].placements[p].axes);
      }
    }
    home_ = nodes.size();
    nodes.push_back(solver.machine().home());
    std::ranges::move(waypoints(solver, stops), std::back_inserter(nodes));
    if (search == Search::thorough) {
      std::ranges::move(turns_of_table(solver, stops), std::back_inserter(nodes));
    }
    roadmap_.emplace(solver, std::move(nodes), search == Search::thorough ? most_thorough_detours : most_detours);
  }

  [[nodiscard]] Roadmap& roadmap() { return *roadmap_; }
  [[nodiscard]] const std::vector<std::vector<std::size_t>>& groups() const { return groups_; }
  [[nodiscard]] std::size_t home() const { return home_; }

  /// Of the stops in their order, by dynamic programming over what is known of the moves.
  [[nodiscard]] GroupedTour best_placements() const {
    std::vector<std::size_t> before{home_};
    std::vector<double> cost{0.0};
    std::vector<std::vector<std::size_t>> came_from;
    std::vector<std::vector<std::size_t>> stages = groups_;
    stages.push_back({home_});
    for (const std::vector<std::size_t>& stage : stages) {
      std::vector<double> next(stage.size(), infinity);
      std::vector<std::size_t>& from = came_from.emplace_back(stage.size(), 0);
      for (std::size_t i = 0; i < stage.size(); ++i) {
        for (std::size_t k = 0; k < before.size(); ++k) {
          if (const double sum = cost[k] + roadmap_->duration(before[k], stage[i]); sum < next[i]) {
            next[i] = sum;
            from[i] = k;
          }
        }
      }
      before = stage;
      cost = std::move(next);
    }
    GroupedTour tour{std::vector<std::size_t>(groups_.size()), cost.front()};
    std::size_t chosen = came_from.back().front();
    for (std::size_t s = groups_.size(); s-- > 0;) {
      tour.member[s] = groups_[s][chosen];
      chosen = came_from[s][chosen];
    }
    return tour;
  }

  [[nodiscard]] BeamPath path_through(const std::vector<std::size_t>& members) {
    BeamPath path;
    std::size_t at = home_;
    for (const std::size_t member : members) {
      const auto& [beam, placement] = stop_of_[member];
      path.visits.push_back({beam, placement, roadmap_->way(at, member), {}});
      at = member;
    }
    path.home = roadmap_->way(at, home_);
    return path;
  }

 private:
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<std::pair<std::size_t, std::size_t>> stop_of_;  ///< beam and placement of a node
  std::size_t home_ = 0;
  std::optional<Roadmap> roadmap_;
};

[[noreturn]] void refuse_way(std::size_t num_beams) {
  fail_input(
      "no certified way leads through all {} beams (moves would come too near to something); leave beams out or "
      "lower the buffers",
      num_beams);
}

/// The plan's angles, each with that of a placement.
struct AngleOfBeam {
  const char* name;
  double planned_deg;
  double given_deg;
  [[nodiscard]] bool differs() const {
    return std::abs(std::remainder(planned_deg - given_deg, 360.0)) > same_angle_deg;
  }
};

std::array<AngleOfBeam, 4> angles_of(const PlannedBeam& beam, const IecSettings& given) {
  const RoomAngles angles = room_angles(given);
  return {{{"gantry", beam.angles.gantry_deg, angles.gantry_deg},
           {"pitch", beam.angles.gantry_pitch_deg, angles.gantry_pitch_deg},
           {"couch", beam.angles.couch_deg, angles.couch_deg},
           {"collimator", beam.angles.collimator_deg, angles.collimator_deg}}};
}

/// How far a placement departs from the plan: 0 not at all, 1 in the collimator or the source distance, 2 in the beam's
/// way through the room.
int departure_of(const PlannedBeam& beam, const IecSettings& given) {
  const std::array<AngleOfBeam, 4> angles = angles_of(beam, given);
  if (std::any_of(angles.begin(), angles.begin() + 3, [](const AngleOfBeam& angle) { return angle.differs(); })) {
    return 2;
  }
  return angles[3].differs() || std::abs(beam.sad_mm - given.source_distance_mm) > same_distance_mm ? 1 : 0;
}

}  // namespace

std::string departure_from_plan(const PlannedBeam& beam, const IecSettings& given) {
  std::vector<std::string> parts;
  for (const AngleOfBeam& angle : angles_of(beam, given)) {
    if (angle.differs()) {
      parts.push_back(fmt::format("{} {:.0f}° instead of {:.0f}°", angle.name, angle.given_deg, angle.planned_deg));
    }
  }
  if (std::abs(beam.sad_mm - given.source_distance_mm) > same_distance_mm) {
    parts.push_back(fmt::format("source at {:.0f} mm instead of {:.0f} mm", given.source_distance_mm, beam.sad_mm));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

BeamStop stop_of(const PlannedBeam& beam, PatientPosition position, const ReachSolver& solver) {
  const Vec3 source_P = -beam_geometry(beam.angles, position, beam.isocentre_P, beam.sad_mm).direction_P();
  BeamStop stop{beam.name, solver.alternatives(source_P, most_ways, beam.sad_mm)};
  XINGU_REQUIRE(!stop.placements.empty(), "beam {} '{}' cannot be given by {} ({}); plan for this machine", beam.number,
                beam.name, solver.machine().description.name, solver.reach(source_P).reason);
  int least = 2;
  for (const Placement& placement : stop.placements) {
    least = std::min(least, departure_of(beam, placement.iec));
  }
  std::erase_if(stop.placements, [&](const Placement& p) { return departure_of(beam, p.iec) > least; });
  return stop;
}

std::vector<BeamStop> stops_of(const TreatmentPlan& plan, const ReachSolver& solver, std::size_t most) {
  std::vector<BeamStop> stops(plan.beams.size());
  parallel_for(plan.beams.size(), [&](std::size_t b) {
    stops[b] = stop_of(plan.beams[b], plan.position, solver);
    stops[b].placements.resize(std::min(stops[b].placements.size(), most));
  });
  return stops;
}

BeamWork work_of(const PlannedBeam& beam, double leaves_at_mm) {
  BeamWork work{beam.mu(), 0.0};
  for (std::size_t s = 1; s < beam.segments.size(); ++s) {
    const Segment& before = beam.segments[s - 1];
    const Segment& segment = beam.segments[s];
    double farthest = 0.0;
    for (std::size_t leaf = 0; leaf < segment.left_mm.size(); ++leaf) {
      farthest = std::max({farthest, std::abs(segment.left_mm[leaf] - before.left_mm[leaf]),
                           std::abs(segment.right_mm[leaf] - before.right_mm[leaf])});
    }
    work.leaf_travel_mm += farthest * leaves_at_mm / beam.sad_mm;
  }
  return work;
}

double BeamPath::Visit::duration_s() const { return sum_of(legs); }

double BeamPath::motion_s() const {
  double sum = sum_of(home);
  for (const Visit& visit : visits) {
    sum += visit.duration_s();
  }
  return sum;
}

namespace {

/// plan_path; nothing if the search finds no certified way.
std::optional<BeamPath> find_path(const ReachSolver& solver, const std::vector<BeamStop>& stops, Search search) {
  Itinerary itinerary(solver, stops, search);
  Roadmap& roadmap = itinerary.roadmap();
  const auto& groups = itinerary.groups();
  const std::size_t home = itinerary.home();
  const auto cost = [&](std::size_t a, std::size_t b) { return roadmap.duration(a, b); };
  // What is believed of a tour is at most what it takes. Each round finds out what the best order takes, so beliefs
  // rise until the best certified path is as good as any order is believed to be.
  GroupedTour tour = good_tour(groups, home, cost);
  GroupedTour best;
  best.cost = infinity;
  for (int rounds_since = 0; rounds_since < patience;) {
    if (!(tour.cost < infinity)) {  // mending cannot begin from what is barred
      tour = good_tour(groups, home, cost);
    }
    if (!(tour.cost < infinity)) {
      return std::nullopt;
    }
    if (best.cost <= settled * tour.cost) {
      break;
    }
    roadmap.look_ahead(tour.member, home);
    const double certified = roadmap.certified_duration(tour.member, home);
    if (certified < best.cost) {
      best = {tour.member, certified};
      rounds_since = 0;
    } else if (best.cost < infinity) {
      ++rounds_since;
    }
    tour = mended_tour(groups, home, cost, tour);
  }
  return itinerary.path_through(best.member);
}

/// path_in_order, likewise.
std::optional<BeamPath> find_path_in_order(const ReachSolver& solver, const std::vector<BeamStop>& stops,
                                           Search search) {
  Itinerary itinerary(solver, stops, search);
  Roadmap& roadmap = itinerary.roadmap();
  for (;;) {
    const GroupedTour believed = itinerary.best_placements();
    if (!(believed.cost < infinity)) {
      return std::nullopt;
    }
    roadmap.look_ahead(believed.member, itinerary.home());
    if (roadmap.certified_duration(believed.member, itinerary.home()) <= settled * believed.cost) {
      BeamPath path = itinerary.path_through(believed.member);
      for (std::size_t k = 0; k < path.visits.size(); ++k) {
        path.visits[k].from_home = roadmap.way(itinerary.home(), believed.member[k]);
      }
      return path;
    }
  }
}

}  // namespace

BeamPath plan_path(const ReachSolver& solver, const std::vector<BeamStop>& stops) {
  for (const Search search : {Search::usual, Search::thorough}) {
    if (std::optional<BeamPath> path = find_path(solver, stops, search)) {
      return *std::move(path);
    }
  }
  refuse_way(stops.size());
}

BeamPath path_in_order(const ReachSolver& solver, const std::vector<BeamStop>& stops) {
  for (const Search search : {Search::usual, Search::thorough}) {
    if (std::optional<BeamPath> path = find_path_in_order(solver, stops, search)) {
      return *std::move(path);
    }
  }
  refuse_way(stops.size());
}

TreatmentTime time_of_visit(const TreatmentMachine& machine, const BeamPath& path, std::size_t visit,
                            std::span<const BeamWork> work) {
  const RoomLimits& room = machine.description.room;
  const BeamWork& beam = work[path.visits[visit].beam];
  TreatmentTime time;
  time.motion_s = path.visits[visit].duration_s();
  time.beam_on_s = 60.0 * beam.mu / room.dose_rate_MU_per_min;
  time.leaves_s = beam.leaf_travel_mm / room.leaf_speed_mm_per_s;
  time.setup_s = room.beam_setup_s + machine.latency_s;
  const int every = machine.imaging.every_beams;
  time.imaging_s = every > 0 && visit % static_cast<std::size_t>(every) == 0 ? machine.imaging.duration_s : 0.0;
  return time;
}

TreatmentTime predict_time(const TreatmentMachine& machine, const BeamPath& path, std::span<const BeamWork> work) {
  TreatmentTime time;
  for (std::size_t visit = 0; visit < path.visits.size(); ++visit) {
    const TreatmentTime part = time_of_visit(machine, path, visit, work);
    time.motion_s += part.motion_s;
    time.beam_on_s += part.beam_on_s;
    time.leaves_s += part.leaves_s;
    time.setup_s += part.setup_s;
    time.imaging_s += part.imaging_s;
  }
  time.motion_s += sum_of(path.home);
  return time;
}

Clearance least_clearance(const CollisionWorld& world, const Mechanism& mechanism, const PathLeg& leg) {
  constexpr int num_parts = 32;
  Clearance least;
  LinkPoses poses;
  std::vector<double> axes(leg.from.size());
  for (int k = 0; k <= num_parts; ++k) {
    const double part = static_cast<double>(k) / num_parts;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      axes[i] = leg.from[i] + part * (leg.to[i] - leg.from[i]);
    }
    forward_kinematics(mechanism, axes, poses);
    const Clearance here = world.clearance(poses, least.margin_mm);
    least = here.margin_mm < least.margin_mm ? here : least;
  }
  return least;
}

}  // namespace xingu
