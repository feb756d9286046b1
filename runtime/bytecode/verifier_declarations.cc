#include "runtime/bytecode/verifier_declarations.h"

#include "runtime/builtins/net.h"
#include "runtime/builtins/version.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw::verifier {

namespace {

/// Values and bytes of text of a constant, with a part that is shared counted wherever it is used: what comparing or printing it may take.
constexpr uint64_t kMaxConstantSize = 64 << 20;

}  // namespace

void DeclarationVerifier::CheckDeclarations() {
  for (const SourceSpan& span : p_.spans) Index(span.file, p_.source_files.size(), "source file");
  std::vector<int> type_depth(p_.types.size(), 1);
  for (size_t i = 0; i < p_.types.size(); ++i) {
    const TypeEntry& type = p_.types[i];
    const bool has_element = type.kind == TypeKind::kList || type.kind == TypeKind::kSet || type.kind == TypeKind::kMap;
    if (has_element != (type.element != kNone)) Fail("type {}: element", i);
    if (has_element && type.element >= i) Fail("type {}: element {} is not before it", i, type.element);
    if ((type.kind == TypeKind::kMap) != (type.key != kNone)) Fail("type {}: key", i);
    if (type.kind == TypeKind::kMap && type.key >= i) Fail("type {}: key {} is not before it", i, type.key);
    if (type.kind == TypeKind::kMap && IsObject(p_.types[type.key].kind))
      Fail("type {}: a key of kind {}", i, TypeKindName(p_.types[type.key].kind));
    if (has_element) type_depth[i] += type_depth[type.element];
    if (type_depth[i] > kMaxNesting) Fail("type {}: nesting deeper than {}", i, kMaxNesting);
    for (TableId table : type.tables) Index(table, p_.tables.size(), "table");
  }
  constant_size_.resize(p_.constants.size());
  for (size_t i = 0; i < p_.constants.size(); ++i)
    Within([&] { return fmt::format("constant {}", i); }, [&] { CheckConstant(static_cast<uint32_t>(i)); });
  for (const Param& param : p_.params) {
    StringKeys(param.type);
    if (param.default_value) NeedConstant(*param.default_value, param.type);
  }
  for (const Table& table : p_.tables) {
    for (const TableColumn& column : table.columns) {
      StringKeys(column.type);
      if (column.default_value) NeedConstant(*column.default_value, column.type);
    }
    CheckBuiltInColumns(table);
    for (const auto& row : table.data_rows) {
      if (row.size() != table.columns.size())
        Fail("table `{}`: a data row of {} values for {} columns", table.name, row.size(), table.columns.size());
      for (size_t c = 0; c < row.size(); ++c) NeedConstant(row[c], table.columns[c].type);
    }
  }
  for (const ColumnRef& column : p_.columns) {
    Index(column.table, p_.tables.size(), "table");
    Index(column.column, p_.tables[column.table].columns.size(), "column");
  }
  for (const Binding& binding : p_.bindings) SpanIndex(binding.span);
}

/// Accounts, regions and resources are filled with what the snapshot knows of them, in columns that are known by their names.
void DeclarationVerifier::CheckBuiltInColumns(const Table& table) const {
  const bool is_place = table.kind == TableKind::kAccounts || table.kind == TableKind::kRegions;
  if (!is_place && table.kind != TableKind::kResources) return;
  for (const TableColumn& column : table.columns) {
    Within([&] { return fmt::format("table `{}`: column `{}`", table.name, column.name); },
           [&] {
             const TypeEntry& type = Type(column.type);
             if (column.is_key || column.name == "id" || column.name == "name") {
               Kind(column.type, TypeKind::kString);
             } else if (column.name == "regions" && type.kind == TypeKind::kList) {
               Kind(type.element, TypeKind::kRef);
             } else if (type.kind != TypeKind::kBool && type.kind != TypeKind::kJson) {
               Fail("a type of kind {}", TypeKindName(type.kind));
             }
           });
  }
}

void DeclarationVerifier::CheckConstant(uint32_t i) {
  const Constant& constant = p_.constants[i];
  const TypeEntry& type = Type(constant.type);
  if (constant.state != State::kKnown) {
    if (!constant.elements.empty()) Fail("a value that is not known, with elements");
    return;
  }
  constant_size_[i] = 1 + constant.text.size();
  for (uint32_t element : constant.elements) {
    if (element >= i) Fail("element {} is not before it", element);
    constant_size_[i] += constant_size_[element];
    if (constant_size_[i] > kMaxConstantSize) Fail("more than {} MiB when written out", kMaxConstantSize >> 20);
  }
  auto need_all = [&](TypeId element_type) {
    for (uint32_t element : constant.elements) NeedConstant(element, element_type);
  };
  switch (type.kind) {
    case TypeKind::kRef: Fail("a constant reference"); break;
    case TypeKind::kList:
    case TypeKind::kSet: need_all(type.element); break;
    case TypeKind::kMap:
      if (constant.elements.size() % 2 != 0) Fail("a map with a key and no value");
      for (size_t e = 0; e < constant.elements.size(); e += 2) {
        NeedConstant(constant.elements[e], type.key);
        if (p_.constants[constant.elements[e]].state != State::kKnown) Fail("a map with an absent key");
        NeedConstant(constant.elements[e + 1], type.element);
      }
      break;
    case TypeKind::kIpSet:
      for (uint32_t element : constant.elements) {
        const TypeKind kind = Type(p_.constants[element].type).kind;
        if (kind != TypeKind::kCidr && kind != TypeKind::kIp) Fail("an ipset of {}", TypeKindName(kind));
      }
      break;
    case TypeKind::kPortSet:
      if (constant.elements.size() % 2 != 0) Fail("a portset with half a range");
      for (uint32_t element : constant.elements) Kind(p_.constants[element].type, TypeKind::kInt);
      break;
    default:
      if (!constant.elements.empty()) Fail("a {} with elements", TypeKindName(type.kind));
  }
  const bool is_one = [&] {
    switch (type.kind) {
      case TypeKind::kBool: return constant.bits <= 1;
      case TypeKind::kIp: return ParseIp(constant.text).has_value();
      case TypeKind::kCidr: return ParseCidr(constant.text).has_value();
      case TypeKind::kVersion:
        return constant.bits < static_cast<uint64_t>(kNumVersionSchemes) &&
               IsVersion(constant.text, static_cast<VersionScheme>(constant.bits));
      default: return true;
    }
  }();
  if (!is_one) Fail("no {}", TypeKindName(type.kind));
}

}  // namespace bylaw::verifier
