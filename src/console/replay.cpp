// SPDX-License-Identifier: Apache-2.0
#include "console/replay.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include "base/error.h"

namespace xingu::console {
namespace {

/// Follows a record's entries and knows at each what was given and which interlock came first.
class Course {
 public:
  void take(const SessionRecord::Entry& entry, std::size_t index) {
    if (const auto pulse = entry.as<record::PulseEntry>(); entry.kind == record::Kind::pulse && pulse) {
      given_[pulse->beam] = {pulse->given1_mu, pulse->given2_mu};
    } else if (entry.kind == record::Kind::leaves) {
      leaves = index + 1;
    } else if (const auto note = entry.as<record::NoteEntry>();
               entry.kind == record::Kind::note && note && note->interlock < num_interlocks) {
      take_note(*note);
    } else if (const auto fixed = entry.as<record::StateEntry>(); entry.kind == record::Kind::state && fixed) {
      state_entry = index;
      state = static_cast<SessionState>(std::min<std::size_t>(fixed->state, num_session_states - 1));
    }
  }
  [[nodiscard]] double given_mu() const {
    double sum = 0.0;
    for (const auto& [beam, mu] : given_) {
      sum += std::max(mu[0], mu[1]);
    }
    return sum;
  }
  [[nodiscard]] std::array<double, 2> of_beam(std::uint16_t beam) const {
    const auto found = given_.find(beam);
    return found == given_.end() ? std::array<double, 2>{} : found->second;
  }
  std::size_t leaves = 0;
  std::optional<std::size_t> state_entry;
  SessionState state = SessionState::idle;
  int first_out = -1;

 private:
  void take_note(const record::NoteEntry& note) {
    if (note.kind == static_cast<std::uint8_t>(SessionNote::Kind::state) && note.state < num_session_states) {
      state = static_cast<SessionState>(note.state);
      return;
    }
    const InterlockMask bit = interlock_table::bit(static_cast<Interlock>(note.interlock)) & interlock_table::latching;
    if (note.kind == static_cast<std::uint8_t>(SessionNote::Kind::tripped) && bit != 0) {
      first_out = standing_ == 0 ? note.interlock : first_out;
      standing_ |= bit;
    } else if (note.kind == static_cast<std::uint8_t>(SessionNote::Kind::released)) {
      standing_ &= ~bit;
      first_out = standing_ == 0 ? -1 : first_out;
    }
  }

  std::map<std::uint16_t, std::array<double, 2>> given_;
  InterlockMask standing_ = 0;
};

}  // namespace

Replay::Replay(SessionRecord record, std::optional<std::int64_t> session, std::span<const WatchedPair> pairs)
    : record_(std::move(record)), session_(session), pairs_(pairs), nearest_(record_), sessions_(sessions_of(record_)) {
  collect();
  XINGU_REQUIRE(!moments_.empty(), "the record holds no state (there is nothing to show); give another");
  at_s_ = from_s();
}

void Replay::collect() {
  Course course;
  const auto entries = record_.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    course.take(entries[i], i);
    // a session ends between two recorded states: what is noted then is a moment of its own
    const bool is_moment = entries[i].kind == record::Kind::state || entries[i].kind == record::Kind::note;
    if (is_moment && course.state_entry) {
      const auto state = entries[*course.state_entry].as<record::StateEntry>();
      const auto mu = course.of_beam(state->beam);
      moments_.push_back({entries[i].step, *course.state_entry, course.state, course.leaves, course.given_mu(), mu[0],
                          mu[1], course.first_out});
    }
  }
}

int Replay::nearest_pair_at(std::uint64_t step) const {
  const auto near = nearest_.at(step);
  const auto found = near ? std::ranges::find(pairs_, near->pair) : pairs_.end();
  return found == pairs_.end() ? -1 : static_cast<int>(found - pairs_.begin());
}

const RecordedSession* Replay::recorded_session() const {
  const auto step = static_cast<std::uint64_t>(std::llround(at_s_ / step_s));
  const auto after = std::ranges::upper_bound(sessions_, step, {}, &RecordedSession::first_step);
  return after == sessions_.begin() ? nullptr : &*(after - 1);
}

void Replay::seek(double t_s) { at_s_ = std::clamp(t_s, from_s(), to_s()); }

void Replay::set_rate(double rate) { rate_ = std::clamp(rate, -fastest, fastest); }

void Replay::advance(double seconds) { seek(at_s_ + rate_ * seconds); }

Telemetry Replay::telemetry() const {
  const auto step = static_cast<std::uint64_t>(std::llround(at_s_ / step_s));
  const auto after = std::ranges::upper_bound(moments_, step, {}, &Moment::step);
  const Moment& moment = after == moments_.begin() ? *after : *(after - 1);
  const auto entries = record_.entries();
  std::vector<float> leaves;
  if (moment.leaves > 0) {
    const auto bytes = entries[moment.leaves - 1].after<record::LeavesEntry>();
    leaves.resize(bytes.size() / sizeof(float));
    std::memcpy(leaves.data(), bytes.data(), leaves.size() * sizeof(float));
  }
  const auto state = entries[moment.entry].as<record::StateEntry>();
  Telemetry telemetry = telemetry_of(moment.step, *state, leaves);
  telemetry.state = moment.state;
  telemetry.is_beam_on = telemetry.is_beam_on && session_table::row(moment.state).lets_beam_on;
  telemetry.given_mu = moment.given_mu;
  telemetry.beam_mu = moment.beam_mu;
  telemetry.beam_mu_2 = moment.beam_mu_2;
  telemetry.first_out = moment.first_out;
  telemetry.nearest_pair = nearest_pair_at(moment.step);
  telemetry.t_s = at_s_;
  return telemetry;
}

}  // namespace xingu::console
