// SPDX-License-Identifier: Apache-2.0
#include "dose/kernel_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <numeric>
#include <sstream>
#include <string>

#include "base/error.h"
#include "support/photon_beam.h"
#include "support/test_paths.h"

namespace xingu {
namespace {

constexpr const char* edges_line = "# r_edges_cm = 0, 1, 2.5\n";
constexpr const char* head_line = "energy_MeV,shell,cone,primary,first,rest\n";

/// A complete small file: two energies, two shells; every cell holds what `cell` says.
std::string small_rows(const std::function<std::string(double, int, int)>& cell) {
  std::ostringstream out;
  for (const double energy : {0.5, 2.0}) {
    for (int shell = 0; shell < 2; ++shell) {
      for (int cone = 0; cone < PointKernels::num_cones; ++cone) {
        out << cell(energy, shell, cone);
      }
    }
  }
  return out.str();
}

std::string plain_cell(double energy, int shell, int cone) {
  std::ostringstream out;
  out << energy << ',' << shell << ',' << cone << ',' << 0.001 * (shell + 1) << ',' << 0.0001 * cone << ",0.00002\n";
  return out.str();
}

std::string small_file() { return std::string(edges_line) + head_line + small_rows(plain_cell); }

class KernelFile : public ::testing::Test {
 protected:
  [[nodiscard]] PointKernels read(const std::string& content) const {
    const auto path = folder_.path() / "kernels.csv";
    std::ofstream(path) << content;
    return PointKernels::read(path);
  }

  /// Refused with one sentence that names the file and says `reason`.
  void expect_refused(const std::string& content, const std::string& reason) const {
    try {
      static_cast<void>(read(content));
      ADD_FAILURE() << "accepted, though " << reason;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("kernels.csv"));
      EXPECT_THAT(error.what(), ::testing::HasSubstr(reason));
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(KernelFile, is_read_cell_by_cell) {
  const PointKernels kernels = read(small_file());
  EXPECT_THAT(kernels.energy_MeV, ::testing::ElementsAre(0.5, 2.0));
  EXPECT_THAT(kernels.r_edges_cm, ::testing::ElementsAre(0.0, 1.0, 2.5));
  ASSERT_EQ(kernels.num_shells(), 2);
  for (std::size_t e = 0; e < 2; ++e) {
    for (int cone = 0; cone < PointKernels::num_cones; ++cone) {
      const auto cell = static_cast<std::size_t>(PointKernels::num_cones + cone);
      EXPECT_DOUBLE_EQ(kernels.primary[e][cell], 0.002);
      EXPECT_DOUBLE_EQ(kernels.scatter[e][cell], 0.0001 * cone + 0.00002) << "first and later scatter are joined";
    }
  }
}

TEST_F(KernelFile, may_list_the_cells_of_an_energy_in_any_order) {
  std::string reversed;
  const std::string rows = small_rows(plain_cell);
  const std::size_t half = rows.find("2,0,0,");
  for (const std::string& block : {rows.substr(0, half), rows.substr(half)}) {
    std::istringstream in(block);
    std::string joined;
    for (std::string line; std::getline(in, line);) {
      joined.insert(0, line + "\n");
    }
    reversed += joined;
  }
  const PointKernels forwards = read(small_file());
  const PointKernels backwards = read(std::string(edges_line) + head_line + reversed);
  EXPECT_EQ(forwards.primary, backwards.primary);
  EXPECT_EQ(forwards.scatter, backwards.scatter);
}

TEST_F(KernelFile, is_refused_when_cells_are_missing_or_given_twice) {
  const std::string complete = small_file();
  expect_refused(complete.substr(0, complete.rfind("2,1,47")), "missing");
  expect_refused("", "missing");
  expect_refused(std::string(edges_line) + head_line, "missing");
  // As many rows as cells, yet one cell twice and another never.
  const auto twice = [](double energy, int shell, int cone) {
    return plain_cell(energy, shell, shell == 1 && cone == 47 ? 46 : cone);
  };
  expect_refused(std::string(edges_line) + head_line + small_rows(twice), "twice");
}

TEST_F(KernelFile, is_refused_when_a_value_is_out_of_range) {
  const auto with_first_row = [](const std::string& row) {
    return std::string(edges_line) + head_line + row + small_rows(plain_cell);
  };
  expect_refused(with_first_row("0.5,2,0,0,0,0\n"), "out of range");
  expect_refused(with_first_row("0.5,-1,0,0,0,0\n"), "out of range");
  expect_refused(with_first_row("0.5,0,48,0,0,0\n"), "out of range");
  expect_refused(with_first_row("0.5,0.5,0,0,0,0\n"), "out of range");
  expect_refused(with_first_row("0.5,0,1.25,0,0,0\n"), "out of range");
  expect_refused(with_first_row("0.5,0,0,-0.1,0,0\n"), "out of range");
  expect_refused(with_first_row("0.5,0,0,0,-1e-9,0\n"), "out of range");
  expect_refused(with_first_row("0,0,0,0,0,0\n"), "energies");
  expect_refused(with_first_row("-1,0,0,0,0,0\n"), "energies");
  expect_refused(with_first_row("3,0,0,0,0,0\n"), "ascend");
  const auto too_much = [](double energy, int shell, int cone) {
    return shell == 0 && cone == 0 ? std::to_string(energy) + ",0,0,1.5,0,0\n" : plain_cell(energy, shell, cone);
  };
  expect_refused(std::string(edges_line) + head_line + small_rows(too_much), "more energy than the photon has");
}

TEST_F(KernelFile, is_refused_when_a_field_is_no_number) {
  for (const char* row : {"0.5,0,0,zero,0,0\n", "0.5,0,0,,0,0\n", "0.5,0,0,nan,0,0\n", "0.5,0,0,inf,0,0\n",
                          "0.5,0,0,1e999,0,0\n", "0.5,0,0,0x1,0,0\n", "0.5;0;0;0;0;0\n"}) {
    SCOPED_TRACE(row);
    expect_refused(std::string(edges_line) + row, "is not a number");
  }
  expect_refused(std::string(edges_line) + "0.5,0,0,0,0\n", "6 columns");
  expect_refused(std::string(edges_line) + "0.5,0,0,0,0,0,0\n", "6 columns");
}

TEST_F(KernelFile, is_refused_when_its_shells_make_no_sphere) {
  expect_refused(head_line + small_rows(plain_cell), "r_edges_cm");
  for (const char* edges : {"0", "0, 2, 1", "0, 1, 1", "0.5, 1, 2", "-1, 0, 1"}) {
    SCOPED_TRACE(edges);
    expect_refused("# r_edges_cm = " + std::string(edges) + "\n" + small_rows(plain_cell), "r_edges_cm");
  }
  // Shells that change after rows were read would make earlier arrays too small.
  expect_refused(small_file() + "# r_edges_cm = 0, 1, 2, 3, 4, 5\n" + "2,4,47,0,0,0\n", "r_edges_cm");
}

TEST_F(KernelFile, that_is_missing_is_an_input_error) {
  EXPECT_THROW(static_cast<void>(PointKernels::read(folder_.path() / "absent.csv")), InputError);
}

TEST(PointKernels, as_shipped_cover_the_beam_and_hold_most_of_the_photons_energy) {
  const PointKernels kernels = test::shipped_kernels();
  ASSERT_EQ(kernels.energy_MeV.size(), 12U);
  EXPECT_DOUBLE_EQ(kernels.energy_MeV.front(), 0.1);
  EXPECT_DOUBLE_EQ(kernels.energy_MeV.back(), 6.0);
  EXPECT_EQ(kernels.num_shells(), 24);
  double last_primary = 0.0;
  for (std::size_t e = 0; e < kernels.energy_MeV.size(); ++e) {
    const double primary = std::accumulate(kernels.primary[e].begin(), kernels.primary[e].end(), 0.0);
    const double scatter = std::accumulate(kernels.scatter[e].begin(), kernels.scatter[e].end(), 0.0);
    EXPECT_GT(primary, last_primary) << "electrons take a larger share at higher energy";
    EXPECT_GT(primary + scatter, 0.93);  // the rest leaves the sphere
    EXPECT_LT(primary + scatter, 1.0);
    last_primary = primary;
  }
}

}  // namespace
}  // namespace xingu
