#include "runtime/import/demand.h"

#include <algorithm>
#include <span>

namespace bylaw {

namespace {

std::string Join(std::span<const std::string> keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ".") + key;
  return text;
}

/// Collects the first keys of the paths of one level.
class LevelKeys {
 public:
  uint32_t SlotOf(const std::string& key) {
    const auto found = std::find(keys_.begin(), keys_.end(), key);
    if (found != keys_.end()) return static_cast<uint32_t>(found - keys_.begin());
    keys_.push_back(key);
    return static_cast<uint32_t>(keys_.size() - 1);
  }
  JsonPaths Compile() const {
    std::vector<std::vector<JsonStep>> paths;
    for (const std::string& key : keys_) paths.push_back({JsonStep{.each = false, .key = key}});
    return JsonPaths(paths);
  }
  bool empty() const { return keys_.empty(); }

 private:
  std::vector<std::string> keys_;
};

struct SourceKeys {
  LevelKeys record, envelope;
};

/// Compiles one mapping.
class MappingCompiler {
 public:
  MappingCompiler(const Program& program, SourceKeys& keys, const Demand::Fallback& fallback)
      : program_(program), source_keys_(keys), fallback_(fallback) {}

  MappingDemand Compile(TableId table_id, uint32_t mapping_index, const TableMapping& mapping) {
    const Table& table = program_.tables[table_id];
    MappingDemand demand;
    demand.table = table_id;
    demand.mapping = mapping_index;
    demand.where = mapping.where;
    if (table.kind == TableKind::kSource) demand.only_keys = table.paths;
    num_levels_ = static_cast<uint32_t>(mapping.unnest.size());
    level_keys_.resize(num_levels_);
    for (uint32_t level = 0; level < num_levels_; ++level) {
      demand.unnest.push_back(CompilePath(mapping.unnest[level], level));
    }
    for (const FieldMapping& field : mapping.fields) {
      if (field.column >= table.columns.size()) continue;
      FieldDemand& compiled = demand.fields.emplace_back();
      compiled.column = field.column;
      compiled.kind = field.kind;
      compiled.function = field.function;
      compiled.type = table.columns[field.column].type;
      const TypeEntry& type = program_.types[compiled.type];
      compiled.is_reference = type.kind == TypeKind::kRef;
      compiled.is_list = type.kind == TypeKind::kList || type.kind == TypeKind::kSet;
      compiled.is_reference_list = compiled.is_list && program_.types[type.element].kind == TypeKind::kRef;
      AddPaths(field.paths, &compiled.paths);
      if (field.kind == FieldSourceKind::kFunction) {
        demand.has_function_fields = true;
        demand.keeps_trees = demand.keeps_trees || HoldsJson(compiled.type);
      }
    }
    for (const LeafPath& leaf : mapping.leaves) {
      LeafDemand& compiled = demand.leaves.emplace_back();
      compiled.is_this = leaf.is_this;
      AddPaths(leaf.paths, &compiled.paths);
    }
    for (const LevelKeys& keys : level_keys_) demand.levels.push_back(keys.Compile());
    return demand;
  }

 private:
  bool HoldsJson(TypeId type) const {
    const TypeEntry& entry = program_.types[type];
    if (entry.kind == TypeKind::kJson) return true;
    const bool nests = entry.kind == TypeKind::kList || entry.kind == TypeKind::kSet || entry.kind == TypeKind::kMap;
    return nests && HoldsJson(entry.element);
  }

  void AddPaths(const std::vector<std::vector<std::string>>& paths, std::vector<DemandPath>* compiled) {
    for (const std::vector<std::string>& path : paths) {
      compiled->push_back(CompilePath(path, num_levels_));
      if (!fallback_ || compiled->back().level != 0) continue;
      for (std::vector<std::string>& other : fallback_(compiled->back().keys)) {
        other.insert(other.begin(), "@");
        compiled->push_back(CompilePath(other, num_levels_));
      }
    }
  }

  /// `level` is the innermost level that the path can start from.
  DemandPath CompilePath(const std::vector<std::string>& path, uint32_t level) {
    DemandPath compiled;
    size_t start = 0;
    while (start < path.size() && path[start].empty() && level > 0) {
      --level;
      ++start;
    }
    compiled.level = level;
    if (start < path.size() && path[start] == "@") {
      compiled.level = DemandPath::kEnvelope;
      ++start;
    }
    compiled.keys.assign(path.begin() + static_cast<std::ptrdiff_t>(start), path.end());
    compiled.text = Join(compiled.keys);
    if (!compiled.keys.empty()) {
      LevelKeys& keys = compiled.level == DemandPath::kEnvelope ? source_keys_.envelope
                        : compiled.level == 0                   ? source_keys_.record
                                                                : level_keys_[compiled.level - 1];
      compiled.slot = keys.SlotOf(compiled.keys.front());
    } else if (compiled.level == DemandPath::kEnvelope) {
      compiled.slot = kNone;
    }
    return compiled;
  }

  const Program& program_;
  SourceKeys& source_keys_;
  const Demand::Fallback& fallback_;
  uint32_t num_levels_ = 0;
  std::vector<LevelKeys> level_keys_;
};

template <typename Visit>
void VisitBlocks(const Program& program, const Visit& visit) {
  const auto visit_stages = [&](const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) visit(stage.block);
  };
  for (const Function& function : program.functions) visit(function.block);
  for (const LazyBlock& lazy : program.lazy_blocks) visit(lazy.block);
  for (const Query& query : program.queries) visit_stages(query.stages);
  for (const Relation& relation : program.relations) {
    for (const Relation::Disjunct& disjunct : relation.disjuncts) visit_stages(disjunct.stages);
  }
  for (const Rule& rule : program.rules) visit_stages(rule.stages);
}

}  // namespace

std::pair<std::string, std::string> SplitSourceName(const std::string& name) {
  const size_t bracket = name.find("[\"");
  if (bracket != std::string::npos && name.ends_with("\"]")) {
    return {name.substr(0, bracket), name.substr(bracket + 2, name.size() - bracket - 4)};
  }
  const size_t dot = name.find('.');
  if (dot == std::string::npos) return {};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

Demand::Demand(const Program& program, std::string format, References references, Fallback fallback)
    : program_(program), format_(std::move(format)), fallback_(std::move(fallback)) {
  auto add = [&](TableId table, uint32_t index, const TableMapping& mapping) {
    by_type_[mapping.source_type].mappings.push_back({table, index, &mapping});
  };
  for (TableId t = 0; t < program.tables.size(); ++t) {
    const Table& table = program.tables[t];
    // Every record counts: it is a row, or stands in an account and a region that are.
    const bool is_of_all =
        table.kind == TableKind::kResources || table.kind == TableKind::kAccounts || table.kind == TableKind::kRegions;
    if (is_of_all && !table.only_named) wants_all_records_ = true;
    const bool rows_needed = !table.only_named || table.key_pattern.empty() || references == References::kByRow;
    for (uint32_t m = 0; m < table.mappings.size(); ++m) {
      if (table.mappings[m].format != format_) continue;
      if (rows_needed) {
        add(t, m, table.mappings[m]);
      } else {
        only_named_.insert(table.mappings[m].source_type);
      }
    }
    if (table.kind == TableKind::kSource && table.mappings.empty() && !table.only_named) {
      auto [own_format, source_type] = SplitSourceName(table.name);
      if (own_format != format_ || table.columns.empty()) continue;
      TableMapping& whole = whole_.emplace_back();
      whole.format = std::move(own_format);
      whole.source_type = std::move(source_type);
      whole.fields.push_back({.column = 0, .kind = FieldSourceKind::kPath, .paths = {{}}});
      add(t, 0, whole);
    }
  }
}

const Demand::TagReads& Demand::tag_reads() const {
  std::call_once(tags_once_, [this] {
    tag_reads_.of.resize(program_.tables.size());
    VisitBlocks(program_, [this](const Block& block) {
      for (const Instruction& instruction : block.code) {
        if (instruction.op != Opcode::kLoadAttribute || instruction.imm != static_cast<uint32_t>(Attribute::kTags))
          continue;
        const std::vector<TableId>& tables = program_.types[block.registers[instruction.a]].tables;
        for (const TableId table : tables) {
          tag_reads_.of[table] = true;
          tag_reads_.of_any = tag_reads_.of_any || program_.tables[table].kind == TableKind::kResources;
        }
        tag_reads_.of_any = tag_reads_.of_any || tables.empty();
      }
    });
    // Whether a resource can have tags is told by those that it shows.
    for (const Table& table : program_.tables) {
      if (table.kind != TableKind::kResources || table.only_named) continue;
      const auto is_about_tags = [](const TableColumn& column) { return column.name == "taggable"; };
      tag_reads_.of_any = tag_reads_.of_any || std::any_of(table.columns.begin(), table.columns.end(), is_about_tags);
    }
  });
  return tag_reads_;
}

const SourceDemand* Demand::Find(std::string_view source_type) const {
  const auto found = by_type_.find(source_type);
  if (found == by_type_.end()) return nullptr;
  std::call_once(found->second.once, [&] { Compile(source_type, found->second); });
  return &found->second.compiled;
}

void Demand::Compile(std::string_view source_type, const Wanted& wanted) const {
  SourceKeys keys;
  SourceDemand& source = wanted.compiled;
  source.source_type = source_type;
  for (const WantedMapping& mapping : wanted.mappings) {
    source.mappings.push_back(
        MappingCompiler(program_, keys, fallback_).Compile(mapping.table, mapping.index, *mapping.mapping));
    source.reads_tags = source.reads_tags || tag_reads().of[mapping.table];
  }
  source.record = keys.record.Compile();
  source.envelope = keys.envelope.Compile();
  source.reads_envelope = !keys.envelope.empty();
}

}  // namespace bylaw
