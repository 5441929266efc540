// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommand `xingu ecg analyse`: quality, beats, measurements and statements of a recording.
void add_ecg_analyse_command(CLI::App& ecg);

}  // namespace xingu
