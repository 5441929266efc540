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

 protected:
  std::span<std::byte> memory_;

 private:
  void append(record::Kind kind, std::uint64_t step, std::span<const std::byte> payload,
              std::span<const std::byte> more = {}) noexcept;
  void take_pulse(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;
  void take_change(std::uint64_t step, const FaultChange& change) noexcept;
  void take_leaves(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;
  void take_state(std::uint64_t step, const Controller& controller, const Plant& plant) noexcept;

  std::size_t used_;
  bool is_full_ = false;
  std::size_t beam_of_leaves_ = static_cast<std::size_t>(-1);
  std::size_t segment_of_leaves_ = 0;
  std::vector<float> leaves_;
};

/// The same in a file that is mapped into memory, so that what was written survives the program's death at any moment
/// (kill -9). A thread of its own brings the pages ahead into memory, and those that are full to disk, every 100 ms: a
/// page that is on its way to disk or not yet there would make the loop wait at its next write, so the page that is
/// being written is left alone, and is all that a power failure can take beyond those 100 ms. The file has its full
/// length from the start and is cut when it is closed.
class RecordFile final : public RecordWriter {
 public:
  static constexpr std::size_t default_capacity = 256U << 20U;

  /// Makes the file, or goes on behind the last whole entry of one that is there.
  /// @throws EnvironmentError if it cannot be made, InputError if what is there is no record
  [[nodiscard]] static std::unique_ptr<RecordFile> open(const std::filesystem::path& path,
                                                        std::size_t capacity = default_capacity);
  ~RecordFile() override;
  RecordFile(const RecordFile&) = delete;
  RecordFile& operator=(const RecordFile&) = delete;

  /// Tells the keeper how far the record has come. Call between steps, some times a second. Neither locks nor waits.
  void prepare() noexcept { written_.store(used(), std::memory_order_release); }
  /// Cuts the file to its content and waits until it is on disk. @throws EnvironmentError
  void close();

 private:
  RecordFile(std::filesystem::path path, int file, std::span<std::byte> memory, std::size_t used);

  void keep();
  /// Pages up to a megabyte behind `written` in memory, ready to be written.
  void make_ready(std::size_t written) noexcept;
  /// Pages that are full on disk.
  void bring_to_disk(std::size_t written) noexcept;
  void stop_keeping() noexcept;

  std::filesystem::path path_;
  int file_;
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
