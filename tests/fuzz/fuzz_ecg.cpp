// SPDX-License-Identifier: Apache-2.0
// fuzz_ecg [--count N] [--seed S] [--first I]
//
// Case I takes one file of a set that holds every ECG format, damages it and reads it as `xingu ecg inspect` does. The
// reader must return a recording that holds together, or refuse with an InputError in one line that names a file; the
// process must stay below 2 GiB; what can be streamed must give the same samples so; a case that works longer than a
// minute is a hang. Run one case again with --first I
// --count 1.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "dicom/ecg_waveform.h"
#include "ecg/formats/bimodal_scp.h"
#include "ecg/formats/ecg_file.h"
#include "ecg/formats/sample_recording.h"
#include "ecg/formats/wfdb_record.h"
#include "fuzz_run.h"
#include "support/test_paths.h"

namespace {

namespace fs = std::filesystem;
using namespace xingu;

/// A file that is damaged, and the one that is then read: for a WFDB record its header.
struct Victim {
  fs::path damaged;
  fs::path read;
};

/// One recording in every format and every WFDB storage, with marks, gaps and segments.
std::vector<Victim> write_base(const fs::path& folder) {
  std::vector<Victim> victims;
  ecg::Recording recording = ecg::test::noise_recording(ecg::test::twelve_leads, 900, 500, 10, 400);
  recording.marks = {{5, "N"}, {300, "QRS complex", 0.1}, {700, "artefact", 1.0 / 3.0}};
  recording.comments = {" 51 F", std::string(200, 'x')};
  for (const char* name : {"r.edf", "r.bdf", "r.scp", "r.xml", "r.csv"}) {
    ecg::write_recording(recording, folder / name, ecg::format_for_name(name));
    victims.push_back({folder / name, folder / name});
  }
  write_ecg_waveform(recording, folder / "r.dcm");
  victims.push_back({folder / "r.dcm", folder / "r.dcm"});
  ecg::test::write_bimodal(ecg::test::two_beats(), folder / "bimodal.scp");
  victims.push_back({folder / "bimodal.scp", folder / "bimodal.scp"});
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

/// What can be read whole is streamed with the same samples.
void require_equal_stream(const ecg::Recording& whole, const fs::path& path, ecg::EcgFormat format) {
  constexpr std::size_t block_frames = 97;
  const std::unique_ptr<ecg::RecordingStream> stream = ecg::open_recording_stream(path, format);
  if (!stream) {
    return;  // FLAC
  }
  bool is_equal = stream->facts().num_frames == whole.num_frames;
  ecg::FrameBlock block;
  std::size_t done = 0;
  while (const std::size_t frames = is_equal ? stream->read(block_frames, block) : 0) {
    for (std::size_t s = 0; s < whole.signals.size(); ++s) {
      const auto per_frame = static_cast<std::size_t>(whole.signals[s].samples_per_frame);
      const auto from = whole.signals[s].samples.begin() + static_cast<std::ptrdiff_t>(done * per_frame);
      is_equal = is_equal && done + frames <= whole.num_frames && block[s].size() == frames * per_frame &&
                 std::equal(block[s].begin(), block[s].end(), from);
    }
    done += frames;
  }
  if (!is_equal || done != whole.num_frames) {
    throw BrokenPromise("the stream differs from the recording read whole");
  }
}

void read_whole(const fs::path& path) {
  const ecg::EcgFormat format = ecg::recognise_format(path);
  ecg::Recording recording =
      format == ecg::EcgFormat::dicom ? read_ecg_waveform(path) : ecg::read_recording(path, format);
  require_consistent(recording, path.string());
  if (ecg::is_streamed(format)) {
    require_equal_stream(recording, path, format);
  }
  (void)ecg::to_ecg_record(std::move(recording));
}

}  // namespace

int main(int argc, char** argv) {
  const test::TemporaryFolder work;
  const std::vector<Victim> victims = write_base(work.path());
  std::vector<fs::path> damaged;
  std::ranges::transform(victims, std::back_inserter(damaged), &Victim::damaged);
  return test::fuzz(test::parse_fuzz_options(argc, argv), damaged,
                    [&](std::size_t which, std::size_t, test::FuzzTally& tally) {
                      read_whole(victims[which].read);
                      ++tally.read;
                    });
}
