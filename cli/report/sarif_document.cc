#include "cli/report/sarif_document.h"

#include "cli/report/escape.h"
#include "runtime/engine.h"

namespace bylaw::cli {

using Json = nlohmann::ordered_json;

Json SarifArtifact(const std::string& path) {
  const std::string name = path == "-" ? "standard-input" : path;
  Json json = {{"uri", PathToUri(name)}};
  if (!name.starts_with('/')) json["uriBaseId"] = "%SRCROOT%";
  return json;
}

std::string SarifDocument(const std::string& name, Json rules, Json results, Json more) {
  Json run = {
      {"tool",
       {{"driver",
         {{"name", name}, {"version", Version()}, {"semanticVersion", Version()}, {"rules", std::move(rules)}}}}}};
  run.update(more);
  run["columnKind"] = "unicodeCodePoints";
  run["results"] = std::move(results);
  return DumpJson(
             {{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
              {"version", "2.1.0"},
              {"runs", Json::array({std::move(run)})}}) +
         "\n";
}

}  // namespace bylaw::cli
