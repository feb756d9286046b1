#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "cli/surface/surface.h"

namespace bylaw::cli {
namespace {

constexpr std::string_view kPackage = "surface";
constexpr std::array<std::string_view, 2> kStacks = {"container", "serverless"};
constexpr std::array<std::string_view, kNumImageCounts> kImageControls = {"packages", "flaws", "fixable", "old"};

/// What a find of a rule of the package means.
enum class Meaning : uint8_t { kSetting, kWorkload, kPart, kNeeds, kServes, kTeam, kImage };

struct RuleMeaning {
  Meaning meaning = Meaning::kSetting;
  size_t index = 0;  ///< of kStacks or ImageCount
  Severity severity = Severity::kInfo;
};

RuleMeaning MeaningOf(const Rule& rule) {
  RuleMeaning result{.severity = rule.severity};
  if (rule.package != kPackage) return result;
  BYLAW_CHECK(rule.controls.size() == 1 && rule.controls[0].starts_with("surface:"), "rule {} says not what it means",
              rule.name);
  const std::string_view name = std::string_view(rule.controls[0]).substr(std::string_view("surface:").size());
  for (size_t stack = 0; stack < kStacks.size(); ++stack) {
    if (name == kStacks[stack]) return {.meaning = Meaning::kWorkload, .index = stack};
    if (name.starts_with(kStacks[stack]) && name.substr(kStacks[stack].size()) == "-part")
      return {.meaning = Meaning::kPart, .index = stack};
  }
  for (size_t image = 0; image < kImageControls.size(); ++image) {
    if (name == kImageControls[image]) return {.meaning = Meaning::kImage, .index = image};
  }
  if (name == "needs") return {.meaning = Meaning::kNeeds};
  if (name == "serves") return {.meaning = Meaning::kServes};
  BYLAW_CHECK(name == "team", "rule {} means `{}`, which nothing counts", rule.name, name);
  return {.meaning = Meaning::kTeam};
}

/// The rows of all tables, numbered through.
using Node = uint32_t;

class Counter {
 public:
  explicit Counter(const LoadedSnapshot& loaded) : program_(loaded.policies.program()), snapshot_(*loaded.snapshot) {
    first_.push_back(0);
    for (TableId table = 0; table < program_.tables.size(); ++table)
      first_.push_back(first_.back() + snapshot_.num_rows(table));
    settings_.resize(first_.back());
    needs_.resize(first_.back());
    for (const Rule& rule : program_.rules) meanings_.push_back(MeaningOf(rule));
  }

  void Take(Judgement&& judgement) {
    const RuleMeaning& rule = meanings_[judgement.rule];
    const std::vector<JudgedValue>& tuple = judgement.tuple;
    const Node first = tuple.empty() ? kNone : NodeOf(tuple.front());
    if (first == kNone && rule.meaning == Meaning::kSetting) return;  // of the snapshot as a whole, or of a value
    if (rule.meaning == Meaning::kSetting) {
      SurfaceCounts& counts = settings_[first];
      ++counts.settings;
      counts.undecided += judgement.verdict == Verdict::kUnknown ? 1 : 0;
      if (judgement.verdict != Verdict::kFail) return;
      ++counts.failing;
      ++counts.failing_by_severity[static_cast<size_t>(rule.severity)];
      return;
    }
    const bool is_link = rule.meaning == Meaning::kNeeds || rule.meaning == Meaning::kServes;
    const Node last = is_link ? NodeOf(tuple.back()) : kNone;
    if (judgement.verdict != Verdict::kFail || first == kNone || (is_link && last == kNone)) {
      undecided_links_ += is_link ? 1 : 0;
      return;
    }
    switch (rule.meaning) {
      case Meaning::kWorkload: workloads_.push_back({first, rule.index}); break;
      case Meaning::kPart: parts_.push_back({first, rule.index}); break;
      case Meaning::kNeeds: needs_[first].push_back(last); break;
      case Meaning::kServes: needs_[last].push_back(first); break;
      case Meaning::kTeam: teams_.try_emplace(RecordOf(first), tuple.back().text); break;
      case Meaning::kImage: ++settings_[first].images[rule.index]; break;
      case Meaning::kSetting: break;
    }
  }

  Surface Finish() {
    std::sort(workloads_.begin(), workloads_.end());
    Surface surface;
    surface.inputs = snapshot_.inputs();
    surface.undecided_links = undecided_links_;
    std::map<std::string, std::vector<Node>> accounts, teams;
    for (const auto& [node, stack] : workloads_) {
      SurfaceWorkload workload = Describe(node, stack);
      workload.counts = Count(Behind(std::span(&node, 1))).counts;
      workload.counts.workloads = 1;
      accounts[workload.account].push_back(node);
      teams[workload.team].push_back(node);
      surface.workloads.push_back(std::move(workload));
    }
    std::sort(surface.workloads.begin(), surface.workloads.end(),
              [](const SurfaceWorkload& a, const SurfaceWorkload& b) {
                return std::tie(a.stack, b.counts.settings, a.account, a.region, a.type, a.address) <
                       std::tie(b.stack, a.counts.settings, b.account, b.region, b.type, b.address);
              });
    for (const auto& [name, roots] : accounts) surface.accounts.push_back(Scope(name, roots));
    for (const auto& [name, roots] : teams) surface.teams.push_back(Scope(name, roots));
    AddStacks(surface);
    return surface;
  }

 private:
  Node NodeOf(const JudgedValue& value) const { return value.table == kNone ? kNone : first_[value.table] + value.row; }
  TableId TableOf(Node node) const {
    return static_cast<TableId>(std::upper_bound(first_.begin(), first_.end(), node) - first_.begin() - 1);
  }
  Row RecordOf(Node node) const {
    const TableId table = TableOf(node);
    const std::vector<Row>& records = snapshot_.table(table).records;
    const Row row = node - first_[table];
    return row < records.size() && records[row] < snapshot_.num_records() ? records[row] : kNone;
  }
  std::string Text(StringId id) const {
    return id == kNone ? std::string() : std::string(snapshot_.strings().Text(id));
  }

  SurfaceWorkload Describe(Node node, size_t stack) const {
    SurfaceWorkload workload{.stack = std::string(kStacks[stack]),
                             .type = {},
                             .address = {},
                             .account = {},
                             .region = {},
                             .team = {},
                             .counts = {}};
    const Row row = RecordOf(node);
    if (row == kNone) return workload;
    const Record& record = snapshot_.record(row);
    workload.type = Text(record.type), workload.address = Text(record.address), workload.account = Text(record.account),
    workload.region = Text(record.region);
    if (const auto team = teams_.find(row); team != teams_.end()) workload.team = team->second;
    return workload;
  }

  /// `roots` and all that they need, each once, in ascending order.
  std::vector<Node> Behind(std::span<const Node> roots) {
    reached_.resize(needs_.size(), 0);
    std::vector<Node> found;
    auto reach = [&](Node node) {
      if (std::exchange(reached_[node], 1) == 0) found.push_back(node);
    };
    for (Node root : roots) reach(root);
    for (size_t i = 0; i < found.size(); ++i) {
      for (Node next : needs_[found[i]]) reach(next);
    }
    for (Node node : found) reached_[node] = 0;
    std::sort(found.begin(), found.end());
    return found;
  }

  SurfaceScope Count(std::span<const Node> nodes) const {
    SurfaceScope scope;
    std::map<StringId, SurfaceKind> kinds;
    std::unordered_set<Row> seen;
    for (Node node : nodes) {
      const SurfaceCounts& own = settings_[node];
      scope.counts.settings += own.settings, scope.counts.failing += own.failing,
          scope.counts.undecided += own.undecided;
      for (size_t i = 0; i < own.failing_by_severity.size(); ++i)
        scope.counts.failing_by_severity[i] += own.failing_by_severity[i];
      for (size_t i = 0; i < own.images.size(); ++i) scope.counts.images[i] += own.images[i];
      const Row record = RecordOf(node);
      if (record == kNone) continue;
      SurfaceKind& kind = kinds[snapshot_.record(record).type];
      kind.settings += own.settings, kind.failing += own.failing;
      if (!seen.insert(record).second) continue;
      ++kind.resources;
      ++scope.counts.resources;
    }
    for (auto& [type, kind] : kinds) {
      kind.type = Text(type);
      scope.kinds.push_back(std::move(kind));
    }
    std::sort(scope.kinds.begin(), scope.kinds.end(), [](const SurfaceKind& a, const SurfaceKind& b) {
      return std::tie(b.settings, b.resources, a.type) < std::tie(a.settings, a.resources, b.type);
    });
    return scope;
  }

  SurfaceScope Scope(const std::string& name, std::span<const Node> roots) {
    SurfaceScope scope = Count(Behind(roots));
    scope.name = name;
    scope.counts.workloads = roots.size();
    return scope;
  }

  void AddStacks(Surface& surface) {
    std::array<std::vector<Node>, kStacks.size()> behind;
    for (size_t stack = 0; stack < kStacks.size(); ++stack) {
      std::vector<Node> roots;
      for (const auto& [node, of] : workloads_) {
        if (of == stack) roots.push_back(node);
      }
      const size_t num_workloads = roots.size();
      for (const auto& [node, of] : parts_) {
        if (of == stack) roots.push_back(node);
      }
      behind[stack] = Behind(roots);
      SurfaceScope scope = Count(behind[stack]);
      scope.name = kStacks[stack];
      scope.counts.workloads = num_workloads;
      surface.stacks.push_back(std::move(scope));
    }
    std::vector<Node> both, either, rest;
    std::set_intersection(behind[0].begin(), behind[0].end(), behind[1].begin(), behind[1].end(),
                          std::back_inserter(both));
    std::set_union(behind[0].begin(), behind[0].end(), behind[1].begin(), behind[1].end(), std::back_inserter(either));
    for (Node node = 0; node < settings_.size(); ++node) {
      if (settings_[node].settings > 0 && !std::binary_search(either.begin(), either.end(), node)) rest.push_back(node);
    }
    surface.shared = Count(both);
    surface.shared.name = "shared";
    surface.elsewhere = Count(rest);
    surface.elsewhere.name = "elsewhere";
  }

  const Program& program_;
  const Snapshot& snapshot_;
  std::vector<RuleMeaning> meanings_;                       // [num rules]
  std::vector<Node> first_;                                 // [num tables + 1]: the node of each table's first row
  std::vector<SurfaceCounts> settings_;                     // [num nodes]: of the row itself
  std::vector<std::vector<Node>> needs_;                    // [num nodes]
  std::vector<std::pair<Node, size_t>> workloads_, parts_;  // with their stack
  std::unordered_map<Row, std::string> teams_;              // by record
  std::vector<uint8_t> reached_;                            // [num nodes]: scratch of Behind
  uint64_t undecided_links_ = 0;
};

}  // namespace

Result<Surface> CountSurface(const LoadedSnapshot& loaded, const CheckOptions& options) {
  Counter counter(loaded);
  BYLAW_RETURN_IF_ERROR(Judge(loaded, options, [&](Judgement&& judgement) { counter.Take(std::move(judgement)); }));
  Surface surface = counter.Finish();
  surface.now = options.now;
  return surface;
}

std::span<const SurfaceMeasure> SurfaceMeasures() {
  static constexpr auto image = []<ImageCount count>(const SurfaceCounts& counts) {
    return counts.images[static_cast<size_t>(count)];
  };
  static const std::array measures = {
      SurfaceMeasure{"workloads", "workloads", [](const SurfaceCounts& c) { return c.workloads; }, false},
      SurfaceMeasure{"resources to keep right", "resources", [](const SurfaceCounts& c) { return c.resources; }, false},
      SurfaceMeasure{"settings with a rule", "settings", [](const SurfaceCounts& c) { return c.settings; }, false},
      SurfaceMeasure{"failing", "failing", [](const SurfaceCounts& c) { return c.failing; }, true},
      SurfaceMeasure{"undecided", "undecided", [](const SurfaceCounts& c) { return c.undecided; }, true},
      SurfaceMeasure{"image packages to patch", "packages",
                     [](const SurfaceCounts& c) { return image.operator()<ImageCount::kPackages>(c); }, false},
      SurfaceMeasure{"known vulnerabilities", "vulnerabilities",
                     [](const SurfaceCounts& c) { return image.operator()<ImageCount::kFlaws>(c); }, false},
      SurfaceMeasure{"with a fix", "fixable",
                     [](const SurfaceCounts& c) { return image.operator()<ImageCount::kFixable>(c); }, true},
      SurfaceMeasure{"known for long", "old",
                     [](const SurfaceCounts& c) { return image.operator()<ImageCount::kOld>(c); }, true},
  };
  return measures;
}

}  // namespace bylaw::cli
