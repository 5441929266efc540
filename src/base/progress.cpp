// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <utility>

#include "base/error.h"

namespace xingu {
namespace {

volatile std::sig_atomic_t cancel_requests = 0;
std::atomic<bool> progress_enabled{true};

extern "C" void on_cancel_signal(int signal_number) {
  if (cancel_requests != 0) {
    std::_Exit(128 + signal_number);
  }
  cancel_requests = 1;
}

}  // namespace

void install_cancel_handler() {
  std::signal(SIGINT, on_cancel_signal);
  std::signal(SIGTERM, on_cancel_signal);
}

bool is_cancelled() noexcept { return cancel_requests != 0; }

void throw_if_cancelled() {
  if (is_cancelled()) {
    throw Cancelled("stopped by the user");
  }
}

void Progress::set_enabled(bool enabled) noexcept { progress_enabled = enabled; }

Progress::Progress(std::string label, std::size_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()),
      is_visible_(progress_enabled && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_visible_) {
    draw(true);
  }
}

void Progress::advance(std::size_t count) {
  done_ += count;
  if (!is_visible_) {
    return;
  }
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_).count();
  std::int64_t due = next_draw_ms_.load();
  if (elapsed >= due && next_draw_ms_.compare_exchange_strong(due, elapsed + 200)) {
    draw(false);
  }
}

void Progress::draw(bool is_last) {
  const std::scoped_lock lock(mutex_);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const std::size_t done = done_;
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0.0;
  const double percent = total_ > 0 ? 100.0 * static_cast<double>(done) / static_cast<double>(total_) : 100.0;
  const double eta = rate > 0 ? static_cast<double>(total_ - std::min(done, total_)) / rate : 0.0;
  const std::string line = is_last ? fmt::format("\r{:<28} {} {} in {:.1f} s\033[K\n", label_, done, unit_, seconds)
                                   : fmt::format("\r{:<28} {:3.0f} %  {}/{} {}  {:.1f}/s  ETA {:.0f} s\033[K", label_,
                                                 percent, done, total_, unit_, rate, eta);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace xingu
