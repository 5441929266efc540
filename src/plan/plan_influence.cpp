// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_influence.h"

#include <fmt/format.h>

#include <chrono>
#include <numeric>
#include <utility>

#include "base/log.h"
#include "base/parallel.h"
#include "dose/beamlet_layout.h"

namespace xingu {

std::vector<InfluenceBeam> lay_beams(const std::vector<CandidateBeam>& candidates, std::span<const std::size_t> which,
                                     const PlanGround& ground, double margin_mm, std::size_t* num_beyond_leaves) {
  const double beamlet_mm = ground.options.beamlet_mm;
  std::vector<InfluenceBeam> beams(which.size());
  std::vector<std::size_t> dropped(which.size());
  parallel_for(which.size(), [&](std::size_t i) {
    const BeamGeometry& geometry = candidates[which[i]].geometry;
    beams[i] = {geometry, lay_beamlets(ground.targets, geometry, beamlet_mm, margin_mm)};
    dropped[i] =
        drop_beyond_leaves(beams[i].beamlets, beamlet_mm, ground.machine.beam.at_distance(geometry.sad_mm).mlc);
  });
  if (num_beyond_leaves != nullptr) {
    *num_beyond_leaves = std::accumulate(dropped.begin(), dropped.end(), std::size_t{0});
  }
  return beams;
}

ComputedMatrix compute_matrix(const MachinePhysics& machine, const DensityImage& image, const SamplePoints& samples,
                              const std::vector<InfluenceBeam>& beams, MatrixQuality quality,
                              const PlannerOptions& options, std::vector<std::string>& notes) {
  InfluenceCalculator calculator(machine.photons, image, samples, matrix_config(machine, quality, options));
  InfluenceFacts facts;
  facts.predicted = calculator.predict(beams);
  if (!facts.predicted.note.empty()) {
    notes.push_back(facts.predicted.note);
  }
  if (options.on_step) {
    options.on_step(fmt::format("  predicted: {} beamlets of {} beams, {:.1f} million non-zeros, {:.2f} GiB, {:.0f} s",
                                facts.predicted.num_beamlets, beams.size(), facts.predicted.num_nonzeros * 1e-6,
                                facts.predicted.bytes / 1073741824.0, facts.predicted.seconds));
  }
  const auto begin = std::chrono::steady_clock::now();
  announce_matrix(*options.ranks, quality, samples, beams);
  InfluenceMatrix matrix = calculator.compute(beams);
  facts.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  facts.num_beams = matrix.num_beams();
  facts.num_beamlets = matrix.num_columns();
  facts.num_nonzeros = matrix.num_nonzeros();
  facts.num_bytes = matrix.num_bytes();
  facts.num_resumed = calculator.num_resumed();
  if (facts.num_resumed > 0 && options.on_step) {
    options.on_step(fmt::format("  {} of {} beams taken from {}", facts.num_resumed, facts.num_beams,
                                options.work_folder.string()));
  } else if (options.expects_finished_beams) {
    log_warning(
        "{}: none of the finished beams there is of this plan (patient, protocol, machine or options differ); all "
        "{} are computed anew",
        options.work_folder.string(), facts.num_beams);
  }
  return {std::move(matrix), facts};
}

}  // namespace xingu
