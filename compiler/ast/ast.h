// The abstract syntax tree of the whole language: what the author wrote, before any meaning is given to it.
//
// Pipeline: parser (compiler/syntax) makes it; checker (compiler/check) reads it; formatter and dump (printer.h) print
// it.
//
// Invariants:
//  - Every node and every name has the exact bytes it was written with as its span. A node's span begins with its
//    first token and ends behind its last; an expression's span leaves out the parentheses around it.
//  - Pointers that are not said to be optional are never null in a file that parsed without an error. After errors,
//    what could not be read is left out or is an ErrorExpr; a consumer that checks such a file must expect both.
//  - No tree is deeper than kMaxTreeDepth, so consumers may recurse.
// Plain data, built by one thread; reading is free for all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/base/check.h"

namespace bylaw::compiler::ast {

/// The deepest expression the parser makes, counted in nodes from the root.
inline constexpr int kMaxTreeDepth = 1000;

// ---- Names ---------------------------------------------------------------------------------------------------------

struct Name {
  std::string text;
  Span span;

  explicit operator bool() const { return !text.empty(); }
};

/// `aws.subnet`: one or more names with dots between them.
struct QualifiedName {
  std::vector<Name> parts;
  Span span;

  std::string ToString() const;
  explicit operator bool() const { return !parts.empty(); }
};

/// The `///` lines before a declaration, without the slashes and one space after them.
struct DocComment {
  std::string text;  // lines joined by '\n'
  Span span;

  explicit operator bool() const { return span.valid(); }
};

// ---- Expressions ---------------------------------------------------------------------------------------------------

enum class ExprKind : uint8_t {
  kError,
  // literals
  kBool,
  kInt,
  kFloat,
  kString,
  kTime,
  kDuration,
  kIp,
  kCidr,
  kVersion,
  // names and paths
  kName,
  kField,
  kIndex,
  kCall,
  // operators
  kUnary,
  kBinary,
  kIs,
  kIf,
  kUnknown,
  // collections
  kList,
  kSet,
  kMap,
  kRecord,
  // queries
  kQuantifier,
  kAggregate,
  kComprehension,
  kOne,
  kFirst,
  kGroup,
};

struct Expr {
  const ExprKind kind;
  /// The author put it in parentheses (one pair or more). Meaningless to the checker; the formatter keeps one pair.
  bool parenthesised = false;
  Span span;

  virtual ~Expr() = default;
  Expr(const Expr&) = delete;
  Expr& operator=(const Expr&) = delete;

 protected:
  explicit Expr(ExprKind expr_kind) : kind(expr_kind) {}
};
using ExprPtr = std::unique_ptr<Expr>;

/// Gives each node type its kind, and so `As<T>` its check.
template <ExprKind K>
struct ExprOf : Expr {
  static constexpr ExprKind kKind = K;
  ExprOf() : Expr(K) {}
};

/// The expression as the node type its kind names.
template <typename T>
const T& As(const Expr& expr) {
  BYLAW_CHECK(expr.kind == T::kKind, "expression kind {}, not {}", static_cast<int>(expr.kind),
              static_cast<int>(T::kKind));
  return static_cast<const T&>(expr);
}
/// Null when the expression is of another kind.
template <typename T>
const T* TryAs(const Expr& expr) {
  return expr.kind == T::kKind ? static_cast<const T*>(&expr) : nullptr;
}

/// Stands where an expression could not be read; its error has been reported.
struct ErrorExpr : ExprOf<ExprKind::kError> {};

struct BoolExpr : ExprOf<ExprKind::kBool> {
  bool value = false;
};

/// `22`, `1_000_000`, `-1`: a minus right before a number belongs to it.
struct IntExpr : ExprOf<ExprKind::kInt> {
  int64_t value = 0;
};

struct FloatExpr : ExprOf<ExprKind::kFloat> {
  double value = 0;
};

/// One piece of a string: text with its escapes resolved, or an expression in braces.
struct StringPart {
  std::string text;  // when `expr` is null
  ExprPtr expr;
  Span span;  // of the text as written, or of the expression with its braces
};

/// `"{subnet} is public"`. Neighbouring text is one part; `""` has none.
struct StringExpr : ExprOf<ExprKind::kString> {
  std::vector<StringPart> parts;

  bool interpolated() const;
  /// The whole text of a string without interpolation.
  std::string PlainText() const;
};
using StringPtr = std::unique_ptr<StringExpr>;

/// `2027-03-31`, `2027-03-31T10:00:00Z`.
struct TimeExpr : ExprOf<ExprKind::kTime> {
  int64_t micros = 0;      // since 1970-01-01T00:00:00Z
  bool date_only = false;  // written without a time of day
};

/// `90d`, `15m`, `500ms`; a minus right before it belongs to it.
struct DurationExpr : ExprOf<ExprKind::kDuration> {
  int64_t micros = 0;
};

/// `10.0.0.1`, `2001:db8::1`. Well-formed as the runtime's parser sees it.
struct IpExpr : ExprOf<ExprKind::kIp> {
  std::string text;
};

/// `10.0.0.0/8`, `::/0`. Well-formed; bits behind the prefix may be set, which the checker judges.
struct CidrExpr : ExprOf<ExprKind::kCidr> {
  std::string text;
};

/// `v1.30.2`; `text` is without the `v`.
struct VersionExpr : ExprOf<ExprKind::kVersion> {
  std::string text;
};

/// A bare name: a variable, parameter, define, package alias, model, `now`, `this`, `resources`, …
struct NameExpr : ExprOf<ExprKind::kName> {
  Name name;
};

/// `base.field`. Also how `aws.subnet` and `net.is_public` are written: the checker knows which is which.
struct FieldExpr : ExprOf<ExprKind::kField> {
  ExprPtr base;
  Name field;
};

/// `base[index]`.
struct IndexExpr : ExprOf<ExprKind::kIndex> {
  ExprPtr base;
  ExprPtr index;
};

/// `callee(arguments)`. The callee is a NameExpr or a chain of FieldExpr over one.
struct CallExpr : ExprOf<ExprKind::kCall> {
  ExprPtr callee;
  std::vector<ExprPtr> arguments;
};

enum class UnaryOp : uint8_t { kNot, kNegate };

struct UnaryExpr : ExprOf<ExprKind::kUnary> {
  UnaryOp op{};
  Span op_span;
  ExprPtr operand;
};

enum class BinaryOp : uint8_t {
  kOr,
  kAnd,
  kCoalesce,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kContains,
  kMatches,
  kLike,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
};

/// As written: "and", "??", "<=", …
std::string_view Spelling(BinaryOp op);

/// All of them associate to the left. Comparisons do not chain.
struct BinaryExpr : ExprOf<ExprKind::kBinary> {
  BinaryOp op{};
  /// `not in`, `not matches`, `not like`, `not contains`: the negation of the whole. False for every other operator.
  bool negated = false;
  Span op_span;
  ExprPtr left;
  ExprPtr right;
};

enum class IsTest : uint8_t { kPresent, kAbsent, kModel };

/// `e is present`, `e is absent`, `e is aws.internet_gateway`, `e is not …`.
struct IsExpr : ExprOf<ExprKind::kIs> {
  ExprPtr operand;
  IsTest test{};
  bool negated = false;
  QualifiedName model;  // for kModel
  Span test_span;       // from `is` to the end
};

/// `if c then a else b`. `else if` is an IfExpr in `otherwise`.
struct IfExpr : ExprOf<ExprKind::kIf> {
  ExprPtr condition;
  ExprPtr then;
  ExprPtr otherwise;
};

/// `unknown "reason {interp}"`.
struct UnknownExpr : ExprOf<ExprKind::kUnknown> {
  StringPtr reason;
};

/// `[a, b]`.
struct ListExpr : ExprOf<ExprKind::kList> {
  std::vector<ExprPtr> elements;
};

/// `{a, b}`, at least one element.
struct SetExpr : ExprOf<ExprKind::kSet> {
  std::vector<ExprPtr> elements;
};

struct MapEntry {
  ExprPtr key;
  ExprPtr value;
  Span span;
};

/// `{"a": 1}`; keys are expressions. `{}` is one without entries, whatever type (map, set, record) the place wants.
struct MapExpr : ExprOf<ExprKind::kMap> {
  std::vector<MapEntry> entries;
};

struct RecordEntry {
  Name name;
  ExprPtr value;
  Span span;
};

/// `{destination: 0.0.0.0/1, target: g}`: only within the rows of a `given`, where bare keys are names of fields.
struct RecordExpr : ExprOf<ExprKind::kRecord> {
  std::vector<RecordEntry> entries;
};

/// `x in C`.
struct Generator {
  Name variable;
  ExprPtr collection;
  Span span;
};

/// `x in C, y in D where P`: the shape that all queries share.
struct Query {
  std::vector<Generator> generators;  // at least one
  ExprPtr where;                      // optional
  Span span;
};

enum class Quantifier : uint8_t { kExists, kNo, kEvery };
std::string_view Spelling(Quantifier quantifier);

/// `exists x in C where P`, `no …`, `every x in C where P satisfies Q`.
struct QuantifierExpr : ExprOf<ExprKind::kQuantifier> {
  Quantifier quantifier{};
  Span keyword;
  Query query;
  ExprPtr satisfies;  // kEvery only
};

enum class Aggregate : uint8_t { kCount, kSum, kMin, kMax, kAverage, kUnion };

std::string_view Spelling(Aggregate op);

/// `count(x in C where P)`, `sum(e for x in C where P)`, `union(e for …)`. With a plain list, as in `count(users)`, it
/// is a CallExpr.
struct AggregateExpr : ExprOf<ExprKind::kAggregate> {
  Aggregate op{};
  Span keyword;
  ExprPtr value;  // null for kCount
  Query query;
};

enum class ComprehensionShape : uint8_t { kList, kSet, kMap };

/// `[e for …]`, `{e for …}`, `{k: e for …}`.
struct ComprehensionExpr : ExprOf<ExprKind::kComprehension> {
  ComprehensionShape shape{};
  ExprPtr key;  // kMap only
  ExprPtr value;
  Query query;
};

/// `one e for x in C where P`.
struct OneExpr : ExprOf<ExprKind::kOne> {
  Span keyword;
  ExprPtr value;
  Query query;
};

/// `first x in C by K where P`.
struct FirstExpr : ExprOf<ExprKind::kFirst> {
  Span keyword;
  Query query;
  ExprPtr key;
};

/// `group x in C where P by e`.
struct GroupExpr : ExprOf<ExprKind::kGroup> {
  Span keyword;
  Query query;
  ExprPtr key;
};

// ---- Types ---------------------------------------------------------------------------------------------------------

enum class TypeKind : uint8_t {
  kError,
  kNamed,     // `string`, `list<T>`, `map<T>`, `version<debian>`, `aws.subnet`
  kOptional,  // `T?`
  kEnum,      // `"Enabled" | "Suspended"`
  kUnion,     // `aws.internet_gateway | aws.nat_gateway`
  kRecord,    // `{ privileged: bool?, run_as_user: int? }`
};

struct TypeExpr;
using TypePtr = std::unique_ptr<TypeExpr>;

struct TypeField {
  Name name;
  TypePtr type;
  DocComment doc;
  Span span;
  ExprPtr default_value;  // optional
};

struct TypeExpr {
  TypeKind kind = TypeKind::kError;
  Span span;
  QualifiedName name;              // kNamed
  std::vector<TypePtr> arguments;  // kNamed: in angle brackets; kOptional: the one inside; kUnion: the members
  std::vector<StringPtr> values;   // kEnum
  std::vector<TypeField> fields;   // kRecord
};

// ---- Declarations --------------------------------------------------------------------------------------------------

enum class ItemKind : uint8_t { kParam, kModel, kDefine, kRule, kTest, kGiven, kWaiver };

struct Item {
  const ItemKind kind;
  Span span;     // without the doc comment
  Span keyword;  // `rule`, `model`, …
  DocComment doc;
  /// A part of it could not be read: what is missing here must not be reported as missing.
  bool incomplete = false;

  virtual ~Item() = default;
  Item(const Item&) = delete;
  Item& operator=(const Item&) = delete;

 protected:
  explicit Item(ItemKind item_kind) : kind(item_kind) {}
};
using ItemPtr = std::unique_ptr<Item>;

template <ItemKind K>
struct ItemOf : Item {
  static constexpr ItemKind kKind = K;
  ItemOf() : Item(K) {}
};

template <typename T>
const T& As(const Item& item) {
  BYLAW_CHECK(item.kind == T::kKind, "item kind {}, not {}", static_cast<int>(item.kind), static_cast<int>(T::kKind));
  return static_cast<const T&>(item);
}
template <typename T>
const T* TryAs(const Item& item) {
  return item.kind == T::kKind ? static_cast<const T*>(&item) : nullptr;
}

/// `param max_key_age: duration = 90d`.
struct ParamDecl : ItemOf<ItemKind::kParam> {
  Name name;
  TypePtr type;
  ExprPtr default_value;  // optional
};

/// A field of a model: `key id: string`, `vpc: aws.vpc`, `routes: list<aws.route> via table`, `on: bool = false`.
struct ModelField {
  Name name;
  bool is_key = false;
  TypePtr type;
  StringPtr key_pattern;  // optional: `like "subnet-*"`, the form of this key, by which a bare key names its model
  Name via;               // optional: the reference field of the other model, seen from its far end
  ExprPtr default_value;  // optional
  DocComment doc;
  Span span;
};

/// `target = expr` in a mapping. The target has several parts where it is a field of a record.
struct MappingEntry {
  QualifiedName target;
  ExprPtr value;
  Span span;
};

/// `from terraform "aws_route_table".route as r, c in r.cidrs where COND { … }`, or `from data "runtimes.json"`.
struct Mapping {
  Name format;                        // `terraform`, `aws_config`, …, or `data`
  StringPtr source;                   // the type's name in that format, or the file's; no interpolation
  std::vector<Name> path;             // optional: the list inside the record that is unnested into rows
  Name alias;                         // optional: the element's name
  std::vector<Generator> generators;  // optional: further unnesting, inside the element
  ExprPtr where;                      // optional
  bool has_body = false;              // written with braces
  std::vector<MappingEntry> entries;
  DocComment doc;
  Span span;

  bool from_data() const { return format.text == "data"; }
};

/// `model aws.subnet { fields, mappings }`, or `model workload = kubernetes.pod | kubernetes.deployment`.
struct ModelDecl : ItemOf<ItemKind::kModel> {
  QualifiedName name;
  std::vector<ModelField> fields;
  std::vector<Mapping> mappings;
  TypePtr alias;  // set for the second form, a union (or one name); then no fields and mappings
};

struct DefineParam {
  Name name;
  TypePtr type;
  Span span;
};

struct Let {
  Name name;
  ExprPtr value;
  Span span;
};

/// `define is_public(subnet: aws.subnet): bool = let table = route_table(subnet); overlaps(…)`.
struct DefineDecl : ItemOf<ItemKind::kDefine> {
  Name name;
  std::vector<DefineParam> params;
  bool has_params = false;  // written with parentheses; a define without them is a constant
  TypePtr result;           // optional
  std::vector<Let> lets;    // each ends in `;`
  ExprPtr body;
};

// ---- Rules ---------------------------------------------------------------------------------------------------------

enum class ClauseKind : uint8_t {
  kId,
  kTitle,
  kSeverity,
  kControls,
  kAliases,
  kRelated,
  kDocs,  // about the rule
  kFor,
  kWhere,
  kLet,
  kRequire,
  kForbid,  // its meaning, in order
  kMessage,
  kFix,  // what is said of a violation
};

std::string_view Spelling(ClauseKind kind);

/// One clause of a rule. Which members are set depends on the kind.
struct Clause {
  ClauseKind kind{};
  Span keyword;
  Span span;
  std::vector<StringPtr> strings;     // kId, kTitle, kMessage, kFix: one; kControls, kAliases, kRelated, kDocs: some
  Name severity;                      // kSeverity: `info`, `low`, `medium`, `high` or `critical`
  std::vector<Generator> generators;  // kFor
  Name let_name;                      // kLet
  ExprPtr expr;                       // kWhere, kLet, kRequire, kForbid
};

/// A rule. kId, kTitle, kSeverity, kFor, kControls, … occur at most once each (the parser sees to it); kWhere, kLet,
/// kRequire and kForbid any number of times; kMessage and kFix once for the rule, or once behind each kRequire and
/// kForbid they belong to.
struct RuleDecl : ItemOf<ItemKind::kRule> {
  Name name;
  std::vector<Clause> clauses;  // as written

  /// The first clause of a kind, or null.
  const Clause* Find(ClauseKind clause_kind) const;
};

// ---- Tests and waivers ---------------------------------------------------------------------------------------------

/// How tests and waivers name a rule: its id (`NET-001`, or a string for one that is no such token) or its name
/// (`net.no_open_ssh`).
struct RuleReference {
  std::string text;
  bool is_id = false;
  Span span;
};

/// `aws.subnet s { vpc: v }`: a row, and the name that the test knows it by.
struct GivenRow {
  QualifiedName model;
  Name name;                         // optional
  std::vector<RecordEntry> entries;  // values may be RecordExpr and lists of them
  Span span;
};

enum class GivenKind : uint8_t {
  kRows,     // given { aws.vpc v { } … }
  kFile,     // given "fixtures/plan.json"
  kShared,   // given two_vpcs: the rows of a `given two_vpcs { … }` of the package
  kSetting,  // given max_key_age = 30d; given now = 2027-01-01
};

struct Given {
  GivenKind kind{};
  Span span;
  std::vector<GivenRow> rows;  // kRows
  StringPtr file;              // kFile
  QualifiedName name;          // kShared, kSetting
  ExprPtr value;               // kSetting
};

enum class ExpectKind : uint8_t { kHolds, kFails, kPasses, kUnknown, kNotApplicable, kWaived };

std::string_view Spelling(ExpectKind kind);

/// `expect NET-001 fails for s with message "*gateway*"`, or `expect net.is_public(s) == true`.
struct Expectation {
  ExpectKind kind{};
  Span span;
  ExprPtr expr;        // kHolds
  RuleReference rule;  // all others
  Span verdict;        // `not applicable`
  ExprPtr subject;     // optional; after `for`: a string (the address) or the name of a given row
  StringPtr message;   // optional; after `with message`: a glob
  StringPtr because;   // optional; after `because`: a part of a cause
};

struct TestStep {
  // Exactly one is set.
  std::optional<Given> given;
  std::optional<Expectation> expectation;
};

struct TestDecl : ItemOf<ItemKind::kTest> {
  StringPtr title;
  std::vector<TestStep> steps;  // as written
};

/// `given two_vpcs { aws.vpc a { } aws.vpc b { } }`: rows that tests share.
struct GivenDecl : ItemOf<ItemKind::kGiven> {
  Name name;
  std::vector<GivenRow> rows;
};

/// `waive NET-001 for "aws_subnet.legacy*" until 2027-03-31 because "…" by "…"`. The parser reports a missing `until`
/// or `because`.
struct WaiverDecl : ItemOf<ItemKind::kWaiver> {
  RuleReference rule;
  StringPtr address;           // a glob; or null, and then:
  std::optional<Query> query;  // `for b in aws.s3_bucket where …`: one generator
  ExprPtr until;               // a TimeExpr; null for `never`
  Span until_span;
  StringPtr because;
  StringPtr by;  // optional
};

// ---- Files ---------------------------------------------------------------------------------------------------------

struct Import {
  QualifiedName path;
  Name alias;  // optional
  Span span;
};

struct PackageDecl {
  QualifiedName name;
  DocComment doc;
  Span span;
};

/// A `//` or `///` comment with its slashes, without the end of line.
struct Comment {
  Span span;
  bool own_line = false;  // nothing but blanks before it on its line
  bool is_doc = false;
};

struct File {
  FileId file_id = kNoFile;
  Span span;
  std::optional<PackageDecl> package;
  std::vector<Import> imports;
  std::vector<ItemPtr> items;     // as written
  std::vector<Comment> comments;  // as written; doc comments too
};

}  // namespace bylaw::compiler::ast
