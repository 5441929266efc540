// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

namespace xingu::ecg {

/// Heart rates that are usual at rest at an age, per minute, these two included.
struct AgeRates {
  double below_years = 0.0;  ///< and from the age before on
  double slowest = 0.0;
  double fastest = 0.0;
};

/// Those of a child's age; nothing of adults, or where the age is not known.
/// @param children  by age, ascending
[[nodiscard]] std::optional<AgeRates> usual_rates(std::span<const AgeRates> children, std::optional<double> age_years);

}  // namespace xingu::ecg
