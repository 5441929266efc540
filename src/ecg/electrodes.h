// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace xingu::ecg {

/// Electrodes of a standard recording; the right leg only drives.
enum class Electrode : std::uint8_t { ra, la, ll, v1, v2, v3, v4, v5, v6 };
inline constexpr std::size_t num_electrodes = 9;

/// What the leads say of an electrode or of themselves, better ones first.
enum class Contact : std::uint8_t {
  good,
  poor,     ///< a voltage with noise, baseline or mains on it
  off,      ///< no contact
  unknown,  ///< no lead can tell
};
[[nodiscard]] std::string_view to_string(Contact contact) noexcept;
[[nodiscard]] std::string_view to_string(Electrode electrode) noexcept;

/// Electrodes whose voltages a lead is made of, a bit each (1 << Electrode); 0 for a name that is no standard lead's.
/// Chest leads count from the mean of the limbs (Wilson et al. 1934).
[[nodiscard]] std::uint32_t electrodes_of_lead(std::string_view canonical_name) noexcept;

/// What the leads prove of each electrode. A lead is a difference, so one clean lead proves all of its electrodes good:
/// an electrode is as good as the best lead that needs it. One that no lead proves is off if it is the only one that
/// can explain a dead lead, else unknown: without RA there is no lead that would tell LA from LL.
///
/// @param electrodes  [lead] as electrodes_of_lead() gives them
/// @param contacts    [lead], good, poor or off
[[nodiscard]] std::array<Contact, num_electrodes> electrode_contacts(std::span<const std::uint32_t> electrodes,
                                                                     std::span<const Contact> contacts) noexcept;

}  // namespace xingu::ecg
