// SPDX-License-Identifier: Apache-2.0
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "commands.h"
#include "dicom/write_patient.h"
#include "output_place.h"
#include "patient/phantom.h"

namespace xingu {
namespace {

/// Linear size of a woman's thorax over a man's (docs/methods/phantoms.md).
constexpr double female_scale = 0.92;

struct PhantomOptions {
  PhantomSpec spec;
  LungTumour tumour;
  std::string out;
  std::string sex;
  double spacing_mm = 0.0;
  std::vector<CLI::Option*> of_thorax;  ///< that only the thorax phantoms use
  std::vector<CLI::Option*> of_heart;
  std::vector<CLI::Option*> of_tumour;
};

void refuse_given(const std::vector<CLI::Option*>& options, const std::string& phantom) {
  for (const CLI::Option* option : options) {
    XINGU_REQUIRE(option->count() == 0, "{} means nothing to the phantom '{}' (it would be ignored); leave it out",
                  option->get_name(), phantom);
  }
}

void refuse_unused(const PhantomOptions& options) {
  const std::string& name = options.spec.name;
  if (name != "heart" && name != "lung-tumour") {
    refuse_given(options.of_thorax, name);
  }
  if (name != "heart") {
    refuse_given(options.of_heart, name);
  }
  if (name != "lung-tumour") {
    refuse_given(options.of_tumour, name);
  }
}

void run_phantom(const PhantomOptions& options, const CLI::App& command) {
  namespace fs = std::filesystem;
  refuse_unused(options);
  PhantomSpec spec = options.spec;
  if (command.count("--spacing-mm") > 0) {
    spec.spacing_mm = options.spacing_mm;
  }
  if (!options.sex.empty()) {
    XINGU_REQUIRE(options.sex == "male" || options.sex == "female", "--sex {}: unknown; give male or female",
                  options.sex);
    spec.heart.scale *= options.sex == "female" ? female_scale : 1.0;
    spec.patient_sex = options.sex == "female" ? "F" : "M";
  }
  if (spec.name == "lung-tumour") {
    spec.heart.tumour = options.tumour;
  }
  const fs::path out = options.out;
  require_folder_place(out);
  XINGU_REQUIRE(!fs::exists(out) || fs::is_empty(out),
                "{}: exists and is not an empty folder (two series in one folder would be mixed up); give a new folder",
                out.string());
  const Patient patient = make_phantom(spec);
  write_ct_series(patient.ct, out);
  write_rtstruct(patient, out / "RS.dcm");
  const Grid& grid = patient.ct.hu.grid();
  fmt::print("{}: {} x {} x {} voxels of {:g} mm, {} structures, written to {}\n", spec.name, grid.nx(), grid.ny(),
             grid.nz(), grid.spacing.x(), patient.structure_set.structures.size(), out.string());
}

void add_thorax_options(CLI::App& command, PhantomOptions& options) {
  HeartParameters& heart = options.spec.heart;
  options.of_thorax = {
      command.add_option("--scale", heart.scale, "Linear size of the thorax (default 1, a man)"),
      command.add_option("--sex", options.sex, "male or female, as PatientSex: female is scale 0.92"),
      command.add_option("--breathing-phase", heart.breathing_phase, "[0, 1), 0 is end-expiration (default 0)"),
      command.add_option("--cardiac-phase", heart.cardiac_phase, "[0, 1), 0 is end-diastole (default 0)"),
      command.add_option("--diaphragm-motion-mm", heart.breath.diaphragm_mm, "Peak to peak (default 14)"),
      command.add_option("--chest-motion-mm", heart.breath.chest_mm, "Anterior skin, peak to peak (default 4)"),
      command.add_option("--ejection-fraction", heart.beat.ejection_fraction, "Of the left ventricle (default 0.6)"),
      command.add_option("--twist-deg", heart.beat.twist_deg, "Systolic twist, apex against base (default 10)"),
      command.add_option("--margin-mm", heart.margin_mm, "From CTV to PTV (default 5)"),
      command.add_option("--contrast-hu", heart.contrast_hu, "Contrast agent in the blood, HU (default 0)")};
  options.of_heart = {
      command.add_option("--segment", heart.scar_segment, "AHA segment of the scar, 1 to 17 (default 12)"),
      command.add_option("--scar-extent", heart.scar_extent, "Size of the scar over its segment (default 1)")};
  options.of_tumour = {
      command.add_option("--tumour-radius-mm", options.tumour.radius_mm, "Radius of the lung tumour (default 14)")};
}

}  // namespace

void add_phantom_command(CLI::App& app) {
  auto options = std::make_shared<PhantomOptions>();
  CLI::App* command = app.add_subcommand("phantom", "Write a built-in phantom as DICOM: a CT series and an RTSTRUCT");
  command->add_option("name", options->spec.name, fmt::format("One of {}", fmt::join(phantom_names(), ", ")))
      ->required();
  command->add_option("--out", options->out, "New folder for the DICOM files")->required();
  command->add_option("--spacing-mm", options->spacing_mm, "Voxel side, mm (default 2.5)");
  command->add_option("--noise-hu", options->spec.noise_hu,
                      "Standard deviation of noise added to the CT, HU (default 0)");
  command->add_option("--seed", options->spec.seed, "Seed of the noise (default 1)");
  add_thorax_options(*command, *options);
  command->callback([options, command] { run_phantom(*options, *command); });
}

}  // namespace xingu
