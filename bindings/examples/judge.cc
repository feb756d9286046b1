// Judges an export with a bundle, and prints a line a finding.
//
//   judge BUNDLE INPUT
#include <cstdio>
#include <string>

#include <bylaw/runtime/engine.h>

int main(int argc, char** argv) {
  if (argc != 3) return 3;
  auto complain = [](const bylaw::Error& error) {
    std::fprintf(stderr, "%s\n", error.ToString().c_str());
    return 3;
  };
  const auto policies = bylaw::PolicySet::FromFile(argv[1]);
  if (!policies.ok()) return complain(policies.error());
  const auto snapshot = bylaw::Load(*policies, {{.path = argv[2]}});
  if (!snapshot.ok()) return complain(snapshot.error());
  const auto report = bylaw::Check(*snapshot);
  if (!report.ok()) return complain(report.error());
  for (const bylaw::ReportedResult& result : report->results) {
    const std::string verdict(bylaw::VerdictName(result.verdict));
    std::printf("%s %s %s: %s\n", verdict.c_str(), report->rules[result.rule].id.c_str(),
                result.resource.address.c_str(), result.message.c_str());
  }
  return report->counts.fail > 0 ? 1 : report->counts.unknown > 0 ? 2 : 0;
}
