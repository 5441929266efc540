// SPDX-License-Identifier: Apache-2.0
#include "base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"

namespace xingu {
namespace fs = std::filesystem;

namespace {

std::vector<fs::path>& shipped_roots() {
  static std::vector<fs::path> roots;
  return roots;
}

/// The folder that the user chose for shipped files; empty where none is.
fs::path chosen_root() {
  const char* const variable = std::getenv("XINGU_DATA");
  return variable == nullptr ? fs::path{} : fs::path(variable);
}

/// "./data/x" and "/data/x" mean that file and no other.
bool is_named_by_place(const fs::path& path) { return path.is_absolute() || path.native().starts_with('.'); }

/// Where shipped files are looked for beside the working folder.
std::vector<fs::path> searched_roots() {
  std::vector<fs::path> roots;
  if (const fs::path chosen = chosen_root(); !chosen.empty()) {
    roots.push_back(chosen);
  }
  for (const fs::path& root : shipped_roots()) {
    if (std::ranges::find(roots, root) == roots.end()) {
      roots.push_back(root);
    }
  }
  return roots;
}

/// What the shipped data hold in the folder of `relative`, or the nearest one above it that exists: "; did you mean
/// 'a'? There are a, b".
std::string shipped_beside(const std::vector<fs::path>& roots, const fs::path& relative) {
  for (fs::path folder = relative.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    for (const fs::path& root : roots) {
      if (fs::is_directory(root / folder)) {
        const bool wants_folders = folder != relative.parent_path();
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(root / folder)) {
          if (entry.is_directory() == wants_folders) {
            names.push_back(entry.path().stem().string());
          }
        }
        std::ranges::sort(names);
        fs::path wanted = relative;
        while (wanted.parent_path() != folder) {
          wanted = wanted.parent_path();
        }
        const std::string nearest = nearest_name(wanted.stem().string(), names);
        return fmt::format("; {}there are {}", nearest.empty() ? "" : fmt::format("did you mean '{}'? ", nearest),
                           fmt::join(names, ", "));
      }
    }
  }
  return {};
}

/// Warns once of each file and text.
void tell_once(const fs::path& file, const std::string& text) {
  static std::mutex mutex;
  static std::set<std::pair<fs::path, std::string>> told;
  const std::scoped_lock lock(mutex);
  if (told.emplace(file, text).second) {
    log_warning("{}: {}", file.string(), text);
  }
}

/// Says that the working folder's file stands in for a shipped one: nobody asked for that by name.
void tell_of_shadow(const fs::path& relative, const std::vector<fs::path>& roots) {
  std::error_code error;
  const auto is_shadowed = [&](const fs::path& root) {
    return fs::exists(root / relative, error) && !fs::equivalent(root / relative, relative, error);
  };
  if (!is_named_by_place(relative) && std::ranges::any_of(roots, is_shadowed)) {
    tell_once(relative, fmt::format("taken from the working folder ({}), not from what Xingu ships",
                                    fs::current_path(error).string()));
  }
}

/// The file in the chosen folder, if one was chosen and has it.
std::optional<fs::path> find_chosen(const fs::path& relative) {
  std::error_code error;
  const fs::path chosen = chosen_root();
  const bool is_there = !chosen.empty() && !is_named_by_place(relative) && fs::exists(chosen / relative, error);
  return is_there ? std::optional(chosen / relative) : std::nullopt;
}

void sync_path(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace

void write_file_with(const fs::path& path, const std::function<void(const fs::path&)>& writer) {
  const fs::path temporary = path.parent_path() / fmt::format(".{}.{}.part", path.filename().string(), ::getpid());
  try {
    writer(temporary);
    sync_path(temporary);
    fs::rename(temporary, path);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw EnvironmentError(fmt::format("{}: could not be written ({}); check the folder and the free space",
                                       path.string(), error.code().message()));
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file(const fs::path& path, std::string_view content) {
  write_file_with(path, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.flush();
    if (!out) {
      throw EnvironmentError(fmt::format("{}: could not be written ({}); check the folder and the free space",
                                         path.string(), std::strerror(errno)));
    }
  });
}

std::string read_file(const fs::path& path, std::uintmax_t limit_bytes) {
  std::error_code error;
  XINGU_REQUIRE(fs::is_regular_file(path, error), "{}: no such file; check the path", path.string());
  const auto size = fs::file_size(path, error);
  XINGU_REQUIRE(!error && size <= limit_bytes,
                "{}: {} bytes are more than this kind of file may have ({}); check the path", path.string(), size,
                limit_bytes);
  std::ifstream in(path, std::ios::binary);
  std::string content(size, '\0');
  in.read(content.data(), static_cast<std::streamsize>(size));
  XINGU_REQUIRE(static_cast<std::uintmax_t>(in.gcount()) == size,
                "{}: could not be read to its end; check the file and its rights", path.string());
  return content;
}

std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t start) {
  std::uint64_t hash = start;
  for (const std::byte b : bytes) {
    hash = (hash ^ static_cast<std::uint64_t>(b)) * 1099511628211ULL;
  }
  return hash;
}

std::uint64_t hash_text(std::string_view text, std::uint64_t start) {
  return hash_bytes(std::as_bytes(std::span(text.data(), text.size())), start);
}

void add_shipped_root(const fs::path& root) { shipped_roots().push_back(root); }

std::vector<fs::path> find_all_shipped(const fs::path& relative) {
  std::vector<fs::path> places;
  if (const auto chosen = find_chosen(relative)) {
    places.push_back(*chosen);
  }
  places.push_back(relative);
  for (const fs::path& root : searched_roots()) {
    places.push_back(root / relative);
  }
  std::vector<fs::path> found;
  for (const fs::path& place : places) {
    std::error_code error;
    const auto is_same = [&](const fs::path& known) { return fs::equivalent(known, place, error); };
    if (fs::exists(place, error) && std::ranges::none_of(found, is_same)) {
      found.push_back(place);
    }
  }
  return found;
}

fs::path find_shipped(const fs::path& relative) {
  if (const auto chosen = find_chosen(relative)) {
    std::error_code error;
    if (fs::exists(relative, error) && !fs::equivalent(relative, *chosen, error)) {
      tell_once(relative,
                fmt::format("taken from XINGU_DATA ({}), not from the working folder", chosen_root().string()));
    }
    return *chosen;
  }
  const std::vector<fs::path> roots = searched_roots();
  if (fs::exists(relative)) {
    tell_of_shadow(relative, roots);
    return relative;
  }
  std::string searched;
  for (const auto& root : roots) {
    if (fs::exists(root / relative)) {
      return root / relative;
    }
    searched += searched.empty() ? root.string() : ", " + root.string();
  }
  fail_input("{}: no such file here or in the shipped data ({}); check the name or set XINGU_DATA{}", relative.string(),
             searched, shipped_beside(roots, relative));
}

}  // namespace xingu
