// Every real export beside the repository is read, and its resources are as many as a few plain lines count in the raw JSON.
// Skipped where the exports are not there.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "runtime/import/import.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const fs::path kCorpora = "../shared/corpora";

bool LeavesNothing(const json& change) {
  const json& actions = change.at("change").at("actions");
  return actions == json({"delete"}) || actions == json({"forget"}) || change.contains("deposed");
}

uint64_t CountModule(const json& module) {
  uint64_t count = 0;
  for (const json& resource : module.value("resources", json::array()))
    count += resource.value("mode", "") == "managed";
  for (const json& child : module.value("child_modules", json::array())) count += CountModule(child);
  return count;
}

/// The resources in a reply of an AWS call: the elements of its lists, the lines of a report, or the one thing that it is about.
uint64_t CountReply(const json& reply) {
  if (reply.contains("Error")) return 0;
  if (reply.contains("ReportFormat")) {
    const std::string content = reply["Content"];
    return static_cast<uint64_t>(std::count(content.begin(), content.end(), '\n')) - (content.back() == '\n' ? 1 : 0);
  }
  uint64_t count = 0;
  bool lists = false;
  for (const auto& [key, value] : reply.items()) {
    if (!value.is_array() || key == "tags") continue;
    lists = true;
    for (const json& element : value) count += key == "Reservations" ? element["Instances"].size() : 1;
  }
  // A report that is only being made has nothing to show.
  return lists ? count : reply.contains("State") ? 0 : 1;
}

/// The resources of an export of a format that is read; nothing for anything else.
std::optional<uint64_t> CountResources(const json& text, const std::string& folder) {
  if (text.is_array()) return folder == "gcp_asset_inventory" ? std::optional<uint64_t>(text.size()) : std::nullopt;
  if (!text.is_object()) return std::nullopt;
  if (folder.starts_with("scan_") || folder.starts_with("sbom_")) return 1;
  if (folder == "aws_cli") return CountReply(text.value("data", text));
  uint64_t count = 0;
  if (text.contains("data") && text["data"].contains("configurationItems"))
    return text["data"]["configurationItems"].size();
  if (text.contains("resource_changes")) {
    for (const json& change : text["resource_changes"])
      count += change.value("mode", "") == "managed" && !LeavesNothing(change);
    return count;
  }
  if (text.contains("planned_values")) return CountModule(text["planned_values"].value("root_module", json::object()));
  if (text.contains("values") && text.contains("format_version"))
    return CountModule(text["values"].value("root_module", json::object()));
  if (text.contains("lineage")) {
    for (const json& block : text.value("resources", json::array())) {
      if (block.value("mode", "") != "managed") continue;
      for (const json& instance : block.at("instances")) count += !instance.contains("deposed");
    }
    return count;
  }
  if (text.contains("configurationItems")) return text["configurationItems"].size();
  if (text.contains("configurationItemStatus")) return 1;
  return std::nullopt;
}

TEST(ImportCorpora, EveryFileGivesTheResourcesThatItHasOrOneClearError) {
  if (!fs::exists(kCorpora)) GTEST_SKIP() << kCorpora << " is not there";
  NetworkTables t;
  t.AddTable("resources", TableKind::kResources);
  size_t num_files = 0;
  for (const char* folder : {"terraform_plan", "terraform_state", "aws_config", "aws_cli", "gcp_asset_inventory",
                             "scan_trivy", "scan_grype", "sbom_cyclonedx"}) {
    if (!fs::exists(kCorpora / folder)) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(kCorpora / folder)) {
      std::ifstream stream(entry.path());
      json text = json::parse(stream, nullptr, /*allow_exceptions=*/false);
      const bool one_text = !text.is_discarded();
      if (!one_text) {
        // Several texts one after the other, or one a line.
        std::ifstream again(entry.path());
        json texts = json::array();
        try {
          while ((again >> std::ws) && again.peek() != std::ifstream::traits_type::eof()) {
            json one;
            again >> one;
            texts.push_back(std::move(one));
          }
        } catch (const json::parse_error&) {
          texts.clear();
        }
        if (!texts.empty()) text = std::move(texts);
      }
      const std::string path = entry.path().string();
      const auto import = ImportInputs(t.program_, {{.path = path}}, {}, nullptr);
      ++num_files;
      if (text.is_discarded()) {
        ASSERT_FALSE(import.ok()) << path;
        EXPECT_EQ(import.error().file, path);
        EXPECT_GT(import.error().line, 0u) << path;
        continue;
      }
      if (text.is_object() && text.contains("lineage") && text["version"] < 4) {
        ASSERT_FALSE(import.ok()) << path;
        EXPECT_NE(import.error().message.find("older than 4"), std::string::npos);
        continue;
      }
      const std::optional<uint64_t> expected = CountResources(text, folder);
      if (!expected) {
        ASSERT_FALSE(import.ok()) << path;
        EXPECT_EQ(import.error().message.rfind("unknown format", 0), 0u) << import.error().ToString();
        continue;
      }
      ASSERT_TRUE(import.ok()) << import.error().ToString();
      EXPECT_EQ(import->statistics.inputs[0].num_resources, *expected) << path;
      // Each resource has a row of `resources`, with a place that is found again.
      const TableId resources = static_cast<TableId>(t.program_.tables.size() - 1);
      // What is listed twice is one resource.
      EXPECT_LE(import->snapshot->num_rows(resources), *expected) << path;
      std::vector<Place> places;
      for (Row row = 0; row < import->snapshot->num_rows(resources); ++row) places.push_back({resources, row});
      for (const Location& location : import->snapshot->LocateAll(places)) {
        EXPECT_GT(location.line, 0u);
        EXPECT_TRUE(!one_text || text.contains(json::json_pointer(location.pointer))) << path << location.pointer;
      }
    }
  }
  RecordProperty("files", static_cast<int>(num_files));
}

/// The resources of a template or of manifests, counted in the raw text.
uint64_t CountInText(const std::string& text) {
  const json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_object()) {
    if (parsed.contains("Resources")) return parsed["Resources"].size();
    return parsed.value("kind", "").ends_with("List") ? parsed["items"].size() : 1;
  }
  uint64_t num_kinds = 0, num_items = 0, num_resources = 0;
  bool list = false, template_resources = false;
  size_t indentation = 0;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    num_kinds += line.starts_with("kind:");
    list = list || (line.starts_with("kind:") && line.ends_with("List"));
    num_items += line.starts_with("- apiVersion:");
    const size_t first = line.find_first_not_of(' ');
    if (first == std::string::npos || line[first] == '#') continue;
    if (first == 0) {
      template_resources = line == "Resources:";
      indentation = 0;
    } else if (template_resources) {
      if (indentation == 0) indentation = first;
      num_resources += first == indentation;
    }
  }
  return num_resources > 0 ? num_resources : list ? num_items : num_kinds;
}

TEST(ImportCorpora, EveryTemplateAndManifestGivesTheResourcesThatItsTextHas) {
  if (!fs::exists(kCorpora)) GTEST_SKIP() << kCorpora << " is not there";
  ProgramTables t;
  const TableId resources = t.AddTable("resources", TableKind::kResources);
  size_t num_files = 0;
  for (const char* folder : {"cloudformation", "kubernetes", "pod_security"}) {
    if (!fs::exists(kCorpora / folder)) continue;
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(kCorpora / folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream(entry.path());
      const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
      const std::string path = entry.path().string();
      const auto import = ImportInputs(t.program_, {{.path = path}}, {}, nullptr);
      ++num_files;
      ASSERT_TRUE(import.ok()) << import.error().ToString();
      const InputStatistics& input = import->statistics.inputs[0];
      // Those whose condition is false are counted apart.
      EXPECT_EQ(input.num_resources + input.num_deleted, CountInText(text)) << path;
      EXPECT_EQ(import->snapshot->num_rows(resources), input.num_resources) << path;
      for (Row row = 0; row < import->snapshot->num_rows(resources); ++row) {
        const Location location = import->snapshot->LocateRow(resources, row);
        EXPECT_EQ(location.file, path);
        EXPECT_GT(location.line, 0u) << path;
      }
    }
  }
  RecordProperty("files", static_cast<int>(num_files));
}

}  // namespace
}  // namespace bylaw
