// formatting [--seed S] [--count N] [--minutes M] [--out FOLDER]: what `bylaw fmt` makes of random policies parses, means the same, keeps every comment, and is left alone when
// it is formatted again.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "compiler/ast/printer.h"
#include "tests/differential/campaign.h"
#include "tests/differential/policy_text.h"
#include "tests/unit/syntax_testing.h"

namespace {

using bylaw::compiler::Parsed;
using bylaw::differential::Choices;
using bylaw::differential::Fault;
using bylaw::differential::Recorded;

std::string Formatted(const Parsed& policy) { return bylaw::compiler::ast::Format(*policy.file, policy.sources); }

std::string TextOf(const Recorded& recorded) {
  Choices choices(recorded);
  return bylaw::differential::GeneratePolicyText(choices);
}

Fault FindFault(const std::string& text) {
  const Parsed before(text);
  if (std::string errors = before.Errors(); !errors.empty()) return {"generator", "it does not parse: " + errors};
  const std::string once = Formatted(before);
  const Parsed after(once);
  if (std::string errors = after.Errors(); !errors.empty())
    return {"errors", fmt::format("formatted, it does not parse: {}\n{}", errors, once)};
  if (!bylaw::compiler::ast::AstEqual(*before.file, *after.file))
    return {"meaning", "formatted, it means something else:\n" + once};
  if (before.file->comments.size() != after.file->comments.size())
    return {"comments", "formatted, it has other comments:\n" + once};
  const std::string twice = Formatted(after);
  if (twice != once) return {"stable", fmt::format("formatted again, it changes:\n{}----\n{}", once, twice)};
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Formats random policies"};
  bylaw::differential::Campaign campaign(app, 2000);
  CLI11_PARSE(app, argc, argv);
  campaign.Run([](Choices& choices) { bylaw::differential::GeneratePolicyText(choices); },
               [](uint64_t) -> std::vector<bylaw::differential::Check> {
                 return {{.name = "formatting",
                          .find_fault = [](const Recorded& choices) { return FindFault(TextOf(choices)); },
                          .show = [](const Recorded& choices) -> std::vector<std::pair<std::string, std::string>> {
                            return {{"", TextOf(choices)}};
                          }}};
               });
  fmt::print("{} policies formatted, {} wrong\n", campaign.num_worlds(), campaign.num_faults());
  return campaign.num_faults() == 0 ? 0 : 1;
}
