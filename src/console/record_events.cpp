// SPDX-License-Identifier: Apache-2.0
#include "console/record_events.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "console/event_text.h"
#include "delivery/record_reader.h"

namespace xingu::console {

RecordEvents::RecordEvents() : thread_([this] { run(); }) {}

RecordEvents::~RecordEvents() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool RecordEvents::ask(const std::filesystem::path& record, std::uintmax_t most_bytes, Answer answer) {
  if (num_waiting_ >= most_waiting) {
    return false;
  }
  ++num_waiting_;
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back({record, most_bytes, std::move(answer), {}});
  }
  wake_.notify_one();
  return true;
}

void RecordEvents::poll() {
  std::vector<Task> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  num_waiting_ -= done.size();
  for (const Task& task : done) {
    task.answer(task.found);
  }
}

void RecordEvents::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return is_stopping_ || !asked_.empty(); });
    if (is_stopping_) {
      return;
    }
    Task task = std::move(asked_.front());
    asked_.pop_front();
    lock.unlock();
    task.found = read(task);
    lock.lock();
    done_.push_back(std::move(task));
  }
}

RecordEvents::Found RecordEvents::read(const Task& task) {
  try {
    std::error_code error;
    const std::uintmax_t bytes = std::min(std::filesystem::file_size(task.record, error), task.most_bytes);
    const auto written = std::filesystem::last_write_time(task.record, error);
    if (last_.json && !error && task.record == last_record_ && bytes == last_bytes_ && written == last_written_) {
      return last_;
    }
    Found found;
    found.json = std::make_shared<const std::string>(dump(events_of(read_record(task.record, task.most_bytes))));
    last_record_ = task.record;
    last_bytes_ = bytes;
    last_written_ = written;
    last_ = found;
    return found;
  } catch (const std::exception& failure) {
    return {nullptr, failure.what()};
  }
}

}  // namespace xingu::console
