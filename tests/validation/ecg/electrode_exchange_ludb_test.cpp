// SPDX-License-Identifier: Apache-2.0
// Exchanged electrodes: the shipped model comes from the odd records of LUDB; the even ones judge it, as they are and
// with electrodes exchanged by computation.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "ecg/electrode_exchange.h"
#include "support/test_paths.h"
#include "validation/ecg/ludb_records.h"

namespace xingu::ecg::validation {
namespace {

using Matrix = Eigen::Matrix<double, num_measured_leads, num_measured_leads, Eigen::RowMajor>;
constexpr double diagonal = 0.002;  // added before the inversion

Matrix matrix(const LeadMatrix& m) { return Eigen::Map<const Matrix>(m.front().data()); }

/// The odd or the even records whose eight leads carry a signal.
std::vector<LeadSignals> records(int first) {
  std::vector<LeadSignals> out;
  for (int id = first; id <= 100; id += 2) {
    LeadSignals signals = lead_signals(ludb_record(id));
    if (lead_covariance(signals)) {
      out.push_back(std::move(signals));
    }
  }
  return out;
}

/// The two leads as the given weights of the two as recorded; the other limb leads are not used.
LeadSignals exchanged(LeadSignals signals, const char* first, const char* second, const Eigen::Matrix2f& change) {
  std::vector<float>& one = signals.mv[*lead_number(signals, first)];
  std::vector<float>& two = signals.mv[*lead_number(signals, second)];
  for (std::size_t t = 0; t < one.size(); ++t) {
    const Eigen::Vector2f after = change * Eigen::Vector2f(one[t], two[t]);
    one[t] = after[0];
    two[t] = after[1];
  }
  return signals;
}

std::string suspected(const LeadSignals& signals, const ElectrodeModel& model) {
  const auto swap = suspected_swap(*lead_covariance(signals), model);
  return swap ? swap->electrodes : "";
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
  const std::vector<LeadSignals> odd = records(1);
  for (const LeadSignals& signals : odd) {
    mean += matrix(lead_covariance(signals)->matrix) / static_cast<double>(odd.size());
  }
  const Matrix precision = (mean + diagonal * Matrix::Identity()).inverse();
  EXPECT_LT((precision - matrix(model_.precision)).cwiseAbs().maxCoeff(), 0.01);
}

TEST_F(ExchangedElectrodes, are_found_on_the_even_records_and_not_invented) {
  struct Exchange {
    const char* electrodes;
    const char* first;
    const char* second;
    Eigen::Matrix2f change;
  };
  const std::array<Exchange, 3> exchanges{
      {{"RA and LA", "I", "II", (Eigen::Matrix2f() << -1, 0, -1, 1).finished()},  // I' = −I, II' = III
       {"RA and LL", "I", "II", (Eigen::Matrix2f() << 1, -1, 0, -1).finished()},  // I' = −III, II' = −II
       {"V1 and V2", "V1", "V2", (Eigen::Matrix2f() << 0, 1, 1, 0).finished()}}};
  std::array<int, 3> found{};
  constexpr std::array<std::pair<const char*, const char*>, 4> apart{
      {{"V1", "V3"}, {"V2", "V4"}, {"V3", "V5"}, {"V1", "V6"}}};
  std::array<int, 4> found_apart{};
  int reversed = 0;
  int invented = 0;
  const std::vector<LeadSignals> even = records(2);
  for (const LeadSignals& signals : even) {
    invented += suspected(signals, model_).empty() ? 0 : 1;
    for (std::size_t k = 0; k < exchanges.size(); ++k) {
      const Exchange& e = exchanges[k];
      found[k] += suspected(exchanged(signals, e.first, e.second, e.change), model_) == e.electrodes ? 1 : 0;
    }
    for (std::size_t k = 0; k < apart.size(); ++k) {
      const auto& [one, other] = apart[k];
      const LeadSignals turned = exchanged(signals, one, other, (Eigen::Matrix2f() << 0, 1, 1, 0).finished());
      found_apart[k] += suspected(turned, model_) == fmt::format("{} and {}", one, other) ? 1 : 0;
    }
    LeadSignals backwards = signals;
    for (const auto& [low, high] : {std::pair{"V1", "V6"}, {"V2", "V5"}, {"V3", "V4"}}) {
      backwards = exchanged(std::move(backwards), low, high, (Eigen::Matrix2f() << 0, 1, 1, 0).finished());
    }
    reversed += suspected(backwards, model_).starts_with("V1 to V6") ? 1 : 0;
  }
  fmt::print("of {}: invented {}, found {} {}, {} {}, {} {}\n", even.size(), invented, exchanges[0].electrodes,
             found[0], exchanges[1].electrodes, found[1], exchanges[2].electrodes, found[2]);
  fmt::print("chest leads in reverse order found: {}\n", reversed);
  for (std::size_t k = 0; k < apart.size(); ++k) {
    fmt::print("{} and {} found: {}\n", apart[k].first, apart[k].second, found_apart[k]);
    EXPECT_GE(found_apart[k], 35);
  }
  EXPECT_GE(reversed, 42);
  EXPECT_LE(invented, 1);
  for (const int num : found) {
    EXPECT_GE(num, 44);
  }
}

}  // namespace
}  // namespace xingu::ecg::validation
