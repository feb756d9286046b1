#include "runtime/vm/fold.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/vm/canonical_order.h"
#include "runtime/vm/constants.h"
#include "runtime/vm/format.h"

namespace bylaw {

namespace {

/// Whether one more member's evidence is kept for a lane: that of a few is enough, but where all is asked for.
bool KeepsEvidence(Worker& worker, uint32_t num_kept) {
  constexpr uint32_t kMaxTracedMembers = 8;
  return worker.traced() && (num_kept < kMaxTracedMembers || worker.evidence().exhaustive());
}

/// exists
class ExistsFold : public QueryFold {
 public:
  ExistsFold(Worker& worker, const Query& query, uint32_t num_roots)
      : QueryFold(worker, query, num_roots), results_(num_roots, Tri::kFalse) {
    if (worker.traced()) traces_.resize(num_roots);
  }

  bool Done(uint32_t root) const override { return results_[root] == Tri::kTrue; }
  bool OnlyCertainMatter(uint32_t root) const override { return results_[root] == Tri::kUnknown && !exhaustive(); }
  bool OneCertainDecides() const override { return true; }
  bool MayStopEarly() const override { return true; }

  void Members(const Batch& members) override {
    for (size_t i = 0; i < members.size(); ++i) {
      uint32_t root = members.roots[i];
      Tri found = members.membership[i] == Membership::kCertain ? Tri::kTrue : Tri::kUnknown;
      if (found == Tri::kUnknown && results_[root] == found && exhaustive())
        traces_[root] = worker_.evidence().Merge(traces_[root], trace(members, i));
      // The first certain member explains a true, the first other one an unknown.
      if (results_[root] == Tri::kTrue || results_[root] == found) continue;
      results_[root] = found;
      if (!traces_.empty()) traces_[root] = trace(members, i);
    }
  }

  Vector Finish() override {
    Vector out(num_roots_);
    for (uint32_t root = 0; root < num_roots_; ++root) out.SetTri(root, results_[root]);
    if (!traces_.empty()) out.evidence = std::move(traces_);
    return out;
  }

 private:
  bool exhaustive() const { return worker_.traced() && worker_.evidence().exhaustive(); }

  std::vector<Tri> results_;
  std::vector<EvidenceId> traces_;
};

class CountFold : public QueryFold {
 public:
  CountFold(Worker& worker, const Query& query, uint32_t num_roots)
      : QueryFold(worker, query, num_roots), counts_(num_roots) {}

  void Members(const Batch& members) override {
    for (size_t i = 0; i < members.size(); ++i) {
      Count& count = counts_[members.roots[i]];
      if (members.membership[i] == Membership::kCertain) {
        ++count.certain;
        continue;
      }
      if (members.membership[i] == Membership::kPhantom) {
        count.open = true;
      } else {
        ++count.possible;
      }
      if (KeepsEvidence(worker_, count.num_traced++))
        count.trace = worker_.evidence().Merge(count.trace, trace(members, i));
    }
  }

  Vector Finish() override {
    Vector out(num_roots_);
    for (uint32_t root = 0; root < num_roots_; ++root) {
      const Count& count = counts_[root];
      if (count.open) {
        out.SetRange(root, count.certain, kUnbounded);
      } else if (count.possible > 0) {
        out.SetRange(root, count.certain, count.certain + count.possible);
      } else {
        out.Set(root, IntToCell(count.certain), State::kKnown);
      }
      if (count.trace != 0) out.SetTrace(root, count.trace);
    }
    return out;
  }

 private:
  struct Count {
    int64_t certain = 0, possible = 0;
    bool open = false;
    uint32_t num_traced = 0;
    EvidenceId trace = 0;
  };
  std::vector<Count> counts_;
};

/// What most folds share: a lane that has become unknown, and why.
struct LaneDoubt {
  bool unknown = false;
  uint32_t num_traced = 0;
  EvidenceId trace = 0;

  void Add(Worker& worker, EvidenceId cause) {
    unknown = true;
    if (KeepsEvidence(worker, num_traced++)) trace = worker.evidence().Merge(trace, cause);
  }
  /// Unknown, with all the causes that are told.
  bool IsSettled(Worker& worker) const { return unknown && !KeepsEvidence(worker, num_traced); }
};

/// sum, avg, min, max: unknown if there is any member that is not certain, or any value that is not known.
class NumberFold : public QueryFold {
 public:
  NumberFold(Worker& worker, const Query& query, uint32_t num_roots)
      : QueryFold(worker, query, num_roots), lanes_(num_roots), kind_(value_kind()) {}

  bool Done(uint32_t root) const override { return lanes_[root].doubt.IsSettled(worker_); }
  bool MayStopEarly() const override { return true; }

  void Members(const Batch& members) override {
    const Vector& values = value(members);
    for (size_t i = 0; i < members.size(); ++i) {
      Lane& lane = lanes_[members.roots[i]];
      uint32_t at = members.lanes[i];
      if (members.membership[i] != Membership::kCertain) {
        lane.doubt.Add(worker_, trace(members, i));
      } else if (!values.is_known(at)) {
        lane.doubt.Add(worker_, values.trace(at));
      } else {
        Fold(lane, values.cells[at]);
        if (KeepsEvidence(worker_, lane.num_traced++))
          lane.trace = worker_.evidence().Merge(lane.trace, values.trace(at));
      }
    }
  }

  Vector Finish() override {
    Vector out(num_roots_);
    for (uint32_t root = 0; root < num_roots_; ++root) {
      Lane& lane = lanes_[root];
      if (lane.doubt.unknown) {
        out.SetUnknown(root);
        if (worker_.traced()) out.SetTrace(root, lane.doubt.trace);
        continue;
      }
      std::optional<Value> result = Result(lane);
      if (result) {
        out.Set(root, result->cell, result->state);
        if (worker_.traced()) out.SetTrace(root, lane.trace);
        continue;
      }
      out.SetUnknown(root);
      if (worker_.traced()) {
        bool orders = query_.kind == QueryKind::kMin || query_.kind == QueryKind::kMax;
        out.SetTrace(root, orders ? worker_.evidence().AddCause(CauseKind::kFunction,
                                                                "versions of different schemes have no order")
                                  : worker_.evidence().AddCause(CauseKind::kArithmetic, "the result does not fit"));
      }
    }
    return out;
  }

 private:
  struct Lane {
    LaneDoubt doubt;
    int64_t count = 0;
    __int128 whole = 0;
    double real = 0;
    Cell best = 0;
    bool failed = false;
    uint32_t num_traced = 0;
    EvidenceId trace = 0;
  };

  void Fold(Lane& lane, Cell cell) {
    if (query_.kind == QueryKind::kMin || query_.kind == QueryKind::kMax) {
      if (lane.count > 0) {
        std::optional<int> order = CompareOrdered(state(), kind_, cell, lane.best);
        if (!order) {
          lane.failed = true;
        } else if (query_.kind == QueryKind::kMin ? *order < 0 : *order > 0) {
          lane.best = cell;
        }
      } else {
        lane.best = cell;
      }
    } else if (kind_ == TypeKind::kFloat) {
      lane.real += CellToFloat(cell);
    } else {
      lane.whole += CellToInt(cell);
    }
    ++lane.count;
  }

  std::optional<Value> Result(const Lane& lane) const {
    if (lane.failed) return std::nullopt;
    if (query_.kind != QueryKind::kSum && lane.count == 0) return Value{0, State::kAbsent};
    if (query_.kind == QueryKind::kMin || query_.kind == QueryKind::kMax) return Value{lane.best};
    bool average = query_.kind == QueryKind::kAvg;
    bool real_result = state().kind(query_.type) == TypeKind::kFloat;
    if (kind_ == TypeKind::kFloat || real_result) {
      double total = kind_ == TypeKind::kFloat ? lane.real : static_cast<double>(lane.whole);
      if (average) total /= static_cast<double>(lane.count);
      if (!std::isfinite(total)) return std::nullopt;
      return Value{FloatToCell(total)};
    }
    __int128 total = average ? lane.whole / lane.count : lane.whole;
    if (total > std::numeric_limits<int64_t>::max() || total < std::numeric_limits<int64_t>::min()) return std::nullopt;
    return Value{IntToCell(static_cast<int64_t>(total))};
  }

  std::vector<Lane> lanes_;
  TypeKind kind_;
};

/// [e for …], {e for …}, union(e for …), {k: e for …}, group … by: all of the values, or unknown.
class CollectFold : public QueryFold {
 public:
  CollectFold(Worker& worker, const Query& query, uint32_t num_roots)
      : QueryFold(worker, query, num_roots), lanes_(num_roots) {}

  bool Done(uint32_t root) const override { return lanes_[root].doubt.IsSettled(worker_); }
  bool MayStopEarly() const override { return true; }

  void Members(const Batch& members) override {
    const Vector& values = value(members);
    bool keyed = query_.kind == QueryKind::kMap || query_.kind == QueryKind::kGroup;
    // A list or map may hold values that are not known; a set or union with such a part is unknown as a whole.
    bool parts_known = query_.kind == QueryKind::kSet || query_.kind == QueryKind::kUnion;
    const Vector* keys = keyed ? &members.frame->registers[query_.key] : nullptr;
    worker_.AddBytes(members.size() * sizeof(Cell));
    for (size_t i = 0; i < members.size(); ++i) {
      Lane& lane = lanes_[members.roots[i]];
      uint32_t at = members.lanes[i];
      if (members.membership[i] != Membership::kCertain) {
        lane.doubt.Add(worker_, trace(members, i));
        continue;
      }
      if (keys != nullptr && !keys->is_known(at)) {
        lane.doubt.Add(worker_, keys->trace(at));
        continue;
      }
      State value_state = values.state(at) == State::kRanged ? State::kUnknown : values.state(at);
      if (IsUnknown(value_state) && parts_known) {
        lane.doubt.Add(worker_, values.trace(at));
        continue;
      }
      if (lane.doubt.unknown || (value_state == State::kAbsent && query_.kind == QueryKind::kUnion)) continue;
      lane.cells.push_back(values.state(at) == State::kRanged ? 0 : values.cells[at]);
      if (keys != nullptr) lane.keys.push_back(keys->cells[at]);
      if (value_state != State::kKnown || !lane.states.empty()) {
        lane.states.resize(lane.cells.size() - 1, State::kKnown);
        lane.states.push_back(value_state);
      }
      if (KeepsEvidence(worker_, lane.num_traced) && (value_state != State::kKnown || Contributes(values.cells[at]))) {
        ++lane.num_traced;
        lane.trace =
            worker_.evidence().Merge(lane.trace, worker_.evidence().Merge(trace(members, i), values.trace(at)));
      }
    }
  }

  Vector Finish() override {
    Vector out(num_roots_);
    for (uint32_t root = 0; root < num_roots_ && !worker_.stopped(); ++root) {
      Lane& lane = lanes_[root];
      if (lane.doubt.unknown) {
        out.SetUnknown(root);
        if (worker_.traced()) out.SetTrace(root, lane.doubt.trace);
        continue;
      }
      Value result = Result(lane);
      out.Set(root, result.cell, result.state);
      if (worker_.traced()) {
        EvidenceId cause = IsUnknown(result.state) ? worker_.evidence().AddCause(CauseKind::kFunction,
                                                                                 "the union has over 1,000,000 ranges")
                                                   : 0;
        out.SetTrace(root, worker_.evidence().Merge(lane.trace, cause));
      }
    }
    return out;
  }

 private:
  struct Lane {
    LaneDoubt doubt;
    std::vector<Cell> keys, cells;
    std::vector<State> states;
    uint32_t num_traced = 0;
    EvidenceId trace = 0;
  };

  /// Members that add nothing to a union are no witnesses of it.
  bool Contributes(Cell cell) const {
    if (query_.kind != QueryKind::kUnion) return true;
    switch (value_kind()) {
      case TypeKind::kIpSet: return !CellToObject<IpSet>(cell)->empty();
      case TypeKind::kPortSet: return !CellToObject<PortSet>(cell)->empty();
      default: return CellToObject<ListObject>(cell)->size > 0;
    }
  }

  Value Result(Lane& lane) {
    switch (query_.kind) {
      case QueryKind::kList: return {worker_.MakeList(lane.cells, lane.states)};
      case QueryKind::kSet:
        MakeCanonicalSet(state(), value_type(), &lane.cells, &lane.states);
        return {worker_.MakeList(lane.cells, lane.states)};
      case QueryKind::kMap: {
        MapBuilder map(state(), KeyType());
        for (size_t i = 0; i < lane.keys.size(); ++i)
          map.Add(lane.keys[i], {lane.cells[i], lane.states.empty() ? State::kKnown : lane.states[i]});
        return {map.Finish(worker_)};
      }
      case QueryKind::kGroup: return Group(lane);
      default: return Union(lane);
    }
  }

  TypeId KeyType() const { return query_.stages.back().block.registers[query_.key]; }

  Value Group(Lane& lane) {
    std::vector<uint32_t> order(lane.keys.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    TypeId key_type = KeyType();
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return CompareCanonical(state(), key_type, lane.keys[a], lane.keys[b]) < 0;
    });
    std::vector<Cell> keys, lists, cells;
    std::vector<State> states;
    Cell plainest = 0;  // of the keys of a group
    for (size_t i = 0; i < order.size(); ++i) {
      cells.push_back(lane.cells[order[i]]);
      states.push_back(lane.states.empty() ? State::kKnown : lane.states[order[i]]);
      const Cell key = lane.keys[order[i]];
      plainest = cells.size() == 1 || CanonicalLess(state(), key_type, key, plainest) ? key : plainest;
      bool last = i + 1 == order.size() || CompareCanonical(state(), key_type, key, lane.keys[order[i + 1]]) != 0;
      if (!last) continue;
      keys.push_back(plainest);
      lists.push_back(worker_.MakeList(cells, states));
      cells.clear();
      states.clear();
    }
    return {worker_.MakeMap(keys, lists)};
  }

  Value Union(Lane& lane) {
    switch (value_kind()) {
      case TypeKind::kIpSet: {
        if (lane.cells.size() == 1) return {lane.cells[0]};
        std::vector<IpRange> ranges;
        for (Cell cell : lane.cells) {
          std::span<const IpRange> more = CellToObject<IpSet>(cell)->ranges();
          ranges.insert(ranges.end(), more.begin(), more.end());
          if (ranges.size() > 4'000'000) return {0, State::kUnknown};
        }
        IpSet set = IpSet::Of(std::move(ranges));
        if (set.ranges().size() > 1'000'000) return {0, State::kUnknown};
        return {worker_.MakeIpSet(std::move(set))};
      }
      case TypeKind::kPortSet: {
        PortSet set;
        for (Cell cell : lane.cells) set = set.Union(*CellToObject<PortSet>(cell));
        return {worker_.MakePortSet(std::move(set))};
      }
      case TypeKind::kSet:
      case TypeKind::kList: {
        TypeId element = worker_.program().types[value_type()].element;
        std::vector<Cell> cells;
        std::vector<State> states;
        for (Cell cell : lane.cells) {
          const auto& list = *CellToObject<ListObject>(cell);
          for (uint32_t i = 0; i < list.size; ++i) {
            if (IsUnknown(list.state(i))) return {0, State::kUnknown};
            cells.push_back(list.cells[i]);
            states.push_back(list.state(i));
          }
          worker_.AddBytes(list.size * sizeof(Cell));
        }
        MakeCanonicalSet(state(), element, &cells, &states);
        return {worker_.MakeList(cells, states)};
      }
      default: return {0, State::kUnknown};
    }
  }

  std::vector<Lane> lanes_;
};

/// one e for …
class OneFold : public QueryFold {
 public:
  OneFold(Worker& worker, const Query& query, uint32_t num_roots)
      : QueryFold(worker, query, num_roots), lanes_(num_roots) {}

  bool Done(uint32_t root) const override { return lanes_[root].conflict; }
  bool OnlyCertainMatter(uint32_t root) const override {
    return lanes_[root].found || lanes_[root].doubt.IsSettled(worker_);
  }
  bool MayStopEarly() const override { return true; }

  void Members(const Batch& members) override {
    const Vector& values = value(members);
    for (size_t i = 0; i < members.size(); ++i) {
      Lane& lane = lanes_[members.roots[i]];
      uint32_t at = members.lanes[i];
      if (members.membership[i] != Membership::kCertain) {
        lane.doubt.Add(worker_, trace(members, i));
        continue;
      }
      Value found{values.cells[at], values.state(at)};
      if (found.state == State::kRanged) found = {0, State::kUnknown};
      EvidenceId why = 0;
      if (worker_.traced()) why = worker_.evidence().Merge(trace(members, i), values.trace(at));
      if (!lane.found) {
        lane.found = true;
        lane.value = found;
        lane.trace = why;
        continue;
      }
      Tri same = EqualValues(state(), value_type(), lane.value.cell, lane.value.state, found.cell, found.state);
      if (same == Tri::kTrue || lane.conflict) continue;
      lane.conflict = true;
      if (!worker_.traced()) continue;
      lane.trace = worker_.evidence().Merge(lane.trace, why);
      if (same == Tri::kFalse) {
        std::string detail =
            fmt::format("more than one answer: {} and {}", FormatValue(state(), value_type(), lane.value),
                        FormatValue(state(), value_type(), found));
        lane.trace =
            worker_.evidence().Merge(lane.trace, worker_.evidence().AddCause(CauseKind::kConflict, std::move(detail)));
      }
    }
  }

  Vector Finish() override {
    Vector out(num_roots_);
    for (uint32_t root = 0; root < num_roots_; ++root) {
      const Lane& lane = lanes_[root];
      if (lane.conflict) {
        out.SetUnknown(root);
      } else if (lane.found) {
        out.Set(root, IsUnknown(lane.value.state) ? 0 : lane.value.cell, lane.value.state);
      } else if (lane.doubt.unknown) {
        out.SetUnknown(root);
      } else {
        out.Set(root, 0, State::kAbsent);
      }
      if (worker_.traced()) out.SetTrace(root, lane.found ? lane.trace : lane.doubt.trace);
    }
    return out;
  }

 private:
  struct Lane {
    LaneDoubt doubt;
    bool found = false, conflict = false;
    Value value;
    EvidenceId trace = 0;
  };
  std::vector<Lane> lanes_;
};

/// first x in C by k where P: known only if nothing that may be a member could come before.
class FirstFold : public QueryFold {
 public:
  FirstFold(Worker& worker, const Query& query, uint32_t num_roots)
      : QueryFold(worker, query, num_roots),
        lanes_(num_roots),
        order_kind_(worker.program().types[query.stages.back().block.registers[query.order]].kind) {}

  bool Done(uint32_t root) const override { return lanes_[root].doubt.IsSettled(worker_); }
  bool MayStopEarly() const override { return true; }

  void Members(const Batch& members) override {
    const Vector& values = value(members);
    const Vector& orders = members.frame->registers[query_.order];
    for (size_t i = 0; i < members.size(); ++i) {
      Lane& lane = lanes_[members.roots[i]];
      uint32_t at = members.lanes[i];
      if (members.membership[i] == Membership::kPhantom) {
        lane.doubt.Add(worker_, trace(members, i));
        continue;
      }
      if (!orders.is_known(at)) {
        lane.doubt.Add(worker_, orders.trace(at));
        continue;
      }
      Entry entry{orders.cells[at], lane.num_members++, {values.cells[at], values.state(at)}, 0};
      if (worker_.traced()) {
        bool certain = members.membership[i] == Membership::kCertain;
        entry.trace = certain ? worker_.evidence().Merge(trace(members, i), values.trace(at)) : trace(members, i);
      }
      Entry& best = members.membership[i] == Membership::kCertain ? lane.certain : lane.possible;
      if (&best == &lane.possible && worker_.traced() && worker_.evidence().exhaustive())
        entry.trace = worker_.evidence().Merge(best.trace, entry.trace);
      std::optional<int> order = best.present() ? CompareOrdered(state(), order_kind_, entry.key, best.key) : -1;
      if (!order) {
        lane.doubt.Add(worker_, worker_.traced()
                                    ? worker_.evidence().AddCause(CauseKind::kFunction,
                                                                  "versions of different schemes have no order")
                                    : 0);
      } else if (*order < 0) {
        best = entry;
      } else if (*order == 0 && EqualValues(state(), value_type(), best.value.cell, best.value.state, entry.value.cell,
                                            entry.value.state) != Tri::kTrue) {
        // Rows have no order of their own: neither comes first.
        best.tied = true;
        if (worker_.traced()) best.trace = worker_.evidence().Merge(best.trace, entry.trace);
      }
    }
  }

  Vector Finish() override {
    Vector out(num_roots_);
    for (uint32_t root = 0; root < num_roots_; ++root) {
      Lane& lane = lanes_[root];
      if (!lane.doubt.unknown && lane.possible.present()) {
        std::optional<int> order =
            lane.certain.present() ? CompareOrdered(state(), order_kind_, lane.possible.key, lane.certain.key) : -1;
        bool before = !order || *order <= 0;
        if (before) lane.doubt.Add(worker_, lane.possible.trace);
      }
      if (!lane.doubt.unknown && lane.certain.tied) {
        lane.doubt.Add(worker_, worker_.traced()
                                    ? worker_.evidence().Merge(lane.certain.trace,
                                                               worker_.evidence().AddCause(CauseKind::kConflict,
                                                                                           "more than one comes first"))
                                    : 0);
      }
      if (lane.doubt.unknown) {
        out.SetUnknown(root);
        if (worker_.traced()) out.SetTrace(root, lane.doubt.trace);
      } else if (!lane.certain.present()) {
        out.Set(root, 0, State::kAbsent);
      } else {
        State value_state = lane.certain.value.state == State::kRanged ? State::kUnknown : lane.certain.value.state;
        out.Set(
            root,
            value_state == State::kUnknown && lane.certain.value.state == State::kRanged ? 0 : lane.certain.value.cell,
            value_state);
        if (worker_.traced()) out.SetTrace(root, lane.certain.trace);
      }
    }
    return out;
  }

 private:
  struct Entry {
    Cell key = 0;
    uint64_t sequence = kAbsentEntry;
    Value value;
    EvidenceId trace = 0;
    bool tied = false;  ///< another one with the same key
    static constexpr uint64_t kAbsentEntry = ~uint64_t{0};
    bool present() const { return sequence != kAbsentEntry; }
  };
  struct Lane {
    LaneDoubt doubt;
    Entry certain, possible;
    uint64_t num_members = 0;
  };
  std::vector<Lane> lanes_;
  TypeKind order_kind_;
};

}  // namespace

std::unique_ptr<QueryFold> QueryFold::Make(Worker& worker, const Query& query, uint32_t num_roots) {
  switch (query.kind) {
    case QueryKind::kExists: return std::make_unique<ExistsFold>(worker, query, num_roots);
    case QueryKind::kCount: return std::make_unique<CountFold>(worker, query, num_roots);
    case QueryKind::kSum:
    case QueryKind::kMin:
    case QueryKind::kMax:
    case QueryKind::kAvg: return std::make_unique<NumberFold>(worker, query, num_roots);
    case QueryKind::kOne: return std::make_unique<OneFold>(worker, query, num_roots);
    case QueryKind::kFirst: return std::make_unique<FirstFold>(worker, query, num_roots);
    default: return std::make_unique<CollectFold>(worker, query, num_roots);
  }
}

}  // namespace bylaw
