#include <algorithm>

#include <fmt/format.h>

#include "compiler/ir/ir.h"
#include "runtime/base/check.h"

namespace bylaw::compiler::ir {
namespace {

/// Collects what makes two nodes equal, as a byte string.
class Key {
 public:
  void Number(uint64_t value) {
    for (int i = 0; i < 8; ++i) text_.push_back(static_cast<char>(value >> (8 * i)));
  }
  void Pointer(const void* pointer) { Number(reinterpret_cast<uintptr_t>(pointer)); }
  void Text(const std::string& text) {
    Number(text.size());
    text_ += text;
  }
  void Node(const Value* value) { Number(value == nullptr ? 0 : value->id + 1ull); }
  void Nodes(const std::vector<const Value*>& values) {
    Number(values.size());
    for (const Value* value : values) Node(value);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void AddQuery(const Query& query, Key& key) {
  key.Number(static_cast<uint64_t>(query.kind));
  key.Number(query.pipeline.size());
  for (const Generator& generator : query.pipeline) {
    key.Number(static_cast<uint64_t>(generator.kind));
    key.Nodes(generator.variables);
    key.Pointer(generator.model);
    key.Pointer(generator.column);
    key.Node(generator.key);
    key.Pointer(generator.relation);
    key.Nodes(generator.relation_keys);
    key.Number(generator.models.size());
    for (const Model* model : generator.models) key.Pointer(model);
    key.Number((generator.opens ? 1u : 0u) | (generator.covers ? 2u : 0u));
    key.Nodes(generator.filters);
    key.Text(generator.name);
  }
  key.Nodes(query.open_keys);
  key.Node(query.value);
  key.Node(query.key);
  key.Node(query.order);
}

std::string KeyOf(const Value& value) {
  Key key;
  key.Number(value.is_variable ? 1 : 0);
  key.Number(static_cast<uint64_t>(value.op));
  key.Number(value.type->id);
  key.Nodes(value.operands);
  key.Number(value.constant);
  key.Number(value.index);
  key.Pointer(value.param);
  key.Pointer(value.field);
  key.Pointer(value.model);
  key.Text(value.text);
  key.Pointer(value.function);
  key.Pointer(value.relation);
  if (value.query != nullptr) AddQuery(*value.query, key);
  return key.Take();
}

bool ById(const Value* a, const Value* b) { return a->id < b->id; }

void Include(const std::vector<const Value*>& from, std::vector<const Value*>& into) {
  if (from.empty()) return;
  std::vector<const Value*> merged;
  merged.reserve(from.size() + into.size());
  std::set_union(from.begin(), from.end(), into.begin(), into.end(), std::back_inserter(merged), ById);
  into = std::move(merged);
}

void Include(const Value* value, std::vector<const Value*>& into) {
  if (value != nullptr) Include(value->free, into);
}

/// The free variables of a query: those of its parts, less what the generators bind. A generator's key sees only the
/// binders before it, and an outer variable with the same name as a later binder stays free.
std::vector<const Value*> FreeOf(const Query& query) {
  std::vector<const Value*> free;
  Include(query.value, free), Include(query.key, free), Include(query.order, free);
  for (size_t i = query.pipeline.size(); i > 0; --i) {
    const Generator& generator = query.pipeline[i - 1];
    for (const Value* filter : generator.filters) Include(filter, free);
    for (const Value* variable : generator.variables) std::erase(free, variable);
    Include(generator.key, free);
    for (const Value* key : generator.relation_keys) Include(key, free);
  }
  for (const Value* key : query.open_keys) Include(key, free);
  return free;
}

Cost CostOf(const Value& value) {
  if (value.is_variable) return Cost::kFree;
  switch (value.op) {
    case Opcode::kConst:
    case Opcode::kParam:
    case Opcode::kNow:
    case Opcode::kAbsent: return Cost::kFree;
    case Opcode::kQuery:
    case Opcode::kCall:
    case Opcode::kMember:
    case Opcode::kConcat:
    case Opcode::kUnknown: return Cost::kDear;
    default: break;
  }
  for (const Value* operand : value.operands) {
    if (operand->cost == Cost::kDear) return Cost::kDear;
  }
  return Cost::kCheap;
}

}  // namespace

const Value* Graph::Intern(Value value) {
  BYLAW_CHECK(value.type != nullptr, "a value without a type");
  std::string key = KeyOf(value);
  auto [it, inserted] = by_key_.try_emplace(std::move(key), nullptr);
  if (!inserted) {
    if (value.query != nullptr) {
      for (size_t i = 0; i < value.query->pipeline.size(); ++i) {
        auto& known = it->second->query->pipeline[i].sources;
        for (const compiler::Variable* source : value.query->pipeline[i].sources) {
          if (std::find(known.begin(), known.end(), source) == known.end()) known.push_back(source);
        }
      }
    }
    return it->second;
  }
  value.id = static_cast<uint32_t>(values_.size());
  if (value.is_variable) {
    values_.push_back(std::move(value));
    values_.back().free = {&values_.back()};
  } else {
    value.cost = CostOf(value);
    value.free.clear();
    for (const Value* operand : value.operands) Include(operand->free, value.free);
    if (value.query != nullptr) Include(FreeOf(*value.query), value.free);
    values_.push_back(std::move(value));
  }
  return it->second = &values_.back();
}

const Value* Graph::MakeVariable(uint32_t depth, const Type* type, const std::string& name) {
  Value value;
  value.is_variable = true;
  value.index = depth;
  value.type = type;
  value.text = name;
  return Intern(std::move(value));
}

const Value* Graph::MakeFreshVariable(const Type* type, const std::string& name) {
  constexpr uint32_t kFresh = 1u << 30;  // far above any depth of binders
  return MakeVariable(kFresh + num_fresh_++, type, name);
}

const Value* Graph::Make(Opcode op, const Type* type, std::vector<const Value*> operands, Span span) {
  Value value;
  value.op = op;
  value.type = type;
  value.operands = std::move(operands);
  value.span = span;
  return Intern(std::move(value));
}

const Value* Graph::MakeQuery(Query query, const Type* type, Span span) {
  Value value;
  value.op = Opcode::kQuery;
  value.type = type;
  value.span = span;
  value.query = std::make_unique<Query>(std::move(query));
  return Intern(std::move(value));
}

const Value* Graph::WithOperands(const Value* value, std::vector<const Value*> operands) {
  if (operands == value->operands) return value;
  Value copy;
  copy.op = value->op;
  copy.type = value->type;
  copy.operands = std::move(operands);
  copy.span = value->span;
  copy.constant = value->constant;
  copy.index = value->index;
  copy.param = value->param;
  copy.field = value->field;
  copy.model = value->model;
  copy.text = value->text;
  copy.function = value->function;
  copy.relation = value->relation;
  return Intern(std::move(copy));
}

uint32_t Graph::InternConstant(ConstantValue constant) {
  Key key;
  key.Number(constant.type->id);
  key.Number(static_cast<uint64_t>(constant.state));
  key.Number(constant.bits);
  key.Text(constant.text);
  for (uint32_t element : constant.elements) key.Number(element);
  auto [it, inserted] = constant_by_key_.try_emplace(key.Take(), static_cast<uint32_t>(constants_.size()));
  if (inserted) constants_.push_back(std::move(constant));
  return it->second;
}

const Value* Graph::MakeConstant(ConstantValue constant, Span span) {
  Value value;
  value.op = Opcode::kConst;
  value.type = constant.type;
  value.span = span;
  value.constant = InternConstant(std::move(constant));
  return Intern(std::move(value));
}

const Value* Graph::MakeBool(bool value, const Type* bool_type, Span span) {
  return MakeConstant({.type = bool_type, .bits = value ? 1u : 0u, .text = {}, .elements = {}}, span);
}

bool IsBoolConstant(const Graph& graph, const Value* value, bool wanted) {
  if (!value->Is(Opcode::kConst) || value->type->kind != TypeKind::kBool) return false;
  const ConstantValue& constant = graph.constant(value->constant);
  return constant.state == State::kKnown && (constant.bits != 0) == wanted;
}

bool DependsOn(const Value* value, const Value* variable) {
  return std::binary_search(value->free.begin(), value->free.end(), variable, ById);
}

std::vector<const Value*> Flatten(Opcode op, const Value* value) {
  std::vector<const Value*> parts, pending = {value};
  while (!pending.empty()) {
    const Value* next = pending.back();
    pending.pop_back();
    if (next->Is(op)) {
      pending.push_back(next->operands[1]);
      pending.push_back(next->operands[0]);
    } else {
      parts.push_back(next);
    }
  }
  return parts;
}

}  // namespace bylaw::compiler::ir
