// Packages, imports and what names mean. Within a file a chain of names means, in this order: a local variable; a model
// that the file's package declares by that dotted name; a member of an imported package (by alias, last part or full
// name) or of the own package by its name; a declaration of the own package; a built-in table or function.

#include <algorithm>

#include "compiler/check/checker.h"
#include "compiler/check/mapping_formats.h"

namespace bylaw::compiler {

namespace {

std::string JoinNames(std::span<const ast::Name* const> names, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += '.';
    text += names[i]->text;
  }
  return text;
}

}  // namespace

std::string Checker::SourceText(Span span) const {
  if (options_.sources == nullptr || !span.valid()) return "this";
  std::string text;
  bool in_space = false;
  for (char c : options_.sources->Text(span)) {
    const bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (space && in_space) continue;
    in_space = space;
    text += space ? ' ' : c;
  }
  constexpr size_t kLongest = 60;
  if (text.size() > kLongest) {
    size_t cut = kLongest;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return text;
}

void Checker::CollectPackages(std::span<const SourceUnit> units) {
  for (const SourceUnit& unit : units) {
    const std::string name = unit.file->package ? unit.file->package->name.ToString() : unit.package;
    Package& package = packages_[name];
    package.name = name;
    FileScope& scope = files_.emplace_back();
    scope.file = unit.file;
    scope.package = &package;
  }
}

void Checker::ResolveImports() {
  std::vector<std::string> names;
  for (const auto& [name, package] : packages_) names.push_back(name);
  for (FileScope& scope : files_) {
    for (const ast::Import& import : scope.file->imports) {
      if (!import.path) continue;
      const std::string path = import.path.ToString();
      const auto found = packages_.find(path);
      const Package* target = found == packages_.end() ? nullptr : &found->second;
      if (target == nullptr) {
        Report(Code::kUnknownPackage, import.path.span, "there is no package `" + path + "`").Hint(Meant(path, names));
      } else if (target != scope.package) {
        scope.package->imports.emplace_back(target, import.path.span);
      }
      const std::string alias = import.alias ? import.alias.text : import.path.parts.back().text;
      const Span alias_span = import.alias ? import.alias.span : import.path.span;
      const auto [it, is_new] = scope.imports.emplace(alias, target);
      if (!is_new && it->second != target && target != nullptr && it->second != nullptr) {
        Report(Code::kDuplicateName, alias_span,
               "`" + alias + "` already names the package `" + it->second->name + "` in this file")
            .Hint("give one of them another name: `import " + path + " as …`");
      }
      if (!import.alias) scope.imports.emplace(path, target);
    }
  }
}

// Depth-first search over packages; each cycle is reported once, at the import that closes it, with a label for each
// hop.
void Checker::ReportImportCycles() {
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  std::map<const Package*, Mark> marks;
  struct Frame {
    const Package* package;
    size_t next;
  };
  for (const auto& [name, root] : packages_) {
    if (marks[&root] != Mark::kNew) continue;
    std::vector<Frame> stack = {{&root, 0}};
    marks[&root] = Mark::kOpen;
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next == frame.package->imports.size()) {
        marks[frame.package] = Mark::kDone;
        stack.pop_back();
        continue;
      }
      const auto& import = frame.package->imports[frame.next++];
      const Package* target = import.first;
      const Span span = import.second;
      if (marks[target] == Mark::kOpen) {
        Diagnostic& diagnostic =
            Report(Code::kImportCycle, span,
                   "package `" + frame.package->name + "` imports `" + target->name + "`, which leads back to it");
        auto start = std::find_if(stack.begin(), stack.end(), [&](const Frame& f) { return f.package == target; });
        for (; start != stack.end() && start + 1 != stack.end(); ++start) {
          const auto& hop = start->package->imports[start->next - 1];
          diagnostic.Also(hop.second, "`" + start->package->name + "` imports `" + hop.first->name + "` here");
        }
        diagnostic.Hint("move what both need into a package that imports neither");
      } else if (marks[target] == Mark::kNew) {
        marks[target] = Mark::kOpen;
        stack.push_back({target, 0});
      }
    }
  }
}

bool Checker::Declare(Package& package, const std::string& name, Symbol symbol) {
  const auto [it, is_new] = package.symbols.emplace(name, symbol);
  if (is_new) return true;
  Report(Code::kDuplicateName, symbol.span, "`" + name + "` is declared twice in package `" + package.name + "`")
      .Also(it->second.span, "first declared here");
  return false;
}

GlobalName Checker::ResolveMember(const Package& package, std::span<const ast::Name* const> names, size_t used) {
  // The longest dotted name of a model first, then a plain member.
  for (size_t count = names.size(); count > used; --count) {
    std::string dotted = JoinNames(names.subspan(used), count - used);
    if (const auto found = package.dotted.find(dotted); found != package.dotted.end()) {
      return {GlobalName::Kind::kSymbol, found->second, nullptr, &package, count};
    }
  }
  const auto found = package.symbols.find(names[used]->text);
  if (found == package.symbols.end()) return {};
  return {GlobalName::Kind::kSymbol, found->second, nullptr, &package, used + 1};
}

GlobalName Checker::ResolveGlobal(std::span<const ast::Name* const> names) {
  GlobalName global = FindGlobal(names);
  if (global.kind == GlobalName::Kind::kSymbol) {
    const Span span = Cover(names[0]->span, names[global.used - 1]->span);
    program_->name_uses.push_back({.span = span, .declaration = global.symbol.span, .import = global.import});
  }
  return global;
}

GlobalName Checker::FindGlobal(std::span<const ast::Name* const> names) {
  const FileScope& scope = *context_.scope;
  // A model declared here by its dotted name.
  for (size_t count = names.size(); count > 1; --count) {
    const auto found = scope.package->dotted.find(JoinNames(names, count));
    if (found != scope.package->dotted.end())
      return {GlobalName::Kind::kSymbol, found->second, nullptr, scope.package, count};
  }
  // A member of an imported package, or of the own one by its name; the longest prefix counts.
  for (size_t count = names.size(); count-- > 1;) {
    const std::string prefix = JoinNames(names, count);
    const Package* package = nullptr;
    std::string import;
    if (const auto found = scope.imports.find(prefix); found != scope.imports.end()) {
      if (found->second == nullptr) return {.kind = GlobalName::Kind::kFailed};
      package = found->second;
      import = prefix;
    } else if (prefix == scope.package->name) {
      package = scope.package;
    }
    if (package == nullptr) continue;
    GlobalName member = ResolveMember(*package, names, count);
    if (member.kind != GlobalName::Kind::kNone) {
      member.import = std::move(import);
      return member;
    }
    // `kubernetes.Deployment` beside a package `kubernetes`: an untyped source.
    const std::string& wanted = names[count]->text;
    if (count == 1 && !wanted.empty() && wanted[0] >= 'A' && wanted[0] <= 'Z') {
      if (const Model* source = SourceModel(prefix, wanted)) return {GlobalName::Kind::kModel, {}, source, nullptr, 2};
    }
    if (scope.package->symbols.contains(names[0]->text)) break;
    std::vector<std::string> members;
    for (const auto& [name, symbol] : package->symbols) members.push_back(name);
    std::sort(members.begin(), members.end());
    Report(Code::kUnknownName, names[count]->span, "package `" + package->name + "` has nothing named `" + wanted + "`")
        .Hint(Meant(wanted, members));
    return {.kind = GlobalName::Kind::kFailed};
  }
  if (const auto found = scope.package->symbols.find(names[0]->text); found != scope.package->symbols.end()) {
    return {GlobalName::Kind::kSymbol, found->second, nullptr, scope.package, 1};
  }
  const std::string& first = names[0]->text;
  if (first == "resources" || first == "accounts" || first == "regions") {
    return {GlobalName::Kind::kModel, {}, models_.at(first), nullptr, 1};
  }
  if (names.size() > 1) {
    if (const Model* source = SourceModel(first, names[1]->text))
      return {GlobalName::Kind::kModel, {}, source, nullptr, 2};
    // A package that is there but not imported.
    for (size_t count = names.size(); count-- > 1;) {
      const auto found = packages_.find(JoinNames(names, count));
      if (found == packages_.end()) continue;
      if (ResolveMember(found->second, names, count).kind == GlobalName::Kind::kNone) continue;
      Report(Code::kNotImported, Cover(names[0]->span, names[count - 1]->span),
             "package `" + found->first + "` is not imported in this file")
          .Hint("write `import " + found->first + "` below the `package` line");
      return {.kind = GlobalName::Kind::kFailed};
    }
  }
  return {};
}

bool Checker::AllowLet(size_t num_lets, const ast::Name& name) {
  constexpr size_t kMostLets = 200;
  if (num_lets < kMostLets) return true;
  if (num_lets == kMostLets)
    Report(Code::kExpansionTooLarge, name.span, fmt::format("more than {} `let`s in one declaration", kMostLets));
  return false;
}

const Variable* Checker::FindLocal(std::string_view name) const {
  for (auto it = context_.locals.rbegin(); it != context_.locals.rend(); ++it) {
    if (it->first == name) return it->second;
  }
  return nullptr;
}

Variable* Checker::NewVariable(std::string name, Span span, const Type* type) {
  Variable& variable = program_->variables.emplace_back();
  variable.name = std::move(name);
  variable.span = span;
  variable.type = type;
  variable.id = static_cast<uint32_t>(program_->variables.size() - 1);
  return &variable;
}

Variable* Checker::NewVariable(const ast::Name& name, const Type* type) {
  return NewVariable(name.text, name.span, type);
}

bool Checker::TooManyErrors() const {
  constexpr size_t kMany = 200;
  return diagnostics_.num_errors() - num_errors_before_ > kMany;
}

std::string Checker::Meant(std::string_view seen, const std::vector<std::string>& candidates) const {
  return TooManyErrors() ? std::string() : DidYouMean(seen, candidates);
}

std::vector<std::string> Checker::VisibleNames() const {
  if (TooManyErrors()) return {};
  std::vector<std::string> names;
  for (auto it = context_.locals.rbegin(); it != context_.locals.rend(); ++it) names.emplace_back(it->first);
  std::vector<std::string> rest;
  for (const auto& [name, symbol] : context_.scope->package->symbols) rest.push_back(name);
  for (const auto& [name, package] : context_.scope->imports) rest.push_back(name);
  std::sort(rest.begin(), rest.end());
  names.insert(names.end(), rest.begin(), rest.end());
  for (const char* name : {"resources", "accounts", "regions", "now"}) names.emplace_back(name);
  for (const FunctionInfo& function : BuiltinFunctions()) {
    if (function.signature.is_constant) names.emplace_back(function.name);
  }
  return names;
}

void Checker::ReportUnknownName(const ast::Name& name) {
  if (forgiven_names_.contains(name.text)) return;
  Diagnostic& diagnostic = Report(Code::kUnknownName, name.span, "nothing here is named `" + name.text + "`");
  const auto hint_for = [&]() -> std::string {
    if (name.text == "null" || name.text == "nil" || name.text == "None" || name.text == "undefined") {
      return "there is no null: ask with `… is absent` or `… is present`, or give a default with `… ?? default`";
    }
    if (name.text == "_") return "nothing stands for every element: write `exists y in … where …` of the list";
    if (name.text == "this")
      return "`this` is the row that a mapping makes; it means something only behind `from … { … }`";
    if (name.text == "envelope")
      return "`envelope` is what an export wraps around a record; it means something only in a mapping";
    if (packages_.contains(name.text))
      return "`" + name.text + "` is a package: write `import " + name.text + "` and name something in it";
    if (!BuiltinOverloads(name.text).empty()) return "`" + name.text + "` is a function: write `" + name.text + "(…)`";
    return Meant(name.text, VisibleNames());
  };
  diagnostic.Hint(hint_for());
}

// The table of a source type that no model maps, made when it is first named. Null when `format` is no format.
const Model* Checker::SourceModel(const std::string& format, const std::string& type) {
  const std::vector<std::string>& formats = MappingFormats();
  if (format == "data" || std::find(formats.begin(), formats.end(), format) == formats.end()) return nullptr;
  const std::string name = format + "." + type;
  // Apart from models of that very name: sources have a key that no model can have.
  Model*& known = models_["\n" + name];
  if (known != nullptr) return known;
  Model& model = program_->models.emplace_back();
  model.name = name;
  model.kind = TableKind::kSource;
  model.index = static_cast<uint32_t>(program_->models.size() - 1);
  Field& record = model.fields.emplace_back();
  record.name = "record";
  record.type = json_;
  record.model = &model;
  known = &model;
  return known;
}

}  // namespace bylaw::compiler
