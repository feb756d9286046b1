// Tests: the rows that are given, and what is expected of them. All rows of a test are known before the first value is
// looked at, so they may refer to each other in any order.

#include <fmt/format.h>

#include "compiler/check/checker.h"
#include "runtime/builtins/iam.h"

namespace bylaw::compiler {

namespace {

bool IsReferences(const Type& type) {
  return (type.kind == TypeKind::kList || type.kind == TypeKind::kSet) && type.element != nullptr &&
         type.element->kind == TypeKind::kRef;
}

// The text of a literal as JSON; false if it is no literal.
bool AppendJson(const ast::Expr& expr, std::string& json) {
  auto quote = [&json](const std::string& text) {
    json += '"';
    for (char c : text) {
      if (c == '"' || c == '\\')
        json += '\\', json += c;
      else if (static_cast<unsigned char>(c) < 0x20)
        json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      else
        json += c;
    }
    json += '"';
  };
  auto key_of = [](const ast::MapEntry& entry) { return ast::TryAs<ast::StringExpr>(*entry.key); };
  switch (expr.kind) {
    case ast::ExprKind::kBool: json += ast::As<ast::BoolExpr>(expr).value ? "true" : "false"; return true;
    case ast::ExprKind::kInt: json += std::to_string(ast::As<ast::IntExpr>(expr).value); return true;
    case ast::ExprKind::kFloat: json += fmt::format("{}", ast::As<ast::FloatExpr>(expr).value); return true;
    case ast::ExprKind::kString:
      quote(ast::As<ast::StringExpr>(expr).PlainText());
      return !ast::As<ast::StringExpr>(expr).interpolated();
    case ast::ExprKind::kIp: quote(ast::As<ast::IpExpr>(expr).text); return true;
    case ast::ExprKind::kCidr: quote(ast::As<ast::CidrExpr>(expr).text); return true;
    case ast::ExprKind::kList: {
      json += '[';
      const char* separator = "";
      for (const ast::ExprPtr& element : ast::As<ast::ListExpr>(expr).elements) {
        json += std::exchange(separator, ",");
        if (!AppendJson(*element, json)) return false;
      }
      json += ']';
      return true;
    }
    case ast::ExprKind::kMap: {
      json += '{';
      const char* separator = "";
      for (const ast::MapEntry& entry : ast::As<ast::MapExpr>(expr).entries) {
        const auto* key = key_of(entry);
        if (key == nullptr) return false;
        json += std::exchange(separator, ",");
        quote(key->PlainText());
        json += ':';
        if (!AppendJson(*entry.value, json)) return false;
      }
      json += '}';
      return true;
    }
    case ast::ExprKind::kRecord: {
      json += '{';
      const char* separator = "";
      for (const ast::RecordEntry& entry : ast::As<ast::RecordExpr>(expr).entries) {
        json += std::exchange(separator, ",");
        quote(entry.name.text);
        json += ':';
        if (!AppendJson(*entry.value, json)) return false;
      }
      json += '}';
      return true;
    }
    default: return false;
  }
}

}  // namespace

void Checker::CheckTests() {
  for (const FileScope& scope : files_) {
    for (const ast::ItemPtr& item : scope.file->items) {
      if (TooManyErrors()) return;
      context_ = Context{.scope = &scope};
      if (const auto* waiver = ast::TryAs<ast::WaiverDecl>(*item)) CheckWaiver(*waiver);
      if (const auto* test = ast::TryAs<ast::TestDecl>(*item)) CheckTest(*test);
      if (const auto* given = ast::TryAs<ast::GivenDecl>(*item)) {
        // Checked by itself, for the case that no test uses it; what two tests find in it is one diagnostic in the end.
        TypedTest alone;
        given_rows_.clear();
        given_sites_.clear();
        DeclareGivenRows(given->rows, alone);
        for (const GivenSite& site : std::vector<GivenSite>(given_sites_)) {
          FillGivenRow(site.decl->entries, "", *site.row, alone);
          RequireFields(*site.row);
        }
      }
    }
  }
}

void Checker::DeclareGivenRows(const std::vector<ast::GivenRow>& rows, TypedTest& test) {
  constexpr size_t kMostRows = 10'000;
  for (const ast::GivenRow& decl : rows) {
    if (test.rows.size() >= kMostRows) {
      Report(Code::kExpansionTooLarge, decl.model.span, fmt::format("this test has over {} rows", kMostRows))
          .Hint("put them into a file: `given \"fixture.json\"`");
      return;
    }
    if (!decl.model) continue;
    const std::vector<const Model*> models = ResolveModelName(decl.model);
    const Model* model = nullptr;
    if (models.size() > 1) {
      Report(Code::kBadGiven, decl.model.span,
             "`" + decl.model.ToString() + "` stands for several models; a row is of one");
    } else if (!models.empty() && (models[0]->kind == TableKind::kSource || models[0]->kind == TableKind::kResources)) {
      Report(Code::kBadGiven, decl.model.span, "rows of `" + models[0]->name + "` come from a file")
          .Hint("write `given \"fixture.json\"`");
    } else if (!models.empty()) {
      model = models[0];
    }
    if (decl.name) {
      if (const Variable* other = FindLocal(decl.name.text)) {
        Report(Code::kDuplicateName, decl.name.span, "this test has two rows `" + decl.name.text + "`")
            .Also(other->span, "the first is here");
        continue;
      }
    }
    TestRow* row = nullptr;
    if (model != nullptr) {
      row = &test.rows.emplace_back();
      row->model = model;
      row->span = decl.span;
      row->name = decl.name.text;
      row->address = decl.name ? decl.name.text : fmt::format("{}#{}", model->name, test.rows.size());
      given_sites_.push_back({&decl, row});
    }
    if (!decl.name) continue;
    Variable* variable = NewVariable(decl.name, model == nullptr ? nullptr : program_->types.Ref({model}));
    Bind(variable);
    if (row == nullptr) continue;
    given_rows_.emplace(decl.name.text, row);
    test.variables.emplace_back(variable, row);
  }
}

void Checker::RequireFields(const TestRow& row) {
  std::string missing;
  for (const Field& field : row.model->fields) {
    if (field.type == nullptr || field.type->optional || field.type->kind == TypeKind::kJson ||
        row.model->key() == &field || field.reverse_model != nullptr || field.default_value != nullptr)
      continue;
    if (row.model->kind != TableKind::kModel) continue;
    const bool given = std::any_of(row.values.begin(), row.values.end(),
                                   [&](const TestFieldValue& value) { return value.field == &field; });
    bool implied = false;
    if (row.parent != nullptr) {
      for (const TestFieldValue& value : row.parent->values) {
        implied |= value.field->reverse_field == &field &&
                   std::find(value.nested.begin(), value.nested.end(), &row) != value.nested.end();
      }
    }
    if (!given && !implied) missing += (missing.empty() ? "`" : ", `") + field.name + "`";
  }
  if (!missing.empty())
    Report(Code::kMissingField, row.span, "a row of `" + row.model->name + "` needs " + missing)
        .Also(row.model->span, "the model is declared here");
}

void Checker::FillGivenRow(const std::vector<ast::RecordEntry>& entries, const std::string& prefix, TestRow& row,
                           TypedTest& test) {
  const Model& model = *row.model;
  for (const ast::RecordEntry& entry : entries) {
    const std::string name = prefix + entry.name.text;
    if (const Field* field = model.Find(name)) {
      const bool twice = std::any_of(row.values.begin(), row.values.end(),
                                     [&](const TestFieldValue& value) { return value.field == field; });
      if (twice)
        Report(Code::kDuplicateName, entry.name.span, "`" + name + "` is given twice");
      else if (field->type != nullptr)
        FillGivenField(*field, entry, row, test);
      else
        row.values.emplace_back().field = field;
      continue;
    }
    const bool is_record = std::any_of(model.fields.begin(), model.fields.end(),
                                       [&](const Field& field) { return field.name.starts_with(name + "."); });
    if (is_record) {
      if (const auto* record = ast::TryAs<ast::RecordExpr>(*entry.value)) {
        FillGivenRow(record->entries, name + ".", row, test);
      } else if (const auto* map = ast::TryAs<ast::MapExpr>(*entry.value); map == nullptr || !map->entries.empty()) {
        Report(Code::kBadGiven, entry.value->span, "`" + name + "` is a record").Expected("`{field: value, …}`");
      }
      continue;
    }
    static constexpr std::pair<const char*, Attribute> kAttributes[] = {{"address", Attribute::kAddress},
                                                                        {"tags", Attribute::kTags},
                                                                        {"account", Attribute::kAccount},
                                                                        {"region", Attribute::kRegion}};
    const auto attribute = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                        [&](const auto& known) { return name == known.first; });
    if (attribute != std::end(kAttributes) && model.kind == TableKind::kModel) {
      const Type* type = attribute->second == Attribute::kTags ? program_->types.Map(string_) : string_;
      ExprPtr value = CheckConstant(*entry.value, type, "`" + name + "`");
      if (value == nullptr) continue;
      if (attribute->second == Attribute::kAddress && value->constant) row.address = value->constant->text;
      row.attributes.emplace_back(attribute->second, std::move(value));
      continue;
    }
    ReportUnknownField(*program_->types.Ref({&model}), entry.name, prefix);
  }
}

bool Checker::GivenReference(const ast::Expr& value, const Type& type, std::pair<TestRow*, std::string>& reference) {
  if (const auto* text = ast::TryAs<ast::StringExpr>(value); text != nullptr && !text->interpolated()) {
    reference.second = text->PlainText();
    return true;
  }
  const auto* name = ast::TryAs<ast::NameExpr>(value);
  if (name == nullptr) {
    if (value.kind != ast::ExprKind::kError)
      Report(Code::kBadGiven, value.span, "this is no reference")
          .Expected("the name of a row of this test, or a text: the key of something outside it");
    return false;
  }
  const auto found = given_rows_.find(name->name.text);
  if (found == given_rows_.end()) {
    if (FindLocal(name->name.text) != nullptr) return false;
    std::vector<std::string> names;
    for (const auto& [known, row] : given_rows_) names.emplace_back(known);
    std::sort(names.begin(), names.end());
    const std::string hint = Meant(name->name.text, names);
    Report(Code::kUnknownName, name->span, "no row of this test is named `" + name->name.text + "`")
        .Hint(hint.empty() ? "to refer to something outside, write its key as a text: `\"" + name->name.text + "\"`"
                           : hint);
    return false;
  }
  const Model* model = found->second->model;
  if (!type.models.empty() && std::find(type.models.begin(), type.models.end(), model) == type.models.end()) {
    Report(Code::kTypeMismatch, name->span, "`" + name->name.text + "` is a row of `" + model->name + "`")
        .Expected("`" + program_->types.Required(&type)->ToString() + "`")
        .Also(found->second->span, "given here");
    return false;
  }
  reference.first = found->second;
  return true;
}

void Checker::FillGivenField(const Field& field, const ast::RecordEntry& entry, TestRow& row, TypedTest& test) {
  const ast::Expr& value = *entry.value;
  TestFieldValue& typed = row.values.emplace_back();
  typed.field = &field;
  typed.span = entry.span;
  if (field.reverse_model != nullptr) {
    const auto* list = ast::TryAs<ast::ListExpr>(value);
    if (list == nullptr) {
      Report(Code::kBadGiven, value.span, "`" + field.name + "` are rows of `" + field.reverse_model->name + "`")
          .Expected("`[{field: value, …}, …]`");
      return;
    }
    std::vector<std::pair<TestRow*, const std::vector<ast::RecordEntry>*>> rows;
    static const std::vector<ast::RecordEntry> kNone;
    for (const ast::ExprPtr& element : list->elements) {
      const auto* record = ast::TryAs<ast::RecordExpr>(*element);
      const auto* empty = ast::TryAs<ast::MapExpr>(*element);
      if (record == nullptr && (empty == nullptr || !empty->entries.empty())) {
        Report(Code::kBadGiven, element->span, "this is no row of `" + field.reverse_model->name + "`")
            .Expected("`{field: value, …}`");
        continue;
      }
      TestRow& nested = test.rows.emplace_back();
      nested.model = field.reverse_model;
      nested.parent = &row;
      nested.span = element->span;
      nested.address = fmt::format("{}.{}[{}]", row.address, field.name, rows.size());
      rows.emplace_back(&nested, record == nullptr ? &kNone : &record->entries);
      typed.nested.push_back(&nested);
    }
    for (const auto& [nested, entries] : rows) {
      FillGivenRow(*entries, "", *nested, test);
      RequireFields(*nested);
    }
    return;
  }
  const std::string what = "`" + field.name + "`";
  if (field.type->kind == TypeKind::kRef) {
    std::pair<TestRow*, std::string> reference{nullptr, ""};
    if (!GivenReference(value, *field.type, reference)) return;
    typed.reference = reference.first;
    typed.reference_key = std::move(reference.second);
    return;
  }
  if (IsReferences(*field.type)) {
    const auto* list = ast::TryAs<ast::ListExpr>(value);
    const auto* set = ast::TryAs<ast::SetExpr>(value);
    const auto* empty = ast::TryAs<ast::MapExpr>(value);
    if (list == nullptr && set == nullptr && (empty == nullptr || !empty->entries.empty())) {
      Report(Code::kBadGiven, value.span, what + " is `" + field.type->ToString() + "`")
          .Expected("a list of names of rows, or of keys");
      return;
    }
    if (empty != nullptr) return;
    for (const ast::ExprPtr& element : list != nullptr ? list->elements : set->elements) {
      std::pair<TestRow*, std::string> reference{nullptr, ""};
      if (GivenReference(*element, *field.type->element, reference)) typed.references.push_back(std::move(reference));
    }
    return;
  }
  if (field.type->kind == TypeKind::kJson) {
    std::string json;
    if (AppendJson(value, json))
      typed.value = MakeConstant(json_, 0, std::move(json), value.span);
    else
      Report(Code::kBadGiven, value.span, what + " must be written out").Expected("literals, lists and maps");
    return;
  }
  if (field.type->kind == TypeKind::kIamDocument) {
    ExprPtr text = CheckConstant(value, string_, what);
    if (text == nullptr) return;
    if (text->constant) {
      if (auto parsed = ParseIamDocument(text->constant->text); !parsed.ok()) {
        Report(Code::kBadGiven, value.span, what + " is no policy document: " + parsed.error().message)
            .Expected("the JSON text of one");
        return;
      }
    }
    typed.value = Make(ExprKind::kConvert, program_->types.Required(field.type), value.span);
    typed.value->operands.push_back(std::move(text));
    return;
  }
  typed.value = CheckConstant(value, field.type, what);
  if (row.model->key() == &field && typed.value != nullptr && typed.value->constant && row.name.empty() &&
      field.type->kind == TypeKind::kString)
    row.address = typed.value->constant->text;
}

void Checker::CheckGiven(const ast::Given& given, TypedTest& test) {
  switch (given.kind) {
    case ast::GivenKind::kRows: DeclareGivenRows(given.rows, test); break;
    case ast::GivenKind::kFile:
      if (given.file != nullptr) test.given_files.push_back(given.file->PlainText());
      break;
    case ast::GivenKind::kShared: {
      const std::string name = given.name.ToString();
      const auto& givens = context_.scope->package->givens;
      const auto found = givens.find(name);
      if (found == givens.end()) {
        std::vector<std::string> names;
        for (const auto& [known, decl] : givens) names.push_back(known);
        std::sort(names.begin(), names.end());
        Report(Code::kUnknownGiven, given.name.span, "this package has no `given " + name + " { … }`")
            .Hint(Meant(name, names));
        break;
      }
      DeclareGivenRows(found->second->rows, test);
      break;
    }
    case ast::GivenKind::kSetting: {
      if (given.value == nullptr || !given.name) break;
      std::vector<const ast::Name*> names;
      for (const ast::Name& part : given.name.parts) names.push_back(&part);
      if (names.size() == 1 && names[0]->text == "now") {
        ExprPtr now = CheckConstant(*given.value, program_->types.Get(TypeKind::kTime), "`now`");
        if (now != nullptr && now->constant) test.now = CellToInt(now->constant->bits);
        break;
      }
      const GlobalName global = ResolveGlobal(names);
      if (global.kind == GlobalName::Kind::kFailed) break;
      if (global.kind != GlobalName::Kind::kSymbol || global.symbol.kind != SymbolKind::kParam ||
          global.used != names.size()) {
        std::vector<std::string> params;
        for (const auto& [name, symbol] : context_.scope->package->symbols) {
          if (symbol.kind == SymbolKind::kParam) params.push_back(name);
        }
        std::sort(params.begin(), params.end());
        Report(Code::kUnknownName, given.name.span, "there is no param `" + given.name.ToString() + "`")
            .Hint(Meant(given.name.ToString(), params));
        break;
      }
      const TypedParam& param = program_->params[global.symbol.index];
      if (param.type == nullptr) break;
      if (ExprPtr value = CheckConstant(*given.value, param.type, "`" + given.name.ToString() + "`"))
        test.settings.emplace_back(&param, std::move(value));
      break;
    }
  }
}

void Checker::CheckExpectation(const ast::Expectation& expectation, TypedTest& test) {
  TypedExpect typed;
  typed.span = expectation.span;
  if (expectation.kind == ast::ExpectKind::kHolds) {
    if (expectation.expr == nullptr) return;
    typed.condition = CheckCondition(*expectation.expr, "`expect`");
    if (typed.condition != nullptr) test.expects.push_back(std::move(typed));
    return;
  }
  switch (expectation.kind) {
    case ast::ExpectKind::kFails: typed.expectation = Expectation::kFails; break;
    case ast::ExpectKind::kPasses: typed.expectation = Expectation::kPasses; break;
    case ast::ExpectKind::kUnknown: typed.expectation = Expectation::kUnknown; break;
    case ast::ExpectKind::kNotApplicable: typed.expectation = Expectation::kNotApplicable; break;
    default: typed.expectation = Expectation::kWaived; break;
  }
  typed.rule = expectation.rule.text;
  typed.rule_index = FindRule(expectation.rule);
  if (expectation.subject != nullptr) {
    std::pair<TestRow*, std::string> subject{nullptr, ""};
    if (!GivenReference(*expectation.subject, *program_->types.Ref({}), subject)) return;
    typed.resource = subject.first != nullptr ? subject.first->address : subject.second;
  }
  if (expectation.message != nullptr) {
    typed.has_message = true;
    typed.message_glob = expectation.message->PlainText();
  }
  if (expectation.because != nullptr) {
    typed.has_because = true;
    typed.because_glob = expectation.because->PlainText();
  }
  if (typed.rule_index != kNone) test.expects.push_back(std::move(typed));
}

void Checker::CheckTest(const ast::TestDecl& decl) {
  TypedTest& test = program_->tests.emplace_back();
  test.name = decl.title == nullptr ? "" : decl.title->PlainText();
  test.package = context_.scope->package->name;
  test.span = decl.span;
  given_rows_.clear();
  given_sites_.clear();
  for (const ast::TestStep& step : decl.steps) {
    if (step.given) CheckGiven(*step.given, test);
  }
  for (const GivenSite& site : std::vector<GivenSite>(given_sites_)) {
    FillGivenRow(site.decl->entries, "", *site.row, test);
    RequireFields(*site.row);
  }
  for (const ast::TestStep& step : decl.steps) {
    if (step.expectation) CheckExpectation(*step.expectation, test);
  }
}

}  // namespace bylaw::compiler
