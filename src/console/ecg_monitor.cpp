// SPDX-License-Identifier: Apache-2.0
#include "console/ecg_monitor.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "delivery/record_writer.h"

namespace xingu::console {
namespace {

using Json = nlohmann::json;

constexpr std::size_t num_leads = ecg::measured_leads.size();
constexpr std::uint64_t block_steps = 20;         // when the course keeps up: a page asks ten times a second
constexpr std::uint64_t long_block_steps = 1000;  // when it has to catch up
constexpr std::uint64_t behind_steps = 500;
constexpr std::size_t length = static_cast<std::size_t>(EcgMonitor::kept_s * EcgMonitor::rate_hz);
constexpr int samples_in_kept = static_cast<int>(EcgHeartSensor::rate_hz / EcgMonitor::rate_hz);

/// Noise of electrodes that are in order.
SessionEcg good_electrodes() { return {0.0, 0.01, 0.02, 0.0, {}}; }

/// The lines of a session's settings from which its heart, its ECG and its gate follow.
std::string lines_of_the_heart(const std::string& settings) {
  constexpr std::array<std::string_view, 4> heads{"tracking ", "ecg ", "electrode off ", "motion "};
  std::string kept;
  std::istringstream lines(settings);
  for (std::string line; std::getline(lines, line);) {
    if (std::ranges::any_of(heads, [&](std::string_view head) { return line.starts_with(head); })) {
      kept += line + '\n';
    }
  }
  return kept;
}

Json faults_of(const ecg::LeadSecond& second) {
  Json names = Json::array();
  for (std::size_t i = 0; i < ecg::num_faults; ++i) {
    const auto fault = static_cast<ecg::Fault>(i);
    if (second.has(fault)) {
      names.push_back(ecg::fault_name(fault));
    }
  }
  return names;
}

}  // namespace

EcgCourse waiting_course(const SessionSettings& settings) {
  EcgCourse course;
  course.source = "The simulated patient, who waits: eight leads at 500 Hz";
  course.ecg = settings.ecg.value_or(good_electrodes());
  std::erase_if(course.ecg.off, [](const ecg::ElectrodeOff& off) { return off.from_s > 0; });
  for (ecg::ElectrodeOff& off : course.ecg.off) {
    off.until_s = std::numeric_limits<double>::infinity();
  }
  course.seed = settings.seed;
  course.gate_to_come = settings.tracking.cardiac_gate;
  course.gates_by_ecg = course.gate_to_come && settings.ecg;
  return course;
}

EcgCourse course_of(const SessionSettings& settings, std::string source) {
  EcgCourse course;
  course.source = std::move(source);
  course.ecg = settings.ecg.value_or(good_electrodes());
  course.seed = settings.seed;
  course.first_step = settings.first_step;
  course.gate = settings.tracking.cardiac_gate;
  course.gates_by_ecg = course.gate && settings.ecg;
  course.exact_latency_ms = settings.dynamics.sensors.ecg_latency_ms;
  return course;
}

EcgCourse recorded_course(const RecordedSession& session, SessionSettings settings, const PatientMotion& motion) {
  settings.seed = session.seed;
  settings.first_step = session.first_step;
  XINGU_REQUIRE(
      lines_of_the_heart(session.settings) == lines_of_the_heart(settings_text(settings, motion.description(), {})),
      "the record was made with another patient, tracking, gate or ECG than this console's (its ECG cannot be "
      "made again); start the console with the options that the session had");
  return course_of(settings, "The session of the record, played back");
}

/// What a stretch of steps brings.
struct EcgMonitor::Block {
  std::uint64_t next_step = 0;
  std::array<std::vector<float>, num_leads> uV;
  std::vector<ecg::LiveBeat> beats;
  std::vector<Opening> openings;  ///< a stretch that ran on from the block before begins where the block does
  bool is_open = false;
  Findings findings;
};

/// The session's sensor and its estimate of the phase, step by step. Belongs to the monitor's thread.
class EcgMonitor::Chain {
 public:
  Chain(const PatientMotion& motion, const EcgCourse& course)
      : course_(course), sensor_(motion, course.ecg, course.seed, course.first_step), next_(course.first_step) {
    if (course.gate && !course.gates_by_ecg) {
      exact_ = make_ideal_heart_sensor(motion, course.exact_latency_ms);
    }
  }

  [[nodiscard]] Block run(std::uint64_t until_step) {
    Block block;
    for (; next_ < until_step; ++next_) {
      step(block);
    }
    block.next_step = next_;
    block.is_open = is_open_;
    const ecg::LiveDetector& detector = sensor_.detector();
    for (std::size_t lead = 0; lead < detector.num_leads(); ++lead) {
      block.findings.leads.push_back(
          {detector.lead_name(lead), detector.lead_contact(lead), detector.last_second(lead)});
    }
    block.findings.electrodes = detector.electrodes();
    block.findings.state = detector.state();
    block.findings.fibrillation = detector.fibrillation();
    block.findings.rate_per_min = detector.rate_per_min();
    block.findings.latency_s = detector.latency_s();
    return block;
  }

 private:
  void step(Block& block) {
    const HeartReading found = sensor_.read(next_);
    phase_.observe(exact_ ? exact_->read(next_) : found);
    if (sensor_.has_sample()) {
      take_sample(block);
    }
    if (course_.gate) {
      const double now_s = static_cast<double>(next_) * step_s;
      note_gate(block, phase_.probability_in(*course_.gate, now_s) >= course_.gate->confidence);
    }
  }

  void take_sample(Block& block) {
    if (sensor_.beat()) {
      block.beats.push_back(*sensor_.beat());
    }
    ++in_sum_;
    for (std::size_t lead = 0; lead < num_leads; ++lead) {
      sum_mv_[lead] += sensor_.detector().trace_mv(lead);  // of what was not measured, NaN: it stays in the sum
      if (in_sum_ == samples_in_kept) {
        block.uV[lead].push_back(1000.0F * sum_mv_[lead] / static_cast<float>(samples_in_kept));
        sum_mv_[lead] = 0.0F;
      }
    }
    in_sum_ %= samples_in_kept;
  }

  void note_gate(Block& block, bool is_open) {
    const double t_s = static_cast<double>(next_ - course_.first_step) * step_s;
    if (is_open && (!is_open_ || block.openings.empty())) {
      block.openings.push_back({t_s, t_s});
    }
    if (is_open) {
      block.openings.back().until_s = t_s + step_s;
    }
    is_open_ = is_open;
  }

  EcgCourse course_;
  EcgHeartSensor sensor_;
  std::unique_ptr<HeartSensor> exact_;  ///< null: the gate follows the ECG, or there is none
  CardiacPhase phase_;
  std::uint64_t next_;
  std::array<float, num_leads> sum_mv_{};  ///< of the sample that is being made
  int in_sum_ = 0;
  bool is_open_ = false;
};

EcgMonitor::EcgMonitor(const PatientMotion& motion, EcgCourse course) : motion_(&motion) {
  begin(std::move(course));
  thread_ = std::thread([this] { run(); });
}

EcgMonitor::~EcgMonitor() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void EcgMonitor::begin(EcgCourse course) {
  course_ = std::move(course);
  ++number_;
  next_step_ = course_.first_step;
  kept_uv_.assign(num_leads, std::vector<float>(length));
  num_kept_ = 0;
  beats_.clear();
  openings_.clear();
  is_open_ = false;
  findings_ = Chain(*motion_, course_).run(course_.first_step).findings;
  runs_backwards_ = false;
}

void EcgMonitor::show(EcgCourse course) {
  const std::lock_guard lock(mutex_);
  wanted_s_ = static_cast<double>(course.first_step) * step_s;
  refusal_.clear();
  begin(std::move(course));
}

void EcgMonitor::show_nothing(std::string reason) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(reason);
}

void EcgMonitor::advance_to(double session_s, double speed) {
  {
    const std::lock_guard lock(mutex_);
    session_s = std::max(session_s, static_cast<double>(course_.first_step) * step_s);
    speed_ = speed;
    if (session_s < wanted_s_) {
      runs_backwards_ = true;
    } else if (runs_backwards_) {
      begin(EcgCourse(course_));
    }
    wanted_s_ = session_s;
  }
  wake_.notify_all();
}

std::uint64_t EcgMonitor::wanted_step() const {
  return static_cast<std::uint64_t>(std::llround(wanted_s_ / step_s)) + 1;
}

bool EcgMonitor::is_behind() const { return refusal_.empty() && !runs_backwards_ && next_step_ < wanted_step(); }

void EcgMonitor::run() {
  std::optional<Chain> chain;
  std::uint64_t number = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return is_stopping_ || is_behind(); });
    if (is_stopping_) {
      return;
    }
    if (number != number_) {
      number = number_;
      chain.emplace(*motion_, course_);
    }
    const std::uint64_t left = wanted_step() - next_step_;
    const std::uint64_t until = next_step_ + std::min(left, left > behind_steps ? long_block_steps : block_steps);
    lock.unlock();
    const Block block = chain->run(until);
    lock.lock();
    if (number == number_) {  // else another course was begun meanwhile
      keep(block);
    }
    if (!is_behind()) {
      wake_.notify_all();
    }
  }
}

void EcgMonitor::keep(const Block& block) {
  for (std::size_t i = 0; i < block.uV.front().size(); ++i, ++num_kept_) {
    for (std::size_t lead = 0; lead < num_leads; ++lead) {
      kept_uv_[lead][num_kept_ % length] = block.uV[lead][i];
    }
  }
  beats_.insert(beats_.end(), block.beats.begin(), block.beats.end());
  while (beats_.size() > num_beats) {
    beats_.pop_front();
  }
  for (const Opening& opening : block.openings) {
    const bool runs_on = is_open_ && &opening == block.openings.data() && !openings_.empty() &&
                         opening.from_s - openings_.back().until_s < 0.5 * step_s;
    if (runs_on) {
      openings_.back().until_s = opening.until_s;
    } else {
      openings_.push_back(opening);
    }
  }
  is_open_ = block.is_open;
  next_step_ = block.next_step;
  const double oldest_s = static_cast<double>(next_step_ - course_.first_step) * step_s - kept_s;
  while (!openings_.empty() && openings_.front().until_s < oldest_s) {
    openings_.pop_front();
  }
  findings_ = block.findings;
}

void EcgMonitor::wait() const {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return !is_behind(); });
}

std::string EcgMonitor::refusal() const {
  const std::lock_guard lock(mutex_);
  return refusal_;
}

Json EcgMonitor::gate_document() const {
  if (!course_.gate) {
    return nullptr;
  }
  Json open = Json::array();
  for (const Opening& opening : openings_) {
    open.push_back({opening.from_s, opening.until_s});
  }
  return {{"from", course_.gate->from},
          {"to", course_.gate->to},
          {"confidence", course_.gate->confidence},
          {"by", course_.gates_by_ecg ? "ecg" : "R peaks"},
          {"is_open", is_open_},
          {"open_s", std::move(open)}};
}

Json EcgMonitor::gate_to_come_document() const {
  const std::optional<CardiacGate>& gate = course_.gate_to_come;
  return gate ? Json{{"from", gate->from}, {"to", gate->to}, {"by", course_.gates_by_ecg ? "ecg" : "R peaks"}} : Json();
}

Json EcgMonitor::leads_document(std::uint64_t first) const {
  Json leads = Json::array();
  for (std::size_t lead = 0; lead < findings_.leads.size(); ++lead) {
    Json samples = Json::array();
    for (std::uint64_t sample = first; sample < num_kept_; ++sample) {
      const float uV = kept_uv_[lead][sample % length];
      samples.push_back(std::isfinite(uV) ? Json(static_cast<int>(std::lround(uV))) : Json(nullptr));
    }
    const Findings::Lead& found = findings_.leads[lead];
    leads.push_back({{"name", found.name},
                     {"contact", ecg::to_string(found.contact)},
                     {"faults", faults_of(found.second)},
                     {"uV", std::move(samples)}});
  }
  return leads;
}

Json EcgMonitor::document(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  const bool is_catching_up = runs_backwards_ || next_step_ + behind_steps < wanted_step();
  const std::uint64_t oldest = num_kept_ > length ? num_kept_ - length : 0;
  const std::uint64_t first = is_catching_up ? num_kept_ : std::max(after > num_kept_ ? 0 : after, oldest);
  Json electrodes = Json::array();
  for (std::size_t i = 0; i < ecg::num_electrodes; ++i) {
    electrodes.push_back({{"name", ecg::to_string(static_cast<ecg::Electrode>(i))},
                          {"contact", ecg::to_string(findings_.electrodes[i])}});
  }
  Json beats = Json::array();
  for (const ecg::LiveBeat& beat : beats_) {
    beats.push_back({{"t_s", beat.time_s}, {"known_s", beat.known_s}, {"confidence", beat.confidence}});
  }
  return {{"source", course_.source},
          {"course", number_},
          {"t0_s", static_cast<double>(course_.first_step) * step_s},
          {"speed", speed_},
          {"is_catching_up", is_catching_up},
          {"rate_hz", rate_hz},
          {"latency_ms", 1000.0 * findings_.latency_s},
          {"first", first},
          {"next", num_kept_},
          {"state", ecg::to_string(findings_.state)},
          {"fibrillation", findings_.fibrillation == ecg::FibrillationSign::none
                               ? Json(nullptr)
                               : Json(ecg::to_string(findings_.fibrillation))},
          {"rate_per_min", findings_.rate_per_min ? Json(*findings_.rate_per_min) : Json(nullptr)},
          {"gate", gate_document()},
          {"gate_to_come", gate_to_come_document()},
          {"leads", leads_document(first)},
          {"electrodes", std::move(electrodes)},
          {"beats", std::move(beats)}};
}

}  // namespace xingu::console
