// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_ct.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/axial_frame.h"
#include "dicom/dataset.h"
#include "dicom/pixel_data.h"
#include "dicom/required_attributes.h"
#include "dicom/slice_stack.h"

namespace xingu {
namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_voxels = std::size_t{1} << 28;
constexpr std::size_t max_slice_pixels = std::size_t{1} << 24;
constexpr double same_place_mm = 0.01;
constexpr float air_below_hu = -200.0F;  // no tissue but lung is lighter, and round a patient there is air

/// What the header of one image says.
struct SliceHeader {
  fs::path file;
  std::string sop_instance_uid;
  std::string frame_of_reference_uid;
  std::string patient_position;  ///< how the patient lies, as stated; may be empty
  Vec3 position = Vec3::Zero();  ///< as stated: the first pixel
  std::array<double, 6> orientation{1, 0, 0, 0, 1, 0};
  double row_spacing_mm = 1.0;  ///< between rows
  double column_spacing_mm = 1.0;
  int columns = 0;
  int rows = 0;
  bool is_localizer = false;
};

/// Counts how often something was mended and tells it once, with the first file as the example.
class MendingLog {
 public:
  explicit MendingLog(std::vector<std::string>& warnings) : warnings_(warnings) {}
  void note(const std::string& sentence, const fs::path& file) {
    const auto [place, is_new] = index_.try_emplace(sentence, notes_.size());
    if (is_new) {
      notes_.push_back({sentence, file, 0});
    }
    ++notes_[place->second].count;
  }
  [[nodiscard]] bool has(const std::string& sentence) const { return index_.contains(sentence); }
  void tell() {
    for (const Note& note : notes_) {
      warnings_.push_back(note.count == 1 ? fmt::format("{}: {}", note.file.string(), note.sentence)
                                          : fmt::format("{} and {} other files: {}", note.file.string(), note.count - 1,
                                                        note.sentence));
    }
    notes_.clear();
    index_.clear();
  }

 private:
  struct Note {
    std::string sentence;
    fs::path file;
    std::size_t count;
  };
  std::vector<std::string>& warnings_;
  std::vector<Note> notes_;
  std::map<std::string, std::size_t> index_;
};

SliceHeader read_slice_header(const fs::path& file) {
  const DicomDataset dataset = DicomDataset::load(file, LoadExtent::header);
  const DicomItem root = dataset.root();
  SliceHeader slice;
  slice.file = file;
  slice.sop_instance_uid = root.text(tag::sop_instance_uid);
  slice.frame_of_reference_uid = root.text(tag::frame_of_reference_uid);
  slice.patient_position = root.text(tag::patient_position);
  const auto image_type = root.texts(tag::image_type);
  slice.is_localizer = std::ranges::find(image_type, "LOCALIZER") != image_type.end();
  if (slice.is_localizer) {
    return slice;
  }
  const auto position = root.required_numbers(tag::image_position, 3, "the slice has no place without it");
  slice.position = Vec3(position[0], position[1], position[2]);
  if (!(slice.position.cwiseAbs().maxCoeff() <= 1e5)) {
    root.fail(tag::image_position, "lies more than 100 m away; export it again");
  }
  const auto orientation = root.required_numbers(tag::image_orientation, 6, "the slice has no direction without it");
  std::ranges::copy(orientation, slice.orientation.begin());
  const auto spacing = read_pixel_spacing(root);
  slice.row_spacing_mm = spacing[0];
  slice.column_spacing_mm = spacing[1];
  const PixelLayout layout = read_pixel_layout(root, max_slice_pixels);
  if (layout.frames != 1) {
    root.fail(tag::number_of_frames,
              fmt::format("is {} (multi-frame CT is not read); export one image a file", layout.frames));
  }
  slice.columns = layout.columns;
  slice.rows = layout.rows;
  return slice;
}

Mirroring mirroring(const SliceHeader& slice) { return axial_mirroring(slice.orientation, slice.file.string()); }

void require_same(const SliceHeader& slice, const SliceHeader& first) {
  XINGU_REQUIRE(
      slice.columns == first.columns && slice.rows == first.rows,
      "{}: {} and {} are {} x {} but {} has {} x {} (slices of one series must have one size); export one series alone",
      slice.file.string(), to_string(tag::columns), to_string(tag::rows), slice.columns, slice.rows,
      first.file.filename().string(), first.columns, first.rows);
  XINGU_REQUIRE(
      std::abs(slice.row_spacing_mm - first.row_spacing_mm) < 1e-4 &&
          std::abs(slice.column_spacing_mm - first.column_spacing_mm) < 1e-4,
      "{}: {} differs from that of {} (slices of one series must have one pixel size); export one series alone",
      slice.file.string(), to_string(tag::pixel_spacing), first.file.filename().string());
  XINGU_REQUIRE(mirroring(slice) == mirroring(first),
                "{}: {} differs from that of {} (slices must face one way); export one series alone",
                slice.file.string(), to_string(tag::image_orientation), first.file.filename().string());
  XINGU_REQUIRE(slice.patient_position == first.patient_position || slice.patient_position.empty() ||
                    first.patient_position.empty(),
                "{}: {} is '{}' but '{}' in {} (the patient lies one way in a series, and beams would come from the "
                "wrong side); export one series alone",
                slice.file.string(), to_string(tag::patient_position), printable(slice.patient_position, 16),
                printable(first.patient_position, 16), first.file.filename().string());
  XINGU_REQUIRE(slice.frame_of_reference_uid == first.frame_of_reference_uid,
                "{}: {} differs from that of {} (the slices do not share one space); export one series alone",
                slice.file.string(), to_string(tag::frame_of_reference_uid), first.file.filename().string());
  XINGU_REQUIRE(
      (slice.position - first.position).head<2>().cwiseAbs().maxCoeff() < 0.05,
      "{}: {} is shifted sideways against {} (gantry tilt or a moved table is not read); reconstruct without tilt",
      slice.file.string(), to_string(tag::image_position), first.file.filename().string());
}

double plausible_slope(const DicomItem& root, MendingLog& log, const fs::path& file) {
  const auto slope = root.number(tag::rescale_slope);
  if (!slope) {
    log.note(fmt::format("{} is missing and taken as 1", to_string(tag::rescale_slope)), file);
    return 1.0;
  }
  if (*slope == 0.0 || std::abs(*slope) > 1e4) {
    root.fail(tag::rescale_slope, fmt::format("is {:g} (the image would be meaningless); export it again", *slope));
  }
  return *slope;
}

std::string missing_intercept() {
  return fmt::format("{} is missing and taken as 0", to_string(tag::rescale_intercept));
}

double plausible_intercept(const DicomItem& root, MendingLog& log, const fs::path& file) {
  const auto intercept = root.number(tag::rescale_intercept);
  if (!intercept) {
    log.note(missing_intercept(), file);
    return 0.0;
  }
  if (std::abs(*intercept) > 1e6) {
    root.fail(tag::rescale_intercept,
              fmt::format("is {:g} (the image would be meaningless); export it again", *intercept));
  }
  return *intercept;
}

std::vector<float> read_slice_hu(const SliceHeader& slice, MendingLog& log) {
  const DicomDataset dataset = DicomDataset::load(slice.file, LoadExtent::whole);
  const DicomItem root = dataset.root();
  const double slope = plausible_slope(root, log, slice.file);
  const double intercept = plausible_intercept(root, log, slice.file);
  const PixelLayout layout = read_pixel_layout(root, max_slice_pixels);
  XINGU_REQUIRE(layout.columns == slice.columns && layout.rows == slice.rows && layout.frames == 1,
                "{}: changed while it was read; try again", slice.file.string());
  for (const std::string& remark : packing_remarks(dataset, layout)) {
    log.note(remark, slice.file);
  }
  auto values = read_scaled_pixels(dataset, layout, slope, intercept);
  turn_image(values, slice.columns, slice.rows, mirroring(slice));
  return values;
}

/// Headers of all images but localizers, ascending in z, equal places next to each other.
std::vector<SliceHeader> read_headers(const CtSeries& series, MendingLog& log) {
  std::vector<SliceHeader> slices;
  Progress progress("reading CT headers", series.files.size(), "slices");
  for (const fs::path& file : series.files) {
    throw_if_cancelled();
    SliceHeader slice = read_slice_header(file);
    if (slice.is_localizer) {
      log.note(fmt::format("is a localizer, {}, and is passed over", to_string(tag::image_type)), file);
    } else {
      slices.push_back(std::move(slice));
    }
    progress.advance();
  }
  XINGU_REQUIRE(!slices.empty(),
                "CT series {}: holds only localizers (no axial image to plan on); give an axial series", series.uid);
  std::ranges::stable_sort(slices, {}, [](const SliceHeader& s) { return s.position.z(); });
  for (const SliceHeader& slice : slices) {
    require_same(slice, slices.front());
  }
  return slices;
}

/// Of slices at one place, identical copies are dropped; slices that differ are refused, for nobody can tell which is
/// right.
std::vector<SliceHeader> drop_copies(std::vector<SliceHeader> slices, MendingLog& log) {
  std::vector<SliceHeader> kept;
  MendingLog silent = log;
  for (SliceHeader& slice : slices) {
    if (!kept.empty() && slice.position.z() - kept.back().position.z() < same_place_mm) {
      XINGU_REQUIRE(read_slice_hu(slice, silent) == read_slice_hu(kept.back(), silent),
                    "{}: lies at z = {:.2f} mm, {}, like {}, but shows something else (nobody can tell which is "
                    "right); remove one",
                    slice.file.string(), slice.position.z(), to_string(tag::image_position),
                    kept.back().file.filename().string());
      log.note("is a second copy of a slice and is passed over", slice.file);
    } else {
      kept.push_back(std::move(slice));
    }
  }
  return kept;
}

double slice_thickness(const SliceHeader& slice) {
  const DicomDataset dataset = DicomDataset::load(slice.file, LoadExtent::header);
  const DicomItem root = dataset.root();
  const double thickness = root.required_number(tag::slice_thickness, "a single slice has no extent without it");
  if (!(thickness >= 0.05 && thickness <= 50.0)) {
    root.fail(tag::slice_thickness, fmt::format("is {:g} mm (0.05 to 50 mm are possible); export it again", thickness));
  }
  return thickness;
}

PatientPosition patient_position(const DicomItem& root, const Mirroring& mirror, std::vector<std::string>& warnings) {
  static const std::map<std::string, PatientPosition, std::less<>> known{{"HFS", PatientPosition::hfs},
                                                                         {"HFP", PatientPosition::hfp},
                                                                         {"FFS", PatientPosition::ffs},
                                                                         {"FFP", PatientPosition::ffp}};
  const std::string stated = root.text(tag::patient_position);
  if (stated.empty()) {
    const PatientPosition guess = mirror.x && mirror.y ? PatientPosition::hfp
                                  : mirror.x           ? PatientPosition::ffs
                                  : mirror.y           ? PatientPosition::ffp
                                                       : PatientPosition::hfs;
    const char* name = mirror.x && mirror.y ? "HFP" : mirror.x ? "FFS" : mirror.y ? "FFP" : "HFS";
    warnings.push_back(fmt::format("{}: {} is missing; the image orientation suggests {}", root.file_name(),
                                   to_string(tag::patient_position), name));
    return guess;
  }
  const auto found = known.find(stated);
  if (found == known.end()) {
    root.fail(tag::patient_position,
              fmt::format("is '{}' (only HFS, HFP, FFS and FFP can be planned); scan in one of these",
                          printable(stated, 16)));
  }
  return found->second;
}

/// Refuses numbers that are no CT numbers: maps of density, iodine and the like lie beside a scan as CT images too.
void require_hounsfield_units(const DicomItem& root, std::vector<std::string>& warnings) {
  const std::string type = root.text(tag::rescale_type);
  if (type.empty() || type == "HU") {
    return;
  }
  if (type == "US" || type == "HU_MOD") {
    warnings.push_back(fmt::format("{}: {} is {} ({}); its numbers are taken for HU", root.file_name(),
                                   to_string(tag::rescale_type), type,
                                   type == "US" ? "no unit is stated" : "modified HU"));
    return;
  }
  root.fail(tag::rescale_type,
            fmt::format("is {} (not HU, so density cannot be told by it); give the scan itself", printable(type, 16)));
}

/// Everything but the voxels, from the lowest slice.
CtImage read_description(const SliceHeader& slice, std::vector<std::string>& warnings) {
  const DicomDataset dataset = DicomDataset::load(slice.file, LoadExtent::header);
  const DicomItem root = dataset.root();
  CtImage ct;
  require_hounsfield_units(root, warnings);
  ct.position = patient_position(root, mirroring(slice), warnings);
  ct.patient_name = root.text(tag::patient_name);
  ct.patient_id = root.text(tag::patient_id);
  ct.patient_birth_date = root.text(tag::patient_birth_date);
  ct.patient_sex = root.text(tag::patient_sex);
  ct.study_uid = root.text(tag::study_uid);
  ct.study_date = root.text(tag::study_date);
  ct.study_time = root.text(tag::study_time);
  ct.study_id = root.text(tag::study_id);
  ct.accession_number = root.text(tag::accession_number);
  ct.referring_physician = root.text(tag::referring_physician);
  ct.series_uid = root.text(tag::series_uid);
  ct.series_description = root.text(tag::series_description);
  ct.frame_of_reference_uid = slice.frame_of_reference_uid;
  warn_about_required_attributes(root, DicomObject::ct_image, warnings);
  if (ct.frame_of_reference_uid.empty()) {
    warnings.push_back(fmt::format("{}: {} is missing; structures can be matched only by their series or study",
                                   root.file_name(), to_string(tag::frame_of_reference_uid)));
  }
  const double tilt = root.number(tag::gantry_detector_tilt).value_or(0.0);
  if (std::abs(tilt) > 0.05) {
    warnings.push_back(
        fmt::format("{}: {} is {:g} degrees but the images are axial; they are taken as already corrected",
                    root.file_name(), to_string(tag::gantry_detector_tilt), tilt));
  }
  return ct;
}

Grid stack_grid(const std::vector<SliceHeader>& slices, const SlicePlan& plan, const std::string& name) {
  const SliceHeader& first = slices.front();
  const Mirroring mirror = mirroring(first);
  Grid grid;
  grid.size = {first.columns, first.rows, plan.num_planes};
  grid.spacing = Vec3(first.column_spacing_mm, first.row_spacing_mm, plan.spacing_mm);
  grid.origin = Vec3(first.position.x() - (mirror.x ? (first.columns - 1) * first.column_spacing_mm : 0.0),
                     first.position.y() - (mirror.y ? (first.rows - 1) * first.row_spacing_mm : 0.0), plan.z0_mm);
  XINGU_REQUIRE(
      grid.num_voxels() <= max_voxels,
      "{}: {} x {} x {} voxels do not fit into memory, {} (at most {}); crop the series or use thicker slices", name,
      grid.nx(), grid.ny(), grid.nz(), to_string(tag::rows), max_voxels);
  return grid;
}

/// Fills the planes in order; between two slices they are interpolated linearly. Holds two slices at a time.
void fill_planes(const std::vector<SliceHeader>& slices, Volume<float>& hu, bool is_resampled, MendingLog& log) {
  const Grid& grid = hu.grid();
  const std::size_t plane_size = static_cast<std::size_t>(grid.nx()) * static_cast<std::size_t>(grid.ny());
  Progress progress("reading CT", slices.size(), "slices");
  std::vector<float> lower = read_slice_hu(slices.front(), log);
  std::vector<float> upper = lower;
  std::size_t next = 0;  // slices[next] is `upper`, slices[next - 1] is `lower`
  for (int k = 0; k < grid.nz(); ++k) {
    throw_if_cancelled();
    const double z =
        is_resampled ? grid.origin.z() + k * grid.spacing.z() : slices[static_cast<std::size_t>(k)].position.z();
    while (next + 1 < slices.size() && slices[next].position.z() < z - 1e-6) {
      ++next;
      lower = std::move(upper);
      upper = read_slice_hu(slices[next], log);
      progress.advance();
    }
    const double z_upper = slices[next].position.z();
    const double z_lower = next == 0 ? z_upper : slices[next - 1].position.z();
    const double weight = z_upper > z_lower ? std::clamp((z - z_lower) / (z_upper - z_lower), 0.0, 1.0) : 1.0;
    const auto w = static_cast<float>(weight > 1.0 - 1e-9 ? 1.0 : weight);
    const auto out = hu.values().subspan(static_cast<std::size_t>(k) * plane_size, plane_size);
    for (std::size_t i = 0; i < plane_size; ++i) {
      out[i] = w == 1.0F ? upper[i] : (1.0F - w) * lower[i] + w * upper[i];
    }
  }
}

/// Refuses numbers that are no HU: stored values without their intercept are about 1000 too high, and all tissue would
/// be bone.
void require_air(const Volume<float>& hu, const std::string& name, bool lacks_intercept,
                 std::vector<std::string>& warnings) {
  if (std::ranges::any_of(hu.values(), [](float value) { return value < air_below_hu; })) {
    return;
  }
  const std::string what =
      fmt::format("{}: no voxel is below {:g} HU, so there is no air in the image", name, air_below_hu);
  XINGU_REQUIRE(!lacks_intercept,
                "{}, and {} is missing (its HU are probably 1000 too high); export it with its Rescale Intercept", what,
                to_string(tag::rescale_intercept));
  warnings.push_back(fmt::format("{}; check that its numbers are HU", what));
}

}  // namespace

CtImage read_ct_series(const CtSeries& series, std::vector<std::string>& warnings) {
  MendingLog log(warnings);
  const std::vector<SliceHeader> slices = drop_copies(read_headers(series, log), log);
  log.tell();
  const std::string name = fmt::format("CT series {}", printable(series.uid, 64));
  std::vector<double> z;
  std::ranges::transform(slices, std::back_inserter(z), [](const SliceHeader& s) { return s.position.z(); });
  const SlicePlan plan =
      plan_slices(z, slices.size() == 1 ? slice_thickness(slices.front()) : 0.0, name, tag::image_position, warnings);
  CtImage ct = read_description(slices.front(), warnings);
  ct.hu = Volume<float>(stack_grid(slices, plan, name));
  fill_planes(slices, ct.hu, plan.is_resampled, log);
  const bool lacks_intercept = log.has(missing_intercept());
  log.tell();
  require_air(ct.hu, name, lacks_intercept, warnings);
  for (const SliceHeader& slice : slices) {
    ct.slices.push_back({slice.position.z(), slice.sop_instance_uid});
  }
  return ct;
}

}  // namespace xingu
