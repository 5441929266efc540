// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/monte_carlo.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/nonzero_runs.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "dose/dose_engine.h"
#include "dose/mc/transport.h"
#include "dose/mc/voxel_geometry.h"
#include "geometry/ray_trace.h"

namespace xingu::mc {
namespace {

constexpr float denser_than_air = 0.01F;  // g/cm³
constexpr std::size_t check_every = 8;    // batches: where the stop rule is asked, whatever the number of threads

/// Overlaps of one axis: for a target voxel, the source voxels in it and their parts of its width.
struct Overlap {
  int index;
  double part;
};
std::vector<std::vector<Overlap>> overlaps(const Grid& source, const Grid& target, std::size_t axis) {
  const auto a = static_cast<Eigen::Index>(axis);
  std::vector<std::vector<Overlap>> result(static_cast<std::size_t>(target.size[axis]));
  for (int t = 0; t < target.size[axis]; ++t) {
    const double low = target.origin[a] + (t - 0.5) * target.spacing[a];
    const double high = low + target.spacing[a];
    const int first = static_cast<int>(std::floor((low - source.lower()[a]) / source.spacing[a]));
    const int last = static_cast<int>(std::floor((high - source.lower()[a]) / source.spacing[a]));
    for (int s = std::max(0, first); s <= std::min(last, source.size[axis] - 1); ++s) {
      const double begin = source.origin[a] + (s - 0.5) * source.spacing[a];
      const double width = std::min(high, begin + source.spacing[a]) - std::max(low, begin);
      if (width > 1e-9 * target.spacing[a]) {
        result[static_cast<std::size_t>(t)].push_back({s, width / target.spacing[a]});
      }
    }
  }
  return result;
}

/// The lattice of `grid` over the part of the image that is denser than air.
Grid lattice_over_body(const DensityImage& image, const Grid& grid) {
  const Grid& source = image.density.grid();
  std::array<int, 3> low = source.size;
  std::array<int, 3> high{-1, -1, -1};
  for (int z = 0; z < source.nz(); ++z) {
    for (int y = 0; y < source.ny(); ++y) {
      for (int x = 0; x < source.nx(); ++x) {
        if (image.density.at(x, y, z) > denser_than_air) {
          const std::array<int, 3> at{x, y, z};
          for (std::size_t a = 0; a < 3; ++a) {
            low[a] = std::min(low[a], at[a]);
            high[a] = std::max(high[a], at[a]);
          }
        }
      }
    }
  }
  XINGU_REQUIRE(high[0] >= 0,
                "the image holds nothing denser than air (there is no body to give dose to); check the CT");
  Grid result = grid;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto e = static_cast<Eigen::Index>(a);
    const double begin = source.origin[e] + (low[a] - 0.5) * source.spacing[e];
    const double end = source.origin[e] + (high[a] + 0.5) * source.spacing[e];
    const double tolerance = 1e-6;
    const double first = std::floor((begin - grid.lower()[e]) / grid.spacing[e] + tolerance);
    const double last = std::ceil((end - grid.lower()[e]) / grid.spacing[e] - tolerance);
    result.origin[e] = grid.origin[e] + first * grid.spacing[e];
    result.size[a] = static_cast<int>(last - first);
  }
  return result;
}

/// Points of a lattice in the unit cube, shifted at random: Kronecker's sequence of the generalised golden ratio in
/// three dimensions (the root of x⁴ = x + 1). Each point is uniform over shifts; together they are spread more evenly
/// than random ones.
class ShiftedLattice {
 public:
  ShiftedLattice(std::uint64_t seed, std::uint64_t batch, std::size_t source) {
    RandomStream random(seed ^ 0x9E3779B97F4A7C15ULL, (batch << 20) + source);
    for (double& shift : shift_) {
      shift = static_cast<double>(random.uniform());
    }
  }
  [[nodiscard]] std::array<double, 3> point(std::uint64_t i) const {
    constexpr double g = 1.2207440846057594;
    constexpr std::array<double, 3> step = {1.0 / g, 1.0 / (g * g), 1.0 / (g * g * g)};
    std::array<double, 3> u{};
    for (std::size_t a = 0; a < 3; ++a) {
      const double x = shift_[a] + step[a] * static_cast<double>(i);
      u[a] = x - std::floor(x);
    }
    return u;
  }

  /// The first points, those that lie near each other in the first two coordinates one after another: square by square
  /// along a space-filling (Z) curve. Photons that start so meet voxels that are still in the cache.
  [[nodiscard]] std::vector<std::uint32_t> neighbours(std::uint64_t count) const {
    constexpr double squares_across = 256.0;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> places;
    places.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::array<double, 3> u = point(i);
      places.emplace_back(interleaved(static_cast<std::uint32_t>(squares_across * u[0]),
                                      static_cast<std::uint32_t>(squares_across * u[1])),
                          static_cast<std::uint32_t>(i));
    }
    std::ranges::sort(places);
    std::vector<std::uint32_t> order;
    order.reserve(count);
    std::ranges::transform(places, std::back_inserter(order), &std::pair<std::uint32_t, std::uint32_t>::second);
    return order;
  }

 private:
  /// Bits of two numbers below 2¹⁶, in turn.
  static std::uint32_t interleaved(std::uint32_t a, std::uint32_t b) {
    std::uint32_t bits = 0;
    for (unsigned i = 0; i < 16; ++i) {
      bits |= ((a >> i & 1U) << (2 * i)) | ((b >> i & 1U) << (2 * i + 1));
    }
    return bits;
  }

  std::array<double, 3> shift_{};
};

/// Whether the photon, going on straight, comes to something denser than air.
bool meets_body(const DensityImage& image, const SourcePhoton& photon) {
  const Grid& grid = image.density.grid();
  const double beyond = (photon.position_P - grid.lower()).norm() + (grid.upper() - grid.lower()).norm();
  bool meets = false;
  trace_ray(grid, photon.position_P, photon.position_P + beyond * photon.direction_P, [&](std::size_t voxel, double) {
    meets = image.density[voxel] > denser_than_air;
    return !meets;
  });
  return meets;
}

/// What a run is judged by: the larger of its uncertainties.
double worse(const MonteCarloDose& dose) { return std::max(dose.uncertainty, dose.target_uncertainty.value_or(0.0)); }

}  // namespace

std::string MonteCarloDose::uncertainty_words() const {
  return fmt::format("{:.2f} % in voxels above half of the maximum{}", 100 * uncertainty,
                     target_uncertainty ? fmt::format(", {:.2f} % in the target", 100 * *target_uncertainty) : "");
}

DensityImage image_on_lattice(const DensityImage& image, const Grid& grid) {
  const Grid target = lattice_over_body(image, grid);
  const Grid& source = image.density.grid();
  const auto along_x = overlaps(source, target, 0);
  const auto along_y = overlaps(source, target, 1);
  const auto along_z = overlaps(source, target, 2);
  DensityImage result{Volume<float>(target), Volume<std::uint8_t>(target), image.material_names};
  parallel_for(static_cast<std::size_t>(target.nz()), [&](std::size_t z) {
    std::vector<double> mass(image.material_names.size());
    for (int y = 0; y < target.ny(); ++y) {
      for (int x = 0; x < target.nx(); ++x) {
        std::ranges::fill(mass, 0.0);
        for (const Overlap& oz : along_z[z]) {
          for (const Overlap& oy : along_y[static_cast<std::size_t>(y)]) {
            for (const Overlap& ox : along_x[static_cast<std::size_t>(x)]) {
              const std::size_t i = source.index(ox.index, oy.index, oz.index);
              mass[image.material[i]] += ox.part * oy.part * oz.part * static_cast<double>(image.density[i]);
            }
          }
        }
        double sum = 0.0;
        std::size_t heaviest = 0;
        for (std::size_t m = 0; m < mass.size(); ++m) {
          sum += mass[m];
          heaviest = mass[m] > mass[heaviest] ? m : heaviest;
        }
        const std::size_t i = target.index(x, y, static_cast<int>(z));
        result.density[i] = static_cast<float>(sum);
        result.material[i] = static_cast<std::uint8_t>(heaviest);
      }
    }
  });
  return result;
}

void require_that_sources_hit(const DensityImage& image, const std::vector<WeightedSource>& sources,
                              std::uint64_t seed) {
  constexpr std::uint64_t num_probes = 400;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const ShiftedLattice lattice(seed, 0, s);
    bool hits = false;
    for (std::uint64_t i = 0; i < num_probes && !hits; ++i) {
      BeamSource::Draw draw;
      draw.stratified = lattice.point(i);
      draw.is_extra_focal = 1.0;
      hits = meets_body(image, sources[s].source.sample(draw));
    }
    XINGU_REQUIRE(hits, "{} misses the body (its dose would be zero); check its angles and isocentre", sources[s].name);
  }
}

/// The run itself: batches, their sums, and the question whether they suffice.
class MonteCarlo::Batches {
 public:
  Batches(const MonteCarlo& owner, const std::vector<WeightedSource>& sources)
      : owner_(owner), sources_(sources), sum_(owner.grid_.num_voxels()), sum2_(owner.grid_.num_voxels()) {
    double photons = 0.0;
    for (const WeightedSource& source : sources) {
      photons += source.fluence * source.source.photons();
    }
    XINGU_REQUIRE(photons > 0, "the sources send no photons (the dose would be zero); give them MU");
    const std::uint64_t wanted = owner.options_.histories_per_batch > 0
                                     ? owner.options_.histories_per_batch
                                     : std::clamp<std::uint64_t>(owner.medium_->num_padded() / 40, 10'000, 200'000);
    for (const WeightedSource& source : sources) {
      const double share = source.fluence * source.source.photons() / photons;
      counts_.push_back(
          std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(share * static_cast<double>(wanted)))));
      histories_per_batch_ += counts_.back();
    }
    photons_per_history_ = photons / static_cast<double>(histories_per_batch_);
    set_voxel_factors();
  }

  [[nodiscard]] std::uint64_t histories_per_batch() const { return histories_per_batch_; }
  [[nodiscard]] int count() const { return count_; }

  /// Dose of one batch, NonzeroRuns over the dose grid, Gy.
  [[nodiscard]] Bytes compute(std::uint64_t batch) const {
    std::vector<float> score(owner_.medium_->num_padded(), 0.0F);
    run_batch(batch, score);
    std::vector<float> dose(factor_.size());
    for (std::size_t i = 0; i < dose.size(); ++i) {
      dose[i] = score[static_cast<std::size_t>(place_[i])] * factor_[i];
    }
    return NonzeroRuns::of(dose).to_bytes();
  }

  /// Adds the dose of the next batch: batches are added in their order.
  void add(const Bytes& batch) {
    const NonzeroRuns doses = NonzeroRuns::from_bytes(batch);
    doses.for_each([&](std::size_t i, float value) {
      const auto dose = static_cast<double>(value);
      sum_[i] += dose;
      sum2_[i] += dose * dose;
    });
    ++count_;
    if (owner_.options_.on_batch) {
      Volume<float> whole(owner_.grid_);
      doses.for_each([&](std::size_t i, float value) { whole[i] = value; });
      owner_.options_.on_batch(whole);
    }
  }

  /// Of what batches are computed from.
  [[nodiscard]] std::uint64_t inputs() const {
    const auto add_values = [](const auto& values, std::uint64_t hash) {
      return hash_bytes(std::as_bytes(std::span(values)), hash);
    };
    const std::array numbers{photons_per_history_, static_cast<double>(owner_.options_.limits.electron_cut)};
    const std::array counts{histories_per_batch_, owner_.options_.seed};
    std::uint64_t hash = add_values(numbers, hash_text("monte carlo"));
    hash = add_values(counts, hash);
    hash = add_values(owner_.image_.density.values(), hash);
    return add_values(owner_.image_.material.values(), add_values(factor_, hash));
  }

  [[nodiscard]] double mean(std::size_t voxel) const { return sum_[voxel] / count_; }
  /// Standard deviation of the mean of the batches.
  [[nodiscard]] double sigma(std::size_t voxel) const {
    const double m = mean(voxel);
    const double variance = std::max(0.0, sum2_[voxel] / count_ - m * m);
    return std::sqrt(variance / std::max(1, count_ - 1));
  }
  [[nodiscard]] bool has_dose() const {
    return std::ranges::any_of(sum_, [](double dose) { return dose > 0.0; });
  }
  [[nodiscard]] double uncertainty() const {
    const double half = 0.5 * *std::ranges::max_element(sum_) / count_;
    double squares = 0.0;
    std::size_t num = 0;
    for (std::size_t i = 0; i < sum_.size(); ++i) {
      if (const double m = mean(i); m > half) {
        const double relative = sigma(i) / m;
        squares += relative * relative;
        ++num;
      }
    }
    return num > 0 ? std::sqrt(squares / static_cast<double>(num)) : 1.0;
  }
  /// Root mean square σ over the mean dose of the voxels: unlike a mean of ratios it stands cold voxels.
  /// @throws InputError if they receive no dose
  [[nodiscard]] double uncertainty_of(const std::vector<std::uint32_t>& voxels) const {
    double squares = 0.0;
    double dose = 0.0;
    for (const std::uint32_t i : voxels) {
      squares += sigma(i) * sigma(i);
      dose += mean(i);
    }
    XINGU_REQUIRE(dose > 0,
                  "the target receives no dose (its uncertainty would never fall); check the isocentre, the "
                  "target and the grid");
    return std::sqrt(squares * static_cast<double>(voxels.size())) / dose;
  }

 private:
  void run_batch(std::uint64_t batch, std::vector<float>& score) const {
    const MonteCarloOptions& options = owner_.options_;
    VoxelGeometry geometry(*owner_.medium_, score, owner_.water_ratio_.get());
    Transport<VoxelGeometry> transport(*owner_.tables_, options.reduction, geometry);
    std::uint64_t first = batch * histories_per_batch_;
    for (std::size_t s = 0; s < sources_.size(); ++s) {
      const ShiftedLattice lattice(options.seed, batch, s);
      const double photons = sources_[s].fluence * sources_[s].source.photons() / static_cast<double>(counts_[s]);
      const auto weight = static_cast<float>(photons / photons_per_history_);
      for (const std::uint32_t i : lattice.neighbours(counts_[s])) {
        RandomStream random(options.seed, first + i);
        BeamSource::Draw draw;
        if (options.stratifies_source) {
          draw.stratified = lattice.point(i);
        } else {
          draw.stratified = {draw_one(random), draw_one(random), draw_one(random)};
        }
        draw.is_extra_focal = draw_one(random);
        draw.spot = {draw_one(random), draw_one(random)};
        draw.radius_node = draw_one(random);
        PhotonState photon = standing(sources_[s].source.sample(draw));
        photon.weight = weight;
        if (geometry.enter(photon)) {
          transport.run(photon, random);
        }
      }
      first += counts_[s];
      throw_if_cancelled();
    }
  }

  static double draw_one(RandomStream& random) { return static_cast<double>(random.uniform()); }

  /// A source's photon in the medium's coordinates, where it leaves the source.
  [[nodiscard]] PhotonState standing(const SourcePhoton& from) const {
    const Vec3 position = owner_.medium_->coordinates(from.position_P);
    PhotonState photon;
    for (std::size_t a = 0; a < 3; ++a) {
      photon.position[a] = static_cast<float>(position[static_cast<Eigen::Index>(a)]);
    }
    photon.direction = {static_cast<float>(from.direction_P.x()), static_cast<float>(from.direction_P.y()),
                        static_cast<float>(from.direction_P.z())};
    photon.energy_MeV = static_cast<float>(from.energy_MeV);
    return photon;
  }

  /// Gy per scored MeV of each voxel of the dose grid, and where it lies in the padded score; 0 outside the body's box.
  void set_voxel_factors() {
    const Grid& grid = owner_.grid_;
    const Grid& inner = owner_.image_.density.grid();
    std::array<int, 3> shift{};
    for (std::size_t a = 0; a < 3; ++a) {
      const auto e = static_cast<Eigen::Index>(a);
      shift[a] = static_cast<int>(std::lround((grid.origin[e] - inner.origin[e]) / grid.spacing[e])) + 1;
    }
    const double volume_cm3 = grid.voxel_volume_mm3() * 1e-3;
    factor_.assign(grid.num_voxels(), 0.0F);
    place_.assign(grid.num_voxels(), 0);
    for (int z = 0; z < grid.nz(); ++z) {
      for (int y = 0; y < grid.ny(); ++y) {
        for (int x = 0; x < grid.nx(); ++x) {
          const std::array<int, 3> at{x + shift[0], y + shift[1], z + shift[2]};
          if (owner_.medium_->is_inside(at[0], at[1], at[2])) {
            const std::size_t i = grid.index(x, y, z);
            const float density =
                std::max(owner_.image_.density.at(at[0] - 1, at[1] - 1, at[2] - 1), VoxelMedium::thinnest_g_cm3);
            place_[i] = owner_.medium_->index(at[0], at[1], at[2]);
            factor_[i] = static_cast<float>(gray_per_MeV_per_g * photons_per_history_ /
                                            (static_cast<double>(density) * volume_cm3));
          }
        }
      }
    }
  }

  const MonteCarlo& owner_;
  const std::vector<WeightedSource>& sources_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t histories_per_batch_ = 0;
  double photons_per_history_ = 0.0;
  std::vector<float> factor_;
  std::vector<int> place_;
  std::vector<double> sum_;
  std::vector<double> sum2_;
  int count_ = 0;
};

MonteCarlo::MonteCarlo(const DensityImage& image, const Grid& grid, const MaterialTable& materials,
                       const PhotonCrossSections& photons, const MonteCarloOptions& options)
    : options_(options), grid_(grid), image_(image_on_lattice(image, grid)) {
  // Tables hold only the materials that occur.
  std::vector<bool> occurs(image_.material_names.size(), false);
  for (const std::uint8_t m : image_.material.values()) {
    occurs[m] = true;
  }
  std::vector<std::string> names;
  std::vector<std::uint8_t> material_of(occurs.size(), 0);
  for (std::size_t m = 0; m < occurs.size(); ++m) {
    if (occurs[m]) {
      material_of[m] = static_cast<std::uint8_t>(names.size());
      names.push_back(image_.material_names[m]);
    }
  }
  tables_ = std::make_shared<const TransportTables>(materials, photons, names, options.limits);
  medium_ = std::make_unique<const VoxelMedium>(image_, material_of);
  if (options.dose_to == DoseTo::water) {
    water_ratio_ = std::make_unique<const WaterRatio>(materials, names);
  }
}

MonteCarlo::~MonteCarlo() = default;
MonteCarlo::MonteCarlo(MonteCarlo&&) noexcept = default;

/// What the root makes of batches as they come: adds them in their order, asks the stop rule at every eighth of them,
/// whoever computed how many by then, and says how many are worth beginning.
class MonteCarlo::Intake {
 public:
  Intake(const MonteCarloOptions& options, const StopRule& stop, Batches& batches)
      : options_(options), stop_(stop), batches_(batches) {
    supply_.ready = whole_checks(static_cast<double>(options.min_batches));
    if (!options.progress.empty() && options.ranks->is_root()) {
      progress_.emplace(options.progress, 100, "%");
    }
  }

  Supply& supply() { return supply_; }

  void take(std::size_t batch, const Bytes& dose) {
    waiting_.emplace(batch, dose);
    for (auto next = waiting_.begin();
         next != waiting_.end() && next->first == num_added() && result_.stopped_by.empty();
         next = waiting_.erase(next)) {
      batches_.add(next->second);
      if (num_added() % check_every == 0) {
        ask();
      }
    }
  }

  [[nodiscard]] MonteCarloDose finish(const Grid& grid) {
    result_.dose_Gy = Volume<float>(grid);
    result_.sigma_Gy = Volume<float>(grid);
    for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
      result_.dose_Gy[i] = static_cast<float>(batches_.mean(i));
      result_.sigma_Gy[i] = static_cast<float>(batches_.sigma(i));
    }
    result_.batches = batches_.count();
    result_.histories = histories();
    result_.seconds = seconds();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::size_t num_added() const { return static_cast<std::size_t>(batches_.count()); }
  [[nodiscard]] std::uint64_t histories() const { return num_added() * batches_.histories_per_batch(); }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  /// Batches up to the check at which there are that many or more.
  [[nodiscard]] static std::size_t whole_checks(double batches) {
    constexpr double most = 1e9;
    return check_every * static_cast<std::size_t>(std::ceil(std::min(batches, most) / check_every));
  }

  void ask() {
    result_.uncertainty =
        options_.uncertainty_of_interest ? options_.uncertainty_of_interest() : batches_.uncertainty();
    if (batches_.count() >= options_.min_batches) {
      XINGU_REQUIRE(batches_.has_dose(),
                    "the dose grid receives no dose (it would stay empty however long the run); check the isocentre, "
                    "the patient and the grid");
      if (!options_.target_voxels.empty()) {
        result_.target_uncertainty = batches_.uncertainty_of(options_.target_voxels);
      }
      if (stop_.uncertainty > 0 && worse(result_) <= stop_.uncertainty) {
        result_.stopped_by = "uncertainty";
      } else if (stop_.max_histories > 0 && histories() >= stop_.max_histories) {
        result_.stopped_by = "histories";
      } else if (stop_.max_seconds > 0 && seconds() >= stop_.max_seconds) {
        result_.stopped_by = "time";
      }
      look_ahead();
    }
    show();
  }

  /// Lets batches begin up to the last check that is likely to find too few, and no further: what is begun beyond the
  /// end is thrown away.
  void look_ahead() {
    if (!result_.stopped_by.empty()) {
      supply_.count = num_added();
      return;
    }
    double needed = std::numeric_limits<double>::max();
    if (stop_.uncertainty > 0) {
      needed = static_cast<double>(num_added()) * std::pow(worse(result_) / stop_.uncertainty, 2) - check_every;
    }
    if (stop_.max_histories > 0) {
      needed = std::min(needed,
                        static_cast<double>(stop_.max_histories) / static_cast<double>(batches_.histories_per_batch()));
    }
    supply_.ready = std::max(num_added() + check_every, whole_checks(needed));
  }

  void show() {
    double part = static_cast<double>(batches_.count()) / options_.min_batches;
    if (stop_.uncertainty > 0) {
      part = std::min(part, std::pow(stop_.uncertainty / worse(result_), 2));
    }
    if (progress_) {
      const auto now = std::clamp<std::size_t>(static_cast<std::size_t>(100.0 * part), shown_, 100);
      progress_->advance(now - shown_);
      shown_ = now;
    }
  }

  const MonteCarloOptions& options_;
  const StopRule& stop_;
  Batches& batches_;
  Supply supply_;
  std::map<std::size_t, Bytes> waiting_;  ///< batches that came before their turn
  MonteCarloDose result_;
  std::optional<Progress> progress_;
  std::size_t shown_ = 0;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

MonteCarloDose MonteCarlo::run(const std::vector<WeightedSource>& sources, const StopRule& stop) const {
  XINGU_REQUIRE(stop.uncertainty > 0 || stop.max_histories > 0 || stop.max_seconds > 0,
                "a Monte Carlo run needs an end (an uncertainty, a number of histories or a time); give one");
  Batches batches(*this, sources);
  require_that_sources_hit(image_, sources, options_.seed);
  Intake intake(options_, stop, batches);
  SharedWork work;
  work.name = "the Monte Carlo";
  work.inputs = options_.ranks->count() > 1 ? batches.inputs() : 0;
  work.supply = &intake.supply();
  work.compute = [&](std::size_t batch) { return batches.compute(batch); };
  work.take = [&](std::size_t batch, const Bytes& dose) { intake.take(batch, dose); };
  share_out(*options_.ranks, work);
  return options_.ranks->is_root() ? intake.finish(grid_) : MonteCarloDose{};
}

}  // namespace xingu::mc
