// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "dicom/dataset.h"
#include "dicom/required_attributes.h"

namespace xingu {
namespace {

constexpr std::size_t max_beams = 1000;
constexpr std::size_t max_control_points = 20'000;
constexpr std::size_t max_leaf_pairs = 512;
constexpr std::size_t max_leaf_values = 32'000'000;  // of the whole plan
constexpr double angle_tolerance_deg = 0.05;

/// Signed difference of two angles in (−180, 180].
double angle_between(double a, double b) { return std::remainder(a - b, 360.0); }

double canonical(double angle_deg) {
  const double turned = std::fmod(angle_deg, 360.0);
  return turned < 0 ? turned + 360.0 : turned;
}

/// What control points say, each repeating only what changed (DICOM PS3.3 C.8.8.14.5).
struct MachineState {
  std::optional<double> gantry_deg;
  std::optional<double> collimator_deg;
  std::optional<double> couch_deg;
  std::optional<double> gantry_pitch_deg;
  std::array<std::optional<double>, 3> table_mm;  ///< lateral, longitudinal, vertical
  std::optional<Vec3> isocentre;
  std::optional<double> energy_MV;
  std::vector<double> leaves;  ///< bank X1, then bank X2
  std::optional<std::array<double, 2>> jaw_x;
  std::optional<std::array<double, 2>> jaw_y;
};

/// Reads one beam of the sequence.
class BeamReader {
 public:
  BeamReader(const DicomItem& beam, std::size_t& leaf_values, std::vector<std::string>& warnings)
      : beam_(beam), leaf_values_(leaf_values), warnings_(warnings) {}

  /// Whether leaves move while MU are given; valid after read().
  [[nodiscard]] bool is_dynamic() const { return is_dynamic_; }

  PlannedBeam read(double meterset_mu) {
    PlannedBeam result;
    result.number = static_cast<int>(std::clamp<std::int64_t>(
        beam_.required_integer(tag::beam_number, "metersets refer to it"), -1'000'000, 1'000'000));
    result.name = beam_.text(tag::beam_name);
    name_ = fmt::format("beam {} '{}'", result.number, printable(result.name, 32));
    refuse_unsupported();
    result.sad_mm = beam_.number(tag::source_axis_distance).value_or(1000.0);
    if (!beam_.has(tag::source_axis_distance)) {
      warn(fmt::format("{} is missing; 1000 mm is assumed", to_string(tag::source_axis_distance)));
    }
    if (!(result.sad_mm >= 100.0 && result.sad_mm <= 5000.0)) {
      beam_.fail(tag::source_axis_distance,
                 fmt::format("of {} is {:g} mm (100 to 5000 mm are possible); export it again", name_, result.sad_mm));
    }
    result.leaf_boundaries_mm = leaf_boundaries();
    if (const auto mode = beam_.first_item(tag::primary_fluence_modes); mode) {
      result.is_filter_free = to_lower(mode->text(tag::fluence_mode_id)).find("fff") != std::string::npos;
    }
    read_control_points(result, meterset_mu);
    return result;
  }

 private:
  void refuse_unsupported() {
    const std::string radiation = beam_.text(tag::radiation_type);
    if (!radiation.empty() && radiation != "PHOTON") {
      beam_.fail(tag::radiation_type, fmt::format("of {} is {} (only photon beams are read); remove the beam", name_,
                                                  printable(radiation, 16)));
    }
    const std::array<std::pair<Tag, const char*>, 3> modifiers{std::pair{tag::number_of_wedges, "wedges"},
                                                               std::pair{tag::number_of_compensators, "compensators"},
                                                               std::pair{tag::number_of_blocks, "blocks"}};
    for (const auto& [tag, what] : modifiers) {
      if (const auto count = beam_.integer(tag); count && *count != 0) {
        beam_.fail(tag, fmt::format("of {} is {} ({} are not modelled, the dose would be wrong); plan without them",
                                    name_, *count, what));
      }
    }
    if (const auto applicator = beam_.first_item(tag::applicators); applicator) {
      beam_.fail(tag::applicators,
                 fmt::format("of {} is there (cones and other applicators are not modelled, the field would be wrong); "
                             "plan without them",
                             name_));
    }
    if (const std::string unit = beam_.text(tag::primary_dosimeter_unit); !unit.empty() && unit != "MU") {
      beam_.fail(tag::primary_dosimeter_unit,
                 fmt::format("of {} is {} (only monitor units say how much is given); export it again in MU", name_,
                             printable(unit, 16)));
    }
    if (const auto count = beam_.integer(tag::number_of_boli); count && *count != 0) {
      warn(fmt::format(
          "{} is {}; the bolus is in the dose only where the CT shows it inside the body, or as an override",
          to_string(tag::number_of_boli), *count));
    }
  }

  std::vector<double> leaf_boundaries() {
    std::vector<double> boundaries;
    for (const DicomItem& device : beam_.items(tag::limiting_devices)) {
      const std::string type = device.text(tag::limiting_device_type);
      if (type == "MLCY") {
        device.fail(
            tag::limiting_device_type,
            fmt::format("of {} is MLCY (only leaves that travel along X are read); plan with such a machine", name_));
      }
      if (type != "MLCX") {
        continue;
      }
      if (has_leaves_) {
        device.fail(tag::limiting_device_type,
                    fmt::format("of {} is MLCX twice (stacked leaf banks are not read); plan with one bank", name_));
      }
      has_leaves_ = true;
      boundaries = device.numbers(tag::leaf_boundaries, max_leaf_pairs + 1);
      if (boundaries.size() < 2 || std::ranges::adjacent_find(boundaries, std::greater_equal<>()) != boundaries.end()) {
        device.fail(tag::leaf_boundaries,
                    fmt::format("of {} has {} values that do not ascend (the leaves have no place); export it again",
                                name_, boundaries.size()));
      }
    }
    return boundaries;
  }

  void read_control_points(PlannedBeam& result, double meterset_mu) {
    const auto points = beam_.items(tag::control_points);
    if (points.size() < 2 || points.size() > max_control_points) {
      beam_.fail(tag::control_points, fmt::format("of {} has {} items (2 to {} are possible); export it again", name_,
                                                  points.size(), max_control_points));
    }
    const double final_weight = beam_.number(tag::final_meterset_weight).value_or(1.0);
    if (!(final_weight > 0.0)) {
      beam_.fail(tag::final_meterset_weight,
                 fmt::format("of {} is {:g} (the MU cannot be shared out); export it again", name_, final_weight));
    }
    MachineState state;
    double weight = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const MachineState before = state;
      update(state, points[i]);
      const double next = cumulative_weight(points[i], weight, final_weight);
      if (i == 0) {
        start_beam(result, state);
        if (std::abs(next) > 1e-6 * final_weight) {
          points[i].fail(tag::cumulative_meterset_weight,
                         fmt::format("of {} begins with {:g} instead of 0; export it again", name_, next));
        }
      } else {
        require_static(before, state, points[i]);
        add_segment(result, before, state, meterset_mu * (next - weight) / final_weight);
      }
      widen_jaws(result, state);
      weight = next;
    }
    if (std::abs(weight - final_weight) > 1e-3 * final_weight) {
      warn(fmt::format("{} ends at {:g} of {:g}; the beam gives less than its MU",
                       to_string(tag::cumulative_meterset_weight), weight, final_weight));
    }
    finish_beam(result);
  }

  double cumulative_weight(const DicomItem& point, double previous, double final_weight) const {
    const double weight = point.number(tag::cumulative_meterset_weight).value_or(previous);
    if (weight < previous - 1e-9 * final_weight || weight > final_weight * (1 + 1e-6)) {
      point.fail(tag::cumulative_meterset_weight,
                 fmt::format("of {} goes from {:g} to {:g} of {:g} (it must ascend); export it again", name_, previous,
                             weight, final_weight));
    }
    return std::max(weight, previous);
  }

  void update(MachineState& state, const DicomItem& point) const {
    const auto take = [&](std::optional<double>& value, const Tag& tag) {
      if (const auto stated = point.number(tag)) {
        value = stated;
      }
    };
    take(state.gantry_deg, tag::gantry_angle);
    take(state.collimator_deg, tag::collimator_angle);
    take(state.couch_deg, tag::couch_angle);
    take(state.gantry_pitch_deg, tag::gantry_pitch);
    take(state.table_mm[0], tag::table_lateral);
    take(state.table_mm[1], tag::table_longitudinal);
    take(state.table_mm[2], tag::table_vertical);
    take(state.energy_MV, tag::nominal_beam_energy);
    if (point.has(tag::isocentre)) {
      const auto p = point.required_numbers(tag::isocentre, 3, "the beam has no place without it");
      state.isocentre = Vec3(p[0], p[1], p[2]);
      if (!(state.isocentre->cwiseAbs().maxCoeff() <= 1e5)) {
        point.fail(tag::isocentre, fmt::format("of {} lies more than 100 m away; export it again", name_));
      }
    }
    refuse_tilted_table(point);
    for (const DicomItem& device : point.items(tag::device_positions)) {
      update_device(state, device);
    }
  }

  void refuse_tilted_table(const DicomItem& point) const {
    for (const Tag& tag : {tag::eccentric_angle, tag::table_pitch, tag::table_roll}) {
      if (const auto angle = point.number(tag); angle && std::abs(angle_between(*angle, 0.0)) > angle_tolerance_deg) {
        point.fail(tag,
                   fmt::format("of {} is {:g} degrees (tilted or eccentric table tops are not read); plan without it",
                               name_, *angle));
      }
    }
  }

  void update_device(MachineState& state, const DicomItem& device) const {
    const std::string type = device.text(tag::limiting_device_type);
    const auto values = device.numbers(tag::leaf_positions, 2 * max_leaf_pairs);
    if (type == "MLCX") {
      state.leaves = values;
    } else if (type == "X" || type == "ASYMX" || type == "Y" || type == "ASYMY") {
      if (values.size() != 2 || values[1] < values[0]) {
        device.fail(tag::leaf_positions,
                    fmt::format("of the jaws {} of {} are not two ascending numbers; export it again", type, name_));
      }
      (type.back() == 'X' ? state.jaw_x : state.jaw_y) = std::array{values[0], values[1]};
    }
  }

  void start_beam(PlannedBeam& result, const MachineState& state) {
    if (!state.isocentre) {
      beam_.fail(tag::isocentre,
                 fmt::format("of {} is missing (the beam has no place without it); export it again with it", name_));
    }
    if (!state.gantry_deg) {
      beam_.fail(
          tag::gantry_angle,
          fmt::format("of {} is missing (the beam has no direction without it); export it again with it", name_));
    }
    result.isocentre_P = *state.isocentre;
    result.angles = {canonical(*state.gantry_deg), canonical(state.couch_deg.value_or(0.0)),
                     canonical(state.collimator_deg.value_or(0.0)), state.gantry_pitch_deg.value_or(0.0)};
    if (state.table_mm[0] && state.table_mm[1] && state.table_mm[2]) {
      result.table_position_mm = Vec3(*state.table_mm[0], *state.table_mm[1], *state.table_mm[2]);
    }
    result.energy_MV = state.energy_MV.value_or(6.0);
    if (!state.energy_MV) {
      warn(fmt::format("{} is missing; 6 MV is assumed", to_string(tag::nominal_beam_energy)));
    }
    if (!has_leaves_) {
      if (!state.jaw_x || !state.jaw_y) {
        beam_.fail(
            tag::limiting_devices,
            fmt::format("of {} names neither leaves nor two pairs of jaws (the field has no shape); export it again",
                        name_));
      }
      result.leaf_boundaries_mm = {(*state.jaw_y)[0], (*state.jaw_y)[1]};
      if (!(result.leaf_boundaries_mm[0] < result.leaf_boundaries_mm[1])) {
        beam_.fail(tag::leaf_positions, fmt::format("of the jaws of {} leave no opening; export it again", name_));
      }
    }
  }

  void require_static(const MachineState& before, const MachineState& now, const DicomItem& point) const {
    const auto moves = [](const std::optional<double>& a, const std::optional<double>& b) {
      return a && b && std::abs(angle_between(*a, *b)) > angle_tolerance_deg;
    };
    if (moves(before.gantry_deg, now.gantry_deg)) {
      point.fail(tag::gantry_angle,
                 fmt::format("of {} changes during the beam (arcs are not read); plan with static fields", name_));
    }
    if (moves(before.gantry_pitch_deg, now.gantry_pitch_deg)) {
      point.fail(tag::gantry_pitch,
                 fmt::format("of {} changes during the beam (arcs are not read); plan with static fields", name_));
    }
    if (moves(before.couch_deg, now.couch_deg)) {
      point.fail(
          tag::couch_angle,
          fmt::format("of {} changes during the beam (moving couches are not read); plan with static fields", name_));
    }
    if (moves(before.collimator_deg, now.collimator_deg)) {
      point.fail(
          tag::collimator_angle,
          fmt::format("of {} changes during the beam (turning collimators are not read); plan with static fields",
                      name_));
    }
    if ((*before.isocentre - *now.isocentre).norm() > 0.01) {
      point.fail(tag::isocentre,
                 fmt::format("of {} changes during the beam (moving isocentres are not read); plan with static fields",
                             name_));
    }
  }

  /// @param leaves  bank X1, then bank X2
  void refuse_crossed_leaves(const std::vector<double>& leaves) const {
    const std::size_t num_pairs = leaves.size() / 2;
    for (std::size_t i = 0; i < num_pairs; ++i) {
      if (const double overlap = leaves[i] - leaves[num_pairs + i]; overlap > 0.1) {
        beam_.fail(
            tag::leaf_positions,
            fmt::format("of {}, leaf pair {}, overlap by {:.2f} mm (bank X1 lies beyond bank X2); export it again",
                        name_, i + 1, overlap));
      }
    }
  }

  /// One interval between control points: the leaves half-way, with the interval's MU.
  void add_segment(PlannedBeam& result, const MachineState& from, const MachineState& to, double mu) {
    const std::size_t num_pairs = result.leaf_boundaries_mm.size() - 1;
    if (!has_leaves_) {
      result.segments.push_back(
          {{0.5 * ((*from.jaw_x)[0] + (*to.jaw_x)[0])}, {0.5 * ((*from.jaw_x)[1] + (*to.jaw_x)[1])}, mu});
      return;
    }
    if (from.leaves.size() != 2 * num_pairs || to.leaves.size() != 2 * num_pairs) {
      beam_.fail(tag::leaf_positions, fmt::format("of {} has {} values for {} leaf pairs; export it again", name_,
                                                  to.leaves.size(), num_pairs));
    }
    refuse_crossed_leaves(from.leaves);
    refuse_crossed_leaves(to.leaves);
    if (mu <= 0.0) {
      return;
    }
    leaf_values_ += 2 * num_pairs;
    if (leaf_values_ > max_leaf_values) {
      beam_.fail(tag::control_points,
                 fmt::format("hold more than {} leaf positions in the plan; export fewer beams", max_leaf_values));
    }
    is_dynamic_ = is_dynamic_ || from.leaves != to.leaves;
    Segment segment;
    segment.mu = mu;
    for (std::size_t i = 0; i < num_pairs; ++i) {
      const double left = 0.5 * (from.leaves[i] + to.leaves[i]);
      const double right = 0.5 * (from.leaves[num_pairs + i] + to.leaves[num_pairs + i]);
      segment.left_mm.push_back(left);
      segment.right_mm.push_back(std::max(left, right));
    }
    result.segments.push_back(std::move(segment));
  }

  void widen_jaws(PlannedBeam& result, const MachineState& state) {
    if (!has_leaves_ || (!state.jaw_x && !state.jaw_y)) {
      return;
    }
    constexpr std::array<double, 2> open{-1000.0, 1000.0};
    const auto x = state.jaw_x.value_or(open);
    const auto y = state.jaw_y.value_or(open);
    if (!result.jaws) {
      result.jaws = JawOpening{x[0], x[1], y[0], y[1]};
      return;
    }
    JawOpening& jaws = *result.jaws;
    const JawOpening widest{std::min(jaws.x1_mm, x[0]), std::max(jaws.x2_mm, x[1]), std::min(jaws.y1_mm, y[0]),
                            std::max(jaws.y2_mm, y[1])};
    const JawOpening tightest{std::max(jaws.x1_mm, x[0]), std::min(jaws.x2_mm, x[1]), std::max(jaws.y1_mm, y[0]),
                              std::min(jaws.y2_mm, y[1])};
    jaws_move_ = jaws_move_ || widest.x1_mm != tightest.x1_mm || widest.x2_mm != tightest.x2_mm ||
                 widest.y1_mm != tightest.y1_mm || widest.y2_mm != tightest.y2_mm;
    jaws = widest;
  }

  void finish_beam(PlannedBeam& result) {
    if (jaws_move_) {
      warn("moves its jaws; the widest opening is kept for all segments");
    }
    if (result.segments.empty()) {
      warn(fmt::format("gives no MU, {}", to_string(tag::beam_meterset)));
    }
  }

  void warn(const std::string& sentence) {
    warnings_.push_back(fmt::format("{}: {}: {}", beam_.file_name(), name_, sentence));
  }

  DicomItem beam_;
  std::size_t& leaf_values_;
  std::vector<std::string>& warnings_;
  std::string name_ = "a beam";
  bool has_leaves_ = false;
  bool is_dynamic_ = false;
  bool jaws_move_ = false;
};

struct BeamShare {
  std::optional<double> meterset_mu;
  double dose_Gy = 0.0;
};

class PlanReader {
 public:
  explicit PlanReader(const DicomItem& root) : root_(root) {}

  RtPlan read() {
    read_identity();
    read_prescription();
    read_fractions();
    read_beams();
    settle_position();
    warn_about_dynamic_beams();
    return std::move(plan_);
  }

 private:
  void read_identity() {
    require_object(root_, DicomObject::rt_plan);
    warn_about_required_attributes(root_, DicomObject::rt_plan, plan_.warnings);
    plan_.plan.label = root_.text(tag::plan_label);
    plan_.sop_instance_uid = root_.text(tag::sop_instance_uid);
    plan_.study_uid = root_.text(tag::study_uid);
    plan_.patient_id = root_.text(tag::patient_id);
    plan_.frame_of_reference_uid = root_.text(tag::frame_of_reference_uid);
    plan_.approval_status = root_.text(tag::approval_status);
    const auto structures = root_.first_item(tag::referenced_structure_sets);
    plan_.referenced_structure_set_uid =
        structures ? structures->text(tag::referenced_sop_instance_uid) : std::string();
  }

  void read_prescription() {
    for (const DicomItem& reference : root_.items(tag::dose_references)) {
      const auto dose = reference.number(tag::target_prescription_dose);
      if (reference.text(tag::dose_reference_type) != "TARGET" || !dose || !(*dose > 0)) {
        continue;
      }
      const std::string target = reference.text(tag::dose_reference_description);
      if (plan_.plan.prescription_Gy == 0.0) {
        plan_.plan.prescription_Gy = *dose;
        plan_.plan.target_name = target;
      } else {
        plan_.plan.further_targets.push_back({target, *dose});
      }
    }
    if (plan_.plan.prescription_Gy == 0.0) {
      warn(fmt::format("no {} of a target; the plan has no prescription", to_string(tag::target_prescription_dose)));
    }
  }

  void read_fractions() {
    const auto groups = root_.items(tag::fraction_groups);
    if (groups.empty()) {
      warn(fmt::format("{} is missing; one fraction without MU is assumed", to_string(tag::fraction_groups)));
      return;
    }
    if (groups.size() > 1) {
      warn(fmt::format("{} has {} items; only the first is read", to_string(tag::fraction_groups), groups.size()));
    }
    const auto stated = groups.front().integer(tag::number_of_fractions);
    if (!stated) {
      warn(fmt::format("{} is missing; one fraction is assumed, and doses are those of one",
                       to_string(tag::number_of_fractions)));
    }
    const std::int64_t fractions = stated.value_or(1);
    if (fractions < 1 || fractions > 1000) {
      groups.front().fail(tag::number_of_fractions,
                          fmt::format("is {} (1 to 1000 are possible); export it again", fractions));
    }
    plan_.plan.num_fractions = static_cast<int>(fractions);
    for (const DicomItem& beam : groups.front().items(tag::referenced_beams)) {
      BeamShare share{beam.number(tag::beam_meterset), beam.number(tag::beam_dose).value_or(0.0)};
      if (share.meterset_mu && !(*share.meterset_mu >= 0.0 && *share.meterset_mu < 1e6)) {
        beam.fail(tag::beam_meterset,
                  fmt::format("is {:g} MU (0 to 1000000 are possible); export it again", *share.meterset_mu));
      }
      shares_[beam.required_integer(tag::referenced_beam_number, "MU belong to beams by it")] = share;
    }
  }

  /// The patient's position in the setup that a beam refers to, or in the only one there is.
  std::optional<PatientPosition> position_of(const DicomItem& beam) {
    static const std::map<std::string, PatientPosition, std::less<>> known{{"HFS", PatientPosition::hfs},
                                                                           {"HFP", PatientPosition::hfp},
                                                                           {"FFS", PatientPosition::ffs},
                                                                           {"FFP", PatientPosition::ffp}};
    const auto setups = root_.items(tag::patient_setups);
    const auto wanted = beam.integer(tag::referenced_patient_setup);
    const auto named = std::ranges::find_if(setups, [&](const DicomItem& setup) {
      return setups.size() == 1 || !wanted || setup.integer(tag::patient_setup_number) == wanted;
    });
    const std::string stated = named == setups.end() ? std::string() : named->text(tag::patient_position);
    if (stated.empty()) {
      return std::nullopt;
    }
    const auto found = known.find(stated);
    if (found == known.end()) {
      named->fail(
          tag::patient_position,
          fmt::format("is '{}' (only HFS, HFP, FFS and FFP are read); plan in one of these", printable(stated, 16)));
    }
    return found->second;
  }

  /// All beams must find the patient in one position.
  void read_setup(const DicomItem& beam) {
    const auto position = position_of(beam);
    if (!position) {
      lacks_position_ = true;
    } else if (!position_) {
      position_ = position;
    } else if (*position != *position_) {
      beam.fail(tag::referenced_patient_setup,
                fmt::format("of beam '{}' has the patient in {}, beams before it in {} (one position is read); plan "
                            "each position for itself",
                            printable(beam.text(tag::beam_name), 32), to_string(*position), to_string(*position_)));
    }
  }

  void settle_position() {
    if (!position_ || lacks_position_) {
      warn(fmt::format("{} is missing{}; {} is assumed", to_string(tag::patient_position),
                       position_ ? " for a beam" : "", to_string(position_.value_or(PatientPosition::hfs))));
    }
    plan_.plan.position = position_.value_or(PatientPosition::hfs);
  }

  void read_beams() {
    const auto beams = root_.items(tag::beams);
    if (beams.empty() || beams.size() > max_beams) {
      root_.fail(tag::beams, fmt::format("has {} items (1 to {} external beams are possible); export it again",
                                         beams.size(), max_beams));
    }
    for (const DicomItem& beam : beams) {
      const std::string delivery = beam.text(tag::treatment_delivery_type);
      if (!delivery.empty() && delivery != "TREATMENT" && delivery != "CONTINUATION") {
        warn(fmt::format("beam '{}' is {} ({}) and is passed over", printable(beam.text(tag::beam_name), 32),
                         printable(delivery, 16), to_string(tag::treatment_delivery_type)));
        continue;
      }
      read_setup(beam);
      read_beam(beam);
    }
    if (plan_.plan.beams.empty()) {
      root_.fail(tag::beams,
                 fmt::format("has {} items and none of them treats ({} are of setup or imaging); export a plan "
                             "with treatment beams",
                             beams.size(), to_string(tag::treatment_delivery_type)));
    }
  }

  void warn_about_dynamic_beams() {
    if (num_dynamic_ > 0) {
      warn(
          fmt::format("{} of {} beams move their leaves while they give MU; each interval of {} became one segment "
                      "with the leaves half-way",
                      num_dynamic_, plan_.plan.beams.size(), to_string(tag::control_points)));
    }
  }

  void read_beam(const DicomItem& beam) {
    const auto share = shares_.find(beam.required_integer(tag::beam_number, "metersets refer to it"));
    const bool has_mu = share != shares_.end() && share->second.meterset_mu;
    if (!has_mu) {
      warn(fmt::format("{} of beam '{}' is missing; it gives no MU", to_string(tag::beam_meterset),
                       printable(beam.text(tag::beam_name), 32)));
    }
    if (plan_.plan.machine.empty()) {
      plan_.plan.machine = beam.text(tag::machine_name);
    }
    BeamReader reader(beam, leaf_values_, plan_.warnings);
    plan_.plan.beams.push_back(reader.read(has_mu ? *share->second.meterset_mu : 0.0));
    num_dynamic_ += reader.is_dynamic() ? 1 : 0;
    plan_.plan.beams.back().dose_Gy = has_mu ? share->second.dose_Gy : 0.0;
  }

  void warn(const std::string& sentence) {
    plan_.warnings.push_back(fmt::format("{}: {}", root_.file_name(), sentence));
  }

  DicomItem root_;
  RtPlan plan_;
  std::map<std::int64_t, BeamShare> shares_;
  std::optional<PatientPosition> position_;
  bool lacks_position_ = false;
  std::size_t leaf_values_ = 0;
  std::size_t num_dynamic_ = 0;
};

}  // namespace

RtPlan read_rtplan(const std::filesystem::path& path) {
  const DicomDataset dataset = DicomDataset::load(path, LoadExtent::whole);
  return PlanReader(dataset.root()).read();
}

}  // namespace xingu
