// Recursive defines as relations: certain and possible fixpoints, membership, explanations that end.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/vm_testing.h"

namespace bylaw::testing {
namespace {

enum class Shape {
  kLinear,  ///< reaches(a, b) = edge(a, b) or exists m where reaches(a, m) and edge(m, b)
  kDouble,  ///< … or exists m in node where reaches(a, m) and reaches(m, b)
  kNaive,   ///< the second disjunct asks for membership in a filter
};

/// node (id), edge (from, to), the relation `reaches`, and function(a, b) asking for it.
struct Graph {
  Program program;
  TypeId t_bool, t_string, t_node, t_edge;
  uint32_t ask;

  explicit Graph(Shape shape) {
    program.types = {{.kind = TypeKind::kBool},
                     {.kind = TypeKind::kString},
                     {.kind = TypeKind::kRef, .tables = {0}},
                     {.kind = TypeKind::kRef, .tables = {1}}};
    t_bool = 0, t_string = 1, t_node = 2, t_edge = 3;
    program.tables.push_back({.name = "node",
                              .kind = TableKind::kModel,
                              .columns = {{.name = "id", .type = t_string, .default_value = {}, .is_key = true}},
                              .mappings = {}});
    program.tables.push_back({.name = "edge",
                              .kind = TableKind::kModel,
                              .columns = {{.name = "from", .type = t_node, .default_value = {}},
                                          {.name = "to", .type = t_node, .default_value = {}}},
                              .mappings = {}});
    program.columns = {{1, 0}, {1, 1}};
    program.bindings = {{.name = "e"}, {.name = "hop"}};
    Relation relation;
    relation.name = "reaches";
    relation.arguments = {t_node, t_node};
    relation.disjuncts.push_back(EdgeDisjunct());
    if (shape == Shape::kLinear) relation.disjuncts.push_back(LinearDisjunct());
    if (shape == Shape::kDouble) relation.disjuncts.push_back(DoubleDisjunct());
    if (shape == Shape::kNaive) relation.disjuncts.push_back(NaiveDisjunct());
    program.relations.push_back(std::move(relation));
    Code code(program);
    Register a = code.Input(t_node), b = code.Input(t_node);
    Register member = code.Call(Opcode::kMember, t_bool, 0, {a, b});
    program.functions.push_back({.name = "ask", .block = std::move(code.block), .result = member});
    ask = 0;
  }

  Relation::Disjunct EdgeDisjunct() {
    Stage scan;
    scan.kind = GeneratorKind::kScan;
    scan.table = 1;
    scan.binding = 0;
    Code code(program);
    Register e = code.Input(t_edge);
    Register from = code.Emit(Opcode::kLoad, t_node, e, kNoRegister, 0);
    Register to = code.Emit(Opcode::kLoad, t_node, e, kNoRegister, 1);
    scan.block = std::move(code.block);
    return {.stages = {scan}, .tuple = {from, to}};
  }

  Relation::Disjunct LinearDisjunct() {
    Stage first;
    first.kind = GeneratorKind::kRelation;
    first.table = 0;
    first.relation_keys = {kNoRegister, kNoRegister};
    first.tables = {kNone, 0};
    Code inner(program);
    inner.Input(t_node);
    inner.Input(t_node);
    first.block = std::move(inner.block);
    Stage second;
    second.kind = GeneratorKind::kLookup;
    second.table = 1;
    second.column = 0;
    second.key = 1;
    second.binding = 1;
    Code code(program);
    Register e = code.Input(t_edge);
    Register a = code.Input(t_node);
    second.captures = {{.from = 0, .to = a}};
    Register to = code.Emit(Opcode::kLoad, t_node, e, kNoRegister, 1);
    second.block = std::move(code.block);
    return {.stages = {first, second}, .tuple = {a, to}};
  }

  Relation::Disjunct DoubleDisjunct() {
    Relation::Disjunct disjunct = LinearDisjunct();
    Stage& second = disjunct.stages[1];
    second = Stage();
    second.kind = GeneratorKind::kRelation;
    second.table = 0;
    second.relation_keys = {1, kNoRegister};
    Code code(program);
    code.Input(t_node);
    Register b = code.Input(t_node), a = code.Input(t_node);
    second.captures = {{.from = 0, .to = a}};
    second.block = std::move(code.block);
    disjunct.tuple = {a, b};
    return disjunct;
  }

  Relation::Disjunct NaiveDisjunct() {
    Stage nodes;
    nodes.kind = GeneratorKind::kScan;
    nodes.table = 0;
    nodes.covers = false;
    Code first(program);
    first.Input(t_node);
    nodes.block = std::move(first.block);
    Stage edges;
    edges.kind = GeneratorKind::kScan;
    edges.table = 1;
    Code code(program);
    Register e = code.Input(t_edge), a = code.Input(t_node);
    edges.captures = {{.from = 0, .to = a}};
    Register from = code.Emit(Opcode::kLoad, t_node, e, kNoRegister, 0);
    Register to = code.Emit(Opcode::kLoad, t_node, e, kNoRegister, 1);
    edges.filter = code.Call(Opcode::kMember, t_bool, 0, {a, from});
    edges.block = std::move(code.block);
    return {.stages = {nodes, edges}, .tuple = {a, to}};
  }

  static void Node(SnapshotBuilder& builder, const std::string& id) {
    Row row = builder.AddRow(0, id);
    builder.Set(0, row, 0, builder.strings().Intern(id));
  }
  /// "?" is unknown.
  static void Edge(SnapshotBuilder& builder, const std::string& from, const std::string& to) {
    Row row = builder.AddRow(1, from + "->" + to);
    for (ColumnId column : {0u, 1u}) {
      const std::string& id = column == 0 ? from : to;
      if (id == "?") {
        builder.SetUnknown(1, row, column, "known after apply");
      } else {
        builder.SetReferenceKey(1, row, column, id);
      }
    }
  }

  /// 0 false, 1 true, 2 unknown, for each pair of the first `n` nodes.
  std::vector<int> Ask(const Snapshot& snapshot, uint32_t n, uint32_t batch_size = 2048) const {
    Evaluation evaluation(program, snapshot, {.batch_size = batch_size});
    Vector a(n * n), b(n * n);
    for (uint32_t i = 0; i < n * n; ++i) {
      a.cells[i] = RefCell::Make(0, i / n);
      b.cells[i] = RefCell::Make(0, i % n);
    }
    std::vector<Vector> arguments = {a, b};
    Result<FunctionResult> result = evaluation.EvaluateFunction(ask, arguments, n * n);
    EXPECT_TRUE(result.ok());
    std::vector<int> answers;
    for (uint32_t i = 0; i < n * n; ++i) answers.push_back(static_cast<int>(result->values.tri(i)));
    return answers;
  }
};

/// The definition, computed row by row: certain edges, possible edges.
std::vector<int> Closure(uint32_t n, const std::vector<std::pair<int, int>>& edges) {
  std::vector<std::vector<char>> certain(n, std::vector<char>(n)), possible = certain;
  for (auto [from, to] : edges) {
    if (from >= 0 && to >= 0) certain[static_cast<size_t>(from)][static_cast<size_t>(to)] = 1;
    for (uint32_t i = 0; i < n; ++i) {
      for (uint32_t j = 0; j < n; ++j) {
        if ((from < 0 || from == static_cast<int>(i)) && (to < 0 || to == static_cast<int>(j))) possible[i][j] = 1;
      }
    }
  }
  for (auto* graph : {&certain, &possible}) {
    for (uint32_t k = 0; k < n; ++k) {
      for (uint32_t i = 0; i < n; ++i) {
        for (uint32_t j = 0; j < n; ++j) {
          if ((*graph)[i][k] != 0 && (*graph)[k][j] != 0) (*graph)[i][j] = 1;
        }
      }
    }
  }
  std::vector<int> answers;
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j) answers.push_back(certain[i][j] != 0 ? 1 : possible[i][j] != 0 ? 2 : 0);
  }
  return answers;
}

TEST(RelationTest, RandomGraphsAgreeWithTheirClosure) {
  std::mt19937 random(7);
  for (Shape shape : {Shape::kLinear, Shape::kDouble, Shape::kNaive}) {
    Graph graph(shape);
    for (int round = 0; round < 25; ++round) {
      uint32_t n = 2 + static_cast<uint32_t>(random() % 6);
      std::vector<std::pair<int, int>> edges;
      SnapshotBuilder builder(graph.program);
      builder.CoverAll();
      for (uint32_t i = 0; i < n; ++i) Graph::Node(builder, "n" + std::to_string(i));
      uint32_t num_edges = static_cast<uint32_t>(random() % (2 * n));
      for (uint32_t i = 0; i < num_edges; ++i) {
        int from = static_cast<int>(random() % n), to = static_cast<int>(random() % n);
        if (random() % 8 == 0) from = -1;
        if (random() % 8 == 0) to = -1;
        edges.emplace_back(from, to);
        Graph::Edge(builder, from < 0 ? "?" : "n" + std::to_string(from), to < 0 ? "?" : "n" + std::to_string(to));
      }
      auto snapshot = builder.Finish({});
      std::vector<int> expected = Closure(n, edges);
      for (uint32_t batch_size : {1u, 3u, 2048u}) {
        EXPECT_EQ(graph.Ask(*snapshot, n, batch_size), expected)
            << "shape " << static_cast<int>(shape) << " round " << round << " batch " << batch_size;
      }
    }
  }
}

TEST(RelationTest, AnExplanationIsThePathHopByHop) {
  for (Shape shape : {Shape::kLinear, Shape::kNaive}) {
    Graph graph(shape);
    SnapshotBuilder builder(graph.program);
    builder.CoverAll();
    for (const char* id : {"a", "b", "c", "d"}) Graph::Node(builder, id);
    Graph::Edge(builder, "c", "d");
    Graph::Edge(builder, "a", "b");
    Graph::Edge(builder, "b", "c");
    Graph::Edge(builder, "d", "a");  // a cycle
    auto snapshot = builder.Finish({});
    Evaluation evaluation(graph.program, *snapshot);
    std::vector<Vector> arguments = {RefLane(0, 0), RefLane(0, 3)};
    Result<FunctionResult> result = evaluation.EvaluateFunction(graph.ask, arguments, 1, true);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->values.tri(0), Tri::kTrue);
    std::vector<std::string> hops;
    for (const WitnessRef& witness : result->explanations[0].witnesses)
      hops.push_back(evaluation.ToText(witness.type, witness.cell, witness.state));
    if (shape == Shape::kLinear) {
      EXPECT_EQ(hops, (std::vector<std::string>{"a->b", "b->c", "c->d"}));
    } else {
      EXPECT_FALSE(hops.empty());
    }
  }
}

TEST(RelationTest, WhatIsOutsideOrNotCoveredIsUnknown) {
  Graph graph(Shape::kLinear);
  SnapshotBuilder builder(graph.program);
  for (const char* id : {"a", "b"}) Graph::Node(builder, id);
  auto uncovered = builder.Finish({});
  EXPECT_EQ(graph.Ask(*uncovered, 2), (std::vector<int>{2, 2, 2, 2})) << "there may be edges";

  SnapshotBuilder other(graph.program);
  other.CoverAll();
  for (const char* id : {"a", "b"}) Graph::Node(other, id);
  Graph::Edge(other, "far", "b");
  auto snapshot = other.Finish({});
  Cell far = snapshot->column(1, 0).cells[0];
  ASSERT_TRUE(RefCell::is_external(far));
  Evaluation evaluation(graph.program, *snapshot);
  std::vector<Vector> arguments = {Vector(2, far, State::kKnown), Vector(2)};
  arguments[1].cells = {RefCell::Make(0, 0), RefCell::Make(0, 1)};
  Result<FunctionResult> result = evaluation.EvaluateFunction(graph.ask, arguments, 2, true);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->values.tri(0), Tri::kUnknown);
  ASSERT_EQ(result->explanations[0].causes.size(), 1u);
  EXPECT_EQ(result->explanations[0].causes[0].cause.kind, CauseKind::kOutside);
  EXPECT_EQ(result->values.tri(1), Tri::kTrue);
}

/// `reaches`, and relations above it, each the edges that the one below it has, in a stratum of its own.
Result<FunctionResult> AskAbove(uint32_t num_relations) {
  Graph graph(Shape::kLinear);
  Program& program = graph.program;
  for (uint32_t i = 1; i <= num_relations; ++i) {
    Relation relation;
    relation.name = "above_" + std::to_string(i);
    relation.arguments = {graph.t_node, graph.t_node};
    relation.stratum = i;
    Stage scan;
    scan.kind = GeneratorKind::kScan;
    scan.table = 1;
    Code code(program);
    Register e = code.Input(graph.t_edge);
    Register from = code.Emit(Opcode::kLoad, graph.t_node, e, kNoRegister, 0);
    Register to = code.Emit(Opcode::kLoad, graph.t_node, e, kNoRegister, 1);
    scan.filter = code.Call(Opcode::kMember, graph.t_bool, i - 1, {from, to});
    scan.block = std::move(code.block);
    relation.disjuncts.push_back({.stages = {scan}, .tuple = {from, to}});
    program.relations.push_back(std::move(relation));
  }
  Code code(program);
  Register a = code.Input(graph.t_node), b = code.Input(graph.t_node);
  Register member = code.Call(Opcode::kMember, graph.t_bool, num_relations, {a, b});
  program.functions.push_back({.name = "ask_above", .block = std::move(code.block), .result = member});
  SnapshotBuilder builder(program);
  builder.CoverAll();
  for (const char* id : {"a", "b"}) Graph::Node(builder, id);
  Graph::Edge(builder, "a", "b");
  const auto snapshot = builder.Finish({});
  Evaluation evaluation(program, *snapshot);
  const std::vector<Vector> arguments = {RefLane(0, 0), RefLane(0, 1)};
  return evaluation.EvaluateFunction(graph.ask + 1, arguments, 1);
}

TEST(RelationTest, RelationsThatRestOnEachOtherTooDeeplyAreAnError) {
  const Result<FunctionResult> few = AskAbove(10);
  ASSERT_TRUE(few.ok()) << few.error().message;
  EXPECT_EQ(few->values.tri(0), Tri::kTrue);
  const Result<FunctionResult> many = AskAbove(100);
  ASSERT_FALSE(many.ok()) << "answered as if there were no tuples";
  EXPECT_EQ(many.error().message, "the policy's recursive definitions rest on each other too deeply");
}

}  // namespace
}  // namespace bylaw::testing
