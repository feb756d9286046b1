// YAML as JSON: a YAML text is rewritten as JSON text that knows where each of its values stood, so that every importer
// reads YAML as it reads JSON, and messages point into the YAML.
//
//   InputFile (YAML) ──libfyaml's events──► InputFile (JSON, derived: every place is found in the YAML)
//
// One JSON value a document, one after the other; documents without a value are left out. Anchors and aliases are
// expanded, `<<` merges, of keys that stand twice in a mapping the last one stays and a warning names both places. Keys
// are texts as written. CloudFormation's tags become what they are short for (`!Ref a` is {"Ref": "a"}, `!GetAtt a.b`
// {"Fn::GetAtt": ["a", "b"]}); other tags that YAML does not define say nothing.
//
// Limits: depth; and what aliases expand to, which may not be many times the text (an "alias bomb").
//
// Thread safety: pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/json/input_file.h"

namespace bylaw {

struct YamlOptions {
  uint32_t max_depth = 512;                       ///< most mappings and lists within each other
  uint64_t max_alias_bytes = uint64_t{64} << 20;  ///< most that aliases may expand to, beyond ten times the text
};

/// The JSON text of the YAML in `file`. Errors are those of YAML's syntax, with the place, and of the limits.
Result<std::shared_ptr<const InputFile>> ReadYaml(std::shared_ptr<const InputFile> file, const YamlOptions& options,
                                                  std::vector<std::string>* warnings);

/// `file` itself if it holds JSON, else the JSON text of the YAML that it holds. Told apart by content; the name only
/// where the content could be either. What is neither is refused as the JSON that it is not, or as YAML when its name
/// says so.
Result<std::shared_ptr<const InputFile>> ReadJsonOrYaml(std::shared_ptr<const InputFile> file,
                                                        const YamlOptions& options, std::vector<std::string>* warnings);

}  // namespace bylaw
