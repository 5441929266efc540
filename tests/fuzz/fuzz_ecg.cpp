// SPDX-License-Identifier: Apache-2.0
// fuzz_ecg [--count N] [--seed S] [--first I]
//
// Case I takes one file of a set that holds every ECG format, damages it and reads it as `xingu ecg inspect` does. The
// reader must return a recording that holds together, or refuse with an InputError in one line that names a file; the
// process must stay below 2 GiB; a case that works longer than a minute is a hang. Run one case again with --first I
// --count 1.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "dicom/ecg_waveform.h"
#include "ecg/formats/ecg_file.h"
#include "ecg/formats/sample_recording.h"
#include "ecg/formats/wfdb_record.h"
#include "mutator.h"
#include "support/test_paths.h"

#if defined(__SANITIZE_ADDRESS__)
// What DCMTK forgets while it gives up on a damaged file is not ours; its memory is bounded all the same.
extern "C" const char* __lsan_default_suppressions() { return "leak:libdcmdata\n"; }
#endif

namespace {

namespace fs = std::filesystem;
using namespace xingu;

constexpr long memory_limit_kib = 2L << 20;
constexpr unsigned hang_seconds = 60;

struct Options {
  std::size_t count = 1000;
  std::size_t first = 0;
  std::uint64_t seed = 1;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--count") {
      options.count = value;
    } else if (name == "--first") {
      options.first = value;
    } else if (name == "--seed") {
      options.seed = value;
    }
  }
  return options;
}

/// Without the sync of write_file(), which would take most of the time.
void overwrite(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// A file that is damaged, and the one that is then read: for a WFDB record its header.
struct Victim {
  fs::path damaged;
  fs::path read;
};

/// One recording in every format and every WFDB storage, with marks, gaps and segments.
std::vector<Victim> write_base(const fs::path& folder) {
  std::vector<Victim> victims;
  ecg::Recording recording = ecg::test::noise_recording(ecg::test::twelve_leads, 900, 500, 10, 400);
  recording.marks = {{5, "N"}, {700, "artefact"}};
  recording.comments = {" 51 F", std::string(200, 'x')};
  for (const char* name : {"r.edf", "r.bdf", "r.scp", "r.xml", "r.csv"}) {
    ecg::write_recording(recording, folder / name, ecg::format_for_name(name));
    victims.push_back({folder / name, folder / name});
  }
  write_ecg_waveform(recording, folder / "r.dcm");
  victims.push_back({folder / "r.dcm", folder / "r.dcm"});
  std::string interrupted = read_file(folder / "r.edf");
  interrupted.replace(interrupted.find("EDF+C"), 5, "EDF+D");
  write_file(folder / "d.edf", interrupted);
  victims.push_back({folder / "d.edf", folder / "d.edf"});
  recording.signals.resize(8);
  for (const int format : {16, 24, 32, 61, 160, 212, 310, 508, 516, 524}) {
    const fs::path header = folder / fmt::format("w{}.hea", format);
    ecg::Recording narrow = recording;
    if (ecg::sample_bits(*ecg::wfdb_format(format)) < 12) {
      for (ecg::StoredSignal& signal : narrow.signals) {
        std::ranges::transform(signal.samples, signal.samples.begin(), [](std::int32_t s) { return s / 8; });
      }
    }
    ecg::write_wfdb(narrow, header, {*ecg::wfdb_format(format)});
    for (const char* suffix : {".hea", ".dat", ".atr"}) {
      if (const fs::path file = fs::path(header).replace_extension(suffix); fs::exists(file)) {
        victims.push_back({file, header});
      }
    }
  }
  const std::string padding = "\n#" + std::string(200, 'x') + "\n";
  write_file(folder / "layout.hea", "layout 2 500 0\n~ 0 400/mV 16 0 0 0 0 I\n~ 0 400/mV 16 0 0 0 0 V1\n" + padding);
  write_file(folder / "fixed.hea", "fixed/3 8 500 1810\nw16 900\n~ 10\nw212 900\n" + padding);
  write_file(folder / "variable.hea", "variable/3 2 500 1800\nlayout 0\nw16 900\nw212 900\n" + padding);
  victims.push_back({folder / "fixed.hea", folder / "fixed.hea"});
  victims.push_back({folder / "variable.hea", folder / "variable.hea"});
  victims.push_back({folder / "layout.hea", folder / "variable.hea"});
  return victims;
}

/// Empty if the sentence is fit to be read; else what is wrong with it.
std::string complaint_about(const std::string& sentence) {
  if (sentence.size() < 20 || sentence.size() > 1500) {
    return "is too short or too long";
  }
  if (std::ranges::any_of(sentence, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
    return "has control characters";
  }
  return sentence.find(':') == std::string::npos ? "names no file" : "";
}

struct Tally {
  std::size_t refused = 0;
  std::size_t read = 0;
  std::size_t failures = 0;
};

void read_whole(const fs::path& path) {
  const ecg::EcgFormat format = ecg::recognise_format(path);
  ecg::Recording recording =
      format == ecg::EcgFormat::dicom ? read_ecg_waveform(path) : ecg::read_recording(path, format);
  require_consistent(recording, path.string());
  (void)ecg::to_ecg_record(std::move(recording));
}

void run_case(std::size_t number, const fs::path& path, Tally& tally) {
  try {
    read_whole(path);
    ++tally.read;
  } catch (const InputError& error) {
    ++tally.refused;
    if (const std::string complaint = complaint_about(error.what()); !complaint.empty()) {
      std::fprintf(stderr, "case %zu: a sentence %s: %s\n", number, complaint.c_str(), error.what());
      ++tally.failures;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "case %zu (%s): not an InputError: %s\n", number, path.c_str(), error.what());
    ++tally.failures;
  }
}

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit limit{static_cast<rlim_t>(memory_limit_kib) << 10, static_cast<rlim_t>(memory_limit_kib) << 10};
  setrlimit(RLIMIT_AS, &limit);
#endif
  set_log_level(LogLevel::quiet);
  const test::TemporaryFolder work;
  const std::vector<Victim> victims = write_base(work.path());
  std::vector<std::string> originals;
  std::ranges::transform(victims, std::back_inserter(originals), [](const Victim& v) { return read_file(v.damaged); });
  Tally tally;
  for (std::size_t i = options.first; i < options.first + options.count && tally.failures < 10; ++i) {
    test::Mutator mutator(options.seed, i);
    const std::size_t which = i % victims.size();
    overwrite(victims[which].damaged, mutator.mutate(originals[which]));
    alarm(hang_seconds);
    run_case(i, victims[which].read, tally);
    alarm(0);
    overwrite(victims[which].damaged, originals[which]);
  }
  std::printf("%zu cases: %zu refused, %zu read; peak %ld MiB; %zu failures\n", options.count, tally.refused,
              tally.read, peak_kib() >> 10, tally.failures);
  return tally.failures == 0 && peak_kib() <= memory_limit_kib ? 0 : 1;
}
