// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace xingu {

/// The subcommands of `xingu ecg` about files: inspect and convert.
void add_ecg_exchange_commands(CLI::App& ecg);

}  // namespace xingu
