// Vector and Frame: what the instructions of the VM work on. A vector is one register over the n lanes of its frame.
//
// Invariants: cells has n entries; every side array is empty or has n entries. An empty `states` says that all lanes are known. `upper` is meaningful only in lanes of state kRanged.
// `evidence` is filled only in traced runs (see evidence.h). A cell of an absent or unknown lane is 0, but for unknown references with candidates (value.h).
//
// Thread safety: plain data, of one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/value.h"

namespace bylaw {

/// A node of the evidence graph of a traced run; 0 is "nothing to say".
using EvidenceId = uint32_t;

struct Vector {
  std::vector<Cell> cells;
  std::vector<State> states;
  std::vector<int64_t> upper;
  std::vector<EvidenceId> evidence;

  Vector() = default;
  explicit Vector(uint32_t num_lanes) : cells(num_lanes) {}
  /// `num_lanes` lanes of one value.
  Vector(uint32_t num_lanes, Cell cell, State state) : cells(num_lanes, cell) {
    if (state != State::kKnown) states.assign(num_lanes, state);
  }

  uint32_t size() const { return static_cast<uint32_t>(cells.size()); }
  bool all_known() const { return states.empty(); }
  State state(uint32_t lane) const { return states.empty() ? State::kKnown : states[lane]; }
  bool is_known(uint32_t lane) const { return states.empty() || states[lane] == State::kKnown; }
  EvidenceId trace(uint32_t lane) const { return evidence.empty() ? 0 : evidence[lane]; }

  /// Bounds of a known or ranged int.
  int64_t lower_bound(uint32_t lane) const { return CellToInt(cells[lane]); }
  int64_t upper_bound(uint32_t lane) const {
    return state(lane) == State::kRanged ? upper[lane] : CellToInt(cells[lane]);
  }

  void Set(uint32_t lane, Cell cell, State state) {
    cells[lane] = cell;
    if (state == State::kKnown && states.empty()) return;
    if (states.empty()) states.assign(cells.size(), State::kKnown);
    states[lane] = state;
  }
  void SetUnknown(uint32_t lane) { Set(lane, 0, State::kUnknown); }
  void SetRange(uint32_t lane, int64_t low, int64_t high) {
    Set(lane, IntToCell(low), State::kRanged);
    if (upper.empty()) upper.assign(cells.size(), 0);
    upper[lane] = high;
  }
  void SetTri(uint32_t lane, Tri value) {
    Set(lane, value == Tri::kTrue ? 1 : 0, value == Tri::kUnknown ? State::kUnknown : State::kKnown);
  }
  void SetTrace(uint32_t lane, EvidenceId id) {
    if (evidence.empty()) evidence.assign(cells.size(), 0);
    evidence[lane] = id;
  }

  /// The value of a bool lane; absent counts as unknown.
  Tri tri(uint32_t lane) const {
    if (!is_known(lane)) return Tri::kUnknown;
    return cells[lane] != 0 ? Tri::kTrue : Tri::kFalse;
  }

  /// Copies lane `from` of `source` to lane `to`, state, bound and evidence included.
  void CopyLane(uint32_t to, const Vector& source, uint32_t from) {
    State state = source.state(from);
    if (state == State::kRanged) {
      SetRange(to, source.lower_bound(from), source.upper[from]);
    } else {
      Set(to, source.cells[from], state);
    }
    if (!source.evidence.empty()) SetTrace(to, source.evidence[from]);
  }

  /// Lane i of the result is lane lanes[i] of this.
  Vector Gather(const std::vector<uint32_t>& lanes) const;
};

/// The registers of one entry into a block.
struct Frame {
  uint32_t num_lanes = 0;
  std::vector<Vector> registers;
  std::vector<uint32_t>
      parents;  ///< [num_lanes]: lane of the frame that it was entered from; empty for functions, where lanes are the same
};

}  // namespace bylaw
