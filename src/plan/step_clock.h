// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <type_traits>

#include "base/progress.h"
#include "plan/planner.h"

namespace xingu {

/// Runs the steps of a plan one by one: names each to whoever watches, notes how long it took, and ends a cancelled run
/// between two. @throws Cancelled
class StepClock {
 public:
  StepClock(PlanOutcome& outcome, const PlannerOptions& options) : outcome_(outcome), options_(options) {}

  template <class Work>
  auto operator()(const std::string& step, Work&& work) {
    throw_if_cancelled();
    if (options_.on_step) {
      options_.on_step(step);
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto record = [&] {
      outcome_.timings.push_back(
          {step, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()});
    };
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      record();
    } else {
      auto result = work();
      record();
      return result;
    }
  }

 private:
  PlanOutcome& outcome_;
  const PlannerOptions& options_;
};

}  // namespace xingu
