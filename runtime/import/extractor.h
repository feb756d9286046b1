// Extractor: turns source records of one format into rows: the fast path of every import.
//
//   Importer ──SourceRecord──► Extractor ──RowBatch──► SnapshotBuilder
//
// For each record it walks what the demand's paths ask for, once a level, and converts straight into cells. Rows whose mapping has
// conditions or expressions wait in a batch until these have been evaluated for all of them.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/import/convert.h"
#include "runtime/import/demand.h"
#include "runtime/import/mapping_evaluator.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

/// One step of the way from a record to a value: a list under `path`, and the element of it that the row stands for.
struct ElementStep {
  std::span<const std::string> path;
  uint32_t index = 0;
  JsonValue element = {};
  size_t num_elements = 0;  ///< of the list; 0: not known
};

/// What an export says about references whose values it does not know (a plan's configuration).
class ReferenceSource {
 public:
  /// Whether a column may refer to resources of this source type.
  using Accepts = std::function<bool(std::string_view source_type)>;

  struct Answer {
    bool is_set = false;  ///< the configuration says something about this value
    bool exact = false;   ///< for a list: the targets are its elements, in order
    std::vector<ReferenceTarget> targets = {};
    std::string note = {};   ///< why there is no target, or how they were found
    uint32_t input = kNone;  ///< where the targets are; kNone: in the record's own input
  };

  virtual ~ReferenceSource() = default;
  /// The references at `path`, under the elements that `steps` name.
  virtual Answer Follow(std::span<const ElementStep> steps, std::span<const std::string> path,
                        const Accepts& accepts) = 0;

  /// Whether FollowElement can tell the elements of a list apart.
  virtual bool knows_elements() const { return false; }
  /// As Follow, for element `index` of the list at `path`.
  virtual Answer FollowElement(std::span<const ElementStep>, std::span<const std::string>, uint32_t, const Accepts&) {
    return {};
  }

  enum class Use : uint8_t {
    kUse,       ///< what stands there is the resource's own
    kPossible,  ///< it cannot be told
    kIgnore,    ///< it repeats other resources
  };
  /// Whether the list at `path` may be unnested into rows (decision: a computed attribute that repeats other resources counts only where the
  /// configuration sets it).
  virtual Use UseOf(std::span<const std::string> path, const Located& value) = 0;
  /// Whether nobody sets what stands at `path`, under the elements that `steps` name, so that the provider decides. What is unknown there, as a whole
  /// and from the path's last key on, is not there: a default counts.
  virtual bool IsUnset(std::span<const ElementStep> steps, std::span<const std::string> path) = 0;
  /// A piece of a text that is not known yet: as it is written, or the id or ARN of a resource.
  struct TextPart {
    std::string text = {};
    std::optional<ReferenceTarget> target = {};
    uint32_t input = kNone;  ///< where the target is; kNone: in the record's own input
    bool is_exact = true;    ///< false: the deployment puts something else in the text's place
  };
  /// What the unknown text at `path` is made of; empty where that is not sure.
  virtual std::vector<TextPart> TextAt(std::span<const ElementStep> steps, std::span<const std::string> path) = 0;
  /// What is known of the policy document at `path` whose text is not known yet: JSON as in builtins/partial_text.h, or empty.
  virtual std::string DocumentAt(std::span<const ElementStep>, std::span<const std::string>) { return {}; }

 protected:
  /// The text that is the id of the one resource of an exact answer.
  static std::vector<TextPart> TextOf(const Answer& answer) {
    if (!answer.exact || answer.targets.size() != 1) return {};
    return {{.target = answer.targets.front(), .input = answer.input}};
  }
};

/// One record as an importer hands it over. Views need to be valid during Add only, unless `stable_text`.
struct SourceRecord {
  std::string_view source_type;
  std::string_view address;
  std::string_view id = {};  ///< empty: not known
  std::string_view account = {};
  std::string_view region = {};
  std::string_view arn = {};
  Located record = {};  ///< the record itself
  JsonValue envelope = {};
  uint64_t envelope_number = 0;  ///< not 0: records with the same one share their envelope, which is then read once
  bool envelope_made = false;    ///< the envelope is no text of the input, and nothing in it has a place there
  Located tags = {};             ///< asked for only when the demand wants tags
  std::optional<bool> taggable = {};  ///< whether it can have tags; none: it has some, or nothing tells
  uint64_t offset = 0;                ///< of the record in its file, as Record::offset
  bool stable_text = true;            ///< strings without escapes point into bytes that live as long as the snapshot
  bool possible = false;              ///< it exists only possibly
  std::string_view unknown_reason = "known after apply";
  bool omits_unknown =
      false;  ///< what is unknown is simply left out: an absent reference may be one that the configuration names
  ReferenceSource* references = nullptr;
};

class Extractor {
 public:
  /// `evaluator` may be null if no mapping has functions. All must outlive the extractor.
  Extractor(const Demand& demand, SnapshotBuilder& builder, MappingEvaluator* evaluator);
  ~Extractor();

  void SetInput(uint32_t input) { input_ = input; }
  const Demand& demand() const { return demand_; }
  SnapshotBuilder& builder() { return builder_; }

  /// Makes the rows that the demand asks of `source`. Gives the index of its record, or kNone when nothing wants it.
  Row Add(const SourceRecord& source, const SourceDemand* demand);

  /// Appends all rows that are still waiting.
  void Flush();

 private:
  struct Pending;  // the batch of one mapping
  struct LevelState {
    Located element;
    uint64_t number = 0;  ///< of the element: no other has the same
    const JsonPaths* paths = nullptr;
    JsonExtraction values, unknown;
    bool has_unknown = false;
    ElementStep step;
    ReferenceSource::Answer
        named;  ///< what the element refers to, where the configuration names it and the list itself is unknown
  };

  Pending& PendingOf(const MappingDemand& mapping);
  /// The cause of what is unknown of a record because of `reason`.
  CauseId CauseOf(std::string_view reason);
  /// What an absent value becomes, by column; made when a row of the table is first met.
  const std::vector<Converted>& DefaultsOf(TableId table) {
    return defaults_[table].empty() ? MakeDefaults(table) : defaults_[table];
  }
  const std::vector<Converted>& MakeDefaults(TableId table);
  void AddRows(const SourceRecord& source, const MappingDemand& mapping, uint32_t level, uint64_t offset,
               bool possible);
  void AddRow(const SourceRecord& source, const MappingDemand& mapping, uint64_t offset, bool possible);
  /// The field that refers to what the elements of the list at `level` name; null: none does.
  static const FieldDemand* ElementField(const MappingDemand& mapping, uint32_t level);
  /// The elements of a wholly unknown list that the configuration names one by one; empty if it does not, or the rows refer to nothing by them.
  ReferenceSource::Answer NamedElements(const SourceRecord& source, const MappingDemand& mapping, uint32_t level);
  /// Whether the unknown element that was entered last may be none at all: its list is unknown, or an expression of which nobody knows what it refers to.
  bool MayBeNone(const SourceRecord& source, const MappingDemand& mapping, uint32_t level, bool in_unknown_list);
  std::vector<ElementStep> StepsTo(uint32_t level) const;
  /// A text that stands for an id that is not known yet: nothing that is known today equals it, and it looks like the keys of its model.
  std::string StandIn(const ReferenceTarget& target) const;
  /// The tree `node`, with texts in the place of unknown values that are made of resources' ids: `node` itself if there is none. `path` leads to it
  /// under `steps`. `is_exact` becomes false where a text may yet be another one.
  const JsonNode* NameUnknown(const SourceRecord& source, const JsonNode* node, std::vector<ElementStep> steps,
                              std::vector<std::string> path, Pending& pending, Arena& arena, bool* is_exact);
  /// The tree `node` of `at` without the unknown members that nobody sets: `node` itself if there is none. `path` leads to it under `steps`.
  static const JsonNode* WithoutUnset(ReferenceSource& references, const JsonNode* node, const Located& at,
                                      const std::vector<ElementStep>& steps, const std::vector<std::string>& path,
                                      Arena& arena);
  std::string NameText(const std::vector<ReferenceSource::TextPart>& parts, Pending& pending, bool* is_exact) const;
  /// The references in what a function made of such texts.
  Converted ConvertNamed(const Pending& pending, Cell cell, TypeId from, TypeId to, std::string_view path);
  /// What a reference that a function computes refers to when its argument is an id that is not known yet.
  Converted FollowArgument(const SourceRecord& source, const FieldDemand& field);
  /// Puts the list that a JSON text spells in the text's place; what does not parse is unknown. False when it is no such text.
  bool Decode(Located* list);
  /// The number of the innermost element that `leaf` is read from; the record's for the envelope.
  uint64_t ElementOf(const LeafDemand& leaf) const;
  void EnterLevel(uint32_t level, const JsonPaths& paths, const Located& element);
  void NoteDuplicates(const JsonExtraction& extraction);
  Located Find(const SourceRecord& source, const DemandPath& path);
  Located FindFirst(const DemandPath& path);
  bool IsUnset(const SourceRecord& source, const DemandPath& path, const Located& found);
  Converted ConvertField(const SourceRecord& source, const MappingDemand& mapping, const FieldDemand& field);
  /// What is unknown as a whole, unless the source knows more of it.
  Converted ConvertUnknown(const SourceRecord& source, const FieldDemand& field, const DemandPath& path,
                           const Located& found);
  Converted ConvertReference(const SourceRecord& source, const FieldDemand& field);
  Converted ConvertReferenceList(const SourceRecord& source, const FieldDemand& field);
  /// `element`: of the list at `path`; kNone: what is there.
  ReferenceSource::Answer Follow(const SourceRecord& source, const DemandPath& path, const FieldDemand& field,
                                 uint32_t element = kNone);
  const ReferenceSource::Accepts& AcceptsOf(TypeId type);
  uint32_t InputOf(const ReferenceSource::Answer& answer) const {
    return answer.input == kNone ? input_ : answer.input;
  }
  Converted Settle(const MappingDemand& mapping, ColumnId column, Converted value);
  void FlushBatch(Pending& pending);

  const Demand& demand_;
  SnapshotBuilder& builder_;
  const Program& program_;
  MappingEvaluator* evaluator_;
  CellConverter converter_;
  uint32_t input_ = 0;
  bool stable_ = true;  ///< the record at hand stands in the input itself
  Row record_ = kNone;
  bool in_text_ = false;  ///< the level being read stands in a decoded text: its offsets are none of the file
  std::vector<std::unique_ptr<LevelState>> levels_;  ///< [0]: the record
  uint64_t num_elements_ = 0;
  JsonExtraction envelope_values_;
  const JsonPaths* envelope_paths_ = nullptr;
  uint64_t envelope_number_ = 0;  ///< of the envelope in `envelope_values_`
  std::vector<std::unique_ptr<Pending>> pending_;
  std::vector<std::vector<Pending*>> pending_of_;  ///< by table and mapping; made when first met
  std::string reason_;                             ///< of the last record, whose cause is `reason_cause_`
  std::optional<CauseId> reason_cause_;
  TypeId map_of_strings_ = kNone;                 ///< of tags; kNone: the program has no such type, and reads none
  std::vector<std::vector<Converted>> defaults_;  ///< DefaultsOf, by table
  std::unordered_map<TypeId, ReferenceSource::Accepts> accepts_;
  RepeatedText type_, account_, region_;
};

}  // namespace bylaw
