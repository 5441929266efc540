// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/aecg.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "sample_recording.h"
#include "support/test_paths.h"

namespace xingu::ecg {
namespace {

using xingu::test::TemporaryFolder;

TEST(Aecg, gives_back_every_sample_and_fact) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording(test::twelve_leads, 700, 360, 24, 7247.3);
  recording.signals[1].baseline = 1024;
  recording.subject.name = "Müller & Söhne <x>";
  write_aecg(recording, folder.path() / "r.xml");
  const Recording back = read_aecg(folder.path() / "r.xml");
  EXPECT_EQ(test::samples_of(back), test::samples_of(recording));
  EXPECT_NEAR(back.signals[0].gain, 7247.3, 1e-9);
  EXPECT_NEAR(back.signals[1].baseline, 1024, 1e-9);
  EXPECT_EQ(back.signals[3].label, "aVR");
  EXPECT_EQ(back.frame_rate_Hz, 360);
  EXPECT_EQ(back.subject.name, recording.subject.name);
  EXPECT_EQ(back.subject.birth_date, "1953-05-08");
  EXPECT_EQ(back.start_time, "09:10:00");
}

TEST(Aecg, has_an_id_that_follows_from_what_it_says) {
  const TemporaryFolder folder;
  const auto id_of = [&](const Recording& recording) {
    write_aecg(recording, folder.path() / "r.xml");
    const std::string text = read_file(folder.path() / "r.xml");
    const std::string before = "<id root=\"2.25.";  // directly below the root, ahead of all else
    const std::size_t root = text.find("<AnnotatedECG");
    const std::size_t first = text.find('<', root + 1);
    EXPECT_EQ(text.substr(first, before.size()), before);
    return text.substr(first, text.find('>', first) - first);
  };
  Recording recording = test::noise_recording({"I", "II"}, 100, 500, 12);
  const std::string id = id_of(recording);
  EXPECT_EQ(id_of(recording), id);
  EXPECT_EQ(id_of(read_aecg(folder.path() / "r.xml")), id);
  recording.signals[1].samples[50] += 1;
  EXPECT_NE(id_of(recording), id);
}

TEST(Aecg, keeps_the_filters_that_all_leads_share) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I", "II"}, 20, 500, 12);
  const auto read_back = [&](const char* one, const char* two) {
    recording.signals[0].prefilter = one;
    recording.signals[1].prefilter = two;
    write_aecg(recording, folder.path() / "r.xml");
    return read_aecg(folder.path() / "r.xml").signals[1].prefilter;
  };
  const char* const all = "HP:0.05Hz LP:150Hz N:50Hz";
  EXPECT_EQ(read_back(all, all), all);
  EXPECT_EQ(read_back("LP:35Hz", "LP:35Hz"), "LP:35Hz");
  EXPECT_EQ(read_back("", ""), "");
  EXPECT_EQ(read_back("LP:35Hz", "LP:150Hz"), "");
}

TEST(Aecg, reads_a_cutoff_that_stands_beside_the_filter_and_no_filter_without_one) {
  const TemporaryFolder folder;
  const auto read_with = [&](const std::string& variables) {
    write_aecg(test::noise_recording({"I"}, 20, 500, 12), folder.path() / "r.xml");
    std::string text = read_file(folder.path() / "r.xml");
    text.insert(text.find("<component>", text.find("<series>")), variables);
    write_file(folder.path() / "r.xml", text);
    return read_aecg(folder.path() / "r.xml").signals[0].prefilter;
  };
  const auto filter = [](const std::string& kind, const std::string& inside) {
    return "<controlVariable><controlVariable><code code=\"MDC_ECG_CTL_VBL_ATTR_FILTER_" + kind + "\"/>" + inside +
           "</controlVariable></controlVariable>";
  };
  const auto part = [](const std::string& code, const std::string& value) {
    return "<component><controlVariable><code code=\"MDC_ECG_CTL_VBL_ATTR_FILTER_" + code + "\"/>" + value +
           "</controlVariable></component>";
  };
  const std::string value_40 = "<value value=\"40\" unit=\"Hz\"/>";
  EXPECT_EQ(read_with(filter("LOW_PASS", value_40)), "LP:40Hz");
  EXPECT_EQ(read_with(filter("HIGH_PASS", part("DESCRIPTION", "<value>FIR</value>"))), "");
  EXPECT_EQ(read_with(filter("LOW_PASS", part("CUTOFF_FREQ", "<value value=\"-\" unit=\"Hz\"/>"))), "");
  EXPECT_EQ(read_with(filter("LOW_PASS", part("CUTOFF_FREQ", "<value value=\"40\" unit=\"ms\"/>"))), "");
  EXPECT_EQ(read_with(filter("NOTCH", part("DESCRIPTION", "<value>Adaptive</value>") + part("NOTCH_FREQ", value_40)) +
                      filter("HIGH_PASS", part("CUTOFF_FREQ", "<value value=\"500\" unit=\"mHz\"/>"))),
            "HP:0.5Hz N:40Hz");
}

TEST(Aecg, gives_back_the_names_of_signals_that_are_no_standard_lead) {
  const TemporaryFolder folder;
  const std::vector<std::string> labels{"V1", "MLII", "ECG 2", "resp. (chest)"};
  write_aecg(test::noise_recording(labels, 20, 500, 12), folder.path() / "r.xml");
  const auto read_labels = [&] {
    std::vector<std::string> found;
    for (const StoredSignal& signal : read_aecg(folder.path() / "r.xml").signals) {
      found.push_back(signal.label);
    }
    return found;
  };
  EXPECT_EQ(read_labels(), labels);
  std::string text = read_file(folder.path() / "r.xml");
  text.replace(text.find(" displayName=\"MLII\""), 19, "");
  write_file(folder.path() / "r.xml", text);
  EXPECT_EQ(read_labels(), labels);
}

TEST(Aecg, gives_back_every_mark_and_comment) {
  const TemporaryFolder folder;
  for (const char* start : {"2002-11-22", ""}) {
    for (const double rate_Hz : {360.0, 500.0, 1000.0 / 3.0}) {
      Recording recording = test::noise_recording({"I"}, 700, rate_Hz, 12);
      recording.start_date = start;
      recording.start_time = recording.start_date.empty() ? "" : "23:59:59.75";
      recording.marks = test::told_marks();
      recording.comments = {"Smoker: no", "<b> & ]]>"};
      write_aecg(recording, folder.path() / "r.xml");
      const Recording back = read_aecg(folder.path() / "r.xml");
      EXPECT_TRUE(test::have_same_marks(back, recording)) << start << rate_Hz;
      EXPECT_EQ(back.comments, recording.comments);
    }
  }
}

TEST(Aecg, writes_beats_by_the_codes_that_others_read) {
  const TemporaryFolder folder;
  Recording recording = test::noise_recording({"I"}, 700, 500, 12);
  recording.marks = {{250, "V"}, {300, "QRS complex", 0.1}};
  write_aecg(recording, folder.path() / "r.xml");
  const std::string text = read_file(folder.path() / "r.xml");
  for (const char* part : {"<code code=\"MDC_ECG_BEAT\"", "code=\"MDC_ECG_BEAT_V_P_C\"",
                           "code=\"MDC_ECG_WAVC_QRSWAVE\"", "<value xsi:type=\"TS\" value=\"20021122091000.500\"",
                           "<low value=\"20021122091000.600\"", "<high value=\"20021122091000.700\""}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

/// A document whose one lead has ten samples of 100 ms and these annotations.
std::string annotated(const std::string& annotations) {
  return "<AnnotatedECG xmlns:xsi=\"x\"><component><series><component><sequenceSet>"
         "<component><sequence><code code=\"TIME_ABSOLUTE\"/><value><head value=\"20021122091000.000+0000\"/>"
         "<increment value=\"100\" unit=\"ms\"/></value></sequence></component>"
         "<component><sequence><code code=\"MDC_ECG_LEAD_V1\"/><value><origin value=\"0\" unit=\"uV\"/>"
         "<scale value=\"5\" unit=\"uV\"/><digits>0 1 2 3 4 5 6 7 8 9</digits></value></sequence></component>"
         "</sequenceSet></component><subjectOf><annotationSet>" +
         annotations + "</annotationSet></subjectOf></series></component></AnnotatedECG>";
}

std::string annotation(const std::string& what, const std::string& when) {
  return "<component><annotation>" + what + "<support><supportingROI><component><boundary>" + when +
         "</boundary></component><component><boundary><code code=\"MDC_ECG_LEAD_V1\"/></boundary></component>"
         "</supportingROI></support></annotation></component>";
}

TEST(Aecg, takes_what_others_noted_at_a_moment_for_marks) {
  const TemporaryFolder folder;
  const std::string nested =
      "<component><annotation><code code=\"MDC_ECG_BEAT\"/><value code=\"MDC_ECG_BEAT_NORMAL\"/>" +
      annotation("<code code=\"MDC_ECG_WAVC\"/><value code=\"MDC_ECG_WAVC_TWAVE\"/>",
                 "<code code=\"TIME_ABSOLUTE\"/><value><high value=\"20021122091000.690\"/></value>") +
      "</annotation></component>";
  write_file(folder.path() / "r.xml",
             annotated(nested +
                       annotation("<code code=\"MDC_ECG_TIME_PD_RR\"/><value value=\"800\" unit=\"ms\"/>",
                                  "<code code=\"TIME_RELATIVE\"/><value value=\"200\" unit=\"ms\"/>") +
                       annotation("<code code=\"X\"/><value code=\"Y\" displayName=\"noise\"/>",
                                  "<code code=\"TIME_ABSOLUTE\"/><value><low value=\"20021122041000.1-0500\"/>"
                                  "<high value=\"20021122091000.4+0000\"/></value>") +
                       "<component><annotation><code code=\"MDC_ECG_INTERPRETATION_STATEMENT\"/>"
                       "<value>Sinus rhythm</value></annotation></component>"
                       "<component><annotation><code code=\"MDC_ECG_TIME_PD_QT\"/><value value=\"420\"/></annotation>"
                       "</component>"));
  const Recording back = read_aecg(folder.path() / "r.xml");
  ASSERT_EQ(back.marks.size(), 3U);
  EXPECT_EQ(back.marks[0].text, "T wave in V1 ends");
  EXPECT_EQ(back.marks[0].sample, 7U);
  EXPECT_EQ(back.marks[1].text, "MDC_ECG_TIME_PD_RR 800 ms in V1");
  EXPECT_EQ(back.marks[1].sample, 2U);
  EXPECT_EQ(back.marks[2].text, "noise in V1");
  EXPECT_EQ(back.marks[2].sample, 1U);
  EXPECT_NEAR(back.marks[2].duration_s, 0.3, 1e-9);
  EXPECT_EQ(back.comments, std::vector<std::string>{"Sinus rhythm"});
}

TEST(Aecg, leaves_out_annotations_whose_moment_cannot_be) {
  const TemporaryFolder folder;
  std::string deep;
  std::string end;
  for (int i = 0; i < 20000; ++i) {
    deep += "<component><annotation>";
    end += "</annotation></component>";
  }
  std::string all = deep + end;
  for (const char* when : {"<code code=\"TIME_ABSOLUTE\"/><value value=\"soon\"/>", "<code code=\"TIME_RELATIVE\"/>",
                           "<code code=\"TIME_RELATIVE\"/><value value=\"-3\" unit=\"s\"/>",
                           "<code code=\"TIME_RELATIVE\"/><value value=\"1e300\" unit=\"s\"/>",
                           "<code code=\"TIME_RELATIVE\"/><value value=\"1\" unit=\"m\"/>"}) {
    all += annotation("<code code=\"MDC_ECG_BEAT\"/><value code=\"MDC_ECG_BEAT_NORMAL\"/>", when);
  }
  write_file(folder.path() / "r.xml", annotated(all));
  const Recording back = read_aecg(folder.path() / "r.xml");
  EXPECT_TRUE(back.marks.empty());
  EXPECT_EQ(back.num_frames, 10U);
}

TEST(Aecg, refuses_what_is_no_annotated_ecg) {
  const TemporaryFolder folder;
  for (const char* text : {"", "<a>", "<a/>", "<AnnotatedECG/>",
                           "<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/passwd\">]><AnnotatedECG>&x;</AnnotatedECG>"}) {
    write_file(folder.path() / "r.xml", text);
    EXPECT_THROW((void)read_aecg(folder.path() / "r.xml"), InputError) << text;
  }
  Recording missing = test::noise_recording({"I"}, 10, 500, 12);
  missing.signals[0].samples[2] = invalid_sample;
  EXPECT_THROW(write_aecg(missing, folder.path() / "r.xml"), InputError);
}

}  // namespace
}  // namespace xingu::ecg
