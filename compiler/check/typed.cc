#include "compiler/check/typed.h"

#include <algorithm>

namespace bylaw::compiler {

std::string Type::ToString() const {
  std::string text;
  switch (kind) {
    case TypeKind::kRef:
      if (models.empty()) text = "any resource";
      for (const Model* model : models) text += (text.empty() ? "" : " | ") + model->name;
      if (optional && models.size() > 1) text = "(" + text + ")";
      break;
    case TypeKind::kList:
    case TypeKind::kSet:
    case TypeKind::kMap:
      text = std::string(TypeKindName(kind)) + "<";
      if (key != nullptr && key->kind != TypeKind::kString) text += key->ToString() + ", ";
      text += (element == nullptr ? "…" : element->ToString()) + ">";
      break;
    case TypeKind::kString:
      if (values.empty()) {
        text = "string";
      } else {
        for (const std::string& value : values) text += (text.empty() ? "\"" : " | \"") + value + "\"";
        if (optional && values.size() > 1) text = "(" + text + ")";
      }
      break;
    default: text = TypeKindName(kind);
  }
  return optional ? text + "?" : text;
}

TypeTable::TypeTable() {
  for (int kind = 0; kind < kNumTypeKinds; ++kind) Get(static_cast<TypeKind>(kind));
}

const Type* TypeTable::Intern(Type type) {
  // Ids of parts and not their texts: a model's name may not be unique while an erroneous program is checked.
  if (type.kind == TypeKind::kJson) type.optional = false;  // untyped data may always be absent
  std::string text(1, static_cast<char>(type.kind));
  text += type.optional ? '?' : ' ';
  auto append_id = [&text](uint64_t id) { text.append(reinterpret_cast<const char*>(&id), sizeof id); };
  append_id(type.element == nullptr ? UINT64_MAX : type.element->id);
  append_id(type.key == nullptr ? UINT64_MAX : type.key->id);
  for (const Model* model : type.models) append_id(reinterpret_cast<uintptr_t>(model));
  for (const std::string& value : type.values) text += value + '\0';
  auto [it, is_new] = by_text_.try_emplace(std::move(text), nullptr);
  if (is_new) {
    type.id = static_cast<uint32_t>(types_.size());
    it->second = &types_.emplace_back(std::move(type));
  }
  return it->second;
}

const Type* TypeTable::Get(TypeKind kind, bool optional) { return Intern({.kind = kind, .optional = optional}); }
const Type* TypeTable::List(const Type* element) { return Intern({.kind = TypeKind::kList, .element = element}); }
const Type* TypeTable::Set(const Type* element) { return Intern({.kind = TypeKind::kSet, .element = element}); }

const Type* TypeTable::Map(const Type* element, const Type* key) {
  return Intern({.kind = TypeKind::kMap, .element = element, .key = key == nullptr ? Get(TypeKind::kString) : key});
}

const Type* TypeTable::Ref(std::vector<const Model*> models, bool optional) {
  return Intern({.kind = TypeKind::kRef, .optional = optional, .models = std::move(models)});
}

const Type* TypeTable::Enum(std::vector<std::string> values, bool optional) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return Intern({.kind = TypeKind::kString, .optional = optional, .values = std::move(values)});
}

const Type* TypeTable::Optional(const Type* type) {
  if (type->optional) return type;
  Type copy = *type;
  copy.optional = true;
  return Intern(std::move(copy));
}

const Type* TypeTable::Required(const Type* type) {
  if (!type->optional) return type;
  Type copy = *type;
  copy.optional = false;
  return Intern(std::move(copy));
}

const Field* Model::Find(const std::string& field_name) const {
  for (const Field& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

const Field* Model::key() const {
  const Field* key = nullptr;
  for (const Field& field : fields) {
    if (!field.is_key) continue;
    if (key != nullptr) return nullptr;
    key = &field;
  }
  return key == nullptr || key->type == nullptr || key->type->kind == TypeKind::kRef ? nullptr : key;
}

const Model* TypedProgram::FindModel(const std::string& name) const {
  for (const Model& model : models) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

}  // namespace bylaw::compiler
