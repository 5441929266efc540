// SPDX-License-Identifier: Apache-2.0
#include "validation/ecg/ecg_databases.h"

namespace xingu::test {

const std::vector<std::string>& mitdb_records() {
  static const std::vector<std::string> records{"101", "102", "104", "106", "108", "109", "112", "114",
                                                "115", "116", "118", "119", "122", "124", "201", "203",
                                                "205", "207", "208", "209", "215", "220", "223", "230"};
  return records;
}

const std::vector<std::string>& qtdb_development_records() {
  static const std::vector<std::string> records{
      "sel100",   "sel103",   "sel117",   "sel14046", "sel14172", "sel16265", "sel16273", "sel16483",
      "sel16773", "sel16795", "sel17453", "sel221",   "sel232",   "sel302",   "sel307",   "sel808",
      "sel820",   "sel840",   "sel853",   "sel872",   "sel883",   "sele0104", "sele0107", "sele0111",
      "sele0114", "sele0121", "sele0124", "sele0129", "sele0136", "sele0170", "sele0210", "sele0303",
      "sele0406", "sele0411", "sele0603", "sele0606", "sele0609", "sele0704"};
  return records;
}

}  // namespace xingu::test
