// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "ecg/qrs_feature.h"

namespace xingu::ecg {

/// How one moment compares with the shapes that complexes have in this recording.
struct ShapeMatch {
  int shape = -1;            ///< index of the best shape; −1 if there is none
  float correlation = 0.0F;  ///< with it, −1 … 1, at the best shift
  float likeness = 0.0F;     ///< correlation × n/(n + 1), n complexes of that shape: a shape seen once proves little
  int shift = 0;             ///< samples of the feature by which the complex lies after the moment
  float size = 0.0F;         ///< as a part of the shape's mean complex
};

/// The shapes of the QRS complexes of a recording: band-passed leads over ±85 ms, gathered one after the other around
/// their running means (leader clustering); a complex joins the shape with which its correlation over all leads,
/// weighted as in the feature, is largest and above 0.85.
class BeatShapes {
 public:
  explicit BeatShapes(const QrsFeature& feature);

  /// Puts the complex at `at` (sample of the feature) into a shape, a new one if none is like it. Gives the shape's
  /// index.
  int add(std::int64_t at);
  [[nodiscard]] ShapeMatch match(std::int64_t at) const;
  [[nodiscard]] std::size_t num_shapes() const { return shapes_.size(); }
  [[nodiscard]] std::size_t count(int shape) const { return shapes_[static_cast<std::size_t>(shape)].count; }

 private:
  struct Shape {
    std::vector<float> mean;    // [lead · length + i]
    std::vector<float> energy;  // per lead, sum of squares
    std::size_t count = 0;
  };
  struct Comparison {
    float correlation = 0.0F;
    float size = 0.0F;
  };
  static constexpr std::int64_t largest_shift = 4;  ///< samples of the feature, to both sides
  using Shifts = std::array<Comparison, 2 * largest_shift + 1>;
  [[nodiscard]] Comparison compare(const Shape& shape, std::int64_t at) const;
  /// The same about a moment at every shift, several of them side by side.
  [[nodiscard]] Shifts compare_about(const Shape& shape, std::int64_t at) const;
  void update(Shape& shape, std::int64_t at);

  const QrsFeature& feature_;
  std::int64_t half_;
  std::size_t block_;
  std::vector<Shape> shapes_;
};

}  // namespace xingu::ecg
