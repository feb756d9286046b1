// Demand: which tables and columns the live code reads, and how their mappings fill them. The importer materialises
// just that.
//
// A reference is resolved by the key of what it refers to, so a column of references brings the tables that it may
// refer to, with their keys. Of some the program wants to know no more than whether a reference is to them
// (`route.target is aws.nat_gateway`): those are only named.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "compiler/ir/lower.h"
#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

class Demand {
 public:
  Demand(Module& module, Lowering& lowering, const DemandOptions& options)
      : module_(module), lowering_(lowering), options_(options) {}

  void Run() {
    for (const TypedParam& param : module_.typed->params) {
      module_.param_defaults.push_back(
          param.default_value == nullptr ? std::nullopt : std::optional(lowering_.LowerConstant(*param.default_value)));
      NeedType(param.type);
    }
    if (options_.all) {
      for (const Model& model : module_.typed->models) {
        NeedTable(&model);
        for (const Field& field : model.fields) NeedColumn(&field);
      }
    }
    Collect();
    // Mappings read no tables but may name types of references; another round is rare.
    for (size_t known = 0; known != num_needed_;) {
      known = num_needed_;
      BuildTables();
      Collect();
    }
    for (DemandedTable& table : module_.tables) {
      const TableKind kind = table.model->kind;
      const bool may_be_named =
          kind == TableKind::kModel || kind == TableKind::kAccounts || kind == TableKind::kRegions;
      table.only_named = !options_.all && may_be_named && !needed_[table.model->index].rows;
    }
  }

 private:
  void NeedType(const Type* type) {
    for (; type != nullptr; type = type->element) {
      for (const Model* model : type->models) NeedTable(model);
      if (type->key != nullptr) NeedType(type->key);
    }
  }

  void NeedTable(const Model* model) {
    auto [it, inserted] = needed_.try_emplace(model->index);
    if (!inserted) return;
    ++num_needed_;
    it->second.model = model;
    for (const Field& field : model->fields) {
      if (field.is_key) NeedColumn(&field);
    }
  }

  void NeedColumn(const Field* field) {
    if (field->reverse_model != nullptr) return;
    NeedTable(field->model);
    if (!needed_[field->model->index].columns.insert(field->index).second) return;
    ++num_needed_;
    NeedType(field->type);
  }

  void NeedRows(const Model* model) {
    NeedTable(model);
    needed_[model->index].rows = true;
  }
  void NeedRows(const Type* type) {
    for (; type != nullptr; type = type->element) {
      for (const Model* model : type->models) NeedRows(model);
    }
  }

  static bool IsRecord(const Value* value) {
    return value->Is(Opcode::kLoad) && value->field->model->kind == TableKind::kSource;
  }

  void Collect() {
    LiveVisitor visitor;
    visitor.value = [&](const Value* value) {
      NeedType(value->type);
      if (value->Is(Opcode::kLoad)) NeedColumn(value->field);
      if (value->Is(Opcode::kIsTable)) NeedTable(value->model);
      const bool only_names = value->Is(Opcode::kIsTable) || value->Is(Opcode::kIsPresent);
      for (const Value* operand : value->operands) {
        if (!only_names) NeedRows(operand->type);
        if (IsRecord(operand))
          NeedOfRecord(operand->field->model, value->Is(Opcode::kJsonGet) ? &value->text : nullptr);
      }
    };
    visitor.root = [&](const Value* value) {
      NeedRows(value->type);
      if (IsRecord(value)) NeedOfRecord(value->field->model, nullptr);
    };
    visitor.generator = [&](const Generator& generator) {
      if (generator.model != nullptr) NeedRows(generator.model);
      if (generator.column != nullptr) NeedColumn(generator.column);
      for (const Model* model : generator.models) {
        if (model != nullptr) NeedRows(model);
      }
    };
    VisitLive(module_, visitor);
    for (const Waiver& waiver : module_.waivers) {
      if (waiver.source->model != nullptr) NeedRows(waiver.source->model);
    }
  }

  /// A key of a source's records that is read; null: the whole record.
  void NeedOfRecord(const Model* model, const std::string* key) {
    NeedTable(model);
    Needed& needed = needed_[model->index];
    if (key == nullptr) {
      needed.whole_record = true;
    } else {
      needed.record_keys.insert(*key);
    }
  }

  // ---- tables and their mappings

  void BuildTables() {
    module_.tables.clear();
    for (const auto& [index, needed] : needed_) {
      DemandedTable table;
      table.model = needed.model;
      for (uint32_t field : needed.columns) {
        table.columns.push_back(&needed.model->fields[field]);
        const ExprPtr& value = table.columns.back()->default_value;
        table.defaults.push_back(value == nullptr ? std::nullopt : std::optional(lowering_.LowerConstant(*value)));
      }
      if (!needed.whole_record && !options_.all)
        table.paths.assign(needed.record_keys.begin(), needed.record_keys.end());
      for (const auto& row : needed.model->data_rows) {
        std::vector<uint32_t>& constants = table.data_rows.emplace_back();
        for (const Field* column : table.columns) {
          const ExprPtr& value = row.at(DataIndex(*column));
          constants.push_back(value != nullptr
                                  ? lowering_.LowerConstant(*value)
                                  : module_.graph.InternConstant(
                                        {.type = column->type, .state = State::kAbsent, .text = {}, .elements = {}}));
        }
      }
      for (const TypedMapping& mapping : needed.model->mappings) table.mappings.push_back(BuildMapping(table, mapping));
      module_.tables.push_back(std::move(table));
    }
  }

  /// Data rows have one value for each field of the model.
  static size_t DataIndex(const Field& column) { return column.index; }

  DemandedMapping BuildMapping(const DemandedTable& table, const TypedMapping& source) {
    DemandedMapping mapping;
    mapping.source = &source;
    std::vector<std::pair<const Field*, const TypedFieldMapping*>> sources;
    std::set<uint32_t> leaves;
    if (source.where != nullptr) CollectLeaves(*source.where, leaves);
    for (const Field* column : table.columns) {
      auto it = std::find_if(source.fields.begin(), source.fields.end(),
                             [&](const TypedFieldMapping& field) { return field.field == column; });
      const TypedFieldMapping* field = it == source.fields.end() ? nullptr : &*it;
      DemandedMapping::FieldSource from{
          .field = column, .kind = FieldSourceKind::kAbsent, .paths = {}, .function = nullptr};
      if (field != nullptr) {
        from.kind = field->kind;
        if (field->kind == FieldSourceKind::kThis) NeedRows(column->type);
        from.paths = field->paths;
        if (field->kind == FieldSourceKind::kFunction) {
          std::set<uint32_t> own;
          CollectLeaves(*field->value, own);
          leaves.insert(own.begin(), own.end());
          const bool follows = column->type->kind == TypeKind::kRef && own.size() == 1;
          if (follows && !source.leaves[*own.begin()].is_this) from.paths = source.leaves[*own.begin()].paths;
        }
      }
      mapping.fields.push_back(std::move(from));
      sources.emplace_back(column, field);
    }
    mapping.leaves.assign(leaves.begin(), leaves.end());
    const std::string name = fmt::format("{}.from.{}.{}", table.model->name, source.format, source.source_type);
    if (source.where != nullptr)
      mapping.where = LowerFunction(source, mapping.leaves, *table.model, *source.where, name + ".where");
    for (size_t i = 0; i < mapping.fields.size(); ++i) {
      if (mapping.fields[i].kind != FieldSourceKind::kFunction) continue;
      mapping.fields[i].function = LowerFunction(source, mapping.leaves, *table.model, *sources[i].second->value,
                                                 name + "." + sources[i].first->name);
    }
    return mapping;
  }

  Function* LowerFunction(const TypedMapping& source, const std::vector<uint32_t>& leaves, const Model& model,
                          const Expr& expr, const std::string& name) {
    Function* function = lowering_.LowerMapping(source, leaves, model, expr, name);
    if (options_.optimise) function->body = OptimiseValue(module_, function->body);
    return function;
  }

  static void CollectLeaves(const Expr& expr, std::set<uint32_t>& leaves) {
    if (expr.kind == ExprKind::kMappingLeaf) leaves.insert(expr.leaf);
    for (const ExprPtr& operand : expr.operands) CollectLeaves(*operand, leaves);
    if (expr.query == nullptr) return;
    for (const QueryGenerator& generator : expr.query->generators) {
      if (generator.collection != nullptr) CollectLeaves(*generator.collection, leaves);
    }
    for (const ExprPtr* part : {&expr.query->where, &expr.query->value, &expr.query->key, &expr.query->order}) {
      if (*part != nullptr) CollectLeaves(**part, leaves);
    }
  }

  struct Needed {
    const Model* model = nullptr;
    std::set<uint32_t> columns;
    std::set<std::string> record_keys;
    bool whole_record = false;
    bool rows = false;  ///< something is asked of its rows, or of a reference more than whether it is to it
  };

  Module& module_;
  Lowering& lowering_;
  DemandOptions options_;
  std::map<uint32_t, Needed> needed_;  // by the model's index
  size_t num_needed_ = 0;
};

}  // namespace

void DemandTables(Module& module, Lowering& lowering, const DemandOptions& options) {
  Demand(module, lowering, options).Run();
}

}  // namespace bylaw::compiler::ir
