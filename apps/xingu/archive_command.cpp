// SPDX-License-Identifier: Apache-2.0
// xingu send, xingu fetch: DICOM objects to an archive and back.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "commands.h"
#include "dicom/archive_fetch.h"
#include "dicom/archive_query.h"
#include "dicom/archive_send.h"
#include "text_table.h"

namespace xingu {
namespace {

using Json = nlohmann::ordered_json;

struct ArchiveOptions {
  std::vector<std::string> paths;
  std::string server;
  std::string own_title = "XINGU";
  int timeout_s = 30;
  std::string patient_id;
  std::string study_uid;
  std::string out;
  std::optional<int> listen_port;
  bool is_move = false;
  bool is_check = false;
  bool is_list = false;
  bool is_json = false;

  [[nodiscard]] ArchiveAccess access() const {
    ArchiveAccess result{parse_archive_server(server), own_title, timeout_s};
    require_valid(result);
    return result;
  }
  [[nodiscard]] FetchWay way() const {
    const FetchWay result{is_move ? FetchWay::Service::move : FetchWay::Service::get_or_move, listen_port};
    require_valid(result);
    return result;
  }
};

void print_json(const Json& json) { fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace)); }

void run_send(const ArchiveOptions& options) {
  const ArchiveAccess access = options.access();
  XINGU_REQUIRE(options.is_check == options.paths.empty(), "{}; give files or folders to send, or --check alone",
                options.is_check ? "--check sends nothing (it only asks whether the server answers)"
                                 : "nothing is to be sent (no file or folder is named)");
  if (options.is_check) {
    echo_archive(access);
    if (options.is_json) {
      print_json({{"server", access.server.text()}, {"answers", true}});
    } else {
      fmt::print("{} answers\n", access.server.text());
    }
    return;
  }
  const ObjectFiles found = find_objects({options.paths.begin(), options.paths.end()});
  const std::vector<StoreRemark> remarks = send_objects(access, found.objects);
  for (const StoreRemark& remark : remarks) {
    log_warning("{}: {}", remark.path.string(), remark.text);
  }
  if (options.is_json) {
    Json objects = Json::array();
    for (const ObjectFile& object : found.objects) {
      objects.push_back({{"file", object.path.string()},
                         {"sop_class_uid", object.sop_class},
                         {"sop_instance_uid", object.sop_instance}});
    }
    print_json({{"server", access.server.text()},
                {"num_sent", found.objects.size()},
                {"num_warnings", remarks.size()},
                {"num_other_files", found.num_other_files},
                {"objects", objects}});
    return;
  }
  fmt::print("{} objects are at {}", found.objects.size(), access.server.text());
  if (found.num_other_files > 0) {
    fmt::print("; {} files are not DICOM and stayed here", found.num_other_files);
  }
  fmt::print("\n");
}

void print_studies(const ArchiveOptions& options, const std::vector<ArchivedStudy>& studies) {
  if (options.is_json) {
    Json list = Json::array();
    for (const ArchivedStudy& s : studies) {
      list.push_back({{"study_uid", s.study_uid},
                      {"patient_id", s.patient_id},
                      {"patient_name", s.patient_name},
                      {"date", s.date},
                      {"description", s.description},
                      {"modalities", s.modalities},
                      {"num_objects", s.num_objects}});
    }
    print_json(list);
    return;
  }
  if (studies.empty()) {
    fmt::print("{} has no such study\n", options.access().server.text());
    return;
  }
  TextTable table({{"patient", Align::left},
                   {"name", Align::left},
                   {"date", Align::left},
                   {"what", Align::left},
                   {"objects", Align::right},
                   {"study", Align::left}});
  for (const ArchivedStudy& s : studies) {
    table.add({s.patient_id, s.patient_name, s.date, s.modalities, s.num_objects, s.study_uid});
  }
  table.print();
}

void run_fetch(const ArchiveOptions& options) {
  const ArchiveAccess access = options.access();
  const FetchWay way = options.way();
  XINGU_REQUIRE(options.is_list || !options.out.empty(),
                "--out is missing (what is fetched needs a folder); give one that does not exist yet, or --list");
  XINGU_REQUIRE(
      options.is_list || !options.patient_id.empty() || !options.study_uid.empty(),
      "neither --patient-id nor --study is given (a whole archive is not fetched); give one, or --list to see "
      "what there is");
  const std::vector<ArchivedStudy> studies = find_studies(access, {options.patient_id, options.study_uid});
  if (options.is_list) {
    print_studies(options, studies);
    return;
  }
  XINGU_REQUIRE(!studies.empty(), "{} has no such study (nothing to fetch); --list shows what it has",
                access.server.text());
  std::vector<std::string> uids;
  for (const ArchivedStudy& study : studies) {
    uids.push_back(study.study_uid);
  }
  const std::vector<FetchedObject> objects = fetch_studies(access, uids, options.out, way);
  if (options.is_json) {
    Json list = Json::array();
    for (const FetchedObject& object : objects) {
      list.push_back({{"file", object.path.string()},
                      {"sop_class_uid", object.sop_class},
                      {"sop_instance_uid", object.sop_instance},
                      {"bytes", object.bytes}});
    }
    print_json({{"server", access.server.text()}, {"study_uids", uids}, {"objects", list}});
    return;
  }
  fmt::print("{} objects of {} stud{} are in {}\n", objects.size(), uids.size(), uids.size() == 1 ? "y" : "ies",
             options.out);
}

void add_access(CLI::App& command, ArchiveOptions& options, const char* server_option) {
  command.add_option(server_option, options.server, "The DICOM server as TITLE@HOST:PORT")->required();
  command.add_option("--as", options.own_title, "AE title under which Xingu calls")->capture_default_str();
  command.add_option("--timeout-s", options.timeout_s, "Longest silence of the server that is borne, s")
      ->capture_default_str();
  command.add_flag("--json", options.is_json, "Print JSON");
}

}  // namespace

void add_send_command(CLI::App& app) {
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* command = app.add_subcommand("send", "Send DICOM objects to an archive");
  command->add_option("PATH", options->paths, "Files, or folders that are searched for DICOM");
  add_access(*command, *options, "--to");
  command->add_flag("--check", options->is_check, "Only ask whether the server answers (C-ECHO)");
  command->callback([options] { run_send(*options); });
}

void add_fetch_command(CLI::App& app) {
  auto options = std::make_shared<ArchiveOptions>();
  CLI::App* command = app.add_subcommand("fetch", "List an archive's studies, or fetch them into a folder");
  add_access(*command, *options, "--from");
  command->add_option("--patient-id", options->patient_id, "All studies of this patient");
  command->add_option("--study", options->study_uid, "The study with this StudyInstanceUID");
  command->add_flag("--list", options->is_list, "Only list what there is");
  command->add_option("--listen-port", options->listen_port,
                      "Port of this computer to which the server may move objects (C-MOVE), if it has no C-GET");
  command->add_flag("--move", options->is_move, "By C-MOVE even where the server has C-GET; needs --listen-port");
  command->add_option("--out", options->out, "Folder to make; it appears whole or not at all");
  command->callback([options] { run_fetch(*options); });
}

}  // namespace xingu
