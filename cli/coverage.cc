#include "cli/coverage.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "cli/report/escape.h"

namespace bylaw::cli {
namespace {

using compiler::Condition;
using compiler::ConditionKind;
using compiler::ObservedUnit;

/// Bytes of a condition's text that are shown.
constexpr size_t kMostText = 80;

/// The text on one line.
std::string OneLine(std::string_view text) {
  std::string line;
  for (char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  return Shortened(line, kMostText);
}

class Measure {
 public:
  Measure(const compiler::CompileResult& compiled, const Observations& observations)
      : compiled_(compiled), observations_(observations), units_(compiled.conditions.units.size()) {}

  Coverage Run() {
    const auto& conditions = compiled_.conditions.conditions;
    for (uint32_t i = 0; i < conditions.size(); ++i) {
      Judged& unit = units_[conditions[i].unit];
      unit.has_conditions = true;
      unit.reached |= observations_.seen(i) != 0;
      unit.judged |= conditions[i].kind == ConditionKind::kClause && observations_.seen(i) != 0;
    }
    for (uint32_t i = 0; i < units_.size(); ++i) AddUnit(i);
    for (uint32_t i = 0; i < conditions.size(); ++i) AddCondition(i);
    Coverage coverage;
    for (auto& [name, counts] : packages_) {
      counts.package = name;
      for (Share CoverageCounts::*share :
           {&CoverageCounts::rules, &CoverageCounts::clauses, &CoverageCounts::outcomes}) {
        (coverage.total.*share).covered += (counts.*share).covered;
        (coverage.total.*share).all += (counts.*share).all;
      }
      coverage.packages.push_back(counts);
    }
    for (auto& [path, file] : files_) {
      auto by_place = [](const auto& a, const auto& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
      };
      std::stable_sort(file.units.begin(), file.units.end(), by_place);
      std::stable_sort(file.conditions.begin(), file.conditions.end(), by_place);
      std::stable_sort(file.uncovered.begin(), file.uncovered.end(), by_place);
      coverage.files.push_back(std::move(file));
    }
    return coverage;
  }

 private:
  struct Judged {
    bool has_conditions = false;
    bool reached = false;  ///< some condition was asked
    bool judged = false;   ///< some clause was
  };

  CoveredFile& FileOf(compiler::Span span) {
    const compiler::SourceFile& source = compiled_.sources->file(span.file_id);
    CoveredFile& file = files_[source.path()];
    if (file.path.empty()) file.path = source.path(), file.text = source.text();
    return file;
  }

  static std::string NameOf(const ObservedUnit& unit) {
    constexpr std::array kWords = {"rule", "define", "mapping"};
    return fmt::format("{} {}", kWords[static_cast<size_t>(unit.kind)], unit.name);
  }

  void AddUnit(uint32_t index) {
    const ObservedUnit& unit = compiled_.conditions.units[index];
    const Judged& judged = units_[index];
    const bool is_rule = unit.kind == compiler::UnitKind::kRule;
    if (!is_rule && !judged.has_conditions) return;
    CoverageCounts& counts = packages_[unit.package];
    CoveredFile& file = FileOf(unit.span);
    const compiler::LineColumn place = compiled_.sources->Locate(unit.span);
    file.units.push_back({.name = NameOf(unit), .line = place.line, .column = place.column, .reached = judged.reached});
    if (is_rule) {
      ++counts.rules.all;
      counts.rules.covered += judged.judged;
    }
    if (!judged.reached) file.uncovered.push_back({place.line, place.column, NameOf(unit), "no test reaches it"});
  }

  void AddCondition(uint32_t index) {
    const Condition& condition = compiled_.conditions.conditions[index];
    const ObservedUnit& unit = compiled_.conditions.units[condition.unit];
    const uint8_t seen = observations_.seen(index);
    CoverageCounts& counts = packages_[unit.package];
    if (condition.kind != ConditionKind::kPart) {
      ++counts.clauses.all;
      counts.clauses.covered += seen != 0;
    }
    if (!condition.is_constant) {
      counts.outcomes.all += 2;
      counts.outcomes.covered += (seen & Observations::kTrue) != 0;
      counts.outcomes.covered += (seen & Observations::kFalse) != 0;
    }
    CoveredFile& file = FileOf(condition.span);
    const compiler::LineColumn begin = compiled_.sources->Locate(condition.span);
    const compiler::LineColumn end =
        compiled_.sources->file(condition.span.file_id).Locate(std::max(condition.span.begin, condition.span.end - 1));
    file.conditions.push_back({.line = begin.line,
                               .column = begin.column,
                               .end_line = end.line,
                               .seen = seen,
                               .is_constant = condition.is_constant});
    const std::string_view lacks = Lacks(condition, seen);
    if (lacks.empty()) return;
    file.uncovered.push_back({begin.line, begin.column, NameOf(unit),
                              fmt::format("`{}` {}", OneLine(compiled_.sources->Text(condition.span)), lacks)});
  }

  /// What no test showed of a condition; empty where there is nothing, or where it is said of what is around it.
  std::string_view Lacks(const Condition& condition, uint8_t seen) const {
    if (seen == 0) {
      const bool said =
          !units_[condition.unit].reached || (condition.around != kNone && observations_.seen(condition.around) == 0);
      return said ? "" : "is reached by no test";
    }
    if (condition.is_constant) return "";
    const bool was_true = (seen & Observations::kTrue) != 0, was_false = (seen & Observations::kFalse) != 0;
    if (was_true && was_false) return "";
    return was_true ? "was never false" : was_false ? "was never true" : "was only unknown";
  }

  const compiler::CompileResult& compiled_;
  const Observations& observations_;
  std::vector<Judged> units_;
  std::map<std::string, CoverageCounts> packages_;
  std::map<std::string, CoveredFile> files_;
};

std::string Of(const Share& share) { return fmt::format("{}/{}", share.covered, share.all); }

}  // namespace

double Share::percent() const {
  return all == 0 ? 100.0 : 100.0 * static_cast<double>(covered) / static_cast<double>(all);
}

Coverage MeasureCoverage(const compiler::CompileResult& compiled, const Observations& observations) {
  return Measure(compiled, observations).Run();
}

std::string CoverageText(const Coverage& coverage, const Palette& palette) {
  std::vector<std::array<std::string, 5>> rows = {{"coverage", "rules", "clauses", "outcomes", ""}};
  auto add = [&](std::string name, const CoverageCounts& counts) {
    rows.push_back({std::move(name), Of(counts.rules), Of(counts.clauses), Of(counts.outcomes),
                    fmt::format("{:.1f}%", counts.outcomes.percent())});
  };
  for (const CoverageCounts& counts : coverage.packages)
    add(counts.package.empty() ? "(no package)" : Visible(counts.package), counts);
  add("total", coverage.total);
  std::array<size_t, 5> widths = {};
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::string out;
  for (size_t r = 0; r < rows.size(); ++r) {
    const bool strong = r == 0 || r + 1 == rows.size();
    std::string line = Padded(rows[r][0], widths[0]);
    for (size_t i = 1; i < rows[r].size(); ++i) line += fmt::format("  {:>{}}", rows[r][i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += fmt::format("{}{}{}\n", strong ? palette.bold : "", line, strong ? palette.reset : "");
  }
  for (const CoveredFile& file : coverage.files) {
    for (const Uncovered& place : file.uncovered) {
      out += fmt::format("{}:{}:{}: {}: {}\n", Visible(file.path), place.line, place.column, Visible(place.unit),
                         Visible(place.what));
    }
  }
  return out;
}

nlohmann::ordered_json CoverageJson(const Coverage& coverage) {
  using Json = nlohmann::ordered_json;
  auto share = [](const Share& s) { return Json{{"covered", s.covered}, {"all", s.all}}; };
  auto counts = [&](const CoverageCounts& c) {
    return Json{{"rules", share(c.rules)}, {"clauses", share(c.clauses)}, {"outcomes", share(c.outcomes)}};
  };
  Json packages = Json::object(), uncovered = Json::array();
  for (const CoverageCounts& package : coverage.packages) packages[package.package] = counts(package);
  for (const CoveredFile& file : coverage.files) {
    for (const Uncovered& place : file.uncovered) {
      uncovered.push_back({{"file", file.path},
                           {"line", place.line},
                           {"column", place.column},
                           {"unit", place.unit},
                           {"what", place.what}});
    }
  }
  Json json = counts(coverage.total);
  json["percent"] = coverage.total.outcomes.percent();
  json["packages"] = std::move(packages);
  json["uncovered"] = std::move(uncovered);
  return json;
}

}  // namespace bylaw::cli
