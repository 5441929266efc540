// SPDX-License-Identifier: Apache-2.0
#include "dicom/bounded_sink.h"

#include <dcmtk/dcmdata/dcerror.h>

#include <algorithm>
#include <limits>

namespace xingu {

OFCondition BoundedSink::status() const { return failure_ == Failure::none ? EC_Normal : EC_InvalidStream; }

offile_off_t BoundedSink::avail() const {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<offile_off_t>::max());
  return good() ? static_cast<offile_off_t>(std::min(limit_ - taken_, most)) : 0;
}

offile_off_t BoundedSink::write(const void* buffer, offile_off_t length) {
  if (!good() || length <= 0) {
    return 0;
  }
  const auto size = static_cast<std::uint64_t>(length);
  if (size > limit_ - taken_) {
    return fail(Failure::too_long);
  }
  if (!write_({static_cast<const char*>(buffer), static_cast<std::size_t>(size)})) {
    return fail(Failure::not_written);
  }
  taken_ += size;
  return length;
}

offile_off_t BoundedSink::fail(Failure failure) {
  failure_ = failure;
  on_failure_();
  return 0;
}

}  // namespace xingu
