// TerraformConfiguration: the references between resources that a plan's `configuration` tells, where the ids themselves are not known yet.
//
// A plan lists, for each argument of each resource block, the names that its expression mentions. From these it is found which resource
// instances an argument refers to: through modules' inputs and outputs, `count` and `for_each`, and attributes that repeat other resources' ids.
//
//   aws_vpc.main.id                  the one instance
//   aws_vpc.main[0].id               that instance
//   aws_vpc.main[each.key].id        the instance of the same key, when both have the same keys ("paired by key"); else any of them
//   aws_vpc.main[*].id               all of them
//   each.value.id                    as for_each's own expression, by key
//   var.vpc_id                       the expression that the module's caller gives
//   module.net.vpc_id                the expression of that output
//   data.aws_vpc.main.id             outside the plan
//   aws_subnet.a.vpc_id              what that argument of aws_subnet.a refers to
//   terraform_data.x.output          what its `input` refers to
//   local.x, var.x of the root       cannot be followed: not listed in a plan
//   ephemeral.aws_x.y.z              neither
//
// Invariants: text is not copied; the file must outlive this. Thread safety: none.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/import/extractor.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_stream.h"
#include "runtime/snapshot/string_pool.h"

namespace bylaw {

class TerraformConfiguration {
 public:
  TerraformConfiguration(const InputFile& file, StringPool& strings) : file_(file), strings_(strings) {}

  /// Reads the value of `configuration`, which starts at `offset`.
  Status Load(uint64_t offset, const JsonStream::Options& options);
  bool loaded() const { return loaded_; }

  /// One instance of a resource, as a plan names it.
  struct Instance {
    std::string_view module_address;  ///< "module.net[\"a\"]"; empty for the root
    std::string_view name;            ///< "aws_subnet.a", "data.aws_vpc.main"
    std::string_view index;           ///< as JSON: `0`, `"a"`; empty when there is none
    std::string_view address;
  };
  /// Makes an instance known. All must be before references are followed.
  void AddInstance(const Instance& instance);

  using Answer = ReferenceSource::Answer;
  Answer Follow(const Instance& instance, std::span<const ElementStep> steps, std::span<const std::string> path,
                const ReferenceSource::Accepts& accepts);
  /// The address of a target that Follow found.
  std::string AddressOf(const ReferenceTarget& target) const { return std::string(strings_.Text(target.address)); }
  /// Whether the block of `instance` has an argument or block `key`.
  bool Sets(const Instance& instance, const std::string& key);
  /// Whether the resource's block, and the blocks in it that lead to the last key of `path` under the elements that `steps` name, are written and do
  /// not have that key. False within what `dynamic` blocks make, which a plan does not list.
  bool LeavesOut(const Instance& instance, std::span<const ElementStep> steps, std::span<const std::string> path);

 private:
  /// A resource block or module call.
  struct Block {
    std::string_view expressions, repetition;  ///< JSON text; `repetition`: of count or for_each
    bool repeated = false;
  };
  struct Module {
    std::unordered_map<std::string, Block> resources;  ///< by "aws_subnet.a"
    std::unordered_map<std::string, Block> calls;
    std::unordered_map<std::string, std::string_view> outputs;  ///< the expression's JSON text
  };
  /// The instances of one block within one module instance: by index.
  using Group = std::map<std::string, std::string>;  ///< index → address

  /// Where an expression stands: what `each`, `count`, `var` mean there.
  struct Context {
    std::string module_address;
    const Block* block = nullptr;  ///< whose count or for_each is meant; null in outputs
    std::string index;             ///< of the instance of that block
    const Group* group = nullptr;  ///< all its instances
  };
  /// What is being looked for, and found.
  struct Search {
    const ReferenceSource::Accepts& accepts;
    Answer answer = {};
    bool opaque = false;  ///< something on the way cannot be followed
    std::set<std::string> visited = {};
    std::set<StringId> found = {};
    int depth = 0;
  };

  Status LoadModule(JsonStream& stream, const std::string& path);
  Status LoadResources(JsonStream& stream, Module& module);
  Status LoadCalls(JsonStream& stream, const std::string& path);
  const Module* FindModule(std::string_view module_address) const;
  const Group* FindGroup(const std::string& module_address, std::string_view name) const;

  void FollowText(std::string_view expression, const Context& context, Search& search);
  void FollowReferences(JsonValue references, const Context& context, bool by_own_key, Search& search);
  void FollowReference(std::string_view reference, const Context& context, bool paired, Search& search);
  void FollowVariable(const std::vector<std::string>& parts, const Context& context, Search& search);
  void FollowModule(const std::vector<std::string>& parts, const Context& context, bool paired, Search& search);
  void FollowResource(std::string_view reference, const std::vector<std::string>& parts, const Context& context,
                      bool paired, Search& search);
  void AddTarget(const std::string& address, std::string_view source_type, Search& search);
  void AddNote(std::string note, Search& search);
  void Hide(std::string note, Search& search);
  /// The instances that `key` (empty: not said) means of a group: their indices.
  std::vector<std::string> Choose(const Group& group, const std::string& key, const Context& context, bool paired);

  const InputFile& file_;
  StringPool& strings_;
  bool loaded_ = false;
  std::unordered_map<std::string, Module> modules_;  ///< by path without indices: "module.net"
  std::unordered_map<std::string, Group> groups_;    ///< by module address and name
  std::string last_module_address_ = "\n";
};

/// "module.net[\"a\"].module.sub[0]" → parent "module.net[\"a\"]", name "sub", index "0". False for the root.
bool SplitModuleAddress(std::string_view address, std::string_view* parent, std::string_view* name,
                        std::string_view* index);

/// The steps of a reference: names as they are, indices in their brackets: aws_vpc.main["a"].id → aws_vpc, main, ["a"], id.
std::vector<std::string> SplitReference(std::string_view reference);

}  // namespace bylaw
