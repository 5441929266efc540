// SPDX-License-Identifier: Apache-2.0
#include "patient/cut_ends.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "patient/tg263.h"

namespace xingu {
namespace {

constexpr double least_inside_slices = 1.5;  // nearer to the scan's end the scan ends, not the contours
constexpr double adjoining_mm = 20.0;        // over which the next organ may begin (the larynx: 15 mm above)
constexpr std::size_t longest_name = 256;

struct Extent {
  double low, high;
};

std::optional<Extent> extent(const Structure& structure) {
  if (structure.contours.empty()) {
    return std::nullopt;
  }
  const auto [low, high] = std::ranges::minmax(structure.contours, {}, &Contour::z_mm);
  return Extent{low.z_mm, high.z_mm};
}

/// An organ that is a cord or a tube along the body, with what it goes over into.
struct SerialOrgan {
  std::string_view name;
  std::array<std::string_view, 6> above;  ///< beginnings of TG-263 names, then empty
  std::array<std::string_view, 6> below;
  bool ends_below = false;  ///< its lower end is its own
};

constexpr std::array<SerialOrgan, 4> serial_organs{{
    {"SpinalCord", {"Brainstem", "Brain"}, {"CaudaEquina"}},
    {"SpinalCanal", {"Brainstem", "Brain"}, {"CaudaEquina"}},
    {"CaudaEquina", {"SpinalCord"}, {}, true},
    {"Esophagus", {"Larynx", "Pharynx", "Glottis", "Cricoid", "Musc_Constrict", "Hypopharynx"}, {"Stomach"}},
}};

bool is_named(std::string_view name, std::string_view beginning) {
  return !beginning.empty() && name.starts_with(beginning) &&
         (name.size() == beginning.size() || name[beginning.size()] == '_');
}

class Seeker {
 public:
  Seeker(const Grid& ct, const StructureSet& set) {
    scan_ = {ct.centre(0, 0, 0).z(), ct.centre(0, 0, ct.nz() - 1).z()};
    inside_mm_ = least_inside_slices * ct.spacing.z();
    for (const Structure& structure : set.structures) {
      const Tg263Match match = match_tg263(structure.name.substr(0, longest_name));
      names_.push_back(match.is_sure() ? match.name : std::string());
      extents_.push_back(extent(structure));
    }
  }

  std::vector<CutEnd> run(std::span<const std::size_t> targets) const {
    std::optional<Extent> treated;
    for (const std::size_t t : targets) {
      if (const auto& one = extents_.at(t)) {
        treated = treated ? Extent{std::min(treated->low, one->low), std::max(treated->high, one->high)} : *one;
      }
    }
    std::vector<CutEnd> result;
    for (std::size_t i = 0; treated && i < extents_.size(); ++i) {
      const auto organ =
          std::ranges::find_if(serial_organs, [&](const SerialOrgan& o) { return is_named(names_[i], o.name); });
      if (organ == serial_organs.end() || !extents_[i]) {
        continue;
      }
      const double low = extents_[i]->low;
      const double high = extents_[i]->high;
      if (low > treated->low - margin_beyond_targets_mm && low > scan_.low + inside_mm_ && !organ->ends_below &&
          !goes_over(organ->below, [low](const Extent& e) { return e.high >= low - adjoining_mm && e.low < low; })) {
        result.push_back(
            {i, false, low, treated->low, scan_.low, std::max(scan_.low, treated->low - margin_beyond_targets_mm)});
      }
      if (high < treated->high + margin_beyond_targets_mm && high < scan_.high - inside_mm_ &&
          !goes_over(organ->above, [high](const Extent& e) { return e.low <= high + adjoining_mm && e.high > high; })) {
        result.push_back(
            {i, true, high, treated->high, scan_.high, std::min(scan_.high, treated->high + margin_beyond_targets_mm)});
      }
    }
    return result;
  }

 private:
  template <class Adjoins>
  bool goes_over(const std::array<std::string_view, 6>& into, Adjoins adjoins) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (extents_[i] && adjoins(*extents_[i]) &&
          std::ranges::any_of(into, [&](std::string_view name) { return is_named(names_[i], name); })) {
        return true;
      }
    }
    return false;
  }

  Extent scan_{};
  double inside_mm_ = 0.0;
  std::vector<std::string> names_;  ///< TG-263 where sure, else empty
  std::vector<std::optional<Extent>> extents_;
};

}  // namespace

std::vector<CutEnd> cut_ends(const Grid& ct, const StructureSet& set, std::span<const std::size_t> targets) {
  return Seeker(ct, set).run(targets);
}

std::vector<std::size_t> drawn_targets(const StructureSet& set) {
  std::vector<std::size_t> result;
  for (std::size_t i = 0; i < set.structures.size(); ++i) {
    const Structure& structure = set.structures[i];
    if (structure.contours.empty()) {
      continue;
    }
    const Tg263Match match = match_tg263(structure.name.substr(0, longest_name));
    const auto is_target = [&](std::string_view kind) {
      return structure.interpreted_type == kind || (match.is_sure() && match.name.starts_with(kind));
    };
    if (is_target("PTV") || is_target("CTV") || is_target("GTV")) {
      result.push_back(i);
    }
  }
  return result;
}

std::string cut_end_words(const CutEnd& cut, std::string_view structure, std::string_view goals) {
  return fmt::format(
      "'{}': its contours end at z {:.1f} mm, inside the scan (to {:.1f} mm) and beside the target, which reaches to "
      "{:.1f} mm: what lies beyond is neither spared nor counted in {}; draw it on to z {:.0f} mm, unless it "
      "ends there",
      printable(structure, 64), cut.end_mm, cut.scan_mm, cut.target_mm,
      goals.empty() ? std::string("goals of it") : fmt::format("its goals ({})", goals), cut.wanted_mm);
}

}  // namespace xingu
