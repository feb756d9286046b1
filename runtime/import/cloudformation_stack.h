// TemplateStack: one deployment of a CloudFormation template: its parameters bound, its conditions decided, its
// intrinsic functions resolved.
//
//   InputFile ──► Template (as written) ──► TemplateStack (one for each place where it is deployed) ──► resources, whose
//   bodies are read and resolved when they are asked for
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
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/import/cloudformation_template.h"
#include "runtime/import/cloudformation_value.h"

namespace bylaw {

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
    max_work_ += kWorkPerValue * added.num_values();
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

  TemplateTypes& types() { return types_; }

  /// What is read of a body may turn out to be malformed: reading skipped it.
  void NoteFault(const Template& source) {
    if (faulty_ == nullptr) faulty_ = &source;
  }
  /// A template in which that was met; null: none.
  const Template* faulty() const { return faulty_; }
  /// To read a body with that is at once made a value of.
  JsonDocument& document() { return document_; }

  /// Counts values that are made, which nested expressions can multiply beyond all bounds; false when it is too much.
  bool Spend(uint64_t amount) { return (work_ += amount) <= max_work_; }
  /// How many values within each other are being resolved, over all stacks.
  int depth = 0;

 private:
  static constexpr uint64_t kWorkPerValue = 100;

  void DeployStack(std::unique_ptr<TemplateStack> stack, int level);

  std::map<std::string, std::string> parameters_;
  std::set<std::string> contested_;
  TemplateTypes types_;
  JsonDocument document_;
  const Template* faulty_ = nullptr;
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
    const TemplateResource* written;
    TemplateStack* nested = nullptr;

    const std::string& id() const { return written->id; }
    const std::string& type() const { return *written->type; }
  };
  /// A loop over resources that cannot be expanded.
  struct Problem {
    uint64_t offset = 0;
    std::string text;
  };

  /// `path` is where the stack stands: empty for the outermost, else "Parent/" or "Parent/Child/".
  TemplateStack(TemplateSet& set, const Template& source, std::string path,
                std::map<std::string, TemplateValue> arguments);

  const Template& source() const { return source_; }
  const std::string& path() const { return path_; }
  std::vector<Resource>& resources() { return resources_; }
  const std::vector<Problem>& problems() const { return problems_; }
  std::string AddressOf(const Resource& resource) const { return path_ + resource.id(); }
  /// What a section holds, as written; null when it is not there. `Resources` is none of these.
  const TemplateValue* Section(std::string_view name) const;
  /// The whole of a resource, as written, its loops expanded.
  TemplateValue Body(const TemplateResource& resource);
  /// That as it stands in the file, as Template::Body has it.
  JsonValue WrittenBody(const TemplateResource& resource, JsonDocument* document) const {
    return source_.Body(resource, document);
  }

  /// A boolean, or unknown.
  TemplateValue Exists(const Resource& resource);
  TemplateValue Resolve(const TemplateValue& value);
  TemplateSet& set() { return set_; }
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
  void AddResource(const TemplateResource& resource);
  /// Of an open-addressed table by the hash of the id.
  struct Slot {
    uint32_t number = 0;  ///< in resources_, from 1; 0: the slot is empty
    uint32_t hash = 0;
  };
  /// The one that has the resource called `id`, or that it would have.
  const Slot& SlotOf(std::string_view id, uint32_t hash) const;
  void MakeSlots(size_t num_resources);
  void AddLoop(const TemplateResource& loop, std::vector<const TemplateResource*>* resources);
  /// Member `name` of a resource's properties, as written; nothing where there is none.
  std::optional<TemplateValue> PropertyOf(const TemplateResource& resource, const std::string& name);
  TemplateValue Expanded(const TemplateValue& value);
  const TemplateResource* Keep(TemplateValue::Member made);

  TemplateSet& set_;
  const Template& source_;
  std::string path_;
  std::map<std::string, TemplateValue> arguments_;  ///< of a nested stack
  bool is_nested_ = false;
  std::unique_ptr<const TemplateValue> expanded_;  ///< the template's sections without loops, where they have some
  const TemplateValue* root_;                      ///< that, or the sections as written
  std::deque<TemplateResource> made_;              ///< what loops and transforms made
  std::vector<Resource> resources_;
  std::vector<Slot> slots_;  ///< [a power of two]
  std::vector<Problem> problems_;
  bool is_expanding_ = false;  ///< what loops range over is resolved before there are resources
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

/// Whether this is a loop that ExpandLoops puts in place.
bool IsLoop(const TemplateValue::Member& member);

/// Whether a type is one of SAM's.
bool IsServerless(std::string_view type);

/// SAM: what an `AWS::Serverless::…` resource stands for; nothing where it is none, or none that is known. `globals`
/// may be null.
std::vector<TemplateValue::Member> ExpandServerless(const TemplateValue::Member& resource,
                                                    const TemplateValue* globals);

}  // namespace bylaw
