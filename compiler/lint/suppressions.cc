// `// lint: allow W0010 because …`: findings that the author has looked at and keeps.

#include <algorithm>

#include <fmt/format.h>

#include "compiler/lint/linter.h"

namespace bylaw::compiler::lint {
namespace {

struct Allowance {
  const ast::Comment* comment = nullptr;
  std::vector<Code> codes;
  uint32_t line = 0;  ///< of what it allows
  bool whole_file = false;
  bool used = false;
};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// The first line below that is neither empty nor a comment alone.
uint32_t LineBelow(const ast::File& file, const SourceFile& source, const ast::Comment& comment) {
  uint32_t line = source.LineOf(comment.span.begin) + 1;
  for (; line < source.num_lines(); ++line) {
    if (Trimmed(source.LineText(line)).empty()) continue;
    const bool is_comment = std::any_of(file.comments.begin(), file.comments.end(), [&](const ast::Comment& other) {
      return other.own_line && source.LineOf(other.span.begin) == line;
    });
    if (!is_comment) break;
  }
  return line;
}

/// What the comment allows; the reason why it allows nothing goes to `complaint`.
Allowance Read(const ast::Comment& comment, std::string_view text, std::string& complaint) {
  Allowance allowance{.comment = &comment, .codes = {}};
  const size_t because = std::min(text.find("because"), text.size());
  std::string_view codes = text.substr(0, because);
  while (!codes.empty()) {
    const size_t end = std::min(codes.find_first_of(", "), codes.size());
    const std::string_view word = codes.substr(0, end);
    codes.remove_prefix(std::min(end + 1, codes.size()));
    if (word.empty()) continue;
    const CodeInfo* info = FindCode(word);
    if (info == nullptr || info->severity != Severity::kLint) {
      complaint = fmt::format("`{}` is no code of the linter", word);
      return allowance;
    }
    allowance.codes.push_back(info->code);
  }
  if (allowance.codes.empty())
    complaint = "this does not say what is allowed";
  else if (because == text.size() || Trimmed(text.substr(because + 7)).empty())
    complaint = "this does not say why it is allowed";
  return allowance;
}

}  // namespace

void Suppress(const ast::File& file, const SourceMap& sources, std::vector<Diagnostic>& found) {
  const SourceFile& source = sources.file(file.file_id);
  std::vector<Allowance> allowances;
  std::vector<Diagnostic> complaints;
  auto complain = [&](const ast::Comment& comment, std::string message) -> Diagnostic& {
    Diagnostic& diagnostic = complaints.emplace_back();
    diagnostic.code = Code::kUselessAllowance;
    diagnostic.primary.span = comment.span;
    diagnostic.message = std::move(message);
    return diagnostic;
  };
  for (const ast::Comment& comment : file.comments) {
    constexpr std::string_view kHead = "lint:", kAllow = "allow";
    std::string_view text = sources.Text(comment.span);
    text.remove_prefix(std::min(text.find_first_not_of('/'), text.size()));
    text = Trimmed(text);
    if (!text.starts_with(kHead)) continue;
    text = Trimmed(text.substr(kHead.size()));
    std::string complaint;
    Allowance allowance;
    if (text.starts_with(kAllow))
      allowance = Read(comment, text.substr(kAllow.size()), complaint);
    else
      complaint = "`lint:` is followed by `allow`";
    if (!complaint.empty()) {
      complain(comment, complaint).Expected("`// lint: allow W0010 because …`");
      continue;
    }
    allowance.line = comment.own_line ? LineBelow(file, source, comment) : source.LineOf(comment.span.begin);
    allowance.whole_file =
        comment.own_line && file.package && allowance.line == source.LineOf(file.package->span.begin);
    allowances.push_back(std::move(allowance));
  }
  std::erase_if(found, [&](const Diagnostic& diagnostic) {
    bool allowed = false;
    for (Allowance& allowance : allowances) {
      if (!allowance.whole_file && source.LineOf(diagnostic.primary.span.begin) != allowance.line) continue;
      if (std::find(allowance.codes.begin(), allowance.codes.end(), diagnostic.code) == allowance.codes.end()) continue;
      allowance.used = allowed = true;
    }
    return allowed;
  });
  for (const Allowance& allowance : allowances) {
    if (allowance.used) continue;
    complain(*allowance.comment, "this allows something that is not there")
        .Hint("delete the comment, or put it right before the line that it is about");
  }
  std::move(complaints.begin(), complaints.end(), std::back_inserter(found));
}

}  // namespace bylaw::compiler::lint
