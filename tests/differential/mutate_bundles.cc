// mutate_bundles [--seed S] [--count N] [--minutes M] [--input FILE]… BUNDLE…: bundles that were tampered with, their checksum made right again so that
// the verifier is what stands, are refused or run harmlessly, over rows made to their columns and over the inputs. Run it under ASan and UBSan for what it is meant to show.
#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/disassembler.h"
#include "runtime/engine.h"
#include "tests/differential/bundle_mutator.h"
#include "tests/differential/seeds.h"

namespace {

using bylaw::Program;
using bylaw::differential::BundleMutator;

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
          case bylaw::TypeKind::kString:
            builder.Set(table, row, column, builder.strings().Intern(fmt::format("k{}", i)));
            break;
          case bylaw::TypeKind::kRef: {
            // A row, something outside, or one of two rows.
            const std::string key = fmt::format("k{}", (i + column) % 4);
            if ((i + column) % 7 == 0) {
              builder.AddAlias(builder.partial().table(table).records[row], builder.strings().Intern("k1"));
            }
            builder.SetReferenceKey(table, row, column, key);
            break;
          }
          default: break;
        }
      }
    }
  }
  return bylaw::Ok{};
}

/// Checks, and explains one result. Whether that came to its end.
bool Judge(const bylaw::PolicySet& policies, const bylaw::Result<bylaw::LoadedSnapshot>& snapshot, uint64_t seed) {
  if (!snapshot.ok()) return false;
  const bylaw::CheckOptions options{
      .closed_world = seed % 3 == 0, .all = seed % 2 == 0, .time_budget = std::chrono::seconds(2)};
  const auto report = bylaw::Check(*snapshot, options);
  if (!report.ok()) return false;
  if (report->results.empty()) return true;
  const uint32_t rule = static_cast<uint32_t>(seed % policies.program().rules.size());
  (void)bylaw::Explain(*snapshot, rule, report->results[seed % report->results.size()].resource.address, options);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs bundles that were tampered with"};
  bylaw::differential::Seeds seeds(app, 2000);
  std::vector<std::string> paths, input_paths;
  bool verbose = false;
  app.add_option("bundles", paths, "what `bylaw compile` made")->required();
  app.add_option("--input", input_paths, "an export that each bundle judges, too");
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
  std::vector<bylaw::ImportInput> inputs;
  for (const std::string& path : input_paths) inputs.push_back({.path = path});
  uint64_t num_accepted = 0, num_judged = 0;
  while (const std::optional<uint64_t> seed = seeds.Next()) {
    if (verbose) fmt::print("{}\n", *seed), std::fflush(stdout);
    const std::string bytes = BundleMutator(*seed).Mutate(programs[*seed % programs.size()]);
    const auto policies = bylaw::PolicySet::FromBytes(bytes, "mutated.bylawc");
    if (!policies.ok()) continue;
    ++num_accepted;
    bylaw::Disassemble(policies->program());
    if (Judge(*policies, bylaw::LoadRows(*policies, Fill), *seed)) ++num_judged;
    if (!inputs.empty())
      Judge(*policies, bylaw::Load(*policies, inputs, {.time_budget = std::chrono::seconds(2)}), *seed);
  }
  const uint64_t count = seeds.num_given();
  fmt::print("{} mutated bundles: {} refused, {} accepted, of which {} were judged to the end\n", count,
             count - num_accepted, num_accepted, num_judged);
  return 0;
}
