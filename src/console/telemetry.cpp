// SPDX-License-Identifier: Apache-2.0
#include "console/telemetry.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace xingu::console {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are written as they lie in memory");

/// Channels that every session has, in the order in which append_fixed writes them.
std::vector<Channel> fixed_channels(const DeliveryPlan& plan) {
  double most_beam_mu = 0.0;
  for (const DeliveryPlan::Beam& beam : plan.beams()) {
    most_beam_mu = std::max(most_beam_mu, beam.mu);
  }
  const auto num_beams = static_cast<double>(plan.beams().size());
  std::vector<Channel> channels{{"state", "", 0, num_session_states - 1},
                                {"beam_on", "", 0, 1},
                                {"beam", "", 0, num_beams},
                                {"segment", "", 0, 200},
                                {"gantry_deg", "deg", -360, 720},
                                {"couch_deg", "deg", -120, 120},
                                {"collimator_deg", "deg", -360, 360},
                                {"pitch_deg", "deg", -90, 90},
                                {"gantry_goal_deg", "deg", -360, 720},
                                {"couch_goal_deg", "deg", -120, 120},
                                {"collimator_goal_deg", "deg", -360, 360},
                                {"pitch_goal_deg", "deg", -90, 90}};
  for (const char* what : {"stage", "target", "marker"}) {
    for (const char* axis : {"x", "y", "z"}) {
      channels.push_back({fmt::format("{}_{}_mm", what, axis), "mm", -20, 20});
    }
  }
  const std::vector<Channel> rest{{"target_off_mm", "mm", 0, 20},
                                  {"gate_mm", "mm", 0, 20},
                                  {"cardiac_phase", "", 0, 1},
                                  {"cardiac_gate", "", 0, 1},
                                  {"beam_mu", "MU", 0, most_beam_mu},
                                  {"beam_mu_2", "MU", 0, most_beam_mu},
                                  {"given_mu", "MU", 0, plan.mu()},
                                  {"planned_mu", "MU", 0, plan.mu()},
                                  {"dose_rate_mu_per_min", "MU/min", 0, 1500},
                                  {"clearance_mm", "mm", 0, 500},
                                  {"nearest_pair", "", -1, 65534},
                                  {"interlocks_active", "", 0, 16777215},
                                  {"interlocks_latched", "", 0, 16777215},
                                  {"first_out", "", -1, 23},
                                  {"console_age_ms", "ms", 0, 2000},
                                  {"late_steps", "", 0, 1000},
                                  {"worst_late_ms", "ms", 0, 10},
                                  {"server_age_ms", "ms", 0, 100}};
  channels.insert(channels.end(), rest.begin(), rest.end());
  return channels;
}

void append(std::vector<float>& values, const Vec3& v) {
  for (Eigen::Index i = 0; i < 3; ++i) {
    values.push_back(static_cast<float>(v[i]));
  }
}

void append_fixed(std::vector<float>& values, const Telemetry& t, double planned_mu, double age_ms) {
  const auto add = [&](auto value) { values.push_back(static_cast<float>(value)); };
  add(static_cast<int>(t.state));
  add(t.is_beam_on ? 1 : 0);
  add(t.beam);
  add(t.segment);
  for (const AxisPositions* axes : {&t.axes_deg, &t.goal_deg}) {
    std::ranges::for_each(*axes, add);
  }
  append(values, t.stage_mm);
  append(values, t.target_mm);
  append(values, t.marker_mm);
  add((t.target_mm - t.stage_mm).norm());
  add(t.gate_mm);
  add(t.cardiac_phase);
  add(t.cardiac_gate);
  add(t.beam_mu);
  add(t.beam_mu_2);
  add(t.given_mu);
  add(planned_mu);
  add(t.dose_rate_mu_per_min);
  add(t.clearance_mm);
  add(t.nearest_pair);
  add(t.active);
  add(t.latched);
  add(t.first_out);
  add(t.console_age_ms);
  add(t.num_late);
  add(t.worst_late_ms);
  add(age_ms);
}

template <class T>
void append_bytes(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);  // NOLINT(*-reinterpret-cast): bytes as chars
}

}  // namespace

std::vector<double> PostureTable::at(std::span<const DeliveryPlan::Beam> beams, std::size_t beam,
                                     const AxisPositions& axes_deg) const {
  const auto posture = [&](std::size_t number) -> const std::vector<double>& {
    // beams count from 1 here: 0 is home
    while (number > 0 && of_beams[number - 1].empty()) {
      --number;
    }
    return number == 0 ? home : of_beams[number - 1];
  };
  const std::size_t to = std::min(beam + 1, std::min(of_beams.size(), beams.size()));
  const std::size_t from = to == 0 ? 0 : to - 1;
  double part_left = 0.0;
  if (to > 0 && beam < beams.size()) {
    const AxisPositions start = from == 0 ? AxisPositions{} : beams[from - 1].axes;
    const AxisPositions& goal = beams[to - 1].axes;
    for (std::size_t i = 0; i < num_room_axes; ++i) {
      const double way = std::abs(goal[i] - start[i]);
      part_left = std::max(part_left, way > 0.1 ? std::min(1.0, std::abs(goal[i] - axes_deg[i]) / way) : 0.0);
    }
  }
  std::vector<double> values(joints.size());
  for (std::size_t j = 0; j < values.size(); ++j) {
    values[j] = std::lerp(posture(to)[j], posture(from)[j], part_left);
  }
  return values;
}

ChannelTable::ChannelTable(const DeliveryPlan& plan, PostureTable postures)
    : plan_(&plan), postures_(std::move(postures)), channels_(fixed_channels(plan)) {
  for (const JointChannel& joint : postures_.joints) {
    channels_.push_back({"joint." + joint.name, joint.is_turning ? "deg" : "mm", joint.lo, joint.hi});
  }
  const std::size_t num_pairs = plan.num_leaves() / 2;
  for (std::size_t i = 0; i < 2 * num_pairs; ++i) {
    channels_.push_back({fmt::format("leaf.x{}.{}", 1 + i / num_pairs, i % num_pairs), "mm", -150, 150});
  }
}

std::string ChannelTable::frame(const Telemetry& telemetry, std::uint32_t seq, std::int64_t now_ns) const {
  const double age_ms = telemetry.published_ns == 0 ? 0.0 : 1e-6 * static_cast<double>(now_ns - telemetry.published_ns);
  std::vector<float> values;
  values.reserve(channels_.size());
  append_fixed(values, telemetry, plan_->mu(), age_ms);
  for (const double joint : postures_.at(plan_->beams(), telemetry.beam, telemetry.axes_deg)) {
    values.push_back(static_cast<float>(joint));
  }
  values.insert(values.end(), telemetry.leaves_mm.begin(), telemetry.leaves_mm.end());
  values.resize(channels_.size(), static_cast<float>(unknown));
  std::string bytes;
  bytes.reserve(16 + 4 * values.size());
  append_bytes(bytes, seq);
  append_bytes(bytes, static_cast<std::uint32_t>(values.size()));
  append_bytes(bytes, telemetry.t_s);
  bytes.append(reinterpret_cast<const char*>(values.data()), 4 * values.size());  // NOLINT(*-reinterpret-cast)
  return bytes;
}

Telemetry telemetry_of(std::uint64_t step, const record::StateEntry& state, std::span<const float> leaves) {
  const auto vector_of = [](const std::array<float, 3>& v) -> Vec3 {
    return {static_cast<double>(v[0]), static_cast<double>(v[1]), static_cast<double>(v[2])};
  };
  Telemetry t;
  t.t_s = static_cast<double>(step) * step_s;
  t.state = static_cast<SessionState>(std::min<std::size_t>(state.state, num_session_states - 1));
  t.is_beam_on = state.is_beam_on != 0;
  t.beam = state.beam;
  t.segment = state.segment;
  std::ranges::copy(state.axes_deg, t.axes_deg.begin());
  std::ranges::copy(state.axis_goal_deg, t.goal_deg.begin());
  t.stage_mm = vector_of(state.stage_mm);
  t.target_mm = vector_of(state.predicted_mm);
  t.beam_mu = state.given_mu;
  t.given_mu = unknown;
  t.dose_rate_mu_per_min = unknown;
  t.clearance_mm = static_cast<double>(state.clearance_mm);
  t.active = state.standing;
  t.leaves_mm.assign(leaves.begin(), leaves.end());
  return t;
}

}  // namespace xingu::console
