// SPDX-License-Identifier: Apache-2.0
#include "dose/influence_calculator.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "base/progress.h"
#include "dose/influence_store.h"

namespace xingu {
namespace {

constexpr double largest_threshold = 0.03;

template <class T>
std::uint64_t hash_values(std::span<const T> values, std::uint64_t hash) {
  return hash_bytes(std::as_bytes(values), hash);
}

template <class T>
std::uint64_t hash_value(const T& value, std::uint64_t hash) {
  return hash_values(std::span(&value, 1), hash);
}

/// Of everything that all beams share.
std::uint64_t hash_inputs(const DensityImage& image, const SamplePoints& samples, const SpectralTable& table,
                          const BeamletDose::Config& beamlet) {
  std::uint64_t hash = hash_text("xingu influence 1 " XINGU_VERSION);
  hash = hash_values(image.density.values(), hash);
  hash = hash_values(image.material.values(), hash);
  hash = hash_values(std::span(image.density.grid().origin.data(), 3), hash);
  hash = hash_values(std::span(image.density.grid().spacing.data(), 3), hash);
  for (const auto& p : samples.position_mm) {
    hash = hash_values(std::span(p.data(), 3), hash);
  }
  hash = hash_values(std::span(table.mu), hash);
  hash = hash_values(std::span(table.energy_fluence), hash);
  hash = hash_values(std::span(table.primary_fraction), hash);
  for (const double value : {static_cast<double>(beamlet.quality), beamlet.beamlet_mm, beamlet.slab_mm,
                             beamlet.radius_mm, beamlet.sparse_beyond_mm, static_cast<double>(beamlet.sparse_one_in),
                             beamlet.blur.sigma_mm, beamlet.blur.collimator_distance_mm}) {
    hash = hash_value(value, hash);
  }
  return hash;
}

/// A packed block as it travels between ranks.
Bytes bytes_of(const InfluenceBlock& block) {
  const InfluenceBlock::Arrays arrays = block.arrays();
  return ByteWriter()
      .put_all(arrays.segment_start)
      .put_all(arrays.rows)
      .put_all(arrays.values)
      .put_all(arrays.scale)
      .take();
}

InfluenceBlock block_of(const Bytes& bytes, std::size_t num_rows) {
  ByteReader reader(bytes);
  InfluenceBlock::Arrays arrays;
  arrays.segment_start = reader.get_all<std::uint64_t>();
  arrays.rows = reader.get_all<std::uint16_t>();
  arrays.values = reader.get_all<std::uint16_t>();
  arrays.scale = reader.get_all<float>();
  return {num_rows, std::move(arrays)};
}

/// A positive number rounded up to two digits that count.
double rounded_up(double value) {
  const double step = std::pow(10.0, std::floor(std::log10(value)) - 1.0);
  return std::stod(fmt::format("{:.2g}", step * std::ceil(value / step * (1.0 - 1e-12))));
}

}  // namespace

InfluenceCalculator::InfluenceCalculator(std::shared_ptr<const PhotonPhysics> physics, const DensityImage& image,
                                         const SamplePoints& samples, Config config)
    : physics_(std::move(physics)),
      image_(image),
      samples_(samples),
      config_(std::move(config)),
      dose_(physics_, config_.beamlet),
      table_(physics_->spectral_table(image.material_names)),
      inputs_hash_(hash_inputs(image, samples, table_, config_.beamlet)) {}

double InfluenceCalculator::profile_at(const Beamlet& beamlet, double sad_mm) const {
  return config_.profile ? config_.profile(static_cast<double>(beamlet.x_mm), static_cast<double>(beamlet.y_mm), sad_mm)
                         : 1.0;
}

std::uint64_t InfluenceCalculator::key_of(const InfluenceBeam& beam, std::size_t index) const {
  std::uint64_t hash = inputs_hash_;
  hash = hash_values(std::span(beam.geometry.X_PB.matrix().data(), 16), hash);
  for (const double value : {beam.geometry.sad_mm, config_.threshold, config_.fluence_per_mu}) {
    hash = hash_value(value, hash);
  }
  hash = hash_value(config_.seed, hash);
  hash = hash_value(static_cast<std::uint64_t>(index), hash);
  for (const Beamlet& b : beam.beamlets) {
    const double profile = profile_at(b, beam.geometry.sad_mm);
    hash = hash_value(b.x_mm, hash_value(b.y_mm, hash_value(profile, hash)));
  }
  return hash;
}

void InfluenceCalculator::thin(std::span<const MatrixEntry> entries, std::uint64_t stream, float scale,
                               std::vector<MatrixEntry>& out) const {
  out.clear();
  float largest = 0.0F;
  for (const MatrixEntry& e : entries) {
    largest = std::max(largest, e.value);
  }
  const float limit = largest * static_cast<float>(config_.threshold);
  const Philox random(config_.seed, stream);
  for (const MatrixEntry& e : entries) {
    if (e.value >= limit) {
      out.push_back({e.row, e.value * scale});
    } else if (random.uniform(e.row) * static_cast<double>(limit) < static_cast<double>(e.value)) {
      out.push_back({e.row, limit * scale});
    }
  }
}

InfluenceCalculator::Prediction InfluenceCalculator::predict(const std::vector<InfluenceBeam>& beams) {
  Prediction prediction;
  for (const auto& beam : beams) {
    prediction.num_beamlets += beam.beamlets.size();
  }
  prediction.threshold = config_.threshold;
  if (prediction.num_beamlets == 0) {
    return prediction;
  }
  // A few beams, a few beamlets of each: their columns stand for all.
  const std::size_t num_pilots = std::min<std::size_t>(12, beams.size());
  std::vector<std::vector<std::vector<MatrixEntry>>> pilots(num_pilots);
  std::vector<double> setup_s(num_pilots, 0.0);
  std::vector<double> beamlet_s(num_pilots, 0.0);
  using Clock = std::chrono::steady_clock;
  parallel_for(num_pilots, [&](std::size_t p) {
    throw_if_cancelled();
    const InfluenceBeam& beam = beams[p * beams.size() / num_pilots];
    const auto begin = Clock::now();
    BeamletDose::Beam dose(dose_, image_, table_, samples_, beam.geometry);
    const auto ready = Clock::now();
    const std::size_t count = std::min<std::size_t>(4, beam.beamlets.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto entries = dose.compute(beam.beamlets[(2 * i + 1) * beam.beamlets.size() / (2 * count)], i);
      pilots[p].emplace_back(entries.begin(), entries.end());
    }
    setup_s[p] = std::chrono::duration<double>(ready - begin).count();
    beamlet_s[p] =
        count > 0 ? std::chrono::duration<double>(Clock::now() - ready).count() / static_cast<double>(count) : 0.0;
  });
  double sum_setup = 0.0;
  double sum_beamlet = 0.0;
  for (std::size_t p = 0; p < num_pilots; ++p) {
    sum_setup += setup_s[p];
    sum_beamlet += beamlet_s[p];
  }
  prediction.seconds =
      (sum_setup * static_cast<double>(beams.size()) + sum_beamlet * static_cast<double>(prediction.num_beamlets)) /
      static_cast<double>(num_pilots) / num_threads();
  const auto nonzeros_at = [&](double threshold) {
    double kept = 0.0;
    std::size_t columns = 0;
    for (const auto& pilot : pilots) {
      for (const auto& column : pilot) {
        float largest = 0.0F;
        for (const MatrixEntry& e : column) {
          largest = std::max(largest, e.value);
        }
        const double limit = threshold * static_cast<double>(largest);
        for (const MatrixEntry& e : column) {
          kept += std::min(1.0, static_cast<double>(e.value) / limit);
        }
        ++columns;
      }
    }
    return columns > 0 ? kept / static_cast<double>(columns) * static_cast<double>(prediction.num_beamlets) : 0.0;
  };
  const double per_column = 4.0 + 8.0 * std::ceil(static_cast<double>(samples_.size()) / 65536.0);
  const auto update = [&] {
    prediction.num_nonzeros = nonzeros_at(prediction.threshold);
    prediction.bytes = 4.0 * prediction.num_nonzeros + per_column * static_cast<double>(prediction.num_beamlets);
  };
  update();
  while (prediction.bytes > config_.memory_limit_bytes && prediction.threshold < largest_threshold) {
    prediction.threshold *= 1.5;
    update();
  }
  XINGU_REQUIRE(
      prediction.bytes <= config_.memory_limit_bytes,
      "the influence matrix would take {} MiB even when sampled coarsely (the limit is {} MiB, half of --memory-gib); "
      "raise --memory-gib to {}, or give fewer --candidates or larger beamlets",
      rounded_up(prediction.bytes / 1048576.0), rounded_up(config_.memory_limit_bytes / 1048576.0),
      rounded_up(2.0 * prediction.bytes / 1073741824.0));
  if (prediction.threshold > config_.threshold) {
    prediction.note = fmt::format(
        "to stay below {:.2f} GiB, half of --memory-gib, entries under {:.2f} % of a beamlet's largest are sampled at "
        "random (asked for: {:.2f} %)",
        config_.memory_limit_bytes / 1073741824.0, 100 * prediction.threshold, 100 * config_.threshold);
    config_.threshold = prediction.threshold;
  }
  return prediction;
}

InfluenceMatrix::Beam InfluenceCalculator::compute_beam(const InfluenceBeam& beam, std::size_t index) const {
  InfluenceBlock block(samples_.size());
  BeamletDose::Beam dose(dose_, image_, table_, samples_, beam.geometry);
  std::vector<MatrixEntry> kept;
  for (std::size_t j = 0; j < beam.beamlets.size(); ++j) {
    throw_if_cancelled();
    const Beamlet& beamlet = beam.beamlets[j];
    const double profile = profile_at(beamlet, beam.geometry.sad_mm);
    const std::uint64_t stream = (static_cast<std::uint64_t>(index) << 32) | j;
    thin(dose.compute(beamlet, stream ^ config_.seed), stream, static_cast<float>(profile * config_.fluence_per_mu),
         kept);
    block.append_column(kept);
  }
  return {config_.beamlet.beamlet_mm, beam.beamlets, std::move(block)};
}

/// The beams that no earlier run has finished, as work for all ranks; results are still to be taken.
SharedWork InfluenceCalculator::share_of(const std::vector<InfluenceBeam>& beams,
                                         const std::vector<std::uint64_t>& missing) {
  SharedWork work;
  work.name = "the influence matrix";
  work.count = missing.size();
  if (config_.ranks->count() > 1) {
    for (const std::uint64_t b : missing) {
      work.inputs = hash_value(key_of(beams[b], b), work.inputs);
    }
  }
  work.compute = [this, &beams, &missing](std::size_t item) {
    throw_if_cancelled();
    return bytes_of(compute_beam(beams[missing[item]], missing[item]).block);
  };
  return work;
}

InfluenceMatrix InfluenceCalculator::compute(const std::vector<InfluenceBeam>& beams) {
  Ranks& ranks = *config_.ranks;
  if (!ranks.is_root()) {
    const Bytes begun = broadcast(ranks, {});
    ByteReader reader(begun);
    config_.threshold = reader.get<double>();
    const auto missing = reader.get_all<std::uint64_t>();
    share_out(ranks, share_of(beams, missing));
    return InfluenceMatrix(samples_.size());
  }
  std::optional<InfluenceStore> store;
  std::vector<std::optional<InfluenceMatrix::Beam>> results(beams.size());
  std::vector<std::uint64_t> missing;
  if (!config_.store.empty()) {
    store.emplace(config_.store);
  }
  Progress progress("influence matrix", beams.size(), "beams");
  for (std::size_t b = 0; b < beams.size(); ++b) {
    throw_if_cancelled();
    if (store) {
      results[b] = store->load(key_of(beams[b], b), samples_.size());
    }
    if (results[b]) {
      progress.skip();
    } else {
      missing.push_back(b);
    }
  }
  num_resumed_ = beams.size() - missing.size();
  broadcast(ranks, ByteWriter().put(config_.threshold).put_all(missing).take());
  SharedWork work = share_of(beams, missing);
  work.take = [&](std::size_t item, const Bytes& block) {
    const auto b = static_cast<std::size_t>(missing[item]);
    results[b] = InfluenceMatrix::Beam{config_.beamlet.beamlet_mm, beams[b].beamlets, block_of(block, samples_.size())};
    if (store) {
      store->save(key_of(beams[b], b), *results[b]);
    }
    progress.advance();
  };
  share_out(ranks, work);
  InfluenceMatrix matrix(samples_.size());
  for (auto& result : results) {
    matrix.append(std::move(*result));
    result.reset();
  }
  return matrix;
}

}  // namespace xingu
