// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "plan/aperture_refinement.h"
#include "plan/beam_choice.h"
#include "plan/leaf_sequencing.h"
#include "plan/optimisation_progress.h"
#include "plan/segment_columns.h"

namespace xingu {
namespace {

/// Removes segments below the machine's least MU; x holds one value per remaining segment, in plan order.
void drop_weak_segments(std::vector<PlannedBeam>& beams, std::vector<float>& x, double least) {
  std::vector<float> kept;
  std::size_t k = 0;
  for (PlannedBeam& beam : beams) {
    std::vector<Segment> strong;
    for (Segment& segment : beam.segments) {
      if (static_cast<double>(x[k]) >= least) {
        strong.push_back(std::move(segment));
        kept.push_back(x[k]);
      }
      ++k;
    }
    beam.segments = std::move(strong);
  }
  x = std::move(kept);
}

}  // namespace

std::vector<float> optimise_segment_mu(PlanOutcome& outcome, const MultileafCollimator& mlc,
                                       const InfluenceMatrix& matrix, Objective& objective, double price) {
  const double fractions = outcome.plan.num_fractions;
  std::vector<PlannedBeam>& beams = outcome.plan.beams;
  std::vector<float> x;
  for (const PlannedBeam& beam : beams) {
    for (const Segment& segment : beam.segments) {
      x.push_back(static_cast<float>(segment.mu * fractions));
    }
  }
  FluenceOptions options;
  options.price = price;
  // Twice: what falls below the least MU is dropped and the rest takes over its part.
  for (int round = 0; round < 2; ++round) {
    const InfluenceMatrix segments = segment_matrix(matrix, beams, mlc.transmission);
    FluenceResult result = optimise_fluence_shown("segment MU", segments, objective, options, x);
    x = std::move(result.x);
    drop_weak_segments(beams, x, mlc.min_segment_mu * fractions);
  }
  XINGU_REQUIRE(!x.empty(), "no segment reaches the machine's least MU ({} MU); give fewer beams or a larger dose",
                mlc.min_segment_mu);
  std::vector<float> dose(matrix.num_rows(), 0.0F);
  segment_matrix(matrix, beams, mlc.transmission).multiply(x, dose);
  outcome.sequenced_objective = objective.value(dose);
  std::size_t k = 0;
  for (PlannedBeam& beam : beams) {
    for (Segment& segment : beam.segments) {
      segment.mu = static_cast<double>(x[k++]) / fractions;
    }
  }
  return dose;
}

std::vector<float> optimise_segments(PlanOutcome& outcome, const BeamModel& head, const InfluenceMatrix& matrix,
                                     Objective& objective, double price) {
  constexpr int rounds = 2;  // a third gains less than 0.1 %
  std::vector<float> dose = optimise_segment_mu(outcome, head.mlc, matrix, objective, price);
  for (int round = 0; round < rounds; ++round) {
    refine_apertures(matrix, objective, head, outcome.plan.num_fractions, outcome.plan.beams);
    dose = optimise_segment_mu(outcome, head.mlc, matrix, objective, price);
  }
  return dose;
}

void sequence_plan(PlanOutcome& outcome, const PlanGround& ground, const InfluenceMatrix& matrix) {
  const MachineDescription& machine = ground.machine_file;
  const double fractions = outcome.plan.num_fractions;
  std::vector<PlannedBeam>& beams = outcome.plan.beams;
  for (std::size_t b = 0; b < matrix.num_beams(); ++b) {
    beams.push_back(
        empty_beam(outcome.candidates.beams[outcome.chosen[b]], static_cast<int>(b) + 1, machine, outcome.isocentre_P));
  }
  SequencingOptions sequencing;
  sequencing.max_segments = ground.options.max_segments_per_beam;
  parallel_for(matrix.num_beams(), [&](std::size_t b) {
    const auto x = std::span<const float>(outcome.fluence.x)
                       .subspan(matrix.first_column(b), matrix.first_column(b + 1) - matrix.first_column(b));
    if (std::ranges::any_of(x, [](float v) { return v > 0; })) {
      const BeamModel head = machine.beam.at_distance(beams[b].sad_mm);
      beams[b].segments =
          sequence_fluence(fluence_map(matrix.beam(b), x, 1.0 / fractions), head.mlc, sequencing).segments;
    }
  });
}

void drop_empty_beams(PlanOutcome& outcome) {
  std::vector<PlannedBeam>& beams = outcome.plan.beams;
  const auto num_before = beams.size();
  std::erase_if(beams, [](const PlannedBeam& beam) { return beam.segments.empty(); });
  if (beams.size() < num_before) {
    outcome.notes.push_back(fmt::format("{} of {} beams carry less than the machine's least MU and are left out",
                                        num_before - beams.size(), num_before));
    for (std::size_t b = 0; b < beams.size(); ++b) {
      beams[b].number = static_cast<int>(b) + 1;
    }
  }
}

}  // namespace xingu
