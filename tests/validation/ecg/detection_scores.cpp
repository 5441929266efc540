// SPDX-License-Identifier: Apache-2.0
#include "validation/ecg/detection_scores.h"

#include <cmath>

#include "ecg/noise_stress.h"
#include "ecg/qrs_detector.h"
#include "ecg/wfdb_signal.h"

namespace xingu::test {
namespace {

constexpr double window_s = 0.150;  // EC57

std::vector<std::int64_t> detected(const ecg::EcgRecord& record) {
  std::vector<std::int64_t> samples;
  for (const ecg::QrsBeat& beat : ecg::detect_qrs(ecg::lead_signals(record))) {
    samples.push_back(beat.sample);
  }
  return samples;
}

}  // namespace

std::vector<RecordScore> detection_scores(const std::filesystem::path& folder,
                                          const std::vector<std::string>& records) {
  std::vector<RecordScore> rows;
  for (const std::string& name : records) {
    const ecg::EcgRecord record = ecg::read_wfdb(folder / name);
    const auto reference = ecg::reference_beats(ecg::read_wfdb_annotations(folder / (name + ".atr")));
    const auto window = static_cast<std::int64_t>(std::lround(window_s * record.info.sample_rate_hz));
    rows.push_back({name, ecg::score_detection(reference, detected(record), window)});
  }
  return rows;
}

std::vector<RecordScore> noise_scores(const std::filesystem::path& folder, const std::vector<std::string>& records,
                                      const std::filesystem::path& noise, double snr_db) {
  const ecg::EcgRecord added = ecg::read_wfdb(noise);
  std::vector<RecordScore> rows;
  for (const std::string& name : records) {
    const ecg::EcgRecord clean = ecg::read_wfdb(folder / name);
    auto reference = ecg::reference_beats(ecg::read_wfdb_annotations(folder / (name + ".atr")));
    std::vector<std::int64_t> beats = detected(ecg::with_noise(clean, added, snr_db, reference.samples));
    const double rate = clean.info.sample_rate_hz;
    const auto is_before = [&](std::int64_t s) { return static_cast<double>(s) < ecg::noise_start_s * rate; };
    std::erase_if(reference.samples, is_before);
    std::erase_if(beats, is_before);
    rows.push_back(
        {name, ecg::score_detection(reference, beats, static_cast<std::int64_t>(std::lround(window_s * rate)))});
  }
  return rows;
}

ecg::DetectionScore gross(const std::vector<RecordScore>& rows) {
  ecg::DetectionScore sum;
  for (const RecordScore& row : rows) {
    sum += row.score;
  }
  return sum;
}

}  // namespace xingu::test
