// SPDX-License-Identifier: Apache-2.0
#include "dicom/archive_send.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "dicom/association.h"
#include "dicom/dataset.h"
#include "dicom/dicom_folder.h"

namespace xingu {
namespace {

bool is_uncompressed(const std::string& syntax) {
  return syntax == transfer_syntax::implicit_little || syntax == transfer_syntax::explicit_little ||
         syntax == transfer_syntax::explicit_big || syntax == transfer_syntax::deflated;
}

std::vector<PresentationContext> contexts_for(const std::vector<ObjectFile>& objects) {
  std::set<std::pair<std::string, std::string>> kinds;
  std::set<std::string> uncompressed;
  for (const ObjectFile& object : objects) {
    kinds.emplace(object.sop_class, object.syntax);
    if (is_uncompressed(object.syntax)) {
      uncompressed.insert(object.sop_class);
    }
  }
  std::vector<PresentationContext> contexts;
  for (const auto& [sop_class, syntax] : kinds) {
    contexts.push_back({sop_class, {syntax}});
  }
  for (const std::string& sop_class : uncompressed) {
    contexts.push_back({sop_class, {transfer_syntax::explicit_little, transfer_syntax::implicit_little}});
  }
  return contexts;
}

Association::ContextId context_for(const Association& association, const ObjectFile& object) {
  if (const auto same = association.context_of(object.sop_class, object.syntax)) {
    return *same;
  }
  const auto any = association.context_of(object.sop_class);
  XINGU_REQUIRE(any && is_uncompressed(object.syntax) && is_uncompressed(association.syntax_of(*any)),
                "{}: {} does not take {} in {} (the object cannot be stored there); leave it out or ask those who run "
                "the server",
                object.path.string(), association.name(), uid_name(object.sop_class), uid_name(object.syntax));
  return *any;
}

/// PS3.4 table B.2-1.
std::string meaning(std::uint16_t status) {
  switch (status >> 8) {
    case 0xa7:
      return "the server is out of resources";
    case 0xa9:
      return "the object does not match its SOP class";
    case 0x01:
      return status == 0x0124 ? "the server does not allow it" : "the server does not support the SOP class";
    default:
      return status >> 12 == 0xc ? "the server cannot understand the object" : "the server failed";
  }
}

}  // namespace

ObjectFiles find_objects(const std::vector<std::filesystem::path>& paths) {
  ObjectFiles found;
  for (const std::filesystem::path& path : paths) {
    for (const std::filesystem::path& file : files_below(path)) {
      throw_if_cancelled();
      const auto dataset = DicomDataset::load_if_dicom(file, LoadExtent::header);
      if (!dataset) {
        ++found.num_other_files;
        continue;
      }
      const DicomItem root = dataset->root();
      ObjectFile object{file, root.text(tag::sop_class_uid), root.text(tag::sop_instance_uid),
                        dataset->transfer_syntax_uid()};
      for (const Tag& tag : {tag::sop_class_uid, tag::sop_instance_uid}) {
        if (!is_uid(root.text(tag))) {
          root.fail(tag, "is no UID (an archive files objects by it); export the file again");
        }
      }
      found.objects.push_back(std::move(object));
    }
  }
  XINGU_REQUIRE(!found.objects.empty(), "{}: no DICOM file there (nothing to send); check the path",
                paths.empty() ? std::string() : paths.front().string());
  return found;
}

std::vector<StoreRemark> send_objects(const ArchiveAccess& access, const std::vector<ObjectFile>& objects) {
  Association association(access, contexts_for(objects));
  std::vector<Association::ContextId> contexts;
  for (const ObjectFile& object : objects) {
    contexts.push_back(context_for(association, object));
  }
  std::vector<StoreRemark> remarks;
  Progress progress("sending", objects.size(), "objects");
  for (std::size_t k = 0; k < objects.size(); ++k) {
    throw_if_cancelled();
    const ObjectFile& object = objects[k];
    const std::uint16_t status =
        association.store(contexts[k], object.sop_class, object.sop_instance, object.path.string());
    const bool is_warning = status >> 12 == 0xb || status == 0x0107 || status == 0x0116;
    XINGU_REQUIRE(status == STATUS_Success || is_warning,
                  "{}: {} refuses it with status {:04x} ({}); {} of {} objects were stored before",
                  object.path.string(), association.name(), status, meaning(status), k, objects.size());
    if (is_warning) {
      remarks.push_back({object.path, fmt::format("stored with a warning, status {:04x}", status)});
    }
    progress.advance();
  }
  association.release();
  return remarks;
}

}  // namespace xingu
