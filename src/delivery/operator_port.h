// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "delivery/controller.h"

namespace xingu {

/// Whoever works the session: a console, a script, a record that is replayed. Asked once a millisecond from within the
/// loop: implementations neither allocate, lock nor throw.
class OperatorPort {
 public:
  virtual ~OperatorPort() = default;
  [[nodiscard]] virtual OperatorAction next(std::uint64_t step, const Controller& controller) noexcept = 0;
  /// What befalls the machine from this step on; asked before the machine moves.
  [[nodiscard]] virtual FaultChange change(std::uint64_t) noexcept { return {}; }
};

/// An operator who wants the plan delivered: loads, arms when ready, confirms a second later, answers a hold after
/// `answer_s`, gives up after `max_answers`, and waits at most `patience_s` for the machine to be ready.
class WillingOperator final : public OperatorPort {
 public:
  struct Habits {
    double confirm_s = 1.0;
    double answer_s = 3.0;
    int max_answers = 5;
    double patience_s = 600.0;
  };
  WillingOperator() = default;
  explicit WillingOperator(const Habits& habits) : habits_(habits) {}

  [[nodiscard]] OperatorAction next(std::uint64_t step, const Controller& controller) noexcept override;

 private:
  Habits habits_;
  SessionState last_state_ = SessionState::idle;
  double in_state_ms_ = 0.0;
  double standing_ms_ = 0.0;
  int num_answers_ = 0;
  bool has_loaded_ = false;
};

}  // namespace xingu
