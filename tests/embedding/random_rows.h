// RandomRows: rows for the tables of a program, and changes of them: values of every type of field, references to each other and to the outside, fields that are not given, null, or unknown.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "runtime/engine.h"

namespace bylaw::testing {

class RandomRows {
 public:
  /// Precondition: `policies` outlive this.
  RandomRows(const PolicySet& policies, uint64_t seed);

  /// About `num_rows` rows of `num_models` models that the policies read, chosen at random.
  std::vector<ResourceRow> Make(size_t num_models, size_t num_rows);
  /// Other values for some fields of one of `rows`, which are changed with it: what With is given.
  ResourceRow Change(std::vector<ResourceRow>* rows);

 private:
  struct Fields {
    std::vector<std::pair<std::string, std::string>> values, unknown;  ///< name, JSON
  };

  Fields MakeFields(TableId table, const std::string& address, bool with_key, uint32_t percent);
  std::string Value(TypeId type, uint32_t depth);
  std::string Key(const std::vector<TableId>& tables);
  uint32_t Below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }
  template <typename T>
  const T& OneOf(const std::vector<T>& list) {
    return list[Below(static_cast<uint32_t>(list.size()))];
  }

  const Program& program_;
  std::mt19937_64 random_;
  std::vector<TableId> tables_;  ///< chosen
  std::vector<std::pair<TableId, std::string>> keys_;
  std::vector<std::string> texts_;  ///< that the program compares with
  std::vector<Fields> given_;       ///< beside the rows
};

}  // namespace bylaw::testing
