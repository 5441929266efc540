// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/recording.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "ecg/ecg_channels.h"
#include "ecg/formats/dates.h"
#include "ecg/formats/lead_codes.h"
#include "ecg/lead_signals.h"

namespace xingu::ecg {
namespace {

// what the values of a lead in mV may span: beyond it they are µV or raw steps, below it volts
constexpr double widest_mV = 20.0;
constexpr double narrowest_mV = 0.008;

constexpr double law_holds_within = 0.02;  // of lead II, root mean square
constexpr double law_fails_beyond = 0.20;
constexpr std::size_t fewest_equal_leads = 6;      // two electrodes' differences give six leads: own choice
constexpr double largest_range_departure = 0.001;  // of leads that were scaled to one range: rounding
constexpr double fewest_range_steps = 100.0;       // below it ranges are alike by chance
constexpr double held_from_s = 0.1;                // longer than a heart's wave stays at one value: overload

const StoredSignal* find_lead(const Recording& recording, const std::string& name) {
  const auto found = std::ranges::find_if(
      recording.signals, [&](const StoredSignal& signal) { return canonical_lead(signal.label) == name; });
  return found == recording.signals.end() ? nullptr : &*found;
}

/// Root mean square of II − I − III over that of II, each about its mean and times its scale; not a number where no
/// sample is valid in all three or II is flat.
double einthoven_departure(const std::array<const StoredSignal*, 3>& leads, const std::array<double, 3>& scale) {
  std::array<double, 2> sum{}, squares{};  // of II, and of what departs from the law
  double count = 0.0;
  const std::size_t size =
      std::ranges::min({leads[0]->samples.size(), leads[1]->samples.size(), leads[2]->samples.size()});
  for (std::size_t i = 0; i < size; ++i) {
    const std::array<std::int32_t, 3> x{leads[0]->samples[i], leads[1]->samples[i], leads[2]->samples[i]};
    if (std::ranges::find(x, invalid_sample) != x.end()) {
      continue;
    }
    const std::array<double, 2> values{scale[1] * x[1], scale[1] * x[1] - scale[0] * x[0] - scale[2] * x[2]};
    for (std::size_t k = 0; k < values.size(); ++k) {
      sum[k] += values[k];
      squares[k] += values[k] * values[k];
    }
    ++count;
  }
  const auto variance = [&](std::size_t k) { return std::max(0.0, squares[k] / count - std::pow(sum[k] / count, 2)); };
  return std::sqrt(variance(1) / variance(0));
}

/// "V3" for "C3" and "ECG C3"; empty for another label.
std::string named_chest_lead(const std::string& label) {
  const std::size_t at = label.find_last_of("cC");
  if (at == std::string::npos || (at > 0 && label[at - 1] != ' ' && label[at - 1] != '_')) {
    return {};
  }
  std::string name = label;
  name[at] = 'V';
  name = lead_name(name);
  return is_lead(name) && name.starts_with('V') ? name : std::string{};
}

/// "Cz", "Fz": electrodes of the scalp's middle line.
bool is_on_middle_of_scalp(const std::string& label) {
  return label.size() >= 2 && label.size() <= 3 && to_lower(label).ends_with('z');
}

/// It holds in the stored integers and not in the values; false where a lead is absent.
bool breaks_einthovens_law(const Recording& recording) {
  const std::array<const StoredSignal*, 3> leads{find_lead(recording, "I"), find_lead(recording, "II"),
                                                 find_lead(recording, "III")};
  if (std::ranges::find(leads, nullptr) != leads.end()) {
    return false;
  }
  const auto [one, two, three] = leads;
  const bool is_alike = one->unit == two->unit && three->unit == two->unit &&
                        one->samples_per_frame == two->samples_per_frame &&
                        three->samples_per_frame == two->samples_per_frame;
  return is_alike && einthoven_departure(leads, {1.0, 1.0, 1.0}) < law_holds_within &&
         einthoven_departure(leads, {1.0 / one->gain, 1.0 / two->gain, 1.0 / three->gain}) > law_fails_beyond;
}

/// What a lead spans, in its unit, and one step of it; nothing where it has no signal or stays at an end of its range.
struct LeadRange {
  double range = 0.0;
  double step = 0.0;
};
std::optional<LeadRange> lead_range(const StoredSignal& signal, double rate_Hz) {
  std::int32_t lowest = std::numeric_limits<std::int32_t>::max();
  std::int32_t highest = std::numeric_limits<std::int32_t>::min();
  for (const std::int32_t x : signal.samples) {
    if (x != invalid_sample) {
      lowest = std::min(lowest, x);
      highest = std::max(highest, x);
    }
  }
  if (lowest >= highest) {
    return std::nullopt;
  }
  double num_held = 0.0;
  std::int32_t last = invalid_sample;
  for (const std::int32_t x : signal.samples) {
    num_held = x == last && (x == lowest || x == highest) ? num_held + 1 : 0.0;
    last = x;
    if (num_held >= held_from_s * rate_Hz) {
      return std::nullopt;
    }
  }
  const double step = 1.0 / std::abs(signal.gain);
  return LeadRange{(static_cast<double>(highest) - static_cast<double>(lowest)) * step, step};
}

bool has_equal_ranges(const Recording& recording) {
  double least = std::numeric_limits<double>::infinity();
  double most = 0.0;
  double step = 0.0;
  std::size_t num = 0;
  const std::vector<std::size_t> chosen = ecg_signals(recording);
  for (const std::size_t s : chosen) {
    const StoredSignal& signal = recording.signals[s];
    if (signal.unit != recording.signals[chosen.front()].unit) {
      return false;
    }
    if (const auto lead = lead_range(signal, recording.frame_rate_Hz * signal.samples_per_frame)) {
      least = std::min(least, lead->range);
      most = std::max(most, lead->range);
      step = std::max(step, lead->step);
      ++num;
    }
  }
  return num >= fewest_equal_leads && least >= fewest_range_steps * step &&
         most - least <= std::max(step, largest_range_departure * most) * (1.0 + 1e-9);
}

}  // namespace

void name_chest_leads(Recording& recording) {
  std::vector<std::pair<StoredSignal*, std::string>> chest;
  int num_limb = 0;
  bool is_certain = false;
  for (StoredSignal& signal : recording.signals) {
    const std::string known = lead_name(signal.label);
    num_limb += known == "I" || known == "II" || known == "III" ? 1 : 0;
    if (is_on_middle_of_scalp(signal.label) || (is_lead(known) && known.starts_with('V'))) {
      return;
    }
    if (std::string name = named_chest_lead(signal.label); !name.empty()) {
      is_certain = is_certain || (name != "V3" && name != "V4");
      chest.emplace_back(&signal, std::move(name));
    }
  }
  if (num_limb >= 2 && is_certain) {
    for (auto& [signal, name] : chest) {
      signal->label = std::move(name);
    }
  }
}

double physical_value(const StoredSignal& signal, std::int32_t sample) {
  return sample == invalid_sample ? std::numeric_limits<double>::quiet_NaN()
                                  : (static_cast<double>(sample) - signal.baseline) / signal.gain;
}

GainDoubt gain_doubt(const Recording& recording) {
  return breaks_einthovens_law(recording) ? GainDoubt::einthoven
         : has_equal_ranges(recording)    ? GainDoubt::equal_ranges
                                          : GainDoubt::none;
}

std::string gain_doubt_text(GainDoubt doubt, std::string_view file) {
  return fmt::format(
      "{}: the gains are in doubt ({}, so amplitudes and what rests on them may be wrong); correct the file's gains",
      file,
      doubt == GainDoubt::einthoven ? "II = I + III holds in the stored integers and not in the values by these gains"
                                    : "all leads span the same from top to bottom, as no heart's do");
}

void take_age(RecordedSubject& subject, const StatedAge& age, std::string_view text, std::vector<std::string>& warnings,
              std::string_view file) {
  subject.age_years = age.years;
  if (!age.doubt.empty()) {
    warnings.push_back(fmt::format("{}: the age '{}' {} (it is not used)", file, printable(text, 40), age.doubt));
  }
}

std::optional<double> age_at_recording(const Recording& recording) {
  if (recording.subject.age_years) {
    return recording.subject.age_years;
  }
  const auto born = parse_iso_date(recording.subject.birth_date);
  const auto then = parse_iso_date(recording.start_date);
  if (!born || !then) {
    return std::nullopt;
  }
  constexpr int months_below_years = 2;
  const int months = 12 * (then->year - born->year) + then->month - born->month - (then->day < born->day ? 1 : 0);
  const std::int64_t days = days_between(*born, *then);
  const double years = months == 0                        ? years_of(static_cast<double>(days), AgeUnit::days)
                       : months < 12 * months_below_years ? years_of(months, AgeUnit::months)
                                                          : std::floor(months / 12.0);
  return is_possible_age(years) ? std::optional<double>(years) : std::nullopt;
}

RecordedFilters shared_filters(const Recording& recording) {
  std::optional<RecordedFilters> shared;
  for (const StoredSignal& signal : recording.signals) {
    const RecordedFilters own = parse_prefilter(signal.prefilter);
    if (shared && *shared != own) {
      return {};
    }
    shared = own;
  }
  return shared.value_or(RecordedFilters{});
}

std::vector<std::size_t> ecg_signals(const Recording& recording) {
  std::vector<ChannelSummary> channels;
  for (const StoredSignal& signal : recording.signals) {
    channels.push_back({signal.label, signal.unit, signal.samples_per_frame});
  }
  return ecg_channels(channels, recording.frame_rate_Hz);
}

std::string left_out_text(const Recording& recording, std::string_view file) {
  const std::vector<std::size_t> chosen = ecg_signals(recording);
  std::string names;
  for (std::size_t s = 0; s < recording.signals.size(); ++s) {
    const StoredSignal& signal = recording.signals[s];
    if (!std::ranges::binary_search(chosen, s)) {
      names += fmt::format("{}'{}' ({:g} Hz)", names.empty() ? "" : ", ", printable(signal.label, 40),
                           recording.frame_rate_Hz * signal.samples_per_frame);
    }
  }
  return names.empty() || chosen.empty()
             ? std::string{}
             : fmt::format("{}: not analysed, as no lead of the ECG: {}", file, printable(names, 500));
}

std::vector<std::int32_t> sample_means(const std::vector<std::int32_t>& samples, std::size_t count) {
  std::vector<std::int32_t> means;
  means.reserve(samples.size() / count);
  for (auto at = samples.begin(); at != samples.end(); at += static_cast<std::ptrdiff_t>(count)) {
    const auto end = at + static_cast<std::ptrdiff_t>(count);
    const double sum = std::accumulate(at, end, 0.0);
    const bool is_whole = std::find(at, end, invalid_sample) == end;
    means.push_back(is_whole ? static_cast<std::int32_t>(std::lround(sum / static_cast<double>(count)))
                             : invalid_sample);
  }
  return means;
}

AnalysedSignals analysed_signals(const Recording& recording) {
  AnalysedSignals out;
  out.signals = ecg_signals(recording);
  if (out.signals.empty()) {
    const int fastest = std::ranges::max(recording.signals, {}, &StoredSignal::samples_per_frame).samples_per_frame;
    for (std::size_t s = 0; s < recording.signals.size(); ++s) {
      if (recording.signals[s].samples_per_frame == fastest) {
        out.signals.push_back(s);
      }
    }
  }
  for (const std::size_t s : out.signals) {
    out.per_frame = std::gcd(out.per_frame, recording.signals[s].samples_per_frame);
  }
  return out;
}

EcgRecord to_ecg_record(Recording recording) {
  EcgRecord record;
  RecordInfo& info = record.info;
  info.name = recording.name;
  info.gain_doubt = gain_doubt(recording);
  const auto [chosen, common] = analysed_signals(recording);
  info.rate_hz = recording.frame_rate_Hz * common;
  info.num_samples = static_cast<std::int64_t>(recording.num_frames) * common;
  const bool has_both = !recording.start_date.empty() && !recording.start_time.empty();
  info.start_time = fmt::format("{}{}{}", recording.start_date, has_both ? "T" : "", recording.start_time);
  info.patient.id = recording.subject.id;
  info.patient.age_years = age_at_recording(recording);
  info.patient.sex = recording.subject.sex;
  info.comments = std::move(recording.comments);
  for (const std::size_t s : chosen) {
    StoredSignal& signal = recording.signals[s];
    info.channels.push_back(
        {signal.label, signal.unit, signal.gain, signal.baseline, signal.adc_bits, parse_prefilter(signal.prefilter)});
    const auto per_sample = static_cast<std::size_t>(signal.samples_per_frame / common);
    record.samples.push_back(per_sample == 1 ? std::move(signal.samples) : sample_means(signal.samples, per_sample));
  }
  return record;
}

Recording to_recording(const EcgRecord& record) {
  Recording recording;
  recording.name = record.info.name;
  recording.frame_rate_Hz = record.info.rate_hz;
  recording.num_frames = record.num_samples();
  const std::string& start = record.info.start_time;
  const std::size_t split = start.find('T');
  recording.start_date = split == std::string::npos ? "" : start.substr(0, split);
  recording.start_time = split == std::string::npos ? start : start.substr(split + 1);
  recording.subject.id = record.info.patient.id;
  recording.subject.age_years = record.info.patient.age_years;
  recording.subject.sex = record.info.patient.sex;
  recording.comments = record.info.comments;
  for (std::size_t c = 0; c < record.samples.size(); ++c) {
    const Channel& channel = record.info.channels[c];
    StoredSignal signal;
    signal.label = channel.name;
    signal.unit = channel.unit;
    signal.gain = channel.gain;
    signal.baseline = channel.baseline;
    signal.samples = record.samples[c];
    set_digital_range(signal, std::max({16, channel.resolution_bits, bits_needed(signal)}));
    recording.signals.push_back(std::move(signal));
  }
  return recording;
}

Recording with_signals(Recording recording, const std::vector<std::size_t>& signals) {
  const auto num_before = static_cast<int>(recording.signals.size());
  std::vector<StoredSignal> kept;
  int common = 0;
  for (const std::size_t s : signals) {
    kept.push_back(std::move(recording.signals.at(s)));
    common = std::gcd(common, kept.back().samples_per_frame);
  }
  recording.signals = std::move(kept);
  for (RecordingMark& mark : recording.marks) {
    int& channel = mark.numbers.channel;
    if (channel > 0 && channel < num_before) {
      const auto place = std::ranges::find(signals, static_cast<std::size_t>(channel));
      channel = place == signals.end() ? 0 : static_cast<int>(place - signals.begin());
    }
  }
  if (common > 1) {
    recording.frame_rate_Hz *= common;
    recording.num_frames *= static_cast<std::uint64_t>(common);
    for (StoredSignal& signal : recording.signals) {
      signal.samples_per_frame /= common;
    }
    for (RecordingMark& mark : recording.marks) {
      const double place = mark.part * common;
      const double whole = std::floor(place + 1e-6);
      mark.sample = mark.sample * static_cast<std::uint64_t>(common) + static_cast<std::uint64_t>(whole);
      mark.part = std::max(0.0, place - whole);
    }
  }
  return recording;
}

void ValueSpan::take(const StoredSignal& signal, std::span<const std::int32_t> samples) {
  for (const std::int32_t sample : samples) {
    if (sample != invalid_sample) {
      const double value = physical_value(signal, sample);
      low = has_value ? std::min(low, value) : value;
      high = has_value ? std::max(high, value) : value;
      has_value = true;
    }
  }
}

bool assume_millivolts(Recording& recording, std::string_view file) {
  std::vector<ValueSpan> spans(recording.signals.size());
  for (std::size_t s = 0; s < spans.size(); ++s) {
    if (recording.signals[s].unit.empty()) {
      spans[s].take(recording.signals[s], recording.signals[s].samples);
    }
  }
  return assume_millivolts(recording, spans, file);
}

bool assume_millivolts(Recording& recording, std::span<const ValueSpan> spans, std::string_view file) {
  const bool has_leads = std::ranges::any_of(
      recording.signals, [](const StoredSignal& s) { return channel_kind(s.label) == ChannelKind::lead; });
  std::vector<StoredSignal*> unsaid;
  std::string names;
  double low = 0.0, high = 0.0, widest = 0.0;
  for (std::size_t s = 0; s < recording.signals.size(); ++s) {
    StoredSignal& signal = recording.signals[s];
    if (signal.unit.empty() && channel_kind(signal.label) == (has_leads ? ChannelKind::lead : ChannelKind::unknown)) {
      low = std::min(low, spans[s].low);
      high = std::max(high, spans[s].high);
      widest = std::max(widest, spans[s].high - spans[s].low);
      names += fmt::format("{}'{}'", names.empty() ? "" : ", ", printable(signal.label, 40));
      unsaid.push_back(&signal);
    }
  }
  if (widest > widest_mV || (widest > 0.0 && widest < narrowest_mV)) {
    return false;
  }
  for (StoredSignal* signal : unsaid) {
    signal->unit = "mV";
  }
  if (!unsaid.empty()) {
    recording.warnings.push_back(
        fmt::format("{}: states no unit of {}; mV is taken, for the values lie from {:.3g} to {:.3g}", file,
                    printable(names, 200), low, high));
  }
  return true;
}

void leave_out_late_marks(Recording& recording, std::string_view file) {
  const std::size_t all = recording.marks.size();
  const std::size_t late =
      std::erase_if(recording.marks, [&](const RecordingMark& mark) { return mark.sample > recording.num_frames; });
  if (late > 0) {
    recording.warnings.push_back(
        fmt::format("{}: {} of its {} marks lie behind its end, as those of another recording would; they are left out",
                    file, late, all));
  }
}

void require_usable(const Recording& recording, std::string_view file) {
  XINGU_REQUIRE(!recording.signals.empty(), "{}: holds no signal (there is nothing to read); check the file", file);
  XINGU_REQUIRE(recording.signals.size() <= max_recording_signals, "{}: {} signals (more than {}); split the recording",
                file, recording.signals.size(), max_recording_signals);
  XINGU_REQUIRE(std::isfinite(recording.frame_rate_Hz) && recording.frame_rate_Hz > 0 && recording.frame_rate_Hz <= 1e6,
                "{}: a sampling frequency of {} Hz (outside 0 to 1 MHz); correct it", file, recording.frame_rate_Hz);
  for (const StoredSignal& signal : recording.signals) {
    XINGU_REQUIRE(std::isfinite(signal.gain) && signal.gain != 0.0 && std::isfinite(signal.baseline),
                  "{}: signal '{}' has gain {} and baseline {} (its values have no scale); correct them", file,
                  printable(signal.label, 40), signal.gain, signal.baseline);
  }
}

void require_consistent(const Recording& recording, std::string_view file) {
  require_usable(recording, file);
  for (const StoredSignal& signal : recording.signals) {
    XINGU_REQUIRE(
        signal.samples_per_frame >= 1 &&
            signal.samples.size() == recording.num_frames * static_cast<std::uint64_t>(signal.samples_per_frame),
        "{}: signal '{}' has {} samples for {} frames of {} (it does not fit); check the file", file,
        printable(signal.label, 40), signal.samples.size(), recording.num_frames, signal.samples_per_frame);
  }
}

void set_digital_range(StoredSignal& signal, int bits) {
  signal.adc_bits = bits;
  signal.digital_max = static_cast<std::int32_t>((std::int64_t{1} << (bits - 1)) - 1);
  signal.digital_min = -signal.digital_max;
}

std::vector<std::string> round_to_bits(Recording& recording, int bits, std::string_view file) {
  constexpr double largest_step_mv = 1e-3;
  constexpr double nearly_whole = 1e-9;
  const double limit = std::ldexp(1.0, bits - 1) - 1.0;
  std::map<double, std::vector<std::string>> signals_of;  // [step, mV]
  for (StoredSignal& signal : recording.signals) {
    const auto unit_mv = millivolts_per_unit(signal.unit);
    double reach = 0.0;  // steps
    for (const std::int32_t sample : signal.samples) {
      reach = sample == invalid_sample ? reach : std::max(reach, std::abs(sample - signal.baseline));
    }
    if (!unit_mv || bits_needed(signal) <= bits || reach <= 0.0) {
      continue;
    }
    const double least = reach / limit / std::abs(signal.gain);  // units
    const double decade = std::pow(10.0, std::floor(std::log10(least)));
    const double part = least / decade * (1.0 - nearly_whole);
    const double step = decade * (part <= 1.0 ? 1.0 : part <= 2.0 ? 2.0 : part <= 5.0 ? 5.0 : 10.0);
    const double step_mv = step * std::abs(*unit_mv);
    if (step_mv > largest_step_mv * (1.0 + nearly_whole)) {
      continue;
    }
    const double gain = std::copysign(1.0 / step, signal.gain);
    for (std::int32_t& sample : signal.samples) {
      if (sample != invalid_sample) {
        sample = static_cast<std::int32_t>(std::llround((sample - signal.baseline) / signal.gain * gain));
      }
    }
    signal.gain = gain;
    signal.baseline = 0.0;
    set_digital_range(signal, bits);
    signals_of[step_mv].push_back(printable(signal.label, 40));
  }
  std::vector<std::string> notes;
  for (const auto& [step_mv, signals] : signals_of) {
    notes.push_back(
        fmt::format("{}: {} rounded to steps of {:.3g} µV, which {} bits hold: values move by {:.3g} µV at most", file,
                    fmt::join(signals, ", "), 1000.0 * step_mv, bits, 500.0 * step_mv));
  }
  return notes;
}

std::vector<std::string> rounding_notes(const Recording& written, const Recording& held, std::string_view file) {
  constexpr double exact_within_steps = 1e-3;
  struct Moved {
    std::vector<std::string> signals;
    double most = 0.0;
  };
  std::map<std::pair<std::string, double>, Moved> moved_of;  // [unit, step]
  for (std::size_t s = 0; s < std::min(written.signals.size(), held.signals.size()); ++s) {
    const StoredSignal& before = written.signals[s];
    const StoredSignal& after = held.signals[s];
    const auto before_mv = millivolts_per_unit(before.unit);
    const auto after_mv = millivolts_per_unit(after.unit);
    const bool is_voltage = before_mv && after_mv;
    const double before_scale = is_voltage ? 1000.0 * *before_mv : 1.0;
    const double after_scale = is_voltage ? 1000.0 * *after_mv : 1.0;
    double most = 0.0;
    for (std::size_t i = 0; i < std::min(before.samples.size(), after.samples.size()); ++i) {
      if (before.samples[i] != invalid_sample && after.samples[i] != invalid_sample) {
        most = std::max(most, std::abs(physical_value(before, before.samples[i]) * before_scale -
                                       physical_value(after, after.samples[i]) * after_scale));
      }
    }
    const double step = after_scale / std::abs(after.gain);
    if (most > exact_within_steps * step) {
      Moved& moved = moved_of[{is_voltage ? "µV" : printable(after.unit, 20), step}];
      moved.signals.push_back(printable(before.label, 40));
      moved.most = std::max(moved.most, most);
    }
  }
  std::vector<std::string> notes;
  for (const auto& [of, moved] : moved_of) {
    notes.push_back(
        fmt::format("{}: {} rounded to the steps of {:.3g} {} that the format has: values move by {:.3g} {} "
                    "at most",
                    file, fmt::join(moved.signals, ", "), of.second, of.first, moved.most, of.first));
  }
  return notes;
}

int bits_needed(const StoredSignal& signal) {
  std::int64_t reach = 0;
  for (const std::int32_t sample : signal.samples) {
    if (sample != invalid_sample) {
      reach = std::max(reach, std::abs(static_cast<std::int64_t>(sample)));
    }
  }
  int bits = 2;
  while (bits < 32 && (std::int64_t{1} << (bits - 1)) - 1 < reach) {
    ++bits;
  }
  return bits;
}

}  // namespace xingu::ecg
