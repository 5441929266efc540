// SPDX-License-Identifier: Apache-2.0
#include "console/body_reader.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace xingu::console {

BodyReader::BodyReader(const nlohmann::json& body) : body_(&body) {}

bool BodyReader::has(const char* key) const { return body_->contains(key); }

std::string BodyReader::text(const char* key) {
  asked_.insert(key);
  const auto found = body_->find(key);
  if (found == body_->end() || !found->is_string()) {
    throw Refusal(400, fmt::format("'{}' is missing or no text; give it", key));
  }
  return found->get<std::string>();
}

double BodyReader::number(const char* key, double lowest, double highest) {
  asked_.insert(key);
  const auto found = body_->find(key);
  const bool is_number = found != body_->end() && found->is_number();
  const double value = is_number ? found->get<double>() : 0.0;
  if (!is_number || !(value >= lowest && value <= highest)) {
    throw Refusal(400, fmt::format("'{}' is missing or no number from {:g} to {:g}; give it", key, lowest, highest));
  }
  return value;
}

double BodyReader::number_or(const char* key, double fallback, double lowest, double highest) {
  asked_.insert(key);
  return has(key) ? number(key, lowest, highest) : fallback;
}

bool BodyReader::truth_or(const char* key, bool fallback) {
  asked_.insert(key);
  const auto found = body_->find(key);
  if (found == body_->end()) {
    return fallback;
  }
  if (!found->is_boolean()) {
    throw Refusal(400, fmt::format("'{}' is neither true nor false; give one of them", key));
  }
  return found->get<bool>();
}

void BodyReader::finish() const {
  for (const auto& [key, value] : body_->items()) {
    if (!asked_.contains(key)) {
      throw Refusal(400, fmt::format("'{}' is no key of this command; leave it out", printable(key, 40)));
    }
  }
}

nlohmann::json parse_body(const std::string& text) {
  nlohmann::json body = nlohmann::json::parse(text, nullptr, false);
  if (body.is_discarded() || !body.is_object()) {
    throw Refusal(400, "the body is no JSON object; send {} at least");
  }
  return body;
}

}  // namespace xingu::console
