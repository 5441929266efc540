// SPDX-License-Identifier: Apache-2.0
#include "dicom/inflated_data.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/error.h"

namespace xingu {
namespace {

constexpr std::size_t first_piece = std::size_t{1} << 20;

class Inflater {
 public:
  explicit Inflater(std::string_view deflated) {
    XINGU_REQUIRE(deflated.size() <= std::numeric_limits<uInt>::max(),
                  "is deflated data that is too long; convert it with dcmconv +te of the package dcmtk");
    // zlib's interface is older than const
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
    stream_.avail_in = static_cast<uInt>(deflated.size());
    constexpr int without_zlib_header = -MAX_WBITS;
    if (inflateInit2(&stream_, without_zlib_header) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Fills `out` from `begin` on; false at the end of the stream, whose place is then in `end`.
  bool fill(std::string& out, std::size_t begin, std::size_t& end) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
    stream_.avail_out = static_cast<uInt>(out.size() - begin);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    end = out.size() - stream_.avail_out;
    XINGU_REQUIRE(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR,
                  "is deflated data that cannot be inflated (the file is damaged); export it again");
    XINGU_REQUIRE(status == Z_STREAM_END || stream_.avail_out == 0,
                  "is deflated data without an end (the file is cut off); export it again");
    return status != Z_STREAM_END;
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::string inflate_data_set(std::string_view deflated, std::size_t limit) {
  Inflater inflater(deflated);
  std::string data;
  std::size_t end = 0;
  do {
    XINGU_REQUIRE(end < limit,
                  "is deflated data that inflates to more than {} MiB (it would fill the memory); convert it with "
                  "dcmconv +te of the package dcmtk",
                  limit >> 20);
    data.resize(std::min(limit, std::max(first_piece, 2 * end)));
  } while (inflater.fill(data, end, end));
  data.resize(end);
  return data;
}

}  // namespace xingu
