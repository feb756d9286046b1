// The extension behind the Python package: the engine's interface, value by value. What people call is src/bylaw/__init__.py.
//
// The GIL is released while the engine works. Errors come out as bylaw.Error.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <bylaw/runtime/bytecode/opcode_info.h>
#include <bylaw/runtime/bytecode/rule_name.h>
#include <bylaw/runtime/engine.h>
#include <bylaw/runtime/import/arrow_rows.h>
#include <bylaw/runtime/signature/signature.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

/// On its way to Python.
struct Raised {
  bylaw::Error error;
};

template <typename T>
T Value(bylaw::Result<T> result) {
  if (!result.ok()) throw Raised{result.error()};
  return std::move(*result);
}

struct Canceller {
  std::atomic<bool> cancelled{false};
};

struct LoadedRows {
  bylaw::LoadedSnapshot loaded;
  uint64_t num_borrowed = 0;
};

using ReportPointer = std::shared_ptr<const bylaw::Report>;

/// One result, with the report that it is of.
struct Finding {
  ReportPointer report;
  size_t index;
  const bylaw::ReportedResult& result() const { return report->results[index]; }
  const bylaw::ReportedRule& rule() const { return report->rules[result().rule]; }
};

struct Report {
  ReportPointer report;
};

struct Findings {
  ReportPointer report;
  size_t next = 0;
};

using RowTuple =
    std::tuple<std::string, std::string, std::string, std::string, std::string, std::string, std::string, std::string>;

std::vector<bylaw::ResourceRow> Rows(const std::vector<RowTuple>& given) {
  std::vector<bylaw::ResourceRow> rows;
  for (const auto& [model, address, fields, unknown, id, account, region, tags] : given) {
    rows.push_back({.model = model,
                    .address = address,
                    .fields = fields,
                    .unknown = unknown,
                    .id = id,
                    .account = account,
                    .region = region,
                    .tags = tags});
  }
  return rows;
}

std::chrono::milliseconds Milliseconds(double seconds) {
  return seconds <= 0
             ? std::chrono::milliseconds(0)
             : std::max(std::chrono::milliseconds(1), std::chrono::milliseconds(static_cast<int64_t>(seconds * 1000)));
}

LoadedRows Load(const bylaw::PolicySet& policies,
                const std::vector<std::tuple<std::string, std::optional<nb::bytes>, bool>>& inputs, bool closed_world,
                const std::string& input_format, uint32_t max_depth, uint64_t max_bytes, double time_budget,
                uint32_t threads, const Canceller* canceller) {
  std::vector<bylaw::ImportInput> given;
  for (const auto& [name, bytes, context_only] : inputs) {
    bylaw::ImportInput& input = given.emplace_back();
    input.path = name;
    if (bytes) input.bytes.emplace(static_cast<const char*>(bytes->data()), bytes->size());
    input.context_only = context_only;
  }
  bylaw::ImportOptions options;
  options.closed_world = closed_world;
  options.input_format = input_format;
  options.max_depth = max_depth;
  options.max_input_bytes = max_bytes;
  options.time_budget = Milliseconds(time_budget);
  options.jobs = threads;
  if (canceller != nullptr) options.cancelled = &canceller->cancelled;
  nb::gil_scoped_release released;
  return {Value(bylaw::Load(policies, given, options))};
}

LoadedRows LoadRows(const bylaw::PolicySet& policies, const std::vector<RowTuple>& given,
                    const std::vector<std::tuple<std::string, nb::capsule>>& tables) {
  std::vector<std::pair<std::string, ArrowArrayStream*>> streams;
  for (const auto& [model, capsule] : tables) {
    auto* stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
    if (stream == nullptr) throw nb::python_error();
    streams.emplace_back(model, stream);
  }
  const std::vector<bylaw::ResourceRow> rows = Rows(given);
  nb::gil_scoped_release released;
  std::vector<std::string> warnings;
  uint64_t num_borrowed = 0;
  LoadedRows result{Value(bylaw::LoadRows(policies,
                                          [&](bylaw::SnapshotBuilder& builder) -> bylaw::Status {
                                            BYLAW_RETURN_IF_ERROR(bylaw::AddResourceRows(rows, builder, &warnings));
                                            for (const auto& [model, stream] : streams)
                                              BYLAW_RETURN_IF_ERROR(bylaw::AddArrowRows(model, stream, builder,
                                                                                        &warnings, &num_borrowed));
                                            builder.input(0).num_resources = builder.num_records();
                                            return bylaw::Ok{};
                                          })),
                    0};
  result.num_borrowed = num_borrowed;
  result.loaded.statistics.warnings = std::move(warnings);
  return result;
}

LoadedRows WithRows(const LoadedRows& snapshot, const std::vector<RowTuple>& given) {
  const std::vector<bylaw::ResourceRow> rows = Rows(given);
  nb::gil_scoped_release released;
  return {Value(snapshot.loaded.With(rows)), snapshot.num_borrowed};
}

Report Check(const LoadedRows& snapshot, int64_t now, bool closed_world, bool all, bool inline_waivers,
             const std::map<std::string, std::string>& params, const std::optional<std::vector<std::string>>& rules,
             const std::vector<std::tuple<std::string, std::string>>& only, uint32_t threads, double time_budget,
             uint64_t max_memory, size_t max_results, const Canceller* canceller) {
  bylaw::CheckOptions options;
  options.now = now;
  options.closed_world = closed_world;
  options.all = all;
  options.inline_waivers = inline_waivers;
  options.max_results_per_rule = max_results;
  options.params = params;
  options.num_threads = threads;
  options.time_budget = Milliseconds(time_budget);
  if (max_memory != 0) options.max_memory = max_memory;
  if (canceller != nullptr) options.cancelled = &canceller->cancelled;
  for (const auto& [model, address] : only) options.only.push_back({model, address});
  const bylaw::Program& program = snapshot.loaded.policies.program();
  auto matches = [](const bylaw::Rule& rule, const std::string& name) {
    return bylaw::IsNameOf(name, rule) || rule.name == name;
  };
  if (rules) {
    for (const std::string& name : *rules) {
      if (std::none_of(program.rules.begin(), program.rules.end(),
                       [&](const bylaw::Rule& rule) { return matches(rule, name); })) {
        throw Raised{{.message = "there is no rule `" + name + "`", .file = {}}};
      }
    }
    options.selects = [&](const bylaw::Rule& rule) {
      return std::any_of(rules->begin(), rules->end(), [&](const std::string& name) { return matches(rule, name); });
    };
  }
  nb::gil_scoped_release released;
  return {std::make_shared<const bylaw::Report>(Value(bylaw::Check(snapshot.loaded, options)))};
}

size_t Index(const Report& report, int64_t index) {
  const auto size = static_cast<int64_t>(report.report->results.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) throw nb::index_error("no such finding");
  return static_cast<size_t>(index);
}

}  // namespace

NB_MODULE(_native, module) {
  nb::register_exception_translator(
      [](const std::exception_ptr& pointer, void*) {
        try {
          std::rethrow_exception(pointer);
        } catch (const Raised& raised) {
          const bylaw::Error& e = raised.error;
          const nb::object type = nb::module_::import_("bylaw._errors").attr("Error");
          const nb::object error = type(e.ToString(), e.message, e.file, e.line, e.column, e.hint);
          PyErr_SetObject(type.ptr(), error.ptr());
        }
      },
      nullptr);

  nb::class_<Canceller>(module, "Canceller", "Stops calls that it was given to, from any thread.")
      .def(nb::init<>())
      .def("cancel", [](Canceller& c) { c.cancelled = true; });

  nb::class_<bylaw::PolicySet>(module, "PolicySet")
      .def_static(
          "from_bytes",
          [](const nb::bytes& bytes, const std::string& name) {
            const std::string copy(static_cast<const char*>(bytes.data()), bytes.size());
            nb::gil_scoped_release released;
            return Value(bylaw::PolicySet::FromBytes(copy, name));
          },
          "bytes"_a, "name"_a)
      .def_static(
          "from_file",
          [](const std::string& path) {
            nb::gil_scoped_release released;
            return Value(bylaw::PolicySet::FromFile(path));
          },
          "path"_a)
      .def_static(
          "from_signed_bytes",
          [](const nb::bytes& bytes, const std::string& name, const std::string& public_key) {
            const std::string copy(static_cast<const char*>(bytes.data()), bytes.size());
            nb::gil_scoped_release released;
            return Value(bylaw::PoliciesFromSignedBytes(copy, name,
                                                        Value(bylaw::PublicKey::FromText(public_key, "(public key)"))));
          },
          "bytes"_a, "name"_a, "public_key"_a)
      .def_prop_ro("rules",
                   [](const bylaw::PolicySet& set) {
                     std::vector<std::string> ids;
                     for (const bylaw::Rule& rule : set.program().rules) ids.push_back(rule.id);
                     return ids;
                   })
      .def(
          "reads", [](const bylaw::PolicySet& set, const std::string& model) { return set.Reads(model); }, "model"_a)
      .def(
          "fields",
          [](const bylaw::PolicySet& set, const std::string& model) {
            std::vector<std::string> names;
            for (const bylaw::Table& table : set.program().tables) {
              for (const bylaw::TableColumn& column : table.columns) {
                if (table.name == model) names.push_back(column.name);
              }
            }
            return names;
          },
          "model"_a);

  nb::class_<LoadedRows>(module, "Snapshot")
      .def_prop_ro("warnings", [](const LoadedRows& s) { return s.loaded.statistics.warnings; })
      .def_prop_ro("num_borrowed_columns", [](const LoadedRows& s) { return s.num_borrowed; });

  nb::class_<bylaw::Location>(module, "Location", "A place in an input.")
      .def_ro("file", &bylaw::Location::file, "empty: there is none")
      .def_ro("line", &bylaw::Location::line, "from 1; 0: not known")
      .def_ro("column", &bylaw::Location::column, "from 1; 0: not known")
      .def_ro("pointer", &bylaw::Location::pointer, "RFC 6901")
      .def("__repr__", [](const bylaw::Location& l) {
        return l.file + ":" + std::to_string(l.line) + ":" + std::to_string(l.column);
      });
  nb::class_<bylaw::ReportedWitness>(module, "Witness", "A value that made a clause true or false.")
      .def_ro("binding", &bylaw::ReportedWitness::binding, "the policy's name for it")
      .def_ro("text", &bylaw::ReportedWitness::text)
      .def_prop_ro(
          "address", [](const bylaw::ReportedWitness& w) { return w.resource ? w.resource->address : std::string(); },
          "of a resource; else empty")
      .def_ro("location", &bylaw::ReportedWitness::location);
  nb::class_<bylaw::ReportedCause>(module, "Cause", "Why a verdict is unknown.")
      .def_ro("reason", &bylaw::ReportedCause::reason)
      .def_ro("settled_by", &bylaw::ReportedCause::settled_by, "what would make it known")
      .def_ro("location", &bylaw::ReportedCause::location);
  nb::class_<bylaw::ReportedWaiver>(module, "Waiver")
      .def_ro("because", &bylaw::ReportedWaiver::because)
      .def_ro("by", &bylaw::ReportedWaiver::by)
      .def_ro("until", &bylaw::ReportedWaiver::until, "microseconds since 1970; None: never")
      .def_ro("expired", &bylaw::ReportedWaiver::expired)
      .def_ro("is_inline", &bylaw::ReportedWaiver::is_inline,
              "it stands in an input, at the resource; else in a policy")
      .def_ro("location", &bylaw::ReportedWaiver::location);
  nb::class_<bylaw::VerdictCounts>(module, "Counts")
      .def_ro("fail", &bylaw::VerdictCounts::fail)
      .def_ro("unknown", &bylaw::VerdictCounts::unknown)
      .def_prop_ro("passed", [](const bylaw::VerdictCounts& c) { return c.pass; })
      .def_ro("waived", &bylaw::VerdictCounts::waived)
      .def_ro("not_applicable", &bylaw::VerdictCounts::not_applicable)
      .def("__repr__", [](const bylaw::VerdictCounts& c) {
        return "Counts(fail=" + std::to_string(c.fail) + ", unknown=" + std::to_string(c.unknown) +
               ", passed=" + std::to_string(c.pass) + ", waived=" + std::to_string(c.waived) + ")";
      });
  nb::class_<bylaw::ReportedRule>(module, "Rule", "A rule of a report, with what it came to.")
      .def_ro("id", &bylaw::ReportedRule::id)
      .def_ro("name", &bylaw::ReportedRule::name)
      .def_ro("package", &bylaw::ReportedRule::package)
      .def_ro("title", &bylaw::ReportedRule::title)
      .def_ro("doc", &bylaw::ReportedRule::doc)
      .def_prop_ro("severity", [](const bylaw::ReportedRule& r) { return bylaw::SeverityName(r.severity); })
      .def_ro("controls", &bylaw::ReportedRule::controls)
      .def_ro("counts", &bylaw::ReportedRule::counts)
      .def_ro("matched_nothing", &bylaw::ReportedRule::matched_nothing);

  nb::class_<Finding>(module, "Finding", "The verdict of one clause of a rule about one resource.")
      .def_prop_ro(
          "rule", [](const Finding& f) { return f.rule().id; }, "the rule's id")
      .def_prop_ro("rule_info", [](const Finding& f) { return f.rule(); })
      .def_prop_ro(
          "clause", [](const Finding& f) { return f.result().clause; }, "from 1")
      .def_prop_ro(
          "verdict", [](const Finding& f) { return bylaw::VerdictName(f.result().verdict); },
          "\"fail\", \"unknown\", \"waived\", \"pass\", \"not_applicable\"")
      .def_prop_ro("severity", [](const Finding& f) { return bylaw::SeverityName(f.result().severity); })
      .def_prop_ro("model", [](const Finding& f) { return f.result().resource.model; })
      .def_prop_ro("type", [](const Finding& f) { return f.result().resource.type; })
      .def_prop_ro("address", [](const Finding& f) { return f.result().resource.address; })
      .def_prop_ro("id", [](const Finding& f) { return f.result().resource.id; })
      .def_prop_ro("account", [](const Finding& f) { return f.result().resource.account; })
      .def_prop_ro("region", [](const Finding& f) { return f.result().resource.region; })
      .def_prop_ro("message", [](const Finding& f) { return f.result().message; })
      .def_prop_ro("fix", [](const Finding& f) { return f.result().fix; })
      .def_prop_ro("location", [](const Finding& f) { return f.result().location; })
      .def_prop_ro("controls", [](const Finding& f) { return f.report->Controls(f.result()); })
      .def_prop_ro("witnesses", [](const Finding& f) { return f.result().witnesses; })
      .def_prop_ro("causes", [](const Finding& f) { return f.result().causes; })
      .def_prop_ro("waiver", [](const Finding& f) { return f.result().waiver; })
      .def_prop_ro("fingerprint", [](const Finding& f) { return f.result().fingerprint; })
      .def("__repr__", [](const Finding& f) {
        return "<" + std::string(bylaw::VerdictName(f.result().verdict)) + " " + f.rule().id + " " +
               f.result().resource.address + ": " + f.result().message + ">";
      });

  nb::class_<Findings>(module, "FindingIterator")
      .def(
          "__iter__", [](nb::handle self) { return nb::borrow(self); },
          nb::sig("def __iter__(self) -> FindingIterator"))
      .def("__next__", [](Findings& f) {
        if (f.next >= f.report->results.size()) throw nb::stop_iteration();
        return Finding{f.report, f.next++};
      });
  nb::class_<Report>(module, "Report",
                     "What a check came to: a sequence of its findings, in the order of rule, resource, clause.")
      .def("__len__", [](const Report& r) { return r.report->results.size(); })
      .def(
          "__getitem__",
          [](const Report& r, int64_t index) {
            return Finding{r.report, Index(r, index)};
          },
          "index"_a)
      .def("__iter__",
           [](const Report& r) {
             return Findings{r.report, 0};
           })
      .def_prop_ro("counts", [](const Report& r) { return r.report->counts; })
      .def_prop_ro("rules", [](const Report& r) { return r.report->rules; })
      .def_prop_ro("num_resources", [](const Report& r) { return r.report->num_resources; })
      .def_prop_ro(
          "ok", [](const Report& r) { return r.report->counts.fail == 0 && r.report->counts.unknown == 0; },
          "nothing fails, and nothing is undecided")
      .def_prop_ro(
          "worst",
          [](const Report& r) {
            return r.report->worst ? std::optional(bylaw::SeverityName(*r.report->worst)) : std::nullopt;
          },
          "the severity of the worst failure; None: nothing fails")
      .def_prop_ro("warnings", [](const Report& r) {
        std::vector<std::string> texts;
        for (const bylaw::ReportedWarning& warning : r.report->warnings) texts.push_back(warning.text);
        return texts;
      });

  module.def("load", &Load, "policies"_a, "inputs"_a, "closed_world"_a, "input_format"_a, "max_depth"_a, "max_bytes"_a,
             "time_budget"_a, "threads"_a, "canceller"_a.none());
  module.def("load_rows", &LoadRows, "policies"_a, "rows"_a, "tables"_a);
  module.def("with_rows", &WithRows, "snapshot"_a, "rows"_a);
  module.def("check", &Check, "snapshot"_a, "now"_a, "closed_world"_a, "all"_a, "inline_waivers"_a, "params"_a,
             "rules"_a.none(), "only"_a, "threads"_a, "time_budget"_a, "max_memory"_a, "max_results"_a,
             "canceller"_a.none());
  module.def("version", [] { return bylaw::Version(); });
}
