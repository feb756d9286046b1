// Recursive defines. Defines that call each other form a strongly connected component (Tarjan); one that holds a cycle
// is a set of relations, computed together as a least fixpoint. For that to exist, a call within its own component may
// stand only where more tuples can never make the whole false: under `and`, `or`, the `where` of an `exists`, and the
// branches of an `if`. Strata number the components so that what a component calls lies below it.

#include "compiler/check/checker.h"

namespace bylaw::compiler {

namespace {

struct CallSite {
  const Define* callee;
  Span span;
  const char* obstacle;  // what it stands under that is not monotone, or null
  Span obstacle_span;
};

// All calls of an expression, each with the outermost thing above it that more tuples could turn over.
class CallCollector {
 public:
  std::vector<CallSite> calls;

  void Collect(const Expr& expr, const char* obstacle, Span obstacle_span) {
    auto visit = [&](const ExprPtr& part, const char* reason) {
      if (part == nullptr) return;
      if (obstacle == nullptr && reason != nullptr)
        Collect(*part, reason, expr.span);
      else
        Collect(*part, obstacle, obstacle_span);
    };
    switch (expr.kind) {
      case ExprKind::kCall:
        calls.push_back({expr.define, expr.span, obstacle, obstacle_span});
        for (const ExprPtr& operand : expr.operands) visit(operand, "an argument");
        return;
      case ExprKind::kAnd:
      case ExprKind::kOr:
      case ExprKind::kNarrow:
        for (const ExprPtr& operand : expr.operands) visit(operand, nullptr);
        return;
      case ExprKind::kVariable:
        if (expr.variable->let_value == nullptr) return;
        if (seen_lets_[obstacle != nullptr].insert(expr.variable).second)
          Collect(*expr.variable->let_value, obstacle, obstacle_span);
        return;
      case ExprKind::kNot: visit(expr.operands[0], "a negation"); return;
      case ExprKind::kIf:
        visit(expr.operands[0], "a condition of `if`");
        visit(expr.operands[1], nullptr);
        visit(expr.operands[2], nullptr);
        return;
      case ExprKind::kEqual:
        for (const ExprPtr& operand : expr.operands) visit(operand, "a comparison");
        return;
      case ExprKind::kQuery: {
        const TypedQuery& query = *expr.query;
        const char* reason = query.kind == QueryKind::kExists ? nullptr : "an aggregation";
        for (const QueryGenerator& generator : query.generators)
          visit(generator.collection, "the collection of a query");
        visit(query.where, reason);
        visit(query.value, "an aggregation");
        visit(query.key, "an aggregation");
        visit(query.order, "an aggregation");
        return;
      }
      default:
        for (const ExprPtr& operand : expr.operands) visit(operand, "an operation on its result");
    }
  }

 private:
  std::unordered_set<const Variable*> seen_lets_[2];
};

}  // namespace

void Checker::OrderDefines() {
  const size_t count = program_->defines.size();
  std::vector<std::vector<CallSite>> calls(count);
  for (size_t i = 0; i < count; ++i) {
    const Define& define = program_->defines[i];
    CallCollector collector;
    if (define.body != nullptr) collector.Collect(*define.body, nullptr, {});
    calls[i] = std::move(collector.calls);
    // A `let` that the body does not name can still close a cycle.
    CallCollector lets;
    for (const auto& [variable, value] : define.lets) lets.Collect(*value, nullptr, {});
    for (CallSite& call : lets.calls) {
      const bool known =
          std::any_of(calls[i].begin(), calls[i].end(), [&](const CallSite& other) { return other.span == call.span; });
      if (!known) calls[i].push_back(call);
    }
  }

  // Tarjan, without recursion: callees come out before their callers.
  constexpr uint32_t kUnseen = UINT32_MAX;
  std::vector<uint32_t> order(count, kUnseen), low(count, 0), component(count, kUnseen);
  std::vector<uint32_t> stack;
  std::vector<std::vector<uint32_t>> components;
  uint32_t next_order = 0;
  struct Frame {
    uint32_t define;
    size_t next;
  };
  for (uint32_t root = 0; root < count; ++root) {
    if (order[root] != kUnseen) continue;
    std::vector<Frame> frames = {{root, 0}};
    order[root] = low[root] = next_order++;
    stack.push_back(root);
    while (!frames.empty()) {
      const uint32_t define = frames.back().define;
      if (frames.back().next < calls[define].size()) {
        const uint32_t callee = calls[define][frames.back().next++].callee->index;
        if (order[callee] == kUnseen) {
          order[callee] = low[callee] = next_order++;
          stack.push_back(callee);
          frames.push_back({callee, 0});
        } else if (component[callee] == kUnseen) {
          low[define] = std::min(low[define], order[callee]);
        }
        continue;
      }
      frames.pop_back();
      if (!frames.empty()) low[frames.back().define] = std::min(low[frames.back().define], low[define]);
      if (low[define] != order[define]) continue;
      std::vector<uint32_t>& members = components.emplace_back();
      uint32_t member;
      do {
        member = stack.back();
        stack.pop_back();
        component[member] = static_cast<uint32_t>(components.size() - 1);
        members.push_back(member);
      } while (member != define);
    }
  }

  // The shortest way from one define to another inside a component, as calls.
  auto path = [&](uint32_t from, uint32_t to) {
    std::vector<std::pair<uint32_t, const CallSite*>> reached_by(count, {kUnseen, nullptr});
    std::vector<uint32_t> queue = {from};
    for (size_t head = 0; head < queue.size(); ++head) {
      for (const CallSite& call : calls[queue[head]]) {
        const uint32_t callee = call.callee->index;
        if (component[callee] != component[from] || reached_by[callee].second != nullptr) continue;
        reached_by[callee] = {queue[head], &call};
        queue.push_back(callee);
      }
    }
    std::vector<const CallSite*> hops;
    for (uint32_t at = to; reached_by[at].second != nullptr;) {
      hops.push_back(reached_by[at].second);
      at = reached_by[at].first;
      if (at == from) break;
    }
    std::reverse(hops.begin(), hops.end());
    return hops;
  };

  uint32_t stratum = 0;
  for (uint32_t index = 0; index < components.size(); ++index) {
    const std::vector<uint32_t>& members = components[index];
    const bool recursive =
        members.size() > 1 || std::any_of(calls[members[0]].begin(), calls[members[0]].end(),
                                          [&](const CallSite& call) { return call.callee->index == members[0]; });
    if (!recursive) continue;
    for (const uint32_t member : members) {
      Define& define = program_->defines[member];
      define.recursive = true;
      define.stratum = stratum;
      const bool over_references = std::all_of(define.params.begin(), define.params.end(), [](const Variable* param) {
        return param->type == nullptr || (param->type->kind == TypeKind::kRef && !param->type->optional);
      });
      const bool is_bool = define.result == nullptr || define.result == bool_;
      if (!is_bool || !over_references || define.params.empty()) {
        Diagnostic& diagnostic =
            Report(Code::kRecursionNotBool, define.span,
                   "`" + define.name + "` is recursive, and " +
                       (!is_bool                ? "its result is `" + define.result->ToString() + "`"
                        : define.params.empty() ? "has no argument"
                                                : "not all its arguments are references to models"));
        for (const CallSite* hop : path(member, member))
          diagnostic.Also(hop->span, "`" + hop->callee->name + "` is called here");
        diagnostic.Hint(
            "a recursive define is a relation between rows: its result is `bool` and its arguments are models");
      }
      for (const CallSite& call : calls[member]) {
        if (call.obstacle == nullptr || component[call.callee->index] != index) continue;
        Diagnostic& diagnostic =
            Report(Code::kRecursionNotMonotone, call.span,
                   "`" + define.name + "` depends on itself through " + std::string(call.obstacle));
        diagnostic.Labelled("this call leads back to `" + define.name + "`")
            .Also(call.obstacle_span, std::string(call.obstacle) + " stands between");
        if (call.callee != &define) {
          for (const CallSite* hop : path(call.callee->index, member))
            diagnostic.Also(hop->span, "which calls `" + hop->callee->name + "` here");
        }
        diagnostic.Hint("what holds would then have to hold and not hold at once; take the " +
                        std::string(call.obstacle == std::string_view("a negation") ? "negation" : "operation") +
                        " out of the recursion, into the rule or a define of its own");
      }
    }
    ++stratum;
  }
}

}  // namespace bylaw::compiler
