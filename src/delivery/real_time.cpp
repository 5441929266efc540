// SPDX-License-Identifier: Apache-2.0
#include "delivery/real_time.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace xingu {
namespace {

constexpr int priority_of_the_loop = 10;  // above all that is not in real time, below the kernel's own

constexpr int prompt_niceness = -10;

}  // namespace

RealTimePlace take_real_time_place() noexcept {
  RealTimePlace place;
  sched_param priority{};
  priority.sched_priority = priority_of_the_loop;
  place.has_priority = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0;
  // only pages that are there: locking all of a mapped record would read a quarter of a gigabyte
  place.is_memory_kept = mlockall(MCL_CURRENT | MCL_ONFAULT) == 0;
  static_cast<void>(prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL));
  return place;
}

void take_prompt_place() noexcept {
  // on Linux the priority of a thread alone, when it asks for itself
  static_cast<void>(setpriority(PRIO_PROCESS, 0, prompt_niceness));
}

std::string_view advice(const RealTimePlace& place) noexcept {
  if (!place.has_priority) {
    return "the system grants the control loop no real-time priority (its steps will be late under load, which is "
           "counted and shown); give the program CAP_SYS_NICE and CAP_IPC_LOCK: sudo setcap "
           "cap_sys_nice,cap_ipc_lock+ep PROGRAM";
  }
  if (!place.is_memory_kept) {
    return "the system does not let the control loop keep its memory (its steps can be late when memory is scarce, "
           "which is counted and shown); give the program CAP_IPC_LOCK: sudo setcap cap_sys_nice,cap_ipc_lock+ep "
           "PROGRAM";
  }
  return {};
}

}  // namespace xingu
