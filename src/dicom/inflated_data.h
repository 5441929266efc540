// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace xingu {

/// The data set of a file in Deflated Explicit VR Little Endian (PS3.5 A.5): the bare deflate stream of RFC 1951 that
/// follows the meta header, inflated. It stops at `limit` bytes, so that a small file that would fill the memory is
/// refused while it is inflated.
/// @throws InputError without file name: "is deflated data that …". Memory: the result. Cost O(result).
[[nodiscard]] std::string inflate_data_set(std::string_view deflated, std::size_t limit);

}  // namespace xingu
