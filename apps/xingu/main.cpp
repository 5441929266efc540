// SPDX-License-Identifier: Apache-2.0
// The command line. Exit codes: 0 done, 1 a failure of the machine or of Xingu, 2 bad input, 130 stopped by the user.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/progress.h"
#include "base/ranks.h"
#include "base/text.h"
#include "commands.h"
#include "mpi/mpi_job.h"

namespace {

void add_data_roots() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    xingu::add_shipped_root(program.parent_path().parent_path() / "share" / "xingu");
  }
  xingu::add_shipped_root(XINGU_SOURCE_DATA);
}

/// The words of the command line that are neither an option nor its value, as far as it is known before parsing: the
/// first should be a command.
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = 1; i < argc; ++i) {
    const bool is_value = std::string_view(argv[i - 1]) == "--threads";
    if (!is_value && !std::string_view(argv[i]).starts_with('-')) {
      words.emplace_back(argv[i]);
    }
  }
  return words;
}

/// Refuses a word that is no command where one has to stand, with the nearest one; the parser would only say that it
/// wants a command.
void require_known_commands(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  std::string line = "xingu";
  for (std::size_t w = 0; w < words.size() && command->get_require_subcommand_min() > 0; ++w) {
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const CLI::App* known : command->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(known->get_name());
      next = known->get_name() == words[w] ? known : next;
    }
    if (next == nullptr) {
      const std::string nearest = xingu::nearest_name(words[w], names);
      xingu::fail_input(
          "'{}' is no command of {}; {}", xingu::printable(words[w]), line,
          nearest.empty() ? fmt::format("'{} --help' lists them", line) : fmt::format("did you mean '{}'?", nearest));
    }
    command = next;
    line += " " + words[w];
  }
}

/// The command that a line asks for: "xingu ecg report".
std::string command_of(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  std::string line = "xingu";
  for (const std::string& word : words) {
    const auto found = command->get_subcommands([&](const CLI::App* known) { return known->get_name() == word; });
    if (found.empty()) {
      break;
    }
    command = found.front();
    line += " " + word;
  }
  return line;
}

/// Refuses an option that no command of the line knows, with the nearest one that it does: the parser would first ask
/// for the options that are missing, often because one was mistyped.
void require_known_options(const CLI::App& app, int argc, char** argv) {
  std::vector<const CLI::App*> chain{&app};
  std::string line = "xingu";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") {
      return;
    }
    if (!word.starts_with("--")) {
      const auto found =
          chain.back()->get_subcommands([&](const CLI::App* command) { return command->get_name() == word; });
      if (!found.empty()) {
        chain.push_back(found.front());
        line += " " + word;
      }
      continue;
    }
    const std::string name = word.substr(0, word.find('='));
    std::vector<std::string> known;
    for (const CLI::App* command : chain) {
      for (const CLI::Option* option : command->get_options()) {
        for (const std::string& long_name : option->get_lnames()) {
          known.push_back("--" + long_name);
        }
      }
    }
    if (std::ranges::find(known, name) == known.end()) {
      const std::string nearest = xingu::nearest_name(name, known);
      xingu::fail_input(
          "'{}' is no option of {}; {}", xingu::printable(name, 60), line,
          nearest.empty() ? fmt::format("'{} --help' lists them", line) : fmt::format("did you mean '{}'?", nearest));
    }
  }
}

/// The parser reads -5 as 18446744073709551611, and whatever is larger than that as that, where a number without a sign
/// is wanted: refuse both there.
void refuse_unfit_counts(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_type_name() == "UINT") {
      option->check([](const std::string& text) {
        if (text.starts_with('-')) {
          return fmt::format("{} is negative; give 0 or more", text);
        }
        std::uint64_t value = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
        return read.ec == std::errc::result_out_of_range
                   ? fmt::format("{} is too large; give {} or less", text, std::numeric_limits<std::uint64_t>::max())
                   : std::string();
      });
    }
  }
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    refuse_unfit_counts(*command);
  }
}

/// The parser's sentence, in clearer words where an option was given more than once.
std::string words_of(const CLI::ParseError& error, const std::string& command) {
  const std::string_view told = error.what();
  constexpr std::string_view once = ": At Most 1 required but received ";
  if (const std::size_t at = told.find(once); at != std::string_view::npos) {
    return fmt::format("{} is given {} times (only one could count); give it once", told.substr(0, at),
                       told.substr(at + once.size()));
  }
  return fmt::format("{}; '{} --help' says what may stand there", told, command);
}

/// What several ranks compute together.
constexpr std::array shared_commands{"dose", "kernels", "plan", "tank"};

/// Of any other command the root does all; there is nothing that this rank could do.
struct NothingToShare {};

/// Silences all ranks but the root, gives each its part of the cores, and sends those home that have nothing to do.
void begin_together(const CLI::App& app, const xingu::MpiJob& job, const xingu::Ranks& ranks, int threads) {
  const std::string command = app.get_subcommands().front()->get_name();
  const bool is_shared = std::ranges::find(shared_commands, command) != shared_commands.end();
  if (!ranks.is_root()) {
    xingu::set_log_level(xingu::LogLevel::quiet);
    xingu::Progress::set_enabled(false);
    if (!is_shared) {
      throw NothingToShare();
    }
  }
  if (threads == 0) {
    xingu::set_num_threads(job.threads_per_rank());
  }
  if (is_shared) {
    xingu::log_info("{}; {} threads in rank 0", job.words(), xingu::num_threads());
  } else {
    xingu::log_warning("'xingu {}' shares nothing out: rank 0 does it alone; start it without mpirun", command);
  }
}

using Ending = xingu::MpiJob::Ending;

/// A result that was printed and has not arrived is none.
Ending after_flushing(Ending ending) {
  const bool is_lost = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (is_lost && ending.failure.empty()) {
    return {1, "what was printed could not be written (the result is not whole); check the free space of its place"};
  }
  return ending;
}

Ending run(int argc, char** argv, xingu::MpiJob* job) {
  xingu::Ranks& ranks = job != nullptr ? job->ranks() : xingu::one_rank();
  CLI::App app{"Xingu " XINGU_VERSION ": 4π radiotherapy planning. Research use only: not for clinical treatment."};
  app.name("xingu");
  app.set_version_flag("--version", "xingu " XINGU_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  int threads = 0;
  bool is_quiet = false;
  app.add_option("--threads", threads, "Worker threads; 0 uses every core. The result does not depend on it");
  app.add_flag("-q,--quiet", is_quiet, "Only warnings and results");
  app.parse_complete_callback([&] {
    xingu::set_num_threads(threads);
    if (is_quiet) {
      xingu::set_log_level(xingu::LogLevel::warning);
      xingu::Progress::set_enabled(false);
    }
    if (job != nullptr) {
      begin_together(app, *job, ranks, threads);
    }
  });
  // one line per file of this folder, in the order of the help text
  xingu::add_inspect_command(app);
  xingu::add_evaluate_command(app);
  xingu::add_gamma_command(app);
  xingu::add_machine_command(app);
  xingu::add_phantom_command(app);
  xingu::add_plan_command(app, ranks);
  xingu::add_dose_command(app, ranks);
  xingu::add_deliver_command(app);
  xingu::add_session_command(app);
  xingu::add_send_command(app);
  xingu::add_fetch_command(app);
  xingu::add_console_command(app);
  xingu::add_tank_command(app, ranks);
  xingu::add_kernels_command(app, ranks);
  xingu::add_ecg_command(app);
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->footer(
        "Of every command: --threads N  worker threads, 0 uses every core (the result does not depend on it); -q, "
        "--quiet  "
        "only warnings and results");
  }
  refuse_unfit_counts(app);
  require_known_commands(app, words_of(argc, argv));
  require_known_options(app, argc, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return {ranks.is_root() ? app.exit(error) : 0, {}};
    }
    return {2, words_of(error, command_of(app, words_of(argc, argv)))};
  }
  return {};
}

/// Runs the command line; what goes wrong comes back as exit code and sentence.
Ending ending_of(int argc, char** argv, xingu::MpiJob* job) {
  try {
    return run(argc, argv, job);
  } catch (const NothingToShare&) {
    return {};
  } catch (const xingu::RanksEnded&) {
    return {};
  } catch (const xingu::InputError& error) {
    return {2, error.what()};
  } catch (const xingu::Cancelled& error) {
    return {130, error.what()};
  } catch (const std::bad_alloc&) {
    return {1, "out of memory; use a coarser --grid-mm or a lower --memory-gib"};
  } catch (const std::exception& error) {
    return {1, error.what()};
  }
}

}  // namespace

int main(int argc, char** argv) {
  xingu::install_cancel_handler();
  add_data_roots();
  try {
    const auto job = xingu::MpiJob::is_launched() ? std::make_unique<xingu::MpiJob>() : nullptr;
    const Ending ending = after_flushing(ending_of(argc, argv, job.get()));
    if (!ending.failure.empty() && (job == nullptr || job->ranks().is_root())) {
      fmt::print(stderr, "xingu: {}\n", ending.failure);
    }
    return job != nullptr ? job->end(ending) : ending.exit_code;
  } catch (const std::exception& error) {
    fmt::print(stderr, "xingu: {}\n", error.what());
    return 1;
  }
}
