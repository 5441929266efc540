// SPDX-License-Identifier: Apache-2.0
#include "console/journal.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>

#include "base/error.h"

namespace xingu::console {
namespace {

constexpr const char* tables = R"(
CREATE TABLE IF NOT EXISTS sessions (
  id INTEGER PRIMARY KEY, began TEXT NOT NULL, ended TEXT, patient TEXT NOT NULL, plan TEXT NOT NULL,
  plan_uid TEXT NOT NULL, machine TEXT NOT NULL, end TEXT NOT NULL, given_mu REAL NOT NULL, planned_mu REAL NOT NULL,
  late_steps INTEGER NOT NULL, record TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS actions (
  id INTEGER PRIMARY KEY, session INTEGER REFERENCES sessions(id), at TEXT NOT NULL, t_s REAL, client TEXT NOT NULL,
  peer TEXT NOT NULL, action TEXT NOT NULL, result TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS actions_of_session ON actions(session);
)";

}  // namespace

struct Journal::Handle {
  sqlite3* database = nullptr;
  std::string name;
  ~Handle() { sqlite3_close(database); }

  void check(int code, int wanted) const {
    if (code != wanted) {
      throw EnvironmentError(fmt::format("{}: the journal cannot be used ({}); free the disk or give another --store",
                                         name, database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code)));
    }
  }
};

/// A prepared statement with its values, bound in order.
class Journal::Statement {
 public:
  Statement(const Handle& handle, const char* sql) : handle_(&handle) {
    handle.check(sqlite3_prepare_v2(handle.database, sql, -1, &statement_, nullptr), SQLITE_OK);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    return checked(
        sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
  }
  Statement& bind(double value) { return checked(sqlite3_bind_double(statement_, ++bound_, value)); }
  Statement& bind(std::int64_t value) { return checked(sqlite3_bind_int64(statement_, ++bound_, value)); }
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : checked(sqlite3_bind_null(statement_, ++bound_));
  }

  void run() { handle_->check(sqlite3_step(statement_), SQLITE_DONE); }
  /// True while there is a row.
  bool next() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW) {
      handle_->check(code, SQLITE_DONE);
    }
    return code == SQLITE_ROW;
  }
  [[nodiscard]] std::string text(int column) const {
    const unsigned char* value = sqlite3_column_text(statement_, column);
    return value == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(value));  // NOLINT(*-cast)
  }
  [[nodiscard]] double number(int column) const { return sqlite3_column_double(statement_, column); }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

 private:
  Statement& checked(int code) {
    handle_->check(code, SQLITE_OK);
    return *this;
  }

  const Handle* handle_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

Journal::Journal(const std::filesystem::path& file) : handle_(std::make_unique<Handle>()) {
  handle_->name = file.string();
  handle_->check(sqlite3_open(file.c_str(), &handle_->database), SQLITE_OK);
  sqlite3_busy_timeout(handle_->database, 1000);
  for (const char* sql :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON", tables}) {
    handle_->check(sqlite3_exec(handle_->database, sql, nullptr, nullptr, nullptr), SQLITE_OK);
  }
}

Journal::~Journal() = default;

std::int64_t Journal::begin(const JournalSession& session) {
  Statement(*handle_,
            "INSERT INTO sessions (began, patient, plan, plan_uid, machine, end, given_mu, planned_mu, late_steps, "
            "record) VALUES (?, ?, ?, ?, ?, 'interrupted', ?, ?, 0, ?)")
      .bind(utc_now())
      .bind(session.patient)
      .bind(session.plan)
      .bind(session.plan_uid)
      .bind(session.machine)
      .bind(session.given_mu)
      .bind(session.planned_mu)
      .bind(session.record)
      .run();
  return sqlite3_last_insert_rowid(handle_->database);
}

void Journal::end(std::int64_t id, const std::string& end, double given_mu, std::uint64_t late_steps) {
  Statement(*handle_, "UPDATE sessions SET ended = ?, end = ?, given_mu = ?, late_steps = ? WHERE id = ?")
      .bind(utc_now())
      .bind(end)
      .bind(given_mu)
      .bind(static_cast<std::int64_t>(late_steps))
      .bind(id)
      .run();
}

void Journal::note(const JournalAction& action) {
  Statement(*handle_,
            "INSERT INTO actions (session, at, t_s, client, peer, action, result, detail) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(action.session)
      .bind(utc_now())
      .bind(action.t_s)
      .bind(action.client)
      .bind(action.peer)
      .bind(action.action)
      .bind(action.result)
      .bind(action.detail)
      .run();
}

template <class T>
std::vector<JournalSession> Journal::select(const char* where, const T& value) const {
  const std::string sql = fmt::format(
      "SELECT id, began, ended, patient, plan, plan_uid, machine, end, given_mu, planned_mu, late_steps, record "
      "FROM sessions {}",
      where);
  Statement rows(*handle_, sql.c_str());
  rows.bind(value);
  std::vector<JournalSession> sessions;
  while (rows.next()) {
    JournalSession s;
    s.id = rows.integer(0);
    s.began = rows.text(1);
    s.ended = rows.text(2);
    s.patient = rows.text(3);
    s.plan = rows.text(4);
    s.plan_uid = rows.text(5);
    s.machine = rows.text(6);
    s.end = rows.text(7);
    s.given_mu = rows.number(8);
    s.planned_mu = rows.number(9);
    s.late_steps = static_cast<std::uint64_t>(rows.integer(10));
    s.record = rows.text(11);
    sessions.push_back(std::move(s));
  }
  return sessions;
}

std::vector<JournalSession> Journal::sessions(int most) const {
  return select("ORDER BY id DESC LIMIT ?", std::int64_t{most});
}

std::optional<JournalSession> Journal::last_given(const std::string& plan_uid) const {
  auto found = select("WHERE plan_uid = ? AND ended IS NOT NULL ORDER BY given_mu > 0 DESC, id DESC LIMIT 1", plan_uid);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<JournalSession> Journal::session(std::int64_t id) const {
  auto found = select("WHERE id = ?", id);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<JournalAction> Journal::actions(std::optional<std::int64_t> session) const {
  Statement rows(*handle_,
                 "SELECT at, t_s, client, peer, action, result, detail FROM actions WHERE session IS ? ORDER BY id");
  rows.bind(session);
  std::vector<JournalAction> actions;
  while (rows.next()) {
    JournalAction a;
    a.session = session;
    a.at = rows.text(0);
    if (!rows.is_null(1)) {
      a.t_s = rows.number(1);
    }
    a.client = rows.text(2);
    a.peer = rows.text(3);
    a.action = rows.text(4);
    a.result = rows.text(5);
    a.detail = rows.text(6);
    actions.push_back(std::move(a));
  }
  return actions;
}

std::string utc_now() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto part = static_cast<int>(now.time_since_epoch().count() % 1000);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)), part);
}

}  // namespace xingu::console
