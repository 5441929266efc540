// SPDX-License-Identifier: Apache-2.0
#include "patient/tg263.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu {
namespace {

enum class Side { none, left, right };

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// Latin letters with marks, without them (UTF-8, U+00C0 to U+00FF).
std::string without_accents(std::string_view text) {
  static constexpr std::array<std::string_view, 64> plain{
      "A", "A", "A", "A", "A", "A", "AE", "C", "E",  "E",  "E", "E", "I", "I", "I", "I", "D",  "N", "O",  "O", "O", "O",
      "O", " ", "O", "U", "U", "U", "U",  "Y", "TH", "ss", "a", "a", "a", "a", "a", "a", "ae", "c", "e",  "e", "e", "e",
      "i", "i", "i", "i", "d", "n", "o",  "o", "o",  "o",  "o", " ", "o", "u", "u", "u", "u",  "y", "th", "y"};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (static_cast<unsigned char>(text[i]) == 0xC3 && next >= 0x80 && next <= 0xBF) {
      result += plain[next - 0x80U];
      ++i;
    } else if (text.substr(i, 2) == "\xC5\x93") {  // œ
      result += "oe";
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// Words of a name as they are written: split at signs, blanks, before a capital after a small letter, and between
/// letters, digits and other scripts.
std::vector<std::string> written_words(std::string_view name) {
  const auto kind = [](char c) {
    return is_digit(c) ? 1 : is_upper(c) || is_lower(c) ? 2 : is_beyond_ascii(c) ? 3 : 0;
  };
  std::vector<std::string> words;
  std::string word;
  char before = ' ';
  for (const char c : without_accents(name)) {
    const bool starts_word = kind(c) != kind(before) || (is_lower(before) && is_upper(c));
    if (starts_word && !word.empty()) {
      words.push_back(word);
      word.clear();
    }
    if (kind(c) != 0) {
      word += c;
    }
    before = c;
  }
  if (!word.empty()) {
    words.push_back(word);
  }
  return words;
}

/// The same in lower case.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words = written_words(name);
  std::ranges::transform(words, words.begin(), [](const std::string& word) { return to_lower(word); });
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) {
    result += word;
  }
  return result;
}

std::string joined_in_order(std::vector<std::string> words) {
  std::ranges::sort(words);
  return joined(words);
}

Side side_of_word(std::string_view word) {
  static const std::set<std::string_view> left{"l",         "left",      "lt",       "lft",      "li",       "links",
                                               "linke",     "linker",    "linkes",   "g",        "gauche",   "izq",
                                               "izquierdo", "izquierda", "esq",      "esquerdo", "esquerda", "sin",
                                               "sinister",  "sinistra",  "sinistro", "sx"};
  static const std::set<std::string_view> right{"r",      "right",   "rt",      "rgt",    "re",      "rechts",
                                                "rechte", "rechter", "rechtes", "d",      "droit",   "droite",
                                                "der",    "derecho", "derecha", "dir",    "direito", "direita",
                                                "dexter", "dext",    "destra",  "destro", "dx"};
  return left.contains(word) ? Side::left : right.contains(word) ? Side::right : Side::none;
}

struct SidedWords {
  std::vector<std::string> words;
  Side side = Side::none;
};

/// Takes the words for left and right off, at the ends first: "links" may also stand inside.
SidedWords take_side(const std::vector<std::string>& words) {
  SidedWords result{words, Side::none};
  const auto take = [&](std::size_t i) {
    const Side side = side_of_word(result.words[i]);
    if (result.side == Side::none && side != Side::none && result.words.size() > 1) {
      result.side = side;
      result.words.erase(result.words.begin() + static_cast<std::ptrdiff_t>(i));
    }
  };
  take(result.words.size() - 1);
  for (std::size_t i = 0; i < result.words.size() && result.side == Side::none; ++i) {
    take(i);
  }
  // 左 and 右 stand before or behind the organ without a gap
  for (std::string& word : result.words) {
    for (const auto& [sign, side] : {std::pair{"左", Side::left}, std::pair{"右", Side::right}}) {
      const std::string_view text(sign);
      if (result.side != Side::none || word.size() <= text.size()) {
        continue;
      }
      if (word.starts_with(text)) {
        word.erase(0, text.size());
        result.side = side;
      } else if (word.ends_with(text)) {
        word.erase(word.size() - text.size());
        result.side = side;
      }
    }
  }
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

std::optional<int> number_of(const std::string& word) {
  int value = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), value);
  return parsed.ec == std::errc{} && parsed.ptr == word.data() + word.size() ? std::optional(value) : std::nullopt;
}

/// "CTV_VT", "PTV1_Eval": a target's type in capitals, perhaps a number, then suffixes behind underscores, which are
/// free text (TG-263, section on targets) and stay as they are written.
bool is_type_and_suffix(std::string_view name, std::string_view type) {
  if (!name.starts_with(type)) {
    return false;
  }
  name.remove_prefix(type.size());
  name.remove_prefix(std::min(name.find_first_not_of("0123456789"), name.size()));
  while (!name.empty()) {
    const auto end = std::min(name.find('_', 1), name.size());
    const auto suffix = name.substr(1, end - 1);
    const bool is_plain = std::ranges::all_of(suffix, [](char c) { return is_digit(c) || is_upper(c) || is_lower(c); });
    if (name.front() != '_' || suffix.empty() || !is_plain || is_lower(suffix.front())) {
      return false;
    }
    name.remove_prefix(end);
  }
  return true;
}

/// Targets: a type, then a dose or a number. Doses up to 120 are taken for Gy, from 1000 on for cGy.
std::optional<Tg263Match> match_target(std::string_view name) {
  static const std::array<std::string, 6> types{"PTV", "CTV", "GTV", "ITV", "IGTV", "ICTV"};
  const std::vector<std::string> written = written_words(name);
  const std::vector<std::string> words = words_of(name);
  if (words.empty()) {
    return std::nullopt;
  }
  const auto* const type = std::ranges::find(types, words[0], to_lower);
  if (type == types.end()) {
    return std::nullopt;
  }
  std::string standard = *type;
  std::string rest;
  bool has_dose = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const auto number = number_of(words[i]);
    const bool has_unit = i + 1 < words.size() && (words[i + 1] == "gy" || words[i + 1] == "cgy");
    const bool is_cgy = has_unit && words[i + 1] == "cgy";
    if (number && !has_dose && (has_unit || *number >= 20)) {
      const int cgy = is_cgy || *number >= 1000 ? *number : *number * 100;
      rest += fmt::format("_{}", cgy);
      has_dose = true;
      i += has_unit ? 1 : 0;
    } else if (number) {
      standard += rest.empty() ? words[i] : "";
      rest += rest.empty() ? "" : "_" + words[i];
    } else {
      std::string word = written[i];
      word[0] = is_lower(word[0]) ? static_cast<char>(word[0] - 32) : word[0];
      rest += "_" + word;
    }
  }
  standard += rest;
  if (standard == name || (!has_dose && is_type_and_suffix(name, *type))) {
    return Tg263Match{std::string(name), 1.0, "standard name"};
  }
  return has_dose ? Tg263Match{standard, 0.85, "target with its dose in cGy"}
                  : Tg263Match{standard, 0.95, "other spelling"};
}

/// "cord PRV 5 mm": the organ's name before and the margin in mm behind PRV.
struct PlanningVolume {
  std::string organ;
  std::optional<int> margin_mm;
};

std::optional<PlanningVolume> planning_volume(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  const auto prv = std::ranges::find(words, "prv");
  if (prv == words.end() || words.size() < 2) {
    return std::nullopt;
  }
  PlanningVolume result;
  for (auto word = words.begin(); word != words.end(); ++word) {
    const auto number = number_of(*word);
    if (number && *number < 100) {
      result.margin_mm = number;
    } else if (word != prv && *word != "mm") {
      result.organ += (result.organ.empty() ? "" : "_") + *word;
    }
  }
  return result.organ.empty() ? std::nullopt : std::optional(result);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  const auto last = text.find_last_not_of(" \t\r");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
}

}  // namespace

Tg263Table Tg263Table::read(const std::filesystem::path& path) {
  return parse(read_file(path, 4ULL << 20), path.string());
}

void Tg263Table::add_key(std::string_view words, std::size_t entry, std::string_view known_as, char side) {
  const std::vector<std::string> parts = words_of(words);
  keys_.try_emplace(joined(parts), Key{entry, std::string(known_as), side});
  sorted_keys_.try_emplace(joined_in_order(parts), Key{entry, std::string(known_as), side});
}

Tg263Table Tg263Table::parse(std::string_view csv, const std::string& file) {
  Tg263Table table;
  std::vector<std::string_view> synonyms;
  int line_number = 0;
  bool is_heading = true;
  while (!csv.empty()) {
    const std::size_t end = std::min(csv.find('\n'), csv.size());
    const std::string_view line = trimmed(csv.substr(0, end));
    csv.remove_prefix(std::min(end + 1, csv.size()));
    ++line_number;
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    if (std::exchange(is_heading, false)) {
      continue;
    }
    const std::size_t first = line.find(',');
    const std::size_t second = first == std::string_view::npos ? first : line.find(',', first + 1);
    XINGU_REQUIRE(second != std::string_view::npos && first > 0,
                  "{}:{}: not 'name,sides,other names' (two commas are needed); correct that line", file, line_number);
    const std::string_view sides = trimmed(line.substr(first + 1, second - first - 1));
    XINGU_REQUIRE(sides == "yes" || sides == "no", "{}:{}: sides is '{}' (it must be yes or no); correct that line",
                  file, line_number, printable(sides, 20));
    table.entries_.push_back({std::string(trimmed(line.substr(0, first))), sides == "yes"});
    synonyms.push_back(line.substr(second + 1));
  }
  // standard names first: another name of one organ must not hide the standard name of another
  for (std::size_t i = 0; i < table.entries_.size(); ++i) {
    table.add_key(table.entries_[i].name, i, "");
  }
  for (std::size_t i = 0; i < table.entries_.size(); ++i) {
    for (std::string_view rest = synonyms[i]; !rest.empty();) {
      const std::size_t end = std::min(rest.find('|'), rest.size());
      auto synonym = trimmed(rest.substr(0, end));
      const bool says_side = synonym.ends_with("=L") || synonym.ends_with("=R");
      const char side = says_side ? synonym.back() : ' ';
      synonym.remove_suffix(says_side ? 2 : 0);
      if (!synonym.empty()) {
        table.add_key(synonym, i, synonym, side);
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return table;
}

std::vector<std::string> Tg263Table::names() const {
  std::vector<std::string> result;
  for (const Entry& entry : entries_) {
    result.push_back(entry.name);
  }
  return result;
}

Tg263Match Tg263Table::match_organ(std::string_view name) const {
  const std::vector<std::string> all_words = words_of(name);
  if (all_words.empty()) {
    return {};
  }
  const auto finish = [&](const Key& key, Side side, double confidence, std::string reason) {
    const Entry& entry = entries_[key.entry];
    side = key.side == 'L' ? Side::left : key.side == 'R' ? Side::right : side;
    Tg263Match match{entry.name, confidence, std::move(reason)};
    if (entry.has_sides && side != Side::none) {
      match.name += side == Side::left ? "_L" : "_R";
    } else if (entry.has_sides) {
      match.confidence = std::min(confidence, 0.5);
      match.reason = "side is not stated";
    } else if (side != Side::none) {
      match.confidence = std::min(confidence, 0.4);
      match.reason = "has no sides";
    }
    if (match.name == name) {
      match.confidence = entry.has_sides && side == Side::none ? 0.5 : 1.0;
      match.reason = match.confidence < 1 ? match.reason : "standard name";
    }
    return match;
  };
  const auto found = [&](const std::map<std::string, Key, std::less<>>& keys, const std::string& word,
                         Side side) -> std::optional<Tg263Match> {
    const auto key = keys.find(word);
    if (key == keys.end() || (side != Side::none && !entries_[key->second.entry].has_sides)) {
      return std::nullopt;
    }
    const bool is_ordered = &keys == &keys_;
    if (key->second.known_as.empty()) {
      return finish(key->second, side, is_ordered ? 0.95 : 0.8, is_ordered ? "other spelling" : "words in other order");
    }
    return finish(key->second, side, is_ordered ? 0.9 : 0.8, fmt::format("known as {}", key->second.known_as));
  };
  const auto [words, side] = take_side(all_words);
  // as it stands first: "Canal_Anal" has no side although "l" ends it, "LV" says its own
  if (const auto match = found(keys_, joined(all_words), Side::none); match && match->confidence > 0.5) {
    return *match;
  }
  for (const auto* keys : {&keys_, &sorted_keys_}) {
    const auto& order = *keys;
    const std::string key = keys == &keys_ ? joined(words) : joined_in_order(words);
    if (const auto match = found(order, key, side); match) {
      return *match;
    }
  }
  // a side stuck to the end or the beginning: "parotidl", "rlung"
  if (const std::string key = joined(all_words); side == Side::none && key.size() > 3) {
    for (const auto& [rest, letter] :
         {std::pair{key.substr(0, key.size() - 1), key.back()}, std::pair{key.substr(1), key.front()}}) {
      const Side stuck = letter == 'l' ? Side::left : letter == 'r' ? Side::right : Side::none;
      if (const auto match = stuck != Side::none ? found(keys_, rest, stuck) : std::nullopt; match) {
        return *match;
      }
    }
  }
  // last, by likeness
  const std::string key = joined(words);
  const std::size_t allowed = key.size() >= 9 ? 2 : key.size() >= 5 ? 1 : 0;
  const Key* nearest = nullptr;
  std::size_t least = allowed + 1;
  std::string like;
  for (const auto& [candidate, entry] : keys_) {
    const std::size_t longer = std::max(candidate.size(), key.size());
    const std::size_t shorter = std::min(candidate.size(), key.size());
    if (longer - shorter < least && candidate.size() >= 5) {
      const std::size_t distance = edit_distance(candidate, key);
      if (distance < least) {
        least = distance;
        nearest = &entry;
        like = entry.known_as.empty() ? entries_[entry.entry].name : entry.known_as;
      }
    }
  }
  return nearest != nullptr ? finish(*nearest, side, 0.6, fmt::format("similar to {}", like)) : Tg263Match{};
}

Tg263Match Tg263Table::match(std::string_view name) const {
  const std::string_view text = trimmed(name).substr(0, 128);
  if (text.empty() || text.front() == '_' ||
      ((text.front() == 'z' || text.front() == 'Z') && text.size() > 1 && !is_lower(text[1]))) {
    return {"", 0.0, "not part of the nomenclature: an optimisation structure"};
  }
  if (auto target = match_target(text); target) {
    return *target;
  }
  if (const auto volume = planning_volume(text); volume) {
    Tg263Match match = match_organ(volume->organ);
    if (!match.name.empty()) {
      match.name += volume->margin_mm ? fmt::format("_PRV{:02}", *volume->margin_mm) : "_PRV";
      match.reason = match.name == text ? "standard name" : match.reason;
      match.confidence = match.name == text ? 1.0 : match.confidence;
    }
    return match;
  }
  return match_organ(text);
}

Tg263Match match_tg263(std::string_view name) {
  static const Tg263Table table = Tg263Table::read(find_shipped("data/tg263_names.csv"));
  return table.match(name);
}

}  // namespace xingu
