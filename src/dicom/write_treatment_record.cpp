// SPDX-License-Identifier: Apache-2.0
#include "dicom/write_treatment_record.h"

#include <array>
#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "dicom/write_modules.h"

namespace xingu {
namespace {

const char* status_of(BeamTermination termination) {
  switch (termination) {
    case BeamTermination::normal:
      return "NORMAL";
    case BeamTermination::by_operator:
      return "OPERATOR";
    case BeamTermination::by_machine:
      return "MACHINE";
    case BeamTermination::unknown:
      break;
  }
  return "UNKNOWN";
}

/// Seconds after a time of day "HHMMSS…", as DICOM TM with milliseconds; days wrap.
std::string time_after(const std::string& time, double seconds) {
  double of_day = 0.0;
  if (time.size() >= 6) {
    const auto two = [&](std::size_t at) { return 10.0 * (time[at] - '0') + (time[at + 1] - '0'); };
    of_day = 3600.0 * two(0) + 60.0 * two(2) + two(4);
  }
  const auto ms = static_cast<long>(std::lround(1000.0 * std::fmod(of_day + seconds, 86'400.0))) % 86'400'000L;
  return fmt::format("{:02}{:02}{:02}.{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000);
}

double canonical(double angle_deg) {
  const double turned = std::fmod(angle_deg, 360.0);
  const double positive = turned < 0 ? turned + 360.0 : turned;
  return positive >= 360.0 ? 0.0 : positive;
}

void write_leaves(ItemWriter point, const DeliveredControlPoint& delivered) {
  ItemWriter device = point.add_item(tag::device_positions);
  device.put(tag::limiting_device_type, "MLCX");
  std::vector<double> positions = delivered.left_mm;
  positions.insert(positions.end(), delivered.right_mm.begin(), delivered.right_mm.end());
  device.put(tag::leaf_positions, positions);
}

void write_angles(ItemWriter point, const RoomAngles& angles) {
  point.put(tag::gantry_angle, canonical(angles.gantry_deg));
  point.put(tag::gantry_rotation, "NONE");
  point.put(tag::collimator_angle, canonical(angles.collimator_deg));
  point.put(tag::collimator_rotation, "NONE");
  point.put(tag::couch_angle, canonical(angles.couch_deg));
  point.put(tag::couch_rotation, "NONE");
  point.put(tag::eccentric_angle, 0.0);
  point.put(tag::eccentric_rotation, "NONE");
  point.put(tag::table_pitch, 0.0);
  point.put(tag::table_pitch_rotation, "NONE");
  point.put(tag::table_roll, 0.0);
  point.put(tag::table_roll_rotation, "NONE");
  point.put_empty(tag::table_vertical);
  point.put_empty(tag::table_longitudinal);
  point.put_empty(tag::table_lateral);
}

void write_points(ItemWriter item, const DeliveredBeamAccount& beam, const Stamp& stamp) {
  int index = 0;
  for (const DeliveredControlPoint& delivered : beam.points) {
    ItemWriter point = item.add_item(tag::point_deliveries);
    point.put(tag::referenced_point_index, index);
    point.put(tag::treatment_point_date, stamp.date.empty() ? "19000101" : stamp.date);
    point.put(tag::treatment_point_time, time_after(stamp.time, delivered.time_s));
    point.put(tag::specified_meterset, delivered.specified_mu);
    point.put(tag::delivered_meterset, delivered.delivered_mu);
    point.put_empty(tag::dose_rate_set);
    point.put_empty(tag::dose_rate_delivered);
    point.put(tag::nominal_beam_energy, beam.energy_MV);
    point.put(tag::energy_unit, "MV");
    write_leaves(point, delivered);
    if (index == 0) {
      write_angles(point, beam.angles);
    }
    ++index;
  }
}

void write_beam(ItemWriter root, const DeliveredBeamAccount& beam, const TreatmentRecord& record, const Stamp& stamp) {
  ItemWriter item = root.add_item(tag::treatment_session_beams);
  item.put(tag::referenced_beam_number, beam.number);
  item.put(tag::beam_name, fitting_text(beam.name, 64));
  item.put(tag::beam_type, "STATIC");  // step and shoot: leaves move only between control points of equal MU (C.8.8.14)
  item.put(tag::radiation_type, "PHOTON");
  ItemWriter device = item.add_item(tag::leaf_pairs_of_devices);
  device.put(tag::limiting_device_type, "MLCX");
  device.put(tag::number_of_leaf_pairs, static_cast<double>(beam.points.front().left_mm.size()));
  item.put(tag::number_of_wedges, 0);
  item.put(tag::number_of_compensators, 0);
  item.put(tag::number_of_boli, 0);
  item.put(tag::number_of_blocks, 0);
  item.put(tag::treatment_delivery_type, "TREATMENT");
  item.put(tag::number_of_control_points, static_cast<double>(beam.points.size()));
  item.put(tag::current_fraction, record.fraction);
  item.put(tag::termination_status, status_of(beam.termination));
  item.put_empty(tag::verification_status);  // no record and verify system was in between
  item.put(tag::specified_primary_meterset, beam.planned_mu);
  item.put(tag::delivered_primary_meterset, beam.primary_mu);
  item.put(tag::delivered_secondary_meterset, beam.secondary_mu);
  write_points(item, beam, stamp);
}

std::string record_seed(const TreatmentRecord& record, const std::string& plan_uid, const WriteOptions& options) {
  std::uint64_t hash = hash_text(fmt::format("{}/{}", record.machine, record.fraction));
  for (const DeliveredBeamAccount& beam : record.beams) {
    hash = hash_text(fmt::format("{}/{}/{}/{}/{}/{}", beam.number, beam.primary_mu, beam.secondary_mu,
                                 beam.angles.gantry_deg, beam.angles.couch_deg, beam.points.size()),
                     hash);
    for (const DeliveredControlPoint& point : beam.points) {
      hash = hash_bytes(std::as_bytes(std::span(point.left_mm)), hash);
      hash = hash_bytes(std::as_bytes(std::span(point.right_mm)), hash);
    }
  }
  return fmt::format("treatment record/{}/{}/{:x}", plan_uid, options.seed, hash);
}

}  // namespace

std::string write_treatment_record(const TreatmentRecord& record, const Patient& patient,
                                   const std::string& referenced_plan_uid, const std::filesystem::path& path,
                                   const WriteOptions& options) {
  XINGU_REQUIRE(!record.beams.empty(),
                "{}: no beam was begun (a treatment record needs one); there is nothing to write", path.string());
  const PatientUids uids = uids_of(patient);
  const std::string uid = make_uid(record_seed(record, referenced_plan_uid, options));
  const Stamp stamp = stamp_of(patient.ct, options);
  DicomFileWriter file(sop_class::rt_beams_treatment_record, uid);
  ItemWriter root = file.root();
  write_patient_and_study(root, patient.ct, uids);
  write_series(root, "RTRECORD", make_uid(uid + "/series"), "RESEARCH USE ONLY: simulated delivery", 5);
  root.put(tag::instance_number, 1);
  root.put(tag::treatment_date, stamp.date);
  root.put(tag::treatment_time, stamp.time);
  write_reference(root.add_item(tag::referenced_plans), sop_class::rt_plan, referenced_plan_uid);
  ItemWriter machine = root.add_item(tag::treatment_machines);
  machine.put(tag::machine_name, fitting_text(record.machine, 16));
  machine.put(tag::manufacturer, "Xingu");
  machine.put_empty(tag::institution_name);
  machine.put(tag::manufacturer_model, "simulated");
  machine.put_empty(tag::device_serial_number);
  root.put(tag::referenced_fraction_group, 1);
  root.put(tag::number_of_fractions, record.num_fractions_planned);
  root.put(tag::primary_dosimeter_unit, "MU");
  for (const DeliveredBeamAccount& beam : record.beams) {
    write_beam(root, beam, record, stamp);
  }
  file.save(path, WriteEncoding::explicit_little);
  return uid;
}

}  // namespace xingu
