// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "delivery/record_format.h"
#include "delivery/session.h"

namespace xingu {

/// Writes a session's record into memory that was made beforehand: every pulse, action and note at once, the state
/// every 10 ms. Neither allocates nor waits.
class RecordWriter : public SessionRecorder {
 public:
  /// @param memory  begins with what is to be kept
  /// @param used    bytes to keep; 0 begins a new record
  RecordWriter(std::span<std::byte> memory, std::size_t used) noexcept;

  /// The first entry of a session. Call before its first step.
  void begin(const DeliveryPlan& plan, const SessionSettings& settings, const std::string& text);

  void take(std::uint64_t step, OperatorAction action, const Controller& controller,
            const Plant& plant) noexcept override;
  [[nodiscard]] bool is_full() const noexcept override { return is_full_; }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }
  /// Bytes that may be written in all.
  [[nodiscard]] std::size_t room() const noexcept { return room_.load(std::memory_order_acquire); }

 protected:
  /// From any thread: bytes of the memory that may be written. What does not fit is left out, and the record is full
  /// shortly before.
  void limit(std::size_t bytes) noexcept { room_.store(bytes, std::memory_order_release); }

  std::span<std::byte> memory_;

 private:
  void append(record::Kind kind, std::uint64_t step, std::span<const std::byte> payload,
              std::span<const std::byte> more = {}) noexcept;
  void take_pulse(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;
  void take_change(std::uint64_t step, const FaultChange& change) noexcept;
  void take_leaves(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;
  void take_state(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;

  std::size_t used_;
  std::atomic<std::size_t> room_;
  bool is_full_ = false;
  std::size_t beam_of_leaves_ = static_cast<std::size_t>(-1);
  std::size_t segment_of_leaves_ = 0;
  std::vector<float> leaves_;
};

/// The same in a file that is mapped into memory, so that what was written survives the program's death at any moment
/// (kill -9). A thread of its own brings the pages ahead into memory, and those that are full to disk, every 100 ms: a
/// page that is on its way to disk or not yet there would make the loop wait at its next write, so the page that is
/// being written is left alone, and is all that a power failure can take beyond those 100 ms. The file has its full
/// length from the start and is cut when it is closed; its place on the disk is claimed as far ahead as it is brought
/// into memory. Where the disk has none left, the record is full in good time.
class RecordFile final : public RecordWriter {
 public:
  static constexpr std::size_t default_capacity = 256U << 20U;
  /// Claims a stretch of a file on its disk. @return 0, or the system's error
  using ClaimDisk = int (*)(int file, std::size_t from, std::size_t bytes) noexcept;
  [[nodiscard]] static int claim_disk(int file, std::size_t from, std::size_t bytes) noexcept;

  /// Makes the file, or goes on behind the last whole entry of one that is there. Holds it against other programs that
  /// would write it (flock).
  /// @throws EnvironmentError if it cannot be made, InputError if what is there is no record, or another writes it
  [[nodiscard]] static std::unique_ptr<RecordFile> open(const std::filesystem::path& path,
                                                        std::size_t capacity = default_capacity,
                                                        ClaimDisk claim = claim_disk);
  ~RecordFile() override;
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  /// Tells the keeper how far the record has come. Call between steps, some times a second. Neither locks nor waits.
  void prepare() noexcept { written_.store(used(), std::memory_order_release); }
  /// Cuts the file to its content and waits until it is on disk. @throws EnvironmentError
  void close();

 private:
  RecordFile(std::filesystem::path path, int file, std::span<std::byte> memory, std::size_t used, ClaimDisk claim);

  void keep();
  /// Pages up to a megabyte behind `written` on the disk and in memory, ready to be written.
  void make_ready(std::size_t written) noexcept;
  /// Pages that are full on disk.
  void bring_to_disk(std::size_t written) noexcept;
  void stop_keeping() noexcept;

  std::filesystem::path path_;
  int file_;
  ClaimDisk claim_;
  std::size_t ready_to_ = 0;  ///< offsets in the file, of the keeper
  std::size_t on_disk_to_ = 0;
  std::atomic<std::size_t> written_;
  std::mutex mutex_;
  std::condition_variable closing_;
  bool is_closing_ = false;
  std::thread keeper_;
};

/// All that a session's course follows from, besides plan, seed and actions, as a text: settings, motion, faults, and
/// the bodies whose clearance is watched.
[[nodiscard]] std::string settings_text(const SessionSettings& settings, const std::string& motion,
                                        std::span<const Fault> faults, std::span<const WatchedPair> pairs = {});

}  // namespace xingu
