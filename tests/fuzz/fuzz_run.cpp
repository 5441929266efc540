// SPDX-License-Identifier: Apache-2.0
#include "fuzz_run.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "mutator.h"

#if defined(__SANITIZE_ADDRESS__)
// What DCMTK forgets while it gives up on a damaged file is not ours; its memory is bounded all the same.
extern "C" const char* __lsan_default_suppressions() { return "leak:libdcmdata\nleak:libdcmjpeg\nleak:libdcmjpls\n"; }
#endif

namespace xingu::test {
namespace {

namespace fs = std::filesystem;

constexpr long memory_limit_kib = 2L << 20;
constexpr unsigned hang_seconds = 60;

void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit limit{static_cast<rlim_t>(memory_limit_kib) << 10, static_cast<rlim_t>(memory_limit_kib) << 10};
  setrlimit(RLIMIT_AS, &limit);
#endif
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// Without the sync of write_file(), which would take most of the time, and without truncation to nothing, after which
/// some file systems wait for the disk too.
void overwrite(const fs::path& file, const std::string& content) {
  std::fstream(file, std::ios::binary | std::ios::in | std::ios::out)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
  fs::resize_file(file, content.size());
}

/// Empty if the sentence is fit to be read; else what is wrong with it.
std::string complaint_about(const std::string& sentence) {
  if (sentence.size() < 20 || sentence.size() > 1500) {
    return "is too short or too long";
  }
  if (std::ranges::any_of(sentence, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return "has control characters";
  }
  return sentence.find(": ") == std::string::npos ? "names no file" : "";
}

}  // namespace

FuzzOptions parse_fuzz_options(int argc, char** argv) {
  FuzzOptions options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--count") {
      options.count = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (name == "--first") {
      options.first = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (name == "--seed") {
      options.seed = std::strtoull(argv[i + 1], nullptr, 10);
    } else if (name == "--folder") {
      options.folder = argv[i + 1];
    }
  }
  return options;
}

void judge_sentence(std::size_t number, const std::string& sentence, FuzzTally& tally) {
  if (const std::string complaint = complaint_about(sentence); !complaint.empty()) {
    std::fprintf(stderr, "case %zu: a sentence %s: %s\n", number, complaint.c_str(), sentence.c_str());
    ++tally.failures;
  }
}

int fuzz(const FuzzOptions& options, const std::vector<fs::path>& files,
         const std::function<void(std::size_t, std::size_t, FuzzTally&)>& read) {
  limit_memory();
  Progress::set_enabled(false);
  set_log_level(LogLevel::quiet);
  std::vector<std::string> originals;
  std::ranges::transform(files, std::back_inserter(originals), [](const fs::path& file) { return read_file(file); });
  FuzzTally tally;
  for (std::size_t i = options.first; i < options.first + options.count && tally.failures < 10; ++i) {
    Mutator mutator(options.seed, i);
    const std::size_t which = mutator.pick(files.size());
    overwrite(files[which], mutator.mutate(originals[which]));
    alarm(hang_seconds);
    try {
      read(which, i, tally);
    } catch (const InputError& error) {
      judge_sentence(i, error.what(), tally);
      ++tally.refused;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "case %zu (%s): not an InputError: %s\n", i, files[which].c_str(), error.what());
      ++tally.failures;
    }
    alarm(0);
    overwrite(files[which], originals[which]);
    if (peak_kib() > memory_limit_kib) {
      std::fprintf(stderr, "case %zu: the process has grown to %ld MiB\n", i, peak_kib() >> 10);
      return 1;
    }
  }
  std::printf("%zu cases: %zu refused, %zu read, %zu of them with problems; peak %ld MiB; %zu failures\n",
              options.count, tally.refused, tally.read, tally.with_problems, peak_kib() >> 10, tally.failures);
  return tally.failures == 0 ? 0 : 1;
}

}  // namespace xingu::test
