// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace xingu {

class Ranks;

/// One declaration per subcommand, each defined in the file of its name. It adds the subcommand to the app; the
/// callback runs the command and throws on failure. Those that take ranks share their long computations out: every rank
/// runs them, and all but the root return when nothing is left to compute; only the root writes and prints.
void add_console_command(CLI::App& app);
void add_deliver_command(CLI::App& app);
void add_dose_command(CLI::App& app, Ranks& ranks);
void add_ecg_command(CLI::App& app);
void add_evaluate_command(CLI::App& app);
void add_fetch_command(CLI::App& app);
void add_gamma_command(CLI::App& app);
void add_inspect_command(CLI::App& app);
void add_kernels_command(CLI::App& app, Ranks& ranks);
void add_machine_command(CLI::App& app);
void add_phantom_command(CLI::App& app);
void add_plan_command(CLI::App& app, Ranks& ranks);
void add_send_command(CLI::App& app);
void add_session_command(CLI::App& app);
void add_tank_command(CLI::App& app, Ranks& ranks);

}  // namespace xingu
