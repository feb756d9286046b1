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
  return std::max<uint64_t>(hash * 0x94D049BB133111EBu, 1);
}

bool FunctionMemo::Same(const uint64_t* entry, bool has_range, std::span<const Value> arguments) const {
  const uint64_t* states = entry + 1;
  const uint64_t* cells = states + num_state_words_;
  const uint64_t* uppers = cells + num_arguments_ + 2;
  for (size_t i = 0; i < num_arguments_; ++i) {
    if (cells[i] != arguments[i].cell || StateAt(states, i + 1) != arguments[i].state) return false;
    if (has_range && arguments[i].state == State::kRanged && uppers[i] != IntToCell(arguments[i].upper)) return false;
  }
  return true;
}

size_t FunctionMemo::Locate(const Table& table, bool has_range, uint64_t hash, std::span<const Value> arguments) const {
  const size_t mask = table.num_slots - 1, stride = Stride(has_range);
  for (size_t slot = (hash >> 8) & mask;; slot = (slot + 1) & mask) {
    const uint64_t* entry = table.words.data() + slot * stride;
    if (entry[0] == 0 || (entry[0] == hash && Same(entry, has_range, arguments))) return slot * stride;
  }
}

bool FunctionMemo::Find(uint64_t hash, std::span<const Value> arguments, Value* result) const {
  const bool has_range = HasRange(arguments);
  const Shard& shard = shards_[hash % kNumShards];
  const Table& table = shard.tables[has_range ? 1 : 0];
  std::lock_guard lock(shard.mutex);
  if (table.num_slots == 0) return false;
  const uint64_t* entry = table.words.data() + Locate(table, has_range, hash, arguments);
  if (entry[0] == 0) return false;
  const uint64_t* kept = entry + 1 + num_state_words_ + num_arguments_;
  *result = {kept[0], StateAt(entry + 1, 0), CellToInt(kept[1])};
  return true;
}

void FunctionMemo::Grow(Table& table, size_t stride) const {
  const std::vector<uint64_t> old = std::move(table.words);
  table.num_slots = std::max<size_t>(16, table.num_slots * 2);
  table.words.assign(table.num_slots * stride, 0);
  const size_t mask = table.num_slots - 1;
  for (size_t from = 0; from < old.size(); from += stride) {
    if (old[from] == 0) continue;
    size_t slot = (old[from] >> 8) & mask;
    while (table.words[slot * stride] != 0) slot = (slot + 1) & mask;
    std::copy_n(old.begin() + static_cast<std::ptrdiff_t>(from), stride,
                table.words.begin() + static_cast<std::ptrdiff_t>(slot * stride));
  }
}

void FunctionMemo::Keep(uint64_t hash, std::span<const Value> arguments, const Value& result) {
  const bool has_range = HasRange(arguments);
  Shard& shard = shards_[hash % kNumShards];
  Table& table = shard.tables[has_range ? 1 : 0];
  std::lock_guard lock(shard.mutex);
  if (table.num_used * 4 >= table.num_slots * 3) Grow(table, Stride(has_range));
  uint64_t* entry = table.words.data() + Locate(table, has_range, hash, arguments);
  if (entry[0] != 0) return;
  ++table.num_used;
  entry[0] = hash;
  uint64_t* states = entry + 1;
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
