// SPDX-License-Identifier: Apache-2.0
#include "base/parallel.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>

#include <memory>

#include "base/error.h"

namespace xingu {
namespace {
std::unique_ptr<tbb::global_control>& control() {
  static std::unique_ptr<tbb::global_control> instance;
  return instance;
}
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
  tbb::parallel_for(
      tbb::blocked_range<std::size_t>(0, count, 1),
      [&](const tbb::blocked_range<std::size_t>& range) {
        for (std::size_t i = range.begin(); i != range.end(); ++i) {
          body(i);
        }
      },
      tbb::simple_partitioner{});
}

void parallel_chunks(std::size_t count, std::size_t num_chunks,
                     const std::function<void(std::size_t, std::size_t, std::size_t)>& body) {
  XINGU_EXPECT(num_chunks > 0);
  parallel_for(num_chunks,
               [&](std::size_t chunk) { body(chunk, count * chunk / num_chunks, count * (chunk + 1) / num_chunks); });
}

}  // namespace xingu
