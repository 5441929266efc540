// SPDX-License-Identifier: Apache-2.0
#include "ecg/formats/mark_codes.h"

#include <algorithm>
#include <array>

namespace xingu::ecg {
namespace {

// CID 3335 gives 10:8448 and 10:8704 to beats and to defibrillation spikes: they are no names of a beat
constexpr std::array codes{
    MarkCode{"N", "MDC_ECG_BEAT_NORMAL", 8208, "Normal beat (sinus beat, normal conduction)"},
    MarkCode{"S", "MDC_ECG_BEAT_SV_P_C", 8256, "Supraventricular premature contraction"},
    MarkCode{"A", "MDC_ECG_BEAT_ATR_P_C", 8272, "Atrial premature contraction (beat)"},
    MarkCode{"J", "MDC_ECG_BEAT_JUNC_P_C", 8288, "Junctional (nodal) premature contraction"},
    MarkCode{"a", "MDC_ECG_BEAT_ATR_P_C_ABERR", 8304, "Aberrated atrial premature beat (Ashman beat)"},
    MarkCode{"x", "MDC_ECG_BEAT_ATR_PWAVE_BLK", 8320, "Non-conducted p-wave (blocked)"},
    MarkCode{"V", "MDC_ECG_BEAT_V_P_C", 8336, "Ventricular premature contraction beat"},
    MarkCode{"F", "MDC_ECG_BEAT_V_P_C_FUSION", 8352, "Fusion of ventricular and normal beat"},
    MarkCode{"r", "MDC_ECG_BEAT_V_P_C_RonT", 8368, "R-on-T premature ventricular beat"},
    MarkCode{"n", "MDC_ECG_BEAT_SV_ESC", 8384, "Supraventricular escape beat"},
    MarkCode{"e", "MDC_ECG_BEAT_ATR_ESC", 8400, "Atrial escape beat"},
    MarkCode{"j", "MDC_ECG_BEAT_JUNC_ESC", 8416, "Junctional (nodal) escape beat"},
    MarkCode{"E", "MDC_ECG_BEAT_V_ESC", 8432, "Ventricular escape beat"},
    MarkCode{"B", "MDC_ECG_BEAT_BB_BLK", 0, "Bundle branch block beat"},
    MarkCode{"L", "MDC_ECG_BEAT_LBB_BLK_COMP", 8464, "Left bundle branch block beat"},
    MarkCode{"R", "MDC_ECG_BEAT_RBB_BLK_COMP", 8496, "Right bundle branch block beat"},
    MarkCode{"/", "MDC_ECG_BEAT_PACED", 0, "Paced beat"},
    MarkCode{"f", "MDC_ECG_BEAT_PACED_FUS", 8720, "Pacemaker Fusion beat"},
    MarkCode{"Q", "MDC_ECG_BEAT_UNKNOWN", 8736, "Unclassifiable beat"},
    MarkCode{"P wave", "MDC_ECG_WAVC_PWAVE", 256, "P wave"},
    MarkCode{"R wave", "MDC_ECG_WAVC_RWAVE", 576, "R wave"},
    MarkCode{"T wave", "MDC_ECG_WAVC_TWAVE", 1024, "T wave"},
    MarkCode{"U wave", "MDC_ECG_WAVC_UWAVE", 1152, "U wave"},
    MarkCode{"QRS complex", "MDC_ECG_WAVC_QRSWAVE", 1600, "Entire QRS (excluding P, T and U)"}};

template <typename Value>
const MarkCode* find(const Value& value, Value MarkCode::* field) {
  const auto found = std::ranges::find(codes, value, field);
  return found == codes.end() ? nullptr : &*found;
}

}  // namespace

const MarkCode* mark_code_of_text(std::string_view text) { return find(text, &MarkCode::text); }
const MarkCode* mark_code_of_reference(std::string_view reference) { return find(reference, &MarkCode::reference); }
const MarkCode* mark_code_of_number(int number) { return number == 0 ? nullptr : find(number, &MarkCode::number); }

}  // namespace xingu::ecg
