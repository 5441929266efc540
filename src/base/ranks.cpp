// SPDX-License-Identifier: Apache-2.0
#include "base/ranks.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/progress.h"

namespace xingu {
namespace {

/// Long enough to leave the core to others, short beside any item.
constexpr std::chrono::microseconds pause_between_looks{100};

class OneRank final : public Ranks {
 public:
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int count() const override { return 1; }
  void send(int /*to*/, Bytes /*bytes*/) override { throw BrokenPromise("one rank has nobody to send to"); }
  [[nodiscard]] std::optional<Bytes> try_receive(int /*from*/) override { return std::nullopt; }
};

/// What ranks say to each other while items are handed out. A worker sends `join`, then for each item `ask`, and gets
/// `item` or `none`; then `result` of each, and `leave` when its last result is on its way.
enum class Word : std::uint8_t { join, ask, item, none, result, leave };

Bytes message(Word word, std::uint64_t number, std::span<const std::byte> content = {}) {
  return ByteWriter().put(word).put(number).put_rest(content).take();
}

struct Answer {
  enum class Kind : std::uint8_t { item, wait, none } kind;
  std::size_t item = 0;
};

int places(const SharedWork& work) { return work.at_once > 0 ? work.at_once : num_threads(); }

/// The root's side: hands out items, computes some itself, and takes all results.
class HandingOut {
 public:
  HandingOut(Ranks& ranks, const SharedWork& work)
      : ranks_(ranks), work_(work), supply_(work.supply != nullptr ? *work.supply : own_supply_) {
    if (work.supply == nullptr) {
      own_supply_.ready = work.count;
      own_supply_.count = work.count;
    }
  }

  void run() {
    std::thread desk;
    if (ranks_.count() > 1) {
      desk = std::thread([this] { guarded([this] { serve(); }); });
    }
    parallel_for(static_cast<std::size_t>(places(work_)), [this](std::size_t) { guarded([this] { compute(); }); });
    if (desk.joinable()) {
      desk.join();
    }
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

 private:
  template <class Work>
  void guarded(Work&& work) {
    try {
      work();
    } catch (...) {
      note_failure();
    }
  }

  void note_failure() {
    const std::scoped_lock lock(failure_mutex_);
    if (!failure_) {
      failure_ = std::current_exception();
    }
    has_failed_ = true;
  }

  Answer next_item() {
    std::size_t item = next_;
    do {
      if (has_failed_ || item >= supply_.count) {
        return {Answer::Kind::none};
      }
      if (item >= supply_.ready) {
        return {Answer::Kind::wait};
      }
    } while (!next_.compare_exchange_weak(item, item + 1));
    return {Answer::Kind::item, item};
  }

  void compute() {
    for (Answer answer = next_item(); answer.kind != Answer::Kind::none; answer = next_item()) {
      if (answer.kind == Answer::Kind::item) {
        take(answer.item, work_.compute(answer.item));
      } else {
        throw_if_cancelled();
        std::this_thread::sleep_for(pause_between_looks);
      }
    }
  }

  void take(std::size_t item, const Bytes& result) {
    const std::scoped_lock lock(take_mutex_);
    if (item < supply_.count) {
      work_.take(item, result);
    }
  }

  /// Answers the other ranks until each has left.
  void serve() {
    std::vector<int> present;
    for (int rank = 1; rank < ranks_.count(); ++rank) {
      present.push_back(rank);
    }
    while (!present.empty() && !has_failed_) {
      throw_if_cancelled();
      bool has_heard = answer_asking();
      for (int& rank : present) {
        if (const auto heard = ranks_.try_receive(rank)) {
          has_heard = true;
          if (has_left(rank, *heard)) {
            rank = 0;
          }
        }
      }
      std::erase(present, 0);
      if (!has_heard) {
        std::this_thread::sleep_for(pause_between_looks);
      }
    }
  }

  /// Answers those who asked, as far as there is an answer. Returns whether there was one.
  bool answer_asking() {
    std::size_t num_answered = 0;
    while (num_answered < asking_.size()) {
      const Answer answer = next_item();
      if (answer.kind == Answer::Kind::wait) {
        break;
      }
      ranks_.send(asking_[num_answered++],
                  message(answer.kind == Answer::Kind::item ? Word::item : Word::none, answer.item));
    }
    asking_.erase(asking_.begin(), asking_.begin() + static_cast<std::ptrdiff_t>(num_answered));
    return num_answered > 0;
  }

  bool has_left(int rank, const Bytes& heard) {
    ByteReader reader(heard);
    const Word word = reader.get<Word>();
    const auto number = reader.get<std::uint64_t>();
    switch (word) {
      case Word::join:
        XINGU_REQUIRE(number == work_.inputs,
                      "rank {} has other inputs for {} than rank 0 (the result would depend on who computed what); "
                      "give every rank the same program, the same files and the same kind of processor",
                      rank, work_.name);
        return false;
      case Word::ask:
        asking_.push_back(rank);
        return false;
      case Word::result: {
        const auto content = reader.rest();
        take(static_cast<std::size_t>(number), Bytes(content.begin(), content.end()));
        return false;
      }
      case Word::leave:
        return true;
      default:
        throw BrokenPromise("ranks do not agree on what they compute together");
    }
  }

  Ranks& ranks_;
  const SharedWork& work_;
  Supply own_supply_;
  Supply& supply_;
  std::vector<int> asking_;  ///< ranks without an answer yet
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> has_failed_{false};
  std::mutex take_mutex_;
  std::mutex failure_mutex_;
  std::exception_ptr failure_;
};

/// Another rank's side: asks for items until there are none.
class Helping {
 public:
  Helping(Ranks& ranks, const SharedWork& work) : ranks_(ranks), work_(work) {}

  void run() {
    ranks_.send(0, message(Word::join, work_.inputs));
    parallel_for(static_cast<std::size_t>(places(work_)), [this](std::size_t) { compute(); });
    ranks_.send(0, message(Word::leave, 0));
  }

 private:
  void compute() {
    try {
      while (const auto item = ask()) {
        ranks_.send(0, message(Word::result, *item, work_.compute(*item)));
      }
    } catch (...) {
      is_over_ = true;
      throw;
    }
  }

  std::optional<std::size_t> ask() {
    const std::scoped_lock lock(mutex_);
    if (is_over_) {
      return std::nullopt;
    }
    ranks_.send(0, message(Word::ask, 0));
    const Bytes answer = ranks_.receive(0);
    ByteReader reader(answer);
    if (reader.get<Word>() == Word::item) {
      return static_cast<std::size_t>(reader.get<std::uint64_t>());
    }
    is_over_ = true;
    return std::nullopt;
  }

  Ranks& ranks_;
  const SharedWork& work_;
  std::mutex mutex_;
  std::atomic<bool> is_over_{false};
};

}  // namespace

Bytes Ranks::receive(int from) {
  while (true) {
    throw_if_cancelled();
    if (auto bytes = try_receive(from)) {
      return std::move(*bytes);
    }
    std::this_thread::sleep_for(pause_between_looks);
  }
}

Ranks& one_rank() {
  static OneRank rank;
  return rank;
}

Bytes broadcast(Ranks& ranks, Bytes bytes) {
  if (!ranks.is_root()) {
    return ranks.receive(0);
  }
  for (int rank = 1; rank < ranks.count(); ++rank) {
    ranks.send(rank, bytes);
  }
  return bytes;
}

void share_out(Ranks& ranks, const SharedWork& work) {
  if (!ranks.is_root()) {
    Helping(ranks, work).run();
  } else {
    HandingOut(ranks, work).run();
  }
}

}  // namespace xingu
