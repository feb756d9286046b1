#include "runtime/builtins/functions.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace bylaw {
namespace {

using Kind = TypePattern::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 17> kSimpleTypes = {{
    {"bool", Kind::kBool},
    {"int", Kind::kInt},
    {"float", Kind::kFloat},
    {"string", Kind::kString},
    {"time", Kind::kTime},
    {"duration", Kind::kDuration},
    {"cidr", Kind::kCidr},
    {"ip", Kind::kIp},
    {"version", Kind::kVersion},
    {"json", Kind::kJson},
    {"ipset", Kind::kIpSet},
    {"portset", Kind::kPortSet},
    {"iam_document", Kind::kIamDocument},
    {"T", Kind::kAny},
    {"ordered", Kind::kOrdered},
    {"printable", Kind::kPrintable},
    {"K", Kind::kKey},
}};

constexpr std::array<std::pair<std::string_view, Kind>, 3> kContainerTypes = {{
    {"list", Kind::kList},
    {"set", Kind::kSet},
    {"map", Kind::kMap},
}};

constexpr int kMaxTypeDepth = 16;

class SignatureParser {
 public:
  explicit SignatureParser(std::string_view text) : text_(text) {}

  Result<Signature> ParseAll() {
    Signature signature;
    signature.is_constant = !Take("(");
    if (!signature.is_constant && !Take(")")) {
      do {
        std::string_view name = TakeName();
        if (name.empty() || !Take(":")) return Fail("a parameter `name: type`");
        BYLAW_ASSIGN(TypePattern type, ParseType(0));
        signature.parameters.push_back({std::string(name), std::move(type)});
      } while (Take(","));
      if (!Take(")")) return Fail("`,` or `)`");
    }
    if (!Take("->")) return Fail("`->`");
    BYLAW_ASSIGN(signature.result, ParseType(0));
    if (!AtEnd()) return Fail("the end");
    return signature;
  }

  Result<TypePattern> ParseWholeType() {
    BYLAW_ASSIGN(TypePattern type, ParseType(0));
    if (!AtEnd()) return Fail("the end");
    return type;
  }

 private:
  Result<TypePattern> ParseType(int depth) {
    if (depth > kMaxTypeDepth) return Fail(fmt::format("a type nested at most {} deep", kMaxTypeDepth));
    TypePattern type;
    SkipSpaces();
    if (position_ < text_.size() && text_[position_] == '"') {
      type.kind = Kind::kEnum;
      do {
        if (!Take("\"")) return Fail("a quoted enum value");
        size_t end = text_.find('"', position_);
        if (end == std::string_view::npos) return Fail("a closing quote");
        type.enum_values.emplace_back(text_.substr(position_, end - position_));
        position_ = end + 1;
      } while (Take("|"));
    } else {
      std::string_view name = TakeName();
      auto simple = std::find_if(kSimpleTypes.begin(), kSimpleTypes.end(), [&](auto& t) { return t.first == name; });
      auto container =
          std::find_if(kContainerTypes.begin(), kContainerTypes.end(), [&](auto& t) { return t.first == name; });
      if (simple != kSimpleTypes.end()) {
        type.kind = simple->second;
      } else if (container != kContainerTypes.end()) {
        type.kind = container->second;
        if (!Take("<")) return Fail("`<`");
        BYLAW_ASSIGN(TypePattern element, ParseType(depth + 1));
        type.element.push_back(std::move(element));
        if (type.kind == Kind::kMap && Take(",")) {
          // Written key first, as in `map<int, string>`.
          BYLAW_ASSIGN(TypePattern value, ParseType(depth + 1));
          type.element.insert(type.element.begin(), std::move(value));
        }
        if (!Take(">")) return Fail("`>`");
      } else {
        return Fail("a type");
      }
    }
    type.optional = Take("?");
    return type;
  }

  std::string_view TakeName() {
    SkipSpaces();
    size_t start = position_;
    auto is_name_char = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    while (position_ < text_.size() && is_name_char(text_[position_])) ++position_;
    return text_.substr(start, position_ - start);
  }

  bool Take(std::string_view token) {
    SkipSpaces();
    if (text_.substr(position_, token.size()) != token) return false;
    position_ += token.size();
    return true;
  }

  bool AtEnd() {
    SkipSpaces();
    return position_ == text_.size();
  }

  void SkipSpaces() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }

  Error Fail(std::string_view expected) const {
    Error error;
    error.message = fmt::format("signature `{}`: expected {} at offset {}", text_, expected, position_);
    return error;
  }

  std::string_view text_;
  size_t position_ = 0;
};

struct Row {
  std::string_view id_name, name, family, signature, doc, fails_when, example, result;
};

constexpr Row kRows[] = {
#define BYLAW_FUNCTION(id, name, family, signature, doc, fails_when, example, result) \
  {#id, name, family, signature, doc, fails_when, example, result},
#include "runtime/builtins/functions.def"
};

struct Table {
  std::vector<FunctionInfo> functions;
  std::unordered_map<std::string_view, std::pair<size_t, size_t>> overloads;  ///< name to [first, count]
  std::unordered_map<std::string_view, FunctionId> by_id_name;
};

Table BuildTable() {
  Table table;
  for (size_t i = 0; i < std::size(kRows); ++i) {
    const Row& row = kRows[i];
    table.functions.push_back({static_cast<FunctionId>(i), row.id_name, row.name, row.family, row.signature, row.doc,
                               row.fails_when, row.example, row.result, Signature{}});
    FunctionInfo& function = table.functions.back();
    Result<Signature> signature = ParseSignature(function.signature_text);
    BYLAW_CHECK(signature.ok(), "{}: {}", function.id_name, signature.error().message);
    function.signature = std::move(signature).value();
    auto [entry, is_new] = table.overloads.try_emplace(function.name, i, 0);
    auto& [first, count] = entry->second;
    BYLAW_CHECK(is_new || first + count == i, "the overloads of {} do not stand together", function.name);
    ++count;
    table.by_id_name.emplace(function.id_name, function.id);
  }
  return table;
}

const Table& TheTable() {
  static const Table* const table = new Table(BuildTable());
  return *table;
}

}  // namespace

std::string TypePattern::ToString() const {
  std::string text;
  if (kind == Kind::kEnum) {
    for (const std::string& value : enum_values) text += fmt::format("{}\"{}\"", text.empty() ? "" : " | ", value);
  } else if (kind == Kind::kList || kind == Kind::kSet || kind == Kind::kMap) {
    auto container =
        std::find_if(kContainerTypes.begin(), kContainerTypes.end(), [&](auto& t) { return t.second == kind; });
    const std::string key = element.size() > 1 ? element[1].ToString() + ", " : std::string();
    text = fmt::format("{}<{}{}>", container->first, key, element.at(0).ToString());
  } else {
    text = std::find_if(kSimpleTypes.begin(), kSimpleTypes.end(), [&](auto& t) { return t.second == kind; })->first;
  }
  if (optional) text += '?';
  return text;
}

std::span<const FunctionInfo> BuiltinFunctions() { return TheTable().functions; }

const FunctionInfo& BuiltinFunction(FunctionId id) {
  const auto& functions = TheTable().functions;
  size_t index = static_cast<size_t>(id);
  BYLAW_CHECK(index < functions.size(), "function id {}", index);
  return functions[index];
}

std::span<const FunctionInfo> BuiltinOverloads(std::string_view name) {
  const Table& table = TheTable();
  auto entry = table.overloads.find(name);
  if (entry == table.overloads.end()) return {};
  return BuiltinFunctions().subspan(entry->second.first, entry->second.second);
}

std::optional<FunctionId> FindBuiltinById(std::string_view id_name) {
  const Table& table = TheTable();
  auto entry = table.by_id_name.find(id_name);
  if (entry == table.by_id_name.end()) return std::nullopt;
  return entry->second;
}

Result<Signature> ParseSignature(std::string_view text) { return SignatureParser(text).ParseAll(); }

Result<TypePattern> ParseTypePattern(std::string_view text) { return SignatureParser(text).ParseWholeType(); }

}  // namespace bylaw
