// SPDX-License-Identifier: Apache-2.0
#include "plan/sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "patient/body_outline.h"
#include "patient/dvh.h"
#include "patient/plan_metrics.h"
#include "patient/structure_shape.h"
#include "plan/structure_occupancy.h"

namespace xingu {
namespace {

constexpr std::uint32_t no_sample = std::numeric_limits<std::uint32_t>::max();
constexpr int max_coarsenings = 12;
constexpr double coarsening_step = 1.25;
constexpr int max_split = 4;

std::array<int, 3> place_of(const Grid& grid, std::size_t index) {
  const auto nx = static_cast<std::size_t>(grid.nx());
  const auto ny = static_cast<std::size_t>(grid.ny());
  return {static_cast<int>(index % nx), static_cast<int>(index / nx % ny), static_cast<int>(index / (nx * ny))};
}

Vec3 centre_of(const Grid& grid, std::size_t index) {
  const auto [x, y, z] = place_of(grid, index);
  return grid.centre(x, y, z);
}

/// One sample before the samples are put in order.
struct Draft {
  std::uint64_t order;  ///< voxel, then sub-voxel
  Vec3 position;
  double body_mm3;  ///< inside the outline
  float distance_mm;
};

/// A share of a structure's volume, waiting for its sample's final number.
struct Share {
  std::uint32_t draft;
  float volume_mm3;
};

class Sampler {
 public:
  Sampler(const Patient& patient, const Protocol& protocol, const Volume<std::uint8_t>& body,
          const SamplingOptions& options)
      : patient_(patient),
        protocol_(protocol),
        body_(body),
        options_(options),
        grid_(patient.ct.hu.grid()),
        occupancies_(protocol_occupancies(protocol, patient.structure_set, grid_)),
        targets_(target_union(protocol, occupancies_)),
        distance_(distance_from(targets_)),
        shares_(protocol.structures.size()) {
    XINGU_REQUIRE(body.grid() == grid_,
                  "the body's outline is not on the CT's grid (structures would be misplaced); "
                  "make it from the same image");
    XINGU_REQUIRE(!targets_.voxels.empty(),
                  "protocol {}: the targets have no volume on the CT (there is nothing to treat); check that the "
                  "structures belong to this CT",
                  protocol.name);
    emptied_ = rules_without_volume(protocol, patient.structure_set, occupancies_);
    XINGU_REQUIRE(protocol.structures.size() <= 31, "protocol {}: more than 31 structures; remove some", protocol.name);
    mark_organs();
  }

  SampledPatient run() {
    add_target_samples();
    num_target_samples_ = drafts_.size();
    add_cells();
    return finish();
  }

 private:
  [[nodiscard]] bool is_target(std::size_t rule) const { return protocol_.is_target(protocol_.structures[rule].id); }

  /// Bit r of a voxel: at least half of it lies in organ r; the highest bit: a target touches it.
  void mark_organs() {
    members_ = Volume<std::uint32_t>(grid_, 0U);
    organ_cell_mm_.assign(occupancies_.size(), std::numeric_limits<double>::infinity());
    for (std::size_t r = 0; r < occupancies_.size(); ++r) {
      if (is_target(r)) {
        continue;
      }
      for (const Occupancy::Voxel& voxel : occupancies_[r].voxels) {
        members_[voxel.index] |= voxel.fraction >= 0.5F ? 1U << r : 0U;
      }
      organ_cell_mm_[r] = std::cbrt(occupancies_[r].volume_mm3() /
                                    static_cast<double>(std::max<std::size_t>(1, options_.samples_per_organ)));
    }
    for (const Occupancy::Voxel& voxel : targets_.voxels) {
      members_[voxel.index] |= target_bit;
    }
  }

  /// A grid that covers the targets' voxels, each split by `split_`.
  Grid fine_grid() {
    std::array<int, 3> low = grid_.size;
    std::array<int, 3> high{0, 0, 0};
    for (const Occupancy::Voxel& voxel : targets_.voxels) {
      const auto place = place_of(grid_, voxel.index);
      for (std::size_t a = 0; a < 3; ++a) {
        low[a] = std::min(low[a], place[a]);
        high[a] = std::max(high[a], place[a]);
      }
    }
    Grid fine;
    for (std::size_t a = 0; a < 3; ++a) {
      const auto axis = static_cast<Eigen::Index>(a);
      split_[a] = std::clamp(static_cast<int>(std::ceil(grid_.spacing[axis] / options_.rim_mm - 1e-6)), 1, max_split);
      first_[a] = low[a];
      fine.size[a] = (high[a] - low[a] + 1) * split_[a];
      fine.spacing[axis] = grid_.spacing[axis] / split_[a];
      fine.origin[axis] = grid_.origin[axis] + (low[a] - 0.5) * grid_.spacing[axis] + 0.5 * fine.spacing[axis];
    }
    return fine;
  }

  std::uint32_t add_draft(std::size_t voxel, std::uint64_t part, const Vec3& position, double body_mm3,
                          float distance) {
    drafts_.push_back({(static_cast<std::uint64_t>(voxel) << 8) | part, position, body_mm3, distance});
    return static_cast<std::uint32_t>(drafts_.size() - 1);
  }

  void add_target_samples() {
    const Grid fine = fine_grid();
    const std::vector<Occupancy> fine_occupancies =
        protocol_occupancies(protocol_, patient_.structure_set, fine, RuleSelection::targets_only);
    std::vector<Volume<float>> fraction;  // of each target on the fine grid
    std::vector<std::size_t> rules;
    for (std::size_t r = 0; r < fine_occupancies.size(); ++r) {
      if (is_target(r)) {
        rules.push_back(r);
        fraction.emplace_back(fine, 0.0F);
        for (const Occupancy::Voxel& voxel : fine_occupancies[r].voxels) {
          fraction.back()[voxel.index] = voxel.fraction;
        }
      }
    }
    for (const Occupancy::Voxel& voxel : targets_.voxels) {
      add_target_voxel(voxel.index, fine, rules, fraction);
    }
    add_organ_shares_in_target();
  }

  /// The samples of one voxel that a target touches, appended in sub-voxel order.
  void add_target_voxel(std::size_t index, const Grid& fine, const std::vector<std::size_t>& rules,
                        const std::vector<Volume<float>>& fraction) {
    const auto place = place_of(grid_, index);
    const double sub_mm3 = fine.voxel_volume_mm3();
    const bool is_in_body = body_[index] != 0;
    struct Part {
      Vec3 position;
      std::vector<float> inside;  ///< per target
      float any = 0.0F;
    };
    std::vector<Part> parts;
    bool is_uniform = true;
    for (int k = 0; k < split_[2]; ++k) {
      for (int j = 0; j < split_[1]; ++j) {
        for (int i = 0; i < split_[0]; ++i) {
          const int x = (place[0] - first_[0]) * split_[0] + i;
          const int y = (place[1] - first_[1]) * split_[1] + j;
          const int z = (place[2] - first_[2]) * split_[2] + k;
          Part part{fine.centre(x, y, z), {}, 0.0F};
          for (const Volume<float>& f : fraction) {
            part.inside.push_back(f.at(x, y, z));
            part.any = std::max(part.any, part.inside.back());
            is_uniform =
                is_uniform && (part.inside.back() > 0.999F || part.inside.back() < 0.001F) &&
                (parts.empty() || std::abs(part.inside.back() - parts[0].inside[part.inside.size() - 1]) < 0.01F);
          }
          parts.push_back(std::move(part));
        }
      }
    }
    if (is_uniform && parts[0].any > 0.999F) {
      const std::uint32_t d =
          add_draft(index, 0, centre_of(grid_, index), is_in_body ? grid_.voxel_volume_mm3() : 0, 0.0F);
      for (std::size_t t = 0; t < rules.size(); ++t) {
        if (parts[0].inside[t] > 0.5F) {
          shares_[rules[t]].push_back({d, static_cast<float>(grid_.voxel_volume_mm3())});
        }
      }
      return;
    }
    double outside_mm3 = 0.0;
    Vec3 outside_centre = Vec3::Zero();
    for (std::size_t p = 0; p < parts.size(); ++p) {
      const double out = sub_mm3 * (1.0 - parts[p].any);
      outside_mm3 += out;
      outside_centre += out * parts[p].position;
      if (parts[p].any <= 1e-4F) {
        continue;
      }
      const std::uint32_t d =
          add_draft(index, p + 1, parts[p].position, is_in_body ? sub_mm3 * parts[p].any : 0.0, 0.0F);
      for (std::size_t t = 0; t < rules.size(); ++t) {
        if (parts[p].inside[t] > 1e-4F) {
          shares_[rules[t]].push_back({d, static_cast<float>(sub_mm3 * parts[p].inside[t])});
        }
      }
    }
    if (outside_mm3 > 1e-3 * grid_.voxel_volume_mm3()) {
      const auto near = static_cast<float>(0.25 * std::cbrt(grid_.voxel_volume_mm3()));
      add_draft(index, parts.size() + 1, outside_centre / outside_mm3, is_in_body ? outside_mm3 : 0.0, near);
    }
  }

  /// Organs that share voxels with a target: their volume goes to that voxel's samples in proportion to what these
  /// stand for.
  void add_organ_shares_in_target() {
    Volume<std::uint32_t> first(grid_, no_sample);
    for (std::size_t d = 0; d < drafts_.size(); ++d) {
      std::uint32_t& slot = first[static_cast<std::size_t>(drafts_[d].order >> 8)];
      slot = std::min(slot, static_cast<std::uint32_t>(d));
    }
    for (std::size_t r = 0; r < occupancies_.size(); ++r) {
      for (std::size_t v = 0; !is_target(r) && v < occupancies_[r].voxels.size(); ++v) {
        const Occupancy::Voxel& voxel = occupancies_[r].voxels[v];
        const std::uint32_t begin = first[voxel.index];
        if (begin == no_sample) {
          continue;
        }
        std::uint32_t end = begin;
        double total = 0.0;
        for (; end < drafts_.size() && drafts_[end].order >> 8 == voxel.index; ++end) {
          total += drafts_[end].body_mm3;
        }
        const double volume = voxel.fraction * grid_.voxel_volume_mm3();
        for (std::uint32_t d = begin; d < end; ++d) {
          const double part = total > 0.0 ? drafts_[d].body_mm3 / total : 1.0 / (end - begin);
          if (part > 0.0) {
            shares_[r].push_back({d, static_cast<float>(volume * part)});
          }
        }
      }
    }
  }

  [[nodiscard]] double cell_mm(std::size_t voxel, double coarsening) const {
    const double d = distance_[voxel];
    double cell = d <= options_.near_mm     ? options_.near_cell_mm
                  : d <= options_.middle_mm ? options_.middle_cell_mm
                                            : options_.far_cell_mm;
    for (std::size_t r = 0; r < organ_cell_mm_.size(); ++r) {
      if ((members_[voxel] >> r & 1U) != 0) {
        cell = std::min(cell, std::max(organ_cell_mm_[r], options_.near_cell_mm));
      }
    }
    return cell * coarsening;
  }

  /// Voxels of one cell, one set of organs.
  struct Key {
    std::uint64_t cell;
    std::uint32_t members;
    std::uint32_t voxel;
    [[nodiscard]] bool is_same_sample(const Key& other) const { return cell == other.cell && members == other.members; }
    auto operator<=>(const Key&) const = default;
  };

  [[nodiscard]] std::vector<Key> keys(double coarsening) const {
    std::vector<Key> result;
    for (std::size_t i = 0; i < members_.values().size(); ++i) {
      if ((members_[i] & target_bit) != 0 || (body_[i] == 0 && members_[i] == 0)) {
        continue;
      }
      // Cell sizes in quarter millimetres name the level; block sizes follow from it.
      const double cell = cell_mm(i, coarsening);
      const auto place = place_of(grid_, i);
      std::uint64_t key = static_cast<std::uint64_t>(std::min(255L, std::lround(4.0 * cell)));
      for (std::size_t a = 0; a < 3; ++a) {
        const auto block =
            std::max(1, static_cast<int>(std::lround(cell / grid_.spacing[static_cast<Eigen::Index>(a)])));
        key = (key << 16) | static_cast<std::uint64_t>(place[a] / block);
      }
      result.push_back({key, members_[i] | (body_[i] != 0 ? body_bit : 0U), static_cast<std::uint32_t>(i)});
    }
    std::ranges::sort(result);
    return result;
  }

  static std::size_t count_samples(const std::vector<Key>& keys) {
    std::size_t count = keys.empty() ? 0 : 1;
    for (std::size_t k = 1; k < keys.size(); ++k) {
      count += keys[k].is_same_sample(keys[k - 1]) ? 0 : 1;
    }
    return count;
  }

  void add_cells() {
    std::vector<Key> cells = keys(1.0);
    for (int k = 0; k < max_coarsenings && drafts_.size() + count_samples(cells) > options_.max_samples; ++k) {
      coarsening_ *= coarsening_step;
      cells = keys(coarsening_);
    }
    Volume<std::uint32_t> sample_of(grid_, no_sample);
    const Philox random(options_.seed, 0x5a3f);
    for (std::size_t begin = 0; begin < cells.size();) {
      std::size_t end = begin + 1;
      while (end < cells.size() && cells[end].is_same_sample(cells[begin])) {
        ++end;
      }
      const auto count = static_cast<double>(end - begin);
      const auto drawn = begin + static_cast<std::size_t>(random.uniform(cells[begin].voxel) * count);
      const std::size_t voxel = cells[std::min(drawn, end - 1)].voxel;
      const bool is_in_body = (cells[begin].members & body_bit) != 0;
      const std::uint32_t d = add_draft(voxel, 0, centre_of(grid_, voxel),
                                        is_in_body ? count * grid_.voxel_volume_mm3() : 0.0, distance_[voxel]);
      for (std::size_t k = begin; k < end; ++k) {
        sample_of[cells[k].voxel] = d;
      }
      begin = end;
    }
    add_organ_shares_in_cells(sample_of);
  }

  void add_organ_shares_in_cells(const Volume<std::uint32_t>& sample_of) {
    std::vector<double> volume(drafts_.size());
    for (std::size_t r = 0; r < occupancies_.size(); ++r) {
      if (is_target(r)) {
        continue;
      }
      std::ranges::fill(volume, 0.0);
      for (const Occupancy::Voxel& voxel : occupancies_[r].voxels) {
        if (sample_of[voxel.index] != no_sample) {
          volume[sample_of[voxel.index]] += voxel.fraction * grid_.voxel_volume_mm3();
        }
      }
      for (std::size_t d = 0; d < volume.size(); ++d) {
        if (volume[d] > 0.0) {
          shares_[r].push_back({static_cast<std::uint32_t>(d), static_cast<float>(volume[d])});
        }
      }
    }
  }

  SampledPatient finish() {
    std::vector<std::uint32_t> order(drafts_.size());
    for (std::uint32_t d = 0; d < order.size(); ++d) {
      order[d] = d;
    }
    std::ranges::sort(order, {}, [&](std::uint32_t d) { return drafts_[d].order; });
    std::vector<std::uint32_t> number(drafts_.size());
    SampledPatient result;
    result.num_target_samples = num_target_samples_;
    result.coarsening = coarsening_;
    SampleGroup body{std::string(body_id), {}, {}};
    std::vector<double> stands_for(drafts_.size(), 0.0);
    for (const std::vector<Share>& shares : shares_) {
      for (const Share& share : shares) {
        stands_for[share.draft] = std::max(stands_for[share.draft], static_cast<double>(share.volume_mm3));
      }
    }
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      const Draft& draft = drafts_[order[i]];
      number[order[i]] = i;
      result.problem.points.position_mm.push_back(draft.position.cast<float>());
      result.problem.points.volume_mm3.push_back(static_cast<float>(std::max(draft.body_mm3, stands_for[order[i]])));
      result.problem.target_distance_mm.push_back(draft.distance_mm);
      if (draft.body_mm3 > 0.0) {
        body.sample.push_back(i);
        body.volume_mm3.push_back(static_cast<float>(draft.body_mm3));
      }
    }
    std::string without;
    for (std::size_t r = 0; r < shares_.size(); ++r) {
      const std::string& id = protocol_.structures[r].id;
      if (!shares_[r].empty()) {
        add_group(id, shares_[r], number, result);
      } else if (std::ranges::find(emptied_, id, &NamedRule::id) == emptied_.end()) {
        without += (without.empty() ? "" : ", ") + id;
      }
    }
    if (!emptied_.empty()) {
      result.notes.push_back(without_volume_words(emptied_));
    }
    if (!without.empty()) {
      result.notes.push_back(
          fmt::format("The patient has no structure for {}; their objectives and goals are left out.", without));
    }
    if (result.problem.find(body_id) == nullptr) {
      result.problem.groups.push_back(std::move(body));
    }
    if (coarsening_ > 1.0) {
      result.notes.push_back(
          fmt::format("Cells outside the targets are {:.2f} times as large as usual to keep to {} samples.",
                      coarsening_, options_.max_samples));
    }
    return result;
  }

  static void add_group(const std::string& id, std::vector<Share>& shares, const std::vector<std::uint32_t>& number,
                        SampledPatient& result) {
    std::ranges::sort(shares, {}, [&](const Share& share) { return number[share.draft]; });
    SampleGroup group{id, {}, {}};
    for (const Share& share : shares) {
      group.sample.push_back(number[share.draft]);
      group.volume_mm3.push_back(share.volume_mm3);
    }
    result.problem.groups.push_back(std::move(group));
  }

  static constexpr std::uint32_t target_bit = 1U << 31;
  static constexpr std::uint32_t body_bit = 1U << 31;  // in a key, where target voxels do not occur

  const Patient& patient_;
  const Protocol& protocol_;
  const Volume<std::uint8_t>& body_;
  const SamplingOptions& options_;
  Grid grid_;
  std::vector<Occupancy> occupancies_;
  Occupancy targets_;
  std::vector<NamedRule> emptied_;  ///< rules of which nothing is left on the CT
  Volume<float> distance_;
  Volume<std::uint32_t> members_;
  std::vector<double> organ_cell_mm_;
  std::array<int, 3> split_{1, 1, 1};
  std::array<int, 3> first_{0, 0, 0};
  std::vector<Draft> drafts_;
  std::vector<std::vector<Share>> shares_;  ///< per rule
  std::size_t num_target_samples_ = 0;
  double coarsening_ = 1.0;
};

}  // namespace

SamplingOptions candidate_sampling(std::uint64_t seed) {
  SamplingOptions options;
  options.max_samples = 30'000;
  options.rim_mm = 1e3;
  options.near_cell_mm = 5.0;
  options.middle_cell_mm = 8.0;
  options.far_cell_mm = 15.0;
  options.samples_per_organ = 1500;
  options.seed = seed;
  return options;
}

SampledPatient sample_patient(const Patient& patient, const Protocol& protocol, const Volume<std::uint8_t>& body,
                              const SamplingOptions& options) {
  return Sampler(patient, protocol, body, options).run();
}

namespace {

/// A mask on another grid, by the nearest voxel; 0 beyond it.
Volume<std::uint8_t> on_grid(const Volume<std::uint8_t>& mask, const Grid& grid) {
  Volume<std::uint8_t> result(grid);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    const Vec3 at = mask.grid().coordinates(centre_of(grid, i)).array().round();
    const auto x = static_cast<int>(at.x());
    const auto y = static_cast<int>(at.y());
    const auto z = static_cast<int>(at.z());
    result[i] = mask.grid().contains(x, y, z) ? mask.at(x, y, z) : std::uint8_t{0};
  }
  return result;
}

constexpr double evaluation_samples = 60'000;  // per structure; about 1 mm for an organ of 60 cm³
constexpr double other_samples = 20'000;       // of structures that no goal speaks of

/// Adds the dose at a point that stands for a cube of that side; beyond the dose's grid its volume only.
void add_sample(StructureDose& structure, const Volume<float>& dose, const Vec3& point, float cell_mm) {
  const float volume_mm3 = cell_mm * cell_mm * cell_mm;
  const double dose_Gy = interpolate(dose, point, std::numeric_limits<double>::quiet_NaN());
  if (std::isnan(dose_Gy)) {
    structure.outside_mm3 += static_cast<double>(volume_mm3);
    return;
  }
  structure.dose_Gy.push_back(static_cast<float>(dose_Gy));
  structure.volume_mm3.push_back(volume_mm3);
}

/// The largest distance at which a goal or the report (2 cm) asks for a dose.
double farthest_asked_mm(const Protocol& protocol) {
  double farthest = 20.0;
  for (const Goal& goal : protocol.goals) {
    if (goal.metric.kind == MetricKind::max_beyond) {
      farthest = std::max(farthest, goal.metric.at);
    }
  }
  return farthest;
}

/// What a rule means in a patient: the union of its structures, less those of its `minus` rules.
struct RuleShape {
  std::vector<const Structure*> joined;
  std::vector<const Structure*> cut;
  [[nodiscard]] bool is_as_drawn() const { return joined.size() == 1 && cut.empty(); }
};

RuleShape rule_shape(const Protocol& protocol, std::size_t rule, const std::vector<std::vector<std::size_t>>& matches,
                     const StructureSet& set) {
  RuleShape shape;
  for (const std::size_t i : matches[rule]) {
    shape.joined.push_back(&set.structures[i]);
  }
  for (const std::string& id : protocol.structures[rule].minus) {
    const auto other = std::ranges::find(protocol.structures, id, &StructureRule::id);
    if (other != protocol.structures.end()) {
      for (const std::size_t i : matches[static_cast<std::size_t>(other - protocol.structures.begin())]) {
        shape.cut.push_back(&set.structures[i]);
      }
    }
  }
  return shape;
}

/// Calls use(sample) for the points of each structure that belong to what the rule means.
template <class SamplesOf, class Use>
void each_sample(const RuleShape& rule, SamplesOf samples_of, Use use) {
  std::vector<StructureShape> excluded;
  for (const Structure* structure : rule.cut) {
    excluded.emplace_back(*structure);
  }
  for (std::size_t k = 0; k < rule.joined.size(); ++k) {
    for (const auto& sample : samples_of(*rule.joined[k]).samples) {
      const Vec3 point = sample.position_mm.template cast<double>();
      if (std::ranges::none_of(excluded, [&](const StructureShape& other) { return other.contains(point); })) {
        use(point, sample.cell_mm);
      }
    }
    if (k + 1 < rule.joined.size()) {
      excluded.emplace_back(*rule.joined[k]);  // what the next one shares with it counts once
    }
  }
}

Dvh rule_dvh(const RuleShape& rule, const Volume<float>& dose) {
  if (rule.is_as_drawn()) {
    return compute_dvh(dose, *rule.joined.front());
  }
  StructureDose fine;
  each_sample(
      rule, [](const Structure& structure) { return structure_samples(structure); },
      [&](const Vec3& point, float cell_mm) { add_sample(fine, dose, point, cell_mm); });
  std::vector<Dvh::Sample> samples;
  samples.reserve(fine.dose_Gy.size());
  for (std::size_t i = 0; i < fine.dose_Gy.size(); ++i) {
    samples.push_back({fine.dose_Gy[i], fine.volume_mm3[i]});
  }
  return Dvh(std::move(samples), fine.outside_mm3);
}

StructureDose structure_dose(const std::string& id, const RuleShape& rule, const Volume<float>& dose,
                             EvaluationDetail detail) {
  StructureDose result{id, {}, {}};
  each_sample(
      rule, [](const Structure& structure) { return sample_shape(StructureShape(structure), evaluation_samples); },
      [&](const Vec3& point, float cell_mm) { add_sample(result, dose, point, cell_mm); });
  if (detail == EvaluationDetail::dvh) {
    result.dvh = std::make_shared<const Dvh>(rule_dvh(rule, dose));
  }
  return result;
}

/// Doses at points that fill a structure as it was drawn.
StructureDose drawn_structure_dose(const Structure& structure, const Volume<float>& dose) {
  StructureDose result{structure.name, {}, {}};
  for (const auto& sample : sample_shape(StructureShape(structure), other_samples).samples) {
    add_sample(result, dose, sample.position_mm.cast<double>(), sample.cell_mm);
  }
  result.dvh = std::make_shared<const Dvh>(compute_dvh(dose, structure));
  return result;
}

}  // namespace

std::vector<StructureDose> other_structure_doses(const Protocol& protocol, const StructureSet& set,
                                                 const Volume<float>& dose) {
  const auto matches = match_structures(protocol, set);
  std::vector<bool> is_shown(set.structures.size(), false);
  const std::vector<NamedRule> rules = named_rules(protocol, set);
  for (std::size_t r = 0; r < rules.size(); ++r) {
    if (rules[r].is_as_drawn()) {
      is_shown[matches[r].front()] = true;
    }
  }
  std::vector<StructureDose> all(set.structures.size());
  parallel_for(all.size(), [&](std::size_t i) {
    if (!is_shown[i] && !set.structures[i].contours.empty()) {
      all[i] = drawn_structure_dose(set.structures[i], dose);
    }
  });
  std::erase_if(all, [](const StructureDose& one) { return one.dose_Gy.empty(); });
  return all;
}

DoseUnderEvaluation dose_under_evaluation(const Patient& patient, const Protocol& protocol,
                                          const Volume<std::uint8_t>& body, const Volume<float>& dose,
                                          EvaluationDetail detail) {
  const Grid& ct = patient.ct.hu.grid();
  const Grid& grid = dose.grid().voxel_volume_mm3() < ct.voxel_volume_mm3() ? dose.grid() : ct;
  const auto dose_at = [&](std::size_t index) {
    return static_cast<float>(interpolate(dose, centre_of(grid, index), 0.0));
  };
  const std::vector<Occupancy> occupancies =
      protocol_occupancies(protocol, patient.structure_set, grid, RuleSelection::targets_only);
  const double voxel_mm3 = grid.voxel_volume_mm3();
  DoseUnderEvaluation result;
  const auto matches = match_structures(protocol, patient.structure_set);
  std::vector<StructureDose> structures(protocol.structures.size());
  parallel_for(structures.size(), [&](std::size_t r) {
    structures[r] = structure_dose(protocol.structures[r].id, rule_shape(protocol, r, matches, patient.structure_set),
                                   dose, detail);
  });
  for (std::size_t r = 0; r < structures.size(); ++r) {
    if (!structures[r].dose_Gy.empty() || structures[r].outside_mm3 > 0.0) {
      result.structures.push_back(std::move(structures[r]));
    } else if (!matches[r].empty()) {
      result.emptied.push_back(protocol.structures[r].id);
    }
  }
  const Volume<float> distance = distance_from(target_union(protocol, occupancies));
  result.body.id = std::string(body_id);
  const Volume<std::uint8_t> is_body = on_grid(body, grid);
  if (detail == EvaluationDetail::dvh) {
    std::vector<const Structure*> targets;
    for (std::size_t r = 0; r < matches.size(); ++r) {
      for (const std::size_t i : matches[r]) {
        if (protocol.is_target(protocol.structures[r].id)) {
          targets.push_back(&patient.structure_set.structures[i]);
        }
      }
    }
    result.isodoses = BodyIsodoses(dose, grid == dose.grid() ? is_body : on_grid(body, dose.grid()),
                                   distance_outside(targets, dose.grid(), farthest_asked_mm(protocol)));
    const Structure* external = external_structure(patient.structure_set);
    result.body.dvh = std::make_shared<const Dvh>(external != nullptr ? compute_dvh(dose, *external)
                                                                      : compute_dvh(dose, outline_structure(body)));
  }
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    if (is_body[i] != 0) {
      result.body.dose_Gy.push_back(dose_at(i));
      result.body.volume_mm3.push_back(static_cast<float>(voxel_mm3));
      result.body_distance_mm.push_back(distance[i]);
    }
  }
  return result;
}

}  // namespace xingu
