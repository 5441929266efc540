// SPDX-License-Identifier: Apache-2.0
// The generated model, searched exhaustively by spin: promises hold, nothing blocks, every row and state is reached.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "delivery/promela_model.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Outcome {
  int status = -1;
  std::string output;  ///< standard output and error
};

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    return outcome;
  }
  std::array<char, 4096> buffer{};
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
    outcome.output.append(buffer.data(), got);
  }
  outcome.status = pclose(pipe);
  return outcome;
}

class Spin : public testing::Test {
 protected:
  void SetUp() override {
    if (run("command -v spin && command -v gcc").status != 0) {
      GTEST_SKIP() << "spin is not installed (package spin)";
    }
  }

  /// Output of an exhaustive search of a model.
  std::string search(const std::string& model) {
    const std::string folder = root_.path().string();
    std::ofstream(root_.path() / "session.pml") << model;
    const Outcome outcome =
        run("cd '" + folder + "' && spin -a session.pml && gcc -O1 -DSAFETY -o pan pan.c && ./pan -m100000");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.output;
  }

 private:
  test::TemporaryFolder root_;
};

TEST_F(Spin, finds_no_broken_promise_no_deadlock_and_nothing_unreached) {
  const std::string output = search(promela_model());
  EXPECT_THAT(output, HasSubstr("errors: 0")) << output;
  EXPECT_THAT(output, Not(HasSubstr("search not completed"))) << output;
  const std::string unreached = output.substr(output.find("unreached in proctype"));
  EXPECT_THAT(unreached, Not(HasSubstr("state = "))) << unreached;
  EXPECT_THAT(unreached, Not(HasSubstr("at_"))) << unreached;
  EXPECT_THAT(unreached, HasSubstr("(1 of ")) << "only the end of the endless loop is never reached: " << unreached;
}

TEST_F(Spin, finds_the_fault_of_a_controller_that_does_not_look_at_the_panel_before_the_beam) {
  std::string model = promela_model();
  const std::string guarded = "state == s_armed && is_clear";
  const auto at = model.find(guarded);
  ASSERT_NE(at, std::string::npos);
  model.replace(at, guarded.size(), "state == s_armed");
  const std::string urgent = "if :: !is_clear && ";
  const auto interrupt = model.find(urgent);
  ASSERT_NE(interrupt, std::string::npos);
  model.replace(interrupt, urgent.size(), "if :: false && ");
  EXPECT_THAT(search(model), HasSubstr("assertion violated"));
}

}  // namespace
}  // namespace xingu
