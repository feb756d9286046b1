#include "cli/report/framework_view.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace bylaw::cli {
namespace {

/// "5.2" before "5.10", "AC-2" before "AC-10".
struct ByNumber {
  bool operator()(const std::string& a, const std::string& b) const {
    size_t i = 0, j = 0;
    auto digit = [](char c) { return c >= '0' && c <= '9'; };
    while (i < a.size() && j < b.size()) {
      if (digit(a[i]) && digit(b[j])) {
        size_t end_a = i, end_b = j;
        while (i < a.size() && a[i] == '0') ++i;
        while (j < b.size() && b[j] == '0') ++j;
        for (end_a = i; end_a < a.size() && digit(a[end_a]);) ++end_a;
        for (end_b = j; end_b < b.size() && digit(b[end_b]);) ++end_b;
        if (end_a - i != end_b - j) return end_a - i < end_b - j;
        if (const int order = a.compare(i, end_a - i, b, j, end_b - j); order != 0) return order < 0;
        i = end_a, j = end_b;
      } else {
        if (a[i] != b[j]) return a[i] < b[j];
        ++i, ++j;
      }
    }
    if (i < a.size() || j < b.size()) return i >= a.size();
    return a < b;
  }
};

ControlStatus StatusOf(const VerdictCounts& counts) {
  if (counts.fail > 0) return ControlStatus::kFailed;
  if (counts.unknown > 0) return ControlStatus::kUndecided;
  return counts.pass + counts.waived > 0 ? ControlStatus::kPassed : ControlStatus::kNotCovered;
}

}  // namespace

std::string_view ControlStatusName(ControlStatus status) {
  switch (status) {
    case ControlStatus::kPassed: return "passed";
    case ControlStatus::kNotCovered: return "not covered";
    case ControlStatus::kUndecided: return "undecided";
    case ControlStatus::kFailed: return "failed";
  }
  return "";
}

bool IsOfFramework(std::string_view control, std::string_view framework) {
  return control == framework || control.substr(0, control.find(':')) == framework;
}

std::vector<FrameworkView> MakeFrameworkViews(const Report& report, const std::vector<std::string>& names) {
  std::vector<FrameworkView> views;
  for (const std::string& name : names) {
    std::map<std::string, ControlView, ByNumber> controls;
    for (const ReportedRule& rule : report.rules) {
      for (const std::string& control : rule.controls) {
        if (!IsOfFramework(control, name)) continue;
        const size_t colon = control.find(':');
        ControlView& view = controls[colon == std::string::npos ? control : control.substr(colon + 1)];
        view.rules.push_back(rule.id);
        view.counts.fail += rule.counts.fail, view.counts.unknown += rule.counts.unknown,
            view.counts.pass += rule.counts.pass;
        view.counts.waived += rule.counts.waived, view.counts.not_applicable += rule.counts.not_applicable;
      }
    }
    FrameworkView view{.name = name, .controls = {}};
    for (auto& [id, control] : controls) {
      control.id = id;
      control.status = StatusOf(control.counts);
      view.passed += control.status == ControlStatus::kPassed ? 1 : 0;
      view.failed += control.status == ControlStatus::kFailed ? 1 : 0;
      view.undecided += control.status == ControlStatus::kUndecided ? 1 : 0;
      view.not_covered += control.status == ControlStatus::kNotCovered ? 1 : 0;
      view.controls.push_back(std::move(control));
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace bylaw::cli
