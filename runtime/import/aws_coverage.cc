#include "runtime/import/aws_coverage.h"

#include <algorithm>
#include <cctype>

namespace bylaw {

namespace {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

/// Source types that show the same resources: output of one of them is enough.
std::string_view GroupOf(std::string_view source_type) {
  static const std::unordered_map<std::string_view, std::string_view> kGroups = {
      {"RoleDetailList", "Roles"},
      {"UserDetailList", "Users"},
      {"GroupDetailList", "Groups"},
      {"Role", "Roles"},
      {"User", "Users"},
      {"Group", "Groups"},
      {"NetworkInterfaces", "Instances"},
      {"inspector2 list-findings by image", "imageScanFindings"}};
  const auto found = kGroups.find(source_type);
  return found == kGroups.end() ? source_type : found->second;
}

/// The account that a scope begins with; empty when its files do not tell.
std::string_view AccountOf(std::string_view scope) {
  const std::string_view account = scope.substr(0, scope.find('/'));
  return IsAwsAccount(account) ? account : std::string_view();
}

const AwsCall* CallOf(std::string_view source_type) {
  source_type = source_type.substr(0, source_type.find(" by "));  // elements of a reply in groups
  for (const AwsCall& call : AwsCalls()) {
    const std::vector<std::string> types = AwsSourceTypes(call);
    if (std::find(types.begin(), types.end(), source_type) != types.end()) return &call;
  }
  return nullptr;
}

}  // namespace

void AwsCoverage::AddReply(const AwsCall& call, const std::string& scope, bool wholly, std::string_view id) {
  Replies& replies = replies_[{call.service, call.name}];
  replies.call = &call;
  Scope& own = replies.scopes[scope];
  own.wholly = own.wholly || wholly;
  if (!id.empty()) replies.ids.emplace(id);
  if (!call.is_global) scopes_.insert(scope);
}

void AwsCoverage::AddListed(std::string_view service, std::string_view member, std::string_view id) {
  listed_[{std::string(service), Lower(member)}].emplace(id);
}

std::string AwsCoverage::WhyNot(const AwsCall& call) const {
  const std::string name = "`" + std::string(call.service) + " " + std::string(call.name) + "`";
  const auto found = replies_.find({call.service, call.name});
  if (found == replies_.end()) return "no output of " + name + " among the inputs";
  const Replies& replies = found->second;
  if (!call.is_about_account()) {
    const auto listed = listed_.find({std::string(call.service), Lower(call.parameter)});
    if (listed == listed_.end())
      return "no list among the inputs tells whether output of " + name + " is there for every resource";
    for (const std::string& id : listed->second) {
      if (!replies.ids.contains(id)) return "no output of " + name + " for `" + id + "` among the inputs";
    }
    return {};
  }
  for (const auto& [scope, own] : replies.scopes) {
    if (!own.wholly) return "output of " + name + " ends in a token for the next page: not all of it is there";
  }
  if (call.is_global || !call.parameter.empty()) {
    // One answer for all regions of an account.
    for (const std::string& scope : scopes_) {
      const std::string_view account = AccountOf(scope);
      const bool answered =
          account.empty() || std::any_of(replies.scopes.begin(), replies.scopes.end(), [&](const auto& own) {
            const std::string_view other = AccountOf(own.first);
            return other.empty() || other == account;
          });
      if (!answered) return "no output of " + name + " for the account `" + std::string(account) + "`";
    }
    return {};
  }
  for (const std::string& scope : scopes_) {
    if (!replies.scopes.contains(scope)) return "no output of " + name + " in `" + scope + "`";
  }
  return {};
}

void AwsCoverage::Apply(SnapshotBuilder& builder) const {
  const Program& program = builder.program();
  for (TableId t = 0; t < program.tables.size(); ++t) {
    const Table& table = program.tables[t];
    std::map<std::string_view, std::string> groups;  // why each is not covered
    for (const TableMapping& mapping : table.mappings) {
      if (mapping.format != "aws_cli") continue;
      const std::string_view group = GroupOf(mapping.source_type);
      const auto known = groups.find(group);
      if (known != groups.end() && known->second.empty()) continue;
      const AwsCall* call = CallOf(mapping.source_type);
      groups[group] = call == nullptr ? "no output with `" + mapping.source_type + "` among the inputs" : WhyNot(*call);
    }
    if (table.kind == TableKind::kSource && table.mappings.empty()) {
      static constexpr std::string_view kBegin = "aws_cli[\"";
      if (table.name.starts_with(kBegin) && table.name.ends_with("\"]")) {
        const std::string type = table.name.substr(kBegin.size(), table.name.size() - kBegin.size() - 2);
        const AwsCall* call = CallOf(type);
        groups[""] = call == nullptr ? "no output with `" + type + "` among the inputs" : WhyNot(*call);
      }
    }
    if (groups.empty()) continue;
    const auto open =
        std::find_if(groups.begin(), groups.end(), [](const auto& group) { return !group.second.empty(); });
    if (open == groups.end()) {
      builder.CoverTable(t);
    } else {
      builder.SetNotCoveredReason(t, open->second);
    }
  }
}

}  // namespace bylaw
