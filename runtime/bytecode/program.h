// Program: a compiled policy set, the only contract between compiler and runtime.
//
// A program is data: tables of types, constants, models with their mappings, functions, queries, relations and rules. Code is *structured*: a Block is straight-line code
// over the registers of one frame, without jumps; iteration exists only as Query, Relation and Lazy, which open a new frame. So every program ends, by construction.
//
// Frames. A frame has `n` lanes; each register is a vector of n (cell, state). Entering a stage of a query makes a new frame, each lane of which has a parent lane in the frame
// before it; `captures` copy (gather) registers of that frame into registers of the new one. Code of a block reads only registers of its own frame.
//
// Invariants (checked by the verifier on every load, see verifier.h): indices are in range; each register is written before it is read, once, and has the type that the
// instruction needs; a block is entered from one place; functions, queries and lazy blocks refer only to entries with a smaller index (so nesting is well founded), but for
// Member instructions and kRelation generators within the relations' own stratum.
//
// Thread safety: immutable once verified.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/types.h"
#include "runtime/base/value.h"

namespace bylaw {

enum class Opcode : uint16_t {
#define BYLAW_OPCODE(name, text, operands, types, doc) k##name,
#include "runtime/bytecode/opcodes.def"
#undef BYLAW_OPCODE
};
inline constexpr int kNumOpcodes = 0
#define BYLAW_OPCODE(name, text, operands, types, doc) +1
#include "runtime/bytecode/opcodes.def"
#undef BYLAW_OPCODE
    ;

using Register = uint16_t;
inline constexpr Register kNoRegister = 0xFFFF;

struct Instruction {
  Opcode op = Opcode::kConst;
  Register dst = kNoRegister;
  Register a = kNoRegister;
  Register b = kNoRegister;
  uint32_t imm = 0;
  uint32_t span = kNone;  ///< index into Program::spans: the source text this comes from

  bool operator==(const Instruction&) const = default;
};

/// A place in the policy text, for explanations.
struct SourceSpan {
  uint32_t file = 0;                                            ///< index into Program::source_files
  uint32_t line = 0, column = 0, end_line = 0, end_column = 0;  ///< 1-based
  bool operator==(const SourceSpan&) const = default;
};

/// Straight-line code over one frame. The first `num_inputs` registers are written by whoever enters the block.
struct Block {
  std::vector<TypeId> registers;  ///< type of each register
  uint16_t num_inputs = 0;
  std::vector<Instruction> code;
  bool operator==(const Block&) const = default;
};

/// A constant. Text holds what is not a number: string, ip, cidr and version text, the JSON text of json constants.
struct Constant {
  TypeId type = 0;
  State state = State::kKnown;  ///< kKnown or kAbsent
  uint64_t bits = 0;            ///< bool, int, float, time, duration; version: the scheme
  std::string text = {};
  std::vector<uint32_t> elements =
      {};  ///< list, set: constant indices; map: key, value, …; ipset: cidrs; portset: first, last, …
  bool operator==(const Constant&) const = default;
};

struct Capture {
  Register from = 0;  ///< in the frame that the stage or lazy block is entered from
  Register to = 0;    ///< in the new frame: one of the block's inputs
  bool operator==(const Capture&) const = default;
};

/// A call: of a function, built-in function or relation.
struct CallSite {
  uint32_t callee = 0;  ///< Program::functions, FunctionId or Program::relations
  std::vector<Register> arguments;
  bool operator==(const CallSite&) const = default;
};

/// A block that runs over some lanes of the frame it stands in.
struct LazyBlock {
  Block block;
  std::vector<Capture> captures;
  Register result = 0;
  bool operator==(const LazyBlock&) const = default;
};

struct Function {
  std::string name;  ///< qualified: "aws.network.is_public"
  Block block;       ///< inputs: the arguments
  Register result = 0;
  bool memoize = false;
  bool operator==(const Function&) const = default;
};

enum class GeneratorKind : uint8_t {
  kUnit,  ///< one lane for each lane before; nothing generated (for `exists` over no variable, and for pipelines that only filter)
  kScan,  ///< every row of `table`
  kScanAny,  ///< every row of each of `tables`, in their order
  kLookup,  ///< the rows of `table` whose reference or scalar column `column` equals register `key` of the frame before: by index. Rows whose column is unknown (and may be equal), and
  ///< every row where the key is unknown, are generated too: the filter decides. An absent key or column: absent equals absent.
  kElements,  ///< the elements of the list or set (the keys of the map) in register `key` of the frame before. An unknown list makes the query open for that lane, with the list's cause; an absent one is empty. Of json: the elements of an array; anything
              ///< else but absent opens the query.
  kRelation,  ///< the tuples of relation `table`, those whose bound positions equal the `relation_keys`; possible ones generate lanes of membership unknown
};
inline constexpr int kNumGeneratorKinds = 6;

/// One stage of a query's pipeline: generate, run code, filter.
struct Stage {
  GeneratorKind kind = GeneratorKind::kScan;
  uint32_t table = kNone;      ///< kScan, kLookup: table id; kRelation: relation index
  ColumnId column = kNone;     ///< kLookup: index into Program::columns
  Register key = kNoRegister;  ///< kLookup, kElements: register of the frame before
  std::vector<Register> relation_keys =
      {};  ///< kRelation: per position a register of the frame before, or kNoRegister where free
  std::vector<TableId> tables =
      {};  ///< kRelation: per position, the table over whose rows a free position ranges (kNone: any reference); tuples with something else there are left out,
           ///< and a table that is not covered makes the query open. Empty: all kNone
  bool opens = false;  ///< kLookup: an external key makes the query open for that lane (`x in e.reverse`)
  bool covers =
      true;  ///< kScan, kLookup: a table that the snapshot does not cover makes the query open, and a possible row a possible member. False: the rows are what an argument of a relation may be: every row, possible or not, and what is outside the snapshot but referred to (kScan)
  uint32_t binding = kNone;  ///< Program::bindings: the variable's name, for witnesses
  std::vector<Capture> captures = {};
  Block block =
      {};  ///< inputs: the generated value(s) first (kUnit: none; kRelation: one register a position), then the captures
  Register filter =
      kNoRegister;  ///< bool register of `block`: lanes in which it is false are dropped; unknown ones stay as possible members
  bool operator==(const Stage&) const = default;
};

enum class QueryKind : uint8_t {
  kExists,  ///< bool
  kCount,   ///< int, ranged
  kSum,
  kMin,
  kMax,
  kAvg,  ///< of `value`; kMin, kMax, kAvg of nothing: absent
  kList,
  kSet,    ///< of `value`, in row order; sets in canonical order
  kMap,    ///< `key` to `value`
  kUnion,  ///< of the ipset, portset or set `value`
  kOne,    ///< the one distinct `value`
  kFirst,  ///< the `value` with the least `order`
  kGroup,  ///< `key` to the list of `value`s
};
inline constexpr int kNumQueryKinds = 13;

/// A correlated query: for every lane of the frame in which the instruction stands, the members that its stages generate are folded into one value.
/// Members are certain or possible; the query is *open* for a lane when it may have members that the snapshot does not show (see docs/language.md, "What a query means").
struct Query {
  QueryKind kind = QueryKind::kExists;
  std::vector<Stage> stages;
  std::vector<Register> open_keys =
      {};  ///< reference-typed registers of the outer frame: an external one makes the query open for that lane
  Register value = kNoRegister;  ///< of the last stage's block
  Register key = kNoRegister;    ///< kMap, kGroup
  Register order = kNoRegister;  ///< kFirst
  TypeId type = 0;               ///< of the result
  bool operator==(const Query&) const = default;
};

/// A recursive define as a relation over rows: the least fixpoint of its disjuncts.
struct Relation {
  std::string name;
  std::vector<TypeId> arguments;  ///< all references
  struct Disjunct {
    std::vector<Stage> stages;    ///< entered from a frame of one lane without registers
    std::vector<Register> tuple;  ///< of the last stage's block: one register an argument
    bool operator==(const Disjunct&) const = default;
  };
  std::vector<Disjunct>
      disjuncts;  ///< derive tuples bottom-up; kRelation stages and Member instructions refer to relations of the same or an earlier stratum
  uint32_t stratum = 0;  ///< relations of one stratum are computed together
  bool operator==(const Relation&) const = default;
};

/// What every resource has, whatever its model.
enum class Attribute : uint8_t { kAddress, kType, kAccount, kRegion, kId, kFile, kLine, kTags, kModel };
inline constexpr int kNumAttributes = 9;

/// How one column of a table comes from a source record.
enum class FieldSourceKind : uint8_t {
  kPath,      ///< the value at `path`, converted to the column's type
  kThis,      ///< a reference to the row that this source record itself makes
  kFunction,  ///< Program::functions[function], over the json values at `leaves`
  kAbsent,    ///< absent, or the column's default
};
inline constexpr int kNumFieldSourceKinds = 4;

struct FieldMapping {
  ColumnId column = 0;  ///< index into the table's columns
  FieldSourceKind kind = FieldSourceKind::kPath;
  /// kPath: alternatives in order of preference, each a list of keys; the first that is there counts (for a reference, one that is unknown and names no resource does not). Each leading ""
  /// steps one level out of the unnested elements; a leading "@" reads the envelope, what the export wraps around the record. An empty list of keys is the element itself.
  std::vector<std::vector<std::string>> paths = {};
  uint32_t function = kNone;
  bool operator==(const FieldMapping&) const = default;
};

/// A path from which kFunction mappings and conditions read.
struct LeafPath {
  std::vector<std::vector<std::string>> paths;  ///< as in FieldMapping
  bool is_this = false;                         ///< `this`, as a reference
  bool operator==(const LeafPath&) const = default;
};

/// `from FORMAT "type".path as r where … { … }`.
struct TableMapping {
  std::string format;       ///< "terraform", "cloudformation", "aws_config", "aws_cli", "kubernetes", …
  std::string source_type;  ///< "aws_subnet", "AWS::EC2::Subnet", "Subnets"
  /// One path a level: the rows are the elements of the list at the last path under the elements of the list at the path before it, …; empty: the record itself.
  /// A path that leads to an object or scalar instead of a list gives one element; a path that leads through lists flattens; absent: none.
  std::vector<std::vector<std::string>> unnest = {};
  std::vector<LeafPath> leaves =
      {};  ///< inputs (json, or a reference for `this`) of `where` and of each function, in this order
  uint32_t where =
      kNone;  ///< Program::functions: bool; rows for which it is false are not made, unknown ones are made as possible rows
  std::vector<FieldMapping> fields = {};
  bool operator==(const TableMapping&) const = default;
};

struct TableColumn {
  std::string name;  ///< "vpc", "security_context.privileged"
  TypeId type = 0;
  std::optional<uint32_t> default_value;  ///< constant; for a value that the source does not have
  bool is_key = false;
  bool operator==(const TableColumn&) const = default;
};

enum class TableKind : uint8_t {
  kModel,
  kSource,     ///< the untyped records of one source type: `terraform.aws_foo`; its one column "record" has type json
  kAccounts,   ///< the snapshot's accounts: columns id (key), regions
  kRegions,    ///< the snapshot's regions: columns name (key)
  kResources,  ///< every source record of every input
};
inline constexpr int kNumTableKinds = 5;

/// A table that the program reads, with just the columns that it reads (demand), and how to fill it.
struct Table {
  std::string name;  ///< "aws.subnet", "terraform.aws_foo", "accounts"
  TableKind kind = TableKind::kModel;
  std::vector<TableColumn> columns;
  std::string key_pattern =
      {};  ///< glob that keys of this model have ("igw-*"), or empty: tells the model of a reference to outside
  /// The program asks of references only whether they are to this table, and nothing of its rows. An importer need not make rows where keys have
  /// `key_pattern`: the references stay external and know their model by it. Of accounts and regions: which there are does not matter.
  bool only_named = false;
  std::vector<TableMapping> mappings;
  std::vector<std::vector<uint32_t>> data_rows = {};  ///< `from data`: constants, one a column
  std::vector<std::string> paths = {};                ///< kSource: top-level keys that are read; empty: all
  bool operator==(const Table&) const = default;
};

struct ColumnRef {
  TableId table = 0;
  ColumnId column = 0;
  bool operator==(const ColumnRef&) const = default;
};

struct Param {
  std::string name;  ///< qualified: "org.max_age"
  TypeId type = 0;
  std::optional<uint32_t> default_value;  ///< constant
  std::string doc = {};
  bool operator==(const Param&) const = default;
};

enum class Severity : uint8_t { kInfo, kLow, kMedium, kHigh, kCritical };
inline constexpr int kNumSeverities = 5;

struct Binding {
  std::string name;  ///< the variable
  uint32_t span = kNone;
  bool operator==(const Binding&) const = default;
};

/// A text that is computed for reported rows only: message, fix, controls with interpolation.
struct TextTemplate {
  uint32_t function = kNone;             ///< Program::functions: string; kNone: no such text
  std::vector<Register> arguments = {};  ///< registers of the rule's last frame, given as the function's first inputs …
  std::vector<uint32_t> witnesses = {};  ///< … then the witnesses found for these bindings (absent when there is none)
  bool operator==(const TextTemplate&) const = default;
};

struct Clause {
  bool forbid = false;                  ///< as written; `condition` is already the thing required
  Register condition = 0;               ///< bool register of the rule's last frame
  TextTemplate message = {}, fix = {};  ///< of this clause alone; none: the rule's
  uint32_t span = kNone;
  bool operator==(const Clause&) const = default;
};

struct Waiver {
  std::string rule;               ///< id or qualified name
  std::string address_glob = {};  ///< or, when empty, `function`
  uint32_t function = kNone;      ///< bool function of one argument, a reference
  TableId table = kNone;
  std::optional<int64_t> until;  ///< µs since the epoch; none: never
  std::string because, by;
  uint32_t span = kNone;
  bool operator==(const Waiver&) const = default;
};

struct Rule {
  std::string name;     ///< "no_public_subnet_without_egress_only_gateway"
  std::string package;  ///< "org.network"
  std::string id;       ///< "NET-001"; the qualified name when none is given
  std::string title, doc, docs_link;
  Severity severity = Severity::kMedium;
  std::vector<std::string> controls, aliases, related;
  std::vector<Stage> stages;  ///< entered from a frame of one lane without registers; the filters are `where`
  std::vector<Register>
      variables;  ///< of the last frame: the `for` variables in order; empty for a rule over the whole snapshot
  std::vector<Clause> clauses;
  TextTemplate message, fix;
  std::vector<TextTemplate> computed_controls;
  uint32_t span = kNone;
  bool operator==(const Rule&) const = default;
};

struct Program {
  std::vector<std::string> source_files;  ///< paths as given, for spans
  std::vector<SourceSpan> spans;
  std::vector<TypeEntry> types;
  std::vector<Constant> constants;
  std::vector<Param> params;
  std::vector<Table> tables;
  std::vector<ColumnRef> columns;  ///< what Load and kLookup refer to
  std::vector<Binding> bindings;
  std::vector<std::vector<Register>> register_lists;
  std::vector<CallSite> calls;
  std::vector<LazyBlock> lazy_blocks;
  std::vector<Query> queries;
  std::vector<Function> functions;
  std::vector<Relation> relations;
  std::vector<Rule> rules;
  std::vector<Waiver> waivers;
  bool operator==(const Program&) const = default;
};

}  // namespace bylaw
