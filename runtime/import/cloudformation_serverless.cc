// SAM (Transform: AWS::Serverless-2016-10-31): the resources that AWS documents a serverless resource to become. Done:
// functions with their roles and URLs, simple tables, HTTP and REST APIs with their stages, layers, state machines,
// nested applications. A resource that is not known stays what it is.

#include <algorithm>

#include "runtime/import/cloudformation_stack.h"

namespace bylaw {

namespace {

using Member = TemplateValue::Member;

TemplateValue Function(std::string name, TemplateValue argument) {
  TemplateValue value = TemplateValue::Object(argument.offset);
  value.Set(std::move(name), std::move(argument));
  return value;
}

/// {Key: …, Value: …} for each member of a map.
TemplateValue TagList(const TemplateValue& tags) {
  TemplateValue list = TemplateValue::List({}, tags.offset);
  for (const Member& tag : tags.members) {
    TemplateValue pair = TemplateValue::Object(tag.value.offset);
    pair.Set("Key", TemplateValue::String(tag.key, tag.value.offset));
    pair.Set("Value", tag.value);
    list.elements.push_back(std::move(pair));
  }
  return list;
}

constexpr std::string_view kServerless = "AWS::Serverless::";

class Expansion {
 public:
  Expansion(const TemplateValue& globals, std::vector<Member>* resources) : globals_(globals), resources_(resources) {}

  void Expand(const Member& resource) {
    const TemplateValue* type = resource.value.Find("Type");
    if (type == nullptr || !IsServerless(type->text)) return;
    const std::string name = type->text.substr(kServerless.size());
    const TemplateValue* written = resource.value.Find("Properties");
    const TemplateValue properties =
        Merged(name, written == nullptr ? TemplateValue::Object(resource.value.offset) : *written);
    if (name == "Function") {
      ExpandFunction(resource, properties);
    } else if (name == "SimpleTable") {
      ExpandTable(resource, properties);
    } else if (name == "Api" || name == "HttpApi") {
      ExpandApi(resource, properties, name == "HttpApi");
    } else if (name == "LayerVersion") {
      TemplateValue made = Taken(
          properties, {"LayerName", "Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo"});
      Rename(properties, "ContentUri", "Content", &made);
      Make(resource, resource.key, "AWS::Lambda::LayerVersion", std::move(made));
    } else if (name == "StateMachine") {
      ExpandStateMachine(resource, properties);
    } else if (name == "Application") {
      TemplateValue made = Taken(properties, {"Parameters", "NotificationARNs", "TimeoutInMinutes"});
      Rename(properties, "Location", "TemplateURL", &made);
      Make(resource, resource.key, "AWS::CloudFormation::Stack", std::move(made));
    }
  }

 private:
  /// The resource's own properties over those of `Globals`: maps are merged, all else is replaced.
  TemplateValue Merged(const std::string& name, const TemplateValue& own) const {
    const TemplateValue* global = globals_.Find(name);
    return global == nullptr ? own : Over(*global, own);
  }
  static TemplateValue Over(const TemplateValue& below, const TemplateValue& above) {
    if (below.is_list() && above.is_list()) {
      TemplateValue both = above;
      both.elements = below.elements;
      both.elements.insert(both.elements.end(), above.elements.begin(), above.elements.end());
      return both;
    }
    if (!below.is_object() || !above.is_object()) return above;
    TemplateValue merged = below;
    merged.offset = above.offset;
    for (const Member& member : above.members) {
      const TemplateValue* same = below.Find(member.key);
      merged.Set(member.key, same == nullptr ? member.value : Over(*same, member.value));
    }
    return merged;
  }

  static TemplateValue Taken(const TemplateValue& from, std::initializer_list<std::string_view> keys) {
    TemplateValue taken = TemplateValue::Object(from.offset);
    for (std::string_view key : keys) {
      if (const TemplateValue* value = from.Find(key)) taken.Set(std::string(key), *value);
    }
    if (const TemplateValue* tags = from.Find("Tags")) taken.Set("Tags", tags->is_object() ? TagList(*tags) : *tags);
    return taken;
  }
  static void Rename(const TemplateValue& from, std::string_view key, std::string name, TemplateValue* to) {
    if (const TemplateValue* value = from.Find(key)) to->Set(std::move(name), *value);
  }

  void Make(const Member& from, std::string id, std::string_view type, TemplateValue properties) {
    TemplateValue whole = TemplateValue::Object(from.value.offset);
    const TemplateValue* written_type = from.value.Find("Type");
    whole.Set("Type", TemplateValue::String(std::string(type), written_type->offset));
    for (std::string_view key : {"Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"}) {
      if (const TemplateValue* value = from.value.Find(key)) whole.Set(std::string(key), *value);
    }
    whole.Set("Properties", std::move(properties));
    resources_->push_back({std::move(id), std::move(whole)});
  }

  void ExpandFunction(const Member& resource, const TemplateValue& properties) {
    const uint64_t offset = resource.value.offset;
    TemplateValue made = Taken(properties, {"FunctionName",
                                            "Description",
                                            "Handler",
                                            "Runtime",
                                            "Timeout",
                                            "MemorySize",
                                            "Environment",
                                            "VpcConfig",
                                            "Role",
                                            "Layers",
                                            "KmsKeyArn",
                                            "ReservedConcurrentExecutions",
                                            "Architectures",
                                            "PackageType",
                                            "EphemeralStorage",
                                            "ImageConfig",
                                            "FileSystemConfigs",
                                            "CodeSigningConfigArn",
                                            "SnapStart",
                                            "RuntimeManagementConfig",
                                            "LoggingConfig",
                                            "RecursiveLoop"});
    if (const TemplateValue* tracing = properties.Find("Tracing")) {
      TemplateValue mode = TemplateValue::Object(tracing->offset);
      mode.Set("Mode", *tracing);
      made.Set("TracingConfig", std::move(mode));
    }
    if (const TemplateValue* queue = properties.Find("DeadLetterQueue")) {
      TemplateValue target = TemplateValue::Object(queue->offset);
      if (const TemplateValue* arn = queue->Find("TargetArn")) target.Set("TargetArn", *arn);
      made.Set("DeadLetterConfig", std::move(target));
    }
    TemplateValue code = TemplateValue::Object(offset);
    Rename(properties, "InlineCode", "ZipFile", &code);
    Rename(properties, "ImageUri", "ImageUri", &code);
    if (const TemplateValue* uri = properties.Find("CodeUri");
        uri != nullptr && uri->is_object() && uri->Find("Bucket") != nullptr) {
      Rename(*uri, "Bucket", "S3Bucket", &code);
      Rename(*uri, "Key", "S3Key", &code);
      Rename(*uri, "Version", "S3ObjectVersion", &code);
    }
    made.Set("Code", std::move(code));
    if (properties.Find("Role") == nullptr) {
      const std::string role = resource.key + "Role";
      TemplateValue arn =
          TemplateValue::List({TemplateValue::String(role, offset), TemplateValue::String("Arn", offset)}, offset);
      made.Set("Role", Function("Fn::GetAtt", std::move(arn)));
      MakeRole(resource, role, properties, "lambda.amazonaws.com", true);
    }
    if (const TemplateValue* url = properties.Find("FunctionUrlConfig")) {
      TemplateValue config = Taken(*url, {"AuthType", "Cors", "InvokeMode"});
      config.Set("TargetFunctionArn", Function("Ref", TemplateValue::String(resource.key, offset)));
      Make(resource, resource.key + "Url", "AWS::Lambda::Url", std::move(config));
      if (const TemplateValue* auth = url->Find("AuthType"); auth != nullptr && auth->text == "NONE") {
        TemplateValue permission = TemplateValue::Object(url->offset);
        permission.Set("Action", TemplateValue::String("lambda:InvokeFunctionUrl", url->offset));
        permission.Set("FunctionName", Function("Ref", TemplateValue::String(resource.key, url->offset)));
        permission.Set("FunctionUrlAuthType", TemplateValue::String("NONE", url->offset));
        permission.Set("Principal", TemplateValue::String("*", url->offset));
        Make(resource, resource.key + "UrlPublicPermissions", "AWS::Lambda::Permission", std::move(permission));
      }
    }
    Make(resource, resource.key, "AWS::Lambda::Function", std::move(made));
  }

  void MakeRole(const Member& resource, const std::string& id, const TemplateValue& properties,
                std::string_view service, bool logs) {
    const uint64_t offset = resource.value.offset;
    const auto text = [&](std::string_view value) { return TemplateValue::String(std::string(value), offset); };
    TemplateValue role = TemplateValue::Object(offset), trust = TemplateValue::Object(offset),
                  statement = TemplateValue::Object(offset), principal = TemplateValue::Object(offset);
    principal.Set("Service", TemplateValue::List({text(service)}, offset));
    statement.Set("Effect", text("Allow"));
    statement.Set("Action", TemplateValue::List({text("sts:AssumeRole")}, offset));
    statement.Set("Principal", std::move(principal));
    trust.Set("Version", text("2012-10-17"));
    trust.Set("Statement", TemplateValue::List({std::move(statement)}, offset));
    const TemplateValue* own_trust = properties.Find("AssumeRolePolicyDocument");
    role.Set("AssumeRolePolicyDocument", own_trust == nullptr ? std::move(trust) : *own_trust);
    Rename(properties, "PermissionsBoundary", "PermissionsBoundary", &role);
    if (const TemplateValue* tags = properties.Find("Tags"))
      role.Set("Tags", tags->is_object() ? TagList(*tags) : *tags);

    TemplateValue managed = TemplateValue::List({}, offset), inline_policies = TemplateValue::List({}, offset);
    if (logs) managed.elements.push_back(text("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"));
    if (logs && properties.Find("VpcConfig") != nullptr)
      managed.elements.push_back(text("arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"));
    if (const TemplateValue* policies = properties.Find("Policies")) {
      const std::vector<TemplateValue> one = {*policies};
      const std::vector<TemplateValue>& given = policies->is_list() ? policies->elements : one;
      for (const TemplateValue& policy : given) {
        const std::string name = id + "Policy" + std::to_string(inline_policies.elements.size());
        if (policy.is_string()) {
          managed.elements.push_back(policy.text.starts_with("arn:") ? policy
                                                                     : text("arn:aws:iam::aws:policy/" + policy.text));
        } else if (policy.Find("Statement") != nullptr) {
          AddPolicy(name, policy, &inline_policies);
        } else if (policy.members.size() == 1 &&
                   (policy.members[0].key == "Ref" || policy.members[0].key.starts_with("Fn::"))) {
          managed.elements.push_back(policy);
        } else if (policy.members.size() == 1) {
          AddPolicy(name,
                    TemplateValue::Unknown(
                        "SAM's policy template `" + policy.members[0].key + "` is filled in when the stack is deployed",
                        policy.offset),
                    &inline_policies);
        }
      }
    }
    role.Set("ManagedPolicyArns", std::move(managed));
    if (!inline_policies.elements.empty()) role.Set("Policies", std::move(inline_policies));
    Make(resource, id, "AWS::IAM::Role", std::move(role));
  }

  static void AddPolicy(const std::string& name, TemplateValue document, TemplateValue* policies) {
    TemplateValue policy = TemplateValue::Object(document.offset);
    policy.Set("PolicyName", TemplateValue::String(name, document.offset));
    policy.Set("PolicyDocument", std::move(document));
    policies->elements.push_back(std::move(policy));
  }

  void ExpandTable(const Member& resource, const TemplateValue& properties) {
    const uint64_t offset = resource.value.offset;
    TemplateValue made = Taken(
        properties, {"TableName", "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification"});
    TemplateValue key = TemplateValue::Object(offset), attribute = TemplateValue::Object(offset);
    const TemplateValue* primary = properties.Find("PrimaryKey");
    const TemplateValue* name = primary == nullptr ? nullptr : primary->Find("Name");
    key.Set("AttributeName", name == nullptr ? TemplateValue::String("id", offset) : *name);
    key.Set("KeyType", TemplateValue::String("HASH", offset));
    made.Set("KeySchema", TemplateValue::List({std::move(key)}, offset));
    if (made.Find("ProvisionedThroughput") == nullptr)
      made.Set("BillingMode", TemplateValue::String("PAY_PER_REQUEST", offset));
    Make(resource, resource.key, "AWS::DynamoDB::Table", std::move(made));
  }

  void ExpandApi(const Member& resource, const TemplateValue& properties, bool http) {
    const uint64_t offset = resource.value.offset;
    TemplateValue made = http ? Taken(properties, {"Description", "FailOnWarnings", "DisableExecuteApiEndpoint"})
                              : Taken(properties, {"Name", "Description", "BinaryMediaTypes", "MinimumCompressionSize",
                                                   "DisableExecuteApiEndpoint", "Policy"});
    Rename(properties, "DefinitionBody", "Body", &made);
    if (const TemplateValue* endpoint = properties.Find("EndpointConfiguration"); endpoint != nullptr && !http) {
      TemplateValue types = TemplateValue::Object(endpoint->offset);
      const TemplateValue* type = endpoint->is_object() ? endpoint->Find("Type") : endpoint;
      if (type != nullptr) types.Set("Types", TemplateValue::List({*type}, endpoint->offset));
      Rename(*endpoint, "VPCEndpointIds", "VpcEndpointIds", &types);
      made.Set("EndpointConfiguration", std::move(types));
    }
    Make(resource, resource.key, http ? "AWS::ApiGatewayV2::Api" : "AWS::ApiGateway::RestApi", std::move(made));
    TemplateValue stage = http ? Taken(properties, {"StageVariables", "DefaultRouteSettings", "RouteSettings"})
                               : Taken(properties, {"AccessLogSetting", "CacheClusterEnabled", "CacheClusterSize",
                                                    "CanarySetting", "MethodSettings", "TracingEnabled", "Variables"});
    if (http) Rename(properties, "AccessLogSettings", "AccessLogSettings", &stage);
    stage.Set(http ? "ApiId" : "RestApiId", Function("Ref", TemplateValue::String(resource.key, offset)));
    const TemplateValue* name = properties.Find("StageName");
    stage.Set("StageName", name == nullptr ? TemplateValue::String("$default", offset) : *name);
    const std::string id = name != nullptr && name->is_string()
                               ? resource.key + name->text + "Stage"
                               : resource.key + (http ? "ApiGatewayDefaultStage" : "Stage");
    Make(resource, id, http ? "AWS::ApiGatewayV2::Stage" : "AWS::ApiGateway::Stage", std::move(stage));
  }

  void ExpandStateMachine(const Member& resource, const TemplateValue& properties) {
    const uint64_t offset = resource.value.offset;
    TemplateValue made =
        Taken(properties, {"Definition", "DefinitionSubstitutions", "RoleArn", "EncryptionConfiguration"});
    Rename(properties, "Name", "StateMachineName", &made);
    Rename(properties, "Type", "StateMachineType", &made);
    Rename(properties, "Logging", "LoggingConfiguration", &made);
    Rename(properties, "Tracing", "TracingConfiguration", &made);
    Rename(properties, "Role", "RoleArn", &made);
    if (made.Find("RoleArn") == nullptr) {
      const std::string role = resource.key + "Role";
      TemplateValue arn =
          TemplateValue::List({TemplateValue::String(role, offset), TemplateValue::String("Arn", offset)}, offset);
      made.Set("RoleArn", Function("Fn::GetAtt", std::move(arn)));
      MakeRole(resource, role, properties, "states.amazonaws.com", false);
    }
    Make(resource, resource.key, "AWS::StepFunctions::StateMachine", std::move(made));
  }

  const TemplateValue& globals_;
  std::vector<Member>* resources_;
};

}  // namespace

bool IsServerless(std::string_view type) { return type.starts_with(kServerless); }

std::vector<Member> ExpandServerless(const Member& resource, const TemplateValue* globals) {
  const TemplateValue none = TemplateValue::Object(0);
  std::vector<Member> expanded;
  Expansion(globals == nullptr ? none : *globals, &expanded).Expand(resource);
  return expanded;
}

}  // namespace bylaw
