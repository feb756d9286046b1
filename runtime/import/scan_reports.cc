// Reports of scanners and bills of materials: Trivy, Grype, CycloneDX, SPDX. One report is one record, of type "report"; mappings unnest the packages and
// vulnerabilities in it. A report covers what it is about, and no model of images or vulnerabilities as a whole.
//
// SPDX 3 (JSON-LD: `@context`, `@graph`) is read as if it were written as SPDX 2.3: `name`, `creationInfo`, and `packages` with `name`, `versionInfo` and
// the purl among their `externalRefs`.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "runtime/import/importer.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// What tells one format from another, and where a report says what it is about.
struct ReportFormat {
  std::string_view name;
  std::vector<std::string_view> keys;    ///< all are there
  std::vector<std::string_view> any_of;  ///< one of these is there too; empty: no matter
  std::vector<std::vector<std::string_view>>
      subject;                          ///< paths of the name of what was scanned; the first that is there
  std::vector<std::string_view> lists;  ///< what was found stands in
};

const std::vector<ReportFormat>& Formats() {
  static const std::vector<ReportFormat> kFormats = {
      {"trivy", {"SchemaVersion", "ArtifactName"}, {}, {{"ArtifactName"}}, {"Results"}},
      {"grype",
       {"matches"},
       {"source", "descriptor", "distro"},
       {{"source", "target", "userInput"}, {"source", "target"}},
       {"matches"}},
      {"cyclonedx",
       {"bomFormat"},
       {},
       {{"metadata", "component", "name"}, {"serialNumber"}},
       {"components", "vulnerabilities"}},
      {"spdx", {}, {"spdxVersion", "@graph"}, {{"name"}, {"documentNamespace"}}, {"@graph", "packages"}},
  };
  return kFormats;
}

/// The text of a member `key` of `element`, as SPDX 2.3 calls it.
void AppendMember(std::string_view name, JsonValue value, std::string* json) {
  if (!value.is_string()) return;
  if (json->back() != '{') *json += ',';
  AppendJsonString(name, json);
  *json += ':';
  *json += value.raw();
}

/// An SPDX 3 document in the shape of SPDX 2.3.
std::string AsSpdx2(JsonValue graph) {
  std::string document = "{\"spdxVersion\":\"SPDX-3.0\"", packages;
  for (JsonValue element : graph.elements()) {
    const std::string type =
        element.Find("type").is_string() ? element.Find("type").string().ToString() : std::string();
    if (type == "SpdxDocument") AppendMember("name", element.Find("name"), &document);
    if (type == "CreationInfo" && element.Find("created").is_string())
      document += ",\"creationInfo\":{\"created\":" + std::string(element.Find("created").raw()) + "}";
    if (type != "software_Package") continue;
    std::string package = "{";
    AppendMember("SPDXID", element.Find("spdxId"), &package);
    AppendMember("name", element.Find("name"), &package);
    AppendMember("versionInfo", element.Find("software_packageVersion"), &package);
    if (const JsonValue purl = element.Find("software_packageUrl"); purl.is_string()) {
      package += std::string(package.size() > 1 ? "," : "") +
                 "\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":" + std::string(purl.raw()) + "}]";
    }
    packages += (packages.empty() ? "" : ",") + package + "}";
  }
  return document + ",\"packages\":[" + packages + "]}";
}

class ScanReportImporter : public Importer {
 public:
  ScanReportImporter(ImportRun& run, const ReportFormat& format)
      : format_(format),
        demand_(run.program, std::string(format.name)),
        extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return format_.name; }
  std::string_view mapping_format() const override { return format_.name; }

  bool Detect(const Sniff& sniff) const override {
    const auto has = [&](std::string_view key) { return sniff.Has(key); };
    if (sniff.in_array || !std::all_of(format_.keys.begin(), format_.keys.end(), has)) return false;
    return format_.any_of.empty() || std::any_of(format_.any_of.begin(), format_.any_of.end(), has);
  }

  Status Read(const InputFile& file, const Sniff& sniff, ImportRun& run) override {
    static const std::string kType = "report";
    // Any document would be a report that found nothing.
    if (!Detect(sniff)) return Ok{};
    extractor_.SetInput(run.input);
    const SourceDemand* demand = demand_.Find(kType);
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      run.Count(std::string(format_.name), kType, demand_.Maps(kType));
      if (demand == nullptr && !demand_.wants_all_records()) continue;
      JsonValue report = stream.TakeValue();
      if (!report) break;
      const uint64_t offset = report.offset();
      for (const std::string_view list : format_.lists)
        BYLAW_RETURN_IF_ERROR(ExpectKind(file, fmt::format("`{}`", list), JsonKind::kArray, report.Find(list)));
      const JsonValue graph = report.Find("@graph");
      if (graph) {
        const JsonValue context = report.Find("@context");
        if (context.raw().find("spdx.org") == std::string_view::npos) {
          return file.ErrorAt(offset, "JSON-LD of another context than SPDX's",
                              "SPDX 3 has `\"@context\": \"https://spdx.org/rdf/3.0.1/spdx-context.jsonld\"`");
        }
        auto text = std::make_shared<const std::string>(AsSpdx2(graph));
        run.builder.Keep(text);
        const auto parsed = document_.Parse(*text);
        if (!parsed.ok()) return parsed.error();
        report = *parsed;
      }
      std::string subject;
      for (const std::vector<std::string_view>& path : format_.subject) {
        JsonValue value = report;
        for (std::string_view key : path) value = value.Find(key);
        if (value.is_string()) subject = value.string().ToString();
        if (!subject.empty()) break;
      }
      if (subject.empty()) subject = file.name();
      SourceRecord source;
      source.source_type = kType;
      source.address = subject;
      source.id = subject;
      source.record.value = report;
      source.envelope = report;
      source.offset = offset;
      source.stable_text = !graph;
      extractor_.Add(source, demand);
    }
    return stream.status();
  }

  Status Finish() override {
    extractor_.Flush();
    return Ok{};
  }

 private:
  const ReportFormat& format_;
  JsonDocument document_;
  Demand demand_;
  Extractor extractor_;
};

}  // namespace

void AddScanReportImporters(ImportRun& run, std::vector<std::unique_ptr<Importer>>* importers) {
  for (const ReportFormat& format : Formats()) importers->push_back(std::make_unique<ScanReportImporter>(run, format));
}

}  // namespace bylaw
