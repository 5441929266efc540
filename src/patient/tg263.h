// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xingu {

/// What a structure is called after AAPM TG-263, as far as its name tells.
struct Tg263Match {
  std::string name;         ///< empty if nothing fits
  double confidence = 0.0;  ///< 1 the standard name itself … 0 nothing fits
  std::string reason;       ///< "standard name", "other spelling", "known as …", "similar to …", "side is not stated"
  [[nodiscard]] bool is_sure() const { return confidence >= 0.75; }
};

/// Maps names of structures to TG-263 names: the standard names, names in other languages and habits of clinics, with
/// left and right in many words, planning volumes (…_PRV05) and targets with their dose (PTV70 becomes PTV_7000). What
/// a name does not say is not guessed: a paired organ without side has a low confidence.
///
/// Confidence: 1 equal; 0.95 equal but for case and signs; 0.9 a known other name; 0.85 a target whose dose was read
/// from its name; 0.8 the same words in other order; 0.6 one or two letters differ; 0.5 no side where there are two.
/// Immutable; safe to use concurrently. Cost O(table) for a name that is not known, O(log table) else.
class Tg263Table {
 public:
  /// @throws InputError if the file is missing or a line is malformed.
  [[nodiscard]] static Tg263Table read(const std::filesystem::path& path);
  [[nodiscard]] static Tg263Table parse(std::string_view csv, const std::string& file);

  [[nodiscard]] Tg263Match match(std::string_view name) const;
  /// All standard names, sided ones without side.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  struct Entry {
    std::string name;
    bool has_sides = false;
  };
  struct Key {
    std::size_t entry;
    std::string known_as;  ///< empty for the standard name itself
    char side = ' ';       ///< L or R where the other name says it
  };
  void add_key(std::string_view words, std::size_t entry, std::string_view known_as, char side = ' ');
  [[nodiscard]] Tg263Match match_organ(std::string_view name) const;

  std::vector<Entry> entries_;
  std::map<std::string, Key, std::less<>> keys_;         ///< joined words
  std::map<std::string, Key, std::less<>> sorted_keys_;  ///< words in alphabetical order, joined
};

/// Match by data/tg263_names.csv, read once.
[[nodiscard]] Tg263Match match_tg263(std::string_view name);

}  // namespace xingu
