// SPDX-License-Identifier: Apache-2.0
#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace xingu {
namespace {

volatile std::sig_atomic_t cancel_requests = 0;
constexpr std::int64_t redraw_interval_ms = 200;
constexpr double least_percent_of_eta = 2.0;
std::atomic<bool> progress_enabled{true};
std::atomic<std::int64_t> line_interval_ms{30'000};

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

void Progress::set_line_interval(std::chrono::milliseconds interval) noexcept { line_interval_ms = interval.count(); }

Progress::Progress(std::string label, std::size_t total, std::string unit)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()),
      is_enabled_(progress_enabled),
      is_terminal_(isatty(STDERR_FILENO) == 1) {
  next_draw_ms_ = is_terminal_ ? 0 : line_interval_ms.load();
}

Progress::~Progress() {
  if (is_enabled_ && is_terminal_) {
    redraw(true);
  }
}

void Progress::advance(std::size_t count) {
  if (is_enabled_ && first_ns_ < 0) {
    start_clock(count);
  }
  note(count);
}

void Progress::start_clock(std::size_t count) {
  const std::scoped_lock lock(mutex_);
  if (first_ns_ < 0 && count > 0) {
    num_first_ = count;
    first_ns_ = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_).count();
  }
}

void Progress::skip(std::size_t count) {
  skipped_ += count;
  note(count);
}

void Progress::note(std::size_t count) {
  done_ += count;
  if (!is_enabled_) {
    return;
  }
  const auto elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_).count();
  std::int64_t due = next_draw_ms_.load();
  const std::int64_t interval = is_terminal_ ? redraw_interval_ms : line_interval_ms.load();
  if (elapsed >= due && next_draw_ms_.compare_exchange_strong(due, elapsed + interval)) {
    if (is_terminal_) {
      redraw(false);
    } else {
      print_line();
    }
  }
}

Progress::State Progress::state() const {
  State now{};
  now.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  now.done = done_;
  const std::size_t own = now.done - std::min(skipped_.load(), now.done);
  const double clock_s = first_ns_ < 0 ? 0.0 : now.seconds - 1e-9 * static_cast<double>(first_ns_.load());
  const std::size_t timed = own - std::min(num_first_.load(), own);
  now.rate = clock_s > 0 ? static_cast<double>(timed) / clock_s : 0.0;
  now.percent = total_ > 0 ? 100.0 * static_cast<double>(now.done) / static_cast<double>(total_) : 100.0;
  if (now.rate > 0 && now.percent >= least_percent_of_eta) {
    now.eta_s = static_cast<double>(total_ - std::min(now.done, total_)) / now.rate;
  }
  return now;
}

void Progress::print_line() {
  const std::scoped_lock lock(mutex_);
  const State now = state();
  const std::string parts = unit_ == "%" ? "" : fmt::format(" ({}/{} {})", now.done, total_, unit_);
  const std::string left = now.eta_s ? fmt::format(", ETA {:.0f} s", *now.eta_s) : std::string();
  log_info("  {}: {:.0f} %{} after {:.0f} s{}", label_, now.percent, parts, now.seconds, left);
}

void Progress::redraw(bool is_last) {
  const std::scoped_lock lock(mutex_);
  const State now = state();
  const std::string line =
      is_last ? fmt::format("\r{:<28} {} {} in {:.1f} s\033[K\n", label_, now.done, unit_, now.seconds)
              : fmt::format("\r{:<28} {:3.0f} %  {}/{} {}{}\033[K", label_, now.percent, now.done, total_, unit_,
                            now.eta_s ? fmt::format("  {:.1f}/s  ETA {:.0f} s", now.rate, *now.eta_s) : std::string());
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
}

}  // namespace xingu
