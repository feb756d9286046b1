#include "tests/differential/generator.h"

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include <fmt/format.h>

namespace bylaw::differential {
namespace {

enum class Kind { kBool, kInt, kString, kRef, kIntList, kStringSet, kRefList };

struct Field {
  std::string name;
  Kind kind = Kind::kInt;
  bool optional = false;
  int target = 0;         ///< kRef: the model
  int other_target = -1;  ///< kRef: of a union
};

struct Model {
  std::string name;
  std::vector<Field> fields;
  std::string reverse_name;  ///< `REVERSE: list<MODEL> via FIELD`; empty: none
  int reverse_model = 0;
};

/// A variable in scope: a row of a model, or a scalar.
struct Variable {
  std::string name;
  Kind kind = Kind::kRef;
  int model = 0;
};

struct Define {
  std::string name;
  int model = 0;  ///< of its argument
  bool recursive = false;
  std::string body;      ///< not recursive: with kArgument, and kOther, where the arguments stand
  int other_model = -1;  ///< not recursive: of a second argument
};

constexpr const char* kArgument = "\x01";
constexpr const char* kOther = "\x02";

std::string WithArguments(const std::string& body, const std::string& argument, const std::string& other = {}) {
  std::string text;
  for (const char c : body) text += c == kArgument[0] ? argument : c == kOther[0] ? other : std::string(1, c);
  return text;
}

class Generator {
 public:
  Generator(Choices& choices, const Variant& variant)
      : choices_(choices), variant_(variant), refinement_(variant.refine) {}

  GeneratedWorld Run() {
    MakeModels();
    std::string policy = "package p\n";
    for (const Model& model : models_) policy += ModelText(model);
    policy += "param limit: int = 2\n";
    const uint32_t num_defines = Below(3);
    for (uint32_t i = 0; i < num_defines; ++i) policy += DefineText(i);
    if (choices_.Below(2) != 0) policy += JoinText();
    if (choices_.Below(3) != 0) policy += RelationText();
    const uint32_t num_rules = 1 + Below(3);
    for (uint32_t i = 0; i < num_rules; ++i) policy += RuleText(i);
    GeneratedWorld world{.policy = policy, .rows = Rows()};
    world.closed_world = choices_.OneIn(6);
    return world;
  }

 private:
  uint32_t Below(uint32_t n) { return choices_.Below(n); }
  template <typename... T>
  std::string Pick(const T&... texts) {
    const std::array<std::string, sizeof...(T)> all = {std::string(texts)...};
    return all[Below(sizeof...(T))];
  }

  // ---- what a variant says differently

  std::string And(const std::string& a, const std::string& b) const {
    if (variant_.rewrite) return fmt::format("(not ((not {}) or (not {})))", a, b);
    return variant_.reorder ? fmt::format("({} and {})", b, a) : fmt::format("({} and {})", a, b);
  }
  std::string Or(const std::string& a, const std::string& b) const {
    if (variant_.rewrite) return fmt::format("(not ((not {}) and (not {})))", a, b);
    return variant_.reorder ? fmt::format("({} or {})", b, a) : fmt::format("({} or {})", a, b);
  }
  std::string Compare(const std::string& a, const std::string& op, const std::string& b) const {
    if (variant_.rewrite && op == "!=") return fmt::format("(not ({} == {}))", a, b);
    if (variant_.rewrite && op == ">=") return fmt::format("(not ({} < {}))", a, b);
    if (!variant_.reorder) return fmt::format("({} {} {})", a, op, b);
    return fmt::format("({} {} {})", b,
                       op == "<"    ? ">"
                       : op == "<=" ? ">="
                       : op == ">"  ? "<"
                       : op == ">=" ? "<="
                                    : op,
                       a);
  }
  std::string Exists(const std::string& members) const {
    return fmt::format(fmt::runtime(variant_.rewrite ? "(count({}) > 0)" : "(exists {})"), members);
  }
  std::string No(const std::string& members) const {
    return fmt::format(fmt::runtime(variant_.rewrite ? "(not (exists {}))" : "(no {})"), members);
  }

  // ---- models

  void MakeModels() {
    const int num_models = 2 + static_cast<int>(Below(2));
    for (int i = 0; i < num_models; ++i) {
      Model model{.name = fmt::format("m{}", i), .fields = {}, .reverse_name = {}};
      auto target = [&] { return static_cast<int>(Below(static_cast<uint32_t>(num_models))); };
      model.fields = {{"n", Kind::kInt, false},
                      {"m", Kind::kInt, true},
                      {"s", Kind::kString, false},
                      {"t", Kind::kString, true},
                      {"b", Kind::kBool, false},
                      {"c", Kind::kBool, true},
                      {"r", Kind::kRef, false, target()},
                      {"q", Kind::kRef, true, target()},
                      {"l", Kind::kIntList, false},
                      {"w", Kind::kStringSet, false},
                      {"k", Kind::kRefList, false, target()}};
      const int first = target(), second = target();
      if (first != second) model.fields.push_back({"u", Kind::kRef, true, first, second});
      models_.push_back(model);
    }
    for (int i = 0; i < num_models; ++i) {
      // The far end of the first reference of some model to this one.
      for (int j = 0; j < num_models && models_[static_cast<size_t>(i)].reverse_name.empty(); ++j) {
        if (models_[static_cast<size_t>(j)].fields[6].target != i) continue;
        models_[static_cast<size_t>(i)].reverse_name = "rs";
        models_[static_cast<size_t>(i)].reverse_model = j;
      }
    }
  }

  static std::string TypeText(const Field& field) {
    std::string text;
    switch (field.kind) {
      case Kind::kBool: text = "bool"; break;
      case Kind::kInt: text = "int"; break;
      case Kind::kString: text = "string"; break;
      case Kind::kIntList: text = "list<int>"; break;
      case Kind::kStringSet: text = "set<string>"; break;
      case Kind::kRefList: text = fmt::format("list<p.m{}>", field.target); break;
      case Kind::kRef:
        text = field.other_target < 0 ? fmt::format("p.m{}", field.target)
                                      : fmt::format("(p.m{} | p.m{})", field.target, field.other_target);
        break;
    }
    return text + (field.optional ? "?" : "");
  }

  std::string ModelText(const Model& model) {
    std::string text = fmt::format("model p.{} {{\n  key id: string\n", model.name);
    for (const Field& field : model.fields)
      text += fmt::format("  {}: {}{}\n", field.name, TypeText(field),
                          field.kind == Kind::kIntList || field.kind == Kind::kRefList ? " = []"
                          : field.kind == Kind::kStringSet                             ? " = {}"
                                                                                       : "");
    if (!model.reverse_name.empty())
      text += fmt::format("  {}: list<p.m{}> via r\n", model.reverse_name, model.reverse_model);
    return text + "}\n";
  }

  const Model& ModelAt(int index) const { return models_[static_cast<size_t>(index)]; }

  // ---- expressions

  /// A row variable; there always is one where expressions are made over rows.
  const Variable* RowVariable(int model = -1) {
    std::vector<const Variable*> fitting;
    for (const Variable& variable : scope_) {
      if (variable.kind == Kind::kRef && (model < 0 || variable.model == model)) fitting.push_back(&variable);
    }
    return fitting.empty() ? nullptr : fitting[fitting.size() - 1 - Below(static_cast<uint32_t>(fitting.size()))];
  }

  /// A row as an expression: a variable, or what one refers to. The model it is of in `model`.
  std::string RowOf(int& model) {
    const Variable* variable = RowVariable();
    if (variable == nullptr) return {};
    model = variable->model;
    std::string text = variable->name;
    for (int hops = 0; hops < 2 && choices_.OneIn(4); ++hops) {
      model = ModelAt(model).fields[6].target;
      text += ".r";
    }
    return text;
  }

  std::string Bool(int depth) {
    int model = 0;
    const std::string row = RowOf(model);
    if (row.empty()) return Pick("true", "limit > 1", "limit > 3");
    if (depth <= 0) {
      switch (Below(7)) {
        case 0: return row + ".b";
        case 1: return fmt::format("({}.c ?? {})", row, Pick("false", "true"));
        case 2: {
          const std::string op = Pick("==", "!=", "<", "<=", ">", ">=");
          return Compare(row + ".n", op, SmallInt());
        }
        case 3: {
          const std::string op = Pick("==", "!=");
          return Compare(row + ".m", op, SmallInt());
        }
        case 4: {
          const std::string op = Pick("==", "!=");
          return Compare(row + ".t", op, Text());
        }
        case 5: return fmt::format("({}.{} is {})", row, Pick("m", "t", "q", "c"), Pick("present", "absent"));
        default: {
          const std::string op = Pick("==", "!=", "<");
          return Compare(row + ".s", op, Text());
        }
      }
    }
    switch (Below(16)) {
      case 0: return Bool(0);
      case 1: {
        const std::string left = Bool(depth - 1);
        return And(left, Bool(depth - 1));
      }
      case 2: {
        const std::string left = Bool(depth - 1);
        return Or(left, Bool(depth - 1));
      }
      case 3: return fmt::format("(not {})", Bool(depth - 1));
      case 4:
      case 5: return Quantifier(depth);
      case 6: {
        const std::string left = Int(depth - 1), op = Pick("==", "!=", "<", "<=", ">", ">=");
        return Compare(left, op, Int(depth - 1));
      }
      case 7: return RefEquality();
      case 8: return fmt::format("({} in {})", Int(depth - 1), Pick("{1, 2}", row + ".l", "{0}"));
      case 9:
        return fmt::format("({} {} {})", String(depth - 1), Pick("in", "not in"), Pick(row + ".w", "{\"a\", \"b\"}"));
      case 10:
        return fmt::format("({} {})", String(depth - 1),
                           Pick("like \"a*\"", "matches \"^[ab]+$\"", "not like \"*b\"", "contains \"a\""));
      case 11: return fmt::format("(if {} then {} else {})", Bool(depth - 1), Bool(depth - 1), Bool(depth - 1));
      case 12: return Call(model, row);
      case 13: return UnionTest(row, model);
      case 14: {
        const std::string left = String(depth - 1), op = Pick("==", "!=");
        return Compare(left, op, String(depth - 1));
      }
      default: return Or(fmt::format("({}.q is present and {}.q.b)", row, row), Bool(depth - 1));
    }
  }

  std::string Call(int model, const std::string& row) {
    std::vector<std::string> calls;
    for (const Define& define : defines_) {
      if (define.model != model) continue;
      if (define.other_model >= 0) {
        const Variable* other = RowVariable(define.other_model);
        if (other != nullptr) calls.push_back(CallOf(define, row, other->name));
      } else if (!define.recursive) {
        calls.push_back(variant_.inline_defines ? WithArguments(define.body, row)
                                                : fmt::format("{}({})", define.name, row));
      } else {
        const Variable* other = RowVariable(model);
        calls.push_back(fmt::format("{}({}, {})", define.name, row, other != nullptr ? other->name : row));
      }
    }
    if (calls.empty()) return row + ".b";
    return "(" + calls[Below(static_cast<uint32_t>(calls.size()))] + ")";
  }

  std::string CallOf(const Define& define, const std::string& first, const std::string& second) const {
    return variant_.inline_defines ? WithArguments(define.body, first, second)
                                   : fmt::format("{}({}, {})", define.name, first, second);
  }

  std::string UnionTest(const std::string& row, int model) {
    const Model& m = ModelAt(model);
    if (m.fields.size() <= 11) return fmt::format("({}.r is p.m{})", row, m.fields[6].target);
    return fmt::format("({}.u {} p.m{})", row, Pick("is", "is not"),
                       Below(2) == 0 ? m.fields[11].target : m.fields[11].other_target);
  }

  std::string RefEquality() {
    int model = 0;
    const std::string row = RowOf(model);
    if (choices_.OneIn(3)) {
      const Variable* element = RowVariable(ModelAt(model).fields[10].target);
      if (element != nullptr) return Contains(row + ".k", element->name);
    }
    const Field& field = ModelAt(model).fields[6 + Below(2)];
    const Variable* other = RowVariable(field.target);
    const std::string right = other != nullptr && Below(3) != 2 ? other->name : fmt::format("{}.{}", row, field.name);
    const std::string op = Pick("==", "!=");
    return Compare(row + "." + field.name, op, right);
  }

  std::string Contains(const std::string& list, const std::string& element) {
    return Below(2) == 0 ? fmt::format("({} in {})", element, list) : fmt::format("({} contains {})", list, element);
  }

  std::string SmallInt() { return Pick("0", "1", "2", "3", "limit", "-1"); }
  std::string Text() { return Pick("\"a\"", "\"b\"", "\"ab\"", "\"\""); }

  std::string Int(int depth) {
    int model = 0;
    const std::string row = RowOf(model);
    if (row.empty() || depth <= 0) {
      if (row.empty()) return SmallInt();
      switch (Below(4)) {
        case 0: return row + ".n";
        case 1: return SmallInt();
        case 2: return fmt::format("({}.m ?? {})", row, SmallInt());
        default: return Pick("9223372036854775807", "1000000");
      }
    }
    switch (Below(10)) {
      case 0: return Int(0);
      case 9: {
        const size_t outer = scope_.size();
        const std::string members = Members(depth, true, 1), newest = scope_.back().name;
        scope_.resize(outer);
        return fmt::format("count(group {} by {}.{})", members, newest, Pick("n", "s", "b"));
      }
      case 1: {
        const std::string left = Int(depth - 1), op = Pick("+", "-", "*", "/", "%"), right = Int(depth - 1);
        const bool turns = variant_.reorder && (op == "+" || op == "*");
        return fmt::format("({} {} {})", turns ? right : left, op, turns ? left : right);
      }
      case 2:
      case 3: return fmt::format("count({})", Members(depth, false));
      case 4: return fmt::format("sum({} for {})", Scoped(depth, &Generator::Int), pending_);
      case 5:
        return fmt::format("({}({} for {}) ?? {})", Pick("min", "max"), Scoped(depth, &Generator::Int), pending_,
                           SmallInt());
      case 6: return fmt::format("count({})", Pick(row + ".l", row + ".w"));
      case 7: {
        const bool set = Below(2) == 1;
        const std::string value = Scoped(depth, &Generator::Int);
        return fmt::format("count({}{} for {}{})", set ? "{" : "[", value, pending_, set ? "}" : "]");
      }
      default: return fmt::format("(if {} then {} else {})", Bool(depth - 1), Int(depth - 1), Int(depth - 1));
    }
  }

  std::string String(int depth) {
    int model = 0;
    const std::string row = RowOf(model);
    if (row.empty()) return Text();
    switch (Below(depth <= 0 ? 4 : 7)) {
      case 0: return row + ".s";
      case 1: return Text();
      case 2: return fmt::format("({}.t ?? {})", row, Text());
      case 3: return fmt::format("\"{{{}}}-{{{}.n}}\"", row, row);
      case 4: return fmt::format("lower({})", String(depth - 1));
      case 5: return fmt::format("((one {} for {}) ?? {})", Scoped(depth, &Generator::String), pending_, Text());
      default: return fmt::format("((first {} in p.m{} by {}.n where {}.b).s ?? {})", "f", model, "f", "f", Text());
    }
  }

  /// An expression over variables of a comprehension; the generators and `where` go to `pending_`.
  std::string Scoped(int depth, std::string (Generator::*make)(int)) {
    const size_t outer = scope_.size();
    const std::string members = Members(depth, true);
    const std::string value = (this->*make)(0);
    scope_.resize(outer);
    pending_ = members;
    return value;
  }

  /// `x in C[, y in D] where P`. `keep`: leave its variables in scope.
  std::string Members(int depth, bool keep, uint32_t max_generators = 2) {
    const size_t outer = scope_.size();
    std::string text;
    const uint32_t num_generators = std::min(max_generators, 1u + (choices_.OneIn(4) ? 1 : 0));
    for (uint32_t i = 0; i < num_generators; ++i) {
      const std::string name = fmt::format("v{}", num_variables_++);
      int model = 0;
      std::string collection;
      int row_model = 0;
      const std::string row = choices_.OneIn(3) ? RowOf(row_model) : std::string();
      if (!row.empty() && !ModelAt(row_model).reverse_name.empty()) {
        model = ModelAt(row_model).reverse_model;
        collection = row + ".rs";
      } else {
        model = static_cast<int>(Below(static_cast<uint32_t>(models_.size())));
        collection = fmt::format("p.m{}", model);
      }
      text += fmt::format("{}{} in {}", i == 0 ? "" : ", ", name, collection);
      scope_.push_back({name, Kind::kRef, model});
    }
    if (choices_.Below(4) != 0) text += " where " + (choices_.Below(3) == 0 ? Joined(depth) : Bool(depth - 1));
    if (!keep) scope_.resize(outer);
    return text;
  }

  /// A condition whose first conjunct ties the newest variable to what is around.
  std::string Joined(int depth) {
    const Variable newest = scope_.back();
    if (choices_.OneIn(3)) {
      for (const Define& define : defines_) {
        const Variable* other =
            define.other_model >= 0 && define.model == newest.model ? RowVariable(define.other_model) : nullptr;
        if (other != nullptr) return CallOf(define, newest.name, other->name);
      }
    }
    if (choices_.OneIn(4)) {
      const std::string tie = ListTie(newest);
      if (!tie.empty()) return Below(2) == 0 ? tie : And(tie, Bool(depth - 1));
    }
    const Field& field = ModelAt(newest.model).fields[6 + Below(2)];
    std::vector<std::string> keys;
    for (const Variable& variable : scope_) {
      if (variable.name == newest.name || variable.kind != Kind::kRef) continue;
      if (variable.model == field.target) keys.push_back(variable.name);
      for (size_t f : {6u, 7u}) {
        if (ModelAt(variable.model).fields[f].target == field.target)
          keys.push_back(variable.name + "." + ModelAt(variable.model).fields[f].name);
      }
    }
    if (keys.empty()) return Bool(depth - 1);
    const std::string tie =
        Compare(newest.name + "." + field.name, "==", keys[Below(static_cast<uint32_t>(keys.size()))]);
    return Below(2) == 0 ? tie : And(tie, Bool(depth - 1));
  }

  /// The same by a list: the newest variable is in one of another's, or another is in one of its own. Empty: none fits.
  std::string ListTie(const Variable& newest) {
    std::vector<std::string> ties;
    for (const Variable& variable : scope_) {
      if (variable.name == newest.name || variable.kind != Kind::kRef) continue;
      if (ModelAt(variable.model).fields[10].target == newest.model)
        ties.push_back(fmt::format("({} in {}.k)", newest.name, variable.name));
      if (ModelAt(newest.model).fields[10].target == variable.model)
        ties.push_back(fmt::format("({}.k contains {})", newest.name, variable.name));
      for (size_t f : {6u, 7u}) {
        if (ModelAt(variable.model).fields[f].target == ModelAt(newest.model).fields[10].target)
          ties.push_back(
              fmt::format("({}.{} in {}.k)", variable.name, ModelAt(variable.model).fields[f].name, newest.name));
      }
    }
    return ties.empty() ? std::string() : ties[Below(static_cast<uint32_t>(ties.size()))];
  }

  std::string Quantifier(int depth) {
    switch (Below(3)) {
      case 0: return Exists(Members(depth, false));
      case 1: return No(Members(depth, false));
      default: {
        const size_t outer = scope_.size();
        const std::string members = Members(depth, true);
        const std::string satisfied = Bool(depth - 1);
        scope_.resize(outer);
        return fmt::format("(every {} satisfies {})", members, satisfied);
      }
    }
  }

  // ---- declarations

  std::string DefineText(uint32_t index) {
    const int model = static_cast<int>(Below(static_cast<uint32_t>(models_.size())));
    const std::string name = fmt::format("d{}", index);
    scope_ = {{kArgument, Kind::kRef, model}};
    const std::string body = Bool(2);
    scope_.clear();
    defines_.push_back({name, model, false, body});
    return fmt::format("define {}(a: p.m{}): bool = {}\n", name, model, WithArguments(body, "a"));
  }

  /// A define of two arguments, the first of which refers to the second, or to what the second refers to.
  std::string JoinText() {
    const int model = static_cast<int>(Below(static_cast<uint32_t>(models_.size()))),
              other = static_cast<int>(Below(static_cast<uint32_t>(models_.size())));
    scope_ = {{kOther, Kind::kRef, other}, {kArgument, Kind::kRef, model}};
    const std::string body = "(" + Joined(2) + ")";
    scope_.clear();
    defines_.push_back({"joins", model, false, body, other});
    return fmt::format("define joins(a: p.m{}, b: p.m{}): bool = {}\n", model, other, WithArguments(body, "a", "b"));
  }

  std::string RelationText() {
    const int model = static_cast<int>(Below(static_cast<uint32_t>(models_.size())));
    const std::string edge = ModelAt(model).fields[6].target == model   ? "a.r == b"
                             : ModelAt(model).fields[7].target == model ? "a.q == b"
                                                                        : "(a.b and b.n == 1)";
    const std::string step = Pick("(exists k in p.m{0} where reaches(a, k) and reaches(k, b))",
                                  "(exists k in p.m{0} where reaches(a, k) and k.q == b and k.b)",
                                  "(exists k in p.m{0} where k.r == a and reaches(k, b))");
    // `r` and `q` of this model may lead elsewhere: then the comparison would not compile.
    const bool r_fits = ModelAt(model).fields[6].target == model, q_fits = ModelAt(model).fields[7].target == model;
    std::string used = step;
    if ((!q_fits && step.find(".q") != std::string::npos) || (!r_fits && step.find(".r ==") != std::string::npos))
      used = "(exists k in p.m{0} where reaches(a, k) and reaches(k, b))";
    const std::string text = fmt::format("define reaches(a: p.m{0}, b: p.m{0}): bool = {1} or {2}\n", model, edge,
                                         fmt::format(fmt::runtime(used), model));
    defines_.push_back({"reaches", model, true, {}});
    return text;
  }

  std::string RuleText(uint32_t index) {
    scope_.clear();
    const int model = static_cast<int>(Below(static_cast<uint32_t>(models_.size())));
    std::string text = fmt::format("rule r{} {{\n  for x in p.m{}", index, model);
    scope_.push_back({"x", Kind::kRef, model});
    if (choices_.OneIn(4)) {
      const int second = static_cast<int>(Below(static_cast<uint32_t>(models_.size())));
      text += fmt::format(", y in p.m{}", second);
      scope_.push_back({"y", Kind::kRef, second});
    }
    text += "\n";
    if (Below(3) != 0) text += fmt::format("  where {}\n", Below(3) == 0 ? Joined(2) : Bool(2));
    if (choices_.OneIn(4)) {
      text += fmt::format("  let n{} = {}\n", index, Int(2));
      text += fmt::format("  require n{} {} {}\n", index, Pick("<", ">=", "=="), SmallInt());
    }
    const uint32_t num_clauses = 1 + (choices_.OneIn(3) ? 1 : 0);
    for (uint32_t i = 0; i < num_clauses; ++i) text += fmt::format("  {} {}\n", Pick("require", "forbid"), Bool(3));
    text += "  message \"{x}: {x.s}\"\n}\n";
    return text;
  }

  // ---- rows

  std::string Rows() {
    std::vector<std::string> lines;
    std::vector<uint32_t> num_rows;
    for (size_t i = 0; i < models_.size(); ++i) num_rows.push_back(Below(5));
    for (size_t i = 0; i < models_.size(); ++i) {
      for (uint32_t row = 0; row < num_rows[i]; ++row) {
        std::string line = fmt::format("p.m{} {} {{ id: \"{}\"", i, RowName(i, row), RowName(i, row));
        for (const Field& field : models_[i].fields)
          line += fmt::format(", {}: {}", field.name, ValueText(field, num_rows));
        const bool possible = choices_.OneIn(12);
        lines.push_back(line + (possible && variant_.refine == 0 ? " } possible\n" : " }\n"));
      }
      if (choices_.OneIn(5) && variant_.refine == 0) lines.push_back(fmt::format("uncovered p.m{}\n", i));
    }
    std::string text;
    if (variant_.reverse_rows) std::reverse(lines.begin(), lines.end());
    for (const std::string& line : lines) text += line;
    return text;
  }

  static std::string RowName(size_t model, uint32_t row) { return fmt::format("x{}_{}", model, row); }

  std::string ValueText(const Field& field, const std::vector<uint32_t>& num_rows) {
    const uint32_t luck = Below(10);
    if (field.optional && luck == 8) return "null";
    if (luck == 9) return variant_.refine == 0 ? "unknown" : Concrete(field, num_rows);
    switch (field.kind) {
      case Kind::kBool: return Pick("false", "true");
      case Kind::kInt: return Pick("0", "1", "2", "3", "-1", "9223372036854775807");
      case Kind::kString: return Text();
      case Kind::kIntList: {
        const std::string list = Pick("[]", "[1]", "[1, 2]", "[unknown]", "[1, unknown]");
        return variant_.refine == 0 || list.find("unknown") == std::string::npos
                   ? list
                   : list.substr(0, list.find("unknown")) + Concrete({.name = {}, .kind = Kind::kInt}, num_rows) + "]";
      }
      case Kind::kStringSet: return Pick("[]", "[\"a\"]", "[\"a\", \"b\"]");
      case Kind::kRefList: {
        std::string text;
        const uint32_t rows = num_rows[static_cast<size_t>(field.target)];
        for (uint32_t i = Below(3); i > 0; --i) {
          const bool outside = rows == 0 || choices_.OneIn(5);
          text += fmt::format(
              "{}{}", text.empty() ? "" : ", ",
              outside ? "outside " + Pick("k1", "k2") : RowName(static_cast<size_t>(field.target), Below(rows)));
        }
        return "[" + text + "]";
      }
      case Kind::kRef: {
        const int target = field.other_target >= 0 && Below(2) == 1 ? field.other_target : field.target;
        const uint32_t rows = num_rows[static_cast<size_t>(target)];
        if (rows == 0 || choices_.OneIn(7)) return "outside " + Pick("k1", "k2");
        const std::string first = RowName(static_cast<size_t>(target), Below(rows));
        // With two candidates each, four of them are the sixteen combinations that verdicts take into account.
        if (num_ambiguous_ == 4 || !choices_.OneIn(7)) return first;
        const std::string second =
            choices_.OneIn(4) ? "outside " + Pick("k1", "k2") : RowName(static_cast<size_t>(target), Below(rows));
        if (first == second) return first;
        ++num_ambiguous_;
        if (variant_.refine != 0) return Refined(2) == 0 ? first : second;
        return fmt::format("either {} {}", first, second);
      }
    }
    return "null";
  }

  uint32_t Refined(uint32_t n) { return static_cast<uint32_t>(refinement_() % n); }

  /// A value that what is unknown in the world may turn out to be.
  std::string Concrete(const Field& field, const std::vector<uint32_t>& num_rows) {
    if (field.optional && Refined(4) == 0) return "null";
    constexpr std::array kInts = {"0", "1", "2", "3", "-1", "9223372036854775807"};
    constexpr std::array kTexts = {"\"a\"", "\"b\"", "\"ab\"", "\"\""};
    constexpr std::array kLists = {"[]", "[1]", "[0, 2]", "[3, 1, 1]"};
    constexpr std::array kSets = {"[]", "[\"a\"]", "[\"b\"]", "[\"a\", \"b\"]"};
    switch (field.kind) {
      case Kind::kBool: return Refined(2) == 0 ? "false" : "true";
      case Kind::kInt: return kInts[Refined(kInts.size())];
      case Kind::kString: return kTexts[Refined(kTexts.size())];
      case Kind::kIntList: return kLists[Refined(kLists.size())];
      case Kind::kStringSet: return kSets[Refined(kSets.size())];
      case Kind::kRefList: {
        const uint32_t rows = num_rows[static_cast<size_t>(field.target)];
        return rows == 0 || Refined(3) == 0 ? "[]"
                                            : "[" + RowName(static_cast<size_t>(field.target), Refined(rows)) + "]";
      }
      case Kind::kRef: {
        const int target = field.other_target >= 0 && Refined(2) == 1 ? field.other_target : field.target;
        const uint32_t rows = num_rows[static_cast<size_t>(target)];
        if (rows == 0 || Refined(5) == 0) return Refined(2) == 0 ? "outside k1" : "outside k3";
        return RowName(static_cast<size_t>(target), Refined(rows));
      }
    }
    return "null";
  }

  Choices& choices_;
  const Variant variant_;
  std::mt19937_64 refinement_;
  std::vector<Model> models_;
  std::vector<Define> defines_;
  std::vector<Variable> scope_;
  std::string pending_;
  uint32_t num_variables_ = 0;
  uint32_t num_ambiguous_ = 0;
};

}  // namespace

GeneratedWorld Generate(Choices& choices, const Variant& variant) { return Generator(choices, variant).Run(); }

std::string AsCase(const GeneratedWorld& world, const std::string& purpose) {
  return fmt::format("{}\n--- policy\n{}--- rows\n{}{}--- expect verdicts\n--- expect counts\n", purpose, world.policy,
                     world.rows, world.closed_world ? "--- options\nclosed-world\n" : "");
}

}  // namespace bylaw::differential
