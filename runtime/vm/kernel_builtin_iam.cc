// Built-in functions: policy documents and ARNs; and documents as cells.
#include "runtime/builtins/iam.h"

#include "runtime/vm/builtin_call.h"
#include "runtime/vm/canonical_order.h"
#include "runtime/vm/convert.h"
#include "runtime/vm/documents.h"

namespace bylaw {

namespace {

const IamDocument& Document(Cell cell) { return *CellToObject<IamDocument>(cell); }

Value Keep(Worker& worker, IamDocument document) { return {ObjectToCell(worker.state().heap->Keep(std::move(document)))}; }

Value Texts(const BuiltinCall& call, const std::vector<std::string>& texts) {
  std::vector<Cell> cells;
  std::vector<State> states;
  for (const std::string& text : texts) cells.push_back(call.worker().Intern(text));
  // Sorted texts are in the canonical order of strings.
  return {call.worker().MakeList(cells, states)};
}

/// A list of documents, each of one statement.
template <typename Keeps>
Value StatementList(const BuiltinCall& call, const IamDocument& document, const Keeps& keeps) {
  std::vector<Cell> cells;
  for (const IamStatement& statement : document.statements) {
    if (keeps(statement)) cells.push_back(Keep(call.worker(), IamDocument{{statement}}).cell);
  }
  return {call.worker().MakeList(cells)};
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

Value ReadDocument(Worker& worker, std::string_view text) {
  Result<IamDocument> document = ParseIamDocument(text);
  if (!document.ok()) return {0, State::kUnknown};
  return Keep(worker, std::move(document).value());
}

Value ReadDocument(Worker& worker, const JsonNode& node) {
  return node.kind == JsonNodeKind::kString ? ReadDocument(worker, node.text) : ReadDocument(worker, JsonToText(node));
}

int CompareDocuments(Cell a, Cell b) {
  if (a == b || Document(a) == Document(b)) return 0;
  std::string x = ToJson(Document(a)), y = ToJson(Document(b));
  return x < y ? -1 : y < x ? 1 : 0;
}

bool BuiltinIam(const BuiltinCall& call) {
  auto texts = [&](auto function) { call.Each([&](const Cell* x, Value* r) { return *r = Texts(call, function(Document(x[0]))), true; }); };
  switch (call.info.id) {
    case FunctionId::kPolicyDocument:
      call.Each([&](const Cell* x, Value* r) { return *r = ReadDocument(call.worker(), call.text(x[0])), r->state == State::kKnown; });
      return true;
    case FunctionId::kPolicyDocumentJson:
      call.Each([&](const Cell* x, Value* r) { return *r = ReadDocument(call.worker(), *CellToObject<JsonNode>(x[0])), r->state == State::kKnown; });
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
      call.Each([&](const Cell* x, Value* r) { return *r = StatementList(call, Document(x[0]), [](const IamStatement&) { return true; }), true; });
      return true;
    case FunctionId::kPublicStatements:
      call.Each([&](const Cell* x, Value* r) {
        return *r = StatementList(call, Document(x[0]), [](const IamStatement& statement) { return GrantsPublic(statement); }), true;
      });
      return true;
    case FunctionId::kStatementSid:
      call.Each([&](const Cell* x, Value* r) {
        std::optional<std::string> sid = StatementSid(Document(x[0]));
        return *r = sid ? call.Put(*sid) : Value{0, State::kAbsent}, true;
      });
      return true;
    case FunctionId::kStatementEffect:
      call.Each([&](const Cell* x, Value* r) {
        std::optional<bool> allow = StatementIsAllow(Document(x[0]));
        if (!allow) return false;
        return *r = call.Put(std::string_view(*allow ? "Allow" : "Deny")), true;
      });
      return true;
    case FunctionId::kStatementActions: texts([](const IamDocument& d) { return StatementActions(d, false); }); return true;
    case FunctionId::kStatementNotActions: texts([](const IamDocument& d) { return StatementActions(d, true); }); return true;
    case FunctionId::kStatementResources: texts([](const IamDocument& d) { return StatementResources(d, false); }); return true;
    case FunctionId::kStatementNotResources: texts([](const IamDocument& d) { return StatementResources(d, true); }); return true;
    case FunctionId::kStatementPrincipals: texts([](const IamDocument& d) { return StatementPrincipals(d, false); }); return true;
    case FunctionId::kStatementNotPrincipals: texts([](const IamDocument& d) { return StatementPrincipals(d, true); }); return true;
    case FunctionId::kStatementConditionKeys: texts([](const IamDocument& d) { return StatementConditionKeys(d); }); return true;
    case FunctionId::kStatementConditions: texts([](const IamDocument& d) { return StatementConditions(d); }); return true;
    case FunctionId::kConditionValues:
      call.Each([&](const Cell* x, Value* r) { return *r = Texts(call, ConditionValues(Document(x[0]), call.text(x[1]), call.text(x[2]))), true; });
      return true;
    case FunctionId::kTrustedAccounts: texts([](const IamDocument& d) { return TrustedAccounts(d); }); return true;
    case FunctionId::kIsPublicPrincipal: call.EachBool([](const Cell* x) { return IsPublicPrincipal(Document(x[0])); }); return true;
    case FunctionId::kConditionRestricts:
      call.EachBool([&](const Cell* x) {
        const ListObject& list = call.list(x[1]);
        std::vector<std::string_view> keys;
        for (uint32_t i = 0; i < list.size; ++i) {
          if (list.state(i) == State::kKnown) keys.push_back(call.text(list.cells[i]));
        }
        return ConditionRestricts(Document(x[0]), keys);
      });
      return true;
    case FunctionId::kGrantsAdmin: call.EachBool([](const Cell* x) { return GrantsAdmin(Document(x[0])); }); return true;
    case FunctionId::kGrantsPublic: call.EachBool([](const Cell* x) { return GrantsPublic(Document(x[0])); }); return true;
    case FunctionId::kAllows:
      call.EachText([&](const Cell* x) -> std::string_view {
        switch (Allows(Document(x[0]), call.text(x[1]), call.text(x[2]))) {
          case IamDecision::kYes: return "yes";
          case IamDecision::kConditional: return "conditional";
          default: return "no";
        }
      });
      return true;
    case FunctionId::kActionsMatch: call.EachBool([&](const Cell* x) { return ActionMatches(call.text(x[0]), call.text(x[1])); }); return true;
    case FunctionId::kArnMatches: call.EachBool([&](const Cell* x) { return ArnMatches(call.text(x[0]), call.text(x[1])); }); return true;
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

}  // namespace bylaw
