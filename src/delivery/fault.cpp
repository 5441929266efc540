// SPDX-License-Identifier: Apache-2.0
#include "delivery/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "base/toml_file.h"

namespace xingu {
namespace {

const FaultRow& row_named(const TomlTable& table) {
  const std::string name = table.text("kind");
  std::vector<std::string> names;
  for (const FaultRow& row : fault_table::rows) {
    if (row.name == name) {
      return row;
    }
    names.emplace_back(row.name);
  }
  const std::string near = nearest_name(name, names);
  table.fail("kind", fmt::format("is '{}' (no such fault){}", printable(name),
                                 near.empty() ? "; see docs/methods/interlocks.md" : "; did you mean " + near + "?"));
}

Fault read_fault(const TomlTable& table) {
  const FaultRow& row = row_named(table);
  Fault fault;
  fault.kind = row.kind;
  fault.start_s = table.number("at_s");
  fault.duration_s = table.number("for_s");
  if (!(fault.start_s >= 0 && fault.start_s <= 1e6)) {
    table.fail("at_s", "is not a time in the session; give seconds from its start");
  }
  if (!(fault.duration_s > 0 && fault.duration_s <= 1e6)) {
    table.fail("for_s", "is not a duration; give seconds");
  }
  if (!row.unit.empty()) {
    fault.magnitude = table.number("magnitude");
    if (!(fault.magnitude >= -1e6 && fault.magnitude <= 1e6)) {
      table.fail("magnitude", "is not a number that could happen; correct it");
    }
  }
  if (row.has_index) {
    const std::int64_t index = table.integer("index", 0);
    if (index < 0 || index > 1000) {
      table.fail("index", "is not the number of an axis or leaf; count from 0");
    }
    fault.index = static_cast<std::uint32_t>(index);
  }
  return fault;
}

std::vector<Fault> faults_of(const TomlTable& file) {
  std::vector<Fault> faults;
  for (const TomlTable& table : file.tables("fault")) {
    faults.push_back(read_fault(table));
  }
  file.finish();
  return faults;
}

}  // namespace

bool FaultSchedule::take(const FaultChange& change, std::uint64_t step) noexcept {
  if (change.kind == FaultChange::Kind::end) {
    std::erase_if(faults_, [&](const Fault& fault) {
      return fault.kind == change.fault.kind && step >= fault.first_step() && step < fault.end_step();
    });
    return true;
  }
  if (change.kind == FaultChange::Kind::none) {
    return true;
  }
  if (faults_.size() == faults_.capacity()) {
    std::erase_if(faults_, [&](const Fault& fault) { return step >= fault.end_step(); });
  }
  const bool has_room = faults_.size() < faults_.capacity();
  if (has_room) {
    faults_.push_back(change.fault);
  }
  return has_room;
}

void FaultSchedule::append_changes(std::uint64_t step, std::uint64_t first_step,
                                   std::vector<FaultChange>& changes) const noexcept {
  for (const Fault& fault : faults_) {
    const std::uint64_t begin = std::max(fault.first_step(), first_step);
    const std::uint64_t end = fault.end_step();
    if (begin < end && (step == begin || step == end)) {
      changes.push_back({step == begin ? FaultChange::Kind::begin : FaultChange::Kind::end, fault, true});
    }
  }
}

std::vector<Fault> read_faults(const std::filesystem::path& path) { return faults_of(TomlTable::read(path)); }

std::vector<Fault> parse_faults(std::string_view text, const std::string& name) {
  return faults_of(TomlTable::parse(text, name));
}

}  // namespace xingu
