// Built-in functions: policy documents and ARNs; and documents as cells.
#include "runtime/builtins/iam.h"
#include "runtime/snapshot/json_tree.h"
#include "runtime/vm/builtin_call.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/convert.h"
#include "runtime/vm/documents.h"

namespace bylaw {

namespace {

const IamDocument& Document(Cell cell) { return *CellToObject<IamDocument>(cell); }

Value Keep(Worker& worker, IamDocument document) {
  return {ObjectToCell(worker.state().heap->Keep(std::move(document)))};
}

Value FromTri(Tri tri) {
  return {tri == Tri::kTrue ? Cell{1} : Cell{0}, tri == Tri::kUnknown ? State::kUnknown : State::kKnown};
}

Value Texts(const BuiltinCall& call, const IamTexts& texts) {
  std::vector<Cell> cells;
  for (const std::string& text : texts.known) cells.push_back(call.worker().Intern(text));
  // Sorted texts are in the canonical order of strings; what is unknown of a set comes last.
  std::vector<State> states(cells.size(), State::kKnown);
  if (texts.has_unknown) {
    cells.push_back(0);
    states.push_back(State::kUnknown);
  }
  return {call.worker().MakeList(cells, states)};
}

/// A list of documents, each of one statement; `keeps` gives a Tri.
template <typename Keeps>
Value StatementList(const BuiltinCall& call, const IamDocument& document, const Keeps& keeps) {
  std::vector<Cell> cells;
  std::vector<State> states;
  for (const IamStatement& statement : document.statements) {
    const Tri kept = keeps(statement);
    if (kept == Tri::kFalse) continue;
    const bool is_known = kept == Tri::kTrue && !statement.is_possible;
    cells.push_back(
        is_known ? Keep(call.worker(), IamDocument{{statement}, document.is_partial, document.unknown_cause}).cell : 0);
    states.push_back(is_known ? State::kKnown : State::kUnknown);
  }
  return {call.worker().MakeList(cells, states)};
}

/// Traced runs: what is unknown of a result because a known document is partial has the cause of where the document is from, else the document's own.
void TracePartial(const BuiltinCall& call) {
  if (!call.op.traced() || call.num_arguments() == 0 || call.type(0).kind != TypeKind::kIamDocument) return;
  const TypeKind kind = call.state().program.types[call.result_type()].kind;
  Evidence& evidence = call.worker().evidence();
  Vector& out = call.op.dst();
  for (uint32_t lane = 0; lane < call.op.num_lanes(); ++lane) {
    if (!call.argument(0).is_known(lane)) continue;
    const IamDocument& document = Document(call.argument(0).cells[lane]);
    const bool is_collection = (kind == TypeKind::kList || kind == TypeKind::kSet) && out.is_known(lane);
    if (!document.is_partial || (is_collection ? call.list(out.cells[lane]).all_known : out.is_known(lane))) continue;
    EvidenceId trace = call.argument(0).trace(lane);
    if (evidence.Explain(trace, 1).causes.empty())
      trace = evidence.Merge(trace, evidence.AddCause({call.state().cause(document.unknown_cause)}));
    out.SetTrace(lane, trace);
  }
}

template <typename F>
void ArnPart(const BuiltinCall& call, const F& part) {
  call.Each([&](const Cell* x, Value* result) {
    std::optional<Arn> arn = ParseArn(call.text(x[0]));
    if (!arn) return false;
    *result = call.Put(part(*arn));
    return true;
  });
}

}  // namespace

Value ReadDocument(Worker& worker, std::string_view text, CauseId unknown_cause) {
  Result<IamDocument> document = ParseIamDocument(text);
  if (!document.ok()) return {0, State::kUnknown};
  document->unknown_cause = unknown_cause;
  return Keep(worker, std::move(document).value());
}

Value ReadDocument(Worker& worker, const JsonNode& node) {
  if (node.kind == JsonNodeKind::kString) return ReadDocument(worker, node.text);
  std::string text;
  const JsonNode* unknown = nullptr;
  AppendPartialJson(node, &text, &unknown);
  return ReadDocument(worker, text, unknown == nullptr ? 0 : unknown->cause);
}

Tri EqualDocuments(Cell a, Cell b) {
  if (a == b) return Tri::kTrue;
  if (Document(a).is_partial || Document(b).is_partial) return Tri::kUnknown;
  return CompareDocuments(a, b) == 0 ? Tri::kTrue : Tri::kFalse;
}

int CompareDocuments(Cell a, Cell b) {
  if (a == b || Document(a) == Document(b)) return 0;
  std::string x = ToJson(Document(a)), y = ToJson(Document(b));
  return x < y ? -1 : y < x ? 1 : 0;
}

namespace {

bool Answer(const BuiltinCall& call) {
  auto tri = [&](auto function) {
    call.Each([&](const Cell* x, Value* r) { return *r = FromTri(function(Document(x[0]))), true; });
  };
  auto texts = [&](auto function) {
    call.EachKept([&](const Cell* x, Value* r) { return *r = Texts(call, function(Document(x[0]))), true; });
  };
  switch (call.info.id) {
    case FunctionId::kPolicyDocument:
      call.EachKept([&](const Cell* x, Value* r) {
        return *r = ReadDocument(call.worker(), call.text(x[0])), r->state == State::kKnown;
      });
      return true;
    case FunctionId::kPolicyDocumentJson:
      call.Each([&](const Cell* x, Value* r) {
        return *r = ReadDocument(call.worker(), *CellToObject<JsonNode>(x[0])), r->state == State::kKnown;
      });
      return true;
    case FunctionId::kMergePolicies:
      call.Each([&](const Cell* x, Value* r) {
        const ListObject& list = call.list(x[0]);
        std::vector<const IamDocument*> documents;
        for (uint32_t i = 0; i < list.size; ++i) {
          if (list.state(i) == State::kKnown) documents.push_back(&Document(list.cells[i]));
        }
        Result<IamDocument> merged = MergeIamDocuments(documents);
        if (!merged.ok()) return false;
        return *r = Keep(call.worker(), std::move(merged).value()), true;
      });
      return true;
    case FunctionId::kStatements:
      call.EachKept([&](const Cell* x, Value* r) {
        return *r = StatementList(call, Document(x[0]), [](const IamStatement&) { return Tri::kTrue; }), true;
      });
      return true;
    case FunctionId::kPublicStatements:
      call.EachKept([&](const Cell* x, Value* r) {
        return *r = StatementList(call, Document(x[0]),
                                  [](const IamStatement& statement) { return GrantsPublic(statement); }),
               true;
      });
      return true;
    case FunctionId::kStatementSid:
      call.Each([&](const Cell* x, Value* r) {
        std::optional<std::string> sid = StatementSid(Document(x[0]));
        *r = !sid ? Value{0, State::kUnknown} : sid->empty() ? Value{0, State::kAbsent} : call.Put(*sid);
        return true;
      });
      return true;
    case FunctionId::kStatementEffect:
      call.Each([&](const Cell* x, Value* r) {
        std::optional<bool> allow = StatementIsAllow(Document(x[0]));
        if (!allow) return false;
        return *r = call.Put(std::string_view(*allow ? "Allow" : "Deny")), true;
      });
      return true;
    case FunctionId::kStatementActions:
      texts([](const IamDocument& d) { return StatementActions(d, false); });
      return true;
    case FunctionId::kStatementNotActions:
      texts([](const IamDocument& d) { return StatementActions(d, true); });
      return true;
    case FunctionId::kStatementResources:
      texts([](const IamDocument& d) { return StatementResources(d, false); });
      return true;
    case FunctionId::kStatementNotResources:
      texts([](const IamDocument& d) { return StatementResources(d, true); });
      return true;
    case FunctionId::kStatementPrincipals:
      texts([](const IamDocument& d) { return StatementPrincipals(d, false); });
      return true;
    case FunctionId::kStatementPrincipalsOfKind:
      call.Each([&](const Cell* x, Value* r) {
        return *r = Texts(call, StatementPrincipalsOfKind(Document(x[0]), call.text(x[1]))), true;
      });
      return true;
    case FunctionId::kStatementNotPrincipals:
      texts([](const IamDocument& d) { return StatementPrincipals(d, true); });
      return true;
    case FunctionId::kStatementConditionKeys:
      texts([](const IamDocument& d) { return StatementConditionKeys(d); });
      return true;
    case FunctionId::kStatementConditions:
      texts([](const IamDocument& d) { return StatementConditions(d); });
      return true;
    case FunctionId::kConditionValues:
      call.Each([&](const Cell* x, Value* r) {
        return *r = Texts(call, ConditionValues(Document(x[0]), call.text(x[1]), call.text(x[2]))), true;
      });
      return true;
    case FunctionId::kTrustedAccounts: texts([](const IamDocument& d) { return TrustedAccounts(d); }); return true;
    case FunctionId::kIsPublicPrincipal: tri([](const IamDocument& d) { return IsPublicPrincipal(d); }); return true;
    case FunctionId::kConditionRestricts:
      call.Each([&](const Cell* x, Value* r) {
        const ListObject& list = call.list(x[1]);
        std::vector<std::string_view> keys;
        for (uint32_t i = 0; i < list.size; ++i) {
          if (list.state(i) == State::kKnown) keys.push_back(call.text(list.cells[i]));
        }
        return *r = FromTri(ConditionRestricts(Document(x[0]), keys)), true;
      });
      return true;
    case FunctionId::kGrantsAdmin: tri([](const IamDocument& d) { return GrantsAdmin(d); }); return true;
    case FunctionId::kGrantsPublic: tri([](const IamDocument& d) { return GrantsPublic(d); }); return true;
    case FunctionId::kAllows:
      call.Each([&](const Cell* x, Value* r) {
        constexpr std::string_view kTexts[] = {"no", "yes", "conditional"};
        const std::optional<IamDecision> decision = Allows(Document(x[0]), call.text(x[1]), call.text(x[2]));
        *r = decision ? call.Put(kTexts[static_cast<size_t>(*decision)]) : Value{0, State::kUnknown};
        return true;
      });
      return true;
    case FunctionId::kActionsMatch:
      call.EachBool([&](const Cell* x) {
        return call.worker().MatchesAction(static_cast<StringId>(x[0]), static_cast<StringId>(x[1]));
      });
      return true;
    case FunctionId::kArnMatches:
      call.EachBool([&](const Cell* x) { return ArnMatches(call.text(x[0]), call.text(x[1])); });
      return true;
    case FunctionId::kAccountOf:
      call.Each([&](const Cell* x, Value* r) {
        std::optional<std::string_view> account = AccountOf(call.text(x[0]));
        if (!account) return false;
        return *r = account->empty() ? Value{0, State::kAbsent} : call.Put(*account), true;
      });
      return true;
    case FunctionId::kRegionOf:
      call.Each([&](const Cell* x, Value* r) {
        std::optional<Arn> arn = ParseArn(call.text(x[0]));
        if (!arn) return false;
        return *r = arn->region.empty() ? Value{0, State::kAbsent} : call.Put(arn->region), true;
      });
      return true;
    case FunctionId::kPartitionOf: ArnPart(call, [](const Arn& arn) { return arn.partition; }); return true;
    case FunctionId::kServiceOf: ArnPart(call, [](const Arn& arn) { return arn.service; }); return true;
    case FunctionId::kResourceOf: ArnPart(call, [](const Arn& arn) { return arn.resource; }); return true;
    default: return false;
  }
}

}  // namespace

bool BuiltinIam(const BuiltinCall& call) {
  if (!Answer(call)) return false;
  TracePartial(call);
  return true;
}

}  // namespace bylaw
