// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/ranks.h"

namespace xingu::test {

/// Several ranks as threads of one process, for what ranks say to each other.
class ThreadRanks {
 public:
  /// Runs body(ranks) on `count` threads, each its own rank, as mpirun would run a program; the failure of rank 0, or
  /// of another one that rank 0 did not notice, is thrown.
  static void run(int count, const std::function<void(Ranks&)>& body) {
    ThreadRanks job;
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(count));
    std::vector<std::thread> threads;
    for (int rank = 0; rank < count; ++rank) {
      threads.emplace_back([&, rank] {
        One own(job, rank, count);
        try {
          body(own);
        } catch (const RanksEnded&) {
          return;
        } catch (...) {
          failures[static_cast<std::size_t>(rank)] = std::current_exception();
          job.fail();
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    for (const std::exception_ptr& failure : failures) {
      if (failure) {
        std::rethrow_exception(failure);
      }
    }
  }

 private:
  class One final : public Ranks {
   public:
    One(ThreadRanks& job, int rank, int count) : job_(job), rank_(rank), count_(count) {}
    [[nodiscard]] int rank() const override { return rank_; }
    [[nodiscard]] int count() const override { return count_; }
    void send(int to, Bytes bytes) override {
      const std::scoped_lock lock(job_.mutex_);
      job_.mail_[{rank_, to}].push_back(std::move(bytes));
    }
    [[nodiscard]] std::optional<Bytes> try_receive(int from) override {
      const std::scoped_lock lock(job_.mutex_);
      auto& mail = job_.mail_[{from, rank_}];
      if (!mail.empty()) {
        Bytes bytes = std::move(mail.front());
        mail.pop_front();
        return bytes;
      }
      if (job_.has_failed_) {
        throw RanksEnded();
      }
      return std::nullopt;
    }

   private:
    ThreadRanks& job_;
    int rank_;
    int count_;
  };

  void fail() {
    const std::scoped_lock lock(mutex_);
    has_failed_ = true;
  }

  std::mutex mutex_;
  std::map<std::pair<int, int>, std::deque<Bytes>> mail_;
  bool has_failed_ = false;
};

}  // namespace xingu::test
