// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
}

namespace xingu {

/// The heart and the front end that a command line asks for.
struct EcgPhantomOptions {
  ecg::PhantomSettings heart;
  ecg::FrontEndSettings front_end;
  std::string rhythm = "sinus";
  std::vector<std::string> off;  ///< ELECTRODE:FROM:UNTIL
};

/// "V3:5:10": the electrode V3 has no contact from 5 to 10 s. @throws InputError for anything else.
[[nodiscard]] ecg::ElectrodeOff electrode_off(const std::string& text);

/// The options of the heart and of what a front end adds to it; they must outlive the parsing.
void add_heart_options(CLI::App& command, EcgPhantomOptions& options);
void add_front_end_options(CLI::App& command, EcgPhantomOptions& options);

/// The heart that was asked for. @throws InputError for settings that no heart has.
[[nodiscard]] ecg::Phantom make_phantom(EcgPhantomOptions& options);
/// The front end before it; call after make_phantom(). @throws InputError for an electrode that there is not.
[[nodiscard]] ecg::FrontEndSettings front_end_of(const EcgPhantomOptions& options);

/// The subcommand `xingu ecg phantom`: a recording with known truth.
void add_ecg_phantom_command(CLI::App& ecg);

}  // namespace xingu
