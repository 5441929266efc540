// SPDX-License-Identifier: Apache-2.0
#include "delivery/interlock_panel.h"

#include <bit>
#include <limits>

namespace xingu {

void InterlockPanel::settle(std::uint64_t step) noexcept {
  active_ = 0;
  for (std::size_t i = 0; i < num_interlocks; ++i) {
    const InterlockMask bit = InterlockMask{1} << i;
    if ((seen_ & bit) == 0) {
      lasted_ms_[i] = 0;
      continue;
    }
    if (lasted_ms_[i] < std::numeric_limits<std::uint16_t>::max()) {
      ++lasted_ms_[i];
    }
    if (lasted_ms_[i] > interlock_table::rows[i].persistence_ms) {
      active_ |= bit;
    }
  }
  seen_ = 0;
  latched_ |= active_ & interlock_table::latching;
  if (latched_ == 0) {
    first_out_.reset();
  } else if (!first_out_) {
    first_out_ = static_cast<Interlock>(std::countr_zero(latched_));
    first_out_step_ = step;
  }
}

}  // namespace xingu
