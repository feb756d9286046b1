// BuiltinCall: one call of a built-in function over the lanes of a frame. kernel_builtin.cc dispatches by family; each family's file maps FunctionIds to the value libraries of runtime/builtins.
//
// The rules for unknown and absent arguments are those of functions.h: unless a function says otherwise, an unknown argument, or a collection with an unknown item, makes the lane unknown, and
// what the library has no answer for is unknown with the table's "fails when" as its cause.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/builtins/functions.h"
#include "runtime/vm/function_memo.h"
#include "runtime/vm/kernels.h"

namespace bylaw {

struct BuiltinCall {
  const Operation& op;
  const CallSite& site;
  const FunctionInfo& info;

  size_t num_arguments() const { return site.arguments.size(); }
  const Vector& argument(size_t i) const { return op.reg(site.arguments[i]); }
  TypeId type_id(size_t i) const { return op.block.registers[site.arguments[i]]; }
  const TypeEntry& type(size_t i) const { return op.type(site.arguments[i]); }
  TypeId result_type() const { return op.block.registers[op.instruction.dst]; }
  Worker& worker() const { return op.worker; }
  const EvaluationState& state() const { return op.worker.state(); }

  std::string_view text(Cell cell) const { return op.worker.Text(cell); }
  const IpSet& ips(Cell cell) const { return *CellToObject<IpSet>(cell); }
  const PortSet& ports(Cell cell) const { return *CellToObject<PortSet>(cell); }
  const ListObject& list(Cell cell) const { return *CellToObject<ListObject>(cell); }
  const MapObject& map(Cell cell) const { return *CellToObject<MapObject>(cell); }

  /// Whether a collection argument has an unknown item in this lane.
  bool HasUnknownItem(size_t i, uint32_t lane) const;
  /// The lane is unknown because arguments are.
  void UnknownArguments(Vector& out, uint32_t lane) const;
  /// The lane is unknown because the function has no answer.
  void Failed(Vector& out, uint32_t lane) const;
  /// Known lanes without evidence get that of all arguments.
  void TraceArguments(Vector& out) const;

  /// dst = f(arguments) where all are known. `f(const Cell* arguments, Value* result)` returns whether there is an answer. What a lane asks the lane before it has often
  /// asked, too: then f is not called again.
  template <typename F>
  void Each(const F& f) const {
    uint32_t n = op.num_lanes();
    Vector out(n);
    std::vector<const Vector*> arguments;
    std::vector<size_t> collections;
    for (size_t i = 0; i < num_arguments(); ++i) {
      arguments.push_back(&argument(i));
      const TypeKind kind = type(i).kind;
      if (kind == TypeKind::kList || kind == TypeKind::kSet || kind == TypeKind::kMap) collections.push_back(i);
    }
    std::vector<Cell> cells(arguments.size());
    Value result;
    bool has_result = false;  // for what is in `cells`
    for (uint32_t lane = 0; lane < n; ++lane) {
      bool known = true, same = has_result;
      for (size_t i = 0; i < cells.size(); ++i) {
        known = known && arguments[i]->is_known(lane);
        same = same && cells[i] == arguments[i]->cells[lane];
        cells[i] = arguments[i]->cells[lane];
      }
      for (size_t i : collections) known = known && !HasUnknownItem(i, lane);
      has_result = false;
      if (!known || op.worker.stopped()) {
        UnknownArguments(out, lane);
        continue;
      }
      if (!same) result = {};
      if (same || f(cells.data(), &result)) {
        has_result = true;
        out.Set(lane, result.cell, result.state);
      } else {
        Failed(out, lane);
      }
    }
    if (op.traced()) TraceArguments(out);
    op.dst() = std::move(out);
  }

  /// Each for functions of one argument of which many rules ask the same, and that cost more than a look: an answer is kept for the whole evaluation, and given to all who ask it again.
  template <typename F>
  void EachKept(const F& f) const {
    FunctionMemo& memo = op.worker.state().builtin_memo(info.id);
    Each([&](const Cell* x, Value* r) {
      const Value key{x[0]};
      const uint64_t hash = FunctionMemo::Hash({&key, 1});
      if (memo.Find(hash, {&key, 1}, r)) return true;
      if (!f(x, r)) return false;
      memo.Keep(hash, {&key, 1}, *r);
      op.worker.AddBytes(2 * sizeof(Value));
      return true;
    });
  }

  /// The same where f always has an answer, a bool, an int, a text ….
  template <typename F>
  void EachBool(const F& f) const {
    Each([&](const Cell* x, Value* r) { return *r = {f(x) ? Cell{1} : Cell{0}}, true; });
  }
  template <typename F>
  void EachText(const F& f) const {
    Each([&](const Cell* x, Value* r) { return *r = {op.worker.Intern(f(x))}, true; });
  }
  /// f gives a std::optional of something that Put turns into a value; nothing: no answer.
  template <typename F>
  void EachOptional(const F& f) const {
    Each([&](const Cell* x, Value* r) {
      auto result = f(x);
      if (!result) return false;
      *r = Put(*result);
      return true;
    });
  }

  Value Put(bool value) const { return {value ? Cell{1} : Cell{0}}; }
  Value Put(int64_t value) const { return {IntToCell(value)}; }
  Value Put(double value) const { return {FloatToCell(value)}; }
  Value Put(std::string_view value) const { return {op.worker.Intern(value)}; }
  Value Put(const std::string& value) const { return {op.worker.Intern(value)}; }
  Value Put(const Value& value) const { return value; }
  Value Put(IpSet value) const { return {op.worker.MakeIpSet(std::move(value))}; }
  Value Put(PortSet value) const { return {op.worker.MakePortSet(std::move(value))}; }
  Value Put(const Cidr& value) const { return {op.worker.nets().Intern(value)}; }
  Value Put(const Ip& value) const { return {op.worker.nets().Intern(value)}; }
  /// A list of texts.
  template <typename Text>
  Value PutTexts(const std::vector<Text>& texts) const {
    std::vector<Cell> cells;
    cells.reserve(texts.size());
    for (const auto& text : texts) cells.push_back(op.worker.Intern(text));
    return {op.worker.MakeList(cells)};
  }
};

// Each family: whether it knows the function; then dst is written.
bool BuiltinNumbers(const BuiltinCall& call);
bool BuiltinText(const BuiltinCall& call);
bool BuiltinCollections(const BuiltinCall& call);
bool BuiltinNetwork(const BuiltinCall& call);
bool BuiltinTime(const BuiltinCall& call);
bool BuiltinIam(const BuiltinCall& call);

}  // namespace bylaw
