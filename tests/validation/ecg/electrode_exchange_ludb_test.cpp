// SPDX-License-Identifier: Apache-2.0
// Exchanged electrodes: the shipped model comes from the odd records of LUDB; the even ones judge it, as they are and
// with electrodes exchanged by computation.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <array>

#include "ecg/electrode_exchange.h"
#include "support/test_paths.h"
#include "validation/ecg/ludb_records.h"

namespace xingu::ecg::validation {
namespace {

using Matrix = Eigen::Matrix<double, num_measured_leads, num_measured_leads, Eigen::RowMajor>;
constexpr double diagonal = 0.002;  // added before the inversion

Matrix matrix(const LeadMatrix& m) { return Eigen::Map<const Matrix>(m.front().data()); }

LeadMatrix lead_matrix(const Matrix& m) {
  LeadMatrix out;
  Eigen::Map<Matrix>(out.front().data()) = m;
  return out;
}

/// The covariances of the odd or the even records.
std::vector<Matrix> covariances(int first) {
  std::vector<Matrix> out;
  for (int id = first; id <= 100; id += 2) {
    if (const auto c = lead_covariance(lead_signals(ludb_record(id)))) {
      out.push_back(matrix(*c));
    }
  }
  return out;
}

class ExchangedElectrodes : public testing::Test {
 protected:
  void SetUp() override {
    if (test::shared_dir().empty()) {
      GTEST_SKIP() << test::shared_is_absent();
    }
    model_ = read_electrode_model(test::source_dir() / "data" / "ecg" / "electrodes.toml");
  }
  ElectrodeModel model_;
};

TEST_F(ExchangedElectrodes, ships_the_model_of_the_odd_records) {
  Matrix mean = Matrix::Zero();
  const std::vector<Matrix> odd = covariances(1);
  for (const Matrix& c : odd) {
    mean += c / static_cast<double>(odd.size());
  }
  const Matrix precision = (mean + diagonal * Matrix::Identity()).inverse();
  EXPECT_LT((precision - matrix(model_.precision)).cwiseAbs().maxCoeff(), 0.01);
}

TEST_F(ExchangedElectrodes, are_found_on_the_even_records_and_not_invented) {
  std::array<Matrix, 3> change{Matrix::Identity(), Matrix::Identity(), Matrix::Identity()};
  change[0].topLeftCorner<2, 2>() << -1, 0, -1, 1;  // arms: I' = −I, II' = III
  change[1].topLeftCorner<2, 2>() << 1, -1, 0, -1;  // right arm and leg: I' = −III, II' = −II
  change[2].row(2).swap(change[2].row(3));
  constexpr std::array<const char*, 3> names{"RA and LA", "RA and LL", "V1 and V2"};
  std::array<int, 3> found{};
  int invented = 0;
  const std::vector<Matrix> even = covariances(2);
  for (const Matrix& c : even) {
    invented += suspected_swap(lead_matrix(c), model_) ? 1 : 0;
    for (std::size_t k = 0; k < change.size(); ++k) {
      const auto swap = suspected_swap(lead_matrix(change[k] * c * change[k].transpose()), model_);
      found[k] += swap && swap->electrodes == names[k] ? 1 : 0;
    }
  }
  fmt::print("of {}: invented {}, found {} {}, {} {}, {} {}\n", even.size(), invented, names[0], found[0], names[1],
             found[1], names[2], found[2]);
  EXPECT_LE(invented, 1);
  for (const int num : found) {
    EXPECT_GE(num, 44);
  }
}

}  // namespace
}  // namespace xingu::ecg::validation
