// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

// The record of a session on disk: a file head, then entries, one after the other. All numbers are little-endian. An
// entry is its head, its payload, and a checksum of both, padded to eight bytes. What follows the last whole entry is
// void: zeros of a file that was made long beforehand, or an entry that a killed program did not finish.

namespace xingu::record {

inline constexpr std::array<char, 8> magic{'X', 'I', 'N', 'G', 'U', 'R', 'E', 'C'};
inline constexpr std::uint32_t version = 3;         ///< 3: faults that come and go by themselves; 2: the gantry's pitch
inline constexpr std::uint32_t oldest_version = 2;  ///< that is read: it has all but those faults
inline constexpr std::size_t file_head_bytes = 16;
inline constexpr std::size_t largest_payload = 1U << 20U;

enum class Kind : std::uint16_t {
  session = 1,  ///< SessionEntry, then MU given before per beam (f64), then a text that states the settings
  action = 2,   ///< ActionEntry
  note = 3,     ///< NoteEntry
  pulse = 4,    ///< PulseEntry
  state = 5,    ///< StateEntry, every 10 ms
  leaves = 6,   ///< LeavesEntry, then positions by the encoders (f32 mm), when the first pulse of a segment comes
  fault = 7     ///< FaultEntry: what befell the machine, by schedule or by a person's or the console's doing
};

struct EntryHead {
  std::uint32_t payload_bytes = 0;
  Kind kind = Kind::state;
  std::uint16_t reserved = 0;
  std::uint64_t step = 0;  ///< ms
};

struct SessionEntry {
  std::uint64_t plan_hash = 0;
  std::uint64_t seed = 0;
  std::uint32_t num_beams = 0;
  std::uint32_t text_bytes = 0;
};

struct ActionEntry {
  std::uint32_t action = 0;
};

struct NoteEntry {
  std::uint8_t kind = 0;
  std::uint8_t state = 0;
  std::uint8_t event = 0;
  std::uint8_t interlock = 0;
  std::uint16_t beam = 0;
  std::uint16_t segment = 0;
  double value = 0.0;
};

struct PulseEntry {
  std::uint16_t beam = 0;
  std::uint16_t segment = 0;
  float monitor1_mu = 0.0F;  ///< of this pulse
  float monitor2_mu = 0.0F;
  std::array<float, 3> stage_mm{};   ///< frame P
  std::array<float, 3> target_mm{};  ///< true displacement of the simulated patient's target, frame P
  std::uint32_t reserved = 0;
  double given1_mu = 0.0;  ///< of the beam, with this pulse
  double given2_mu = 0.0;
};

struct StateEntry {
  std::uint8_t state = 0;
  std::uint8_t is_beam_on = 0;
  std::uint16_t beam = 0;
  std::uint16_t segment = 0;
  std::uint16_t nearest = 0;        ///< bodies of the clearance: 1 + their line "near" in the settings; 0: not known
  std::uint32_t standing = 0;       ///< interlocks, one bit each
  std::array<float, 4> axes_deg{};  ///< gantry, couch, collimator, pitch
  std::array<float, 4> axis_goal_deg{};
  std::array<float, 3> stage_mm{};
  std::array<float, 3> predicted_mm{};  ///< target now, as the controller believes
  float clearance_mm = 0.0F;            ///< as it is watched
  double given_mu = 0.0;                ///< of the beam
};

struct FaultEntry {
  std::uint32_t kind = 0;
  std::uint32_t begins = 0;  ///< 1, or 0: it is over
  double start_s = 0.0;
  double duration_s = 0.0;
  double magnitude = 0.0;
  std::uint32_t index = 0;
  std::uint32_t is_by_itself = 0;  ///< 1: it follows from the schedule or from its beginning; 0: somebody asked for it
};

struct LeavesEntry {
  std::uint16_t beam = 0;
  std::uint16_t segment = 0;
  std::uint32_t num_leaves = 0;
};

static_assert(sizeof(EntryHead) == 16 && sizeof(SessionEntry) == 24 && sizeof(NoteEntry) == 16 &&
              sizeof(PulseEntry) == 56 && sizeof(StateEntry) == 80 && sizeof(LeavesEntry) == 8 &&
              sizeof(FaultEntry) == 40);
static_assert(std::is_trivially_copyable_v<StateEntry> && std::is_trivially_copyable_v<PulseEntry>);

/// Bytes of an entry in the file: head, payload, checksum, padding.
[[nodiscard]] constexpr std::size_t entry_bytes(std::size_t payload_bytes) noexcept {
  return (sizeof(EntryHead) + payload_bytes + sizeof(std::uint32_t) + 7U) / 8U * 8U;
}

/// CRC-32C (Castagnoli 1993, polynomial 0x1EDC6F41 reflected), continued from `before`. Cost: some ns a byte.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace xingu::record
