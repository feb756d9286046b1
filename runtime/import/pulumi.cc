// Pulumi: `pulumi stack export` (what is deployed) and `pulumi preview --json` (what will be).
//
// The record is a resource's outputs, or its inputs where there are none yet; the envelope is the resource. Secrets that stand there in ciphertext, and what a
// preview does not know, are unknown. Stacks, providers, and resources that are or will be deleted do not count. Covers the types of the stack.

#include <string>

#include "runtime/import/importer.h"
#include "runtime/import/rewritten_record.h"

namespace bylaw {

namespace {

/// What Pulumi writes for a value that is known only after the update, and the key that marks special objects (pulumi/pulumi, sdk/go/common/resource).
constexpr std::string_view kUnknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
constexpr std::string_view kSignatureKey = "4dabf18193072939515e22adb298388d";

std::string Text(JsonValue value) { return value.is_string() ? value.string().ToString() : std::string(); }

class PulumiImporter : public Importer {
 public:
  explicit PulumiImporter(ImportRun& run) : demand_(run.program, "pulumi"), extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return "pulumi"; }
  std::string_view mapping_format() const override { return "pulumi"; }

  bool Detect(const Sniff& sniff) const override {
    if (sniff.in_array) return false;
    return (sniff.Has("version") && sniff.Has("deployment")) || (sniff.Has("steps") && (sniff.Has("config") || sniff.Has("changeSummary")));
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      const JsonValue document = stream.TakeValue();
      for (JsonValue resource : document.Find("deployment").Find("resources").elements()) ReadResource(resource, run);
      for (JsonValue step : document.Find("steps").elements()) {
        const std::string operation = Text(step.Find("op"));
        const JsonValue state = step.Find("newState");
        if (operation.starts_with("delete") || operation == "discard" || operation == "remove-pending-replace") {
          ++run.current->num_deleted;
        } else if (state.is_object() && operation != "create-replacement") {
          // A replacement is the new resource of the step that replaces.
          ReadResource(state, run);
        }
      }
    }
    return stream.status();
  }

  void Finish() override { extractor_.Flush(); }

 private:
  void ReadResource(JsonValue resource, ImportRun& run) {
    const std::string type = Text(resource.Find("type"));
    if (type.empty() || type.starts_with("pulumi:")) return;
    if (resource.Find("delete").boolean()) {
      ++run.current->num_deleted;
      return;
    }
    run.Count("pulumi", type, demand_.Maps(type));
    const SourceDemand* demand = demand_.Find(type);
    if (demand == nullptr && !demand_.wants_all_records()) return;
    JsonValue values = resource.Find("outputs");
    if (!values.is_object() || values.raw() == "{}") values = resource.Find("inputs");
    const std::string urn = Text(resource.Find("urn")), id = Text(resource.Find("id")), arn = Text(values.Find("arn"));
    std::string account, region = Text(values.Find("region"));
    if (arn.starts_with("arn:")) {
      std::vector<std::string> parts(1);
      for (char c : arn) {
        if (c == ':' && parts.size() < 6) {
          parts.emplace_back();
        } else {
          parts.back() += c;
        }
      }
      if (parts.size() == 6) {
        account = parts[4];
        if (!parts[3].empty()) region = parts[3];
      }
    }
    SourceRecord source;
    source.source_type = type;
    source.address = urn;
    source.id = id == kUnknownValue ? std::string_view() : std::string_view(id);
    source.account = account;
    source.region = region;
    source.arn = arn;
    const std::string_view raw = values.raw();
    if (raw.find(kUnknownValue) != std::string_view::npos || raw.find("ciphertext") != std::string_view::npos) {
      source.record = record_.Make(values, [](JsonValue value, std::string*) {
        const bool unknown = value.is_string() ? value.string().raw() == kUnknownValue : value.is_object() && value.Find(kSignatureKey) && value.Find("ciphertext");
        return unknown ? RewrittenRecord::Verdict::kUnknown : RewrittenRecord::Verdict::kKeep;
      });
      source.stable_text = false;
      source.unknown_reason = "known only after the update, or encrypted";
    } else {
      source.record.value = values;
    }
    source.tags = Step(source.record, "tags");
    source.envelope = resource;
    source.offset = values ? values.offset() : resource.offset();
    extractor_.Add(source, demand);
  }

  Demand demand_;
  Extractor extractor_;
  RewrittenRecord record_;
};

}  // namespace

std::unique_ptr<Importer> MakePulumiImporter(ImportRun& run) { return std::make_unique<PulumiImporter>(run); }

}  // namespace bylaw
