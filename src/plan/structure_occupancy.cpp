// SPDX-License-Identifier: Apache-2.0
#include "plan/structure_occupancy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"

namespace xingu {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();

/// Walks two sorted voxel lists together; combine(fraction_a, fraction_b) > 0 is kept.
template <class Combine>
Occupancy merge(const Occupancy& a, const Occupancy& b, const Combine& combine) {
  XINGU_EXPECT(a.grid == b.grid);
  Occupancy result{a.grid, {}};
  auto ia = a.voxels.begin();
  auto ib = b.voxels.begin();
  while (ia != a.voxels.end() || ib != b.voxels.end()) {
    const bool has_a = ia != a.voxels.end() && (ib == b.voxels.end() || ia->index <= ib->index);
    const bool has_b = ib != b.voxels.end() && (ia == a.voxels.end() || ib->index <= ia->index);
    const std::uint32_t index = has_a ? ia->index : ib->index;
    const float fraction = combine(has_a ? ia->fraction : 0.0F, has_b ? ib->fraction : 0.0F);
    if (fraction > 0.0F) {
      result.voxels.push_back({index, fraction});
    }
    ia += has_a ? 1 : 0;
    ib += has_b ? 1 : 0;
  }
  return result;
}

/// Lower envelope of the parabolas f(i) + (h (x − i))²: squared distances along one line of `count` values, in place.
class LineTransform {
 public:
  explicit LineTransform(std::size_t longest) : vertex_(longest), edge_(longest + 1), line_(longest) {}

  void run(float* values, std::size_t count, std::size_t stride, double spacing) {
    const double h2 = spacing * spacing;
    std::size_t hull = 0;
    for (std::size_t i = 0; i < count; ++i) {
      line_[i] = values[i * stride];
      if (line_[i] == infinite) {
        continue;
      }
      double from = -std::numeric_limits<double>::infinity();
      while (hull > 0) {
        const auto v = static_cast<double>(vertex_[hull - 1]);
        const auto x = static_cast<double>(i);
        from = ((line_[i] + h2 * x * x) - (line_[vertex_[hull - 1]] + h2 * v * v)) / (2.0 * h2 * (x - v));
        if (from > edge_[hull - 1]) {
          break;
        }
        --hull;
        from = -std::numeric_limits<double>::infinity();
      }
      vertex_[hull] = i;
      edge_[hull] = from;
      ++hull;
    }
    if (hull == 0) {
      return;
    }
    edge_[hull] = std::numeric_limits<double>::infinity();
    std::size_t k = 0;
    for (std::size_t i = 0; i < count; ++i) {
      while (edge_[k + 1] < static_cast<double>(i)) {
        ++k;
      }
      const double d = static_cast<double>(i) - static_cast<double>(vertex_[k]);
      values[i * stride] = static_cast<float>(line_[vertex_[k]] + h2 * d * d);
    }
  }

 private:
  std::vector<std::size_t> vertex_;
  std::vector<double> edge_;
  std::vector<float> line_;
};

}  // namespace

Occupancy occupancy_union(const Occupancy& a, const Occupancy& b) {
  return merge(a, b, [](float fa, float fb) { return std::max(fa, fb); });
}

Occupancy occupancy_difference(const Occupancy& a, const Occupancy& b) {
  return merge(a, b, [](float fa, float fb) { return std::max(0.0F, fa - fb); });
}

std::vector<NamedRule> rules_without_volume(const Protocol& protocol, const StructureSet& set,
                                            const std::vector<Occupancy>& occupancies) {
  XINGU_EXPECT(occupancies.size() == protocol.structures.size());
  const std::vector<NamedRule> rules = named_rules(protocol, set);
  std::vector<NamedRule> result;
  for (std::size_t r = 0; r < rules.size(); ++r) {
    if (rules[r].taken.empty() || !occupancies[r].voxels.empty()) {
      continue;
    }
    XINGU_REQUIRE(!protocol.structures[r].is_required,
                  "protocol {}: nothing is left on the CT of {}, which the plan must treat; correct the structures or "
                  "the protocol's `minus`, or say there that it may_be_absent",
                  protocol.name, printable(rules[r].label(), 200));
    result.push_back(rules[r]);
  }
  return result;
}

std::string without_volume_words(const std::vector<NamedRule>& rules) {
  std::string list;
  for (const NamedRule& rule : rules) {
    list += (list.empty() ? "" : ", ") + printable(rule.label(), 200);
  }
  return list.empty() ? list
                      : fmt::format("Nothing is left on the CT of {}; their objectives and goals are left out.", list);
}

std::vector<Occupancy> protocol_occupancies(const Protocol& protocol, const StructureSet& set, const Grid& grid,
                                            RuleSelection selection) {
  const auto match = match_structures(protocol, set);
  std::map<std::string, Occupancy, std::less<>> whole;  // before anything is taken out
  const auto whole_of = [&](std::string_view id) -> const Occupancy& {
    const auto known = whole.find(id);
    if (known != whole.end()) {
      return known->second;
    }
    Occupancy sum{grid, {}};
    for (std::size_t i = 0; i < protocol.structures.size(); ++i) {
      for (std::size_t k = 0; protocol.structures[i].id == id && k < match[i].size(); ++k) {
        sum = occupancy_union(sum, rasterise(set.structures[match[i][k]], grid));
      }
    }
    return whole.emplace(std::string(id), std::move(sum)).first->second;
  };
  std::vector<Occupancy> result;
  for (const StructureRule& rule : protocol.structures) {
    Occupancy occupancy{grid, {}};
    if (selection == RuleSelection::all || protocol.is_target(rule.id)) {
      occupancy = whole_of(rule.id);
      for (const std::string& id : rule.minus) {
        occupancy = occupancy_difference(occupancy, whole_of(id));
      }
    }
    result.push_back(std::move(occupancy));
  }
  return result;
}

Volume<float> distance_from(const Occupancy& occupancy) {
  const Grid& grid = occupancy.grid;
  Volume<float> result(grid, infinite);
  for (const Occupancy::Voxel& voxel : occupancy.voxels) {
    if (voxel.fraction >= 0.5F) {
      result[voxel.index] = 0.0F;
    }
  }
  const auto nx = static_cast<std::size_t>(grid.nx());
  const auto ny = static_cast<std::size_t>(grid.ny());
  const auto nz = static_cast<std::size_t>(grid.nz());
  float* values = result.values().data();
  parallel_for(nz, [&](std::size_t z) {
    LineTransform line(std::max(nx, ny));
    for (std::size_t y = 0; y < ny; ++y) {
      line.run(values + (z * ny + y) * nx, nx, 1, grid.spacing.x());
    }
    for (std::size_t x = 0; x < nx; ++x) {
      line.run(values + z * ny * nx + x, ny, nx, grid.spacing.y());
    }
  });
  parallel_for(ny, [&](std::size_t y) {
    LineTransform line(nz);
    for (std::size_t x = 0; x < nx; ++x) {
      line.run(values + y * nx + x, nz, nx * ny, grid.spacing.z());
    }
  });
  const double half_voxel = 0.5 * std::cbrt(grid.voxel_volume_mm3());
  for (float& value : result.values()) {
    value = value > 0.0F ? static_cast<float>(std::max(0.1, std::sqrt(static_cast<double>(value)) - half_voxel)) : 0.0F;
  }
  return result;
}

Occupancy target_union(const Protocol& protocol, const std::vector<Occupancy>& occupancies) {
  XINGU_EXPECT(occupancies.size() == protocol.structures.size());
  Occupancy result{occupancies.empty() ? Grid{} : occupancies[0].grid, {}};
  for (std::size_t i = 0; i < occupancies.size(); ++i) {
    if (protocol.is_target(protocol.structures[i].id)) {
      result = occupancy_union(result, occupancies[i]);
    }
  }
  return result;
}

}  // namespace xingu
