// SPDX-License-Identifier: Apache-2.0
#include "plan/candidates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace xingu {
namespace {

/// A trunk along z (150 mm radius) that goes on beyond the image, 240 mm of it seen.
Volume<std::uint8_t> trunk() {
  Volume<std::uint8_t> body(covering_grid(Vec3(-180, -180, -120), Vec3(180, 180, 120), 5.0), std::uint8_t{0});
  const Grid& grid = body.grid();
  for (int z = 0; z < grid.nz(); ++z) {
    for (int y = 0; y < grid.ny(); ++y) {
      for (int x = 0; x < grid.nx(); ++x) {
        const Vec3 p = grid.centre(x, y, z);
        body.at(x, y, z) = std::hypot(p.x(), p.y()) < 150.0 ? 1 : 0;
      }
    }
  }
  return body;
}

RoomLimits free_room() {
  RoomLimits limits;
  limits.gantry = {0.0, 360.0};
  limits.couch = {-90.0, 90.0};
  return limits;
}

TEST(SphereDirections, are_even_unit_vectors) {
  const std::vector<Vec3> directions = sphere_directions(1000);
  Vec3 sum = Vec3::Zero();
  double closest = 180.0;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    EXPECT_NEAR(directions[i].norm(), 1.0, 1e-12);
    sum += directions[i];
    for (std::size_t j = 0; j < i; ++j) {
      closest = std::min(closest, angle_between_deg(directions[i], directions[j]));
    }
  }
  EXPECT_LT(sum.norm(), 1.0);
  const double spacing = std::sqrt(4.0 * M_PI / 1000.0) * 180.0 / M_PI;
  EXPECT_GT(closest, 0.7 * spacing);
}

TEST(Candidates, the_machines_reach_decides_where_it_is_given) {
  CandidateOptions options;
  options.count = 100;
  options.reach = [](const Vec3& direction_P) -> tl::expected<ReachedBeam, std::string> {
    if (direction_P.x() > 0) {
      return tl::unexpected(std::string("the right side is barred"));
    }
    const double source_distance_mm = direction_P.y() > 0 ? 900.0004 : 800.0;
    return ReachedBeam{room_angles(direction_P, PatientPosition::hfs), Vec3(1, 2, 3), source_distance_mm};
  };
  RoomLimits nothing;
  nothing.gantry = {0.0, 0.0};  // the table of angles must not be asked
  const CandidateSet set = candidate_beams(options, nothing, trunk());
  for (const CandidateBeam& beam : set.beams) {
    EXPECT_LE(beam.geometry.direction_P().x(), 1e-12);
    EXPECT_EQ(beam.table_position_mm, Vec3(1, 2, 3));
    const double source_distance_mm = beam.geometry.direction_P().y() > 0 ? 900.0 : 800.0;
    EXPECT_DOUBLE_EQ((beam.geometry.source_P() - options.isocentre_P).norm(), source_distance_mm);
    EXPECT_EQ(beam.geometry.sad_mm, source_distance_mm);
  }
  ASSERT_EQ(set.refused_by_machine.size(), 1U);
  EXPECT_EQ(set.refused_by_machine[0].first, "the right side is barred");
}

bool is_in_hundredths(double value) {
  const double hundredths = std::round(value * 100.0);
  return value == hundredths / 100.0 && !(value == 0.0 && std::signbit(value));
}

TEST(Candidates, stand_at_angles_that_a_plan_can_carry) {
  CandidateOptions options;
  options.count = 300;
  options.isocentre_P = Vec3(3.0, -7.0, 11.0);
  options.reach = [](const Vec3& direction_P) -> tl::expected<ReachedBeam, std::string> {
    RoomAngles angles = room_angles(direction_P, PatientPosition::hfs);
    angles.gantry_pitch_deg = -1.5e-13;
    return ReachedBeam{angles, Vec3(-1.5e-13, 123.456789, -0.001), 800.0};
  };
  const CandidateSet set = candidate_beams(options, free_room(), trunk());
  ASSERT_FALSE(set.beams.empty());
  for (const CandidateBeam& beam : set.beams) {
    EXPECT_TRUE(is_in_hundredths(beam.angles.gantry_deg)) << beam.angles.gantry_deg;
    EXPECT_TRUE(is_in_hundredths(beam.angles.couch_deg)) << beam.angles.couch_deg;
    EXPECT_TRUE(is_in_hundredths(beam.angles.gantry_pitch_deg));
    EXPECT_LT(beam.angles.gantry_deg, 360.0);
    for (const double position : *beam.table_position_mm) {
      EXPECT_TRUE(is_in_hundredths(position)) << position;
    }
    // The geometry that dose is computed on is that of the written angles, to the last bit.
    const BeamGeometry written = beam_geometry(beam.angles, options.position, options.isocentre_P, options.sad_mm);
    EXPECT_EQ(beam.geometry.X_PB.rotation(), written.X_PB.rotation());
  }
  const std::vector<Vec3> directions = sphere_directions(set.num_directions);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < directions.size(); ++i) {
    if (set.verdicts[i] == CandidateVerdict::kept) {
      EXPECT_LT(angle_between_deg(set.beams[kept++].geometry.direction_P(), directions[i]), 0.01);
    }
  }
  for (const CandidateBeam& beam : coplanar_beams(7, 0.0, options)) {
    EXPECT_TRUE(is_in_hundredths(beam.angles.gantry_deg)) << beam.angles.gantry_deg;
  }
}

TEST(Candidates, the_unlimited_sphere_holds_all_that_the_machine_reaches) {
  CandidateOptions options;
  options.count = 200;
  const auto bars_one_side = [](const Vec3& direction_P) -> tl::expected<ReachedBeam, std::string> {
    if (direction_P.x() > 0.0) {
      return tl::unexpected(std::string("the right side is barred"));
    }
    return ReachedBeam{room_angles(direction_P, PatientPosition::hfs), Vec3::Zero(), 800.0};
  };
  options.reach = bars_one_side;
  const Volume<std::uint8_t> body = trunk();
  const CandidateSet reached = candidate_beams(options, free_room(), body);
  const CandidateSet sphere = unlimited_candidates(reached.num_directions, options, body);
  EXPECT_EQ(sphere.num_directions, reached.num_directions);
  EXPECT_TRUE(sphere.refused_by_machine.empty());
  EXPECT_GT(sphere.beams.size(), 3 * reached.beams.size() / 2);
  for (const CandidateBeam& beam : reached.beams) {
    EXPECT_TRUE(std::ranges::any_of(sphere.beams, [&](const CandidateBeam& other) {
      return angle_between_deg(beam.geometry.direction_P(), other.geometry.direction_P()) < 1e-6;
    }));
  }
}

TEST(Candidates, those_through_the_missing_ends_are_refused) {
  CandidateOptions options;
  options.count = 600;
  const Volume<std::uint8_t> body = trunk();
  const CandidateSet set = candidate_beams(options, free_room(), body);
  EXPECT_GE(set.beams.size(), 600U);
  EXPECT_LE(set.beams.size(), 640U);
  EXPECT_GT(set.num_through_ends, 0);
  for (const CandidateBeam& beam : set.beams) {
    // From the centre the skin at 150 mm is reached within ±120 mm of z only below 38.7° from the axial plane.
    const double elevation = std::asin(std::abs(beam.geometry.direction_P().z())) * 180.0 / M_PI;
    EXPECT_LT(elevation, 40.5);
  }
  const double share = static_cast<double>(set.beams.size()) / set.num_directions;
  EXPECT_NEAR(share, std::sin(std::atan2(120.0, 150.0)), 0.03);  // area of that zone
}

TEST(Candidates, aim_points_refuse_more) {
  CandidateOptions options;
  options.count = 300;
  const Volume<std::uint8_t> body = trunk();
  const CandidateSet centre = candidate_beams(options, free_room(), body);
  options.aim_points_P = {Vec3(0, 0, -40), Vec3(0, 0, 40)};
  const CandidateSet wide = candidate_beams(options, free_room(), body);
  EXPECT_LT(static_cast<double>(wide.beams.size()) / wide.num_directions,
            static_cast<double>(centre.beams.size()) / centre.num_directions);
}

TEST(Candidates, angles_and_geometry_agree) {
  CandidateOptions options;
  options.count = 200;
  options.isocentre_P = Vec3(10, -20, 5);
  options.sad_mm = 900.0;
  const CandidateSet set = candidate_beams(options, free_room(), trunk());
  for (const CandidateBeam& beam : set.beams) {
    EXPECT_NEAR((beam.geometry.source_P() - options.isocentre_P).norm(), 900.0, 1e-9);
    const RoomAngles back = room_angles(beam.geometry.direction_P(), options.position);
    EXPECT_NEAR(std::remainder(back.gantry_deg - beam.angles.gantry_deg, 360.0), 0.0, 1e-6);
    EXPECT_NEAR(back.couch_deg, beam.angles.couch_deg, 1e-6);
  }
}

TEST(Candidates, machine_limits_are_kept_and_reasons_counted) {
  CandidateOptions options;
  options.count = 100;
  RoomLimits limits = free_room();
  limits.couch = {-45.0, 45.0};
  limits.forbidden.push_back({{150.0, 210.0}, {-45.0, 45.0}, "the couch is in the way"});
  const CandidateSet set = candidate_beams(options, limits, trunk());
  int refused = 0;
  for (const auto& [reason, number] : set.refused_by_machine) {
    EXPECT_FALSE(reason.empty());
    refused += number;
  }
  EXPECT_EQ(refused + set.num_through_ends + static_cast<int>(set.beams.size()), set.num_directions);
  for (const CandidateBeam& beam : set.beams) {
    EXPECT_TRUE(limits.allows(beam.angles));
  }
}

TEST(Candidates, refuses_when_hardly_any_direction_is_left) {
  CandidateOptions options;
  options.count = 50;
  RoomLimits limits = free_room();
  limits.gantry = {10.0, 11.0};
  EXPECT_THROW((void)candidate_beams(options, limits, trunk()), InputError);
  options.count = 0;
  EXPECT_THROW((void)candidate_beams(options, free_room(), trunk()), InputError);
}

TEST(CoplanarBeams, stand_at_equal_steps_in_the_axial_plane) {
  const std::vector<CandidateBeam> beams = coplanar_beams(9, 350.0, CandidateOptions());
  ASSERT_EQ(beams.size(), 9U);
  EXPECT_DOUBLE_EQ(beams[1].angles.gantry_deg, 30.0);
  for (const CandidateBeam& beam : beams) {
    EXPECT_NEAR(beam.geometry.direction_P().z(), 0.0, 1e-12);
  }
  EXPECT_NEAR(angle_between_deg(beams[0].geometry.direction_P(), beams[1].geometry.direction_P()), 40.0, 1e-9);
}

TEST(CoplanarBeams, are_given_as_the_machine_does_and_what_it_cannot_give_is_told) {
  CandidateOptions options;
  std::vector<CandidateBeam> beams = coplanar_beams(4, 0.0, options);
  EXPECT_TRUE(give_by_machine(beams, options).empty());
  options.reach = [&](const Vec3& direction_P) -> tl::expected<ReachedBeam, std::string> {
    if (direction_P.y() < -0.5) {
      return tl::unexpected(std::string("the floor is in the way"));
    }
    RoomAngles turned = room_angles(direction_P, options.position);
    turned.collimator_deg = 30.0;
    return ReachedBeam{turned, Vec3(1, 2, 3), 800.0};
  };
  const std::vector<CandidateBeam> wanted = beams;
  const std::vector<std::string> refused = give_by_machine(beams, options);
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_NE(refused[0].find("gantry 180°, couch 0° (the floor is in the way)"), std::string::npos) << refused[0];
  for (std::size_t i = 0; i < beams.size(); ++i) {
    EXPECT_LT((beams[i].geometry.direction_P() - wanted[i].geometry.direction_P()).norm(), 1e-9);
    EXPECT_EQ(beams[i].angles.collimator_deg, i == 2 ? 0.0 : 30.0);
    EXPECT_EQ(beams[i].table_position_mm.has_value(), i != 2);
  }
}

}  // namespace
}  // namespace xingu
