// Recursive defines as relations. The body of a define is taken apart into disjuncts, each a pipeline that enumerates
// argument tuples from what makes them true: the tuples of the relation itself, rows found by lookup, and rows of the
// argument's own table only where nothing else binds it.
//
//   reaches(a, b) = (exists r in b.ingress where r.source_group == a)          scan b, lookup r, a is r.source_group
//                   or (exists m in groups where reaches(a, m) and reaches(m, b))  relation (a, m), relation (m, b)
//
// Openness of an `exists` carries over: its stages make the same phantom rows here as in the query (program.h). Only
// open keys belong to the query as a whole. One that may be external becomes the key of a lookup that opens; else there is
// a disjunct for each set of rows that nobody sees, which `outside` of the key makes unknown:
//
//   below(x) = exists m in C where below(m) and x.ref == m       relation m, lookup x
//                                                                scan x, outside(x.ref)
//
// What cannot be taken apart stays whole: all rows of the arguments' tables, filtered by the body.
#include <algorithm>
#include <optional>

#include "compiler/ir/passes.h"

namespace bylaw::compiler::ir {
namespace {

constexpr size_t kMaxCases = 64;

/// Generators of an `exists` of which any set may be rows that nobody sees.
constexpr size_t kMaxUnseen = 3;

/// A conjunction: variables that range over something, and what must hold of them and of the arguments.
struct Case {
  Pipeline generators;
  std::vector<const Value*> conjuncts;
};

/// One way of giving every argument one of its models.
void ForEachModels(const std::vector<const Value*>& params, std::vector<const Model*>& models,
                   const std::function<void()>& visit) {
  if (models.size() == params.size()) return visit();
  for (const Model* model : params[models.size()]->type->models) {
    models.push_back(model);
    ForEachModels(params, models, visit);
    models.pop_back();
  }
}

Generator ArgumentScan(const Value* param, const Model* model) {
  Generator scan;
  scan.kind = GeneratorKind::kScan;
  scan.variables = {param};
  scan.model = model;
  scan.covers = false;  // what an argument may be does not depend on what else there is
  scan.span = param->span;
  return scan;
}

class Decomposer {
 public:
  Decomposer(Module& module, Relation& relation)
      : module_(module), relation_(relation), bool_type_(module.typed->types.Get(TypeKind::kBool)) {}

  /// Whether it could be done; the relation is unchanged otherwise.
  bool Run() {
    for (const Value* param : relation_.params) {
      if (param->type->models.size() != 1) return false;
    }
    std::optional<std::vector<Case>> cases = Decompose(relation_.body);
    if (!cases) return false;
    std::vector<Relation::Disjunct> disjuncts;
    for (Case& each : *cases) disjuncts.push_back(Plan(std::move(each)));
    relation_.disjuncts = std::move(disjuncts);
    return true;
  }

 private:
  // ---- taking the body apart

  std::optional<std::vector<Case>> Decompose(const Value* value) {
    if (IsBoolConstant(module_.graph, value, true)) return std::vector<Case>(1);
    if (IsBoolConstant(module_.graph, value, false)) return std::vector<Case>();
    if (value->Is(Opcode::kOr)) {
      std::vector<Case> all;
      for (const Value* operand : Flatten(Opcode::kOr, value)) {
        auto cases = Decompose(operand);
        if (!cases) return std::nullopt;
        for (Case& each : *cases) all.push_back(std::move(each));
        if (all.size() > kMaxCases) return std::nullopt;
      }
      return all;
    }
    if (value->Is(Opcode::kAnd)) return DecomposeAll(Flatten(Opcode::kAnd, value));
    if (value->Is(Opcode::kQuery) && value->query->kind == QueryKind::kExists) return DecomposeExists(value);
    return std::vector<Case>{{.generators = {}, .conjuncts = {value}}};
  }

  std::optional<std::vector<Case>> DecomposeAll(const std::vector<const Value*>& conjuncts) {
    std::vector<Case> all(1);
    const bool unknown = std::any_of(conjuncts.begin(), conjuncts.end(),
                                     [](const Value* conjunct) { return conjunct->Is(Opcode::kOutside); });
    for (const Value* conjunct : conjuncts) {
      if (unknown && IsMemberOfUnseen(conjunct)) continue;
      auto cases = Decompose(conjunct);
      if (!cases || all.size() * cases->size() > kMaxCases) return std::nullopt;
      std::vector<Case> product;
      for (const Case& left : all) {
        for (const Case& right : *cases) {
          Case both = left;
          both.generators.insert(both.generators.end(), right.generators.begin(), right.generators.end());
          both.conjuncts.insert(both.conjuncts.end(), right.conjuncts.begin(), right.conjuncts.end());
          product.push_back(std::move(both));
        }
      }
      all = std::move(product);
    }
    return all;
  }

  std::optional<std::vector<Case>> DecomposeExists(const Value* value) {
    // Two `exists` side by side may bind variables of one name: each gets its own.
    Pipeline generators = value->query->pipeline;
    std::vector<const Value*> conjuncts;
    for (size_t i = 0; i < generators.size(); ++i) {
      if (generators[i].variables.size() != 1) return std::nullopt;
      const Value* old = generators[i].variables[0];
      const Value* fresh = module_.graph.MakeFreshVariable(old->type, old->text);
      generators[i].variables = {fresh};
      for (size_t j = i; j < generators.size(); ++j) {
        if (j > i && generators[j].key != nullptr)
          generators[j].key = Substitute(module_, generators[j].key, old, fresh);
        for (const Value*& filter : generators[j].filters) filter = Substitute(module_, filter, old, fresh);
      }
    }
    const std::vector<const Value*> keys = KeysToPlace(*value->query);
    const bool placed = keys.empty() || PlaceOpenKey(keys, generators);
    if (!placed && generators.size() > kMaxUnseen) return std::vector<Case>{{.generators = {}, .conjuncts = {value}}};
    auto all = DecomposeMembers(generators, {});
    for (const Value* key : placed ? std::vector<const Value*>() : keys) {
      for (uint32_t unseen = 1; all && unseen < uint32_t{1} << generators.size(); ++unseen) {
        auto cases = DecomposeUnseen(generators, unseen, key);
        if (!cases || all->size() + cases->size() > kMaxCases) return std::nullopt;
        std::move(cases->begin(), cases->end(), std::back_inserter(*all));
      }
    }
    return all;
  }

  std::optional<std::vector<Case>> DecomposeMembers(Pipeline generators, std::vector<const Value*> conjuncts) {
    for (Generator& generator : generators) {
      conjuncts.insert(conjuncts.end(), generator.filters.begin(), generator.filters.end());
      generator.filters.clear();
    }
    auto cases = DecomposeAll(conjuncts);
    if (!cases) return std::nullopt;
    for (Case& each : *cases) each.generators.insert(each.generators.begin(), generators.begin(), generators.end());
    return cases;
  }

  /// The members with rows that nobody sees, those of the generators in the set `unseen`, where `key` lies outside.
  std::optional<std::vector<Case>> DecomposeUnseen(const Pipeline& generators, uint32_t unseen, const Value* key) {
    Pipeline shown;
    std::vector<const Value*> conjuncts = {module_.graph.Make(Opcode::kOutside, bool_type_, {key}, generators[0].span)};
    std::vector<std::pair<const Value*, const Value*>> unknown;
    for (size_t i = 0; i < generators.size(); ++i) {
      Generator generator = generators[i];
      for (const auto& [variable, value] : unknown) {
        if (generator.key != nullptr) generator.key = Substitute(module_, generator.key, variable, value);
      }
      if ((unseen >> i & 1) == 0) {
        shown.push_back(std::move(generator));
        continue;
      }
      // Only stages over rows have any that the query's keys open (program.h).
      if (generator.kind == GeneratorKind::kElements) return std::vector<Case>();
      const Value* variable = generator.variables[0];
      ConstantValue constant{.type = variable->type, .state = State::kUnknown, .text = {}, .elements = {}};
      unknown.emplace_back(variable, module_.graph.MakeConstant(std::move(constant), generator.span));
      conjuncts.insert(conjuncts.end(), generator.filters.begin(), generator.filters.end());
    }
    for (const auto& [variable, value] : unknown) {
      for (const Value*& conjunct : conjuncts) conjunct = Substitute(module_, conjunct, variable, value);
      for (Generator& generator : shown) {
        for (const Value*& filter : generator.filters) filter = Substitute(module_, filter, variable, value);
      }
    }
    return DecomposeMembers(std::move(shown), std::move(conjuncts));
  }

  /// Whether the relation is asked for something of which nothing is known: then it answers unknown, whatever its tuples.
  /// Beside what is unknown itself that says no more, and asking it would have the disjunct run in every round.
  bool IsMemberOfUnseen(const Value* value) const {
    if (!value->Is(Opcode::kMember)) return false;
    const auto is_unseen = [&](const Value* operand) {
      return operand->Is(Opcode::kConst) && module_.graph.constant(operand->constant).state == State::kUnknown;
    };
    return std::any_of(value->operands.begin(), value->operands.end(), is_unseen) &&
           std::none_of(value->operands.begin(), value->operands.end(),
                        [](const Value* operand) { return operand->type->optional; });
  }

  /// The open keys that may lie outside. Plain variables do not: arguments and generated rows are no externals (of those
  /// that are asked for all the same, a relation answers unknown).
  static std::vector<const Value*> KeysToPlace(const Query& query) {
    std::vector<const Value*> keys;
    std::copy_if(query.open_keys.begin(), query.open_keys.end(), std::back_inserter(keys),
                 [](const Value* key) { return !key->is_variable; });
    return keys;
  }

  /// Whether the generator can say where the query is open.
  static bool PlaceOpenKey(const std::vector<const Value*>& keys, Pipeline& generators) {
    if (keys.size() > 1 || generators.size() > 1 || generators[0].kind != GeneratorKind::kScan) return false;
    for (const Value* filter : generators[0].filters) {
      if (!filter->Is(Opcode::kEqCell)) continue;
      for (size_t side = 0; side < 2; ++side) {
        const Value* column = filter->operands[side];
        if (filter->operands[1 - side] != keys[0] || !column->Is(Opcode::kLoad) ||
            column->operands[0] != generators[0].variables[0])
          continue;
        generators[0].kind = GeneratorKind::kLookup;
        generators[0].column = column->field;
        generators[0].key = keys[0];
        generators[0].opens = true;
        return true;
      }
    }
    return false;
  }

  // ---- putting a case in order

  bool IsBound(const Value* value) const {
    return std::none_of(value->free.begin(), value->free.end(), [&](const Value* variable) {
      return std::find(unbound_.begin(), unbound_.end(), variable) != unbound_.end();
    });
  }

  static bool Mentions(const Case& each, const Value* variable) {
    auto depends = [&](const Value* value) { return value != nullptr && DependsOn(value, variable); };
    return std::any_of(each.conjuncts.begin(), each.conjuncts.end(), depends) ||
           std::any_of(each.generators.begin(), each.generators.end(),
                       [&](const Generator& generator) { return depends(generator.key); });
  }

  /// An argument that only one equality mentions is what stands on the other side: it needs no generator. (If more is
  /// said of it, rows must be tried one by one, since an unknown other side is each of them possibly.)
  const Value* Derive(const Value* param, Case& each) {
    for (size_t i = 0; i < each.conjuncts.size(); ++i) {
      const Value* conjunct = each.conjuncts[i];
      if (!conjunct->Is(Opcode::kEqCell)) continue;
      for (size_t side = 0; side < 2; ++side) {
        const Value* other = conjunct->operands[1 - side];
        if (conjunct->operands[side] != param || DependsOn(other, param) || !other->Is(Opcode::kLoad)) continue;
        Case rest = each;
        rest.conjuncts.erase(rest.conjuncts.begin() + static_cast<std::ptrdiff_t>(i));
        if (Mentions(rest, param)) continue;
        if (other->type->optional)
          rest.conjuncts.push_back(module_.graph.Make(Opcode::kIsPresent, bool_type_, {other}, conjunct->span));
        if (other->type->models != param->type->models) {
          Value is_table;
          is_table.op = Opcode::kIsTable;
          is_table.type = bool_type_;
          is_table.operands = {other};
          is_table.model = param->type->models[0];
          is_table.span = conjunct->span;
          rest.conjuncts.push_back(module_.graph.Intern(std::move(is_table)));
        }
        each = std::move(rest);
        return other;
      }
    }
    return nullptr;
  }

  Relation::Disjunct Plan(Case each) {
    Relation::Disjunct disjunct;
    unbound_ = relation_.params;
    for (const Generator& generator : each.generators) unbound_.push_back(generator.variables[0]);
    disjunct.tuple = relation_.params;
    for (const Value*& position : disjunct.tuple) {
      if (const Value* derived = Derive(position, each)) {
        std::erase(unbound_, position);
        position = derived;
      }
    }
    while (true) {
      if (TakeAtom(each, disjunct.pipeline)) continue;
      if (!TakeGenerator(each, disjunct.pipeline)) break;
    }
    if (disjunct.pipeline.empty()) {
      Generator unit;
      unit.kind = GeneratorKind::kUnit;
      disjunct.pipeline.push_back(std::move(unit));
    }
    disjunct.pipeline.back().filters = each.conjuncts;
    PlaceFilters(disjunct.pipeline);
    return disjunct;
  }

  /// The generator whose variable this is, if it ranges over a whole table.
  static Pipeline::iterator ScanOf(Case& each, const Value* variable) {
    return std::find_if(each.generators.begin(), each.generators.end(), [&](const Generator& generator) {
      return generator.kind == GeneratorKind::kScan && generator.variables[0] == variable;
    });
  }

  /// Whether tuples of the relation asked for by `atom` can be enumerated now: what is not bound in it is plain
  /// variables that nothing else must bind.
  bool CanEnumerate(const Value* atom, Case& each) {
    bool any_free = false;
    for (size_t i = 0; i < atom->operands.size(); ++i) {
      const Value* argument = atom->operands[i];
      if (IsBound(argument)) continue;
      any_free = true;
      if (!argument->is_variable || std::count(atom->operands.begin(), atom->operands.end(), argument) > 1)
        return false;
      const bool is_param =
          std::find(relation_.params.begin(), relation_.params.end(), argument) != relation_.params.end();
      if (argument->type->models != atom->relation->define->params[i]->type->models) return false;
      if (!is_param && ScanOf(each, argument) == each.generators.end()) return false;
    }
    return any_free;
  }

  bool TakeAtom(Case& each, Pipeline& pipeline) {
    auto best = each.conjuncts.end();
    size_t best_bound = 0;
    for (auto it = each.conjuncts.begin(); it != each.conjuncts.end(); ++it) {
      if (!(*it)->Is(Opcode::kMember) || !CanEnumerate(*it, each)) continue;
      size_t bound = 0;
      for (const Value* argument : (*it)->operands) bound += IsBound(argument) ? 1u : 0u;
      if (best == each.conjuncts.end() || bound > best_bound) best = it, best_bound = bound;
    }
    // With nothing bound, only the first generator is worth all tuples of a relation.
    if (best == each.conjuncts.end() || (best_bound == 0 && !pipeline.empty())) return false;
    const Value* atom = *best;
    each.conjuncts.erase(best);
    Generator generator;
    generator.kind = GeneratorKind::kRelation;
    generator.relation = atom->relation;
    generator.span = atom->span;
    for (const Value* argument : atom->operands) {
      if (IsBound(argument)) {
        generator.relation_keys.push_back(argument);
        generator.models.push_back(nullptr);
        generator.variables.push_back(module_.graph.MakeFreshVariable(argument->type, ""));
        continue;
      }
      generator.relation_keys.push_back(nullptr);
      generator.variables.push_back(argument);
      if (auto scan = ScanOf(each, argument); scan != each.generators.end()) {
        generator.models.push_back(scan->model);
        generator.sources.insert(generator.sources.end(), scan->sources.begin(), scan->sources.end());
        each.generators.erase(scan);
      } else {
        generator.models.push_back(nullptr);
      }
    }
    for (const Value* variable : generator.variables) std::erase(unbound_, variable);
    pipeline.push_back(std::move(generator));
    return true;
  }

  /// How far a scan of this variable's table would be narrowed by equalities with what is bound.
  int Rank(const Value* variable, const Case& each) const {
    int rank = 0;
    for (const Value* conjunct : each.conjuncts) {
      if (!conjunct->Is(Opcode::kEqCell)) continue;
      for (size_t side = 0; side < 2; ++side) {
        const Value* column = conjunct->operands[side];
        if (column->Is(Opcode::kLoad) && column->operands[0] == variable && IsBound(conjunct->operands[1 - side])) {
          rank = std::max(rank, column->field->model->key() == column->field  ? 3
                                : column->field->type->kind == TypeKind::kRef ? 2
                                                                              : 1);
        }
      }
    }
    return rank;
  }

  bool TakeGenerator(Case& each, Pipeline& pipeline) {
    int best_rank = -1;
    size_t best = 0;
    const Value* best_param = nullptr;
    for (size_t i = 0; i < each.generators.size(); ++i) {
      const Generator& generator = each.generators[i];
      if (generator.key != nullptr && !IsBound(generator.key)) continue;
      // Elements and reverse lookups of what is bound come first, whole tables last.
      const int rank = generator.key != nullptr ? 4 : Rank(generator.variables[0], each);
      if (rank > best_rank) best_rank = rank, best = i;
    }
    for (const Value* param : relation_.params) {
      if (IsBound(param)) continue;
      if (const int rank = Rank(param, each); rank > best_rank || best_rank == 0) {
        if (best_param == nullptr || rank > best_rank) best_rank = std::max(rank, best_rank), best_param = param;
      }
    }
    if (best_rank < 0) return false;
    if (best_param != nullptr) {
      pipeline.push_back(ArgumentScan(best_param, best_param->type->models[0]));
      std::erase(unbound_, best_param);
    } else {
      pipeline.push_back(std::move(each.generators[best]));
      each.generators.erase(each.generators.begin() + static_cast<std::ptrdiff_t>(best));
      std::erase(unbound_, pipeline.back().variables[0]);
    }
    return true;
  }

  Module& module_;
  Relation& relation_;
  const Type* bool_type_;
  std::vector<const Value*> unbound_;
};

}  // namespace

void DecomposeRelations(Module& module) {
  for (Relation& relation : module.relations) Decomposer(module, relation).Run();
}

void GiveRelationsTheirBodies(Module& module) {
  for (Relation& relation : module.relations) {
    if (!relation.disjuncts.empty()) continue;
    std::vector<const Model*> models;
    ForEachModels(relation.params, models, [&] {
      Relation::Disjunct disjunct;
      for (size_t i = 0; i < models.size(); ++i)
        disjunct.pipeline.push_back(ArgumentScan(relation.params[i], models[i]));
      disjunct.pipeline.back().filters = {relation.body};
      disjunct.tuple = relation.params;
      relation.disjuncts.push_back(std::move(disjunct));
    });
  }
}

}  // namespace bylaw::compiler::ir
