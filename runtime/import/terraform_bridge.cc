#include "runtime/import/terraform_bridge.h"

#include <unordered_map>

namespace bylaw {

namespace {

/// Types whose names do not follow from module and name: by "module/name".
const std::unordered_map<std::string_view, std::string_view>& Exceptions() {
  static const std::unordered_map<std::string_view, std::string_view> kTypes = {
      {"aws:rds/instance", "aws_db_instance"},
      {"aws:rds/snapshot", "aws_db_snapshot"},
      {"aws:rds/clusterSnapshot", "aws_db_cluster_snapshot"},
      {"aws:rds/subnetGroup", "aws_db_subnet_group"},
      {"aws:rds/parameterGroup", "aws_db_parameter_group"},
      {"aws:lb/loadBalancer", "aws_lb"},
      {"aws:alb/loadBalancer", "aws_lb"},
      {"aws:alb/listener", "aws_lb_listener"},
      {"aws:alb/targetGroup", "aws_lb_target_group"},
      {"aws:elb/loadBalancer", "aws_elb"},
      {"aws:cloudtrail/trail", "aws_cloudtrail"},
      {"aws:cfg/recorder", "aws_config_configuration_recorder"},
      {"aws:cfg/recorderStatus", "aws_config_configuration_recorder_status"},
      {"aws:ec2transitgateway/transitGateway", "aws_ec2_transit_gateway"},
      {"azure:authorization/assignment", "azurerm_role_assignment"},
      {"azure:authorization/roleDefinition", "azurerm_role_definition"},
      {"azure:keyvault/key", "azurerm_key_vault_key"},
      {"azure:keyvault/secret", "azurerm_key_vault_secret"},
      {"azure:core/subscription", "azurerm_subscription"},
      {"azure:monitoring/activityLogAlert", "azurerm_monitor_activity_log_alert"},
      {"azure:securitycenter/subscriptionPricing", "azurerm_security_center_subscription_pricing"},
  };
  return kTypes;
}

/// Modules whose resources go by their names alone: aws_subnet, not aws_ec2_subnet.
bool IsBare(std::string_view provider, std::string_view module) {
  return (provider == "aws" && (module == "ec2" || module == "vpc")) ||
         (provider == "azure" && (module == "network" || module == "keyvault"));
}

std::string_view ModuleName(std::string_view module) { return module == "apigateway" ? "api_gateway" : module; }

}  // namespace

std::string BridgedKey(std::string_view pulumi_key) {
  std::string key;
  for (char c : pulumi_key) {
    if (c >= 'A' && c <= 'Z') {
      if (!key.empty()) key += '_';
      key += static_cast<char>(c - 'A' + 'a');
    } else {
      key += c;
    }
  }
  return key;
}

std::string SingularKey(std::string_view key) {
  if (key.size() < 3 || !key.ends_with('s') || key.ends_with("ss")) return {};
  if (key.ends_with("ies")) return std::string(key.substr(0, key.size() - 3)) + "y";
  for (std::string_view ending : {"sses", "xes", "ches", "shes"}) {
    if (key.ends_with(ending)) return std::string(key.substr(0, key.size() - 2));
  }
  return std::string(key.substr(0, key.size() - 1));
}

std::vector<std::string> BridgedTypes(std::string_view pulumi_type) {
  // provider:module/name:Name
  const size_t colon = pulumi_type.find(':'), slash = pulumi_type.find('/'), end = pulumi_type.rfind(':');
  if (colon == std::string_view::npos || slash == std::string_view::npos || end <= slash || slash < colon) return {};
  const std::string_view provider = pulumi_type.substr(0, colon),
                         module = pulumi_type.substr(colon + 1, slash - colon - 1);
  std::string_view name = pulumi_type.substr(slash + 1, end - slash - 1);
  std::string prefix;
  if (provider == "aws") prefix = "aws_";
  if (provider == "azure") prefix = "azurerm_";
  if (provider == "gcp") prefix = "google_";
  if (prefix.empty()) return {};
  const auto exception = Exceptions().find(pulumi_type.substr(0, end));
  if (exception != Exceptions().end()) return {std::string(exception->second)};
  // A second version of a resource's schema, beside an older one: bucketV2.
  if (name.size() > 2 && (name.ends_with("V2") || name.ends_with("v2"))) name.remove_suffix(2);
  std::vector<std::string> types = {prefix + std::string(ModuleName(module)) + "_" + BridgedKey(name)};
  if (IsBare(provider, module)) types.push_back(prefix + BridgedKey(name));
  return types;
}

}  // namespace bylaw
