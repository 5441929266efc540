// SPDX-License-Identifier: Apache-2.0
#include "delivery/operator_port.h"

namespace xingu {

OperatorAction WillingOperator::next(std::uint64_t, const Controller& controller) noexcept {
  const SessionState state = controller.state();
  in_state_ms_ = state == last_state_ ? in_state_ms_ + 1.0 : 0.0;
  last_state_ = state;
  const bool is_latched = (controller.panel().standing() & interlock_table::latching) != 0;
  standing_ms_ = is_latched ? standing_ms_ + 1.0 : 0.0;
  const bool is_over = state == SessionState::complete || state == SessionState::aborted;
  if (state == SessionState::idle && !has_loaded_) {
    has_loaded_ = true;
    return OperatorAction::load;
  }
  if (is_latched && !is_over && standing_ms_ >= 1000.0 * habits_.answer_s) {
    standing_ms_ = 0.0;
    if (num_answers_ < habits_.max_answers) {
      ++num_answers_;
      return OperatorAction::resume;
    }
    return state == SessionState::verified || state == SessionState::ready ? OperatorAction::reject
                                                                           : OperatorAction::stop;
  }
  if (state == SessionState::verified && in_state_ms_ >= 1000.0 * habits_.patience_s) {
    return OperatorAction::reject;
  }
  if (state == SessionState::ready && in_state_ms_ >= 1000.0 * habits_.confirm_s) {
    return OperatorAction::arm;
  }
  if (state == SessionState::armed && in_state_ms_ >= 1000.0 * habits_.confirm_s) {
    return OperatorAction::confirm;
  }
  return OperatorAction::none;
}

}  // namespace xingu
