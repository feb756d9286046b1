// Import: from input files to a snapshot of just what a program reads.
//
//   Program (demand, mappings) + inputs ──detect──► Importer ──source records──► Extractor ──typed cells──► SnapshotBuilder ──► Snapshot
//
// The format of each input is found by its content. What folders and patterns stand for: input_list.h.
//
// Thread safety: ImportInputs may be called from several threads; one call uses at most `jobs` threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/observations.h"
#include "runtime/base/progress.h"
#include "runtime/base/result.h"
#include "runtime/bytecode/program.h"
#include "runtime/import/mapping_evaluator.h"
#include "runtime/snapshot/snapshot.h"

namespace bylaw {

/// One input as the user gave it: a path (`-` is standard input), or bytes with a name for messages.
struct ImportInput {
  std::string path;
  std::optional<std::string> bytes = {};  ///< given: not read from `path`
  bool context_only = false;              ///< `--with`: answers joins, is not judged
};

struct ImportOptions {
  bool closed_world = false;                     ///< the snapshot is all there is: every table is covered
  std::string input_format = {};                 ///< an importer's name; empty: detect
  uint32_t max_depth = 512;                      ///< of JSON containers within each other
  uint64_t max_value_bytes = uint64_t{1} << 30;  ///< most that one resource may need
  uint64_t max_input_bytes = 0;                  ///< most that all inputs may hold together; 0: no limit
  std::chrono::milliseconds time_budget{0};      ///< for reading; 0: none. Looked at once every 256 KB
  const std::atomic<bool>* cancelled = nullptr;  ///< set it from any thread to stop; looked at likewise
  uint32_t jobs = 1;
  WorkProgress* progress = nullptr;  ///< bytes are counted into it
  Observations* observations =
      nullptr;  ///< of policies that were compiled to be observed: what the conditions of their mappings come to is noted there
};

/// What one input held.
struct InputStatistics {
  std::string path;
  std::string format;
  uint64_t num_bytes = 0;
  uint64_t num_resources = 0;  ///< source records that exist, read or not
  uint64_t num_deleted = 0;    ///< skipped: deleted by the plan, or before the capture
  double seconds = 0;
};

/// Source records of one type, over all inputs of one format.
struct SourceTypeStatistics {
  std::string format;  ///< as in mappings: "terraform", "aws_config"
  std::string source_type;
  uint64_t num_records = 0;
  bool mapped = false;  ///< some table of the program takes them
};

/// References that did not become one row, by column and reason.
struct ReferenceStatistics {
  std::string table;
  std::string column;
  std::string reason;  ///< "outside the snapshot", "known after apply", "ambiguous", …
  uint64_t num_values = 0;
  std::string example;  ///< one key or address
};

struct ImportStatistics {
  std::vector<InputStatistics> inputs;
  std::vector<SourceTypeStatistics> source_types;  ///< by format, then type
  std::vector<ReferenceStatistics> references;     ///< by table, column, reason
  std::vector<std::string> warnings;
};

struct Import {
  std::unique_ptr<Snapshot> snapshot;
  ImportStatistics statistics;
};

/// Reads all inputs into one snapshot. Errors: an input that cannot be read, is malformed, or of no known format; a limit.
/// `evaluator` runs the mappings' functions; null is fine for a program whose mappings have none.
Result<Import> ImportInputs(const Program& program, const std::vector<ImportInput>& inputs,
                            const ImportOptions& options, MappingEvaluator* evaluator);

/// The names of the formats, as `--input-format` takes them, in order.
std::vector<std::string> ImportFormats();

}  // namespace bylaw
