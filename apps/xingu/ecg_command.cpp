// SPDX-License-Identifier: Apache-2.0
// xingu ecg: electrocardiograms. Each group of subcommands stands in a file of its own.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "commands.h"
#include "ecg_analyse.h"
#include "ecg_exchange.h"
#include "ecg_exit_site.h"
#include "ecg_holter.h"
#include "ecg_live.h"
#include "ecg_phantom.h"
#include "ecg_report.h"

namespace xingu {

void add_ecg_command(CLI::App& app) {
  CLI::App* ecg =
      app.add_subcommand("ecg", "Electrocardiograms: inspect, convert, analyse, follow, simulate and report");
  ecg->require_subcommand(1);
  add_ecg_exchange_commands(*ecg);
  add_ecg_phantom_command(*ecg);
  add_ecg_live_command(*ecg);
  add_ecg_report_command(*ecg);
  add_ecg_analyse_command(*ecg);
  add_ecg_holter_command(*ecg);
  add_ecg_exit_site_command(*ecg);
}

}  // namespace xingu
