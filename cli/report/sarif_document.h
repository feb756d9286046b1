// What every SARIF 2.1.0 document of ours is made of, whoever's results are in it.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace bylaw::cli {

/// A file as SARIF names it: relative ones against the root of the sources. "-" is standard input.
nlohmann::ordered_json SarifArtifact(const std::string& path);

/// One run of the tool `name`: its rules, their results (whose columns count code points), and what else is told of the run.
std::string SarifDocument(const std::string& name, nlohmann::ordered_json rules, nlohmann::ordered_json results,
                          nlohmann::ordered_json more = nlohmann::ordered_json::object());

}  // namespace bylaw::cli
