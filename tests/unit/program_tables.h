// ProgramTables: a program of tables alone, for tests of the snapshot and the importers: what a compiler would make of models.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/bytecode/program.h"

namespace bylaw {

class ProgramTables {
 public:
  ProgramTables() {
    bool_ = AddType({.kind = TypeKind::kBool});
    int_ = AddType({.kind = TypeKind::kInt});
    string_ = AddType({.kind = TypeKind::kString});
    cidr_ = AddType({.kind = TypeKind::kCidr});
    time_ = AddType({.kind = TypeKind::kTime});
    json_ = AddType({.kind = TypeKind::kJson, .optional = true});
    map_ = AddType({.kind = TypeKind::kMap, .element = string_});
    strings_ = AddType({.kind = TypeKind::kList, .element = string_});
  }

  TypeId AddType(TypeEntry entry) {
    program_.types.push_back(std::move(entry));
    return static_cast<TypeId>(program_.types.size() - 1);
  }
  TypeId Optional(TypeId type) {
    TypeEntry entry = program_.types[type];
    entry.optional = true;
    return AddType(std::move(entry));
  }
  TypeId Ref(std::vector<TableId> tables, bool optional = true) {
    return AddType({.kind = TypeKind::kRef, .optional = optional, .tables = std::move(tables)});
  }
  TypeId RefList(std::vector<TableId> tables) {
    return AddType({.kind = TypeKind::kList, .element = Ref(std::move(tables), false)});
  }

  TableId AddTable(const std::string& name, TableKind kind = TableKind::kModel) {
    Table table;
    table.name = name;
    table.kind = kind;
    program_.tables.push_back(table);
    return static_cast<TableId>(program_.tables.size() - 1);
  }
  ColumnId AddColumn(TableId table, const std::string& name, TypeId type, bool is_key = false) {
    program_.tables[table].columns.push_back(
        {.name = name, .type = type, .default_value = std::nullopt, .is_key = is_key});
    return static_cast<ColumnId>(program_.tables[table].columns.size() - 1);
  }
  void SetDefault(TableId table, ColumnId column, Constant constant) {
    program_.constants.push_back(std::move(constant));
    program_.tables[table].columns[column].default_value = static_cast<uint32_t>(program_.constants.size() - 1);
  }
  TableMapping& AddMapping(TableId table, const std::string& format, const std::string& source_type,
                           std::vector<std::vector<std::string>> unnest = {}) {
    TableMapping& mapping = program_.tables[table].mappings.emplace_back();
    mapping.format = format;
    mapping.source_type = source_type;
    mapping.unnest = std::move(unnest);
    return mapping;
  }
  static void Map(TableMapping& mapping, ColumnId column, std::vector<std::vector<std::string>> paths) {
    mapping.fields.push_back({.column = column, .kind = FieldSourceKind::kPath, .paths = std::move(paths)});
  }
  static void MapThis(TableMapping& mapping, ColumnId column) {
    mapping.fields.push_back({.column = column, .kind = FieldSourceKind::kThis});
  }

  TypeId bool_, int_, string_, cidr_, time_, json_, map_, strings_;
  Program program_;
};

/// A network in miniature: VPCs, subnets, gateways, tables, routes, as the shipped models map them.
struct NetworkTables : ProgramTables {
  NetworkTables() {
    vpc = AddTable("aws.vpc");
    subnet = AddTable("aws.subnet");
    igw = AddTable("aws.internet_gateway");
    nat = AddTable("aws.nat_gateway");
    table = AddTable("aws.route_table");
    route = AddTable("aws.route");
    program_.tables[vpc].key_pattern = "vpc-*";
    program_.tables[subnet].key_pattern = "subnet-*";
    program_.tables[igw].key_pattern = "igw-*";
    program_.tables[nat].key_pattern = "nat-*";
    program_.tables[table].key_pattern = "rtb-*";
    const TypeId to_vpc = Ref({vpc}), to_table = Ref({table}), to_target = Ref({igw, nat});
    for (TableId t : {vpc, subnet, igw, nat, table}) AddColumn(t, "id", string_, true);
    subnet_vpc = AddColumn(subnet, "vpc", to_vpc);
    subnet_public = AddColumn(subnet, "map_public_ip_on_launch", bool_);
    SetDefault(subnet, subnet_public, {.type = bool_, .bits = 0});
    igw_vpc = AddColumn(igw, "vpc", to_vpc);
    nat_subnet = AddColumn(nat, "subnet", Ref({subnet}));
    table_vpc = AddColumn(table, "vpc", to_vpc);
    route_table = AddColumn(route, "table", to_table);
    route_destination = AddColumn(route, "destination", cidr_);
    route_target = AddColumn(route, "target", to_target);

    struct Plain {
      TableId table;
      const char* type;
      const char* config_type;
      const char* config_id;
    };
    for (const Plain& plain :
         {Plain{vpc, "aws_vpc", "AWS::EC2::VPC", "vpcId"}, Plain{subnet, "aws_subnet", "AWS::EC2::Subnet", "subnetId"},
          Plain{igw, "aws_internet_gateway", "AWS::EC2::InternetGateway", "internetGatewayId"},
          Plain{nat, "aws_nat_gateway", "AWS::EC2::NatGateway", "natGatewayId"},
          Plain{table, "aws_route_table", "AWS::EC2::RouteTable", "routeTableId"}}) {
      TableMapping& terraform = AddMapping(plain.table, "terraform", plain.type);
      Map(terraform, 0, {{"id"}});
      if (plain.table == subnet || plain.table == igw || plain.table == table) Map(terraform, 1, {{"vpc_id"}});
      if (plain.table == nat) Map(terraform, 1, {{"subnet_id"}});
      if (plain.table == subnet) Map(terraform, subnet_public, {{"map_public_ip_on_launch"}});
      TableMapping& config = AddMapping(plain.table, "aws_config", plain.config_type);
      Map(config, 0, {{plain.config_id}});
      if (plain.table == subnet || plain.table == table) Map(config, 1, {{"vpcId"}});
      if (plain.table == igw) Map(config, 1, {{"attachments", "vpcId"}});
      if (plain.table == subnet) Map(config, subnet_public, {{"mapPublicIpOnLaunch"}});
    }
    for (const char* type : {"aws_route_table"}) {
      TableMapping& inline_routes = AddMapping(route, "terraform", type, {{"route"}});
      MapThis(inline_routes, route_table);
      Map(inline_routes, route_destination, {{"cidr_block"}, {"ipv6_cidr_block"}});
      Map(inline_routes, route_target, {{"gateway_id"}, {"nat_gateway_id"}});
    }
    TableMapping& own_routes = AddMapping(route, "terraform", "aws_route");
    Map(own_routes, route_table, {{"route_table_id"}});
    Map(own_routes, route_destination, {{"destination_cidr_block"}});
    Map(own_routes, route_target, {{"gateway_id"}, {"nat_gateway_id"}});
    TableMapping& config_routes = AddMapping(route, "aws_config", "AWS::EC2::RouteTable", {{"routes"}});
    MapThis(config_routes, route_table);
    Map(config_routes, route_destination, {{"destinationCidrBlock"}, {"destinationIpv6CidrBlock"}});
    Map(config_routes, route_target, {{"gatewayId"}, {"natGatewayId"}});
  }

  TableId vpc, subnet, igw, nat, table, route;
  ColumnId subnet_vpc, subnet_public, igw_vpc, nat_subnet, table_vpc, route_table, route_destination, route_target;
};

}  // namespace bylaw
