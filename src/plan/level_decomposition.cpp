// SPDX-License-Identifier: Apache-2.0
#include "plan/level_decomposition.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/error.h"

namespace xingu {
namespace {

/// One row with its steps d_j = a_j − a_{j−1}, a closed pixel before and behind it.
class Row {
 public:
  explicit Row(const std::vector<int>& values) : values_(values), steps_(values.size() + 1) { renew(); }

  [[nodiscard]] int size() const { return static_cast<int>(values_.size()); }
  [[nodiscard]] int row_complexity() const { return complexity_; }

  /// Largest weight with which [l, r) can be taken out so that the row's complexity keeps up with the map's, which
  /// falls by that weight: Engel's condition min(u, d_l⁺) + min(u, d_r⁻) ≥ 2u − slack, and u ≤ every value in [l, r).
  [[nodiscard]] int largest_weight(int l, int r, int smallest_value, int slack) const {
    const int p = std::min(rise(l), fall(r));
    const int q = std::max(rise(l), fall(r));
    const int by_steps = p + slack <= q ? p + slack : (p + q + slack) / 2;
    return std::min(smallest_value, by_steps);
  }

  [[nodiscard]] int largest_weight(int slack) const {
    int best = slack;  // a closed pair is right while the row can wait
    for (int l = 0; l < size(); ++l) {
      int smallest = std::numeric_limits<int>::max();
      for (int r = l + 1; r <= size(); ++r) {
        smallest = std::min(smallest, values_[static_cast<std::size_t>(r - 1)]);
        if (smallest == 0) {
          break;
        }
        best = std::max(best, largest_weight(l, r, smallest, slack));
      }
    }
    return best;
  }

  /// The opening to take out with weight u: most steps put out, then most area.
  [[nodiscard]] OpenPixels choose(int u, int slack) const {
    OpenPixels best;
    int best_score = u <= slack ? 0 : std::numeric_limits<int>::min();
    for (int l = 0; l < size(); ++l) {
      int smallest = std::numeric_limits<int>::max();
      for (int r = l + 1; r <= size(); ++r) {
        smallest = std::min(smallest, values_[static_cast<std::size_t>(r - 1)]);
        if (smallest < u) {
          break;
        }
        if (largest_weight(l, r, smallest, slack) < u) {
          continue;
        }
        const int score = 64 * (steps_put_out(l, -u) + steps_put_out(r, u)) + (r - l);
        if (score > best_score) {
          best_score = score;
          best = {l, r};
        }
      }
    }
    XINGU_ENSURE(best_score != std::numeric_limits<int>::min());
    return best;
  }

  void take(const OpenPixels& open, int u) {
    for (int j = open.left; j < open.right; ++j) {
      values_[static_cast<std::size_t>(j)] -= u;
    }
    renew();
  }

 private:
  [[nodiscard]] int rise(int j) const { return std::max(0, steps_[static_cast<std::size_t>(j)]); }
  [[nodiscard]] int fall(int j) const { return std::max(0, -steps_[static_cast<std::size_t>(j)]); }
  /// +1 if the step at j vanishes when it changes by `change`, −1 if a step appears.
  [[nodiscard]] int steps_put_out(int j, int change) const {
    const int step = steps_[static_cast<std::size_t>(j)];
    return (step != 0 ? 1 : 0) - (step + change != 0 ? 1 : 0);
  }
  void renew() {
    complexity_ = 0;
    int before = 0;
    for (std::size_t j = 0; j < values_.size(); ++j) {
      steps_[j] = values_[j] - before;
      complexity_ += std::max(0, steps_[j]);
      before = values_[j];
    }
    steps_.back() = -before;
  }

  std::vector<int> values_;
  std::vector<int> steps_;
  int complexity_ = 0;
};

}  // namespace

int complexity(const LevelMap& map) {
  int largest = 0;
  for (const std::vector<int>& values : map) {
    largest = std::max(largest, Row(values).row_complexity());
  }
  return largest;
}

std::vector<LevelSegment> decompose_levels(LevelMap map) {
  std::vector<Row> rows;
  int total = 0;
  for (const std::vector<int>& values : map) {
    XINGU_EXPECT(std::ranges::all_of(values, [](int v) { return v >= 0; }));
    rows.emplace_back(values);
    total = std::max(total, rows.back().row_complexity());
  }
  std::vector<LevelSegment> result;
  while (total > 0) {
    int u = total;
    for (const Row& row : rows) {
      u = std::min(u, row.largest_weight(total - row.row_complexity()));
    }
    XINGU_ENSURE(u > 0);
    LevelSegment segment{{}, u};
    for (Row& row : rows) {
      segment.rows.push_back(row.choose(u, total - row.row_complexity()));
      row.take(segment.rows.back(), u);
    }
    result.push_back(std::move(segment));
    total -= u;
  }
  return result;
}

}  // namespace xingu
