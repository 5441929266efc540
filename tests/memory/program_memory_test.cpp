// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t mib = std::size_t{1} << 20U;

std::int64_t page_faults() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_minflt;
}

std::int64_t small_pages_of(std::size_t size) {
  return static_cast<std::int64_t>(size) / static_cast<std::int64_t>(sysconf(_SC_PAGESIZE));
}

/// Page faults of taking, filling and freeing a block so many times.
std::int64_t faults_of(std::size_t size, int rounds) {
  const std::int64_t before = page_faults();
  for (int round = 0; round < rounds; ++round) {
    const std::vector<char> block(size, static_cast<char>(round));
    EXPECT_EQ(block.back(), static_cast<char>(round));
  }
  return page_faults() - before;
}

bool has_large_pages() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string words;
  return std::getline(file, words) && words.find("[never]") == std::string::npos;
}

TEST(ProgramMemory, a_block_that_was_freed_is_taken_again_without_new_pages) {
  constexpr int rounds = 50;
  for (const std::size_t size : {mib / 4, mib, 3 * mib, 8 * mib, 24 * mib}) {
    faults_of(size, 2);
    EXPECT_LT(faults_of(size, rounds), small_pages_of(size)) << size << " bytes";  // else `rounds` times as many
  }
}

TEST(ProgramMemory, the_same_holds_in_another_thread) {
  std::thread([] {
    faults_of(3 * mib, 2);
    EXPECT_LT(faults_of(3 * mib, 50), small_pages_of(3 * mib));
  }).join();
}

TEST(ProgramMemory, a_block_too_large_to_be_kept_is_on_large_pages) {
  if (!has_large_pages()) {
    GTEST_SKIP() << "this system gives no large pages (transparent_hugepage is set to never)";
  }
  constexpr int rounds = 10;
  EXPECT_LT(faults_of(64 * mib, rounds), rounds * small_pages_of(64 * mib) / 4);
}

TEST(ProgramMemory, more_than_there_is_ends_with_bad_alloc) {
  EXPECT_THROW(static_cast<void>(::operator new(std::numeric_limits<std::size_t>::max() / 4)), std::bad_alloc);
  EXPECT_EQ(::operator new(std::numeric_limits<std::size_t>::max() / 4, std::nothrow), nullptr);
}

}  // namespace
