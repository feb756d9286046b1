#include "runtime/json/json_path.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.h"

namespace bylaw {
namespace {

bool IsPlainKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == ':' || c == '/' || (static_cast<uint8_t>(c) & 0x80) != 0;
}

bool HasBackslash(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kBackslashes = kOnes * '\\';
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    word ^= kBackslashes;
    if (((word - kOnes) & ~word & (kOnes << 7)) != 0) return true;
  }
  for (; i < text.size(); ++i) {
    if (text[i] == '\\') return true;
  }
  return false;
}

}  // namespace

Result<std::vector<JsonStep>> ParseJsonPath(std::string_view text) {
  std::vector<JsonStep> steps;
  const auto wrong = [&](std::string_view what) {
    return Error{.message = fmt::format("`{}` is not a path: {}", text, what),
                 .file = {},
                 .hint = "a path looks like `spec.containers[].image`"};
  };
  size_t i = 0;
  while (i < text.size()) {
    if (text.substr(i, 2) == "[]") {
      steps.push_back({.each = true});
      i += 2;
      continue;
    }
    if (text[i] == '.') {
      if (steps.empty()) return wrong("it starts with `.`");
      ++i;
    } else if (!steps.empty()) {
      return wrong("`.` or `[]` is expected after a key");
    }
    std::string key;
    if (i < text.size() && text[i] == '"') {
      for (++i; i < text.size() && text[i] != '"'; ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        key.push_back(text[i]);
      }
      if (i == text.size()) return wrong("a quote is not closed");
      ++i;
    } else {
      while (i < text.size() && IsPlainKeyCharacter(text[i])) key.push_back(text[i++]);
      if (key.empty()) return wrong("a key is missing");
    }
    steps.push_back({.each = false, .key = std::move(key)});
  }
  return steps;
}

inline uint32_t JsonPaths::Hash(std::string_view key) {
  if (key.empty()) return 0;
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(key[i])); };
  uint32_t hash = static_cast<uint32_t>(key.size()) * 0x9E3779B1u;
  hash ^= byte(0) * 0x85EBCA6Bu ^ byte(key.size() / 2) * 0xC2B2AE35u ^ byte(key.size() - 1) * 0x27D4EB2Fu;
  return hash ^ (hash >> 15);
}

inline const JsonPaths::Child* JsonPaths::FindChild(const Node& node, std::string_view key) const {
  if ((node.lengths >> std::min<size_t>(key.size(), 63) & 1) == 0) return nullptr;
  const size_t mask = node.table.size() - 1;
  for (size_t place = Hash(key) & mask; node.table[place] != 0; place = (place + 1) & mask) {
    const Child& child = node.children[node.table[place] - 1u];
    if (child.key == key) return &child;
  }
  return nullptr;
}

JsonPaths::JsonPaths(std::span<const std::vector<JsonStep>> paths) {
  groups_.push_back({});
  group_roots_.push_back(MakeNode(0));
  std::vector<uint32_t> ends;
  for (const std::vector<JsonStep>& path : paths) {
    uint32_t node = group_roots_[0];
    for (const JsonStep& step : path) {
      if (!step.each) {
        node = ChildOf(node, step.key);
        continue;
      }
      if (nodes_[node].each_group == kNone) {
        const uint32_t group = static_cast<uint32_t>(groups_.size());
        groups_.push_back({.parent = nodes_[node].group});
        group_roots_.push_back(MakeNode(group));
        nodes_[node].each_group = group;
        nodes_[node].slot = 0;  // wanted; numbered below
      }
      node = group_roots_[nodes_[node].each_group];
    }
    nodes_[node].slot = 0;
    ends.push_back(node);
  }
  // Inner groups first: each is part of the subtree that its array stands in.
  for (size_t group = groups_.size(); group-- > 0;) Number(group_roots_[group]);
  for (const Node& node : nodes_) {
    if (node.each_group != kNone) groups_[node.each_group].array_slot = node.slot;
  }
  for (const uint32_t node : ends) slots_.push_back({nodes_[node].group, nodes_[node].slot});
}

Result<JsonPaths> JsonPaths::Compile(std::span<const std::string_view> paths) {
  std::vector<std::vector<JsonStep>> parsed;
  for (std::string_view path : paths) {
    BYLAW_ASSIGN(std::vector<JsonStep> steps, ParseJsonPath(path));
    parsed.push_back(std::move(steps));
  }
  return JsonPaths(parsed);
}

uint32_t JsonPaths::MakeNode(uint32_t group) {
  nodes_.push_back({});
  nodes_.back().group = group;
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t JsonPaths::ChildOf(uint32_t node, const std::string& key) {
  for (const Child& child : nodes_[node].children) {
    if (child.key == key) return child.node;
  }
  const uint32_t made = MakeNode(nodes_[node].group);
  nodes_[node].children.push_back({key, made});
  BYLAW_CHECK(nodes_[node].children.size() < 0x8000, "too many keys beside `{}`", key);
  return made;
}

/// Gives the slots of a subtree consecutive numbers within its group, and builds the tables of keys.
void JsonPaths::Number(uint32_t id) {
  Group& group = groups_[nodes_[id].group];
  nodes_[id].slots_begin = group.num_slots;
  if (nodes_[id].slot != kNone) nodes_[id].slot = group.num_slots++;
  if (const uint32_t each = nodes_[id].each_group; each != kNone) {
    const std::vector<uint32_t>& inner = nodes_[group_roots_[each]].groups;
    nodes_[id].groups.push_back(each);
    nodes_[id].groups.insert(nodes_[id].groups.end(), inner.begin(), inner.end());
  }
  for (size_t i = 0; i < nodes_[id].children.size(); ++i) {
    const uint32_t child = nodes_[id].children[i].node;
    Number(child);
    nodes_[id].groups.insert(nodes_[id].groups.end(), nodes_[child].groups.begin(), nodes_[child].groups.end());
  }
  Node& node = nodes_[id];
  node.slots_end = group.num_slots;
  if (node.children.empty()) return;
  node.table.assign(std::bit_ceil(node.children.size() * 4), 0);
  const size_t mask = node.table.size() - 1;
  for (size_t i = 0; i < node.children.size(); ++i) {
    node.lengths |= uint64_t{1} << std::min<size_t>(node.children[i].key.size(), 63);
    size_t place = Hash(node.children[i].key) & mask;
    while (node.table[place] != 0) place = (place + 1) & mask;
    node.table[place] = static_cast<uint16_t>(i + 1);
  }
}

void JsonExtraction::Extract(const JsonPaths& paths, JsonValue value) {
  if (value) {
    if (Walk(paths, *value.index(), value.token()) >= kJsonNoStep) value.index()->Fault(value.offset());
    return;
  }
  Reset(paths);
}

void JsonExtraction::Reset(const JsonPaths& paths) {
  if (paths_ != &paths || seen_.size() != paths.nodes_.size() || groups_.size() != paths.groups_.size()) {
    paths_ = &paths;
    seen_.assign(paths.nodes_.size(), 0);
    seen_offsets_.assign(paths.nodes_.size(), 0);
    groups_.resize(paths.groups_.size());
  }
  duplicates_.clear();
  for (size_t i = 0; i < groups_.size(); ++i) {
    groups_[i].num_slots = paths.groups_[i].num_slots;
    groups_[i].values.clear();
    groups_[i].parents.clear();
  }
  AddRow(0, 0);
}

uint32_t JsonExtraction::Walk(const JsonPaths& paths, const JsonIndex& index, uint32_t token) {
  Reset(paths);
  index_ = &index;
  return WalkValue(paths.group_roots_[0], token, 0);
}

uint32_t JsonExtraction::AddRow(uint32_t group, uint32_t parent) {
  GroupRows& rows = groups_[group];
  rows.parents.push_back(parent);
  rows.values.resize(rows.values.size() + rows.num_slots);
  return static_cast<uint32_t>(rows.parents.size() - 1);
}

/// Takes back what was found below `node` in this row: its key stands there once more, and the last one counts.
void JsonExtraction::Forget(const JsonPaths::Node& node, uint32_t row) {
  GroupRows& own = groups_[node.group];
  for (uint32_t slot = node.slots_begin; slot < node.slots_end; ++slot)
    own.values[size_t{row} * own.num_slots + slot] = {};
  // Parents come before their children in `groups`, and the rows to go are each table's last.
  for (const uint32_t group : node.groups) {
    GroupRows& rows = groups_[group];
    const uint32_t parent_group = paths_->groups_[group].parent;
    const uint32_t first_gone = parent_group == node.group ? row : num_rows(parent_group);
    while (!rows.parents.empty() && rows.parents.back() >= first_gone) rows.parents.pop_back();
    rows.values.resize(rows.parents.size() * rows.num_slots);
  }
}

uint32_t JsonExtraction::FaultAt(uint32_t token) const {
  index_->Fault(index_->offset(token));
  return kJsonFault;
}

uint32_t JsonExtraction::WalkValue(uint32_t node_id, uint32_t token, uint32_t row) {
  const JsonPaths::Node& node = paths_->nodes_[node_id];
  if (node.slot != JsonPaths::kNone) {
    GroupRows& own = groups_[node.group];
    own.values[size_t{row} * own.num_slots + node.slot] = JsonValue(index_, token);
  }
  const char c = index_->at(token);
  if (c == '{' && !node.children.empty()) return WalkObject(node, token, row);
  if (c == '[' && node.each_group != JsonPaths::kNone) return WalkArray(node.each_group, token, row);
  const uint32_t next = SkipJsonValue(*index_, token);
  return next == kJsonFault ? FaultAt(token) : next;
}

uint32_t JsonExtraction::WalkObject(const JsonPaths::Node& node, uint32_t token, uint32_t row) {
  const JsonIndex& index = *index_;
  const uint32_t num_tokens = index.num_tokens;
  const uint64_t object = ++num_objects_;
  if (++token >= num_tokens) return kJsonOverrun;
  if (index.at(token) == '}') return token + 1;
  while (true) {
    if (num_tokens - token < 4) return kJsonOverrun;
    if (index.at(token) != '"') return FaultAt(token);
    if (index.at(token + 1) != ':') return FaultAt(token + 1);
    if (!StartsJsonValue(index.at(token + 2))) return FaultAt(token + 2);
    std::string_view key = index.span(token);
    key = key.substr(1, key.size() - 2);
    if (HasBackslash(key)) [[unlikely]] {
      key_ = JsonString(index_, key).ToString();
      key = key_;
    }
    token += 2;
    const JsonPaths::Child* child = paths_->FindChild(node, key);
    if (child == nullptr) {
      const uint32_t value = token;
      token = SkipJsonValue(index, token);
      if (token == kJsonFault) return FaultAt(value);
    } else {
      const uint64_t offset = index.offset(token - 2);
      if (seen_[child->node] == object) [[unlikely]] {
        Forget(paths_->nodes_[child->node], row);
        duplicates_.push_back({child->key, seen_offsets_[child->node], offset});
      }
      seen_[child->node] = object;
      seen_offsets_[child->node] = offset;
      token = WalkValue(child->node, token, row);
    }
    if (token >= num_tokens) return token == kJsonFault ? kJsonFault : kJsonOverrun;
    const char c = index.at(token);
    if (c == '}') return token + 1;
    if (c != ',') return FaultAt(token);
    ++token;
  }
}

uint32_t JsonExtraction::WalkArray(uint32_t group, uint32_t token, uint32_t row) {
  const JsonIndex& index = *index_;
  const uint32_t num_tokens = index.num_tokens;
  if (++token >= num_tokens) return kJsonOverrun;
  if (index.at(token) == ']') return token + 1;
  while (true) {
    if (token >= num_tokens) return kJsonOverrun;
    if (!StartsJsonValue(index.at(token))) return FaultAt(token);
    token = WalkValue(paths_->group_roots_[group], token, AddRow(group, row));
    if (token >= num_tokens) return token == kJsonFault ? kJsonFault : kJsonOverrun;
    const char c = index.at(token);
    if (c == ']') return token + 1;
    if (c != ',') return FaultAt(token);
    ++token;
  }
}

}  // namespace bylaw
