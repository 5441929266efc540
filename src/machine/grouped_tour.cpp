// SPDX-License-Identifier: Apache-2.0
#include "machine/grouped_tour.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/error.h"
#include "base/philox.h"

namespace xingu {
namespace {

using Groups = std::vector<std::vector<std::size_t>>;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double least_gain = 1e-9;
constexpr std::size_t most_exact_groups = 12;
constexpr std::uint64_t num_kicks = 60;
constexpr std::size_t longest_run = 3;  // of visits that Or-opt moves together

/// Costs between all members and home, looked up instead of asked for: an order is improved by millions of look-ups.
class CostTable {
 public:
  CostTable(std::size_t home, const TourCost& cost) : size_(home + 1), cost_(size_ * size_) {
    for (std::size_t a = 0; a < size_; ++a) {
      for (std::size_t b = 0; b < size_; ++b) {
        cost_[a * size_ + b] = cost(a, b);
      }
    }
  }
  double operator()(std::size_t from, std::size_t to) const { return cost_[from * size_ + to]; }

 private:
  std::size_t size_;
  std::vector<double> cost_;
};

/// The best members for a given order of groups, by dynamic programming along the order.
GroupedTour best_members(const Groups& groups, const std::vector<std::size_t>& order, std::size_t home,
                         const CostTable& cost) {
  std::vector<std::vector<std::size_t>> came_from(order.size());
  std::vector<double> reached;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto& members = groups[order[k]];
    std::vector<double> now(members.size(), infinity);
    came_from[k].assign(members.size(), 0);
    for (std::size_t m = 0; m < members.size(); ++m) {
      if (k == 0) {
        now[m] = cost(home, members[m]);
        continue;
      }
      const auto& before = groups[order[k - 1]];
      for (std::size_t b = 0; b < before.size(); ++b) {
        const double sum = reached[b] + cost(before[b], members[m]);
        if (sum < now[m]) {
          now[m] = sum;
          came_from[k][m] = b;
        }
      }
    }
    reached = std::move(now);
  }
  GroupedTour tour;
  tour.member.resize(order.size());
  tour.cost = infinity;
  std::size_t last = 0;
  for (std::size_t m = 0; m < reached.size(); ++m) {
    const double sum = reached[m] + cost(groups[order.back()][m], home);
    if (sum < tour.cost) {
      tour.cost = sum;
      last = m;
    }
  }
  for (std::size_t k = order.size(); k-- > 0;) {
    tour.member[k] = groups[order[k]][last];
    last = came_from[k][last];
  }
  return tour;
}

/// Improves an order with fixed members by reversing and by moving runs, until nothing gains.
void improve(std::vector<std::size_t>& order, const std::vector<std::size_t>& member_of_group, std::size_t home,
             const CostTable& cost) {
  const std::size_t n = order.size();
  const auto at = [&](std::size_t k) { return k == 0 || k == n + 1 ? home : member_of_group[order[k - 1]]; };
  const auto length = [&] {
    double sum = 0.0;
    for (std::size_t k = 0; k <= n; ++k) {
      sum += cost(at(k), at(k + 1));
    }
    return sum;
  };
  double now = length();
  for (bool has_gained = true; has_gained;) {
    has_gained = false;
    const auto attempt = [&](std::vector<std::size_t> candidate) {
      std::swap(order, candidate);
      const double then = length();
      if (then < now - least_gain) {
        now = then;
        has_gained = true;
      } else {
        std::swap(order, candidate);
      }
    };
    for (std::size_t i = 1; i <= n; ++i) {
      for (std::size_t j = i + 1; j <= n; ++j) {
        const double removed = cost(at(i - 1), at(i)) + cost(at(j), at(j + 1));
        const double added = cost(at(i - 1), at(j)) + cost(at(i), at(j + 1));
        if (added < removed - least_gain) {
          std::vector<std::size_t> candidate = order;
          std::reverse(candidate.begin() + static_cast<std::ptrdiff_t>(i - 1),
                       candidate.begin() + static_cast<std::ptrdiff_t>(j));
          attempt(std::move(candidate));
        }
      }
    }
    for (std::size_t run = 1; run <= std::min(longest_run, n - 1); ++run) {
      for (std::size_t i = 1; i + run - 1 <= n; ++i) {
        for (std::size_t to = 0; to <= n; ++to) {  // between visits to and to + 1
          if (to + 1 >= i && to <= i + run - 1) {
            continue;
          }
          const double removed = cost(at(i - 1), at(i)) + cost(at(i + run - 1), at(i + run)) + cost(at(to), at(to + 1));
          const double added = cost(at(i - 1), at(i + run)) + cost(at(to), at(i)) + cost(at(i + run - 1), at(to + 1));
          if (added < removed - least_gain) {
            std::vector<std::size_t> rest = order;
            const auto begin = rest.begin() + static_cast<std::ptrdiff_t>(i - 1);
            const std::vector<std::size_t> moved(begin, begin + static_cast<std::ptrdiff_t>(run));
            rest.erase(begin, begin + static_cast<std::ptrdiff_t>(run));
            const std::size_t place = to < i ? to : to - run;
            rest.insert(rest.begin() + static_cast<std::ptrdiff_t>(place), moved.begin(), moved.end());
            attempt(std::move(rest));
          }
        }
      }
    }
  }
}

std::vector<std::size_t> groups_of_members(const Groups& groups, std::size_t num_members) {
  std::vector<std::size_t> group_of(num_members, 0);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const std::size_t m : groups[g]) {
      group_of[m] = g;
    }
  }
  return group_of;
}

/// Takes each visit out and puts it back where, and as whichever member of its group, it costs least, until nothing
/// gains.
void reinsert(std::vector<std::size_t>& member, const Groups& groups, const std::vector<std::size_t>& group_of,
              std::size_t home, const CostTable& cost) {
  const std::size_t n = member.size();
  for (bool has_gained = n > 1; has_gained;) {
    has_gained = false;
    for (std::size_t k = 0; k < n; ++k) {
      std::vector<std::size_t> rest = member;
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(k));
      const auto at = [&](std::size_t i) { return i == 0 || i > rest.size() ? home : rest[i - 1]; };
      const double now = cost(at(k), member[k]) + cost(member[k], at(k + 1)) - cost(at(k), at(k + 1));
      double least = now - least_gain;
      std::size_t best_member = home;
      std::size_t best_place = 0;
      for (const std::size_t m : groups[group_of[member[k]]]) {
        for (std::size_t i = 0; i < n; ++i) {
          const double added = cost(at(i), m) + cost(m, at(i + 1)) - cost(at(i), at(i + 1));
          if (added < least) {
            least = added;
            best_member = m;
            best_place = i;
          }
        }
      }
      if (best_member != home) {
        rest.insert(rest.begin() + static_cast<std::ptrdiff_t>(best_place), best_member);
        member = std::move(rest);
        has_gained = true;
      }
    }
  }
}

/// Order and members improved in turn until neither gains.
GroupedTour improved(const Groups& groups, std::vector<std::size_t> order, const std::vector<std::size_t>& group_of,
                     std::size_t home, const CostTable& cost) {
  GroupedTour tour = best_members(groups, order, home, cost);
  while (tour.cost < infinity) {
    const double before = tour.cost;
    std::vector<std::size_t> member_of_group(groups.size());
    for (const std::size_t m : tour.member) {
      member_of_group[group_of[m]] = m;
    }
    improve(order, member_of_group, home, cost);
    std::vector<std::size_t> member;
    for (const std::size_t group : order) {
      member.push_back(member_of_group[group]);
    }
    reinsert(member, groups, group_of, home, cost);
    for (std::size_t k = 0; k < order.size(); ++k) {
      order[k] = group_of[member[k]];
    }
    const GroupedTour next = best_members(groups, order, home, cost);
    if (!(next.cost < before - least_gain)) {
      break;
    }
    tour = next;
  }
  return tour;
}

/// Cuts the order in three places and joins the middle parts the other way round: what single moves cannot undo.
std::vector<std::size_t> kicked(const std::vector<std::size_t>& order, std::uint64_t draw) {
  const std::size_t n = order.size();
  std::array<std::size_t, 3> cut{};
  for (std::size_t k = 0; k < 3; ++k) {
    cut[k] = static_cast<std::size_t>(Philox(17, k).uniform(draw) * static_cast<double>(n + 1));
  }
  std::ranges::sort(cut);
  const auto at = [&](std::size_t i) { return order.begin() + static_cast<std::ptrdiff_t>(i); };
  std::vector<std::size_t> result(order.begin(), at(cut[0]));
  result.insert(result.end(), at(cut[1]), at(cut[2]));
  result.insert(result.end(), at(cut[0]), at(cut[1]));
  result.insert(result.end(), at(cut[2]), order.end());
  return result;
}

}  // namespace

GroupedTour exact_tour(const Groups& groups, std::size_t home, const TourCost& cost) {
  const std::size_t n = groups.size();
  XINGU_REQUIRE(n >= 1 && n <= most_exact_groups, "{} beams cannot be put in exact order (at most {}); use good_tour",
                n, most_exact_groups);
  std::vector<std::size_t> first(n + 1, 0);  // members of group g are numbered first[g] … here
  for (std::size_t g = 0; g < n; ++g) {
    first[g + 1] = first[g] + groups[g].size();
  }
  const std::size_t num_members = first[n];
  const std::size_t num_sets = std::size_t{1} << n;
  std::vector<double> best(num_sets * num_members, infinity);
  std::vector<std::size_t> came_from(num_sets * num_members, 0);
  std::vector<std::size_t> group_of(num_members);
  std::vector<std::size_t> member(num_members);
  for (std::size_t g = 0; g < n; ++g) {
    for (std::size_t m = 0; m < groups[g].size(); ++m) {
      group_of[first[g] + m] = g;
      member[first[g] + m] = groups[g][m];
      best[(std::size_t{1} << g) * num_members + first[g] + m] = cost(home, groups[g][m]);
    }
  }
  for (std::size_t set = 1; set < num_sets; ++set) {
    for (std::size_t at = 0; at < num_members; ++at) {
      const double so_far = best[set * num_members + at];
      if (!(so_far < infinity)) {
        continue;
      }
      for (std::size_t to = 0; to < num_members; ++to) {
        const std::size_t bit = std::size_t{1} << group_of[to];
        if ((set & bit) != 0) {
          continue;
        }
        const double sum = so_far + cost(member[at], member[to]);
        if (sum < best[(set | bit) * num_members + to]) {
          best[(set | bit) * num_members + to] = sum;
          came_from[(set | bit) * num_members + to] = at;
        }
      }
    }
  }
  GroupedTour tour;
  tour.cost = infinity;
  std::size_t at = 0;
  std::size_t set = num_sets - 1;
  for (std::size_t m = 0; m < num_members; ++m) {
    const double sum = best[set * num_members + m] + cost(member[m], home);
    if (sum < tour.cost) {
      tour.cost = sum;
      at = m;
    }
  }
  if (!(tour.cost < infinity)) {
    return tour;
  }
  while (set != 0) {
    tour.member.push_back(member[at]);
    const std::size_t before = came_from[set * num_members + at];
    set &= ~(std::size_t{1} << group_of[at]);
    at = before;
  }
  std::ranges::reverse(tour.member);
  return tour;
}

GroupedTour mended_tour(const Groups& groups, std::size_t home, const TourCost& asked, const GroupedTour& tour) {
  const CostTable cost(home, asked);
  const std::vector<std::size_t> group_of = groups_of_members(groups, home);
  std::vector<std::size_t> order;
  for (const std::size_t member : tour.member) {
    order.push_back(group_of[member]);
  }
  return improved(groups, std::move(order), group_of, home, cost);
}

GroupedTour good_tour(const Groups& groups, std::size_t home, const TourCost& asked) {
  const CostTable cost(home, asked);
  const std::size_t n = groups.size();
  GroupedTour best;
  best.cost = infinity;
  const std::vector<std::size_t> group_of = groups_of_members(groups, home);
  const std::size_t num_starts = std::min<std::size_t>(n, n <= 12 ? 12 : 5);
  for (std::size_t start = 0; start < num_starts; ++start) {
    std::vector<std::size_t> order{start * n / num_starts};
    std::vector<bool> is_visited(n, false);
    is_visited[order[0]] = true;
    std::size_t at = groups[order[0]].front();
    while (order.size() < n) {
      double least = infinity;
      std::size_t next = home;
      for (std::size_t m = 0; m < home; ++m) {
        if (!is_visited[group_of[m]] && (next == home || cost(at, m) < least)) {
          least = cost(at, m);
          next = m;
        }
      }
      is_visited[group_of[next]] = true;
      order.push_back(group_of[next]);
      at = next;
    }
    const GroupedTour tour = improved(groups, std::move(order), group_of, home, cost);
    if (tour.cost < best.cost) {
      best = tour;
    }
  }
  for (std::uint64_t kick = 0; kick < num_kicks && best.cost < infinity; ++kick) {
    std::vector<std::size_t> order;
    for (const std::size_t member : best.member) {
      order.push_back(group_of[member]);
    }
    const GroupedTour tour = improved(groups, kicked(order, kick), group_of, home, cost);
    if (tour.cost < best.cost) {
      best = tour;
    }
  }
  return best;
}

}  // namespace xingu
