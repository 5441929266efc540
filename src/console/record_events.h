// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace xingu::console {

/// Reads the events of records in a thread of its own: a record of hundreds of megabytes takes longer than an
/// operator's heartbeat may be late. One record at a time; the last one is remembered. Its functions belong to one
/// other thread.
class RecordEvents {
 public:
  /// The events as JSON, or why they cannot be read, one sentence; the other is empty.
  struct Found {
    std::shared_ptr<const std::string> json;
    std::string refusal;
  };
  using Answer = std::function<void(const Found&)>;
  static constexpr std::size_t most_waiting = 16;

  RecordEvents();
  ~RecordEvents();
  RecordEvents(const RecordEvents&) = delete;
  RecordEvents& operator=(const RecordEvents&) = delete;

  /// Answers from poll().
  /// @param most_bytes  of the record that are read: one that is being written has its full length from the start
  /// @return false if too many wait already
  [[nodiscard]] bool ask(const std::filesystem::path& record, std::uintmax_t most_bytes, Answer answer);
  /// Gives the answers that are there.
  void poll();

 private:
  struct Task {
    std::filesystem::path record;
    std::uintmax_t most_bytes = 0;
    Answer answer;
    Found found;
  };
  void run();
  [[nodiscard]] Found read(const Task& task);

  std::mutex mutex_;  // of the next four
  std::condition_variable wake_;
  bool is_stopping_ = false;
  std::deque<Task> asked_;
  std::vector<Task> done_;
  std::size_t num_waiting_ = 0;  ///< of the asking thread

  // of the reading thread: what it read last
  std::filesystem::path last_record_;
  std::uintmax_t last_bytes_ = 0;
  std::filesystem::file_time_type last_written_;
  Found last_;

  std::thread thread_;
};

}  // namespace xingu::console
