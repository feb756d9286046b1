#include "bench/peers.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace bylaw::bench {

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::optional<Peer> MakePeer(const std::string& name, const std::string& folder, const std::string& snapshot) {
  if (name == "duckdb") {
    std::string sql = ReadFile(folder + "/flagship.sql");
    constexpr std::string_view kPlace = "@FILE@";
    for (size_t at = sql.find(kPlace); at != std::string::npos; at = sql.find(kPlace, at + snapshot.size()))
      sql.replace(at, kPlace.size(), snapshot);
    return Peer{name, {"duckdb", "-noheader", "-list", "-c", sql}};
  }
  const std::string rego = folder + "/flagship.rego";
  if (name == "opa")
    return Peer{name, {"opa", "eval", "--format", "json", "-d", rego, "-i", snapshot, "data.flagship.failing"}};
  if (name == "regorus") return Peer{name, {"regorus", "eval", "-d", rego, "-i", snapshot, "data.flagship.failing"}};
  if (name == "conftest")
    return Peer{name, {"conftest", "test", "--policy", rego, "--namespace", "flagship", "--output", "json", snapshot}};
  if (name == "cfn-guard")
    return Peer{name, {"cfn-guard", "validate", "--rules", folder + "/flagship.guard", "--data", snapshot}, false};
  return std::nullopt;
}

std::vector<std::string> SubnetIds(const std::string& text) {
  constexpr std::string_view kPrefix = "subnet-";
  std::vector<std::string> ids;
  for (size_t at = text.find(kPrefix); at != std::string::npos; at = text.find(kPrefix, at + kPrefix.size())) {
    size_t end = at + kPrefix.size();
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || (text[end] >= 'a' && text[end] <= 'f')))
      ++end;
    ids.push_back(text.substr(at, end - at));
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace bylaw::bench
