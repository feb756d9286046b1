// The tables of a program that code refers to by index: types, constants, columns, spans, bindings, register lists,
// call sites. Each interned, in order of first use, so that the same text always gives the same bytes.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/source/source.h"

namespace bylaw::compiler {

class ProgramTables {
 public:
  /// Takes over `module.tables` as the program's, without their mappings' functions yet (see codegen.cc).
  ProgramTables(const ir::Module& module, const SourceMap& sources, Program& program);

  TypeId TypeOf(const Type* type);
  uint32_t Constant(uint32_t ir_constant);
  uint32_t StringConstant(const std::string& text);
  uint32_t Column(const Field* field);
  TableId Table(const Model* model) const;
  uint32_t SpanOf(Span span);
  uint32_t RegisterList(std::vector<Register> registers);
  uint32_t Call(uint32_t callee, std::vector<Register> arguments);

  /// The binding of a generator that has a name; the same for all places where it stands in one rule.
  uint32_t Binding(const ir::Generator& generator);
  /// The binding of a variable of the policy; a new one that nothing finds when code generation met none.
  uint32_t BindingOf(const Variable* variable);
  /// Bindings are per rule: a text names the variables of its own rule.
  void StartRule() { binding_of_.clear(); }

 private:
  const ir::Module& module_;
  const SourceMap& sources_;
  Program& program_;
  std::unordered_map<const Model*, TableId> table_of_;
  std::unordered_map<const Type*, TypeId> type_of_;
  std::map<std::string, TypeId> type_by_key_;
  std::unordered_map<uint32_t, uint32_t> constant_of_;
  std::map<std::string, uint32_t> string_constants_;
  std::unordered_map<const Field*, uint32_t> column_of_;
  std::map<Span, uint32_t> span_of_;
  std::unordered_map<FileId, uint32_t> file_of_;
  std::map<std::vector<Register>, uint32_t> register_list_of_;
  std::map<std::pair<uint32_t, std::vector<Register>>, uint32_t> call_of_;
  std::unordered_map<const Variable*, uint32_t> binding_of_;
};

}  // namespace bylaw::compiler
