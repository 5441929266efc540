// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommand `xingu ecg report`: a recording as pages for a cardiologist and for a family.
void add_ecg_report_command(CLI::App& ecg);

}  // namespace xingu
