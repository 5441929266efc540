// SPDX-License-Identifier: Apache-2.0
// fuzz_dicom [--count N] [--seed S] [--first I] [--folder DIR]
//
// Case I takes one file of a valid patient (a small one in many encodings, or the given folder), damages it and
// inspects the folder with it, as `xingu inspect` does. It must return, or refuse with an InputError; every sentence
// told must be one line a person can read; the process must stay below 2 GiB; a case that works longer than a minute is
// a hang. Run one case again with
// --first I --count 1.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "dicom/inspection.h"
#include "dicom/write_plan.h"
#include "dicom_edit.h"
#include "mutator.h"
#include "small_patient.h"
#include "support/test_paths.h"

#if defined(__SANITIZE_ADDRESS__)
// What DCMTK forgets while it gives up on a damaged file is not ours; its memory is bounded all the same.
extern "C" const char* __lsan_default_suppressions() { return "leak:libdcmdata\nleak:libdcmjpeg\nleak:libdcmjpls\n"; }
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
  fs::path folder;
};

Options parse(int argc, char** argv) {
  Options options;
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

void limit_memory() {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit limit{static_cast<rlim_t>(memory_limit_kib) << 10, static_cast<rlim_t>(memory_limit_kib) << 10};
  setrlimit(RLIMIT_AS, &limit);
#endif
}

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& content) {
  std::ofstream(file, std::ios::binary | std::ios::trunc)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// The small patient, its images in every encoding that is read.
void write_base(const fs::path& folder) {
  test::write_small_patient(folder);
  const std::vector<const char*> syntaxes{"1.2.840.10008.1.2",      "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.2",
                                          "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                                          "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.1"};
  std::size_t i = 0;
  for (const fs::path& file : test::files_of(folder)) {
    if (file.filename().string().starts_with("CT.")) {
      test::DicomEdit(file).save(file, syntaxes[i++ % syntaxes.size()]);
    }
  }
  test::DicomEdit(folder / "RS.dcm").set(tag::sop_instance_uid, "1.2.3.1").save(folder / "RS explicit.dcm");
  test::DicomEdit(folder / "RP.dcm")
      .set(tag::sop_instance_uid, "1.2.3.2")
      .save(folder / "RP implicit.dcm", "1.2.840.10008.1.2");
  test::DicomEdit(folder / "RD.dcm")
      .set(tag::sop_instance_uid, "1.2.3.3")
      .save(folder / "RD rle.dcm", "1.2.840.10008.1.2.5");
  write_rtdose(test::small_dose(), test::small_patient(), "1.2", "32 bits", folder / "RD 32.dcm",
               {.seed = "32", .date = "", .time = ""}, DoseBits::bits_32);
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

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

struct Tally {
  std::size_t refused = 0;
  std::size_t with_problems = 0;
  std::size_t clean = 0;
  std::size_t failures = 0;
};

void judge(std::size_t number, const std::string& sentence, Tally& tally) {
  if (const std::string complaint = complaint_about(sentence); !complaint.empty()) {
    std::fprintf(stderr, "case %zu: a sentence %s: %s\n", number, complaint.c_str(), sentence.c_str());
    ++tally.failures;
  }
}

void run_case(std::size_t number, const fs::path& folder, const ReadOptions& read, Tally& tally) {
  try {
    const Inspection inspection = inspect_folder(folder, read);
    for (const std::string& problem : inspection.problems) {
      judge(number, problem, tally);
    }
    if (inspection.refusal) {
      judge(number, *inspection.refusal, tally);
      ++tally.refused;
    } else {
      ++(inspection.problems.empty() ? tally.clean : tally.with_problems);
    }
  } catch (const InputError& error) {
    judge(number, error.what(), tally);
    ++tally.refused;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "case %zu: not an InputError: %s\n", number, error.what());
    ++tally.failures;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  limit_memory();
  Progress::set_enabled(false);
  set_log_level(LogLevel::quiet);
  const test::TemporaryFolder work;
  if (options.folder.empty()) {
    write_base(work.path());
  } else {
    fs::copy(options.folder, work.path(), fs::copy_options::recursive);
  }
  std::vector<fs::path> files = test::files_of(work.path());
  std::vector<std::string> originals;
  std::ranges::transform(files, std::back_inserter(originals), content_of);
  ReadOptions read;
  if (options.folder.empty()) {
    read.structure_set = "RS.dcm";  // there is another one, in another encoding
  }
  Tally tally;
  for (std::size_t i = options.first; i < options.first + options.count && tally.failures < 10; ++i) {
    test::Mutator mutator(options.seed, i);
    const std::size_t which = mutator.pick(files.size());
    write(files[which], mutator.mutate(originals[which]));
    alarm(hang_seconds);
    run_case(i, work.path(), read, tally);
    alarm(0);
    write(files[which], originals[which]);
    if (peak_kib() > memory_limit_kib) {
      std::fprintf(stderr, "case %zu: the process has grown to %ld MiB\n", i, peak_kib() >> 10);
      return 1;
    }
  }
  std::printf("%zu cases: %zu refused, %zu read with problems, %zu read clean; peak %ld MiB; %zu failures\n",
              options.count, tally.refused, tally.with_problems, tally.clean, peak_kib() >> 10, tally.failures);
  return tally.failures == 0 ? 0 : 1;
}
