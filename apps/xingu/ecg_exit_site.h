// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The subcommand `xingu ecg exit-site`: where a ventricular beat seems to leave, by the 17-segment model.
void add_ecg_exit_site_command(CLI::App& ecg);

}  // namespace xingu
