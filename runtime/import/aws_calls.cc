#include "runtime/import/aws_calls.h"

#include <algorithm>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

namespace bylaw {

namespace {

/// The table as text: a line a call, tabs between its columns. As an array of structures it would be three times as large in a library that may be loaded anywhere, for each of its texts has an
/// address that is put right then.
constexpr std::string_view kTable =
#define AWS_CALL(service, is_global, call, key, kind, is_primary, id, parameter, mark) \
  service "\t" #is_global "\t" call "\t" key "\t" #kind "\t" #is_primary "\t" id "\t" parameter "\t" mark "\n"
#include "runtime/import/aws_calls.def"
#undef AWS_CALL
    ;

AwsCall::Kind KindCalled(std::string_view name) {
  return name == "kObject"             ? AwsCall::kObject
         : name == "kReply"            ? AwsCall::kReply
         : name == "kCredentialReport" ? AwsCall::kCredentialReport
                                       : AwsCall::kList;
}

std::vector<AwsCall> ReadTable() {
  std::vector<AwsCall> calls;
  std::string_view rest = kTable;
  const auto take = [&rest](char end) {
    const size_t at = rest.find(end);
    const std::string_view column = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
    return column;
  };
  while (!rest.empty()) {
    AwsCall& call = calls.emplace_back();
    call.service = take('\t');
    call.is_global = take('\t') == "true";
    call.name = take('\t');
    call.key = take('\t');
    call.kind = KindCalled(take('\t'));
    call.is_primary = take('\t') == "true";
    call.id = take('\t');
    call.parameter = take('\t');
    call.mark = take('\n');
  }
  return calls;
}

struct Indexes {
  std::unordered_map<std::string_view, std::vector<const AwsCall*>> by_key, by_name;
  std::unordered_set<std::string_view> parameters, services;

  Indexes() {
    for (const AwsCall& call : AwsCalls()) {
      by_name[call.name].push_back(&call);
      services.insert(call.service);
      if (!call.parameter.empty()) parameters.insert(call.parameter);
      const std::string_view key = call.kind == AwsCall::kReply ? call.mark : call.outer_key();
      if (!key.empty()) by_key[key].push_back(&call);
    }
    for (auto& [key, calls] : by_key) {
      std::stable_sort(calls.begin(), calls.end(), [](const AwsCall* a, const AwsCall* b) {
        const bool a_first = a->is_primary && a->kind != AwsCall::kReply,
                   b_first = b->is_primary && b->kind != AwsCall::kReply;
        return a_first > b_first;
      });
    }
  }
};

const Indexes& TheIndexes() {
  static const Indexes indexes;
  return indexes;
}

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
char Lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// How many characters of `text` spell `name`, whatever the case and with `-` and `_` between words or not; 0 when it is not spelt there.
size_t Spells(std::string_view text, std::string_view name) {
  size_t at = 0;
  for (char c : name) {
    if (c == '-') continue;
    while (at > 0 && at < text.size() && (text[at] == '-' || text[at] == '_')) ++at;
    if (at >= text.size() || Lower(text[at]) != c) return 0;
    ++at;
  }
  return at < text.size() && IsAlnum(text[at]) ? 0 : at;
}

struct Named {
  std::string_view call;
  size_t begin = 0, end = 0;
};

/// The call that `text` names, the longest one.
Named FindCall(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && IsAlnum(text[at - 1])) continue;
    const char c = Lower(text[at]);
    if (c != 'd' && c != 'l' && c != 'g') continue;
    Named found;
    for (const auto& [name, calls] : TheIndexes().by_name) {
      if (name.front() != c) continue;
      const size_t length = Spells(text.substr(at), name);
      // `get-bucket-policy-status` is that call, and not get-bucket-policy about `status`.
      if (length > found.end - found.begin || (length > 0 && length == found.end - found.begin && name < found.call))
        found = {name, at, at + length};
    }
    if (!found.call.empty()) return found;
  }
  return {};
}

std::string_view Trim(std::string_view text, std::string_view what) {
  const size_t begin = text.find_first_not_of(what);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(what) - begin + 1);
}

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Regions may stand anywhere in a name: `us-east-1_ec2-describe-vpcs`.
std::string_view FindRegion(std::string_view text) {
  for (size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && IsAlnum(text[at - 1])) continue;
    for (size_t length = 9; length <= 16 && at + length <= text.size(); ++length) {
      if (at + length < text.size() && IsAlnum(text[at + length])) continue;
      if (IsAwsRegion(text.substr(at, length))) return text.substr(at, length);
    }
  }
  return {};
}

std::string_view FindAccount(std::string_view text) {
  for (size_t at = 0; at + 12 <= text.size(); ++at) {
    if ((at > 0 && IsAlnum(text[at - 1])) || (at + 12 < text.size() && IsAlnum(text[at + 12]))) continue;
    if (IsAwsAccount(text.substr(at, 12))) return text.substr(at, 12);
  }
  return {};
}

std::string_view WithoutEnding(std::string_view name) {
  for (std::string_view ending : {".gz", ".zst", ".json", ".csv", ".txt"}) {
    if (name.ends_with(ending)) name.remove_suffix(ending.size());
  }
  return name;
}

}  // namespace

std::string_view AwsCall::resource_key() const {
  return inner_key().empty() || inner_key() == "Items" ? outer_key() : inner_key();
}

std::span<const AwsCall> AwsCalls() {
  static const std::vector<AwsCall> calls = ReadTable();
  return calls;
}

bool IsVagueAwsKey(std::string_view key) {
  static const std::unordered_set<std::string_view> kVague = {
      "Arn",      "Attributes", "Description", "Entries", "Id",       "Items",     "Name",      "Policy",
      "Settings", "State",      "Status",      "Tags",    "Type",     "Value",     "Values",    "data",
      "id",       "item",       "items",       "kind",    "metadata", "name",      "status",    "tags",
      "type",     "value",      "values",      "version", "Version",  "resources", "Resources", "Results",
      "results",  "Parameters", "parameters",  "Outputs", "outputs",  "Metadata",  "spec",      "configuration",
      "matches",  "Mappings",   "Conditions",  "Rules",   "Transform"};
  return kVague.contains(key);
}

std::span<const AwsCall* const> AwsCallsByKey(std::string_view key) {
  const auto found = TheIndexes().by_key.find(key);
  return found == TheIndexes().by_key.end() ? std::span<const AwsCall* const>() : found->second;
}

std::span<const AwsCall* const> AwsCallsByName(std::string_view name) {
  const auto found = TheIndexes().by_name.find(name);
  return found == TheIndexes().by_name.end() ? std::span<const AwsCall* const>() : found->second;
}

bool IsAwsRequestParameter(std::string_view parameter) { return TheIndexes().parameters.contains(parameter); }

std::vector<std::string> AwsSourceTypes(const AwsCall& call) {
  std::vector<std::string> types = {std::string(call.service) + " " + std::string(call.name)};
  // A name that several services use stands for the first one's call.
  if (AwsCallsByName(call.name).front()->service == call.service) types.emplace_back(call.name);
  if (call.is_primary && call.kind != AwsCall::kReply) types.emplace_back(call.resource_key());
  return types;
}

AwsFileName ParseAwsFileName(std::string_view path) {
  AwsFileName name;
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (parts.empty()) return name;
  const std::string_view stem = WithoutEnding(parts.back());
  std::string folders;
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = i + 1 == parts.size() ? stem : parts[i];
    if (const std::string_view region = FindRegion(part); !region.empty()) name.region = region;
    if (const std::string_view account = FindAccount(part); !account.empty()) name.account = account;
    if (i + 1 < parts.size()) folders += std::string(part) + "/";
  }

  std::string_view before, after;
  Named named = FindCall(stem);
  if (!named.call.empty()) {
    before = stem.substr(0, named.begin);
    after = stem.substr(named.end);
  } else if (parts.size() > 1) {
    // get-bucket-policy/my-bucket.json
    named = FindCall(parts[parts.size() - 2]);
    before = parts[parts.size() - 2].substr(0, named.begin);
    after = stem;
    if (!named.call.empty() && folders.size() > parts[parts.size() - 2].size())
      folders.resize(folders.size() - parts[parts.size() - 2].size() - 1);
  }
  if (!name.account.empty() || !name.region.empty()) {
    name.scope = name.account + "/" + name.region;
    if (name.account.empty()) name.scope = folders.substr(0, folders.find(name.region)) + name.scope;
  } else {
    name.scope = folders;
  }
  if (named.call.empty()) return name;

  const std::span<const AwsCall* const> calls = AwsCallsByName(named.call);
  // A service stands before the call (`elbv2-describe-…`), or is a folder above it.
  std::string_view service;
  auto look_for_service = [&](std::string_view text) {
    for (const AwsCall* call : calls) {
      for (size_t at = text.find(call->service); at != std::string_view::npos; at = text.find(call->service, at + 1)) {
        const size_t end = at + call->service.size();
        const bool whole = (at == 0 || !IsAlnum(text[at - 1])) && (end == text.size() || !IsAlnum(text[end]));
        if (whole && call->service.size() > service.size()) service = call->service;
      }
    }
  };
  look_for_service(before);
  for (size_t i = parts.size() - 1; service.empty() && i-- > 0;) look_for_service(parts[i]);
  for (const AwsCall* call : calls) {
    if (service.empty() || call->service == service) name.calls.push_back(call);
  }
  const std::string_view id = Trim(after, "-_. =");
  // What names an account is the call about accounts: get-public-access-block-111122223333 is no bucket's.
  if (service.empty() && IsAwsAccount(id) && std::any_of(name.calls.begin(), name.calls.end(), [](const AwsCall* call) {
        return call->parameter == "AccountId";
      })) {
    std::erase_if(name.calls, [](const AwsCall* call) { return call->parameter != "AccountId"; });
  }
  // Short numbers count pages.
  if (!id.empty() && !(IsNumber(id) && id.size() < 5) && id != name.region && !IsAwsRegion(id)) {
    name.id = id;
  } else if (after.empty() && !named.call.empty()) {
    const std::string_view front = Trim(before, "-_. =");
    const bool other = front.empty() || front == service ||
                       front.find(name.region.empty() ? "\n" : name.region) != std::string_view::npos ||
                       TheIndexes().services.contains(front);
    if (!other) name.id = front;
  }
  return name;
}

bool IsAwsRegion(std::string_view text) {
  // Two letters, words, a digit: us-gov-west-1.
  if (text.size() < 9 || text.size() > 16 || !std::isdigit(static_cast<unsigned char>(text.back())) ||
      text[text.size() - 2] != '-')
    return false;
  if (text[2] != '-' || !std::islower(static_cast<unsigned char>(text[0])) ||
      !std::islower(static_cast<unsigned char>(text[1])))
    return false;
  static constexpr std::string_view kDirections[] = {"north", "south", "east", "west", "central"};
  const std::string_view words = text.substr(3, text.size() - 5);
  if (!std::all_of(words.begin(), words.end(), [](char c) { return c == '-' || (c >= 'a' && c <= 'z'); })) return false;
  return std::any_of(std::begin(kDirections), std::end(kDirections),
                     [&](std::string_view word) { return words.find(word) != std::string_view::npos; });
}

bool IsAwsAccount(std::string_view text) { return text.size() == 12 && IsNumber(text); }

}  // namespace bylaw
