// SPDX-License-Identifier: Apache-2.0
#include "console/access.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace xingu::console {
namespace {

constexpr std::size_t most_peers = 1024;
constexpr std::string_view bearer = "Bearer ";
constexpr std::string_view protocol = "xingu.v1";
constexpr std::string_view token_protocol = "token.";

/// The comma-separated parts of a header, without blanks around them.
std::vector<std::string_view> parts_of(std::string_view header) {
  std::vector<std::string_view> parts;
  while (!header.empty()) {
    const std::size_t comma = std::min(header.find(','), header.size());
    std::string_view part = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    while (!part.empty() && part.front() == ' ') {
      part.remove_prefix(1);
    }
    while (!part.empty() && part.back() == ' ') {
      part.remove_suffix(1);
    }
    parts.push_back(part);
  }
  return parts;
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::ranges::transform(small, small.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return small;
}

}  // namespace

bool is_same_secret(std::string_view given, std::string_view secret) noexcept {
  return given.size() == secret.size() && CRYPTO_memcmp(given.data(), secret.data(), secret.size()) == 0;
}

std::string random_hex(int bytes) {
  std::vector<unsigned char> random(static_cast<std::size_t>(bytes));
  if (RAND_bytes(random.data(), bytes) != 1) {
    throw EnvironmentError("the system gives no random numbers (tokens could be guessed); give tokens");
  }
  std::string text;
  for (const unsigned char byte : random) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

Access::Access(std::string viewer_token, std::string operator_token, std::set<std::string> hosts)
    : viewer_token_(std::move(viewer_token)), operator_token_(std::move(operator_token)), hosts_(std::move(hosts)) {}

std::optional<Role> Access::role_of_token(std::string_view token) const noexcept {
  // both are compared always, so that the time does not tell which it was near
  const bool is_operator = is_same_secret(token, operator_token_);
  const bool is_viewer = is_same_secret(token, viewer_token_);
  if (is_operator) {
    return Role::operating;
  }
  return is_viewer ? std::optional(Role::viewer) : std::nullopt;
}

std::optional<Role> Access::role_of_bearer(std::string_view header) const noexcept {
  return header.starts_with(bearer) ? role_of_token(header.substr(bearer.size())) : std::nullopt;
}

std::optional<Role> Access::role_of_protocols(std::string_view header) const noexcept {
  const auto parts = parts_of(header);
  if (std::ranges::find(parts, protocol) == parts.end()) {
    return std::nullopt;
  }
  for (const std::string_view part : parts) {
    if (part.starts_with(token_protocol)) {
      return role_of_token(part.substr(token_protocol.size()));
    }
  }
  return std::nullopt;
}

bool Access::is_own_host(std::string_view host) const { return hosts_.contains(in_small_letters(host)); }

bool Access::is_own_origin(const std::optional<std::string>& origin) const {
  if (!origin) {
    return true;
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin->starts_with(scheme) && is_own_host(std::string_view(*origin).substr(scheme.size()))) {
      return true;
    }
  }
  return false;
}

std::set<std::string> hosts_of(const std::vector<std::string>& names, std::uint16_t port, std::uint16_t usual_port) {
  std::set<std::string> hosts;
  for (const std::string& name : names) {
    const std::string small = in_small_letters(name);
    hosts.insert(fmt::format("{}:{}", small, port));
    if (port == usual_port) {
      hosts.insert(small);
    }
  }
  return hosts;
}

bool RateLimiter::allows(const std::string& peer, double now_s) {
  if (buckets_.size() >= most_peers && !buckets_.contains(peer)) {
    std::erase_if(buckets_, [&](const auto& one) { return now_s - one.second.at_s > 2.0; });
    if (buckets_.size() >= most_peers) {
      return false;
    }
  }
  const auto [found, is_new] = buckets_.try_emplace(peer, Bucket{2.0 * per_second_, now_s});
  Bucket& bucket = found->second;
  bucket.level = std::min(2.0 * per_second_, bucket.level + per_second_ * std::max(0.0, now_s - bucket.at_s));
  bucket.at_s = now_s;
  if (bucket.level < 1.0) {
    return false;
  }
  bucket.level -= 1.0;
  return true;
}

}  // namespace xingu::console
