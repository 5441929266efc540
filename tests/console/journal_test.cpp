// SPDX-License-Identifier: Apache-2.0
#include "console/journal.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/error.h"
#include "support/test_paths.h"

namespace xingu::console {
namespace {

JournalSession session_of_plan() {
  JournalSession session;
  session.patient = "patient";
  session.plan = "plan'; DROP TABLE sessions; --";
  session.plan_uid = "1.2.3";
  session.machine = "ring-arm-4pi";
  session.planned_mu = 100.0;
  session.record = "session.xrec";
  return session;
}

JournalAction action_in(std::int64_t session, const std::string& name) {
  JournalAction action;
  action.session = session;
  action.t_s = 1.5;
  action.action = name;
  action.result = "done";
  return action;
}

TEST(Journal, keeps_sessions_and_actions) {
  const xingu::test::TemporaryFolder folder;
  Journal journal(folder.path() / "console.sqlite");
  const std::int64_t first = journal.begin(session_of_plan());
  const std::int64_t second = journal.begin(session_of_plan());
  journal.note(action_in(first, "load"));
  journal.note(action_in(first, "arm"));
  journal.note(action_in(second, "load"));
  journal.end(first, "complete", 99.5, 3);
  const auto sessions = journal.sessions();
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].id, second);
  EXPECT_EQ(sessions[0].ended, "");
  EXPECT_EQ(sessions[1].end, "complete");
  EXPECT_EQ(sessions[1].given_mu, 99.5);
  EXPECT_EQ(sessions[1].late_steps, 3U);
  EXPECT_EQ(sessions[1].plan, session_of_plan().plan);
  const auto actions = journal.actions(first);
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[1].action, "arm");
  EXPECT_EQ(actions[1].t_s, 1.5);
  EXPECT_FALSE(journal.session(77));
}

TEST(Journal, survives_the_death_of_its_program) {
  const xingu::test::TemporaryFolder folder;
  const auto file = folder.path() / "console.sqlite";
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Journal journal(file);
    const std::int64_t id = journal.begin(session_of_plan());
    for (int i = 0; i < 50; ++i) {
      journal.note(action_in(id, "hold"));
    }
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const Journal journal(file);
  ASSERT_EQ(journal.sessions().size(), 1U);
  EXPECT_EQ(journal.sessions()[0].ended, "");
  EXPECT_EQ(journal.actions(journal.sessions()[0].id).size(), 50U);
}

TEST(Journal, refuses_a_file_that_is_none) {
  const xingu::test::TemporaryFolder folder;
  const auto file = folder.path() / "console.sqlite";
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_THROW(Journal{file}, EnvironmentError);
}

TEST(UtcNow, is_written_so_that_texts_sort_as_times) {
  const std::string now = utc_now();
  ASSERT_EQ(now.size(), 24U);
  EXPECT_EQ(now[10], 'T');
  EXPECT_EQ(now[19], '.');
  EXPECT_EQ(now.back(), 'Z');
  EXPECT_LE(now, utc_now());
}

}  // namespace
}  // namespace xingu::console
