// SPDX-License-Identifier: Apache-2.0
#include "ecg/live/shape_memory.h"

#include <algorithm>
#include <cmath>

namespace xingu::ecg {
namespace {

constexpr float alike_correlation = 0.85F;
constexpr std::ptrdiff_t largest_shift = 2;

}  // namespace

ShapeMemory::ShapeMemory(std::size_t num_leads, std::size_t samples_per_lead)
    : num_leads_(num_leads),
      samples_per_lead_(samples_per_lead),
      waves_(num_beats_ * num_leads * samples_per_lead, 0.0F) {}

std::span<float> ShapeMemory::next() noexcept {
  const std::size_t length = num_leads_ * samples_per_lead_;
  return std::span(waves_).subspan(next_ * length, length);
}

std::span<const float> ShapeMemory::beat(std::size_t slot) const noexcept {
  const std::size_t length = num_leads_ * samples_per_lead_;
  return std::span(waves_).subspan(slot * length, length);
}

std::size_t ShapeMemory::num_others() const noexcept { return size_ < num_beats_ ? size_ : num_beats_ - 1; }

bool ShapeMemory::knows_next() const noexcept {
  for (std::size_t i = 1; i <= num_others(); ++i) {
    if (are_alike(next_, (next_ + num_beats_ - i) % num_beats_)) {
      return true;
    }
  }
  return false;
}

void ShapeMemory::add() noexcept {
  const std::size_t others = num_others();
  for (std::size_t i = 1; i <= others; ++i) {
    const std::size_t other = (next_ + num_beats_ - i) % num_beats_;
    alike_[next_][other] = alike_[other][next_] = are_alike(next_, other);
  }
  next_ = (next_ + 1) % num_beats_;
  size_ = size_ < num_beats_ ? size_ + 1 : size_;
}

void ShapeMemory::clear() noexcept { size_ = 0; }

float ShapeMemory::alike_part() const noexcept {
  if (size_ < 2) {
    return 1.0F;
  }
  int pairs = 0;
  int alike = 0;
  for (std::size_t i = 1; i <= size_; ++i) {
    for (std::size_t j = i + 1; j <= size_; ++j) {
      ++pairs;
      alike += alike_[(next_ + num_beats_ - i) % num_beats_][(next_ + num_beats_ - j) % num_beats_] ? 1 : 0;
    }
  }
  return static_cast<float>(alike) / static_cast<float>(pairs);
}

bool ShapeMemory::are_alike(std::size_t a, std::size_t b) const noexcept {
  const std::span<const float> first = beat(a);
  const std::span<const float> second = beat(b);
  const auto samples = static_cast<std::ptrdiff_t>(samples_per_lead_);
  for (std::ptrdiff_t shift = -largest_shift; shift <= largest_shift; ++shift) {
    float product = 0.0F;
    float first_square = 0.0F;
    float second_square = 0.0F;
    for (std::size_t lead = 0; lead < num_leads_; ++lead) {
      const auto begin = static_cast<std::ptrdiff_t>(lead) * samples;
      for (std::ptrdiff_t i = std::max<std::ptrdiff_t>(0, -shift); i < samples - std::max<std::ptrdiff_t>(0, shift);
           ++i) {
        const float x = first[static_cast<std::size_t>(begin + i)];
        const float y = second[static_cast<std::size_t>(begin + i + shift)];
        product += x * y;
        first_square += x * x;
        second_square += y * y;
      }
    }
    if (product > alike_correlation * std::sqrt(first_square * second_square)) {
      return true;
    }
  }
  return false;
}

}  // namespace xingu::ecg
