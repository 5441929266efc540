// SPDX-License-Identifier: Apache-2.0
#include "console/delivered_dvh.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>

#include "base/log.h"
#include "console/event_text.h"
#include "delivery/delivered_dose.h"
#include "delivery/delivered_treatment.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr auto pause = std::chrono::seconds(2);
/// Behind the server and the loop, but not behind everything: a browser that draws without a graphics card on the same
/// computer would leave a thread of the lowest priority nothing.
constexpr int niceness = 5;
constexpr double samples_per_structure = 20'000;
constexpr int curve_points = 201;
constexpr double same_mu = 0.5;  // a beam is computed again when it got this much more

/// A dose that cannot be computed is told, and harms nothing else.
template <class Work>
void attempt(const Work& work) {
  try {
    work();
  } catch (const std::exception& failure) {
    log_warning("the delivered dose was not computed: {}", failure.what());
  }
}

Json curve(const Dvh& dvh, double fractions_dose_Gy) {
  Json dose = Json::array();
  Json volume = Json::array();
  for (int i = 0; i < curve_points; ++i) {
    const double at = fractions_dose_Gy * i / (curve_points - 1);
    dose.push_back(at);
    volume.push_back(number_or_null(dvh.percent_at_dose(at)));
  }
  return {{"dose_Gy", dose}, {"volume_percent", volume}};
}

}  // namespace

DeliveredDvh::DeliveredDvh(DvhGround ground)
    : ground_(std::move(ground)), engine_(ground_.physics.photons, ground_.engine), thread_([this] { run(); }) {}

DeliveredDvh::~DeliveredDvh() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void DeliveredDvh::follow(const std::filesystem::path& record, std::uint64_t bytes, std::int64_t session) {
  const std::lock_guard lock(mutex_);
  target_ = Target{record, bytes, session};
}

std::optional<std::string> DeliveredDvh::newest() {
  const std::lock_guard lock(mutex_);
  return std::exchange(newest_, std::nullopt);
}

void DeliveredDvh::run() {
  static_cast<void>(::nice(niceness));     // of this thread only, on Linux
  attempt([this] { plan_histograms(); });  // before there is a session: its first beam then shows at once
  std::optional<Target> done;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause, [this] { return is_stopping_; })) {
    if (!target_ || (done && done->session == target_->session && done->bytes == target_->bytes)) {
      continue;
    }
    done = target_;
    lock.unlock();
    attempt([&] { update(*done); });
    lock.lock();
  }
}

void DeliveredDvh::plan_histograms() {
  TreatmentPlan fraction = ground_.plan;
  fraction.num_fractions = 1;
  const Volume<float> planned_Gy =
      compute_plan_dose(fraction, ground_.physics, ground_.image, ground_.grid, ground_.engine);
  for (const Structure& structure : ground_.structures) {
    samples_.push_back(sample_shape(StructureShape(structure), samples_per_structure));
    planned_.push_back(compute_dvh(planned_Gy, samples_.back()));
  }
}

void DeliveredDvh::update(const Target& target) {
  if (planned_.empty()) {
    return;  // told when that failed
  }
  if (target.session != session_) {
    session_ = target.session;
    beams_.assign(ground_.plan.beams.size(), {});
  }
  double given_mu = 0.0;
  double t_s = 0.0;
  if (!add_beams(target, given_mu, t_s)) {
    return;
  }
  std::string text = message(target, given_mu, t_s);
  const std::lock_guard lock(mutex_);
  newest_ = std::move(text);
}

bool DeliveredDvh::add_beams(const Target& target, double& given_mu, double& t_s) {
  const SessionRecord record = read_record(target.record, target.bytes);
  t_s = record.entries().empty() ? 0.0 : static_cast<double>(record.entries().back().step) * step_s;
  const std::vector<DeliveredBeam> given = delivered_beams(record, ground_.plan);
  bool has_changed = false;
  for (std::size_t i = 0; i < given.size(); ++i) {
    double mu = 0.0;
    for (const DeliveredPart& part : given[i].parts) {
      mu += part.mu;
    }
    given_mu += mu;
    const bool is_done = mu > ground_.plan.beams[i].mu() - same_mu;
    if (mu <= 0.0 || std::abs(mu - beams_[i].mu) < (is_done ? 1e-6 : same_mu)) {
      continue;
    }
    beams_[i].dose_Gy = compute_delivered_dose(std::span(&given[i], 1), ground_.plan.position, ground_.physics, engine_,
                                               ground_.image, ground_.grid);
    beams_[i].mu = mu;
    has_changed = true;
  }
  return has_changed;
}

std::string DeliveredDvh::message(const Target& target, double given_mu, double t_s) const {
  Volume<float> total(ground_.grid);
  for (const BeamDose& beam : beams_) {
    for (std::size_t i = 0; beam.mu > 0 && i < ground_.grid.num_voxels(); ++i) {
      total[i] += beam.dose_Gy[i];
    }
  }
  double planned_mu = 0.0;
  for (const PlannedBeam& beam : ground_.plan.beams) {
    planned_mu += beam.mu();
  }
  Json structures = Json::array();
  for (std::size_t i = 0; i < ground_.structures.size(); ++i) {
    const Dvh delivered = compute_dvh(total, samples_[i]);
    if (!planned_[i].has_dose()) {
      continue;
    }
    const double highest = 1.02 * std::max(planned_[i].max_gy(), delivered.max_gy());
    structures.push_back({{"name", ground_.structures[i].name},
                          {"colour", ground_.structures[i].colour},
                          {"planned", curve(planned_[i], highest)},
                          {"delivered", curve(delivered, highest)},
                          {"planned_d98_Gy", number_or_null(planned_[i].dose_at_percent(98.0))},
                          {"delivered_d98_Gy", number_or_null(delivered.dose_at_percent(98.0))},
                          {"planned_mean_Gy", number_or_null(planned_[i].mean_gy())},
                          {"delivered_mean_Gy", number_or_null(delivered.mean_gy())}});
  }
  return dump({{"type", "dvh"},
               {"session", target.session},
               {"t_s", t_s},
               {"given_mu", given_mu},
               {"planned_mu", planned_mu},
               {"fractions", 1},
               {"engine", engine_.description()},
               {"structures", structures}});
}

}  // namespace xingu::console
