// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace xingu::console {

/// What a token lets a person do.
enum class Role : std::uint8_t { viewer, operating };
[[nodiscard]] constexpr std::string_view to_string(Role role) noexcept {
  return role == Role::operating ? "operator" : "viewer";
}

/// Whether two texts are the same, in a time that depends on their lengths only.
[[nodiscard]] bool is_same_secret(std::string_view given, std::string_view secret) noexcept;

/// `bytes` random bytes of the system as hexadecimal digits. @throws EnvironmentError if it has none to give
[[nodiscard]] std::string random_hex(int bytes);

/// Who may ask for what: tokens with their roles, the names the console goes by, and the pages that may speak to it.
/// Immutable.
class Access {
 public:
  /// @param hosts  of hosts_of()
  Access(std::string viewer_token, std::string operator_token, std::set<std::string> hosts);

  [[nodiscard]] std::optional<Role> role_of_token(std::string_view token) const noexcept;
  /// Of an Authorization header: "Bearer TOKEN".
  [[nodiscard]] std::optional<Role> role_of_bearer(std::string_view header) const noexcept;
  /// Of a Sec-WebSocket-Protocol header: "xingu.v1, token.TOKEN". Nothing without the first.
  [[nodiscard]] std::optional<Role> role_of_protocols(std::string_view header) const noexcept;

  /// A page of another site that made its name point here (DNS rebinding) sends its own name as Host.
  [[nodiscard]] bool is_own_host(std::string_view host) const;
  /// A page of another site sends its own Origin; programs send none.
  [[nodiscard]] bool is_own_origin(const std::optional<std::string>& origin) const;

 private:
  std::string viewer_token_;
  std::string operator_token_;
  std::set<std::string> hosts_;
};

/// What browsers send as Host when they reach the given names: each with the port, and alone where the port is the
/// usual one of the scheme, which they leave out. In small letters.
[[nodiscard]] std::set<std::string> hosts_of(const std::vector<std::string>& names, std::uint16_t port,
                                             std::uint16_t usual_port);

/// Allows each peer a number of requests a second, on average, and twice as many at once (a token bucket). Forgets
/// peers that were quiet. One thread.
class RateLimiter {
 public:
  explicit RateLimiter(double per_second) : per_second_(per_second) {}
  [[nodiscard]] bool allows(const std::string& peer, double now_s);

 private:
  struct Bucket {
    double level = 0.0;
    double at_s = 0.0;
  };
  double per_second_;
  std::map<std::string, Bucket> buckets_;
};

}  // namespace xingu::console
