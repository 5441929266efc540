// SPDX-License-Identifier: Apache-2.0
#include "dicom/read_structures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/dataset.h"
#include "dicom/required_attributes.h"
#include "patient/contour_planes.h"

namespace xingu {
namespace {

constexpr std::size_t max_points = 20'000'000;
constexpr std::size_t max_points_of_contour = 1'000'000;
constexpr double max_coordinate_mm = 1e5;
constexpr double planar_tolerance_mm = 0.1;

/// What had to be passed over in one structure.
struct Skipped {
  std::size_t not_closed = 0;  ///< POINT, OPEN_PLANAR, …
  std::size_t not_axial = 0;
  std::size_t too_short = 0;
};

std::string join_counts(const Skipped& skipped) {
  std::string text;
  const auto add = [&](std::size_t count, const char* what) {
    if (count > 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
    }
  };
  add(skipped.not_closed, "not closed planar");
  add(skipped.not_axial, "not in an axial plane");
  add(skipped.too_short, "of fewer than 3 points");
  return text;
}

class StructureReader {
 public:
  StructureReader(const DicomDataset& dataset, std::string frame_uid, std::vector<std::string>& warnings)
      : root_(dataset.root()), frame_uid_(std::move(frame_uid)), warnings_(warnings) {}

  StructureSet read() {
    StructureSet set;
    require_object(root_, DicomObject::rt_structure_set);
    warn_about_required_attributes(root_, DicomObject::rt_structure_set, warnings_);
    set.label = root_.text(tag::structure_set_label);
    set.sop_instance_uid = root_.text(tag::sop_instance_uid);
    set.frame_of_reference_uid = frame_of_reference();
    read_rois(set);
    read_contours(set);
    read_observations(set);
    warn_about_names(set);
    judge_plane_distances(set);
    std::ranges::for_each(set.structures, [this](const Structure& structure) { tell_of_gaps(structure); });
    return set;
  }

 private:
  std::string frame_of_reference() const {
    const auto frame = root_.first_item(tag::referenced_frames);
    const std::string referenced = frame ? frame->text(tag::frame_of_reference_uid) : std::string();
    return referenced.empty() ? root_.text(tag::frame_of_reference_uid) : referenced;
  }

  void read_rois(StructureSet& set) {
    const auto rois = root_.items(tag::structure_set_rois);
    if (rois.empty()) {
      warn("{} is empty; the file has no structures", to_string(tag::structure_set_rois));
    }
    std::vector<std::string> elsewhere;
    for (const DicomItem& roi : rois) {
      Structure structure;
      structure.number = roi_number(roi, tag::roi_number);
      structure.name = roi.text(tag::roi_name);
      if (structure.name.empty()) {
        structure.name = fmt::format("ROI {}", structure.number);
        warn("{} of ROI {} is missing; it is called '{}'", to_string(tag::roi_name), structure.number, structure.name);
      }
      const std::string frame = roi.text(tag::referenced_frame_uid);
      if (!frame_uid_.empty() && !frame.empty() && frame != frame_uid_) {
        elsewhere.push_back(structure.name);
        passed_over_.insert(structure.number);
        continue;
      }
      if (!place_.try_emplace(structure.number, set.structures.size()).second) {
        roi.fail(tag::roi_number,
                 fmt::format("{} occurs twice (contours cannot be told apart); export it again", structure.number));
      }
      set.structures.push_back(std::move(structure));
    }
    tell_of_other_frame(elsewhere);
  }

  /// One sentence, however many structures it is about.
  void tell_of_other_frame(const std::vector<std::string>& names) {
    constexpr std::size_t most_named = 8;
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), most_named); ++i) {
      list += fmt::format("{}'{}'", i > 0 ? ", " : "", printable(names[i], 64));
    }
    if (names.size() == 1) {
      warn("structure {} lies in another {} than the CT and is passed over", list,
           to_string(tag::frame_of_reference_uid));
    } else if (!names.empty()) {
      warn("structures {}{} lie in another {} than the CT and are passed over", list,
           names.size() > most_named ? fmt::format(" and {} more", names.size() - most_named) : std::string(),
           to_string(tag::frame_of_reference_uid));
    }
  }

  static int roi_number(const DicomItem& item, const Tag& tag) {
    const std::int64_t number = item.required_integer(tag, "contours belong to structures by it");
    if (number < -1'000'000'000 || number > 1'000'000'000) {
      item.fail(tag, fmt::format("is {}, beyond any number of structures; export it again", number));
    }
    return static_cast<int>(number);
  }

  Structure* find(StructureSet& set, const DicomItem& item) {
    const int number = roi_number(item, tag::referenced_roi_number);
    const auto found = place_.find(number);
    if (found != place_.end()) {
      return &set.structures[found->second];
    }
    if (!passed_over_.contains(number)) {
      warn("{} {} belongs to no structure and is passed over", to_string(tag::referenced_roi_number), number);
    }
    return nullptr;
  }

  void read_contours(StructureSet& set) {
    for (const DicomItem& item : root_.items(tag::roi_contours)) {
      throw_if_cancelled();
      Structure* structure = find(set, item);
      if (structure == nullptr) {
        continue;
      }
      structure->colour = colour(item).value_or(structure->colour);
      Skipped skipped;
      for (const DicomItem& contour : item.items(tag::contours)) {
        add_contour(*structure, contour, skipped);
      }
      if (const std::string counts = join_counts(skipped); !counts.empty()) {
        warn("structure '{}': contours passed over: {}, {}", printable(structure->name, 64), counts,
             to_string(tag::contour_data));
      }
    }
  }

  static std::optional<std::array<int, 3>> colour(const DicomItem& item) {
    if (!item.has(tag::roi_display_colour)) {
      return std::nullopt;
    }
    const auto values = item.numbers(tag::roi_display_colour);
    if (values.size() != 3) {
      return std::nullopt;
    }
    std::array<int, 3> result{};
    std::ranges::transform(values, result.begin(),
                           [](double v) { return static_cast<int>(std::clamp(v, 0.0, 255.0)); });
    return result;
  }

  void add_contour(Structure& structure, const DicomItem& item, Skipped& skipped) {
    const std::string type = item.text(tag::contour_geometric_type);
    if (!type.empty() && type != "CLOSED_PLANAR" && type != "CLOSEDPLANAR_XOR") {
      ++skipped.not_closed;
      return;
    }
    const auto data = item.numbers(tag::contour_data, 3 * max_points_of_contour);
    if (data.size() % 3 != 0) {
      item.fail(tag::contour_data,
                fmt::format("of structure '{}' has {} numbers (points need three each); export it again",
                            printable(structure.name, 64), data.size()));
    }
    if (data.size() < 9) {
      ++skipped.too_short;
      return;
    }
    num_points_ += data.size() / 3;
    if (num_points_ > max_points) {
      item.fail(tag::contour_data,
                fmt::format("makes more than {} points in the file; export it with fewer", max_points));
    }
    auto contour = planar_contour(item, data);
    if (contour) {
      structure.contours.push_back(std::move(*contour));
    } else {
      ++skipped.not_axial;
    }
  }

  std::optional<Contour> planar_contour(const DicomItem& item, const std::vector<double>& data) const {
    Contour contour;
    contour.points.reserve(data.size() / 3);
    double lowest = data[2];
    double highest = data[2];
    for (std::size_t i = 0; i < data.size(); i += 3) {
      if (std::max({std::abs(data[i]), std::abs(data[i + 1]), std::abs(data[i + 2])}) > max_coordinate_mm) {
        item.fail(tag::contour_data, "lies more than 100 m away; export it again");
      }
      contour.points.emplace_back(data[i], data[i + 1]);
      lowest = std::min(lowest, data[i + 2]);
      highest = std::max(highest, data[i + 2]);
    }
    if (highest - lowest > planar_tolerance_mm) {
      return std::nullopt;
    }
    contour.z_mm = lowest == highest ? lowest : 0.5 * (lowest + highest);
    return contour;
  }

  void read_observations(StructureSet& set) {
    for (const DicomItem& item : root_.items(tag::roi_observations)) {
      Structure* structure = find(set, item);
      if (structure == nullptr) {
        continue;
      }
      structure->interpreted_type = item.text(tag::roi_interpreted_type);
      for (const DicomItem& property : item.items(tag::roi_physical_properties)) {
        const std::string name = property.text(tag::roi_physical_property);
        const auto value = property.number(tag::roi_physical_property_value);
        if (value && name == "REL_ELEC_DENSITY") {
          structure->relative_electron_density = value;
        } else if (value && name == "REL_MASS_DENSITY") {
          structure->relative_mass_density = value;
        }
      }
    }
  }

  void warn_about_names(const StructureSet& set) {
    std::map<std::string, int> count;
    for (const Structure& structure : set.structures) {
      if (++count[structure.name] == 2) {
        warn("several structures are called '{}'; they are told apart by their {}", printable(structure.name, 64),
             to_string(tag::roi_number));
      }
      if (structure.contours.empty()) {
        warn("structure '{}' has no contours", printable(structure.name, 64));
      }
    }
  }

  /// A structure of one plane is as thick as planes of the others are apart; one whose planes are much farther apart
  /// than theirs may lack some.
  void judge_plane_distances(StructureSet& set) {
    constexpr double told_from = 2.5;
    std::vector<std::optional<double>> distances;
    std::vector<double> known;
    for (const Structure& structure : set.structures) {
      distances.push_back(usual_plane_distance_mm(structure));
      if (distances.back()) {
        known.push_back(*distances.back());
      }
    }
    if (known.empty()) {
      return;
    }
    const auto middle = known.begin() + static_cast<std::ptrdiff_t>((known.size() - 1) / 2);
    std::ranges::nth_element(known, middle);
    for (std::size_t i = 0; i < set.structures.size(); ++i) {
      set.structures[i].single_plane_mm = *middle;
      if (distances[i] && *distances[i] > told_from * *middle) {
        warn(
            "the planes of structure '{}' are mostly {:.4g} mm apart, those of others {:.4g} mm; what lies between "
            "them is "
            "taken to belong to it: draw the planes that are missing, or take out those that do not belong, {}",
            printable(set.structures[i].name, 64), *distances[i], *middle, to_string(tag::contours));
      }
    }
  }

  /// Tells where contours may be missing, a sentence for what is left out and one for what is filled in.
  void tell_of_gaps(const Structure& structure) {
    const std::vector<DoubtfulGap> gaps = doubtful_gaps(structure);
    for (const bool is_bridged : {false, true}) {
      const auto num = std::ranges::count(gaps, is_bridged, &DoubtfulGap::is_bridged);
      if (num == 0) {
        continue;
      }
      const DoubtfulGap& first = *std::ranges::find(gaps, is_bridged, &DoubtfulGap::is_bridged);
      warn(
          "structure '{}' has no contour between z = {:.1f} and {:.1f} mm{}, where its planes are mostly {:.4g} mm "
          "apart; {}: if contours are missing, draw them, {}",
          printable(structure.name, 64), first.lower_z_mm, first.upper_z_mm,
          num > 1 ? fmt::format(" and at {} more places", num - 1) : std::string(),
          usual_plane_distance_mm(structure).value_or(0.0),
          is_bridged ? "what lies between is taken to belong to it" : "nothing of it is taken to lie there",
          to_string(tag::contours));
    }
  }

  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    warnings_.push_back(fmt::format("{}: {}", root_.file_name(), fmt::format(format, std::forward<Args>(args)...)));
  }

  DicomItem root_;
  std::string frame_uid_;
  std::vector<std::string>& warnings_;
  std::map<int, std::size_t> place_;
  std::set<int> passed_over_;
  std::size_t num_points_ = 0;
};

}  // namespace

StructureSet read_rtstruct(const std::filesystem::path& path, const std::string& frame_of_reference_uid,
                           std::vector<std::string>& warnings) {
  const DicomDataset dataset = DicomDataset::load(path, LoadExtent::whole);
  return StructureReader(dataset, frame_of_reference_uid, warnings).read();
}

}  // namespace xingu
