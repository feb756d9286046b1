#include "runtime/import/arm_expression.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <vector>

namespace bylaw {

namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 64;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

class Evaluation {
 public:
  Evaluation(std::string_view text, const ArmScope& scope, int depth) : text_(text), scope_(scope), depth_(depth) {}

  std::optional<Json> Whole() {
    if (depth_ > kMaxDepth) return std::nullopt;
    std::optional<Json> value = Expression();
    Skip();
    return at_ == text_.size() && !broken_ ? value : std::nullopt;
  }

  /// The value of a JSON value that may hold expressions.
  static std::optional<Json> Resolve(const Json& value, const ArmScope& scope, int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    if (value.is_string()) {
      const std::string& text = value.get_ref<const std::string&>();
      if (!IsArmExpression(text)) return text.starts_with("[[") ? Json(text.substr(1)) : value;
      return Evaluation(std::string_view(text).substr(1, text.size() - 2), scope, depth + 1).Whole();
    }
    if (!value.is_structured()) return value;
    Json resolved = value;
    for (Json& part : resolved) {
      const std::optional<Json> known = Resolve(part, scope, depth + 1);
      if (!known) return std::nullopt;
      part = *known;
    }
    return resolved;
  }

 private:
  void Skip() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool Take(char c) {
    Skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  std::optional<Json> Expression() {
    std::optional<Json> value = Primary();
    while (!broken_) {
      if (Take('.')) {
        const std::string name = Name();
        if (name.empty()) broken_ = true;
        value = value && value->is_object() && value->contains(name) ? std::optional<Json>(Json((*value)[name])) : std::nullopt;
      } else if (Take('[')) {
        const std::optional<Json> index = Expression();
        if (!Take(']')) broken_ = true;
        if (value && index && value->is_array() && index->is_number_integer() && *index >= 0 && index->get<size_t>() < value->size()) {
          value = Json((*value)[index->get<size_t>()]);
        } else if (value && index && value->is_object() && index->is_string() && value->contains(index->get<std::string>())) {
          value = Json((*value)[index->get<std::string>()]);
        } else {
          value = std::nullopt;
        }
      } else {
        break;
      }
    }
    return value;
  }

  std::string Name() {
    Skip();
    const size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::optional<Json> Primary() {
    if (++nested_ > kMaxDepth) {
      broken_ = true;
      return std::nullopt;
    }
    if (Take('\'')) {
      std::string literal;
      while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c != '\'') {
          literal += c;
        } else if (at_ < text_.size() && text_[at_] == '\'') {
          literal += '\'';
          ++at_;
        } else {
          --nested_;
          return Json(literal);
        }
      }
      broken_ = true;
      return std::nullopt;
    }
    const std::string name = Name();
    if (name.empty()) {
      if (!Take('-')) broken_ = true;
      const std::string digits = Name();
      return digits.empty() ? std::nullopt : Number("-" + digits);
    }
    if (std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      --nested_;
      return Number(name);
    }
    std::vector<std::optional<Json>> arguments;
    if (!Take('(')) {
      broken_ = true;
      return std::nullopt;
    }
    while (!broken_ && !Take(')')) {
      if (!arguments.empty() && !Take(',')) broken_ = true;
      if (!broken_) arguments.push_back(Expression());
    }
    --nested_;
    return broken_ ? std::nullopt : Call(Lower(name), arguments);
  }

  std::optional<Json> Number(const std::string& digits) {
    const Json number = Json::parse(digits, nullptr, false);
    return number.is_number() ? std::optional<Json>(number) : std::nullopt;
  }

  std::optional<Json> Call(const std::string& name, const std::vector<std::optional<Json>>& arguments) {
    if (name == "if" && arguments.size() == 3) {
      if (!arguments[0] || !arguments[0]->is_boolean()) return std::nullopt;
      return arguments[0]->get<bool>() ? arguments[1] : arguments[2];
    }
    if (std::any_of(arguments.begin(), arguments.end(), [](const auto& argument) { return !argument; })) return std::nullopt;
    auto text = [&](size_t i) { return arguments[i]->is_string() ? arguments[i]->get<std::string>() : arguments[i]->dump(); };
    if ((name == "parameters" || name == "variables") && arguments.size() == 1) {
      JsonValue found = name == "parameters" ? scope_.parameters.Find(text(0)).Find("defaultValue") : scope_.variables.Find(text(0));
      if (!found) return std::nullopt;
      const Json raw = Json::parse(found.raw(), nullptr, false);
      return raw.is_discarded() ? std::nullopt : Resolve(raw, scope_, depth_ + 1);
    }
    const bool all_texts = std::all_of(arguments.begin(), arguments.end(), [](const auto& argument) { return argument->is_primitive(); });
    if (name == "concat" && all_texts) {
      std::string joined;
      for (size_t i = 0; i < arguments.size(); ++i) joined += text(i);
      return Json(joined);
    }
    if (name == "concat") {
      Json joined = Json::array();
      for (const auto& argument : arguments) {
        if (!argument->is_array()) return std::nullopt;
        joined.insert(joined.end(), argument->begin(), argument->end());
      }
      return joined;
    }
    if (name == "format" && !arguments.empty() && all_texts) {
      std::string formatted = text(0);
      for (size_t i = 1; i < arguments.size(); ++i) {
        const std::string mark = "{" + std::to_string(i - 1) + "}";
        for (size_t at = formatted.find(mark); at != std::string::npos; at = formatted.find(mark, at + text(i).size())) formatted.replace(at, mark.size(), text(i));
      }
      return Json(formatted);
    }
    if (name == "resourceid" && arguments.size() >= 2 && all_texts) {
      // Subscription and group may come before the type.
      size_t type = 0;
      while (type + 1 < arguments.size() && text(type).find('/') == std::string::npos) ++type;
      std::string names;
      for (size_t i = type + 1; i < arguments.size(); ++i) names += (names.empty() ? "" : "/") + text(i);
      return Json(ArmResourceId(text(type), names));
    }
    if (name == "equals" && arguments.size() == 2) return Json(*arguments[0] == *arguments[1]);
    if (name == "true" && arguments.empty()) return Json(true);
    if (name == "false" && arguments.empty()) return Json(false);
    if (arguments.size() != 1) return std::nullopt;
    if (name == "not" && arguments[0]->is_boolean()) return Json(!arguments[0]->get<bool>());
    if (name == "tolower") return Json(Lower(text(0)));
    if (name == "toupper") {
      std::string upper = text(0);
      std::transform(upper.begin(), upper.end(), upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      return Json(upper);
    }
    if (name == "string") return Json(text(0));
    if (name == "bool" && arguments[0]->is_boolean()) return arguments[0];
    if (name == "int" && arguments[0]->is_number_integer()) return arguments[0];
    if (name == "json" && arguments[0]->is_string()) {
      const Json parsed = Json::parse(text(0), nullptr, false);
      return parsed.is_discarded() ? std::nullopt : std::optional<Json>(parsed);
    }
    return std::nullopt;
  }

  std::string_view text_;
  const ArmScope& scope_;
  int depth_;
  int nested_ = 0;
  size_t at_ = 0;
  bool broken_ = false;
};

}  // namespace

bool IsArmExpression(std::string_view text) { return text.size() > 2 && text.front() == '[' && text[1] != '[' && text.back() == ']'; }

std::optional<std::string> EvaluateArm(std::string_view text, const ArmScope& scope) {
  const std::optional<Json> value = Evaluation(text.substr(1, text.size() - 2), scope, 0).Whole();
  if (!value) return std::nullopt;
  return value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ArmResourceId(std::string_view type, std::string_view name) {
  // Types and names alternate: Microsoft.Network/virtualNetworks/x/subnets/y.
  auto next = [](std::string_view* path) {
    const size_t slash = path->find('/');
    const std::string_view part = path->substr(0, slash);
    path->remove_prefix(slash == std::string_view::npos ? path->size() : slash + 1);
    return std::string(part);
  };
  std::string id = "/providers/" + next(&type);
  while (!type.empty()) {
    id += "/" + next(&type);
    if (!name.empty()) id += "/" + next(&name);
  }
  return id;
}

}  // namespace bylaw
