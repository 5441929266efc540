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

/// A name beside a file that no other process uses and no listing shows.
fs::path hidden_beside(const fs::path& path, std::string_view suffix) {
  return path.parent_path() / fmt::format(".{}.{}.{}", path.filename().string(), ::getpid(), suffix);
}

[[noreturn]] void fail_writing(const fs::path& path, const std::string& why) {
  throw EnvironmentError(
      fmt::format("{}: could not be written ({}); check the folder and the free space", path.string(), why));
}

/// @param path  as messages name what is written to `temporary`
void write_content(const fs::path& temporary, std::string_view content, const fs::path& path) {
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.flush();
  if (!out) {
    fail_writing(path, std::strerror(errno));
  }
}

/// Renames of files, taken back in the reverse order unless they are kept.
class Renames {
 public:
  Renames() = default;
  Renames(const Renames&) = delete;
  Renames& operator=(const Renames&) = delete;
  ~Renames() {
    std::error_code ignored;
    for (auto done = done_.rbegin(); done != done_.rend(); ++done) {
      fs::rename(done->second, done->first, ignored);
    }
  }
  void rename(const fs::path& from, const fs::path& to) {
    fs::rename(from, to);
    done_.emplace_back(from, to);
  }
  void keep() { done_.clear(); }

 private:
  std::vector<std::pair<fs::path, fs::path>> done_;
};

/// Files that are removed when the object goes, where they are there.
struct Temporaries {
  std::vector<fs::path> paths;
  Temporaries() = default;
  Temporaries(const Temporaries&) = delete;
  Temporaries& operator=(const Temporaries&) = delete;
  ~Temporaries() {
    std::error_code ignored;
    for (const fs::path& path : paths) {
      fs::remove(path, ignored);
    }
  }
};

}  // namespace

void write_file_with(const fs::path& path, const std::function<void(const fs::path&)>& writer) {
  const fs::path temporary = hidden_beside(path, "part");
  try {
    writer(temporary);
    sync_path(temporary);
    fs::rename(temporary, path);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    fail_writing(path, error.code().message());
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

void write_file(const fs::path& path, std::string_view content) {
  write_file_with(path, [&](const fs::path& temporary) { write_content(temporary, content, path); });
}

void write_files_together(const std::vector<FileContent>& files, const std::vector<fs::path>& gone) {
  Temporaries parts;
  for (const FileContent& file : files) {
    parts.paths.push_back(hidden_beside(file.path, "part"));
    write_content(parts.paths.back(), file.content, file.path);
    sync_path(parts.paths.back());
  }
  std::vector<fs::path> places = gone;
  for (const FileContent& file : files) {
    places.push_back(file.path);
  }
  Temporaries replaced;  // goes behind the renames: what these put back is not there any more
  Renames renames;
  fs::path at;
  try {
    for (auto place = places.rbegin(); place != places.rend(); ++place) {
      at = *place;
      if (fs::exists(fs::symlink_status(at))) {
        if (fs::is_directory(at)) {
          fail_writing(at, "a folder has its name");
        }
        renames.rename(at, hidden_beside(at, "old"));
        replaced.paths.push_back(hidden_beside(at, "old"));
      }
    }
    for (std::size_t f = 0; f < files.size(); ++f) {
      at = files[f].path;
      renames.rename(parts.paths[f], at);
    }
  } catch (const fs::filesystem_error& error) {
    fail_writing(at, error.code().message());
  }
  renames.keep();
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
