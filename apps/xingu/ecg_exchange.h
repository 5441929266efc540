// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommands of `xingu ecg` about files: inspect and convert.
void add_ecg_exchange_commands(CLI::App& ecg);

}  // namespace xingu
