// SPDX-License-Identifier: Apache-2.0
#include "console/content.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/files.h"

namespace xingu::console {
namespace {

constexpr const char* page_missing =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Xingu console</title>"
    "<body><h1>The page is not built</h1><p>Run <code>npm ci &amp;&amp; npm run build</code> in the folder "
    "<code>web</code>, then start the console again. Its interface below <code>/api</code> works without it.</p>"
    "<p>SIMULATION: NOT FOR CLINICAL USE</p></body></html>";

}  // namespace

std::string media_type(const std::filesystem::path& name) {
  constexpr std::array<std::pair<const char*, const char*>, 12> types{{{".html", "text/html; charset=utf-8"},
                                                                       {".js", "text/javascript; charset=utf-8"},
                                                                       {".css", "text/css; charset=utf-8"},
                                                                       {".json", "application/json"},
                                                                       {".svg", "image/svg+xml"},
                                                                       {".png", "image/png"},
                                                                       {".ico", "image/x-icon"},
                                                                       {".woff2", "font/woff2"},
                                                                       {".wasm", "application/wasm"},
                                                                       {".urdf", "application/xml"},
                                                                       {".stl", "model/stl"},
                                                                       {".txt", "text/plain; charset=utf-8"}}};
  for (const auto& [suffix, type] : types) {
    if (name.extension() == suffix) {
      return type;
    }
  }
  return "application/octet-stream";
}

void Content::add(const std::string& path, std::string type, std::string bytes) {
  documents_[path] = {std::move(type), std::make_shared<const std::string>(std::move(bytes)), false};
}

void Content::add_page(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  const auto add_open = [&](const std::string& path, std::string type, std::string bytes) {
    add(path, std::move(type), std::move(bytes));
    documents_[path].is_open = true;
  };
  if (!fs::is_regular_file(folder / "index.html")) {
    add_open("/", "text/html; charset=utf-8", page_missing);
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      const std::string name = fmt::format("/{}", fs::relative(entry.path(), folder).generic_string());
      add_open(name, media_type(entry.path()), read_file(entry.path()));
    }
  }
  documents_["/"] = documents_.at("/index.html");
}

const Document* Content::find(const std::string& path) const {
  const auto found = documents_.find(path);
  return found == documents_.end() ? nullptr : &found->second;
}

}  // namespace xingu::console
