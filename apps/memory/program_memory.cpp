// SPDX-License-Identifier: Apache-2.0
// How this project's programs hold memory: linked into a program, never into a library (docs/decisions/0014).
#include <malloc.h>
#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace {

constexpr std::size_t page_size = std::size_t{2} << 20U;     // of the large pages of x86-64
constexpr std::size_t least_on_large_pages = 2 * page_size;  // smaller blocks would waste much of their last page
constexpr int largest_from_heap = 32 << 20;                  // the most that the C library allows
constexpr int most_idle = 1 << 30;                           // at a heap's end

/// Freed memory stays with the program for its next block: handing out pages anew is dear under a hypervisor.
[[maybe_unused]] const bool keeps_freed_memory =
    mallopt(M_MMAP_THRESHOLD, largest_from_heap) != 0 && mallopt(M_TRIM_THRESHOLD, most_idle) != 0;

void* allocate(std::size_t size) noexcept {
  if (size < least_on_large_pages) {
    return std::malloc(size == 0 ? 1 : size);
  }
  void* memory = nullptr;
  if (posix_memalign(&memory, page_size, size) != 0) {
    return nullptr;
  }
  madvise(memory, size, MADV_HUGEPAGE);  // where the system has none, the block is as good as any other
  return memory;
}

}  // namespace

// All forms that lead to each other are replaced together.
void* operator new(std::size_t size) {
  void* memory = allocate(size);
  while (memory == nullptr) {
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) {
      throw std::bad_alloc();
    }
    handler();
    memory = allocate(size);
  }
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (...) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
