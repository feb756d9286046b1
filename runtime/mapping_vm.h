// MappingVm: runs the mappings' functions with the VM while a snapshot is being built.
#pragma once

#include "runtime/base/observations.h"
#include "runtime/bytecode/program.h"
#include "runtime/import/mapping_evaluator.h"

namespace bylaw {

/// Thread safety: one call at a time. Precondition: the program is verified and outlives this.
class MappingVm : public MappingEvaluator {
 public:
  /// What conditions come to is noted in `observations`, if there are any.
  explicit MappingVm(const Program& program, Observations* observations = nullptr) : program_(program), observations_(observations) {}

  void Evaluate(uint32_t function, uint32_t num_rows, std::span<const MappingColumn> arguments, const MappingContext& context,
                MappingColumn* result) override;

 private:
  const Program& program_;
  Observations* const observations_;
};

}  // namespace bylaw
