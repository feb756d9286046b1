// Kubernetes: manifests as YAML (several documents) or JSON, what Helm and kustomize render, and what `kubectl get -o
// json|yaml` gives, lists and lists of lists included.
//
// A record is the whole object; its type is its kind ("Deployment"). A kind that Kubernetes has itself, of somebody
// else's API group, is "Service.serving.knative.dev". The address is namespace/kind/name, or kind/name for what stands
// in no namespace; objects of Kubernetes' own kinds that live in a namespace and name none are put into `default`, as
// kubectl does. The envelope is {address, namespace, kind, name, api_version, group}, with `namespace` as in the
// address. Tags are labels. The annotation `bylaw.dev/waive` holds waivers (inline_waivers.h).
//
// Manifests cover everything, as they are a configuration of their own. What comes from a cluster (its objects have a
// uid) covers only the kinds that it lists.

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "runtime/import/begin_record.h"
#include "runtime/import/inline_waivers.h"
#include "runtime/json/json_document.h"
#include "runtime/json/json_path.h"
#include "runtime/json/json_text.h"

namespace bylaw {

namespace {

/// Kubernetes' own kinds, by where their objects live.
constexpr std::string_view kNamespacedKinds[] = {"Pod",
                                                 "Deployment",
                                                 "StatefulSet",
                                                 "DaemonSet",
                                                 "ReplicaSet",
                                                 "ReplicationController",
                                                 "Job",
                                                 "CronJob",
                                                 "PodTemplate",
                                                 "Service",
                                                 "Ingress",
                                                 "NetworkPolicy",
                                                 "ServiceAccount",
                                                 "Role",
                                                 "RoleBinding",
                                                 "ConfigMap",
                                                 "Secret",
                                                 "PersistentVolumeClaim",
                                                 "Endpoints",
                                                 "EndpointSlice",
                                                 "ResourceQuota",
                                                 "LimitRange",
                                                 "HorizontalPodAutoscaler",
                                                 "PodDisruptionBudget",
                                                 "ControllerRevision",
                                                 "Lease",
                                                 "Event",
                                                 "CSIStorageCapacity"};
constexpr std::string_view kClusterKinds[] = {"Namespace",
                                              "Node",
                                              "PersistentVolume",
                                              "ClusterRole",
                                              "ClusterRoleBinding",
                                              "StorageClass",
                                              "VolumeAttachment",
                                              "CSIDriver",
                                              "CSINode",
                                              "PriorityClass",
                                              "RuntimeClass",
                                              "IngressClass",
                                              "PodSecurityPolicy",
                                              "CustomResourceDefinition",
                                              "APIService",
                                              "MutatingWebhookConfiguration",
                                              "ValidatingWebhookConfiguration",
                                              "ValidatingAdmissionPolicy",
                                              "ValidatingAdmissionPolicyBinding",
                                              "CertificateSigningRequest",
                                              "FlowSchema",
                                              "PriorityLevelConfiguration",
                                              "ComponentStatus"};

/// What annotations that are meant for Bylaw begin with.
constexpr std::string_view kOwnAnnotations = "bylaw.dev/";

template <size_t kSize>
bool IsIn(const std::string_view (&kinds)[kSize], std::string_view kind) {
  return std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
}

std::string_view GroupOf(std::string_view api_version) {
  const size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string_view() : api_version.substr(0, slash);
}

/// Whether Kubernetes itself has the API group: the old ones have no dot, the newer ones end in .k8s.io. Add-ons of the
/// project have more dots.
bool IsOwnGroup(std::string_view group) {
  if (group.find('.') == std::string_view::npos) return true;
  static constexpr std::string_view kAddOns[] = {"metrics.k8s.io", "gateway.networking.k8s.io",
                                                 "snapshot.storage.k8s.io", "policy.networking.k8s.io"};
  return group.ends_with(".k8s.io") && !IsIn(kAddOns, group);
}

struct ObjectName {
  std::string kind, api_version, name, namespace_name, source_type, address;
};

/// What is read of every object.
enum ObjectPath : uint32_t {
  kKind,
  kApiVersion,
  kItems,
  kName,
  kGenerateName,
  kNamespace,
  kUid,
  kAnnotations,
  kLabels,
  kNumObjectPaths
};

JsonPaths CompileObjectPaths() {
  static constexpr std::string_view kTexts[kNumObjectPaths] = {"kind",
                                                               "apiVersion",
                                                               "items",
                                                               "metadata.name",
                                                               "metadata.generateName",
                                                               "metadata.namespace",
                                                               "metadata.uid",
                                                               "metadata.annotations",
                                                               "metadata.labels"};
  return *JsonPaths::Compile(kTexts);
}

/// The fields of one object, found in one walk.
class ObjectFields {
 public:
  void Read(JsonValue object) { fields_.Extract(paths_, object); }
  JsonValue operator[](ObjectPath path) const { return fields_.at(paths_.slot(path)); }

 private:
  JsonPaths paths_ = CompileObjectPaths();
  JsonExtraction fields_;
};

ObjectName NameOf(const ObjectFields& fields, const std::string& list_kind, const std::string& list_api_version) {
  ObjectName name;
  name.kind = TextOf(fields[kKind]);
  name.api_version = TextOf(fields[kApiVersion]);
  // The items of a list of one kind leave out what the list says.
  if (name.kind.empty() && list_kind.size() > 4) name.kind = list_kind.substr(0, list_kind.size() - 4);
  if (name.api_version.empty()) name.api_version = list_api_version;
  name.name = TextOf(fields[kName]);
  if (name.name.empty()) name.name = TextOf(fields[kGenerateName]);
  name.namespace_name = TextOf(fields[kNamespace]);
  const std::string_view group = GroupOf(name.api_version);
  const bool own_kind = IsIn(kNamespacedKinds, name.kind) || IsIn(kClusterKinds, name.kind);
  const bool own = own_kind && IsOwnGroup(group);
  name.source_type = own_kind && !own ? fmt::format("{}.{}", name.kind, group) : name.kind;
  if (own && IsIn(kClusterKinds, name.kind)) name.namespace_name.clear();
  if (own && IsIn(kNamespacedKinds, name.kind) && name.namespace_name.empty()) name.namespace_name = "default";
  name.address = name.namespace_name.empty()
                     ? fmt::format("{}/{}", name.source_type, name.name)
                     : fmt::format("{}/{}/{}", name.namespace_name, name.source_type, name.name);
  return name;
}

class KubernetesImporter : public Importer {
 public:
  explicit KubernetesImporter(ImportRun& run)
      : demand_(run.program, "kubernetes"), extractor_(demand_, run.builder, run.evaluator) {}

  std::string_view name() const override { return "kubernetes"; }
  std::string_view mapping_format() const override { return "kubernetes"; }
  bool covers_format() const override { return false; }

  bool Detect(const Sniff& sniff) const override {
    return sniff.Has("apiVersion") && sniff.Has("kind") && (sniff.Has("metadata") || sniff.Has("items"));
  }

  Status Read(const InputFile& file, const Sniff&, ImportRun& run) override {
    extractor_.SetInput(run.input);
    file_ = &file;
    run_ = &run;
    live_ = false;
    listed_.clear();
    JsonStream stream(file, run.StreamOptions());
    while (stream.NextDocument()) {
      if (!stream.EnterArray()) {
        BYLAW_RETURN_IF_ERROR(ReadValue(stream, "", ""));
        continue;
      }
      while (stream.NextElement()) BYLAW_RETURN_IF_ERROR(ReadValue(stream, "", ""));
    }
    BYLAW_RETURN_IF_ERROR(stream.status());
    if (!live_) {
      run.CoverAllTypes("kubernetes");
    } else {
      run.CoverTypes("kubernetes", listed_);
    }
    return Ok{};
  }

  Status Finish() override {
    extractor_.Flush();
    return Ok{};
  }

 private:
  /// The object or list that the stream stands before.
  Status ReadValue(JsonStream& stream, const std::string& list_kind, const std::string& list_api_version) {
    if (stream.failed()) return Ok{};
    if (stream.kind() == JsonKind::kNull) {
      stream.SkipValue();
      return Ok{};
    }
    const uint64_t offset = stream.offset();
    if (const JsonValue small = stream.TakeIfSmall()) return ReadObject(small, list_kind, list_api_version);
    // A large one is most likely a list, whose items are read one by one once its kind is known.
    std::string kind, api_version;
    std::optional<uint64_t> items;
    if (stream.EnterObject()) {
      std::string_view key;
      while (stream.NextKey(&key)) {
        if (key == "kind") {
          kind = TextOf(stream.TakeValue());
        } else if (key == "apiVersion") {
          api_version = TextOf(stream.TakeValue());
        } else if (key == "items" && stream.kind() == JsonKind::kArray) {
          items = stream.offset();
        }
      }
    }
    if (stream.failed()) return Ok{};
    JsonStream::Options options = run_->StreamOptions();
    options.begin = items && kind.ends_with("List") ? *items : offset;
    JsonStream again(*file_, options);
    if (!again.NextDocument()) return again.status();
    if (options.begin == offset) {
      if (const JsonValue whole = again.TakeValue()) return ReadObject(whole, list_kind, list_api_version);
      return again.status();
    }
    if (kind != "List") listed_.insert(kind.substr(0, kind.size() - 4));
    if (again.EnterArray()) {
      while (again.NextElement()) BYLAW_RETURN_IF_ERROR(ReadValue(again, kind, api_version));
    }
    return again.status();
  }

  Status ReadObject(JsonValue object, const std::string& list_kind, const std::string& list_api_version) {
    fields_.Read(object);
    const ObjectName name = NameOf(fields_, list_kind, list_api_version);
    if (const JsonValue items = fields_[kItems]; name.kind.ends_with("List") && items) {
      BYLAW_RETURN_IF_ERROR(ExpectKind(*file_, "`items`", JsonKind::kArray, items));
      if (name.kind != "List") listed_.insert(name.kind.substr(0, name.kind.size() - 4));
      // A list with nothing but itself comes from a cluster: manifests have no reason to say so.
      if (items.elements().begin() == items.elements().end()) live_ = true;
      for (JsonValue item : items.elements()) BYLAW_RETURN_IF_ERROR(ReadObject(item, name.kind, name.api_version));
      return Ok{};
    }
    if (object.is_null()) return Ok{};
    if (name.kind.empty()) {
      const LineColumn place = file_->Locate(object.offset());
      run_->statistics.warnings.push_back(
          fmt::format("{}:{}:{}: {} without `kind` is no Kubernetes object, and is left out", file_->name(), place.line,
                      place.column, Describe(object.kind())));
      return Ok{};
    }
    // What tells kustomize what to do is no object of a cluster.
    if (GroupOf(name.api_version) == "kustomize.config.k8s.io") return Ok{};
    const JsonValue uid = fields_[kUid];
    if (uid.is_string()) {
      live_ = true;
      if (!list_kind.empty()) listed_.insert(name.source_type);
    }
    const Row record = AddRows(object, name, TextOf(uid));
    for (const JsonField annotation : fields_[kAnnotations].fields()) {
      const std::string key = annotation.key.ToString();
      if (!key.starts_with(kOwnAnnotations)) continue;
      AddInlineWaivers(key.substr(kOwnAnnotations.size()), annotation.value,
                       {.file = *file_, .input = run_->input, .address = name.address, .record = record},
                       run_->builder);
    }
    return Ok{};
  }

  Row AddRows(JsonValue object, const ObjectName& name, const std::string& id) {
    SourceRecord source;
    const SourceDemand* demand = nullptr;
    if (!BeginRecord(*run_, demand_, {&name.source_type, 1}, object, &source, &demand)) return kNone;
    source.address = name.address;
    source.id = id;
    if (demand_.wants_tags(demand)) source.tags.value = fields_[kLabels];
    source.taggable = true;
    source.envelope = demand != nullptr && demand->reads_envelope ? MakeEnvelope(name) : JsonValue();
    return extractor_.Add(source, demand);
  }

  JsonValue MakeEnvelope(const ObjectName& name) {
    envelope_text_ = "{";
    const auto add = [this](std::string_view key, std::string_view value) {
      if (value.empty()) return;
      if (envelope_text_.size() > 1) envelope_text_ += ',';
      AppendJsonString(key, &envelope_text_);
      envelope_text_ += ':';
      AppendJsonString(value, &envelope_text_);
    };
    add("address", name.address);
    add("namespace", name.namespace_name);
    add("kind", name.kind);
    add("name", name.name);
    add("api_version", name.api_version);
    add("group", GroupOf(name.api_version));
    envelope_text_ += '}';
    const auto value = envelope_.Parse(envelope_text_, JsonDocument::Trust::kValidated);
    return value.ok() ? *value : JsonValue();
  }

  Demand demand_;
  Extractor extractor_;
  ObjectFields fields_;  ///< of the object being read
  JsonDocument envelope_;
  std::string envelope_text_;
  const InputFile* file_ = nullptr;
  ImportRun* run_ = nullptr;
  bool live_ = false;             ///< something of the input comes from a cluster
  std::set<std::string> listed_;  ///< kinds that it lists
};

}  // namespace

std::unique_ptr<Importer> MakeKubernetesImporter(ImportRun& run) { return std::make_unique<KubernetesImporter>(run); }

}  // namespace bylaw
