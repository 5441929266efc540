// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/recording.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "ecg/lead_signals.h"
#include "sample_recording.h"

namespace xingu::ecg {
namespace {

TEST(Recording, becomes_a_record_for_analysis_and_back) {
  const Recording recording = test::noise_recording({"I", "V1"}, 50, 500, 16, 1000);
  const EcgRecord record = to_ecg_record(recording);
  EXPECT_EQ(record.info.rate_hz, 500);
  EXPECT_EQ(record.info.start_time, "2002-11-22T09:10:00");
  EXPECT_EQ(record.info.patient.sex, Sex::male);
  const Recording back = to_recording(record);
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
  EXPECT_EQ(back.start_time, recording.start_time);
  EXPECT_EQ(back.signals[1].label, "V1");
}

TEST(AgeAtRecording, is_that_of_the_file_or_whole_years_since_birth) {
  Recording recording = test::noise_recording({"I"}, 50, 500, 16, 1000);
  recording.subject.age_years = 50.5;
  recording.subject.birth_date = "1953-11-23";
  recording.start_date = "2002-11-22";
  EXPECT_EQ(age_at_recording(recording), 50.5);
  recording.subject.age_years.reset();
  EXPECT_EQ(age_at_recording(recording), 48.0);
  recording.subject.birth_date = "1953-11-22";
  EXPECT_EQ(age_at_recording(recording), 49.0);
  EXPECT_EQ(to_ecg_record(recording).info.patient.age_years, 49.0);
  for (const auto& [born, then] :
       {std::pair{"", "2002-11-22"}, {"1953-11-22", ""}, {"2003-01-01", "2002-11-22"}, {"1853-01-01", "2002-11-22"}}) {
    recording.subject.birth_date = born;
    recording.start_date = then;
    EXPECT_FALSE(age_at_recording(recording)) << born << " " << then;
  }
}

TEST(Recording, averages_faster_signals_to_the_common_rate) {
  Recording recording = test::noise_recording({"I", "V1"}, 2, 250, 16);
  recording.signals[1].samples = {1, 3, invalid_sample, 5};
  recording.signals[1].samples_per_frame = 2;
  const EcgRecord record = to_ecg_record(recording);
  EXPECT_EQ(record.info.rate_hz, 250);
  EXPECT_EQ(record.samples[1], (std::vector<std::int32_t>{2, invalid_sample}));
}

TEST(Recording, keeps_the_full_rate_where_all_signals_have_it) {
  Recording recording = test::noise_recording({"I"}, 2, 250, 16);
  recording.signals[0].samples = {1, 2, 3, 4};
  recording.signals[0].samples_per_frame = 2;
  EXPECT_EQ(to_ecg_record(recording).info.rate_hz, 500);
}

/// A second of two leads at 500 Hz beside another signal, in frames of a second.
Recording with_slow_signal(const std::string& label, const std::string& unit, int rate_Hz) {
  Recording recording = test::noise_recording({"I", "II", label}, 500, 500, 12);
  recording.frame_rate_Hz = 1;
  recording.num_frames = 1;
  for (StoredSignal& signal : recording.signals) {
    signal.samples_per_frame = 500;
  }
  recording.signals[2].unit = unit;
  recording.signals[2].samples_per_frame = rate_Hz;
  recording.signals[2].samples.resize(static_cast<std::size_t>(rate_Hz));
  return recording;
}

TEST(Recording, is_analysed_at_the_rate_of_its_leads_whatever_is_slower_beside_them) {
  for (const auto& [label, unit, rate_Hz] :
       {std::tuple{"SpO2", "%", 1}, {"Resp", "mV", 25}, {"Resp", "a.u.", 100}, {"EMG", "uV", 200}}) {
    const Recording recording = with_slow_signal(label, unit, rate_Hz);
    const EcgRecord record = to_ecg_record(recording);
    EXPECT_EQ(record.info.rate_hz, 500) << label;
    EXPECT_EQ(record.info.num_samples, 500);
    ASSERT_EQ(record.samples.size(), 2U);
    EXPECT_EQ(record.samples[1], recording.signals[1].samples);
    EXPECT_EQ(left_out_text(recording, "r.edf"),
              fmt::format("r.edf: not analysed, as no lead of the ECG: '{}' ({} Hz)", label, rate_Hz));
  }
  EXPECT_EQ(left_out_text(test::noise_recording({"I", "II"}, 50, 500, 12), "r.edf"), "");
}

TEST(Recording, of_brain_waves_only_is_no_ecg) {
  Recording recording = with_slow_signal("Temp rectal", "degC", 1);
  recording.signals[0].label = "EEG Fpz-Cz";
  recording.signals[1].label = "EEG Pz-Oz";
  EXPECT_TRUE(ecg_signals(recording).empty());
  EXPECT_EQ(left_out_text(recording, "r.edf"), "");
  try {
    (void)lead_signals(to_ecg_record(recording));
    FAIL() << "analysed";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("holds no ECG"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("EEG Fpz-Cz"), std::string::npos) << error.what();
  }
}

TEST(Recording, with_some_signals_keeps_marks_at_the_signal_that_they_are_of) {
  Recording recording = test::noise_recording({"I", "II", "V1"}, 50, 500, 16, 1000);
  for (const int channel : {0, 1, 2, 7}) {
    recording.marks.push_back({10, "N", 0.0, 0.0, {1, 0, channel, 0}});
  }
  const Recording some = with_signals(recording, {2, 0});
  ASSERT_EQ(some.marks.size(), 4U);
  EXPECT_EQ(some.marks[0].numbers.channel, 0);
  EXPECT_EQ(some.marks[1].numbers.channel, 0);  // II is not there any more
  EXPECT_EQ(some.marks[2].numbers.channel, 0);  // V1 is the first signal now
  EXPECT_EQ(some.marks[3].numbers.channel, 7);  // no signal had this number
  EXPECT_EQ(with_signals(recording, {1, 0, 2}).marks[2].numbers.channel, 2);
  EXPECT_EQ(with_signals(recording, {0, 2}).marks[2].numbers.channel, 1);
}

TEST(Recording, refuses_what_does_not_hold_together) {
  Recording recording = test::noise_recording({"I"}, 10, 500, 16);
  require_consistent(recording, "t");
  recording.signals[0].samples.pop_back();
  EXPECT_THROW(require_consistent(recording, "t"), InputError);
  recording = test::noise_recording({"I"}, 10, 500, 16);
  recording.frame_rate_Hz = std::nan("");
  EXPECT_THROW(require_consistent(recording, "t"), InputError);
}

TEST(Recording, doubts_gains_only_where_einthovens_law_holds_without_them) {
  Recording recording = test::noise_recording({"i", "ii", "iii"}, 500, 500, 12);
  auto& leads = recording.signals;
  for (std::size_t i = 0; i < 500; ++i) {
    leads[1].samples[i] = leads[0].samples[i] + leads[2].samples[i];
  }
  leads[1].samples[7] = invalid_sample;
  EXPECT_EQ(gain_doubt(recording), GainDoubt::none) << "one gain for all";
  leads[0].gain = 1716.0;
  leads[1].gain = 1206.0;
  leads[2].gain = 1229.0;
  EXPECT_EQ(gain_doubt(recording), GainDoubt::einthoven) << "each lead by its own range";
  EXPECT_TRUE(lead_signals(to_ecg_record(recording)).has_doubtful_gains());
  leads[2].label = "V1";
  EXPECT_EQ(gain_doubt(recording), GainDoubt::none) << "a lead is absent";
  EXPECT_EQ(gain_doubt(test::noise_recording({"I", "II", "III"}, 500, 500, 12)), GainDoubt::none)
      << "the law holds neither way";
}

TEST(Recording, is_not_doubted_where_the_gains_bring_the_law_about) {
  Recording recording = test::noise_recording({"I", "II", "III"}, 500, 500, 12);
  auto& leads = recording.signals;
  leads[0].gain = 400.0;
  for (std::size_t i = 0; i < 500; ++i) {
    leads[1].samples[i] = leads[0].samples[i] / 2 + leads[2].samples[i];
  }
  EXPECT_EQ(gain_doubt(recording), GainDoubt::none);
}

TEST(Recording, doubts_gains_that_give_all_leads_one_range) {
  const auto scaled = [](std::vector<std::string> leads) {
    Recording recording = test::noise_recording(leads, 500, 500, 12);
    for (StoredSignal& signal : recording.signals) {  // 1 mV from top to bottom by its own gain
      const auto [lowest, highest] = std::ranges::minmax(signal.samples);
      signal.gain = highest - lowest;
    }
    return recording;
  };
  Recording recording = scaled(test::twelve_leads);
  EXPECT_EQ(gain_doubt(recording), GainDoubt::equal_ranges);
  EXPECT_EQ(lead_signals(to_ecg_record(recording)).gain_doubt, GainDoubt::equal_ranges);
  recording.signals[3].samples.assign(500, 0);
  EXPECT_EQ(gain_doubt(recording), GainDoubt::equal_ranges) << "a lead without signal says nothing";
  recording.signals[5].gain *= 1.01;
  EXPECT_EQ(gain_doubt(recording), GainDoubt::none) << "one lead is 1 % lower";
  EXPECT_EQ(gain_doubt(scaled({"I", "II", "V1", "V2", "V3"})), GainDoubt::none) << "five leads";
  EXPECT_EQ(gain_doubt(test::noise_recording(test::twelve_leads, 500, 500, 12)), GainDoubt::none);
}

TEST(Recording, does_not_doubt_gains_where_leads_are_at_the_ends_of_their_range) {
  Recording recording = test::noise_recording(test::twelve_leads, 1000, 500, 12);
  for (StoredSignal& signal : recording.signals) {  // an overload of all leads has one range
    std::fill_n(signal.samples.begin() + 100, 60, 2047);
    std::fill_n(signal.samples.begin() + 160, 60, -2048);
  }
  EXPECT_EQ(gain_doubt(recording), GainDoubt::none);
}

TEST(Recording, counts_the_bits_that_samples_need) {
  StoredSignal signal;
  signal.samples = {2047, -2047, invalid_sample};
  EXPECT_EQ(bits_needed(signal), 12);
  signal.samples = {-2048};
  EXPECT_EQ(bits_needed(signal), 13);
  EXPECT_TRUE(std::isnan(physical_value(signal, invalid_sample)));
}

TEST(RoundToBits, takes_the_finest_round_step_that_fits_and_says_it) {
  Recording recording = test::noise_recording({"I", "V1", "Resp"}, 50, 500, 16);
  StoredSignal& fine = recording.signals[0];
  fine.gain = 1e9;
  fine.baseline = 0.0;
  for (std::size_t i = 0; i < fine.samples.size(); ++i) {
    fine.samples[i] = static_cast<std::int32_t>(i % 2 == 0 ? 1'900'000'000 - 7 * static_cast<int>(i)
                                                           : -1'234'567'890 + 11 * static_cast<int>(i));
  }
  fine.samples[3] = invalid_sample;
  recording.signals[2] = fine;
  recording.signals[2].unit = "L";
  const Recording before = recording;
  const auto notes = round_to_bits(recording, 16, "r.edf");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0], "r.edf: I rounded to steps of 0.1 µV, which 16 bits hold: values move by 0.05 µV at most");
  EXPECT_LE(bits_needed(recording.signals[0]), 16);
  EXPECT_EQ(recording.signals[0].samples[3], invalid_sample);
  for (std::size_t i = 0; i < fine.samples.size(); ++i) {
    if (i != 3) {
      EXPECT_NEAR(physical_value(recording.signals[0], recording.signals[0].samples[i]),
                  physical_value(before.signals[0], before.signals[0].samples[i]), 0.5e-4 * 1.000001);
    }
  }
  EXPECT_EQ(recording.signals[1].samples, before.signals[1].samples) << "fits as it is";
  EXPECT_EQ(recording.signals[2].samples, before.signals[2].samples) << "no voltage";
}

TEST(RoundingNotes, say_what_moved_by_how_much_and_nothing_of_what_did_not) {
  const Recording written = test::noise_recording({"I", "V1"}, 50, 500, 12, 1000);
  EXPECT_TRUE(rounding_notes(written, written, "x").empty());
  Recording microvolts = written;
  for (StoredSignal& signal : microvolts.signals) {
    signal.unit = "uV";
    signal.gain /= 1000.0;
  }
  EXPECT_TRUE(rounding_notes(written, microvolts, "x").empty()) << "the same values in another unit";
  Recording held = written;
  StoredSignal& rounded = held.signals[1];
  rounded.gain = 200.0;
  for (std::int32_t& sample : rounded.samples) {
    sample = static_cast<std::int32_t>(std::lround(sample / 5.0));
  }
  const std::vector<std::string> notes = rounding_notes(written, held, "x.scp");
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0], "x.scp: V1 rounded to the steps of 5 µV that the format has: values move by 2 µV at most");
}

TEST(RoundToBits, takes_no_step_above_a_microvolt) {
  Recording recording = test::noise_recording({"I"}, 50, 500, 16);
  recording.signals[0].gain = 1e6;
  recording.signals[0].baseline = 0.0;
  recording.signals[0].samples[7] = 100'000'000;  // 100 mV
  const Recording before = recording;
  EXPECT_TRUE(round_to_bits(recording, 16, "r.edf").empty());
  EXPECT_EQ(recording.signals[0].samples, before.signals[0].samples);
}

std::vector<std::string> named(const std::vector<std::string>& labels) {
  Recording recording = test::noise_recording(labels, 10, 500, 12);
  name_chest_leads(recording);
  std::vector<std::string> names;
  for (const StoredSignal& signal : recording.signals) {
    names.push_back(signal.label);
  }
  return names;
}

TEST(NameChestLeads, takes_c1_to_c9_beside_limb_leads_for_v1_to_v9) {
  EXPECT_EQ(named({"I", "II", "C1", "c6", "ECG C7", "C4R"}),
            (std::vector<std::string>{"I", "II", "V1", "V6", "V7", "V4R"}));
  for (const std::vector<std::string>& labels : {std::vector<std::string>{"I", "C1", "C2"},  // one limb lead
                                                 {"I", "II", "C3", "C4"},                    // as of a sleep recording
                                                 {"I", "II", "C1", "C2", "Cz"},              // the scalp
                                                 {"I", "II", "V1", "C2"},                    // both kinds of names
                                                 {"I", "II", "C3-A2", "CC5", "Sac1", "C", "cough"}}) {
    EXPECT_EQ(named(labels), labels);
  }
}

}  // namespace
}  // namespace xingu::ecg
