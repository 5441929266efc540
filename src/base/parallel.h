// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

namespace xingu {

/// Number of worker threads that parallel loops use; 0 asks for one per hardware thread. Call once, before the first
/// loop.
void set_num_threads(int num_threads);
[[nodiscard]] int num_threads();

/// Runs body(i) for i in [0, count) on the workers. Iterations must not touch the same data. Exceptions propagate.
/// What an iteration computes must not depend on which thread runs it: that is what keeps results identical for any
/// number of threads. Reductions go into one slot per *iteration* (a fixed number of chunks), then are summed in order.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// Splits [0, count) into `num_chunks` ranges fixed by count and num_chunks alone; body(chunk, begin, end).
void parallel_chunks(std::size_t count, std::size_t num_chunks,
                     const std::function<void(std::size_t chunk, std::size_t begin, std::size_t end)>& body);

}  // namespace xingu
