// SPDX-License-Identifier: Apache-2.0
#include "plan/dose_metric.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "patient/plan_metrics.h"

namespace xingu {
namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double mm3_per_cc = 1000.0;

/// Reads a metric's text from left to right.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text), rest_(text) {}

  bool take(std::string_view prefix) {
    if (to_lower(rest_.substr(0, prefix.size())) != to_lower(prefix)) {
      return false;
    }
    rest_.remove_prefix(prefix.size());
    return true;
  }

  double number() {
    double value = 0.0;
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (code != std::errc() || !std::isfinite(value)) {
      complain();
    }
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  void require(bool condition) const {
    if (!condition) {
      complain();
    }
  }

  void expect_end() const { require(rest_.empty()); }

  [[noreturn]] void complain() const {
    fail_input(
        "metric '{}' is not known (it cannot be measured); write one of D95%[Gy], D0.1cc[Gy], V20Gy[%], V10Gy[cc], "
        "CV9.1Gy[cc], Mean[Gy], Max[Gy], Min[Gy], gEUD8[Gy], D5%/D95%, Paddick, GI, R50, Max@20mm[%]",
        printable(text_));
  }

 private:
  std::string_view text_;
  std::string_view rest_;
};

/// `[Gy]` or `[%]` at the end of a dose.
bool read_is_relative(Reader& reader) {
  const bool is_relative = reader.take("[%]");
  reader.require(is_relative || reader.take("[Gy]"));
  reader.expect_end();
  return is_relative;
}

double read_percent(Reader& reader) {
  const double percent = reader.number();
  reader.require(percent >= 0.0 && percent <= 100.0 && reader.take("%"));
  return percent;
}

void read_dose_at(Reader& reader, DoseMetric& metric) {
  metric.at = reader.number();
  if (reader.take("cc")) {
    reader.require(metric.at >= 0.0);
    metric.kind = MetricKind::dose_at_cc;
    metric.is_relative = read_is_relative(reader);
    return;
  }
  reader.require(metric.at >= 0.0 && metric.at <= 100.0 && reader.take("%"));
  if (reader.take("/D")) {
    metric.kind = MetricKind::dose_ratio;
    metric.over = read_percent(reader);
    reader.expect_end();
    return;
  }
  metric.kind = MetricKind::dose_at_percent;
  metric.is_relative = read_is_relative(reader);
}

void read_volume(Reader& reader, DoseMetric& metric, MetricKind percent, MetricKind cc) {
  metric.at = reader.number();
  reader.require(metric.at >= 0.0 && reader.take("Gy"));
  const bool is_percent = percent != cc && reader.take("[%]");
  reader.require(is_percent || reader.take("[cc]"));
  reader.expect_end();
  metric.kind = is_percent ? percent : cc;
}

double ratio(double numerator, double denominator) { return denominator > 0.0 ? numerator / denominator : nan_value; }

double conformity(const DoseMetric& metric, const SortedDose& target, const MetricContext& context) {
  const bool has_isodoses = context.isodoses != nullptr && !context.isodoses->is_empty();
  const bool has_samples = context.body != nullptr && !context.body->is_empty();
  if ((!has_isodoses && !has_samples) || !(context.reference_Gy > 0.0)) {
    return nan_value;
  }
  const auto volume_above = [&](double dose_Gy) {
    return has_isodoses ? context.isodoses->volume_above(dose_Gy) : context.body->volume_above(dose_Gy);
  };
  const double prescribed = volume_above(context.reference_Gy);
  const double half = volume_above(0.5 * context.reference_Gy);
  switch (metric.kind) {
    case MetricKind::paddick: {
      const double covered = target.volume_above(context.reference_Gy);
      return prescribed > 0.0 ? covered * covered / (target.volume_mm3() * prescribed) : 0.0;
    }
    case MetricKind::gradient_index:
      return ratio(half, prescribed);
    default:
      return ratio(half, target.volume_mm3());
  }
}

double max_beyond(double distance_mm, const MetricContext& context) {
  if (context.isodoses != nullptr && context.isodoses->has_distances()) {
    return context.isodoses->largest_beyond(distance_mm);
  }
  if (context.body_dose_Gy.empty() || context.body_dose_Gy.size() != context.body_distance_mm.size()) {
    return nan_value;
  }
  double largest = 0.0;
  for (std::size_t i = 0; i < context.body_dose_Gy.size(); ++i) {
    if (context.body_distance_mm[i] >= distance_mm) {
      largest = std::max(largest, static_cast<double>(context.body_dose_Gy[i]));
    }
  }
  return largest;
}

double absolute_value(const DoseMetric& metric, const SortedDose& dose, const MetricContext& context) {
  switch (metric.kind) {
    case MetricKind::mean:
      return dose.mean();
    case MetricKind::max:
      return dose.max();
    case MetricKind::min:
      return dose.min();
    case MetricKind::dose_at_percent:
      return dose.dose_at_percent(metric.at);
    case MetricKind::dose_at_cc:
      return dose.dose_at_volume(metric.at * mm3_per_cc);
    case MetricKind::volume_percent:
      return 100.0 * dose.volume_above(metric.at) / dose.volume_mm3();
    case MetricKind::volume_cc:
      return dose.volume_above(metric.at) / mm3_per_cc;
    case MetricKind::cold_volume_cc:
      return (dose.volume_mm3() - dose.volume_above(metric.at)) / mm3_per_cc;
    case MetricKind::geud:
      return dose.geud(metric.at);
    case MetricKind::dose_ratio:
      return ratio(dose.dose_at_percent(metric.at), dose.dose_at_percent(metric.over));
    case MetricKind::max_beyond:
      return max_beyond(metric.at, context);
    default:
      return conformity(metric, dose, context);
  }
}

}  // namespace

DoseMetric DoseMetric::parse(std::string_view text) {
  DoseMetric metric;
  metric.text = std::string(text);
  Reader reader(text);
  if (reader.take("Mean")) {
    metric.kind = MetricKind::mean;
    metric.is_relative = read_is_relative(reader);
  } else if (reader.take("Max@")) {
    metric.kind = MetricKind::max_beyond;
    metric.at = reader.number();
    reader.require(metric.at >= 0.0 && reader.take("mm"));
    metric.is_relative = read_is_relative(reader);
  } else if (reader.take("Max")) {
    metric.kind = MetricKind::max;
    metric.is_relative = read_is_relative(reader);
  } else if (reader.take("Min")) {
    metric.kind = MetricKind::min;
    metric.is_relative = read_is_relative(reader);
  } else if (reader.take("gEUD")) {
    metric.kind = MetricKind::geud;
    metric.at = reader.number();
    reader.require(metric.at != 0.0);
    metric.is_relative = read_is_relative(reader);
  } else if (reader.take("Paddick")) {
    metric.kind = MetricKind::paddick;
    reader.expect_end();
  } else if (reader.take("GI")) {
    metric.kind = MetricKind::gradient_index;
    reader.expect_end();
  } else if (reader.take("R50")) {
    metric.kind = MetricKind::r50;
    reader.expect_end();
  } else if (reader.take("CV")) {
    read_volume(reader, metric, MetricKind::cold_volume_cc, MetricKind::cold_volume_cc);
  } else if (reader.take("V")) {
    read_volume(reader, metric, MetricKind::volume_percent, MetricKind::volume_cc);
  } else if (reader.take("D")) {
    read_dose_at(reader, metric);
  } else {
    reader.complain();
  }
  return metric;
}

std::string DoseMetric::unit() const {
  switch (kind) {
    case MetricKind::volume_percent:
      return "%";
    case MetricKind::volume_cc:
    case MetricKind::cold_volume_cc:
      return "cc";
    case MetricKind::dose_ratio:
    case MetricKind::paddick:
    case MetricKind::gradient_index:
    case MetricKind::r50:
      return "";
    default:
      return is_relative ? "%" : "Gy";
  }
}

bool DoseMetric::needs_target() const {
  return kind == MetricKind::paddick || kind == MetricKind::gradient_index || kind == MetricKind::r50;
}

bool DoseMetric::needs_body() const { return needs_target() || kind == MetricKind::max_beyond; }

SortedDose::SortedDose(std::shared_ptr<const Dvh> dvh, double factor) : dvh_(std::move(dvh)), factor_(factor) {
  XINGU_EXPECT(dvh_ != nullptr && factor > 0.0);
}

double SortedDose::volume_mm3() const {
  if (dvh_) {
    return mm3_per_cc * dvh_->dosed_cc();
  }
  return cumulative_.empty() ? 0.0 : cumulative_.back();
}

SortedDose::SortedDose(std::span<const float> dose_Gy, std::span<const float> volume_mm3) {
  XINGU_EXPECT(dose_Gy.size() == volume_mm3.size());
  std::vector<std::uint32_t> order(dose_Gy.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    return dose_Gy[a] != dose_Gy[b] ? dose_Gy[a] > dose_Gy[b] : a < b;
  });
  dose_.reserve(order.size());
  cumulative_.reserve(order.size());
  double volume = 0.0;
  double integral = 0.0;
  for (const std::uint32_t i : order) {
    volume += volume_mm3[i];
    integral += static_cast<double>(volume_mm3[i]) * dose_Gy[i];
    dose_.push_back(dose_Gy[i]);
    cumulative_.push_back(volume);
  }
  mean_ = volume > 0.0 ? integral / volume : 0.0;
}

double SortedDose::dose_at_volume(double volume_mm3) const {
  if (is_empty()) {
    return nan_value;
  }
  if (dvh_) {
    return factor_ * dvh_->dose_at_cc(volume_mm3 / mm3_per_cc);
  }
  // A sum of many small volumes does not hit a round share of the total exactly: forgive rounding.
  const double wanted = volume_mm3 * (1.0 - 1e-12);
  const auto it = std::ranges::lower_bound(cumulative_, wanted);
  const auto i = std::min<std::size_t>(static_cast<std::size_t>(it - cumulative_.begin()), dose_.size() - 1);
  return dose_[i];
}

double SortedDose::volume_above(double dose_Gy) const {
  if (dvh_) {
    return is_empty() ? 0.0 : mm3_per_cc * dvh_->cc_at_dose(dose_Gy / factor_);
  }
  const auto it = std::ranges::partition_point(dose_, [&](float d) { return static_cast<double>(d) >= dose_Gy; });
  return it == dose_.begin() ? 0.0 : cumulative_[static_cast<std::size_t>(it - dose_.begin()) - 1];
}

double SortedDose::geud(double exponent) const {
  if (is_empty()) {
    return nan_value;
  }
  if (dvh_) {
    return factor_ * dvh_->geud_gy(exponent);
  }
  const double scale = exponent > 0.0 ? max() : min();
  if (!(scale > 0.0)) {
    return 0.0;
  }
  double sum = 0.0;
  double before = 0.0;
  for (std::size_t i = 0; i < dose_.size(); ++i) {
    sum += (cumulative_[i] - before) * std::pow(dose_[i] / scale, exponent);
    before = cumulative_[i];
  }
  return scale * std::pow(sum / volume_mm3(), 1.0 / exponent);
}

struct BodyIsodoses::Shared {
  Volume<float> dose_Gy;
  Volume<std::uint8_t> body;
  Volume<float> target_distance_mm;
  std::mutex lock{};
  std::map<double, double> volume_mm3{};  ///< by level of the unscaled dose
};

BodyIsodoses::BodyIsodoses(Volume<float> dose_Gy, Volume<std::uint8_t> body, Volume<float> target_distance_mm)
    : shared_(std::make_shared<Shared>(std::move(dose_Gy), std::move(body), std::move(target_distance_mm))) {
  XINGU_EXPECT(shared_->dose_Gy.grid() == shared_->body.grid());
}

bool BodyIsodoses::has_distances() const {
  return shared_ != nullptr && shared_->target_distance_mm.grid().num_voxels() > 0;
}

double BodyIsodoses::largest_beyond(double distance_mm) const {
  XINGU_EXPECT(has_distances());
  return scale_ * largest_dose_beyond(shared_->dose_Gy, shared_->target_distance_mm, distance_mm, shared_->body);
}

double BodyIsodoses::volume_above(double dose_Gy) const {
  const double level = dose_Gy / scale_;
  const std::scoped_lock hold(shared_->lock);
  const auto known = shared_->volume_mm3.find(level);
  if (known != shared_->volume_mm3.end()) {
    return known->second;
  }
  return shared_->volume_mm3.emplace(level, isodose_volume_mm3(shared_->dose_Gy, level, shared_->body)).first->second;
}

double evaluate(const DoseMetric& metric, const SortedDose& dose, const MetricContext& context) {
  if (dose.is_empty()) {
    return nan_value;
  }
  const double value = absolute_value(metric, dose, context);
  return metric.is_relative ? 100.0 * ratio(value, context.reference_Gy) : value;
}

}  // namespace xingu
