// Schemas as models in the language. Lists of records become models of their own, which refer to the row of the record
// that they are in; what such a record holds a list of records of is json, as no mapping ties a row to an element.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/schema/source_schema.h"
#include "compiler/ast/printer.h"
#include "compiler/syntax/parser.h"
#include "runtime/builtins/text.h"

namespace bylaw::cli {
namespace {

using Kind = SourceType::Kind;

/// A doc comment: one paragraph, without what is not for people, cut after some sentences.
std::string Doc(const std::string& text, const std::string& indent) {
  constexpr size_t kLongest = 300, kWidth = 110;
  std::string flat;
  for (const char c : text) {
    const bool space = static_cast<unsigned char>(c) <= ' ' || c == 0x7F;
    if (!space)
      flat += c;
    else if (!flat.empty() && flat.back() != ' ')
      flat += ' ';
  }
  while (flat.ends_with(' ')) flat.pop_back();
  if (flat.size() > kLongest) {
    const size_t stop = flat.rfind(". ", kLongest);
    if (stop != std::string::npos) {
      flat.resize(stop + 1);
    } else {
      size_t cut = flat.rfind(' ', kLongest);
      if (cut == std::string::npos) cut = kLongest;
      while (cut > 0 && (static_cast<unsigned char>(flat[cut]) & 0xC0) == 0x80) --cut;
      flat = flat.substr(0, cut) + " …";
    }
  }
  std::string out;
  while (!flat.empty()) {
    size_t end = flat.size();
    if (end > kWidth) {
      end = flat.rfind(' ', kWidth);
      if (end == std::string::npos) end = std::min(flat.find(' ', kWidth), flat.size());
    }
    out += indent + "/// " + flat.substr(0, end) + "\n";
    flat.erase(0, std::min(end + 1, flat.size()));
  }
  return out;
}

/// Names that are told apart.
class Names {
 public:
  std::string Unique(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !taken_.insert(name).second; ++i) name = fmt::format("{}_{}", wanted, i);
    return name;
  }

 private:
  std::set<std::string> taken_;
};

/// One model in the making.
struct Model {
  std::string head;  ///< doc and `model name`
  std::string fields;
  std::string from;     ///< `terraform "aws_foo".rule as r`
  std::string entries;  ///< of the mapping
};

class Writer {
 public:
  Writer(const ModelStyle& style) : style_(style) {}

  std::string Run(const std::vector<SourceSchema>& schemas) {
    for (const SourceSchema& schema : schemas) {
      std::string name = FieldName(SnakeCase(schema.type));
      if (taken_.contains(name)) name += "_" + schema.format;
      Write(schema, Unique(std::move(name)));
    }
    std::string out = fmt::format(
        "// Made by `bylaw schema`. Edit it as you like: name references by their models, give defaults, leave fields "
        "out.\n\npackage {}\n",
        style_.package);
    for (const Model& model : models_) {
      out += fmt::format("\n{} {{\n{}\n  from {}", model.head, model.fields, model.from);
      if (!model.entries.empty()) out += " {\n" + model.entries + "  }";
      out += "\n}\n";
    }
    return out;
  }

 private:
  /// A path in the record: the names as the source spells them.
  using Path = std::vector<std::string>;

  std::string Unique(std::string name) {
    std::string unique = name;
    for (int i = 2; !taken_.insert(unique).second; ++i) unique = fmt::format("{}_{}", name, i);
    return unique;
  }

  static std::string FieldName(std::string name) {
    if (name.empty()) name = "field";
    if (std::isdigit(static_cast<unsigned char>(name[0]))) name = "n" + name;
    if (!compiler::IsName(name)) name += "_";
    return name;
  }

  void Write(const SourceSchema& schema, const std::string& name) {
    const size_t index = models_.size();
    models_.emplace_back();
    Model model;
    model.head = Doc(schema.doc, "") + "model " + name;
    model.from = fmt::format("{} {}", schema.format, compiler::ast::Quoted(schema.type));
    model_name_ = name;
    Names names;
    const bool has_id_field = std::any_of(schema.fields.begin(), schema.fields.end(), [](const SourceField& field) {
      return SnakeCase(field.name) == "id" && field.type.kind == Kind::kText;
    });
    if (has_id_field || schema.has_id) {
      model.fields += "  key " + names.Unique("id") + ": string\n";
    }
    for (const SourceField& field : Ordered(schema.fields)) {
      if (has_id_field && SnakeCase(field.name) == "id") continue;
      AddField(field, names, {field.name}, "", model, schema);
    }
    models_[index] = std::move(model);
  }

  /// Required ones first; else as the schema has them.
  static std::vector<SourceField> Ordered(std::vector<SourceField> fields) {
    std::stable_sort(fields.begin(), fields.end(),
                     [](const SourceField& a, const SourceField& b) { return a.optional < b.optional; });
    return fields;
  }

  static bool IsReachable(const Path& path) {
    return compiler::IsName(path[0]) && path[0] != "this" && path[0] != "envelope";
  }

  /// `spec.containers`, `metadata["odd key"]`, with what stands before it.
  static std::string Written(const Path& path, const std::string& before) {
    std::string text = before;
    for (const std::string& part : path) {
      if (!compiler::IsWord(part))
        text += "[" + compiler::ast::Quoted(part) + "]";
      else
        text += (text.empty() ? "" : ".") + part;
    }
    return text;
  }

  void AddField(const SourceField& field, Names& names, const Path& path, const std::string& alias, Model& model,
                const SourceSchema& schema) {
    if (alias.empty() && !IsReachable(path)) {
      model.fields +=
          fmt::format("  // {}: no mapping can name a key that is written so\n", compiler::ast::Quoted(field.name));
      return;
    }
    const std::string name = names.Unique(FieldName(SnakeCase(field.name)));
    if (style_.docs) model.fields += Doc(field.doc, "  ");
    if (field.type.kind == Kind::kRows && alias.empty()) {
      model.fields += "  " + AddRows(field.type, name, path, schema) + "\n";
      return;
    }
    std::vector<Path> targets;  // of the mapping: where each leaf comes from
    const std::string type = TypeText(field, {name}, path, targets, model, names, schema, alias);
    model.fields += fmt::format("  {}: {}\n", name, type);
    for (size_t i = 0; i + 1 < targets.size(); i += 2) {
      if (alias.empty() && IsFolded(targets[i], targets[i + 1])) continue;
      std::string target;
      for (const std::string& part : targets[i]) target += (target.empty() ? "" : ".") + part;
      model.entries += fmt::format("    {} = {}\n", target, Written(targets[i + 1], alias));
    }
  }

  /// Whether the checker finds the key by the field's name.
  static bool IsFolded(const Path& target, const Path& source) {
    if (target == source) return true;
    for (const bool pascal : {false, true}) {
      bool all = target.size() == source.size();
      for (size_t i = 0; all && i < target.size(); ++i) all = CamelCase(target[i], pascal) == source[i];
      if (all) return true;
    }
    return false;
  }

  /// The type as written, with `?` or a default. `targets` gets pairs of paths: in the model, in the record.
  std::string TypeText(const SourceField& field, const Path& target, const Path& path, std::vector<Path>& targets,
                       Model& model, Names& names, const SourceSchema& schema, const std::string& alias) {
    const SourceType& type = field.type;
    if (type.kind == Kind::kRecord && !type.fields.empty()) {
      std::string fields;
      Names own;
      for (const SourceField& member : Ordered(type.fields)) {
        Path source = path, inner = target;
        source.push_back(member.name);
        const std::string member_name = own.Unique(FieldName(SnakeCase(member.name)));
        inner.push_back(member_name);
        if (member.type.kind == Kind::kRows && alias.empty() && IsPlain(source)) {
          // A list of records inside a record: its rows are the model's.
          std::string joined;
          for (const std::string& part : inner) joined += (joined.empty() ? "" : "_") + part;
          model.fields += "  " + AddRows(member.type, names.Unique(joined), source, schema) + "\n";
          continue;
        }
        fields += fmt::format("{}{}: {}", fields.empty() ? "" : "  ", member_name,
                              TypeText(member, inner, source, targets, model, names, schema, alias));
      }
      if (!fields.empty()) return "{ " + fields + " }" + (field.optional ? "?" : "");
      return "json?";
    }
    targets.push_back(target);
    targets.push_back(path);
    const std::string text = Plain(type);
    const bool defaulted = type.is_collection() && field.optional && !field.computed;
    if (defaulted) return text + (type.kind == Kind::kList ? " = []" : " = {}");
    if (type.kind == Kind::kRows && field.optional) return text + " = []";
    return field.optional || type.kind == Kind::kJson ? text + "?" : text;
  }

  static std::string Plain(const SourceType& type) {
    switch (type.kind) {
      case Kind::kBool: return "bool";
      case Kind::kInt: return "int";
      case Kind::kFloat: return "float";
      case Kind::kText: return "string";
      case Kind::kTime: return "time";
      case Kind::kEnum: {
        std::string values;
        for (const std::string& value : type.values)
          values += (values.empty() ? "" : " | ") + compiler::ast::Quoted(value);
        return values;
      }
      case Kind::kList: return "list<" + Plain(type.element[0]) + ">";
      case Kind::kSet: return "set<" + Plain(type.element[0]) + ">";
      case Kind::kMap: return "map<" + Plain(type.element[0]) + ">";
      case Kind::kRows: return "list<json>";
      default: return "json";
    }
  }

  /// Whether a mapping can unnest it: names only.
  static bool IsPlain(const Path& path) {
    return std::all_of(path.begin(), path.end(), [](const std::string& part) { return compiler::IsWord(part); });
  }

  /// A model of the elements, and the field of their owner that lists them.
  std::string AddRows(const SourceType& rows, const std::string& field_name, const Path& path,
                      const SourceSchema& schema) {
    if (!IsPlain(path) || rows.fields.empty()) {
      return fmt::format("{}: list<json> = []", field_name);
    }
    const std::string owner = model_name_;
    const std::string name = Unique(owner + "_" + field_name);
    Names names;
    const std::string parent = names.Unique("parent");
    Model model;
    model.head = "model " + name;
    model.fields = fmt::format("  {}: {}\n", parent, owner);
    model.from =
        fmt::format("{} {}{} as r", schema.format, compiler::ast::Quoted(schema.type), "." + Written(path, ""));
    model.entries = fmt::format("    {} = this\n", parent);
    for (const SourceField& field : Ordered(rows.fields)) AddField(field, names, {field.name}, "r", model, schema);
    models_.push_back(std::move(model));
    return fmt::format("{}: list<{}> via {}", field_name, name, parent);
  }

  const ModelStyle& style_;
  std::vector<Model> models_;
  std::set<std::string> taken_;
  std::string model_name_;
};

}  // namespace

std::string SnakeCase(std::string_view name) {
  auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  auto is_lower = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_upper(c) && !is_lower(c)) {
      if (!text.empty() && text.back() != '_') text += '_';
      continue;
    }
    const bool after_lower = i > 0 && is_lower(name[i - 1]);
    const bool ends_acronym =
        i > 0 && is_upper(name[i - 1]) && i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    // `IPv6`, and plurals of acronyms: `ARNs`, `VPCs`.
    const bool plural = ends_acronym && name[i + 1] == 's' && (i + 2 == name.size() || is_upper(name[i + 2]));
    const bool ip_version = ends_acronym && name.substr(i - 1, 3) == "IPv";
    if (is_upper(c) && (after_lower || (ends_acronym && !plural && !ip_version)) && !text.empty() && text.back() != '_')
      text += '_';
    text += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  while (text.ends_with('_')) text.pop_back();
  return text;
}

std::string WriteModels(const std::vector<SourceSchema>& schemas, const ModelStyle& style) {
  return Writer(style).Run(schemas);
}

}  // namespace bylaw::cli
