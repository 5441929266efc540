// SPDX-License-Identifier: Apache-2.0
#include "ecg/simulation/phantom.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/philox.h"

namespace xingu::ecg {
namespace {

constexpr double wenckebach_step_s = 0.06;  // by which PR grows from beat to beat
constexpr double escape_rr_s = 60.0 / 38.0;
constexpr double flutter_wave_s = 0.2;

void require_possible(const PhantomSettings& s) {
  XINGU_REQUIRE(
      s.rate_Hz >= 100 && s.rate_Hz <= 10000 && s.duration_s >= 1 && s.duration_s * s.rate_Hz * 12 <= 268435456.0,
      "a phantom of {} s at {} Hz (100 to 10000 Hz and 2^28 samples are made); choose others", s.duration_s, s.rate_Hz);
  XINGU_REQUIRE(s.heart_rate_per_min >= 20 && s.heart_rate_per_min <= 250,
                "a heart rate of {} per minute (20 to 250 are made); choose another", s.heart_rate_per_min);
  XINGU_REQUIRE(s.rr_variation >= 0 && s.rr_variation <= 0.3 && s.pvc_share >= 0 && s.pvc_share <= 0.5,
                "an RR variation of {} or a share of ventricular beats of {} (0 to 0.3 and 0 to 0.5); choose others",
                s.rr_variation, s.pvc_share);
  XINGU_REQUIRE(s.pr_ms >= 100 && s.pr_ms <= 400 && s.qrs_ms >= 60 && s.qrs_ms <= 200 && s.qt_ms >= s.qrs_ms + 120 &&
                    s.qt_ms <= 600,
                "PR {} ms, QRS {} ms and QT {} ms (100 to 400, 60 to 200, QRS + 120 to 600 ms); choose others", s.pr_ms,
                s.qrs_ms, s.qt_ms);
}

class PhantomMaker {
 public:
  explicit PhantomMaker(const PhantomSettings& settings)
      : settings_(settings), rhythm_(settings.seed, 1), fibrillation_(settings.seed, 2) {}

  [[nodiscard]] Phantom make() {
    place_beats();
    const auto frames = static_cast<std::uint64_t>(std::llround(settings_.duration_s * settings_.rate_Hz));
    std::vector<Dipole> dipole(frames, Dipole{});
    for (const DipoleBump& bump : bumps_) {
      add(bump, dipole);
    }
    if (settings_.rhythm == PhantomRhythm::atrial_fibrillation) {
      add_fibrillation(dipole);
    } else if (settings_.rhythm == PhantomRhythm::atrial_flutter) {
      add_flutter(dipole);
    }
    fill(dipole);
    annotate();
    return std::move(phantom_);
  }

 private:
  /// Twelve uniform numbers less six: mean 0, variance 1.
  [[nodiscard]] double normal() {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) {
      sum += rhythm_.uniform(draws_++);
    }
    return sum;
  }

  void place_beats() {
    switch (settings_.rhythm) {
      case PhantomRhythm::sinus:
      case PhantomRhythm::atrial_fibrillation:
        return place_beats_with_ectopy();
      case PhantomRhythm::atrial_flutter:
        return place_beats_of_flutter();
      case PhantomRhythm::av_block_3:
        place_escape_beats();
        [[fallthrough]];
      case PhantomRhythm::av_block_2_type_1:
      case PhantomRhythm::av_block_2_type_2:
      case PhantomRhythm::av_block_2_to_1:
        return place_partly_conducted_beats();
    }
  }

  /// PR of the k-th P wave; nothing where it is blocked.
  [[nodiscard]] std::optional<double> conducted_pr_s(std::size_t k) const {
    const double pr_s = settings_.pr_ms * 1e-3;
    switch (settings_.rhythm) {
      case PhantomRhythm::av_block_2_type_1:
        return k % 4 == 3 ? std::nullopt : std::optional(pr_s + wenckebach_step_s * static_cast<double>(k % 4));
      case PhantomRhythm::av_block_2_type_2:
        return k % 4 == 3 ? std::nullopt : std::optional(pr_s);
      case PhantomRhythm::av_block_2_to_1:
        return k % 2 == 1 ? std::nullopt : std::optional(pr_s);
      default:
        return std::nullopt;
    }
  }

  void place_partly_conducted_beats() {
    const double mean_pp = 60.0 / settings_.heart_rate_per_min;
    double p_onset = 0.15;
    for (std::size_t k = 0; p_onset < settings_.duration_s - 0.1; ++k) {
      const double pp = mean_pp * std::clamp(1.0 + settings_.rr_variation * normal(), 0.45, 1.8);
      const std::optional<double> pr_s = conducted_pr_s(k);
      const DipoleBump p = p_wave(p_onset);
      bumps_.push_back(p);
      if (pr_s) {
        add_complex(p_onset + *pr_s, pp);
        phantom_.beats.back().p = p.wave;
      } else {
        phantom_.blocked_p.push_back(p.wave);
      }
      p_onset += pp;
    }
  }

  void place_escape_beats() {
    for (double at = 0.35; at < settings_.duration_s - 0.1; at += escape_rr_s) {
      add_complex(at, escape_rr_s);
    }
  }

  /// Whole numbers of flutter waves from beat to beat, on the average as many as the heart's rate asks for.
  void place_beats_of_flutter() {
    const double waves = std::clamp(60.0 / settings_.heart_rate_per_min / flutter_wave_s, 2.0, 4.0);
    double owed = 0.0;
    for (double at = 0.35; at < settings_.duration_s - 0.1;) {
      owed += waves;
      const double taken = std::floor(owed + 1e-9);
      owed -= taken;
      add_complex(at, waves * flutter_wave_s);  // QT takes minutes to follow the intervals
      at += taken * flutter_wave_s;
    }
  }

  [[nodiscard]] DipoleBump p_wave(double onset_s) const {
    const double pr_s = settings_.pr_ms * 1e-3;
    return conducted_beat(onset_s + pr_s, 1.0, {pr_s, settings_.qrs_ms * 1e-3, settings_.qt_ms * 1e-3}).bumps.front();
  }

  void place_beats_with_ectopy() {
    const double mean_rr = 60.0 / settings_.heart_rate_per_min;
    const bool is_fibrillating = settings_.rhythm == PhantomRhythm::atrial_fibrillation;
    const double spread = is_fibrillating ? 0.22 : settings_.rr_variation;
    double at = 0.35;
    bool was_premature = false;
    while (at < settings_.duration_s - 0.1) {
      const double rr = mean_rr * std::clamp(1.0 + spread * normal(), 0.45, 1.8);
      const bool is_premature =
          !was_premature && rhythm_.uniform(draws_++) < settings_.pvc_share / (1 - settings_.pvc_share);
      if (is_premature && !phantom_.beats.empty()) {
        const double early = at - 0.38 * mean_rr;
        add_ventricular(early);
        at = early + 1.38 * mean_rr;  // the pause makes up for what came early
        was_premature = true;
        continue;
      }
      add_complex(at, rr);
      if (!is_fibrillating) {
        bumps_.push_back(p_wave(at - settings_.pr_ms * 1e-3));
        phantom_.beats.back().p = bumps_.back().wave;
      }
      was_premature = false;
      at += rr;
    }
  }

  /// A beat's QRS complex and T wave.
  void add_complex(double qrs_onset_s, double rr_s) {
    const ConductedBeat conducted =
        conducted_beat(qrs_onset_s, rr_s, {settings_.pr_ms * 1e-3, settings_.qrs_ms * 1e-3, settings_.qt_ms * 1e-3});
    PhantomBeat beat;
    bumps_.insert(bumps_.end(), conducted.bumps.begin() + 1, conducted.bumps.end());
    beat.qrs = conducted.qrs;
    beat.t = conducted.bumps.back().wave;
    phantom_.beats.push_back(beat);
  }

  void add_ventricular(double qrs_onset_s) {
    constexpr double qrs_s = 0.15;
    PhantomBeat beat;
    beat.type = 'V';
    beat.qrs = wave_within(qrs_onset_s, qrs_s, 0.0, 0.45, 1.0);
    bumps_.push_back({wave_within(qrs_onset_s, qrs_s, 0.0, 0.45, 0.8), {-1.1, 1.3, -0.6}});
    bumps_.push_back({wave_within(qrs_onset_s, qrs_s, 0.5, 0.78, 1.0), {0.35, -0.3, 0.3}});
    beat.t = wave_within(qrs_onset_s + 0.18, 0.24, 0.0, 0.55, 1.0);
    bumps_.push_back({beat.t, {0.5, -0.55, 0.25}});
    phantom_.beats.push_back(beat);
  }

  void add(const DipoleBump& bump, std::vector<Dipole>& dipole) const {
    const auto index = [&](double t) {
      return std::clamp<std::int64_t>(std::llround(t * settings_.rate_Hz), 0, static_cast<std::int64_t>(dipole.size()));
    };
    for (std::int64_t i = index(bump.wave.onset_s); i < index(bump.wave.offset_s); ++i) {
      const double factor = bump.part_at(static_cast<double>(i) / settings_.rate_Hz);
      for (std::size_t axis = 0; axis < 3; ++axis) {
        dipole[static_cast<std::size_t>(i)][axis] += factor * bump.height_mV[axis];
      }
    }
  }

  /// Three waves of the atria whose frequencies wander between 5 and 8 Hz, largest in V1.
  void add_fibrillation(std::vector<Dipole>& dipole) const {
    constexpr Dipole direction{-0.03, 0.02, -0.06};
    std::array<double, 3> phase{};
    for (std::size_t i = 0; i < dipole.size(); ++i) {
      const double t = static_cast<double>(i) / settings_.rate_Hz;
      double sum = 0.0;
      for (std::size_t k = 0; k < phase.size(); ++k) {
        const double offset = fibrillation_.uniform(k);
        const double hertz =
            6.5 + 1.5 * std::sin(2 * std::numbers::pi * (0.13 + 0.07 * static_cast<double>(k)) * (t + 50 * offset));
        phase[k] += 2 * std::numbers::pi * hertz / settings_.rate_Hz;
        sum += std::sin(phase[k] + 2 * std::numbers::pi * offset);
      }
      for (std::size_t axis = 0; axis < 3; ++axis) {
        dipole[i][axis] += direction[axis] * sum;
      }
    }
  }

  /// Slow to the feet and steep back, without a level line between.
  void add_flutter(std::vector<Dipole>& dipole) const {
    constexpr Dipole direction{-0.02, -0.1, -0.05};
    constexpr double slow_part = 0.65;
    for (std::size_t i = 0; i < dipole.size(); ++i) {
      const double phase = std::fmod(static_cast<double>(i) / settings_.rate_Hz / flutter_wave_s, 1.0);
      const double part = phase < slow_part ? phase / slow_part : (1.0 - phase) / (1.0 - slow_part);
      const double height = 0.5 - 0.5 * std::cos(std::numbers::pi * part);
      for (std::size_t axis = 0; axis < 3; ++axis) {
        dipole[i][axis] += direction[axis] * height;
      }
    }
  }

  void fill(const std::vector<Dipole>& dipole) {
    Recording& recording = phantom_.recording;
    for (std::string* fact : {&recording.name, &recording.format, &recording.device}) {
      fact->assign("phantom");
    }
    recording.frame_rate_Hz = settings_.rate_Hz;
    recording.num_frames = dipole.size();
    std::array<std::vector<double>, 8> lead_mV;
    for (std::size_t lead = 0; lead < measured_leads.size(); ++lead) {
      for (const Dipole& d : dipole) {
        const Dipole& w = measured_leads[lead].weight;
        lead_mV[lead].push_back(w[0] * d[0] + w[1] * d[1] + w[2] * d[2]);
      }
    }
    const auto append = [&](std::string name, auto&& value) {
      StoredSignal& signal = recording.signals.emplace_back();
      signal.label = std::move(name);
      signal.gain = 1000.0;
      set_digital_range(signal, 16);
      for (std::size_t i = 0; i < dipole.size(); ++i) {
        signal.samples.push_back(static_cast<std::int32_t>(std::lround(1000.0 * value(i))));
      }
    };
    const auto& one = lead_mV[0];
    const auto& two = lead_mV[1];
    append("I", [&](std::size_t i) { return one[i]; });
    append("II", [&](std::size_t i) { return two[i]; });
    append("III", [&](std::size_t i) { return two[i] - one[i]; });
    append("aVR", [&](std::size_t i) { return -0.5 * (one[i] + two[i]); });
    append("aVL", [&](std::size_t i) { return one[i] - 0.5 * two[i]; });
    append("aVF", [&](std::size_t i) { return two[i] - 0.5 * one[i]; });
    for (std::size_t lead = 2; lead < measured_leads.size(); ++lead) {
      append(measured_leads[lead].name, [&](std::size_t i) { return lead_mV[lead][i]; });
    }
  }

  void annotate() {
    const auto mark = [&](double t, const std::string& text) {
      const double sample = std::round(t * settings_.rate_Hz);
      if (sample >= 0 && sample < static_cast<double>(phantom_.recording.num_frames)) {
        phantom_.recording.marks.push_back({static_cast<std::uint64_t>(sample), text});
      }
    };
    const auto mark_wave = [&](const PhantomWave& wave, char symbol) {
      mark(wave.onset_s, std::string(1, '('));
      mark(wave.peak_s, std::string(1, symbol));
      mark(wave.offset_s, std::string(1, ')'));
    };
    for (const PhantomBeat& beat : phantom_.beats) {
      if (beat.p) {
        mark_wave(*beat.p, 'p');
      }
      mark_wave(beat.qrs, beat.type);
      mark_wave(beat.t, 't');
    }
    for (const PhantomWave& p : phantom_.blocked_p) {
      mark_wave(p, 'p');
    }
    std::ranges::stable_sort(phantom_.recording.marks, {}, &RecordingMark::sample);
  }

  PhantomSettings settings_;
  Philox rhythm_;
  Philox fibrillation_;
  std::uint64_t draws_ = 0;
  std::vector<DipoleBump> bumps_;
  Phantom phantom_;
};

}  // namespace

Phantom make_phantom(const PhantomSettings& settings) {
  require_possible(settings);
  return PhantomMaker(settings).make();
}

}  // namespace xingu::ecg
