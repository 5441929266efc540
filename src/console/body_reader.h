// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <set>
#include <stdexcept>
#include <string>

namespace xingu::console {

/// A command that cannot be carried out, with its HTTP status and one sentence.
class Refusal : public std::runtime_error {
 public:
  Refusal(unsigned status, const std::string& sentence) : std::runtime_error(sentence), status_(status) {}
  [[nodiscard]] unsigned status() const noexcept { return status_; }

 private:
  unsigned status_;
};

/// The keys of a command's body. A key that is missing, of another type, out of its range, or not known is refused with
/// status 400. The body must outlive the reader.
class BodyReader {
 public:
  explicit BodyReader(const nlohmann::json& body);

  [[nodiscard]] std::string text(const char* key);
  [[nodiscard]] double number(const char* key, double lowest, double highest);
  [[nodiscard]] double number_or(const char* key, double fallback, double lowest, double highest);
  [[nodiscard]] bool truth_or(const char* key, bool fallback);
  [[nodiscard]] bool has(const char* key) const;
  /// Call when all keys were asked for.
  void finish() const;

 private:
  const nlohmann::json* body_;
  std::set<std::string> asked_;
};

/// A body as JSON: an object. @throws Refusal 400
[[nodiscard]] nlohmann::json parse_body(const std::string& text);

}  // namespace xingu::console
