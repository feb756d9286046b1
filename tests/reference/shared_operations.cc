#include "tests/reference/shared_operations.h"

#include "runtime/builtins/functions.h"

namespace bylaw::reference {

using compiler::Expr;
using compiler::ExprKind;
using compiler::ExprPtr;
using compiler::Type;

namespace {

/// The built-in function of this name whose parameters are all of type pattern `kind` text.
FunctionId FindOverload(std::string_view name, std::string_view signature_start) {
  for (const FunctionInfo& info : BuiltinOverloads(name)) {
    if (info.signature_text.starts_with(signature_start)) return info.id;
  }
  BYLAW_CHECK(false, "no overload of `{}` begins with {}", name, signature_start);
  return FunctionId{};
}

}  // namespace

SharedOperations::SharedOperations(const compiler::TypedProgram& typed, const Program& program,
                                   const Snapshot& snapshot, int64_t now, bool closed_world) {
  program_.tables = program.tables;
  program_.types = program.types;  // the columns of the tables refer to them
  for (TableId i = 0; i < program.tables.size(); ++i) {
    tables_[program.tables[i].name] = i;
    program_.tables[i].mappings.clear();
    program_.tables[i].data_rows.clear();
    for (TableColumn& column : program_.tables[i].columns) column.default_value.reset();
  }
  for (const auto& define : typed.defines) {
    if (define.body) Collect(*define.body);
    for (const auto& let : define.lets) Collect(*let.second);
    for (const compiler::Variable* param : define.params) CollectType(*param->type);
  }
  for (const auto& rule : typed.rules) {
    for (const auto& generator : rule.generators) {
      CollectType(*generator.variable->type);
      if (generator.collection) Collect(*generator.collection);
    }
    for (const ExprPtr& where : rule.where) Collect(*where);
    for (const auto& let : rule.lets) Collect(*let.second);
    for (const auto& clause : rule.clauses)
      Collect(*clause.condition), CollectText(clause.message), CollectText(clause.fix);
    CollectText(rule.message), CollectText(rule.fix);
  }
  for (const auto& param : typed.params) {
    if (param.default_value) Collect(*param.default_value);
  }
  for (const auto& test : typed.tests) {
    for (const auto& expect : test.expects) {
      if (expect.condition) Collect(*expect.condition);
    }
  }
  if (typed.query_expression) Collect(*typed.query_expression);
  evaluation_ =
      std::make_unique<Evaluation>(program_, snapshot, EvaluationOptions{.now = now, .closed_world = closed_world});
}

bool SharedOperations::Does(ExprKind kind) {
  switch (kind) {
    case ExprKind::kConstant:
    case ExprKind::kBuiltin:
    case ExprKind::kConvert:
    case ExprKind::kToText:
    case ExprKind::kLike:
    case ExprKind::kMatches:
    case ExprKind::kJsonGet:
    case ExprKind::kGet:
    case ExprKind::kAttribute:
    case ExprKind::kMakeList:
    case ExprKind::kMakeSet:
    case ExprKind::kMakeMap: return true;
    default: return false;
  }
}

void SharedOperations::CollectText(const compiler::TypedText& text) {
  if (text.value) Collect(*text.value);
}

void SharedOperations::CollectQuery(const compiler::TypedQuery& query) {
  for (const auto& generator : query.generators) {
    CollectType(*generator.variable->type);
    if (generator.collection) Collect(*generator.collection);
  }
  for (const ExprPtr* part : {&query.where, &query.value, &query.key, &query.order}) {
    if (*part) Collect(**part);
  }
  for (const ExprPtr& made : query.made_keys) Collect(*made);
}

void SharedOperations::CollectType(const Type& type) {
  if (!named_functions_.try_emplace("text " + type.ToString(), 0).second) return;
  named_functions_["text " + type.ToString()] =
      AddFunction({TypeOf(type)}, TypeOf(TypeKind::kString), {.op = Opcode::kToText, .a = 0});
  if (type.element != nullptr) CollectType(*type.element);
  if (type.key != nullptr) CollectType(*type.key);
  const TypeId id = TypeOf(type), boolean = TypeOf(TypeKind::kBool);
  auto add_union = [&](std::string_view signature) {
    const auto call = static_cast<uint32_t>(program_.calls.size());
    program_.calls.push_back({.callee = static_cast<uint32_t>(FindOverload("union", signature)), .arguments = {0, 1}});
    named_functions_["union " + type.ToString()] = AddFunction({id, id}, id, {.op = Opcode::kBuiltin, .imm = call});
  };
  switch (type.kind) {
    case TypeKind::kIpSet: add_union("(a: ipset"); break;
    case TypeKind::kPortSet: add_union("(a: portset"); break;
    case TypeKind::kSet: add_union("(a: set"); break;
    case TypeKind::kVersion:
      named_functions_["lt " + type.ToString()] =
          AddFunction({id, id}, boolean, {.op = Opcode::kLtVersion, .a = 0, .b = 1});
      named_functions_["le " + type.ToString()] =
          AddFunction({id, id}, boolean, {.op = Opcode::kLeVersion, .a = 0, .b = 1});
      break;
    case TypeKind::kIp:
    case TypeKind::kCidr:
      named_functions_["lt " + type.ToString()] =
          AddFunction({id, id}, boolean, {.op = Opcode::kLtNet, .a = 0, .b = 1});
      break;
    default: break;
  }
  if (type.kind == TypeKind::kIpSet || type.kind == TypeKind::kPortSet) {
    program_.constants.push_back({.type = id});
    named_functions_["empty " + type.ToString()] =
        AddFunction({}, id, {.op = Opcode::kConst, .imm = static_cast<uint32_t>(program_.constants.size() - 1)});
  }
}

TypeId SharedOperations::TypeOf(TypeKind kind) {
  const std::string key(TypeKindName(kind));
  const auto [it, is_new] = type_ids_.try_emplace(key, static_cast<TypeId>(program_.types.size()));
  if (is_new) program_.types.push_back({.kind = kind});
  return it->second;
}

TypeId SharedOperations::TypeOf(const Type& type) {
  const std::string key = "type " + type.ToString();
  if (const auto it = type_ids_.find(key); it != type_ids_.end()) return it->second;
  TypeEntry entry{.kind = type.kind, .optional = type.optional};
  if (type.element != nullptr) entry.element = TypeOf(*type.element);
  if (type.kind == TypeKind::kMap) entry.key = type.key != nullptr ? TypeOf(*type.key) : TypeOf(TypeKind::kString);
  for (const compiler::Model* model : type.models) {
    if (const auto table = tables_.find(model->name); table != tables_.end()) entry.tables.push_back(table->second);
  }
  program_.types.push_back(entry);
  return type_ids_[key] = static_cast<TypeId>(program_.types.size() - 1);
}

uint32_t SharedOperations::AddFunction(const std::vector<TypeId>& inputs, TypeId result, Instruction instruction) {
  Function function;
  function.name = "operation";
  function.block.registers = inputs;
  function.block.registers.push_back(result);
  function.block.num_inputs = static_cast<uint16_t>(inputs.size());
  function.result = static_cast<Register>(inputs.size());
  instruction.dst = function.result;
  function.block.code = {instruction};
  program_.functions.push_back(std::move(function));
  return static_cast<uint32_t>(program_.functions.size() - 1);
}

uint32_t SharedOperations::AddConstant(const Expr& expr) {
  Constant constant = *expr.constant;
  constant.elements.clear();
  for (const ExprPtr& operand : expr.operands) constant.elements.push_back(AddConstant(*operand));
  constant.type = TypeOf(*expr.type);
  program_.constants.push_back(std::move(constant));
  return static_cast<uint32_t>(program_.constants.size() - 1);
}

void SharedOperations::Collect(const Expr& expr) {
  if (expr.kind != ExprKind::kConstant) {
    for (const ExprPtr& operand : expr.operands) Collect(*operand);
  }
  if (expr.query) CollectQuery(*expr.query);
  CollectType(*expr.type);
  if (!Does(expr.kind)) return;
  std::vector<TypeId> inputs;
  std::vector<Register> registers;
  for (const ExprPtr& operand : expr.operands) {
    registers.push_back(static_cast<Register>(inputs.size()));
    inputs.push_back(TypeOf(*operand->type));
  }
  Instruction instruction{.op = Opcode::kConst, .a = 0, .b = 1};
  switch (expr.kind) {
    case ExprKind::kConstant:
      inputs.clear();
      instruction = {.op = Opcode::kConst, .imm = AddConstant(expr)};
      break;
    case ExprKind::kBuiltin:
      instruction.op = Opcode::kBuiltin;
      instruction.imm = static_cast<uint32_t>(program_.calls.size());
      program_.calls.push_back({.callee = expr.function_id, .arguments = registers});
      break;
    case ExprKind::kConvert: {
      const TypeKind from = expr.operands[0]->type->kind;
      instruction.op = from == TypeKind::kJson  ? Opcode::kJsonTo
                       : from == TypeKind::kInt ? Opcode::kIntToFloat
                                                : Opcode::kCidrToIpSet;
      instruction.imm = from == TypeKind::kJson ? TypeOf(*expr.type) : 0;
      break;
    }
    case ExprKind::kToText: instruction.op = Opcode::kToText; break;
    case ExprKind::kLike: instruction.op = Opcode::kLike; break;
    case ExprKind::kMatches: instruction.op = Opcode::kMatches; break;
    case ExprKind::kGet: instruction.op = Opcode::kGet; break;
    case ExprKind::kJsonGet:
      instruction.op = Opcode::kJsonGet;
      instruction.imm = static_cast<uint32_t>(program_.constants.size());
      program_.constants.push_back({.type = TypeOf(TypeKind::kString), .text = expr.text});
      break;
    case ExprKind::kAttribute:
      instruction.op = Opcode::kLoadAttribute;
      instruction.imm = static_cast<uint32_t>(expr.attribute);
      break;
    default:  // lists, sets, maps
      instruction.op = expr.kind == ExprKind::kMakeList  ? Opcode::kMakeList
                       : expr.kind == ExprKind::kMakeSet ? Opcode::kMakeSet
                                                         : Opcode::kMakeMap;
      instruction.imm = static_cast<uint32_t>(program_.register_lists.size());
      program_.register_lists.push_back(registers);
      break;
  }
  functions_[&expr] = AddFunction(inputs, TypeOf(*expr.type), instruction);
}

Value SharedOperations::Call(uint32_t function, const std::vector<Value>& arguments) {
  std::vector<Vector> inputs;
  for (const Value& argument : arguments) {
    Vector& input = inputs.emplace_back(1u);
    if (argument.state == State::kRanged) {
      input.SetRange(0, argument.low(), argument.upper);
    } else {
      input.Set(0, argument.cell, argument.state);
    }
  }
  Result<FunctionResult> result = evaluation_->EvaluateFunction(function, inputs, 1);
  BYLAW_CHECK(result.ok(), "{}", result.error().message);
  const Vector& values = result->values;
  return {values.state(0), values.cells[0], values.state(0) == State::kRanged ? values.upper[0] : 0};
}

Value SharedOperations::Run(const Expr& expr, const std::vector<Value>& operands) {
  const auto function = functions_.find(&expr);
  BYLAW_CHECK(function != functions_.end(), "an expression that was not collected");
  return Call(function->second, expr.kind == ExprKind::kConstant ? std::vector<Value>() : operands);
}

Value SharedOperations::MakeCollection(const Type& type, const std::vector<Value>& elements) {
  // A program of its own, as the number of elements is known only now; ids are those of the evaluation's pools, and its objects are kept.
  auto program = std::make_shared<Program>();
  program->types = program_.types;
  program->tables = program_.tables;
  Function function;
  std::vector<Register> registers;
  std::vector<Vector> inputs;
  for (size_t i = 0; i < elements.size(); ++i) {
    const bool is_key = type.kind == TypeKind::kMap && i % 2 == 0;
    function.block.registers.push_back(!is_key               ? TypeOf(*type.element)
                                       : type.key != nullptr ? TypeOf(*type.key)
                                                             : TypeOf(TypeKind::kString));
    registers.push_back(static_cast<Register>(i));
    inputs.emplace_back(1u).Set(0, elements[i].cell, elements[i].state);
  }
  BYLAW_CHECK(program->types.size() == program_.types.size(), "a type that was not collected: {}", type.ToString());
  function.block.num_inputs = static_cast<uint16_t>(elements.size());
  function.block.registers.push_back(TypeOf(type));
  function.result = static_cast<Register>(elements.size());
  program->register_lists = {registers};
  const Opcode op = type.kind == TypeKind::kList  ? Opcode::kMakeList
                    : type.kind == TypeKind::kSet ? Opcode::kMakeSet
                                                  : Opcode::kMakeMap;
  function.block.code = {{.op = op, .dst = function.result, .imm = 0}};
  program->functions = {function};
  auto evaluation = std::make_shared<Evaluation>(
      *program, EvaluationPools{.strings = &evaluation_->strings(), .nets = &evaluation_->nets()});
  Result<FunctionResult> result = evaluation->EvaluateFunction(0, inputs, 1);
  BYLAW_CHECK(result.ok(), "{}", result.error().message);
  kept_.push_back(program);
  kept_.push_back(evaluation->objects());
  return {result->values.state(0), result->values.cells[0], 0};
}

Value SharedOperations::Union(const Type& type, const Value& a, const Value& b) {
  return Call(named_functions_.at("union " + type.ToString()), {a, b});
}

Value SharedOperations::EmptyUnion(const Type& type) {
  if (type.kind == TypeKind::kSet) return MakeCollection(type, {});
  return Call(named_functions_.at("empty " + type.ToString()), {});
}

Value SharedOperations::Less(const Type& type, const Value& a, const Value& b, bool or_equal) {
  const auto function = named_functions_.find((or_equal ? "le " : "lt ") + type.ToString());
  if (function != named_functions_.end()) return Call(function->second, {a, b});
  const Value greater = Call(named_functions_.at("lt " + type.ToString()), {b, a});  // addresses: a <= b is not b < a
  return greater.known() ? Value::Bool(greater.tri() == Tri::kTrue ? Tri::kFalse : Tri::kTrue) : greater;
}

std::string SharedOperations::ToText(const Type& type, const Value& value) {
  return evaluation_->ToText(TypeOf(type), value.cell, value.state);
}

}  // namespace bylaw::reference
