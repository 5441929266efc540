// SPDX-License-Identifier: Apache-2.0
#include "console/live_session.h"

#include "base/error.h"
#include "base/log.h"
#include "delivery/real_time.h"
#include "delivery/record_reader.h"

namespace xingu::console {
namespace {

/// Longest session there can be: what needs longer waits for something that does not come.
constexpr std::uint64_t max_steps = 8ULL * 3600 * 1000;

}  // namespace

LiveSession::LiveSession(const SessionGround& ground, const std::filesystem::path& record) : speed_(ground.speed) {
  SessionSettings settings = ground.settings;
  if (std::filesystem::exists(record)) {
    const ResumePoint point = resume_point(read_record(record), *ground.plan);
    settings.progress = point.progress;
    settings.first_step = point.next_step;
  }
  first_step_ = settings.first_step;
  given_before_mu_ = settings.progress.given_mu;
  record_ = RecordFile::open(record);
  record_->begin(*ground.plan, settings,
                 settings_text(settings, ground.motion->description(), ground.faults, ground.clearance->pairs()));
  link_ = std::make_unique<SessionLink>(*ground.plan, *record_, pace_, settings, speed_);
  session_ = std::make_unique<Session>(*ground.plan, settings, *ground.motion, *ground.clearance,
                                       FaultSchedule(ground.faults), *link_, link_.get());
  thread_ = std::thread([this] { run(); });
}

LiveSession::~LiveSession() {
  is_stopping_.store(true, std::memory_order_release);
  thread_.join();
}

void LiveSession::run() {
  const auto between = [this] {
    record_->prepare();
    return !is_stopping_.load(std::memory_order_acquire);
  };
  const RealTimePlace place = take_real_time_place();
  if (const std::string_view missing = advice(place); !missing.empty()) {
    log_warning("{}", missing);
  }
  run_real_time(*session_, max_steps, between, pace_, speed_, place.has_priority ? Waiting::watches : Waiting::sleeps);
  try {
    record_->close();
  } catch (const std::exception& failure) {
    failure_ = failure.what();
  }
  is_over_.store(true, std::memory_order_release);
}

}  // namespace xingu::console
