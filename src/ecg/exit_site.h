// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ecg/statements.h"

namespace xingu::ecg {

/// The twelve leads in the order of VentricularComplex.
inline constexpr std::array<std::string_view, 12> twelve_leads{"I",  "II", "III", "aVR", "aVL", "aVF",
                                                               "V1", "V2", "V3",  "V4",  "V5",  "V6"};

/// The mean complex of the ventricular beats of one shape, as heights by lead.
struct VentricularComplex {
  std::vector<std::size_t> beats;  ///< that were averaged; none counts as one
  double qrs_ms = 0.0;
  std::array<double, 12> up_mV{};    ///< largest height above the level at onset
  std::array<double, 12> down_mV{};  ///< largest depth below it, positive

  /// (up − down)/(up + down): 1 for a lead that is all positive, −1 for one that is all negative.
  [[nodiscard]] double net(std::string_view lead) const;
};

/// Which beats an exit site is told from.
enum class ExitBeats : std::uint8_t {
  ventricular,  ///< those called ventricular
  all,          ///< all but paced ones: a tachycardia that leaves no other beat to compare with
};

/// The most frequent shape among the beats asked for, averaged. No beat counts in seconds that are rejected, untold or
/// may be fibrillation of the ventricles, nor one at which a lead is missing, flat or saturated. @return nothing
/// without such a beat, without all twelve leads (the four that follow from I and II are derived where they are
/// missing), or for complexes below 100 ms, which no muscle far from the conduction system makes
[[nodiscard]] std::optional<VentricularComplex> ventricular_complex(const LeadSignals& signals,
                                                                    const Analysis& analysis,
                                                                    ExitBeats which = ExitBeats::ventricular);

/// Why dead leads leave ventricular_complex() no beat: those without a signal at the beat asked for that has fewest of
/// them. Empty where a beat has all leads, or none is in seconds that are judged.
[[nodiscard]] std::vector<std::string> leads_without_exit(const LeadSignals& signals, const Analysis& analysis,
                                                          ExitBeats which = ExitBeats::ventricular);

/// Whether the atria lead most of the beats but paced ones: a P wave stands before them, or the atria were found to
/// fibrillate or flutter, and the rhythm was not found to be one of wide complexes (Analysis::wide), beside which a P
/// wave leads nothing. All of such beats are no tachycardia of the ventricles, and the shape of a bundle branch block
/// tells no exit.
[[nodiscard]] bool come_from_above(const Analysis& analysis);

/// A segment of the AHA's 17-segment model (Cerqueira et al., Circulation 105 (2002) 539) and how much speaks for it.
struct SegmentGuess {
  int segment = 0;  ///< 1 … 17
  double share = 0.0;
};
[[nodiscard]] std::string_view segment_name(int segment);

/// Where the activation seems to leave, by rules; research only, beside imaging and never in place of it.
struct ExitSite {
  std::vector<SegmentGuess> segments;  ///< by falling share, which sum to 1; the first is the estimate
  double superior = 0.0;               ///< mean net of II, III, aVF: positive from an anterior or superior exit
  double lateral = 0.0;  ///< −(mean net of I and aVL) with V1's net at half weight: positive from a lateral one
  double basal = 0.0;    ///< mean net of V3 … V5: positive from a basal one
  bool is_right_bundle_pattern = false;  ///< V1 positive: a left ventricular exit
  int transition = 0;                    ///< 1 … 6: first of V1 … V6 that is positive; 7: none
  std::string outflow;  ///< "right ventricular", "left ventricular" or "one" of the two outflow tracts, or empty; where
                        ///< it is not, the exit lies outside the segments and their shares say nothing
  double right_outflow_share =
      0.0;  ///< of the right tract, the left one's being the rest; where `outflow` is not empty

  /// Of the tract that is named, of the likelier one where it is either.
  [[nodiscard]] double outflow_share() const { return std::max(right_outflow_share, 1.0 - right_outflow_share); }
};

/// The exit lies opposite to where the net forces point: leads II, III, aVF tell inferior from anterior, I and aVL with
/// V1 lateral from septal, V3 to V5 apical from basal (Kuchar, Ruskin & Garan, J. Am. Coll. Cardiol. 13 (1989) 893;
/// Josephson & Callans, Heart Rhythm 2 (2005) 443; Segal et al., J. Cardiovasc. Electrophysiol. 18 (2007) 161). The
/// three coordinates are compared with those of the 17 segments' middles; the share of a segment falls with the squared
/// distance at a spread of 40° of angle and 0.35 of level, which gives the best segment about a half where all three
/// are clear, since such rules find the segment or a neighbour in some four of five patients. The mean of n beats is
/// uncertain by 1/√n of one beat's, which is taken to be as much as the rules (our choice): both spreads are √(1 + 1/n)
/// of these. A left bundle pattern
/// with a steep inferior axis is an outflow tract's; its transition up to V2 speaks for the left one, from V4 for the
/// right one (Betensky et al., J. Am. Coll. Cardiol. 57 (2011) 2255). The share of the right one is that of a normal
/// distribution of the place at which V1 to V6 turn positive about the middle of V2 and V3, with a spread of 0.7 leads,
/// widened as above (our choice: three of four at the limits).
[[nodiscard]] ExitSite estimate_exit_site(const VentricularComplex& complex);

/// "right ventricular outflow tract, 87 % against the left one", or "one of the two outflow tracts, right 45 % and left
/// 55 %".
[[nodiscard]] std::string outflow_text(const ExitSite& site);

}  // namespace xingu::ecg
