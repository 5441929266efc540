// SPDX-License-Identifier: Apache-2.0
#include "geometry/pose.h"

#include <gtest/gtest.h>

#include <cmath>
#include <concepts>

#include "base/philox.h"

namespace xingu {
namespace {

template <class To, class From>
Pose<To, From> random_pose(std::uint64_t index) {
  const Philox stream(3, 1);
  Eigen::Quaterniond turn(stream.uniform(8 * index) - 0.5, stream.uniform(8 * index + 1) - 0.5,
                          stream.uniform(8 * index + 2) - 0.5, stream.uniform(8 * index + 3) - 0.5);
  turn.normalize();
  const Vec3 shift(stream.uniform(8 * index + 4), stream.uniform(8 * index + 5), stream.uniform(8 * index + 6));
  return Pose<To, From>(turn.toRotationMatrix(), 100.0 * shift);
}

template <class A, class B>
concept composes = requires(A a, B b) { a* b; };

TEST(Pose, composes_only_where_the_inner_frames_agree) {
  using XPG = Pose<frame::P, frame::G>;
  static_assert(std::same_as<decltype(XPG{} * Pose<frame::G, frame::B>{}), Pose<frame::P, frame::B>>);
  static_assert(std::same_as<decltype(XPG{}.inverse()), Pose<frame::G, frame::P>>);
  static_assert(std::same_as<decltype(XPG{} * Point<frame::G>{}), Point<frame::P>>);
  static_assert(!composes<XPG, Pose<frame::P, frame::G>>);
  static_assert(!composes<XPG, Pose<frame::F, frame::B>>);
  static_assert(!composes<XPG, Point<frame::P>>);
}

TEST(Pose, maps_a_point_by_rotation_then_translation) {
  const Mat3 quarter = Eigen::AngleAxisd(0.5 * M_PI, Vec3::UnitZ()).toRotationMatrix();
  const Pose<frame::P, frame::G> X_PG(quarter, Vec3(10, 20, 30));
  EXPECT_LT(((X_PG * Point<frame::G>{Vec3(1, 0, 0)}).value - Vec3(10, 21, 30)).norm(), 1e-12);
}

TEST(Pose, undoes_itself_with_its_inverse) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto X_PG = random_pose<frame::P, frame::G>(i);
    const auto identity = X_PG.inverse() * X_PG;
    EXPECT_LT((identity.matrix().matrix() - Eigen::Matrix4d::Identity()).norm(), 1e-12);
  }
}

TEST(Pose, composes_as_its_points_do) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto X_PG = random_pose<frame::P, frame::G>(2 * i);
    const auto X_GB = random_pose<frame::G, frame::B>(2 * i + 1);
    const Point<frame::B> p_B{Vec3(1, -2, 3)};
    EXPECT_LT((((X_PG * X_GB) * p_B).value - (X_PG * (X_GB * p_B)).value).norm(), 1e-10);
  }
}

TEST(Pose, keeps_lengths) {
  for (std::uint64_t i = 0; i < 50; ++i) {
    const auto X_PG = random_pose<frame::P, frame::G>(i);
    const Vec3 a = (X_PG * Point<frame::G>{Vec3(1, 2, 3)}).value;
    const Vec3 b = (X_PG * Point<frame::G>{Vec3(-4, 0, 9)}).value;
    EXPECT_NEAR((a - b).norm(), Vec3(5, 2, -6).norm(), 1e-10);
  }
}

}  // namespace
}  // namespace xingu
