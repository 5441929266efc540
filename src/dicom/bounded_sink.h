// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcostrma.h>

#include <cstdint>
#include <functional>
#include <string_view>

namespace xingu {

/// Where received bytes go, up to a limit: what a server sends is bounded before it reaches memory or disk. Beyond the
/// limit, or once the writer fails, nothing more is taken and the stream is bad. For DCMTK's output streams.
class BoundedSink final : public DcmConsumer {
 public:
  enum class Failure { none, too_long, not_written };

  /// @param limit_bytes  the most that is taken
  /// @param write        false if the bytes could not be kept
  BoundedSink(std::uint64_t limit_bytes, std::function<bool(std::string_view)> write)
      : limit_(limit_bytes), write_(std::move(write)) {}

  [[nodiscard]] OFBool good() const override { return failure_ == Failure::none; }
  [[nodiscard]] OFCondition status() const override;
  [[nodiscard]] OFBool isFlushed() const override { return OFTrue; }  // NOLINT(readability-identifier-naming)
  [[nodiscard]] offile_off_t avail() const override;
  offile_off_t write(const void* buffer, offile_off_t length) override;
  void flush() override {}

  /// Called once when the stream turns bad: DCMTK would read what is left of a data set, however long, and drop it.
  void set_on_failure(std::function<void()> on_failure) { on_failure_ = std::move(on_failure); }

  [[nodiscard]] Failure failure() const { return failure_; }
  [[nodiscard]] std::uint64_t num_bytes() const { return taken_; }

 private:
  offile_off_t fail(Failure failure);

  std::uint64_t limit_;
  std::uint64_t taken_ = 0;
  std::function<bool(std::string_view)> write_;
  std::function<void()> on_failure_ = [] {};
  Failure failure_ = Failure::none;
};

}  // namespace xingu
