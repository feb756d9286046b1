// The typed tree: what the checker makes of the AST, and what the IR, the tests' reference evaluator and the documents read.
//
// Names are resolved to the things they name, every expression has a type, conversions are explicit, sugar is gone:
//   forbid e                    → a clause whose condition is not e, with `forbid` set
//   no x in C where P           → not (exists x in C where P)
//   every x in C satisfies Q    → not (exists x in C where P and not Q)
//   x in t.routes (generator)   → a kReverse generator; `t.routes` elsewhere → the list comprehension over it
//   "…{e}…"                     → kConcat of kToText
//   != , > , >=                 → not ==, and < and <= with swapped operands
//   x.a.b through json          → kJsonGet; json where a value of type T is needed → kRequire(kConvert)
//   e is not M, not in          → not (…)
// What the checker rejects (see diagnostics.def) never gets here: a TypedProgram exists only when there was no error.
//
// Ownership: a TypedProgram owns everything; raw pointers between its parts are non-owning and live as long as it. Thread safety: immutable after check.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/source/source.h"
#include "runtime/base/types.h"
#include "runtime/bytecode/program.h"

namespace bylaw::compiler {

struct Model;
struct Define;
struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

/// A type. Interned in TypeTable: equal types are one pointer.
struct Type {
  TypeKind kind = TypeKind::kBool;
  bool optional = false;
  const Type* element = nullptr;  ///< list, set, map
  const Type* key = nullptr;      ///< map: string, unless from `group … by`
  std::vector<const Model*> models =
      {};  ///< ref: one, or the members of a union in declaration order; empty: any resource
  std::vector<std::string> values = {};  ///< string: an enum's set, sorted; empty: any string
  uint32_t id = 0;                       ///< position in the TypeTable

  /// As the language writes it: "list<aws.subnet>?", `"Enabled" | "Suspended"`.
  std::string ToString() const;
};

class TypeTable {
 public:
  TypeTable();
  const Type* Get(TypeKind kind, bool optional = false);
  const Type* List(const Type* element);
  const Type* Set(const Type* element);
  const Type* Map(const Type* element, const Type* key = nullptr);
  const Type* Ref(std::vector<const Model*> models, bool optional = false);
  const Type* Enum(std::vector<std::string> values, bool optional = false);
  const Type* Optional(const Type* type);  ///< `type?`; itself if it is already
  const Type* Required(const Type* type);  ///< without `?`
  size_t size() const { return types_.size(); }

 private:
  const Type* Intern(Type type);
  std::deque<Type> types_;
  std::unordered_map<std::string, const Type*> by_text_;
};

/// A column of a model. Record-typed fields are flattened: "security_context.privileged".
struct Field {
  std::string name;
  const Type* type = nullptr;
  bool is_key = false;
  ExprPtr default_value;  ///< constant expression, or null
  /// `list<M> via f`: no column, the rows of M whose field f is this row.
  const Model* reverse_model = nullptr;
  const Field* reverse_field = nullptr;
  const Model* model = nullptr;  ///< owner
  uint32_t index = 0;            ///< in Model::fields
  std::string doc;
  Span span;
};

struct TypedFieldMapping {
  const Field* field = nullptr;
  FieldSourceKind kind = FieldSourceKind::kPath;
  std::vector<std::vector<std::string>>
      paths;  ///< kPath; for fields not named in the mapping: the folded spellings. Leading "" and "@" as in FieldMapping.
  ExprPtr value;  ///< kFunction: over MappingLeaf expressions, converted to the field's type
};

/// A leaf that mapping expressions read (Expr::leaf is an index into TypedMapping::leaves).
struct MappingLeaf {
  std::vector<std::vector<std::string>> paths;
  bool is_this = false;
};

struct TypedMapping {
  std::string format, source_type;
  std::vector<std::vector<std::string>> unnest;  ///< as TableMapping::unnest
  std::vector<MappingLeaf> leaves;
  ExprPtr where;                          ///< or null
  std::vector<TypedFieldMapping> fields;  ///< one for each field that is a column
  Span span;
};

struct Model {
  std::string
      name;  ///< qualified: "aws.subnet"; sources: "terraform.aws_foo"; built-in: "accounts", "regions", "resources"
  TableKind kind = TableKind::kModel;
  std::deque<Field> fields;
  std::vector<TypedMapping> mappings;
  std::string key_pattern;                      ///< `key id: string like "igw-*"`; or empty
  std::vector<std::vector<ExprPtr>> data_rows;  ///< `from data`: constant expressions, one a field
  std::string doc;
  Span span;
  uint32_t index = 0;  ///< in TypedProgram::models

  const Field* Find(const std::string& field_name) const;
  const Field* key() const;  ///< by which references name rows: the one that is `key`, a text or number; or null
};

struct TypedParam {
  std::string name;  ///< qualified
  const Type* type = nullptr;
  ExprPtr default_value;
  std::string doc;
  Span span;
  uint32_t index = 0;
};

/// A name bound to a value: a `for`, quantifier or comprehension variable, a define's argument, a let.
struct Variable {
  std::string name;
  const Type* type = nullptr;
  Span span;
  uint32_t id = 0;                  ///< unique in the program
  const Expr* let_value = nullptr;  ///< lets: what it stands for; uses are kVariable all the same
};

enum class GeneratorSource : uint8_t {
  kTable,     ///< every row of `model`
  kUnion,     ///< every row of each of `models`
  kReverse,   ///< the rows of `model` whose `reverse_field` equals `collection` (a reference)
  kElements,  ///< the elements of the list or set `collection`, the keys of a map
};

struct QueryGenerator {
  Variable* variable = nullptr;
  GeneratorSource source = GeneratorSource::kTable;
  const Model* model = nullptr;          ///< kTable, kReverse
  std::vector<const Model*> models;      ///< kUnion, in the order of the rows
  const Field* reverse_field = nullptr;  ///< kReverse
  ExprPtr collection;                    ///< kReverse: the reference; kElements: the list, set or map
  Span span;
};

enum class ExprKind : uint8_t {
  kConstant,  ///< `constant`
  kParam,     ///< `param`
  kNow,
  kAbsent,       ///< the literal for an optional that is not there (from `if` without else and the like)
  kVariable,     ///< `variable`
  kMappingLeaf,  ///< `leaf`: json, or a reference for `this`
  kField,        ///< operands[0] (a reference) . `field`; absent reference: absent
  kAttribute,    ///< operands[0] . `attribute`
  kIsModel,      ///< operands[0] is `model`
  kAnd,
  kOr,
  kNot,
  kEqual,  ///< total on absent; int and float never mix (the checker inserts kConvert)
  kLess,
  kLessEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,  ///< by the operands' kinds: int, float, time/duration; kSubtract of ipsets is kBuiltin
  kIsPresent,
  kCoalesce,  ///< operands[0] ?? operands[1]
  kIf,        ///< operands: condition, then, else
  kUnknown,   ///< operands[0]: the reason
  kConvert,   ///< operands[0] as `type`: int → float, cidr → ipset, json → anything; absent stays absent
  kRequire,   ///< operands[0], absent made unknown
  kNarrow,    ///< operands[0] with the type that a guard has shown; no operation at run time
  kJsonGet,   ///< operands[0] . `text`
  kGet,       ///< operands[0] [ operands[1] ]
  kToText,
  kConcat,
  kLike,
  kMatches,
  kIn,  ///< operands[0] in operands[1] (list, set, map)
  kMakeList,
  kMakeSet,
  kMakeMap,
  kBuiltin,  ///< `function_id`(operands)
  kCall,     ///< `define`(operands)
  kQuery,    ///< `query`
};

struct TypedQuery;

/// A way in which a query may have members that are not shown (see open_keys.h): some of its variables are rows that
/// nobody sees, because of what others are, its own or those of queries in its condition. It is open where rows of the
/// others satisfy `where`, or may, and each of `outside` may lie outside the snapshot.
struct QueryOpening {
  std::vector<const TypedQuery*> joined;  ///< copies of the queries in the condition; what has a `where` satisfies it
  std::vector<const Variable*> unseen;
  std::vector<const Variable*>
      shown;  ///< those that range over the reverse field of an unseen row: over rows that are there
  std::vector<const Expr*> outside;  ///< non-owning, as TypedQuery::open_keys
};

struct TypedQuery {
  QueryKind kind = QueryKind::kExists;
  std::vector<QueryGenerator> generators;
  ExprPtr where;  ///< or null
  ExprPtr value;  ///< kSum … kFirst, kGroup
  ExprPtr key;    ///< kMap, kGroup
  ExprPtr order;  ///< kFirst
  /// The query's keys: what makes it open when it is external (see open_keys.h). Non-owning: they are parts of `where`,
  /// or of `made_keys`, and mention no variable of this query.
  std::vector<const Expr*> open_keys;
  std::vector<QueryOpening> openings;
  std::vector<ExprPtr> made_keys;
  const Expr* satisfies = nullptr;  ///< `every`: the condition whose negation is (a conjunct of) `where`
};

/// One expression. Which members mean something depends on `kind`, as noted there.
struct Expr {
  ExprKind kind = ExprKind::kConstant;
  const Type* type = nullptr;
  Span span;
  std::vector<ExprPtr> operands;

  std::optional<Constant>
      constant;  ///< kConstant; its `type` member is not used here, and list elements are in `operands`
  const TypedParam* param = nullptr;
  const Variable* variable = nullptr;
  const Field* field = nullptr;
  const Model* model = nullptr;
  const Define* define = nullptr;
  Attribute attribute = Attribute::kAddress;
  uint32_t leaf = 0;
  uint32_t function_id = 0;
  std::string text;
  std::unique_ptr<TypedQuery> query;
  /// Equal for two expressions of one rule or define that are written alike over the same variables; for narrowing and sharing. 0: not numbered.
  uint32_t value_number = 0;
};

struct Define {
  std::string name;  ///< qualified
  std::vector<Variable*> params;
  const Type* result = nullptr;
  std::vector<std::pair<Variable*, ExprPtr>> lets;
  ExprPtr body;
  bool recursive = false;  ///< a relation: bool, all params references
  uint32_t stratum = 0;    ///< recursive defines that call each other share it; lower ones are complete first
  std::string doc;
  Span span;
  uint32_t index = 0;
};

/// A text with interpolation, over the rule's variables and the variables of its clauses' quantifiers (witnesses).
struct TypedText {
  ExprPtr value;  ///< string; null: not given
  std::vector<const Variable*>
      witnesses;  ///< quantifier variables that it names; their type in it is the row's, optional
};

struct TypedClause {
  ExprPtr condition;  ///< what is required (the negation, for forbid)
  bool forbid = false;
  TypedText message, fix;  ///< of this clause alone; without them the rule's
  Span span;
};

/// An item of a rule's body in the order written: the `for`s, `where`s and `let`s make the pipeline, the clauses judge.
struct TypedRule {
  std::string name, package, id, title, doc, docs_link;
  bool has_id = false;
  bylaw::Severity severity = bylaw::Severity::kMedium;
  std::vector<std::string> controls, aliases, related;
  std::vector<TypedText> computed_controls;
  std::vector<QueryGenerator> generators;
  std::vector<ExprPtr> where;  ///< conjuncts
  std::vector<std::pair<Variable*, ExprPtr>> lets;
  std::vector<TypedClause> clauses;
  TypedText message, fix;
  Span span, name_span;
};

struct TypedWaiver {
  std::string rule;
  std::string address_glob;  ///< or empty, and:
  Variable* variable = nullptr;
  const Model* model = nullptr;
  ExprPtr where;
  std::optional<int64_t> until;  ///< µs since the epoch; none: never
  std::string because, by;
  Span span;
};

/// A value given to a field in a test's row: a constant expression, a reference to a named row, a list of nested rows.
struct TestRow;
struct TestFieldValue {
  const Field* field = nullptr;
  ExprPtr value;                 ///< constant; null for references and nested rows
  TestRow* reference = nullptr;  ///< another row of this test
  std::string reference_key;     ///< or the key of one (or of something outside the snapshot)
  std::vector<TestRow*> nested;  ///< rows of the field's reverse model
  /// A list or set of references: for each the row, or null and the key of something outside the snapshot.
  std::vector<std::pair<TestRow*, std::string>> references;
  Span span;
};
struct TestRow {
  const Model* model = nullptr;
  std::string name;     ///< the name it is given in the test, or empty
  std::string address;  ///< its name, else its key, else made up
  std::vector<TestFieldValue> values;
  std::vector<std::pair<Attribute, ExprPtr>>
      attributes;             ///< `tags`, `account`, `region`, `address` where the model has no such field: constants
  TestRow* parent = nullptr;  ///< nested rows: the row whose reverse field they stand in
  Span span;
};

enum class Expectation : uint8_t { kFails, kPasses, kUnknown, kNotApplicable, kWaived, kTrue };

struct TypedExpect {
  std::string rule;             ///< id or name as written; resolved to `rule_index`
  uint32_t rule_index = kNone;  ///< in TypedProgram::rules
  Expectation expectation = Expectation::kTrue;
  std::string resource;  ///< address glob, or the address of the named row
  std::string message_glob, because_glob;
  bool has_message = false, has_because = false;
  ExprPtr condition;  ///< kTrue: a bool over the test's rows (as kVariable bound to them)
  Span span;
};

struct TypedTest {
  std::string name;
  std::vector<std::string> given_files;  ///< relative to the policy file
  std::deque<TestRow> rows;
  std::vector<std::pair<Variable*, TestRow*>> variables;  ///< named rows, for kTrue conditions
  std::vector<TypedExpect> expects;
  std::vector<std::pair<const TypedParam*, ExprPtr>> settings;  ///< `given max_age = 30d`
  std::optional<int64_t> now;                                   ///< `given now = 2027-01-01`, µs since the epoch
  std::string package;
  Span span;
};

/// A name that the author wrote, and the declaration that it means: a param, define, model, local variable or rule.
struct NameUse {
  Span span;         ///< where the name, with what stands before it, is written
  Span declaration;  ///< the declared name; invalid for what no file declares
  std::string import =
      {};  ///< the alias or path of the imported package that it was found through, as written; or empty
};

struct TypedProgram {
  TypeTable types;
  std::deque<Model> models;
  std::deque<Variable> variables;
  std::deque<Define> defines;
  std::deque<TypedParam> params;
  std::deque<TypedRule> rules;
  std::deque<TypedWaiver> waivers;
  std::deque<TypedTest> tests;
  /// A query given by `bylaw query` rather than by a file; null otherwise.
  ExprPtr query_expression;
  std::vector<NameUse> name_uses;  ///< of all files, in the order of checking; one may be there twice

  const Model* FindModel(const std::string& name) const;
};

}  // namespace bylaw::compiler
