// JsonPaths: a compiled set of key paths; JsonExtraction: what one walk over a value found for all of them.
//
// The demand of a program, turned into what the fast path needs: an importer compiles the paths it wants of a kind of
// record once, then each record is walked once and everything else in it is skipped.
//
// A path is keys with `.` between them; `[]` after a key means each element of that array; a key with other characters
// than letters, digits, `_`, `-`, `:` and `/` stands in quotes, with `\` before `"` and `\`: `spec.containers[].image`,
// `tags."a.b"`, `[].id`, `` (the value itself).
//
// Each distinct array prefix is a *group*, with a row for each element and its slots; group 0 is the walked value
// itself and has one row. A row knows its parent's row in the parent group: groups are child tables, and paths under
// one `[]` stay together. The array itself has a slot in the parent group too, so that absent, null, and not an array
// can be told apart.
//
// Of a key that stands twice in one object the last counts. Slots hold views, valid as the value's own.
// Thread safety: JsonPaths is immutable; a JsonExtraction belongs to one thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/json/json_value.h"

namespace bylaw {

/// One step of a path: a key of an object, or each element of an array.
struct JsonStep {
  bool each = false;
  std::string key = {};
};

/// Reads the path syntax above.
Result<std::vector<JsonStep>> ParseJsonPath(std::string_view text);

class JsonPaths {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFF;

  /// Where a path's value is found.
  struct Slot {
    uint32_t group = 0;
    uint32_t slot = 0;
  };
  struct Group {
    uint32_t parent = kNone;      ///< group; kNone for group 0
    uint32_t array_slot = kNone;  ///< of the array, in the parent group
    uint32_t num_slots = 0;
  };

  JsonPaths() : JsonPaths(std::span<const std::vector<JsonStep>>()) {}
  explicit JsonPaths(std::span<const std::vector<JsonStep>> paths);
  /// From text; an error for the first path that is not one.
  static Result<JsonPaths> Compile(std::span<const std::string_view> paths);

  uint32_t num_paths() const { return static_cast<uint32_t>(slots_.size()); }
  Slot slot(uint32_t path) const { return slots_[path]; }
  uint32_t num_groups() const { return static_cast<uint32_t>(groups_.size()); }
  const Group& group(uint32_t group) const { return groups_[group]; }

 private:
  friend class JsonExtraction;

  struct Child {
    std::string key;
    uint32_t node = 0;
  };
  struct Node {
    std::vector<Child> children;
    uint64_t lengths = 0;         ///< bit i: some key is i bytes long (63: or longer)
    std::vector<uint16_t> table;  ///< open-addressed hash of children, 1-based; power-of-two size
    uint32_t slot = kNone;
    uint32_t each_group = kNone;              ///< group of the elements, when the value is an array
    uint32_t group = 0;                       ///< that this node's slots belong to
    uint32_t slots_begin = 0, slots_end = 0;  ///< of the subtree within `group`
    std::vector<uint32_t> groups;             ///< whose arrays stand in the subtree
  };

  uint32_t MakeNode(uint32_t group);
  uint32_t ChildOf(uint32_t node, const std::string& key);
  void Number(uint32_t node);
  const Child* FindChild(const Node& node, std::string_view key) const;
  static uint32_t Hash(std::string_view key);

  std::vector<Node> nodes_;
  std::vector<Group> groups_;
  std::vector<uint32_t> group_roots_;  ///< node of a group's element
  std::vector<Slot> slots_;
};

class JsonExtraction {
 public:
  /// Walks `value` and replaces the contents; the value may be of any kind. The index of `value` must outlive the
  /// slots' use.
  void Extract(const JsonPaths& paths, JsonValue value);

  uint32_t num_rows(uint32_t group) const { return static_cast<uint32_t>(groups_[group].parents.size()); }
  /// What was found for `slot` in `row` of its group; missing when nothing was.
  JsonValue at(JsonPaths::Slot slot, uint32_t row = 0) const {
    const GroupRows& group = groups_[slot.group];
    return group.values[size_t{row} * group.num_slots + slot.slot];
  }
  /// Keys that stood twice in one object, of which the last counts: the two places.
  struct Duplicate {
    std::string key;
    uint64_t earlier = 0, later = 0;
  };
  const std::vector<Duplicate>& duplicates() const { return duplicates_; }
  /// The row's row in the parent group.
  uint32_t parent(uint32_t group, uint32_t row) const { return groups_[group].parents[row]; }

 private:
  friend class JsonStream;

  struct GroupRows {
    uint32_t num_slots = 0;
    std::vector<JsonValue> values;  ///< [num_rows, num_slots]
    std::vector<uint32_t> parents;  ///< [num_rows]
  };

  void Reset(const JsonPaths& paths);
  /// The token after the value at `token`, kJsonOverrun, or kJsonFault.
  uint32_t Walk(const JsonPaths& paths, const JsonIndex& index, uint32_t token);
  uint32_t WalkValue(uint32_t node, uint32_t token, uint32_t row);
  uint32_t WalkObject(const JsonPaths::Node& node, uint32_t token, uint32_t row);
  uint32_t WalkArray(uint32_t group, uint32_t token, uint32_t row);
  uint32_t FaultAt(uint32_t token) const;
  uint32_t AddRow(uint32_t group, uint32_t parent);
  void Forget(const JsonPaths::Node& node, uint32_t row);

  const JsonPaths* paths_ = nullptr;
  const JsonIndex* index_ = nullptr;
  std::vector<GroupRows> groups_;
  std::vector<uint64_t> seen_;          ///< by node: the object instance in which its key was met last
  std::vector<uint64_t> seen_offsets_;  ///< by node: of that key
  std::vector<Duplicate> duplicates_;
  uint64_t num_objects_ = 0;
  std::string key_;
};

}  // namespace bylaw
