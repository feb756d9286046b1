// Helpers of the checker's tests: policies as text in, diagnostics as short lines or typed expressions as S-expressions
// out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "compiler/check/check.h"
#include "compiler/syntax/parser.h"
#include "runtime/builtins/functions.h"

namespace bylaw::compiler::testing {

struct Checked {
  SourceMap sources;
  Diagnostics diagnostics;
  std::unique_ptr<TypedProgram> program;

  /// One line a diagnostic: the code and the text underlined.
  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : diagnostics.all()) {
      lines.push_back(fmt::format("{} {}", InfoOf(diagnostic.code).text, sources.Text(diagnostic.primary.span)));
    }
    return lines;
  }
  const Define& define(const std::string& name) const {
    for (const Define& define : program->defines) {
      if (define.name == name) return define;
    }
    BYLAW_CHECK(false, "no define {}", name);
    return program->defines[0];
  }
};

/// Checks files, each a package text of its own. `data` is what every `from data` reads.
inline std::unique_ptr<Checked> CheckTexts(const std::vector<std::string>& texts, const std::string& data = "") {
  auto checked = std::make_unique<Checked>();
  std::vector<std::unique_ptr<ast::File>> files;
  std::vector<SourceUnit> units;
  for (const std::string& text : texts) {
    const FileId file_id = checked->sources.Add("test.bylaw", text);
    files.push_back(ParseFile(checked->sources, file_id, checked->diagnostics));
    units.push_back({files.back().get(), ""});
  }
  CheckOptions options;
  options.sources = &checked->sources;
  options.read_file = [&](FileId, const std::string&) -> Result<std::string> { return data; };
  checked->program = Check(units, options, checked->diagnostics);
  checked->diagnostics.Sort();
  return checked;
}

inline std::string Print(const Expr& expr);

inline std::string Print(const TypedQuery& query) {
  static constexpr const char* kNames[] = {"exists", "count", "sum",   "min", "max",   "avg",  "list",
                                           "set",    "map",   "union", "one", "first", "group"};
  std::string text = fmt::format("({}", kNames[static_cast<size_t>(query.kind)]);
  for (const QueryGenerator& generator : query.generators) {
    text += " [" + generator.variable->name + " ";
    if (generator.source == GeneratorSource::kTable) text += generator.model->name;
    for (const Model* model : generator.models) text += (model == generator.models[0] ? "" : "|") + model->name;
    if (generator.source == GeneratorSource::kReverse)
      text += generator.model->name + "." + generator.reverse_field->name + "=";
    if (generator.collection != nullptr) text += Print(*generator.collection);
    text += "]";
  }
  if (query.where != nullptr) text += " where " + Print(*query.where);
  if (query.key != nullptr) text += " key " + Print(*query.key);
  if (query.value != nullptr) text += " value " + Print(*query.value);
  if (query.order != nullptr) text += " by " + Print(*query.order);
  for (const Expr* key : query.open_keys) text += " open " + Print(*key);
  for (const QueryOpening& opening : query.openings) {
    text += " open";
    for (const Variable* variable : opening.unseen) text += " without " + variable->name;
    for (const Expr* key : opening.outside) text += " by " + Print(*key);
  }
  return text + ")";
}

/// `(and (present v.name) …)`: what the evaluators get to see.
inline std::string Print(const Expr& expr) {
  auto list = [&](const std::string& head) {
    std::string text = "(" + head;
    for (const ExprPtr& operand : expr.operands) text += " " + Print(*operand);
    return text + ")";
  };
  switch (expr.kind) {
    case ExprKind::kConstant:
      if (expr.type->kind == TypeKind::kBool) return expr.constant->bits != 0 ? "true" : "false";
      if (expr.type->kind == TypeKind::kInt) return std::to_string(CellToInt(expr.constant->bits));
      if (expr.type->kind == TypeKind::kFloat) return fmt::format("{}f", CellToFloat(expr.constant->bits));
      if (!expr.constant->text.empty() || expr.type->kind == TypeKind::kString) return "'" + expr.constant->text + "'";
      return std::to_string(CellToInt(expr.constant->bits));
    case ExprKind::kParam: return "$" + expr.param->name;
    case ExprKind::kNow: return "now";
    case ExprKind::kAbsent: return "absent";
    case ExprKind::kVariable: return expr.variable->name;
    case ExprKind::kMappingLeaf: return fmt::format("#{}", expr.leaf);
    case ExprKind::kField: return Print(*expr.operands[0]) + "." + expr.field->name;
    case ExprKind::kAttribute: return fmt::format("{}@{}", Print(*expr.operands[0]), static_cast<int>(expr.attribute));
    case ExprKind::kIsModel: return list("is " + expr.model->name);
    case ExprKind::kAnd: return list("and");
    case ExprKind::kOr: return list("or");
    case ExprKind::kNot: return list("not");
    case ExprKind::kEqual: return list("==");
    case ExprKind::kLess: return list("<");
    case ExprKind::kLessEqual: return list("<=");
    case ExprKind::kAdd: return list("+");
    case ExprKind::kSubtract: return list("-");
    case ExprKind::kMultiply: return list("*");
    case ExprKind::kDivide: return list("/");
    case ExprKind::kModulo: return list("%");
    case ExprKind::kNegate: return list("neg");
    case ExprKind::kIsPresent: return list("present");
    case ExprKind::kCoalesce: return list("??");
    case ExprKind::kIf: return list("if");
    case ExprKind::kUnknown: return list("unknown");
    case ExprKind::kConvert: return list("to " + expr.type->ToString());
    case ExprKind::kRequire: return list("require");
    case ExprKind::kNarrow: return Print(*expr.operands[0]) + "!";
    case ExprKind::kJsonGet: return Print(*expr.operands[0]) + "/" + expr.text;
    case ExprKind::kGet: return list("get");
    case ExprKind::kToText: return list("text");
    case ExprKind::kConcat: return list("concat");
    case ExprKind::kLike: return list("like");
    case ExprKind::kMatches: return list("matches");
    case ExprKind::kIn: return list("in");
    case ExprKind::kMakeList: return list("list");
    case ExprKind::kMakeSet: return list("set");
    case ExprKind::kMakeMap: return list("map");
    case ExprKind::kBuiltin:
      return list(std::string(BuiltinFunction(static_cast<FunctionId>(expr.function_id)).id_name));
    case ExprKind::kCall: return list(expr.define->name);
    case ExprKind::kQuery: return Print(*expr.query);
  }
  return "?";
}

}  // namespace bylaw::compiler::testing
