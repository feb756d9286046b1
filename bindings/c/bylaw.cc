// The C interface over runtime/engine.h.
#include "bindings/c/bylaw.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "bindings/c/handles.h"
#include "runtime/bytecode/opcode_info.h"

namespace {

using bylaw::c::Guarded;

/// A copy of the caller's structure, as far as the caller's header knew it; the rest is zero.
template <typename Struct>
Struct Given(const Struct* given) {
  Struct copy{};
  if (given != nullptr) std::memcpy(&copy, given, std::min(given->size, sizeof copy));
  return copy;
}

/// The elements of the caller's array, which has the caller's element size. Errors: an element without its size.
template <typename Struct>
bylaw::Result<std::vector<Struct>> GivenArray(const Struct* array, size_t count, const char* name) {
  std::vector<Struct> copies;
  const char* at = reinterpret_cast<const char*>(array);
  for (size_t i = 0; i < count; ++i) {
    const auto* element = reinterpret_cast<const Struct*>(at);
    if (element->size == 0)
      return bylaw::Error{.message = fmt::format("a {} without its size", name),
                          .file = {},
                          .hint = fmt::format("set `size` to sizeof({})", name)};
    copies.push_back(Given(element));
    at += element->size;
  }
  return copies;
}

bylaw::Result<std::vector<bylaw::ResourceRow>> Rows(const bylaw_row* rows, size_t num_rows) {
  BYLAW_ASSIGN(const std::vector<bylaw_row> given, GivenArray(rows, num_rows, "bylaw_row"));
  std::vector<bylaw::ResourceRow> result;
  auto text = [](const char* t) { return t == nullptr ? std::string() : std::string(t); };
  for (const bylaw_row& row : given) {
    result.push_back({.model = text(row.model),
                      .address = text(row.address),
                      .fields = text(row.fields),
                      .unknown = text(row.unknown),
                      .id = text(row.id),
                      .account = text(row.account),
                      .region = text(row.region),
                      .tags = text(row.tags)});
  }
  return result;
}

/// Fills the caller's structure as far as its header knows it.
template <typename Struct>
int Give(Struct value, Struct* out) {
  static_assert(std::is_trivially_copyable_v<Struct>);
  const size_t size = out->size;
  value.size = size;
  std::memcpy(out, &value, std::min(size, sizeof value));
  return 1;
}

bylaw_location Place(const bylaw::Location& location) {
  return {.file = location.file.c_str(),
          .line = location.line,
          .column = location.column,
          .pointer = location.pointer.c_str()};
}

/// What severities are called, as texts that end in NUL.
const char* SeverityText(bylaw::Severity severity) { return bylaw::SeverityName(severity).data(); }

const bylaw::ReportedResult* ResultOf(const bylaw_report* report, size_t index) {
  return report == nullptr || index >= report->report.results.size() ? nullptr : &report->report.results[index];
}

}  // namespace

uint32_t bylaw_abi_version(void) { return BYLAW_ABI_VERSION; }
const char* bylaw_version(void) { return bylaw::Version().data(); }

const char* bylaw_error_text(const bylaw_error* error) { return error == nullptr ? "" : error->text.c_str(); }
const char* bylaw_error_message(const bylaw_error* error) {
  return error == nullptr ? "" : error->error.message.c_str();
}
const char* bylaw_error_file(const bylaw_error* error) { return error == nullptr ? "" : error->error.file.c_str(); }
uint32_t bylaw_error_line(const bylaw_error* error) {
  return error == nullptr ? 0 : static_cast<uint32_t>(error->error.line);
}
uint32_t bylaw_error_column(const bylaw_error* error) {
  return error == nullptr ? 0 : static_cast<uint32_t>(error->error.column);
}
const char* bylaw_error_hint(const bylaw_error* error) { return error == nullptr ? "" : error->error.hint.c_str(); }
void bylaw_error_free(bylaw_error* error) { delete error; }

bylaw_policies* bylaw_policies_from_bytes(const void* bytes, size_t num_bytes, const char* name, bylaw_error** error) {
  return Guarded<bylaw_policies>(error, [&] {
    return bylaw::PolicySet::FromBytes({static_cast<const char*>(bytes), num_bytes},
                                       name == nullptr ? "(bundle)" : name);
  });
}

bylaw_policies* bylaw_policies_from_file(const char* path, bylaw_error** error) {
  return Guarded<bylaw_policies>(error, [&] { return bylaw::PolicySet::FromFile(path == nullptr ? "" : path); });
}

size_t bylaw_policies_num_rules(const bylaw_policies* policies) {
  return policies == nullptr ? 0 : policies->set.program().rules.size();
}
void bylaw_policies_free(bylaw_policies* policies) { delete policies; }

bylaw_snapshot* bylaw_load(const bylaw_policies* policies, const bylaw_input* inputs, size_t num_inputs,
                           const bylaw_load_options* options, bylaw_error** error) {
  return Guarded<bylaw_snapshot>(error, [&]() -> bylaw::Result<bylaw::LoadedSnapshot> {
    if (policies == nullptr) return bylaw::Error{.message = "no policies were given", .file = {}};
    std::vector<bylaw::ImportInput> given;
    BYLAW_ASSIGN(const std::vector<bylaw_input> elements, GivenArray(inputs, num_inputs, "bylaw_input"));
    for (const bylaw_input& input : elements) {
      bylaw::ImportInput& added = given.emplace_back();
      added.path = input.path == nullptr ? "(bytes)" : input.path;
      if (input.bytes != nullptr) added.bytes.emplace(static_cast<const char*>(input.bytes), input.num_bytes);
      added.context_only = input.context_only != 0;
    }
    const bylaw_load_options wanted = Given(options);
    bylaw::ImportOptions load;
    load.closed_world = wanted.closed_world != 0;
    if (wanted.input_format != nullptr) load.input_format = wanted.input_format;
    if (wanted.max_depth != 0) load.max_depth = wanted.max_depth;
    if (wanted.num_threads != 0) load.jobs = wanted.num_threads;
    load.time_budget = std::chrono::milliseconds(wanted.time_budget_ms);
    load.max_input_bytes = wanted.max_input_bytes;
    if (wanted.canceller != nullptr) load.cancelled = &wanted.canceller->cancelled;
    return bylaw::Load(policies->set, given, load);
  });
}

bylaw_snapshot* bylaw_load_rows(const bylaw_policies* policies, const bylaw_row* rows, size_t num_rows,
                                bylaw_error** error) {
  return Guarded<bylaw_snapshot>(error, [&]() -> bylaw::Result<bylaw::LoadedSnapshot> {
    if (policies == nullptr) return bylaw::Error{.message = "no policies were given", .file = {}};
    BYLAW_ASSIGN(const std::vector<bylaw::ResourceRow> given, Rows(rows, num_rows));
    return bylaw::LoadRows(policies->set, given);
  });
}

bylaw_snapshot* bylaw_snapshot_with(const bylaw_snapshot* snapshot, const bylaw_row* rows, size_t num_rows,
                                    bylaw_error** error) {
  return Guarded<bylaw_snapshot>(error, [&]() -> bylaw::Result<bylaw::LoadedSnapshot> {
    if (snapshot == nullptr) return bylaw::Error{.message = "no snapshot was given", .file = {}};
    BYLAW_ASSIGN(const std::vector<bylaw::ResourceRow> given, Rows(rows, num_rows));
    return snapshot->loaded.With(given);
  });
}

int bylaw_policies_reads(const bylaw_policies* policies, const char* model) {
  return policies != nullptr && model != nullptr && policies->set.Reads(model) ? 1 : 0;
}

void bylaw_snapshot_free(bylaw_snapshot* snapshot) { delete snapshot; }

bylaw_canceller* bylaw_canceller_new(void) { return new (std::nothrow) bylaw_canceller; }
void bylaw_canceller_cancel(bylaw_canceller* canceller) {
  if (canceller != nullptr) canceller->cancelled.store(true, std::memory_order_relaxed);
}
void bylaw_canceller_free(bylaw_canceller* canceller) { delete canceller; }

bylaw_report* bylaw_check(const bylaw_snapshot* snapshot, const bylaw_check_options* options, bylaw_error** error) {
  return Guarded<bylaw_report>(error, [&]() -> bylaw::Result<bylaw::Report> {
    if (snapshot == nullptr) return bylaw::Error{.message = "no snapshot was given", .file = {}};
    const bylaw_check_options wanted = Given(options);
    bylaw::CheckOptions check;
    check.now = wanted.now;
    check.closed_world = wanted.closed_world != 0;
    check.all = wanted.all != 0;
    check.inline_waivers = wanted.inline_waivers != 0;
    check.max_results_per_rule = static_cast<size_t>(wanted.max_results_per_rule);
    if (wanted.num_threads != 0) check.num_threads = wanted.num_threads;
    check.time_budget = std::chrono::milliseconds(wanted.time_budget_ms);
    for (size_t i = 0; i < wanted.num_params; ++i) check.params[wanted.params[i].name] = wanted.params[i].value;
    if (wanted.canceller != nullptr) check.cancelled = &wanted.canceller->cancelled;
    if (wanted.max_memory != 0) check.max_memory = wanted.max_memory;
    for (size_t i = 0; i < wanted.num_only; ++i) check.only.push_back({wanted.only[i].model, wanted.only[i].address});
    return bylaw::Check(snapshot->loaded, check);
  });
}

void bylaw_report_free(bylaw_report* report) { delete report; }

const char* bylaw_verdict_name(bylaw_verdict verdict) {
  return bylaw::VerdictName(static_cast<bylaw::Verdict>(verdict)).data();
}

int bylaw_report_counts(const bylaw_report* report, bylaw_counts* out) {
  if (report == nullptr) return 0;
  const bylaw::VerdictCounts& counts = report->report.counts;
  return Give({.size = 0,
               .fail = counts.fail,
               .unknown = counts.unknown,
               .pass = counts.pass,
               .waived = counts.waived,
               .not_applicable = counts.not_applicable},
              out);
}

size_t bylaw_report_num_rules(const bylaw_report* report) {
  return report == nullptr ? 0 : report->report.rules.size();
}

int bylaw_report_rule(const bylaw_report* report, size_t index, bylaw_rule* out) {
  if (report == nullptr || index >= report->report.rules.size()) return 0;
  const bylaw::ReportedRule& rule = report->report.rules[index];
  return Give({.size = 0,
               .id = rule.id.c_str(),
               .name = rule.name.c_str(),
               .package = rule.package.c_str(),
               .title = rule.title.c_str(),
               .severity = SeverityText(rule.severity),
               .fail = rule.counts.fail,
               .unknown = rule.counts.unknown,
               .pass = rule.counts.pass,
               .waived = rule.counts.waived,
               .not_applicable = rule.counts.not_applicable,
               .matched_nothing = rule.matched_nothing ? 1 : 0},
              out);
}

size_t bylaw_report_num_results(const bylaw_report* report) {
  return report == nullptr ? 0 : report->report.results.size();
}

int bylaw_report_result(const bylaw_report* report, size_t index, bylaw_result* out) {
  const bylaw::ReportedResult* result = ResultOf(report, index);
  if (result == nullptr) return 0;
  const bylaw::ReportedResource& resource = result->resource;
  return Give({.size = 0,
               .rule = result->rule,
               .clause = result->clause,
               .verdict = static_cast<bylaw_verdict>(result->verdict),
               .severity = SeverityText(result->severity),
               .model = resource.model.c_str(),
               .type = resource.type.c_str(),
               .address = resource.address.c_str(),
               .id = resource.id.c_str(),
               .account = resource.account.c_str(),
               .region = resource.region.c_str(),
               .message = result->message.c_str(),
               .fix = result->fix.c_str(),
               .fingerprint = result->fingerprint.c_str(),
               .location = Place(result->location),
               .num_witnesses = result->witnesses.size(),
               .num_causes = result->causes.size()},
              out);
}

int bylaw_report_witness(const bylaw_report* report, size_t index, size_t number, bylaw_witness* out) {
  const bylaw::ReportedResult* result = ResultOf(report, index);
  if (result == nullptr || number >= result->witnesses.size()) return 0;
  const bylaw::ReportedWitness& witness = result->witnesses[number];
  return Give({.size = 0,
               .binding = witness.binding.c_str(),
               .text = witness.text.c_str(),
               .address = witness.resource ? witness.resource->address.c_str() : "",
               .location = Place(witness.location)},
              out);
}

int bylaw_report_cause(const bylaw_report* report, size_t index, size_t number, bylaw_cause* out) {
  const bylaw::ReportedResult* result = ResultOf(report, index);
  if (result == nullptr || number >= result->causes.size()) return 0;
  const bylaw::ReportedCause& cause = result->causes[number];
  return Give({.size = 0, .reason = cause.reason.c_str(), .location = Place(cause.location)}, out);
}

size_t bylaw_report_num_warnings(const bylaw_report* report) {
  return report == nullptr ? 0 : report->report.warnings.size();
}

const char* bylaw_report_warning(const bylaw_report* report, size_t index) {
  return report == nullptr || index >= report->report.warnings.size() ? nullptr
                                                                      : report->report.warnings[index].text.c_str();
}
