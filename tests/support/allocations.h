// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace xingu::test {

/// Number of allocations by operator new in this program so far, aligned ones included, so that a test can show that a
/// loop makes none. A program that calls this has its operators new and delete replaced.
[[nodiscard]] std::uint64_t num_allocations() noexcept;

}  // namespace xingu::test
