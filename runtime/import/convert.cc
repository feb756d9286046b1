#include "runtime/import/convert.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "runtime/builtins/iam.h"
#include "runtime/builtins/net.h"
#include "runtime/builtins/partial_text.h"
#include "runtime/builtins/time.h"
#include "runtime/builtins/version.h"
#include "runtime/json/json_text.h"
#include "runtime/snapshot/canonical_order.h"

namespace bylaw {

namespace {

/// The text of an unknown value that is one of several; empty of all others.
std::string ChoiceText(const Located& value) {
  if (!value.all_unknown || !value.value.is_string()) return {};
  std::string text = value.value.string().ToString();
  return text.starts_with(kUnknownValue) ? text.substr(kUnknownValue.size()) : std::string();
}

/// What stands within something unknown, of which no text tells anything: not even that it is there.
Located WithinUnknown(const Located& from) { return {{}, from.unknown, true, true}; }

}  // namespace

bool Located::may_be_missing() const {
  if (in_unknown) return true;
  const std::string choice = ChoiceText(*this);
  if (choice.empty()) return false;
  const std::string any = fmt::format("\"{}", kUnknownValue);
  return choice.starts_with("[null,") || choice.ends_with(",null]") || choice.starts_with("[" + any) ||
         choice.find("," + any) != std::string::npos;
}

Located Step(const Located& from, std::string_view key) {
  if (from.all_unknown) return WithinUnknown(from);
  Located list = from;
  while (list.value.is_array() || (!list.value && list.unknown.is_array())) {
    std::vector<Located> elements = ElementsOf(list);
    if (elements.size() != 1) return {};
    list = elements[0];
    if (list.all_unknown) return WithinUnknown(list);
  }
  Located found{list.value.Find(key), list.unknown.is_object() ? list.unknown.Find(key) : JsonValue()};
  found.all_unknown = IsUnknownMark(found.unknown);
  return found;
}

void StepAll(const Located& from, std::span<const std::string> keys, std::vector<Located>* found) {
  if (keys.empty() || from.all_unknown) {
    found->push_back(from);
    return;
  }
  if (from.value.is_array()) {
    for (const Located& element : ElementsOf(from)) StepAll(element, keys, found);
    return;
  }
  const Located next = Step(from, keys.front());
  if (!next.is_missing() || next.unknown) StepAll(next, keys.subspan(1), found);
}

std::vector<Located> ElementsOf(const Located& from) {
  std::vector<Located> elements;
  if (from.all_unknown) {
    elements.push_back(from);
    return elements;
  }
  if (from.value.is_array() || (from.is_missing() && from.unknown.is_array())) {
    std::vector<JsonValue> overlay;
    for (JsonValue element : from.unknown.elements()) overlay.push_back(element);
    for (JsonValue element : from.value.elements()) {
      Located& located = elements.emplace_back();
      located.value = element;
      if (elements.size() <= overlay.size()) located.unknown = overlay[elements.size() - 1];
    }
    for (size_t i = elements.size(); i < overlay.size(); ++i) elements.push_back({{}, overlay[i]});
    for (Located& element : elements) element.all_unknown = IsUnknownMark(element.unknown);
  } else if (!from.is_missing() || from.unknown.is_object()) {
    elements.push_back(from);
  }
  return elements;
}

namespace {

/// What a value is, whichever form it comes in.
enum class Form : uint8_t { kAbsent, kUnknown, kBool, kInt, kFloat, kBig, kText, kArray, kObject };

bool HasUnknownPart(JsonValue overlay) {
  if (overlay.kind() == JsonKind::kBool || overlay.is_string()) return IsUnknownMark(overlay);
  for (JsonValue element : overlay.elements()) {
    if (HasUnknownPart(element)) return true;
  }
  for (JsonField field : overlay.fields()) {
    if (HasUnknownPart(field.value)) return true;
  }
  return false;
}

/// A view into the reader's window.
struct ViewSource {
  Located at;
  const CellConverter* converter;

  Form form() const {
    if (at.all_unknown) return Form::kUnknown;
    switch (at.value.kind()) {
      case JsonKind::kMissing:
      case JsonKind::kNull:
        if (at.unknown.is_array() && HasUnknownPart(at.unknown)) return Form::kArray;
        if (at.unknown.is_object() && HasUnknownPart(at.unknown)) return Form::kObject;
        return Form::kAbsent;
      case JsonKind::kBool: return Form::kBool;
      case JsonKind::kNumber:
        switch (at.value.number().form) {
          case JsonNumber::Form::kInt: return Form::kInt;
          case JsonNumber::Form::kDouble: return Form::kFloat;
          default: return Form::kBig;
        }
      case JsonKind::kString: return Form::kText;
      case JsonKind::kArray: return Form::kArray;
      case JsonKind::kObject: return Form::kObject;
    }
    return Form::kAbsent;
  }
  bool boolean() const { return at.value.boolean(); }
  int64_t integer() const { return at.value.number().integer; }
  double real() const { return at.value.number().real; }
  std::string_view raw() const { return at.value.raw(); }
  std::string_view text(Arena& arena) const { return at.value.string().Text(arena); }
  CauseId cause() const { return converter->CauseOf(at); }
  /// What is known of an unknown text.
  std::string_view partial(Arena& arena) const {
    return at.value.is_string() ? at.value.string().Text(arena) : std::string_view();
  }
  std::vector<ViewSource> elements() const {
    std::vector<ViewSource> sources;
    for (const Located& element : ElementsOf(at)) sources.push_back({element, converter});
    return sources;
  }
  template <typename Use>
  void ForEachMember(Arena& arena, const Use& use) const {
    for (JsonField field : at.value.fields()) {
      const std::string_view key = field.key.Text(arena);
      Located member{field.value, at.unknown.is_object() ? at.unknown.Find(key) : JsonValue()};
      member.all_unknown = IsUnknownMark(member.unknown);
      use(key, ViewSource{member, converter});
    }
    // Keys that are there only as unknown.
    for (JsonField field : at.unknown.fields()) {
      const std::string_view key = field.key.Text(arena);
      if (at.value.Find(key) || !HasUnknownPart(field.value)) continue;
      use(key, ViewSource{{{}, field.value, IsUnknownMark(field.value)}, converter});
    }
  }
  ViewSource member(std::string_view key) const { return {Step(at, key), converter}; }
};

/// A tree of the snapshot.
struct NodeSource {
  const JsonNode* node;

  Form form() const {
    if (node == nullptr) return Form::kAbsent;
    switch (node->kind) {
      case JsonNodeKind::kNull: return Form::kAbsent;
      case JsonNodeKind::kBool: return Form::kBool;
      case JsonNodeKind::kInt: return Form::kInt;
      case JsonNodeKind::kFloat: return Form::kFloat;
      case JsonNodeKind::kBigNumber: return Form::kBig;
      case JsonNodeKind::kString: return Form::kText;
      case JsonNodeKind::kArray: return Form::kArray;
      case JsonNodeKind::kObject: return Form::kObject;
      case JsonNodeKind::kUnknown: return Form::kUnknown;
    }
    return Form::kAbsent;
  }
  bool boolean() const { return node->boolean; }
  int64_t integer() const { return node->integer; }
  double real() const { return node->kind == JsonNodeKind::kInt ? static_cast<double>(node->integer) : node->floating; }
  std::string_view raw() const { return node->text; }
  std::string_view text(Arena&) const { return node->text; }
  CauseId cause() const { return node->cause; }
  std::string_view partial(Arena&) const { return node->text; }
  std::vector<NodeSource> elements() const {
    std::vector<NodeSource> sources;
    for (uint32_t i = 0; i < node->size; ++i) sources.push_back({node->elements[i]});
    return sources;
  }
  template <typename Use>
  void ForEachMember(Arena&, const Use& use) const {
    for (uint32_t i = 0; i < node->size; ++i) use(node->members[i].key, NodeSource{node->members[i].value});
  }
  NodeSource member(std::string_view key) const { return {node->Find(key)}; }
};

std::optional<int64_t> ParseInteger(std::string_view text) {
  int64_t value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
         });
}

std::string_view NameOf(TypeKind kind) {
  if (kind == TypeKind::kRef) return "key of a resource";
  return kind == TypeKind::kIamDocument ? "policy document" : TypeKindName(kind);
}

std::string_view FormText(Form form) { return form == Form::kArray ? "a list" : "an object"; }

}  // namespace

CellConverter::CellConverter(SnapshotBuilder& builder) : builder_(builder), program_(builder.program()) {}

void CellConverter::SetRecord(Row record, CauseId unknown_cause, bool stable_text) {
  record_ = record;
  unknown_cause_ = unknown_cause;
  stable_text_ = stable_text;
  if (scratch_.num_bytes() > (1u << 16)) scratch_ = Arena();
}

CauseId CellConverter::CauseOf(const Located& value) const {
  return value.unknown.is_string() ? builder_.InternCause({CauseKind::kUnresolved, value.unknown.string().ToString()})
                                   : unknown_cause_;
}

CauseId CellConverter::FirstCause(JsonValue overlay) const {
  if (IsUnknownMark(overlay)) return CauseOf({{}, overlay, true});
  for (JsonValue element : overlay.elements()) {
    if (HasUnknownPart(element)) return FirstCause(element);
  }
  for (JsonField field : overlay.fields()) {
    if (HasUnknownPart(field.value)) return FirstCause(field.value);
  }
  return unknown_cause_;
}

Converted CellConverter::Convert(const Located& value, TypeId type, std::string_view path) {
  if (program_.types[type].kind == TypeKind::kJson) {
    if (value.all_unknown) return {0, State::kUnknown, CauseOf(value)};
    if (value.is_missing() && !HasUnknownPart(value.unknown)) return {};
    return {ObjectToCell(MakeTree(value, {}, builder_.arena())), State::kKnown, 0};
  }
  return ConvertFrom(ViewSource{value, this}, type, path);
}

Converted CellConverter::ConvertNode(const JsonNode* node, TypeId type, std::string_view path) {
  if (program_.types[type].kind == TypeKind::kJson && node != nullptr && node->kind != JsonNodeKind::kUnknown &&
      node->kind != JsonNodeKind::kNull) {
    return {ObjectToCell(node), State::kKnown, 0};
  }
  return ConvertFrom(NodeSource{node}, type, path);
}

const JsonNode* CellConverter::MakeTree(const Located& value, std::span<const std::string> only_keys, Arena& arena) {
  if (value.all_unknown) {
    const std::string known = value.value.is_string() ? value.value.string().ToString() : std::string();
    return MakeUnknownJson(CauseOf(value), arena.Copy(known), record_, arena);
  }
  JsonTreeOptions options;
  options.unknown = value.unknown;
  options.cause = unknown_cause_;
  options.cause_of = [this](std::string_view why) {
    return builder_.InternCause({CauseKind::kUnresolved, std::string(why)});
  };
  options.copy_text = !stable_text_;
  options.record = record_;
  options.only_keys = only_keys;
  return MakeJsonTree(value.value, options, arena);
}

template <typename Source>
Converted CellConverter::ConvertFrom(const Source& source, TypeId type_id, std::string_view path) {
  const TypeEntry& type = program_.types[type_id];
  const Form form = source.form();
  if (form == Form::kAbsent) return {};
  if (form == Form::kUnknown) {
    const std::string_view partial =
        type.kind == TypeKind::kIamDocument ? source.partial(scratch_) : std::string_view();
    return partial.empty() ? Converted{0, State::kUnknown, source.cause()}
                           : ConvertDocument(std::string(partial), source.cause(), path);
  }
  switch (type.kind) {
    case TypeKind::kList:
    case TypeKind::kSet: {
      std::vector<Converted> elements;
      if (form == Form::kArray) {
        for (const Source& element : source.elements()) elements.push_back(ConvertFrom(element, type.element, path));
      } else {
        elements.push_back(ConvertFrom(source, type.element, path));
      }
      return MakeCollection(elements, type_id);
    }
    case TypeKind::kMap: return ConvertMap(source, type, path);
    case TypeKind::kJson: {
      if constexpr (std::is_same_v<Source, ViewSource>) {
        return {ObjectToCell(MakeTree(source.at, {}, builder_.arena())), State::kKnown, 0};
      } else {
        return {ObjectToCell(source.node), State::kKnown, 0};
      }
    }
    case TypeKind::kIamDocument: {
      if (form == Form::kText) {
        const std::string_view text = source.text(scratch_);
        return text.empty() ? Converted{} : ConvertDocument(std::string(text), 0, path);
      }
      if (form != Form::kObject) return Fail("something else", type.kind, path);
      const JsonNode* tree = nullptr;
      if constexpr (std::is_same_v<Source, ViewSource>) {
        if (!HasUnknownPart(source.at.unknown)) return ConvertDocument(std::string(source.at.value.raw()), 0, path);
        tree = MakeTree(source.at, {}, scratch_);
      } else {
        tree = source.node;
      }
      std::string text;
      const JsonNode* unknown = nullptr;
      AppendPartialJson(*tree, &text, &unknown);
      return ConvertDocument(text, unknown == nullptr ? 0 : unknown->cause, path);
    }
    case TypeKind::kIpSet: {
      std::vector<Cidr> cidrs;
      for (const Source& element : form == Form::kArray ? source.elements() : std::vector<Source>{source}) {
        if (element.form() == Form::kAbsent) continue;
        if (element.form() == Form::kUnknown) return {0, State::kUnknown, element.cause()};
        if (element.form() != Form::kText) return Fail(FormText(element.form()), type.kind, path);
        const std::string_view text = element.text(scratch_);
        if (text.empty()) continue;
        const auto cidr = ParseCidr(text);
        if (!cidr) return Fail(text, type.kind, path);
        cidrs.push_back(*cidr);
      }
      return {ObjectToCell(builder_.MakeIpSet(ToIpSet(cidrs))), State::kKnown, 0};
    }
    default: break;
  }
  switch (form) {
    case Form::kBool:
      if (type.kind == TypeKind::kBool) return {Cell{source.boolean()}, State::kKnown, 0};
      if (type.kind == TypeKind::kString)
        return {builder_.strings().Intern(source.boolean() ? "true" : "false"), State::kKnown, 0};
      return Fail(source.boolean() ? "true" : "false", type.kind, path);
    case Form::kInt: {
      const int64_t integer = source.integer();
      if (type.kind == TypeKind::kInt) return {IntToCell(integer), State::kKnown, 0};
      const std::string raw = std::to_string(integer);
      return ConvertInteger(integer, raw, type.kind, path);
    }
    case Form::kFloat: {
      const double real = source.real();
      if (type.kind == TypeKind::kFloat) return {FloatToCell(real), State::kKnown, 0};
      if (type.kind == TypeKind::kTime) {
        if (const auto time = TimeFromEpoch(real)) return {IntToCell(*time), State::kKnown, 0};
      }
      // A text keeps the digits that are written: `8.0` is a version. Exporters in languages without integers write 3.0 and 3e0.
      const std::string_view written = source.raw();
      if (type.kind == TypeKind::kString && !written.empty() && written.find_first_of("eE") == std::string_view::npos) {
        return ConvertText(written, type.kind, path);
      }
      if (std::trunc(real) == real && std::abs(real) < 9007199254740992.0) {
        const auto integer = static_cast<int64_t>(real);
        return ConvertInteger(integer, std::to_string(integer), type.kind, path);
      }
      std::string raw(source.raw());
      if (raw.empty()) raw = std::to_string(real);
      if (type.kind == TypeKind::kString || type.kind == TypeKind::kVersion) return ConvertText(raw, type.kind, path);
      return Fail(raw, type.kind, path);
    }
    case Form::kBig:
      if (type.kind == TypeKind::kString || type.kind == TypeKind::kRef)
        return ConvertText(source.raw(), type.kind, path);
      return Fail(source.raw(), type.kind, path);
    case Form::kText: return ConvertText(source.text(scratch_), type.kind, path);
    case Form::kArray: {
      // A list of one where one is expected: as Terraform writes blocks.
      const std::vector<Source> elements = source.elements();
      if (elements.empty()) return {};
      if (elements.size() == 1 && elements[0].form() != Form::kArray) return ConvertFrom(elements[0], type_id, path);
      return Fail(FormText(form), type.kind, path);
    }
    default: return Fail(FormText(form), type.kind, path);
  }
}

template <typename Source>
Converted CellConverter::ConvertMap(const Source& source, const TypeEntry& type, std::string_view path) {
  std::vector<Cell> keys, cells;
  std::vector<State> states;
  auto add = [&](std::string_view key, const Source& value) {
    const Converted converted = ConvertFrom(value, type.element, path);
    // A tag without a value is there all the same.
    const bool empty_text = converted.state == State::kAbsent && program_.types[type.element].kind == TypeKind::kString;
    if (converted.state == State::kAbsent && !empty_text) return;
    keys.push_back(builder_.strings().Intern(key));
    cells.push_back(empty_text ? Cell{builder_.strings().Intern("")} : converted.cell);
    states.push_back(empty_text ? State::kKnown : converted.state);
  };
  if (source.form() == Form::kObject) {
    source.ForEachMember(scratch_, add);
  } else if (source.form() == Form::kArray) {
    for (const Source& element : source.elements()) {
      if (element.form() == Form::kUnknown) return {0, State::kUnknown, element.cause()};
      if (element.form() != Form::kObject) return Fail("a list of something else than key and value", type.kind, path);
      static constexpr std::string_view kForms[][2] = {
          {"Key", "Value"}, {"key", "value"}, {"TagKey", "TagValue"}, {"Name", "Value"}, {"name", "value"}};
      bool found = false;
      for (const auto& form : kForms) {
        const Source key = element.member(form[0]);
        if (key.form() != Form::kText) continue;
        add(key.text(scratch_), element.member(form[1]));
        found = true;
        break;
      }
      if (!found) return Fail("a list of something else than key and value", type.kind, path);
    }
  } else {
    return Fail("a single value", type.kind, path);
  }
  return {builder_.MakeMap(keys, cells, states), State::kKnown, 0};
}

Converted CellConverter::MakeCollection(const std::vector<Converted>& elements, TypeId type_id) {
  const TypeEntry& type = program_.types[type_id];
  const TypeKind kind = program_.types[type.element].kind;
  std::vector<Cell> cells;
  std::vector<State> states;
  bool all_known = true;
  size_t num_unknown = 0;
  for (const Converted& element : elements) {
    if (element.state == State::kAbsent) continue;
    if (element.state != State::kKnown) {
      all_known = false;
      ++num_unknown;
      if (type.kind == TypeKind::kSet) continue;
    }
    cells.push_back(element.cell);
    states.push_back(element.state);
  }
  if (type.kind == TypeKind::kSet) {
    // References are put in order when they are resolved.
    if (kind != TypeKind::kRef) MakeCanonical(kind, builder_.strings(), builder_.nets(), &cells);
    states.assign(cells.size(), State::kKnown);
    cells.resize(cells.size() + num_unknown, 0);
    states.resize(states.size() + num_unknown, State::kUnknown);
  }
  return {builder_.MakeList(cells, all_known ? std::span<const State>() : std::span<const State>(states)),
          State::kKnown, 0};
}

Converted CellConverter::ConvertDocument(const std::string& text, CauseId unknown_cause, std::string_view path) {
  // A partial document is its own record's.
  const bool is_whole = unknown_cause == 0;
  if (const auto found = documents_.find(text); is_whole && found != documents_.end())
    return {found->second, State::kKnown, 0};
  auto parsed = ParseIamDocument(text);
  if (!parsed.ok()) {
    if (!is_whole) return {0, State::kUnknown, unknown_cause};
    std::string detail = "`" + std::string(path) + "`: " + parsed.error().message;
    return {0, State::kUnknown, builder_.InternCause({CauseKind::kConversion, std::move(detail)})};
  }
  parsed->unknown_cause = unknown_cause;
  const auto document = std::make_shared<const IamDocument>(std::move(*parsed));
  builder_.Keep(document);
  const Cell cell = ObjectToCell(document.get());
  if (is_whole) documents_.emplace(text, cell);
  return {cell, State::kKnown, 0};
}

Converted CellConverter::ConvertText(std::string_view text, TypeKind kind, std::string_view path) {
  if (kind == TypeKind::kString) return {builder_.strings().Intern(text), State::kKnown, 0};
  if (text.empty()) return {};
  switch (kind) {
    case TypeKind::kRef: return {SnapshotBuilder::PendingKey(builder_.strings().Intern(text)), State::kKnown, 0};
    case TypeKind::kBool:
      if (EqualsIgnoringCase(text, "true")) return {1, State::kKnown, 0};
      if (EqualsIgnoringCase(text, "false")) return {0, State::kKnown, 0};
      break;
    case TypeKind::kInt:
      if (const auto integer = ParseInteger(text)) return {IntToCell(*integer), State::kKnown, 0};
      break;
    case TypeKind::kFloat: {
      const JsonNumber number = ParseJsonNumber(text);
      if (number.form == JsonNumber::Form::kInt || number.form == JsonNumber::Form::kDouble) {
        return {FloatToCell(number.real), State::kKnown, 0};
      }
      break;
    }
    case TypeKind::kTime:
      if (const auto time = ParseTime(text)) return {IntToCell(*time), State::kKnown, 0};
      break;
    case TypeKind::kDuration:
      if (const auto duration = ParseDuration(text)) return {IntToCell(*duration), State::kKnown, 0};
      break;
    case TypeKind::kIp:
      if (const auto ip = ParseIp(text)) return {builder_.nets().Intern(*ip), State::kKnown, 0};
      break;
    case TypeKind::kCidr:
      if (const auto cidr = ParseCidr(text)) return {builder_.nets().Intern(*cidr), State::kKnown, 0};
      break;
    case TypeKind::kVersion:
      if (IsVersion(text, VersionScheme::kGeneric)) {
        return {VersionCell(static_cast<uint8_t>(VersionScheme::kGeneric), builder_.strings().Intern(text)),
                State::kKnown, 0};
      }
      break;
    case TypeKind::kPortSet:
      if (auto ports = ParsePorts(text))
        return {ObjectToCell(builder_.MakePortSet(std::move(*ports))), State::kKnown, 0};
      break;
    default: break;
  }
  return Fail(text, kind, path);
}

Converted CellConverter::ConvertInteger(int64_t integer, std::string_view raw, TypeKind kind, std::string_view path) {
  switch (kind) {
    case TypeKind::kInt: return {IntToCell(integer), State::kKnown, 0};
    case TypeKind::kFloat: return {FloatToCell(static_cast<double>(integer)), State::kKnown, 0};
    case TypeKind::kTime:
      if (const auto time = TimeFromEpoch(integer)) return {IntToCell(*time), State::kKnown, 0};
      break;
    case TypeKind::kString:
    case TypeKind::kRef:
    case TypeKind::kVersion:
    case TypeKind::kPortSet: return ConvertText(raw, kind, path);
    default: break;
  }
  return Fail(raw, kind, path);
}

Converted CellConverter::Fail(std::string_view shown, TypeKind kind, std::string_view path) {
  constexpr size_t kMaxShown = 60;
  std::string detail = path.empty() ? std::string() : "`" + std::string(path) + "`: ";
  if (shown == "a list" || shown == "an object" || shown.starts_with("a list of") || shown == "a single value") {
    detail += std::string(shown);
  } else {
    detail += "`" + std::string(shown.substr(0, kMaxShown)) + (shown.size() > kMaxShown ? "…`" : "`");
  }
  const std::string_view name = NameOf(kind);
  const bool vowel = name.starts_with('i');
  detail += std::string(" is not ") + (vowel ? "an " : "a ") + std::string(name);
  return {0, State::kUnknown, builder_.InternCause({CauseKind::kConversion, std::move(detail)})};
}

bool CellConverter::SameShape(TypeId a, TypeId b) const {
  const TypeEntry& left = program_.types[a];
  const TypeEntry& right = program_.types[b];
  if (left.kind != right.kind) return false;
  if (left.kind == TypeKind::kList || left.kind == TypeKind::kSet || left.kind == TypeKind::kMap)
    return SameShape(left.element, right.element);
  return true;
}

Converted CellConverter::ConvertCell(Cell cell, TypeId from, TypeId to, std::string_view path) {
  if (SameShape(from, to)) return {cell, State::kKnown, 0};
  const TypeEntry& source = program_.types[from];
  const TypeEntry& target = program_.types[to];
  if (source.kind == TypeKind::kJson) return ConvertNode(CellToObject<JsonNode>(cell), to, path);
  if (source.kind == TypeKind::kString)
    return ConvertText(builder_.strings().Text(static_cast<StringId>(cell)), target.kind, path);
  if (source.kind == TypeKind::kInt)
    return ConvertInteger(CellToInt(cell), std::to_string(CellToInt(cell)), target.kind, path);
  const bool lists = (source.kind == TypeKind::kList || source.kind == TypeKind::kSet) &&
                     (target.kind == TypeKind::kList || target.kind == TypeKind::kSet);
  if (lists) {
    const ListObject* list = CellToObject<ListObject>(cell);
    std::vector<Converted> elements;
    for (uint32_t i = 0; i < list->size; ++i) {
      if (list->state(i) == State::kKnown) {
        elements.push_back(ConvertCell(list->cells[i], source.element, target.element, path));
      } else {
        elements.push_back({0, list->state(i), 0});
      }
    }
    return MakeCollection(elements, to);
  }
  return Fail(TypeKindName(source.kind), target.kind, path);
}

}  // namespace bylaw
