// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <new>

#include "base/philox.h"
#include "delivery/record_reader.h"
#include "delivery/record_writer.h"
#include "delivery_case.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using test::DeliveryCase;
using test::max_steps;

constexpr std::size_t num_beams = 3;

/// What left the machine: a counter of the hardware, which the death of the program does not touch.
struct Hardware {
  std::atomic<std::uint64_t> step{0};
  std::array<std::atomic<double>, num_beams> mu{};
};

Hardware* shared_hardware() {
  void* memory = ::mmap(nullptr, sizeof(Hardware), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Hardware;
}

/// Counts in the hardware first, then in the record.
class CountingRecorder final : public SessionRecorder {
 public:
  CountingRecorder(Hardware& hardware, SessionRecorder& record) : hardware_(&hardware), record_(&record) {}
  void take(std::uint64_t step, OperatorAction action, const Controller& controller,
            const Plant& plant) noexcept override {
    if (plant.truth().pulse.has_fired) {
      std::atomic<double>& mu = hardware_->mu[controller.pulse().beam];
      mu.store(mu.load() + plant.truth().pulse.mu);
    }
    record_->take(step, action, controller, plant);
    hardware_->step.store(step);
  }
  [[nodiscard]] bool is_full() const noexcept override { return record_->is_full(); }

 private:
  Hardware* hardware_;
  SessionRecorder* record_;
};

DeliveryCase make_case() { return DeliveryCase(test::small_delivery_plan(num_beams, 2.0)); }

/// A treatment that starts, or goes on from its record, until its end.
void treat(const std::filesystem::path& path, Hardware& hardware) {
  DeliveryCase one = make_case();
  if (std::filesystem::exists(path)) {
    const ResumePoint point = resume_point(read_record(path), one.plan());
    one.settings().progress = point.progress;
    one.settings().first_step = point.next_step;
  }
  const auto file = RecordFile::open(path, 4U << 20U);
  file->begin(one.plan(), one.settings(), "");
  CountingRecorder recorder(hardware, *file);
  const auto session = one.session(&recorder);
  run_fast(*session, max_steps);
  file->close();
}

/// Treats in a process of its own, which is killed when the session has come to a step.
void treat_and_kill(const std::filesystem::path& path, Hardware& hardware, std::uint64_t at_step) {
  const pid_t child = ::fork();
  if (child == 0) {
    treat(path, hardware);
    ::_exit(0);
  }
  ASSERT_GT(child, 0);
  while (hardware.step.load() < at_step && ::waitpid(child, nullptr, WNOHANG) == 0) {
    ::sched_yield();
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

TEST(Kill, loses_and_doubles_no_mu_beyond_a_pulse_at_any_moment) {
  const DeliveryCase one = make_case();
  const double pulse = default_dynamics(one.machine().room).beam.mu_per_pulse();
  const Philox random(99, 1);
  test::TemporaryFolder folder;
  int num_interrupted = 0;
  for (std::uint64_t i = 0; i < XINGU_NUM_KILLS; ++i) {
    const auto path = folder.path() / fmt::format("{}.xrec", i);
    Hardware* hardware = shared_hardware();
    ASSERT_NE(hardware, nullptr);
    // a whole session has about 16 s
    treat_and_kill(path, *hardware, 1 + random.words(i)[0] % 16'000);
    if (std::filesystem::exists(path)) {
      const SessionRecord record = read_record(path);  // readable each time
      num_interrupted += record.valid_bytes() < std::filesystem::file_size(path) ? 1 : 0;
      if (sessions_of(record).empty()) {
        std::filesystem::remove(path);  // killed before anything began
      }
    }
    treat(path, *hardware);
    for (std::size_t b = 0; b < num_beams; ++b) {
      // half a pulse at the end, one at the kill, and the monitors' noise
      EXPECT_NEAR(hardware->mu[b].load(), one.plan().beams()[b].mu, 1.5 * pulse) << "kill " << i << ", beam " << b;
    }
    ::munmap(hardware, sizeof(Hardware));
  }
  EXPECT_GT(num_interrupted, XINGU_NUM_KILLS / 2);
}

}  // namespace
}  // namespace xingu
