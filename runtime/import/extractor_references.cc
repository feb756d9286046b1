// Fields that refer to other resources: what the value says, and where that is not known, what the source's configuration says that it refers to.
#include <algorithm>

#include "runtime/import/extractor.h"
#include "runtime/snapshot/tree_parts.h"

namespace bylaw {

const ReferenceSource::Accepts& Extractor::AcceptsOf(TypeId type) {
  auto [found, added] = accepts_.try_emplace(type);
  if (added) {
    found->second = [this, type](std::string_view source_type) {
      const std::vector<TableId>& tables = program_.types[type].tables;
      auto takes = [&](const Table& table) {
        return std::any_of(table.mappings.begin(), table.mappings.end(), [&](const TableMapping& mapping) {
          return mapping.unnest.empty() && mapping.format == demand_.format() && mapping.source_type == source_type;
        });
      };
      if (tables.empty()) return std::any_of(program_.tables.begin(), program_.tables.end(), takes);
      return std::any_of(tables.begin(), tables.end(), [&](TableId table) { return takes(program_.tables[table]); });
    };
  }
  return found->second;
}

ReferenceSource::Answer Extractor::Follow(const SourceRecord& source, const DemandPath& path, const FieldDemand& field,
                                          uint32_t element) {
  if (source.references == nullptr || path.level == DemandPath::kEnvelope) return {};
  if (path.keys.empty() && !levels_[path.level]->named.targets.empty()) return levels_[path.level]->named;
  const std::vector<ElementStep> steps = StepsTo(path.level);
  const TypeId reference = field.is_reference ? field.type : program_.types[field.type].element;
  if (element != kNone) return source.references->FollowElement(steps, path.keys, element, AcceptsOf(reference));
  return source.references->Follow(steps, path.keys, AcceptsOf(reference));
}

Converted Extractor::ConvertReference(const SourceRecord& source, const FieldDemand& field) {
  // The first alternative that is there counts; one that is unknown counts only if the configuration names what it refers to.
  Converted open;
  for (const DemandPath& path : field.paths) {
    const Located found = Find(source, path);
    if (!source.omits_unknown && !found.value && !found.unknown && !found.all_unknown) continue;
    Converted value = converter_.Convert(found, field.type, path.text);
    if (value.state == State::kAbsent) {
      if (!source.omits_unknown || found.value) continue;
      value = {0, State::kUnknown, converter_.CauseOf(found)};
    }
    if (source.references == nullptr) {
      if (value.state == State::kKnown) return value;
      if (open.state == State::kAbsent) open = value;
      continue;
    }
    const ReferenceSource::Answer answer = Follow(source, path, field);
    if (value.state == State::kKnown) {
      if (answer.targets.empty()) return value;
      return {builder_.PendingTargets(InputOf(answer), answer.targets, RefCell::row(value.cell), answer.note),
              State::kKnown, 0};
    }
    if (!answer.targets.empty())
      return {builder_.PendingTargets(InputOf(answer), answer.targets, kNone, answer.note), State::kKnown, 0};
    // What the configuration sets is there, even when it cannot be followed; what it does not set may be something else.
    Converted unknown = value;
    if (!answer.note.empty()) unknown.cause = builder_.InternCause({CauseKind::kUnresolved, answer.note});
    if (answer.is_set) return unknown;
    if (source.omits_unknown && !found.value) continue;
    if (open.state == State::kAbsent) open = unknown;
  }
  return open;
}

Converted Extractor::FollowArgument(const SourceRecord& source, const FieldDemand& field) {
  for (const DemandPath& path : field.paths) {
    const Located found = Find(source, path);
    if (found.is_missing() && !found.unknown) continue;
    const std::vector<Located> elements = ElementsOf(found);
    if (elements.size() != 1 || !elements.front().all_unknown) return {};
    ReferenceSource::Answer answer = Follow(source, path, field);
    if (answer.targets.empty() && !found.all_unknown && source.references->knows_elements())
      answer = Follow(source, path, field, 0);
    if (answer.targets.empty()) return {};
    return {builder_.PendingTargets(InputOf(answer), answer.targets, kNone, answer.note), State::kKnown, 0};
  }
  return {};
}

Converted Extractor::ConvertReferenceList(const SourceRecord& source, const FieldDemand& field) {
  const TypeId element_type = program_.types[field.type].element;
  for (const DemandPath& path : field.paths) {
    std::vector<Located> lists;
    if (path.level == DemandPath::kEnvelope) {
      lists.push_back(Find(source, path));
    } else {
      StepAll(FindFirst(path), path.rest(), &lists);
    }
    std::vector<Located> elements;
    std::vector<uint8_t> is_list;  // of each element: it may as well be a list of them
    bool whole_unknown = false, there = false;
    for (const Located& list : lists) {
      whole_unknown = whole_unknown || list.all_unknown;
      there = there || !list.is_missing();
      for (const Located& element : ElementsOf(list)) elements.push_back(element);
      is_list.resize(elements.size(), list.all_unknown ? 1 : 0);
    }
    if (elements.empty() && !there) continue;
    const bool any_unknown =
        std::any_of(elements.begin(), elements.end(), [](const Located& element) { return element.all_unknown; });
    if (!any_unknown) {
      std::vector<Converted> converted;
      for (const Located& element : elements) converted.push_back(converter_.Convert(element, element_type, path.text));
      return converter_.MakeCollection(converted, field.type);
    }
    if (source.references != nullptr && source.references->knows_elements()) {
      std::vector<Converted> converted;
      for (uint32_t i = 0; i < elements.size(); ++i) {
        ReferenceSource::Answer answer;
        if (elements[i].all_unknown) answer = Follow(source, path, field, i);
        if (answer.targets.empty() && is_list[i] != 0) return converter_.Convert(elements[i], field.type, path.text);
        converted.push_back(answer.targets.empty() ? converter_.Convert(elements[i], element_type, path.text)
                                                   : Converted{builder_.PendingTargets(InputOf(answer), answer.targets,
                                                                                       kNone, answer.note),
                                                               State::kKnown, 0});
      }
      return converter_.MakeCollection(converted, field.type);
    }
    const ReferenceSource::Answer answer = Follow(source, path, field);
    std::vector<Converted> converted;
    auto targets = [&](std::vector<ReferenceTarget> list) {
      return Converted{builder_.PendingTargets(InputOf(answer), std::move(list), kNone, answer.note), State::kKnown, 0};
    };
    if (answer.exact && (whole_unknown || answer.targets.size() == elements.size())) {
      for (const ReferenceTarget& target : answer.targets) converted.push_back(targets({target}));
      return converter_.MakeCollection(converted, field.type);
    }
    if (whole_unknown) {
      const std::string reason = answer.note.empty() ? std::string(source.unknown_reason) : answer.note;
      return {0, State::kUnknown, builder_.InternCause({CauseKind::kKnownAfterApply, reason})};
    }
    for (const Located& element : elements) {
      if (element.all_unknown && !answer.targets.empty()) {
        converted.push_back(targets(answer.targets));
      } else {
        converted.push_back(converter_.Convert(element, element_type, path.text));
      }
    }
    return converter_.MakeCollection(converted, field.type);
  }
  return {};
}

const JsonNode* Extractor::WithoutUnset(ReferenceSource& references, const JsonNode* node, const Located& at,
                                        const std::vector<ElementStep>& steps, const std::vector<std::string>& path,
                                        Arena& arena) {
  const bool is_list = node->kind == JsonNodeKind::kArray;
  if ((!is_list && node->kind != JsonNodeKind::kObject) || (!at.unknown.is_array() && !at.unknown.is_object()))
    return node;
  const std::vector<Located> elements = is_list ? ElementsOf(at) : std::vector<Located>();
  return MapParts(node, arena, [&](uint32_t i, const JsonNode* part) -> const JsonNode* {
    if (is_list) {
      // Of a key that stands twice, `at` is the last value, and this list may be another.
      if (i >= elements.size()) return part;
      std::vector<ElementStep> own = steps;
      own.push_back({path, i, elements[i].value, elements.size()});
      return WithoutUnset(references, part, elements[i], own, {}, arena);
    }
    std::vector<std::string> own = path;
    own.emplace_back(node->members[i].key);
    if (part->kind == JsonNodeKind::kUnknown && references.IsUnset(steps, own)) return nullptr;
    return WithoutUnset(references, part, Step(at, own.back()), steps, own, arena);
  });
}

}  // namespace bylaw
