// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ecg/lead_signals.h"
#include "ecg/report/page.h"

namespace xingu::ecg {

/// Scales of the paper.
inline constexpr double paper_mm_per_s = 25.0;
inline constexpr double paper_mm_per_mV = 10.0;  ///< usual; half or a quarter of it where waves are too large

inline constexpr double paper_s = 10.0;  ///< what the paper shows

/// Where the ten seconds begin if those from from_s on reach beyond the recording: earlier, so that they do not; at its
/// start where it is shorter.
[[nodiscard]] double first_drawn_s(const LeadSignals& signals, double from_s);

/// What is not as high as the heart's waves, and has no say in the scale of the paper.
struct NoSayInScale {
  std::vector<std::string> leads{};    ///< what is large in them is mostly no wave
  std::vector<std::size_t> stimuli{};  ///< samples of find_pacing_spikes()
};

/// Draws ten seconds of a recording on ECG paper, 1 mm and 5 mm lines, each row after a calibration pulse of 1 mV and
/// 0.2 s. Where nine at least of the usual twelve are there, they stand in three rows of four columns of 2.5 s in the
/// usual order, the place of one that is not says "not recorded", and lead II, or without it another limb lead, runs
/// over the whole width below; any other set, and a recording of less than 8.5 s, whose last columns would be empty,
/// stands in rows, the first eight of it. What has no place here is leads_of_further_papers(). Nothing is filtered;
/// each piece is moved so that its median lies on the row's line. A missing sample leaves a gap. A trace may run over
/// its row, as on a recorder's paper. Where one would leave the paper or reach far into another row, all are drawn,
/// with their pulses, at half or a quarter of the usual height; what is too large even for that is cut off, and says
/// "off scale", but for a pacemaker's stimulus, which is known to be. A lead's name stands where no trace is drawn; if
/// there is no such place near, with a halo.
/// @param from_s  where the ten seconds begin
/// @param top_mm  of the paper on the page; it takes 150 mm
/// @return mm for a millivolt
double draw_ecg_paper(const LeadSignals& signals, double from_s, double top_mm, Page& page,
                      const NoSayInScale& no_say = {});

/// The leads that draw_ecg_paper() has no place for, eight at most for each further paper: those beside the twelve, as
/// V7 to V9 and V3R, and those beyond eight rows.
[[nodiscard]] std::vector<LeadSignals> leads_of_further_papers(const LeadSignals& signals);

}  // namespace xingu::ecg
