// SPDX-License-Identifier: Apache-2.0
#include "plan/aperture_refinement.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "plan/fluence_optimiser.h"

namespace xingu {
namespace {

/// A leaf's edge as a ramp of half width w around its tip: 0 far on the closed side, 1 far on the open one.
double ramp(double u, double w) { return w > 0 ? std::clamp((u + w) / (2.0 * w), 0.0, 1.0) : (u > 0 ? 1.0 : 0.0); }

/// ∫ ramp from −∞ to u.
double ramp_integral(double u, double w) {
  if (u <= -w) {
    return 0.0;
  }
  return u < w ? (u + w) * (u + w) / (4.0 * w) : u;
}

/// Tips of all leaves as one vector: beam by beam, segment by segment, pair by pair, left and right.
using Tips = std::vector<double>;

/// The dose objective as a function of the tips.
class ApertureProblem {
 public:
  ApertureProblem(const InfluenceMatrix& matrix, const Objective& objective, const BeamModel& model, double fractions,
                  const std::vector<PlannedBeam>& beams)
      : matrix_(matrix),
        objective_(objective),
        transmission_(model.mlc.transmission),
        curvature_(separable_majorant(matrix, objective)) {
    std::size_t first = 0;
    for (std::size_t b = 0; b < beams.size(); ++b) {
      beams_.push_back(lay_out(matrix.beam(b), beams[b], fractions, first));
      beams_.back().least_gap_mm = model.at_distance(beams[b].sad_mm).mlc.min_gap_mm;
      first += 2 * beams[b].segments.size() * num_pairs(beams_.back());
    }
  }

  struct Slope {
    double value = 0.0;
    std::vector<double> gradient;   ///< per mm
    std::vector<double> curvature;  ///< of a separable majorant, per mm²
  };

  [[nodiscard]] double value(const Tips& tips, double edge_mm) const { return objective_.value(dose(tips, edge_mm)); }

  [[nodiscard]] Slope slope(const Tips& tips, double edge_mm) const {
    std::vector<float> dose_gradient(matrix_.num_rows());
    Slope slope;
    slope.value = objective_.value_and_gradient(dose(tips, edge_mm), dose_gradient);
    std::vector<float> gradient(matrix_.num_columns());
    matrix_.multiply_transposed(dose_gradient, gradient);
    slope.gradient.assign(tips.size(), 0.0);
    slope.curvature.assign(tips.size(), 0.0);
    parallel_for(beams_.size(), [&](std::size_t b) { add_slope(b, tips, edge_mm, gradient, slope); });
    return slope;
  }

  /// Puts tips back into the beamlets' raster (or where they were beside it) and apart by the least gap.
  void project(Tips& tips, const Tips& start) const {
    for (const Beam& beam : beams_) {
      for (std::size_t i = beam.first; i < beam.first + 2 * beam.mu.size() * num_pairs(beam); i += 2) {
        const double low = std::min(beam.low_mm, start[i]);
        const double high = std::max(beam.high_mm, start[i + 1]);
        const double surplus = std::max(0.0, beam.least_gap_mm - (tips[i + 1] - tips[i]));
        tips[i] = std::clamp(tips[i] - 0.5 * surplus, low, high - beam.least_gap_mm);
        tips[i + 1] = std::clamp(tips[i + 1] + 0.5 * surplus, tips[i] + beam.least_gap_mm, high);
      }
    }
  }

  [[nodiscard]] static Tips tips_of(const std::vector<PlannedBeam>& beams) {
    Tips tips;
    for (const PlannedBeam& beam : beams) {
      for (const Segment& segment : beam.segments) {
        for (std::size_t pair = 0; pair < segment.left_mm.size(); ++pair) {
          tips.push_back(segment.left_mm[pair]);
          tips.push_back(segment.right_mm[pair]);
        }
      }
    }
    return tips;
  }

  static void set_tips(std::vector<PlannedBeam>& beams, const Tips& tips) {
    std::size_t i = 0;
    for (PlannedBeam& beam : beams) {
      for (Segment& segment : beam.segments) {
        for (std::size_t pair = 0; pair < segment.left_mm.size(); ++pair) {
          segment.left_mm[pair] = tips[i++];
          segment.right_mm[pair] = tips[i++];
        }
      }
    }
  }

 private:
  struct Overlap {
    std::size_t pair;
    double part;  ///< of the beamlet's area, per mm that the pair is open
  };

  struct Beam {
    std::size_t first = 0;            ///< of its tips
    std::size_t first_column = 0;     ///< of its beamlets
    std::vector<double> mu;           ///< of the segments, over all fractions
    std::vector<double> boundary_mm;  ///< of the leaf pairs
    double low_mm = 0.0;              ///< the beamlets' raster along X
    double high_mm = 0.0;
    double side_mm = 5.0;
    double least_gap_mm = 0.0;
    std::vector<double> x_mm;  ///< left edge of each beamlet
    std::vector<std::vector<Overlap>> overlaps;
  };

  [[nodiscard]] static std::size_t num_pairs(const Beam& beam) { return beam.boundary_mm.size() - 1; }

  [[nodiscard]] Beam lay_out(const InfluenceMatrix::Beam& source, const PlannedBeam& planned, double fractions,
                             std::size_t first) const {
    Beam beam;
    beam.first = first;
    beam.first_column = matrix_.first_column(beams_.size());
    beam.boundary_mm = planned.leaf_boundaries_mm;
    beam.side_mm = source.beamlet_mm;
    beam.low_mm = std::numeric_limits<double>::infinity();
    beam.high_mm = -beam.low_mm;
    for (const Segment& segment : planned.segments) {
      beam.mu.push_back(segment.mu * fractions);
    }
    for (const Beamlet& beamlet : source.beamlets) {
      const double left = static_cast<double>(beamlet.x_mm) - 0.5 * beam.side_mm;
      const double y = static_cast<double>(beamlet.y_mm) - 0.5 * beam.side_mm;
      beam.x_mm.push_back(left);
      beam.low_mm = std::min(beam.low_mm, left);
      beam.high_mm = std::max(beam.high_mm, left + beam.side_mm);
      std::vector<Overlap> overlaps;
      for (std::size_t pair = 0; pair < num_pairs(beam); ++pair) {
        const double height =
            std::min(beam.boundary_mm[pair + 1], y + beam.side_mm) - std::max(beam.boundary_mm[pair], y);
        if (height > 1e-9) {
          overlaps.push_back({pair, height / (beam.side_mm * beam.side_mm)});
        }
      }
      beam.overlaps.push_back(std::move(overlaps));
    }
    return beam;
  }

  [[nodiscard]] std::vector<float> dose(const Tips& tips, double edge_mm) const {
    std::vector<float> x(matrix_.num_columns(), 0.0F);
    parallel_for(beams_.size(), [&](std::size_t b) {
      const Beam& beam = beams_[b];
      for (std::size_t j = 0; j < beam.x_mm.size(); ++j) {
        double sum = 0.0;
        for (std::size_t s = 0; s < beam.mu.size(); ++s) {
          double open = 0.0;
          for (const Overlap& overlap : beam.overlaps[j]) {
            const double* tip = &tips[index(beam, s, overlap.pair)];
            open += overlap.part * (open_mm(beam, j, tip[0], edge_mm) - open_mm(beam, j, tip[1], edge_mm));
          }
          sum += beam.mu[s] * (transmission_ + (1.0 - transmission_) * open);
        }
        x[beam.first_column + j] = static_cast<float>(sum);
      }
    });
    std::vector<float> dose(matrix_.num_rows());
    matrix_.multiply(x, dose);
    return dose;
  }

  /// How much of a beamlet's width lies to the right of a tip.
  static double open_mm(const Beam& beam, std::size_t j, double tip, double edge_mm) {
    return ramp_integral(beam.x_mm[j] + beam.side_mm - tip, edge_mm) - ramp_integral(beam.x_mm[j] - tip, edge_mm);
  }

  static std::size_t index(const Beam& beam, std::size_t segment, std::size_t pair) {
    return beam.first + 2 * (segment * num_pairs(beam) + pair);
  }

  /// Chain rule: J = ∂x_j/∂tip; the majorant's curvature of a tip is Σ_j h_j |J_j| Σ_tips |J_j| (De Pierro 1995).
  void add_slope(std::size_t b, const Tips& tips, double edge_mm, std::span<const float> gradient, Slope& slope) const {
    const Beam& beam = beams_[b];
    struct Change {
      std::size_t tip;
      double by;
    };
    std::vector<Change> changes;
    for (std::size_t j = 0; j < beam.x_mm.size(); ++j) {
      changes.clear();
      double all = 0.0;
      for (std::size_t s = 0; s < beam.mu.size(); ++s) {
        for (const Overlap& overlap : beam.overlaps[j]) {
          for (std::size_t side = 0; side < 2; ++side) {
            const std::size_t i = index(beam, s, overlap.pair) + side;
            const double met =
                ramp(beam.x_mm[j] + beam.side_mm - tips[i], edge_mm) - ramp(beam.x_mm[j] - tips[i], edge_mm);
            if (met > 0.0) {
              const double by = beam.mu[s] * (1.0 - transmission_) * overlap.part * met;
              changes.push_back({i, side == 0 ? -by : by});
              all += by;
            }
          }
        }
      }
      const std::size_t column = beam.first_column + j;
      for (const Change& change : changes) {
        slope.gradient[change.tip] += change.by * static_cast<double>(gradient[column]);
        slope.curvature[change.tip] += curvature_[column] * std::abs(change.by) * all;
      }
    }
  }

  const InfluenceMatrix& matrix_;
  const Objective& objective_;
  double transmission_;
  std::vector<double> curvature_;
  std::vector<Beam> beams_;
};

/// Accelerated projected gradient (Beck & Teboulle 2009) with a step that adapts and a restart where the value rises
/// (O'Donoghue & Candès 2015).
class Descent {
 public:
  Descent(const ApertureProblem& problem, Tips start, const ApertureRefinementOptions& options)
      : problem_(problem),
        options_(options),
        start_(start),
        tips_(start),
        ahead_(std::move(start)),
        value_(problem.value(tips_, options.edge_mm)) {}

  /// @return the number of iterations
  int run() {
    std::vector<double> values{value_};
    for (int iteration = 1; iteration <= options_.max_iterations; ++iteration) {
      throw_if_cancelled();
      if (!step()) {
        return iteration;
      }
      values.push_back(value_);
      const auto window = static_cast<std::size_t>(options_.window);
      if (values.size() > window &&
          values[values.size() - 1 - window] - value_ < options_.objective_tolerance * value_) {
        return iteration;
      }
    }
    return options_.max_iterations;
  }

  [[nodiscard]] const Tips& tips() const { return tips_; }

 private:
  /// @return false where nothing moves any more
  bool step() {
    const ApertureProblem::Slope slope = problem_.slope(ahead_, options_.edge_mm);
    constexpr int most_tries = 12;
    for (int attempt = 0; attempt < most_tries; ++attempt) {
      Tips moved = ahead_;
      for (std::size_t i = 0; i < moved.size(); ++i) {
        const double by = slope.curvature[i] > 0 ? -slope.gradient[i] / (stiffness_ * slope.curvature[i]) : 0.0;
        moved[i] += std::clamp(by, -options_.longest_step_mm, options_.longest_step_mm);
      }
      problem_.project(moved, start_);
      double bound = slope.value;
      for (std::size_t i = 0; i < moved.size(); ++i) {
        const double by = moved[i] - ahead_[i];
        bound += slope.gradient[i] * by + 0.5 * stiffness_ * slope.curvature[i] * by * by;
      }
      const double value = problem_.value(moved, options_.edge_mm);
      if (value <= bound + 1e-9 * std::abs(bound)) {
        stiffness_ = std::max(0.7 * stiffness_, 1e-4);
        return take(std::move(moved), value);
      }
      stiffness_ *= 2.0;
    }
    return false;
  }

  bool take(Tips moved, double value) {
    if (value >= value_) {  // the momentum led astray
      const bool had_momentum = momentum_ > 1.0;
      momentum_ = 1.0;
      ahead_ = tips_;
      return had_momentum;
    }
    const double next = 0.5 * (1.0 + std::sqrt(1.0 + 4.0 * momentum_ * momentum_));
    for (std::size_t i = 0; i < moved.size(); ++i) {
      ahead_[i] = moved[i] + (momentum_ - 1.0) / next * (moved[i] - tips_[i]);
    }
    problem_.project(ahead_, start_);
    momentum_ = next;
    tips_ = std::move(moved);
    value_ = value;
    return true;
  }

  const ApertureProblem& problem_;
  const ApertureRefinementOptions& options_;
  Tips start_;
  Tips tips_;
  Tips ahead_;
  double value_;
  double momentum_ = 1.0;
  double stiffness_ = 0.25;
};

}  // namespace

ApertureRefinement refine_apertures(const InfluenceMatrix& matrix, const Objective& objective, const BeamModel& model,
                                    double fractions, std::vector<PlannedBeam>& beams,
                                    const ApertureRefinementOptions& options) {
  XINGU_EXPECT(beams.size() == matrix.num_beams() && fractions > 0);
  const ApertureProblem problem(matrix, objective, model, fractions, beams);
  const Tips start = ApertureProblem::tips_of(beams);
  Descent descent(problem, start, options);
  ApertureRefinement result;
  result.iterations = descent.run();
  Tips tips = descent.tips();
  for (double& tip : tips) {
    tip = std::round(100.0 * tip) / 100.0;
  }
  problem.project(tips, start);
  result.objective_before = problem.value(start, 0.0);
  result.objective_after = problem.value(tips, 0.0);
  if (result.objective_after < result.objective_before) {
    ApertureProblem::set_tips(beams, tips);
  } else {
    result.objective_after = result.objective_before;
  }
  return result;
}

}  // namespace xingu
