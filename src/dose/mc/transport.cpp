// SPDX-License-Identifier: Apache-2.0
#include "dose/mc/transport.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "dose/mc/constants.h"
#include "dose/mc/electron_interactions.h"
#include "dose/mc/electron_walk.h"
#include "dose/mc/kernel_geometry.h"
#include "dose/mc/photon_interactions.h"
#include "dose/mc/voxel_geometry.h"

namespace xingu::mc {
namespace {

constexpr auto rest_MeV = static_cast<float>(electron_rest_MeV);
constexpr std::size_t reserved = 64;
constexpr float golden = 0.61803399F;

float fraction(float x) { return x - std::floor(x); }

Direction isotropic(RandomStream& random) {
  const float cosine = 2.0F * random.uniform() - 1.0F;
  const float sine = std::sqrt(std::max(0.0F, 1.0F - cosine * cosine));
  float c = 0.0F;
  float s = 0.0F;
  circle(random.uniform(), c, s);
  return {sine * c, sine * s, cosine};
}

Direction direction_of(const ElectronSet& set, std::size_t lane) { return {set.u[lane], set.v[lane], set.w[lane]}; }

void set_direction(ElectronSet& set, std::size_t lane, const Direction& direction) {
  set.u[lane] = direction.x;
  set.v[lane] = direction.y;
  set.w[lane] = direction.z;
}

std::array<int, 3> voxel_of(const ElectronSet& set, std::size_t lane) {
  return {set.i[lane], set.j[lane], set.k[lane]};
}
std::array<float, 3> position_of(const ElectronSet& set, std::size_t lane) {
  return {set.x[lane], set.y[lane], set.z[lane]};
}

void put(ElectronSet& set, std::size_t lane, const std::array<float, 3>& position, const std::array<int, 3>& voxel,
         float weight) {
  set.x[lane] = position[0];
  set.y[lane] = position[1];
  set.z[lane] = position[2];
  set.i[lane] = voxel[0];
  set.j[lane] = voxel[1];
  set.k[lane] = voxel[2];
  set.weight[lane] = weight;
}

float total_weight(const ElectronSet& set) {
  float sum = 0.0F;
  for (std::size_t l = 0; l < set.size; ++l) {
    sum += set.weight[l];
  }
  return sum;
}

}  // namespace

template <class Geometry>
Transport<Geometry>::Transport(const TransportTables& tables, const VarianceReduction& reduction, Geometry& geometry)
    : tables_(tables), reduction_(reduction), geometry_(geometry), deflection_nodes_(tables.deflection_energy.count) {
  XINGU_EXPECT(reduction.sites_primary > 0 && static_cast<std::size_t>(reduction.sites_primary) <= max_lanes);
  XINGU_EXPECT(reduction.sites_scattered > 0 && static_cast<std::size_t>(reduction.sites_scattered) <= max_lanes);
  photons_.reserve(reserved);
  sets_.reserve(reserved);
}

template <class Geometry>
void Transport<Geometry>::run(const PhotonState& photon, RandomStream& random) {
  photons_.push_back(photon);
  follow_all(random);
}

template <class Geometry>
void Transport<Geometry>::run_forced(const PhotonState& photon, RandomStream& random) {
  ElectronSet sites;
  sites.size = static_cast<std::size_t>(reduction_.sites_primary);
  for (std::size_t l = 0; l < sites.size; ++l) {
    put(sites, l, photon.position, photon.voxel, photon.weight / static_cast<float>(sites.size));
  }
  collide(photon, sites, random);
  follow_all(random);
}

template <class Geometry>
void Transport<Geometry>::run(const ElectronSet& set, RandomStream& random) {
  ElectronSet copy = set;
  push(copy, random);
  follow_all(random);
}

template <class Geometry>
void Transport<Geometry>::follow_all(RandomStream& random) {
  for (;;) {
    if (!sets_.empty()) {
      ElectronSet set = sets_.back();
      sets_.pop_back();
      follow(set, random);
    } else if (!photons_.empty()) {
      const PhotonState photon = photons_.back();
      photons_.pop_back();
      fly(photon, random);
    } else {
      return;
    }
  }
}

template <class Geometry>
typename Transport<Geometry>::ByMaterial Transport<Geometry>::by_material(const std::vector<float>& array,
                                                                          LogGrid::Place place) const {
  ByMaterial values{};
  const auto n = static_cast<std::size_t>(tables_.num_materials);
  const float* low = &array[static_cast<std::size_t>(place.node) * n];
  for (std::size_t m = 0; m < n; ++m) {
    values[m] = low[m] + place.part * (low[n + m] - low[m]);
  }
  return values;
}

template <class Geometry>
void Transport<Geometry>::fly(const PhotonState& photon, RandomStream& random) {
  if (photon.energy_MeV < static_cast<float>(tables_.limits.photon_cut)) {
    geometry_.set_generation(photon.generation);
    geometry_.set_electron_energy(0.5F * photon.energy_MeV);
    geometry_.deposit(photon.position, photon.voxel, photon.weight * photon.energy_MeV);
    return;
  }
  const LogGrid::Place place = tables_.photon_energy.place(photon.energy_MeV);
  const ByMaterial attenuation = by_material(tables_.attenuation, place);
  const float depth = geometry_.trace(photon, attenuation.data());
  ElectronSet sites;
  if (!reduction_.forces_interactions) {
    const float flown = -std::log(random.uniform());
    if (flown >= depth) {
      left_.escaped += static_cast<double>(photon.weight * photon.energy_MeV);
      return;
    }
    const PathPlace at = geometry_.place(photon, flown);
    sites.size = 1;
    put(sites, 0, at.position, at.voxel, photon.weight);
    collide(photon, sites, random);
    return;
  }
  const float interacting = -std::expm1(-depth);
  left_.escaped += static_cast<double>(photon.weight * photon.energy_MeV * (1.0F - interacting));
  if (!(interacting > 0.0F)) {
    return;
  }
  const bool is_kerma = photon.energy_MeV < static_cast<float>(reduction_.kerma_below_MeV);
  if (is_kerma) {
    geometry_.set_generation(photon.generation);
    const ByMaterial share = by_material(tables_.transfer_share, place);
    geometry_.set_electron_energy(0.5F * photon.energy_MeV * share[0]);
    geometry_.deposit_along(photon.weight * photon.energy_MeV, share.data());
  }
  const bool is_primary = photon.generation == Generation::primary;
  const int wanted = is_primary ? reduction_.sites_primary : reduction_.sites_scattered;
  sites.size = is_kerma ? 1 : static_cast<std::size_t>(wanted);
  const auto num = static_cast<float>(sites.size);
  const float offset = random.uniform();
  for (std::size_t l = 0; l < sites.size; ++l) {
    const float share = (static_cast<float>(l) + offset) / num;
    const PathPlace at = geometry_.place(photon, -std::log1p(-share * interacting));
    put(sites, l, at.position, at.voxel, photon.weight * interacting / num);
  }
  if (is_kerma) {
    const ByMaterial scattered = by_material(tables_.compton_share, place);
    sites.weight[0] *= scattered[geometry_.material(voxel_of(sites, 0))];
    const ComptonResult result = sample_compton(photon.energy_MeV, random);
    const float azimuth = random.uniform();
    release_photons(sites, result.photon_MeV, next_scatter(photon.generation),
                    static_cast<float>(reduction_.scatter_weight_low), random,
                    [&](std::size_t) { return rotated(photon.direction, result.photon_cosine, azimuth); });
    return;
  }
  if (reduction_.repeats_histories) {
    collide(photon, sites, random);
    return;
  }
  for (std::size_t l = 0; l < sites.size; ++l) {
    ElectronSet one;
    one.size = 1;
    one.copy_lane(0, sites, l);
    collide(photon, one, random);
  }
}

template <class Geometry>
void Transport<Geometry>::collide(const PhotonState& photon, ElectronSet& sites, RandomStream& random) {
  const LogGrid::Place place = tables_.photon_energy.place(photon.energy_MeV);
  const ByMaterial compton = by_material(tables_.compton_share, place);
  const ByMaterial pair = by_material(tables_.pair_share, place);
  Lanes<int> material;
  geometry_.materials(sites, material);
  // One process for all sites, chosen by its mean share; what a site's own material says of it goes into the weights.
  float mean_compton = 0.0F;
  float mean_pair = 0.0F;
  for (std::size_t l = 0; l < sites.size; ++l) {
    mean_compton += compton[static_cast<std::size_t>(material[l])];
    mean_pair += pair[static_cast<std::size_t>(material[l])];
  }
  const auto num = static_cast<float>(sites.size);
  mean_compton /= num;
  mean_pair /= num;
  const float mean_photo = 1.0F - mean_compton - mean_pair;
  const float u = random.uniform();
  const auto reweigh = [&](auto&& share_of, float mean) {
    for (std::size_t l = 0; l < sites.size; ++l) {
      sites.weight[l] *= share_of(static_cast<std::size_t>(material[l])) / mean;
    }
  };
  if (u < mean_compton) {
    reweigh([&](std::size_t m) { return compton[m]; }, mean_compton);
    scatter_compton(photon, sites, random);
  } else if (u < mean_compton + mean_pair) {
    reweigh([&](std::size_t m) { return pair[m]; }, mean_pair);
    make_pair(photon, sites, random);
  } else if (mean_photo > 0.0F) {
    reweigh([&](std::size_t m) { return std::max(0.0F, 1.0F - compton[m] - pair[m]); }, mean_photo);
    absorb(photon, sites, random);
  }
}

template <class Geometry>
template <class Direct>
void Transport<Geometry>::release_photons(const ElectronSet& at, float energy_MeV, Generation generation, float target,
                                          RandomStream& random, Direct&& direction) {
  const float total = total_weight(at);
  const int num = static_cast<int>(total / target + random.uniform());
  if (num == 0) {
    return;
  }
  const float spacing = total / static_cast<float>(num);
  float wanted = spacing * random.uniform();
  float sum = 0.0F;
  for (std::size_t l = 0; l < at.size; ++l) {
    sum += at.weight[l];
    while (wanted < sum) {
      photons_.push_back({position_of(at, l), voxel_of(at, l), direction(l), energy_MeV, target, generation});
      wanted += spacing;
    }
  }
}

template <class Geometry>
void Transport<Geometry>::scatter_compton(const PhotonState& photon, ElectronSet& sites, RandomStream& random) {
  const ComptonResult result = sample_compton(photon.energy_MeV, random);
  const float start = random.uniform();
  const auto azimuth = [&](std::size_t lane) { return fraction(start + golden * static_cast<float>(lane)); };
  release_photons(sites, result.photon_MeV, next_scatter(photon.generation),
                  static_cast<float>(static_cast<double>(result.photon_MeV) < reduction_.kerma_below_MeV
                                         ? reduction_.scatter_weight_low
                                         : reduction_.scatter_weight),
                  random, [&](std::size_t lane) {
                    return rotated(photon.direction, result.photon_cosine, fraction(azimuth(lane) + 0.5F));
                  });
  sites.energy_MeV = result.electron_MeV;
  sites.charge = Charge::electron;
  sites.generation = photon.generation;
  for (std::size_t l = 0; l < sites.size; ++l) {
    set_direction(sites, l, rotated(photon.direction, result.electron_cosine, azimuth(l)));
  }
  push(sites, random);
}

template <class Geometry>
void Transport<Geometry>::absorb(const PhotonState& photon, ElectronSet& sites, RandomStream& random) {
  sites.energy_MeV = photon.energy_MeV;  // the binding energy is set free on the spot, with the electron's
  sites.charge = Charge::electron;
  sites.generation = photon.generation;
  const float cosine = sample_photoelectron_cosine(photon.energy_MeV, random);
  const float start = random.uniform();
  for (std::size_t l = 0; l < sites.size; ++l) {
    set_direction(sites, l, rotated(photon.direction, cosine, fraction(start + golden * static_cast<float>(l))));
  }
  push(sites, random);
}

template <class Geometry>
void Transport<Geometry>::make_pair(const PhotonState& photon, ElectronSet& sites, RandomStream& random) {
  const float positron = sample_pair_positron(photon.energy_MeV, random);
  const float electron = std::max(0.0F, photon.energy_MeV - 2.0F * rest_MeV - positron);
  const float start = random.uniform();
  for (const Charge charge : {Charge::electron, Charge::positron}) {
    ElectronSet set = sites;
    set.charge = charge;
    set.energy_MeV = charge == Charge::electron ? electron : positron;
    set.generation = photon.generation;
    const float cosine = sample_radiative_cosine(set.energy_MeV + rest_MeV, random);
    const float turn = charge == Charge::electron ? start : start + 0.5F;
    for (std::size_t l = 0; l < set.size; ++l) {
      set_direction(set, l, rotated(photon.direction, cosine, fraction(turn + golden * static_cast<float>(l))));
    }
    push(set, random);
  }
}

template <class Geometry>
void Transport<Geometry>::push(ElectronSet& set, RandomStream& random) {
  set.compact();
  if (set.size == 0) {
    return;
  }
  if (static_cast<double>(set.energy_MeV) <= tables_.limits.electron_cut) {
    end(set, random);
  } else {
    sets_.push_back(set);
  }
}

template <class Geometry>
float Transport<Geometry>::energy_of_hard_event(const ElectronSet& set, RandomStream& random) const {
  const std::vector<float>& hazard = tables_.of(set.charge).hazard;
  const std::vector<float>& node = tables_.electron_node;
  const auto cell = static_cast<std::size_t>(tables_.electron_energy.place(set.energy_MeV).node);
  const auto slope = [&](std::size_t i) { return (hazard[i] - hazard[i + 1]) / (node[i + 1] - node[i]); };
  const float now = hazard[cell + 1] + std::max(0.0F, node[cell + 1] - set.energy_MeV) * slope(cell);
  const float then = now - std::log(random.uniform());
  if (then >= hazard.front()) {
    return static_cast<float>(tables_.limits.electron_cut);
  }
  // The last node whose hazard still reaches it: hazards fall with energy.
  const auto first_below = std::partition_point(hazard.begin(), hazard.end(), [&](float h) { return h >= then; });
  const auto at = static_cast<std::size_t>(first_below - hazard.begin()) - 1;
  return std::min(set.energy_MeV, node[at + 1] - (then - hazard[at + 1]) / slope(at));
}

template <class Geometry>
void Transport<Geometry>::follow(ElectronSet& set, RandomStream& random) {
  const auto cut = static_cast<float>(tables_.limits.electron_cut);
  geometry_.set_generation(set.generation);
  reject_short_ranges(set);
  while (set.size > 0) {
    if (set.energy_MeV <= cut * 1.00001F) {
      end(set, random);
      return;
    }
    const float target = energy_of_hard_event(set, random);
    while (set.energy_MeV > target) {
      const LogGrid::Place place = tables_.electron_energy.place(set.energy_MeV);
      const std::vector<float>& steps = tables_.of(set.charge).longest_step;
      const auto node = static_cast<std::size_t>(place.node);
      const float longest = steps[node] + place.part * (steps[node + 1] - steps[node]);
      const float remaining = set.energy_MeV - target;
      const bool is_last = remaining <= longest;
      const float loss = is_last ? remaining : std::min(longest, 0.5F * remaining);
      step(set, loss, random);
      set.energy_MeV = is_last ? target : set.energy_MeV - loss;
      set.compact();
      reject_short_ranges(set);
      if (set.size == 0) {
        return;
      }
    }
    if (target > cut) {
      hard_event(set, random);
    }
  }
}

template <class Geometry>
void Transport<Geometry>::step(ElectronSet& set, float loss_MeV, RandomStream& random) {
  const ChargedTables& charged = tables_.of(set.charge);
  const float middle = set.energy_MeV - 0.5F * loss_MeV;
  geometry_.set_electron_energy(middle);
  const LogGrid::Place place = tables_.electron_energy.place(middle);
  const ByMaterial stopping = by_material(charged.stopping, place);
  ByMaterial strength = by_material(charged.scattering, place);
  for (float& value : strength) {
    value *= loss_MeV;
  }
  // The hinge lies anywhere on the step, so the material there stands for the step in its right share.
  const float first = loss_MeV * random.uniform();
  const float carried = set.energy_MeV + (set.charge == Charge::positron ? 2.0F * rest_MeV : 0.0F);
  left_.escaped += geometry_.walk(set, first, carried, stopping.data(), random);
  const LogGrid::Place at = tables_.deflection_energy.place(middle);
  DeflectionInput input;
  input.tables = tables_.deflection.data();
  input.node = at.node + (random.uniform() < at.part ? 1 : 0);
  input.num_nodes = deflection_nodes_;
  input.strongest = tables_.strongest;
  input.strength = strength.data();
  Lanes<int> material;
  geometry_.materials(set, material);
  std::array<Lanes<std::uint32_t>, 4> words;
  random.lanes<max_lanes>(words);
  deflect(set, material, input, words);
  left_.escaped += geometry_.walk(set, loss_MeV - first, carried - first, stopping.data(), random);
}

template <class Geometry>
void Transport<Geometry>::reject_short_ranges(ElectronSet& set) {
  if (static_cast<double>(set.energy_MeV) >= reduction_.range_rejection_below_MeV || set.charge != Charge::electron) {
    return;
  }
  const ByMaterial range = by_material(tables_.of(set.charge).range, tables_.electron_energy.place(set.energy_MeV));
  bool has_ended = false;
  for (std::size_t l = 0; l < set.size; ++l) {
    if (geometry_.clearance(set, l) > range[geometry_.material(voxel_of(set, l))]) {
      deposit(set, l, set.energy_MeV);
      set.weight[l] = 0.0F;
      has_ended = true;
    }
  }
  if (has_ended) {
    set.compact();
  }
}

template <class Geometry>
void Transport<Geometry>::deposit(const ElectronSet& set, std::size_t lane, float energy_MeV) {
  // A hair along its direction, so that an electron that ends where it was born has a polar angle in a kernel.
  constexpr float hair = 1e-4F;
  const std::array<float, 3> position = {set.x[lane] + hair * set.u[lane], set.y[lane] + hair * set.v[lane],
                                         set.z[lane] + hair * set.w[lane]};
  geometry_.set_electron_energy(0.5F * energy_MeV);
  geometry_.deposit(position, voxel_of(set, lane), set.weight[lane] * energy_MeV);
}

template <class Geometry>
void Transport<Geometry>::hard_event(ElectronSet& set, RandomStream& random) {
  enum Outcome : std::size_t { nothing, collision, photon, num_outcomes };
  const ChargedTables& charged = tables_.of(set.charge);
  const LogGrid::Place place = tables_.electron_energy.place(set.energy_MeV);
  const auto node = static_cast<std::size_t>(place.node);
  const float bound = (charged.hazard[node] - charged.hazard[node + 1]) /
                      (tables_.electron_node[node + 1] - tables_.electron_node[node]);
  const ByMaterial collisions = by_material(charged.collision_rate, place);
  const ByMaterial radiation = by_material(charged.bremsstrahlung_rate, place);
  const float u = random.uniform() * bound;
  std::array<ElectronSet, num_outcomes> parts;
  for (std::size_t l = 0; l < set.size; ++l) {
    const unsigned m = geometry_.material(voxel_of(set, l));
    const Outcome outcome = u < collisions[m] ? collision : u < collisions[m] + radiation[m] ? photon : nothing;
    ElectronSet& part = parts[outcome];
    part.copy_lane(part.size++, set, l);
  }
  std::size_t largest = nothing;
  for (std::size_t outcome = 0; outcome < num_outcomes; ++outcome) {
    ElectronSet& part = parts[outcome];
    part.energy_MeV = set.energy_MeV;
    part.charge = set.charge;
    part.generation = set.generation;
    if (part.size > 0 && outcome == collision) {
      knock_on(part, random);
    } else if (part.size > 0 && outcome == photon) {
      radiate(part, random);
    }
    if (part.size > parts[largest].size) {
      largest = outcome;
    }
  }
  for (std::size_t outcome = 0; outcome < num_outcomes; ++outcome) {
    if (outcome != largest) {
      push(parts[outcome], random);
    }
  }
  set = parts[largest];
}

template <class Geometry>
void Transport<Geometry>::knock_on(ElectronSet& set, RandomStream& random) {
  const auto cut = static_cast<float>(tables_.limits.electron_cut);
  const bool is_possible = set.charge == Charge::electron ? set.energy_MeV > 2.0F * cut : set.energy_MeV > cut;
  if (!is_possible) {
    return;
  }
  const float transfer = set.charge == Charge::electron ? sample_moller(set.energy_MeV, cut, random)
                                                        : sample_bhabha(set.energy_MeV, cut, random);
  const KnockOnCosines cosines = knock_on_cosines(set.energy_MeV, transfer);
  ElectronSet struck = set;
  struck.charge = Charge::electron;
  struck.energy_MeV = transfer;
  const float start = random.uniform();
  for (std::size_t l = 0; l < set.size; ++l) {
    const Direction incident = direction_of(set, l);
    const float azimuth = fraction(start + golden * static_cast<float>(l));
    set_direction(set, l, rotated(incident, cosines.primary, azimuth));
    set_direction(struck, l, rotated(incident, cosines.secondary, fraction(azimuth + 0.5F)));
  }
  set.energy_MeV -= transfer;
  push(struck, random);
}

template <class Geometry>
void Transport<Geometry>::radiate(ElectronSet& set, RandomStream& random) {
  const auto cut = static_cast<float>(tables_.limits.bremsstrahlung_cut);
  if (!(set.energy_MeV > cut)) {
    return;
  }
  constexpr int num = TransportTables::num_radiation_nodes;
  const LogGrid::Place place = tables_.radiation_energy.place(set.energy_MeV);
  const int node = place.node + (random.uniform() < place.part ? 1 : 0);
  const float position = random.uniform() * static_cast<float>(num - 1);
  const int cell = static_cast<int>(position);
  const float* quantile = &tables_.radiation_quantile[static_cast<std::size_t>(node * num + cell)];
  const float x = quantile[0] + (position - static_cast<float>(cell)) * (quantile[1] - quantile[0]);
  const float energy = cut * std::exp(x * std::log(set.energy_MeV / cut));
  const float cosine = sample_radiative_cosine(set.energy_MeV + rest_MeV, random);
  const float start = random.uniform();
  release_photons(set, energy, Generation::radiative, static_cast<float>(reduction_.radiation_weight), random,
                  [&](std::size_t lane) {
                    return rotated(direction_of(set, lane), cosine,
                                   fraction(start + golden * static_cast<float>(lane)));
                  });
  set.energy_MeV -= energy;
}

template <class Geometry>
void Transport<Geometry>::end(ElectronSet& set, RandomStream& random) {
  geometry_.set_generation(set.generation);
  for (std::size_t l = 0; l < set.size; ++l) {
    deposit(set, l, set.energy_MeV);
  }
  if (set.charge == Charge::positron) {
    const Direction direction = isotropic(random);
    for (const float sign : {1.0F, -1.0F}) {
      release_photons(
          set, rest_MeV, Generation::radiative, static_cast<float>(reduction_.radiation_weight), random,
          [&](std::size_t) { return Direction{sign * direction.x, sign * direction.y, sign * direction.z}; });
    }
  }
  set.size = 0;
}

template class Transport<VoxelGeometry>;
template class Transport<KernelGeometry>;

}  // namespace xingu::mc
