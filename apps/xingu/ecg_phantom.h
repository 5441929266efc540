// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommand `xingu ecg phantom`: a recording with known truth.
void add_ecg_phantom_command(CLI::App& ecg);

}  // namespace xingu
