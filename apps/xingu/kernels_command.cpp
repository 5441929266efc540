// SPDX-License-Identifier: Apache-2.0
// xingu kernels: point kernels in water by Xingu's own Monte Carlo, for collapsed cones.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "commands.h"
#include "dose/mc/point_kernel.h"
#include "output_place.h"
#include "text_table.h"

namespace xingu {
namespace {

struct KernelOptions {
  std::vector<double> energies_MeV{0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6};
  std::vector<double> r_edges_cm{0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1,  1.5, 2,
                                 3, 4,    5,   6,    8,   10,  15,  20,  30,  40,  50, 60};
  std::uint64_t histories = 200'000;
  std::uint64_t seed = 1;
  std::string out;
  Ranks* ranks = nullptr;
};

double sum(const std::vector<double>& values) {
  double total = 0.0;
  for (const double value : values) {
    total += value;
  }
  return total;
}

void run_kernels(const KernelOptions& options) {
  require_file_place(options.out);
  XINGU_REQUIRE(
      options.energies_MeV.size() >= 2 &&
          std::ranges::adjacent_find(options.energies_MeV, std::greater_equal<>()) == options.energies_MeV.end(),
      "--energies-mev must ascend and be two or more (kernels are interpolated between them); correct them");
  XINGU_REQUIRE(options.energies_MeV.front() >= 0.02 && options.energies_MeV.back() <= 20.0,
                "--energies-mev reach from {:g} to {:g} (data cover 0.02 to 20 MeV); correct them",
                options.energies_MeV.front(), options.energies_MeV.back());
  XINGU_REQUIRE(options.histories >= 1000 && options.histories <= 1'000'000'000'000,
                "--histories {} are too few for an uncertainty, or more than a life would do; give 1000 to 10^12",
                options.histories);
  const mc::TransportTables tables(MaterialTable::shipped(), PhotonCrossSections::shipped(), {"water"},
                                   mc::kernel_limits());
  std::vector<mc::PointKernel> kernels;
  TextTable table({{"MeV", Align::right},
                   {"primary", Align::right},
                   {"first", Align::right},
                   {"rest", Align::right},
                   {"escaped", Align::right}});
  Progress progress("point kernels", options.energies_MeV.size(), "energies");
  for (const double energy : options.energies_MeV) {
    throw_if_cancelled();
    kernels.push_back(mc::make_point_kernel(tables, 1.0, energy, options.r_edges_cm, options.histories, options.seed,
                                            *options.ranks));
    const mc::PointKernel& kernel = kernels.back();
    table.add({fmt::format("{:g}", energy), fmt::format("{:.4f}", sum(kernel.primary)),
               fmt::format("{:.4f}", sum(kernel.first)), fmt::format("{:.4f}", sum(kernel.rest)),
               fmt::format("{:.4f}", kernel.escaped)});
    progress.advance();
  }
  if (!options.ranks->is_root()) {
    return;
  }
  const std::vector<std::string> facts{
      "Point kernels in water: the energy that one photon, forced to interact at the centre of a 60 cm sphere of water "
      "(1 g/cm3) while it",
      "travels along +z, leaves in shells of radius and cones of polar angle, as fractions of the photon's energy.",
      fmt::format("Source: computed by 'xingu kernels' (xingu {}), {} histories of 16 azimuths an energy, seed {}, "
                  "transport to 10 keV.",
                  XINGU_VERSION, options.histories, options.seed),
      "primary: by electrons set in motion in the forced interaction; first: by electrons from once-scattered photons;",
      "rest: second and higher scatter, and bremsstrahlung and annihilation photons.",
      "There are 48 cones of 3.75 degrees. Rows: energy, shell, cone."};
  write_file(options.out, mc::point_kernels_csv(kernels, options.r_edges_cm, facts));
  table.print();
  fmt::print("\nwritten: {}\n", options.out);
}

}  // namespace

void add_kernels_command(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<KernelOptions>();
  options->ranks = &ranks;
  CLI::App* command = app.add_subcommand("kernels", "Point kernels in water by Monte Carlo, for collapsed cones");
  command->add_option("--out", options->out, "CSV file to write")->required();
  command->add_option("--energies-mev", options->energies_MeV, "Photon energies, ascending")->delimiter(',');
  command->add_option("--histories", options->histories, "Histories of each energy")->capture_default_str();
  command->add_option("--seed", options->seed, "Seed")->capture_default_str();
  command->callback([options] { run_kernels(*options); });
}

}  // namespace xingu
