// SPDX-License-Identifier: Apache-2.0
// fuzz_dicom [--count N] [--seed S] [--first I] [--folder DIR]
//
// Case I takes one file of a valid patient (a small one in many encodings, or the given folder), damages it and
// inspects the folder with it, as `xingu inspect` does. It must return, or refuse with an InputError; every sentence
// told must be one line a person can read; the process must stay below 2 GiB; a case that works longer than a minute is
// a hang. Run one case again with
// --first I --count 1.

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "dicom/inspection.h"
#include "dicom/write_plan.h"
#include "dicom_edit.h"
#include "fuzz_run.h"
#include "small_patient.h"
#include "support/test_paths.h"

namespace {

namespace fs = std::filesystem;
using namespace xingu;

/// The small patient, its images in every encoding that is read.
void write_base(const fs::path& folder) {
  constexpr const char* deflated = "1.2.840.10008.1.2.1.99";
  test::write_small_patient(folder);
  const std::vector<const char*> syntaxes{"1.2.840.10008.1.2",      "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.2",
                                          "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
                                          "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.90"};
  std::size_t i = 0;
  for (const fs::path& file : test::files_of(folder)) {
    if (file.filename().string().starts_with("CT.")) {
      test::DicomEdit(file).save(file, syntaxes[i++ % syntaxes.size()]);
    }
  }
  // second copies of slices, of which the pixels are unpacked and compared too
  const std::vector<std::filesystem::path> images = test::files_of(folder);
  test::DicomEdit(images[0]).set(tag::sop_instance_uid, "1.2.3.5").save(folder / "CT deflated.dcm", deflated);
  test::DicomEdit(images[1])
      .set(tag::sop_instance_uid, "1.2.3.6")
      .save_jpeg2000(folder / "CT boxed.dcm", {.container = test::Container::jp2_boxes}, 100);
  test::DicomEdit(images[2])
      .set(tag::sop_instance_uid, "1.2.3.7")
      .save_jpeg2000(folder / "CT tiles.dcm", {.tile = 10, .num_levels = 2, .num_layers = 2, .precinct = 8});
  test::DicomEdit(folder / "RS.dcm").set(tag::sop_instance_uid, "1.2.3.1").save(folder / "RS explicit.dcm");
  test::DicomEdit(folder / "RP.dcm")
      .set(tag::sop_instance_uid, "1.2.3.2")
      .save(folder / "RP implicit.dcm", "1.2.840.10008.1.2");
  test::DicomEdit(folder / "RP.dcm").set(tag::sop_instance_uid, "1.2.3.4").save(folder / "RP deflated.dcm", deflated);
  test::DicomEdit(folder / "RD.dcm")
      .set(tag::sop_instance_uid, "1.2.3.3")
      .save(folder / "RD rle.dcm", "1.2.840.10008.1.2.5");
  write_rtdose(test::small_dose(), test::small_patient(), "1.2", "32 bits", folder / "RD 32.dcm",
               {.seed = "32", .date = "", .time = ""}, DoseBits::bits_32);
}

void inspect(const fs::path& folder, const ReadOptions& read, std::size_t number, test::FuzzTally& tally) {
  DvhOptions coarse;
  coarse.num_samples = 200;  // the shapes are what could fail, not how many points they hold
  const Inspection inspection = inspect_folder(folder, read, coarse);
  for (const std::string& problem : inspection.problems) {
    test::judge_sentence(number, problem, tally);
  }
  if (inspection.refusal) {
    test::judge_sentence(number, *inspection.refusal, tally);
    ++tally.refused;
  } else {
    ++tally.read;
    tally.with_problems += inspection.problems.empty() ? 0 : 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const test::FuzzOptions options = test::parse_fuzz_options(argc, argv);
  const test::TemporaryFolder work;
  ReadOptions read;
  if (options.folder.empty()) {
    write_base(work.path());
    read.structure_set = "RS.dcm";  // there is another one, in another encoding
  } else {
    fs::copy(options.folder, work.path(), fs::copy_options::recursive);
  }
  return test::fuzz(options, test::files_of(work.path()), [&](std::size_t, std::size_t number, test::FuzzTally& tally) {
    inspect(work.path(), read, number, tally);
  });
}
