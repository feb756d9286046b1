// The tree as indented lines. Without places it is also what equality of trees is defined by: whatever has a meaning is
// in it.
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "compiler/ast/printer.h"

namespace bylaw::compiler::ast {
namespace {

class Dumper {
 public:
  explicit Dumper(const SourceMap* sources) : sources_(sources) {}

  std::string Take() { return std::move(out_); }

  void Dump(const File& file) {
    Line("file", file.span);
    const Nest nest(*this);
    if (file.package) Line("package " + file.package->name.ToString() + Doc(file.package->doc), file.package->span);
    for (const Import& import : file.imports) {
      Line(fmt::format("import {}{}{}", import.path.ToString(), import.alias ? " as " : "", import.alias.text),
           import.span);
    }
    for (const ItemPtr& item : file.items) Dump(*item);
  }

  void Dump(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kError: Line("error", expr.span); return;
      case ExprKind::kBool: Line(fmt::format("bool {}", As<BoolExpr>(expr).value), expr.span); return;
      case ExprKind::kInt: Line(fmt::format("int {}", As<IntExpr>(expr).value), expr.span); return;
      case ExprKind::kFloat: Line(fmt::format("float {}", As<FloatExpr>(expr).value), expr.span); return;
      case ExprKind::kString: String(As<StringExpr>(expr)); return;
      case ExprKind::kTime:
        Line(fmt::format("time {}us{}", As<TimeExpr>(expr).micros, As<TimeExpr>(expr).date_only ? " date" : ""),
             expr.span);
        return;
      case ExprKind::kDuration: Line(fmt::format("duration {}us", As<DurationExpr>(expr).micros), expr.span); return;
      case ExprKind::kIp: Line("ip " + As<IpExpr>(expr).text, expr.span); return;
      case ExprKind::kCidr: Line("cidr " + As<CidrExpr>(expr).text, expr.span); return;
      case ExprKind::kVersion: Line("version " + As<VersionExpr>(expr).text, expr.span); return;
      case ExprKind::kName: Line("name " + As<NameExpr>(expr).name.text, expr.span); return;
      case ExprKind::kField:
        Node("field ." + As<FieldExpr>(expr).field.text, expr.span, {As<FieldExpr>(expr).base.get()});
        return;
      case ExprKind::kIndex:
        Node("index", expr.span, {As<IndexExpr>(expr).base.get(), As<IndexExpr>(expr).index.get()});
        return;
      case ExprKind::kCall: {
        Node("call", expr.span, {As<CallExpr>(expr).callee.get()});
        All(As<CallExpr>(expr).arguments);
        return;
      }
      case ExprKind::kUnary:
        Node(As<UnaryExpr>(expr).op == UnaryOp::kNot ? "not" : "negate", expr.span,
             {As<UnaryExpr>(expr).operand.get()});
        return;
      case ExprKind::kBinary: {
        const auto& binary = As<BinaryExpr>(expr);
        Node(fmt::format("binary {}{}", binary.negated ? "not " : "", Spelling(binary.op)), expr.span,
             {binary.left.get(), binary.right.get()});
        return;
      }
      case ExprKind::kIs: {
        const auto& is = As<IsExpr>(expr);
        const std::string test = is.test == IsTest::kPresent  ? "present"
                                 : is.test == IsTest::kAbsent ? "absent"
                                                              : is.model.ToString();
        Node(fmt::format("is {}{}{}", is.negated ? "not " : "", is.test == IsTest::kModel ? "model " : "", test),
             expr.span, {is.operand.get()});
        return;
      }
      case ExprKind::kIf: {
        const auto& branch = As<IfExpr>(expr);
        Node("if", expr.span, {branch.condition.get(), branch.then.get(), branch.otherwise.get()});
        return;
      }
      case ExprKind::kUnknown: Node("unknown", expr.span, {As<UnknownExpr>(expr).reason.get()}); return;
      case ExprKind::kList:
        Node("list", expr.span, {});
        All(As<ListExpr>(expr).elements);
        return;
      case ExprKind::kSet:
        Node("set", expr.span, {});
        All(As<SetExpr>(expr).elements);
        return;
      case ExprKind::kMap: {
        Line("map", expr.span);
        const Nest nest(*this);
        for (const MapEntry& entry : As<MapExpr>(expr).entries)
          Node("entry", entry.span, {entry.key.get(), entry.value.get()});
        return;
      }
      case ExprKind::kRecord:
        Line("record", expr.span);
        Entries(As<RecordExpr>(expr).entries);
        return;
      case ExprKind::kQuantifier: {
        const auto& quantifier = As<QuantifierExpr>(expr);
        Line(std::string(Spelling(quantifier.quantifier)), expr.span);
        const Nest nest(*this);
        Dump(quantifier.query);
        Part("satisfies", quantifier.satisfies);
        return;
      }
      case ExprKind::kAggregate: {
        const auto& aggregate = As<AggregateExpr>(expr);
        Line(fmt::format("aggregate {}", Spelling(aggregate.op)), expr.span);
        const Nest nest(*this);
        Part("value", aggregate.value);
        Dump(aggregate.query);
        return;
      }
      case ExprKind::kComprehension: {
        const auto& comprehension = As<ComprehensionExpr>(expr);
        constexpr std::string_view kShapes[] = {"list", "set", "map"};
        Line(fmt::format("{} comprehension", kShapes[static_cast<size_t>(comprehension.shape)]), expr.span);
        const Nest nest(*this);
        Part("key", comprehension.key);
        Part("value", comprehension.value);
        Dump(comprehension.query);
        return;
      }
      case ExprKind::kOne: {
        Line("one", expr.span);
        const Nest nest(*this);
        Part("value", As<OneExpr>(expr).value);
        Dump(As<OneExpr>(expr).query);
        return;
      }
      case ExprKind::kFirst: {
        Line("first", expr.span);
        const Nest nest(*this);
        Dump(As<FirstExpr>(expr).query);
        Part("by", As<FirstExpr>(expr).key);
        return;
      }
      case ExprKind::kGroup: {
        Line("group", expr.span);
        const Nest nest(*this);
        Dump(As<GroupExpr>(expr).query);
        Part("by", As<GroupExpr>(expr).key);
        return;
      }
    }
  }

 private:
  // Children are printed one level deeper while this lives.
  class Nest {
   public:
    explicit Nest(Dumper& dumper) : dumper_(dumper) { dumper_.indent_ += 2; }
    ~Nest() { dumper_.indent_ -= 2; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

   private:
    Dumper& dumper_;
  };

  void Line(const std::string& text, Span span) {
    out_.append(indent_, ' ');
    out_ += text;
    if (sources_ != nullptr && span.valid()) {
      const SourceFile& file = sources_->file(span.file_id);
      const LineColumn begin = file.Locate(span.begin);
      const LineColumn end = file.Locate(span.end);
      out_ += fmt::format("  @{}:{}-{}:{}", begin.line, begin.column, end.line, end.column);
    }
    out_ += '\n';
  }

  void Node(const std::string& text, Span span, std::initializer_list<const Expr*> children) {
    Line(text, span);
    const Nest nest(*this);
    for (const Expr* child : children) {
      if (child != nullptr) Dump(*child);
    }
  }

  void All(const std::vector<ExprPtr>& children) {
    const Nest nest(*this);
    for (const ExprPtr& child : children) Dump(*child);
  }

  void Part(const std::string& role, const ExprPtr& expr) {
    if (expr == nullptr) return;
    Line(role, {});
    const Nest nest(*this);
    Dump(*expr);
  }

  void String(const StringExpr& string) {
    if (!string.interpolated()) {
      Line("string " + Quoted(string.PlainText()), string.span);
      return;
    }
    Line("string", string.span);
    const Nest nest(*this);
    for (const StringPart& part : string.parts) {
      if (part.expr == nullptr) {
        Line("text " + Quoted(part.text), part.span);
      } else {
        Dump(*part.expr);
      }
    }
  }

  void Strings(const std::string& role, const StringPtr& string) {
    if (string == nullptr) return;
    Line(role, {});
    const Nest nest(*this);
    String(*string);
  }

  void Dump(const std::vector<Generator>& generators) {
    for (const Generator& generator : generators)
      Node("for " + generator.variable.text, generator.span, {generator.collection.get()});
  }

  void Dump(const Query& query) {
    Dump(query.generators);
    Part("where", query.where);
  }

  void Entries(const std::vector<RecordEntry>& entries) {
    const Nest nest(*this);
    for (const RecordEntry& entry : entries) Node("." + entry.name.text, entry.span, {entry.value.get()});
  }

  static std::string Doc(const DocComment& doc) { return doc ? " doc " + Quoted(doc.text) : ""; }

  void Dump(const TypeExpr& type) {
    switch (type.kind) {
      case TypeKind::kError: Line("type error", type.span); return;
      case TypeKind::kNamed: Line("type " + type.name.ToString(), type.span); break;
      case TypeKind::kOptional: Line("type optional", type.span); break;
      case TypeKind::kEnum: Line("type enum", type.span); break;
      case TypeKind::kUnion: Line("type union", type.span); break;
      case TypeKind::kRecord: Line("type record", type.span); break;
    }
    const Nest nest(*this);
    for (const TypePtr& argument : type.arguments) Dump(*argument);
    for (const StringPtr& value : type.values) String(*value);
    for (const TypeField& field : type.fields) {
      Line("field " + field.name.text + Doc(field.doc), field.span);
      const Nest inner(*this);
      Dump(*field.type);
      Part("default", field.default_value);
    }
  }

  void Type(const TypePtr& type) {
    if (type != nullptr) Dump(*type);
  }

  void Dump(const Item& item) {
    switch (item.kind) {
      case ItemKind::kParam: {
        const auto& param = As<ParamDecl>(item);
        Line("param " + param.name.text + Doc(item.doc), item.span);
        const Nest nest(*this);
        Type(param.type);
        Part("default", param.default_value);
        return;
      }
      case ItemKind::kModel: Dump(As<ModelDecl>(item)); return;
      case ItemKind::kDefine: {
        const auto& define = As<DefineDecl>(item);
        Line(fmt::format("define {}{}{}", define.name.text, define.has_params ? "()" : "", Doc(item.doc)), item.span);
        const Nest nest(*this);
        for (const DefineParam& param : define.params) {
          Line("param " + param.name.text, param.span);
          const Nest inner(*this);
          Type(param.type);
        }
        Type(define.result);
        for (const Let& let : define.lets) Node("let " + let.name.text, let.span, {let.value.get()});
        Dump(*define.body);
        return;
      }
      case ItemKind::kRule: {
        const auto& rule = As<RuleDecl>(item);
        Line("rule " + rule.name.text + Doc(item.doc), item.span);
        const Nest nest(*this);
        for (const Clause& clause : rule.clauses) Dump(clause);
        return;
      }
      case ItemKind::kTest: Dump(As<TestDecl>(item)); return;
      case ItemKind::kGiven:
        Line("given " + As<GivenDecl>(item).name.text + Doc(item.doc), item.span);
        Rows(As<GivenDecl>(item).rows);
        return;
      case ItemKind::kWaiver: Dump(As<WaiverDecl>(item)); return;
    }
  }

  void Dump(const ModelDecl& model) {
    Line("model " + model.name.ToString() + Doc(model.doc), model.span);
    const Nest nest(*this);
    Type(model.alias);
    for (const ModelField& field : model.fields) {
      Line(fmt::format("{}field {}{}{}{}", field.is_key ? "key " : "", field.name.text, field.via ? " via " : "",
                       field.via.text, Doc(field.doc)),
           field.span);
      const Nest inner(*this);
      Type(field.type);
      Strings("like", field.key_pattern);
      Part("default", field.default_value);
    }
    for (const Mapping& mapping : model.mappings) {
      std::string head = fmt::format("from {} {}", mapping.format.text, Quoted(mapping.source->PlainText()));
      for (const Name& part : mapping.path) head += "." + part.text;
      if (mapping.alias) head += " as " + mapping.alias.text;
      Line(head + (mapping.has_body ? " {}" : "") + Doc(mapping.doc), mapping.span);
      const Nest inner(*this);
      Dump(mapping.generators);
      Part("where", mapping.where);
      for (const MappingEntry& entry : mapping.entries)
        Node(entry.target.ToString() + " =", entry.span, {entry.value.get()});
    }
  }

  void Dump(const Clause& clause) {
    std::string head(Spelling(clause.kind));
    if (clause.severity) head += " " + clause.severity.text;
    if (clause.let_name) head += " " + clause.let_name.text;
    Line(head, clause.span);
    const Nest nest(*this);
    for (const StringPtr& string : clause.strings) String(*string);
    Dump(clause.generators);
    if (clause.expr != nullptr) Dump(*clause.expr);
  }

  void Rows(const std::vector<GivenRow>& rows) {
    const Nest nest(*this);
    for (const GivenRow& row : rows) {
      Line(fmt::format("row {}{}{}", row.model.ToString(), row.name ? " " : "", row.name.text), row.span);
      Entries(row.entries);
    }
  }

  void Dump(const TestDecl& test) {
    Line(fmt::format("test {}{}", Quoted(test.title->PlainText()), Doc(test.doc)), test.span);
    const Nest nest(*this);
    for (const TestStep& step : test.steps) {
      if (step.given) {
        const Given& given = *step.given;
        Line(given.name ? "given " + given.name.ToString() : "given", given.span);
        Rows(given.rows);
        const Nest inner(*this);
        Strings("file", given.file);
        Part("value", given.value);
        continue;
      }
      const Expectation& expectation = *step.expectation;
      Line(fmt::format("expect {} {}{}", Spelling(expectation.kind), expectation.rule.is_id ? "id " : "",
                       expectation.rule.text),
           expectation.span);
      const Nest inner(*this);
      if (expectation.expr != nullptr) Dump(*expectation.expr);
      Part("for", expectation.subject);
      Strings("message", expectation.message);
      Strings("because", expectation.because);
    }
  }

  void Dump(const WaiverDecl& waiver) {
    Line(fmt::format("waive {}{}{}", waiver.rule.is_id ? "id " : "", waiver.rule.text, Doc(waiver.doc)), waiver.span);
    const Nest nest(*this);
    Strings("address", waiver.address);
    if (waiver.query) Dump(*waiver.query);
    Part("until", waiver.until);
    Strings("because", waiver.because);
    Strings("by", waiver.by);
  }

  const SourceMap* sources_;  // null: without places
  std::string out_;
  size_t indent_ = 0;
};

template <typename Tree>
std::string DumpTree(const Tree& tree, const SourceMap* sources) {
  Dumper dumper(sources);
  dumper.Dump(tree);
  return dumper.Take();
}

}  // namespace

std::string Quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      result += fmt::format("\\u{{{:x}}}", byte);
      continue;
    }
    if (c == '"' || c == '\\' || c == '{' || c == '}') result += '\\';
    result += c;
  }
  return result + '"';
}

std::string Dump(const File& file, const SourceMap& sources) { return DumpTree(file, &sources); }
std::string Dump(const Expr& expr, const SourceMap& sources) { return DumpTree(expr, &sources); }

std::string Canonical(const Expr& expr) { return DumpTree(expr, nullptr); }

bool AstEqual(const File& a, const File& b) { return DumpTree(a, nullptr) == DumpTree(b, nullptr); }
bool AstEqual(const Expr& a, const Expr& b) { return DumpTree(a, nullptr) == DumpTree(b, nullptr); }

}  // namespace bylaw::compiler::ast
