// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommand `xingu ecg holter`: beats, episodes, trends and variability of a recording of any length.
void add_ecg_holter_command(CLI::App& ecg);

}  // namespace xingu
