// SPDX-License-Identifier: Apache-2.0
#include "ecg/lead_onset.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace xingu::ecg {
namespace {

constexpr double level_from_s = 0.036;  // before the common onset
constexpr double level_to_s = 0.012;
constexpr double earliest_flank_s = 0.024;
constexpr float slight_share = 0.12F;  // of the greatest departure
constexpr float flank_share = 0.30F;
constexpr float main_share = 0.65F;
constexpr float seen_slope = 0.25F;  // of a flank's greatest

/// One lead about its complex.
class Trace {
 public:
  Trace(std::span<const float> curve, const ComplexPlace& place)
      : curve_(curve),
        onset_(place.onset),
        offset_(std::min(place.offset, std::ssize(curve) - 1)),
        earliest_(std::max(place.first, place.onset - samples(earliest_flank_s, place.rate_hz))) {
    const std::ptrdiff_t begin = std::max(place.first, place.onset - samples(level_from_s, place.rate_hz));
    const std::ptrdiff_t end = std::max(begin + 2, place.onset - samples(level_to_s, place.rate_hz));
    for (std::ptrdiff_t i = begin; i < end; ++i) {
      level_ += at(i) / static_cast<float>(end - begin);
    }
    for (std::ptrdiff_t i = onset_; i < offset_; ++i) {
      height_ = std::max(height_, std::abs(at(i) - level_));
    }
  }

  /// Where the run begins that carries the trace past a share of its greatest departure.
  [[nodiscard]] std::optional<std::ptrdiff_t> turn_before(float share) const {
    std::ptrdiff_t i = earliest_;
    while (i <= offset_ && std::abs(at(i) - level_) < share * height_) {
      ++i;
    }
    if (i > offset_ || height_ <= 0.0F) {
      return std::nullopt;
    }
    const float sign = at(i) > level_ ? 1.0F : -1.0F;
    while (i > earliest_ && sign * (at(i) - at(i - 1)) > 0.0F) {
      --i;
    }
    return i;
  }

  /// Where the run that begins at an index is seen to.
  [[nodiscard]] std::ptrdiff_t seen_from(std::ptrdiff_t turn) const {
    const float sign = at(turn + 1) >= at(turn) ? 1.0F : -1.0F;
    const auto rise = [&](std::ptrdiff_t i) { return sign * (at(i + 1) - at(i)); };
    float largest = 0.0F;
    for (std::ptrdiff_t i = turn; i < offset_ && rise(i) >= 0.0F; ++i) {
      largest = std::max(largest, rise(i));
    }
    std::ptrdiff_t i = turn;
    while (i < offset_ && rise(i) < seen_slope * largest) {
      ++i;
    }
    return i;
  }

  [[nodiscard]] float from_onset(std::ptrdiff_t i) const { return static_cast<float>(i - onset_); }

 private:
  static std::ptrdiff_t samples(double seconds, double rate_hz) {
    return static_cast<std::ptrdiff_t>(std::lround(seconds * rate_hz));
  }
  [[nodiscard]] float at(std::ptrdiff_t i) const {
    return curve_[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, std::ssize(curve_) - 1))];
  }

  std::span<const float> curve_;
  std::ptrdiff_t onset_, offset_, earliest_;
  float level_ = 0.0F;
  float height_ = 0.0F;
};

}  // namespace

OnsetSigns onset_signs(std::span<const float> curve, const ComplexPlace& place) {
  const Trace trace(curve, place);
  OnsetSigns out{};
  const auto put = [&](OnsetSign sign, std::ptrdiff_t index) {
    out[static_cast<std::size_t>(sign)] = trace.from_onset(index);
  };
  if (const auto turn = trace.turn_before(slight_share)) {
    put(OnsetSign::slight_flank, trace.seen_from(*turn));
  }
  if (const auto turn = trace.turn_before(flank_share)) {
    put(OnsetSign::flank, trace.seen_from(*turn));
  }
  if (const auto turn = trace.turn_before(main_share)) {
    put(OnsetSign::main_turn, *turn);
  }
  put(OnsetSign::steepest, place.steepest);
  return out;
}

}  // namespace xingu::ecg
