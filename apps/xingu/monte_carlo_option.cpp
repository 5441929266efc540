// SPDX-License-Identifier: Apache-2.0
#include "monte_carlo_option.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <charconv>
#include <string_view>

#include "base/error.h"

namespace xingu {

double parse_uncertainty(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (!rest.empty() && rest.front() == ' ') {
    rest.remove_prefix(1);
  }
  XINGU_REQUIRE(error == std::errc{} && (rest.empty() || rest == "%"),
                "--uncertainty '{}' is not a number or a percentage; write for example 1%", text);
  const double relative = rest == "%" ? value / 100 : value;
  XINGU_REQUIRE(relative >= 0.0005 && relative <= 0.2,
                "--uncertainty {} is outside 0.05 % to 20 % (Monte Carlo would not end, or say nothing); write for "
                "example 1%",
                text);
  return relative;
}

mc::DoseTo parse_dose_to(const std::string& text) {
  XINGU_REQUIRE(text == "medium" || text == "water",
                "--dose-to '{}' is not known (dose is stated to 'medium' or to 'water'); give one of them", text);
  return text == "water" ? mc::DoseTo::water : mc::DoseTo::medium;
}

void refuse_unused_by_engine(const CLI::App& command, const std::string& engine,
                             std::initializer_list<const char*> of_mc, std::initializer_list<const char*> of_cones) {
  const bool is_mc = engine == "mc";
  for (const char* name : is_mc ? of_cones : of_mc) {
    XINGU_REQUIRE(command.count(name) == 0,
                  "{} means nothing to {} (it would be ignored); leave it out or give --engine {}", name,
                  is_mc ? "Monte Carlo" : "collapsed cones", is_mc ? "ccc" : "mc");
  }
}

}  // namespace xingu
