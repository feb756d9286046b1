// Conversion: from JSON to the typed cells of columns. The one place where exports' looseness is forgiven.
//
//   bool      true, false; the texts "true" and "false" in any case
//   int       a whole number within 64 bits, as number or text
//   float     a number, as number or text
//   string    a text; a number as written; "true", "false"
//   time      a text that ParseTime reads; a number of seconds or milliseconds since 1970
//   duration  a text that ParseDuration reads
//   ip, cidr, version, ipset, portset   their texts (ipset: a list of them too; portset: a number too)
//   ref       a text or number: the key, pending until the snapshot is finished
//   list, set an array of them; any other value stands for a list of itself; null elements do not count
//   map       an object; a list of {Key, Value} or {key, value} objects
//   json      anything
//   iam_document   a policy document as an object, or as text, URL-encoded or not; known as far as its parts are
//
// Null is absent. An empty text is absent for everything but string and json. What does not convert is unknown, with path and value as cause.
//
// Thread safety: as the builder's.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/json/json_value.h"
#include "runtime/snapshot/json_tree.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

struct Converted {
  Cell cell = 0;
  State state = State::kAbsent;
  CauseId cause = 0;
};

/// A value of a record, with what the export says is unknown of it.
struct Located {
  JsonValue value = {};    ///< of an unknown text, what is known of it (builtins/partial_text.h), if anything is
  JsonValue unknown = {};  ///< as a plan's `after_unknown`: `true` where unknown; or a text that says why
  bool all_unknown = false;
  bool in_unknown = false;  ///< within something that is not known as a whole, which need not have it

  bool is_missing() const { return !all_unknown && (!value || value.is_null()); }
  /// Whether nobody can say if there is anything: of a template's undecided `Fn::If` one branch may be no value, and what
  /// a plan makes after apply as a whole need not have every part.
  bool may_be_missing() const;
};

/// The member `key` of `from`. A list of one object stands for the object (as Terraform writes blocks); through any other list nothing is found.
Located Step(const Located& from, std::string_view key);
/// Like Step along `keys`, but through every element of every list on the way.
void StepAll(const Located& from, std::span<const std::string> keys, std::vector<Located>* found);
/// The elements of a list, or the value itself when it is none; nothing when it is missing.
std::vector<Located> ElementsOf(const Located& from);

class CellConverter {
 public:
  explicit CellConverter(SnapshotBuilder& builder);

  /// How the record at hand is to be read: the cause of what it says is unknown, and whether its text stays where it is.
  void SetRecord(Row record, CauseId unknown_cause, bool stable_text);

  /// `path` is what a cause calls the value.
  Converted Convert(const Located& value, TypeId type, std::string_view path);
  Converted ConvertNode(const JsonNode* node, TypeId type, std::string_view path);
  /// A result of a mapping's function, of type `from`, as a column of type `to` wants it.
  Converted ConvertCell(Cell cell, TypeId from, TypeId to, std::string_view path);
  /// A policy document out of its text; `unknown_cause` is why parts of it are unknown, 0 where none is.
  Converted ConvertDocument(const std::string& text, CauseId unknown_cause, std::string_view path);
  /// A list or set out of elements converted one by one; absent ones do not count.
  Converted MakeCollection(const std::vector<Converted>& elements, TypeId type);

  const JsonNode* MakeTree(const Located& value, std::span<const std::string> only_keys, Arena& arena);
  CauseId unknown_cause() const { return unknown_cause_; }
  /// Why `value` is unknown: what it says itself, else what is said of the record.
  CauseId CauseOf(const Located& value) const;

 private:
  template <typename Source>
  Converted ConvertFrom(const Source& source, TypeId type, std::string_view path);
  template <typename Source>
  Converted ConvertMap(const Source& source, const TypeEntry& type, std::string_view path);
  Converted ConvertText(std::string_view text, TypeKind kind, std::string_view path);
  Converted ConvertInteger(int64_t integer, std::string_view raw, TypeKind kind, std::string_view path);
  /// Of the first part that an overlay marks.
  CauseId FirstCause(JsonValue overlay) const;
  Converted Fail(std::string_view shown, TypeKind kind, std::string_view path);
  bool SameShape(TypeId a, TypeId b) const;

  SnapshotBuilder& builder_;
  const Program& program_;
  Arena scratch_;
  std::unordered_map<std::string, Cell> documents_;  ///< many roles share one trust policy
  Row record_ = kNone;
  CauseId unknown_cause_ = 0;
  bool stable_text_ = true;
};

}  // namespace bylaw
