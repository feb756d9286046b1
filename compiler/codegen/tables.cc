#include "compiler/codegen/tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/check.h"

namespace bylaw::compiler {

ProgramTables::ProgramTables(const ir::Module& module, const SourceMap& sources, Program& program)
    : module_(module), sources_(sources), program_(program) {
  for (size_t i = 0; i < module.tables.size(); ++i) table_of_[module.tables[i].model] = static_cast<TableId>(i);
  program_.tables.resize(module.tables.size());
}

TableId ProgramTables::Table(const Model* model) const {
  auto it = table_of_.find(model);
  BYLAW_CHECK(it != table_of_.end(), "table `{}` is not demanded", model->name);
  return it->second;
}

TypeId ProgramTables::TypeOf(const Type* type) {
  if (auto it = type_of_.find(type); it != type_of_.end()) return it->second;
  TypeEntry entry;
  entry.kind = type->kind;
  entry.optional = type->optional;
  if (type->element != nullptr) entry.element = TypeOf(type->element);
  if (type->kind == TypeKind::kMap) {
    static const Type kString{.kind = TypeKind::kString};
    entry.key = TypeOf(type->key != nullptr ? type->key : &kString);
  }
  for (const Model* model : type->models) entry.tables.push_back(Table(model));
  std::string key = fmt::format("{}|{}|{}|{}|{}", static_cast<int>(entry.kind), entry.optional, entry.element,
                                entry.key, fmt::join(entry.tables, ","));
  auto [it, inserted] = type_by_key_.try_emplace(std::move(key), static_cast<TypeId>(program_.types.size()));
  if (inserted) program_.types.push_back(std::move(entry));
  return type_of_[type] = it->second;
}

uint32_t ProgramTables::Constant(uint32_t ir_constant) {
  if (auto it = constant_of_.find(ir_constant); it != constant_of_.end()) return it->second;
  const ir::ConstantValue& value = module_.graph.constant(ir_constant);
  bylaw::Constant constant;
  constant.type = TypeOf(value.type);
  constant.state = value.state;
  constant.bits = value.bits;
  constant.text = value.text;
  for (uint32_t element : value.elements) constant.elements.push_back(Constant(element));
  if (value.type->kind == TypeKind::kString && value.state == State::kKnown) {
    const uint32_t index = StringConstant(value.text);
    return constant_of_[ir_constant] = index;
  }
  program_.constants.push_back(std::move(constant));
  return constant_of_[ir_constant] = static_cast<uint32_t>(program_.constants.size() - 1);
}

uint32_t ProgramTables::StringConstant(const std::string& text) {
  static const Type kString{.kind = TypeKind::kString};
  auto [it, inserted] = string_constants_.try_emplace(text, static_cast<uint32_t>(program_.constants.size()));
  if (inserted) {
    const TypeId type = TypeOf(&kString);
    program_.constants.push_back({.type = type, .text = text, .elements = {}});
  }
  return it->second;
}

uint32_t ProgramTables::Column(const Field* field) {
  if (auto it = column_of_.find(field); it != column_of_.end()) return it->second;
  const TableId table = Table(field->model);
  const auto& columns = module_.tables[table].columns;
  auto it = std::find(columns.begin(), columns.end(), field);
  BYLAW_CHECK(it != columns.end(), "column `{}.{}` is not demanded", field->model->name, field->name);
  program_.columns.push_back({.table = table, .column = static_cast<ColumnId>(it - columns.begin())});
  return column_of_[field] = static_cast<uint32_t>(program_.columns.size() - 1);
}

uint32_t ProgramTables::SpanOf(Span span) {
  if (!span.valid()) return kNone;
  auto [it, inserted] = span_of_.try_emplace(span, static_cast<uint32_t>(program_.spans.size()));
  if (!inserted) return it->second;
  auto [file, new_file] = file_of_.try_emplace(span.file_id, static_cast<uint32_t>(program_.source_files.size()));
  const SourceFile& source = sources_.file(span.file_id);
  if (new_file) program_.source_files.push_back(source.path());
  const LineColumn begin = source.Locate(span.begin), end = source.Locate(span.end);
  program_.spans.push_back({.file = file->second,
                            .line = begin.line,
                            .column = begin.column,
                            .end_line = end.line,
                            .end_column = end.column});
  return it->second;
}

uint32_t ProgramTables::RegisterList(std::vector<Register> registers) {
  auto [it, inserted] =
      register_list_of_.try_emplace(std::move(registers), static_cast<uint32_t>(program_.register_lists.size()));
  if (inserted) program_.register_lists.push_back(it->first);
  return it->second;
}

uint32_t ProgramTables::Call(uint32_t callee, std::vector<Register> arguments) {
  auto [it, inserted] =
      call_of_.try_emplace({callee, std::move(arguments)}, static_cast<uint32_t>(program_.calls.size()));
  if (inserted) program_.calls.push_back({.callee = callee, .arguments = it->first.second});
  return it->second;
}

uint32_t ProgramTables::Binding(const ir::Generator& generator) {
  if (generator.name.empty()) return kNone;
  for (const Variable* source : generator.sources) {
    if (auto it = binding_of_.find(source); it != binding_of_.end()) return it->second;
  }
  program_.bindings.push_back({.name = generator.name, .span = SpanOf(generator.span)});
  const auto index = static_cast<uint32_t>(program_.bindings.size() - 1);
  for (const Variable* source : generator.sources) binding_of_[source] = index;
  return index;
}

uint32_t ProgramTables::BindingOf(const Variable* variable) {
  if (auto it = binding_of_.find(variable); it != binding_of_.end()) return it->second;
  program_.bindings.push_back({.name = variable->name, .span = SpanOf(variable->span)});
  return binding_of_[variable] = static_cast<uint32_t>(program_.bindings.size() - 1);
}

}  // namespace bylaw::compiler
