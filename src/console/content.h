// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace xingu::console {

/// A document that the console serves as it is.
struct Document {
  std::string type;  ///< media type
  std::shared_ptr<const std::string> bytes;
  bool is_open = false;  ///< needs no token
};

/// Everything that can be read without asking a session: the page's files and the documents of the plan, each in memory
/// under the path it is asked for. What is not here does not exist: no path ever reaches the disk. Filled before the
/// server runs, then only read.
class Content {
 public:
  void add(const std::string& path, std::string type, std::string bytes);
  /// The files of the built page, "/" being its index.html; where there is none, a page that says how to build it.
  /// @throws EnvironmentError if a file cannot be read
  void add_page(const std::filesystem::path& folder);

  /// Null if there is none.
  [[nodiscard]] const Document* find(const std::string& path) const;
  [[nodiscard]] std::size_t size() const { return documents_.size(); }

 private:
  std::map<std::string, Document> documents_;
};

/// Media type by the name's suffix.
[[nodiscard]] std::string media_type(const std::filesystem::path& name);

}  // namespace xingu::console
