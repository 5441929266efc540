// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/csv.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "base/error.h"
#include "base/files.h"
#include "base/philox.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using xingu::test::TemporaryFolder;

Recording read_text(const std::string& text) {
  const TemporaryFolder folder;
  write_file(folder.path() / "t.csv", text);
  return read_csv(folder.path() / "t.csv");
}

TEST(EcgCsv, gives_back_every_sample_of_any_width) {
  const TemporaryFolder folder;
  for (const int bits : {12, 16, 24, 32}) {
    Recording recording = test::noise_recording({"I", "V1"}, 500, 360, bits, 7247.3);
    recording.signals[1].baseline = 1024;
    recording.signals[1].unit = "uV";
    recording.signals[0].samples[3] = invalid_sample;
    write_csv(recording, folder.path() / "r.csv");
    const Recording back = read_csv(folder.path() / "r.csv");
    EXPECT_EQ(test::samples_of(back), test::samples_of(recording)) << bits;
    EXPECT_EQ(back.signals[1].unit, "uV");
    EXPECT_EQ(back.frame_rate_Hz, 360);
    EXPECT_EQ(back.subject.age_years, 49);
    EXPECT_EQ(back.start_date, "2002-11-22");
  }
}

TEST(EcgCsv, keeps_marks_and_device) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I"}, 500, 360, 12);
  recording.device = "cart 7";
  recording.marks = {{5, "N"}, {300, "a word, or two", 0.5}};
  write_csv(recording, folder.path() / "r.csv");
  const Recording back = read_csv(folder.path() / "r.csv");
  EXPECT_EQ(back.device, "cart 7");
  ASSERT_EQ(back.marks.size(), 2U);
  EXPECT_EQ(back.marks[1].sample, 300U);
  EXPECT_EQ(back.marks[1].text, "a word, or two");
  EXPECT_EQ(back.marks[1].duration_s, 0.5);
  EXPECT_TRUE(back.comments.empty());
  EXPECT_EQ(read_text("# mark: of a felt pen\ntime_s,I [mV]\n0,1\n0.1,1\n").comments.size(), 1U);
}

TEST(EcgCsv, gives_back_the_steps_of_many_signals_whose_gains_have_many_digits) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording(test::twelve_leads, 200, 500, 24, 31.999998092651367);
  for (StoredSignal& signal : recording.signals) {
    signal.baseline = -0.5000000298023224;
  }
  write_csv(recording, folder.path() / "r.csv");
  const Recording back = read_csv(folder.path() / "r.csv");
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
  for (const StoredSignal& signal : back.signals) {
    EXPECT_EQ(signal.gain, recording.signals[0].gain);
    EXPECT_EQ(signal.baseline, recording.signals[0].baseline);
  }
}

TEST(EcgCsv, gives_back_names_and_units_that_hold_what_parts_a_table) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> named{
      {"sig 0, fmt 8", "mV"}, {"ECG (I)", "uV"}, {"I;x", "uV"},    {"\"II\"", "mV"}, {"Puls [1]", ""},
      {"Temp", "deg,C"},      {"SpO2", "%;"},    {"Flow (2)", ""}, {"1", ""},        {"#3", "\"C"}};
  Recording recording = test::noise_recording(std::vector<std::string>(named.size()), 50, 500, 12);
  for (std::size_t s = 0; s < named.size(); ++s) {
    std::tie(recording.signals[s].label, recording.signals[s].unit) = named[s];
  }
  write_csv(recording, folder.path() / "r.csv");
  const Recording back = read_csv(folder.path() / "r.csv");
  ASSERT_EQ(back.signals.size(), named.size());
  for (std::size_t s = 0; s < named.size(); ++s) {
    EXPECT_EQ(back.signals[s].label, named[s].first);
    EXPECT_EQ(back.signals[s].unit, named[s].second) << named[s].first;
  }
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
}

TEST(EcgCsv, keeps_that_no_unit_is_known) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"EKG 1", "II"}, 50, 500, 12, 1.0);  // no millivolts
  recording.signals[0].unit = recording.signals[1].unit = "";
  write_csv(recording, folder.path() / "r.csv");
  const Recording back = read_csv(folder.path() / "r.csv");
  EXPECT_EQ(back.signals[1].unit, "");
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
}

TEST(EcgCsv, numbers_signals_of_one_name) {
  const TemporaryFolder folder;
  const Recording recording = test::noise_recording({"ECG", "ii", "ECG", "II", "", "", "ECG (2)"}, 50, 500, 12);
  write_csv(recording, folder.path() / "r.csv");
  std::vector<std::string> names;
  for (const StoredSignal& signal : read_csv(folder.path() / "r.csv").signals) {
    names.push_back(signal.label);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"ECG", "II", "ECG (2)", "II (2)", "signal", "signal (2)", "ECG (2) (2)"}));
}

TEST(EcgCsv, keeps_comments_that_read_like_facts_and_marks_without_words) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I"}, 500, 360, 12);
  recording.comments = {"gain: 7", "rate_Hz: 3", "mark: 3 0 N", "comment: yes", "plain"};
  recording.marks = {{5, ""}, {300, "", 0.5}};
  write_csv(recording, folder.path() / "r.csv");
  const Recording back = read_csv(folder.path() / "r.csv");
  EXPECT_EQ(back.comments, recording.comments);
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
  EXPECT_TRUE(test::have_same_marks(back, recording));
}

TEST(EcgCsv, keeps_what_went_through_before_samples_were_stored) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I", "II", "V1"}, 500, 360, 12);
  for (StoredSignal& signal : recording.signals) {
    signal.transducer = "AgAgCl electrode";
    signal.prefilter = "HP:0.05Hz LP:150Hz";
  }
  recording.signals[2].prefilter = "LP:40Hz";
  write_csv(recording, folder.path() / "r.csv");
  const Recording back = read_csv(folder.path() / "r.csv");
  for (std::size_t s = 0; s < 3; ++s) {
    EXPECT_EQ(back.signals[s].transducer, recording.signals[s].transducer);
    EXPECT_EQ(back.signals[s].prefilter, recording.signals[s].prefilter);
  }
}

TEST(EcgCsv, refuses_two_columns_of_one_name) {
  EXPECT_THROW((void)read_text("time_s,II [mV],lead ii [mV]\n0,0.1,0.2\n0.002,0.1,0.2\n"), InputError);
}

TEST(EcgCsv, reads_tables_of_others) {
  const Recording table = read_text("time_ms;mdc_ecg_lead_ii (uV);aVR\n0;12.5;0.01\n2;-13;\n4;0;1e-3\n");
  EXPECT_EQ(table.frame_rate_Hz, 500);
  EXPECT_EQ(table.signals[0].label, "II");
  EXPECT_EQ(table.signals[0].unit, "uV");
  EXPECT_EQ(table.signals[0].gain, 10);
  EXPECT_EQ(table.signals[0].samples, (std::vector<std::int32_t>{125, -130, 0}));
  EXPECT_EQ(table.signals[1].unit, "mV");
  EXPECT_EQ(table.signals[1].samples, (std::vector<std::int32_t>{10, invalid_sample, 1}));
}

/// A table of `rows` rows at `rate_Hz` with times of `decimals` digits, without the rows that are `missing`.
std::string timed_rows(double rate_Hz, int decimals, int rows, std::pair<int, int> missing,
                       const std::string& before = {}) {
  std::string text = before + "time_s,I [mV]\n";
  for (int i = 0; i < rows; ++i) {
    if (i < missing.first || i >= missing.second) {
      text += fmt::format("{:.{}f},0.{:03d}\n", i / rate_Hz, decimals, i % 1000);
    }
  }
  return text;
}

TEST(EcgCsv, puts_samples_without_a_value_where_rows_are_missing) {
  for (const double rate : {250.0, 360.0, 500.0, 512.5}) {
    const Recording whole = read_text(timed_rows(rate, 4, 3000, {0, 0}));
    EXPECT_NEAR(whole.frame_rate_Hz, rate, 1e-3 * rate);
    EXPECT_TRUE(whole.warnings.empty());
    const Recording gapped = read_text(timed_rows(rate, 4, 3000, {1000, 1900}));
    EXPECT_NEAR(gapped.frame_rate_Hz, rate, 1e-3 * rate);
    ASSERT_EQ(gapped.num_frames, 3000U) << rate;
    EXPECT_EQ(gapped.signals[0].samples[999], 999);
    EXPECT_EQ(gapped.signals[0].samples[1000], invalid_sample);
    EXPECT_EQ(gapped.signals[0].samples[1899], invalid_sample);
    EXPECT_EQ(gapped.signals[0].samples[1900], 900);
    ASSERT_EQ(gapped.warnings.size(), 1U);
    EXPECT_NE(gapped.warnings[0].find("900 rows are missing at 1 place"), std::string::npos) << gapped.warnings[0];
  }
}

TEST(EcgCsv, refuses_times_that_contradict_the_rate_or_each_other) {
  const auto refusal = [](const std::string& text) {
    try {
      (void)read_text(text);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(
      refusal(timed_rows(500, 3, 100, {0, 0}, "# rate_Hz: 250\n")).find("rate_Hz says 250 Hz, and its rows are 2 ms"),
      std::string::npos);
  EXPECT_EQ(refusal(timed_rows(499.0, 4, 5000, {0, 0}, "# rate_Hz: 500\n")), "");  // two clocks
  EXPECT_NE(refusal("time_s,I [mV]\n0,1\n0.002,1\n0.001,1\n").find("time goes back from 0.002 s to 0.001 s in row 3"),
            std::string::npos);
  EXPECT_NE(refusal("time_s,I [mV]\n0,1\n0.002,1\n0.004,1\n0.0071,1\n0.009,1\n").find("row 4"), std::string::npos);
  EXPECT_NE(refusal("time_s,I [mV]\n0,1\n0.002,1\n0.004,1\n9e12,1\n").find("too long"), std::string::npos);
  EXPECT_NE(refusal("time_s,I [mV]\n1,1\n1,1\n").find("one time"), std::string::npos);
  EXPECT_EQ(refusal("# rate_Hz: 500\ntime_s,I [mV]\n0,1\n0,1\n0,1\n1,1\n"), "");  // whole seconds tell nothing
}

TEST(EcgCsv, takes_no_unit_for_millivolts_only_where_values_can_be_that_and_says_so) {
  const Recording small = read_text("time_s,I,II\n0,0.1,-0.2\n0.002,1.2,0.3\n");
  EXPECT_EQ(small.signals[1].unit, "mV");
  ASSERT_EQ(small.warnings.size(), 1U);
  EXPECT_NE(small.warnings[0].find("no unit of 'I', 'II'"), std::string::npos) << small.warnings[0];
  EXPECT_THROW((void)read_text("time_s,I\n0,100\n0.002,1200\n"), InputError) << "µV";
  EXPECT_THROW((void)read_text("time_s,I\n0,0.0001\n0.002,0.0012\n"), InputError) << "V";
  const Recording stated = read_text("# unit: uV\ntime_s,I,Resp [l]\n0,100,3\n0.002,1200,4\n");
  EXPECT_EQ(stated.signals[0].unit, "uV");
  EXPECT_EQ(stated.signals[1].unit, "l");
  EXPECT_TRUE(stated.warnings.empty());
  const Recording beside = read_text("time_s,I [mV],SpO2\n0,0.1,97\n0.002,0.2,98\n");
  EXPECT_EQ(beside.signals[1].unit, "") << "no lead: its unit stays unknown";
  EXPECT_TRUE(beside.warnings.empty());
}

TEST(EcgCsv, reads_decimal_commas_where_they_are_certain) {
  const Recording read = read_text("time [s];I [mV];II [mV]\n0,000;-0,0059;1\n0,002;1,25;-0,5\n0,004;0,1;\n");
  EXPECT_EQ(read.frame_rate_Hz, 500);
  EXPECT_DOUBLE_EQ(physical_value(read.signals[0], read.signals[0].samples[0]), -0.0059);
  EXPECT_DOUBLE_EQ(physical_value(read.signals[0], read.signals[0].samples[1]), 1.25);
  EXPECT_DOUBLE_EQ(physical_value(read.signals[1], read.signals[1].samples[1]), -0.5);
  EXPECT_EQ(read.signals[1].samples[2], invalid_sample);
  for (const char* const rows :
       {"1,234;2,500\n1,200;-1,100\n", "0,5;1.25\n0,6;1.5\n", "1.234,5;1\n2;3\n", "1,2,3;1\n2;3\n"}) {
    EXPECT_THROW((void)read_text(std::string("# rate_Hz: 500\nI [uV];II [uV]\n") + rows), InputError) << rows;
  }
}

TEST(EcgCsv, takes_times_that_jitter_by_less_than_a_quarter_of_a_sample_for_even) {
  const auto rows = [](double jitter_s, bool has_gap) {
    const Philox random(11, 3);
    std::string text = "time_s,I [mV]\n";
    for (std::uint64_t i = 0; i < 3000; ++i) {
      if (!has_gap || i != 1500) {
        text += fmt::format("{:.6f},{}\n", 0.002 * static_cast<double>(i) + jitter_s * (2 * random.uniform(i) - 1),
                            static_cast<double>(i % 100) / 100);
      }
    }
    return text;
  };
  const Recording even = read_text(rows(0.00048, false));
  EXPECT_EQ(even.frame_rate_Hz, 500);
  EXPECT_EQ(even.num_frames, 3000U);
  EXPECT_TRUE(even.warnings.empty());
  EXPECT_THROW((void)read_text(rows(0.0009, false)), InputError);
  const Recording gapped = read_text(rows(0.0001, true));
  EXPECT_EQ(gapped.num_frames, 3000U);
  EXPECT_EQ(gapped.signals[0].samples[1500], invalid_sample);
}

/// 100 rows at 500 Hz of a sine of the given height, with all the digits that a program prints of its floats.
std::string floats_text(const std::string& unit, double height, const std::string& before = {}) {
  std::string text = before + fmt::format("time_s,II [{}]\n", unit);
  for (int i = 0; i < 100; ++i) {
    text += fmt::format("{:.3f},{:.17g}\n", i / 500.0, height * std::sin(0.3 * i));
  }
  return text;
}

TEST(EcgCsv, reads_floats_of_every_unit_to_steps_that_move_nothing) {
  for (const auto& [unit, millivolts] : {std::pair{"uV", 1e-3}, std::pair{"mV", 1.0}, std::pair{"V", 1e3}}) {
    for (const double height_mv : {0.37200000000000006, 4.7, 330.1}) {
      const Recording table = read_text(floats_text(unit, height_mv / millivolts));
      double worst_mv = 0.0;
      for (int i = 0; i < 100; ++i) {
        const double value = physical_value(table.signals[0], table.signals[0].samples[static_cast<std::size_t>(i)]);
        worst_mv = std::max(worst_mv, std::abs(value * millivolts - height_mv * std::sin(0.3 * i)));
      }
      EXPECT_LT(worst_mv, 0.51e-6) << unit << ' ' << height_mv;  // a nanovolt
      EXPECT_TRUE(table.warnings.empty()) << unit << ' ' << height_mv;
    }
  }
}

TEST(EcgCsv, says_where_it_reads_fewer_digits_than_a_table_has) {
  const Recording high = read_text(floats_text("uV", 5e6));  // 5 V in µV: steps of 0.01 µV
  ASSERT_EQ(high.warnings.size(), 1U);
  EXPECT_NE(high.warnings[0].find("II rounded to steps of 0.01 uV"), std::string::npos) << high.warnings[0];
  EXPECT_EQ(high.signals[0].gain, 100);
  const Recording large = read_text(floats_text("bpm", 4e11));
  ASSERT_EQ(large.warnings.size(), 1U);
  EXPECT_NEAR(physical_value(large.signals[0], large.signals[0].samples[5]), 4e11 * std::sin(1.5), 501.0);
  EXPECT_TRUE(read_text("time_s,II [uV]\n0,12.5\n0.002,2000000\n").warnings.empty());
}

TEST(EcgCsv, refuses_a_value_beside_which_no_microvolt_can_be_told) {
  EXPECT_THROW((void)read_text(floats_text("mV", 1e12)), InputError);
  EXPECT_THROW((void)read_text(floats_text("uV", 1e300)), InputError);
  EXPECT_THROW((void)read_text(floats_text("uV", 372.0, "# gain: 1e9\n# baseline: 0\n")), InputError);
}

TEST(EcgCsv, refuses_tables_that_say_too_little) {
  EXPECT_THROW((void)read_text(""), InputError);
  EXPECT_THROW((void)read_text("0.1,0.2\n0.1,0.2\n"), InputError);
  EXPECT_THROW((void)read_text("I,II\n1,2\n"), InputError);
  EXPECT_THROW((void)read_text("time_s,I,II\n0,1,2\n0.1,1\n"), InputError);
  EXPECT_THROW((void)read_text("time_s,I\n0,one\n0.1,1\n"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
