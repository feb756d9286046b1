// Reading and writing of policy documents; the questions are in iam.cc.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/builtins/encoding.h"
#include "runtime/builtins/iam.h"
#include "runtime/builtins/partial_text.h"
#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxDocumentSize = 1 << 20;
constexpr int kMaxDepth = 64;
constexpr size_t kMaxStatements = 100'000;

Error Fail(std::string message) {
  Error error;
  error.message = std::move(message);
  return error;
}

/// Brackets deeper than a policy can be: refused before the JSON library sees them.
bool IsTooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Result<Json> ParseJson(std::string_view text) {
  if (IsTooDeep(text)) return Fail(fmt::format("the policy document is nested over {} deep", kMaxDepth));
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& failure) {
    Error error = Fail("the policy document is not JSON");
    const size_t place = std::min(failure.byte == 0 ? 0 : failure.byte - 1, text.size());
    const std::string_view before = text.substr(0, place);
    const size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    error.line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
    error.column = static_cast<uint32_t>(NumCharacters(before.substr(line_start)) + 1);
    return error;
  } catch (const std::exception&) {
    return Fail("the policy document is not JSON");
  }
}

/// The member by its name in any case, or null.
const Json* Find(const Json& object, std::string_view lower_name) {
  for (const auto& [name, value] : object.items()) {
    if (ToLower(name) == lower_name) return &value;
  }
  return nullptr;
}

/// The value may be anything, or missing.
bool IsUnknown(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().starts_with(kUnknownValue);
}

/// What the unknown value may be, as a list; any other value where nothing is told.
Json Alternatives(const Json& value) {
  const Result<Json> alternatives = ParseJson(value.get_ref<const std::string&>().substr(kUnknownValue.size()));
  return alternatives.ok() ? *alternatives : Json();
}

std::optional<std::string> ScalarText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean() || value.is_number()) return value.dump();
  return std::nullopt;
}

/// A scalar or a list of scalars; `strings_only` where AWS takes nothing else. What is unknown as a whole is one text.
Result<std::vector<std::string>> Texts(const Json& value, std::string_view element, bool strings_only) {
  std::vector<std::string> texts;
  auto add = [&](const Json& item) {
    if (IsUnknown(item)) return texts.emplace_back(kUnknownText), true;
    auto text = strings_only && !item.is_string() ? std::nullopt : ScalarText(item);
    if (text) texts.push_back(std::move(*text));
    return text.has_value();
  };
  if (!value.is_array()) {
    if (!add(value)) return Fail(fmt::format("`{}` is neither a text nor a list of texts", element));
    return texts;
  }
  for (const Json& item : value) {
    if (!add(item)) return Fail(fmt::format("`{}` holds something that is not a text", element));
  }
  return texts;
}

Result<std::vector<IamPrincipal>> Principals(const Json& value, std::string_view element) {
  std::vector<IamPrincipal> principals;
  if (IsUnknown(value) || (value.is_string() && IsPartial(value.get_ref<const std::string&>()))) {
    principals.push_back({std::string(kUnknownText), std::string(kUnknownText)});
    return principals;
  }
  if (value.is_string()) {
    // AWS lets only `*` stand alone. What else templates write so is whom it names, and with a wildcard in it, anybody's guess.
    std::string text = value.get<std::string>();
    if (text == "*" || text.find('*') == std::string::npos) {
      const std::string_view kind = text == "*" ? "*" : text.ends_with(".amazonaws.com") ? "Service" : "AWS";
      principals.push_back({std::string(kind), std::move(text)});
    } else {
      principals.push_back({std::string(kUnknownText), std::string(kUnknownText)});
    }
    return principals;
  }
  if (!value.is_object()) return Fail(fmt::format("`{}` is neither `*` nor an object", element));
  for (const auto& [kind, values] : value.items()) {
    // An account without quotes is a number. What names nobody leaves open who it is, and the rest of the statement known.
    Result<std::vector<std::string>> texts = Texts(values, element, false);
    if (!texts.ok()) texts = std::vector{std::string(kUnknownText)};
    for (std::string& text : *texts) {
      principals.push_back(kind == "*" && text == "*" ? IamPrincipal{"*", "*"} : IamPrincipal{kind, std::move(text)});
    }
  }
  return principals;
}

Result<std::vector<IamCondition>> Conditions(const Json& value) {
  std::vector<IamCondition> conditions;
  const std::string any(kUnknownText);
  if (IsUnknown(value)) {
    conditions.push_back({.op = any, .key = any, .values = {any}, .is_possible = true});
    return conditions;
  }
  if (!value.is_object()) return Fail("`Condition` is not an object");
  for (const auto& [operator_text, keys] : value.items()) {
    if (!IsUnknown(keys) && !keys.is_object())
      return Fail(fmt::format("the condition `{}` is not an object", operator_text));
    IamCondition condition;
    condition.op = ToLower(operator_text);
    if (condition.op.starts_with("foranyvalue:")) {
      condition.quantifier = IamCondition::Quantifier::kForAnyValue;
      condition.op.erase(0, 12);
    } else if (condition.op.starts_with("forallvalues:")) {
      condition.quantifier = IamCondition::Quantifier::kForAllValues;
      condition.op.erase(0, 13);
    }
    if (condition.op.ends_with("ifexists")) {
      condition.if_exists = true;
      condition.op.erase(condition.op.size() - 8);
    }
    if (IsUnknown(keys)) {
      condition.key = any;
      condition.values = {any};
      condition.is_possible = true;
      conditions.push_back(std::move(condition));
      continue;
    }
    for (const auto& [key, values] : keys.items()) {
      condition.key = ToLower(key);
      condition.is_possible = IsUnknown(values);
      BYLAW_ASSIGN(condition.values, Texts(values, key, false));
      conditions.push_back(condition);
    }
  }
  return conditions;
}

/// Takes one of `Name` and `NotName`; whether it was the second.
Result<bool> TakeEither(const Json& statement, std::string_view name, const Json*& value) {
  const std::string lower = ToLower(name);
  value = Find(statement, lower);
  const Json* negated = Find(statement, "not" + lower);
  if (value != nullptr && negated != nullptr) return Fail(fmt::format("a statement has both `{0}` and `Not{0}`", name));
  if (negated != nullptr) value = negated;
  return negated != nullptr;
}

/// Appends the statement, or the list of them; one whose effect is unknown as two, of which one is there.
Status AppendStatement(const Json& json, std::vector<IamStatement>* statements) {
  if (json.is_array()) {
    for (const Json& item : json) BYLAW_RETURN_IF_ERROR(AppendStatement(item, statements));
    return Ok{};
  }
  if (IsUnknown(json)) {
    if (const Json alternatives = Alternatives(json); alternatives.is_array()) {
      const size_t first = statements->size();
      for (const Json& item : alternatives) {
        if (!item.is_null()) BYLAW_RETURN_IF_ERROR(AppendStatement(item, statements));
      }
      for (size_t i = first; i < statements->size(); ++i) (*statements)[i].is_possible = true;
      return Ok{};
    }
    Json anything = Json::object();
    for (const char* name : {"Effect", "Action", "Resource", "Principal", "Condition"}) anything[name] = kUnknownValue;
    return AppendStatement(anything, statements);
  }
  if (!json.is_object()) return Fail("a statement is not an object");
  IamStatement statement;
  if (const Json* sid = Find(json, "sid"))
    statement.sid = IsUnknown(*sid) ? std::string(kUnknownText) : ScalarText(*sid).value_or("");

  const Json* effect = Find(json, "effect");
  if (effect == nullptr || !effect->is_string()) return Fail("a statement has no `Effect`");
  const std::string effect_text = ToLower(effect->get<std::string>());
  const bool is_effect_known = !IsUnknown(*effect) && !IsPartial(effect->get_ref<const std::string&>());
  if (is_effect_known && effect_text != "allow" && effect_text != "deny")
    return Fail("the `Effect` of a statement is neither `Allow` nor `Deny`");
  statement.is_allow = effect_text != "deny";
  statement.is_possible = !is_effect_known;

  const Json* value = nullptr;
  BYLAW_ASSIGN(statement.is_not_action, TakeEither(json, "Action", value));
  if (value == nullptr) return Fail("a statement has neither `Action` nor `NotAction`");
  BYLAW_ASSIGN(statement.actions, Texts(*value, "Action", true));
  for (std::string& action : statement.actions) action = ToLower(action);

  BYLAW_ASSIGN(statement.is_not_resource, TakeEither(json, "Resource", value));
  if (value != nullptr) {
    BYLAW_ASSIGN(statement.resources, Texts(*value, "Resource", true));
  }
  BYLAW_ASSIGN(statement.is_not_principal, TakeEither(json, "Principal", value));
  if (value != nullptr) {
    BYLAW_ASSIGN(statement.principals, Principals(*value, "Principal"));
  }
  if (const Json* condition = Find(json, "condition"); condition != nullptr && !condition->is_null()) {
    BYLAW_ASSIGN(statement.conditions, Conditions(*condition));
  }
  statements->push_back(statement);
  if (!is_effect_known) {
    statement.is_allow = false;
    statements->push_back(std::move(statement));
  }
  return Ok{};
}

}  // namespace

Result<IamDocument> ParseIamDocument(std::string_view text) {
  if (text.size() > kMaxDocumentSize)
    return Fail(fmt::format("the policy document is over {} bytes long", kMaxDocumentSize));
  std::string decoded(Trim(StripPrefix(text, "\xEF\xBB\xBF")));
  if (decoded.empty()) return Fail("the policy document is empty");
  if (decoded.starts_with('%')) {
    auto unescaped = UrlDecode(decoded);
    if (!unescaped) return Fail("the policy document has a malformed percent escape");
    decoded = Trim(*unescaped);
  }
  if (decoded.starts_with("{\\\"")) decoded = '"' + decoded + '"';

  BYLAW_ASSIGN(Json json, ParseJson(decoded));
  for (int level = 0; json.is_string() && level < 3; ++level) {
    const std::string inner = json.get<std::string>();
    BYLAW_ASSIGN(json, ParseJson(inner));
  }
  if (!json.is_object()) return Fail("the policy document is not an object");
  const Json* statements = Find(json, "statement");
  if (statements == nullptr) return Fail("the policy document has no `Statement`");
  IamDocument document;
  document.is_partial = decoded.find(kUnknownValue) != std::string::npos;
  BYLAW_RETURN_IF_ERROR(AppendStatement(*statements, &document.statements));
  return document;
}

std::string ToJson(const IamDocument& document) {
  Json statements = Json::array();
  for (const IamStatement& statement : document.statements) {
    Json json = {{"Effect", statement.is_allow ? "Allow" : "Deny"}};
    if (statement.is_possible) json["Possible"] = true;
    if (!statement.sid.empty()) json["Sid"] = statement.sid;
    json[statement.is_not_action ? "NotAction" : "Action"] = statement.actions;
    if (!statement.resources.empty() || statement.is_not_resource)
      json[statement.is_not_resource ? "NotResource" : "Resource"] = statement.resources;
    if (!statement.principals.empty() || statement.is_not_principal) {
      Json& principals = json[statement.is_not_principal ? "NotPrincipal" : "Principal"];
      principals = Json::object();
      for (const IamPrincipal& principal : statement.principals) principals[principal.kind].push_back(principal.value);
    }
    for (const IamCondition& condition : statement.conditions) {
      Json& key = json["Condition"][OperatorText(condition)][condition.key];
      key = condition.values;
      if (condition.is_possible) key.push_back(kUnknownValue);
    }
    statements.push_back(std::move(json));
  }
  return Json({{"Statement", std::move(statements)}}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<IamDocument> MergeIamDocuments(std::span<const IamDocument* const> documents) {
  IamDocument merged;
  for (const IamDocument* document : documents) {
    if (merged.statements.size() + document->statements.size() > kMaxStatements) {
      return Fail(fmt::format("the policies together have over {} statements", kMaxStatements));
    }
    merged.is_partial = merged.is_partial || document->is_partial;
    if (merged.unknown_cause == 0) merged.unknown_cause = document->unknown_cause;
    merged.statements.insert(merged.statements.end(), document->statements.begin(), document->statements.end());
  }
  return merged;
}

}  // namespace bylaw
