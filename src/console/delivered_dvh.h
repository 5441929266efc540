// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "dose/ccc_engine.h"
#include "dose/machine_physics.h"
#include "dose/treatment_plan.h"
#include "patient/density_image.h"
#include "patient/dvh.h"

namespace xingu::console {

/// What the growing histograms are computed from.
struct DvhGround {
  TreatmentPlan plan;
  MachinePhysics physics;
  DensityImage image;
  Grid grid;  ///< of the doses, frame P
  CccEngine::Config engine;
  std::vector<Structure> structures;
};

/// Histograms of what a running session has given against what its plan gives in one fraction, both by collapsed cones
/// on a coarse grid. A thread of low priority computes the plan's at once, then, of a session, reads what the record
/// holds, computes the beams that got MU since, and says so; beams that are done are computed once. The control loop
/// knows nothing of it.
class DeliveredDvh {
 public:
  explicit DeliveredDvh(DvhGround ground);
  ~DeliveredDvh();
  DeliveredDvh(const DeliveredDvh&) = delete;
  DeliveredDvh& operator=(const DeliveredDvh&) = delete;

  /// A session is there, with so many bytes of record.
  void follow(const std::filesystem::path& record, std::uint64_t bytes, std::int64_t session);
  /// A new `dvh` message (docs/user/console-protocol.md), once.
  [[nodiscard]] std::optional<std::string> newest();

 private:
  struct Target {
    std::filesystem::path record;
    std::uint64_t bytes = 0;
    std::int64_t session = 0;
  };
  /// A beam's dose with the MU it was computed for.
  struct BeamDose {
    double mu = -1.0;
    Volume<float> dose_Gy;
  };

  void run();
  void plan_histograms();
  void update(const Target& target);
  [[nodiscard]] bool add_beams(const Target& target, double& given_mu, double& t_s);
  [[nodiscard]] std::string message(const Target& target, double given_mu, double t_s) const;

  DvhGround ground_;
  CccEngine engine_;
  std::vector<StructureSamples> samples_;
  std::vector<Dvh> planned_;
  std::int64_t session_ = 0;
  std::vector<BeamDose> beams_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Target> target_;
  std::optional<std::string> newest_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace xingu::console
