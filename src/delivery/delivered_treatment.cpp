// SPDX-License-Identifier: Apache-2.0
#include "delivery/delivered_treatment.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "base/error.h"
#include "delivery/session_table.h"

namespace xingu {
namespace {

/// A gap that encoders cannot tell from a closed pair: ten times the error of one of them.
constexpr double closed_pair_mm = 0.2;

/// Of shifts across the beam and along it, where a millimetre changes no more than the inverse square.
const Vec3 lattice_mm(0.5, 0.5, 2.0);

Vec3 vector_of(const std::array<float, 3>& v) {
  return {static_cast<double>(v[0]), static_cast<double>(v[1]), static_cast<double>(v[2])};
}

/// What a record holds about one beam.
struct BeamTrace {
  std::vector<std::vector<float>> leaves;      ///< by segment, as last read; empty: never begun
  std::vector<std::array<double, 2>> times_s;  ///< of the segments' first and last pulses
  std::vector<std::array<double, 2>> mu;       ///< by monitor 1, before and after each segment
  struct Shot {
    std::size_t segment;
    Vec3 shift_P;
    double mu;
  };
  std::vector<Shot> shots;
  AxisPositions axis_sum_deg{};  ///< deviation of the axes from their goals while the beam was on
  double num_states = 0.0;
  double primary_mu = 0.0;
  double secondary_mu = 0.0;
};

class TraceReader {
 public:
  TraceReader(const SessionRecord& record, const TreatmentPlan& plan) {
    for (const PlannedBeam& beam : plan.beams) {
      BeamTrace trace;
      trace.leaves.resize(beam.segments.size());
      trace.times_s.resize(beam.segments.size(), {-1.0, -1.0});
      trace.mu.resize(beam.segments.size(), {0.0, 0.0});
      traces_.push_back(std::move(trace));
    }
    for (const RecordedSession& session : sessions_of(record)) {
      XINGU_REQUIRE(
          session.given_before_mu.size() == traces_.size(),
          "the record has {} beams and the plan {} (they do not belong together); give the plan of the record",
          session.given_before_mu.size(), traces_.size());
      for (const SessionRecord::Entry& entry : session.entries) {
        take(entry);
      }
    }
  }

  [[nodiscard]] std::vector<BeamTrace>& traces() { return traces_; }
  /// How beams ended that did not get all their MU.
  [[nodiscard]] BeamTermination interruption() const {
    if (last_state_ != SessionState::aborted) {
      return BeamTermination::unknown;
    }
    return last_event_ == SessionEvent::stop ? BeamTermination::by_operator : BeamTermination::by_machine;
  }

 private:
  BeamTrace& trace_of(std::size_t beam, std::size_t segment) {
    XINGU_REQUIRE(beam < traces_.size() && segment < traces_[beam].leaves.size(),
                  "the record speaks of beam {}, segment {} (the plan has none); give the plan of the record", beam,
                  segment);
    return traces_[beam];
  }

  void take(const SessionRecord::Entry& entry) {
    if (entry.kind == record::Kind::pulse) {
      take_pulse(entry);
    } else if (entry.kind == record::Kind::leaves) {
      take_leaves(entry);
    } else if (entry.kind == record::Kind::state) {
      take_state(entry);
    } else if (entry.kind == record::Kind::note) {
      const auto note = entry.as<record::NoteEntry>();
      if (note && note->kind == static_cast<std::uint8_t>(SessionNote::Kind::state)) {
        last_state_ = static_cast<SessionState>(note->state);
        last_event_ = static_cast<SessionEvent>(note->event);
      }
    }
  }

  void take_pulse(const SessionRecord::Entry& entry) {
    const auto pulse = entry.as<record::PulseEntry>();
    XINGU_REQUIRE(pulse, "the record has a pulse that is cut short; it cannot be used");
    BeamTrace& trace = trace_of(pulse->beam, pulse->segment);
    const double mu = 0.5 * (static_cast<double>(pulse->monitor1_mu) + static_cast<double>(pulse->monitor2_mu));
    trace.shots.push_back({pulse->segment, vector_of(pulse->stage_mm) - vector_of(pulse->target_mm), mu});
    const double time_s = static_cast<double>(entry.step) * step_s;
    auto& times = trace.times_s[pulse->segment];
    auto& given = trace.mu[pulse->segment];
    if (times[0] < 0) {
      times[0] = time_s;
      given[0] = pulse->given1_mu - static_cast<double>(pulse->monitor1_mu);
    }
    times[1] = time_s;
    given[1] = pulse->given1_mu;
    trace.primary_mu = pulse->given1_mu;
    trace.secondary_mu = pulse->given2_mu;
  }

  void take_leaves(const SessionRecord::Entry& entry) {
    const auto head = entry.as<record::LeavesEntry>();
    XINGU_REQUIRE(head, "the record has leaves that are cut short; it cannot be used");
    const auto bytes = entry.after<record::LeavesEntry>();
    XINGU_REQUIRE(bytes.size() == head->num_leaves * sizeof(float),
                  "the record has leaves that are cut short; it cannot be used");
    auto& leaves = trace_of(head->beam, head->segment).leaves[head->segment];
    leaves.resize(head->num_leaves);
    std::memcpy(leaves.data(), bytes.data(), bytes.size());
  }

  void take_state(const SessionRecord::Entry& entry) {
    const auto state = entry.as<record::StateEntry>();
    if (state && state->is_beam_on != 0 && state->beam < traces_.size()) {
      for (std::size_t i = 0; i < num_room_axes; ++i) {
        traces_[state->beam].axis_sum_deg[i] +=
            static_cast<double>(state->axes_deg[i]) - static_cast<double>(state->axis_goal_deg[i]);
      }
      traces_[state->beam].num_states += 1.0;
    }
  }

  std::vector<BeamTrace> traces_;
  SessionState last_state_ = SessionState::idle;
  SessionEvent last_event_ = SessionEvent::load;
};

RoomAngles angles_of(const BeamTrace& trace, const PlannedBeam& planned) {
  RoomAngles angles = planned.angles;
  if (trace.num_states > 0) {
    const AxisPositions& sum = trace.axis_sum_deg;
    angles.gantry_deg += sum[0] / trace.num_states;
    angles.couch_deg += sum[1] / trace.num_states;
    angles.collimator_deg += sum[2] / trace.num_states;
    angles.gantry_pitch_deg += sum[3] / trace.num_states;
  }
  return angles;
}

Vec3 mean_shift(const BeamTrace& trace) {
  Vec3 sum = Vec3::Zero();
  double mu = 0.0;
  for (const BeamTrace::Shot& shot : trace.shots) {
    sum += shot.mu * shot.shift_P;
    mu += shot.mu;
  }
  return mu > 0 ? Vec3(sum / mu) : sum;
}

/// Leaves as read, apart into banks; those of the plan where a segment was never begun.
void set_leaves(Segment& segment, const std::vector<float>& leaves) {
  const std::size_t num_pairs = segment.left_mm.size();
  if (leaves.size() != 2 * num_pairs) {
    return;
  }
  for (std::size_t i = 0; i < num_pairs; ++i) {
    segment.left_mm[i] = static_cast<double>(leaves[i]);
    // encoders of a closed pair may overlap by their noise
    segment.right_mm[i] = std::max(segment.left_mm[i], static_cast<double>(leaves[num_pairs + i]));
  }
}

/// Closes the pairs that were planned closed and read as touching. Each leaf has a constant error, so half of all
/// closed pairs read as a slit; taken for openings they would let the leaves' transmission through all over the
/// collimator, where the plan has it around its field.
void close_touching_pairs(Segment& segment, const Segment& planned) {
  for (std::size_t i = 0; i < segment.left_mm.size(); ++i) {
    const bool is_closed = planned.left_mm[i] == planned.right_mm[i];
    if (is_closed && segment.right_mm[i] - segment.left_mm[i] < closed_pair_mm) {
      segment.left_mm[i] = segment.right_mm[i] = std::midpoint(segment.left_mm[i], segment.right_mm[i]);
    }
  }
}

DeliveredBeam delivered_beam(const BeamTrace& trace, const PlannedBeam& planned, PatientPosition position) {
  DeliveredBeam result;
  result.beam = planned;
  result.beam.angles = angles_of(trace, planned);
  const Vec3 mean_P = mean_shift(trace);
  result.beam.isocentre_P += mean_P;
  const BeamGeometry geometry =
      beam_geometry(result.beam.angles, position, result.beam.isocentre_P, result.beam.sad_mm);
  const Mat3 R_BP = geometry.X_PB.rotation().transpose();
  std::map<std::tuple<std::size_t, long, long, long>, double> cells;
  for (const BeamTrace::Shot& shot : trace.shots) {
    const Vec3 cell = (R_BP * (shot.shift_P - mean_P)).cwiseQuotient(lattice_mm);
    cells[{shot.segment, std::lround(cell.x()), std::lround(cell.y()), std::lround(cell.z())}] += shot.mu;
  }
  for (std::size_t s = 0; s < planned.segments.size(); ++s) {
    set_leaves(result.beam.segments[s], trace.leaves[s]);
    close_touching_pairs(result.beam.segments[s], planned.segments[s]);
    result.beam.segments[s].mu = 0.0;
  }
  for (const auto& [cell, mu] : cells) {
    const auto& [segment, x, y, z] = cell;
    result.beam.segments[segment].mu += mu;
    result.parts.push_back(
        {segment, lattice_mm.cwiseProduct(Vec3(static_cast<double>(x), static_cast<double>(y), static_cast<double>(z))),
         mu});
  }
  return result;
}

DeliveredBeamAccount account_of(const BeamTrace& trace, const PlannedBeam& planned, BeamTermination interruption) {
  DeliveredBeamAccount account;
  account.number = planned.number;
  account.name = planned.name;
  account.angles = angles_of(trace, planned);
  account.energy_MV = planned.energy_MV;
  account.planned_mu = planned.mu();
  account.primary_mu = trace.primary_mu;
  account.secondary_mu = trace.secondary_mu;
  double specified = 0.0;
  for (std::size_t s = 0; s < planned.segments.size(); ++s) {
    const double before = specified;
    specified += planned.segments[s].mu;
    if (trace.times_s[s][0] < 0) {
      continue;
    }
    Segment segment = planned.segments[s];
    set_leaves(segment, trace.leaves[s]);
    account.points.push_back({trace.times_s[s][0], before, trace.mu[s][0], segment.left_mm, segment.right_mm});
    account.points.push_back({trace.times_s[s][1], specified, trace.mu[s][1], segment.left_mm, segment.right_mm});
  }
  const bool is_whole = !account.points.empty() && trace.times_s.back()[0] >= 0 &&
                        std::abs(std::max(trace.primary_mu, trace.secondary_mu) - account.planned_mu) <
                            std::max(0.2, 0.01 * account.planned_mu);
  account.termination = is_whole ? BeamTermination::normal : interruption;
  return account;
}

}  // namespace

std::vector<DeliveredBeam> delivered_beams(const SessionRecord& record, const TreatmentPlan& plan) {
  TraceReader reader(record, plan);
  std::vector<DeliveredBeam> result;
  for (std::size_t b = 0; b < plan.beams.size(); ++b) {
    result.push_back(delivered_beam(reader.traces()[b], plan.beams[b], plan.position));
  }
  return result;
}

TreatmentRecord treatment_record(const SessionRecord& record, const TreatmentPlan& plan) {
  TraceReader reader(record, plan);
  TreatmentRecord result;
  result.machine = plan.machine;
  result.num_fractions_planned = plan.num_fractions;
  for (std::size_t b = 0; b < plan.beams.size(); ++b) {
    if (!reader.traces()[b].shots.empty()) {
      result.beams.push_back(account_of(reader.traces()[b], plan.beams[b], reader.interruption()));
    }
  }
  return result;
}

}  // namespace xingu
