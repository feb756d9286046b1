#include "tests/reference/every_way.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "compiler/diagnostics/renderer.h"
#include "runtime/bytecode/codec.h"
#include "runtime/verdict/evaluate.h"

namespace bylaw::reference {
namespace {

/// What a way of judging came to.
struct Judgement {
  std::string error;
  std::optional<Report> report;
  std::optional<QueryValue> value;
  std::string text;
};

Judgement Judge(const LoadedSnapshot& loaded, const CheckOptions& options, uint32_t query_function) {
  Judgement judgement;
  const Result<Report> report = Check(loaded, options);
  if (!report.ok()) {
    judgement.error = report.error().ToString();
    judgement.text = judgement.error;
    return judgement;
  }
  judgement.report = *report;
  judgement.text = Describe(*report);
  if (query_function == kNone) return judgement;
  const Result<QueryValue> value = Evaluate(loaded, query_function, {}, options);
  if (!value.ok()) {
    judgement.error = value.error().ToString();
    judgement.text += judgement.error;
    return judgement;
  }
  judgement.value = *value;
  judgement.text += Describe(*value);
  return judgement;
}

/// Verdicts and counts of the VM in the reference's terms.
ReferenceReport InReferenceTerms(const Program& program, const Verdicts& verdicts) {
  ReferenceReport report;
  for (const RuleResult& result : verdicts.rules) {
    report.counts[program.rules[result.rule].id] = {result.tuples.fail + result.tuples.waived, result.tuples.unknown,
                                                    result.tuples.pass, result.tuples.not_applicable};
  }
  for (const Finding& finding : verdicts.findings) {
    if (finding.verdict == Verdict::kNotApplicable) continue;
    ReferenceVerdict verdict{.rule = program.rules[finding.rule].id,
                             .tuple = {},
                             .clause = finding.clause,
                             .verdict = finding.verdict == Verdict::kWaived ? Verdict::kFail : finding.verdict};
    for (const TupleValue& value : finding.tuple) verdict.tuple.push_back(value.text);
    report.verdicts.push_back(std::move(verdict));
  }
  return report;
}

std::string TextOf(ReferenceReport report) {
  std::sort(report.verdicts.begin(), report.verdicts.end());
  std::string text;
  for (const auto& [rule, counts] : report.counts) {
    text += fmt::format("{}: fail {} unknown {} pass {} not_applicable {}\n", rule, counts.fail, counts.unknown,
                        counts.pass, counts.not_applicable);
  }
  for (const ReferenceVerdict& verdict : report.verdicts)
    text += fmt::format("{} {} [{}] {}\n", verdict.rule, verdict.clause + 1, fmt::join(verdict.tuple, ", "),
                        VerdictName(verdict.verdict));
  return text;
}

/// What must hold of each finding by itself; empty when it does.
std::string Fault(const Program& program, const Snapshot& snapshot, const Verdicts& verdicts) {
  for (const Finding& finding : verdicts.findings) {
    const std::string& rule = program.rules[finding.rule].id;
    if (finding.verdict == Verdict::kUnknown && finding.causes.empty()) {
      return fmt::format("rule {}, clause {}: unknown without a cause", rule, finding.clause + 1);
    }
    for (const Witness& witness : finding.witnesses) {
      const ResourceRef& resource = witness.resource;
      if (resource.table == kNone || resource.is_external) continue;
      if (resource.table >= program.tables.size() || resource.row >= snapshot.num_rows(resource.table)) {
        return fmt::format("rule {}: witness {} is no row", rule, witness.name);
      }
    }
  }
  return {};
}

/// What optimisation must not change: verdicts and counts. It does change which witness or cause is found first, for an operand that decides nothing is not looked at.
std::string Outline(const std::string& text) {
  std::string outline;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ")) outline += line + "\n";
  }
  return outline;
}

std::string CompareWithReference(const compiler::CompileResult& compiled, const LoadedSnapshot& loaded,
                                 const World& world, bool with_reference) {
  const Program& program = loaded.policies.program();
  Evaluation evaluation(program, *loaded.snapshot, {.now = world.check.now, .closed_world = world.check.closed_world});
  const Result<Verdicts> verdicts = EvaluateRules(evaluation, {.all = true});
  if (!verdicts.ok()) return "the VM gave up: " + verdicts.error().ToString();
  if (std::string fault = Fault(program, *loaded.snapshot, *verdicts); !fault.empty()) return fault;
  if (!with_reference) return {};

  Evaluator evaluator(*compiled.typed, program, *loaded.snapshot,
                      {.now = world.check.now, .closed_world = world.check.closed_world});
  ReferenceReport expected = evaluator.EvaluateRules([&](const TypedRule& rule) {
    for (size_t i = 0; i < compiled.typed->rules.size(); ++i) {
      if (&compiled.typed->rules[i] == &rule) return compiled.rule_of_typed[i] != kNone;
    }
    return false;
  });
  const std::string reference = TextOf(std::move(expected)), vm = TextOf(InReferenceTerms(program, *verdicts));
  return reference == vm ? std::string() : "reference and VM differ: " + FirstDifference(reference, vm);
}

}  // namespace

Result<Compiled> CompileOnce(const World& world) {
  compiler::CompileResult result = compiler::Compile(world.policies, world.options);
  if (!result.program)
    return Error{.message = compiler::RenderText(*result.sources, result.diagnostics, {.width = 80}), .file = {}};
  const Result<PolicySet> policies = PolicySet::FromProgram(*result.program);
  if (!policies.ok()) return policies.error();
  return Compiled{.result = std::move(result), .policies = *policies};
}

Result<ReferenceReport> JudgeOnce(const Compiled& compiled, const World& world) {
  const PolicySet& policies = compiled.policies;
  const Result<LoadedSnapshot> loaded = world.load(compiled.result, policies);
  if (!loaded.ok()) return loaded.error();
  Evaluation evaluation(policies.program(), *loaded->snapshot,
                        {.now = world.check.now, .closed_world = world.check.closed_world});
  const Result<Verdicts> verdicts = EvaluateRules(evaluation, {.all = true});
  if (!verdicts.ok()) return verdicts.error();
  ReferenceReport report = InReferenceTerms(policies.program(), *verdicts);
  std::sort(report.verdicts.begin(), report.verdicts.end());
  return report;
}

namespace {

/// Without the lines of witnesses: conditions that are written twice are one where nothing is observed, and a comparison with itself then rests on nothing.
std::string WithoutWitnesses(const std::string& text) {
  std::string kept;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (!line.starts_with("  witness ")) kept += line;
    begin = end;
  }
  return kept;
}

/// Compiled to be observed (`bylaw test --coverage`) verdicts, causes and texts are as they are without: what differs, or nothing.
std::string CompareObserved(const World& world, const std::string& unobserved) {
  compiler::CompileOptions options = world.options;
  options.observe = true;
  const compiler::CompileResult compiled = compiler::Compile(world.policies, options);
  if (!compiled.program) return "it compiles, but not to be observed";
  const Result<PolicySet> policies = PolicySet::FromProgram(*compiled.program);
  if (!policies.ok()) return "observed: " + policies.error().ToString();
  const Result<LoadedSnapshot> loaded = world.load(compiled, *policies);
  std::string text;
  if (loaded.ok()) {
    Observations observations(compiled.conditions.conditions.size());
    CheckOptions check = world.check;
    check.observations = &observations;
    text = Judge(*loaded, check, compiled.query_function).text;
  } else {
    text = loaded.error().ToString();
  }
  const std::string with = WithoutWitnesses(text), without = WithoutWitnesses(unobserved);
  return with == without ? std::string() : "unobserved and observed differ: " + FirstDifference(without, with);
}

}  // namespace

Outcome JudgeEveryWay(const World& world, bool with_reference) {
  Outcome outcome;
  std::optional<std::string> first_outline;
  for (const bool optimize : {false, true}) {
    std::optional<std::string> first;
    std::string first_way;
    auto compare = [&](const std::string& text, const std::string& way) {
      if (!first) {
        first = text;
        first_way = way;
        const std::string outline = Outline(text);
        if (!first_outline) first_outline = outline;
        if (outline != *first_outline)
          outcome.difference =
              fmt::format("unoptimised and {} differ: {}", way, FirstDifference(*first_outline, outline));
      } else if (text != *first) {
        outcome.difference = fmt::format("{} and {} differ: {}", first_way, way, FirstDifference(*first, text));
      }
      return outcome.difference.empty();
    };
    compiler::CompileOptions options = world.options;
    options.optimize = optimize;
    const compiler::CompileResult compiled = compiler::Compile(world.policies, options);
    if (!optimize) {
      outcome.diagnostics = compiler::RenderText(*compiled.sources, compiled.diagnostics, {.width = 80});
      outcome.compiled = compiled.program.has_value();
    }
    if (!compiled.program) {
      if (optimize && outcome.compiled) outcome.difference = "it compiles unoptimised, but not optimised";
      return outcome;
    }
    for (const bool decoded : {false, true}) {
      const std::string program_way =
          fmt::format("{}{}", optimize ? "optimised" : "unoptimised", decoded ? ", decoded" : "");
      const Result<PolicySet> policies = decoded ? PolicySet::FromBytes(Encode(*compiled.program), "bundle")
                                                 : PolicySet::FromProgram(*compiled.program);
      if (!policies.ok()) {
        outcome.difference = fmt::format("{}: {}", program_way, policies.error().ToString());
        return outcome;
      }
      const Result<LoadedSnapshot> loaded = world.load(compiled, *policies);
      if (!loaded.ok()) {
        outcome.error = loaded.error().ToString();
        if (!compare(outcome.error, program_way)) return outcome;
        continue;  // what is observed cannot load either
      }
      for (const uint32_t threads : {1u, 2u}) {
        for (const uint32_t batch : {2048u, 3u, 1u}) {
          CheckOptions check = world.check;
          check.num_threads = threads;
          check.batch_size = batch;
          for (const bool all : {false, true}) {
            // Passes and not-applicables are told by the reference comparison; asking for them must not change the rest.
            if (all && (threads != 1 || batch != 2048)) continue;
            check.all = all;
            Judgement judgement = Judge(*loaded, check, compiled.query_function);
            if (all) {
              if (!judgement.report || !outcome.report) continue;
              std::erase_if(judgement.report->results, [](const ReportedResult& r) {
                return r.verdict == Verdict::kPass || r.verdict == Verdict::kNotApplicable;
              });
              judgement.text =
                  Describe(*judgement.report) + (judgement.value ? Describe(*judgement.value) : std::string());
            }
            if (!compare(judgement.text, fmt::format("{}, {} threads, batches of {}{}", program_way, threads, batch,
                                                     all ? ", all" : "")))
              return outcome;
            if (outcome.report || !outcome.error.empty()) continue;
            outcome.error = judgement.error;
            outcome.report = std::move(judgement.report);
            outcome.value = std::move(judgement.value);
          }
        }
      }
      if (!optimize && !decoded && outcome.difference.empty()) {
        outcome.difference = CompareObserved(world, *first);
        if (!outcome.difference.empty()) return outcome;
      }
      if (!decoded && outcome.error.empty()) {
        outcome.difference = CompareWithReference(compiled, *loaded, world, with_reference && !optimize);
        if (!outcome.difference.empty()) return outcome;
      }
    }
  }
  return outcome;
}

}  // namespace bylaw::reference
