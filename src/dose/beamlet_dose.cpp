// SPDX-License-Identifier: Apache-2.0
#include "dose/beamlet_dose.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "geometry/ray_trace.h"

namespace xingu {
namespace {

constexpr double pi = std::numbers::pi;
constexpr int num_sectors = PencilMesh::num_sectors;
constexpr double sector_angle = 2 * pi / num_sectors;
constexpr double reach_beyond_square_mm = 7.5;  // where a square still differs from a point

std::vector<float> ring_edges(double radius_mm) {
  std::vector<float> edges{0, 1, 2, 3, 4, 5, 6.5, 8, 10, 12.5, 15.5, 19.5, 25, 32, 42, 56, 75, 100};
  while (edges.size() > 2 && static_cast<double>(edges[edges.size() - 2]) >= radius_mm) {
    edges.pop_back();
  }
  edges.back() = static_cast<float>(radius_mm);
  return edges;
}

/// Opening of a square of side b around the origin, blurred by a Gaussian, along one axis.
double open_fraction(double x, double b, double sigma) {
  if (sigma < 1e-3) {
    return std::abs(x) < 0.5 * b ? 1.0 : 0.0;
  }
  return 0.5 * (std::erf((x + 0.5 * b) / (sigma * std::numbers::sqrt2)) -
                std::erf((x - 0.5 * b) / (sigma * std::numbers::sqrt2)));
}

/// A well-mixed 64-bit number of another (the finaliser of SplitMix64, Steele et al. 2014).
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ULL;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

/// Distance from `source` along `direction` to the grid's first face on the way; 0 if it starts inside.
double distance_to_grid(const Grid& grid, const Vec3& source, const Vec3& direction) {
  double distance = 0.0;
  for (int a = 0; a < 3; ++a) {
    if (std::abs(direction[a]) > 1e-12) {
      const double face = direction[a] > 0 ? grid.lower()[a] : grid.upper()[a];
      distance = std::max(distance, (face - source[a]) / direction[a]);
    }
  }
  return distance;
}

/// Trilinear density at many points of one image: 0 outside, constant in the outer half voxels. What interpolate()
/// does, in single precision and without a branch per axis.
class DensitySampler {
 public:
  explicit DensitySampler(const Volume<float>& density)
      : values_(density.values().data()),
        origin_(density.grid().origin.cast<float>()),
        inverse_(density.grid().spacing.cwiseInverse().cast<float>()),
        last_(static_cast<float>(density.grid().nx() - 1), static_cast<float>(density.grid().ny() - 1),
              static_cast<float>(density.grid().nz() - 1)),
        stride_y_(density.grid().nx()),
        stride_z_(static_cast<std::ptrdiff_t>(density.grid().nx()) * density.grid().ny()) {}

  [[nodiscard]] float operator()(const Eigen::Vector3f& point) const {
    const Eigen::Vector3f c = (point - origin_).cwiseProduct(inverse_);
    if ((c.array() < -0.5F).any() || (c.array() > last_.array() + 0.5F).any()) {
      return 0.0F;
    }
    const Eigen::Vector3f inside = c.cwiseMax(0.0F).cwiseMin(last_);
    const auto ix = static_cast<std::ptrdiff_t>(std::min(inside.x(), std::max(0.0F, last_.x() - 1)));
    const auto iy = static_cast<std::ptrdiff_t>(std::min(inside.y(), std::max(0.0F, last_.y() - 1)));
    const auto iz = static_cast<std::ptrdiff_t>(std::min(inside.z(), std::max(0.0F, last_.z() - 1)));
    const float fx = inside.x() - static_cast<float>(ix);
    const float fy = inside.y() - static_cast<float>(iy);
    const float fz = inside.z() - static_cast<float>(iz);
    const std::ptrdiff_t dx = last_.x() > 0 ? 1 : 0;
    const std::ptrdiff_t dy = last_.y() > 0 ? stride_y_ : 0;
    const std::ptrdiff_t dz = last_.z() > 0 ? stride_z_ : 0;
    const float* p = values_ + iz * stride_z_ + iy * stride_y_ + ix;
    const auto row = [&](const float* q) { return q[0] + fx * (q[dx] - q[0]); };
    const auto plane = [&](const float* q) {
      const float near = row(q);
      return near + fy * (row(q + dy) - near);
    };
    const float front = plane(p);
    return front + fz * (plane(p + dz) - front);
  }

 private:
  const float* values_;
  Eigen::Vector3f origin_;
  Eigen::Vector3f inverse_;
  Eigen::Vector3f last_;
  std::ptrdiff_t stride_y_;
  std::ptrdiff_t stride_z_;
};

std::vector<PencilCone> pencil_cones(const PolyKernel& kernel, ConeQuality quality) {
  std::vector<PencilCone> cones;
  for (const ConeRing& ring : cone_rings(quality, kernel)) {
    PencilCone cone{};
    cone.cos_polar = static_cast<float>(ring.cos_polar);
    cone.sin_polar = static_cast<float>(std::sqrt(1 - ring.cos_polar * ring.cos_polar));
    for (int c = ring.first_cone; c < ring.last_cone; ++c) {
      const auto i = static_cast<std::size_t>(c);
      for (std::size_t j = 0; j < cone.primary.size(); ++j) {
        cone.primary[j] += static_cast<float>(kernel.primary[i][j] / num_sectors);
      }
      for (std::size_t j = 0; j < cone.scatter.size(); ++j) {
        cone.scatter[j] += static_cast<float>(kernel.scatter[i][j] / num_sectors);
      }
    }
    cones.push_back(cone);
  }
  return cones;
}

}  // namespace

BeamletDose::BeamletDose(std::shared_ptr<const PhotonPhysics> physics, const Config& config)
    : physics_(std::move(physics)),
      config_(config),
      cones_(pencil_cones(physics_->kernel, config.quality)),
      ring_edges_mm_(ring_edges(config.radius_mm)) {
  XINGU_EXPECT(config.sparse_one_in > 0 && (config.sparse_one_in & (config.sparse_one_in - 1)) == 0);
  XINGU_REQUIRE(config.beamlet_mm >= 1 && config.beamlet_mm <= 20,
                "beamlet size {} mm is out of range; give 1 to 20 mm", config.beamlet_mm);
  const std::size_t num_rings = ring_edges_mm_.size() - 1;
  for (std::size_t r = 0; r < num_rings; ++r) {
    const float r0 = ring_edges_mm_[r];
    const float r1 = ring_edges_mm_[r + 1];
    ring_middles_mm_.push_back(0.5F * (r0 + r1));
    // Dose falls about as 1/r²: rings are joined through r² times dose, with the ring's own mean of 1/r².
    ring_squares_mm2_.push_back(r > 0 ? (r1 * r1 - r0 * r0) / (2 * std::log(r1 / r0)) : 0.25F * r1 * r1);
  }
  const double b = config.beamlet_mm;
  node_pitch_mm_ = b / 3;  // the square's edge falls half-way between nodes
  const int half = static_cast<int>(std::ceil((0.5 * b + reach_beyond_square_mm) / node_pitch_mm_));
  num_nodes_ = 2 * half + 1;
  const double sigma = config.blur.at_isocentre_plane(800.0, 800.0);
  const double reach = std::numbers::sqrt2 * (half * node_pitch_mm_ + 0.5 * b + 3 * sigma);
  while (inner_rings_ < static_cast<int>(num_rings) &&
         static_cast<double>(ring_edges_mm_[static_cast<std::size_t>(inner_rings_)]) < reach) {
    ++inner_rings_;
  }
  const auto num_node_cells = static_cast<std::size_t>(num_nodes_ * num_nodes_);
  square_.assign(static_cast<std::size_t>(inner_rings_ * num_sectors) * num_node_cells, 0.0F);
  constexpr int sub_r = 6;
  constexpr int sub_phi = 10;
  for (int ring = 0; ring < inner_rings_; ++ring) {
    const double r0 = static_cast<double>(ring_edges_mm_[static_cast<std::size_t>(ring)]);
    const double r1 = static_cast<double>(ring_edges_mm_[static_cast<std::size_t>(ring) + 1]);
    for (int sector = 0; sector < num_sectors; ++sector) {
      float* row = &square_[static_cast<std::size_t>(ring * num_sectors + sector) * num_node_cells];
      for (int k = 0; k < sub_r * sub_phi; ++k) {
        const double r = std::sqrt(r0 * r0 + (r1 * r1 - r0 * r0) * (k % sub_r + 0.5) / sub_r);
        const double phi = sector_angle * (sector + (k / sub_r + 0.5) / sub_phi);
        const double area_cm2 = 0.01 * 0.5 * (r1 * r1 - r0 * r0) * sector_angle / (sub_r * sub_phi);
        for (int iy = 0; iy < num_nodes_; ++iy) {
          const double oy = open_fraction((iy - half) * node_pitch_mm_ - r * std::sin(phi), b, sigma);
          if (oy < 1e-6) {
            continue;
          }
          for (int ix = 0; ix < num_nodes_; ++ix) {
            row[iy * num_nodes_ + ix] += static_cast<float>(
                area_cm2 * oy * open_fraction((ix - half) * node_pitch_mm_ - r * std::cos(phi), b, sigma));
          }
        }
      }
    }
  }
}

struct BeamletDose::Beam::Axis {
  Vec3 source;
  Vec3 w;  ///< along the ray
  Vec3 u, v;
};

BeamletDose::Beam::Beam(const BeamletDose& parent, const DensityImage& image, const SpectralTable& table,
                        const SamplePoints& samples, const BeamGeometry& geometry)
    : parent_(parent), image_(image), table_(table), samples_(samples), geometry_(geometry), bin_mm_(10.0) {
  const Mat3 to_B = geometry.X_PB.rotation().transpose();
  const Vec3 isocentre = geometry.isocentre_P();
  const std::size_t n = samples.size();
  std::vector<Eigen::Vector2f> projected(n);
  Eigen::Vector2f low = Eigen::Vector2f::Constant(1e9F);
  Eigen::Vector2f high = Eigen::Vector2f::Constant(-1e9F);
  nearest_mm_ = 1e9;
  for (std::size_t i = 0; i < n; ++i) {
    const Vec3 p = to_B * (samples.position_mm[i].cast<double>() - isocentre);
    const double distance = geometry.sad_mm - p.z();
    const double scale = distance > 1 ? geometry.sad_mm / distance : 0.0;
    projected[i] = Eigen::Vector2f(static_cast<float>(p.x() * scale), static_cast<float>(p.y() * scale));
    low = low.cwiseMin(projected[i]);
    high = high.cwiseMax(projected[i]);
    nearest_mm_ = std::min(nearest_mm_, distance);
    farthest_mm_ = std::max(farthest_mm_, distance);
  }
  bin_x0_ = static_cast<double>(low.x());
  bin_y0_ = static_cast<double>(low.y());
  bins_x_ = n > 0 ? static_cast<int>((high.x() - low.x()) / bin_mm_) + 1 : 0;
  bins_y_ = n > 0 ? static_cast<int>((high.y() - low.y()) / bin_mm_) + 1 : 0;
  const auto bin_of = [&](const Eigen::Vector2f& q) {
    return static_cast<std::size_t>((static_cast<double>(q.y()) - bin_y0_) / bin_mm_) *
               static_cast<std::size_t>(bins_x_) +
           static_cast<std::size_t>((static_cast<double>(q.x()) - bin_x0_) / bin_mm_);
  };
  bin_start_.assign(static_cast<std::size_t>(bins_x_) * static_cast<std::size_t>(bins_y_) + 1, 0);
  for (const auto& q : projected) {
    ++bin_start_[bin_of(q) + 1];
  }
  for (std::size_t b = 1; b < bin_start_.size(); ++b) {
    bin_start_[b] += bin_start_[b - 1];
  }
  bin_rows_.resize(n);
  std::vector<std::uint32_t> next(bin_start_.begin(), bin_start_.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    bin_rows_[next[bin_of(projected[i])]++] = static_cast<std::uint32_t>(i);
  }
  mesh_.ring_edges_mm = parent.ring_edges_mm_;
  mesh_.slab_mm = static_cast<float>(parent.config_.slab_mm);
}

void BeamletDose::Beam::lay_mesh(const Axis& axis) {
  // Slabs from where the ray enters the image to where the last sample or the image ends.
  double entry = 1e9;
  double exit = 0.0;
  double travelled = 0.0;
  const Grid& grid = image_.density.grid();
  const Vec3 far = axis.source + (farthest_mm_ + 150.0) * axis.w;
  const double before = distance_to_grid(grid, axis.source, axis.w);
  trace_ray(grid, axis.source, far, [&](std::size_t voxel, double length_mm) {
    if (image_.density[voxel] > 0.02F) {
      entry = std::min(entry, before + travelled);
      exit = before + travelled + length_mm;
    }
    travelled += length_mm;
    return true;
  });
  const double slab = parent_.config_.slab_mm;
  first_mm_ = std::max(1.0, entry - 2 * slab);
  const double last = std::min(exit + 2 * slab, farthest_mm_ * 1.02 + 30.0);
  const int num_slabs = last > first_mm_ ? static_cast<int>(std::ceil((last - first_mm_) / slab)) : 0;
  mesh_.magnification.resize(static_cast<std::size_t>(num_slabs));
  const double sad = geometry_.sad_mm;
  const int num_rings = mesh_.num_rings();
  density_.resize(mesh_.num_cells());
  std::array<Eigen::Vector3f, num_sectors> outwards;
  for (std::size_t s = 0; s < num_sectors; ++s) {
    const double angle = sector_angle * (static_cast<double>(s) + 0.5);
    outwards[s] = (std::cos(angle) * axis.u + std::sin(angle) * axis.v).cast<float>();
  }
  const DensitySampler density(image_.density);
  std::size_t cell = 0;
  for (int k = 0; k < num_slabs; ++k) {
    const double distance = first_mm_ + (k + 0.5) * slab;
    const auto scale = static_cast<float>(distance / sad);
    mesh_.magnification[static_cast<std::size_t>(k)] = scale;
    const Eigen::Vector3f centre = (axis.source + distance * axis.w).cast<float>();
    const float at_axis = density(centre);
    for (int r = 0; r < num_rings; ++r) {
      const float radius = parent_.ring_middles_mm_[static_cast<std::size_t>(r)] * scale;
      for (std::size_t s = 0; s < num_sectors; ++s, ++cell) {
        // The innermost rings are finer than any CT: they share the axis's density.
        density_[cell] = r < 1 ? at_axis : density(centre + radius * outwards[s]);
      }
    }
  }
}

float BeamletDose::Beam::dose_at(const Axis& axis, const Vec3& point) const {
  const Vec3 local = point - axis.source;
  const double along = local.dot(axis.w);
  const double slabs = (along - first_mm_) / parent_.config_.slab_mm - 0.5;
  const int num_slabs = mesh_.num_slabs();
  if (!(slabs > -0.5 && slabs < num_slabs - 0.5)) {
    return 0.0F;
  }
  const double clamped = std::clamp(slabs, 0.0, num_slabs - 1.0);
  const int k0 = std::min(static_cast<int>(clamped), std::max(0, num_slabs - 2));
  const auto fk = static_cast<float>(clamped - k0);
  const std::size_t next_slab = num_slabs > 1 ? 1 : 0;
  const double scale = geometry_.sad_mm / along;
  const double x = local.dot(axis.u) * scale;
  const double y = local.dot(axis.v) * scale;
  const int half = parent_.num_nodes_ / 2;
  const double limit = half * parent_.node_pitch_mm_;
  if (std::abs(x) < limit && std::abs(y) < limit) {
    const double cx = x / parent_.node_pitch_mm_ + half;
    const double cy = y / parent_.node_pitch_mm_ + half;
    const int ix = std::min(static_cast<int>(cx), parent_.num_nodes_ - 2);
    const int iy = std::min(static_cast<int>(cy), parent_.num_nodes_ - 2);
    const auto fx = static_cast<float>(cx - ix);
    const auto fy = static_cast<float>(cy - iy);
    const auto nodes = static_cast<std::size_t>(parent_.num_nodes_ * parent_.num_nodes_);
    const float* a =
        &inner_[static_cast<std::size_t>(k0) * nodes + static_cast<std::size_t>(iy * parent_.num_nodes_ + ix)];
    const auto plane = [&](const float* p) {
      const float* q = p + parent_.num_nodes_;
      return (1 - fy) * ((1 - fx) * p[0] + fx * p[1]) + fy * ((1 - fx) * q[0] + fx * q[1]);
    };
    return (1 - fk) * plane(a) + fk * plane(a + next_slab * nodes);
  }
  const double r = std::hypot(x, y);
  const auto& middles = parent_.ring_middles_mm_;
  const auto num_rings = static_cast<int>(middles.size());
  if (r >= static_cast<double>(parent_.ring_edges_mm_.back())) {
    return 0.0F;
  }
  const auto upper = std::upper_bound(middles.begin(), middles.end(), static_cast<float>(r)) - middles.begin();
  const int r1 = std::min(static_cast<int>(upper), num_rings - 1);
  const int r0 = std::max(0, r1 - 1);
  const float span = middles[static_cast<std::size_t>(r1)] - middles[static_cast<std::size_t>(r0)];
  const float fr =
      span > 0 ? std::clamp((static_cast<float>(r) - middles[static_cast<std::size_t>(r0)]) / span, 0.0F, 1.0F) : 0.0F;
  const float inner_weight = (1 - fr) * parent_.ring_squares_mm2_[static_cast<std::size_t>(r0)];
  const float outer_weight = fr * parent_.ring_squares_mm2_[static_cast<std::size_t>(r1)];
  double turn = std::atan2(y, x) / sector_angle - 0.5;
  turn = turn < 0 ? turn + num_sectors : turn;
  const int s0 = static_cast<int>(turn) % num_sectors;
  const int s1 = (s0 + 1) % num_sectors;
  const auto fs = static_cast<float>(turn - std::floor(turn));
  const auto slab_cells = static_cast<std::size_t>(num_rings * num_sectors);
  const auto plane = [&](std::size_t k) {
    const float* p = &deposit_[k * slab_cells];
    const float* inner = p + r0 * num_sectors;
    const float* outer = p + r1 * num_sectors;
    const float m = mesh_.magnification[k];
    return (inner_weight * ((1 - fs) * inner[s0] + fs * inner[s1]) +
            outer_weight * ((1 - fs) * outer[s0] + fs * outer[s1])) *
           m * m;
  };
  const auto area_cm2 = static_cast<float>(0.01 * parent_.config_.beamlet_mm * parent_.config_.beamlet_mm / (r * r));
  const auto k = static_cast<std::size_t>(k0);
  return area_cm2 * ((1 - fk) * plane(k) + fk * plane(k + next_slab));
}

std::span<const MatrixEntry> BeamletDose::Beam::compute(const Beamlet& beamlet, std::uint64_t stream) {
  entries_.clear();
  const Mat3 rotation = geometry_.X_PB.rotation();
  Axis axis;
  axis.source = geometry_.source_P();
  const Vec3 target =
      geometry_.X_PB.matrix() * Vec3(static_cast<double>(beamlet.x_mm), static_cast<double>(beamlet.y_mm), 0);
  const double to_plane = (target - axis.source).norm();
  axis.w = (target - axis.source) / to_plane;
  axis.u = (rotation.col(0) - rotation.col(0).dot(axis.w) * axis.w).normalized();
  axis.v = (rotation.col(1) - rotation.col(1).dot(axis.w) * axis.w - rotation.col(1).dot(axis.u) * axis.u).normalized();
  lay_mesh(axis);
  const int num_slabs = mesh_.num_slabs();
  if (num_slabs == 0) {
    return {};
  }
  const double slab_mm = parent_.config_.slab_mm;
  const double tangent =
      std::hypot(static_cast<double>(beamlet.x_mm), static_cast<double>(beamlet.y_mm)) / geometry_.sad_mm;
  trace_terma(image_, table_, axis.source, axis.w, first_mm_, slab_mm, num_slabs, terma_,
              energy_fluence_at(table_, tangent));
  const int num_rings = mesh_.num_rings();
  const auto slab_cells = static_cast<std::size_t>(num_rings * num_sectors);
  primary_.resize(static_cast<std::size_t>(num_slabs));
  scatter_.resize(static_cast<std::size_t>(num_slabs));
  for (std::size_t k = 0; k < primary_.size(); ++k) {
    // Released per cm² across the ray: TERMA times the slab's g/cm², thinned by the inverse square.
    const float m = mesh_.magnification[k];
    const float mass = density_[k * slab_cells] * static_cast<float>(0.1 * slab_mm) / (m * m);
    primary_[k] = terma_.primary[k] * mass;
    scatter_[k] = terma_.scatter[k] * mass;
  }
  deposit_.assign(mesh_.num_cells(), 0.0F);
  march_pencil(mesh_, parent_.cones_, density_, primary_, scatter_, deposit_);
  // Energy to dose per cm² of fluence: divide by the cells' masses.
  const auto& edges = parent_.ring_edges_mm_;
  for (std::size_t k = 0; k < primary_.size(); ++k) {
    const float m = mesh_.magnification[k];
    for (std::size_t r = 0; r < static_cast<std::size_t>(num_rings); ++r) {
      const float area_cm2 =
          static_cast<float>(0.01 * 0.5 * sector_angle) * (edges[r + 1] * edges[r + 1] - edges[r] * edges[r]) * m * m;
      const float inverse = static_cast<float>(gray_per_MeV_per_g / (0.1 * slab_mm)) / area_cm2;
      for (std::size_t s = 0; s < num_sectors; ++s) {
        const std::size_t c = k * slab_cells + r * num_sectors + s;
        deposit_[c] = density_[c] > 5e-4F ? deposit_[c] / density_[c] * inverse : 0.0F;
      }
    }
  }
  inner_.resize(static_cast<std::size_t>(num_slabs) *
                static_cast<std::size_t>(parent_.num_nodes_ * parent_.num_nodes_));
  average_pencils(mesh_, parent_.inner_rings_, deposit_, parent_.square_, inner_);
  const double reach = parent_.config_.radius_mm;
  const int x0 = std::max(0, static_cast<int>((static_cast<double>(beamlet.x_mm) - reach - bin_x0_) / bin_mm_));
  const int x1 =
      std::min(bins_x_ - 1, static_cast<int>((static_cast<double>(beamlet.x_mm) + reach - bin_x0_) / bin_mm_));
  const int y0 = std::max(0, static_cast<int>((static_cast<double>(beamlet.y_mm) - reach - bin_y0_) / bin_mm_));
  const int y1 =
      std::min(bins_y_ - 1, static_cast<int>((static_cast<double>(beamlet.y_mm) + reach - bin_y0_) / bin_mm_));
  const double far = parent_.config_.sparse_beyond_mm;
  for (int y = y0; y <= y1; ++y) {
    for (int x = x0; x <= x1; ++x) {
      const double dx = std::max({0.0, bin_x0_ + x * bin_mm_ - static_cast<double>(beamlet.x_mm),
                                  static_cast<double>(beamlet.x_mm) - bin_x0_ - (x + 1) * bin_mm_});
      const double dy = std::max({0.0, bin_y0_ + y * bin_mm_ - static_cast<double>(beamlet.y_mm),
                                  static_cast<double>(beamlet.y_mm) - bin_y0_ - (y + 1) * bin_mm_});
      const double nearest = std::hypot(dx, dy);
      if (nearest > reach) {
        continue;
      }
      // Whole bins count as far or near. Of a far bin every n-th sample is taken from a random start: systematic
      // sampling, unbiased because every sample is as likely as any other.
      const auto bin = static_cast<std::size_t>(y) * static_cast<std::size_t>(bins_x_) + static_cast<std::size_t>(x);
      const std::uint32_t step = nearest > far ? parent_.config_.sparse_one_in : 1;
      const auto weight = static_cast<float>(step);
      const auto offset =
          static_cast<std::uint32_t>(mixed(stream ^ (static_cast<std::uint64_t>(bin) << 40))) & (step - 1);
      for (std::uint32_t i = bin_start_[bin] + offset; i < bin_start_[bin + 1]; i += step) {
        const std::uint32_t row = bin_rows_[i];
        const float dose = dose_at(axis, samples_.position_mm[row].cast<double>());
        if (dose > 0) {
          entries_.push_back({row, dose * weight});
        }
      }
    }
  }
  std::ranges::sort(entries_, {}, &MatrixEntry::row);
  return entries_;
}

}  // namespace xingu
