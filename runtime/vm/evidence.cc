#include "runtime/vm/evidence.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

namespace bylaw {

EvidenceId Evidence::Add(Node node) {
  nodes_.push_back(node);
  return static_cast<EvidenceId>(nodes_.size() - 1);
}

Evidence::CauseView Evidence::CauseIdentity::View(uint32_t id) const {
  const CauseRef& cause = (*causes)[id];
  return {cause.cause.kind, cause.table, cause.row, cause.column, cause.cause.detail};
}

size_t Evidence::CauseIdentity::Hash(const CauseView& view) {
  uint64_t hash = std::hash<std::string_view>()(view.detail) ^ static_cast<uint64_t>(view.kind);
  for (uint32_t part : {view.table, view.row, view.column}) {
    hash = (hash ^ part) * 0xBF58476D1CE4E5B9u;
    hash ^= hash >> 31;
  }
  return static_cast<size_t>(hash);
}

size_t Evidence::BindingHash::operator()(const std::pair<uint64_t, uint64_t>& key) const {
  const uint64_t hash = (key.first * 0x9E3779B97F4A7C15u ^ key.second) * 0xBF58476D1CE4E5B9u;
  return static_cast<size_t>(hash ^ hash >> 31);
}

EvidenceId Evidence::AddCause(const CauseView& cause) {
  const auto known = cause_ids_.find(cause);
  if (known != cause_ids_.end()) return known->second;
  const auto id = static_cast<uint32_t>(causes_.size());
  causes_.push_back({.cause = {cause.kind, std::string(cause.detail)},
                     .table = cause.table,
                     .row = cause.row,
                     .column = cause.column});
  return cause_ids_.emplace(id, Add({Kind::kCause, id, 0})).first->second;
}

EvidenceId Evidence::AddBinding(const WitnessRef& witness) {
  uint64_t high = uint64_t{witness.binding} << 32 | (witness.type << 2 | static_cast<uint32_t>(witness.state));
  auto [entry, inserted] = binding_ids_.try_emplace({high, witness.cell}, 0);
  if (inserted) {
    witnesses_.push_back(witness);
    entry->second = Add({Kind::kBinding, static_cast<uint32_t>(witnesses_.size() - 1), 0});
  }
  return entry->second;
}

EvidenceId Evidence::Merge(EvidenceId a, EvidenceId b) {
  if (a == 0 || a == b) return b;
  if (b == 0) return a;
  auto [entry, inserted] = merge_ids_.try_emplace(uint64_t{a} << 32 | b, 0);
  if (inserted) entry->second = Add({Kind::kMerge, a, b});
  return entry->second;
}

EvidenceId Evidence::Merge(std::span<const EvidenceId> ids) {
  EvidenceId result = 0;
  for (EvidenceId id : ids) result = Merge(result, id);
  return result;
}

Explanation Evidence::Explain(EvidenceId id, size_t limit) const {
  Explanation result;
  ExplainInto(id, result, limit);
  return result;
}

void Evidence::ExplainInto(EvidenceId id, Explanation& explanation, size_t limit) const {
  std::unordered_set<EvidenceId> seen;
  std::vector<EvidenceId> pending = {id};
  auto add = [&](auto& list, const auto& item) {
    if (list.size() < limit && std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  };
  while (!pending.empty()) {
    EvidenceId next = pending.back();
    pending.pop_back();
    if (next == 0 || next >= nodes_.size() || !seen.insert(next).second) continue;
    const Node& node = nodes_[next];
    switch (node.kind) {
      case Kind::kCause: add(explanation.causes, causes_[node.a]); break;
      case Kind::kBinding: add(explanation.witnesses, witnesses_[node.a]); break;
      case Kind::kMerge:
        pending.push_back(node.b);
        pending.push_back(node.a);
        break;
    }
  }
}

}  // namespace bylaw
