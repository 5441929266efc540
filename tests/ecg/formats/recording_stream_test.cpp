// SPDX-License-Identifier: Apache-2.0
// What is streamed equals what the readers give of the whole, bit for bit, whatever the blocks.
#include "ecg/formats/recording_stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "ecg/formats/ecg_file.h"
#include "ecg/formats/sample_recording.h"
#include "ecg/formats/wfdb_record.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

namespace fs = std::filesystem;

/// Everything of a stream in blocks of some frames.
Recording drained(const fs::path& path, std::size_t frames_at_once) {
  const auto stream = open_recording_stream(path, recognise_format(path));
  Recording out = stream->facts();
  out.num_frames = 0;
  FrameBlock block;
  while (const std::size_t frames = stream->read(frames_at_once, block)) {
    out.num_frames += frames;
    for (std::size_t s = 0; s < block.size(); ++s) {
      EXPECT_EQ(block[s].size(), frames * static_cast<std::size_t>(out.signals[s].samples_per_frame));
      out.signals[s].samples.insert(out.signals[s].samples.end(), block[s].begin(), block[s].end());
    }
  }
  EXPECT_EQ(stream->read(frames_at_once, block), 0U);
  EXPECT_EQ(out.num_frames, stream->facts().num_frames);
  return out;
}

/// As the analysis sees it, in blocks of some samples.
std::vector<std::vector<std::int32_t>> analysed(const fs::path& path, std::size_t samples_at_once) {
  const EcgFormat format = recognise_format(path);
  StreamedSource source(read_streamed_facts(path, format), open_recording_stream(path, format));
  std::vector<std::vector<std::int32_t>> out(source.info().channels.size());
  std::vector<std::int32_t> block(samples_at_once * out.size());
  while (const std::size_t count = source.read(block)) {
    for (std::size_t i = 0; i < count * out.size(); ++i) {
      out[i % out.size()].push_back(block[i]);
    }
  }
  EXPECT_EQ(source.info().num_samples, static_cast<std::int64_t>(out.front().size()));
  return out;
}

void expect_twin(const fs::path& path) {
  SCOPED_TRACE(path.filename().string());
  const Recording whole = read_recording(path, recognise_format(path));
  ASSERT_GT(whole.num_frames, 0U);
  constexpr std::uint64_t many_frames = 10000;
  for (const std::size_t frames : {std::size_t{1}, std::size_t{7}, std::size_t{1000}, std::size_t{100000}}) {
    if (frames < 1000 && whole.num_frames > many_frames) {
      continue;
    }
    const Recording streamed = drained(path, frames);
    ASSERT_EQ(streamed.num_frames, whole.num_frames);
    ASSERT_EQ(test::samples_of(streamed), test::samples_of(whole)) << frames;
    for (std::size_t s = 0; s < whole.signals.size(); ++s) {
      EXPECT_EQ(streamed.signals[s].label, whole.signals[s].label);
      EXPECT_EQ(streamed.signals[s].gain, whole.signals[s].gain);
      EXPECT_EQ(streamed.signals[s].baseline, whole.signals[s].baseline);
    }
  }
  const EcgRecord record = to_ecg_record(whole);
  for (const std::size_t samples : {std::size_t{3}, std::size_t{1000}}) {
    EXPECT_EQ(analysed(path, samples), record.samples);
  }
  Recording facts = read_streamed_facts(path, recognise_format(path));
  std::vector<std::string> said = whole.warnings;
  std::erase_if(said, [](const std::string& text) { return text.find("checksum") != std::string::npos; });
  EXPECT_EQ(facts.warnings, said);
  const RecordInfo info = to_ecg_record(std::move(facts)).info;
  EXPECT_EQ(info.start_time, record.info.start_time);
  EXPECT_EQ(info.rate_hz, record.info.rate_hz);
}

Recording noise(int bits, std::uint64_t frames = 4001) {
  return test::noise_recording({"I", "II", "V1", "V5", "Resp"}, frames, 250, bits);
}

class WfdbFormats : public testing::TestWithParam<int> {};

TEST_P(WfdbFormats, are_streamed_bit_for_bit_with_skew_and_several_samples_a_frame) {
  const WfdbFormat format = *wfdb_format(GetParam());
  const xingu::test::TemporaryFolder folder;
  Recording recording = noise(std::min(16, sample_bits(format)));
  if (format == WfdbFormat::diff8) {
    for (StoredSignal& signal : recording.signals) {
      std::ranges::transform(signal.samples, signal.samples.begin(), [](std::int32_t x) { return x / 4; });
    }
  } else {
    recording.signals[2].samples[100] = invalid_sample;
  }
  const fs::path header = folder.path() / "r.hea";
  write_wfdb(recording, header, {format});
  expect_twin(header);
  std::string text = read_file(header);
  const std::string code = std::to_string(GetParam());
  // signals 2 and 4 of the file are late; a byte offset and two samples a frame
  std::size_t line = text.find('\n') + 1;
  for (int signal = 0; signal < 5; ++signal) {
    const std::size_t at = text.find(" " + code, line) + 1 + code.size();
    text.insert(at, signal == 1 ? ":5" : signal == 3 ? "x2:13" : signal == 4 ? ":5000" : "");
    line = text.find('\n', at) + 1;
  }
  write_file(header, text);
  expect_twin(header);
  std::string offset = text;
  for (std::size_t at = 0; (at = offset.find(" 200(", at)) != std::string::npos; at += 5) {
    offset.insert(at, "+24");
  }
  write_file(header, offset);
  expect_twin(header);
}

INSTANTIATE_TEST_SUITE_P(All, WfdbFormats, testing::Values(8, 16, 24, 32, 61, 80, 160, 212, 310, 311));

TEST(WfdbStream, takes_several_files_of_different_lengths_and_what_a_header_overstates) {
  const xingu::test::TemporaryFolder folder;
  Recording recording = noise(12);
  std::ranges::transform(recording.signals[2].samples, recording.signals[2].samples.begin(),
                         [](std::int32_t x) { return 3000 * (x % 10); });  // another format, so a file of its own
  const fs::path header = folder.path() / "r.hea";
  write_wfdb(recording, header);
  ASSERT_TRUE(fs::exists(folder.path() / "r_3.dat"));
  expect_twin(header);
  fs::resize_file(folder.path() / "r_2.dat", 5001);
  expect_twin(header);
}

TEST(WfdbStream, puts_segments_behind_each_other_with_their_gaps) {
  const xingu::test::TemporaryFolder folder;
  Recording one = noise(12, 1003);
  write_wfdb(one, folder.path() / "one.hea");
  Recording two = noise(12, 2500);
  two.signals[1].gain = 317;  // other steps
  write_wfdb(two, folder.path() / "two.hea", {WfdbFormat::int24});
  write_file(folder.path() / "fixed.hea", "fixed/4 5 250 4553\none 1003\n~ 50\ntwo 2500\none 1000\n");
  expect_twin(folder.path() / "fixed.hea");
  write_file(folder.path() / "short.hea", "short/3 5 250 4000\none 1200\n~ 300\ntwo 2500\n");
  expect_twin(folder.path() / "short.hea");
  two.signals.erase(two.signals.begin());
  std::ranges::reverse(two.signals);
  write_wfdb(two, folder.path() / "two.hea");
  write_file(folder.path() / "layout.hea",
             "layout 5 250 0\n~ 0 200/mV 16 0 0 0 0 I\n~ 0 200/mV 16 0 0 0 0 II\n~ 0 200/mV 16 0 0 0 0 V1\n"
             "~ 0 200/mV 16 0 0 0 0 V5\n~ 0 200/mV 16 0 0 0 0 Resp\n");
  write_file(folder.path() / "variable.hea", "variable/5 5 250 3533\nlayout 0\n~ 10\none 1003\n~ 20\ntwo 2500\n");
  expect_twin(folder.path() / "variable.hea");
}

TEST(WfdbStream, refuses_what_does_not_fit_before_it_reads_and_leaves_flac_to_the_whole_reader) {
  const xingu::test::TemporaryFolder folder;
  write_wfdb(noise(12), folder.path() / "one.hea");
  write_file(folder.path() / "long.hea", "long/2 5 250 9000000000000\none 4001\n~ 8999999995999\n");
  EXPECT_THROW(static_cast<void>(open_recording_stream(folder.path() / "long.hea", EcgFormat::wfdb)), InputError);
  write_file(folder.path() / "other.hea", "other/2 4 250 8002\none 4001\nabsent 4001\n");
  EXPECT_THROW(static_cast<void>(open_recording_stream(folder.path() / "other.hea", EcgFormat::wfdb)), InputError);
  write_file(folder.path() / "out.hea", "out 1 250 10\n../one.dat 16 200 12 0 0 0 0 I\n");
  EXPECT_THROW(static_cast<void>(open_recording_stream(folder.path() / "out.hea", EcgFormat::wfdb)), InputError);
  write_wfdb(noise(12), folder.path() / "flac.hea", {WfdbFormat::flac16});
  EXPECT_EQ(open_recording_stream(folder.path() / "flac.hea", EcgFormat::wfdb), nullptr);
  write_file(folder.path() / "mixed.hea", "mixed/2 5 250 8002\nflac 4001\none 4001\n");
  EXPECT_EQ(open_recording_stream(folder.path() / "mixed.hea", EcgFormat::wfdb), nullptr);
}

TEST(WfdbStream, takes_a_day_of_zeros_in_the_memory_of_a_block) {
  const xingu::test::TemporaryFolder folder;
  constexpr std::int64_t frames = 24LL * 3600 * 500;
  std::string text = "r 12 500 " + std::to_string(frames) + "\n";
  for (const std::string& lead : test::twelve_leads) {
    text += "r.dat 80 100/mV 8 0 0 0 0 " + lead + "\n";
  }
  write_file(folder.path() / "r.hea", text);
  std::ofstream(folder.path() / "r.dat").close();
  fs::resize_file(folder.path() / "r.dat", 12 * frames);
  const auto stream = open_recording_stream(folder.path() / "r", EcgFormat::wfdb);
  EXPECT_EQ(stream->facts().num_frames, static_cast<std::uint64_t>(frames));
  FrameBlock block;
  EXPECT_EQ(stream->read(1000, block), 1000U);
}

TEST(EdfStream, equals_the_whole_reader_in_every_kind) {
  const xingu::test::TemporaryFolder folder;
  Recording recording = noise(16);
  recording.marks = {{5, "N"}, {700, "artefact", 2.0}};
  write_recording(recording, folder.path() / "r.edf", EcgFormat::edf);
  expect_twin(folder.path() / "r.edf");
  write_recording(noise(24), folder.path() / "r.bdf", EcgFormat::bdf);
  expect_twin(folder.path() / "r.bdf");
  std::string plain = read_file(folder.path() / "r.edf");
  plain.replace(plain.find("EDF+C"), 5, "     ");
  write_file(folder.path() / "plain.edf", plain);
  expect_twin(folder.path() / "plain.edf");
}

TEST(EdfStream, has_signals_of_several_rates_and_the_gaps_of_an_interrupted_file) {
  const xingu::test::TemporaryFolder folder;
  Recording recording = noise(16, 1000);
  recording.signals[1].samples_per_frame = 2;
  const std::vector<std::int32_t> again = recording.signals[1].samples;
  recording.signals[1].samples.insert(recording.signals[1].samples.end(), again.begin(), again.end());
  write_recording(recording, folder.path() / "r.edf", EcgFormat::edf);
  expect_twin(folder.path() / "r.edf");
  std::string text = read_file(folder.path() / "r.edf");
  text.replace(text.find("EDF+C"), 5, "EDF+D");
  const std::size_t onset = text.find("+2\x14\x14");
  ASSERT_NE(onset, std::string::npos);
  write_file(folder.path() / "d.edf", text);
  expect_twin(folder.path() / "d.edf");
  text.replace(onset, 2, "+7");  // the third second is the eighth, and the fourth comes before it
  write_file(folder.path() / "d.edf", text);
  EXPECT_THROW(static_cast<void>(open_recording_stream(folder.path() / "d.edf", EcgFormat::edf)), InputError);
  text.replace(text.find("+3\x14\x14"), 2, "+9");
  write_file(folder.path() / "d.edf", text);
  expect_twin(folder.path() / "d.edf");
  text.replace(text.find("+9\x14\x14"), 2, "+1");
  write_file(folder.path() / "d.edf", text);
  EXPECT_THROW(static_cast<void>(open_recording_stream(folder.path() / "d.edf", EcgFormat::edf)), InputError);
}

TEST(EdfStream, reads_long_data_records_in_parts) {
  const xingu::test::TemporaryFolder folder;
  const std::uint64_t frames = 150000;
  write_recording(noise(16, frames), folder.path() / "r.edf", EcgFormat::edf);
  std::string text = read_file(folder.path() / "r.edf");
  // the same bytes as one data record of 600 s, without annotations: what stands where does not matter
  const std::string one = "1       600     5   ";
  std::string head = text.substr(0, 184) + "1536    " + std::string(44, ' ') + one;
  const std::size_t widths[] = {16, 80, 8, 8, 8, 8, 8, 80, 8, 32};
  std::size_t at = 256;
  for (const std::size_t width : widths) {
    for (int signal = 0; signal < 5; ++signal) {
      const std::string field = text.substr(at + static_cast<std::size_t>(signal) * width, width);
      head += head.size() >= 256 + 5 * 216 && width == 8 ? "150000  " : field;
    }
    at += 6 * width;
  }
  write_file(folder.path() / "long.edf", head + text.substr(7 * 256, 5 * 2 * frames));
  expect_twin(folder.path() / "long.edf");
}

TEST(StreamedFacts, take_millivolts_for_what_states_no_unit_only_where_that_can_be) {
  const xingu::test::TemporaryFolder folder;
  Recording recording = noise(10, 1000);
  for (const auto& [gain, is_plausible] : {std::pair{200.0, true}, std::pair{2.0, false}}) {
    for (StoredSignal& signal : recording.signals) {
      signal.unit.clear();
      signal.gain = gain;
    }
    write_recording(recording, folder.path() / "r.edf", EcgFormat::edf);
    const Recording facts = read_streamed_facts(folder.path() / "r.edf", EcgFormat::edf);
    EXPECT_EQ(facts.signals[0].unit == "mV", is_plausible);
    EXPECT_EQ(facts.warnings, read_recording(folder.path() / "r.edf", EcgFormat::edf).warnings);
  }
}

}  // namespace
}  // namespace xingu::ecg
