// SPDX-License-Identifier: Apache-2.0
#include "delivery/record_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/philox.h"
#include "delivery/record_writer.h"
#include "delivery_case.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

/// A session with tracking and a fault, and what it needs to run again.
struct Recorded {
  DeliveryCase one;
  std::unique_ptr<PatientMotion> motion = make_model_motion(MotionModel{}, 5);
  SectorClearance clearance{one.machine().room};
  FaultSchedule faults{{{FaultKind::door_open, 26.0, 1.0, 0.0, 0}}};
  std::vector<std::byte> bytes;

  Recorded() {
    one.settings().tracking.mode = MotionMode::track;
    std::vector<std::byte> memory(8U << 20U);
    RecordWriter writer(memory, 0);
    writer.begin(one.plan(), one.settings(), settings_text(one.settings(), motion->description(), faults.all()));
    WillingOperator person;
    Session session(one.plan(), one.settings(), *motion, clearance, faults, person, &writer);
    EXPECT_TRUE(run_fast(session, max_steps));
    EXPECT_EQ(session.controller().state(), SessionState::complete);
    memory.resize(writer.used());
    bytes = std::move(memory);
  }
};

const Recorded& recorded() {
  static const Recorded recording;
  return recording;
}

TEST(SessionRecord, is_replayed_bit_by_bit) {
  const Recorded& r = recorded();
  const SessionRecord record(r.bytes, "record");
  const auto sessions = sessions_of(record);
  DeliveryCase one;
  one.settings().tracking.mode = MotionMode::track;
  EXPECT_FALSE(
      first_difference(record, sessions.at(0), r.one.plan(), one.settings(), *r.motion, r.clearance, r.faults));
}

/// Comes nearer and nearer, from pair to pair.
class Narrowing final : public ClearanceSource {
 public:
  [[nodiscard]] ClearanceReading read(const AxisPositions&, const AxisErrand&) const noexcept override {
    ++asked_;
    return {500.0 - static_cast<double>(asked_), asked_ < 100 ? -1 : (asked_ < 200 ? 0 : 1)};
  }
  [[nodiscard]] std::span<const WatchedPair> pairs() const noexcept override { return pairs_; }

 private:
  std::vector<WatchedPair> pairs_{{"head", "table top", 1.0}, {"ring", "arm, link 3", 3.0}};
  mutable int asked_ = 0;
};

TEST(SessionRecord, holds_when_the_schedules_faults_came_and_went) {
  const SessionRecord record(recorded().bytes, "record");
  std::vector<std::uint64_t> steps;
  for (const SessionRecord::Entry& entry : record.entries()) {
    if (entry.kind == record::Kind::fault) {
      const auto change = change_of(entry.as<record::FaultEntry>().value());
      ASSERT_TRUE(change);
      EXPECT_TRUE(change->is_by_itself);
      EXPECT_EQ(change->fault.kind, FaultKind::door_open);
      EXPECT_EQ(change->kind == FaultChange::Kind::begin, steps.empty());
      steps.push_back(entry.step);
    }
  }
  EXPECT_EQ(steps, (std::vector<std::uint64_t>{26'000, 27'000}));
}

TEST(NearestPairs, are_what_the_session_watched_and_how_far_it_was) {
  DeliveryCase one;
  const auto motion = make_still_motion();
  const Narrowing clearance;
  std::vector<std::byte> memory(4U << 20U);
  RecordWriter writer(memory, 0);
  writer.begin(one.plan(), one.settings(), settings_text(one.settings(), motion->description(), {}, clearance.pairs()));
  WillingOperator person;
  Session session(one.plan(), one.settings(), *motion, clearance, {}, person, &writer);
  while (session.plant().next_step() <= 3000) {
    session.step();
  }
  const SessionRecord record(std::move(memory), "record");
  const auto sessions = sessions_of(record);
  ASSERT_EQ(watched_pairs(sessions.at(0)).size(), 2U);
  EXPECT_EQ(watched_pairs(sessions.at(0)).at(1), clearance.pairs()[1]);
  const NearestPairs pairs(record);
  EXPECT_FALSE(pairs.at(500)) << "a source may know no pair";
  const auto then = pairs.at(1509);  // the 151st reading was of step 1500
  ASSERT_TRUE(then);
  EXPECT_EQ(then->pair.second, "table top");
  EXPECT_DOUBLE_EQ(then->distance_mm, 349.0);
  const auto last = pairs.at(3000);
  ASSERT_TRUE(last);
  EXPECT_EQ(last->pair.first, "ring");
  EXPECT_DOUBLE_EQ(last->distance_mm, (500.0 - 301.0) / 3.0) << "as far as it is, not as it is watched";
}

TEST(SessionRecord, is_replayed_with_what_befell_the_machine_while_it_ran) {
  /// A willing operator in whose session a door is opened and closed again.
  class Visitor final : public OperatorPort {
   public:
    [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller& controller) noexcept override {
      return operator_.next(step, controller);
    }
    [[nodiscard]] FaultChange change(std::uint64_t step) noexcept override {
      const Fault door = fault_from(step, FaultKind::door_open, 60.0);
      return {step == 9000   ? FaultChange::Kind::begin
              : step == 9300 ? FaultChange::Kind::end
                             : FaultChange::Kind::none,
              door};
    }

   private:
    WillingOperator operator_;
  };
  DeliveryCase one;
  const auto motion = make_still_motion();
  const SectorClearance clearance(one.machine().room);
  std::vector<std::byte> memory(8U << 20U);
  RecordWriter writer(memory, 0);
  writer.begin(one.plan(), one.settings(), settings_text(one.settings(), motion->description(), {}));
  Visitor person;
  Session session(one.plan(), one.settings(), *motion, clearance, {}, person, &writer);
  ASSERT_TRUE(run_fast(session, max_steps));
  EXPECT_EQ(session.controller().state(), SessionState::complete);
  memory.resize(writer.used());
  const SessionRecord record(std::move(memory), "record");
  EXPECT_EQ(std::ranges::count(record.entries(), record::Kind::fault, &SessionRecord::Entry::kind), 2);
  EXPECT_FALSE(first_difference(record, sessions_of(record).at(0), one.plan(), one.settings(), *motion, clearance, {}));
}

TEST(SessionRecord, shows_the_step_at_which_a_replay_differs) {
  const Recorded& r = recorded();
  std::vector<std::byte> bytes = r.bytes;
  const SessionRecord intact(bytes, "record");
  // another operator's action in the record, with its checksum made right again
  for (const auto& entry : intact.entries()) {
    if (entry.kind == record::Kind::action &&
        entry.as<record::ActionEntry>()->action == static_cast<std::uint32_t>(OperatorAction::arm)) {
      const auto at = static_cast<std::size_t>(entry.payload.data() - intact.bytes().data());
      bytes[at] = static_cast<std::byte>(OperatorAction::hold);
      const auto begin = at - sizeof(record::EntryHead);
      const auto length = sizeof(record::EntryHead) + entry.payload.size();
      const std::uint32_t checksum = record::crc32c(std::span<const std::byte>(bytes).subspan(begin, length));
      std::memcpy(bytes.data() + begin + length, &checksum, sizeof checksum);
    }
  }
  const SessionRecord changed(bytes, "record");
  DeliveryCase one;
  one.settings().tracking.mode = MotionMode::track;
  const auto sessions = sessions_of(changed);
  EXPECT_TRUE(
      first_difference(changed, sessions.at(0), r.one.plan(), one.settings(), *r.motion, r.clearance, r.faults));
}

TEST(SessionRecord, is_readable_when_cut_at_any_byte) {
  const Recorded& r = recorded();
  const SessionRecord whole(r.bytes, "record");
  const std::size_t num_entries = whole.entries().size();
  const Philox random(7, 7);
  for (std::size_t i = 0; i < 300; ++i) {
    // the first bytes one by one, then anywhere
    const std::size_t cut =
        i < 100 ? record::file_head_bytes + i
                : record::file_head_bytes + random.words(i)[0] % (r.bytes.size() - record::file_head_bytes);
    const std::vector<std::byte> part(r.bytes.begin(), r.bytes.begin() + static_cast<std::ptrdiff_t>(cut));
    const SessionRecord record(part, "part");
    EXPECT_LE(record.valid_bytes(), cut);
    EXPECT_LE(record.entries().size(), num_entries);
    const std::size_t next = record.entries().size();
    if (next < num_entries) {
      EXPECT_GT(record.valid_bytes() + record::entry_bytes(whole.entries()[next].payload.size()), cut)
          << "a whole entry was lost";
    }
  }
}

TEST(SessionRecord, ends_before_an_entry_with_a_changed_byte) {
  const Recorded& r = recorded();
  const SessionRecord whole(r.bytes, "record");
  const Philox random(8, 8);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto words = random.words(i);
    std::vector<std::byte> bytes = r.bytes;
    const std::size_t entry = words[0] % whole.entries().size();
    const auto& payload = whole.entries()[entry].payload;
    const auto at = static_cast<std::size_t>(payload.data() - whole.bytes().data()) + words[1] % payload.size();
    bytes[at] ^= static_cast<std::byte>(1U << (words[2] % 8));
    EXPECT_EQ(SessionRecord(bytes, "changed").entries().size(), entry);
  }
}

TEST(SessionRecord, refuses_what_is_no_record) {
  EXPECT_THROW(SessionRecord({}, "empty"), InputError);
  EXPECT_THROW(SessionRecord(std::vector<std::byte>(1000), "zeros"), InputError);
  std::vector<std::byte> other = recorded().bytes;
  other[8] = std::byte{99};
  EXPECT_THROW(SessionRecord(other, "newer"), InputError);
  other[8] = std::byte{1};
  EXPECT_THROW(SessionRecord(other, "older"), InputError);
  other[8] = std::byte{record::oldest_version};
  EXPECT_EQ(SessionRecord(other, "old").entries().size(), SessionRecord(recorded().bytes, "new").entries().size());
}

TEST(ResumePoint, is_what_the_last_pulse_says) {
  const Recorded& r = recorded();
  const SessionRecord record(r.bytes, "record");
  const ResumePoint point = resume_point(record, r.one.plan());
  const double pulse = 1000.0 / 60.0 / 300.0;
  for (std::size_t b = 0; b < 3; ++b) {
    EXPECT_NEAR(point.progress.given_mu[b], r.one.plan().beams()[b].mu, pulse);
  }
  EXPECT_EQ(point.next_step, record.entries().back().step + 1);
}

TEST(ResumePoint, refuses_the_record_of_another_plan) {
  DeliveryCase other(test::small_delivery_plan(2));
  const SessionRecord record(recorded().bytes, "record");
  EXPECT_THROW(static_cast<void>(resume_point(record, other.plan())), InputError);
}

}  // namespace
}  // namespace xingu
