#include "runtime/bytecode/opcode_info.h"

#include <array>

#include "runtime/base/check.h"

namespace bylaw {
namespace {

OperandType ParseOperand(std::string_view text) {
  OperandType result;
  if (text.starts_with('?')) {
    result.may_be_absent = true;
    text.remove_prefix(1);
  }
  static constexpr std::array<std::pair<std::string_view, OperandClass>, 6> kClasses = {
      {{"any", OperandClass::kAny},
       {"same", OperandClass::kSame},
       {"same_a", OperandClass::kSameA},
       {"obj", OperandClass::kObj},
       {"cell", OperandClass::kCell},
       {"ticks", OperandClass::kTicks}}};
  for (const auto& [name, operand_class] : kClasses) {
    if (text == name) {
      result.operand_class = operand_class;
      return result;
    }
  }
  for (int i = 0; i < kNumTypeKinds; ++i) {
    if (text == TypeKindName(static_cast<TypeKind>(i))) {
      result.operand_class = OperandClass::kKind;
      result.kind = static_cast<TypeKind>(i);
      return result;
    }
  }
  BYLAW_CHECK(false, "opcodes.def: no such operand type `{}`", text);
  return result;
}

std::vector<OpcodeInfo> MakeTable() {
  std::vector<OpcodeInfo> table = {
#define BYLAW_OPCODE(name, text, operands, types, doc) {Opcode::k##name, #name, text, operands, types, doc, {}, {}},
#include "runtime/bytecode/opcodes.def"
#undef BYLAW_OPCODE
  };
  for (OpcodeInfo& info : table) {
    const size_t arrow = info.types.find("<-");
    info.dst = ParseOperand(info.types.substr(0, arrow));
    if (arrow == std::string_view::npos) continue;
    std::string_view rest = info.types.substr(arrow + 2);
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      info.sources.push_back(ParseOperand(rest.substr(0, comma)));
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return table;
}

template <typename E, size_t N>
std::string_view NameIn(const std::array<std::string_view, N>& names, E value) {
  const auto index = static_cast<size_t>(value);
  BYLAW_CHECK(index < N, "{} of {}", index, N);
  return names[index];
}

}  // namespace

const std::vector<OpcodeInfo>& OpcodeTable() {
  static const std::vector<OpcodeInfo> table = MakeTable();
  return table;
}

std::string_view AttributeName(Attribute attribute) {
  static constexpr std::array<std::string_view, kNumAttributes> kNames = {"address", "type", "account", "region", "id",
                                                                          "file",    "line", "tags",    "model"};
  return NameIn(kNames, attribute);
}

std::string_view QueryKindName(QueryKind kind) {
  static constexpr std::array<std::string_view, kNumQueryKinds> kNames = {
      "exists", "count", "sum", "min", "max", "avg", "list", "set", "map", "union", "one", "first", "group"};
  return NameIn(kNames, kind);
}

std::string_view GeneratorKindName(GeneratorKind kind) {
  static constexpr std::array<std::string_view, kNumGeneratorKinds> kNames = {"unit",   "scan",     "scan_any",
                                                                              "lookup", "elements", "relation"};
  return NameIn(kNames, kind);
}

std::string_view SeverityName(Severity severity) {
  static constexpr std::array<std::string_view, kNumSeverities> kNames = {"info", "low", "medium", "high", "critical"};
  return NameIn(kNames, severity);
}

}  // namespace bylaw
