// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ecg/formats/recording.h"
#include "ecg/simulation/beating_heart.h"

namespace xingu::ecg {

enum class PhantomRhythm {
  sinus,
  atrial_fibrillation,
  atrial_flutter,     ///< 300 waves a minute; every second to fourth is conducted, as heart_rate_per_min asks
  av_block_2_type_1,  ///< PR grows by 60 ms a beat until the fourth P wave is blocked
  av_block_2_type_2,  ///< every fourth P wave is blocked, PR stays
  av_block_2_to_1,    ///< every second P wave is blocked
  av_block_3,         ///< none is conducted; the ventricles beat 38 times a minute by themselves
};

struct PhantomSettings {
  double rate_Hz = 500.0;
  double duration_s = 10.0;
  double heart_rate_per_min = 70.0;  ///< of the atria where some of their waves are blocked, else of the ventricles
  double rr_variation =
      0.03;  ///< standard deviation of RR over its mean; atrial fibrillation has 0.22 whatever this is
  PhantomRhythm rhythm = PhantomRhythm::sinus;
  double pvc_share = 0.0;  ///< of the beats that are premature ventricular ones, 0 … 0.5
  double pr_ms = 160.0;
  double qrs_ms = 96.0;
  double qt_ms = 390.0;  ///< at 60 beats per minute; at others by Fridericia's rule
  std::uint64_t seed = 1;
};

struct PhantomBeat {
  char type = 'N';  ///< 'N' or 'V', as WFDB annotates
  std::optional<PhantomWave> p;
  PhantomWave qrs;
  PhantomWave t;
};

/// A recording with known truth.
struct Phantom {
  Recording recording;  ///< twelve leads, 1 µV a step, marks "(" "p" ")" "N" "t" as delineation databases set them
  std::vector<PhantomBeat> beats;
  std::vector<PhantomWave> blocked_p;  ///< P waves that no complex answers
};

/// Twelve leads of a heart whose every wave is known. The heart is a dipole (X, Y, Z) whose waves are half cosines of
/// bounded length, so onsets and offsets are exact; leads follow by the transform of Dower, Machado and Osborne 1980,
/// "On deriving the electrocardiogram from vectorcardiographic leads". Leads III, aVR, aVL and aVF follow from I
/// and II. Atrial fibrillation has no P waves, an irregular rhythm and fibrillatory waves of 5 to 8 Hz. Flutter waves
/// are saw teeth, deepest in the leads to the feet. Premature ventricular beats, of sinus rhythm and fibrillation only,
/// come at 62 % of the interval, are 150 ms wide with an opposed T wave, and are followed by a compensatory pause.
/// Random numbers are Philox's, so the same settings give the same bits.
/// @throws InputError for settings outside what hearts do.
/// Cost O(leads · samples).
[[nodiscard]] Phantom make_phantom(const PhantomSettings& settings);

}  // namespace xingu::ecg
