#include "runtime/vm/function_memo.h"

#include <algorithm>

namespace bylaw {

namespace {

constexpr size_t kStatesAWord = 16;

State StateAt(const uint64_t* states, size_t i) {
  return static_cast<State>(states[i / kStatesAWord] >> (4 * (i % kStatesAWord)) & 15);
}

bool HasRange(std::span<const Value> arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const Value& v) { return v.state == State::kRanged; });
}

}  // namespace

FunctionMemo::FunctionMemo(uint32_t num_arguments)
    : num_arguments_(num_arguments),
      num_state_words_(static_cast<uint32_t>((num_arguments + kStatesAWord) / kStatesAWord)) {}

uint64_t FunctionMemo::Hash(std::span<const Value> arguments) {
  uint64_t hash = 0x9E3779B97F4A7C15u;
  for (const Value& argument : arguments) {
    hash = (hash ^ argument.cell ^ static_cast<uint64_t>(argument.state) << 61) * 0xBF58476D1CE4E5B9u;
    hash ^= hash >> 31;
  }
  return hash * 0x94D049BB133111EBu;
}

bool FunctionMemo::Same(const uint64_t* entry, bool has_range, std::span<const Value> arguments) const {
  const uint64_t* cells = entry + num_state_words_;
  const uint64_t* uppers = cells + num_arguments_ + 2;
  for (size_t i = 0; i < num_arguments_; ++i) {
    if (cells[i] != arguments[i].cell || StateAt(entry, i + 1) != arguments[i].state) return false;
    if (has_range && arguments[i].state == State::kRanged && uppers[i] != IntToCell(arguments[i].upper)) return false;
  }
  return true;
}

size_t FunctionMemo::Locate(const Table& table, bool has_range, uint64_t hash, std::span<const Value> arguments) const {
  const size_t mask = table.slots.size() - 1, stride = Stride(has_range);
  for (size_t slot = (hash >> 32) & mask;; slot = (slot + 1) & mask) {
    const uint64_t found = table.slots[slot];
    if (found == 0) return slot;
    if (found >> 32 != hash >> 32) continue;
    if (Same(table.entries.data() + (static_cast<uint32_t>(found) - size_t{1}) * stride, has_range, arguments))
      return slot;
  }
}

bool FunctionMemo::Find(uint64_t hash, std::span<const Value> arguments, Value* result) const {
  const bool has_range = HasRange(arguments);
  const Shard& shard = shards_[hash % kNumShards];
  const Table& table = shard.tables[has_range ? 1 : 0];
  std::lock_guard lock(shard.mutex);
  if (table.slots.empty()) return false;
  const uint64_t found = table.slots[Locate(table, has_range, hash, arguments)];
  if (found == 0) return false;
  const uint64_t* entry = table.entries.data() + (static_cast<uint32_t>(found) - size_t{1}) * Stride(has_range);
  const uint64_t* kept = entry + num_state_words_ + num_arguments_;
  *result = {kept[0], StateAt(entry, 0), CellToInt(kept[1])};
  return true;
}

void FunctionMemo::Grow(Table& table) {
  const std::vector<uint64_t> old = std::move(table.slots);
  table.slots.assign(std::max<size_t>(16, old.size() * 2), 0);
  const size_t mask = table.slots.size() - 1;
  for (const uint64_t entry : old) {
    if (entry == 0) continue;
    size_t slot = (entry >> 32) & mask;
    while (table.slots[slot] != 0) slot = (slot + 1) & mask;
    table.slots[slot] = entry;
  }
}

void FunctionMemo::Keep(uint64_t hash, std::span<const Value> arguments, const Value& result) {
  const bool has_range = HasRange(arguments);
  Shard& shard = shards_[hash % kNumShards];
  Table& table = shard.tables[has_range ? 1 : 0];
  std::lock_guard lock(shard.mutex);
  if (table.num_entries * 4 >= table.slots.size() * 3) Grow(table);
  uint64_t& slot = table.slots[Locate(table, has_range, hash, arguments)];
  if (slot != 0) return;
  slot = (hash >> 32) << 32 | ++table.num_entries;
  const size_t begin = table.entries.size();
  table.entries.resize(begin + Stride(has_range));
  uint64_t* states = table.entries.data() + begin;
  uint64_t* cells = states + num_state_words_;
  auto set_state = [&](size_t i, State state) {
    states[i / kStatesAWord] |= static_cast<uint64_t>(state) << (4 * (i % kStatesAWord));
  };
  set_state(0, result.state);
  for (size_t i = 0; i < num_arguments_; ++i) {
    set_state(i + 1, arguments[i].state);
    cells[i] = arguments[i].cell;
    if (has_range) cells[num_arguments_ + 2 + i] = IntToCell(arguments[i].upper);
  }
  cells[num_arguments_] = result.cell;
  cells[num_arguments_ + 1] = IntToCell(result.upper);
}

}  // namespace bylaw
