// The estate as a Terraform plan that creates it: `module.unit`, called with `count`, one instance a unit. No id is
// known, so every edge has to be found through the configuration's references.
#include <algorithm>
#include <string>

#include "bench/estate.h"

namespace bylaw::bench {
namespace {

constexpr std::string_view kTags = R"("tags":{"Team":"platform"},"tags_all":{"Team":"platform"})";
constexpr std::string_view kProvider = "registry.terraform.io/hashicorp/aws";
constexpr int kGroups = 12, kInstances = 40;
constexpr uint64_t kNetworkParts = 22;  // the most that a unit's network takes

class PlanWriter {
 public:
  PlanWriter(const std::string& path, uint64_t num_resources, uint64_t seed)
      : out_(path), num_resources_(num_resources), seed_(seed) {}

  bool Run(Answers& answers) {
    out_.Write(
        {R"({"format_version":"1.2","terraform_version":"1.9.8","planned_values":{"root_module":{"child_modules":[)"});
    planned_ = true;
    const uint64_t num_units = Units();
    const uint64_t num_networks =
        num_resources_ % kResourcesPerUnit < kNetworkParts ? num_resources_ / kResourcesPerUnit : num_units;
    out_.Write({R"(]}},"resource_changes":[)"});
    planned_ = false;
    Units();
    out_.Write(
        {R"(],"configuration":{"provider_config":{"aws":{"name":"aws","full_name":")", kProvider,
         R"(","expressions":{"region":{"constant_value":"eu-west-1"}}}},"root_module":{"module_calls":{"unit":{"source":"./unit",)",
         R"("count_expression":{"constant_value":)", std::to_string(num_units), R"(},"module":{"resources":[)"});
    Configuration();
    out_.Write(
        {"]}}}}},\"timestamp\":\"2026-11-20T09:12:44Z\",\"applyable\":true,\"complete\":true,\"errored\":false}\n"});
    for (uint64_t number = 0; number < num_networks; ++number) {
      const Unit unit = MakeUnit(seed_, number);
      for (int subnet = 0; subnet < kSubnetsPerUnit; ++subnet) {
        // A plan makes no dead routes and no detached gateways: both are not there at all. IsPublic says so of the
        // routes already.
        if (unit.fails(subnet))
          answers.push_back("module.unit[" + std::to_string(number) + "]." + SubnetAddress(subnet));
      }
    }
    std::sort(answers.begin(), answers.end());
    return out_.Close();
  }

 private:
  static std::string SubnetAddress(int subnet) {
    static constexpr std::string_view kNames[] = {"public", "private", "plain"};
    return "aws_subnet." + std::string(kNames[subnet / 2]) + "[" + std::to_string(subnet % 2) + "]";
  }

  /// Writes all units in the current form and gives their number.
  uint64_t Units() {
    left_ = num_resources_;
    first_ = true;
    uint64_t number = 0;
    for (; left_ > 0; ++number) {
      module_ = "module.unit[" + std::to_string(number) + "]";
      if (planned_) out_.Write({number == 0 ? "" : ",", R"({"address":")", module_, R"(","resources":[)"});
      if (planned_) first_ = true;
      // The last unit may be cut short; too small for a network, it is disks only.
      const uint64_t goal = left_ > kResourcesPerUnit ? left_ - kResourcesPerUnit : 0;
      if (left_ >= kNetworkParts) Network(MakeUnit(seed_, number));
      for (int i = 0; left_ > goal; ++i) Disk(i);
      if (planned_) out_.Write({"]}"});
    }
    return number;
  }

  /// One resource. `unknown` names the attributes known after apply, as `"id":true` members.
  void Resource(std::string_view type, std::string_view name, int index, std::string_view values,
                std::string_view unknown) {
    if (left_ == 0) return;
    --left_;
    const std::string at = index < 0 ? std::string() : "[" + std::to_string(index) + "]";
    const std::string member = index < 0 ? std::string() : R"("index":)" + std::to_string(index) + ",";
    out_.Write({first_ ? "\n" : ",\n", R"({"address":")", module_, ".", type, ".", name, at, R"(",)"});
    first_ = false;
    if (!planned_) out_.Write({R"("module_address":")", module_, R"(",)"});
    out_.Write({R"("mode":"managed","type":")", type, R"(","name":")", name, R"(",)", member, R"("provider_name":")",
                kProvider});
    if (planned_) {
      out_.Write({R"(","schema_version":0,"values":{)", values, R"(},"sensitive_values":{}})"});
    } else {
      out_.Write({R"(","change":{"actions":["create"],"before":null,"after":{)", values, R"(},"after_unknown":{)",
                  unknown, R"(},"before_sensitive":false,"after_sensitive":{}}})"});
    }
  }

  void Route(std::string_view table, std::string_view name, std::string_view key, std::string_view destination,
             std::string_view target) {
    const std::string values = std::string(R"("destination_cidr_block":)") +
                               (key == "4" ? Quoted(destination) : "null") + R"(,"destination_ipv6_cidr_block":)" +
                               (key == "6" ? Quoted(destination) : "null") +
                               R"(,"destination_prefix_list_id":null,"egress_only_gateway_id":null,)" +
                               (target == "gateway_id" ? "" : R"("gateway_id":null,)") +
                               (target == "nat_gateway_id" ? "" : R"("nat_gateway_id":null,)") +
                               (target == "transit_gateway_id" ? "" : R"("transit_gateway_id":null,)") +
                               R"("timeouts":null,"vpc_endpoint_id":null,"vpc_peering_connection_id":null)";
    const std::string unknown =
        R"("id":true,"instance_id":true,"instance_owner_id":true,"network_interface_id":true,"origin":true,)"
        R"("route_table_id":true,"state":true,")" +
        std::string(target) + "\":true";
    Resource("aws_route", std::string(table) + "_" + std::string(name), 0, values, unknown);
  }
  static std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

  void Routes(std::string_view table, Routing routing) {
    switch (routing) {
      case Routing::kLocalOnly:
      case Routing::kBlackhole: break;
      case Routing::kDefault: Route(table, "default", "4", "0.0.0.0/0", "gateway_id"); break;
      case Routing::kSplit:
        Route(table, "low", "4", "0.0.0.0/1", "gateway_id");
        Route(table, "high", "4", "128.0.0.0/1", "gateway_id");
        break;
      case Routing::kIpv6Only: Route(table, "ipv6", "6", "::/0", "gateway_id"); break;
      case Routing::kNarrow: Route(table, "narrow", "4", "8.8.8.0/24", "gateway_id"); break;
      case Routing::kHub: Route(table, "hub", "4", "0.0.0.0/0", "transit_gateway_id"); break;
      case Routing::kTranslated: Route(table, "nat", "4", "0.0.0.0/0", "nat_gateway_id"); break;
    }
  }

  void Network(const Unit& unit) {
    const std::string cidr = "10." + std::to_string(unit.number % 256) + ".";
    constexpr std::string_view tags = kTags;
    Resource(
        "aws_vpc", "this", -1,
        std::string(R"("cidr_block":")") + cidr + R"(0.0/16","enable_dns_support":true,"instance_tenancy":"default",)" +
            std::string(tags),
        R"("arn":true,"default_network_acl_id":true,"default_route_table_id":true,"default_security_group_id":true,"id":true,)"
        R"("ipv6_cidr_block":true,"main_route_table_id":true,"owner_id":true)");
    Resource("aws_internet_gateway", "this", -1, tags, R"("arn":true,"id":true,"owner_id":true,"vpc_id":true)");
    if (unit.egress_only == EgressOnly::kAttached) {
      Resource("aws_egress_only_internet_gateway", "this", 0, tags, R"("id":true,"vpc_id":true)");
    }
    for (int i = 0; i < kSubnetsPerUnit; ++i) {
      const std::string address = SubnetAddress(i);
      Resource("aws_subnet", std::string_view(address).substr(11, address.size() - 14), i % 2,
               R"("assign_ipv6_address_on_creation":false,"availability_zone":"eu-west-1a","cidr_block":")" + cidr +
                   std::to_string(i * 16) +
                   R"(.0/20","ipv6_cidr_block":null,"map_public_ip_on_launch":false,"timeouts":null,)" +
                   std::string(tags),
               R"("arn":true,"availability_zone_id":true,"id":true,"owner_id":true,"vpc_id":true)");
    }
    constexpr std::string_view kTableUnknown =
        R"("arn":true,"id":true,"owner_id":true,"propagating_vgws":true,"route":true,"vpc_id":true)";
    Resource("aws_nat_gateway", "this", -1, R"("connectivity_type":"public",)" + std::string(tags),
             R"("allocation_id":true,"id":true,"public_ip":true,"subnet_id":true)");
    Resource("aws_route_table", "public", -1, std::string(R"("timeouts":null,)") + std::string(tags), kTableUnknown);
    Resource("aws_route_table", "private", -1, std::string(R"("timeouts":null,)") + std::string(tags), kTableUnknown);
    Routes("public", unit.public_table);
    Routes("private", Routing::kTranslated);
    if (unit.main_table != Routing::kLocalOnly) {
      Resource("aws_default_route_table", "main", 0, std::string(R"("timeouts":null,)") + std::string(tags),
               R"("arn":true,"default_route_table_id":true,"id":true,"owner_id":true,"route":true,"vpc_id":true)");
      Routes("main", unit.main_table);
    }
    for (int i = 0; i < 4; ++i) {
      Resource("aws_route_table_association", i < 2 ? "public" : "private", i % 2,
               R"("gateway_id":null,"timeouts":null)", R"("id":true,"route_table_id":true,"subnet_id":true)");
    }
    for (int i = 0; i < kGroups; ++i) {
      const std::string port = std::to_string(8000 + i);
      Resource(
          "aws_security_group", "service", i,
          R"("description":"service )" + port +
              R"(","egress":[],"ingress":[{"cidr_blocks":["10.0.0.0/8"],"description":"","from_port":)" + port +
              R"(,"ipv6_cidr_blocks":[],"prefix_list_ids":[],"protocol":"tcp","security_groups":[],"self":false,"to_port":)" +
              port + R"(}],"name":"service-)" + port + R"(","revoke_rules_on_delete":false,"timeouts":null,)" +
              std::string(tags),
          R"("arn":true,"id":true,"ingress":[{"cidr_blocks":[false],"ipv6_cidr_blocks":[],"prefix_list_ids":[],"security_groups":[]}],)"
          R"("owner_id":true,"vpc_id":true)");
    }
    for (int i = 0; i < kInstances; ++i) {
      Resource(
          "aws_instance", "worker", i,
          R"("ami":"ami-0c9d8e7f6a5b40312","instance_type":"m7g.large","metadata_options":[{"http_endpoint":"enabled","http_protocol_ipv6":"disabled","http_tokens":"required"}],)"
          R"("source_dest_check":true,"timeouts":null,"user_data":null,"user_data_replace_on_change":false,"volume_tags":null,)" +
              std::string(tags),
          R"("arn":true,"associate_public_ip_address":true,"availability_zone":true,"id":true,"ipv6_addresses":true,"metadata_options":[{"http_put_response_hop_limit":true}],)"
          R"("private_ip":true,"public_ip":true,"root_block_device":true,"subnet_id":true,"vpc_security_group_ids":true)");
    }
  }

  void Disk(int i) {
    Resource(
        "aws_ebs_volume", "data", i,
        R"("availability_zone":"eu-west-1a","encrypted":true,"final_snapshot":false,"size":20,"timeouts":null,"type":"gp3",)" +
            std::string(kTags),
        R"("arn":true,"id":true,"iops":true,"kms_key_id":true,"snapshot_id":true,"throughput":true)");
  }

  void Configured(std::string_view type, std::string_view name, std::string_view expressions,
                  std::string_view count = "") {
    out_.Write({first_ ? "\n" : ",\n", R"({"address":")", type, ".", name, R"(","mode":"managed","type":")", type,
                R"(","name":")", name, R"(","provider_config_key":"aws","expressions":{)", expressions,
                R"(},"schema_version":0)"});
    if (!count.empty()) out_.Write({R"(,"count_expression":)", count});
    out_.Write({"}"});
    first_ = false;
  }
  static std::string To(std::string_view attribute, std::string_view address, std::string_view of = "id") {
    std::string text = "\"";
    return text.append(attribute)
        .append(R"(":{"references":[")")
        .append(address)
        .append(".")
        .append(of)
        .append("\",\"")
        .append(address)
        .append("\"]}");
  }

  void Configuration() {
    first_ = true;
    const std::string vpc = To("vpc_id", "aws_vpc.this");
    constexpr std::string_view kVariable = R"({"references":["var.count"]})", kTwo = R"({"constant_value":2})";
    Configured("aws_vpc", "this", R"("cidr_block":{"references":["var.cidr"]})");
    Configured("aws_internet_gateway", "this", vpc);
    Configured("aws_egress_only_internet_gateway", "this", vpc, kVariable);
    for (std::string_view name : {"public", "private", "plain"}) Configured("aws_subnet", name, vpc, kTwo);
    Configured("aws_nat_gateway", "this",
               R"("subnet_id":{"references":["aws_subnet.public[0].id","aws_subnet.public[0]","aws_subnet.public"]})");
    for (std::string_view name : {"public", "private"}) {
      Configured("aws_route_table", name, vpc);
      const std::string table = "aws_route_table." + std::string(name);
      Configured("aws_route_table_association", name,
                 R"("subnet_id":{"references":["aws_subnet.)" + std::string(name) + R"(","count.index"]},)" +
                     To("route_table_id", table),
                 kTwo);
      ConfiguredRoutes(name, To("route_table_id", table));
    }
    Configured("aws_default_route_table", "main",
               To("default_route_table_id", "aws_vpc.this", "default_route_table_id"), kVariable);
    ConfiguredRoutes(
        "main",
        R"("route_table_id":{"references":["aws_default_route_table.main[0].id","aws_default_route_table.main[0]","aws_default_route_table.main"]})");
    Configured("aws_security_group", "service", vpc, R"({"constant_value":12})");
    Configured(
        "aws_instance", "worker",
        R"("subnet_id":{"references":["aws_subnet.private[0].id","aws_subnet.private[0]","aws_subnet.private"]},)"
        R"("vpc_security_group_ids":{"references":["aws_security_group.service[0].id","aws_security_group.service[0]","aws_security_group.service"]})",
        R"({"constant_value":40})");
    Configured("aws_ebs_volume", "data", R"("size":{"constant_value":20})", kVariable);
  }
  void ConfiguredRoutes(std::string_view table, const std::string& to_table) {
    constexpr std::string_view kVariable = R"({"references":["var.count"]})";
    for (std::string_view name : {"default", "low", "high", "ipv6", "narrow"}) {
      Configured("aws_route", std::string(table) + "_" + std::string(name),
                 to_table + "," + To("gateway_id", "aws_internet_gateway.this"), kVariable);
    }
    Configured("aws_route", std::string(table) + "_hub",
               to_table + R"(,"transit_gateway_id":{"references":["var.hub"]})", kVariable);
    Configured("aws_route", std::string(table) + "_nat", to_table + "," + To("nat_gateway_id", "aws_nat_gateway.this"),
               kVariable);
  }

  EstateWriter out_;
  uint64_t num_resources_, seed_, left_ = 0;
  bool planned_ = true, first_ = true;
  std::string module_;
};

}  // namespace

bool WriteTerraformPlan(const std::string& path, uint64_t num_resources, uint64_t seed, Answers& answers) {
  return PlanWriter(path, num_resources, seed).Run(answers);
}

}  // namespace bylaw::bench
