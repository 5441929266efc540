// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace xingu::ecg {

/// How a mark is spelt in the nomenclature that DICOM and HL7 aECG share (ISO/IEEE 11073-10102, DICOM CID 3335).
struct MarkCode {
  std::string_view text;       ///< as a RecordingMark has it: "V", WFDB's symbol of a beat, or "P wave"
  std::string_view reference;  ///< "MDC_ECG_BEAT_V_P_C"
  int number = 0;              ///< of "10:8336"; 0 where the number stands for something else as well
  std::string_view meaning;    ///< "Ventricular premature contraction beat"
};

/// The code of a mark's text, of a reference, of a number in partition 10; nothing where there is none. Letters count.
[[nodiscard]] const MarkCode* mark_code_of_text(std::string_view text);
[[nodiscard]] const MarkCode* mark_code_of_reference(std::string_view reference);
[[nodiscard]] const MarkCode* mark_code_of_number(int number);

}  // namespace xingu::ecg
