// The AWS CLI: replies of `aws … describe-…`, `list-…` and `get-…`, one or many a file, a folder or a merged file of them, and the credential report.
//
// The record that mappings read is one resource of a reply (aws_calls.h), found under the reply's key: an element of `Vpcs`, the `Table`, or the
// whole reply of a call like get-bucket-policy. What the request named the resource by is read like a member of the record: `Bucket`. It comes from
// the reply itself when somebody added it, or from the name of the file or its folder ("get-bucket-policy-my-bucket.json"). The envelope is the
// object around the record.
//
// Findings of Inspector are told one by one. Those of container images are read as one record for each image as well, of type "inspector2 list-findings
// by image": {resource, findings}, over all pages.
//
// Replies may stand in `{"status_code": 200, "data": …}`, under the name of their call, and in lists. Covers the calls whose output is there
// (aws_coverage.h). Account and region come from ARNs, owners and zones, else from the path.

#include <memory>
#include <unordered_set>

#include <fmt/format.h>

#include "runtime/builtins/encoding.h"
#include "runtime/import/aws_calls.h"
#include "runtime/import/aws_coverage.h"
#include "runtime/import/begin_record.h"
#include "runtime/import/csv.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// What a request named its resource by stands in the envelope when the record does not have it.
std::vector<std::vector<std::string>> InRequest(const std::vector<std::string>& path) {
  if (path.empty() || !IsAwsRequestParameter(path.front())) return {};
  return {path};
}

bool EndsInToken(JsonValue reply) {
  for (JsonField field : reply.fields()) {
    const std::string key = field.key.ToString();
    if (key == "IsTruncated" || key == "Truncated" || key == "isTruncated" || key == "HasMoreResults") {
      if (field.value.boolean()) return true;
      continue;
    }
    const bool is_token = key == "NextToken" || key == "nextToken" || key == "NextMarker" || key == "nextMarker" ||
                          key == "NextPageToken" || key == "nextPageToken" || key == "Marker" || key == "position" ||
                          key == "PaginationToken" || key == "LastEvaluatedTableName" || key == "NextContinuationToken";
    if (is_token && field.value.is_string() && !field.value.string().raw().empty()) return true;
  }
  return false;
}

bool EndsWith(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() && text.ends_with(ending);
}

class AwsCliImporter : public Importer {
 public:
  explicit AwsCliImporter(ImportRun& run)
      : demand_(run.program, "aws_cli", Demand::References::kById, InRequest),
        plain_demand_(run.program, "json"),
        extractor_(demand_, run.builder, run.evaluator),
        builder_(run.builder) {}

  std::string_view name() const override { return "aws_cli"; }
  std::string_view mapping_format() const override { return "aws_cli"; }
  bool covers_format() const override { return false; }

  bool Detect(const Sniff& sniff) const override {
    // A key is little to go by: what a policy reads as json["buckets"] is that.
    if (std::any_of(sniff.keys.begin(), sniff.keys.end(),
                    [&](const std::string& key) { return plain_demand_.Find(key) != nullptr; }))
      return false;
    if (sniff.Has("ResponseMetadata") || (sniff.Has("status_code") && sniff.Has("data"))) return true;
    if (sniff.Has("user") && sniff.Has("arn") && sniff.Has("password_enabled")) return true;
    for (const std::string& key : sniff.keys) {
      for (const AwsCall* call : AwsCallsByKey(key)) {
        const bool says_what =
            !call->parameter.empty() && !IsVagueAwsKey(call->parameter) && sniff.Has(call->parameter);
        if (call->kind == AwsCall::kReply ? says_what : !IsVagueAwsKey(key)) return true;
      }
      if (!AwsCallsByName(key).empty()) return true;
    }
    // A file that has a call's name may hold its reply, a list of what it lists, or the error that came instead.
    const AwsFileName file = ParseAwsFileName(sniff.name);
    if (sniff.Has("Error") && sniff.keys.size() == 1 && !file.calls.empty()) return true;
    for (const AwsCall* call : file.calls) {
      const std::string_view key = call->kind == AwsCall::kReply ? call->mark : call->outer_key();
      if (sniff.Has(key) || sniff.Has("Error") || (sniff.in_array && (call->id.empty() || sniff.Has(call->id))))
        return true;
    }
    return false;
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    run_ = &run;
    input_ = &file;
    shape_ = Ok{};
    file_ = ParseAwsFileName(file.name());
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      const JsonValue value = stream.TakeValue();
      if (value) ReadReply(value, file_.calls);
      BYLAW_RETURN_IF_ERROR(shape_);
    }
    return stream.status();
  }

  Status Finish() override {
    for (const auto& [id, image] : scanned_images_) AddScannedImage(id, image);
    extractor_.Flush();
    if (run_ != nullptr) coverage_.Apply(builder_);
    return Ok{};
  }

 private:
  void ReadReply(JsonValue reply, const std::vector<const AwsCall*>& calls) {
    if (reply.is_array()) {
      ReadList(reply, calls);
      return;
    }
    if (!reply.is_object()) return;
    if (const JsonValue data = reply.Find("data"); data && reply.Find("status_code")) {
      const JsonNumber status = reply.Find("status_code").number();
      if (status.form == JsonNumber::Form::kInt && status.integer >= 300) {
        NoteError(data, calls);
      } else {
        ReadReply(data, calls);
      }
      return;
    }
    if (reply.Find("Error").is_object()) {
      NoteError(reply, calls);
      return;
    }
    bool found = false;
    for (const AwsCall* call : CallsOf(reply, calls)) {
      found = true;
      ReadCall(*call, reply);
    }
    if (found) return;
    // Replies under the names of their calls, and those under the names of their services.
    for (JsonField field : reply.fields()) {
      const std::string key = field.key.ToString();
      const std::span<const AwsCall* const> named = AwsCallsByName(key);
      if (!named.empty()) {
        ReadReply(field.value, {named.begin(), named.end()});
      } else if (field.value.is_object() && calls.empty()) {
        for (JsonField inner : field.value.fields()) {
          std::vector<const AwsCall*> own;
          for (const AwsCall* call : AwsCallsByName(inner.key.ToString())) {
            if (call->service == key) own.push_back(call);
          }
          if (!own.empty()) ReadReply(inner.value, own);
        }
      }
    }
  }

  /// Pages or replies one after the other, or the bare list that `--query` leaves.
  void ReadList(JsonValue list, const std::vector<const AwsCall*>& calls) {
    const AwsCall* bare = nullptr;
    bool report = false;
    for (JsonValue element : list.elements()) {
      report = element.Find("user") && element.Find("password_enabled");
      for (const AwsCall* call : calls) {
        if (bare == nullptr && call->kind == AwsCall::kList && !element.Find(call->outer_key())) bare = call;
      }
      break;
    }
    if (report) {
      const AwsCall& call = *AwsCallsByName("get-credential-report").front();
      coverage_.AddReply(call, file_.scope, true, {});
      const Surroundings around = Around(call, list);
      for (JsonValue element : list.elements()) AddResource(call, element, around, true);
      return;
    }
    if (bare != nullptr) {
      coverage_.AddReply(*bare, file_.scope, true, file_.id);
      const Surroundings around = Around(*bare, JsonValue());
      for (JsonValue element : list.elements()) AddResource(*bare, element, around, true);
      return;
    }
    for (JsonValue element : list.elements()) ReadReply(element, calls);
  }

  /// The calls that `reply` is of: one, or several when replies were merged into one object.
  std::vector<const AwsCall*> CallsOf(JsonValue reply, const std::vector<const AwsCall*>& named) {
    std::vector<const AwsCall*> calls;
    for (const AwsCall* call : named) {
      const bool has = call->kind == AwsCall::kReply ? call->mark.empty() || reply.Find(call->mark)
                                                     : static_cast<bool>(reply.Find(call->outer_key()));
      const bool same_service =
          calls.empty() || (calls.front()->service == call->service && calls.front()->kind != AwsCall::kReply);
      if (has && same_service) calls.push_back(call);
    }
    if (!calls.empty()) {
      // Of services that share the call's name, the one whose resources these are.
      if (const AwsCall* marked = Marked(reply, named, calls.front()->outer_key()))
        return marked->service == calls.front()->service ? calls : std::vector<const AwsCall*>{marked};
      return calls;
    }
    if (!named.empty() && named.front()->kind != AwsCall::kReply) {
      for (const AwsCall* call : named) {
        if (call->parameter.empty()) continue;
        return {};
      }
    }
    for (JsonField field : reply.fields()) {
      const std::string key = field.key.ToString();
      std::vector<const AwsCall*> candidates;
      for (const AwsCall* call : AwsCallsByKey(key)) {
        // A key that tells nothing by itself does, beside what the request asked for.
        const bool says_what =
            !call->parameter.empty() && !IsVagueAwsKey(call->parameter) && reply.Find(call->parameter);
        if (call->kind == AwsCall::kReply && key == call->parameter) continue;
        if (!IsVagueAwsKey(key) || (says_what && call->kind == AwsCall::kReply) ||
            call->kind == AwsCall::kCredentialReport)
          candidates.push_back(call);
      }
      if (candidates.empty()) continue;
      const AwsCall* chosen = Choose(reply, field.value, candidates, key);
      if (chosen == nullptr) continue;
      const bool repeated =
          chosen->kind == AwsCall::kReply && std::find(calls.begin(), calls.end(), chosen) != calls.end();
      if (!repeated) calls.push_back(chosen);
    }
    // A whole reply is one resource, unless parts of it are.
    if (std::any_of(calls.begin(), calls.end(), [](const AwsCall* call) { return call->kind != AwsCall::kReply; })) {
      std::erase_if(calls, [](const AwsCall* call) { return call->kind == AwsCall::kReply; });
    } else if (calls.size() > 1) {
      // The one whose request is told beside it, else the first.
      const auto asked = std::find_if(calls.begin(), calls.end(), [&](const AwsCall* call) {
        return !call->parameter.empty() && reply.Find(call->parameter);
      });
      calls = {asked == calls.end() ? calls.front() : *asked};
    }
    return calls;
  }

  static JsonValue FirstResource(const AwsCall& call, JsonValue value) {
    if (!call.inner_key().empty()) {
      const JsonValue outer = value.is_array() ? First(value) : value;
      return First(outer.Find(call.inner_key()));
    }
    return call.kind == AwsCall::kList ? First(value) : value;
  }
  static JsonValue First(JsonValue list) {
    for (JsonValue element : list.elements()) return element;
    return {};
  }

  static const AwsCall* Marked(JsonValue reply, const std::vector<const AwsCall*>& calls, std::string_view key) {
    if (key.empty() || calls.size() < 2) return nullptr;
    for (const AwsCall* call : calls) {
      if (call->kind == AwsCall::kReply || call->outer_key() != key || call->mark.empty()) continue;
      if (FirstResource(*call, reply.Find(key)).Find(call->mark)) return call;
    }
    return nullptr;
  }

  const AwsCall* Choose(JsonValue reply, JsonValue value, const std::vector<const AwsCall*>& candidates,
                        std::string_view key) {
    const AwsCall* first = nullptr;
    for (const AwsCall* call : candidates) {
      if (call->kind == AwsCall::kReply) {
        // Only what somebody said the request was about tells one such call from another; else the first that asks for a resource by name.
        if (!call->parameter.empty() && reply.Find(call->parameter)) return call;
        continue;
      }
      const bool fits = call->kind == AwsCall::kObject ? value.is_object()
                        : call->inner_key().empty()    ? value.is_array()
                                                       : true;
      if (!fits && call->kind != AwsCall::kCredentialReport) continue;
      if (first == nullptr) first = call;
      if (!call->mark.empty() && FirstResource(*call, value).Find(call->mark)) return call;
    }
    if (first != nullptr) return first;
    for (const AwsCall* call : candidates) {
      if (call->kind == AwsCall::kReply && call->mark == key) return call;
    }
    return nullptr;
  }

  /// An error instead of a reply: the resource or the account has no such setting, where the call is about one.
  void NoteError(JsonValue error, const std::vector<const AwsCall*>& calls) {
    const JsonValue details = error.Find("Error");
    const std::string code = TextOf(details.Find("Code"));
    const bool none = code.starts_with("NoSuch") || code.find("NotFound") != std::string::npos ||
                      code.find("DoesNotExist") != std::string::npos ||
                      TextOf(details.Find("Message")).find("is not subscribed to") != std::string::npos;
    if (!none) return;
    for (const AwsCall* call : calls) {
      std::string id = file_.id;
      if (const JsonValue bucket = details.Find("BucketName"); id.empty() && bucket.is_string())
        id = bucket.string().ToString();
      const bool about_account = call->parameter.empty() || call->parameter == "AccountId";
      if (about_account || !id.empty()) coverage_.AddReply(*call, file_.scope, true, id);
    }
  }

  /// The elements of the list under `key`; what is no list is noted in `shape_`.
  JsonElements ListOf(std::string_view key, JsonValue value) {
    if (shape_.ok()) shape_ = ExpectKind(*input_, fmt::format("`{}`", key), JsonKind::kArray, value);
    return value.elements();
  }

  void ReadCall(const AwsCall& call, JsonValue reply) {
    std::string about;
    if (!call.is_about_account()) {
      about = IdOf(reply.Find(call.parameter));
      if (about.empty()) about = file_.id;
    }
    if (call.kind == AwsCall::kReply) {
      AddResource(call, reply, Around(call, reply, about), true, about);
      coverage_.AddReply(call, file_.scope, !EndsInToken(reply), about);
      return;
    }
    const JsonValue value = reply.Find(call.outer_key());
    if (call.kind == AwsCall::kCredentialReport) {
      ReadCredentialReport(call, value);
    } else if (call.kind == AwsCall::kObject) {
      const std::string id = AddResource(call, value, Around(call, reply, about), true, about);
      if (about.empty()) about = id;
    } else if (call.inner_key().empty()) {
      const Surroundings around = Around(call, reply, about);
      for (JsonValue element : ListOf(call.outer_key(), value)) AddResource(call, element, around, true, about);
    } else if (value.is_object()) {
      const Surroundings around = Around(call, reply, about);
      for (JsonValue element : ListOf(call.inner_key(), value.Find(call.inner_key())))
        AddResource(call, element, around, true, about);
    } else {
      for (JsonValue outer : ListOf(call.outer_key(), value)) {
        const Surroundings around = Around(call, outer, about);
        for (JsonValue element : ListOf(call.inner_key(), outer.Find(call.inner_key())))
          AddResource(call, element, around, true, about);
      }
    }
    coverage_.AddReply(call, file_.scope, !EndsInToken(value.is_object() && !call.inner_key().empty() ? value : reply),
                       about);
  }

  void ReadCredentialReport(const AwsCall& call, JsonValue content) {
    if (!content.is_string()) return;
    std::string text = content.string().ToString();
    if (text.find(',') == std::string::npos) {
      if (std::optional<std::string> decoded = Base64Decode(text)) text = std::move(*decoded);
    }
    // The lines as JSON objects; they stand at the text's place.
    auto json = std::make_shared<const std::string>(CsvToJson(text, {"N/A", "no_information", "not_supported"}));
    builder_.Keep(json);
    auto document = std::make_shared<JsonDocument>();
    const auto lines = document->Parse(*json);
    if (!lines.ok()) return;
    place_ = content.offset();
    const Surroundings around = Around(call, *lines);
    for (JsonValue line : lines->elements()) AddResource(call, line, around, false);
  }

  /// As TextOf, and of a number as it is written.
  static std::string IdOf(JsonValue value) {
    return value.kind() == JsonKind::kNumber ? std::string(value.raw()) : TextOf(value);
  }

  /// What stands around the resources of a list: read once, however long the list is.
  struct Surroundings {
    JsonValue value;
    std::string owner;  ///< the account that it names
    uint64_t number;    ///< as SourceRecord::envelope_number
    bool made;          ///< as SourceRecord::envelope_made
  };
  Surroundings Around(const AwsCall& call, JsonValue value, const std::string& about = {}) {
    std::string owner = TextOf(value.Find("OwnerId"));
    if (!IsAwsAccount(owner)) owner.clear();
    const bool names_subject = about.empty() || value.Find(call.parameter);
    return {names_subject ? value : WithSubject(call, value, about), std::move(owner), ++num_surroundings_,
            !names_subject};
  }

  /// Adds a resource; gives its id. `in_file`: its offsets are those of the input.
  std::string AddResource(const AwsCall& call, JsonValue value, const Surroundings& around, bool in_file,
                          const std::string& about = {}) {
    if (call.service == "inspector2" && call.name == "list-findings") NoteScannedImages(value);
    SourceRecord source;
    const SourceDemand* demand = nullptr;
    const std::vector<std::string>& types = TypesOf(call);
    const bool wanted = BeginRecord(*run_, demand_, types, value, &source, &demand);

    std::string id = value.is_object() && !call.id.empty() ? IdOf(value.Find(call.id)) : IdOf(value);
    if (id.empty() && call.kind != AwsCall::kList) id = about;
    std::string arn, account, region;
    const std::string type_name(types.back());
    if (value.is_string() && id.starts_with("arn:")) arn = id;
    for (JsonField field : value.fields()) {
      if (!field.value.is_string()) continue;
      const std::string key = field.key.ToString();
      if (IsAwsRequestParameter(key) || key == "Name" || key == call.id) {
        const std::string named = TextOf(field.value);
        coverage_.AddListed(call.service, key, named);
        if (key == "Name" && call.key == "Buckets") coverage_.AddListed("s3", "Bucket", named);
        if (key == "Name" && call.key == "trailList") coverage_.AddListed("cloudtrail", "TrailName", named);
        if (key == call.id && call.service == "apigateway" && call.name == "get-rest-apis")
          coverage_.AddListed("apigateway", "restApiId", named);
      }
      if ((EndsWith(key, "Arn") || EndsWith(key, "ARN") || key == "Arn" || key == "ARN" || key == "arn") &&
          arn.empty()) {
        const std::string_view stem = std::string_view(key).substr(0, key.size() - 3);
        if (IsOwn(stem, type_name, id)) arn = TextOf(field.value);
      } else if (key == "OwnerId" || key == "registryId" || key == "AWSAccountId") {
        if (const std::string owner = TextOf(field.value); IsAwsAccount(owner)) account = owner;
      } else if (key == "AvailabilityZone" && region.empty()) {
        const std::string zone = TextOf(field.value);
        if (zone.size() > 1 && IsAwsRegion(std::string_view(zone).substr(0, zone.size() - 1)))
          region = zone.substr(0, zone.size() - 1);
      }
    }
    if (value.is_string()) {
      coverage_.AddListed(call.service, Singular(call.key), id);
    }
    if (account.empty()) account = around.owner;
    if (arn.starts_with("arn:")) {
      const std::vector<std::string_view> parts = Split(arn);
      if (parts.size() > 5) {
        if (IsAwsAccount(parts[4])) account = parts[4];
        if (IsAwsRegion(parts[3])) region = parts[3];
      }
    }
    if (account.empty()) account = file_.account;
    if (region.empty() && !call.is_global) region = file_.region;

    if (!wanted) return id;
    // The same page twice, or a global list taken in each region.
    const std::string identity = std::string(call.service) + "\n" + type_name + "\n" + account + "\n" +
                                 (call.is_global ? "" : region) + "\n" + id + "\n" + about + "\n" +
                                 std::string(value.raw());
    if (!seen_.insert(std::hash<std::string>()(identity)).second) return id;

    const std::string address = !arn.empty() ? arn : !id.empty() ? id : std::string(call.name);
    source.address = address;
    source.id = id;
    source.account = account;
    source.region = region;
    source.arn = arn;
    source.envelope = around.value;
    source.envelope_number = around.number;
    source.envelope_made = around.made;
    for (const char* key : {"Tags", "tags", "TagSet", "TagList"}) {
      if (const JsonValue tags = value.Find(key)) source.tags.value = tags;
    }
    if (!in_file) source.offset = place_;
    source.stable_text = in_file;
    extractor_.Add(source, demand);
    return id;
  }

  /// What Inspector found in one image.
  struct ScannedImage {
    std::string resource, findings;  ///< JSON: the image as its first finding has it; the elements of the list of all
    std::string account, region;
    uint32_t input = 0;
    uint64_t offset = 0;                   ///< of the first finding
    std::unordered_set<std::string> seen;  ///< ARNs of the findings
  };

  void NoteScannedImages(JsonValue finding) {
    if (demand_.Find(kFindingsByImage) == nullptr) return;
    for (JsonValue resource : finding.Find("resources").elements()) {
      if (!resource.Find("type").string().Equals("AWS_ECR_CONTAINER_IMAGE")) continue;
      ScannedImage& image = scanned_images_[TextOf(resource.Find("id"))];
      if (image.seen.empty()) {
        image.resource = resource.raw();
        image.account = TextOf(finding.Find("awsAccountId"));
        image.region = TextOf(resource.Find("region"));
        image.input = run_->input;
        image.offset = finding.offset();
      }
      const bool is_new = image.seen.insert(TextOf(finding.Find("findingArn"))).second;
      if (is_new) image.findings += (image.findings.empty() ? "" : ",") + std::string(finding.raw());
    }
  }

  void AddScannedImage(const std::string& id, const ScannedImage& image) {
    const std::string text = "{\"resource\":" + image.resource + ",\"findings\":[" + image.findings + "]}";
    JsonDocument document;
    const auto value = document.Parse(text, JsonDocument::Trust::kValidated);
    if (!value.ok()) return;
    SourceRecord source;
    source.source_type = kFindingsByImage;
    source.address = id;
    source.id = id;
    source.account = image.account;
    source.region = image.region;
    source.record.value = *value;
    source.envelope = *value;
    source.offset = image.offset;
    source.stable_text = false;
    extractor_.SetInput(image.input);
    extractor_.Add(source, demand_.Find(kFindingsByImage));
  }

  /// Whether a member named `stem` + "Arn" is of the resource itself: `FunctionArn` of `Functions`, not its `RoleArn`.
  static bool IsOwn(std::string_view stem, const std::string& type, const std::string&) {
    if (stem.empty()) return true;
    auto lower = [](std::string_view text) {
      std::string result(text);
      for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      return result;
    };
    const std::string a = lower(stem), b = lower(type);
    const std::string singular = Singular(b);
    return b.starts_with(a) || a == singular || (a.size() > 3 && singular.ends_with(a));
  }

  static std::string Singular(std::string_view key) {
    std::string text(key);
    if (text.ends_with("ies")) return text.substr(0, text.size() - 3) + "y";
    if (text.ends_with('s')) text.pop_back();
    return text;
  }

  static std::vector<std::string_view> Split(std::string_view arn) {
    std::vector<std::string_view> parts;
    while (parts.size() < 5) {
      const size_t colon = arn.find(':');
      if (colon == std::string_view::npos) return parts;
      parts.push_back(arn.substr(0, colon));
      arn.remove_prefix(colon + 1);
    }
    parts.push_back(arn);
    return parts;
  }

  const std::vector<std::string>& TypesOf(const AwsCall& call) {
    auto [found, added] = types_.try_emplace(&call);
    if (added) found->second = AwsSourceTypes(call);
    return found->second;
  }

  /// An object that says what the request named, beside what the reply says around its resources.
  JsonValue WithSubject(const AwsCall& call, JsonValue around, const std::string& about) {
    std::string text = "{";
    AppendJsonString(call.parameter, &text);
    text += ':';
    AppendJsonString(about, &text);
    for (JsonField field : around.fields()) {
      text += ',';
      AppendJsonString(field.key.ToString(), &text);
      text += ':';
      text += field.value.raw();
    }
    text += '}';
    const auto kept = std::make_shared<const std::string>(std::move(text));
    builder_.Keep(kept);
    const auto parsed = envelope_document_.Parse(*kept);
    return parsed.ok() ? *parsed : JsonValue();
  }

  static constexpr std::string_view kFindingsByImage = "inspector2 list-findings by image";

  Demand demand_;
  Demand plain_demand_;  ///< what policies read of plain JSON
  Extractor extractor_;
  SnapshotBuilder& builder_;
  AwsCoverage coverage_;
  ImportRun* run_ = nullptr;
  const InputFile* input_ = nullptr;  ///< being read
  Status shape_ = Ok{};               ///< of the reply being read: the first list in it that is none
  AwsFileName file_;
  uint64_t place_ = 0;  ///< of a text whose lines are resources
  uint64_t num_surroundings_ = 0;
  std::unordered_map<const AwsCall*, std::vector<std::string>> types_;
  std::unordered_set<uint64_t> seen_;
  std::map<std::string, ScannedImage> scanned_images_;  ///< by their ARN
  JsonDocument envelope_document_;
};

}  // namespace

std::unique_ptr<Importer> MakeAwsCliImporter(ImportRun& run) { return std::make_unique<AwsCliImporter>(run); }

}  // namespace bylaw
