// The formatter: declarations, clauses, entries and comments. Expressions are laid out by ExprLayout.
#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "compiler/ast/column_alignment.h"
#include "compiler/ast/expr_layout.h"
#include "compiler/ast/printer.h"
#include "compiler/ast/walk.h"

namespace bylaw::compiler::ast {
namespace {

// Metadata clauses stand in a column, and so do `message` and `fix`.
constexpr size_t kMetadataWidth = 10;
constexpr size_t kMessageWidth = 8;

class Formatter {
 public:
  Formatter(const File& file, const SourceMap& sources)
      : file_(file), text_(sources.file(file.file_id).text()), layout_(text_, out_) {}

  std::string Run() {
    if (file_.package) {
      Line(file_.package->span, [&] { out_ += "package " + file_.package->name.ToString(); });
    }
    for (const Import& import : file_.imports) {
      empty_line_wanted_ = &import == &file_.imports.front() && file_.package.has_value();
      Line(import.span, [&] {
        out_ += "import " + import.path.ToString();
        if (import.alias) out_ += " as " + import.alias.text;
      });
    }
    const Item* before = nullptr;
    for (const ItemPtr& item : file_.items) {
      const bool first = before == nullptr && !file_.package && file_.imports.empty();
      empty_line_wanted_ = !first && !(before != nullptr && StayTogether(*before, *item));
      Line(
          item->span, [&] { PrintItem(*item); }, HasBody(*item));
      before = item.get();
    }
    Comments(static_cast<uint32_t>(text_.size()));
    while (out_.ends_with('\n') || out_.ends_with(' ')) out_.pop_back();
    std::string result = AlignColumns(out_);
    if (!result.empty()) result += '\n';
    return result;
  }

 private:
  // ---- Lines, empty lines and comments ----

  // What is anchored at `begin` starts on a line of its own, behind the comments that stand before it.
  void StartLine(uint32_t begin) {
    Comments(begin);
    NewLineAt(begin);
  }

  // Comments that begin before `limit`, each on a line of its own.
  void Comments(uint32_t limit) {
    while (next_comment_ < file_.comments.size() && file_.comments[next_comment_].span.begin < limit) {
      const Comment& comment = file_.comments[next_comment_++];
      NewLineAt(comment.span.begin);
      PutComment(comment);
      last_ = comment.span.end;
    }
  }

  void PutComment(const Comment& comment) {
    std::string_view text = layout_.Source(comment.span);
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    out_ += text;
  }

  // Ends the line before and keeps one empty line where there were some, but none at the beginning of a block.
  void NewLineAt(uint32_t begin) {
    if (!out_.empty()) {
      const bool wanted = std::exchange(empty_line_wanted_, false);
      const bool empty_line = wanted || HasEmptyLine(last_, begin);
      if (empty_line && !block_begins_) out_ += '\n';
      layout_.NewLine(indent_);
    } else {
      out_.append(indent_, ' ');
    }
    block_begins_ = false;
  }

  bool HasEmptyLine(uint32_t from, uint32_t to) const {
    if (from >= to) return false;
    size_t newlines = 0;
    for (const char c : text_.substr(from, to - from)) {
      if (c == '\n') ++newlines;
      if (c != '\n' && c != '\r' && c != ' ' && c != '\t' && c != ';' && c != ',') newlines = 0;
      if (newlines >= 2) return true;
    }
    return false;
  }

  static bool HasBody(const Item& item) {
    return item.kind == ItemKind::kModel || item.kind == ItemKind::kRule || item.kind == ItemKind::kTest ||
           item.kind == ItemKind::kGiven;
  }

  // Declarations stand apart, whatever the author left between them; small ones of a kind may stand in a block.
  bool StayTogether(const Item& a, const Item& b) const {
    const bool small = a.kind == b.kind && (a.kind == ItemKind::kParam || a.kind == ItemKind::kWaiver);
    return small && !b.doc && !HasEmptyLine(a.span.end, b.span.begin);
  }

  // Prints what stands at `span` by `print`, then `separator` and the comment behind it. Comments within that have no line
  // of their own to stand at keep the author's layout.
  void Line(Span span, const std::function<void()>& print, bool has_lines_within = false,
            std::string_view separator = {}) {
    StartLine(span.begin);
    if (!has_lines_within && HasCommentWithin(span)) {
      Verbatim(span);
    } else {
      print();
    }
    out_ += separator;
    Behind(span.end);
  }

  // An entry of a body in braces. Entries that the author put on one line stay together as far as it goes.
  void Entry(Span span, std::string_view separator, const std::string& head, const Expr& value) {
    const bool joins = !block_begins_ && !out_.ends_with('\n') && layout_.OnOneLine({span.file_id, last_, span.end}) &&
                       !HasCommentWithin(span) &&
                       layout_.Column() + separator.size() + head.size() + layout_.Flat(value).size() <= kFormatWidth;
    if (joins) {
      out_ += separator;
      out_ += head;
      out_ += layout_.Flat(value);
      Behind(span.end);
      return;
    }
    Line(span, [&] {
      out_ += head;
      layout_.Print(value, indent_ + 2);
    });
  }

  // The comment on the same line behind `end`, if there is one.
  void Behind(uint32_t end) {
    last_ = end;
    if (next_comment_ >= file_.comments.size()) return;
    const Comment& comment = file_.comments[next_comment_];
    if (comment.own_line || comment.span.begin < end) return;
    const std::string_view between = text_.substr(end, comment.span.begin - end);
    if (between.find_first_not_of(" \t,;{") != std::string_view::npos) return;
    ++next_comment_;
    out_ += kCommentColumn;
    PutComment(comment);
    last_ = comment.span.end;
  }

  bool HasCommentWithin(Span span) const {
    return next_comment_ < file_.comments.size() && file_.comments[next_comment_].span.begin < span.end;
  }

  // The author's lines, shifted to where they belong.
  void Verbatim(Span span) {
    std::vector<std::string_view> lines;
    const std::string_view source = layout_.Source(span);
    for (size_t begin = 0; begin <= source.size();) {
      const size_t end = std::min(source.find('\n', begin), source.size());
      std::string_view line = source.substr(begin, end - begin);
      while (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r')) line.remove_suffix(1);
      lines.push_back(line);
      begin = end + 1;
    }
    auto blanks = [](std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); };
    size_t least = SIZE_MAX;
    for (size_t i = 1; i < lines.size(); ++i) {
      if (!lines[i].empty()) least = std::min(least, blanks(lines[i]));
    }
    out_ += lines.front();
    const bool closes = lines.size() > 1 &&
                        (lines.back().ends_with('}') || lines.back().ends_with(')') || lines.back().ends_with(']')) &&
                        blanks(lines.back()) == least;
    for (size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].empty()) {
        out_ += '\n';
        continue;
      }
      layout_.NewLine(indent_ + (closes ? 0 : 2) + blanks(lines[i]) - least);
      out_ += lines[i].substr(blanks(lines[i]));
    }
    while (next_comment_ < file_.comments.size() && file_.comments[next_comment_].span.begin < span.end)
      ++next_comment_;
  }

  // `{`, the members, `}`. `open` is where the text before the brace ends.
  template <typename F>
  void Block(uint32_t open, uint32_t end, F&& members) {
    out_ += '{';
    const size_t before = out_.size();
    const size_t comments_before = next_comment_;
    Behind(open);
    indent_ += 2;
    block_begins_ = true;
    members();
    Comments(end - 1);
    indent_ -= 2;
    const bool empty = out_.size() == before && next_comment_ == comments_before;
    if (empty) {
      out_ += " }";
    } else {
      layout_.NewLine(indent_);
      out_ += '}';
    }
    block_begins_ = false;
    last_ = end;
  }

  // ---- Declarations ----

  void PrintItem(const Item& item) {
    switch (item.kind) {
      case ItemKind::kParam: Param(As<ParamDecl>(item)); return;
      case ItemKind::kModel: Model(As<ModelDecl>(item)); return;
      case ItemKind::kDefine: Define(As<DefineDecl>(item)); return;
      case ItemKind::kRule: Rule(As<RuleDecl>(item)); return;
      case ItemKind::kTest: Test(As<TestDecl>(item)); return;
      case ItemKind::kGiven: SharedGiven(As<GivenDecl>(item)); return;
      case ItemKind::kWaiver: Waiver(As<WaiverDecl>(item)); return;
    }
  }

  void Param(const ParamDecl& param) {
    out_ += "param " + param.name.text + ": ";
    layout_.Print(*param.type);
    Default(param.default_value);
  }

  void Default(const ExprPtr& value) {
    if (value == nullptr) return;
    out_ += " = ";
    layout_.Print(*value, indent_ + 2);
  }

  void Define(const DefineDecl& define) {
    const std::string result = define.result == nullptr ? "" : ": " + layout_.Flat(*define.result);
    auto param_text = [&](const DefineParam& param) {
      return fmt::format("{}: {}", param.name.text, layout_.Flat(*param.type));
    };
    std::string params;
    for (const DefineParam& param : define.params) params += (params.empty() ? "" : ", ") + param_text(param);
    if (define.has_params) params = "(" + params + ")";
    std::string head = fmt::format("define {}{}{} =", define.name.text, params, result);
    if (head.size() > kFormatWidth && !define.params.empty()) {
      head = fmt::format("define {}(", define.name.text);
      for (const DefineParam& param : define.params) head += fmt::format("\n  {},", param_text(param));
      head += fmt::format("\n){} =", result);
    }
    out_ += head;

    const std::string flat = layout_.Flat(*define.body);
    const auto equals = static_cast<uint32_t>(text_.rfind('=', define.body->span.begin));
    const bool beside = define.lets.empty() && layout_.OnOneLine({file_.file_id, equals, define.body->span.end}) &&
                        layout_.Column() + 1 + flat.size() <= kFormatWidth;
    if (beside) {
      out_ += " " + flat;
      return;
    }
    for (const Let& let : define.lets) {
      layout_.NewLine(2);
      out_ += "let " + let.name.text + " = ";
      layout_.Print(*let.value, 4);
      out_ += ';';
    }
    layout_.NewLine(2);
    layout_.Print(*define.body, 2);
  }

  // ---- Models ----

  void Model(const ModelDecl& model) {
    out_ += "model " + model.name.ToString() + " ";
    if (model.alias != nullptr) {
      out_ += "= ";
      layout_.Print(*model.alias);
      return;
    }
    Block(model.name.span.end, model.span.end, [&] {
      // Fields and mappings in the order they were written in.
      size_t field = 0;
      size_t mapping = 0;
      while (field < model.fields.size() || mapping < model.mappings.size()) {
        const bool take_field =
            mapping == model.mappings.size() ||
            (field < model.fields.size() && model.fields[field].span.begin < model.mappings[mapping].span.begin);
        if (take_field) {
          const ModelField& next = model.fields[field++];
          Line(next.span, [&] { Field(next); });
        } else {
          const Mapping& next = model.mappings[mapping++];
          Line(
              next.span, [&] { PrintMapping(next); },
              next.has_body && !HasCommentWithin({file_.file_id, next.span.begin, HeadEnd(next)}));
        }
      }
    });
  }

  void Field(const ModelField& field) {
    out_ += fmt::format("{}{}: ", field.is_key ? "key " : "", field.name.text);
    layout_.Print(*field.type);
    if (field.key_pattern != nullptr) out_ += fmt::format(" like {}", layout_.Source(field.key_pattern->span));
    if (field.via) out_ += " via " + field.via.text;
    Default(field.default_value);
  }

  static uint32_t HeadEnd(const Mapping& mapping) {
    if (mapping.where != nullptr) return mapping.where->span.end;
    if (!mapping.generators.empty()) return mapping.generators.back().span.end;
    if (mapping.alias) return mapping.alias.span.end;
    return mapping.path.empty() ? mapping.source->span.end : mapping.path.back().span.end;
  }

  void PrintMapping(const Mapping& mapping) {
    std::string head(layout_.Source(mapping.source->span));
    for (const Name& part : mapping.path) head += "." + part.text;
    if (mapping.alias) head += " as " + mapping.alias.text;
    if (!mapping.generators.empty()) head += ", " + layout_.Flat(mapping.generators);
    if (mapping.where != nullptr) head += " where " + layout_.Flat(*mapping.where);

    std::string body;
    for (const MappingEntry& entry : mapping.entries) {
      if (!body.empty()) body += "; ";
      body += fmt::format("{} = {}", entry.target.ToString(), layout_.Flat(*entry.value));
    }
    const size_t width = indent_ + mapping.format.text.size() + head.size() + body.size() + 11;
    const bool can_join = layout_.OnOneLine(mapping.span) || mapping.entries.empty();
    const bool one_line = can_join && width <= kFormatWidth && !HasCommentWithin(mapping.span);
    if (one_line) {
      out_ += "from " + mapping.format.text + kFirstColumn + head;
      if (!mapping.has_body) return;
      out_ += kSecondColumn;
      out_ += body.empty() ? "{ }" : "{ " + body + " }";
      return;
    }
    out_ += "from " + mapping.format.text + " ";
    if (mapping.where != nullptr && layout_.Column() + head.size() > kFormatWidth) {
      out_ += layout_.Source(mapping.source->span);
      for (const Name& part : mapping.path) out_ += "." + part.text;
      if (mapping.alias) out_ += " as " + mapping.alias.text;
      if (!mapping.generators.empty()) out_ += ", " + layout_.Flat(mapping.generators);
      layout_.NewLine(indent_ + 4);
      out_ += "where ";
      layout_.Print(*mapping.where, indent_ + 6);
    } else {
      out_ += head;
    }
    if (!mapping.has_body) return;
    out_ += ' ';
    Block(HeadEnd(mapping), mapping.span.end, [&] {
      for (const MappingEntry& entry : mapping.entries) {
        Entry(entry.span, "; ", fmt::format("{} = ", entry.target.ToString()), *entry.value);
      }
    });
  }

  // ---- Rules ----

  void Rule(const RuleDecl& rule) {
    out_ += "rule " + rule.name.text + " ";
    Block(rule.name.span.end, rule.span.end, [&] {
      for (size_t i = 0; i < rule.clauses.size(); ++i) {
        const Clause& clause = rule.clauses[i];
        const bool before_where = i + 1 < rule.clauses.size() && rule.clauses[i + 1].kind == ClauseKind::kWhere;
        const bool ends_open = before_where && clause.expr != nullptr && TakesWhere(*clause.expr);
        Line(
            clause.span, [&] { PrintClause(clause); }, /*has_lines_within=*/false, ends_open ? ";" : "");
      }
    });
  }

  // Whether a `where` that follows would belong to the expression: it ends in a query that has none.
  static bool TakesWhere(const Expr& expr) {
    if (expr.parenthesised) return false;
    switch (expr.kind) {
      case ExprKind::kUnary: return TakesWhere(*As<UnaryExpr>(expr).operand);
      case ExprKind::kBinary: return TakesWhere(*As<BinaryExpr>(expr).right);
      case ExprKind::kIf: return TakesWhere(*As<IfExpr>(expr).otherwise);
      case ExprKind::kGroup: return TakesWhere(*As<GroupExpr>(expr).key);
      case ExprKind::kQuantifier:
        if (const ExprPtr& satisfies = As<QuantifierExpr>(expr).satisfies) return TakesWhere(*satisfies);
        break;
      case ExprKind::kOne:
      case ExprKind::kFirst: break;
      default: return false;
    }
    const ExprPtr& where = QueryOf(expr)->where;
    return where == nullptr || TakesWhere(*where);
  }

  void PrintClause(const Clause& clause) {
    const std::string word(Spelling(clause.kind));
    switch (clause.kind) {
      case ClauseKind::kSeverity: out_ += fmt::format("{:<{}}{}", word, kMetadataWidth, clause.severity.text); return;
      case ClauseKind::kFor: Generators(clause); return;
      case ClauseKind::kLet: out_ += fmt::format("let {} = ", clause.let_name.text); break;
      case ClauseKind::kWhere:
      case ClauseKind::kRequire:
      case ClauseKind::kForbid: out_ += word + " "; break;
      case ClauseKind::kMessage:
      case ClauseKind::kFix: out_ += fmt::format("{:<{}}", word, kMessageWidth); break;
      default: out_ += fmt::format("{:<{}}", word, kMetadataWidth);
    }
    if (clause.expr != nullptr) layout_.Print(*clause.expr, indent_ + 2);
    bool first = true;
    const size_t column = layout_.Column();
    for (const StringPtr& string : clause.strings) {
      const std::string_view source = layout_.Source(string->span);
      if (!first) {
        out_ += ", ";
        if (layout_.Column() + source.size() > kFormatWidth) layout_.NewLine(column);
      }
      out_ += source;
      first = false;
    }
  }

  void Generators(const Clause& clause) {
    const std::string flat = layout_.Flat(clause.generators);
    const bool one_line = layout_.OnOneLine(clause.span) && indent_ + 4 + flat.size() <= kFormatWidth;
    out_ += "for ";
    if (one_line) {
      out_ += flat;
      return;
    }
    const size_t column = layout_.Column();
    bool first = true;
    for (const Generator& generator : clause.generators) {
      if (!first) {
        out_ += ',';
        layout_.NewLine(column);
      }
      first = false;
      out_ += generator.variable.text + " in ";
      layout_.Print(*generator.collection, column + 2);
    }
  }

  // ---- Tests and waivers ----

  void Test(const TestDecl& test) {
    out_ += fmt::format("test {} ", layout_.Source(test.title->span));
    Block(test.title->span.end, test.span.end, [&] {
      for (const TestStep& step : test.steps) {
        if (step.given) {
          Line(
              step.given->span, [&] { PrintGiven(*step.given); }, step.given->kind == GivenKind::kRows);
        } else {
          Line(step.expectation->span, [&] { Expect(*step.expectation); });
        }
      }
    });
  }

  void PrintGiven(const Given& given) {
    out_ += "given ";
    switch (given.kind) {
      case GivenKind::kRows: Rows(given.span.begin + 5, given.span.end, given.rows); return;
      case GivenKind::kFile: out_ += layout_.Source(given.file->span); return;
      case GivenKind::kShared: out_ += given.name.ToString(); return;
      case GivenKind::kSetting: out_ += given.name.ToString() + " = "; layout_.Print(*given.value, indent_ + 2);
    }
  }

  void SharedGiven(const GivenDecl& given) {
    out_ += "given " + given.name.text + " ";
    Rows(given.name.span.end, given.span.end, given.rows);
  }

  void Rows(uint32_t open, uint32_t end, const std::vector<GivenRow>& rows) {
    Block(open, end, [&] {
      for (const GivenRow& row : rows)
        Line(
            row.span, [&] { Row(row); }, true);
    });
  }

  void Row(const GivenRow& row) {
    std::string head = row.model.ToString();
    if (row.name) head += " " + row.name.text;
    std::string body;
    for (const RecordEntry& entry : row.entries) {
      body += fmt::format("{}{}: {}", body.empty() ? "" : ", ", entry.name.text, layout_.Flat(*entry.value));
    }
    const bool one_line = layout_.OnOneLine(row.span) && indent_ + head.size() + body.size() + 5 <= kFormatWidth &&
                          !HasCommentWithin(row.span);
    out_ += head + " ";
    if (one_line) {
      out_ += body.empty() ? "{ }" : "{ " + body + " }";
      return;
    }
    Block(row.name ? row.name.span.end : row.model.span.end, row.span.end, [&] {
      for (const RecordEntry& entry : row.entries) Entry(entry.span, ", ", entry.name.text + ": ", *entry.value);
    });
  }

  std::string ReferenceText(const RuleReference& rule) const { return std::string(layout_.Source(rule.span)); }

  void Expect(const Expectation& expectation) {
    out_ += "expect ";
    if (expectation.kind == ExpectKind::kHolds) {
      layout_.Print(*expectation.expr, indent_ + 2);
      return;
    }
    out_ += fmt::format("{} {}", ReferenceText(expectation.rule), Spelling(expectation.kind));
    if (expectation.subject != nullptr) {
      out_ += " for ";
      layout_.Print(*expectation.subject, indent_ + 2);
    }
    auto part = [&](std::string_view word, const StringPtr& string) {
      if (string == nullptr) return;
      const std::string text = fmt::format("{} {}", word, layout_.Source(string->span));
      if (layout_.Column() + 1 + text.size() > kFormatWidth) {
        layout_.NewLine(indent_ + 2);
        out_ += text;
      } else {
        out_ += " " + text;
      }
    };
    part("with message", expectation.message);
    part("because", expectation.because);
  }

  void Waiver(const WaiverDecl& waiver) {
    std::string who = "waive " + ReferenceText(waiver.rule) + " for ";
    if (waiver.address != nullptr) who += layout_.Source(waiver.address->span);
    if (waiver.query) {
      who += layout_.Flat(waiver.query->generators);
      if (waiver.query->where != nullptr) who += " where " + layout_.Flat(*waiver.query->where);
    }
    const std::string until = fmt::format("until {}", layout_.Source(waiver.until_span));
    std::string why = fmt::format("because {}", layout_.Source(waiver.because->span));
    if (waiver.by != nullptr) why += fmt::format(" by {}", layout_.Source(waiver.by->span));
    const bool one_line = layout_.OnOneLine(waiver.span) && who.size() + until.size() + why.size() + 2 <= kFormatWidth;
    if (one_line) {
      out_ += who + " " + until + " " + why;
      return;
    }
    out_ += who;
    if (who.size() + until.size() + 1 > kFormatWidth) {
      layout_.NewLine(2);
      out_ += until;
    } else {
      out_ += " " + until;
    }
    layout_.NewLine(2);
    out_ += why;
  }

  const File& file_;
  const std::string_view text_;
  std::string out_;
  ExprLayout layout_;
  size_t indent_ = 0;
  size_t next_comment_ = 0;
  uint32_t last_ = 0;  // where the text ends that has been printed
  bool block_begins_ = false;
  bool empty_line_wanted_ = false;
};

}  // namespace

std::string Format(const File& file, const SourceMap& sources) { return Formatter(file, sources).Run(); }

}  // namespace bylaw::compiler::ast
