// SPDX-License-Identifier: Apache-2.0
#include "support/locks.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>

namespace {

std::atomic<std::uint64_t> count{0};

/// The system's function that stands behind one of ours.
template <class Function>
Function* system_function(const char* name) noexcept {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

#ifndef __SANITIZE_THREAD__
extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static auto* const next = system_function<int(pthread_mutex_t*)>("pthread_mutex_lock");
  count.fetch_add(1, std::memory_order_relaxed);
  return next(mutex);
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  static auto* const next = system_function<int(pthread_mutex_t*)>("pthread_mutex_trylock");
  count.fetch_add(1, std::memory_order_relaxed);
  return next(mutex);
}

int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  static auto* const next = system_function<int(pthread_rwlock_t*)>("pthread_rwlock_rdlock");
  count.fetch_add(1, std::memory_order_relaxed);
  return next(lock);
}

int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  static auto* const next = system_function<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  count.fetch_add(1, std::memory_order_relaxed);
  return next(lock);
}

}  // extern "C"
#endif

namespace xingu::test {

std::uint64_t num_locks() noexcept { return count.load(std::memory_order_relaxed); }

bool counts_locks() noexcept {
#ifdef __SANITIZE_THREAD__
  return false;
#else
  return true;
#endif
}

}  // namespace xingu::test
