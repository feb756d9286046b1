#include "runtime/verdict/json_paths.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <tuple>

namespace bylaw {

namespace {

/// What a step into the elements of an array is written as; no key of an object looks like it in a path.
constexpr std::string_view kElements = "[]";
/// Instructions that are looked at; a forged program may call the same function over and over.
constexpr size_t kMaxInstructions = 1'000'000;
constexpr uint32_t kMaxDepth = 256;

/// Where json comes from: a column, and the way down from it.
struct Origin {
  TableId table = kNone;
  ColumnId column = kNone;
  std::vector<std::string> path = {};

  Origin Below(std::string_view step) const {
    Origin below = *this;
    below.path.emplace_back(step);
    return below;
  }
  auto operator<=>(const Origin&) const = default;
};

/// What a register holds, as far as it matters here: json, or a constant text.
struct Known {
  std::shared_ptr<const Origin> origin;
  const std::string* text = nullptr;
};

using Registers = std::vector<Known>;

class PathReader {
 public:
  explicit PathReader(const Program& program) : program_(program) {}

  void Read(const Rule& rule) { ReadStages(rule.stages, {}, 0); }

  /// The paths that are read, and where.
  std::map<Origin, uint32_t> paths;

 private:
  void ReadStages(std::span<const Stage> stages, const Registers& entered_from, uint32_t depth) {
    Registers outer = entered_from;
    for (const Stage& stage : stages) {
      Registers registers(stage.block.registers.size());
      if (stage.kind == GeneratorKind::kElements && stage.key < outer.size() && outer[stage.key].origin != nullptr &&
          !registers.empty()) {
        registers[0].origin = std::make_shared<Origin>(outer[stage.key].origin->Below(kElements));
      }
      Capture(stage.captures, outer, registers);
      ReadBlock(stage.block, registers, depth + 1);
      outer = std::move(registers);
    }
  }

  static void Capture(const std::vector<bylaw::Capture>& captures, const Registers& from, Registers& to) {
    for (const bylaw::Capture& capture : captures) {
      if (capture.from < from.size() && capture.to < to.size()) to[capture.to] = from[capture.from];
    }
  }

  void Step(const Known& base, std::string_view key, const Instruction& instruction, Registers& registers) {
    if (base.origin == nullptr) return;
    registers[instruction.dst].origin = std::make_shared<Origin>(base.origin->Below(key));
    paths.try_emplace(*registers[instruction.dst].origin, instruction.span);
  }

  void ReadBlock(const Block& block, Registers& registers, uint32_t depth) {
    if (depth > kMaxDepth) return;
    for (const Instruction& instruction : block.code) {
      if (++num_instructions_ > kMaxInstructions) return;
      switch (instruction.op) {
        case Opcode::kConst: registers[instruction.dst].text = &program_.constants[instruction.imm].text; break;
        case Opcode::kLoad: {
          const ColumnRef& column = program_.columns[instruction.imm];
          if (program_.types[program_.tables[column.table].columns[column.column].type].kind != TypeKind::kJson) break;
          registers[instruction.dst].origin = std::make_shared<Origin>(Origin{column.table, column.column});
          break;
        }
        case Opcode::kJsonGet:
          Step(registers[instruction.a], program_.constants[instruction.imm].text, instruction, registers);
          break;
        case Opcode::kGet:
          if (registers[instruction.b].text != nullptr &&
              program_.types[block.registers[instruction.b]].kind == TypeKind::kString) {
            Step(registers[instruction.a], *registers[instruction.b].text, instruction, registers);
          }
          break;
        case Opcode::kRequire: registers[instruction.dst] = registers[instruction.a]; break;
        case Opcode::kLazy: {
          const LazyBlock& lazy = program_.lazy_blocks[instruction.imm];
          Registers inner(lazy.block.registers.size());
          Capture(lazy.captures, registers, inner);
          ReadBlock(lazy.block, inner, depth + 1);
          registers[instruction.dst] = inner[lazy.result];
          break;
        }
        case Opcode::kQuery: ReadStages(program_.queries[instruction.imm].stages, registers, depth + 1); break;
        case Opcode::kCall: {
          const CallSite& call = program_.calls[instruction.imm];
          const Function& function = program_.functions[call.callee];
          Registers inner(function.block.registers.size());
          for (size_t i = 0; i < call.arguments.size() && i < inner.size(); ++i)
            inner[i] = registers[call.arguments[i]];
          ReadBlock(function.block, inner, depth + 1);
          registers[instruction.dst] = inner[function.result];
          break;
        }
        default: break;
      }
    }
  }

  const Program& program_;
  size_t num_instructions_ = 0;
};

/// Whether the tree has, or may have, something at the path.
bool Has(const JsonNode& node, std::span<const std::string> path) {
  if (path.empty() || node.kind == JsonNodeKind::kUnknown) return true;
  if (path[0] != kElements) {
    const JsonNode* member = node.Find(path[0]);
    return member != nullptr && Has(*member, path.subspan(1));
  }
  if (node.kind != JsonNodeKind::kArray) return false;
  return std::any_of(node.elements, node.elements + node.size,
                     [&](const JsonNode* element) { return Has(*element, path.subspan(1)); });
}

bool HasAnywhere(const Snapshot& snapshot, const Origin& origin, std::span<const std::string> path) {
  const Column& column = snapshot.column(origin.table, origin.column);
  for (Row row = 0; row < snapshot.num_rows(origin.table); ++row) {
    const State state = column.state(row);
    if (IsUnknown(state) || (state == State::kKnown && Has(*CellToObject<JsonNode>(column.cell(row)), path)))
      return true;
  }
  return false;
}

std::string TextOf(std::span<const std::string> path) {
  std::string text;
  for (const std::string& step : path) text += step == kElements || text.empty() ? step : "." + step;
  return text;
}

}  // namespace

std::vector<MissingPath> FindMissingPaths(const Program& program, const Snapshot& snapshot,
                                          const std::vector<bool>& enabled) {
  std::vector<MissingPath> missing;
  const bool any_json = std::any_of(program.columns.begin(), program.columns.end(), [&](const ColumnRef& ref) {
    return program.types[program.tables[ref.table].columns[ref.column].type].kind == TypeKind::kJson;
  });
  if (!any_json) return missing;
  PathReader reader(program);
  for (size_t rule = 0; rule < program.rules.size(); ++rule) {
    if (rule >= enabled.size() || enabled[rule]) reader.Read(program.rules[rule]);
  }
  const Origin* last = nullptr;  // whose path is missing; paths that begin with it follow it
  for (const auto& [origin, span] : reader.paths) {
    if (origin.table >= snapshot.num_tables() || origin.column >= snapshot.table(origin.table).columns.size() ||
        snapshot.num_rows(origin.table) == 0)
      continue;
    const bool follows = last != nullptr && last->table == origin.table && last->column == origin.column &&
                         last->path.size() <= origin.path.size() &&
                         std::equal(last->path.begin(), last->path.end(), origin.path.begin());
    if (follows || HasAnywhere(snapshot, origin, origin.path)) continue;
    last = &origin;
    missing.push_back({.table = origin.table,
                       .path = TextOf(origin.path),
                       .num_rows = snapshot.num_rows(origin.table),
                       .span = span});
  }
  std::stable_sort(missing.begin(), missing.end(), [&](const MissingPath& a, const MissingPath& b) {
    return std::tie(program.tables[a.table].name, a.path) < std::tie(program.tables[b.table].name, b.path);
  });
  return missing;
}

}  // namespace bylaw
