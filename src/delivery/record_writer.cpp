// SPDX-License-Identifier: Apache-2.0
#include "delivery/record_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "delivery/record_reader.h"

namespace xingu {
namespace {

/// Room that is kept so that the end of a session can still be told after the record is full.
constexpr std::size_t reserve_bytes = 64U << 10U;
constexpr std::uint64_t state_period_ms = 10;
constexpr std::size_t ready_bytes = 1U << 20U;  // some ten seconds of a session
constexpr std::size_t page_bytes = 4096;
constexpr std::chrono::milliseconds keep_every{100};

constexpr std::size_t whole_pages(std::size_t bytes) noexcept { return bytes / page_bytes * page_bytes; }

template <class T>
std::span<const std::byte> bytes_of(const T& value) noexcept {
  return std::as_bytes(std::span(&value, 1));
}

std::array<float, 3> floats(const Vec3& v) noexcept {
  return {static_cast<float>(v.x()), static_cast<float>(v.y()), static_cast<float>(v.z())};
}
std::array<float, num_room_axes> floats(const AxisPositions& v) noexcept {
  return {static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2]), static_cast<float>(v[3])};
}

}  // namespace

RecordWriter::RecordWriter(std::span<std::byte> memory, std::size_t used) noexcept
    : memory_(memory), used_(used), room_(memory.size()) {
  if (memory_.size() >= record::file_head_bytes) {
    // an older record that goes on is one of this version from now on
    std::memcpy(memory_.data(), record::magic.data(), record::magic.size());
    std::memcpy(memory_.data() + record::magic.size(), &record::version, sizeof record::version);
    used_ = std::max(used_, record::file_head_bytes);
  }
}

void RecordWriter::append(record::Kind kind, std::uint64_t step, std::span<const std::byte> payload,
                          std::span<const std::byte> more) noexcept {
  record::EntryHead head;
  head.payload_bytes = static_cast<std::uint32_t>(payload.size() + more.size());
  head.kind = kind;
  head.step = step;
  const std::size_t size = record::entry_bytes(head.payload_bytes);
  const std::size_t most = room();
  is_full_ = is_full_ || used_ + size + reserve_bytes > most;
  if (used_ + size > most) {
    return;
  }
  std::byte* at = memory_.data() + used_;
  std::memcpy(at, &head, sizeof head);
  std::memcpy(at + sizeof head, payload.data(), payload.size());
  if (!more.empty()) {
    std::memcpy(at + sizeof head + payload.size(), more.data(), more.size());
  }
  const std::size_t checked = sizeof head + head.payload_bytes;
  const std::uint32_t checksum = record::crc32c(std::span<const std::byte>(at, checked));
  std::memcpy(at + checked, &checksum, sizeof checksum);
  std::memset(at + checked + sizeof checksum, 0, size - checked - sizeof checksum);
  used_ += size;
}

void RecordWriter::begin(const DeliveryPlan& plan, const SessionSettings& settings, const std::string& text) {
  record::SessionEntry entry;
  entry.plan_hash = plan.hash();
  entry.seed = settings.seed;
  entry.num_beams = static_cast<std::uint32_t>(plan.beams().size());
  entry.text_bytes = static_cast<std::uint32_t>(text.size());
  std::vector<double> given = settings.progress.given_mu;
  given.resize(plan.beams().size(), 0.0);
  std::vector<std::byte> more(given.size() * sizeof(double) + text.size());
  std::memcpy(more.data(), given.data(), given.size() * sizeof(double));
  std::memcpy(more.data() + given.size() * sizeof(double), text.data(), text.size());
  append(record::Kind::session, settings.first_step, bytes_of(entry), more);
  leaves_.resize(plan.num_leaves());
  beam_of_leaves_ = static_cast<std::size_t>(-1);
}

void RecordWriter::take(std::uint64_t step, OperatorAction action, const Controller& controller,
                        const Plant& plant) noexcept {
  for (const FaultChange& change : plant.changes()) {
    take_change(step, change);
  }
  if (controller.pulse().is_new) {
    take_leaves(step, controller, plant);
    take_pulse(step, controller, plant);
  }
  if (action != OperatorAction::none) {
    append(record::Kind::action, step, bytes_of(record::ActionEntry{static_cast<std::uint32_t>(action)}));
  }
  for (const SessionNote& note : controller.notes()) {
    record::NoteEntry entry;
    entry.kind = static_cast<std::uint8_t>(note.kind);
    entry.state = static_cast<std::uint8_t>(note.state);
    entry.event = static_cast<std::uint8_t>(note.event);
    entry.interlock = static_cast<std::uint8_t>(note.interlock);
    entry.beam = note.beam;
    entry.segment = note.segment;
    entry.value = note.value;
    append(record::Kind::note, step, bytes_of(entry));
  }
  if (step % state_period_ms == 0) {
    take_state(step, controller, plant);
  }
}

void RecordWriter::take_change(std::uint64_t step, const FaultChange& change) noexcept {
  record::FaultEntry entry;
  entry.kind = static_cast<std::uint32_t>(change.fault.kind);
  entry.begins = change.kind == FaultChange::Kind::begin ? 1 : 0;
  entry.start_s = change.fault.start_s;
  entry.duration_s = change.fault.duration_s;
  entry.magnitude = change.fault.magnitude;
  entry.index = change.fault.index;
  entry.is_by_itself = change.is_by_itself ? 1 : 0;
  append(record::Kind::fault, step, bytes_of(entry));
}

void RecordWriter::take_pulse(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept {
  const CountedPulse& pulse = controller.pulse();
  record::PulseEntry entry;
  entry.beam = pulse.beam;
  entry.segment = pulse.segment;
  entry.monitor1_mu = static_cast<float>(plant.sensors().monitor1_mu);
  entry.monitor2_mu = static_cast<float>(plant.sensors().monitor2_mu);
  entry.stage_mm = floats(plant.truth().stage);
  entry.target_mm = floats(plant.truth().target);
  entry.given1_mu = pulse.given1_mu;
  entry.given2_mu = pulse.given2_mu;
  append(record::Kind::pulse, step, bytes_of(entry));
}

void RecordWriter::take_leaves(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept {
  const CountedPulse& pulse = controller.pulse();
  if (leaves_.empty() || (pulse.beam == beam_of_leaves_ && pulse.segment == segment_of_leaves_)) {
    return;
  }
  beam_of_leaves_ = pulse.beam;
  segment_of_leaves_ = pulse.segment;
  const auto encoders = plant.sensors().leaf_encoders;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    leaves_[i] = static_cast<float>(encoders[i]);
  }
  const record::LeavesEntry entry{pulse.beam, pulse.segment, static_cast<std::uint32_t>(leaves_.size())};
  append(record::Kind::leaves, step, bytes_of(entry), std::as_bytes(std::span(leaves_)));
}

void RecordWriter::take_state(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept {
  const SensorFrame& frame = plant.sensors();
  record::StateEntry entry;
  entry.state = static_cast<std::uint8_t>(controller.state());
  entry.is_beam_on = controller.command().triggers_beam ? 1 : 0;
  entry.beam = static_cast<std::uint16_t>(controller.beam());
  entry.segment = static_cast<std::uint16_t>(controller.segment());
  entry.standing = controller.panel().standing();
  entry.axes_deg = floats(frame.encoders);
  entry.axis_goal_deg = floats(controller.axis_goal());
  entry.stage_mm = floats(frame.stage);
  entry.predicted_mm = floats(controller.tracker().target(static_cast<double>(step) * step_s));
  entry.clearance_mm = static_cast<float>(frame.clearance.clearance_mm);
  entry.nearest = static_cast<std::uint16_t>(frame.clearance.pair + 1);
  const auto given = controller.given_mu();
  entry.given_mu = given[std::min(controller.beam(), given.size() - 1)];
  append(record::Kind::state, step, bytes_of(entry));
}

int RecordFile::claim_disk(int file, std::size_t from, std::size_t bytes) noexcept {
  const bool is_well = ::fallocate(file, 0, static_cast<off_t>(from), static_cast<off_t>(bytes)) == 0;
  const bool is_unknown = !is_well && (errno == EOPNOTSUPP || errno == ENOSYS);  // such a file system has to be trusted
  return is_well || is_unknown ? 0 : errno;
}

std::unique_ptr<RecordFile> RecordFile::open(const std::filesystem::path& path, std::size_t capacity, ClaimDisk claim) {
  const bool is_there = std::filesystem::exists(path) && std::filesystem::file_size(path) > 0;
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  const auto fail = [&](const char* what) {
    const int error = errno;
    if (file >= 0) {
      ::close(file);
    }
    throw EnvironmentError(
        fmt::format("{}: {} ({}); free the disk or give another folder", path.string(), what, std::strerror(error)));
  };
  if (file < 0) {
    fail("the record cannot be made");
  }
  std::size_t used = 0;
  try {
    // the system takes the lock back when the program ends, however it ends
    XINGU_REQUIRE(::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK,
                  "{}: another program is writing this record (two sessions would destroy each other's); wait until it "
                  "has ended",
                  path.string());
    used = is_there ? read_record(path).valid_bytes() : 0;
  } catch (const InputError&) {
    ::close(file);
    throw;
  }
  // cutting first turns what a killed program left behind the last whole entry into zeros
  const std::size_t length = used + capacity;
  const std::size_t begin = whole_pages(used);
  if (::ftruncate(file, static_cast<off_t>(used)) != 0 || ::ftruncate(file, static_cast<off_t>(length)) != 0) {
    fail("the record cannot have its length");
  }
  if (const int error = claim(file, begin, std::min(ready_bytes, length - begin)); error != 0) {
    static_cast<void>(::ftruncate(file, static_cast<off_t>(used)));
    errno = error;
    fail("the disk has no place for the record");
  }
  void* memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) {
    fail("the record cannot be mapped");
  }
  return std::unique_ptr<RecordFile>(
      new RecordFile(path, file, std::span(static_cast<std::byte*>(memory), length), used, claim));
}

RecordFile::RecordFile(std::filesystem::path path, int file, std::span<std::byte> memory, std::size_t used,
                       ClaimDisk claim)
    : RecordWriter(memory, used), path_(std::move(path)), file_(file), claim_(claim), written_(used) {
  ready_to_ = on_disk_to_ = whole_pages(used);
  make_ready(used);
  keeper_ = std::thread([this] { keep(); });
}

void RecordFile::keep() {
  std::unique_lock lock(mutex_);
  while (!closing_.wait_for(lock, keep_every, [this] { return is_closing_; })) {
    const std::size_t written = written_.load(std::memory_order_acquire);
    make_ready(written);
    bring_to_disk(written);
  }
}

void RecordFile::make_ready(std::size_t written) noexcept {
  const std::size_t wanted = whole_pages(std::min(written + ready_bytes, memory_.size()));
  if (wanted > ready_to_ && claim_(file_, ready_to_, wanted - ready_to_) != 0) {
    limit(ready_to_);  // writing there would end the program
    return;
  }
  if (wanted > ready_to_) {
    // a system that cannot do this leaves it to the loop, which is late then, and counts it
    static_cast<void>(::madvise(memory_.data() + ready_to_, wanted - ready_to_, MADV_POPULATE_WRITE));
    ready_to_ = wanted;
  }
}

void RecordFile::bring_to_disk(std::size_t written) noexcept {
  const std::size_t full = whole_pages(written);
  if (full > on_disk_to_) {
    // a failing disk shows when the record is closed; meanwhile the memory holds it
    static_cast<void>(::msync(memory_.data() + on_disk_to_, full - on_disk_to_, MS_SYNC));
    on_disk_to_ = full;
  }
}

void RecordFile::stop_keeping() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  closing_.notify_one();
  if (keeper_.joinable()) {
    keeper_.join();
  }
}

RecordFile::~RecordFile() {
  stop_keeping();
  if (file_ >= 0) {
    ::munmap(memory_.data(), memory_.size());
    // an unfinished record keeps its zeros at worst; nothing can be reported from here
    static_cast<void>(::ftruncate(file_, static_cast<off_t>(used())));
    ::close(file_);
  }
}

void RecordFile::close() {
  stop_keeping();
  const std::size_t length = used();
  ::munmap(memory_.data(), memory_.size());
  const int file = std::exchange(file_, -1);
  const bool is_well = ::ftruncate(file, static_cast<off_t>(length)) == 0 && ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  if (!is_well) {
    throw EnvironmentError(
        fmt::format("{}: the record cannot be finished ({}); free the disk", path_.string(), std::strerror(error)));
  }
}

std::string settings_text(const SessionSettings& settings, const std::string& motion, std::span<const Fault> faults,
                          std::span<const WatchedPair> pairs) {
  const MachineDynamics& d = settings.dynamics;
  std::string text;
  const auto axis = [&](std::string_view name, const AxisDynamics& a) {
    text += fmt::format("{} {} {} {} {} {}\n", name, a.max_speed, a.max_acceleration, a.bandwidth_hz, a.latency_ms,
                        a.encoder_noise);
  };
  for (std::size_t i = 0; i < num_room_axes; ++i) {
    axis(to_string(static_cast<RoomAxis>(i)), d.axes[i]);
  }
  axis("stage", d.stage);
  text += fmt::format("leaves {} {} {}\n", d.leaves.max_speed_mm_per_s, d.leaves.latency_ms, d.leaves.encoder_noise_mm);
  text += fmt::format("beam {} {} {} {} {} {}\n", d.beam.pulse_rate_hz, d.beam.dose_rate_MU_per_min, d.beam.pulse_noise,
                      d.beam.ramp_start, d.beam.ramp_time_ms, d.beam.monitor_noise);
  text += fmt::format("sensors {} {} {} {} {} {}\n", d.sensors.marker_period_ms, d.sensors.marker_latency_ms,
                      d.sensors.marker_noise_mm, d.sensors.image_latency_ms, d.sensors.image_noise_mm,
                      d.sensors.ecg_latency_ms);
  text += fmt::format("interlocks {} {}\n", fmt::join(d.interlocks.threshold, " "),
                      d.interlocks.lost_console == LostConsole::holds ? "hold" : "continue");
  const TrackingSettings& t = settings.tracking;
  text += fmt::format(
      "tracking {} {} {} {} {} {}\n", to_string(t.mode), to_string(t.predictor), t.learning_s, t.image_interval_s,
      t.learning_image_interval_s,
      t.cardiac_gate ? fmt::format("{} {} {}", t.cardiac_gate->from, t.cardiac_gate->to, t.cardiac_gate->confidence)
                     : "no gate");
  if (settings.ecg) {
    const SessionEcg& ecg = *settings.ecg;
    text += fmt::format("ecg {} {} {} {}\n", ecg.contact_mV, ecg.muscle_mV, ecg.mains_mV, ecg.lost_share);
    for (const ecg::ElectrodeOff& off : ecg.off) {
      text += fmt::format("electrode off {} {} {}\n", ecg::to_string(off.electrode), off.from_s, off.until_s);
    }
  }
  text += fmt::format("settle {}\nmotion {}\n", d.settle_ms, motion);
  for (const Fault& f : faults) {
    text += fmt::format("fault {} {} {} {} {}\n", fault_table::row(f.kind).name, f.start_s, f.duration_s, f.magnitude,
                        f.index);
  }
  for (const WatchedPair& pair : pairs) {
    text += fmt::format("near\t{}\t{}\t{}\n", pair.weight, pair.first, pair.second);
  }
  return text;
}

}  // namespace xingu
