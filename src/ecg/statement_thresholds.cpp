// SPDX-License-Identifier: Apache-2.0
#include "ecg/statement_thresholds.h"

#include "base/toml_file.h"

namespace xingu::ecg {

StatementThresholds read_statement_thresholds(const std::filesystem::path& path) {
  const TomlTable file = TomlTable::read(path);
  for (const std::string& key : file.keys()) {
    static_cast<void>(file.table(key).text("source"));  // every table has to say where its numbers come from
  }
  const TomlTable signal = file.table("signal");
  const TomlTable rate = file.table("rate");
  const TomlTable fibrillation = file.table("fibrillation");
  const TomlTable conduction = file.table("conduction");
  const TomlTable repolarisation = file.table("repolarisation");
  const StatementThresholds thresholds{signal.number("fewest_beats"),
                                       signal.number("largest_rejected_part"),
                                       rate.number("bradycardia_below_per_min"),
                                       rate.number("tachycardia_above_per_min"),
                                       rate.number("pause_above_s"),
                                       fibrillation.number("least_irregularity"),
                                       fibrillation.number("largest_p_share"),
                                       conduction.number("av_block_above_ms"),
                                       conduction.number("complete_block_from_ms"),
                                       conduction.number("incomplete_block_from_ms"),
                                       repolarisation.number("long_qtc_from_male_ms"),
                                       repolarisation.number("long_qtc_from_female_ms")};
  file.finish();
  return thresholds;
}

}  // namespace xingu::ecg
