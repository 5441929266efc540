// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace xingu {

/// What came from outside is wrong: a file, an option, a value. The message is one sentence,
/// *what is wrong (why it matters) what to do*, and names the file and tag or key. The program ends with exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The environment failed us: disk full, no memory left, a file that vanished. Exit code 1.
class EnvironmentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user asked to stop (Ctrl-C). The message says what is kept, where anything is; exit code 130.
class Cancelled : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One of our own promises does not hold: a defect in Xingu, not in the input.
class BrokenPromise : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

template <class... Args>
[[noreturn]] void fail_input(fmt::format_string<Args...> format, Args&&... args) {
  throw InputError(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace xingu

/// Always on, for what comes from outside: XINGU_REQUIRE(n > 0, "{}: no slices (nothing to plan on); give a CT", file).
#define XINGU_REQUIRE(condition, ...)   \
  do {                                  \
    if (!(condition)) [[unlikely]]      \
      ::xingu::fail_input(__VA_ARGS__); \
  } while (false)

#define XINGU_PROMISE_(kind, condition)                                                                        \
  do {                                                                                                         \
    if (!(condition)) [[unlikely]]                                                                             \
      throw ::xingu::BrokenPromise(fmt::format("{}:{}: " kind " broken: {}", __FILE__, __LINE__, #condition)); \
  } while (false)

#ifdef XINGU_CHECK_PROMISES
/// Checked in every build but Release: what a caller inside Xingu promised, what a function promises to return.
#define XINGU_EXPECT(condition) XINGU_PROMISE_("precondition", condition)
#define XINGU_ENSURE(condition) XINGU_PROMISE_("postcondition", condition)
#else
#define XINGU_EXPECT(condition) static_cast<void>(0)
#define XINGU_ENSURE(condition) static_cast<void>(0)
#endif
