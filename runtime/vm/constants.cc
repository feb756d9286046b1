#include "runtime/vm/constants.h"

#include <algorithm>

#include "runtime/builtins/text.h"
#include "runtime/builtins/time.h"
#include "runtime/builtins/version.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/convert.h"
#include "runtime/vm/documents.h"

namespace bylaw {

namespace {

const Value kUnknownValue{0, State::kUnknown};

Value Make(Worker& worker, uint32_t index) {
  const Program& program = worker.program();
  EvaluationState& state = worker.state();
  const Constant& constant = program.constants[index];
  if (constant.state != State::kKnown) return {0, constant.state == State::kAbsent ? State::kAbsent : State::kUnknown};
  if (constant.type >= program.types.size()) return kUnknownValue;
  const TypeEntry& type = program.types[constant.type];

  std::vector<Cell> cells;
  std::vector<State> states;
  for (uint32_t element : constant.elements) {
    if (element >= index) return kUnknownValue;
    Value value = state.constant(element);
    cells.push_back(value.cell);
    states.push_back(value.state);
  }
  bool all_known = std::all_of(states.begin(), states.end(), [](State s) { return s == State::kKnown; });

  switch (type.kind) {
    case TypeKind::kBool: return {constant.bits != 0 ? Cell{1} : Cell{0}};
    case TypeKind::kInt:
    case TypeKind::kFloat:
    case TypeKind::kTime:
    case TypeKind::kDuration: return {constant.bits};
    case TypeKind::kString: return {worker.Intern(constant.text)};
    case TypeKind::kIp: {
      std::optional<Ip> ip = ParseIp(constant.text);
      return ip ? Value{worker.nets().Intern(*ip)} : kUnknownValue;
    }
    case TypeKind::kCidr: {
      std::optional<Cidr> cidr = ParseCidr(constant.text);
      return cidr ? Value{worker.nets().Intern(*cidr)} : kUnknownValue;
    }
    case TypeKind::kVersion: return {VersionCell(static_cast<uint8_t>(constant.bits), worker.Intern(constant.text))};
    case TypeKind::kRef: return kUnknownValue;
    case TypeKind::kList: return {worker.MakeList(cells, states)};
    case TypeKind::kSet:
      MakeCanonicalSet(state, type.element, &cells, &states);
      return {worker.MakeList(cells, states)};
    case TypeKind::kMap: {
      MapBuilder map(state, type.key);
      for (size_t i = 0; i + 1 < cells.size(); i += 2) {
        if (states[i] != State::kKnown) return kUnknownValue;
        map.Add(cells[i], {cells[i + 1], states[i + 1]});
      }
      return {map.Finish(worker)};
    }
    case TypeKind::kIpSet: {
      if (!all_known) return kUnknownValue;
      std::vector<Cidr> cidrs;
      for (size_t i = 0; i < cells.size(); ++i) {
        TypeId element = program.constants[constant.elements[i]].type;
        if (element >= program.types.size()) return kUnknownValue;
        TypeKind kind = program.types[element].kind;
        if (kind != TypeKind::kCidr && kind != TypeKind::kIp) return kUnknownValue;
        cidrs.push_back(worker.nets().Get(static_cast<NetId>(cells[i])));
      }
      return {worker.MakeIpSet(ToIpSet(cidrs))};
    }
    case TypeKind::kPortSet: {
      if (!all_known || cells.size() % 2 != 0) return kUnknownValue;
      PortSet set;
      for (size_t i = 0; i < cells.size(); i += 2) {
        std::optional<PortSet> range = MakePorts(CellToInt(cells[i]), CellToInt(cells[i + 1]));
        if (!range) return kUnknownValue;
        set = set.Union(*range);
      }
      return {worker.MakePortSet(std::move(set))};
    }
    case TypeKind::kJson: {
      Result<const JsonNode*> node = ParseJsonText(constant.text, worker.arena());
      return node.ok() ? Value{ObjectToCell(*node)} : kUnknownValue;
    }
    case TypeKind::kIamDocument: return ReadDocument(worker, constant.text);
  }
  return kUnknownValue;
}

Error Malformed(std::string_view text, std::string_view type) {
  return {.message = fmt::format("`{}` is no {}", text, type), .file = {}};
}

}  // namespace

MapBuilder::MapBuilder(const EvaluationState& state, TypeId key_type) : state_(state), key_type_(key_type) {}

void MapBuilder::Add(Cell key, const Value& value) { entries_.push_back({key, value}); }

Cell MapBuilder::Finish(Worker& worker) {
  auto less = [&](const Entry& a, const Entry& b) { return Compare(a.key, b.key) < 0; };
  std::stable_sort(entries_.begin(), entries_.end(), less);
  std::vector<Cell> keys, cells;
  std::vector<State> states;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i + 1 < entries_.size() && Compare(entries_[i].key, entries_[i + 1].key) == 0) continue;
    keys.push_back(entries_[i].key);
    cells.push_back(entries_[i].value.cell);
    states.push_back(entries_[i].value.state == State::kRanged ? State::kUnknown : entries_[i].value.state);
  }
  return worker.MakeMap(keys, cells, states);
}

int MapBuilder::Compare(Cell a, Cell b) const {
  if (key_type_ < state_.program.types.size()) return CompareCanonical(state_, key_type_, a, b);
  // Maps have string keys unless their type says otherwise.
  if (a == b) return 0;
  return state_.pools.strings->Text(static_cast<StringId>(a)) < state_.pools.strings->Text(static_cast<StringId>(b))
             ? -1
             : 1;
}

Value MakeConstant(EvaluationState& state, uint32_t index) {
  RunControl control(state.options);
  Worker worker(state, control);
  return Make(worker, index);
}

Result<Value> ReadValue(EvaluationState& state, TypeId type, std::string_view text) {
  RunControl control(state.options);
  Worker worker(state, control);
  switch (state.program.types[type].kind) {
    case TypeKind::kBool: {
      if (text == "true") return Value{1};
      if (text == "false") return Value{0};
      return Malformed(text, "bool: write `true` or `false`");
    }
    case TypeKind::kInt: {
      std::optional<int64_t> value = ParseInt(text);
      if (!value) return Malformed(text, "int");
      return Value{IntToCell(*value)};
    }
    case TypeKind::kFloat: {
      std::optional<double> value = ParseFloat(text);
      if (!value) return Malformed(text, "float");
      return Value{FloatToCell(*value)};
    }
    case TypeKind::kString: return Value{worker.Intern(text)};
    case TypeKind::kTime: {
      std::optional<int64_t> value = ParseTime(text);
      if (!value) return Malformed(text, "time, such as `2027-03-31` or `2027-03-31T10:00:00Z`");
      return Value{IntToCell(*value)};
    }
    case TypeKind::kDuration: {
      std::optional<int64_t> value = ParseDuration(text);
      if (!value) return Malformed(text, "duration, such as `90d` or `1h30m`");
      return Value{IntToCell(*value)};
    }
    case TypeKind::kIp: {
      std::optional<Ip> value = ParseIp(text);
      if (!value) return Malformed(text, "ip");
      return Value{worker.nets().Intern(*value)};
    }
    case TypeKind::kCidr: {
      std::optional<Cidr> value = ParseCidr(text);
      if (!value) return Malformed(text, "cidr, such as `10.0.0.0/8`");
      return Value{worker.nets().Intern(*value)};
    }
    case TypeKind::kVersion: {
      if (!IsVersion(text, VersionScheme::kGeneric)) return Malformed(text, "version");
      return Value{VersionCell(static_cast<uint8_t>(VersionScheme::kGeneric), worker.Intern(text))};
    }
    case TypeKind::kPortSet: {
      std::optional<PortSet> value = ParsePorts(text);
      if (!value) return Malformed(text, "port set, such as `22, 80-90`");
      return Value{worker.MakePortSet(std::move(*value))};
    }
    case TypeKind::kRef: return Error{.message = "a parameter cannot be a resource", .file = {}};
    default: {
      Result<const JsonNode*> node = ParseJsonText(text, worker.arena());
      if (!node.ok()) {
        Error error = node.error();
        error.message = fmt::format("`{}` is no JSON: {}", text, error.message);
        return error;
      }
      Cause why;
      Value value = ConvertJson(worker, **node, type, &why);
      if (IsUnknown(value.state)) return Error{.message = why.detail, .file = {}};
      return value;
    }
  }
}

}  // namespace bylaw
