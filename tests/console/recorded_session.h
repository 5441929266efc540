// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "delivery/record_reader.h"
#include "delivery/record_writer.h"
#include "delivery_case.h"

namespace xingu::console::test {

/// The record of a small session, given to its end by a willing operator past a door that was opened.
[[nodiscard]] inline SessionRecord recorded_session() {
  xingu::test::DeliveryCase one(xingu::test::small_delivery_plan(2, 20.0));
  one.with_faults({{FaultKind::door_open, 4.0, 1.0, 0.0, 0}});
  std::vector<std::byte> memory(16U << 20U);
  RecordWriter writer(memory, 0);
  writer.begin(one.plan(), one.settings(), "settings");
  static_cast<void>(run_fast(*one.session(&writer), xingu::test::max_steps));
  memory.resize(writer.used());
  return {std::move(memory), "record"};
}

}  // namespace xingu::console::test
