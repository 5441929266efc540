// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>

#include <memory>

#ifdef __SANITIZE_THREAD__
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>
#endif

#include "base/error.h"

namespace xingu {
namespace {
std::unique_ptr<tbb::global_control>& control() {
  static std::unique_ptr<tbb::global_control> instance;
  return instance;
}

#ifdef __SANITIZE_THREAD__
/// The same loop on plain threads. Debian's TBB is not built with the thread sanitizer, which therefore cannot see how
/// it hands work from thread to thread and would report a race in every loop. Loops inside loops run on their own
/// thread.
void loop_on_plain_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
  thread_local bool is_inside = false;
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    const bool was_inside = std::exchange(is_inside, true);
    try {
      for (std::size_t i = next++; i < count; i = next++) {
        body(i);
      }
    } catch (...) {
      const std::scoped_lock lock(failure_mutex);
      failure = std::current_exception();
      next = count;
    }
    is_inside = was_inside;
  };
  std::vector<std::thread> threads;
  const std::size_t num_workers = is_inside ? 1 : std::min(count, static_cast<std::size_t>(num_threads()));
  for (std::size_t t = 1; t < num_workers; ++t) {
    threads.emplace_back(work);
  }
  work();
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}
#endif
}  // namespace

void set_num_threads(int count) {
  XINGU_REQUIRE(count >= 0 && count <= 4096,
                "--threads {}: not a number of threads; give 1 or more, or 0 for all cores", count);
  control().reset();
  if (count > 0) {
    control() = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                      static_cast<std::size_t>(count));
  }
}

int num_threads() {
  return static_cast<int>(tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism));
}

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
#ifdef __SANITIZE_THREAD__
  loop_on_plain_threads(count, body);
#else
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
          body(i);
        }
      },
      tbb::simple_partitioner{});
#endif
}

void parallel_chunks(std::size_t count, std::size_t num_chunks,
                     const std::function<void(std::size_t, std::size_t, std::size_t)>& body) {
  XINGU_EXPECT(num_chunks > 0);
  parallel_for(num_chunks,
               [&](std::size_t chunk) { body(chunk, count * chunk / num_chunks, count * (chunk + 1) / num_chunks); });
}

}  // namespace xingu
