// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace xingu::test {

/// Number of locks that this program has taken or tried so far (mutexes and read-write locks of the system's threads,
/// on which those of the standard library stand), so that a test can show that a loop takes none. A program that calls
/// this has those functions replaced by ones that count and go on to the system's. Under the thread sanitizer, which
/// replaces them itself, nothing is counted.
[[nodiscard]] std::uint64_t num_locks() noexcept;

/// Whether locks are counted.
[[nodiscard]] bool counts_locks() noexcept;

}  // namespace xingu::test
