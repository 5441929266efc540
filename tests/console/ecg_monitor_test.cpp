// SPDX-License-Identifier: Apache-2.0
#include "console/ecg_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ecg/simulation/front_end.h"
#include "ecg/simulation/phantom.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr double heart_per_min = 72.0;

ecg::EcgRecord resting_heart(double duration_s) {
  ecg::PhantomSettings settings;
  settings.duration_s = duration_s;
  settings.heart_rate_per_min = heart_per_min;
  return ecg::to_ecg_record(ecg::make_phantom(settings).recording);
}

/// As fast as it can be read.
std::unique_ptr<ecg::SampleSource> front_end(double duration_s, std::vector<ecg::ElectrodeOff> off = {}) {
  ecg::FrontEndSettings settings;
  settings.off = std::move(off);
  return std::make_unique<ecg::SimulatedFrontEnd>(std::make_unique<ecg::RecordSource>(resting_heart(duration_s)),
                                                  settings);
}

const Json& named(const Json& rows, const std::string& name) {
  for (const Json& row : rows) {
    if (row.at("name") == name) {
      return row;
    }
  }
  static const Json nothing = Json::object();
  return nothing;
}

TEST(EcgMonitor, shows_rate_beats_and_leads_of_a_heart) {
  EcgMonitor monitor(front_end(30.0), "a test");
  monitor.wait();
  const Json now = monitor.document(0);
  EXPECT_EQ(now.at("state"), "beating");
  EXPECT_NEAR(now.at("rate_per_min").get<double>(), heart_per_min, 4.0);
  EXPECT_EQ(now.at("rate_hz"), 250.0);
  EXPECT_EQ(now.at("next"), 30 * 250);
  EXPECT_EQ(now.at("first"), 20 * 250) << "ten seconds are kept";
  EXPECT_EQ(now.at("leads").size(), 8U);
  double highest = 0.0;
  for (const Json& uV : named(now.at("leads"), "II").at("uV")) {
    highest = std::max(highest, uV.get<double>());
  }
  EXPECT_GT(highest, 500.0) << "an R wave, in microvolts";
  const Json& beats = now.at("beats");
  EXPECT_GE(beats.size(), 30U);
  for (const Json& beat : beats) {
    const double late_ms = 1000.0 * (beat.at("known_s").get<double>() - beat.at("t_s").get<double>());
    EXPECT_LE(late_ms, now.at("latency_ms").get<double>() + 1e-6);
  }
}

TEST(EcgMonitor, gives_each_sample_once_to_who_asks_with_the_next_number) {
  EcgMonitor monitor(front_end(5.0), "a test");
  monitor.wait();
  const Json all = monitor.document(0);
  const Json part = monitor.document(1000);
  EXPECT_EQ(part.at("first"), 1000);
  EXPECT_EQ(named(part.at("leads"), "V2").at("uV").size(), 250U);
  EXPECT_EQ(named(part.at("leads"), "V2").at("uV")[0], named(all.at("leads"), "V2").at("uV")[1000]);
  EXPECT_EQ(monitor.document(1250).at("leads")[0].at("uV").size(), 0U);
  EXPECT_EQ(monitor.document(99999).at("first"), 0) << "the page saw a source that is gone";
}

TEST(EcgMonitor, tells_an_electrode_that_fell_off_and_gives_no_number_where_none_is) {
  EcgMonitor one(front_end(20.0, {{ecg::Electrode::v3, 10.0, 30.0}}), "a test");
  one.wait();
  const Json lost = one.document(0);
  EXPECT_EQ(named(lost.at("electrodes"), "V3").at("contact"), "off");
  EXPECT_EQ(named(lost.at("electrodes"), "LA").at("contact"), "good");
  EXPECT_TRUE(named(lost.at("leads"), "V3").at("uV").back().is_null());
  EXPECT_EQ(lost.at("state"), "beating");

  EcgMonitor all(front_end(20.0, {{ecg::Electrode::ra, 10.0, 30.0}, {ecg::Electrode::la, 10.0, 30.0}}), "a test");
  all.wait();
  const Json nothing = all.document(0);
  EXPECT_EQ(nothing.at("state"), "no signal");
  EXPECT_TRUE(nothing.at("rate_per_min").is_null());
}

TEST(SimulatedPatientEcg, beats_with_the_heart_that_moves_the_patient) {
  MotionModel model;
  model.heart_rate_per_min = 90.0;
  const auto motion = make_model_motion(model, 3);
  const auto source = simulated_patient_ecg(*motion, 3);
  ASSERT_EQ(source->info().rate_hz, 500.0);
  std::vector<std::int32_t> frames(8 * 500);
  EXPECT_EQ(source->read(frames), 500U);
  // lead II is highest where the phase of the heart begins
  std::size_t highest = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    highest = frames[8 * i + 1] > frames[8 * highest + 1] ? i : highest;
  }
  const double phase = motion->cardiac_phase(static_cast<double>(highest) / 500.0);
  EXPECT_LT(std::min(phase, 1.0 - phase), 0.03);
}

}  // namespace
}  // namespace xingu::console
