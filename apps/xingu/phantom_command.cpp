// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "commands.h"
#include "dicom/write_patient.h"
#include "patient/phantom.h"

namespace xingu {
namespace {

struct PhantomOptions {
  PhantomSpec spec;
  std::string out;
  double spacing_mm = 0.0;
};

void run_phantom(const PhantomOptions& options, const CLI::App& command) {
  namespace fs = std::filesystem;
  PhantomSpec spec = options.spec;
  if (command.count("--spacing-mm") > 0) {
    spec.spacing_mm = options.spacing_mm;
  }
  const fs::path out = options.out;
  XINGU_REQUIRE(!fs::exists(out) || (fs::is_directory(out) && fs::is_empty(out)),
                "{}: exists and is not an empty folder (two series in one folder would be mixed up); give a new folder",
                out.string());
  const Patient patient = make_phantom(spec);
  write_ct_series(patient.ct, out);
  write_rtstruct(patient, out / "RS.dcm");
  const Grid& grid = patient.ct.hu.grid();
  fmt::print("{}: {} x {} x {} voxels of {:g} mm, {} structures, written to {}\n", spec.name, grid.nx(), grid.ny(),
             grid.nz(), grid.spacing.x(), patient.structure_set.structures.size(), out.string());
}

}  // namespace

void add_phantom_command(CLI::App& app) {
  auto options = std::make_shared<PhantomOptions>();
  CLI::App* command = app.add_subcommand("phantom", "Write a built-in phantom as DICOM: a CT series and an RTSTRUCT");
  command->add_option("name", options->spec.name, fmt::format("One of {}", fmt::join(phantom_names(), ", ")))
      ->required();
  command->add_option("--out", options->out, "New folder for the DICOM files")->required();
  command->add_option("--spacing-mm", options->spacing_mm, "Voxel side, mm (default: the phantom's own)");
  command->add_option("--noise-hu", options->spec.noise_hu,
                      "Standard deviation of noise added to the CT, HU (default 0)");
  command->add_option("--seed", options->spec.seed, "Seed of the noise (default 1)");
  command->callback([options, command] { run_phantom(*options, *command); });
}

}  // namespace xingu
