// SPDX-License-Identifier: Apache-2.0
#include "ecg/electrodes.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace xingu::ecg {
namespace {

constexpr std::uint32_t bit(Electrode electrode) { return 1U << static_cast<unsigned>(electrode); }

constexpr std::uint32_t limbs = bit(Electrode::ra) | bit(Electrode::la) | bit(Electrode::ll);

constexpr std::array<std::pair<std::string_view, std::uint32_t>, 12> lead_electrodes{
    {{"I", bit(Electrode::ra) | bit(Electrode::la)},
     {"II", bit(Electrode::ra) | bit(Electrode::ll)},
     {"III", bit(Electrode::la) | bit(Electrode::ll)},
     {"aVR", limbs},
     {"aVL", limbs},
     {"aVF", limbs},
     {"V1", limbs | bit(Electrode::v1)},
     {"V2", limbs | bit(Electrode::v2)},
     {"V3", limbs | bit(Electrode::v3)},
     {"V4", limbs | bit(Electrode::v4)},
     {"V5", limbs | bit(Electrode::v5)},
     {"V6", limbs | bit(Electrode::v6)}}};

}  // namespace

std::string_view to_string(Contact contact) noexcept {
  constexpr std::array<std::string_view, 4> names{"good", "poor", "off", "unknown"};
  return names[static_cast<std::size_t>(contact)];
}

std::string_view to_string(Electrode electrode) noexcept {
  constexpr std::array<std::string_view, num_electrodes> names{"RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6"};
  return names[static_cast<std::size_t>(electrode)];
}

std::uint32_t electrodes_of_lead(std::string_view canonical_name) noexcept {
  const auto found =
      std::ranges::find(lead_electrodes, canonical_name, &std::pair<std::string_view, std::uint32_t>::first);
  return found == lead_electrodes.end() ? 0 : found->second;
}

std::array<Contact, num_electrodes> electrode_contacts(std::span<const std::uint32_t> electrodes,
                                                       std::span<const Contact> contacts) noexcept {
  std::array<Contact, num_electrodes> result;
  result.fill(Contact::unknown);
  std::uint32_t proven = 0;
  for (std::size_t lead = 0; lead < electrodes.size(); ++lead) {
    if (contacts[lead] > Contact::poor) {
      continue;
    }
    proven |= electrodes[lead];
    for (std::size_t e = 0; e < num_electrodes; ++e) {
      if ((electrodes[lead] >> e & 1U) != 0) {
        result[e] = std::min(result[e], contacts[lead]);
      }
    }
  }
  for (std::size_t lead = 0; lead < electrodes.size(); ++lead) {
    const std::uint32_t suspects = electrodes[lead] & ~proven;
    if (contacts[lead] == Contact::off && std::has_single_bit(suspects)) {
      result[static_cast<std::size_t>(std::countr_zero(suspects))] = Contact::off;
    }
  }
  return result;
}

}  // namespace xingu::ecg
