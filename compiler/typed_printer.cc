#include "compiler/typed_printer.h"

#include <fmt/format.h>

#include "runtime/builtins/functions.h"
#include "runtime/bytecode/disassembler.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::compiler {
namespace {

std::vector<std::string> PrintAll(const std::vector<ExprPtr>& parts) {
  std::vector<std::string> texts;
  for (const ExprPtr& part : parts) texts.push_back(PrintTyped(*part));
  return texts;
}

std::string Join(const std::vector<ExprPtr>& parts) { return fmt::format("{}", fmt::join(PrintAll(parts), ", ")); }

std::string PrintGenerators(const std::vector<QueryGenerator>& generators) {
  std::string text;
  for (size_t i = 0; i < generators.size(); ++i) {
    const QueryGenerator& generator = generators[i];
    text +=
        fmt::format("{}{}: {} in ", i > 0 ? ", " : "", generator.variable->name, generator.variable->type->ToString());
    switch (generator.source) {
      case GeneratorSource::kTable: text += generator.model->name; break;
      case GeneratorSource::kUnion:
        for (const Model* model : generator.models) text += (model == generator.models[0] ? "" : " | ") + model->name;
        break;
      case GeneratorSource::kReverse:
        text += fmt::format("{} by {} == {}", generator.model->name, generator.reverse_field->name,
                            PrintTyped(*generator.collection));
        break;
      case GeneratorSource::kElements: text += PrintTyped(*generator.collection); break;
    }
  }
  return text;
}

std::string PrintQuery(const TypedQuery& query) {
  std::string text = fmt::format("({}", QueryKindName(query.kind));
  if (query.key != nullptr) text += fmt::format(" key {}", PrintTyped(*query.key));
  if (query.value != nullptr) text += fmt::format(" {}", PrintTyped(*query.value));
  text += " for " + PrintGenerators(query.generators);
  if (query.order != nullptr) text += fmt::format(" by {}", PrintTyped(*query.order));
  if (query.where != nullptr) text += fmt::format(" where {}", PrintTyped(*query.where));
  for (const Expr* key : query.open_keys) text += fmt::format(" open by {}", PrintTyped(*key));
  for (const QueryOpening& opening : query.openings) {
    text += " open";
    for (const TypedQuery* joined : opening.joined) {
      text += fmt::format(" beside {}", PrintGenerators(joined->generators));
      if (joined->where != nullptr) text += fmt::format(" where {}", PrintTyped(*joined->where));
    }
    for (const Variable* variable : opening.unseen) text += fmt::format(" without {}", variable->name);
    for (const Expr* key : opening.outside) text += fmt::format(" by {}", PrintTyped(*key));
  }
  return text + ")";
}

std::string Infix(const Expr& expr, const char* op) {
  return fmt::format("({} {} {})", PrintTyped(*expr.operands[0]), op, PrintTyped(*expr.operands[1]));
}

std::string PrintText(const TypedText& text) {
  std::string printed = PrintTyped(*text.value);
  for (const Variable* witness : text.witnesses) printed += fmt::format(" with {}", witness->name);
  return printed;
}

std::string PrintModel(const Model& model) {
  std::string text = fmt::format("model {}\n", model.name);
  for (const Field& field : model.fields) {
    text += fmt::format("  {}{}: {}", field.is_key ? "key " : "", field.name, field.type->ToString());
    if (field.reverse_field != nullptr) text += fmt::format(" via {}", field.reverse_field->name);
    if (field.default_value != nullptr) text += fmt::format(" = {}", PrintTyped(*field.default_value));
    text += "\n";
  }
  for (const TypedMapping& mapping : model.mappings) {
    text += fmt::format("  from {} \"{}\"", mapping.format, mapping.source_type);
    for (const auto& level : mapping.unnest) text += fmt::format(" each {}", fmt::join(level, "."));
    if (mapping.where != nullptr) text += fmt::format(" where {}", PrintTyped(*mapping.where));
    text += "\n";
    for (size_t i = 0; i < mapping.leaves.size(); ++i) {
      text += fmt::format("    leaf {} =", i);
      if (mapping.leaves[i].is_this) text += " this";
      for (const auto& path : mapping.leaves[i].paths) text += fmt::format(" {}", fmt::join(path, "."));
      text += "\n";
    }
    for (const TypedFieldMapping& field : mapping.fields) {
      text += fmt::format("    {} =", field.field->name);
      switch (field.kind) {
        case FieldSourceKind::kPath:
          for (const auto& path : field.paths) text += fmt::format(" {}", fmt::join(path, "."));
          break;
        case FieldSourceKind::kThis: text += " this"; break;
        case FieldSourceKind::kFunction: text += " " + PrintTyped(*field.value); break;
        case FieldSourceKind::kAbsent: text += " absent"; break;
      }
      text += "\n";
    }
  }
  return text + "\n";
}

std::string PrintDefine(const Define& define) {
  std::string text = fmt::format("define {}(", define.name);
  for (size_t i = 0; i < define.params.size(); ++i)
    text += fmt::format("{}{}: {}", i > 0 ? ", " : "", define.params[i]->name, define.params[i]->type->ToString());
  text += fmt::format("): {}", define.result->ToString());
  if (define.recursive) text += fmt::format(" recursive in stratum {}", define.stratum);
  text += "\n";
  for (const auto& [variable, value] : define.lets)
    text += fmt::format("  let {} = {}\n", variable->name, PrintTyped(*value));
  return text + fmt::format("  {}\n\n", PrintTyped(*define.body));
}

std::string PrintRule(const TypedRule& rule) {
  std::string text = fmt::format("rule {}{}{}\n", rule.package, rule.package.empty() ? "" : ".", rule.name);
  if (!rule.generators.empty()) text += fmt::format("  for {}\n", PrintGenerators(rule.generators));
  for (const auto& [variable, value] : rule.lets)
    text += fmt::format("  let {}: {} = {}\n", variable->name, variable->type->ToString(), PrintTyped(*value));
  for (const ExprPtr& where : rule.where) text += fmt::format("  where {}\n", PrintTyped(*where));
  for (const TypedClause& clause : rule.clauses) {
    text += fmt::format("  require {}\n", PrintTyped(*clause.condition));
    if (clause.message.value != nullptr) text += fmt::format("  message {}\n", PrintText(clause.message));
    if (clause.fix.value != nullptr) text += fmt::format("  fix {}\n", PrintText(clause.fix));
  }
  if (rule.message.value != nullptr) text += fmt::format("  message {}\n", PrintText(rule.message));
  if (rule.fix.value != nullptr) text += fmt::format("  fix {}\n", PrintText(rule.fix));
  for (const TypedText& control : rule.computed_controls) text += fmt::format("  controls {}\n", PrintText(control));
  return text + "\n";
}

}  // namespace

std::string PrintTyped(const Expr& expr) {
  auto first = [&] { return PrintTyped(*expr.operands[0]); };
  auto call = [&](std::string_view name) { return fmt::format("{}({})", name, Join(expr.operands)); };
  switch (expr.kind) {
    case ExprKind::kConstant:
      if (!expr.constant) return "constant";
      return ConstantText(expr.type->kind, expr.constant->state, expr.constant->bits, expr.constant->text,
                          PrintAll(expr.operands));
    case ExprKind::kParam: return expr.param->name;
    case ExprKind::kNow: return "now";
    case ExprKind::kAbsent: return "absent";
    case ExprKind::kVariable: return expr.variable->name;
    case ExprKind::kMappingLeaf: return fmt::format("leaf {}", expr.leaf);
    case ExprKind::kField: return fmt::format("{}.{}", first(), expr.field->name);
    case ExprKind::kAttribute: return fmt::format("{}.{}", first(), AttributeName(expr.attribute));
    case ExprKind::kIsModel: return fmt::format("({} is {})", first(), expr.model->name);
    case ExprKind::kAnd: return Infix(expr, "and");
    case ExprKind::kOr: return Infix(expr, "or");
    case ExprKind::kNot: return call("not");
    case ExprKind::kEqual: return Infix(expr, "==");
    case ExprKind::kLess: return Infix(expr, "<");
    case ExprKind::kLessEqual: return Infix(expr, "<=");
    case ExprKind::kAdd: return Infix(expr, "+");
    case ExprKind::kSubtract: return Infix(expr, "-");
    case ExprKind::kMultiply: return Infix(expr, "*");
    case ExprKind::kDivide: return Infix(expr, "/");
    case ExprKind::kModulo: return Infix(expr, "%");
    case ExprKind::kNegate: return call("-");
    case ExprKind::kIsPresent: return fmt::format("({} is present)", first());
    case ExprKind::kCoalesce: return Infix(expr, "??");
    case ExprKind::kIf:
      return fmt::format("(if {} then {} else {})", first(), PrintTyped(*expr.operands[1]),
                         PrintTyped(*expr.operands[2]));
    case ExprKind::kUnknown: return call("unknown");
    case ExprKind::kConvert: return fmt::format("convert<{}>({})", expr.type->ToString(), first());
    case ExprKind::kRequire: return call("require");
    case ExprKind::kNarrow: return fmt::format("narrow<{}>({})", expr.type->ToString(), first());
    case ExprKind::kJsonGet: return fmt::format("{}[\"{}\"]", first(), expr.text);
    case ExprKind::kGet: return fmt::format("{}[{}]", first(), PrintTyped(*expr.operands[1]));
    case ExprKind::kToText: return call("text");
    case ExprKind::kConcat: return call("concat");
    case ExprKind::kLike: return Infix(expr, "like");
    case ExprKind::kMatches: return Infix(expr, "matches");
    case ExprKind::kIn: return Infix(expr, "in");
    case ExprKind::kMakeList: return fmt::format("[{}]", Join(expr.operands));
    case ExprKind::kMakeSet: return fmt::format("{{{}}}", Join(expr.operands));
    case ExprKind::kMakeMap: return call("map");
    case ExprKind::kBuiltin: return call(BuiltinFunction(static_cast<FunctionId>(expr.function_id)).name);
    case ExprKind::kCall: return call(expr.define->name);
    case ExprKind::kQuery: return PrintQuery(*expr.query);
  }
  return {};
}

std::string PrintTyped(const TypedProgram& program) {
  std::string text;
  for (const TypedParam& param : program.params) {
    text += fmt::format("param {}: {}{}\n", param.name, param.type->ToString(),
                        param.default_value == nullptr ? "" : " = " + PrintTyped(*param.default_value));
  }
  for (const Model& model : program.models) text += PrintModel(model);
  for (const Define& define : program.defines) text += PrintDefine(define);
  for (const TypedRule& rule : program.rules) text += PrintRule(rule);
  if (program.query_expression != nullptr) text += fmt::format("query {}\n", PrintTyped(*program.query_expression));
  return text;
}

}  // namespace bylaw::compiler
