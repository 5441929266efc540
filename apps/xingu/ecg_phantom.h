// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own name
class App;
class Option;
}  // namespace CLI

namespace xingu {

/// The heart and the front end that a command line asks for.
struct EcgPhantomOptions {
  ecg::PhantomSettings heart;
  ecg::FrontEndSettings front_end;
  std::string rhythm = "sinus";
  std::vector<std::string> off;  ///< ELECTRODE:FROM:UNTIL
  std::vector<const CLI::Option*> of_heart, of_front_end;
};

/// "V3:5:10": the electrode V3 has no contact from 5 to 10 s. @throws InputError for anything else, or an end that is
/// no later than the beginning.
[[nodiscard]] ecg::ElectrodeOff electrode_off(const std::string& text);

/// The options of the heart and of what a front end adds to it; they must outlive the parsing.
void add_heart_options(CLI::App& command, EcgPhantomOptions& options);
void add_front_end_options(CLI::App& command, EcgPhantomOptions& options);

/// @throws InputError if one of the options was given, where the rest of the line makes it meaningless.
/// @param why_and_hint  "means nothing to … (it would be ignored); …"
void refuse_if_given(const std::vector<const CLI::Option*>& options, const char* why_and_hint);

/// The heart that was asked for. @throws InputError for settings that no heart has.
[[nodiscard]] ecg::Phantom make_phantom(EcgPhantomOptions& options);
/// The front end before it; call after make_phantom(). @throws InputError for an electrode that there is not, or a
/// disturbance that cannot be.
[[nodiscard]] ecg::FrontEndSettings front_end_of(const EcgPhantomOptions& options);

/// The subcommand `xingu ecg phantom`: a recording with known truth.
void add_ecg_phantom_command(CLI::App& ecg);

}  // namespace xingu
