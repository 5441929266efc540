// SPDX-License-Identifier: Apache-2.0
#include "base/nonzero_runs.h"

namespace xingu {
namespace {

/// A gap of that many zeros costs less as a new run than as values.
constexpr std::size_t least_gap = sizeof(NonzeroRuns::Run) / sizeof(float) + 1;

}  // namespace

NonzeroRuns NonzeroRuns::of(std::span<const float> array) {
  XINGU_EXPECT(array.size() < (std::size_t{1} << 32));
  NonzeroRuns result;
  const std::size_t size = array.size();
  std::size_t i = 0;
  while (true) {
    while (i < size && array[i] == 0.0F) {
      ++i;
    }
    if (i == size) {
      return result;
    }
    const std::size_t begin = i;
    std::size_t end = begin;
    for (; i < size && i - end < least_gap; ++i) {
      if (array[i] != 0.0F) {
        end = i + 1;
      }
    }
    result.runs.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
    const auto run = array.subspan(begin, end - begin);
    result.values.insert(result.values.end(), run.begin(), run.end());
  }
}

Bytes NonzeroRuns::to_bytes() const { return ByteWriter().put_all(runs).put_all(values).take(); }

NonzeroRuns NonzeroRuns::from_bytes(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  NonzeroRuns result;
  result.runs = reader.get_all<Run>();
  result.values = reader.get_all<float>();
  std::size_t size = 0;
  for (const Run& run : result.runs) {
    size += run.size;
  }
  if (size != result.values.size()) {
    throw BrokenPromise("a message between processes contradicts itself");
  }
  return result;
}

}  // namespace xingu
