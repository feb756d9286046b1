// mutate_bundles [--count N] [--seed S] BUNDLE…: bundles that were tampered with, their checksum made right again so that the verifier is what stands, are refused or run harmlessly.
// Run it under ASan and UBSan for what it is meant to show.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <random>
#include <sstream>

#include "runtime/bytecode/codec.h"
#include "runtime/engine.h"

namespace {

using bylaw::Program;

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t n) { return n == 0 ? 0 : random_() % n; }

  std::string Bytes(std::string bytes) {
    constexpr size_t kHeader = 32;
    const uint64_t times = 1 + Below(4);
    for (uint64_t i = 0; i < times && bytes.size() > kHeader + 8; ++i) {
      const size_t at = Below(8) == 0 ? 8 + Below(bytes.size() - 8) : kHeader + Below(bytes.size() - kHeader);
      switch (Below(6)) {
        case 0: bytes[at] = static_cast<char>(Below(256)); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] + (Below(2) == 0 ? 1 : -1)); break;
        case 2: bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8))); break;
        case 3: bytes.erase(at, 1 + Below(4)); break;
        case 4: bytes.insert(at, 1 + Below(4), static_cast<char>(Below(256))); break;
        default: {
          const size_t from = kHeader + Below(bytes.size() - kHeader), length = std::min<size_t>(1 + Below(16), bytes.size() - std::max(at, from));
          for (size_t k = 0; k < length; ++k) std::swap(bytes[at + k], bytes[from + k]);
        }
      }
    }
    return bytes;
  }

  /// Changes that bytes hardly ever hit: operands, types and indices that are in range, but mean something else.
  std::string Structure(Program program) {
    const uint64_t times = 1 + Below(3);
    for (uint64_t i = 0; i < times; ++i) {
      switch (Below(7)) {
        case 0:
        case 1:
          if (bylaw::Block* block = AnyBlock(program); block != nullptr && !block->code.empty()) {
            bylaw::Instruction& instruction = block->code[Below(block->code.size())];
            switch (Below(5)) {
              case 0: instruction.a = static_cast<bylaw::Register>(Below(block->registers.size() + 1)); break;
              case 1: instruction.b = static_cast<bylaw::Register>(Below(block->registers.size() + 1)); break;
              case 2: instruction.imm = static_cast<uint32_t>(Below(instruction.imm + 4)); break;
              case 3: instruction.op = static_cast<bylaw::Opcode>(Below(static_cast<uint64_t>(instruction.op) + 8)); break;
              default: std::swap(instruction, block->code[Below(block->code.size())]); break;
            }
          }
          break;
        case 2:
          if (bylaw::Block* block = AnyBlock(program); block != nullptr && !block->registers.empty()) block->registers[Below(block->registers.size())] = static_cast<bylaw::TypeId>(Below(program.types.size()));
          break;
        case 3:
          if (!program.types.empty()) program.types[Below(program.types.size())].kind = static_cast<bylaw::TypeKind>(Below(18));
          break;
        case 4:
          if (!program.queries.empty()) {
            bylaw::Query& query = program.queries[Below(program.queries.size())];
            if (Below(2) == 0) {
              query.kind = static_cast<bylaw::QueryKind>(Below(14));
            } else if (!query.stages.empty()) {
              bylaw::Stage& stage = query.stages[Below(query.stages.size())];
              stage.kind = static_cast<bylaw::GeneratorKind>(Below(5));
              stage.table = static_cast<bylaw::TableId>(Below(program.tables.size() + 1));
            }
          }
          break;
        case 5:
          if (!program.constants.empty()) {
            bylaw::Constant& constant = program.constants[Below(program.constants.size())];
            if (Below(2) == 0) constant.type = static_cast<bylaw::TypeId>(Below(program.types.size()));
            else constant.bits = random_();
          }
          break;
        default:
          if (!program.calls.empty()) {
            bylaw::CallSite& call = program.calls[Below(program.calls.size())];
            call.callee = static_cast<uint32_t>(Below(call.callee + 4));
          }
      }
    }
    return bylaw::Encode(program);
  }

 private:
  bylaw::Block* AnyBlock(Program& program) {
    switch (Below(3)) {
      case 0: return program.functions.empty() ? nullptr : &program.functions[Below(program.functions.size())].block;
      case 1: {
        if (program.queries.empty()) return nullptr;
        bylaw::Query& query = program.queries[Below(program.queries.size())];
        return query.stages.empty() ? nullptr : &query.stages[Below(query.stages.size())].block;
      }
      default: {
        if (program.rules.empty()) return nullptr;
        bylaw::Rule& rule = program.rules[Below(program.rules.size())];
        return rule.stages.empty() ? nullptr : &rule.stages[Below(rule.stages.size())].block;
      }
    }
  }

  std::mt19937_64 random_;
};

/// A few rows in every table, with each column set by its type where that is simple.
bylaw::Status Fill(bylaw::SnapshotBuilder& builder) {
  const Program& program = builder.program();
  for (bylaw::TableId table = 0; table < program.tables.size(); ++table) {
    for (uint32_t i = 0; i < 3; ++i) {
      const bylaw::Row row = builder.AddRow(table, fmt::format("{}-{}", program.tables[table].name, i));
      for (bylaw::ColumnId column = 0; column < program.tables[table].columns.size(); ++column) {
        const bylaw::TypeEntry& type = program.types[program.tables[table].columns[column].type];
        if ((i + column) % 5 == 4) {
          builder.SetUnknown(table, row, column, "not known");
          continue;
        }
        switch (type.kind) {
          case bylaw::TypeKind::kBool: builder.Set(table, row, column, i % 2); break;
          case bylaw::TypeKind::kInt:
          case bylaw::TypeKind::kTime:
          case bylaw::TypeKind::kDuration: builder.Set(table, row, column, i + column); break;
          case bylaw::TypeKind::kString: builder.Set(table, row, column, builder.strings().Intern(fmt::format("k{}", i))); break;
          case bylaw::TypeKind::kRef: builder.SetReferenceKey(table, row, column, fmt::format("k{}", (i + column) % 4)); break;
          default: break;
        }
      }
    }
  }
  return bylaw::Ok{};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs bundles that were tampered with"};
  uint64_t seed = 1, count = 2000;
  std::vector<std::string> paths;
  bool verbose = false;
  app.add_option("--seed", seed, "of the first mutation; the next ones follow");
  app.add_option("--count", count, "how many mutations");
  app.add_option("bundles", paths, "what `bylaw compile` made")->required();
  app.add_flag("--verbose", verbose, "print each seed before it is tried");
  CLI11_PARSE(app, argc, argv);

  std::vector<Program> programs;
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    auto program = bylaw::Decode(std::move(bytes).str(), path);
    if (!program.ok()) return fmt::print("{}\n", program.error().ToString()), 1;
    programs.push_back(std::move(*program));
  }
  uint64_t num_accepted = 0, num_judged = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (verbose) fmt::print("{}\n", seed + i), std::fflush(stdout);
    Mutator mutator(seed + i);
    const Program& program = programs[i % programs.size()];
    std::string bytes = mutator.Below(2) == 0 ? mutator.Bytes(bylaw::Encode(program)) : mutator.Structure(program);
    if (bytes.size() < 32) continue;
    bylaw::RepairChecksum(bytes);
    const auto policies = bylaw::PolicySet::FromBytes(bytes, "mutated.bylawc");
    if (!policies.ok()) continue;
    ++num_accepted;
    const auto snapshot = bylaw::LoadRows(*policies, Fill);
    if (!snapshot.ok()) continue;
    const auto report = bylaw::Check(*snapshot, {.time_budget = std::chrono::milliseconds(2000)});
    if (report.ok()) ++num_judged;
  }
  fmt::print("{} mutated bundles: {} refused, {} accepted, of which {} were judged to the end\n", count, count - num_accepted, num_accepted, num_judged);
  return 0;
}
