#include "runtime/import/extractor.h"

#include <algorithm>
#include <map>

#include "runtime/base/check.h"
#include "runtime/json/json_document.h"
#include "runtime/snapshot/json_tree.h"
#include "runtime/snapshot/tree_parts.h"

namespace bylaw {

namespace {

constexpr uint32_t kBatchRows = 2048;

/// Begins the address in a text that stands for an id: a character of private use, which no export has.
constexpr std::string_view kStandInMark = "\xEE\x80\x80";

/// Whether a function's result, or an element of it, is unknown.
bool IsOpen(const Program& program, State state, Cell cell, TypeId type_id) {
  if (state != State::kKnown) return IsUnknown(state);
  const TypeEntry& type = program.types[type_id];
  if (type.kind == TypeKind::kJson) {
    const JsonNode* node = CellToObject<JsonNode>(cell);
    const auto is_unknown = [](const JsonNode* part) { return part->kind == JsonNodeKind::kUnknown; };
    return is_unknown(node) ||
           (node->kind == JsonNodeKind::kArray && std::any_of(node->elements, node->elements + node->size, is_unknown));
  }
  if (type.kind != TypeKind::kList && type.kind != TypeKind::kSet) return false;
  const ListObject* list = CellToObject<ListObject>(cell);
  for (uint32_t i = 0; i < list->size; ++i) {
    if (IsOpen(program, list->state(i), list->cells[i], type.element)) return true;
  }
  return false;
}

/// A list that an export keeps as a JSON text (`container_definitions` of a task definition).
struct DecodedList {
  std::string text;
  JsonDocument document;
};

}  // namespace

/// Rows of one mapping that are not in the builder yet, and the arguments of its functions.
struct Extractor::Pending {
  const MappingDemand* mapping = nullptr;
  /// Until they are appended, its columns are longer than num_rows(): what follows is what values are where nothing is.
  RowBatch rows;
  uint32_t capacity = 0;                  ///< length of the columns
  std::vector<ColumnId> unknown_columns;  ///< that every row has, and for which the mapping has no field
  bool has_causes = false;                ///< some column has
  std::vector<MappingColumn> leaves;
  std::unique_ptr<Arena> trees;  ///< the arguments' trees, when no result keeps them
  std::vector<uint64_t>
      leaf_elements;  ///< by leaf: the element (LevelState::number) that the last row's was read from; 0: read it again
  /// An argument with texts in the place of ids not known yet: what conditions and references are computed from.
  struct StandIn {
    uint32_t leaf = 0;
    Row row = 0;
    Cell cell = 0;
    bool is_exact = true;
  };
  std::vector<StandIn> stand_ins;
  /// What these texts refer to.
  struct Named {
    ReferenceTarget target;
    uint32_t input = 0;
  };
  std::unordered_map<std::string, Named> named;
  /// By field and row: what a computed reference is if its function cannot tell.
  std::map<std::pair<const FieldDemand*, Row>, Converted> followed;

  /// Puts the stand-ins in the place of their arguments, or back.
  void SwapStandIns(bool exact_only) {
    for (StandIn& stand_in : stand_ins) {
      if (stand_in.is_exact || !exact_only) std::swap(leaves[stand_in.leaf].cells[stand_in.row], stand_in.cell);
    }
  }
};

Extractor::Extractor(const Demand& demand, SnapshotBuilder& builder, MappingEvaluator* evaluator)
    : demand_(demand), builder_(builder), program_(builder.program()), evaluator_(evaluator), converter_(builder) {
  levels_.push_back(std::make_unique<LevelState>());
  defaults_.resize(program_.tables.size());
  const auto is_map_of_strings = [&](const TypeEntry& type) {
    return type.kind == TypeKind::kMap && program_.types[type.element].kind == TypeKind::kString;
  };
  const auto found = std::find_if(program_.types.begin(), program_.types.end(), is_map_of_strings);
  if (found != program_.types.end()) map_of_strings_ = static_cast<TypeId>(found - program_.types.begin());
}

const std::vector<Converted>& Extractor::MakeDefaults(TableId table_id) {
  const Table& table = program_.tables[table_id];
  std::vector<Converted>& defaults = defaults_[table_id];
  for (const TableColumn& column : table.columns) {
    Converted value;
    const TypeEntry& type = program_.types[column.type];
    if (column.default_value) {
      if (program_.constants[*column.default_value].state == State::kKnown) {
        value = {builder_.MakeConstant(*column.default_value, column.type), State::kKnown, 0};
      }
    } else if (!type.optional && type.kind != TypeKind::kJson) {
      value = {0, State::kUnknown,
               builder_.InternCause(
                   {CauseKind::kAbsentPath, "no `" + column.name + "`, which every `" + table.name + "` has"})};
    }
    defaults.push_back(value);
  }
  return defaults;
}

Extractor::~Extractor() = default;

Extractor::Pending& Extractor::PendingOf(const MappingDemand& mapping) {
  if (pending_of_.empty()) pending_of_.resize(program_.tables.size());
  std::vector<Pending*>& of_table = pending_of_[mapping.table];
  if (of_table.size() <= mapping.mapping) of_table.resize(mapping.mapping + size_t{1});
  Pending*& found = of_table[mapping.mapping];
  if (found == nullptr) {
    pending_.push_back(std::make_unique<Pending>());
    found = pending_.back().get();
    found->mapping = &mapping;
    found->rows.columns.resize(program_.tables[mapping.table].columns.size());
    found->leaves.resize(mapping.leaves.size());
    found->leaf_elements.resize(mapping.leaves.size());
  }
  return *found;
}

Row Extractor::Add(const SourceRecord& source, const SourceDemand* demand) {
  if (demand == nullptr && !demand_.wants_all_records()) return kNone;
  StringPool& strings = builder_.strings();
  Record record;
  record.address = strings.Intern(source.address);
  record.type = type_.Intern(strings, source.source_type);
  record.id = source.id.empty() ? kNone : strings.Intern(source.id);
  record.account = account_.Intern(strings, source.account);
  record.region = region_.Intern(strings, source.region);
  record.input = input_;
  record.offset = source.offset;
  record_ = builder_.AddRecord(record);
  if (!source.arn.empty()) {
    const bool is_address = source.arn.data() == source.address.data() && source.arn.size() == source.address.size();
    builder_.AddAlias(record_, is_address ? record.address : strings.Intern(source.arn));
  }

  converter_.SetRecord(record_, CauseOf(source.unknown_reason), source.stable_text);
  if (map_of_strings_ != kNone && demand_.wants_tags(demand)) {
    static const std::string kPath = "tags";
    const Converted tags = converter_.Convert(source.tags, map_of_strings_, kPath);
    builder_.SetTags(record_, tags.cell, tags.state, tags.cause);
    const bool has_some = IsUnknown(tags.state) ||
                          source.tags.value.fields().begin() != source.tags.value.fields().end() ||
                          source.tags.value.elements().begin() != source.tags.value.elements().end();
    if (source.taggable || has_some) builder_.SetTaggable(record_, source.taggable.value_or(true));
  }
  if (demand == nullptr) return record_;

  stable_ = source.stable_text;
  EnterLevel(0, demand->record, source.record);
  const bool same_envelope =
      source.envelope_number != 0 && source.envelope_number == envelope_number_ && envelope_paths_ == &demand->envelope;
  if (demand->reads_envelope && !same_envelope) {
    envelope_values_.Extract(demand->envelope, source.envelope);
    if (stable_) NoteDuplicates(envelope_values_);
    envelope_number_ = source.envelope_number;
  }
  envelope_paths_ = &demand->envelope;
  for (const MappingDemand& mapping : demand->mappings) {
    while (levels_.size() <= mapping.unnest.size()) levels_.push_back(std::make_unique<LevelState>());
    AddRows(source, mapping, 0, source.offset, source.possible);
  }
  return record_;
}

CauseId Extractor::CauseOf(std::string_view reason) {
  if (!reason_cause_ || reason != reason_) {
    reason_ = reason;
    reason_cause_ = builder_.InternCause({CauseKind::kKnownAfterApply, reason_});
  }
  return *reason_cause_;
}

uint64_t Extractor::ElementOf(const LeafDemand& leaf) const {
  uint32_t level = 0;
  for (const DemandPath& path : leaf.paths) {
    if (path.level != DemandPath::kEnvelope) level = std::max(level, path.level);
  }
  return levels_[level]->number;
}

void Extractor::EnterLevel(uint32_t level, const JsonPaths& paths, const Located& element) {
  LevelState& state = *levels_[level];
  state.number = ++num_elements_;
  state.element = element;
  state.named = {};
  state.paths = &paths;
  if (paths.num_paths() == 0) return;
  if (element.value) {
    state.values.Extract(paths, element.value);
    if (stable_) NoteDuplicates(state.values);
  }
  state.has_unknown = !element.all_unknown && element.unknown.is_object();
  if (state.has_unknown) state.unknown.Extract(paths, element.unknown);
}

void Extractor::NoteDuplicates(const JsonExtraction& extraction) {
  for (const JsonExtraction::Duplicate& duplicate : extraction.duplicates())
    builder_.NoteDuplicateKey(duplicate.key, duplicate.earlier, duplicate.later);
}

Located Extractor::FindFirst(const DemandPath& path) {
  LevelState& state = *levels_[path.level];
  if (path.slot == kNone) return state.element;
  // A level that is no object (a list of one block, say) is stepped through key by key.
  if (state.element.all_unknown || (state.element.value && !state.element.value.is_object()))
    return Step(state.element, path.keys.front());
  Located found;
  if (state.element.value) found.value = state.values.at(state.paths->slot(path.slot));
  if (state.has_unknown) {
    found.unknown = state.unknown.at(state.paths->slot(path.slot));
    found.all_unknown = IsUnknownMark(found.unknown);
  }
  return found;
}

Located Extractor::Find(const SourceRecord& source, const DemandPath& path) {
  if (path.level == DemandPath::kEnvelope) {
    if (path.slot == kNone) return {source.envelope};
    Located found{envelope_values_.at(envelope_paths_->slot(path.slot))};
    for (const std::string& key : path.rest()) found = Step(found, key);
    return found;
  }
  Located found = FindFirst(path);
  for (const std::string& key : path.rest()) found = Step(found, key);
  return found;
}

bool Extractor::IsUnset(const SourceRecord& source, const DemandPath& path, const Located& found) {
  if (!found.all_unknown || path.level == DemandPath::kEnvelope || path.keys.empty() || source.references == nullptr)
    return false;
  if (path.level > 0 && levels_[path.level]->element.all_unknown) return false;
  size_t depth = 1;  // at which the unknown begins
  Located at = FindFirst(path);
  for (const std::string& key : path.rest()) {
    if (at.all_unknown) break;
    at = Step(at, key);
    ++depth;
  }
  return source.references->IsUnset(StepsTo(path.level), std::span(path.keys).first(depth));
}

void Extractor::AddRows(const SourceRecord& source, const MappingDemand& mapping, uint32_t level, uint64_t offset,
                        bool possible) {
  if (level == mapping.unnest.size()) {
    AddRow(source, mapping, offset, possible);
    return;
  }
  const DemandPath& path = mapping.unnest[level];
  const Located first = path.level == DemandPath::kEnvelope ? Find(source, path) : FindFirst(path);
  std::vector<Located> lists, elements;
  if (path.level == DemandPath::kEnvelope) {
    lists.push_back(first);
  } else {
    StepAll(first, path.rest(), &lists);
  }
  bool decoded = path.level == DemandPath::kEnvelope && source.envelope_made;
  for (Located& list : lists) {
    decoded = Decode(&list) || decoded;
    for (const Located& element : ElementsOf(list)) elements.push_back(element);
  }
  if (level == 0 && source.references != nullptr && !lists.empty()) {
    const ReferenceSource::Use use = source.references->UseOf(path.keys, lists.front());
    if (use == ReferenceSource::Use::kIgnore) return;
    possible = possible || use == ReferenceSource::Use::kPossible;
  }
  const JsonPaths& paths = mapping.levels[level];
  const bool in_unknown_list =
      std::any_of(lists.begin(), lists.end(), [](const Located& list) { return list.all_unknown; });
  if (lists.size() == 1 && in_unknown_list) {
    const ReferenceSource::Answer named = NamedElements(source, mapping, level);
    for (uint32_t i = 0; i < named.targets.size(); ++i) {
      EnterLevel(level + 1, paths, elements.front());
      levels_[level + 1]->step = {path.keys, i, {}};
      levels_[level + 1]->named = {
          .is_set = true, .exact = true, .targets = {named.targets[i]}, .note = named.note, .input = named.input};
      AddRows(source, mapping, level + 1, offset, possible);
    }
    if (!named.targets.empty()) return;
  }
  for (uint32_t i = 0; i < elements.size(); ++i) {
    EnterLevel(level + 1, paths, elements[i]);
    levels_[level + 1]->step = {path.keys, i, elements[i].value, elements.size()};
    const uint64_t element_offset =
        elements[i].value && source.stable_text && !decoded && !in_text_ ? elements[i].value.offset() : offset;
    const bool outside_text = !in_text_;
    in_text_ = in_text_ || decoded;
    const bool unsure = elements[i].all_unknown && MayBeNone(source, mapping, level, in_unknown_list);
    AddRows(source, mapping, level + 1, element_offset, possible || unsure);
    if (outside_text) in_text_ = false;
  }
}

ReferenceSource::Answer Extractor::NamedElements(const SourceRecord& source, const MappingDemand& mapping,
                                                 uint32_t level) {
  if (source.references == nullptr || source.references->knows_elements()) return {};
  const FieldDemand* field = ElementField(mapping, level);
  if (field == nullptr) return {};
  ReferenceSource::Answer answer = Follow(source, mapping.unnest[level], *field);
  return answer.exact ? answer : ReferenceSource::Answer{};
}

const FieldDemand* Extractor::ElementField(const MappingDemand& mapping, uint32_t level) {
  auto is_element = [&](const FieldDemand& field) {
    return field.is_reference && field.paths.size() == 1 && field.paths[0].level == level + 1 &&
           field.paths[0].keys.empty();
  };
  const auto found = std::find_if(mapping.fields.begin(), mapping.fields.end(), is_element);
  return found == mapping.fields.end() ? nullptr : &*found;
}

bool Extractor::MayBeNone(const SourceRecord& source, const MappingDemand& mapping, uint32_t level,
                          bool in_unknown_list) {
  // A list that is wholly unknown may have any rows: one stands for them, possible and unknown.
  if (in_unknown_list || source.references == nullptr) return true;
  if (!source.references->knows_elements()) return false;
  const FieldDemand* field = ElementField(mapping, level);
  return field == nullptr || Follow(source, field->paths[0], *field).targets.empty();
}

std::vector<ElementStep> Extractor::StepsTo(uint32_t level) const {
  std::vector<ElementStep> steps;
  for (uint32_t l = 1; l <= level; ++l) steps.push_back(levels_[l]->step);
  return steps;
}

std::string Extractor::StandIn(const ReferenceTarget& target) const {
  const StringPool& strings = builder_.strings();
  const std::string address = std::string(kStandInMark) + std::string(strings.Text(target.address));
  const std::string_view source_type = strings.Text(target.source_type);
  std::string text = address;
  for (const Table& table : program_.tables) {
    const bool is_model =
        !table.key_pattern.empty() &&
        std::any_of(table.mappings.begin(), table.mappings.end(), [&](const TableMapping& mapping) {
          return mapping.unnest.empty() && mapping.format == demand_.format() && mapping.source_type == source_type;
        });
    if (!is_model) continue;
    text.clear();
    for (char c : table.key_pattern) {
      if (c == '*') {
        text += address;
      } else {
        text += c;
      }
    }
    break;
  }
  return text;
}

std::string Extractor::NameText(const std::vector<ReferenceSource::TextPart>& parts, Pending& pending,
                                bool* is_exact) const {
  std::string text;
  for (const ReferenceSource::TextPart& part : parts) {
    *is_exact = *is_exact && part.is_exact;
    if (!part.target) {
      text += part.text;
      continue;
    }
    std::string own = StandIn(*part.target);
    text += own;
    pending.named[std::move(own)] = {*part.target, part.input == kNone ? input_ : part.input};
  }
  return text;
}

const JsonNode* Extractor::NameUnknown(const SourceRecord& source, const JsonNode* node, std::vector<ElementStep> steps,
                                       std::vector<std::string> path, Pending& pending, Arena& arena, bool* is_exact) {
  switch (node->kind) {
    case JsonNodeKind::kUnknown: {
      const std::string text = NameText(source.references->TextAt(steps, path), pending, is_exact);
      return text.empty() ? node : MakeJsonString(arena.Copy(text), record_, arena);
    }
    case JsonNodeKind::kArray:
    case JsonNodeKind::kObject: {
      if (!source.references->knows_elements()) return node;
      return MapParts(node, arena, [&](uint32_t i, const JsonNode* part) {
        if (node->kind == JsonNodeKind::kArray) {
          std::vector<ElementStep> own = steps;
          own.push_back({path, i, {}});
          return NameUnknown(source, part, std::move(own), {}, pending, arena, is_exact);
        }
        std::vector<std::string> own = path;
        own.emplace_back(node->members[i].key);
        return NameUnknown(source, part, steps, std::move(own), pending, arena, is_exact);
      });
    }
    default: return node;
  }
}

Converted Extractor::ConvertNamed(const Pending& pending, Cell cell, TypeId from, TypeId to, std::string_view path) {
  const TypeEntry& source = program_.types[from];
  const TypeEntry& target = program_.types[to];
  const JsonNode* node = source.kind == TypeKind::kJson ? CellToObject<JsonNode>(cell) : nullptr;
  if (target.kind == TypeKind::kList || target.kind == TypeKind::kSet) {
    std::vector<Converted> elements;
    if (node != nullptr && node->kind == JsonNodeKind::kArray) {
      for (uint32_t i = 0; i < node->size; ++i) {
        elements.push_back(ConvertNamed(pending, ObjectToCell(node->elements[i]), from, target.element, path));
      }
    } else if (source.kind == TypeKind::kList || source.kind == TypeKind::kSet) {
      const ListObject* list = CellToObject<ListObject>(cell);
      for (uint32_t i = 0; i < list->size; ++i) {
        elements.push_back(list->state(i) == State::kKnown
                               ? ConvertNamed(pending, list->cells[i], source.element, target.element, path)
                               : Converted{0, list->state(i), 0});
      }
    } else {
      elements.push_back(ConvertNamed(pending, cell, from, target.element, path));
    }
    return converter_.MakeCollection(elements, to);
  }
  std::string_view text;
  if (node != nullptr && node->kind == JsonNodeKind::kString) text = node->text;
  if (source.kind == TypeKind::kString) text = builder_.strings().Text(static_cast<StringId>(cell));
  if (text.find(kStandInMark) == std::string_view::npos) return converter_.ConvertCell(cell, from, to, path);
  const auto found = pending.named.find(std::string(text));
  if (found == pending.named.end()) return {0, State::kUnknown, 0};
  return {builder_.PendingTargets(found->second.input, {found->second.target}), State::kKnown, 0};
}

bool Extractor::Decode(Located* list) {
  if (!list->value.is_string() || list->all_unknown) return false;
  auto decoded = std::make_shared<DecodedList>();
  decoded->text = list->value.string().ToString();
  const size_t begin = decoded->text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos || (decoded->text[begin] != '[' && decoded->text[begin] != '{')) return false;
  const Result<JsonValue> value = decoded->document.Parse(decoded->text);
  *list = {};
  if (value.ok()) {
    list->value = *value;
    builder_.Keep(std::move(decoded));
  } else {
    list->all_unknown = true;
  }
  return true;
}

void Extractor::AddRow(const SourceRecord& source, const MappingDemand& mapping, uint64_t offset, bool possible) {
  Pending& pending = PendingOf(mapping);
  RowBatch& rows = pending.rows;
  const uint32_t row = rows.num_rows();
  rows.records.push_back(record_);
  rows.offsets.push_back(offset);
  rows.possible.push_back(possible ? 1 : 0);
  // Columns without a field in the mapping are absent, or have their default.
  const std::vector<Converted>& defaults = DefaultsOf(mapping.table);
  if (row == pending.capacity) {
    pending.capacity = std::clamp<uint32_t>(pending.capacity * 2, 16, kBatchRows);
    pending.unknown_columns.clear();
    for (ColumnId c = 0; c < rows.columns.size(); ++c) {
      rows.columns[c].cells.resize(pending.capacity, defaults[c].cell);
      rows.columns[c].states.resize(pending.capacity, defaults[c].state);
      const bool has_field = std::any_of(mapping.fields.begin(), mapping.fields.end(), [c](const FieldDemand& field) {
        return field.column == c && field.kind != FieldSourceKind::kAbsent;
      });
      if (IsUnknown(defaults[c].state) && !has_field) pending.unknown_columns.push_back(c);
    }
  }
  for (const ColumnId c : pending.unknown_columns) {
    rows.columns[c].causes.resize(row, 0);
    rows.columns[c].causes.push_back(defaults[c].cause);
    pending.has_causes = true;
  }
  for (const FieldDemand& field : mapping.fields) {
    if (field.kind == FieldSourceKind::kAbsent || field.kind == FieldSourceKind::kFunction) continue;
    const Converted value = Settle(mapping, field.column, ConvertField(source, mapping, field));
    RowBatch::Values& column = rows.columns[field.column];
    column.cells[row] = value.cell;
    column.states[row] = value.state;
    if (IsUnknown(value.state)) {
      column.causes.resize(row + size_t{1}, 0);
      column.causes[row] = value.cause;
      pending.has_causes = true;
    }
  }
  if (pending.has_causes) {
    for (RowBatch::Values& column : rows.columns) {
      if (!column.causes.empty()) column.causes.resize(row + size_t{1}, 0);
    }
  }
  const CauseId unknown_cause = converter_.unknown_cause();
  if (!mapping.leaves.empty() && mapping.has_functions()) {
    if (pending.trees == nullptr) pending.trees = std::make_unique<Arena>();
    Arena& arena = mapping.keeps_trees ? builder_.arena() : *pending.trees;
    // What waits for its batch has its texts beside it: by then the reader has given back the memory of where they stand.
    converter_.SetRecord(record_, unknown_cause, mapping.keeps_trees && source.stable_text);
    for (size_t l = 0; l < mapping.leaves.size(); ++l) {
      MappingColumn& leaf = pending.leaves[l];
      if (mapping.leaves[l].is_this) {
        leaf.cells.push_back(SnapshotBuilder::PendingRecord(record_));
        leaf.states.push_back(State::kKnown);
        continue;
      }
      // The rows of one element share what they read around it: a report's packages are no tree for each of its flaws.
      const uint64_t element = ElementOf(mapping.leaves[l]);
      if (row > 0 && pending.leaf_elements[l] == element) {
        leaf.cells.push_back(leaf.cells.back());
        leaf.states.push_back(leaf.states.back());
        continue;
      }
      const DemandPath& path = mapping.leaves[l].paths.front();
      const Located found = Find(source, path);
      const bool absent = (found.is_missing() && !found.unknown.is_object() && !found.unknown.is_array()) ||
                          IsUnset(source, path, found);
      const JsonNode* tree = absent ? nullptr : converter_.MakeTree(found, mapping.only_keys, arena);
      if (!absent && source.references != nullptr && path.level != DemandPath::kEnvelope) {
        tree = WithoutUnset(*source.references, tree, found, StepsTo(path.level), path.keys, arena);
      }
      // What is unknown is there, and carries its cause; what may not be there is unknown to `is present` as well.
      const bool open = !absent && found.may_be_missing();
      if (open) leaf.causes[row] = builder_.partial().cause(tree->cause);
      leaf.cells.push_back(absent || open ? 0 : ObjectToCell(tree));
      leaf.states.push_back(absent ? State::kAbsent : open ? State::kUnknown : State::kKnown);
      pending.leaf_elements[l] = found.all_unknown ? 0 : element;
      if (absent || open || source.references == nullptr || path.level == DemandPath::kEnvelope) continue;
      if (!found.all_unknown && !found.unknown.is_object() && !found.unknown.is_array()) continue;
      bool is_exact = true;
      const JsonNode* with_names = tree;
      const ReferenceSource::Answer& named = levels_[path.level]->named;
      if (path.keys.empty() && named.targets.size() == 1) {
        with_names = MakeJsonString(
            arena.Copy(NameText({{.target = named.targets.front(), .input = named.input}}, pending, &is_exact)),
            record_, arena);
      } else if (!path.keys.empty() || named.targets.empty()) {
        with_names = NameUnknown(source, tree, StepsTo(path.level), path.keys, pending, arena, &is_exact);
      }
      if (with_names == tree) continue;
      pending.stand_ins.push_back({static_cast<uint32_t>(l), row, ObjectToCell(with_names), is_exact});
      pending.leaf_elements[l] = 0;  // the next row needs a stand-in of its own
    }
    for (const FieldDemand& field : mapping.fields) {
      if (field.kind != FieldSourceKind::kFunction || !field.is_reference || field.paths.empty() ||
          source.references == nullptr)
        continue;
      const Converted followed = FollowArgument(source, field);
      if (followed.state == State::kKnown) pending.followed.emplace(std::make_pair(&field, row), followed);
    }
  }
  if (rows.num_rows() >= kBatchRows) FlushBatch(pending);
  converter_.SetRecord(record_, unknown_cause, source.stable_text);  // for the record's other rows
}

Converted Extractor::Settle(const MappingDemand& mapping, ColumnId column, Converted value) {
  return value.state == State::kAbsent ? DefaultsOf(mapping.table)[column] : value;
}

Converted Extractor::ConvertField(const SourceRecord& source, const MappingDemand& mapping, const FieldDemand& field) {
  if (field.kind == FieldSourceKind::kThis) return {SnapshotBuilder::PendingRecord(record_), State::kKnown, 0};
  if (field.is_reference) return ConvertReference(source, field);
  if (field.is_reference_list) return ConvertReferenceList(source, field);
  if (!mapping.only_keys.empty() && field.paths.size() == 1 && field.paths[0].keys.empty() &&
      program_.types[field.type].kind == TypeKind::kJson) {
    const Located whole = Find(source, field.paths[0]);
    return {ObjectToCell(converter_.MakeTree(whole, mapping.only_keys, builder_.arena())), State::kKnown, 0};
  }
  for (const DemandPath& path : field.paths) {
    Located found;
    if (field.is_list && path.level != DemandPath::kEnvelope && !path.rest().empty()) {
      std::vector<Located> all;
      StepAll(FindFirst(path), path.rest(), &all);
      if (all.size() > 1) {
        std::vector<Converted> elements;
        const TypeId element_type = program_.types[field.type].element;
        for (const Located& part : all) {
          for (const Located& element : ElementsOf(part))
            elements.push_back(converter_.Convert(element, element_type, path.text));
        }
        return converter_.MakeCollection(elements, field.type);
      }
      if (!all.empty()) found = all[0];
    } else {
      found = Find(source, path);
    }
    if (!found.value && !found.unknown && !found.all_unknown) continue;
    const Converted value = found.all_unknown ? ConvertUnknown(source, field, path, found)
                                              : converter_.Convert(found, field.type, path.text);
    if (value.state == State::kAbsent) continue;
    // Nobody computes a policy: one that is not written is none, or that with which every resource of its type begins.
    const bool may_be_left_out = DefaultsOf(mapping.table)[field.column].state == State::kKnown ||
                                 program_.types[field.type].kind == TypeKind::kIamDocument;
    if (may_be_left_out && IsUnset(source, path, found)) continue;
    return value;
  }
  return {};
}

Converted Extractor::ConvertUnknown(const SourceRecord& source, const FieldDemand& field, const DemandPath& path,
                                    const Located& found) {
  const bool is_told = source.references != nullptr && path.level != DemandPath::kEnvelope &&
                       program_.types[field.type].kind == TypeKind::kIamDocument;
  const std::string document = is_told ? source.references->DocumentAt(StepsTo(path.level), path.keys) : std::string();
  return document.empty() ? converter_.Convert(found, field.type, path.text)
                          : converter_.ConvertDocument(document, converter_.CauseOf(found), path.text);
}

void Extractor::Flush() {
  for (const std::unique_ptr<Pending>& pending : pending_) {
    if (pending->rows.num_rows() > 0) FlushBatch(*pending);
  }
}

void Extractor::FlushBatch(Pending& pending) {
  const MappingDemand& mapping = *pending.mapping;
  RowBatch& rows = pending.rows;
  const uint32_t num_rows = rows.num_rows();
  for (RowBatch::Values& column : rows.columns) {
    column.cells.resize(num_rows);
    column.states.resize(num_rows);
  }
  std::vector<uint8_t> keep;
  if (mapping.has_functions()) {
    BYLAW_CHECK(evaluator_ != nullptr, "a mapping of `{}` has functions, and there is no evaluator",
                program_.tables[mapping.table].name);
    if (pending.trees == nullptr) pending.trees = std::make_unique<Arena>();
    Arena& arena = mapping.keeps_trees ? builder_.arena() : *pending.trees;
    const MappingContext context{builder_.partial(), builder_.strings(), builder_.nets(), arena,
                                 [this](std::shared_ptr<const void> object) { builder_.Keep(std::move(object)); }};
    // A condition wants to know of an id whether it is there and what it is not; that is known before the id is.
    const auto evaluate = [&](uint32_t function, MappingColumn* result) {
      const Function& called = program_.functions[function];
      const bool is_condition = program_.types[called.block.registers[called.result]].kind == TypeKind::kBool;
      if (is_condition) pending.SwapStandIns(/*exact_only=*/true);
      evaluator_->Evaluate(function, num_rows, pending.leaves, context, result);
      if (is_condition) pending.SwapStandIns(/*exact_only=*/true);
    };
    if (mapping.where != kNone) {
      MappingColumn result;
      evaluate(mapping.where, &result);
      keep.resize(num_rows);
      for (uint32_t row = 0; row < num_rows; ++row) {
        const bool known = result.states[row] == State::kKnown;
        keep[row] = !known ? (result.states[row] != State::kAbsent ? 1 : 0) : (result.cells[row] != 0 ? 1 : 0);
        if (keep[row] != 0 && !known) rows.possible[row] = 1;
      }
    }
    for (const FieldDemand& field : mapping.fields) {
      if (field.kind != FieldSourceKind::kFunction) continue;
      MappingColumn result;
      evaluate(field.function, &result);
      const Function& function = program_.functions[field.function];
      const TypeId from = function.block.registers[function.result];
      const std::string& name = program_.tables[mapping.table].columns[field.column].name;
      RowBatch::Values& column = rows.columns[field.column];
      // A reference that cannot be told from what is known may be told from what the unknown ids stand for.
      MappingColumn named;
      const bool has_named = (field.is_reference || field.is_reference_list) && !pending.stand_ins.empty();
      if (has_named) {
        pending.SwapStandIns(/*exact_only=*/false);
        evaluator_->Evaluate(field.function, num_rows, pending.leaves, context, &named);
        pending.SwapStandIns(/*exact_only=*/false);
      }
      for (uint32_t row = 0; row < num_rows; ++row) {
        if (!keep.empty() && keep[row] == 0) continue;
        Converted value;
        if (has_named && named.states[row] == State::kKnown &&
            IsOpen(program_, result.states[row], result.cells[row], from)) {
          converter_.SetRecord(rows.records[row], 0, true);
          value = ConvertNamed(pending, named.cells[row], from, field.type, name);
        }
        if (value.state == State::kKnown) {
          // told by names
        } else if (result.states[row] == State::kKnown) {
          converter_.SetRecord(rows.records[row], 0, true);
          value = converter_.ConvertCell(result.cells[row], from, field.type, name);
        } else if (const auto followed = pending.followed.find({&field, row});
                   IsUnknown(result.states[row]) && followed != pending.followed.end()) {
          value = followed->second;
        } else if (IsUnknown(result.states[row])) {
          auto cause = result.causes.find(row);
          value = {0, State::kUnknown, cause == result.causes.end() ? 0 : builder_.InternCause(cause->second)};
        }
        value = Settle(mapping, field.column, value);
        column.cells[row] = value.cell;
        column.states[row] = value.state;
        if (IsUnknown(value.state)) {
          column.causes.resize(num_rows, 0);
          column.causes[row] = value.cause;
        }
      }
    }
  }
  builder_.AppendRows(mapping.table, mapping.mapping, rows, keep);
  for (RowBatch::Values& column : rows.columns) {
    column.cells.clear();
    column.states.clear();
    column.causes.clear();
  }
  pending.capacity = 0;
  pending.has_causes = false;
  rows.records.clear();
  rows.offsets.clear();
  rows.possible.clear();
  std::fill(pending.leaf_elements.begin(), pending.leaf_elements.end(), 0);
  for (MappingColumn& leaf : pending.leaves) {
    leaf.cells.clear();
    leaf.states.clear();
    leaf.causes.clear();
  }
  pending.stand_ins.clear();
  pending.named.clear();
  pending.followed.clear();
  pending.trees.reset();
}

}  // namespace bylaw
