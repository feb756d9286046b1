// MappingVm: runs the mappings' functions with the VM while a snapshot is being built.
#pragma once

#include <chrono>

#include "runtime/bytecode/program.h"
#include "runtime/import/import.h"
#include "runtime/import/mapping_evaluator.h"

namespace bylaw {

/// Thread safety: one call at a time. Precondition: the program is verified and outlives this.
class MappingVm : public MappingEvaluator {
 public:
  /// `options`: of the import, whose time budget and cancellation are these functions', too, and which outlive this. The time counts from now.
  MappingVm(const Program& program, const ImportOptions& options) : program_(program), options_(options) {}

  void Evaluate(uint32_t function, uint32_t num_rows, std::span<const MappingColumn> arguments,
                const MappingContext& context, MappingColumn* result) override;

 private:
  const Program& program_;
  const ImportOptions& options_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace bylaw
