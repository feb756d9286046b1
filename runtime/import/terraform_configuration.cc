#include "runtime/import/terraform_configuration.h"

#include <algorithm>

namespace bylaw {

namespace {

/// References through more modules and attributes than this are not followed.
constexpr int kMaxDepth = 32;

std::string GroupKey(std::string_view module_address, std::string_view name) {
  std::string key(module_address);
  key += '\n';
  key += name;
  return key;
}

/// Calls `each(i)` for the places of an address that stand outside its indices ("module.a[\"x.y\"].b").
template <typename Function>
void ForEachOutsideIndices(std::string_view address, Function each) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < address.size(); ++i) {
    const char c = address[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '[') ++depth;
    if (depth == 0) each(i);
    if (c == ']') --depth;
  }
}

/// A module's path: its address without indices.
std::string PathOf(std::string_view module_address) {
  std::string path;
  ForEachOutsideIndices(module_address, [&](size_t i) { path += module_address[i]; });
  return path;
}

std::string Child(std::string_view parent, std::string_view child) {
  return parent.empty() ? std::string(child) : std::string(parent) + "." + std::string(child);
}

bool IsIndex(const std::string& part) { return part.starts_with('['); }

/// A module's or resource's own expression: leaves have `references` or `constant_value`.
bool IsLeaf(JsonValue expression) {
  return expression.is_object() &&
         (expression.Find("references").is_array() || bool(expression.Find("constant_value")));
}

/// Whether a block of the configuration can be the one that made `element`: no constant of it differs.
bool CanMake(JsonValue block, JsonValue element) {
  if (!element.is_object()) return true;
  for (JsonField field : block.fields()) {
    const JsonValue constant = field.value.Find("constant_value");
    if (!constant || constant.is_array() || constant.is_object() || constant.is_null()) continue;
    const JsonValue value = element.Find(field.key.ToString());
    if (!value || value.is_null() || value.is_array() || value.is_object()) continue;
    const std::string wanted = constant.is_string() ? constant.string().ToString() : std::string(constant.raw());
    const std::string seen = value.is_string() ? value.string().ToString() : std::string(value.raw());
    if (wanted != seen) return false;
  }
  return true;
}

/// What stands at `path`, under the elements that `steps` name: expressions, blocks, and lists of blocks. Expressions on the way, each for all below
/// it, are appended to `leaves`.
std::vector<JsonValue> FindWritten(JsonValue expressions, std::span<const ElementStep> steps,
                                   std::span<const std::string> path, std::vector<JsonValue>* leaves) {
  std::vector<JsonValue> at = {expressions};
  auto descend = [&](std::span<const std::string> keys, const ElementStep* step) {
    for (const std::string& key : keys) {
      std::vector<JsonValue> next;
      for (JsonValue value : at) {
        auto take = [&](JsonValue object) {
          if (IsLeaf(object)) {
            leaves->push_back(object);
          } else if (const JsonValue member = object.Find(key)) {
            next.push_back(member);
          }
        };
        if (value.is_array()) {
          for (JsonValue element : value.elements()) take(element);
        } else {
          take(value);
        }
      }
      at = std::move(next);
    }
    if (step == nullptr) return;
    std::vector<JsonValue> blocks, fitting;
    for (JsonValue value : at) {
      if (!value.is_array()) {
        blocks.push_back(value);
        continue;
      }
      const size_t num_blocks = blocks.size();
      for (JsonValue element : value.elements()) blocks.push_back(element);
      // Elements beyond the blocks that are listed come from a `dynamic` one, and nobody knows which.
      if (blocks.size() - num_blocks < step->num_elements) blocks.resize(num_blocks);
    }
    // Which of several blocks is meant is told by their constants.
    for (JsonValue block : blocks) {
      if (IsLeaf(block) || CanMake(block, step->element)) fitting.push_back(block);
    }
    at = std::move(fitting);
  };
  for (const ElementStep& step : steps) descend(step.path, &step);
  descend(path, nullptr);
  return at;
}

/// The leaf expressions at `path`, under the elements that `steps` name. An expression for a whole list stands for all in it.
void FindLeaves(JsonValue expressions, std::span<const ElementStep> steps, std::span<const std::string> path,
                std::vector<JsonValue>* leaves) {
  for (JsonValue value : FindWritten(expressions, steps, path, leaves)) {
    if (value.is_object()) leaves->push_back(value);
  }
}

/// The value whose text the configuration keeps; missing when there is none.
JsonValue ParseKept(JsonDocument& document, std::string_view text) {
  if (text.empty()) return {};
  const auto value = document.Parse(text, JsonDocument::Trust::kValidated);
  return value.ok() ? *value : JsonValue();
}

}  // namespace

bool SplitModuleAddress(std::string_view address, std::string_view* parent, std::string_view* name,
                        std::string_view* index) {
  // The last "module." outside indices begins the last step. A module may be called "module".
  size_t start = std::string_view::npos, next = 0;
  ForEachOutsideIndices(address, [&](size_t i) {
    if (i < next || !address.substr(i).starts_with("module.") || (i > 0 && address[i - 1] != '.')) return;
    start = i;
    next = i + 7;
  });
  if (start == std::string_view::npos) return false;
  *parent = start == 0 ? std::string_view() : address.substr(0, start - 1);
  const std::string_view step = address.substr(start + 7);
  const size_t bracket = step.find('[');
  *name = step.substr(0, bracket);
  *index = bracket == std::string_view::npos ? std::string_view() : step.substr(bracket + 1, step.size() - bracket - 2);
  return true;
}

std::vector<std::string> SplitReference(std::string_view reference) {
  std::vector<std::string> parts;
  std::string part;
  for (size_t i = 0; i < reference.size(); ++i) {
    const char c = reference[i];
    if (c == '.') {
      if (!part.empty()) parts.push_back(std::move(part));
      part.clear();
    } else if (c == '[') {
      if (!part.empty()) parts.push_back(std::move(part));
      const size_t begin = i;
      bool quoted = false;
      for (; i < reference.size(); ++i) {
        if (reference[i] == '\\' && quoted) {
          ++i;
        } else if (reference[i] == '"') {
          quoted = !quoted;
        } else if (reference[i] == ']' && !quoted) {
          break;
        }
      }
      parts.emplace_back(reference.substr(begin, std::min(i + 1, reference.size()) - begin));
      part.clear();
    } else {
      part += c;
    }
  }
  if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

Status TerraformConfiguration::Load(uint64_t offset, const JsonStream::Options& options) {
  JsonStream::Options own = options;
  own.begin = offset;
  JsonStream stream(file_, own);
  if (stream.NextDocument() && stream.EnterObject()) {
    loaded_ = true;
    std::string_view key;
    while (stream.NextKey(&key)) {
      if (key == "root_module") BYLAW_RETURN_IF_ERROR(LoadModule(stream, ""));
    }
  }
  return stream.status();
}

Status TerraformConfiguration::LoadModule(JsonStream& stream, const std::string& path) {
  modules_[path];
  if (!stream.EnterObject()) return Ok{};
  std::string_view key;
  while (stream.NextKey(&key)) {
    if (key == "resources") {
      BYLAW_RETURN_IF_ERROR(LoadResources(stream, modules_[path]));
    } else if (key == "module_calls") {
      BYLAW_RETURN_IF_ERROR(LoadCalls(stream, path));
    } else if (key == "outputs" && stream.EnterObject()) {
      std::string_view output;
      while (stream.NextKey(&output)) {
        const std::string name(output);
        modules_[path].outputs[name] = stream.TakeValue().Find("expression").raw();
      }
    }
  }
  return Ok{};
}

Status TerraformConfiguration::LoadResources(JsonStream& stream, Module& module) {
  if (!stream.EnterArray()) return Ok{};
  while (stream.NextElement()) {
    const JsonValue resource = stream.TakeValue();
    Block block;
    block.expressions = resource.Find("expressions").raw();
    for (const char* key : {"count_expression", "for_each_expression"}) {
      if (const JsonValue repetition = resource.Find(key)) {
        block.repetition = repetition.raw();
        block.repeated = true;
      }
    }
    module.resources[resource.Find("address").string().ToString()] = block;
  }
  return Ok{};
}

Status TerraformConfiguration::LoadCalls(JsonStream& stream, const std::string& path) {
  if (!stream.EnterObject()) return Ok{};
  std::string_view call;
  while (stream.NextKey(&call)) {
    const std::string name(call);
    if (!stream.EnterObject()) continue;
    Block block;
    std::string_view key;
    while (stream.NextKey(&key)) {
      if (key == "expressions") {
        block.expressions = stream.TakeValue().raw();
      } else if (key == "count_expression" || key == "for_each_expression") {
        block.repetition = stream.TakeValue().raw();
        block.repeated = true;
      } else if (key == "module") {
        BYLAW_RETURN_IF_ERROR(LoadModule(stream, Child(path, "module." + name)));
      }
    }
    modules_[path].calls[name] = block;
  }
  return Ok{};
}

void TerraformConfiguration::AddInstance(const Instance& instance) {
  if (!instance.index.empty()) {
    groups_[GroupKey(instance.module_address, instance.name)].emplace(instance.index, instance.address);
  }
  if (instance.module_address == last_module_address_) return;
  last_module_address_ = instance.module_address;
  std::string_view address = instance.module_address, parent, name, index;
  while (SplitModuleAddress(address, &parent, &name, &index)) {
    groups_[GroupKey(parent, "module." + std::string(name))].emplace(index, address);
    address = parent;
  }
}

const TerraformConfiguration::Module* TerraformConfiguration::FindModule(std::string_view module_address) const {
  const auto found = modules_.find(PathOf(module_address));
  return found == modules_.end() ? nullptr : &found->second;
}

const TerraformConfiguration::Group* TerraformConfiguration::FindGroup(const std::string& module_address,
                                                                       std::string_view name) const {
  const auto found = groups_.find(GroupKey(module_address, name));
  return found == groups_.end() ? nullptr : &found->second;
}

bool TerraformConfiguration::Sets(const Instance& instance, const std::string& key) {
  const Module* module = FindModule(instance.module_address);
  if (module == nullptr) return false;
  const auto block = module->resources.find(std::string(instance.name));
  if (block == module->resources.end()) return false;
  JsonDocument document;
  const JsonValue expressions = ParseKept(document, block->second.expressions);
  return bool(expressions.Find(key));
}

bool TerraformConfiguration::LeavesOut(const Instance& instance, std::span<const ElementStep> steps,
                                       std::span<const std::string> path) {
  const Module* module = FindModule(instance.module_address);
  if (module == nullptr) return false;
  const auto block = module->resources.find(std::string(instance.name));
  if (block == module->resources.end()) return false;
  JsonDocument document;
  const JsonValue expressions = ParseKept(document, block->second.expressions);
  std::vector<JsonValue> leaves;
  const std::vector<JsonValue> parents = FindWritten(expressions, steps, path.first(path.size() - 1), &leaves);
  if (!leaves.empty()) return false;
  if (steps.empty() && path.size() == 1) return !expressions.Find(path.back());
  auto leaves_out = [&](JsonValue parent) {
    return parent.is_object() && !IsLeaf(parent) && !parent.Find(path.back());
  };
  auto all_leave_out = [&](JsonValue value) {
    // Without a list around it, an object in which nothing stands is an expression that refers to nothing.
    if (!value.is_array()) return leaves_out(value) && value.fields().begin() != value.fields().end();
    return std::ranges::all_of(value.elements(), leaves_out);
  };
  return !parents.empty() && std::all_of(parents.begin(), parents.end(), all_leave_out);
}

TerraformConfiguration::Answer TerraformConfiguration::Follow(const Instance& instance,
                                                              std::span<const ElementStep> steps,
                                                              std::span<const std::string> path,
                                                              const ReferenceSource::Accepts& accepts) {
  Search search{.accepts = accepts};
  const Module* module = FindModule(instance.module_address);
  if (module == nullptr) return {};
  const auto block = module->resources.find(std::string(instance.name));
  if (block == module->resources.end()) return {};
  JsonDocument document;
  const JsonValue expressions = ParseKept(document, block->second.expressions);
  if (!expressions) return {};
  std::vector<JsonValue> leaves;
  FindLeaves(expressions, steps, path, &leaves);
  const Context context{std::string(instance.module_address), &block->second, std::string(instance.index),
                        FindGroup(std::string(instance.module_address), instance.name)};
  search.answer.is_set = !leaves.empty();
  for (JsonValue leaf : leaves) FollowReferences(leaf.Find("references"), context, false, search);
  // What is hidden may be the very thing that makes the value unknown.
  if (search.opaque) search.answer.targets.clear();
  if (leaves.empty() && !steps.empty()) {
    search.answer.note = "the plan lists no references for the block `" + steps[0].path.front() + "` of `" +
                         std::string(instance.address) + "`";
  }
  search.answer.exact = search.answer.note.empty() && !search.answer.targets.empty();
  return std::move(search.answer);
}

void TerraformConfiguration::FollowText(std::string_view expression, const Context& context, Search& search) {
  JsonDocument document;
  const JsonValue value = ParseKept(document, expression);
  FollowReferences(value.Find("references"), context, false, search);
}

void TerraformConfiguration::FollowReferences(JsonValue references, const Context& context, bool by_own_key,
                                              Search& search) {
  if (search.depth >= kMaxDepth)
    return Hide("its references lead through more than " + std::to_string(kMaxDepth) + " steps", search);
  // Each reference is followed by its own prefixes, which say nothing more.
  std::vector<std::string> own;
  for (JsonValue reference : references.elements()) {
    std::string text = reference.string().ToString();
    const bool is_prefix = std::any_of(own.begin(), own.end(), [&](const std::string& longer) {
      return longer.starts_with(text) &&
             (longer.size() == text.size() || longer[text.size()] == '.' || longer[text.size()] == '[');
    });
    if (!is_prefix) own.push_back(std::move(text));
  }
  const bool paired =
      by_own_key || std::any_of(own.begin(), own.end(), [](const std::string& reference) {
        return reference == "each.key" || reference.starts_with("each.value") || reference == "count.index";
      });
  ++search.depth;
  for (const std::string& reference : own) FollowReference(reference, context, paired, search);
  --search.depth;
}

void TerraformConfiguration::FollowReference(std::string_view reference, const Context& context, bool paired,
                                             Search& search) {
  if (!search.visited.insert(context.module_address + "\n" + context.index + "\n" + std::string(reference)).second)
    return;
  const std::vector<std::string> parts = SplitReference(reference);
  if (parts.empty()) return;
  const std::string& head = parts[0];
  if (head == "each") {
    if (parts.size() < 2 || parts[1] != "value" || context.block == nullptr || context.block->repetition.empty())
      return;
    JsonDocument document;
    const JsonValue repetition = ParseKept(document, context.block->repetition);
    FollowReferences(repetition.Find("references"), context, true, search);
  } else if (head == "count" || head == "path" || head == "terraform" || head == "self") {
    return;
  } else if (head == "local") {
    Hide("it goes through `" + std::string(reference) + "`, and a plan does not list local values", search);
  } else if (head == "ephemeral") {
    Hide("it goes through `" + std::string(reference) + "`, and a plan holds no ephemeral values", search);
  } else if (head == "var") {
    FollowVariable(parts, context, search);
  } else if (head == "module") {
    FollowModule(parts, context, paired, search);
  } else if (head == "data") {
    if (parts.size() < 3) return;
    std::string address = "data." + parts[1] + "." + parts[2];
    size_t next = 3;
    if (parts.size() > next && IsIndex(parts[next])) address += parts[next++];
    // Another attribute than its own id is another thing, outside all the same.
    const bool itself = search.accepts(parts[1]) || parts.size() <= next || parts[next] == "id" || parts[next] == "arn";
    if (!itself) address += "." + parts[next];
    AddTarget(Child(context.module_address, address), itself ? std::string_view(parts[1]) : std::string_view(), search);
  } else {
    FollowResource(reference, parts, context, paired, search);
  }
}

void TerraformConfiguration::FollowVariable(const std::vector<std::string>& parts, const Context& context,
                                            Search& search) {
  if (parts.size() < 2) return;
  std::string_view parent, name, index;
  if (!SplitModuleAddress(context.module_address, &parent, &name, &index)) {
    return AddNote("it goes through the variable `var." + parts[1] + "`, of which the plan does not say the value",
                   search);
  }
  const Module* caller = FindModule(parent);
  if (caller == nullptr) return;
  const auto call = caller->calls.find(std::string(name));
  if (call == caller->calls.end()) return;
  JsonDocument document;
  const JsonValue expressions = ParseKept(document, call->second.expressions);
  if (!expressions) return;
  const JsonValue argument = expressions.Find(parts[1]);
  if (!argument)
    return AddNote("it goes through the default of the variable `" + parts[1] + "` of `" + context.module_address + "`",
                   search);
  const Context outer{std::string(parent), &call->second, std::string(index),
                      FindGroup(std::string(parent), "module." + std::string(name))};
  FollowReferences(argument.Find("references"), outer, false, search);
}

void TerraformConfiguration::FollowModule(const std::vector<std::string>& parts, const Context& context, bool paired,
                                          Search& search) {
  if (parts.size() < 2) return;
  const Module* module = FindModule(context.module_address);
  if (module == nullptr) return;
  const auto call = module->calls.find(parts[1]);
  if (call == module->calls.end()) return;
  const std::string own = Child(context.module_address, "module." + parts[1]);
  size_t next = 2;
  std::string key;
  if (parts.size() > next && IsIndex(parts[next])) {
    key = parts[next].substr(1, parts[next].size() - 2);
    ++next;
  }
  if (parts.size() <= next) return Hide("it names all of `" + own + "`", search);
  std::vector<std::string> addresses;
  const Group* group = FindGroup(context.module_address, "module." + parts[1]);
  if (!call->second.repeated || group == nullptr) {
    addresses.push_back(own);
  } else {
    for (const std::string& index : Choose(*group, key, context, paired)) addresses.push_back(group->at(index));
  }
  for (const std::string& address : addresses) {
    const Module* child = FindModule(address);
    if (child == nullptr) continue;
    const auto output = child->outputs.find(parts[next]);
    if (output == child->outputs.end()) continue;
    FollowText(output->second, {address, nullptr, "", nullptr}, search);
  }
}

void TerraformConfiguration::FollowResource(std::string_view reference, const std::vector<std::string>& parts,
                                            const Context& context, bool paired, Search& search) {
  if (parts.size() < 2) return;
  const std::string name = parts[0] + "." + parts[1];
  const Module* module = FindModule(context.module_address);
  const Block* block = nullptr;
  if (module != nullptr) {
    const auto found = module->resources.find(name);
    if (found != module->resources.end()) block = &found->second;
  }
  if (block == nullptr) return;
  size_t next = 2;
  std::string key;
  if (parts.size() > next && IsIndex(parts[next])) {
    key = parts[next].substr(1, parts[next].size() - 2);
    if (key == "*") key.clear();
    ++next;
  }
  // `aws_vpc.main.*.id` is the older form of a splat.
  if (parts.size() > next && parts[next] == "*") ++next;
  const std::string attribute = parts.size() > next ? parts[next] : std::string();
  struct Chosen {
    std::string address, index;
  };
  std::vector<Chosen> chosen;
  const Group* group = FindGroup(context.module_address, name);
  if (!block->repeated) {
    chosen.push_back({Child(context.module_address, name), ""});
  } else if (group != nullptr) {
    for (const std::string& index : Choose(*group, key, context, paired)) chosen.push_back({group->at(index), index});
  }
  if (search.accepts(parts[0]) || attribute.empty() || attribute == "id" || attribute == "arn") {
    for (const Chosen& instance : chosen) AddTarget(instance.address, parts[0], search);
    return;
  }
  JsonDocument document;
  const JsonValue expressions = ParseKept(document, block->expressions);
  // What terraform_data is given as `input` it gives on as `output`.
  const JsonValue argument =
      expressions.Find(parts[0] == "terraform_data" && attribute == "output" ? "input" : attribute);
  if (!argument) return Hide("`" + std::string(reference) + "` is known after apply", search);
  for (const Chosen& instance : chosen) {
    FollowReferences(argument.Find("references"), {context.module_address, block, instance.index, group}, false,
                     search);
  }
}

std::vector<std::string> TerraformConfiguration::Choose(const Group& group, const std::string& key,
                                                        const Context& context, bool paired) {
  std::vector<std::string> chosen;
  if (!key.empty()) {
    if (group.contains(key)) chosen.push_back(key);
    return chosen;
  }
  if (paired && context.group != nullptr && group.contains(context.index)) {
    const bool same_keys =
        context.group == &group || (context.group->size() == group.size() &&
                                    std::equal(group.begin(), group.end(), context.group->begin(),
                                               [](const auto& a, const auto& b) { return a.first == b.first; }));
    if (same_keys) return {context.index};
  }
  for (const auto& [index, address] : group) chosen.push_back(index);
  return chosen;
}

void TerraformConfiguration::AddTarget(const std::string& address, std::string_view source_type, Search& search) {
  const StringId id = strings_.Intern(address);
  if (search.found.insert(id).second) search.answer.targets.push_back({id, strings_.Intern(source_type)});
}

void TerraformConfiguration::Hide(std::string note, Search& search) {
  search.opaque = true;
  AddNote(std::move(note), search);
}

void TerraformConfiguration::AddNote(std::string note, Search& search) {
  if (search.answer.note.empty()) search.answer.note = std::move(note);
}

}  // namespace bylaw
