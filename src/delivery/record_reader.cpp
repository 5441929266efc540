// SPDX-License-Identifier: Apache-2.0
#include "delivery/record_reader.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "delivery/record_writer.h"

namespace xingu {
namespace {

constexpr std::uintmax_t largest_record_bytes = 4ULL << 30;

std::vector<std::byte> bytes_of_file(const std::filesystem::path& path, std::uintmax_t most_bytes) {
  std::error_code error;
  const std::uintmax_t length = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  XINGU_REQUIRE(file && !error, "{}: the record cannot be read (it is not there, or not allowed); give another",
                path.string());
  XINGU_REQUIRE(length <= largest_record_bytes, "{}: is above 4 GiB (no session is that long); give a record",
                path.string());
  std::vector<std::byte> bytes(std::min(length, most_bytes));
  const auto size = static_cast<std::streamsize>(bytes.size());
  file.read(reinterpret_cast<char*>(bytes.data()), size);  // NOLINT(*-cast): what streams take
  XINGU_REQUIRE(file.gcount() == size, "{}: the record ends early (it is being changed); read it again", path.string());
  return bytes;
}

/// The entry at an offset, if it is whole.
std::optional<SessionRecord::Entry> entry_at(std::span<const std::byte> bytes, std::size_t offset) {
  record::EntryHead head;
  if (bytes.size() - offset < record::entry_bytes(0)) {
    return std::nullopt;
  }
  std::memcpy(&head, bytes.data() + offset, sizeof head);
  const bool is_possible = head.payload_bytes > 0 && head.payload_bytes <= record::largest_payload &&
                           bytes.size() - offset >= record::entry_bytes(head.payload_bytes);
  if (!is_possible) {
    return std::nullopt;
  }
  const std::size_t checked = sizeof head + head.payload_bytes;
  std::uint32_t checksum = 0;
  std::memcpy(&checksum, bytes.data() + offset + checked, sizeof checksum);
  if (record::crc32c(bytes.subspan(offset, checked)) != checksum) {
    return std::nullopt;
  }
  return SessionRecord::Entry{head.kind, head.step, bytes.subspan(offset + sizeof head, head.payload_bytes)};
}

RecordedSession session_of(const SessionRecord::Entry& entry) {
  const auto head = entry.as<record::SessionEntry>();
  XINGU_REQUIRE(head, "the record's first entry is too short (it says which plan this is); it cannot be used");
  const auto more = entry.after<record::SessionEntry>();
  const std::size_t given_bytes = head->num_beams * sizeof(double);
  XINGU_REQUIRE(more.size() == given_bytes + head->text_bytes,
                "the record's first entry has {} bytes instead of {} (it says which plan this is); it cannot be used",
                more.size(), given_bytes + head->text_bytes);
  RecordedSession session;
  session.plan_hash = head->plan_hash;
  session.seed = head->seed;
  session.first_step = entry.step;
  session.given_before_mu.resize(head->num_beams);
  std::memcpy(session.given_before_mu.data(), more.data(), given_bytes);
  session.settings.resize(head->text_bytes);
  std::memcpy(session.settings.data(), more.data() + given_bytes, head->text_bytes);
  return session;
}

}  // namespace

SessionRecord::SessionRecord(std::vector<std::byte> bytes, const std::string& name) : bytes_(std::move(bytes)) {
  const bool is_record = bytes_.size() >= record::file_head_bytes &&
                         std::memcmp(bytes_.data(), record::magic.data(), record::magic.size()) == 0;
  XINGU_REQUIRE(is_record, "{}: is not the record of a session (it does not begin as one); give another file", name);
  std::uint32_t version = 0;
  std::memcpy(&version, bytes_.data() + record::magic.size(), sizeof version);
  XINGU_REQUIRE(version >= record::oldest_version && version <= record::version,
                "{}: is a record of version {} (this program reads {} to {}); use that version's", name, version,
                record::oldest_version, record::version);
  valid_bytes_ = record::file_head_bytes;
  while (const auto entry = entry_at(bytes_, valid_bytes_)) {
    entries_.push_back(*entry);
    valid_bytes_ += record::entry_bytes(entry->payload.size());
  }
}

SessionRecord read_record(const std::filesystem::path& path, std::uintmax_t most_bytes) {
  return SessionRecord(bytes_of_file(path, most_bytes), path.string());
}

std::vector<RecordedSession> sessions_of(const SessionRecord& record) {
  std::vector<RecordedSession> sessions;
  std::vector<std::size_t> begins;
  const auto entries = record.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].kind == record::Kind::session) {
      sessions.push_back(session_of(entries[i]));
      begins.push_back(i);
    }
  }
  const auto byte_of = [&](std::size_t entry) {
    return entry < entries.size() ? static_cast<std::size_t>(entries[entry].payload.data() - record.bytes().data()) -
                                        sizeof(record::EntryHead)
                                  : record.valid_bytes();
  };
  for (std::size_t s = 0; s < sessions.size(); ++s) {
    const std::size_t end = s + 1 < sessions.size() ? begins[s + 1] : entries.size();
    sessions[s].entries = entries.subspan(begins[s] + 1, end - begins[s] - 1);
    sessions[s].begin_byte = byte_of(begins[s]);
    sessions[s].end_byte = byte_of(end);
  }
  return sessions;
}

std::vector<WatchedPair> watched_pairs(const RecordedSession& session) {
  constexpr std::string_view mark = "near\t";
  std::vector<WatchedPair> pairs;
  std::istringstream lines(session.settings);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find('\t', mark.size()) + 1;
    const std::size_t second = line.find('\t', first) + 1;
    if (line.starts_with(mark) && first > 0 && second > 0) {
      pairs.push_back({line.substr(first, second - first - 1), line.substr(second),
                       std::strtod(line.c_str() + mark.size(), nullptr)});
    }
  }
  return pairs;
}

NearestPairs::NearestPairs(const SessionRecord& record) {
  for (const RecordedSession& session : sessions_of(record)) {
    const std::vector<WatchedPair> pairs = watched_pairs(session);
    const std::size_t before = pairs_.size();
    pairs_.insert(pairs_.end(), pairs.begin(), pairs.end());
    for (const SessionRecord::Entry& entry : session.entries) {
      if (const auto state = entry.as<record::StateEntry>(); entry.kind == record::Kind::state && state) {
        const bool is_known = state->nearest > 0 && state->nearest <= pairs.size();
        moments_.push_back({entry.step, is_known ? before + state->nearest : 0, state->clearance_mm});
      }
    }
  }
}

std::optional<NearestPairs::Nearest> NearestPairs::at(std::uint64_t step) const {
  const auto after = std::ranges::upper_bound(moments_, step, {}, &Moment::step);
  if (after == moments_.begin() || (after - 1)->pair == 0) {
    return std::nullopt;
  }
  const Moment& moment = *(after - 1);
  const WatchedPair& pair = pairs_[moment.pair - 1];
  return Nearest{pair, pair.distance_mm(moment.clearance_mm)};
}

ResumePoint resume_point(const SessionRecord& record, const DeliveryPlan& plan) {
  const auto sessions = sessions_of(record);
  XINGU_REQUIRE(!sessions.empty(), "the record holds no session (there is nothing to resume); begin a new one");
  const RecordedSession& last = sessions.back();
  XINGU_REQUIRE(last.plan_hash == plan.hash(),
                "the record is of another plan (its MU are not those of this one); give the plan that was begun");
  ResumePoint point;
  point.progress.given_mu = last.given_before_mu;
  point.next_step = last.first_step;
  for (const SessionRecord::Entry& entry : last.entries) {
    point.next_step = entry.step + 1;
    if (entry.kind == record::Kind::pulse) {
      const auto pulse = entry.as<record::PulseEntry>();
      XINGU_REQUIRE(pulse && pulse->beam < point.progress.given_mu.size(),
                    "the record has a pulse of a beam that the plan has not; it cannot be resumed");
      point.progress.given_mu[pulse->beam] = std::max(pulse->given1_mu, pulse->given2_mu);
    }
  }
  return point;
}

std::optional<FaultChange> change_of(const record::FaultEntry& entry) noexcept {
  if (entry.kind >= num_fault_kinds) {
    return std::nullopt;
  }
  FaultChange change;
  change.kind = entry.begins != 0 ? FaultChange::Kind::begin : FaultChange::Kind::end;
  change.fault = {static_cast<FaultKind>(entry.kind), entry.start_s, entry.duration_s, entry.magnitude, entry.index};
  change.is_by_itself = entry.is_by_itself != 0;
  return change;
}

RecordedOperator::RecordedOperator(const RecordedSession& session) {
  for (const SessionRecord::Entry& entry : session.entries) {
    if (const auto action = entry.as<record::ActionEntry>(); entry.kind == record::Kind::action && action) {
      moments_.push_back({entry.step, static_cast<OperatorAction>(action->action)});
    }
    if (const auto fault = entry.as<record::FaultEntry>(); entry.kind == record::Kind::fault && fault) {
      const auto change = change_of(*fault);
      XINGU_REQUIRE(change, "the record has a fault of kind {} (there is none); it cannot be used", fault->kind);
      if (!change->is_by_itself) {  // else the schedule, which stands in the settings, brings it again
        changes_.push_back({entry.step, *change});
      }
    }
  }
}

OperatorAction RecordedOperator::next(std::uint64_t step, const Controller&) noexcept {
  while (next_ < moments_.size() && moments_[next_].step < step) {
    ++next_;
  }
  return next_ < moments_.size() && moments_[next_].step == step ? moments_[next_].action : OperatorAction::none;
}

FaultChange RecordedOperator::change(std::uint64_t step) noexcept {
  while (next_change_ < changes_.size() && changes_[next_change_].step < step) {
    ++next_change_;
  }
  const bool is_now = next_change_ < changes_.size() && changes_[next_change_].step == step;
  return is_now ? changes_[next_change_].change : FaultChange{};
}

std::optional<std::uint64_t> first_difference(const SessionRecord& record, const RecordedSession& session,
                                              const DeliveryPlan& plan, SessionSettings settings,
                                              const PatientMotion& motion, const ClearanceSource& clearance,
                                              const FaultSchedule& faults) {
  XINGU_REQUIRE(session.plan_hash == plan.hash(), "the record is of another plan; give the one it was made with");
  settings.seed = session.seed;
  settings.first_step = session.first_step;
  settings.progress.given_mu = session.given_before_mu;
  const std::string text = settings_text(settings, motion.description(), faults.all(), clearance.pairs());
  XINGU_REQUIRE(text == session.settings,
                "the record was made with other settings (a replay would differ); give the machine, motion and faults "
                "it was made with");
  const std::size_t length = session.end_byte - session.begin_byte;
  std::vector<std::byte> memory(record::file_head_bytes + length + (1U << 20U));
  RecordWriter writer(memory, 0);
  writer.begin(plan, settings, text);
  RecordedOperator person(session);
  Session again(plan, settings, motion, clearance, faults, person, &writer);
  const std::uint64_t last_step = session.entries.empty() ? settings.first_step : session.entries.back().step;
  while (again.plant().next_step() <= last_step) {
    const std::size_t before = writer.used() - record::file_head_bytes;
    again.step();
    const std::size_t after = std::min(writer.used() - record::file_head_bytes, length);
    const auto mine = std::span<const std::byte>(memory).subspan(record::file_head_bytes + before, after - before);
    const auto theirs = record.bytes().subspan(session.begin_byte + before, after - before);
    if (!std::ranges::equal(mine, theirs)) {
      return again.plant().next_step() - 1;
    }
  }
  return writer.used() - record::file_head_bytes < length ? std::optional(last_step) : std::nullopt;
}

}  // namespace xingu
