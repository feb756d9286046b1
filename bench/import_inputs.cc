#include "bench/import_inputs.h"

#include <fmt/format.h>

#include "bench/estate.h"

namespace bylaw::bench {

namespace {

constexpr const char* kSubnets = R"(package bench
import aws
rule reads_little { id "READ-1"  for s in aws.subnet forbid s.map_public_ip_on_launch message "{s}" })";
constexpr const char* kWorkloads = R"(package bench
import kubernetes
rule reads_little { id "READ-1"  for w in kubernetes.workload forbid w.spec.host_network message "{w}" })";

bool IsJudged(uint64_t number) { return number % 10 == 0; }
bool Fails(uint64_t number) { return number % 10000 == 0; }

/// What every resource has besides, in the format's own spelling of keys.
std::string Rest(uint64_t number) {
  const uint64_t mixed = number * 0x9E3779B97F4A7C15u;
  return fmt::format(
      R"("id": "r-{0:016x}", "arn": "arn:aws:ec2:eu-west-1:111122223333:thing/r-{0:016x}", "cidr_block": "10.{1}.{2}.0/24", )"
      R"("description": "number {3}, made for measuring", "enabled": {4}, "weight": {5}.5, "timeouts": null, )"
      R"("network": {{"interfaces": [{{"index": 0, "groups": ["sg-{0:016x}", "sg-{6:016x}"], "delete": true}}, {{"index": 1, "groups": [], "delete": false}}], )"
      R"("dns": {{"hostname": "host-{3}.example.com", "options": {{"edns": true, "ttl": 300}}}}}}, )"
      R"("rules": [{{"from": {2}, "to": {1}, "cidrs": ["192.0.2.0/24", "198.51.100.0/24"]}}, {{"from": 0, "to": 65535, "cidrs": ["203.0.113.0/24"]}}], )"
      R"("policy": "{{\"Version\": \"2012-10-17\", \"Statement\": [{{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}}]}}")",
      mixed, number % 250, number % 200, number, number % 2 == 0, number % 97, ~mixed);
}

std::string Tags(uint64_t number) {
  return fmt::format(R"({{"Name": "thing-{}", "team": "team-{}", "cost-center": "{}"}})", number, number % 40,
                     1000 + number % 500);
}

std::string Config(uint64_t number) {
  return fmt::format(
      R"({{"relatedEvents": [], "relationships": [], "configuration": {{{0}, "subnetId": "subnet-{1:x}", "vpcId": "vpc-1", "mapPublicIpOnLaunch": {2}}}, )"
      R"("supplementaryConfiguration": {{}}, "tags": {3}, "configurationItemVersion": "1.3", "configurationItemCaptureTime": "2026-11-02T04:05:06.789Z", )"
      R"("awsAccountId": "111122223333", "configurationItemStatus": "OK", "resourceType": "{4}", "resourceId": "subnet-{1:x}", "awsRegion": "eu-west-1"}})",
      Rest(number), number, Fails(number), Tags(number), IsJudged(number) ? "AWS::EC2::Subnet" : "AWS::EC2::Volume");
}

std::string Change(uint64_t number) {
  const char* type = IsJudged(number) ? "aws_subnet" : "aws_ebs_volume";
  return fmt::format(
      R"({{"address": "{0}.r{1}", "mode": "managed", "type": "{0}", "name": "r{1}", "provider_name": "registry.terraform.io/hashicorp/aws", )"
      R"("change": {{"actions": ["create"], "before": null, "after": {{{2}, "tags": {3}, "map_public_ip_on_launch": {4}}}, )"
      R"("after_unknown": {{"vpc_id": true, "network": {{"interfaces": [{{}}, {{}}]}}}}, "before_sensitive": false, "after_sensitive": {{}}}}}})",
      type, number, Rest(number), Tags(number), Fails(number));
}

std::string StateResource(uint64_t number) {
  const char* type = IsJudged(number) ? "aws_subnet" : "aws_ebs_volume";
  return fmt::format(
      R"({{"mode": "managed", "type": "{0}", "name": "r{1}", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", )"
      R"("instances": [{{"schema_version": 1, "attributes": {{{2}, "tags": {3}, "map_public_ip_on_launch": {4}}}, "sensitive_attributes": [], "private": "bnVsbA=="}}]}})",
      type, number, Rest(number), Tags(number), Fails(number));
}

std::string TemplateResource(uint64_t number) {
  return fmt::format(
      R"("R{}": {{"Type": "{}", "Properties": {{{}, "Tags": [{{"Key": "Name", "Value": "thing-{}"}}], "MapPublicIpOnLaunch": {}}}}})",
      number, IsJudged(number) ? "AWS::EC2::Subnet" : "AWS::EC2::Volume", Rest(number), number, Fails(number));
}

std::string Manifest(uint64_t number) {
  return fmt::format(
      R"({{"apiVersion": "{0}", "kind": "{1}", "metadata": {{"name": "thing-{2}", "namespace": "team-{3}", "labels": {4}, "uid": "{2:032x}"}}, )"
      R"("spec": {{"replicas": 2, "selector": {{"matchLabels": {{"app": "thing-{2}"}}}}, "template": {{"metadata": {{"labels": {{"app": "thing-{2}"}}}}, )"
      R"("spec": {{"hostNetwork": {5}, "containers": [{{"name": "main", "image": "registry.example.com/thing:{2}", "ports": [{{"containerPort": 8080}}], )"
      R"("env": [{{"name": "LEVEL", "value": "info"}}, {{"name": "REGION", "value": "eu-west-1"}}], )"
      R"("resources": {{"limits": {{"cpu": "500m", "memory": "256Mi"}}, "requests": {{"cpu": "100m", "memory": "128Mi"}}}}}}]}}}}}}, "data": {{{6}}}}})",
      IsJudged(number) ? "apps/v1" : "v1", IsJudged(number) ? "Deployment" : "ConfigMap", number, number % 40,
      Tags(number), Fails(number), Rest(number));
}

std::string ManifestYaml(uint64_t number) {
  return fmt::format(
      "---\napiVersion: {0}\nkind: {1}\nmetadata:\n  name: thing-{2}\n  namespace: team-{3}\n  labels:\n    team: "
      "team-{3}\n    cost-center: \"{4}\"\nspec:\n  replicas: 2\n"
      "  selector:\n    matchLabels:\n      app: thing-{2}\n  template:\n    metadata:\n      labels:\n        app: "
      "thing-{2}\n    spec:\n      hostNetwork: {5}\n      containers:\n"
      "      - name: main\n        image: registry.example.com/thing:{2}\n        ports:\n        - containerPort: "
      "8080\n        env:\n        - name: LEVEL\n          value: info\n"
      "        - name: REGION\n          value: eu-west-1\n        resources:\n          limits:\n            cpu: "
      "500m\n            memory: 256Mi\n          requests:\n            cpu: 100m\n"
      "            memory: 128Mi\ndata:\n  description: |\n    number {2}, made for measuring:\n    two lines of "
      "text\n  hostname: 'host-{2}.example.com'\n",
      IsJudged(number) ? "apps/v1" : "v1", IsJudged(number) ? "Deployment" : "ConfigMap", number, number % 40,
      1000 + number % 500, Fails(number));
}

struct Form {
  ImportInput input;
  std::string begin, between, end;
  std::string (*resource)(uint64_t number);
};

const std::vector<Form>& Forms() {
  static const std::vector<Form> kForms = {
      {{"aws_config", "json", kSubnets, "configurationItems", "resourceType", "AWS::EC2::Subnet",
        "configuration.mapPublicIpOnLaunch"},
       R"({"fileVersion": "1.0", "configSnapshotId": "0c9", "configurationItems": [)",
       ",\n",
       "]}\n",
       Config},
      {{"terraform_plan", "json", kSubnets, "resource_changes", "type", "aws_subnet",
        "change.after.map_public_ip_on_launch"},
       R"({"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {}}, "resource_changes": [)",
       ",\n",
       "], \"configuration\": {\"root_module\": {}}}\n",
       Change},
      {{"terraform_state", "json", kSubnets, "resources", "type", "aws_subnet",
        "instances.attributes.map_public_ip_on_launch"},
       R"({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "0c9", "outputs": {}, "resources": [)",
       ",\n",
       "]}\n",
       StateResource},
      {{"cloudformation", "json", kSubnets, "Resources", "Type", "AWS::EC2::Subnet", "Properties.MapPublicIpOnLaunch"},
       R"({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {)",
       ",\n",
       "}}\n",
       TemplateResource},
      {{"kubernetes", "json", kWorkloads, "items", "kind", "Deployment", "spec.template.spec.hostNetwork"},
       R"({"apiVersion": "v1", "kind": "List", "items": [)",
       ",\n",
       "]}\n",
       Manifest},
      {{"kubernetes", "yaml", kWorkloads, "", "", "", "", true}, "", "", "", ManifestYaml},
  };
  return kForms;
}

}  // namespace

const std::vector<ImportInput>& ImportInputs() {
  static const std::vector<ImportInput> kInputs = [] {
    std::vector<ImportInput> inputs;
    for (const Form& form : Forms()) inputs.push_back(form.input);
    return inputs;
  }();
  return kInputs;
}

bool WriteImportInput(const ImportInput& input, const std::string& path, uint64_t num_resources,
                      uint64_t* num_failing) {
  for (const Form& form : Forms()) {
    if (form.input.name != input.name || form.input.extension != input.extension) continue;
    EstateWriter out(path);
    out.Write({form.begin});
    *num_failing = 0;
    for (uint64_t number = 0; number < num_resources; ++number) {
      out.Write({number == 0 ? "" : form.between, form.resource(number)});
      *num_failing += Fails(number) ? 1U : 0U;
    }
    out.Write({form.end});
    return out.Close();
  }
  return false;
}

}  // namespace bylaw::bench
