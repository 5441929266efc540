// SPDX-License-Identifier: Apache-2.0
#include "base/toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace xingu {
namespace {

struct File {
  std::string name;
  toml::table root;
  std::map<const toml::table*, std::set<std::string, std::less<>>> asked;
};

}  // namespace

struct TomlTable::Impl {
  std::shared_ptr<File> file;
  const toml::table* table;
  std::string path;

  const toml::node* find(std::string_view key) const {
    file->asked[table].insert(std::string(key));
    return table->get(key);
  }
};

TomlTable::TomlTable(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

TomlTable TomlTable::parse(std::string_view text, const std::string& name) {
  auto file = std::make_shared<File>();
  file->name = name;
  try {
    file->root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    fail_input("{}:{}: not valid TOML ({}); correct that line", name, error.source().begin.line,
               std::string(error.description()));
  }
  const toml::table* root = &file->root;
  file->asked[root];
  return TomlTable(std::make_shared<Impl>(Impl{std::move(file), root, ""}));
}

TomlTable TomlTable::read(const std::filesystem::path& path) {
  return parse(read_file(path, 4ULL << 20), path.string());
}

std::string TomlTable::where() const {
  return impl_->path.empty() ? impl_->file->name : fmt::format("{}: [{}]", impl_->file->name, impl_->path);
}

void TomlTable::fail(std::string_view key, std::string_view complaint) const {
  const toml::node* node = impl_->table->get(key);
  const auto line = node != nullptr ? node->source().begin.line : impl_->table->source().begin.line;
  fail_input("{}:{}: {}{}{} {}", impl_->file->name, line, impl_->path, impl_->path.empty() ? "" : ".", key, complaint);
}

std::string TomlTable::unread_key_like(std::string_view key) const {
  std::vector<std::string> unread;
  const auto& asked = impl_->file->asked[impl_->table];
  for (const auto& [name, node] : *impl_->table) {
    if (!asked.contains(name.str())) {
      unread.emplace_back(name.str());
    }
  }
  return nearest_name(key, unread);
}

void TomlTable::fail_missing(std::string_view key, std::string_view advice) const {
  const std::string like_it = unread_key_like(key);
  if (like_it.empty()) {
    fail(key, fmt::format("is missing; {}", advice));
  }
  fail_input("{}:{}: {}{}{} is missing; is it meant by '{}'?", impl_->file->name,
             impl_->table->get(like_it)->source().begin.line, impl_->path, impl_->path.empty() ? "" : ".", key,
             like_it);
}

bool TomlTable::has(std::string_view key) const { return impl_->find(key) != nullptr; }

double TomlTable::number(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    fail_missing(key, "add it as a number");
  }
  const auto value = node->value<double>();
  if (!value || !node->is_number()) {
    fail(key, "is not a number; write for example 2.5");
  }
  if (!(std::abs(*value) < 1e300)) {
    fail(key, "is not finite; give a finite number");
  }
  return *value;
}

std::int64_t TomlTable::integer(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    fail_missing(key, "add it as a whole number");
  }
  const auto* value = node->as_integer();
  if (value == nullptr) {
    fail(key, "is not a whole number; write for example 5");
  }
  return value->get();
}

std::string TomlTable::text(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    fail_missing(key, "add it as text in quotes");
  }
  const auto* value = node->as_string();
  if (value == nullptr) {
    fail(key, "is not text; write it in quotes");
  }
  return value->get();
}

bool TomlTable::flag(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    fail_missing(key, "add it as true or false");
  }
  const auto* value = node->as_boolean();
  if (value == nullptr) {
    fail(key, "is neither true nor false");
  }
  return value->get();
}

std::vector<double> TomlTable::numbers(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    fail_missing(key, "add it as an array, for example [1.0, 2.0]");
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key, "is not an array; write for example [1.0, 2.0]");
  }
  std::vector<double> result;
  result.reserve(array->size());
  for (const auto& element : *array) {
    const auto value = element.value<double>();
    if (!value || !element.is_number() || !(std::abs(*value) < 1e300)) {
      fail(key, "has an element that is not a finite number");
    }
    result.push_back(*value);
  }
  return result;
}

std::vector<std::string> TomlTable::texts(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    fail_missing(key, "add it as an array, for example [\"Heart\", \"Lung_L\"]");
  }
  if (node->is_string()) {
    return {node->as_string()->get()};
  }
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    fail(key, "is not an array; write for example [\"Heart\", \"Lung_L\"]");
  }
  std::vector<std::string> result;
  for (const auto& element : *array) {
    if (!element.is_string()) {
      fail(key, "has an element that is not text");
    }
    result.push_back(element.as_string()->get());
  }
  return result;
}

double TomlTable::number(std::string_view key, double fallback) const { return has(key) ? number(key) : fallback; }

std::int64_t TomlTable::integer(std::string_view key, std::int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

std::string TomlTable::text(std::string_view key, std::string_view fallback) const {
  return has(key) ? text(key) : std::string(fallback);
}

bool TomlTable::flag(std::string_view key, bool fallback) const { return has(key) ? flag(key) : fallback; }

std::optional<TomlTable> TomlTable::optional_table(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    return std::nullopt;
  }
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    fail(key, "is not a table; write it as [table]");
  }
  impl_->file->asked[table];
  return TomlTable(std::make_shared<Impl>(
      Impl{impl_->file, table, impl_->path.empty() ? std::string(key) : fmt::format("{}.{}", impl_->path, key)}));
}

TomlTable TomlTable::table(std::string_view key) const {
  auto result = optional_table(key);
  if (!result) {
    fail_missing(key, "add the table");
  }
  return *result;
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  const toml::node* node = impl_->find(key);
  if (node == nullptr) {
    return {};
  }
  const toml::array* array = node->as_array();
  if (array == nullptr || !std::ranges::all_of(*array, [](const auto& n) { return n.is_table(); })) {
    fail(key, fmt::format("is not an array of tables; write each as [[{}]]", key));
  }
  std::vector<TomlTable> result;
  for (const auto& element : *array) {
    const toml::table* table = element.as_table();
    impl_->file->asked[table];
    result.push_back(TomlTable(std::make_shared<Impl>(
        Impl{impl_->file, table, fmt::format("{}{}{}", impl_->path, impl_->path.empty() ? "" : ".", key)})));
  }
  return result;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::pair<toml::source_index, std::string>> ordered;
  for (const auto& [key, node] : *impl_->table) {
    ordered.emplace_back(node.source().begin.line, std::string(key.str()));
  }
  std::ranges::stable_sort(ordered, {}, &std::pair<toml::source_index, std::string>::first);
  std::vector<std::string> result;
  for (auto& [line, key] : ordered) {
    result.push_back(std::move(key));
  }
  return result;
}

void TomlTable::finish() const {
  for (const auto& [table, asked] : impl_->file->asked) {
    for (const auto& [key, node] : *table) {
      if (asked.contains(key.str())) {
        continue;
      }
      const std::string nearest = nearest_name(key.str(), {asked.begin(), asked.end()});
      fail_input("{}:{}: the key '{}' is not known here (it would be ignored){}", impl_->file->name,
                 node.source().begin.line, std::string(key.str()),
                 nearest.empty() ? std::string("; remove it") : fmt::format("; did you mean '{}'?", nearest));
    }
  }
}

}  // namespace xingu
