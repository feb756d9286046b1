// The functions of ARM templates whose value follows from their arguments.

#include <algorithm>
#include <functional>
#include <unordered_map>

#include "runtime/builtins/encoding.h"
#include "runtime/import/arm_expression.h"

namespace bylaw {

namespace {

using Json = nlohmann::json;
using Arguments = std::vector<ArmValue>;

/// More elements than this are not made.
constexpr int64_t kMaxElements = 800;  // ARM's own limit of copies

std::string TextOf(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

ArmValue Logic(const Arguments& arguments, bool decides) {
  bool all_known = true;
  for (const ArmValue& argument : arguments) {
    if (!argument || !argument->is_boolean()) {
      all_known = false;
    } else if (argument->get<bool>() == decides) {
      return Json(decides);
    }
  }
  return all_known ? ArmValue(Json(!decides)) : std::nullopt;
}

ArmValue Concat(const Arguments& arguments) {
  if (std::all_of(arguments.begin(), arguments.end(),
                  [](const ArmValue& argument) { return argument->is_primitive(); })) {
    std::string joined;
    for (const ArmValue& argument : arguments) joined += TextOf(*argument);
    return Json(joined);
  }
  Json joined = Json::array();
  for (const ArmValue& argument : arguments) {
    if (!argument->is_array()) return std::nullopt;
    joined.insert(joined.end(), argument->begin(), argument->end());
  }
  return joined;
}

ArmValue Format(const Arguments& arguments) {
  std::string formatted;
  const std::string pattern = TextOf(*arguments[0]);
  for (size_t at = 0; at < pattern.size();) {
    const size_t end = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
    const std::string mark = end == std::string::npos ? std::string() : pattern.substr(at + 1, end - at - 1);
    const bool is_mark = !mark.empty() && mark.size() < 4 &&
                         std::all_of(mark.begin(), mark.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!is_mark) {
      formatted += pattern[at++];
      continue;
    }
    const size_t index = std::stoul(mark) + 1;
    if (index >= arguments.size()) return std::nullopt;
    formatted += TextOf(*arguments[index]);
    at = end + 1;
  }
  return Json(formatted);
}

/// resourceId([subscription], [group], type, names…)
ArmValue ResourceId(const Arguments& arguments) {
  size_t type = 0;
  while (type + 1 < arguments.size() && TextOf(*arguments[type]).find('/') == std::string::npos) ++type;
  std::string names;
  for (size_t i = type + 1; i < arguments.size(); ++i) names += (names.empty() ? "" : "/") + TextOf(*arguments[i]);
  return Json(ArmResourceId(TextOf(*arguments[type]), names));
}

ArmValue Compare(const Json& a, const Json& b, const std::function<bool(int)>& holds) {
  if (a.is_number() && b.is_number()) return Json(holds(a < b ? -1 : b < a ? 1 : 0));
  if (a.is_string() && b.is_string()) return Json(holds(a.get<std::string>().compare(b.get<std::string>())));
  return std::nullopt;
}

ArmValue Arithmetic(const Json& a, const Json& b, char operation) {
  if (!a.is_number_integer() || !b.is_number_integer()) return std::nullopt;
  const auto x = a.get<int64_t>(), y = b.get<int64_t>();
  int64_t result = 0;
  bool overflow = false;
  switch (operation) {
    case '+': overflow = __builtin_add_overflow(x, y, &result); break;
    case '-': overflow = __builtin_sub_overflow(x, y, &result); break;
    case '*': overflow = __builtin_mul_overflow(x, y, &result); break;
    default:
      if (y == 0 || y == -1) return std::nullopt;
      result = operation == '/' ? x / y : x % y;
  }
  return overflow ? std::nullopt : ArmValue(Json(result));
}

ArmValue Contains(const Json& container, const Json& item) {
  if (container.is_string()) return Json(container.get<std::string>().find(TextOf(item)) != std::string::npos);
  if (container.is_array()) return Json(std::find(container.begin(), container.end(), item) != container.end());
  if (!container.is_object() || !item.is_string()) return std::nullopt;
  for (auto member = container.begin(); member != container.end(); ++member) {
    if (ArmFolded(member.key()) == ArmFolded(item.get<std::string>())) return Json(true);
  }
  return Json(false);
}

ArmValue Union(const Arguments& arguments) {
  if (arguments[0]->is_object()) {
    Json merged = Json::object();
    for (const ArmValue& argument : arguments) {
      if (!argument->is_object()) return std::nullopt;
      merged.update(*argument);
    }
    return merged;
  }
  Json all = Json::array();
  for (const ArmValue& argument : arguments) {
    if (!argument->is_array()) return std::nullopt;
    for (const Json& element : *argument) {
      if (std::find(all.begin(), all.end(), element) == all.end()) all.push_back(element);
    }
  }
  return all;
}

ArmValue Range(const Json& first, const Json& count) {
  if (!first.is_number_integer() || !count.is_number_integer() || count.get<int64_t>() < 0 ||
      count.get<int64_t>() > kMaxElements)
    return std::nullopt;
  Json list = Json::array();
  for (int64_t i = 0; i < count.get<int64_t>(); ++i) list.push_back(first.get<int64_t>() + i);
  return list;
}

ArmValue Split(const Json& text, const Json& delimiters) {
  if (!text.is_string()) return std::nullopt;
  std::string marks;
  for (const Json& one : delimiters.is_array() ? delimiters : Json::array({delimiters})) {
    if (!one.is_string() || one.get<std::string>().size() != 1) return std::nullopt;
    marks += one.get<std::string>();
  }
  Json parts = Json::array();
  std::string part;
  for (char c : text.get<std::string>()) {
    if (marks.find(c) == std::string::npos) {
      part += c;
      continue;
    }
    parts.push_back(part);
    part.clear();
  }
  parts.push_back(part);
  return parts;
}

ArmValue Join(const Json& list, const Json& delimiter) {
  if (!list.is_array() || !delimiter.is_string()) return std::nullopt;
  std::string joined;
  for (size_t i = 0; i < list.size(); ++i) joined += (i == 0 ? "" : delimiter.get<std::string>()) + TextOf(list[i]);
  return Json(joined);
}

ArmValue Replace(const Json& text, const Json& old_text, const Json& new_text) {
  if (!text.is_string() || !old_text.is_string() || !new_text.is_string() || old_text.get<std::string>().empty())
    return std::nullopt;
  std::string result = text.get<std::string>();
  const std::string from = old_text.get<std::string>(), to = new_text.get<std::string>();
  for (size_t at = result.find(from); at != std::string::npos; at = result.find(from, at + to.size()))
    result.replace(at, from.size(), to);
  return Json(result);
}

/// A part of a text or list, of at most `count` elements from `begin`.
ArmValue Part(const Json& whole, int64_t begin, int64_t count) {
  const auto size = static_cast<int64_t>(whole.is_string() ? whole.get<std::string>().size() : whole.size());
  begin = std::clamp<int64_t>(begin, 0, size);
  count = std::clamp<int64_t>(count, 0, size - begin);
  if (whole.is_string())
    return Json(whole.get<std::string>().substr(static_cast<size_t>(begin), static_cast<size_t>(count)));
  if (!whole.is_array()) return std::nullopt;
  return Json(std::vector<Json>(whole.begin() + begin, whole.begin() + begin + count));
}

ArmValue ToBool(const Json& value) {
  if (value.is_boolean()) return value;
  if (value.is_number_integer()) return Json(value.get<int64_t>() != 0);
  const std::string text = ArmFolded(TextOf(value));
  return text == "true" || text == "1"    ? ArmValue(Json(true))
         : text == "false" || text == "0" ? ArmValue(Json(false))
                                          : std::nullopt;
}

ArmValue ParsedJson(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  const Json parsed = Json::parse(value.get<std::string>(), nullptr, false);
  return parsed.is_discarded() ? std::nullopt : ArmValue(parsed);
}

ArmValue Upper(const Json& value) {
  std::string upper = TextOf(value);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return Json(upper);
}

ArmValue Trim(const Json& value) {
  const std::string text = TextOf(value);
  const size_t begin = text.find_first_not_of(" \t\r\n");
  return Json(begin == std::string::npos ? std::string()
                                         : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

int64_t SizeOf(const Json& value) {
  return static_cast<int64_t>(value.is_string() ? value.get<std::string>().size() : value.size());
}

/// Functions of known arguments, by name; `arity`: how many at least and at most.
struct Known {
  size_t least, most;
  ArmValue (*call)(const Arguments& arguments);
};

const std::unordered_map<std::string_view, Known>& Functions() {
  constexpr size_t kAny = 1000;
  static const std::unordered_map<std::string_view, Known> kFunctions = {
      {"concat", {1, kAny, Concat}},
      {"format", {1, kAny, Format}},
      {"resourceid", {2, kAny, ResourceId}},
      {"equals", {2, 2, [](const Arguments& a) { return ArmValue(Json(*a[0] == *a[1])); }}},
      {"less", {2, 2, [](const Arguments& a) { return Compare(*a[0], *a[1], [](int order) { return order < 0; }); }}},
      {"lessorequals",
       {2, 2, [](const Arguments& a) { return Compare(*a[0], *a[1], [](int order) { return order <= 0; }); }}},
      {"greater",
       {2, 2, [](const Arguments& a) { return Compare(*a[0], *a[1], [](int order) { return order > 0; }); }}},
      {"greaterorequals",
       {2, 2, [](const Arguments& a) { return Compare(*a[0], *a[1], [](int order) { return order >= 0; }); }}},
      {"add", {2, 2, [](const Arguments& a) { return Arithmetic(*a[0], *a[1], '+'); }}},
      {"sub", {2, 2, [](const Arguments& a) { return Arithmetic(*a[0], *a[1], '-'); }}},
      {"mul", {2, 2, [](const Arguments& a) { return Arithmetic(*a[0], *a[1], '*'); }}},
      {"div", {2, 2, [](const Arguments& a) { return Arithmetic(*a[0], *a[1], '/'); }}},
      {"mod", {2, 2, [](const Arguments& a) { return Arithmetic(*a[0], *a[1], '%'); }}},
      {"true", {0, 0, [](const Arguments&) { return ArmValue(Json(true)); }}},
      {"false", {0, 0, [](const Arguments&) { return ArmValue(Json(false)); }}},
      {"null", {0, 0, [](const Arguments&) { return ArmValue(Json(nullptr)); }}},
      {"not",
       {1, 1,
        [](const Arguments& a) { return a[0]->is_boolean() ? ArmValue(Json(!a[0]->get<bool>())) : std::nullopt; }}},
      {"tolower", {1, 1, [](const Arguments& a) { return ArmValue(Json(ArmFolded(TextOf(*a[0])))); }}},
      {"toupper", {1, 1, [](const Arguments& a) { return Upper(*a[0]); }}},
      {"trim", {1, 1, [](const Arguments& a) { return Trim(*a[0]); }}},
      {"string", {1, 1, [](const Arguments& a) { return ArmValue(Json(TextOf(*a[0]))); }}},
      {"bool", {1, 1, [](const Arguments& a) { return ToBool(*a[0]); }}},
      {"int",
       {1, 1,
        [](const Arguments& a) {
          return a[0]->is_string() ? ParsedJson(*a[0]) : a[0]->is_number_integer() ? a[0] : std::nullopt;
        }}},
      {"json", {1, 1, [](const Arguments& a) { return ParsedJson(*a[0]); }}},
      {"base64",
       {1, 1,
        [](const Arguments& a) {
          const std::optional<std::string> encoded = Base64Encode(TextOf(*a[0]));
          return encoded ? ArmValue(Json(*encoded)) : std::nullopt;
        }}},
      {"empty",
       {1, 1,
        [](const Arguments& a) {
          return ArmValue(Json(a[0]->is_null() || (!a[0]->is_number() && !a[0]->is_boolean() && SizeOf(*a[0]) == 0)));
        }}},
      {"length", {1, 1, [](const Arguments& a) { return ArmValue(Json(SizeOf(*a[0]))); }}},
      {"contains", {2, 2, [](const Arguments& a) { return Contains(*a[0], *a[1]); }}},
      {"union", {1, kAny, Union}},
      {"range", {2, 2, [](const Arguments& a) { return Range(*a[0], *a[1]); }}},
      {"split", {2, 2, [](const Arguments& a) { return Split(*a[0], *a[1]); }}},
      {"join", {2, 2, [](const Arguments& a) { return Join(*a[0], *a[1]); }}},
      {"replace", {3, 3, [](const Arguments& a) { return Replace(*a[0], *a[1], *a[2]); }}},
      {"startswith",
       {2, 2,
        [](const Arguments& a) {
          return ArmValue(Json(ArmFolded(TextOf(*a[0])).starts_with(ArmFolded(TextOf(*a[1])))));
        }}},
      {"endswith",
       {2, 2,
        [](const Arguments& a) {
          return ArmValue(Json(ArmFolded(TextOf(*a[0])).ends_with(ArmFolded(TextOf(*a[1])))));
        }}},
      {"first",
       {1, 1,
        [](const Arguments& a) {
          return a[0]->is_array() ? (a[0]->empty() ? std::nullopt : ArmValue((*a[0])[0])) : Part(*a[0], 0, 1);
        }}},
      {"last",
       {1, 1,
        [](const Arguments& a) {
          return a[0]->is_array() ? (a[0]->empty() ? std::nullopt : ArmValue(a[0]->back()))
                                  : Part(*a[0], SizeOf(*a[0]) - 1, 1);
        }}},
      {"take",
       {2, 2,
        [](const Arguments& a) {
          return a[1]->is_number_integer() ? Part(*a[0], 0, a[1]->get<int64_t>()) : std::nullopt;
        }}},
      {"skip",
       {2, 2,
        [](const Arguments& a) {
          return a[1]->is_number_integer() ? Part(*a[0], a[1]->get<int64_t>(), SizeOf(*a[0])) : std::nullopt;
        }}},
      {"substring",
       {2, 3,
        [](const Arguments& a) {
          if (!a[0]->is_string() || !a[1]->is_number_integer() || (a.size() > 2 && !a[2]->is_number_integer()))
            return ArmValue();
          return Part(*a[0], a[1]->get<int64_t>(), a.size() > 2 ? a[2]->get<int64_t>() : SizeOf(*a[0]));
        }}},
      {"createarray",
       {0, kAny,
        [](const Arguments& a) {
          Json list = Json::array();
          for (const ArmValue& element : a) list.push_back(*element);
          return ArmValue(list);
        }}},
      {"createobject",
       {0, kAny,
        [](const Arguments& a) {
          Json object = Json::object();
          for (size_t i = 0; i + 1 < a.size(); i += 2) object[TextOf(*a[i])] = *a[i + 1];
          return ArmValue(object);
        }}},
  };
  return kFunctions;
}

}  // namespace

ArmValue CallArmFunction(std::string_view name, const Arguments& arguments) {
  if (name == "and") return Logic(arguments, false);
  if (name == "or") return Logic(arguments, true);
  if (name == "if" && arguments.size() == 3) {
    if (arguments[0] && arguments[0]->is_boolean()) return arguments[0]->get<bool>() ? arguments[1] : arguments[2];
    return arguments[1] && arguments[1] == arguments[2] ? arguments[1] : std::nullopt;
  }
  if (name == "coalesce") {
    for (const ArmValue& argument : arguments) {
      if (!argument || !argument->is_null()) return argument;
    }
    return Json(nullptr);
  }
  const auto found = Functions().find(name);
  if (found == Functions().end() || arguments.size() < found->second.least || arguments.size() > found->second.most)
    return std::nullopt;
  if (std::any_of(arguments.begin(), arguments.end(), [](const ArmValue& argument) { return !argument; }))
    return std::nullopt;
  return found->second.call(arguments);
}

}  // namespace bylaw
