// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ecg/statement_thresholds.h"
#include "support/test_paths.h"

namespace xingu::test {

/// The thresholds that Xingu ships with, read once.
inline const ecg::StatementThresholds& shipped_thresholds() {
  static const ecg::StatementThresholds thresholds =
      ecg::read_statement_thresholds(source_dir() / "data" / "ecg" / "statements.toml");
  return thresholds;
}

}  // namespace xingu::test
