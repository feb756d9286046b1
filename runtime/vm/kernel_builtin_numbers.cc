// Built-in functions: numbers, conversions, versions.
#include <cmath>

#include "runtime/builtins/text.h"
#include "runtime/builtins/version.h"
#include "runtime/vm/builtin_call.h"

namespace bylaw {

namespace {

const JsonNode& Json(Cell cell) { return *CellToObject<JsonNode>(cell); }

std::optional<int64_t> IntOfJson(const JsonNode& node) {
  if (node.kind == JsonNodeKind::kInt) return node.integer;
  if (node.kind == JsonNodeKind::kFloat) return ToInt(node.floating);
  if (node.kind == JsonNodeKind::kString) return ParseInt(node.text);
  return std::nullopt;
}

std::optional<double> FloatOfJson(const JsonNode& node) {
  if (node.kind == JsonNodeKind::kInt) return static_cast<double>(node.integer);
  if (node.kind == JsonNodeKind::kFloat) return node.floating;
  if (node.kind == JsonNodeKind::kString || node.kind == JsonNodeKind::kBigNumber) return ParseFloat(node.text);
  return std::nullopt;
}

std::optional<bool> BoolOfJson(const JsonNode& node) {
  if (node.kind == JsonNodeKind::kBool) return node.boolean;
  if (node.kind == JsonNodeKind::kInt && (node.integer == 0 || node.integer == 1)) return node.integer == 1;
  if (node.kind == JsonNodeKind::kString) return ParseBool(node.text);
  return std::nullopt;
}

VersionScheme SchemeOf(Cell version) {
  Cell scheme = version >> 32;
  return scheme < static_cast<Cell>(kNumVersionSchemes) ? static_cast<VersionScheme>(scheme) : VersionScheme::kGeneric;
}

}  // namespace

bool BuiltinNumbers(const BuiltinCall& call) {
  auto make_version = [&](std::string_view text, Cell text_cell, VersionScheme scheme) -> std::optional<Value> {
    if (!IsVersion(text, scheme)) return std::nullopt;
    return Value{VersionCell(static_cast<uint8_t>(scheme), static_cast<StringId>(text_cell))};
  };
  switch (call.info.id) {
    case FunctionId::kAbsInt:
      call.EachOptional([](const Cell* x) -> std::optional<int64_t> {
        int64_t n = CellToInt(x[0]);
        if (n == std::numeric_limits<int64_t>::min()) return std::nullopt;
        return n < 0 ? -n : n;
      });
      return true;
    case FunctionId::kAbsFloat:
      call.EachOptional([](const Cell* x) { return std::optional(std::fabs(CellToFloat(x[0]))); });
      return true;
    case FunctionId::kFloor:
      call.EachOptional([](const Cell* x) { return ToInt(std::floor(CellToFloat(x[0]))); });
      return true;
    case FunctionId::kCeil:
      call.EachOptional([](const Cell* x) { return ToInt(std::ceil(CellToFloat(x[0]))); });
      return true;
    case FunctionId::kRound:
      call.EachOptional([](const Cell* x) { return ToInt(std::round(CellToFloat(x[0]))); });
      return true;
    case FunctionId::kIntFromString:
      call.EachOptional([&](const Cell* x) { return ParseInt(call.text(x[0])); });
      return true;
    case FunctionId::kIntFromFloat:
      call.EachOptional([](const Cell* x) { return ToInt(std::trunc(CellToFloat(x[0]))); });
      return true;
    case FunctionId::kIntFromBool:
      call.EachOptional([](const Cell* x) { return std::optional<int64_t>(x[0] != 0 ? 1 : 0); });
      return true;
    case FunctionId::kIntFromJson: call.EachOptional([](const Cell* x) { return IntOfJson(Json(x[0])); }); return true;
    case FunctionId::kFloatFromString:
      call.EachOptional([&](const Cell* x) { return ParseFloat(call.text(x[0])); });
      return true;
    case FunctionId::kFloatFromInt:
      call.EachOptional([](const Cell* x) { return std::optional(static_cast<double>(CellToInt(x[0]))); });
      return true;
    case FunctionId::kFloatFromJson:
      call.EachOptional([](const Cell* x) { return FloatOfJson(Json(x[0])); });
      return true;
    case FunctionId::kBoolFromString:
      call.EachOptional([&](const Cell* x) { return ParseBool(call.text(x[0])); });
      return true;
    case FunctionId::kBoolFromJson:
      call.EachOptional([](const Cell* x) { return BoolOfJson(Json(x[0])); });
      return true;

    case FunctionId::kVersionOf:
      call.EachOptional([&](const Cell* x) { return make_version(call.text(x[0]), x[0], VersionScheme::kGeneric); });
      return true;
    case FunctionId::kVersionOfScheme:
      call.EachOptional([&](const Cell* x) -> std::optional<Value> {
        std::optional<VersionScheme> scheme = FindVersionScheme(call.text(x[1]));
        if (!scheme) return std::nullopt;
        return make_version(call.text(x[0]), x[0], *scheme);
      });
      return true;
    case FunctionId::kSemver:
      call.EachOptional([&](const Cell* x) { return make_version(call.text(x[0]), x[0], VersionScheme::kSemver); });
      return true;
    case FunctionId::kCompareVersions:
      call.EachOptional([&](const Cell* x) -> std::optional<int64_t> {
        std::optional<VersionScheme> scheme = FindVersionScheme(call.text(x[2]));
        if (!scheme) return std::nullopt;
        std::optional<std::weak_ordering> order = CompareVersions(call.text(x[0]), call.text(x[1]), *scheme);
        if (!order) return std::nullopt;
        return *order < 0 ? -1 : *order > 0 ? 1 : 0;
      });
      return true;
    case FunctionId::kVersionIn:
      call.EachOptional(
          [&](const Cell* x) { return VersionInRange(call.text(x[0]), call.text(x[1]), SchemeOf(x[0])); });
      return true;
    case FunctionId::kVersionMajor:
      call.EachOptional([&](const Cell* x) { return VersionNumber(call.text(x[0]), SchemeOf(x[0]), 0); });
      return true;
    case FunctionId::kVersionMinor:
      call.EachOptional([&](const Cell* x) { return VersionNumber(call.text(x[0]), SchemeOf(x[0]), 1); });
      return true;
    case FunctionId::kSeverityRank:
      call.EachOptional([&](const Cell* x) { return SeverityRank(call.text(x[0])); });
      return true;
    default: return false;
  }
}

}  // namespace bylaw
