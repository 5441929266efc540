// SPDX-License-Identifier: Apache-2.0
// The report of ten seconds, and a day of twelve leads as a stream: user CPU and the memory that the process held at
// most.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/parallel.h"
#include "ecg/formats/recording.h"
#include "ecg/heart_rate_variability.h"
#include "ecg/long_recording.h"
#include "ecg/report/ecg_report.h"
#include "ecg/simulation/phantom.h"
#include "ecg/statements.h"

namespace xingu::ecg {
namespace {

EcgRecord phantom(double rate_hz, double duration_s) {
  PhantomSettings settings;
  settings.rate_Hz = rate_hz;
  settings.duration_s = duration_s;
  settings.pvc_share = 0.03;
  return to_ecg_record(make_phantom(settings).recording);
}

StatementThresholds thresholds() { return read_statement_thresholds(XINGU_SOURCE_DIR "/data/ecg/statements.toml"); }

/// Ten minutes of a phantom over and over: as much signal as is asked for in the memory of ten minutes.
class RepeatedSource final : public SampleSource {
 public:
  RepeatedSource(EcgRecord record, double duration_s)
      : record_(std::move(record)), left_(static_cast<std::size_t>(duration_s * record_.info.rate_hz)) {
    record_.info.num_samples.reset();
  }
  [[nodiscard]] const RecordInfo& info() const override { return record_.info; }
  [[nodiscard]] std::size_t read(std::span<std::int32_t> frames) override {
    const std::size_t num_channels = record_.samples.size();
    const std::size_t count = std::min(frames.size() / num_channels, left_);
    for (std::size_t i = 0; i < count; ++i, next_ = (next_ + 1) % record_.num_samples()) {
      for (std::size_t c = 0; c < num_channels; ++c) {
        frames[i * num_channels + c] = record_.samples[c][next_];
      }
    }
    left_ -= count;
    return count;
  }

 private:
  EcgRecord record_;
  std::size_t left_;
  std::size_t next_ = 0;
};

void ten_second_report(benchmark::State& state) {
  const LeadSignals signals = lead_signals(phantom(500.0, 10.0));
  const StatementThresholds limits = thresholds();
  for (auto _ : state) {
    const Analysis analysis = analyse(signals, {}, limits);
    ReportFacts facts = rhythm_facts(signals, analysis.beats, usual_ranges(limits));
    take_analysis(analysis, facts);
    const std::vector<Page> pages = report_pages(signals, facts, 0.0);
    benchmark::DoNotOptimize(report_html(pages, facts));
    benchmark::DoNotOptimize(pages_pdf(pages));
  }
}
BENCHMARK(ten_second_report)->Unit(benchmark::kMillisecond);

void ten_second_analysis(benchmark::State& state) {
  const LeadSignals signals = lead_signals(phantom(500.0, 10.0));
  const StatementThresholds limits = thresholds();
  for (auto _ : state) {
    benchmark::DoNotOptimize(analyse(signals, {}, limits));
  }
}
BENCHMARK(ten_second_analysis)->Unit(benchmark::kMillisecond);

/// Argument: samples a second.
void day_of_twelve_leads(benchmark::State& state) {
  const StatementThresholds limits = thresholds();
  const auto rate_hz = static_cast<double>(state.range(0));
  set_num_threads(1);
  RepeatedSource source(phantom(rate_hz, 600.0), 24.0 * 3600.0);
  for (auto _ : state) {
    const LongAnalysis analysis = analyse_long(source, limits);
    const BeatSequence& beats = analysis.sequence;
    const auto intervals = normal_intervals(beats, analysis.fibrillation, analysis.fine_offsets);
    benchmark::DoNotOptimize(time_variability(intervals));
    benchmark::DoNotOptimize(spectral_variability(intervals));
    benchmark::DoNotOptimize(find_episodes(beats, analysis.fibrillation, limits.episodes()));
    benchmark::DoNotOptimize(trend(beats, analysis.fibrillation));
    state.counters["beats"] = static_cast<double>(beats.size());
  }
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  state.counters["memory_MB"] = static_cast<double>(used.ru_maxrss) / 1024.0;
}
BENCHMARK(day_of_twelve_leads)->Arg(250)->Arg(500)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace xingu::ecg
