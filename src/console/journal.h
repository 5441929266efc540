// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace xingu::console {

/// A session as the journal keeps it.
struct JournalSession {
  std::int64_t id = 0;
  std::string began;  ///< ISO 8601, UTC
  std::string ended;  ///< empty: it runs, or the program was killed
  std::string patient;
  std::string plan;
  std::string plan_uid;
  std::string machine;
  std::string end;  ///< complete, aborted, … or interrupted
  double given_mu = 0.0;
  double planned_mu = 0.0;
  std::uint64_t late_steps = 0;
  std::string record;  ///< file name in the store
};

/// What a person asked for and what came of it.
struct JournalAction {
  std::optional<std::int64_t> session;
  std::string at;
  std::optional<double> t_s;
  std::string client;
  std::string peer;
  std::string action;
  std::string result;
  std::string detail;
};

/// Sessions, users' actions and their results in an SQLite file. What was written survives the program's death at any
/// moment (write-ahead log); what survives a power failure is up to the last checkpoint. One thread.
class Journal {
 public:
  /// Opens or makes the file. @throws EnvironmentError if it cannot be
  explicit Journal(const std::filesystem::path& file);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Sets id and began. @return the id
  std::int64_t begin(const JournalSession& session);
  void end(std::int64_t id, const std::string& end, double given_mu, std::uint64_t late_steps);
  void note(const JournalAction& action);

  /// Newest first.
  [[nodiscard]] std::vector<JournalSession> sessions(int most = 500) const;
  [[nodiscard]] std::optional<JournalSession> session(std::int64_t id) const;
  /// The newest session of a plan that has ended with MU given, by itself or by those that it resumed; where there is
  /// none, the newest that has ended.
  [[nodiscard]] std::optional<JournalSession> last_given(const std::string& plan_uid) const;
  /// In their order. @param session  nothing: those that were asked for while none was there
  [[nodiscard]] std::vector<JournalAction> actions(std::optional<std::int64_t> session) const;

 private:
  class Statement;
  template <class T>
  [[nodiscard]] std::vector<JournalSession> select(const char* where, const T& value) const;

  struct Handle;
  std::unique_ptr<Handle> handle_;
};

/// Now, as the journal writes times: 2026-01-31T12:00:00.000Z
[[nodiscard]] std::string utc_now();

}  // namespace xingu::console
