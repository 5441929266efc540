// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace xingu::ecg {

/// A jump of a lead's level, as an electrode whose contact changes makes it.
struct ContactStep {
  std::size_t sample = 0;  ///< on the new level, within 4 ms of the first one there
  double height_mv = 0.0;
};

/// Jumps by 0.8 mV or more within 4 ms, after which the lead stays on its new level: its medians over 0.12 s and over
/// 0.6 s before and after differ by as much, within 30 %. Nothing else within half a second is half as steep, so that
/// no complex is taken for one. Own choices. Ascending; NaN is passed over. Cost O(samples).
[[nodiscard]] std::vector<ContactStep> find_contact_steps(std::span<const float> lead, double rate_hz);

/// Takes the steps' heights out of what follows them; between two levels lies a line.
void level_contact_steps(std::span<const ContactStep> steps, double rate_hz, std::span<float> lead);

}  // namespace xingu::ecg
