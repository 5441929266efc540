// SPDX-License-Identifier: Apache-2.0
#include "mpi/mpi_job.h"

#include <mpi.h>
#include <sched.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"

namespace xingu {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int tag_message = 1;
constexpr int tag_failure = 2;
constexpr int tag_end = 3;
constexpr std::size_t unit_bytes = 64;  // of a message: MPI counts units in an int, so a message may have 128 GiB
constexpr auto patience_after_a_failure = 30s;

/// What one rank may run on, as ranks tell each other at the start.
struct Place {
  char host[256] = {};
  cpu_set_t cores{};
  int num_cores_of_host = 1;
};

Place own_place() {
  Place place;
  gethostname(place.host, sizeof(place.host) - 1);
  place.num_cores_of_host = static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  if (sched_getaffinity(0, sizeof(place.cores), &place.cores) != 0 || CPU_COUNT(&place.cores) == 0) {
    for (int core = 0; core < place.num_cores_of_host; ++core) {
      CPU_SET(static_cast<std::size_t>(core), &place.cores);
    }
  }
  return place;
}

bool is_same(const Place& a, const Place& b) {
  return std::strcmp(a.host, b.host) == 0 && CPU_EQUAL(&a.cores, &b.cores);
}

/// Lets another process have the core while a transfer goes on; sleeps once it has taken long.
void wait_a_little(Clock::time_point since) {
  if (Clock::now() - since < 2ms) {
    std::this_thread::yield();
  } else {
    std::this_thread::sleep_for(50us);
  }
}

/// A failure as it travels: the exit code, then the sentence, which says where it was.
Bytes failure_message(const MpiJob::Ending& ending, int rank, const Place& place) {
  return ByteWriter()
      .put(ending.exit_code)
      .put_text(fmt::format("rank {} on {}: {}", rank, place.host, ending.failure))
      .take();
}

[[noreturn]] void throw_failure(const Bytes& message) {
  ByteReader reader(message);
  const int exit_code = reader.get<int>();
  const std::string sentence = reader.get_text();
  switch (exit_code) {
    case 2:
      throw InputError(sentence);
    case 130:
      throw Cancelled(sentence);
    default:
      throw EnvironmentError(sentence);
  }
}

}  // namespace

/// MPI behind one mutex: MPI_THREAD_SERIALIZED is what every build of Open MPI gives.
class MpiJob::Connection final : public Ranks {
 public:
  Connection() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &count_);
    MPI_Type_contiguous(static_cast<int>(unit_bytes), MPI_BYTE, &unit_);
    MPI_Type_commit(&unit_);
    places_.resize(static_cast<std::size_t>(count_));
    const Place own = own_place();
    MPI_Allgather(&own, sizeof(Place), MPI_BYTE, places_.data(), sizeof(Place), MPI_BYTE, MPI_COMM_WORLD);
    if (provided < MPI_THREAD_SERIALIZED) {
      throw EnvironmentError("this MPI does not serve several threads of a process; install Debian's openmpi-bin");
    }
  }
  ~Connection() override = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int count() const override { return count_; }

  void send(int to, Bytes bytes) override { send_tagged(to, tag_message, std::move(bytes)); }

  [[nodiscard]] std::optional<Bytes> try_receive(int from) override {
    if (auto message = receive_tagged(from, tag_message)) {
      return message;
    }
    if (is_root()) {
      if (const auto failure = receive_tagged(MPI_ANY_SOURCE, tag_failure)) {
        throw_failure(*failure);
      }
    } else if (has_ended_ || receive_tagged(0, tag_end)) {
      has_ended_ = true;
      // What was sent before the end may have come between the two looks.
      if (auto message = receive_tagged(from, tag_message)) {
        return message;
      }
      throw RanksEnded();
    }
    return std::nullopt;
  }

  [[nodiscard]] int threads() const {
    const Place& own = places_[static_cast<std::size_t>(rank_)];
    const auto sharers = std::ranges::count_if(places_, [&](const Place& place) { return is_same(place, own); });
    return std::max(1, CPU_COUNT(&own.cores) / static_cast<int>(sharers));
  }

  [[nodiscard]] std::string words() const {
    std::set<std::string> hosts;
    bool is_bound = false;
    for (const Place& place : places_) {
      hosts.insert(place.host);
      is_bound |= CPU_COUNT(&place.cores) < place.num_cores_of_host;
    }
    return fmt::format("{} {} on {} {}{}", count_, count_ == 1 ? "rank" : "ranks", hosts.size(),
                       hosts.size() == 1 ? "host" : "hosts",
                       is_bound ? ", each bound to a part of its host's cores (mpirun --bind-to none frees them)" : "");
  }

  int end(const Ending& ending) {
    if (is_root()) {
      for (int rank = 1; rank < count_; ++rank) {
        send_tagged(rank, tag_end, {});
      }
    } else {
      if (ending.exit_code != 0 && !has_ended_) {
        send_tagged(0, tag_failure, failure_message(ending, rank_, places_[static_cast<std::size_t>(rank_)]));
      }
      await_end();
    }
    meet(ending);
    MPI_Type_free(&unit_);
    MPI_Finalize();
    return is_root() ? ending.exit_code : 0;
  }

 private:
  /// Padded to whole units, of which the last ends in the number of bytes before the padding.
  void send_tagged(int to, int tag, Bytes bytes) {
    const std::uint64_t size = bytes.size();
    bytes.resize((size + sizeof(size) + unit_bytes - 1) / unit_bytes * unit_bytes);
    std::memcpy(bytes.data() + bytes.size() - sizeof(size), &size, sizeof(size));
    MPI_Request request = MPI_REQUEST_NULL;
    {
      const std::scoped_lock lock(mutex_);
      MPI_Isend(bytes.data(), static_cast<int>(bytes.size() / unit_bytes), unit_, to, tag, MPI_COMM_WORLD, &request);
    }
    const auto since = Clock::now();
    for (int is_done = 0; is_done == 0;) {
      {
        const std::scoped_lock lock(mutex_);
        MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
      }
      if (is_done == 0) {
        wait_a_little(since);
      }
    }
  }

  std::optional<Bytes> receive_tagged(int from, int tag) {
    const std::scoped_lock lock(mutex_);
    int is_there = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    MPI_Improbe(from, tag, MPI_COMM_WORLD, &is_there, &message, &status);
    if (is_there == 0) {
      return std::nullopt;
    }
    int num_units = 0;
    MPI_Get_count(&status, unit_, &num_units);
    Bytes bytes(static_cast<std::size_t>(num_units) * unit_bytes);
    MPI_Mrecv(bytes.data(), num_units, unit_, &message, MPI_STATUS_IGNORE);
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data() + bytes.size() - sizeof(size), sizeof(size));
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
  }

  /// Takes whatever is still on its way here, so that its sender can go on.
  void drain() {
    for (const int tag : {tag_message, tag_failure}) {
      while (receive_tagged(MPI_ANY_SOURCE, tag)) {
      }
    }
  }

  void await_end() {
    while (!has_ended_) {
      drain();
      has_ended_ = receive_tagged(0, tag_end).has_value();
      std::this_thread::sleep_for(1ms);
    }
  }

  /// Waits until every rank is here.
  void meet(const Ending& ending) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibarrier(MPI_COMM_WORLD, &request);
    const auto since = Clock::now();
    for (int is_done = 0; is_done == 0;) {
      MPI_Test(&request, &is_done, MPI_STATUS_IGNORE);
      drain();
      if (is_done == 0 && is_root() && ending.exit_code != 0 && Clock::now() - since > patience_after_a_failure) {
        MPI_Abort(MPI_COMM_WORLD, ending.exit_code);
      }
      wait_a_little(since);
    }
  }

  int rank_ = 0;
  int count_ = 1;
  bool has_ended_ = false;
  MPI_Datatype unit_ = MPI_DATATYPE_NULL;
  std::mutex mutex_;
  std::vector<Place> places_;
};

bool MpiJob::is_launched() {
  return std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr || std::getenv("PMIX_RANK") != nullptr;
}

MpiJob::MpiJob() : connection_(std::make_unique<Connection>()) {}
MpiJob::~MpiJob() = default;

Ranks& MpiJob::ranks() { return *connection_; }
int MpiJob::threads_per_rank() const { return connection_->threads(); }
std::string MpiJob::words() const { return connection_->words(); }
int MpiJob::end(const Ending& ending) { return connection_->end(ending); }

}  // namespace xingu
