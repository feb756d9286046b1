// Judges an input with a bundle through the installed C++ interface, and prints a line a result.
//
//   check BUNDLE INPUT
#include <cstdio>

#include <bylaw/runtime/engine.h>

int main(int argc, char** argv) {
  if (argc != 3) return 3;
  const auto complain = [](const bylaw::Error& error) {
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
    std::printf("%s %u %s %s %s:%u %s\n", report->rules[result.rule].id.c_str(), result.clause,
                std::string(bylaw::VerdictName(result.verdict)).c_str(), result.resource.address.c_str(),
                result.location.file.c_str(), result.location.line, result.fingerprint.c_str());
  }
  return 0;
}
