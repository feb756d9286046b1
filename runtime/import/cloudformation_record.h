// TemplateRecord: a resource of a stack as mappings read it: a JSON text in which its expressions are resolved.
//
//   TemplateStack::Resource ──Write──► text, where its pieces come from, what of it is unknown
//
// What holds no expression is copied from the template as it stands there; only of expressions values are made. A
// resource that a loop or a transform had a part in is a value as a whole.
//
// Thread safety: none. One object can be used for resource after resource; its buffers are kept.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/import/cloudformation_stack.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_document.h"

namespace bylaw {

class TemplateRecord {
 public:
  /// Makes the record of `resource`; the one made before is gone.
  void Write(TemplateStack& stack, const TemplateStack::Resource& resource);

  const std::string& text() const { return text_; }
  /// Where the pieces of the text come from: see InputFile::Derivation::kPieced.
  const std::vector<InputFile::Origin>& origins() const { return origins_; }

  /// `value` is of the text, and its offset counts from `begin` bytes before it.
  /// What is unknown in its place; null where it is known.
  const TemplateValue* UnknownAt(JsonValue value, uint64_t begin) const;
  /// Appends what is unknown of `properties`, those of the text, as Located::unknown wants it.
  void AppendUnknown(JsonValue properties, uint64_t begin, std::string* json) const;

 private:
  struct Unknown {
    uint64_t offset = 0;  ///< in the text
    const TemplateValue* value = nullptr;
  };

  void Clear();
  bool WritePieces(const TemplateResource& resource, const std::string& address);
  void WriteMember(const JsonField& field, JsonValue value);
  void WriteProperties(const TemplateResource& resource, JsonValue properties, const std::string& address);
  void WriteIds(const TemplateResource& resource, const std::string& address);
  void WriteWhole(const TemplateResource& resource, const std::string& address);

  uint32_t WalkValue(uint32_t token, int level);
  uint32_t WalkObject(uint32_t token, int level);
  uint32_t WalkArray(uint32_t token, int level);
  uint32_t WalkExpression(uint32_t token, uint32_t end, int level);
  uint32_t EndOfExpression(uint32_t token);
  uint32_t FaultAt(uint32_t token);
  uint32_t GiveUp();

  void Begin(JsonValue value);
  void CopyUpTo(uint64_t end);
  void DropMember(uint32_t token, uint32_t end);
  void TrimText();
  void Append(TemplateValue value);
  std::vector<Unknown>::const_iterator FirstUnknown(uint64_t offset) const;
  void AppendUnknown(JsonValue value, uint64_t begin, uint64_t end, std::string* json) const;

  TemplateStack* stack_ = nullptr;
  std::string text_;
  std::vector<InputFile::Origin> origins_;
  std::deque<TemplateValue> values_;  ///< what the expressions come to
  std::vector<Unknown> unknown_;      ///< within those, by offset
  size_t num_ids_ = 0;                ///< of these, that are what WriteIds wrote
  std::vector<JsonField> fields_;     ///< of the resource

  // Of the member of a resource that is being written.
  JsonDocument document_;
  const JsonIndex* index_ = nullptr;
  uint64_t copied_ = 0;         ///< what stands before it, from the start of the index's text, is written or left out
  bool is_resolved_ = false;    ///< expressions in it are
  bool in_properties_ = false;  ///< only of these it is told what is unknown
  bool has_id_ = false, has_arn_ = false;
  bool gave_up_ = false;     ///< it is to be made of a value as a whole
  uint64_t num_values_ = 0;  ///< passed
};

}  // namespace bylaw
