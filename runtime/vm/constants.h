// Constants and parameters as values of an evaluation: text becomes ids of its pools, lists and sets become objects.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/vm/worker.h"

namespace bylaw {

/// Puts a map together: entries in canonical order of their keys, the last of equal keys wins.
class MapBuilder {
 public:
  MapBuilder(const EvaluationState& state, TypeId key_type);
  void Add(Cell key, const Value& value);
  Cell Finish(Worker& worker);

 private:
  struct Entry {
    Cell key;
    Value value;
  };
  int Compare(Cell a, Cell b) const;

  const EvaluationState& state_;
  TypeId key_type_;
  std::vector<Entry> entries_;
};

/// The value of one of the program's constants; unknown if it cannot be read. Called under the lock of EvaluationState::constant.
Value MakeConstant(EvaluationState& state, uint32_t index);

/// `text` as a value of `type`, as command lines write it: plain for scalars, JSON for the rest.
Result<Value> ReadValue(EvaluationState& state, TypeId type, std::string_view text);

}  // namespace bylaw
