// DeclarationVerifier: the part of the verifier (verifier.h) that is about types, constants, params, tables and columns, and what all its parts say of types. Internal to the layer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/bytecode/opcode_info.h"
#include "runtime/bytecode/program.h"

namespace bylaw::verifier {

/// Thrown inside the verifier alone, to leave nested checks at the first fault.
struct Fault {
  std::string what;
};

template <typename... Args>
[[noreturn]] void Fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Fault{fmt::format(format, std::forward<Args>(args)...)};
}

/// Runs `check`; a fault in it gets `where(): ` put before its text.
template <typename Where, typename F>
void Within(const Where& where, F&& check) {
  try {
    check();
  } catch (Fault& fault) {
    fault.what = where() + ": " + fault.what;
    throw;
  }
}

class DeclarationVerifier {
 protected:
  explicit DeclarationVerifier(const Program& program) : p_(program) {}

  void CheckDeclarations();

  static void Index(uint64_t index, size_t size, const char* what) {
    if (index >= size) Fail("{} {} is out of range ({} there)", what, index, size);
  }
  void SpanIndex(uint32_t span) const {
    if (span != kNone) Index(span, p_.spans.size(), "span");
  }
  const TypeEntry& Type(TypeId id) const {
    Index(id, p_.types.size(), "type");
    return p_.types[id];
  }
  void Kind(TypeId id, TypeKind kind) const {
    if (Type(id).kind != kind)
      Fail("a type of kind {} where {} is needed", TypeKindName(Type(id).kind), TypeKindName(kind));
  }

  /// Whether values of the two types have one representation. Optional flags, reference targets and enum sets do not change it.
  bool Compatible(TypeId a, TypeId b) const {
    while (true) {
      if (a == b) return true;
      const TypeEntry &x = Type(a), &y = Type(b);
      if (x.kind != y.kind) return false;
      if (x.kind != TypeKind::kList && x.kind != TypeKind::kSet && x.kind != TypeKind::kMap) return true;
      if (x.kind == TypeKind::kMap && !Compatible(x.key, y.key)) return false;
      a = x.element, b = y.element;
    }
  }
  void NeedCompatible(TypeId have, TypeId need, const char* what) const {
    if (!Compatible(have, need)) {
      Fail("{} has a type of kind {}, {} is needed", what, TypeKindName(Type(have).kind),
           TypeKindName(Type(need).kind));
    }
  }

  /// Values that are read from texts and inputs have maps with text for keys.
  void StringKeys(TypeId id) const {
    for (const TypeEntry* type = &Type(id); type->element != kNone; type = &Type(type->element)) {
      if (type->kind == TypeKind::kMap) Kind(type->key, TypeKind::kString);
    }
  }

  static bool IsObject(TypeKind kind) { return kind >= TypeKind::kList; }
  static bool IsOrdered(TypeKind kind) { return !IsObject(kind) && kind != TypeKind::kRef && kind != TypeKind::kBool; }

  void NeedConstant(uint32_t index, TypeId type) const {
    Index(index, p_.constants.size(), "constant");
    if (p_.constants[index].state == State::kAbsent) return;
    NeedCompatible(p_.constants[index].type, type, "a constant");
  }

  const Program& p_;

 private:
  void CheckBuiltInColumns(const Table& table) const;
  void CheckConstant(uint32_t index);

  std::vector<uint64_t> constant_size_;  ///< see kMaxConstantSize
};

}  // namespace bylaw::verifier
