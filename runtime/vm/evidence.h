// Evidence: why a value is what it is. In traced runs each lane of each register carries an id into this graph; nothing is paid for it in ordinary runs.
//
// Nodes are interned: a cause (why something is unknown), a binding (the row that a quantifier's variable found), or a merge of others. The graph has no cycles, as a merge refers
// only to nodes before it. Thread safety: none; each traced run has its own.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/bytecode/program.h"
#include "runtime/snapshot/snapshot.h"
#include "runtime/vm/vector.h"

namespace bylaw {

/// A row or value that a variable was bound to.
struct WitnessRef {
  uint32_t binding = kNone;  ///< Program::bindings
  TypeId type = 0;
  Cell cell = 0;
  State state = State::kKnown;
  bool operator==(const WitnessRef&) const = default;
};

/// A cause, and where in the snapshot the unknown value stands (table kNone: nowhere).
struct CauseRef {
  Cause cause;
  TableId table = kNone;
  Row row = kNone;
  ColumnId column = kNone;  ///< kNone: the row as a whole
  bool operator==(const CauseRef&) const = default;
};

/// The column of a cause that is about an attribute, such as the tags.
constexpr ColumnId AttributeColumn(Attribute attribute) { return kNone - 1 - static_cast<ColumnId>(attribute); }

/// What evidence comes to, without duplicates, in the order of discovery.
struct Explanation {
  std::vector<WitnessRef> witnesses;
  std::vector<CauseRef> causes;
};

class Evidence {
 public:
  /// An exhaustive one takes in whatever an unknown value rests on; else a few parts of it are enough for people to read.
  explicit Evidence(bool exhaustive = false) : exhaustive_(exhaustive) {}
  Evidence(const Evidence&) = delete;
  Evidence& operator=(const Evidence&) = delete;
  bool exhaustive() const { return exhaustive_; }

  EvidenceId AddCause(const CauseRef& cause) { return AddCause(cause.cause, cause.table, cause.row, cause.column); }
  EvidenceId AddCause(const Cause& cause, TableId table = kNone, Row row = kNone, ColumnId column = kNone) {
    return AddCause(CauseView{cause.kind, table, row, column, cause.detail});
  }
  EvidenceId AddCause(CauseKind kind, std::string_view detail) {
    return AddCause(CauseView{kind, kNone, kNone, kNone, detail});
  }
  EvidenceId AddBinding(const WitnessRef& witness);
  /// What both say.
  EvidenceId Merge(EvidenceId a, EvidenceId b);
  EvidenceId Merge(std::span<const EvidenceId> ids);

  /// At most `limit` witnesses and `limit` causes.
  Explanation Explain(EvidenceId id, size_t limit = 64) const;
  /// Adds to `explanation`, as if both were one.
  void ExplainInto(EvidenceId id, Explanation& explanation, size_t limit = 64) const;

 private:
  enum class Kind : uint8_t { kCause, kBinding, kMerge };
  struct Node {
    Kind kind;
    uint32_t a, b;  ///< index of cause or binding; or two nodes
  };
  /// A CauseRef that owns no text: most causes are met again and again, and are kept once.
  struct CauseView {
    CauseKind kind;
    TableId table;
    Row row;
    ColumnId column;
    std::string_view detail;
    bool operator==(const CauseView&) const = default;
  };
  /// Hash and equality of indices into `causes` and of views.
  struct CauseIdentity {
    using is_transparent = void;
    const std::deque<CauseRef>* causes;
    CauseView View(uint32_t id) const;
    CauseView View(const CauseView& view) const { return view; }
    template <typename T>
    size_t operator()(const T& cause) const {
      return Hash(View(cause));
    }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return View(a) == View(b);
    }
    static size_t Hash(const CauseView& view);
  };
  struct BindingHash {
    size_t operator()(const std::pair<uint64_t, uint64_t>& key) const;
  };

  EvidenceId AddCause(const CauseView& cause);
  EvidenceId Add(Node node);

  bool exhaustive_;
  std::vector<Node> nodes_ = {Node{Kind::kMerge, 0, 0}};
  std::deque<CauseRef> causes_;
  std::vector<WitnessRef> witnesses_;
  std::unordered_map<uint32_t, EvidenceId, CauseIdentity, CauseIdentity> cause_ids_{16, CauseIdentity{&causes_},
                                                                                    CauseIdentity{&causes_}};
  std::unordered_map<uint64_t, EvidenceId> merge_ids_;
  std::unordered_map<std::pair<uint64_t, uint64_t>, EvidenceId, BindingHash> binding_ids_;
};

}  // namespace bylaw
