// Template: a CloudFormation template as it is written.
//
//   InputFile ──ReadTemplate──► Template: sections as values, and where each resource stands
//
// Resources are most of a template, and few of them are looked at: of each it is kept where it stands, and the little
// that tells whether it is wanted. Its body is read again, out of the file, when something asks for it.
//
// Thread safety: as a plain value's.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/import/cloudformation_value.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_stream.h"

namespace bylaw {

/// What a resource's metadata has for Bylaw stands under this key.
inline constexpr std::string_view kOwnMetadata = "bylaw";

/// What loops are called in the object that they stand in.
inline constexpr std::string_view kLoopPrefix = "Fn::ForEach::";

/// For texts whose depth was looked at when they were first read.
inline constexpr uint32_t kAnyDepth = 1u << 30;

/// The types of resources, each text once.
using TemplateTypes = std::set<std::string, std::less<>>;

struct TemplateResource {
  /// Of a resource whose existence depends on one.
  struct Condition {
    std::string name;
    uint64_t offset = 0;
  };

  std::string id;                     ///< the logical id; of a loop over resources its key
  const std::string* type = nullptr;  ///< null: none is written
  uint64_t offset = 0, size = 0;      ///< of its body in the file
  std::unique_ptr<const Condition> condition;
  /// The body, where it does not stand in the file, but was made by a loop or a transform; a loop, as it is written.
  std::unique_ptr<const TemplateValue> made;
  bool has_own_metadata = false;

  bool Is(std::string_view wanted) const { return type != nullptr && *type == wanted; }
  bool is_loop() const { return type == nullptr && made != nullptr; }

  /// What a loop or a transform has made of a template's resources.
  static TemplateResource Made(TemplateValue::Member made, TemplateTypes* types);
};

struct Template {
  uint32_t input = 0;
  std::shared_ptr<const InputFile> file;
  uint64_t offset = 0;     ///< of the template in the file
  TemplateValue sections;  ///< without `Resources`, and those that tell nothing
  /// What `Resources` holds, in order; a key that stands there twice is there twice.
  std::deque<TemplateResource> resources;
  JsonKind resources_kind = JsonKind::kMissing;
  uint64_t resources_offset = 0;

  /// How many values it is made of, about.
  uint64_t num_values() const;
  /// The body of one of the resources, or missing where it is made; valid as long as `document` is not used again.
  JsonValue Body(const TemplateResource& resource, JsonDocument* document) const;
};

/// Reads the object that `stream` stands before. What is wrong with it is for the stream to tell.
void ReadTemplate(JsonStream& stream, TemplateTypes* types, Template* read);

/// Reads member `key` of a template, whose value `stream` stands before.
void ReadTemplateMember(std::string_view key, JsonStream& stream, TemplateTypes* types, Template* read);

}  // namespace bylaw
