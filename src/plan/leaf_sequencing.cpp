// SPDX-License-Identifier: Apache-2.0
#include "plan/leaf_sequencing.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "plan/level_decomposition.h"

namespace xingu {
namespace {

constexpr int most_levels = 16;
constexpr int weight_sweeps = 200;

double overlap(double a_low, double a_high, double b_low, double b_high) {
  return std::max(0.0, std::min(a_high, b_high) - std::max(a_low, b_low));
}

struct Aperture {
  std::vector<OpenPixels> rows;
  double mu = 0.0;
};

/// The map as the leaves see it: one row per leaf pair that meets it, columns as in the map.
struct LeafRows {
  int first_pair = 0;
  int columns = 0;
  std::vector<std::vector<double>> wanted;  ///< mean over the pair's height, MU
  std::vector<double> height_mm;            ///< of each pair inside the map: its weight in the error

  [[nodiscard]] std::size_t size() const { return wanted.size(); }
};

LeafRows leaf_rows(const FluenceMap& map, const MultileafCollimator& mlc) {
  const double low = map.y0_mm - 0.5 * map.pixel_mm;
  const double high = low + map.ny * map.pixel_mm;
  LeafRows rows;
  rows.columns = map.nx;
  for (std::size_t pair = 0; pair < mlc.num_pairs(); ++pair) {
    const double y0 = mlc.boundaries_mm[pair];
    const double y1 = mlc.boundaries_mm[pair + 1];
    const double height = overlap(y0, y1, low, high);
    if (height <= 1e-6) {
      continue;
    }
    if (rows.wanted.empty()) {
      rows.first_pair = static_cast<int>(pair);
    }
    std::vector<double> values(static_cast<std::size_t>(map.nx), 0.0);
    for (int y = 0; y < map.ny; ++y) {
      const double part = overlap(y0, y1, low + y * map.pixel_mm, low + (y + 1) * map.pixel_mm) / height;
      for (int x = 0; part > 0.0 && x < map.nx; ++x) {
        values[static_cast<std::size_t>(x)] += part * map.at(x, y);
      }
    }
    rows.wanted.push_back(std::move(values));
    rows.height_mm.push_back(height);
  }
  return rows;
}

/// Fits apertures and weights to a map.
class ApertureFit {
 public:
  ApertureFit(const LeafRows& rows, double transmission, int min_open, Interdigitation interdigitation)
      : rows_(rows), transmission_(transmission), min_open_(min_open), interdigitation_(interdigitation) {}

  /// ‖delivered − wanted‖² weighted by leaf heights.
  [[nodiscard]] double error(const std::vector<Aperture>& apertures) const {
    double sum = 0.0;
    const std::vector<std::vector<double>> residual = residual_of(apertures);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      for (const double v : residual[r]) {
        sum += rows_.height_mm[r] * v * v;
      }
    }
    return sum;
  }

  [[nodiscard]] double norm2() const { return error({}); }

  /// Leaves and weights in turn until nothing moves.
  void refine(std::vector<Aperture>& apertures, int rounds) const {
    fit_weights(apertures);
    double last = error(apertures);
    for (int round = 0; round < rounds; ++round) {
      for (std::size_t s = 0; s < apertures.size(); ++s) {
        fit_leaves(apertures, s);
      }
      fit_weights(apertures);
      const double now = error(apertures);
      if (now > last * (1.0 - 1e-5)) {
        return;
      }
      last = now;
    }
  }

  /// Non-negative least squares for the MU by coordinate descent on the normal equations.
  void fit_weights(std::vector<Aperture>& apertures) const {
    const std::size_t n = apertures.size();
    std::vector<double> gram(n * n, 0.0);
    std::vector<double> right(n, 0.0);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      for (int c = 0; c < rows_.columns; ++c) {
        for (std::size_t i = 0; i < n; ++i) {
          const double a = rows_.height_mm[r] * passed(apertures[i].rows[r], c);
          right[i] += a * rows_.wanted[r][static_cast<std::size_t>(c)];
          for (std::size_t k = i; k < n; ++k) {
            gram[i * n + k] += a * passed(apertures[k].rows[r], c);
          }
        }
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < i; ++k) {
        gram[i * n + k] = gram[k * n + i];
      }
    }
    for (int sweep = 0; sweep < weight_sweeps; ++sweep) {
      double moved = 0.0;
      for (std::size_t i = 0; i < n; ++i) {
        double g = right[i];
        for (std::size_t k = 0; k < n; ++k) {
          g -= k != i ? gram[i * n + k] * apertures[k].mu : 0.0;
        }
        const double mu = gram[i * n + i] > 0.0 ? std::max(0.0, g / gram[i * n + i]) : 0.0;
        moved = std::max(moved, std::abs(mu - apertures[i].mu) / (1e-9 + mu));
        apertures[i].mu = mu;
      }
      if (moved < 1e-6) {
        return;
      }
    }
  }

  /// Best aperture of weight mu for what `apertures` leave over.
  [[nodiscard]] std::vector<OpenPixels> best_aperture(const std::vector<std::vector<double>>& residual,
                                                      double mu) const {
    // Opening a pixel of residual ρ (with the closed leaf's transmission already taken off) changes its squared error
    // by q² − 2 q ρ with q = (1 − T) mu.
    const double q = (1.0 - transmission_) * mu;
    std::vector<std::vector<double>> change(rows_.size());
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      for (const double v : residual[r]) {
        const double rho = v - transmission_ * mu;
        change[r].push_back(rows_.height_mm[r] * (q * q - 2.0 * q * rho));
      }
    }
    return interdigitation_ == Interdigitation::allowed ? best_rows(change) : best_neighbours(change);
  }

  [[nodiscard]] std::vector<std::vector<double>> residual_of(const std::vector<Aperture>& apertures) const {
    std::vector<std::vector<double>> residual = rows_.wanted;
    for (const Aperture& aperture : apertures) {
      for (std::size_t r = 0; r < rows_.size(); ++r) {
        for (int c = 0; c < rows_.columns; ++c) {
          residual[r][static_cast<std::size_t>(c)] -= aperture.mu * passed(aperture.rows[r], c);
        }
      }
    }
    return residual;
  }

  /// Makes a decomposition's rows deliverable here (least opening, neighbours).
  void make_deliverable(Aperture& aperture) const {
    std::vector<std::vector<double>> change(rows_.size(), std::vector<double>(static_cast<std::size_t>(rows_.columns)));
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      for (int c = 0; c < rows_.columns; ++c) {
        change[r][static_cast<std::size_t>(c)] = aperture.rows[r].left <= c && c < aperture.rows[r].right ? -1.0 : 1.0;
      }
    }
    aperture.rows = interdigitation_ == Interdigitation::allowed ? best_rows(change) : best_neighbours(change);
  }

 private:
  [[nodiscard]] double passed(const OpenPixels& open, int column) const {
    return open.left <= column && column < open.right ? 1.0 : transmission_;
  }

  void fit_leaves(std::vector<Aperture>& apertures, std::size_t s) const {
    const double mu = apertures[s].mu;
    if (mu <= 0.0) {
      return;
    }
    apertures[s].mu = 0.0;
    const std::vector<std::vector<double>> residual = residual_of(apertures);
    apertures[s].rows = best_aperture(residual, mu);
    apertures[s].mu = mu;
  }

  /// Each row by itself: the interval with the smallest sum, or closed.
  [[nodiscard]] std::vector<OpenPixels> best_rows(const std::vector<std::vector<double>>& change) const {
    std::vector<OpenPixels> result;
    for (const std::vector<double>& row : change) {
      OpenPixels best;
      double best_sum = 0.0;
      for (int l = 0; l < rows_.columns; ++l) {
        double sum = 0.0;
        for (int r = l + 1; r <= rows_.columns; ++r) {
          sum += row[static_cast<std::size_t>(r - 1)];
          if (r - l >= min_open_ && sum < best_sum - 1e-12) {
            best_sum = sum;
            best = {l, r};
          }
        }
      }
      result.push_back(best);
    }
    return result;
  }

  /// All rows together under left_r ≤ right of the neighbours and the other way round, by dynamic programming over
  /// rows; a closed pair is an empty interval at some place, which counts too. The best partner of (l, r) in the row
  /// before is the cheapest with left ≤ r and right ≥ l, read from a table of running minima: O(rows · columns²).
  [[nodiscard]] std::vector<OpenPixels> best_neighbours(const std::vector<std::vector<double>>& change) const {
    const int n = rows_.columns + 1;
    const auto at = [n](int l, int r) { return static_cast<std::size_t>(l * n + r); };
    const auto cells = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    constexpr double never = std::numeric_limits<double>::infinity();
    std::vector<double> cost;                    // of (l, r) in the row before, then its running minimum
    std::vector<std::uint32_t> cheapest(cells);  // where that minimum stands
    std::vector<std::vector<std::uint32_t>> from(change.size(), std::vector<std::uint32_t>(cells, 0));
    for (std::size_t row = 0; row < change.size(); ++row) {
      std::vector<double> prefix(change[row].size() + 1, 0.0);
      std::partial_sum(change[row].begin(), change[row].end(), prefix.begin() + 1);
      std::vector<double> next(cells, never);
      for (int l = 0; l < n; ++l) {
        for (int r = l; r < n; r = r == l ? l + min_open_ : r + 1) {
          const std::size_t partner = at(r, l);  // left ≤ r, right ≥ l
          next[at(l, r)] = (row > 0 ? cost[partner] : 0.0) + prefix[static_cast<std::size_t>(r)] -
                           prefix[static_cast<std::size_t>(l)];
          from[row][at(l, r)] = row > 0 ? cheapest[partner] : 0;
        }
      }
      cost = std::move(next);
      if (row + 1 == change.size()) {
        break;
      }
      for (std::size_t k = 0; k < cells; ++k) {
        cheapest[k] = static_cast<std::uint32_t>(k);
      }
      for (int l = 0; l < n; ++l) {
        for (int r = n - 1; r >= 0; --r) {
          for (const auto& [pl, pr] : {std::pair{l - 1, r}, std::pair{l, r + 1}}) {
            if (pl >= 0 && pr < n && cost[at(pl, pr)] < cost[at(l, r)]) {
              cost[at(l, r)] = cost[at(pl, pr)];
              cheapest[at(l, r)] = cheapest[at(pl, pr)];
            }
          }
        }
      }
    }
    std::vector<OpenPixels> result(change.size());
    auto state = static_cast<std::uint32_t>(std::ranges::min_element(cost) - cost.begin());
    for (std::size_t row = change.size(); row-- > 0;) {
      result[row] = {static_cast<int>(state) / n, static_cast<int>(state) % n};
      state = from[row][state];
    }
    return result;
  }

  const LeafRows& rows_;
  double transmission_;
  int min_open_;
  Interdigitation interdigitation_;
};

/// Chooses the number of segments and the start that fit best.
class Sequencer {
 public:
  Sequencer(const LeafRows& rows, const MultileafCollimator& mlc, double pixel_mm, const SequencingOptions& options)
      : rows_(rows),
        options_(options),
        fit_(rows, mlc.transmission, std::max(1, static_cast<int>(std::ceil(mlc.min_gap_mm / pixel_mm - 1e-9))),
             options.interdigitation),
        min_mu_(mlc.min_segment_mu),
        norm2_(fit_.norm2()) {}

  [[nodiscard]] std::vector<Aperture> run() const {
    if (!(norm2_ > 0.0)) {
      return {};
    }
    std::vector<Aperture> best;
    double best_error = std::numeric_limits<double>::infinity();
    for (std::size_t count = 1; count <= static_cast<std::size_t>(options_.max_segments); ++count) {
      for (std::vector<Aperture>& apertures : starts(count)) {
        finish(apertures);
        const double error = fit_.error(apertures);
        if (!apertures.empty() && error < best_error * (1.0 - 1e-9)) {
          best_error = error;
          best = std::move(apertures);
        }
      }
      if (best_error <= options_.tolerance * options_.tolerance * norm2_) {
        break;
      }
    }
    return best;
  }

 private:
  [[nodiscard]] std::vector<std::vector<Aperture>> starts(std::size_t count) const {
    std::vector<std::vector<Aperture>> result{greedy(count)};
    for (int levels = 2; levels <= most_levels; levels += levels < 6 ? 1 : 3) {
      std::vector<Aperture> apertures = from_levels(levels);
      std::ranges::stable_sort(apertures, std::ranges::greater{}, [&](const Aperture& a) { return a.mu * area(a); });
      const bool is_exhausted = apertures.size() < count;
      apertures.resize(std::min(apertures.size(), count));
      if (!is_exhausted || count == 1) {
        result.push_back(std::move(apertures));
      }
    }
    return result;
  }

  [[nodiscard]] double area(const Aperture& aperture) const {
    double sum = 0.0;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      sum += rows_.height_mm[r] * (aperture.rows[r].right - aperture.rows[r].left);
    }
    return sum;
  }

  [[nodiscard]] double highest() const {
    double largest = 0.0;
    for (const std::vector<double>& row : rows_.wanted) {
      largest = std::max(largest, *std::ranges::max_element(row));
    }
    return largest;
  }

  [[nodiscard]] std::vector<Aperture> from_levels(int levels) const {
    const double unit = highest() / levels;
    LevelMap map;
    for (const std::vector<double>& row : rows_.wanted) {
      std::vector<int> values;
      for (const double v : row) {
        values.push_back(static_cast<int>(std::lround(v / unit)));
      }
      map.push_back(std::move(values));
    }
    std::vector<Aperture> result;
    for (LevelSegment& segment : decompose_levels(std::move(map))) {
      result.push_back({std::move(segment.rows), segment.weight * unit});
      fit_.make_deliverable(result.back());
    }
    return result;
  }

  /// Adds the aperture that lowers the error most, of a few trial weights, and fits all again.
  [[nodiscard]] std::vector<Aperture> greedy(std::size_t count) const {
    std::vector<Aperture> apertures;
    while (apertures.size() < count) {
      const std::vector<std::vector<double>> residual = fit_.residual_of(apertures);
      double largest = 0.0;
      for (const std::vector<double>& row : residual) {
        largest = std::max(largest, *std::ranges::max_element(row));
      }
      if (!(largest > 0.0)) {
        break;
      }
      std::vector<Aperture> best;
      double best_error = std::numeric_limits<double>::infinity();
      for (const double part : {0.2, 0.35, 0.5, 0.7, 0.9}) {
        std::vector<Aperture> trial = apertures;
        trial.push_back({fit_.best_aperture(residual, part * largest), part * largest});
        fit_.fit_weights(trial);
        const double error = fit_.error(trial);
        if (error < best_error) {
          best_error = error;
          best = std::move(trial);
        }
      }
      apertures = std::move(best);
    }
    return apertures;
  }

  /// Refines, then drops what is too faint to be delivered and refines what is left.
  void finish(std::vector<Aperture>& apertures) const {
    fit_.refine(apertures, options_.fit_rounds);
    for (;;) {
      const auto faintest = std::ranges::min_element(apertures, {}, &Aperture::mu);
      if (faintest == apertures.end() || (faintest->mu >= min_mu_ && area(*faintest) > 0.0)) {
        const auto shut = std::ranges::find_if(apertures, [&](const Aperture& a) { return area(a) <= 0.0; });
        if (shut == apertures.end()) {
          return;
        }
        apertures.erase(shut);
      } else {
        apertures.erase(faintest);
      }
      fit_.refine(apertures, options_.fit_rounds);
    }
  }

  const LeafRows& rows_;
  const SequencingOptions& options_;
  ApertureFit fit_;
  double min_mu_;
  double norm2_;
};

/// Leaf positions of the whole collimator. Pairs outside the map stand closed behind their nearest open neighbour's
/// middle.
Segment to_segment(const Aperture& aperture, const LeafRows& rows, const FluenceMap& map,
                   const MultileafCollimator& mlc) {
  const double x_left = map.x0_mm - 0.5 * map.pixel_mm;
  Segment segment;
  segment.mu = aperture.mu;
  segment.left_mm.assign(mlc.num_pairs(), 0.0);
  segment.right_mm.assign(mlc.num_pairs(), 0.0);
  for (std::size_t pair = 0; pair < mlc.num_pairs(); ++pair) {
    const int row = std::clamp(static_cast<int>(pair) - rows.first_pair, 0, static_cast<int>(rows.size()) - 1);
    const bool is_in_map = static_cast<int>(pair) - rows.first_pair == row;
    const OpenPixels open = aperture.rows[static_cast<std::size_t>(row)];
    double left = x_left + open.left * map.pixel_mm;
    double right = x_left + open.right * map.pixel_mm;
    if (!is_in_map || !open.is_open()) {
      left = right = 0.5 * (left + right);
    }
    if (right - left < mlc.min_gap_mm) {  // the smallest gap stands beside the field
      right = std::max(-mlc.max_position_mm + mlc.min_gap_mm, x_left - 2.0 * map.pixel_mm);
      left = right - mlc.min_gap_mm;
    }
    segment.left_mm[pair] = left;
    segment.right_mm[pair] = right;
  }
  return segment;
}

/// A closed pair inside the map stands at the middle of the nearest open row, unless rows must not interdigitate (then
/// the fit has chosen its place).
void park_closed_rows(Aperture& aperture) {
  const auto num = static_cast<int>(aperture.rows.size());
  for (int r = 0; r < num; ++r) {
    if (aperture.rows[static_cast<std::size_t>(r)].is_open()) {
      continue;
    }
    for (int away = 1; away < num; ++away) {
      const int other =
          r - away >= 0 && aperture.rows[static_cast<std::size_t>(r - away)].is_open() ? r - away : r + away;
      if (other < num && aperture.rows[static_cast<std::size_t>(other)].is_open()) {
        const OpenPixels& open = aperture.rows[static_cast<std::size_t>(other)];
        aperture.rows[static_cast<std::size_t>(r)].left = aperture.rows[static_cast<std::size_t>(r)].right =
            (open.left + open.right) / 2;
        break;
      }
    }
  }
}

void check_field(const FluenceMap& map, const MultileafCollimator& mlc) {
  XINGU_REQUIRE(mlc.num_pairs() > 0, "the machine has no leaves (a fluence map cannot be delivered); give it an [mlc]");
  XINGU_REQUIRE(map.nx >= 1 && map.ny >= 1 && map.pixel_mm > 0.0, "an empty fluence map cannot be sequenced");
  const double x0 = map.x0_mm - 0.5 * map.pixel_mm;
  const double y0 = map.y0_mm - 0.5 * map.pixel_mm;
  const double x1 = x0 + map.nx * map.pixel_mm;
  const double y1 = y0 + map.ny * map.pixel_mm;
  XINGU_REQUIRE(
      x0 >= -mlc.max_position_mm - 1e-6 && x1 <= mlc.max_position_mm + 1e-6 && y0 >= mlc.boundaries_mm.front() - 1e-6 &&
          y1 <= mlc.boundaries_mm.back() + 1e-6 && x1 - x0 <= mlc.max_span_mm + 1e-6,
      "a field of {:.0f} to {:.0f} mm by {:.0f} to {:.0f} mm is larger than the leaves reach (±{:.0f} mm, {:.0f} to "
      "{:.0f} mm); use a machine with a larger field or a smaller target",
      x0, x1, y0, y1, mlc.max_position_mm, mlc.boundaries_mm.front(), mlc.boundaries_mm.back());
}

double relative_difference(const FluenceMap& a, const FluenceMap& b) {
  double difference = 0.0;
  double size = 0.0;
  for (std::size_t i = 0; i < a.value.size(); ++i) {
    const double d = static_cast<double>(a.value[i]) - b.value[i];
    difference += d * d;
    size += static_cast<double>(b.value[i]) * b.value[i];
  }
  return size > 0.0 ? std::sqrt(difference / size) : 0.0;
}

}  // namespace

SequencedBeam sequence_fluence(const FluenceMap& wanted, const MultileafCollimator& mlc,
                               const SequencingOptions& options) {
  check_field(wanted, mlc);
  XINGU_REQUIRE(options.max_segments >= 1 && options.max_segments <= 200, "{} segments a beam: give between 1 and 200",
                options.max_segments);
  const LeafRows rows = leaf_rows(wanted, mlc);
  SequencedBeam result;
  for (Aperture& aperture : Sequencer(rows, mlc, wanted.pixel_mm, options).run()) {
    if (options.interdigitation == Interdigitation::allowed) {
      park_closed_rows(aperture);
    }
    result.segments.push_back(to_segment(aperture, rows, wanted, mlc));
  }
  std::ranges::stable_sort(result.segments, std::ranges::greater{}, &Segment::mu);
  result.delivered = fluence_of(result.segments, mlc, wanted);
  result.relative_error = relative_difference(result.delivered, wanted);
  return result;
}

FluenceMap fluence_of(std::span<const Segment> segments, const MultileafCollimator& mlc, const FluenceMap& raster) {
  FluenceMap result = raster;
  std::ranges::fill(result.value, 0.0F);
  const double pixel_area = raster.pixel_mm * raster.pixel_mm;
  for (int y = 0; y < raster.ny; ++y) {
    const double y_low = raster.y0_mm + (y - 0.5) * raster.pixel_mm;
    for (int x = 0; x < raster.nx; ++x) {
      const double x_low = raster.x0_mm + (x - 0.5) * raster.pixel_mm;
      double sum = 0.0;
      for (const Segment& segment : segments) {
        double open = 0.0;
        for (std::size_t pair = 0; pair < mlc.num_pairs(); ++pair) {
          const double height =
              overlap(mlc.boundaries_mm[pair], mlc.boundaries_mm[pair + 1], y_low, y_low + raster.pixel_mm);
          open += height > 0.0
                      ? height * overlap(segment.left_mm[pair], segment.right_mm[pair], x_low, x_low + raster.pixel_mm)
                      : 0.0;
        }
        open /= pixel_area;
        sum += segment.mu * (open + mlc.transmission * (1.0 - open));
      }
      result.at(x, y) = static_cast<float>(sum);
    }
  }
  return result;
}

FluenceMap fluence_map(const InfluenceMatrix::Beam& beam, std::span<const float> x, double scale) {
  XINGU_EXPECT(x.size() == beam.beamlets.size());
  FluenceMap map;
  map.pixel_mm = beam.beamlet_mm;
  if (beam.beamlets.empty()) {
    return map;
  }
  float x_low = beam.beamlets[0].x_mm;
  float x_high = x_low;
  float y_low = beam.beamlets[0].y_mm;
  float y_high = y_low;
  for (const Beamlet& let : beam.beamlets) {
    x_low = std::min(x_low, let.x_mm);
    x_high = std::max(x_high, let.x_mm);
    y_low = std::min(y_low, let.y_mm);
    y_high = std::max(y_high, let.y_mm);
  }
  map.x0_mm = x_low;
  map.y0_mm = y_low;
  map.nx = static_cast<int>(std::lround((x_high - x_low) / map.pixel_mm)) + 1;
  map.ny = static_cast<int>(std::lround((y_high - y_low) / map.pixel_mm)) + 1;
  map.value.assign(static_cast<std::size_t>(map.nx) * static_cast<std::size_t>(map.ny), 0.0F);
  for (std::size_t j = 0; j < x.size(); ++j) {
    map.at(static_cast<int>(std::lround((beam.beamlets[j].x_mm - x_low) / map.pixel_mm)),
           static_cast<int>(std::lround((beam.beamlets[j].y_mm - y_low) / map.pixel_mm))) =
        static_cast<float>(scale * x[j]);
  }
  return map;
}

}  // namespace xingu
