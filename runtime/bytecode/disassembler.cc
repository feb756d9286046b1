#include "runtime/bytecode/disassembler.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/builtins/functions.h"
#include "runtime/builtins/time.h"
#include "runtime/bytecode/opcode_info.h"

namespace bylaw {
namespace {

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string PathText(const std::vector<std::string>& path) {
  if (path.empty()) return "(itself)";
  std::string out;
  for (const std::string& key : path) {
    if (!out.empty()) out += '.';
    out += key.empty() ? "^" : key == "@" ? "envelope" : key;
  }
  return out;
}

std::string PathsText(const std::vector<std::vector<std::string>>& paths) {
  std::string out;
  for (const auto& path : paths) out += (out.empty() ? "" : " | ") + PathText(path);
  return out;
}

class Printer {
 public:
  explicit Printer(const Program& program) : p_(program) {}

  std::string Run() {
    Section("params", p_.params, [&](size_t i) {
      Line("{}: {}{}", p_.params[i].name, TypeText(p_, p_.params[i].type),
           p_.params[i].default_value ? " = " + ConstantText(p_, *p_.params[i].default_value) : "");
    });
    Section("tables", p_.tables, [&](size_t i) { PrintTable(p_.tables[i]); });
    Section("functions", p_.functions, [&](size_t i) { PrintFunction(i); });
    Section("relations", p_.relations, [&](size_t i) { PrintRelation(i); });
    Section("rules", p_.rules, [&](size_t i) { PrintRule(p_.rules[i]); });
    Section("waivers", p_.waivers, [&](size_t i) {
      const Waiver& waiver = p_.waivers[i];
      Line("{} for {} until {} because {} by {}", waiver.rule,
           waiver.function == kNone ? Quoted(waiver.address_glob) : fmt::format("function {}", waiver.function),
           waiver.until ? FormatTime(*waiver.until) : "never", Quoted(waiver.because), Quoted(waiver.by));
    });
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    out_.append(static_cast<size_t>(indent_) * 2, ' ');
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }

  template <typename T, typename F>
  void Section(const char* title, const std::vector<T>& entries, F&& print) {
    if (entries.empty()) return;
    if (!out_.empty()) out_ += '\n';
    Line("# {}", title);
    for (size_t i = 0; i < entries.size(); ++i) print(i);
  }

  void PrintTable(const Table& table) {
    Line("table {}{}{}", table.name, table.key_pattern.empty() ? "" : " like " + Quoted(table.key_pattern),
         table.only_named ? " only named" : "");
    ++indent_;
    for (const TableColumn& column : table.columns) {
      Line("column {}{}: {}{}", column.is_key ? "key " : "", column.name, TypeText(p_, column.type),
           column.default_value ? " = " + ConstantText(p_, *column.default_value) : "");
    }
    for (const TableMapping& mapping : table.mappings) {
      std::string unnest;
      for (const auto& path : mapping.unnest) unnest += " each " + PathText(path);
      Line("from {} {}{}{}", mapping.format, Quoted(mapping.source_type), unnest,
           mapping.where == kNone ? "" : fmt::format(" where function {}", mapping.where));
      ++indent_;
      for (size_t i = 0; i < mapping.leaves.size(); ++i) {
        Line("leaf {}: {}", i, mapping.leaves[i].is_this ? "this" : PathsText(mapping.leaves[i].paths));
      }
      for (const FieldMapping& field : mapping.fields) {
        const std::string& name = table.columns[field.column].name;
        switch (field.kind) {
          case FieldSourceKind::kPath: Line("{} = {}", name, PathsText(field.paths)); break;
          case FieldSourceKind::kThis: Line("{} = this", name); break;
          case FieldSourceKind::kFunction: Line("{} = function {}", name, field.function); break;
          case FieldSourceKind::kAbsent: Line("{} absent", name); break;
        }
      }
      --indent_;
    }
    if (!table.data_rows.empty()) Line("{} data rows", table.data_rows.size());
    --indent_;
  }

  void PrintFunction(size_t i) {
    const Function& function = p_.functions[i];
    Line("function {} {}{} → r{}", i, function.name, function.memoize ? " memoize" : "", function.result);
    PrintBlock(function.block);
  }

  void PrintRelation(size_t i) {
    const Relation& relation = p_.relations[i];
    Line("relation {} {} stratum {}", i, relation.name, relation.stratum);
    ++indent_;
    for (const Relation::Disjunct& disjunct : relation.disjuncts) {
      Line("disjunct → {}", RegistersText(disjunct.tuple));
      PrintStages(disjunct.stages);
    }
    --indent_;
  }

  void PrintRule(const Rule& rule) {
    Line("rule {} {} {}", rule.id, rule.package.empty() ? rule.name : rule.package + "." + rule.name,
         SeverityName(rule.severity));
    PrintStages(rule.stages);
    ++indent_;
    Line("variables {}", RegistersText(rule.variables));
    for (const Clause& clause : rule.clauses) {
      Line("require r{}{}{}", clause.condition, clause.forbid ? " (written as forbid)" : "", SpanText(clause.span));
      PrintText("message", clause.message);
      PrintText("fix", clause.fix);
    }
    PrintText("message", rule.message);
    PrintText("fix", rule.fix);
    for (const TextTemplate& control : rule.computed_controls) PrintText("control", control);
    --indent_;
  }

  void PrintText(const char* what, const TextTemplate& text) {
    if (text.function == kNone) return;
    std::string witnesses;
    for (uint32_t witness : text.witnesses) witnesses += " " + p_.bindings[witness].name;
    Line("{} function {} {}{}", what, text.function, RegistersText(text.arguments),
         witnesses.empty() ? "" : " witnesses" + witnesses);
  }

  void PrintBlock(const Block& block) {
    ++indent_;
    if (block.num_inputs > 0) {
      std::string inputs;
      for (uint16_t r = 0; r < block.num_inputs; ++r)
        inputs += fmt::format("{}r{}: {}", r == 0 ? "" : ", ", r, TypeText(p_, block.registers[r]));
      Line("inputs {}", inputs);
    }
    for (const Instruction& instruction : block.code) PrintInstruction(instruction, block);
    --indent_;
  }

  void PrintInstruction(const Instruction& in, const Block& block) {
    const OpcodeInfo& info = Info(in.op);
    std::string text = fmt::format("r{}: {} = {}", in.dst, TypeText(p_, block.registers[in.dst]), info.text);
    if (info.has('A')) text += fmt::format(" r{}", in.a);
    if (info.has('B')) text += fmt::format(" r{}", in.b);
    if (info.has('K')) text += " " + ConstantText(p_, in.imm);
    if (info.has('P')) text += " " + p_.params[in.imm].name;
    if (info.has('C')) text += " " + ColumnText(in.imm);
    if (info.has('T')) text += " " + p_.tables[in.imm].name;
    if (info.has('X')) text += fmt::format(" {}", AttributeName(static_cast<Attribute>(in.imm)));
    if (info.has('Y')) text += " " + TypeText(p_, in.imm);
    if (info.has('N')) text += fmt::format(" {}", in.imm);
    if (info.has('O')) text += " " + RegistersText(p_.register_lists[in.imm]);
    if (info.has('F'))
      text +=
          fmt::format(" {} {}", p_.functions[p_.calls[in.imm].callee].name, RegistersText(p_.calls[in.imm].arguments));
    if (info.has('U'))
      text += fmt::format(" {} {}", BuiltinFunctions()[p_.calls[in.imm].callee].id_name,
                          RegistersText(p_.calls[in.imm].arguments));
    if (info.has('R'))
      text +=
          fmt::format(" {} {}", p_.relations[p_.calls[in.imm].callee].name, RegistersText(p_.calls[in.imm].arguments));
    if (info.has('Q')) {
      const Query& query = p_.queries[in.imm];
      text += fmt::format(" {} {}", in.imm, QueryKindName(query.kind));
      if (query.value != kNoRegister) text += fmt::format(" value r{}", query.value);
      if (query.key != kNoRegister) text += fmt::format(" key r{}", query.key);
      if (query.order != kNoRegister) text += fmt::format(" order r{}", query.order);
      if (!query.open_keys.empty()) text += " open " + RegistersText(query.open_keys);
    }
    Line("{}{}", text, SpanText(in.span));
    if (info.has('L')) {
      const LazyBlock& lazy = p_.lazy_blocks[in.imm];
      ++indent_;
      Line("lazy → r{}{}", lazy.result, CapturesText(lazy.captures));
      PrintBlock(lazy.block);
      --indent_;
    }
    if (info.has('Q')) PrintStages(p_.queries[in.imm].stages);
  }

  void PrintStages(const std::vector<Stage>& stages) {
    ++indent_;
    for (const Stage& stage : stages) {
      std::string text(GeneratorKindName(stage.kind));
      switch (stage.kind) {
        case GeneratorKind::kUnit: break;
        case GeneratorKind::kScan: text += " " + p_.tables[stage.table].name; break;
        case GeneratorKind::kScanAny:
          for (const TableId table : stage.tables) text += " " + p_.tables[table].name;
          break;
        case GeneratorKind::kLookup:
          text += fmt::format(" {} == outer r{}{}", ColumnText(stage.column), stage.key, stage.opens ? " opens" : "");
          break;
        case GeneratorKind::kElements: text += fmt::format(" of outer r{}", stage.key); break;
        case GeneratorKind::kRelation: {
          text += " " + p_.relations[stage.table].name;
          for (size_t i = 0; i < stage.relation_keys.size(); ++i) {
            text += stage.relation_keys[i] == kNoRegister ? " free" : fmt::format(" outer r{}", stage.relation_keys[i]);
          }
          break;
        }
      }
      if (!stage.covers) text += " (argument)";
      if (stage.binding != kNone) text += " as " + p_.bindings[stage.binding].name;
      if (stage.filter != kNoRegister) text += fmt::format(" filter r{}", stage.filter);
      Line("stage {}{}", text, CapturesText(stage.captures));
      PrintBlock(stage.block);
    }
    --indent_;
  }

  std::string ColumnText(uint32_t index) const {
    const ColumnRef& column = p_.columns[index];
    return p_.tables[column.table].name + "." + p_.tables[column.table].columns[column.column].name;
  }
  static std::string RegistersText(const std::vector<Register>& registers) {
    std::string out = "(";
    for (Register r : registers) out += fmt::format("{}r{}", out.size() == 1 ? "" : ", ", r);
    return out + ")";
  }
  static std::string CapturesText(const std::vector<Capture>& captures) {
    std::string out;
    for (const Capture& capture : captures)
      out += fmt::format("{}r{}←outer r{}", out.empty() ? " captures " : ", ", capture.to, capture.from);
    return out;
  }
  std::string SpanText(uint32_t span) const {
    if (span == kNone) return "";
    const SourceSpan& s = p_.spans[span];
    return fmt::format("  ; {}:{}:{}", p_.source_files[s.file], s.line, s.column);
  }

  const Program& p_;
  std::string out_;
  int indent_ = 0;
};

}  // namespace

std::string Disassemble(const Program& program) { return Printer(program).Run(); }

std::string TypeText(const Program& program, TypeId type) {
  const TypeEntry& entry = program.types[type];
  std::string out;
  switch (entry.kind) {
    case TypeKind::kList:
    case TypeKind::kSet: out = fmt::format("{}<{}>", TypeKindName(entry.kind), TypeText(program, entry.element)); break;
    case TypeKind::kMap:
      out = program.types[entry.key].kind == TypeKind::kString
                ? fmt::format("map<{}>", TypeText(program, entry.element))
                : fmt::format("map<{}, {}>", TypeText(program, entry.key), TypeText(program, entry.element));
      break;
    case TypeKind::kRef:
      for (TableId table : entry.tables) out += (out.empty() ? "" : " | ") + program.tables[table].name;
      if (out.empty()) out = "resource";
      break;
    default: out = TypeKindName(entry.kind);
  }
  return entry.optional ? out + "?" : out;
}

std::string ConstantText(const Program& program, uint32_t index) {
  const Constant& constant = program.constants[index];
  std::vector<std::string> elements;
  for (uint32_t element : constant.elements) elements.push_back(ConstantText(program, element));
  return ConstantText(program.types[constant.type].kind, constant.state, constant.bits, constant.text, elements);
}

std::string ConstantText(TypeKind kind, State state, uint64_t bits, std::string_view text,
                         const std::vector<std::string>& elements) {
  if (state == State::kAbsent) return "absent";
  switch (kind) {
    case TypeKind::kBool: return bits == 0 ? "false" : "true";
    case TypeKind::kInt: return fmt::format("{}", CellToInt(bits));
    case TypeKind::kFloat: return fmt::format("{}", CellToFloat(bits));
    case TypeKind::kTime: return FormatTime(CellToInt(bits));
    case TypeKind::kDuration: return FormatDuration(CellToInt(bits));
    case TypeKind::kIp:
    case TypeKind::kCidr:
    case TypeKind::kVersion: return std::string(text);
    case TypeKind::kList: return fmt::format("[{}]", fmt::join(elements, ", "));
    case TypeKind::kSet:
    case TypeKind::kMap:
    case TypeKind::kIpSet:
    case TypeKind::kPortSet: return fmt::format("{{{}}}", fmt::join(elements, ", "));
    default: return Quoted(text);
  }
}

}  // namespace bylaw
