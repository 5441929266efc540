// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommand `xingu ecg live`: beats, state and electrodes of a recording or a simulated patient as they come.
void add_ecg_live_command(CLI::App& ecg);

}  // namespace xingu
