// SPDX-License-Identifier: Apache-2.0
#include "validation/ecg/long/beat_training.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace xingu::ecg::validation {
namespace {

constexpr double ridge = 3.0;
constexpr double full_weight_of_class = 60.0;
constexpr double full_weight_of_others = 200.0;
constexpr int num_steps = 25;

struct Sample {
  Eigen::MatrixXd terms;  // [beat, term]
  Eigen::VectorXd is_of_class;
  Eigen::VectorXd weight;
};

Sample gather(const std::vector<TaughtRecord>& records, const std::vector<ModelTerm>& terms) {
  std::size_t num_beats = 0;
  for (const TaughtRecord& record : records) {
    num_beats += record.features.size();
  }
  const auto rows = static_cast<Eigen::Index>(num_beats);
  Sample s{Eigen::MatrixXd(rows, std::ssize(terms)), Eigen::VectorXd(rows), Eigen::VectorXd(rows)};
  Eigen::Index row = 0;
  for (const TaughtRecord& record : records) {
    const auto of_class = static_cast<double>(std::ranges::count(record.is_of_class, true));
    const double others = static_cast<double>(record.features.size()) - of_class;
    for (std::size_t b = 0; b < record.features.size(); ++b, ++row) {
      for (Eigen::Index t = 0; t < std::ssize(terms); ++t) {
        s.terms(row, t) = terms[static_cast<std::size_t>(t)].value(record.features[b]);
      }
      const bool is = record.is_of_class[b];
      s.is_of_class(row) = is ? 1.0 : 0.0;
      s.weight(row) = std::min(1.0, std::sqrt(is ? full_weight_of_class / of_class : full_weight_of_others / others));
    }
  }
  return s;
}

}  // namespace

LogisticModel train(const std::vector<TaughtRecord>& records, const std::vector<std::string>& terms, double odds_from) {
  LogisticModel model;
  for (const std::string& term : terms) {
    model.terms.push_back({parse_term(term), 0.0});
  }
  const Sample s = gather(records, model.terms);
  const auto n = static_cast<double>(s.terms.rows());
  const Eigen::Index p = s.terms.cols();
  const Eigen::RowVectorXd mean = s.terms.colwise().mean();
  Eigen::MatrixXd x(s.terms.rows(), p + 1);
  x.leftCols(p) = s.terms.rowwise() - mean;
  const Eigen::RowVectorXd deviation = (x.leftCols(p).colwise().squaredNorm() / n).cwiseSqrt().cwiseMax(1e-9);
  x.leftCols(p).array().rowwise() /= deviation.array();
  x.col(p).setOnes();
  Eigen::VectorXd b = Eigen::VectorXd::Zero(p + 1);
  for (int step = 0; step < num_steps; ++step) {
    const Eigen::VectorXd odds = (x * b).cwiseMax(-30.0).cwiseMin(30.0);
    const Eigen::VectorXd probability = (1.0 + (-odds.array()).exp()).inverse().matrix();
    const Eigen::VectorXd gradient =
        x.transpose() * (s.weight.array() * (s.is_of_class - probability).array()).matrix() - ridge * b;
    const Eigen::VectorXd curvature = (s.weight.array() * probability.array() * (1.0 - probability.array())).matrix();
    Eigen::MatrixXd hessian = x.transpose() * curvature.asDiagonal() * x;
    hessian.diagonal().array() += ridge;
    const Eigen::VectorXd move = hessian.ldlt().solve(gradient);
    b += move;
    if (move.cwiseAbs().maxCoeff() < 1e-8) {
      break;
    }
  }
  model.constant = b(p);
  for (Eigen::Index t = 0; t < p; ++t) {
    model.terms[static_cast<std::size_t>(t)].weight = b(t) / deviation(t);
    model.constant -= b(t) * mean(t) / deviation(t);
  }
  model.odds_from = odds_from;
  return model;
}

}  // namespace xingu::ecg::validation
