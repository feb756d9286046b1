// The checker's inside: one class whose methods stand in one file a concern. Nothing outside compiler/check includes
// this.
//
// Conventions. A method that gives an ExprPtr, Type or Model gives null after it has reported an error; a null operand
// means that the error is reported already, so callers stay silent. A variable, field or param whose type could not be
// found has a null type, and every use of it is silently null.
//
// Names are looked up in `context_`: the file, the local variables (innermost last), and the facts that guards have
// shown, each a value number with a narrower type.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/check/check.h"
#include "runtime/builtins/functions.h"

namespace bylaw::compiler {

enum class SymbolKind : uint8_t { kParam, kDefine, kModel, kAlias };

/// What a name of a package means.
struct Symbol {
  SymbolKind kind = SymbolKind::kParam;
  uint32_t index = 0;  ///< in TypedProgram::params, defines or models, or in Checker::aliases_
  Span span;
};

struct Package {
  std::string name;
  std::unordered_map<std::string, Symbol> symbols;
  std::unordered_map<std::string, Symbol> dotted;  ///< models that declare a name with dots, by all of it
  std::unordered_map<std::string, uint32_t> rules;
  std::unordered_map<std::string, const ast::GivenDecl*> givens;
  std::vector<std::pair<const Package*, Span>> imports;
};

struct FileScope {
  const ast::File* file = nullptr;
  Package* package = nullptr;
  std::unordered_map<std::string, const Package*>
      imports;  ///< by alias, last part and full name; null: the import was an error
};

/// `model workload = a | b`.
struct ModelAlias {
  const ast::ModelDecl* decl = nullptr;
  const FileScope* scope = nullptr;
  std::string name;
  std::vector<const Model*> members;
  bool resolving = false, resolved = false;
};

/// A value number that a guard has shown to have a narrower type.
struct Fact {
  uint32_t value_number = 0;
  const Type* type = nullptr;
};

/// What bare names mean inside a mapping.
struct MappingScope {
  TypedMapping* mapping = nullptr;
  Model* model = nullptr;
  std::vector<std::string> levels;  ///< the name of each level of unnested elements, outermost first
  const Type* this_type = nullptr;  ///< of `this` in the expression being checked; null where it means nothing
};

struct Context {
  const FileScope* scope = nullptr;
  std::vector<std::pair<std::string_view, const Variable*>> locals = {};
  std::vector<Fact> facts = {};
  MappingScope* mapping = nullptr;
  bool prints_absent = false;  ///< in a text for people: `{x}` may be absent
};

/// What a chain of names means before any local variable is looked at.
struct GlobalName {
  enum class Kind : uint8_t { kNone, kSymbol, kModel, kFailed } kind = Kind::kNone;
  Symbol symbol = {};
  const Model* model = nullptr;
  const Package* package = nullptr;  ///< kSymbol: where it stands
  size_t used = 0;                   ///< how many of the names it took
  std::string import = {};           ///< the alias or path of the imported package that it was found through, or empty
};

class Checker {
 public:
  Checker(const CheckOptions& options, Diagnostics& diagnostics);
  std::unique_ptr<TypedProgram> Run(std::span<const SourceUnit> units);

 private:
  // ---- scopes.cc: packages, imports, names
  void CollectPackages(std::span<const SourceUnit> units);
  void ResolveImports();
  void ReportImportCycles();
  bool Declare(Package& package, const std::string& name, Symbol symbol);
  GlobalName ResolveGlobal(std::span<const ast::Name* const> names);
  GlobalName FindGlobal(std::span<const ast::Name* const> names);
  GlobalName ResolveMember(const Package& package, std::span<const ast::Name* const> names, size_t used);
  /// False after the report that there are too many.
  bool AllowLet(size_t num_lets, const ast::Name& name);
  const Variable* FindLocal(std::string_view name) const;
  Variable* NewVariable(const ast::Name& name, const Type* type);
  Variable* NewVariable(std::string name, Span span, const Type* type);
  void ReportUnknownName(const ast::Name& name);
  /// So many mistakes that looking for what was meant would take longer than it helps; also where loops over
  /// declarations stop.
  bool TooManyErrors() const;
  /// DidYouMean, unless there are too many errors.
  std::string Meant(std::string_view seen, const std::vector<std::string>& candidates) const;
  std::vector<std::string> VisibleNames() const;
  const Model* SourceModel(const std::string& format, const std::string& type);

  // ---- declarations.cc: params, models, defines
  void DeclareItems();
  void DeclareBuiltinTables();
  void CheckModelFields(const ast::ModelDecl& decl, Model& model);
  void AddRecordFields(const ast::TypeExpr& record, const std::string& prefix, const std::string& optional_prefix,
                       Model& model);
  void ResolveReverseFields();
  void CheckKeys();
  void CheckFieldDefaults();
  void CheckParams();
  void DeclareDefineSignatures();
  void CheckDefine(Define& define);
  const std::vector<const Model*>& AliasMembers(uint32_t alias_index);
  ExprPtr CheckConstant(const ast::Expr& expr, const Type* type, std::string_view what);
  static bool IsConstant(const Expr& expr);

  // ---- type_expressions.cc
  const Type* ResolveType(const ast::TypeExpr& type);
  const Type* ResolveNamedType(const ast::TypeExpr& type);
  /// The models that a name means, one or those of a union; empty after an error.
  std::vector<const Model*> ResolveModelName(const ast::QualifiedName& name);
  std::vector<const Model*> ResolveModelNames(std::span<const ast::Name* const> names, Span span);

  // ---- expressions.cc: literals, names; paths.cc: paths
  ExprPtr CheckExpr(const ast::Expr& expr, const Type* hint = nullptr);
  /// The expression as a value of the type, with the conversions that the language makes.
  ExprPtr CheckAs(const ast::Expr& expr, const Type* type, std::string_view what);
  ExprPtr CheckCondition(const ast::Expr& expr, std::string_view what);
  ExprPtr CheckString(const ast::StringExpr& expr, const Type* hint);
  ExprPtr CheckText(const ast::StringExpr& expr);
  ExprPtr CheckCidr(const ast::CidrExpr& expr);
  ExprPtr CheckName(const ast::NameExpr& expr);
  ExprPtr CheckPath(const ast::FieldExpr& expr);
  ExprPtr CheckSteps(ExprPtr base, std::span<const ast::Name* const> names);
  ExprPtr CheckMember(ExprPtr base, const ast::Name& name, std::string& record_prefix, Span span);
  ExprPtr CheckAttribute(ExprPtr& base, const std::string& name, Span span);
  ExprPtr CheckIndex(const ast::IndexExpr& expr);
  ExprPtr CheckSymbol(const GlobalName& global, Span span);
  ExprPtr CheckIf(const ast::IfExpr& expr, const Type* hint);
  ExprPtr CheckUnknown(const ast::UnknownExpr& expr, const Type* hint);
  ExprPtr CheckList(const ast::ListExpr& expr, const Type* hint);
  ExprPtr CheckSet(const ast::SetExpr& expr, const Type* hint);
  ExprPtr CheckMap(const ast::MapExpr& expr, const Type* hint);
  ExprPtr MakeCollection(ExprKind kind, std::vector<ExprPtr> elements, const Type* hint, Span span);
  ExprPtr ReverseAsList(ExprPtr base, const Field* field, Span span);
  ExprPtr FieldOfUnion(ExprPtr base, const ast::Name& name, Span span);
  void ReportUnknownField(const Type& type, const ast::Name& name, const std::string& prefix);
  static const ast::Expr* FlattenPath(const ast::Expr& expr, std::vector<const ast::Name*>& names);
  /// `e is present` where e is a path to a record, which is no value of its own; null where it is none.
  ExprPtr RecordIsPresent(const ast::Expr& operand, Span span, bool& is_record);

  // ---- operators.cc
  ExprPtr CheckUnary(const ast::UnaryExpr& expr, const Type* hint);
  ExprPtr CheckBinary(const ast::BinaryExpr& expr, const Type* hint);
  ExprPtr CheckLogic(const ast::BinaryExpr& expr);
  ExprPtr CheckCoalesce(const ast::BinaryExpr& expr, const Type* hint);
  ExprPtr CheckEquality(const ast::BinaryExpr& expr);
  ExprPtr CheckOrdering(const ast::BinaryExpr& expr);
  ExprPtr CheckIn(const ast::BinaryExpr& expr);
  ExprPtr CheckTextMatch(const ast::BinaryExpr& expr);
  ExprPtr CheckArithmetic(const ast::BinaryExpr& expr, const Type* hint);
  ExprPtr CheckIs(const ast::IsExpr& expr);
  ExprPtr MakeNot(ExprPtr operand, Span span);
  ExprPtr MakeBinary(ExprKind kind, const Type* type, ExprPtr left, ExprPtr right, Span span);
  ExprPtr MakeBuiltin(FunctionId function, const Type* type, std::vector<ExprPtr> arguments, Span span);
  void ReportOperands(const ast::BinaryExpr& expr, const Expr& left, const Expr& right, std::string hint = {});
  static bool IsOrdered(const Type& type);

  // ---- calls.cc
  ExprPtr CheckCall(const ast::CallExpr& expr, const Type* hint);
  ExprPtr CallDefine(Define& define, const ast::CallExpr& expr);
  ExprPtr CallBuiltin(const ast::CallExpr& expr, const ast::Name& name, std::vector<ExprPtr> arguments);
  ExprPtr CountMembers(FunctionId function, const Expr& list, Span span);
  ExprPtr BuiltinConstant(const ast::Name& name);
  bool Matches(const TypePattern& pattern, const Expr& argument, bool implicit,
               const Type* bindings[TypePattern::kNumVariables], bool* only_absence);
  bool MatchesType(const TypePattern& pattern, const Type& type, bool implicit,
                   const Type* bindings[TypePattern::kNumVariables]);
  const Type* TypeOf(const TypePattern& pattern, const Type* const bindings[TypePattern::kNumVariables]);
  static bool IsPrintable(const Type& type);

  // ---- conversions.cc
  /// `expr` as a value of `type`; reports and gives null if it does not fit. `what` names the place: "the argument
  /// `subnet`".
  ExprPtr Coerce(ExprPtr expr, const Type* type, std::string_view what);
  /// Whether a value of type `from` is one of type `to` without any conversion.
  bool Fits(const Type& from, const Type& to) const;
  /// The type that has the values of both, or null.
  const Type* Join(const Type* a, const Type* b);
  /// json as a value of the (required) type: absent made unknown.
  ExprPtr RequireJson(ExprPtr expr, const Type* type);
  ExprPtr ConvertJson(ExprPtr expr, const Type* type);
  ExprPtr ToIpSet(ExprPtr expr);
  void ReportMayBeAbsent(const Expr& expr, std::string_view what);
  bool CheckEnumValue(const Expr& constant, const Type& type);
  bool RequirePresent(const Expr& expr, std::string_view what);
  std::string SourceText(Span span) const;
  /// The words of a declaration that stand in no part of it that was read: what they would have named is not unknown.
  std::set<std::string> WordsNotRead(const ast::RuleDecl& decl) const;

  // ---- narrowing.cc
  ExprPtr Make(ExprKind kind, const Type* type, Span span) const;
  /// Gives the expression its value number and, where a guard has shown one, its narrower type. Every new expression
  /// goes through this.
  ExprPtr Finish(ExprPtr expr);
  uint32_t Number(const Expr& expr);
  uint32_t NumberOfKey(std::string key);
  void CanonicalText(const Expr& expr, std::vector<const Variable*>& bound, std::string& text) const;
  void CanonicalQuery(const TypedQuery& query, std::vector<const Variable*>& bound, std::string& text) const;
  void AddFacts(const Expr& condition, bool holds, std::vector<Fact>& facts);
  /// The facts of a condition that a `let` names, computed once: lets may name lets, and a chain of them must not be
  /// walked again and again.
  const std::vector<Fact>& LetFacts(const Variable& let, bool holds);
  void AddPresence(const Expr& expr, std::vector<Fact>& facts);
  void Assume(const Expr& condition, bool holds);
  /// The expression again: everything is pure, so it may stand in several places. Variables that it binds itself get
  /// new copies.
  ExprPtr Clone(const Expr& expr);
  const Type* Narrowed(uint32_t value_number) const;

  // ---- queries.cc
  ExprPtr CheckQuantifier(const ast::QuantifierExpr& expr);
  ExprPtr CheckAggregate(const ast::AggregateExpr& expr);
  ExprPtr CheckComprehension(const ast::ComprehensionExpr& expr, const Type* hint);
  ExprPtr CheckOne(const ast::OneExpr& expr, const Type* hint);
  ExprPtr CheckFirst(const ast::FirstExpr& expr);
  ExprPtr CheckGroup(const ast::GroupExpr& expr);
  /// Binds the generators and the `where`; the caller drops them again with a QueryScope. False after an error.
  bool CheckQueryBody(const ast::Query& query, TypedQuery& typed);
  bool CheckGenerator(const ast::Generator& generator, QueryGenerator& typed);
  bool CheckGeneratorTable(const ast::Expr& collection, QueryGenerator& typed, const Type*& element, bool& is_table);
  ExprPtr FinishQuery(std::unique_ptr<TypedQuery> query, const Type* type, Span span);

  // ---- mappings.cc
  void CheckMappings();
  void CheckMapping(const ast::Mapping& mapping, Model& model);
  bool CheckUnnest(const ast::Mapping& mapping, MappingScope& scope);
  TypedFieldMapping CheckMappingEntry(const ast::MappingEntry& entry, const Field& field, MappingScope& scope);
  bool TakesElement(const TypedFieldMapping& mapping) const;
  TypedFieldMapping FoldedPaths(const Field& field, const MappingScope& scope, size_t innermost) const;
  /// The path that a chain of names stands for in a mapping; false if it is none.
  bool MappingPath(const ast::Expr& expr, const MappingScope& scope, std::vector<std::string>& path) const;
  bool MappingPaths(const ast::Expr& expr, const MappingScope& scope,
                    std::vector<std::vector<std::string>>& paths) const;
  ExprPtr MappingLeafExpr(std::vector<std::string> path, Span span);
  ExprPtr CheckMappingName(const ast::Name& name);

  // ---- data_tables.cc
  void ReadDataTable(const ast::Mapping& mapping, Model& model);
  void ReadCsv(const std::string& text, const ast::Mapping& mapping, Model& model);
  void ReadJson(const std::string& text, const ast::Mapping& mapping, Model& model);
  /// The value that a text of a data table stands for, or null if it is none of the type.
  ExprPtr DataValue(const std::string& text, const Type& type, Span span);
  ExprPtr MakeConstant(const Type* type, uint64_t bits, std::string text, Span span);

  // ---- rules.cc
  void DeclareRules();
  void CheckRules();
  void CheckRule(const ast::RuleDecl& decl, TypedRule& rule);
  void CheckClauses(const ast::RuleDecl& decl, TypedRule& rule);
  TypedText CheckRuleText(const ast::StringExpr& text, const std::vector<const Variable*>& witnesses);
  void CheckWaiver(const ast::WaiverDecl& decl);
  static void CollectWitnesses(const Expr& condition, std::vector<const Variable*>& witnesses,
                               std::unordered_set<const Variable*>& seen_lets);
  /// The rule that a test or waiver names, or kNone after an error.
  uint32_t FindRule(const ast::RuleReference& reference);

  // ---- tests.cc
  void CheckTests();
  void CheckTest(const ast::TestDecl& decl);
  void DeclareGivenRows(const std::vector<ast::GivenRow>& rows, TypedTest& test);
  void FillGivenRow(const std::vector<ast::RecordEntry>& entries, const std::string& prefix, TestRow& row,
                    TypedTest& test);
  void FillGivenField(const Field& field, const ast::RecordEntry& entry, TestRow& row, TypedTest& test);
  bool GivenReference(const ast::Expr& value, const Type& type, std::pair<TestRow*, std::string>& reference);
  void RequireFields(const TestRow& row);
  void CheckGiven(const ast::Given& given, TypedTest& test);
  void CheckExpectation(const ast::Expectation& expectation, TypedTest& test);

  // ---- recursion.cc
  void OrderDefines();

  /// Restores the locals and facts of a scope when it ends.
  class ScopeGuard {
   public:
    explicit ScopeGuard(Checker& checker)
        : checker_(checker), num_locals_(checker.context_.locals.size()), num_facts_(checker.context_.facts.size()) {}
    ~ScopeGuard() {
      checker_.context_.locals.resize(num_locals_);
      checker_.context_.facts.resize(num_facts_);
    }
    ScopeGuard(const ScopeGuard&) = delete;
    ScopeGuard& operator=(const ScopeGuard&) = delete;

   private:
    Checker& checker_;
    size_t num_locals_, num_facts_;
  };

  const Type* Bool() { return bool_; }
  Diagnostic& Report(Code code, Span span, std::string message) {
    return diagnostics_.Report(code, span, std::move(message));
  }
  void Bind(const Variable* variable) { context_.locals.emplace_back(variable->name, variable); }

  const CheckOptions& options_;
  Diagnostics& diagnostics_;
  std::unique_ptr<TypedProgram> program_;
  const Type* bool_ = nullptr;
  const Type* int_ = nullptr;
  const Type* string_ = nullptr;
  const Type* json_ = nullptr;

  std::map<std::string, Package> packages_;
  std::deque<FileScope> files_;
  std::deque<ModelAlias> aliases_;
  std::unordered_map<std::string, Model*> models_;  ///< by full name, sources too
  struct ModelSite {
    const ast::ModelDecl* decl;
    const FileScope* scope;
    Model* model;
  };
  std::vector<ModelSite> model_sites_;
  struct DefaultSite {
    Field* field;
    const ast::Expr* expr;
    const FileScope* scope;
  };
  std::vector<DefaultSite> defaults_;
  struct ReverseSite {
    Field* field;
    const ast::ModelField* decl;
    const FileScope* scope;
  };
  std::vector<ReverseSite> reverses_;
  struct DefineSite {
    const ast::DefineDecl* decl;
    const FileScope* scope;
    enum class State : uint8_t { kNew, kChecking, kDone } state = State::kNew;
    std::string package;
  };
  std::vector<DefineSite> define_sites_;  ///< one for each of TypedProgram::defines
  struct ParamSite {
    const ast::ParamDecl* decl;
    const FileScope* scope;
  };
  std::vector<ParamSite> param_sites_;
  struct RuleSite {
    const ast::RuleDecl* decl;
    const FileScope* scope;
  };
  std::vector<RuleSite> rule_sites_;
  std::unordered_map<std::string, uint32_t> rule_ids_;

  Context context_;
  std::set<std::string> forgiven_names_;  ///< of a rule that could not be read in part: see WordsNotRead
  std::unordered_map<const Variable*, std::vector<Fact>> let_facts_[2];
  int define_depth_ = 0, alias_depth_ = 0;
  size_t num_errors_before_ = 0;
  /// What a condition that failed has shown all the same: it keeps one mistake from making others of what stands to its
  /// right.
  std::vector<Fact> salvaged_;
  /// Fields that a record of a model must have, by the record's prefix: the optional record is there when they are.
  std::unordered_map<const Field*, std::string> required_in_record_;
  /// The rows of the test being checked, by name.
  std::unordered_map<std::string_view, TestRow*> given_rows_;
  struct GivenSite {
    const ast::GivenRow* decl;
    TestRow* row;
  };
  std::vector<GivenSite> given_sites_;
  std::unordered_map<std::string, uint32_t> value_numbers_;
};

}  // namespace bylaw::compiler
