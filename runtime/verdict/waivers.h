// WaiverList: the waivers of a check: those of the policies and, where these are honoured, those that stand at resources. Findings name them by their place in it.
//
// Thread safety: immutable. The program and the snapshot must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/bytecode/rule_name.h"
#include "runtime/snapshot/snapshot.h"

namespace bylaw {

class WaiverList {
 public:
  WaiverList(const Program& program, const Snapshot& snapshot, bool with_inline)
      : program_(program),
        inline_(with_inline ? std::span(snapshot.inline_waivers()) : std::span<const InlineWaiver>()) {
    for (uint32_t i = 0; i < size(); ++i) by_rule_[rule(i)].push_back(i);
  }

  uint32_t size() const { return static_cast<uint32_t>(program_.waivers.size() + inline_.size()); }
  /// The policies' waiver `index`; null: it stands at a resource.
  const Waiver* OfPolicy(uint32_t index) const {
    return index < program_.waivers.size() ? &program_.waivers[index] : nullptr;
  }
  /// The waiver `index` that stands at a resource. Precondition: OfPolicy(index) is null.
  const InlineWaiver& Inline(uint32_t index) const { return inline_[index - program_.waivers.size()]; }

  std::string_view rule(uint32_t index) const {
    return OfPolicy(index) != nullptr ? OfPolicy(index)->rule : Inline(index).rule;
  }
  std::optional<int64_t> until(uint32_t index) const {
    return OfPolicy(index) != nullptr ? OfPolicy(index)->until : Inline(index).until;
  }
  bool IsExpired(uint32_t index, int64_t now) const { return until(index).has_value() && now >= *until(index); }
  /// Those that name `rule`, by its id or its qualified name; ascending.
  std::vector<uint32_t> Of(const Rule& rule) const {
    std::set<uint32_t> found;
    for (const std::string& name : {rule.id, QualifiedName(rule)}) {
      const auto named = by_rule_.find(name);
      if (named != by_rule_.end()) found.insert(named->second.begin(), named->second.end());
    }
    return {found.begin(), found.end()};
  }
  /// Whether it can hold at all.
  bool IsValid(uint32_t index) const { return OfPolicy(index) != nullptr || Inline(index).problem.empty(); }

 private:
  const Program& program_;
  std::span<const InlineWaiver> inline_;
  std::unordered_map<std::string_view, std::vector<uint32_t>> by_rule_;
};

}  // namespace bylaw
