// TemplateValue: a value of a CloudFormation template, as it is written or as it is resolved.
//
// A resolved value is unknown where only the deployment knows it. It then says why, and which resources it stands for
// (`!Ref Vpc` is unknown, and refers to `Vpc`).
//
// Thread safety: a plain value.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/json/json_value.h"

namespace bylaw {

/// The type of what a part of a template names and the part does not have.
inline constexpr std::string_view kAnySourceType = "";

/// A resource that an unknown value refers to.
struct TemplateTarget {
  uint32_t input = 0;
  std::string address;
  std::string source_type;  ///< or kAnySourceType
  bool operator==(const TemplateTarget&) const = default;
};

/// A piece of a text that is not wholly known.
struct TemplatePart {
  enum class Kind : uint8_t {
    kText,      ///< as it is written
    kResource,  ///< the id of a resource, or an attribute of one: its own text, whatever it will be
    kGiven,     ///< what the deployment gives, and is no pattern: `AWS::Region`
    kOpen,      ///< it could be any text
  };
  Kind kind = Kind::kText;
  std::string text = {};       ///< of what is not known: `${Name}`
  TemplateTarget target = {};  ///< of kResource
};

struct TemplateValue {
  enum class Kind : uint8_t { kAbsent, kNull, kBool, kNumber, kString, kList, kObject, kUnknown };
  struct Member;

  Kind kind = Kind::kAbsent;
  bool boolean = false;
  uint64_t offset = 0;    ///< in the template's JSON text
  std::string text = {};  ///< of a string; a number as written; why it is unknown
  std::vector<TemplateValue> elements = {};
  std::vector<Member> members;
  std::vector<TemplateTarget> targets = {};  ///< what it is the id or an attribute of: one of these resources
  std::string partial =
      {};  ///< of an unknown value: what is known of it (builtins/partial_text.h); empty where nothing is
  std::vector<TemplatePart> parts = {};  ///< of an unknown text: what it is made of; empty where nothing is known of it

  static TemplateValue Absent(uint64_t offset);
  static TemplateValue Bool(bool boolean, uint64_t offset);
  static TemplateValue String(std::string text, uint64_t offset);
  static TemplateValue List(std::vector<TemplateValue> elements, uint64_t offset);
  static TemplateValue Object(uint64_t offset);
  static TemplateValue Unknown(std::string why, uint64_t offset, std::vector<TemplateTarget> targets = {});
  /// As written.
  static TemplateValue Read(JsonValue value);

  bool is_absent() const { return kind == Kind::kAbsent; }
  bool is_string() const { return kind == Kind::kString; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_object() const { return kind == Kind::kObject; }
  bool is_unknown() const { return kind == Kind::kUnknown; }
  bool is_scalar() const { return kind == Kind::kString || kind == Kind::kNumber || kind == Kind::kBool; }
  /// Whether it or a part of it is unknown.
  bool HasUnknown() const;
  /// The first unknown part. Precondition: HasUnknown().
  const TemplateValue& FirstUnknown() const;
  /// How many values it is made of.
  uint64_t num_values() const;
  /// A scalar as text, as CloudFormation makes one of it.
  std::string ToText() const;
  /// The resources that an unknown value refers to: what it is, or what a text names whole, between delimiters: the
  /// bucket in `arn:aws:s3:::${Bucket}` and `s3://${Bucket}/logs`, and none in `${Bucket}-logs`.
  std::vector<TemplateTarget> References() const;

  /// The last member called `key`; null when there is none, or this is no object.
  const TemplateValue* Find(std::string_view key) const;
  void Set(std::string key, TemplateValue value);

  /// Whether both are the same, wherever they stand. False when a part is unknown.
  bool Equals(const TemplateValue& other) const;

  /// Called before each value is appended.
  using Visit = std::function<void(const TemplateValue& value)>;
  /// Appends it as JSON, with what is known of unknown texts and null for all else that is unknown.
  void AppendJson(std::string* json, const Visit& visit = nullptr) const;
  /// Appends it as JSON with what is unknown as in builtins/partial_text.h.
  void AppendPartialJson(std::string* json) const;

 private:
  /// Appends it as JSON; `append_unknown` appends what is unknown.
  template <typename AppendUnknownValue>
  void Append(std::string* json, const Visit& visit, const AppendUnknownValue& append_unknown) const;
};

struct TemplateValue::Member {
  std::string key;
  TemplateValue value;
};

}  // namespace bylaw
