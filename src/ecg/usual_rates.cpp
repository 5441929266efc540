// SPDX-License-Identifier: Apache-2.0
#include "ecg/usual_rates.h"

#include <algorithm>

namespace xingu::ecg {

std::optional<AgeRates> usual_rates(std::span<const AgeRates> children, std::optional<double> age_years) {
  if (!age_years) {
    return std::nullopt;
  }
  const auto found = std::ranges::upper_bound(children, *age_years, {}, &AgeRates::below_years);
  return found == children.end() ? std::nullopt : std::optional(*found);
}

}  // namespace xingu::ecg
