#include <gtest/gtest.h>

#include "runtime/import/import.h"
#include "runtime/import/terraform_configuration.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

struct Change {
  std::string address, type, name, after, after_unknown = "{}", actions = R"(["create"])", index = "", module = "";
};

struct PlanText {
  std::vector<Change> changes;
  std::string configuration = "{}";
  std::string version = "1.5.0";

  std::string ToString() const {
    std::string text =
        R"({"format_version":"1.2","terraform_version":")" + version + R"(","planned_values":{},"resource_changes":[)";
    for (size_t i = 0; i < changes.size(); ++i) {
      const Change& c = changes[i];
      text += (i == 0 ? "\n" : ",\n") + std::string(R"({"address":")") + c.address + R"(","mode":"managed","type":")" +
              c.type + R"(","name":")" + c.name + "\"";
      if (!c.index.empty()) text += ",\"index\":" + c.index;
      if (!c.module.empty()) text += R"(,"module_address":")" + c.module + "\"";
      text += R"(,"change":{"actions":)" + c.actions + R"(,"before":null,"after":)" + c.after + R"(,"after_unknown":)" +
              c.after_unknown + "}}";
    }
    return text + "],\"configuration\":{\"root_module\":" + configuration + "}}";
  }
};

class ImportTerraformPlan : public testing::Test {
 protected:
  void Read(const PlanText& plan) {
    auto result = ImportInputs(t.program_, {{.path = "plan.json", .bytes = plan.ToString()}}, {}, nullptr);
    ASSERT_TRUE(result.ok()) << result.error().ToString();
    import = std::move(*result);
  }
  std::string Address(TableId table, Row row) const {
    return std::string(import.snapshot->strings().Text(import.snapshot->record_of(table, row).address));
  }
  /// What a reference means, for people: an address, `outside KEY`, `one of A, B`, `unknown: WHY`, `absent`.
  std::string Show(TableId table, ColumnId column, Row row) const {
    const Snapshot& snapshot = *import.snapshot;
    const Column& values = snapshot.column(table, column);
    auto name = [&](Cell cell) {
      if (!RefCell::is_external(cell)) return Address(RefCell::table(cell), RefCell::row(cell));
      return "outside " + std::string(snapshot.strings().Text(snapshot.external(RefCell::row(cell)).key));
    };
    switch (values.state(row)) {
      case State::kKnown: return name(values.cells[row]);
      case State::kAbsent: return "absent";
      default: break;
    }
    if (values.cells[row] == 0) return "unknown: " + snapshot.cause(values.causes.at(row)).detail;
    std::string text = "one of";
    for (Cell cell : snapshot.candidates(static_cast<uint32_t>(values.cells[row] - 1))) text += " " + name(cell);
    return text;
  }

  NetworkTables t;
  Import import;
};

constexpr char kUnknownVpc[] = R"({"id":true,"vpc_id":true})";

TEST_F(ImportTerraformPlan, ReferencesNotKnownYetComeFromTheConfiguration) {
  Read({{{"aws_vpc.main", "aws_vpc", "main", "{}", R"({"id":true})"},
         {"aws_subnet.a", "aws_subnet", "a", R"({"map_public_ip_on_launch":true})", kUnknownVpc}},
        R"({"resources":[{"address":"aws_vpc.main","type":"aws_vpc","name":"main","expressions":{}},
                         {"address":"aws_subnet.a","type":"aws_subnet","name":"a","expressions":{"vpc_id":{"references":["aws_vpc.main.id","aws_vpc.main"]}}}]})"});
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 0), "aws_vpc.main");
  EXPECT_EQ(import.snapshot->column(t.subnet, 0).state(0), State::kUnknown);
  EXPECT_EQ(import.snapshot->cause(import.snapshot->column(t.subnet, 0).causes.at(0)).detail, "known after apply");
  EXPECT_EQ(import.snapshot->column(t.subnet, t.subnet_public).cells[0], 1u);
  EXPECT_TRUE(import.snapshot->Covers(t.nat));
  const Location location = import.snapshot->LocateValue(t.subnet, 0, t.subnet_public);
  EXPECT_EQ(location.pointer, "/resource_changes/1/change/after/map_public_ip_on_launch");
  EXPECT_EQ(location.line, 3u);
}

TEST_F(ImportTerraformPlan, ALiteralIdIsOutsideUnlessARowHasIt) {
  Read({{{"aws_vpc.main", "aws_vpc", "main", R"({"id":"vpc-1"})", "{}", R"(["no-op"])"},
         {"aws_subnet.in", "aws_subnet", "in", R"({"vpc_id":"vpc-1"})", R"({"id":true})"},
         {"aws_subnet.out", "aws_subnet", "out", R"({"vpc_id":"vpc-0ff"})", R"({"id":true})"}}});
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 0), "aws_vpc.main");
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 1), "outside vpc-0ff");
}

TEST_F(ImportTerraformPlan, CountAndForEachOverTheSameKeysArePairedByKey) {
  Read(
      {{{R"(aws_vpc.v[\"a\"])", "aws_vpc", "v", "{}", R"({"id":true})", R"(["create"])", R"("a")"},
        {R"(aws_vpc.v[\"b\"])", "aws_vpc", "v", "{}", R"({"id":true})", R"(["create"])", R"("b")"},
        {R"(aws_subnet.s[\"a\"])", "aws_subnet", "s", "{}", kUnknownVpc, R"(["create"])", R"("a")"},
        {R"(aws_subnet.s[\"b\"])", "aws_subnet", "s", "{}", kUnknownVpc, R"(["create"])", R"("b")"},
        {R"(aws_internet_gateway.g[\"b\"])", "aws_internet_gateway", "g", "{}", kUnknownVpc, R"(["create"])", R"("b")"},
        {"aws_subnet.first", "aws_subnet", "first", "{}", kUnknownVpc},
        {"aws_subnet.named", "aws_subnet", "named", "{}", kUnknownVpc}},
       R"({"resources":[
          {"address":"aws_vpc.v","type":"aws_vpc","name":"v","expressions":{},"for_each_expression":{"references":["var.names"]}},
          {"address":"aws_subnet.s","type":"aws_subnet","name":"s","for_each_expression":{"references":["aws_vpc.v"]},
           "expressions":{"vpc_id":{"references":["each.value.id","each.value"]}}},
          {"address":"aws_internet_gateway.g","type":"aws_internet_gateway","name":"g","for_each_expression":{},
           "expressions":{"vpc_id":{"references":["aws_vpc.v","each.key"]}}},
          {"address":"aws_subnet.first","type":"aws_subnet","name":"first","expressions":{"vpc_id":{"references":["aws_vpc.v"]}}},
          {"address":"aws_subnet.named","type":"aws_subnet","name":"named","expressions":{"vpc_id":{"references":["aws_vpc.v[\"b\"].id","aws_vpc.v[\"b\"]","aws_vpc.v"]}}}]})"});
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 0), R"(aws_vpc.v["a"])");
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 1), R"(aws_vpc.v["b"])");
  // Other keys: any of them.
  EXPECT_EQ(Show(t.igw, t.igw_vpc, 0), R"(one of aws_vpc.v["a"] aws_vpc.v["b"])");
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 2), R"(one of aws_vpc.v["a"] aws_vpc.v["b"])");
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 3), R"(aws_vpc.v["b"])");
}

TEST_F(ImportTerraformPlan, ReferencesLeadThroughModules) {
  Read({{{"module.net.aws_vpc.main", "aws_vpc", "main", "{}", R"({"id":true})", R"(["create"])", "", "module.net"},
         {R"(module.sub[\"x\"].aws_subnet.s)", "aws_subnet", "s", "{}", kUnknownVpc, R"(["create"])", "",
          R"(module.sub[\"x\"])"},
         {"aws_internet_gateway.g", "aws_internet_gateway", "g", "{}", kUnknownVpc}},
        R"({"resources":[{"address":"aws_internet_gateway.g","type":"aws_internet_gateway","name":"g",
              "expressions":{"vpc_id":{"references":["module.sub[\"x\"].vpc","module.sub[\"x\"]","module.sub"]}}}],
            "module_calls":{
              "net":{"module":{"outputs":{"vpc_id":{"expression":{"references":["aws_vpc.main.id","aws_vpc.main"]}}},
                               "resources":[{"address":"aws_vpc.main","type":"aws_vpc","name":"main","expressions":{}}]}},
              "sub":{"for_each_expression":{},"expressions":{"vpc":{"references":["module.net.vpc_id","module.net"]}},
                     "module":{"outputs":{"vpc":{"expression":{"references":["aws_subnet.s.vpc_id","aws_subnet.s"]}}},
                               "resources":[{"address":"aws_subnet.s","type":"aws_subnet","name":"s","expressions":{"vpc_id":{"references":["var.vpc"]}}}]}}}})"});
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 0), "module.net.aws_vpc.main");
  EXPECT_EQ(Show(t.igw, t.igw_vpc, 0), "module.net.aws_vpc.main");
}

TEST_F(ImportTerraformPlan, WhatCannotBeFollowedIsUnknownAndSaysWhy) {
  Read({{{"aws_subnet.l", "aws_subnet", "l", "{}", kUnknownVpc},
         {"aws_subnet.d", "aws_subnet", "d", "{}", kUnknownVpc},
         {"aws_subnet.n", "aws_subnet", "n", "{}", kUnknownVpc}},
        R"({"resources":[
          {"address":"aws_subnet.l","type":"aws_subnet","name":"l","expressions":{"vpc_id":{"references":["local.vpc_id"]}}},
          {"address":"aws_subnet.d","type":"aws_subnet","name":"d","expressions":{"vpc_id":{"references":["data.aws_vpc.main.id","data.aws_vpc.main"]}}},
          {"address":"aws_subnet.n","type":"aws_subnet","name":"n","expressions":{}}]})"});
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 0),
            "unknown: it goes through `local.vpc_id`, and a plan does not list local values");
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 1), "outside data.aws_vpc.main");
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 2), "unknown: known after apply");
}

TEST_F(ImportTerraformPlan, DeletedResourcesHaveNoRowAndReplacedOnesTheirNewValues) {
  Read({{{"aws_vpc.old", "aws_vpc", "old", "null", "{}", R"(["delete"])"},
         {"aws_vpc.gone", "aws_vpc", "gone", "null", "{}", R"(["forget"])"},
         {"aws_vpc.new", "aws_vpc", "new", "{}", R"({"id":true})", R"(["delete","create"])"}}});
  ASSERT_EQ(import.snapshot->num_rows(t.vpc), 1u);
  EXPECT_EQ(Address(t.vpc, 0), "aws_vpc.new");
  EXPECT_EQ(import.statistics.inputs[0].num_deleted, 2u);
}

TEST_F(ImportTerraformPlan, InlineRoutesFindTheirTargetsByTheirBlocks) {
  Read(
      {{{"aws_internet_gateway.g", "aws_internet_gateway", "g", "{}", kUnknownVpc},
        {"aws_nat_gateway.n", "aws_nat_gateway", "n", "{}", R"({"id":true})"},
        {"aws_route_table.t", "aws_route_table", "t",
         R"({"route":[{"cidr_block":"10.0.0.0/8","gateway_id":""},{"cidr_block":"0.0.0.0/0","nat_gateway_id":"","ipv6_cidr_block":""}]})",
         R"({"id":true,"route":[{"nat_gateway_id":true},{"gateway_id":true}]})"}},
       R"({"resources":[
          {"address":"aws_internet_gateway.g","type":"aws_internet_gateway","name":"g","expressions":{}},
          {"address":"aws_nat_gateway.n","type":"aws_nat_gateway","name":"n","expressions":{}},
          {"address":"aws_route_table.t","type":"aws_route_table","name":"t","expressions":{"route":[
             {"cidr_block":{"constant_value":"0.0.0.0/0"},"gateway_id":{"references":["aws_internet_gateway.g.id","aws_internet_gateway.g"]}},
             {"cidr_block":{"constant_value":"10.0.0.0/8"},"nat_gateway_id":{"references":["aws_nat_gateway.n.id","aws_nat_gateway.n"]}}]}}]})"});
  ASSERT_EQ(import.snapshot->num_rows(t.route), 2u);
  EXPECT_EQ(Show(t.route, t.route_table, 0), "aws_route_table.t");
  EXPECT_EQ(Show(t.route, t.route_target, 0), "aws_nat_gateway.n");
  EXPECT_EQ(Show(t.route, t.route_target, 1), "aws_internet_gateway.g");
}

TEST_F(ImportTerraformPlan, OneExpressionForAllRoutesNamesThemAll) {
  Read({{{"aws_internet_gateway.g", "aws_internet_gateway", "g", "{}", kUnknownVpc},
         {"aws_nat_gateway.n", "aws_nat_gateway", "n", "{}", R"({"id":true})"},
         {"aws_route_table.t", "aws_route_table", "t", R"({"route":[{"cidr_block":"0.0.0.0/0"}]})",
          R"({"id":true,"route":[{"gateway_id":true}]})"}},
        R"({"resources":[
          {"address":"aws_internet_gateway.g","type":"aws_internet_gateway","name":"g","expressions":{}},
          {"address":"aws_nat_gateway.n","type":"aws_nat_gateway","name":"n","expressions":{}},
          {"address":"aws_route_table.t","type":"aws_route_table","name":"t","expressions":{"route":
             {"references":["aws_internet_gateway.g.id","aws_internet_gateway.g","aws_nat_gateway.n.id","aws_nat_gateway.n"]}}}]})"});
  EXPECT_EQ(Show(t.route, t.route_target, 0), "one of aws_internet_gateway.g aws_nat_gateway.n");
}

TEST_F(ImportTerraformPlan, AComputedListThatTheConfigurationDoesNotSetMakesNoRows) {
  const std::string routes = R"({"id":"rtb-1","route":[{"cidr_block":"0.0.0.0/0","gateway_id":"igw-1"}]})";
  PlanText plan{{{"aws_route_table.t", "aws_route_table", "t", routes, "{}", R"(["no-op"])"},
                 {"aws_route_table.fresh", "aws_route_table", "fresh", "{}", R"({"id":true,"route":true})"}},
                R"({"resources":[{"address":"aws_route_table.t","type":"aws_route_table","name":"t","expressions":{}},
                                 {"address":"aws_route_table.fresh","type":"aws_route_table","name":"fresh","expressions":{}}]})"};
  Read(plan);
  EXPECT_EQ(import.snapshot->num_rows(t.table), 2u);
  EXPECT_EQ(import.snapshot->num_rows(t.route), 0u);
  // Terraform 0.12 does not say what blocks set: the route is there possibly.
  plan.version = "0.12.31";
  Read(plan);
  ASSERT_EQ(import.snapshot->num_rows(t.route), 1u);
  EXPECT_EQ(import.snapshot->table(t.route).possible, std::vector<uint8_t>{1});
}

TEST_F(ImportTerraformPlan, WithoutResourceChangesThePlannedValuesCount) {
  const std::string text = R"({"format_version":"0.1","planned_values":{"root_module":{
      "resources":[{"address":"aws_vpc.main","mode":"managed","type":"aws_vpc","name":"main","values":{}}],
      "child_modules":[{"address":"module.m","resources":[{"address":"module.m.aws_subnet.s","mode":"managed","type":"aws_subnet","name":"s","values":{}}]}]}},
    "configuration":{"root_module":{"resources":[{"address":"aws_vpc.main","type":"aws_vpc","name":"main","expressions":{}}],
      "module_calls":{"m":{"expressions":{"vpc":{"references":["aws_vpc.main.id","aws_vpc.main"]}},"module":{
         "resources":[{"address":"aws_subnet.s","type":"aws_subnet","name":"s","expressions":{"vpc_id":{"references":["var.vpc"]}}}]}}}}}})";
  auto result = ImportInputs(t.program_, {{.path = "plan.json", .bytes = text}}, {}, nullptr);
  ASSERT_TRUE(result.ok()) << result.error().ToString();
  import = std::move(*result);
  EXPECT_EQ(Show(t.subnet, t.subnet_vpc, 0), "aws_vpc.main");
  EXPECT_EQ(import.statistics.inputs[0].format, "terraform_plan");
}

TEST(TerraformAddresses, AreSplitWithTheirIndices) {
  std::string_view parent, name, index;
  ASSERT_TRUE(SplitModuleAddress(R"(module.a["x.module.y"].module.b[0])", &parent, &name, &index));
  EXPECT_EQ(parent, R"(module.a["x.module.y"])");
  EXPECT_EQ(name, "b");
  EXPECT_EQ(index, "0");
  ASSERT_TRUE(SplitModuleAddress(parent, &parent, &name, &index));
  EXPECT_EQ(parent, "");
  EXPECT_EQ(index, R"("x.module.y")");
  EXPECT_FALSE(SplitModuleAddress("", &parent, &name, &index));
  EXPECT_EQ(SplitReference(R"(aws_vpc.main["a.b"].id)"),
            (std::vector<std::string>{"aws_vpc", "main", R"(["a.b"])", "id"}));
}

}  // namespace
}  // namespace bylaw
