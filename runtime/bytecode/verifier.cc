#include "runtime/bytecode/verifier.h"

#include <algorithm>
#include <span>

#include "runtime/builtins/functions.h"
#include "runtime/bytecode/opcode_info.h"
#include "runtime/bytecode/verifier_declarations.h"

namespace bylaw {

using namespace verifier;

namespace {

/// What is known of the registers of one frame at a point of its block.
struct FrameState {
  const std::vector<TypeId>* types = nullptr;
  std::vector<bool> written;
};

class Verifier : private DeclarationVerifier {
 public:
  explicit Verifier(const Program& program) : DeclarationVerifier(program) {}

  void Run() {
    CheckDeclarations();
    query_used_.resize(p_.queries.size());
    lazy_used_.resize(p_.lazy_blocks.size());
    function_stratum_.resize(p_.functions.size(), -1);
    function_depth_.resize(p_.functions.size(), 0);
    for (size_t i = 0; i < p_.relations.size(); ++i) {
      for (TypeId type : p_.relations[i].arguments) Kind(type, TypeKind::kRef);
      if (p_.relations[i].arguments.empty()) Fail("relation {}: it has no argument", i);
    }
    for (size_t i = 0; i < p_.functions.size(); ++i)
      Within([&] { return fmt::format("function {}", i); }, [&] { CheckFunction(static_cast<uint32_t>(i)); });
    for (size_t i = 0; i < p_.relations.size(); ++i)
      Within([&] { return fmt::format("relation {}", i); }, [&] { CheckRelation(p_.relations[i]); });
    for (size_t i = 0; i < p_.rules.size(); ++i)
      Within([&] { return fmt::format("rule {}", i); }, [&] { CheckRule(p_.rules[i]); });
    for (size_t i = 0; i < p_.waivers.size(); ++i)
      Within([&] { return fmt::format("waiver {}", i); }, [&] { CheckWaiver(p_.waivers[i]); });
    for (size_t i = 0; i < p_.tables.size(); ++i)
      Within([&] { return fmt::format("table {}", i); }, [&] { CheckMappings(p_.tables[i]); });
  }

 private:
  FrameState Enter(const Block& block) const {
    for (TypeId type : block.registers) Type(type);
    if (block.num_inputs > block.registers.size())
      Fail("{} inputs in {} registers", block.num_inputs, block.registers.size());
    FrameState state{&block.registers, std::vector<bool>(block.registers.size(), false)};
    std::fill_n(state.written.begin(), block.num_inputs, true);
    return state;
  }

  TypeId Read(const FrameState& frame, Register r) const {
    if (r >= frame.types->size()) Fail("register {} is out of range ({} there)", r, frame.types->size());
    if (!frame.written[r]) Fail("register {} is read before it is written", r);
    return (*frame.types)[r];
  }
  void Write(FrameState& frame, Register r) const {
    if (r >= frame.types->size()) Fail("register {} is out of range ({} there)", r, frame.types->size());
    if (frame.written[r]) Fail("register {} is written twice", r);
    frame.written[r] = true;
  }
  void ReadKind(const FrameState& frame, Register r, TypeKind kind) const { Kind(Read(frame, r), kind); }

  void NeedOperand(const OperandType& need, TypeId have, TypeId dst, TypeId a, const char* what) const {
    const TypeKind kind = Type(have).kind;
    bool fits = true;
    switch (need.operand_class) {
      case OperandClass::kKind: fits = kind == need.kind; break;
      case OperandClass::kAny: break;
      case OperandClass::kSame: fits = Compatible(have, dst); break;
      case OperandClass::kSameA: fits = Compatible(have, a); break;
      case OperandClass::kObj: fits = IsObject(kind); break;
      case OperandClass::kCell: fits = !IsObject(kind) && kind != TypeKind::kFloat; break;
      case OperandClass::kTicks: fits = kind == TypeKind::kTime || kind == TypeKind::kDuration; break;
    }
    if (!fits) Fail("{} has a type of kind {}, which does not fit", what, TypeKindName(kind));
  }

  /// Checks the code of a block; afterwards `frame` knows all registers that are written.
  void CheckCode(const Block& block, FrameState& frame, int depth) {
    if (depth > kMaxNesting) Fail("nesting deeper than {}", kMaxNesting);
    for (size_t i = 0; i < block.code.size(); ++i) {
      const Instruction& instruction = block.code[i];
      Within([&] { return fmt::format("instruction {} (`{}`)", i, Info(instruction.op).text); },
             [&] { CheckInstruction(instruction, frame, depth); });
    }
  }

  void CheckInstruction(const Instruction& in, FrameState& frame, int depth) {
    const OpcodeInfo& info = Info(in.op);
    SpanIndex(in.span);
    const TypeId a = info.has('A') ? Read(frame, in.a) : TypeId{0};
    const TypeId b = info.has('B') ? Read(frame, in.b) : TypeId{0};
    if (in.dst >= frame.types->size()) Fail("register {} is out of range ({} there)", in.dst, frame.types->size());
    const TypeId dst = (*frame.types)[in.dst];
    NeedOperand(info.dst, dst, dst, a, "the result");
    if (info.has('A') && !info.sources.empty()) NeedOperand(info.sources[0], a, dst, a, "the first operand");
    if (info.has('B') && info.sources.size() > 1) NeedOperand(info.sources[1], b, dst, a, "the second operand");
    switch (in.op) {
      case Opcode::kConst: NeedConstant(in.imm, dst); break;
      case Opcode::kParam:
        Index(in.imm, p_.params.size(), "param");
        NeedCompatible(p_.params[in.imm].type, dst, "the param");
        break;
      case Opcode::kLoad: {
        Index(in.imm, p_.columns.size(), "column");
        const ColumnRef& column = p_.columns[in.imm];
        NeedCompatible(p_.tables[column.table].columns[column.column].type, dst, "the column");
        break;
      }
      case Opcode::kLoadAttribute: CheckAttribute(in.imm, dst); break;
      case Opcode::kIsTable: Index(in.imm, p_.tables.size(), "table"); break;
      case Opcode::kSelect: {
        Index(in.imm, p_.register_lists.size(), "register list");
        if (p_.register_lists[in.imm].size() != 1) Fail("register list {} has not one register", in.imm);
        NeedCompatible(Read(frame, p_.register_lists[in.imm][0]), dst, "the third operand");
        NeedCompatible(b, dst, "the second operand");
        break;
      }
      case Opcode::kLazy: CheckLazy(in.imm, frame, dst, depth); break;
      case Opcode::kJsonTo:
        NeedCompatible(dst, in.imm, "the result");
        StringKeys(in.imm);
        break;
      case Opcode::kJsonGet:
        Index(in.imm, p_.constants.size(), "constant");
        Kind(p_.constants[in.imm].type, TypeKind::kString);
        break;
      case Opcode::kConcat:
        for (Register r : RegisterList(in.imm)) ReadKind(frame, r, TypeKind::kString);
        break;
      case Opcode::kMakeList:
      case Opcode::kMakeSet:
        for (Register r : RegisterList(in.imm)) NeedCompatible(Read(frame, r), Type(dst).element, "an element");
        break;
      case Opcode::kMakeMap: {
        const std::vector<Register>& list = RegisterList(in.imm);
        if (list.size() % 2 != 0) Fail("a key without a value");
        for (size_t i = 0; i < list.size(); i += 2) {
          NeedCompatible(Read(frame, list[i]), Type(dst).key, "a key");
          NeedCompatible(Read(frame, list[i + 1]), Type(dst).element, "a value");
        }
        break;
      }
      case Opcode::kIn: CheckIn(a, b); break;
      case Opcode::kGet: CheckGet(a, b, dst); break;
      case Opcode::kAddTicks:
      case Opcode::kSubTicks: CheckTicks(in.op, Type(dst).kind, Type(a).kind, Type(b).kind); break;
      case Opcode::kLtNet:
        if (Type(a).kind != TypeKind::kIp && Type(a).kind != TypeKind::kCidr)
          Fail("operands of kind {}", TypeKindName(Type(a).kind));
        break;
      case Opcode::kBuiltin: CheckBuiltin(in.imm, frame, dst); break;
      case Opcode::kCall: CheckCall(in.imm, frame, dst, depth); break;
      case Opcode::kMember: CheckMember(in.imm, frame); break;
      case Opcode::kQuery:
        Index(in.imm, p_.queries.size(), "query");
        if (query_used_[in.imm]) Fail("query {} is used twice", in.imm);
        query_used_[in.imm] = true;
        Within([&] { return fmt::format("query {}", in.imm); },
               [&] { CheckQuery(p_.queries[in.imm], frame, dst, depth + 1); });
        break;
      default: break;
    }
    Write(frame, in.dst);
  }

  const std::vector<Register>& RegisterList(uint32_t index) const {
    Index(index, p_.register_lists.size(), "register list");
    return p_.register_lists[index];
  }

  void CheckAttribute(uint32_t imm, TypeId dst) const {
    Index(imm, static_cast<size_t>(kNumAttributes), "attribute");
    const TypeKind kind = Type(dst).kind;
    switch (static_cast<Attribute>(imm)) {
      case Attribute::kLine:
        if (kind != TypeKind::kInt) Fail("attribute line as {}", TypeKindName(kind));
        break;
      case Attribute::kAccount:
      case Attribute::kRegion:
        if (kind != TypeKind::kRef && kind != TypeKind::kString) Fail("attribute {} as {}", imm, TypeKindName(kind));
        break;
      case Attribute::kTags:
        if (kind != TypeKind::kMap || Type(Type(dst).element).kind != TypeKind::kString ||
            Type(Type(dst).key).kind != TypeKind::kString)
          Fail("attribute tags as {}", TypeKindName(kind));
        break;
      default:
        if (kind != TypeKind::kString) Fail("attribute {} as {}", imm, TypeKindName(kind));
    }
  }

  static void CheckTicks(Opcode op, TypeKind dst, TypeKind a, TypeKind b) {
    constexpr TypeKind kTime = TypeKind::kTime, kDuration = TypeKind::kDuration;
    const bool fits = op == Opcode::kAddTicks
                          ? b == kDuration && dst == a
                          : (b == kDuration && dst == a) || (a == kTime && b == kTime && dst == kDuration);
    if (!fits) Fail("{} from {} and {}", TypeKindName(dst), TypeKindName(a), TypeKindName(b));
  }

  void CheckIn(TypeId a, TypeId b) const {
    switch (Type(b).kind) {
      case TypeKind::kList:
      case TypeKind::kSet: NeedCompatible(a, Type(b).element, "the first operand"); break;
      case TypeKind::kMap: NeedCompatible(a, Type(b).key, "the first operand"); break;
      default: Fail("a collection of kind {}", TypeKindName(Type(b).kind));
    }
  }

  void CheckGet(TypeId a, TypeId b, TypeId dst) const {
    const TypeKind index = Type(b).kind;
    switch (Type(a).kind) {
      case TypeKind::kList:
        if (index != TypeKind::kInt) Fail("an index of kind {}", TypeKindName(index));
        NeedCompatible(Type(a).element, dst, "the element");
        break;
      case TypeKind::kMap:
        NeedCompatible(b, Type(a).key, "the key");
        NeedCompatible(Type(a).element, dst, "the element");
        break;
      case TypeKind::kJson:
        if (index != TypeKind::kInt && index != TypeKind::kString) Fail("an index of kind {}", TypeKindName(index));
        if (Type(dst).kind != TypeKind::kJson) Fail("a result of kind {}", TypeKindName(Type(dst).kind));
        break;
      default: Fail("a collection of kind {}", TypeKindName(Type(a).kind));
    }
  }

  /// What the type variables of a signature stand for so far: the one for values (`T`, `ordered`, `printable`), and `K`.
  struct TypeVariables {
    TypeId value = kNone, key = kNone;
  };

  /// Whether a value of type `type` fits `pattern`.
  bool Fits(const TypePattern& pattern, TypeId type, TypeVariables& variables) const {
    const TypeEntry& entry = Type(type);
    using K = TypePattern::Kind;
    switch (pattern.kind) {
      case K::kBool: return entry.kind == TypeKind::kBool;
      case K::kInt: return entry.kind == TypeKind::kInt;
      case K::kFloat: return entry.kind == TypeKind::kFloat;
      case K::kEnum:
      case K::kString: return entry.kind == TypeKind::kString;
      case K::kTime: return entry.kind == TypeKind::kTime;
      case K::kDuration: return entry.kind == TypeKind::kDuration;
      case K::kCidr: return entry.kind == TypeKind::kCidr;
      case K::kIp: return entry.kind == TypeKind::kIp;
      case K::kVersion: return entry.kind == TypeKind::kVersion;
      case K::kJson: return entry.kind == TypeKind::kJson;
      case K::kIpSet: return entry.kind == TypeKind::kIpSet;
      case K::kPortSet: return entry.kind == TypeKind::kPortSet;
      case K::kIamDocument: return entry.kind == TypeKind::kIamDocument;
      case K::kList: return entry.kind == TypeKind::kList && Fits(pattern.element[0], entry.element, variables);
      case K::kSet: return entry.kind == TypeKind::kSet && Fits(pattern.element[0], entry.element, variables);
      case K::kMap:
        if (entry.kind != TypeKind::kMap || !Fits(pattern.element[0], entry.element, variables)) return false;
        return pattern.element.size() > 1 ? Fits(pattern.element[1], entry.key, variables)
                                          : Type(entry.key).kind == TypeKind::kString;
      case K::kAny:
      case K::kOrdered:
      case K::kPrintable:
      case K::kKey: {
        if (pattern.kind == K::kOrdered && !IsOrdered(entry.kind)) return false;
        TypeId& variable = pattern.kind == K::kKey ? variables.key : variables.value;
        if (variable == kNone) variable = type;
        return Compatible(type, variable);
      }
    }
    return false;
  }

  const CallSite& Site(uint32_t imm) const {
    Index(imm, p_.calls.size(), "call");
    return p_.calls[imm];
  }

  void CheckBuiltin(uint32_t imm, const FrameState& frame, TypeId dst) const {
    const CallSite& site = Site(imm);
    Index(site.callee, BuiltinFunctions().size(), "built-in function");
    const FunctionInfo& function = BuiltinFunctions()[site.callee];
    const Signature& signature = function.signature;
    if (site.arguments.size() != signature.parameters.size())
      Fail("`{}` takes {} arguments, not {}", function.name, signature.parameters.size(), site.arguments.size());
    TypeVariables variables;
    for (size_t i = 0; i < site.arguments.size(); ++i) {
      const TypeId have = Read(frame, site.arguments[i]);
      if (!Fits(signature.parameters[i].type, have, variables))
        Fail("argument {} of `{}` is of kind {}", i, function.name, TypeKindName(Type(have).kind));
    }
    if (!Fits(signature.result, dst, variables))
      Fail("the result of `{}` as {}", function.name, TypeKindName(Type(dst).kind));
  }

  void CheckCall(uint32_t imm, const FrameState& frame, TypeId dst, int depth) {
    const CallSite& site = Site(imm);
    Index(site.callee, p_.functions.size(), "function");
    if (current_function_ != kNone && site.callee >= current_function_)
      Fail("function {} calls function {}, which is not before it", current_function_, site.callee);
    const Function& function = p_.functions[site.callee];
    if (site.arguments.size() != function.block.num_inputs)
      Fail("function {} takes {} arguments, not {}", site.callee, function.block.num_inputs, site.arguments.size());
    for (size_t i = 0; i < site.arguments.size(); ++i)
      NeedCompatible(Read(frame, site.arguments[i]), function.block.registers[i], "an argument");
    NeedCompatible(function.block.registers[function.result], dst, "the result");
    stratum_ = std::max(stratum_, function_stratum_[site.callee]);
    function_stratum_reached_ = std::max(function_stratum_reached_, function_stratum_[site.callee]);
    depth_ = std::max(depth_, depth + function_depth_[site.callee] + 1);
    if (depth_ > kMaxNesting) Fail("nesting deeper than {}", kMaxNesting);
  }

  void CheckMember(uint32_t imm, const FrameState& frame) {
    const CallSite& site = Site(imm);
    Index(site.callee, p_.relations.size(), "relation");
    const Relation& relation = p_.relations[site.callee];
    if (site.arguments.size() != relation.arguments.size())
      Fail("relation {} takes {} arguments, not {}", site.callee, relation.arguments.size(), site.arguments.size());
    for (Register r : site.arguments) ReadKind(frame, r, TypeKind::kRef);
    stratum_ = std::max(stratum_, static_cast<int64_t>(relation.stratum));
  }

  void CheckLazy(uint32_t index, const FrameState& outer, TypeId dst, int depth) {
    Index(index, p_.lazy_blocks.size(), "lazy block");
    if (lazy_used_[index]) Fail("lazy block {} is used twice", index);
    lazy_used_[index] = true;
    const LazyBlock& lazy = p_.lazy_blocks[index];
    Within([&] { return fmt::format("lazy block {}", index); },
           [&] {
             FrameState frame = Enter(lazy.block);
             CheckCaptures(lazy.captures, outer, frame, 0, lazy.block.num_inputs);
             depth_ = std::max(depth_, depth + 1);
             CheckCode(lazy.block, frame, depth + 1);
             NeedCompatible(Read(frame, lazy.result), dst, "the result");
           });
  }

  /// The captures write exactly the inputs [first, num_inputs).
  void CheckCaptures(const std::vector<Capture>& captures, const FrameState& outer, const FrameState& inner,
                     size_t first, size_t num_inputs) const {
    std::vector<bool> filled(inner.types->size(), false);
    for (const Capture& capture : captures) {
      const TypeId from = Read(outer, capture.from);
      if (capture.to < first || capture.to >= num_inputs)
        Fail("a capture into register {}, which is no captured input", capture.to);
      if (filled[capture.to]) Fail("two captures into register {}", capture.to);
      filled[capture.to] = true;
      NeedCompatible(from, (*inner.types)[capture.to], "a capture");
    }
    if (captures.size() != num_inputs - std::min(first, num_inputs))
      Fail("{} captures for {} inputs", captures.size(), num_inputs - std::min(first, num_inputs));
  }

  /// Checks a pipeline of stages entered from `frame`; gives the state of the last stage's frame.
  FrameState CheckStages(const std::vector<Stage>& stages, FrameState frame, int depth) {
    if (stages.empty()) Fail("a pipeline without stages");
    if (stages.size() > 64) Fail("a pipeline of {} stages", stages.size());
    for (size_t i = 0; i < stages.size(); ++i) {
      Within([&] { return fmt::format("stage {}", i); },
             [&] {
               // A stage runs within the ones before it.
               const int stage_depth = depth + static_cast<int>(i);
               depth_ = std::max(depth_, stage_depth);
               frame = CheckStage(stages[i], frame, stage_depth);
             });
    }
    return frame;
  }

  FrameState CheckStage(const Stage& stage, const FrameState& outer, int depth) {
    FrameState frame = Enter(stage.block);
    size_t num_generated = 1;
    auto generated = [&](size_t i) -> TypeId {
      if (i >= stage.block.num_inputs) Fail("the generated value has no register");
      return stage.block.registers[i];
    };
    switch (stage.kind) {
      case GeneratorKind::kUnit: num_generated = 0; break;
      case GeneratorKind::kScan:
        Index(stage.table, p_.tables.size(), "table");
        Kind(generated(0), TypeKind::kRef);
        break;
      case GeneratorKind::kScanAny:
        for (TableId table : stage.tables) Index(table, p_.tables.size(), "table");
        Kind(generated(0), TypeKind::kRef);
        break;
      case GeneratorKind::kLookup: {
        Index(stage.table, p_.tables.size(), "table");
        Index(stage.column, p_.columns.size(), "column");
        const ColumnRef& column = p_.columns[stage.column];
        if (column.table != stage.table) Fail("column {} is of another table", stage.column);
        const TypeId column_type = p_.tables[column.table].columns[column.column].type;
        if (IsObject(Type(column_type).kind) || Type(column_type).kind == TypeKind::kFloat)
          Fail("a lookup in a column of kind {}", TypeKindName(Type(column_type).kind));
        NeedCompatible(Read(outer, stage.key), column_type, "the key");
        Kind(generated(0), TypeKind::kRef);
        break;
      }
      case GeneratorKind::kElements: {
        const TypeEntry& collection = Type(Read(outer, stage.key));
        switch (collection.kind) {
          case TypeKind::kList:
          case TypeKind::kSet: NeedCompatible(generated(0), collection.element, "the element"); break;
          case TypeKind::kMap: NeedCompatible(generated(0), collection.key, "the key"); break;
          case TypeKind::kJson: Kind(generated(0), TypeKind::kJson); break;
          default: Fail("elements of a {}", TypeKindName(collection.kind));
        }
        break;
      }
      case GeneratorKind::kRelation: {
        Index(stage.table, p_.relations.size(), "relation");
        const Relation& relation = p_.relations[stage.table];
        num_generated = relation.arguments.size();
        if (stage.relation_keys.size() != num_generated)
          Fail("{} keys for {} positions", stage.relation_keys.size(), num_generated);
        if (!stage.tables.empty() && stage.tables.size() != num_generated)
          Fail("{} tables for {} positions", stage.tables.size(), num_generated);
        for (TableId table : stage.tables) {
          if (table != kNone) Index(table, p_.tables.size(), "table");
        }
        for (Register key : stage.relation_keys) {
          if (key != kNoRegister) ReadKind(outer, key, TypeKind::kRef);
        }
        for (size_t i = 0; i < num_generated; ++i) Kind(generated(i), TypeKind::kRef);
        stratum_ = std::max(stratum_, static_cast<int64_t>(relation.stratum));
        break;
      }
    }
    if (stage.key != kNoRegister && stage.kind != GeneratorKind::kLookup && stage.kind != GeneratorKind::kElements)
      Fail("a key that it has no use for");
    if (stage.kind != GeneratorKind::kRelation && !stage.relation_keys.empty())
      Fail("keys of a relation, which it is none");
    if (stage.kind != GeneratorKind::kRelation && stage.kind != GeneratorKind::kScanAny && !stage.tables.empty())
      Fail("tables that it has no use for");
    if (stage.block.num_inputs < num_generated) Fail("the generated value has no register");
    if (stage.binding != kNone) Index(stage.binding, p_.bindings.size(), "binding");
    CheckCaptures(stage.captures, outer, frame, num_generated, stage.block.num_inputs);
    CheckCode(stage.block, frame, depth);
    if (stage.filter != kNoRegister) ReadKind(frame, stage.filter, TypeKind::kBool);
    return frame;
  }

  void CheckQuery(const Query& query, const FrameState& outer, TypeId dst, int depth) {
    for (Register r : query.open_keys) ReadKind(outer, r, TypeKind::kRef);
    const FrameState last = CheckStages(query.stages, outer, depth);
    NeedCompatible(query.type, dst, "the result");
    const TypeEntry& type = Type(query.type);
    auto value = [&] { return Read(last, query.value); };
    auto need_kind = [&](TypeKind kind) {
      if (type.kind != kind) Fail("{} as {}", QueryKindName(query.kind), TypeKindName(type.kind));
    };
    switch (query.kind) {
      case QueryKind::kExists: need_kind(TypeKind::kBool); break;
      case QueryKind::kCount: need_kind(TypeKind::kInt); break;
      case QueryKind::kSum:
        if (type.kind != TypeKind::kInt && type.kind != TypeKind::kFloat && type.kind != TypeKind::kDuration)
          Fail("a sum as {}", TypeKindName(type.kind));
        NeedCompatible(value(), query.type, "the value");
        break;
      case QueryKind::kAvg: {
        const TypeKind kind = Type(value()).kind;
        if (kind != TypeKind::kInt && kind != TypeKind::kFloat && kind != TypeKind::kDuration)
          Fail("an average of {}", TypeKindName(kind));
        if (type.kind != (kind == TypeKind::kDuration ? kind : TypeKind::kFloat))
          Fail("an average as {}", TypeKindName(type.kind));
        break;
      }
      case QueryKind::kMin:
      case QueryKind::kMax:
        if (!IsOrdered(type.kind)) Fail("the least or greatest {}", TypeKindName(type.kind));
        NeedCompatible(value(), query.type, "the value");
        break;
      case QueryKind::kList:
        need_kind(TypeKind::kList);
        NeedCompatible(value(), type.element, "the value");
        break;
      case QueryKind::kSet:
        need_kind(TypeKind::kSet);
        NeedCompatible(value(), type.element, "the value");
        break;
      case QueryKind::kMap:
        need_kind(TypeKind::kMap);
        NeedCompatible(value(), type.element, "the value");
        NeedCompatible(Read(last, query.key), type.key, "the key");
        break;
      case QueryKind::kGroup:
        need_kind(TypeKind::kMap);
        Kind(type.element, TypeKind::kList);
        NeedCompatible(value(), Type(type.element).element, "the value");
        NeedCompatible(Read(last, query.key), type.key, "the key");
        break;
      case QueryKind::kUnion:
        if (type.kind != TypeKind::kIpSet && type.kind != TypeKind::kPortSet && type.kind != TypeKind::kSet)
          Fail("a union as {}", TypeKindName(type.kind));
        NeedCompatible(value(), query.type, "the value");
        break;
      case QueryKind::kFirst: {
        const TypeKind order = Type(Read(last, query.order)).kind;
        if (!IsOrdered(order)) Fail("an order by {}", TypeKindName(order));
        NeedCompatible(value(), query.type, "the value");
        break;
      }
      case QueryKind::kOne: NeedCompatible(value(), query.type, "the value"); break;
    }
  }

  // ---- what code stands in

  void CheckFunction(uint32_t index) {
    const Function& function = p_.functions[index];
    current_function_ = index;
    stratum_ = -1, depth_ = 0;
    FrameState frame = Enter(function.block);
    CheckCode(function.block, frame, 0);
    Read(frame, function.result);
    function_stratum_[index] = stratum_;
    function_depth_[index] = depth_;
    current_function_ = kNone;
  }

  void CheckRelation(const Relation& relation) {
    if (relation.stratum == kNone) Fail("no stratum");  // which is how the VM says that none is under construction
    for (const Relation::Disjunct& disjunct : relation.disjuncts) {
      stratum_ = -1, function_stratum_reached_ = -1, depth_ = 0;
      static const std::vector<TypeId> kNoRegisters;
      const FrameState last = CheckStages(disjunct.stages, FrameState{&kNoRegisters, {}}, 0);
      if (disjunct.tuple.size() != relation.arguments.size())
        Fail("a tuple of {} for {} positions", disjunct.tuple.size(), relation.arguments.size());
      for (Register r : disjunct.tuple) ReadKind(last, r, TypeKind::kRef);
      if (stratum_ > static_cast<int64_t>(relation.stratum)) Fail("it refers to a relation of a later stratum");
      if (function_stratum_reached_ >= static_cast<int64_t>(relation.stratum))
        Fail("it calls a function that refers to its own stratum");
    }
  }

  void CheckText(const TextTemplate& text, const FrameState& frame, const char* what) {
    if (text.function == kNone) return;
    Within([&] { return std::string(what); },
           [&] {
             Index(text.function, p_.functions.size(), "function");
             const Function& function = p_.functions[text.function];
             Kind(function.block.registers[function.result], TypeKind::kString);
             if (text.arguments.size() + text.witnesses.size() != function.block.num_inputs) {
               Fail("function {} takes {} arguments, not {}", text.function, function.block.num_inputs,
                    text.arguments.size() + text.witnesses.size());
             }
             for (size_t i = 0; i < text.arguments.size(); ++i)
               NeedCompatible(Read(frame, text.arguments[i]), function.block.registers[i], "an argument");
             for (uint32_t witness : text.witnesses) Index(witness, p_.bindings.size(), "binding");
           });
  }

  void CheckRule(const Rule& rule) {
    SpanIndex(rule.span);
    static const std::vector<TypeId> kNoRegisters;
    depth_ = 0;
    const FrameState last = CheckStages(rule.stages, FrameState{&kNoRegisters, {}}, 0);
    for (Register r : rule.variables) Read(last, r);
    for (const Clause& clause : rule.clauses) {
      ReadKind(last, clause.condition, TypeKind::kBool);
      CheckText(clause.message, last, "message");
      CheckText(clause.fix, last, "fix");
      SpanIndex(clause.span);
    }
    CheckText(rule.message, last, "message");
    CheckText(rule.fix, last, "fix");
    for (const TextTemplate& control : rule.computed_controls) CheckText(control, last, "control");
  }

  void CheckWaiver(const Waiver& waiver) const {
    SpanIndex(waiver.span);
    if (waiver.function == kNone) return;
    Index(waiver.function, p_.functions.size(), "function");
    Index(waiver.table, p_.tables.size(), "table");
    const Function& function = p_.functions[waiver.function];
    if (function.block.num_inputs != 1) Fail("its condition takes {} arguments", function.block.num_inputs);
    Kind(function.block.registers[0], TypeKind::kRef);
    Kind(function.block.registers[function.result], TypeKind::kBool);
  }

  void CheckMappings(const Table& table) const {
    for (const TableMapping& mapping : table.mappings) {
      auto check_function = [&](uint32_t index) -> TypeId {
        Index(index, p_.functions.size(), "function");
        const Function& function = p_.functions[index];
        if (function.block.num_inputs != mapping.leaves.size())
          Fail("function {} takes {} leaves, not {}", index, function.block.num_inputs, mapping.leaves.size());
        for (size_t i = 0; i < mapping.leaves.size(); ++i)
          Kind(function.block.registers[i], mapping.leaves[i].is_this ? TypeKind::kRef : TypeKind::kJson);
        return function.block.registers[function.result];
      };
      for (const LeafPath& leaf : mapping.leaves) {
        if (!leaf.is_this && leaf.paths.empty()) Fail("a leaf without a path");
      }
      if (mapping.where != kNone) Kind(check_function(mapping.where), TypeKind::kBool);
      for (const FieldMapping& field : mapping.fields) {
        Index(field.column, table.columns.size(), "column");
        if (field.kind == FieldSourceKind::kFunction)
          CheckMapped(check_function(field.function), table.columns[field.column].type);
        if (field.kind == FieldSourceKind::kThis) Kind(table.columns[field.column].type, TypeKind::kRef);
      }
    }
  }

  /// A mapping function may give the key of a reference, as text or json, instead of the reference itself.
  void CheckMapped(TypeId have, TypeId need) const {
    if (Compatible(have, need)) return;
    const TypeKind kind = Type(have).kind;
    const bool key_text = kind == TypeKind::kString || kind == TypeKind::kJson;
    if (Type(need).kind == TypeKind::kRef && key_text) return;
    const bool collection = Type(need).kind == TypeKind::kList || Type(need).kind == TypeKind::kSet;
    if (collection && kind == TypeKind::kJson) return;
    if (collection && Type(need).kind == kind) return CheckMapped(Type(have).element, Type(need).element);
    NeedCompatible(have, need, "a mapped value");
  }

  std::vector<bool> query_used_, lazy_used_;
  std::vector<int64_t> function_stratum_;  ///< the highest stratum that a function asks for, -1: none
  std::vector<int> function_depth_;
  uint32_t current_function_ = kNone;
  int64_t stratum_ = -1, function_stratum_reached_ = -1;
  int depth_ = 0;
};

}  // namespace

Status Verify(const Program& program) {
  try {
    Verifier(program).Run();
  } catch (const Fault& fault) {
    return Error{.message = fault.what, .file = {}};
  }
  return Ok{};
}

}  // namespace bylaw
