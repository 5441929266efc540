// SPDX-License-Identifier: Apache-2.0
#include "delivery/patient_motion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/toml_file.h"
#include "delivery/noise.h"
#include "patient/heart_motion.h"

namespace xingu {
namespace {

/// Cycles of varying length, one after the other.
class Cycles {
 public:
  struct Moment {
    double phase;  ///< in [0, 1)
    std::size_t cycle;
  };

  Cycles(double mean_s, double variation, double duration_s, const Noise& noise) {
    starts_.push_back(0.0);
    for (std::uint64_t i = 0; starts_.back() < duration_s; ++i) {
      starts_.push_back(starts_.back() + mean_s * std::clamp(1.0 + variation * noise.normal(i), 0.4, 2.0));
    }
  }

  [[nodiscard]] Moment at(double time_s) const noexcept {
    const double time = std::fmod(std::max(time_s, 0.0), starts_.back());
    const auto next = std::upper_bound(starts_.begin() + 1, starts_.end() - 1, time);
    const auto cycle = static_cast<std::size_t>(next - starts_.begin()) - 1;
    return {(time - starts_[cycle]) / (starts_[cycle + 1] - starts_[cycle]), cycle};
  }
  [[nodiscard]] std::size_t size() const noexcept { return starts_.size() - 1; }

 private:
  std::vector<double> starts_;
};

class ModelMotion final : public PatientMotion {
 public:
  ModelMotion(const MotionModel& model, std::uint64_t seed)
      : model_(model),
        seed_(seed),
        breaths_(model.period_s, model.period_variation, model.duration_s, Noise(seed, 1)),
        beats_(60.0 / model.heart_rate_per_min, model.heart_variation, model.duration_s, Noise(seed, 2)) {
    const Noise noise(seed, 3);
    for (std::size_t i = 0; i < breaths_.size(); ++i) {
      depths_.push_back(std::clamp(1.0 + model.depth_variation * noise.normal(i), 0.3, 2.0));
    }
  }

  [[nodiscard]] Vec3 target(double time_s) const noexcept override {
    const double depth = inflation(time_s - model_.hysteresis_s);
    const double beat = model_.heart_mm > 0 ? ejected_part(beats_.at(time_s).phase) : 0.0;
    const double cough = coughing(time_s);
    // inspiration moves the heart's tissue down (−z) and forwards (−y), LPS
    return {model_.heart_mm * beat, -model_.breathing_ap_mm * depth - 0.3 * cough,
            -model_.breathing_mm * depth - model_.drift_mm_per_min * time_s / 60.0 - cough};
  }

  [[nodiscard]] Vec3 marker(double time_s) const noexcept override {
    return {0.0, -model_.marker_mm * inflation(time_s) - 0.5 * coughing(time_s),
            0.2 * model_.marker_mm * inflation(time_s)};
  }

  [[nodiscard]] double cardiac_phase(double time_s) const noexcept override { return beats_.at(time_s).phase; }

  [[nodiscard]] std::string description() const override {
    return fmt::format("model: breathing {:g} mm every {:g} s, heart {:g} mm, drift {:g} mm/min, {} coughs, seed {}",
                       model_.breathing_mm, model_.period_s, model_.heart_mm, model_.drift_mm_per_min,
                       model_.coughs_s.size(), seed_);
  }

 private:
  [[nodiscard]] double inflation(double time_s) const noexcept {
    const Cycles::Moment m = breaths_.at(time_s);
    return depths_[m.cycle] * inflated_part(m.phase);
  }
  [[nodiscard]] double coughing(double time_s) const noexcept {
    double sum = 0.0;
    for (const double start : model_.coughs_s) {
      const double x = (time_s - start) / 0.2;
      sum += x > 0 && x < 1 ? model_.cough_mm * std::pow(std::sin(std::numbers::pi * x), 2) : 0.0;
    }
    return sum;
  }

  MotionModel model_;
  std::uint64_t seed_;
  Cycles breaths_;
  Cycles beats_;
  std::vector<double> depths_;
};

class TraceMotion final : public PatientMotion {
 public:
  TraceMotion(MotionTrace trace, double gain, std::string name)
      : trace_(std::move(trace)), gain_(gain), name_(std::move(name)) {
    XINGU_REQUIRE(trace_.time_s.size() >= 4, "{}: has {} samples (a trace needs four); give a longer one", name_,
                  trace_.time_s.size());
    Vec3 mean = Vec3::Zero();
    for (const Vec3& p : trace_.position) {
      mean += p;
    }
    mean /= static_cast<double>(trace_.position.size());
    for (Vec3& p : trace_.position) {
      p -= mean;
    }
  }

  [[nodiscard]] Vec3 target(double time_s) const noexcept override { return gain_ * marker(time_s); }

  [[nodiscard]] Vec3 marker(double time_s) const noexcept override {
    const double length = trace_.time_s.back();
    const double turned = std::fmod(std::max(time_s, 0.0), 2.0 * length);
    const double time = turned <= length ? turned : 2.0 * length - turned;
    const auto next = std::upper_bound(trace_.time_s.begin() + 1, trace_.time_s.end() - 1, time);
    const auto i = static_cast<std::size_t>(next - trace_.time_s.begin());
    const double width = trace_.time_s[i] - trace_.time_s[i - 1];
    const double u = (time - trace_.time_s[i - 1]) / width;
    const Vec3 begin_slope = slope(i - 1) * width;
    const Vec3 end_slope = slope(i) * width;
    const Vec3& p = trace_.position[i - 1];
    const Vec3& q = trace_.position[i];
    return (2 * u * u * u - 3 * u * u + 1) * p + (u * u * u - 2 * u * u + u) * begin_slope +
           (3 * u * u - 2 * u * u * u) * q + (u * u * u - u * u) * end_slope;
  }

  [[nodiscard]] double cardiac_phase(double time_s) const noexcept override {
    const double beats = time_s * 70.0 / 60.0;
    return beats - std::floor(beats);
  }

  [[nodiscard]] std::string description() const override { return fmt::format("trace {}, gain {:g}", name_, gain_); }

 private:
  [[nodiscard]] Vec3 slope(std::size_t i) const noexcept {
    const std::size_t before = i == 0 ? 0 : i - 1;
    const std::size_t after = std::min(i + 1, trace_.position.size() - 1);
    return (trace_.position[after] - trace_.position[before]) / (trace_.time_s[after] - trace_.time_s[before]);
  }

  MotionTrace trace_;
  double gain_;
  std::string name_;
};

class StillMotion final : public PatientMotion {
 public:
  [[nodiscard]] Vec3 target(double) const noexcept override { return Vec3::Zero(); }
  [[nodiscard]] Vec3 marker(double) const noexcept override { return Vec3::Zero(); }
  [[nodiscard]] double cardiac_phase(double time_s) const noexcept override { return time_s - std::floor(time_s); }
  [[nodiscard]] std::string description() const override { return "none"; }
};

double at_least(const TomlTable& table, std::string_view key, double fallback, double lowest) {
  const double value = table.number(key, fallback);
  if (!(value >= lowest && value <= 1e6)) {
    table.fail(key, fmt::format("is {:g} (at least {:g} is possible); correct it", value, lowest));
  }
  return value;
}

MotionModel read_model(const TomlTable& table) {
  MotionModel model;
  model.breathing_mm = at_least(table, "breathing_mm", model.breathing_mm, 0.0);
  model.breathing_ap_mm = at_least(table, "breathing_ap_mm", model.breathing_ap_mm, 0.0);
  model.period_s = at_least(table, "period_s", model.period_s, 0.5);
  model.period_variation = at_least(table, "period_variation", model.period_variation, 0.0);
  model.depth_variation = at_least(table, "depth_variation", model.depth_variation, 0.0);
  model.hysteresis_s = at_least(table, "hysteresis_s", model.hysteresis_s, 0.0);
  model.marker_mm = at_least(table, "marker_mm", model.marker_mm, 0.0);
  model.heart_mm = at_least(table, "heart_mm", model.heart_mm, 0.0);
  model.heart_rate_per_min = at_least(table, "heart_rate_per_min", model.heart_rate_per_min, 20.0);
  model.heart_variation = at_least(table, "heart_variation", model.heart_variation, 0.0);
  model.drift_mm_per_min = table.number("drift_mm_per_min", model.drift_mm_per_min);
  if (table.has("coughs_s")) {
    model.coughs_s = table.numbers("coughs_s");
  }
  model.cough_mm = at_least(table, "cough_mm", model.cough_mm, 0.0);
  return model;
}

}  // namespace

std::unique_ptr<PatientMotion> make_model_motion(const MotionModel& model, std::uint64_t seed) {
  return std::make_unique<ModelMotion>(model, seed);
}

std::unique_ptr<PatientMotion> make_trace_motion(MotionTrace trace, double gain, const std::string& name) {
  return std::make_unique<TraceMotion>(std::move(trace), gain, name);
}

std::unique_ptr<PatientMotion> make_still_motion() { return std::make_unique<StillMotion>(); }

std::unique_ptr<PatientMotion> load_motion(const std::filesystem::path& path, std::uint64_t seed) {
  if (path.extension() == ".csv") {
    return make_trace_motion(read_motion_trace(path), 1.0, path.filename().string());
  }
  XINGU_REQUIRE(path.extension() == ".toml",
                "{}: is neither .csv nor .toml (a motion is a trace or a model); rename it", path.string());
  const TomlTable file = TomlTable::read(path);
  const TomlTable motion = file.table("motion");
  if (motion.has("trace")) {
    const std::filesystem::path trace = path.parent_path() / motion.text("trace");
    const double gain = motion.number("gain", 1.0);
    file.finish();
    return make_trace_motion(read_motion_trace(trace), gain, trace.filename().string());
  }
  const MotionModel model = read_model(motion);
  file.finish();
  return make_model_motion(model, seed);
}

}  // namespace xingu
