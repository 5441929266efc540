// SPDX-License-Identifier: Apache-2.0
// xingu tank: a virtual water tank, as physicists commission with.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "commands.h"
#include "dose/field_fluence.h"
#include "dose/machine_file.h"
#include "dose/machine_physics.h"
#include "dose/mc/monte_carlo.h"
#include "dose/mc/plan_dose.h"
#include "dose/tank.h"
#include "dose/tank_output.h"
#include "geometry/mha.h"
#include "monte_carlo_option.h"
#include "output_place.h"

namespace xingu {
namespace {

struct TankOptions {
  std::string tank;
  std::string engine = "ccc";
  std::string quality = "normal";
  std::string machine;
  std::string spectrum;
  std::string field;
  std::optional<double> ssd_mm;
  std::optional<double> sad_mm;
  std::optional<double> grid_mm;
  std::string uncertainty = "1%";
  std::string dose_to = "medium";
  std::uint64_t seed = 1;
  std::string out;
  Ranks* ranks = nullptr;
};

std::array<double, 2> parse_sides(const std::string& text) {
  std::array<double, 2> sides{};
  const auto cross = text.find('x');
  const auto read = [&](std::size_t begin, std::size_t end, double& value) {
    const auto result = std::from_chars(text.data() + begin, text.data() + end, value);
    return result.ec == std::errc{} && result.ptr == text.data() + end && value > 0 && value <= 1000;
  };
  const bool is_valid = cross != std::string::npos ? read(0, cross, sides[0]) && read(cross + 1, text.size(), sides[1])
                                                   : read(0, text.size(), sides[0]);
  XINGU_REQUIRE(is_valid, "--field-mm '{}' is not a field (two sides in mm are needed); write for example 50x50", text);
  return cross != std::string::npos ? sides : std::array{sides[0], sides[0]};
}

TankSetup effective_setup(const TankOptions& options, const MaterialTable& materials) {
  TankSetup setup = load_tank(options.tank, materials);
  if (!options.machine.empty()) {
    XINGU_REQUIRE(options.spectrum.empty() && !options.sad_mm,
                  "--machine with --spectrum or --sad-mm (the machine has its own); give one or the other");
    setup.field.machine = options.machine;
  }
  if (!options.spectrum.empty()) {
    setup.field.machine.clear();
    setup.field.spectrum = options.spectrum;
  }
  if (options.sad_mm) {
    setup.field.machine.clear();
    setup.field.sad_mm = *options.sad_mm;
  }
  if (!options.field.empty()) {
    setup.field.field_mm = parse_sides(options.field);
  }
  setup.field.ssd_mm = options.ssd_mm.value_or(setup.field.ssd_mm);
  setup.grid_mm = options.grid_mm.value_or(setup.grid_mm);
  XINGU_REQUIRE(setup.grid_mm >= 0.25 && setup.grid_mm <= 20,
                "a grid of {} mm (outside 0.25 to 20 mm); give --grid-mm, for example 2", setup.grid_mm);
  XINGU_REQUIRE(setup.field.ssd_mm > 0 && setup.field.sad_mm > 0,
                "SSD {} mm and SAD {} mm must be positive; correct them", setup.field.ssd_mm, setup.field.sad_mm);
  if (!setup.is_scoring_stated) {
    score_by_default(setup);
  }
  return setup;
}

/// The source, ready for dose. An ideal source has no MU.
MachinePhysics physics_of(const TankField& field, const MaterialTable& materials) {
  if (!field.machine.empty()) {
    return commission(load_machine(field.machine).beam);
  }
  MachinePhysics source;
  source.beam = ideal_point_source(load_spectrum(field.spectrum), field.sad_mm);
  source.photons =
      std::make_shared<const PhotonPhysics>(source.beam.spectrum.energy_MeV, source.beam.spectrum.weight,
                                            PointKernels::read(find_shipped("data/kernels/water_point_kernels.csv")),
                                            PhotonCrossSections::shipped(), materials);
  return source;
}

/// Refuses a field that the machine's leaves cannot open: its dose would be of another machine.
void require_openable(const TankField& field, const MultileafCollimator& mlc) {
  if (field.machine.empty() || mlc.boundaries_mm.empty()) {
    return;
  }
  const double widest_x = 2.0 * mlc.max_position_mm;
  const double widest_y = 2.0 * std::min(-mlc.boundaries_mm.front(), mlc.boundaries_mm.back());
  const auto [side_x, side_y] = field.field_mm;
  XINGU_REQUIRE(
      side_x <= widest_x && side_y <= widest_y,
      "a field of {:g}x{:g} mm is larger than the {:g}x{:g} mm that the leaves of {} open (its dose would be of "
      "another machine); give a smaller --field-mm",
      side_x, side_y, widest_x, widest_y, field.machine);
}

/// Refuses a surface within the machine's head.
void require_surface_below_leaves(const TankField& field, const BeamModel& beam) {
  XINGU_REQUIRE(
      field.machine.empty() || field.ssd_mm >= beam.collimator_distance_mm,
      "--ssd-mm {:g} is within the head of {}, whose leaves end {:g} mm from the source (there can be no tank); "
      "give a longer SSD",
      field.ssd_mm, field.machine, beam.collimator_distance_mm);
}

/// Warns of a field that is wider than the tank where it enters: a part of it shines past.
void warn_of_wide_field(const TankSetup& setup, double sad_mm) {
  const double to_surface = setup.field.ssd_mm / sad_mm;
  const auto side = [](const std::array<double, 2>& range) { return range[1] - range[0]; };
  const double x_mm = to_surface * setup.field.field_mm[0];
  const double y_mm = to_surface * setup.field.field_mm[1];
  if (x_mm > side(setup.tank.block.x_mm) || y_mm > side(setup.tank.block.y_mm)) {
    log_warning(
        "the field of {:g}x{:g} mm is {:.0f}x{:.0f} mm at the surface, wider than the tank ({:g}x{:g} mm): what "
        "shines past it scatters nothing",
        setup.field.field_mm[0], setup.field.field_mm[1], x_mm, y_mm, side(setup.tank.block.x_mm),
        side(setup.tank.block.y_mm));
  }
}

/// Warns of scoring finer than the voxels: dose is constant within one, so that the curve has steps.
void warn_of_steps(const TankSetup& setup) {
  const auto finest = [](const std::vector<double>& edges) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i < edges.size(); ++i) {
      least = std::min(least, edges[i] - edges[i - 1]);
    }
    return least;
  };
  double least_mm = finest(setup.depth_dose.edges_mm);
  for (const ProfileScoring& profile : setup.profiles) {
    least_mm = std::min(least_mm, finest(profile.edges_mm));
  }
  if (least_mm < 0.99 * setup.grid_mm) {
    log_warning(
        "dose is scored in boxes down to {:.3g} mm with voxels of {:g} mm: the curves have steps; give --grid-mm "
        "{:.3g}",
        least_mm, setup.grid_mm, least_mm);
  }
}

/// Dose of the tank per unit of the map's axis, with what is scored of it.
struct TankDose {
  Volume<float> dose;
  std::optional<Volume<float>> sigma;
  TankScores scores;
  std::string engine;
};

TankDose dose_by_cones(const TankOptions& options, const TankSetup& setup, const MachinePhysics& source,
                       const DensityImage& image, const FieldFluence& field, double axis) {
  CccEngine::Config config;
  config.quality = cone_quality(options.quality);
  config.spacing_mm = setup.grid_mm;
  config.margin_mm = 150.0;  // profiles are looked at far out
  config.blur = source.blur;
  const CccEngine engine(source.photons, config);
  TankDose result;
  result.engine = engine.description();
  result.dose = engine.compute(image, tank_beam(source.beam.sad_mm), field.total(), image.density.grid());
  for (float& value : result.dose.values()) {
    value = static_cast<float>(static_cast<double>(value) / axis);
  }
  result.scores = score_tank(result.dose, setup, setup.field.ssd_mm - source.beam.sad_mm);
  return result;
}

TankDose dose_by_monte_carlo(const TankOptions& options, const TankSetup& setup, const MachinePhysics& source,
                             const DensityImage& image, const FieldFluence& field, double axis) {
  const double surface = setup.field.ssd_mm - source.beam.sad_mm;
  TankSpread spread;
  mc::MonteCarloOptions run;
  run.seed = options.seed;
  run.ranks = options.ranks;
  run.dose_to = parse_dose_to(options.dose_to);
  run.on_batch = [&](const Volume<float>& batch) { spread.add(score_tank(batch, setup, surface)); };
  run.uncertainty_of_interest = [&] { return spread.uncertainty(); };
  mc::fit_to_voxels(run, image.density.grid());
  mc::StopRule stop;
  stop.uncertainty = parse_uncertainty(options.uncertainty);
  const mc::MonteCarlo engine(image, image.density.grid(), MaterialTable::shipped(), PhotonCrossSections::shipped(),
                              run);
  mc::MonteCarloDose dose =
      engine.run({{mc::BeamSource(source.beam, tank_beam(source.beam.sad_mm), field), 1.0 / axis}}, stop);
  TankDose result;
  if (!options.ranks->is_root()) {
    return result;
  }
  result.engine = fmt::format(
      "Monte Carlo, dose to {}, {} histories in {} batches, {:.2f} % (one standard deviation, depth dose "
      "above half of its maximum)",
      options.dose_to, dose.histories, dose.batches, 100 * dose.uncertainty);
  result.dose = std::move(dose.dose_Gy);
  result.sigma = std::move(dose.sigma_Gy);
  result.scores = spread.mean();
  return result;
}

/// Value of the map on the axis: the mean of the pixels that touch it.
double axis_value(const FluenceMap& map) {
  double sum = 0.0;
  int count = 0;
  for (int y = 0; y < map.ny; ++y) {
    for (int x = 0; x < map.nx; ++x) {
      if (std::abs(map.x0_mm + x * map.pixel_mm) <= 0.51 * map.pixel_mm &&
          std::abs(map.y0_mm + y * map.pixel_mm) <= 0.51 * map.pixel_mm) {
        sum += static_cast<double>(map.at(x, y));
        ++count;
      }
    }
  }
  return count > 0 ? sum / count : 0.0;
}

/// What an earlier tank may have left in a folder and the new one does not write.
void remove_leftovers(const std::filesystem::path& out, const TankScores& scores, const TankDose& dose) {
  std::error_code ignored;
  if (scores.profiles.empty()) {
    std::filesystem::remove(out / "profiles.csv", ignored);
  }
  if (!dose.sigma) {
    std::filesystem::remove(out / "sigma.mha", ignored);
  }
}

void run_tank(const TankOptions& options, const CLI::App& command) {
  XINGU_REQUIRE(options.engine == "ccc" || options.engine == "mc",
                "the engine '{}' is not known (there are 'ccc' and 'mc'); give --engine ccc or mc", options.engine);
  static_cast<void>(parse_uncertainty(options.uncertainty));
  const mc::DoseTo dose_to = parse_dose_to(options.dose_to);
  XINGU_REQUIRE(options.engine == "mc" || dose_to == mc::DoseTo::medium,
                "--dose-to water is for Monte Carlo (collapsed cones know no stopping powers); add --engine mc");
  refuse_unused_by_engine(command, options.engine, {"--uncertainty", "--seed"}, {"--engine-quality"});
  require_folder_place(options.out);
  const MaterialTable materials = MaterialTable::shipped();
  const TankSetup setup = effective_setup(options, materials);
  const MachinePhysics source = physics_of(setup.field, materials);
  const BeamModel& beam = source.beam;
  require_openable(setup.field, beam.mlc);
  require_surface_below_leaves(setup.field, beam);
  const DensityImage image = tank_image(setup.tank, setup.field.ssd_mm, beam.sad_mm, setup.grid_mm);
  const auto [side_x, side_y] = setup.field.field_mm;
  const FieldRectangle opening{-0.5 * side_x, 0.5 * side_x, -0.5 * side_y, 0.5 * side_y};
  const FieldFluence field = field_fluence(beam, opening, {0.5, 25.0});
  warn_of_wide_field(setup, beam.sad_mm);
  warn_of_steps(setup);
  const double axis = axis_value(field.total());
  XINGU_REQUIRE(axis > 0, "the field is closed on the axis (dose cannot be given per fluence there); open it");
  const TankDose result = options.engine == "mc" ? dose_by_monte_carlo(options, setup, source, image, field, axis)
                                                 : dose_by_cones(options, setup, source, image, field, axis);
  if (!options.ranks->is_root()) {
    return;
  }
  const TankScores& scores = result.scores;
  const TankFacts facts{
      fmt::format("{}: {:g} x {:g} mm field, SSD {:g} mm", setup.tank.name, side_x, side_y, setup.field.ssd_mm),
      fmt::format("source: {}, spectrum {} (mean {:.3f} MeV), SAD {:g} mm; field sides at the isocentre plane",
                  beam.name, beam.spectrum.name, beam.spectrum.mean_energy_MeV(), beam.sad_mm),
      fmt::format("engine: {}; image and dose {:g} mm; xingu {}", result.engine, setup.grid_mm, XINGU_VERSION),
      fmt::format("dose to {}, mean over each box; per photon fluence in air on the axis at the isocentre plane",
                  options.dose_to),
      "research use only: not for clinical treatment"};
  log_info("{}; {}", facts[0], facts[1]);

  const double fluence_per_mu = axis * source.fluence_per_mu;
  const TankFigures figures = tank_figures(scores);

  const std::filesystem::path out(options.out);
  std::error_code error;
  std::filesystem::create_directories(out, error);
  XINGU_REQUIRE(!error, "--out {}: cannot be made a folder ({}); give another place", options.out, error.message());
  remove_leftovers(out, scores, result);
  write_file(out / "depth_dose.csv", depth_dose_csv(scores, facts, fluence_per_mu));
  if (!scores.profiles.empty()) {
    write_file(out / "profiles.csv", profiles_csv(scores, facts, fluence_per_mu));
  }
  write_file(out / "tank.svg", tank_svg(scores, facts));
  write_mha(out / "dose.mha", result.dose);
  if (result.sigma) {
    write_mha(out / "sigma.mha", *result.sigma);
  }

  fmt::print("dmax {:.1f} mm, D(dmax)/Φ {:.4e} Gy cm²", figures.dmax_mm, figures.dose_at_dmax);
  if (figures.pdd10) {
    fmt::print(", PDD10 {:.2f} %", *figures.pdd10);
  }
  if (figures.pdd20) {
    fmt::print(", PDD20 {:.2f} %", *figures.pdd20);
  }
  if (fluence_per_mu > 0) {
    fmt::print(", output {:.5f} Gy/MU at dmax", figures.dose_at_dmax * fluence_per_mu);
  }
  if (result.sigma) {
    fmt::print("\n{}", result.engine);
  }
  fmt::print("\nwritten: {}\n", out.string());
}

}  // namespace

void add_tank_command(CLI::App& app, Ranks& ranks) {
  auto options = std::make_shared<TankOptions>();
  options->ranks = &ranks;
  CLI::App* command = app.add_subcommand("tank", "Virtual water tank: depth dose and profiles of one field");
  command
      ->add_option("TANK", options->tank, "Tank file, or the name of a shipped one (water-10x10, water-2x2, slab-5x5)")
      ->required();
  command->add_option("--engine", options->engine, "Dose engine: ccc, or mc for Monte Carlo")->capture_default_str();
  command->add_option("--engine-quality", options->quality, "draft, normal or fine")->capture_default_str();
  command
      ->add_option("--uncertainty", options->uncertainty,
                   "Where Monte Carlo stops: of the depth dose, for example 0.5%")
      ->capture_default_str();
  command
      ->add_option("--dose-to", options->dose_to,
                   "What Monte Carlo's dose is to: medium, or water (by the ratio of stopping powers)")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of Monte Carlo")->capture_default_str();
  command->add_option("--machine", options->machine,
                      "Machine (name, folder or machine.toml) instead of the file's source");
  command->add_option("--spectrum", options->spectrum, "Ideal point source with this spectrum (name or CSV file)");
  command->add_option("--sad-mm", options->sad_mm, "Source-axis distance of the ideal point source");
  command->add_option("--field-mm", options->field, "Field sides at the isocentre plane, for example 50x50");
  command->add_option("--ssd-mm", options->ssd_mm, "Source-surface distance");
  command->add_option("--grid-mm", options->grid_mm, "Voxels of tank, engine and dose");
  command->add_option("--out", options->out, "Folder for depth_dose.csv, profiles.csv, tank.svg and dose.mha")
      ->required();
  command->callback([options, command] { run_tank(*options, *command); });
}

}  // namespace xingu
