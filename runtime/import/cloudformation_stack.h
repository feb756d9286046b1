// TemplateStack: one deployment of a CloudFormation template: its parameters bound, its conditions decided, its
// intrinsic functions resolved.
//
//   InputFile ──► Template (as written) ──► TemplateStack (one for each place where it is deployed) ──► resources with
//   resolved properties
//
// All stacks of an import belong to one TemplateSet, by which they find each other: nested stacks under their parents,
// exports by name.
//
//   Ref X                a parameter's value; the id of a resource is unknown, and refers to it
//   Fn::GetAtt X.A       the property A of X where there is one, else unknown, referring to X; an output of a nested
//   stack Fn::If               one branch; where the condition is undecided and the branches differ, unknown
//   Fn::ImportValue      what another input exports
//   AWS::Region and the like, parameters without value, availability zones, macros: unknown, each with its cause
//
// Invariants: the set outlives its stacks; templates do not change. Thread safety: none.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/import/cloudformation_value.h"

namespace bylaw {

/// A template as written.
struct Template {
  uint32_t input = 0;
  std::string path;
  TemplateValue root;
};

class TemplateStack;

/// All templates of an import.
class TemplateSet {
 public:
  /// A parameter from outside, or a pseudo parameter (`AWS::Region`). False when it has another value already: then it
  /// has none any more.
  bool Give(const std::string& name, const std::string& value) {
    const auto [found, added] = parameters_.emplace(name, value);
    if (added || found->second == value) return !contested_.contains(name);
    contested_.insert(name);
    return false;
  }
  /// Null when it is not given, or not one value.
  const std::string* Given(const std::string& name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() || contested_.contains(name) ? nullptr : &found->second;
  }
  void Add(Template added) {
    max_work_ += kWorkPerValue * added.root.num_values();
    templates_.push_back(std::make_unique<Template>(std::move(added)));
  }
  bool empty() const { return templates_.empty(); }

  /// Makes the stacks: of each template that is not nested in another, and of those nested in it.
  void Deploy();
  /// Parents before children, in the order of the inputs.
  const std::vector<std::unique_ptr<TemplateStack>>& stacks() const { return stacks_; }

  /// The template that `url`, as `from` writes it, means among the inputs; null when there is none, or several.
  const Template* FindNested(const Template& from, const TemplateValue& url) const;
  /// What is exported under `name`, or an unknown that says why not.
  TemplateValue Export(const std::string& name, uint64_t offset);

  /// Counts values that are made, which nested expressions can multiply beyond all bounds; false when it is too much.
  bool Spend(uint64_t amount) { return (work_ += amount) <= max_work_; }
  /// How many values within each other are being resolved, over all stacks.
  int depth = 0;

 private:
  static constexpr uint64_t kWorkPerValue = 100;

  void DeployStack(std::unique_ptr<TemplateStack> stack, int level);

  std::map<std::string, std::string> parameters_;
  std::set<std::string> contested_;
  std::vector<std::unique_ptr<Template>> templates_;
  std::vector<std::unique_ptr<TemplateStack>> stacks_;
  struct ExportedValue {
    TemplateStack* stack;
    const TemplateValue* value;
  };
  std::optional<std::multimap<std::string, ExportedValue>> exports_;
  uint64_t work_ = 0, max_work_ = uint64_t{1} << 20;
};

class TemplateStack {
 public:
  struct Resource {
    std::string id;  ///< the logical id
    std::string type;
    const TemplateValue* written;  ///< the whole of it
    TemplateStack* nested = nullptr;
  };

  /// `path` is where the stack stands: empty for the outermost, else "Parent/" or "Parent/Child/".
  TemplateStack(TemplateSet& set, const Template& source, std::string path,
                std::map<std::string, TemplateValue> arguments);

  const Template& source() const { return source_; }
  const std::string& path() const { return path_; }
  std::vector<Resource>& resources() { return resources_; }
  std::string AddressOf(const Resource& resource) const { return path_ + resource.id; }
  /// What a section holds, as written; null when it is not there.
  const TemplateValue* Section(std::string_view name) const;

  /// A boolean, or unknown.
  TemplateValue Exists(const Resource& resource);
  TemplateValue Resolve(const TemplateValue& value);
  /// The value of output `name`.
  TemplateValue Output(const std::string& name, uint64_t offset);
  /// `AWS::Region` and the like; empty when it is not known.
  std::string PseudoText(std::string_view name) const;

 private:
  friend class TemplateFunctions;

  TemplateValue ResolveObject(const TemplateValue& value);
  TemplateValue ResolveReference(const std::string& name, uint64_t offset);
  TemplateValue ResolveParameter(const std::string& name, const TemplateValue& parameter, uint64_t offset);
  TemplateValue ResolvePseudo(const std::string& name, uint64_t offset) const;
  TemplateValue ResolveAttribute(const std::string& id, const std::string& attribute, uint64_t offset);
  TemplateValue ResolveCondition(const std::string& name, uint64_t offset);
  const Resource* FindResource(std::string_view id) const;
  void ReadResources();

  TemplateSet& set_;
  const Template& source_;
  std::string path_;
  std::map<std::string, TemplateValue> arguments_;  ///< of a nested stack
  bool is_nested_ = false;
  std::unique_ptr<const TemplateValue> expanded_;  ///< the template without loops and transforms, where it has some
  const TemplateValue* root_;                      ///< that, or the template as written
  std::vector<Resource> resources_;
  std::unordered_map<std::string, size_t> resource_ids_;
  std::map<std::string, std::optional<TemplateValue>> conditions_;  ///< nullopt: being decided
  std::map<std::string, std::optional<TemplateValue>> attributes_;  ///< nullopt: being resolved
  std::map<std::string, std::optional<TemplateValue>> outputs_;
};

/// Whether there are `Fn::ForEach` loops in `value`.
bool HasLoops(const TemplateValue& value);

/// Puts `Fn::ForEach` loops of `value` in place, below it too; `resolve` gives a loop's collection. Calls `count` for
/// each round: false ends it.
TemplateValue ExpandLoops(const TemplateValue& value, const std::function<TemplateValue(const TemplateValue&)>& resolve,
                          const std::function<bool(const TemplateValue&)>& count);

/// Whether there are `AWS::Serverless::…` resources in the template.
bool HasServerless(const TemplateValue& root);

/// SAM: puts what `AWS::Serverless::…` resources stand for in their place. `root` is the whole template.
void ExpandServerless(TemplateValue* root);

}  // namespace bylaw
