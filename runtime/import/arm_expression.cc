#include "runtime/import/arm_expression.h"

#include <algorithm>
#include <cctype>

namespace bylaw {

namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 64;

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
        value = value && value->is_object() && value->contains(name) ? std::optional<Json>(Json((*value)[name]))
                                                                     : std::nullopt;
      } else if (Take('[')) {
        const std::optional<Json> index = Expression();
        if (!Take(']')) broken_ = true;
        if (value && index && value->is_array() && index->is_number_integer() && *index >= 0 &&
            index->get<size_t>() < value->size()) {
          value = Json((*value)[index->get<size_t>()]);
        } else if (value && index && value->is_object() && index->is_string() &&
                   value->contains(index->get<std::string>())) {
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
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_'))
      ++at_;
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
    return broken_ ? std::nullopt : Call(ArmFolded(name), arguments);
  }

  std::optional<Json> Number(const std::string& digits) {
    const Json number = Json::parse(digits, nullptr, false);
    return number.is_number() ? std::optional<Json>(number) : std::nullopt;
  }

  ArmValue Call(const std::string& name, const std::vector<ArmValue>& arguments) {
    if (name == "parameters" && arguments.size() == 1) return Parameter(arguments[0]);
    if (name == "variables" && arguments.size() == 1) {
      if (!arguments[0] || !arguments[0]->is_string()) return std::nullopt;
      return ResolveText(FindFolded(scope_.variables, arguments[0]->get<std::string>()).raw());
    }
    if (name == "copyindex") return CopyIndex(arguments);
    return CallArmFunction(name, arguments);
  }

  ArmValue Parameter(const ArmValue& name) {
    if (!name || !name->is_string()) return std::nullopt;
    const auto given = scope_.given.find(ArmFolded(name->get<std::string>()));
    if (given == scope_.given.end())
      return ResolveText(FindFolded(scope_.parameters, name->get<std::string>()).Find("defaultValue").raw());
    if (!given->second) return std::nullopt;
    const Json value = Json::parse(*given->second, nullptr, false);
    return value.is_discarded() ? std::nullopt : ArmValue(value);
  }

  /// copyIndex(), copyIndex(offset), copyIndex('loop'), copyIndex('loop', offset)
  ArmValue CopyIndex(const std::vector<ArmValue>& arguments) {
    std::string loop;
    int64_t offset = 0;
    for (const ArmValue& argument : arguments) {
      if (argument && argument->is_string()) {
        loop = ArmFolded(argument->get<std::string>());
      } else if (argument && argument->is_number_integer()) {
        offset = argument->get<int64_t>();
      } else {
        return std::nullopt;
      }
    }
    const auto found = scope_.copy_indices.find(loop);
    return found == scope_.copy_indices.end() ? std::nullopt : ArmValue(Json(found->second + offset));
  }

  ArmValue ResolveText(std::string_view raw) {
    if (raw.empty()) return std::nullopt;
    const Json value = Json::parse(raw, nullptr, false);
    return value.is_discarded() ? std::nullopt : Resolve(value, scope_, depth_ + 1);
  }

  static JsonValue FindFolded(JsonValue object, const std::string& name) {
    if (const JsonValue found = object.Find(name)) return found;
    const std::string folded = ArmFolded(name);
    for (JsonField field : object.fields()) {
      if (ArmFolded(field.key.ToString()) == folded) return field.value;
    }
    return {};
  }

  std::string_view text_;
  const ArmScope& scope_;
  int depth_;
  int nested_ = 0;
  size_t at_ = 0;
  bool broken_ = false;
};

}  // namespace

bool IsArmExpression(std::string_view text) {
  return text.size() > 2 && text.front() == '[' && text[1] != '[' && text.back() == ']';
}

std::optional<std::string> EvaluateArm(std::string_view text, const ArmScope& scope) {
  const std::optional<Json> value = Evaluation(text.substr(1, text.size() - 2), scope, 0).Whole();
  if (!value) return std::nullopt;
  return value->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ArmFolded(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return folded;
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
