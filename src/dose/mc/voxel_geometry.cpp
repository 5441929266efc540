// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/voxel_geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "dose/mc/electron_walk.h"

namespace xingu::mc {
namespace {

constexpr float flattest = 1e-9F;
constexpr std::size_t pieces_ahead = 12;  // of a path, whose scores are fetched before they are added to

float away_from_zero(float x) { return std::copysign(std::fabs(x) + flattest, x); }

/// e^−x − 1 for small x ≥ 0, without a call.
float decay(float x) {
  return x < 0.1F ? -x * (1.0F - x * (0.5F - x * (1.0F / 6.0F - x * (1.0F / 24.0F - x * (1.0F / 120.0F)))))
                  : std::expm1(-x);
}

}  // namespace

VoxelGeometry::VoxelGeometry(const VoxelMedium& medium, std::vector<float>& score, const WaterRatio* water_ratio)
    : medium_(medium), score_(score), water_ratio_(water_ratio) {
  XINGU_EXPECT(score.size() == medium.num_padded());
  const auto& size = medium.padded_size();
  path_.reserve(static_cast<std::size_t>(size[0] + size[1] + size[2]));
}

void VoxelGeometry::materials(const ElectronSet& set, Lanes<int>& out) const {
  for (std::size_t l = 0; l < set.size; ++l) {
    out[l] = static_cast<int>(material({set.i[l], set.j[l], set.k[l]}));
  }
  std::fill(out.begin() + static_cast<std::ptrdiff_t>(set.size), out.end(), 0);
}

float VoxelGeometry::clearance(const ElectronSet& set, std::size_t lane) const {
  const auto& per_mm = medium_.voxels_per_mm();
  const auto nearest = [](float position, int voxel) {
    const float inside = position - static_cast<float>(voxel);
    return std::min(inside, 1.0F - inside);
  };
  const float gap =
      std::min({nearest(set.x[lane], set.i[lane]) / per_mm[0], nearest(set.y[lane], set.j[lane]) / per_mm[1],
                nearest(set.z[lane], set.k[lane]) / per_mm[2]});
  return gap * PackedVoxel::density(word({set.i[lane], set.j[lane], set.k[lane]}));
}

double VoxelGeometry::walk(ElectronSet& set, float loss_MeV, float energy_MeV, const float* stopping, RandomStream&) {
  return walk_voxels(medium_, set, loss_MeV, energy_MeV, stopping, water_ratio_ != nullptr ? factor_.data() : nullptr,
                     score_.data());
}

void VoxelGeometry::deposit(const std::array<float, 3>&, const std::array<int, 3>& voxel, float energy) {
  score_[static_cast<std::size_t>(medium_.index(voxel[0], voxel[1], voxel[2]))] += energy * factor(material(voxel));
}

bool VoxelGeometry::enter(PhotonState& photon) const {
  const auto& per_mm = medium_.voxels_per_mm();
  const auto& size = medium_.padded_size();
  const std::array<float, 3> step = {away_from_zero(photon.direction.x * per_mm[0]),
                                     away_from_zero(photon.direction.y * per_mm[1]),
                                     away_from_zero(photon.direction.z * per_mm[2])};
  float t_in = 0.0F;
  float t_out = std::numeric_limits<float>::max();
  std::size_t axis_in = 3;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto last = static_cast<float>(size[a] - 1);
    const float t1 = (1.0F - photon.position[a]) / step[a];
    const float t2 = (last - photon.position[a]) / step[a];
    if (std::min(t1, t2) > t_in) {
      t_in = std::min(t1, t2);
      axis_in = a;
    }
    t_out = std::min(t_out, std::max(t1, t2));
  }
  if (!(t_in < t_out)) {
    return false;
  }
  for (std::size_t a = 0; a < 3; ++a) {
    if (a == axis_in) {
      photon.voxel[a] = step[a] > 0.0F ? 1 : size[a] - 2;
      photon.position[a] = step[a] > 0.0F ? 1.0F : static_cast<float>(size[a] - 1);
    } else {
      photon.position[a] += t_in * step[a];
      photon.voxel[a] = std::clamp(static_cast<int>(photon.position[a]), 1, size[a] - 2);
    }
  }
  return true;
}

float VoxelGeometry::trace(const PhotonState& photon, const float* attenuation) {
  path_.clear();
  cursor_ = 0;
  const auto& per_mm = medium_.voxels_per_mm();
  const auto& stride = medium_.stride();
  const std::uint32_t* voxels = medium_.voxels();
  std::array<int, 3> voxel = photon.voxel;
  std::array<float, 3> next{};   // mm to the next face along each axis
  std::array<float, 3> width{};  // mm between faces
  std::array<int, 3> step{};
  const std::array<float, 3> direction = {photon.direction.x, photon.direction.y, photon.direction.z};
  for (std::size_t a = 0; a < 3; ++a) {
    const float rate = away_from_zero(direction[a] * per_mm[a]);
    step[a] = rate > 0.0F ? 1 : -1;
    const auto face = static_cast<float>(voxel[a] + (rate > 0.0F ? 1 : 0));
    next[a] = std::max(0.0F, (face - photon.position[a]) / rate);
    width[a] = 1.0F / std::fabs(rate);
  }
  // First the way, which asks no voxel anything, then what lies on it: so many voxels are fetched at a time, and the
  // transport waits for memory once a path and not once a voxel.
  const auto& size = medium_.padded_size();
  int index = medium_.index(voxel[0], voxel[1], voxel[2]);
  float t = 0.0F;
  for (bool is_inside = true; is_inside;) {
    __builtin_prefetch(voxels + index);
    path_.push_back({voxel, index, t, 0.0F, 0.0F});
    const std::size_t a = next[0] < next[1] ? (next[0] < next[2] ? 0 : 2) : (next[1] < next[2] ? 1 : 2);
    t = std::max(t, next[a]);
    next[a] += width[a];
    voxel[a] += step[a];
    index += step[a] * stride[a];
    is_inside = voxel[a] > 0 && voxel[a] < size[a] - 1;
  }
  float depth = 0.0F;
  for (std::size_t i = 0; i < path_.size(); ++i) {
    Piece& piece = path_[i];
    const float end = i + 1 < path_.size() ? path_[i + 1].begin_mm : t;
    const std::uint32_t word = voxels[piece.index];
    piece.per_mm = PackedVoxel::density(word) * attenuation[PackedVoxel::material(word)];
    depth += (end - piece.begin_mm) * piece.per_mm;
    piece.depth_end = depth;
  }
  return depth;
}

PathPlace VoxelGeometry::place(const PhotonState& photon, float optical_depth) {
  while (cursor_ + 1 < path_.size() && path_[cursor_].depth_end < optical_depth) {
    ++cursor_;
  }
  const Piece& piece = path_[cursor_];
  const float before = cursor_ > 0 ? path_[cursor_ - 1].depth_end : 0.0F;
  const float t = piece.begin_mm + std::max(0.0F, optical_depth - before) / piece.per_mm;
  const auto& per_mm = medium_.voxels_per_mm();
  return {
      {photon.position[0] + t * photon.direction.x * per_mm[0], photon.position[1] + t * photon.direction.y * per_mm[1],
       photon.position[2] + t * photon.direction.z * per_mm[2]},
      piece.voxel};
}

void VoxelGeometry::deposit_along(float energy, const float* share) {
  const std::uint32_t* voxels = medium_.voxels();
  float left = energy;
  float before = 0.0F;
  for (std::size_t i = 0; i < path_.size(); ++i) {
    if (i + pieces_ahead < path_.size()) {
      __builtin_prefetch(&score_[static_cast<std::size_t>(path_[i + pieces_ahead].index)], 1);
    }
    const Piece& piece = path_[i];
    const float lost = -left * decay(piece.depth_end - before);
    const unsigned m = PackedVoxel::material(voxels[piece.index]);
    score_[static_cast<std::size_t>(piece.index)] += lost * share[m] * factor(m);
    left -= lost;
    before = piece.depth_end;
  }
}

}  // namespace xingu::mc
