#include "cli/config_file.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <algorithm>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include "cli/command.h"

namespace bylaw::cli {
namespace {

using Kind = ConfigValue::Kind;

ConfigPlace PlaceOf(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

template <typename T>
std::string Printed(const T& value) {
  std::ostringstream text;
  text << value;
  return std::move(text).str();
}

ConfigValue Convert(const toml::node& node) {
  ConfigValue value;
  value.place = PlaceOf(node.source());
  if (const auto* table = node.as_table()) {
    value.kind = Kind::kTable;
    for (const auto& [key, member] : *table) {
      ConfigValue converted = Convert(member);
      converted.key_place = PlaceOf(key.source());
      value.members.push_back({std::string(key.str()), std::move(converted)});
    }
    // The library orders by name; errors and lists read better in the order written.
    std::stable_sort(value.members.begin(), value.members.end(), [](const auto& a, const auto& b) {
      return std::pair(a.value.key_place.line, a.value.key_place.column) <
             std::pair(b.value.key_place.line, b.value.key_place.column);
    });
  } else if (const auto* array = node.as_array()) {
    value.kind = Kind::kList;
    for (const toml::node& item : *array) value.items.push_back(Convert(item));
  } else if (const auto* text = node.as_string()) {
    value.kind = Kind::kText;
    value.text = text->get();
  } else if (const auto* flag = node.as_boolean()) {
    value.kind = Kind::kBool;
    value.text = flag->get() ? "true" : "false";
  } else if (const auto* whole = node.as_integer()) {
    value.kind = Kind::kInt;
    value.text = fmt::format("{}", whole->get());
  } else if (const auto* number = node.as_floating_point()) {
    value.kind = Kind::kFloat;
    value.text = fmt::format("{}", number->get());
  } else {
    value.kind = Kind::kTime;
    if (const auto* date = node.as_date()) value.text = Printed(date->get());
    if (const auto* time = node.as_time()) value.text = Printed(time->get());
    if (const auto* moment = node.as_date_time()) value.text = Printed(moment->get());
  }
  return value;
}

nlohmann::ordered_json ToJson(const ConfigValue& value) {
  using Json = nlohmann::ordered_json;
  switch (value.kind) {
    case Kind::kText:
    case Kind::kTime: return value.text;
    case Kind::kList: {
      Json list = Json::array();
      for (const ConfigValue& item : value.items) list.push_back(ToJson(item));
      return list;
    }
    case Kind::kTable: {
      Json object = Json::object();
      for (const auto& [name, member] : value.members) object[name] = ToJson(member);
      return object;
    }
    default: return Json::parse(value.text, nullptr, false);
  }
}

}  // namespace

const ConfigValue* ConfigValue::Find(const std::string& key) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const auto& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

std::string ConfigValue::KindName() const {
  switch (kind) {
    case Kind::kText: return "a text";
    case Kind::kBool: return "true or false";
    case Kind::kInt: return "a whole number";
    case Kind::kFloat: return "a number";
    case Kind::kTime: return "a date or time";
    case Kind::kList: return "a list";
    case Kind::kTable: return "a table";
  }
  return "a value";
}

std::string ConfigValue::AsParam() const {
  if (kind == Kind::kList || kind == Kind::kTable)
    return ToJson(*this).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return text;
}

Result<ConfigValue> ReadConfigFile(const std::string& path) {
  BYLAW_ASSIGN(const std::string text, ReadWhole(path));
  const toml::parse_result parsed = toml::parse(std::string_view(text), std::string_view(path));
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    std::string message(error.description());
    if (!message.empty()) message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    while (message.ends_with('.')) message.pop_back();
    return Error{.message = "this is no TOML: " + message,
                 .file = path,
                 .line = error.source().begin.line,
                 .column = error.source().begin.column};
  }
  return Convert(parsed.table());
}

}  // namespace bylaw::cli
