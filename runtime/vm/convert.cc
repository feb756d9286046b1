#include "runtime/vm/convert.h"

#include <algorithm>
#include <cmath>

#include "runtime/builtins/text.h"
#include "runtime/builtins/time.h"
#include "runtime/builtins/version.h"
#include "runtime/json/json_document.h"
#include "runtime/snapshot/json_tree.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/constants.h"
#include "runtime/vm/documents.h"

namespace bylaw {

namespace {

std::string Shown(const JsonNode& node) {
  std::string text = JsonToText(node);
  if (text.size() > 60) text.replace(57, std::string::npos, "...");
  return text;
}

Value Fails(const JsonNode& node, const char* what, Cause* why) {
  if (why != nullptr) {
    std::string path = JsonPath(node);
    why->kind = CauseKind::kConversion;
    why->detail = path.empty() ? fmt::format("`{}` is no {}", Shown(node), what)
                               : fmt::format("`{}` is `{}`, which is no {}", path, Shown(node), what);
  }
  return {0, State::kUnknown};
}

void AppendEscaped(std::string_view text, std::string* out) {
  out->push_back('"');
  for (char c : text) {
    switch (c) {
      case '"': *out += "\\\""; break;
      case '\\': *out += "\\\\"; break;
      case '\n': *out += "\\n"; break;
      case '\r': *out += "\\r"; break;
      case '\t': *out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          *out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

void Append(const JsonNode& node, std::string* out) {
  if (out->size() > kMaxTextSize) return;
  switch (node.kind) {
    case JsonNodeKind::kNull: *out += "null"; break;
    case JsonNodeKind::kBool: *out += node.boolean ? "true" : "false"; break;
    case JsonNodeKind::kInt: *out += fmt::format("{}", node.integer); break;
    case JsonNodeKind::kFloat: *out += FormatFloat(node.floating); break;
    case JsonNodeKind::kBigNumber: *out += node.text; break;
    case JsonNodeKind::kString: AppendEscaped(node.text, out); break;
    case JsonNodeKind::kArray:
      out->push_back('[');
      for (uint32_t i = 0; i < node.size; ++i) {
        if (i > 0) out->push_back(',');
        Append(*node.elements[i], out);
      }
      out->push_back(']');
      break;
    case JsonNodeKind::kObject:
      out->push_back('{');
      for (uint32_t i = 0; i < node.size; ++i) {
        if (i > 0) out->push_back(',');
        AppendEscaped(node.members[i].key, out);
        out->push_back(':');
        Append(*node.members[i].value, out);
      }
      out->push_back('}');
      break;
    case JsonNodeKind::kUnknown: *out += "(unknown)"; break;
  }
}

}  // namespace

Result<const JsonNode*> ParseJsonText(std::string_view text, Arena& arena) {
  JsonDocument document;
  BYLAW_ASSIGN(JsonValue value, document.Parse(text));
  return MakeJsonTree(value, {}, arena);
}

std::string JsonPath(const JsonNode& node) {
  std::vector<std::string> parts;
  for (const JsonNode* at = &node; at->parent != nullptr; at = at->parent) {
    if (at->parent->kind == JsonNodeKind::kArray) {
      const JsonNode* const* begin = at->parent->elements;
      const JsonNode* const* found = std::find(begin, begin + at->parent->size, at);
      parts.push_back(fmt::format("[{}]", found - begin));
    } else {
      parts.emplace_back(at->key);
    }
  }
  std::string path;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    if (!path.empty() && (*part)[0] != '[') path.push_back('.');
    path += *part;
  }
  return path;
}

std::string JsonToText(const JsonNode& node) {
  std::string text;
  Append(node, &text);
  return text;
}

Value ConvertJson(Worker& worker, const JsonNode& node, TypeId type_id, Cause* why) {
  EvaluationState& state = worker.state();
  if (node.kind == JsonNodeKind::kNull) return {0, State::kAbsent};
  if (node.kind == JsonNodeKind::kUnknown) {
    if (why != nullptr) *why = state.cause(node.cause);
    return {0, State::kUnknown};
  }
  const TypeEntry& type = state.program.types[type_id];
  bool is_text = node.kind == JsonNodeKind::kString;
  switch (type.kind) {
    case TypeKind::kBool:
      if (node.kind == JsonNodeKind::kBool) return {node.boolean ? Cell{1} : Cell{0}};
      if (is_text && (node.text == "true" || node.text == "false")) return {node.text == "true" ? Cell{1} : Cell{0}};
      return Fails(node, "bool", why);
    case TypeKind::kInt: {
      if (node.kind == JsonNodeKind::kInt) return {IntToCell(node.integer)};
      if (node.kind == JsonNodeKind::kFloat) {
        if (std::optional<int64_t> whole = ToInt(node.floating)) return {IntToCell(*whole)};
      }
      if (is_text) {
        if (std::optional<int64_t> number = ParseInt(node.text)) return {IntToCell(*number)};
      }
      return Fails(node, "int", why);
    }
    case TypeKind::kFloat: {
      if (node.kind == JsonNodeKind::kFloat) return {FloatToCell(node.floating)};
      if (node.kind == JsonNodeKind::kInt) return {FloatToCell(static_cast<double>(node.integer))};
      if (is_text || node.kind == JsonNodeKind::kBigNumber) {
        if (std::optional<double> number = ParseFloat(node.text)) return {FloatToCell(*number)};
      }
      return Fails(node, "float", why);
    }
    case TypeKind::kString:
      if (is_text) return {worker.Intern(node.text)};
      return Fails(node, "string", why);
    case TypeKind::kTime: {
      std::optional<int64_t> time;
      if (is_text) time = ParseTime(node.text);
      if (node.kind == JsonNodeKind::kInt) time = TimeFromEpoch(node.integer);
      if (node.kind == JsonNodeKind::kFloat) time = TimeFromEpoch(node.floating);
      return time ? Value{IntToCell(*time)} : Fails(node, "time", why);
    }
    case TypeKind::kDuration: {
      std::optional<int64_t> duration;
      if (is_text) duration = ParseDuration(node.text);
      return duration ? Value{IntToCell(*duration)} : Fails(node, "duration", why);
    }
    case TypeKind::kIp: {
      std::optional<Ip> ip;
      if (is_text) ip = ParseIp(node.text);
      return ip ? Value{worker.nets().Intern(*ip)} : Fails(node, "ip address", why);
    }
    case TypeKind::kCidr: {
      std::optional<Cidr> cidr;
      if (is_text) cidr = ParseCidr(node.text);
      return cidr ? Value{worker.nets().Intern(*cidr)} : Fails(node, "cidr", why);
    }
    case TypeKind::kVersion:
      if (is_text && IsVersion(node.text, VersionScheme::kGeneric))
        return {VersionCell(static_cast<uint8_t>(VersionScheme::kGeneric), worker.Intern(node.text))};
      return Fails(node, "version", why);
    case TypeKind::kList:
    case TypeKind::kSet: {
      if (node.kind != JsonNodeKind::kArray) return Fails(node, "list", why);
      std::vector<Cell> cells;
      std::vector<State> states;
      for (uint32_t i = 0; i < node.size; ++i) {
        Value element = ConvertJson(worker, *node.elements[i], type.element, why);
        cells.push_back(element.cell);
        states.push_back(element.state);
      }
      if (type.kind == TypeKind::kSet) MakeCanonicalSet(state, type.element, &cells, &states);
      return {worker.MakeList(cells, states)};
    }
    case TypeKind::kMap: {
      if (node.kind != JsonNodeKind::kObject) return Fails(node, "map", why);
      MapBuilder map(state, type.key);
      for (uint32_t i = 0; i < node.size; ++i) {
        map.Add(worker.Intern(node.members[i].key), ConvertJson(worker, *node.members[i].value, type.element, why));
      }
      return {map.Finish(worker)};
    }
    case TypeKind::kIpSet: {
      std::vector<Cidr> cidrs;
      auto add = [&](const JsonNode& part) {
        std::optional<Cidr> cidr;
        if (part.kind == JsonNodeKind::kString) cidr = ParseCidr(part.text);
        if (cidr) cidrs.push_back(*cidr);
        return cidr.has_value();
      };
      if (node.kind != JsonNodeKind::kArray)
        return add(node) ? Value{worker.MakeIpSet(ToIpSet(cidrs))} : Fails(node, "set of addresses", why);
      for (uint32_t i = 0; i < node.size; ++i) {
        const JsonNode& part = *node.elements[i];
        if (part.kind == JsonNodeKind::kUnknown) return ConvertJson(worker, part, type_id, why);
        if (!add(part)) return Fails(part, "cidr", why);
      }
      return {worker.MakeIpSet(ToIpSet(cidrs))};
    }
    case TypeKind::kPortSet: {
      std::optional<PortSet> ports;
      if (is_text) ports = ParsePorts(node.text);
      if (node.kind == JsonNodeKind::kInt) ports = MakePorts(node.integer, node.integer);
      return ports ? Value{worker.MakePortSet(std::move(*ports))} : Fails(node, "port set", why);
    }
    case TypeKind::kJson: return {ObjectToCell(&node)};
    case TypeKind::kIamDocument: {
      Value document = ReadDocument(worker, node);
      return IsUnknown(document.state) ? Fails(node, "policy document", why) : document;
    }
    case TypeKind::kRef: return Fails(node, "resource", why);
  }
  return Fails(node, "value", why);
}

}  // namespace bylaw
