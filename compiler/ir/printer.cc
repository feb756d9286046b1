#include "compiler/ir/printer.h"

#include <unordered_set>

#include <fmt/format.h>

#include "compiler/ir/passes.h"
#include "runtime/builtins/functions.h"
#include "runtime/bytecode/disassembler.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw::compiler::ir {
namespace {

/// Queries, and other values whose text is longer than this, get a number by which they are named when they are used
/// again.
constexpr size_t kMaxRepeated = 120;

class Printer {
 public:
  explicit Printer(const Module& module) : module_(module) {}

  std::string Take() { return std::move(out_); }

  void PrintModule() {
    for (const Relation& relation : module_.relations) PrintRelation(relation);
    LiveVisitor visitor;
    std::vector<const Function*> functions;
    visitor.function = [&](Function* function) { functions.push_back(function); };
    VisitLive(module_, visitor);
    for (const Function* function : functions) PrintFunction(*function);
    for (const Rule& rule : module_.rules) PrintRule(rule);
    for (const DemandedTable& table : module_.tables) PrintTable(table);
  }

  std::string Text(const Value* value, int indent) {
    if (written_.contains(value)) return fmt::format("%{}", value->id);
    std::string text = Write(value, indent);
    if (value->query == nullptr && text.size() <= kMaxRepeated) return text;
    written_.insert(value);
    return fmt::format("%{} = {}", value->id, text);
  }

 private:
  static std::string Pad(int indent) { return std::string(static_cast<size_t>(indent) * 2, ' '); }

  std::string Write(const Value* value, int indent) {
    if (value->is_variable) return Name(value);
    switch (value->op) {
      case Opcode::kConst: return WriteConstant(value->constant);
      case Opcode::kParam: return value->param->name;
      case Opcode::kNow: return "now";
      case Opcode::kAbsent: return "absent";
      case Opcode::kLoad: return fmt::format("{}.{}", Text(value->operands[0], indent), value->field->name);
      case Opcode::kLoadAttribute:
        return fmt::format("{}.{}", Text(value->operands[0], indent),
                           AttributeName(static_cast<Attribute>(value->index)));
      case Opcode::kIsTable: return fmt::format("({} is {})", Text(value->operands[0], indent), value->model->name);
      case Opcode::kJsonGet: return fmt::format("{}[\"{}\"]", Text(value->operands[0], indent), value->text);
      case Opcode::kJsonTo:
        return fmt::format("json_to<{}>({})", value->type->ToString(), Text(value->operands[0], indent));
      case Opcode::kQuery: return WriteQuery(*value->query, indent);
      case Opcode::kLazy: return fmt::format("lazy({})", Text(value->operands[1], indent));
      case Opcode::kCall: return value->function->name + Arguments(value, indent);
      case Opcode::kMember: return value->relation->define->name + Arguments(value, indent);
      case Opcode::kBuiltin:
        return std::string(BuiltinFunction(static_cast<FunctionId>(value->index)).name) + Arguments(value, indent);
      default: return std::string(Info(value->op).text) + Arguments(value, indent);
    }
  }

  std::string Arguments(const Value* value, int indent) {
    std::string text = "(";
    for (size_t i = 0; i < value->operands.size(); ++i) text += (i > 0 ? ", " : "") + Text(value->operands[i], indent);
    return text + ")";
  }

  static std::string Name(const Value* variable) {
    const std::string kind = variable->type->models.size() == 1 ? variable->type->models[0]->name
                                                                : std::string(TypeKindName(variable->type->kind));
    return fmt::format("{}#{}", variable->text.empty() ? kind.substr(kind.rfind('.') + 1) : variable->text,
                       variable->index);
  }

  std::string WriteConstant(uint32_t index) {
    const ConstantValue& constant = module_.graph.constant(index);
    std::vector<std::string> elements;
    for (const uint32_t element : constant.elements) elements.push_back(WriteConstant(element));
    return ConstantText(constant.type->kind, constant.state, constant.bits, constant.text, elements);
  }

  std::string WriteQuery(const Query& query, int indent) {
    std::string text = fmt::format("{} {{\n", QueryKindName(query.kind));
    for (const Value* key : query.open_keys)
      text += fmt::format("{}open if external {}\n", Pad(indent + 1), Text(key, indent + 1));
    text += WritePipeline(query.pipeline, indent + 1);
    if (query.key != nullptr) text += fmt::format("{}key {}\n", Pad(indent + 1), Text(query.key, indent + 1));
    if (query.order != nullptr) text += fmt::format("{}by {}\n", Pad(indent + 1), Text(query.order, indent + 1));
    if (query.value != nullptr) text += fmt::format("{}give {}\n", Pad(indent + 1), Text(query.value, indent + 1));
    return text + Pad(indent) + "}";
  }

  std::string WritePipeline(const Pipeline& pipeline, int indent) {
    std::string text;
    for (const Generator& generator : pipeline) {
      text += Pad(indent) + std::string(GeneratorKindName(generator.kind));
      for (size_t i = 0; i < generator.variables.size(); ++i)
        text += (i > 0 ? ", " : " ") + Name(generator.variables[i]);
      if (generator.model != nullptr) text += " in " + generator.model->name;
      if (generator.column != nullptr) text += fmt::format(" by {} ==", generator.column->name);
      if (generator.key != nullptr) text += (generator.column != nullptr ? " " : " of ") + Text(generator.key, indent);
      if (generator.relation != nullptr) {
        text += " in " + generator.relation->define->name + "(";
        for (size_t i = 0; i < generator.relation_keys.size(); ++i) {
          text += (i > 0 ? ", " : "") +
                  (generator.relation_keys[i] == nullptr ? std::string("_") : Text(generator.relation_keys[i], indent));
        }
        text += ")";
      }
      text += "\n";
      for (const Value* filter : generator.filters)
        text += fmt::format("{}where {}\n", Pad(indent + 1), Text(filter, indent + 1));
    }
    return text;
  }

  void PrintFunction(const Function& function) {
    written_.clear();
    out_ += fmt::format("{} {}(", function.memoize ? "memoised function" : "function", function.name);
    for (size_t i = 0; i < function.params.size(); ++i)
      out_ +=
          fmt::format("{}{}: {}", i > 0 ? ", " : "", Name(function.params[i]), function.params[i]->type->ToString());
    out_ += fmt::format(")\n  {}\n\n", Text(function.body, 1));
  }

  void PrintRelation(const Relation& relation) {
    out_ += fmt::format("relation {} in stratum {}\n", relation.define->name, relation.define->stratum);
    for (const Relation::Disjunct& disjunct : relation.disjuncts) {
      written_.clear();
      out_ += "  or\n" + WritePipeline(disjunct.pipeline, 2) + "    give (";
      for (size_t i = 0; i < disjunct.tuple.size(); ++i) out_ += (i > 0 ? ", " : "") + Text(disjunct.tuple[i], 2);
      out_ += ")\n";
    }
    out_ += "\n";
  }

  void PrintRule(const Rule& rule) {
    written_.clear();
    out_ += fmt::format(
        "rule {}\n", rule.source->package.empty() ? rule.source->name : rule.source->package + "." + rule.source->name);
    out_ += WritePipeline(rule.pipeline, 1);
    auto write = [this](const char* what, const ir::Text& text) {
      if (text.function != nullptr) out_ += fmt::format("  {} {}\n", what, text.function->name);
    };
    for (size_t i = 0; i < rule.clauses.size(); ++i) {
      out_ += fmt::format("  require {}\n", Text(rule.clauses[i], 1));
      write("message", rule.clause_messages[i]), write("fix", rule.clause_fixes[i]);
    }
    write("message", rule.message), write("fix", rule.fix);
    out_ += "\n";
  }

  void PrintTable(const DemandedTable& table) {
    out_ += fmt::format("table {}\n", table.model->name);
    for (const Field* column : table.columns) out_ += fmt::format("  {}: {}\n", column->name, column->type->ToString());
    out_ += "\n";
  }

  const Module& module_;
  std::string out_;
  std::unordered_set<const Value*> written_;
};

}  // namespace

std::string Print(const Module& module) {
  Printer printer(module);
  printer.PrintModule();
  return printer.Take();
}

std::string Print(const Module& module, const Value* value) { return Printer(module).Text(value, 0); }

}  // namespace bylaw::compiler::ir
