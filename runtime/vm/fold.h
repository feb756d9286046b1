// QueryFold: folds the members of a query, lane by lane, into the value that its kind says.
//
// Members come in order; each is certain, possible or a phantom (which makes the lane open). See docs/language.md, "What a query means".
#pragma once

#include <memory>
#include <vector>

#include "runtime/vm/pipeline.h"

namespace bylaw {

class QueryFold : public PipelineSink {
 public:
  QueryFold(Worker& worker, const Query& query, uint32_t num_roots)
      : worker_(worker), query_(query), num_roots_(num_roots) {}

  /// The value of each root, once all members have come.
  virtual Vector Finish() = 0;

  /// The fold of the query's kind.
  static std::unique_ptr<QueryFold> Make(Worker& worker, const Query& query, uint32_t num_roots);

 protected:
  const EvaluationState& state() const { return worker_.state(); }
  const Vector& value(const Batch& members) const { return members.frame->registers[query_.value]; }
  TypeId value_type() const { return query_.stages.back().block.registers[query_.value]; }
  TypeKind value_kind() const { return worker_.program().types[value_type()].kind; }
  EvidenceId trace(const Batch& members, size_t i) const { return members.traces.empty() ? 0 : members.traces[i]; }

  Worker& worker_;
  const Query& query_;
  uint32_t num_roots_;
};

}  // namespace bylaw
