// `bylaw diff OLD.json NEW.json`: what two JSON reports have not in common: appeared, fixed, changed. Findings are the
// same when their fingerprints are.
#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/command.h"
#include "cli/report/escape.h"
#include "cli/report/terminal.h"
#include "runtime/engine.h"

namespace bylaw::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string old_path, new_path;
  std::string format = "text";
};

/// One result of a JSON report.
struct Entry {
  std::string fingerprint, rule, verdict, severity, resource, message, place;
};

struct Change {
  const Entry* before = nullptr;
  const Entry* after = nullptr;
};

struct Difference {
  std::vector<Change> appeared, fixed, changed;
};

std::string TextOf(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto member = object.find(key);
  return member != object.end() && member->is_string() ? member->get<std::string>() : "";
}

std::string PlaceOf(const Json& location) {
  const std::string file = TextOf(location, "file");
  if (file.empty() || !location.contains("line") || !location["line"].is_number_unsigned()) return file;
  return fmt::format("{}:{}", file, location["line"].get<uint64_t>());
}

/// Fails, undecided and waived results; what passes or does not apply is no finding.
Result<std::vector<Entry>> ReadReport(const std::string& path) {
  BYLAW_ASSIGN(const std::string text, ReadWhole(path));
  const Json json = Json::parse(text, nullptr, false);
  const std::string hint = "write one with `bylaw check … --format json=FILE`";
  if (!json.is_object() || !json.contains("bylaw") || !json["bylaw"].is_object() || !json["bylaw"].contains("report") ||
      !json.contains("results") || !json["results"].is_array()) {
    return Error{.message = "is no JSON report of bylaw", .file = path, .hint = hint};
  }
  if (json["bylaw"]["report"] != 1) {
    return Error{.message = fmt::format("is a report of version {}; this program reads version 1",
                                        json["bylaw"]["report"].dump()),
                 .file = path,
                 .hint = hint};
  }
  std::vector<Entry> entries;
  for (const Json& result : json["results"]) {
    Entry entry{
        .fingerprint = TextOf(result, "fingerprint"),
        .rule = TextOf(result, "rule"),
        .verdict = TextOf(result, "verdict"),
        .severity = TextOf(result, "severity"),
        .resource = result.is_object() && result.contains("resource") ? TextOf(result["resource"], "address") : "",
        .message = TextOf(result, "message"),
        .place = result.is_object() && result.contains("location") ? PlaceOf(result["location"]) : ""};
    if (entry.fingerprint.empty())
      return Error{.message = "has a result without a fingerprint", .file = path, .hint = hint};
    if (entry.verdict == "fail" || entry.verdict == "unknown" || entry.verdict == "waived")
      entries.push_back(std::move(entry));
  }
  return entries;
}

Difference Compare(const std::vector<Entry>& before, const std::vector<Entry>& after) {
  std::map<std::string, const Entry*> old_ones, new_ones;
  for (const Entry& entry : before) old_ones.emplace(entry.fingerprint, &entry);
  for (const Entry& entry : after) new_ones.emplace(entry.fingerprint, &entry);
  Difference difference;
  for (const Entry& entry : after) {
    const auto old = old_ones.find(entry.fingerprint);
    if (old == old_ones.end()) {
      difference.appeared.push_back({nullptr, &entry});
    } else if (old->second->verdict != entry.verdict || old->second->severity != entry.severity ||
               old->second->message != entry.message) {
      difference.changed.push_back({old->second, &entry});
    }
  }
  for (const Entry& entry : before) {
    if (!new_ones.contains(entry.fingerprint)) difference.fixed.push_back({&entry, nullptr});
  }
  return difference;
}

std::string_view Word(const std::string& verdict) {
  return verdict == "unknown" ? std::string_view("undecided") : std::string_view(verdict);
}

std::string Text(const Difference& difference, const Palette& palette) {
  std::string out;
  auto section = [&](const char* title, std::string_view color, char sign, const std::vector<Change>& changes) {
    if (changes.empty()) return;
    out += fmt::format("{}{} ({}){}\n", palette.bold, title, changes.size(), palette.reset);
    for (const Change& change : changes) {
      const Entry& entry = change.after != nullptr ? *change.after : *change.before;
      std::string verdict(Word(entry.verdict));
      if (change.before != nullptr && change.after != nullptr && change.before->verdict != entry.verdict)
        verdict = fmt::format("{} → {}", Word(change.before->verdict), verdict);
      out += fmt::format("{}{}{} {}  {}  {}  {}\n", color, sign, palette.reset, Visible(entry.rule), Visible(verdict),
                         Visible(entry.severity), Visible(entry.resource));
      if (!entry.place.empty()) out += fmt::format("    {}at {}{}\n", palette.dim, Visible(entry.place), palette.reset);
      if (change.after != nullptr && !entry.message.empty())
        out += "    " + Wrap(Visible(entry.message), TerminalWidth(), 4) + "\n";
    }
    out += '\n';
  };
  section("appeared", palette.red, '+', difference.appeared);
  section("changed", palette.yellow, '~', difference.changed);
  section("fixed", palette.green, '-', difference.fixed);
  return out + fmt::format("{} appeared, {} changed, {} fixed\n", difference.appeared.size(), difference.changed.size(),
                           difference.fixed.size());
}

Json EntryJson(const Entry* entry) {
  if (entry == nullptr) return nullptr;
  return {{"rule", entry->rule},
          {"verdict", entry->verdict},
          {"severity", entry->severity},
          {"resource", entry->resource},
          {"message", entry->message},
          {"at", entry->place},
          {"fingerprint", entry->fingerprint}};
}

std::string JsonText(const Difference& difference) {
  auto list = [](const std::vector<Change>& changes) {
    Json json = Json::array();
    for (const Change& change : changes)
      json.push_back({{"old", EntryJson(change.before)}, {"new", EntryJson(change.after)}});
    return json;
  };
  return DumpJson({{"bylaw", {{"version", Version()}, {"diff", 1}}},
                   {"summary",
                    {{"appeared", difference.appeared.size()},
                     {"changed", difference.changed.size()},
                     {"fixed", difference.fixed.size()}}},
                   {"appeared", list(difference.appeared)},
                   {"changed", list(difference.changed)},
                   {"fixed", list(difference.fixed)}}) +
         "\n";
}

int Run(const Options& options, const Invocation& invocation) {
  const auto before = ReadReport(options.old_path);
  if (!before.ok()) return Complain(before.error());
  const auto after = ReadReport(options.new_path);
  if (!after.ok()) return Complain(after.error());
  const Difference difference = Compare(*before, *after);
  const std::string out =
      options.format == "json" ? JsonText(difference) : Text(difference, Palette(invocation.ColorOn(STDOUT_FILENO)));
  if (auto written = WriteOutput("", out); !written.ok()) return Complain(written.error());
  auto fails = [](const Change& change) {
    return change.after->verdict == "fail" && (change.before == nullptr || change.before->verdict != "fail");
  };
  const bool worse = std::any_of(difference.appeared.begin(), difference.appeared.end(), fails) ||
                     std::any_of(difference.changed.begin(), difference.changed.end(), fails);
  return worse ? kFails : kFine;
}

}  // namespace

void AddDiff(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "diff",
      "compare two JSON reports: what appeared, changed, was fixed; status 1 when something fails that did not");
  command->add_option("OLD", options->old_path, "a JSON report")->required();
  command->add_option("NEW", options->new_path, "a later one")->required();
  command->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return Run(*options, invocation); }; });
}

}  // namespace bylaw::cli
