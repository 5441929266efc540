// SPDX-License-Identifier: Apache-2.0
#include "dose/beam_aligned_field.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/parallel.h"

namespace xingu {
namespace {

/// Rays of one bundle, in pitches from its middle: four, since one line through a voxelised edge sees it up to half a
/// voxel too near or too far.
constexpr std::array<std::array<double, 2>, 4> bundle{{{-0.25, -0.25}, {0.25, -0.25}, {-0.25, 0.25}, {0.25, 0.25}}};
constexpr float least_density = 5e-4F;  // g/cm³: below half of air's is vacuum
constexpr int most_points_of_side = 4;

struct Box {
  Vec3 lower = Vec3::Constant(1e30);
  Vec3 upper = Vec3::Constant(-1e30);

  void include(const Vec3& p) {
    lower = lower.cwiseMin(p);
    upper = upper.cwiseMax(p);
  }
};

/// Box of everything denser than air in frame P, by voxel faces.
Box body_box(const DensityImage& image) {
  const Grid& grid = image.density.grid();
  Box box;
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      const float* row = &image.density.values()[grid.index(0, y, z)];
      for (int x = 0; x < grid.nx(); ++x) {
        if (row[x] > 0.02F) {
          box.include(grid.centre(x, y, z) - 0.5 * grid.spacing);
          box.include(grid.centre(x, y, z) + 0.5 * grid.spacing);
        }
      }
    }
  }
  return box;
}

Box open_field(const FluenceMap& fluence) {
  Box box;
  for (int y = 0; y < fluence.ny; ++y) {
    for (int x = 0; x < fluence.nx; ++x) {
      if (fluence.at(x, y) > 0) {
        const Vec3 centre(fluence.x0_mm + x * fluence.pixel_mm, fluence.y0_mm + y * fluence.pixel_mm, 0);
        box.include(centre - Vec3(0.5, 0.5, 0) * fluence.pixel_mm);
        box.include(centre + Vec3(0.5, 0.5, 0) * fluence.pixel_mm);
      }
    }
  }
  return box;
}

/// Places one axis of the grid: covers [low, high] and has `anchor` among its voxel centres.
void place_axis(BeamAlignedGrid& grid, std::size_t axis, double low, double high, double anchor) {
  const double h = grid.spacing_mm[axis];
  const double first = std::floor((low - anchor) / h + 0.5 + 1e-6);
  const double last = std::ceil((high - anchor) / h - 0.5 - 1e-6);
  grid.origin_mm[axis] = anchor + first * h;
  grid.size[axis] = std::max(1, static_cast<int>(last - first) + 1);
}

/// A fluence map blurred by a Gaussian, with sums that give exact means over rectangles.
class FluenceIntegral {
 public:
  FluenceIntegral(const FluenceMap& map, double sigma_mm) : map_(map) {
    const int reach = static_cast<int>(std::ceil(4 * sigma_mm / map.pixel_mm));
    nx_ = map.nx + 2 * reach;
    ny_ = map.ny + 2 * reach;
    x_low_ = map.x0_mm - (reach + 0.5) * map.pixel_mm;
    y_low_ = map.y0_mm - (reach + 0.5) * map.pixel_mm;
    std::vector<double> kernel(static_cast<std::size_t>(2 * reach + 1), 0.0);
    double sum = 0.0;
    for (int k = -reach; k <= reach; ++k) {
      // Mass of the Gaussian in the pixel, so that narrow kernels stay normalised and exact in mean.
      const double a = (k - 0.5) * map.pixel_mm;
      const double b = (k + 0.5) * map.pixel_mm;
      const double mass =
          reach == 0 ? 1.0 : 0.5 * (std::erf(b / (sigma_mm * M_SQRT2)) - std::erf(a / (sigma_mm * M_SQRT2)));
      kernel[static_cast<std::size_t>(k + reach)] = mass;
      sum += mass;
    }
    std::vector<double> rows(static_cast<std::size_t>(nx_) * static_cast<std::size_t>(map.ny), 0.0);
    for (int y = 0; y < map.ny; ++y) {
      for (int x = 0; x < map.nx; ++x) {
        const double value = static_cast<double>(map.at(x, y)) / (sum * sum);
        if (value != 0) {
          for (std::size_t k = 0; k < kernel.size(); ++k) {
            rows[static_cast<std::size_t>(y * nx_ + x) + k] += value * kernel[k];
          }
        }
      }
    }
    // integral_[y][x] = integral over all pixels before (x, y).
    integral_.assign(static_cast<std::size_t>(nx_ + 1) * static_cast<std::size_t>(ny_ + 1), 0.0);
    std::vector<double> line(static_cast<std::size_t>(nx_));
    for (int y = 0; y < ny_; ++y) {
      std::fill(line.begin(), line.end(), 0.0);
      for (int k = 0; k <= 2 * reach; ++k) {
        const int source = y - k;
        if (source >= 0 && source < map.ny) {
          for (int x = 0; x < nx_; ++x) {
            line[static_cast<std::size_t>(x)] +=
                kernel[static_cast<std::size_t>(k)] * rows[static_cast<std::size_t>(source * nx_ + x)];
          }
        }
      }
      double running = 0.0;
      for (int x = 0; x < nx_; ++x) {
        running += line[static_cast<std::size_t>(x)];
        integral_[index(x + 1, y + 1)] = integral_[index(x + 1, y)] + running;
      }
    }
  }

  /// Mean over a rectangle in the isocentre plane.
  [[nodiscard]] double mean(double x_low, double x_high, double y_low, double y_high) const {
    const double total = at(x_high, y_high) - at(x_low, y_high) - at(x_high, y_low) + at(x_low, y_low);
    return std::max(0.0, total * map_.pixel_mm * map_.pixel_mm / ((x_high - x_low) * (y_high - y_low)));
  }

 private:
  [[nodiscard]] std::size_t index(int x, int y) const {
    return static_cast<std::size_t>(y) * static_cast<std::size_t>(nx_ + 1) + static_cast<std::size_t>(x);
  }
  [[nodiscard]] double at(double x, double y) const {
    const double cx = std::clamp((x - x_low_) / map_.pixel_mm, 0.0, static_cast<double>(nx_));
    const double cy = std::clamp((y - y_low_) / map_.pixel_mm, 0.0, static_cast<double>(ny_));
    const int ix = std::min(static_cast<int>(cx), nx_ - 1);
    const int iy = std::min(static_cast<int>(cy), ny_ - 1);
    const double fx = cx - ix;
    const double fy = cy - iy;
    return (1 - fy) * ((1 - fx) * integral_[index(ix, iy)] + fx * integral_[index(ix + 1, iy)]) +
           fy * ((1 - fx) * integral_[index(ix, iy + 1)] + fx * integral_[index(ix + 1, iy + 1)]);
  }

  const FluenceMap& map_;
  int nx_ = 0;
  int ny_ = 0;
  double x_low_ = 0.0;
  double y_low_ = 0.0;
  std::vector<double> integral_;
};

/// TERMA per mass and unit fluence on a lattice of narrow bundles of rays through the isocentre plane.
struct RayLattice {
  int nx = 0;
  int ny = 0;
  double pitch_mm = 0.0;
  double x0_mm = 0.0;
  double y0_mm = 0.0;
  std::vector<float> primary;  ///< [nw, ny, nx]
  std::vector<float> scatter;

  [[nodiscard]] std::pair<float, float> at(int w, double x, double y) const {
    const double cx = std::clamp((x - x0_mm) / pitch_mm, 0.0, nx - 1.0);
    const double cy = std::clamp((y - y0_mm) / pitch_mm, 0.0, ny - 1.0);
    const int ix = std::min(static_cast<int>(cx), std::max(0, nx - 2));
    const int iy = std::min(static_cast<int>(cy), std::max(0, ny - 2));
    const auto fx = static_cast<float>(cx - ix);
    const auto fy = static_cast<float>(cy - iy);
    const std::size_t dx = nx > 1 ? 1 : 0;
    const std::size_t dy = ny > 1 ? static_cast<std::size_t>(nx) : 0;
    const std::size_t base =
        (static_cast<std::size_t>(w) * static_cast<std::size_t>(ny) + static_cast<std::size_t>(iy)) *
            static_cast<std::size_t>(nx) +
        static_cast<std::size_t>(ix);
    const auto mix = [&](const std::vector<float>& v) {
      return (1 - fy) * ((1 - fx) * v[base] + fx * v[base + dx]) +
             fy * ((1 - fx) * v[base + dy] + fx * v[base + dy + dx]);
    };
    return {mix(primary), mix(scatter)};
  }
};

RayLattice trace_lattice(const DensityImage& image, const SpectralTable& table, const BeamAlignedField& field,
                         const Box& open, double pitch_mm) {
  const BeamAlignedGrid& grid = field.grid;
  const double sad = -grid.source_w_mm;
  RayLattice lattice;
  lattice.pitch_mm = pitch_mm;
  lattice.nx = static_cast<int>(std::ceil((open.upper.x() - open.lower.x()) / pitch_mm)) + 1;
  lattice.ny = static_cast<int>(std::ceil((open.upper.y() - open.lower.y()) / pitch_mm)) + 1;
  lattice.x0_mm = 0.5 * (open.lower.x() + open.upper.x()) - 0.5 * (lattice.nx - 1) * pitch_mm;
  lattice.y0_mm = 0.5 * (open.lower.y() + open.upper.y()) - 0.5 * (lattice.ny - 1) * pitch_mm;
  const auto num_rays = static_cast<std::size_t>(lattice.nx) * static_cast<std::size_t>(lattice.ny);
  const int nw = grid.size[2];
  lattice.primary.resize(num_rays * static_cast<std::size_t>(nw));
  lattice.scatter.resize(lattice.primary.size());
  const Vec3 source = field.isocentre_P + grid.source_w_mm * field.axes_P.col(2);
  const double first_w = grid.origin_mm[2] - 0.5 * grid.spacing_mm[2] - grid.source_w_mm;
  parallel_for(static_cast<std::size_t>(lattice.ny), [&](std::size_t y) {
    RayTerma ray;
    for (int x = 0; x < lattice.nx; ++x) {
      const auto along = [&](double dx, double dy) {
        return Vec3((lattice.x0_mm + (x + dx) * pitch_mm) / sad,
                    (lattice.y0_mm + (static_cast<double>(y) + dy) * pitch_mm) / sad, 1.0);
      };
      const Vec3 middle = along(0, 0);
      const double stretch = middle.norm();
      std::array<Vec3, bundle.size()> directions;
      std::ranges::transform(bundle, directions.begin(), [&](const std::array<double, 2>& shift) {
        return Vec3(field.axes_P * along(shift[0], shift[1]).normalized());
      });
      trace_terma(image, table, source, directions, first_w * stretch, grid.spacing_mm[2] * stretch, nw, ray,
                  energy_fluence_at(table, std::hypot(middle.x(), middle.y())));
      for (int w = 0; w < nw; ++w) {
        const std::size_t i = static_cast<std::size_t>(w) * num_rays + y * static_cast<std::size_t>(lattice.nx) +
                              static_cast<std::size_t>(x);
        lattice.primary[i] = ray.primary[static_cast<std::size_t>(w)];
        lattice.scatter[i] = ray.scatter[static_cast<std::size_t>(w)];
      }
    }
  });
  return lattice;
}

/// Points that share a cell of side 1 about 0 evenly: [num[0] · num[1] · num[2]], the first axis running fastest.
std::vector<Vec3> points_of_cell(const std::array<int, 3>& num) {
  std::vector<Vec3> points;
  for (int k = 0; k < num[0] * num[1] * num[2]; ++k) {
    points.emplace_back((k % num[0] + 0.5) / num[0] - 0.5, (k / num[0] % num[1] + 0.5) / num[1] - 0.5,
                        (k / num[0] / num[1] + 0.5) / num[2] - 0.5);
  }
  return points;
}

void sample_density(const DensityImage& image, BeamAlignedField& field) {
  const BeamAlignedGrid& grid = field.grid;
  const Grid& from = image.density.grid();
  field.density.resize(grid.num_voxels());
  std::array<int, 3> sub{};
  std::ranges::transform(grid.spacing_mm, sub.begin(), [&](double spacing_mm) {
    return std::clamp(static_cast<int>(std::ceil(spacing_mm / from.spacing.minCoeff() - 0.01)), 1, 3);
  });
  const std::vector<Vec3> shifts = points_of_cell(sub);
  parallel_for(static_cast<std::size_t>(grid.size[2]), [&](std::size_t w) {
    std::size_t i = w * static_cast<std::size_t>(grid.size[0]) * static_cast<std::size_t>(grid.size[1]);
    for (int v = 0; v < grid.size[1]; ++v) {
      for (int u = 0; u < grid.size[0]; ++u, ++i) {
        double sum = 0.0;
        for (const Vec3& shift : shifts) {
          const Vec3 local(grid.origin_mm[0] + (u + shift[0]) * grid.spacing_mm[0],
                           grid.origin_mm[1] + (v + shift[1]) * grid.spacing_mm[1],
                           grid.origin_mm[2] + (static_cast<double>(w) + shift[2]) * grid.spacing_mm[2]);
          sum += interpolate(image.density, field.isocentre_P + field.axes_P * local);
        }
        field.density[i] = static_cast<float>(sum / static_cast<double>(shifts.size()));
      }
    }
  });
}

void release_energy(const FluenceMap& fluence, const SourceBlur& blur, const RayLattice& lattice,
                    BeamAlignedField& field) {
  const BeamAlignedGrid& grid = field.grid;
  const double sad = -grid.source_w_mm;
  field.primary.assign(grid.num_voxels(), 0.0F);
  field.scatter.assign(grid.num_voxels(), 0.0F);
  const double voxel_cm3 = 1e-3 * grid.spacing_mm[0] * grid.spacing_mm[1] * grid.spacing_mm[2];
  const FluenceIntegral sharp(fluence, 0.0);
  parallel_for(static_cast<std::size_t>(grid.size[2]), [&](std::size_t w) {
    const double distance = grid.origin_mm[2] + static_cast<double>(w) * grid.spacing_mm[2] - grid.source_w_mm;
    const double scale = sad / distance;
    const double sigma = blur.at_isocentre_plane(distance, sad);
    const FluenceIntegral blurred = sigma > 0.05 * fluence.pixel_mm ? FluenceIntegral(fluence, sigma) : sharp;
    const double hx = 0.5 * grid.spacing_mm[0] * scale;
    const double hy = 0.5 * grid.spacing_mm[1] * scale;
    std::size_t i = w * static_cast<std::size_t>(grid.size[0]) * static_cast<std::size_t>(grid.size[1]);
    for (int v = 0; v < grid.size[1]; ++v) {
      const double y = (grid.origin_mm[1] + v * grid.spacing_mm[1]) * scale;
      for (int u = 0; u < grid.size[0]; ++u, ++i) {
        const double x = (grid.origin_mm[0] + u * grid.spacing_mm[0]) * scale;
        const double mean = blurred.mean(x - hx, x + hx, y - hy, y + hy);
        if (mean > 0) {
          const auto factor = static_cast<float>(mean * scale * scale * voxel_cm3) * field.density[i];
          const auto [primary, scatter] = lattice.at(static_cast<int>(w), x, y);
          field.primary[i] = factor * primary;
          field.scatter[i] = factor * scatter;
        }
      }
    }
  });
}

/// Points of a dose voxel about its centre, in the beam's axes, mm: as many along each side as voxels of the beam's
/// grid, across the beam, fit into it. One point where the dose grid is as fine as the beam's.
std::vector<Vec3> points_of_voxel(const BeamAlignedField& field, const Grid& target) {
  const double across_mm = std::min(field.grid.spacing_mm[0], field.grid.spacing_mm[1]);
  std::array<int, 3> num{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double voxels = target.spacing[static_cast<Eigen::Index>(a)] / across_mm;
    num[a] = std::clamp(static_cast<int>(std::ceil(voxels - 0.01)), 1, most_points_of_side);
  }
  std::vector<Vec3> points = points_of_cell(num);
  for (Vec3& point : points) {
    point = field.axes_P.transpose() * point.cwiseProduct(target.spacing);
  }
  return points;
}

struct EnergyAndMass {
  float energy = 0.0F;  ///< MeV cm² per voxel of the beam's grid
  float mass = 0.0F;    ///< g/cm³
};

/// Adds the trilinear energy and mass at a point of the beam's axes; nothing beyond the grid.
void add_at(const BeamAlignedField& field, const std::vector<float>& deposited_MeV, const Vec3& local,
            EnergyAndMass& sum) {
  const BeamAlignedGrid& grid = field.grid;
  const std::array<std::size_t, 3> stride{
      1, static_cast<std::size_t>(grid.size[0]),
      static_cast<std::size_t>(grid.size[0]) * static_cast<std::size_t>(grid.size[1])};
  std::size_t base = 0;
  std::array<float, 3> f{};
  std::array<std::size_t, 3> next{};
  for (std::size_t a = 0; a < 3; ++a) {
    const double c = (local[static_cast<Eigen::Index>(a)] - grid.origin_mm[a]) / grid.spacing_mm[a];
    const double limit = grid.size[a] - 1;
    if (!(c >= -0.5 && c <= limit + 0.5)) {
      return;
    }
    const double clamped = std::clamp(c, 0.0, limit);
    const auto i = static_cast<std::size_t>(std::min(clamped, std::max(0.0, limit - 1)));
    base += i * stride[a];
    f[a] = static_cast<float>(clamped - static_cast<double>(i));
    next[a] = grid.size[a] > 1 ? stride[a] : 0;
  }
  for (unsigned corner = 0; corner < 8; ++corner) {
    std::size_t i = base;
    float weight = 1.0F;
    for (std::size_t a = 0; a < 3; ++a) {
      const bool is_far = ((corner >> a) & 1U) != 0;
      i += is_far ? next[a] : 0;
      weight *= is_far ? f[a] : 1 - f[a];
    }
    sum.energy += weight * deposited_MeV[i];
    sum.mass += weight * field.density[i];
  }
}

}  // namespace

double largest_tilt(const BeamAlignedGrid& grid) {
  double largest = 0.0;
  for (std::size_t a = 0; a < 2; ++a) {
    const double first = grid.origin_mm[a];
    const double last = first + (grid.size[a] - 1) * grid.spacing_mm[a];
    largest = std::max({largest, std::abs(first), std::abs(last)});
  }
  return largest / std::max(1.0, grid.origin_mm[2] - grid.source_w_mm);
}

BeamAlignedField make_beam_aligned_field(const DensityImage& image, const SpectralTable& table,
                                         const BeamGeometry& geometry, const FluenceMap& fluence,
                                         const SourceBlur& blur, const BeamSpacing& spacing, double margin_mm) {
  const Box open = open_field(fluence);
  XINGU_REQUIRE(open.lower.x() < open.upper.x(), "the field is closed (no fluence, so no dose); open it");
  const Box body = body_box(image);
  XINGU_REQUIRE(body.lower.x() < body.upper.x(),
                "the patient holds nothing denser than air (no dose to compute); check the CT");

  BeamAlignedField field;
  const Mat3 rotation = geometry.X_PB.rotation();
  field.axes_P.col(0) = rotation.col(0);
  field.axes_P.col(1) = -rotation.col(1);  // keeps (u, v, w) right-handed with w = −Z of frame B
  field.axes_P.col(2) = -rotation.col(2);
  field.isocentre_P = geometry.isocentre_P();
  Box local;
  for (int corner = 0; corner < 8; ++corner) {
    const Vec3 p((corner & 1) != 0 ? body.upper.x() : body.lower.x(),
                 (corner & 2) != 0 ? body.upper.y() : body.lower.y(),
                 (corner & 4) != 0 ? body.upper.z() : body.lower.z());
    local.include(field.axes_P.transpose() * (p - field.isocentre_P));
  }
  BeamAlignedGrid& grid = field.grid;
  grid.spacing_mm = {spacing.across_mm, spacing.across_mm, spacing.along_mm};
  grid.source_w_mm = -geometry.sad_mm;
  XINGU_REQUIRE(local.lower.z() > grid.source_w_mm + 50,
                "the source stands {:.0f} mm from the body's box (it needs 50 mm); check the isocentre",
                local.lower.z() - grid.source_w_mm);
  // Magnification at the far side bounds the field anywhere in the body.
  const double magnification = (local.upper.z() - grid.source_w_mm) / geometry.sad_mm;
  const Vec3 anchor = field.axes_P.transpose() * (image.density.grid().origin - field.isocentre_P);
  const Vec3 field_lower(open.lower.x(), -open.upper.y(), 0);
  const Vec3 field_upper(open.upper.x(), -open.lower.y(), 0);
  for (std::size_t a = 0; a < 3; ++a) {
    const auto e = static_cast<Eigen::Index>(a);
    double low = local.lower[e];
    double high = local.upper[e];
    if (a < 2) {
      low = std::max(low, std::min(field_lower[e], field_lower[e] * magnification) - margin_mm);
      high = std::min(high, std::max(field_upper[e], field_upper[e] * magnification) + margin_mm);
    }
    XINGU_REQUIRE(low < high,
                  "the field misses the body (no dose would come of it); check the isocentre and the leaves");
    place_axis(grid, a, low, high, anchor[e]);
  }
  XINGU_REQUIRE(grid.num_voxels() < 400'000'000,
                "the dose grid of one beam has {} voxels (too many for memory); use a coarser spacing",
                grid.num_voxels());

  // Frame (u, v) has v = −Y of frame B; the map's rows turn with it.
  FluenceMap turned = fluence;
  turned.y0_mm = -(fluence.y0_mm + (fluence.ny - 1) * fluence.pixel_mm);
  for (int y = 0; y < fluence.ny; ++y) {
    for (int x = 0; x < fluence.nx; ++x) {
      turned.at(x, y) = fluence.at(x, fluence.ny - 1 - y);
    }
  }
  Box turned_open = open;
  turned_open.lower.y() = -open.upper.y();
  turned_open.upper.y() = -open.lower.y();
  sample_density(image, field);
  const RayLattice lattice = trace_lattice(image, table, field, turned_open, std::min(spacing.along_mm, 2.5));
  release_energy(turned, blur, lattice, field);
  return field;
}

Volume<float> dose_on_grid(const BeamAlignedField& field, const std::vector<float>& deposited_MeV, const Grid& target) {
  const BeamAlignedGrid& grid = field.grid;
  Volume<float> dose(target);
  const double inverse_cm3 = 1e3 / (grid.spacing_mm[0] * grid.spacing_mm[1] * grid.spacing_mm[2]);
  const auto gray = static_cast<float>(gray_per_MeV_per_g * inverse_cm3);
  const Mat3 to_local = field.axes_P.transpose();
  const Vec3 step = to_local.col(0) * target.spacing.x();
  const std::vector<Vec3> points = points_of_voxel(field, target);
  const float least_mass = least_density * static_cast<float>(points.size());
  parallel_for(static_cast<std::size_t>(target.nz()), [&](std::size_t z) {
    for (int y = 0; y < target.ny(); ++y) {
      Vec3 local = to_local * (target.centre(0, y, static_cast<int>(z)) - field.isocentre_P);
      float* out = &dose.values()[target.index(0, y, static_cast<int>(z))];
      for (int x = 0; x < target.nx(); ++x, local += step) {
        EnergyAndMass sum;
        for (const Vec3& point : points) {
          add_at(field, deposited_MeV, local + point, sum);
        }
        out[x] = sum.mass > least_mass ? std::max(0.0F, sum.energy / sum.mass * gray) : 0.0F;
      }
    }
  });
  return dose;
}

}  // namespace xingu
