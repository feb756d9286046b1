// MappingVm: runs the mappings' functions with the VM while a snapshot is being built.
#pragma once

#include "runtime/bytecode/program.h"
#include "runtime/import/mapping_evaluator.h"

namespace bylaw {

/// Thread safety: one call at a time. Precondition: the program is verified and outlives this.
class MappingVm : public MappingEvaluator {
 public:
  explicit MappingVm(const Program& program) : program_(program) {}

  void Evaluate(uint32_t function, uint32_t num_rows, std::span<const MappingColumn> arguments, const MappingContext& context,
                MappingColumn* result) override;

 private:
  const Program& program_;
};

}  // namespace bylaw
