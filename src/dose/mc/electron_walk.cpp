// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/electron_walk.h"

#include <bit>
#include <cmath>

#include "base/vector_clones.h"
#include "dose/mc/random_stream.h"

namespace xingu::mc {
namespace {

/// A move in progress, by lane.
struct Move {
  std::size_t size = 0;
  Lanes<float> left;                          ///< energy still to lose, 0: arrived
  Lanes<float> du, dv, dw;                    ///< voxels per mm along each axis
  Lanes<float> mm_per_u, mm_per_v, mm_per_w;  ///< their inverses
  Lanes<int> side_x, side_y, side_z;          ///< 1 if the lane leaves through the upper face, else 0
  Lanes<int> index;
  Lanes<float> loss_per_mm;
  Lanes<float> lost;
  Lanes<int> where;
};

constexpr float flattest = 1e-9F;  // voxels per mm: keeps inverses finite

/// The number of lanes rounded up to whole vectors, so that loops have no remainder; spare lanes hold harmless values.
std::size_t padded(std::size_t size) { return size <= 16 ? 16 : max_lanes; }

XINGU_VECTOR_CLONES void begin_move(const VoxelMedium& medium, const ElectronSet& __restrict set, float loss_MeV,
                                    Move& __restrict move) {
  const auto scale = medium.voxels_per_mm();
  const auto stride = medium.stride();
  const std::size_t n = padded(set.size);
  for (std::size_t l = 0; l < n; ++l) {
    const float du = set.u[l] * scale[0];
    const float dv = set.v[l] * scale[1];
    const float dw = set.w[l] * scale[2];
    move.du[l] = std::copysign(std::fabs(du) + flattest, du);
    move.dv[l] = std::copysign(std::fabs(dv) + flattest, dv);
    move.dw[l] = std::copysign(std::fabs(dw) + flattest, dw);
    move.mm_per_u[l] = 1.0F / move.du[l];
    move.mm_per_v[l] = 1.0F / move.dv[l];
    move.mm_per_w[l] = 1.0F / move.dw[l];
    move.side_x[l] = du > 0.0F ? 1 : 0;
    move.side_y[l] = dv > 0.0F ? 1 : 0;
    move.side_z[l] = dw > 0.0F ? 1 : 0;
    move.index[l] = set.i[l] + stride[1] * set.j[l] + stride[2] * set.k[l];
    move.left[l] = l < set.size && set.weight[l] > 0.0F ? loss_MeV : 0.0F;
  }
}

/// Energy lost per mm in the lanes' voxels. A function of its own, with plain pointers that do not overlap, because
/// only then do compilers use gather instructions.
XINGU_VECTOR_CLONES void look_up_losses(const std::uint32_t* __restrict voxels, const float* __restrict stopping,
                                        const int* __restrict index, std::size_t n, float* __restrict loss_per_mm) {
  for (std::size_t l = 0; l < n; ++l) {
    const std::uint32_t word = voxels[index[l]];
    loss_per_mm[l] =
        std::bit_cast<float>(word & ~PackedVoxel::material_mask) * stopping[word & PackedVoxel::material_mask] + 1e-30F;
  }
}

/// One round: each lane that is still on its way goes to its voxel's face or to its end.
/// @return number of lanes still on their way
XINGU_VECTOR_CLONES int step_to_faces(const std::array<int, 3> stride, ElectronSet& __restrict set,
                                      Move& __restrict move) {
  int num_left = 0;
  const std::size_t n = move.size;
  for (std::size_t l = 0; l < n; ++l) {
    const float loss = move.loss_per_mm[l];
    const auto face_x = static_cast<float>(set.i[l] + move.side_x[l]);
    const auto face_y = static_cast<float>(set.j[l] + move.side_y[l]);
    const auto face_z = static_cast<float>(set.k[l] + move.side_z[l]);
    const float tx = (face_x - set.x[l]) * move.mm_per_u[l];
    const float ty = (face_y - set.y[l]) * move.mm_per_v[l];
    const float tz = (face_z - set.z[l]) * move.mm_per_w[l];
    // Minima and plain selects: a branch would keep the loop from becoming vector instructions.
    const float txy = tx < ty ? tx : ty;
    const float nearest = txy < tz ? txy : tz;
    const float t = nearest > 0.0F ? nearest : 0.0F;
    const float before = move.left[l];
    const float to_face = t * loss;
    const float lost = to_face < before ? to_face : before;
    const float after = before - lost;
    const float reach = before / loss;
    const float path = reach < t ? reach : t;
    const int crosses = after > 0.0F ? 1 : 0;
    const int crosses_x = crosses & (nearest == tx ? 1 : 0);
    const int crosses_y = (crosses ^ crosses_x) & (nearest == ty ? 1 : 0);
    const int crosses_z = crosses ^ crosses_x ^ crosses_y;
    set.x[l] = crosses_x != 0 ? face_x : set.x[l] + path * move.du[l];
    set.y[l] = crosses_y != 0 ? face_y : set.y[l] + path * move.dv[l];
    set.z[l] = crosses_z != 0 ? face_z : set.z[l] + path * move.dw[l];
    const int step_x = crosses_x * (2 * move.side_x[l] - 1);
    const int step_y = crosses_y * (2 * move.side_y[l] - 1);
    const int step_z = crosses_z * (2 * move.side_z[l] - 1);
    move.where[l] = move.index[l];
    set.i[l] += step_x;
    set.j[l] += step_y;
    set.k[l] += step_z;
    move.index[l] += step_x + stride[1] * step_y + stride[2] * step_z;
    move.lost[l] = lost * set.weight[l];
    move.left[l] = after;
    num_left += crosses;
  }
  return num_left;
}

/// Mean of 1 − cos θ after a strength G_1 t below 0.5: 1 − exp(−G_1 t).
float mean_versine(float strength) {
  return strength * (1.0F - strength * (0.5F - strength * (1.0F / 6.0F - strength * (1.0F / 24.0F))));
}

/// (1 − cos θ)/2 of each lane.
XINGU_VECTOR_CLONES void sample_versines(const DeflectionInput input, const int* __restrict material,
                                         const std::uint32_t* __restrict word_level,
                                         const std::uint32_t* __restrict word_angle, std::size_t n,
                                         float* __restrict out) {
  constexpr int last = TransportTables::num_strengths - 1;
  constexpr int stride = TransportTables::deflection_stride;
  const float* tables = input.tables;
  const float* strength_of = input.strength;
  for (std::size_t l = 0; l < n; ++l) {
    const float wanted = strength_of[material[l]];
    const float strength = wanted < input.strongest ? wanted : input.strongest;
    // The exponent of the ratio is the number of halvings.
    const float ratio = input.strongest / strength;
    const int halvings = static_cast<int>(std::bit_cast<std::uint32_t>(ratio) >> 23) - 127;
    const int level = halvings < last ? halvings : last;
    const float upper = input.strongest * std::bit_cast<float>(static_cast<std::uint32_t>(127 - level) << 23);
    const float mean_upper = mean_versine(upper);
    const float mean_lower = level < last ? mean_versine(0.5F * upper) : 0.0F;
    const float part = (mean_versine(strength) - mean_lower) / (mean_upper - mean_lower);
    const bool is_upper = RandomStream::to_uniform(word_level[l]) < part;
    const int next = level < last ? level + 1 : last;
    const int chosen = is_upper ? level : next;
    const float share = !is_upper && level == last ? 0.0F : 1.0F;  // weaker than the weakest: sometimes none at all
    const int base = ((material[l] * input.num_nodes + input.node) * TransportTables::num_strengths + chosen) * stride;
    // Nodes lie at u = 1 − (1 − i/64)²; r² = 1 − u is as uniform as u.
    constexpr auto cells = static_cast<float>(DeflectionTable::num_nodes - 1);
    const float r2 = RandomStream::to_uniform(word_angle[l]);
    const int cell = static_cast<int>(cells * (1.0F - std::sqrt(r2)));
    const float r0 = 1.0F - static_cast<float>(cell) / cells;
    const float r1 = r0 - 1.0F / cells;
    const float v0 = tables[base + 1 + cell];
    const float v1 = tables[base + 2 + cell];
    const float v = v0 + (r0 * r0 - r2) / (r0 * r0 - r1 * r1) * (v1 - v0);
    const float a = tables[base];
    const float y = share * a * v / (1.0F + a - v);
    out[l] = y < 1.0F ? y : 1.0F;
  }
}

XINGU_VECTOR_CLONES void turn(ElectronSet& __restrict set, std::size_t n, const float* __restrict versine,
                              const std::uint32_t* __restrict word_azimuth) {
  for (std::size_t l = 0; l < n; ++l) {
    const float y = versine[l];
    float cos_azimuth = 0.0F;
    float sin_azimuth = 0.0F;
    circle(RandomStream::to_uniform(word_azimuth[l]), cos_azimuth, sin_azimuth);
    rotate(set.u[l], set.v[l], set.w[l], 1.0F - 2.0F * y, 2.0F * std::sqrt(y * (1.0F - y)), cos_azimuth, sin_azimuth);
  }
}

}  // namespace

double walk_voxels(const VoxelMedium& medium, ElectronSet& set, float loss_MeV, float energy_MeV, const float* stopping,
                   const float* factor, float* score) {
  Move move;
  begin_move(medium, set, loss_MeV, move);
  move.size = padded(set.size);
  const std::uint32_t* voxels = medium.voxels();
  double escaped = 0.0;
  int num_left = static_cast<int>(set.size);
  while (num_left > 0) {
    look_up_losses(voxels, stopping, move.index.data(), move.size, move.loss_per_mm.data());
    num_left = step_to_faces(medium.stride(), set, move);
    if (factor != nullptr) {
      for (std::size_t l = 0; l < set.size; ++l) {
        move.lost[l] *= factor[PackedVoxel::material(voxels[move.where[l]])];
      }
    }
    for (std::size_t l = 0; l < set.size; ++l) {
      score[move.where[l]] += move.lost[l];
      if (move.left[l] > 0.0F && voxels[move.index[l]] == 0U) {
        escaped += static_cast<double>(set.weight[l] * (energy_MeV - (loss_MeV - move.left[l])));
        set.weight[l] = 0.0F;
        move.left[l] = 0.0F;
        --num_left;
      }
    }
  }
  return escaped;
}

void deflect(ElectronSet& set, const Lanes<int>& material, const DeflectionInput& input,
             const std::array<Lanes<std::uint32_t>, 4>& words) {
  const std::size_t n = padded(set.size);
  Lanes<float> versine;
  sample_versines(input, material.data(), words[0].data(), words[1].data(), n, versine.data());
  turn(set, n, versine.data(), words[2].data());
}

}  // namespace xingu::mc
