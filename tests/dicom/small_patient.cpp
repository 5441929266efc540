// SPDX-License-Identifier: Apache-2.0
#include "small_patient.h"

#include <cmath>
#include <numbers>

#include "dicom/write_plan.h"

namespace xingu::test {
namespace {

Contour circle(double x, double y, double radius, double z, int num_points) {
  Contour contour{z, {}};
  for (int i = 0; i < num_points; ++i) {
    const double angle = 2 * std::numbers::pi * i / num_points;
    contour.points.emplace_back(x + radius * std::cos(angle), y + radius * std::sin(angle));
  }
  return contour;
}

/// A square ring drawn in one stroke: outside, in along a doubled edge, the hole backwards, out again.
Contour keyhole(double z) {
  return {z, {{-8, -8}, {8, -8}, {8, 8}, {-8, 8}, {-8, -8}, {-4, -4}, {-4, 4}, {4, 4}, {4, -4}, {-4, -4}}};
}

CtImage small_ct() {
  Grid grid;
  grid.size = {24, 20, 8};
  grid.origin = Vec3(-23.0, -23.75, -10.5);
  grid.spacing = Vec3(2.0, 2.5, 3.0);
  CtImage ct;
  ct.hu = Volume<float>(grid);
  for (std::size_t i = 0; i < grid.num_voxels(); ++i) {
    ct.hu[i] = static_cast<float>(static_cast<int>(i * 7919 % 4001) - 1000);
  }
  ct.patient_name = "Small^Patient";
  ct.patient_id = "small-1";
  ct.patient_sex = "O";
  ct.study_date = "20250102";
  ct.study_time = "030405";
  ct.study_id = "1";
  ct.series_description = "small test series";
  return ct;
}

Structure ring(double z0, double dz) {
  Structure structure;
  structure.number = 2;
  structure.name = "Ring";
  structure.interpreted_type = "ORGAN";
  for (int k = 2; k < 5; ++k) {
    structure.contours.push_back(circle(0, 0, 12, z0 + k * dz, 40));
    structure.contours.push_back(circle(1, 0, 5, z0 + k * dz, 24));
  }
  return structure;
}

}  // namespace

Patient small_patient() {
  Patient patient;
  patient.ct = small_ct();
  const double z0 = patient.ct.hu.grid().origin.z();
  const double dz = patient.ct.hu.grid().spacing.z();
  Structure body;
  body.number = 1;
  body.name = "BODY";
  body.interpreted_type = "EXTERNAL";
  body.colour = {0, 255, 10};
  for (int k = 0; k < 8; ++k) {
    body.contours.push_back(circle(0, 0, 20.0 + k / 3.0, z0 + k * dz, 60));
  }
  Structure doubled_edge;
  doubled_edge.number = 3;
  doubled_edge.name = "Keyhole";
  doubled_edge.interpreted_type = "PTV";
  doubled_edge.contours = {keyhole(z0 + 3 * dz), keyhole(z0 + 4 * dz)};
  Structure between;
  between.number = 4;
  between.name = "Between";
  for (int k = 4; k < 9; ++k) {
    between.contours.push_back(circle(-3.25, 2, 4, z0 + 0.5 * k * dz, 16));
  }
  Structure first_twin;
  first_twin.number = 5;
  first_twin.name = "Twin";
  first_twin.contours = {circle(5, 5, 3, z0 + dz, 12)};
  Structure second_twin = first_twin;
  second_twin.number = 9;
  second_twin.contours = {circle(-5, -5, 2, z0 + 5 * dz, 12)};
  Structure empty;
  empty.number = 7;
  empty.name = "Empty";
  Structure dense;
  dense.number = 8;
  dense.name = "Clip";
  dense.relative_mass_density = 4.5;
  dense.relative_electron_density = 3.9;
  dense.contours = {circle(1.0 / 3.0, -2.0 / 7.0, 1.5, z0 + 2 * dz, 8)};
  patient.structure_set.label = "SMALL";
  patient.structure_set.structures = {body, ring(z0, dz), doubled_edge, between, first_twin, second_twin, empty, dense};
  return patient;
}

TreatmentPlan small_plan() {
  TreatmentPlan plan;
  plan.label = "small 4pi plan";
  plan.machine = "ring-arm-4pi";
  plan.position = PatientPosition::hfs;
  plan.num_fractions = 3;
  plan.prescription_Gy = 25.5;
  plan.target_name = "Keyhole";
  plan.further_targets = {{"Clip", 18.0}, {"no such structure", 15.5}};
  for (int b = 0; b < 3; ++b) {
    PlannedBeam beam;
    beam.number = b + 1;
    beam.name = "beam " + std::to_string(b + 1);
    beam.angles = {360.0 * b / 7.0, b == 1 ? 350.0 : 20.0 * b, 15.0 * b};
    beam.isocentre_P = Vec3(1.0 / 3.0, -2.5, 4.125);
    beam.sad_mm = 800.0 + 100.0 * b;
    beam.leaf_boundaries_mm = {-15, -10, -5, 0, 5, 10, 15};
    beam.is_filter_free = true;
    beam.dose_Gy = 2.8333;
    for (int s = 0; s < 1 + 3 * b; ++s) {
      Segment segment;
      for (int p = 0; p < 6; ++p) {
        segment.left_mm.push_back(-10.0 + s + p / 7.0);
        segment.right_mm.push_back(segment.left_mm.back() + (p == 0 ? 0.0 : 6.0 + s / 3.0));
      }
      segment.mu = 100.0 / (s + 3.0);
      beam.segments.push_back(segment);
    }
    plan.beams.push_back(beam);
  }
  plan.beams[2].jaws = JawOpening{-20, 20, -15.5, 15.5};
  return plan;
}

TreatmentRecord small_treatment_record() {
  const TreatmentPlan plan = small_plan();
  TreatmentRecord record;
  record.machine = plan.machine;
  for (const PlannedBeam& beam : plan.beams) {
    DeliveredBeamAccount account;
    account.number = beam.number;
    account.name = beam.name;
    account.angles = beam.angles;
    account.planned_mu = beam.mu();
    account.primary_mu = beam.mu() + 0.01;
    account.secondary_mu = beam.mu() - 0.02;
    account.termination = BeamTermination::normal;
    double mu = 0.0;
    for (const Segment& segment : beam.segments) {
      account.points.push_back({10.0 + mu, mu, mu, segment.left_mm, segment.right_mm});
      mu += segment.mu;
      account.points.push_back({10.0 + mu, mu, mu + 0.01, segment.left_mm, segment.right_mm});
    }
    record.beams.push_back(account);
  }
  record.beams.back().termination = BeamTermination::by_machine;
  return record;
}

Volume<float> small_dose() {
  Grid grid;
  grid.size = {14, 12, 10};
  grid.origin = Vec3(-20.0, -17.5, -13.25);
  grid.spacing = Vec3(3.0, 3.0, 3.0);
  Volume<float> dose(grid);
  for (int z = 0; z < 10; ++z) {
    for (int y = 0; y < 12; ++y) {
      for (int x = 0; x < 14; ++x) {
        dose.at(x, y, z) = static_cast<float>(30.0 * std::exp(-grid.centre(x, y, z).squaredNorm() / 200.0));
      }
    }
  }
  return dose;
}

std::string write_small_patient(const std::filesystem::path& folder) {
  const Patient patient = small_patient();
  write_ct_series(patient.ct, folder);
  write_rtstruct(patient, folder / "RS.dcm");
  const std::string plan_uid = write_rtplan(small_plan(), patient, folder / "RP.dcm");
  write_rtdose(small_dose(), patient, plan_uid, "final, test", folder / "RD.dcm");
  return plan_uid;
}

}  // namespace xingu::test
