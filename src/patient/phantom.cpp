// SPDX-License-Identifier: Apache-2.0
#include "patient/phantom.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "base/files.h"
#include "base/parallel.h"
#include "base/philox.h"
#include "base/text.h"
#include "patient/phantom_block.h"

namespace xingu {
namespace {

constexpr double default_spacing_mm = 2.5;

/// A DICOM UID under the root for derived UUIDs (2.25), a function of the text alone.
std::string uid_of(const std::string& text) { return fmt::format("2.25.{}", hash_text(text)); }

void add_noise(Volume<float>& hu, double sigma, std::uint64_t seed) {
  const Philox random(seed, 0);
  constexpr std::size_t num_chunks = 64;
  parallel_chunks(hu.values().size(), num_chunks, [&](std::size_t, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - random.uniform(2 * i)));
      hu[i] += static_cast<float>(sigma * radius * std::cos(2 * std::numbers::pi * random.uniform(2 * i + 1)));
    }
  });
}

/// Identifiers that name the content: the same phantom always gets the same ones.
void identify(Patient& patient, const std::string& name, const std::string& content) {
  CtImage& ct = patient.ct;
  std::string upper_name = name;
  std::transform(upper_name.begin(), upper_name.end(), upper_name.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  ct.patient_name = "XINGU^PHANTOM^" + upper_name;
  ct.patient_id = "phantom-" + name;
  ct.study_uid = uid_of(content + "/study");
  ct.study_date = "20000101";
  ct.study_time = "000000";
  ct.study_id.assign(1, '1');
  ct.series_uid = uid_of(content + "/series");
  ct.series_description = "Xingu phantom " + name;
  ct.frame_of_reference_uid = uid_of(content + "/frame");
  ct.slices.clear();
  const Grid& grid = ct.hu.grid();
  for (int k = 0; k < grid.nz(); ++k) {
    ct.slices.push_back({grid.origin.z() + k * grid.spacing.z(), uid_of(fmt::format("{}/slice/{}", content, k))});
  }
  patient.structure_set.label = "PHANTOM";
  patient.structure_set.sop_instance_uid = uid_of(content + "/structures");
  patient.structure_set.frame_of_reference_uid = ct.frame_of_reference_uid;
}

Patient make_thorax(const HeartParameters& parameters, double spacing_mm) {
  const HeartPhantom phantom(parameters);
  Patient patient;
  patient.ct.hu = phantom.image(spacing_mm);
  patient.structure_set = phantom.contours(patient.ct.hu.grid());
  return patient;
}

/// Every parameter as text, so that different phantoms get different identifiers.
std::string content_of(const HeartParameters& p) {
  std::string text =
      fmt::format("{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}/{}", p.scale, p.cardiac_phase, p.breathing_phase,
                  p.beat.ejection_fraction, p.beat.shortening, p.beat.twist_deg, p.breath.diaphragm_mm,
                  p.breath.chest_mm, p.breath.lateral_mm, p.scar_segment, p.scar_extent, p.margin_mm, p.contrast_hu);
  if (p.tumour) {
    text += fmt::format("/{}/{}/{}/{}", p.tumour->centre.x(), p.tumour->centre.y(), p.tumour->centre.z(),
                        p.tumour->radius_mm);
  }
  return text;
}

Patient build(const PhantomSpec& spec, double spacing_mm) {
  const std::string& name = spec.name;
  if (name == "water") {
    return make_water_phantom(spacing_mm);
  }
  if (name == "slab") {
    return make_slab_phantom(spacing_mm);
  }
  if (name == "tg119-cshape") {
    return make_cshape_phantom(spacing_mm);
  }
  if (name == "heart") {
    HeartParameters parameters = spec.heart;
    parameters.tumour.reset();
    return make_thorax(parameters, spacing_mm);
  }
  if (name == "lung-tumour") {
    HeartParameters parameters = spec.heart;
    parameters.tumour = spec.heart.tumour.value_or(LungTumour{});
    return make_thorax(parameters, spacing_mm);
  }
  const std::string near = nearest_name(name, phantom_names());
  fail_input("phantom '{}' is unknown (there is nothing to build); use {}", printable(name, 60),
             near.empty() ? fmt::format("one of {}", fmt::join(phantom_names(), ", ")) : fmt::format("'{}'", near));
}

}  // namespace

std::vector<std::string> phantom_names() { return {"water", "slab", "tg119-cshape", "lung-tumour", "heart"}; }

Patient make_phantom(const PhantomSpec& spec) {
  const double spacing_mm = spec.spacing_mm.value_or(default_spacing_mm);
  XINGU_REQUIRE(
      spacing_mm >= 0.5 && spacing_mm <= 10,
      "voxel spacing {} mm is out of range (finer needs too much memory, coarser shows no anatomy); give 0.5 to 10",
      spacing_mm);
  XINGU_REQUIRE(spec.noise_hu >= 0 && spec.noise_hu <= 500, "noise of {} HU is out of range; give 0 to 500",
                spec.noise_hu);
  Patient patient = build(spec, spacing_mm);
  if (spec.noise_hu > 0) {
    add_noise(patient.ct.hu, spec.noise_hu, spec.seed);
  }
  XINGU_REQUIRE(spec.patient_sex == "M" || spec.patient_sex == "F" || spec.patient_sex == "O",
                "patient sex '{}' is not one of DICOM's; give M, F or O", printable(spec.patient_sex, 16));
  patient.ct.patient_sex = spec.patient_sex;
  identify(patient, spec.name,
           fmt::format("phantom/{}/{}/{}/{}/{}{}", spec.name, spacing_mm, spec.noise_hu, spec.seed,
                       content_of(spec.heart), spec.patient_sex == "O" ? "" : "/" + spec.patient_sex));
  return patient;
}

}  // namespace xingu
