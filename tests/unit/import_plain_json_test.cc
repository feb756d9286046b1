#include <gtest/gtest.h>

#include "runtime/import/import.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

struct JsonTables : ProgramTables {
  JsonTables() {
    items = AddTable("json[\"items\"]", TableKind::kSource);
    AddColumn(items, "record", json_);
  }
  TableId items;
};

const JsonNode* RecordOf(const Import& import, TableId table, Row row) {
  return CellToObject<JsonNode>(import.snapshot->column(table, 0).cells[row]);
}

Import Read(const Program& program, const std::string& text) {
  auto import = ImportInputs(program, {{.path = "x.json", .bytes = text}}, {}, nullptr);
  EXPECT_TRUE(import.ok()) << (import.ok() ? "" : import.error().ToString());
  return std::move(*import);
}

TEST(ImportPlainJson, ElementsOfAListAreRows) {
  JsonTables t;
  const Import import = Read(
      t.program_, R"({"kind":"List","items":[{"name":"a","n":9007199254740993},{"name":"b","x":[null,1.5,"t"]}]})");
  ASSERT_EQ(import.snapshot->num_rows(t.items), 2u);
  EXPECT_EQ(RecordOf(import, t.items, 0)->Find("n")->integer, 9007199254740993);
  const JsonNode* list = RecordOf(import, t.items, 1)->Find("x");
  ASSERT_EQ(list->size, 3u);
  EXPECT_EQ(list->elements[0]->kind, JsonNodeKind::kNull);
  EXPECT_EQ(list->elements[1]->floating, 1.5);
  EXPECT_EQ(list->elements[2]->text, "t");
  EXPECT_EQ(list->parent, RecordOf(import, t.items, 1));
  EXPECT_TRUE(import.snapshot->Covers(t.items));
  EXPECT_EQ(import.snapshot->LocateRow(t.items, 1).pointer, "/items/1");
}

TEST(ImportPlainJson, ATopLevelListAndLinesAreTheRowsToo) {
  JsonTables t;
  EXPECT_EQ(Read(t.program_, R"([{"name":"a"},{"name":"b"},3])").snapshot->num_rows(t.items), 3u);
  EXPECT_EQ(Read(t.program_, "{\"name\":\"a\"}\n{\"name\":\"b\"}\n").snapshot->num_rows(t.items), 2u);
}

TEST(ImportPlainJson, OnlyTheKeysThatAreReadAreKept) {
  JsonTables t;
  t.program_.tables[t.items].paths = {"name"};
  const Import import = Read(t.program_, R"({"items":[{"name":"a","big":[1,2,3]}]})");
  const JsonNode* record = RecordOf(import, t.items, 0);
  EXPECT_EQ(record->size, 1u);
  EXPECT_EQ(record->Find("name")->text, "a");
}

TEST(ImportPlainJson, BadInputsAreOneClearErrorEach) {
  JsonTables t;
  auto error = [&](const std::string& text) {
    const auto import = ImportInputs(t.program_, {{.path = "x.json", .bytes = text}}, {}, nullptr);
    return import.ok() ? std::string("ok") : import.error().ToString();
  };
  EXPECT_NE(error("").find("x.json"), std::string::npos);
  EXPECT_NE(error("items: ["), "ok");
  EXPECT_NE(error("just text"), "ok");
  EXPECT_NE(error("{\"items\":[1,]}"), "ok");
  const auto folder = ImportInputs(t.program_, {{.path = "/nonexistent/x.json"}}, {}, nullptr);
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().file, "/nonexistent/x.json");
  ImportOptions options;
  options.input_format = "toml";
  const auto unknown = ImportInputs(t.program_, {{.path = "x.json", .bytes = "{}"}}, options, nullptr);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().message, "there is no input format `toml`");
}

TEST(ImportWith, ARowThatIsInBothIsOneRowWithTheInputsValues) {
  NetworkTables t;
  const std::string plan = R"({"format_version":"1.2","planned_values":{},"resource_changes":[
    {"address":"aws_subnet.a","mode":"managed","type":"aws_subnet","name":"a","change":{"actions":["update"],
      "after":{"id":"subnet-1","map_public_ip_on_launch":true},"after_unknown":{"vpc_id":true}}}],"configuration":{"root_module":{}}})";
  const std::string live = R"({"configurationItems":[
    {"resourceType":"AWS::EC2::Subnet","resourceId":"subnet-1","awsAccountId":"111","configuration":{"subnetId":"subnet-1","vpcId":"vpc-1","mapPublicIpOnLaunch":false}},
    {"resourceType":"AWS::EC2::VPC","resourceId":"vpc-1","awsAccountId":"111","configuration":{"vpcId":"vpc-1"}}]})";
  auto import = ImportInputs(
      t.program_, {{.path = "plan.json", .bytes = plan}, {.path = "live.json", .bytes = live, .context_only = true}},
      {}, nullptr);
  ASSERT_TRUE(import.ok()) << import.error().ToString();
  const Snapshot& snapshot = *import->snapshot;
  ASSERT_EQ(snapshot.num_rows(t.subnet), 1u);
  EXPECT_EQ(snapshot.column(t.subnet, t.subnet_public).cells[0], 1u);
  EXPECT_EQ(snapshot.column(t.subnet, t.subnet_vpc).cells[0], RefCell::Make(t.vpc, 0));
  EXPECT_TRUE(snapshot.table(t.subnet).context_only.empty());
  EXPECT_EQ(snapshot.table(t.vpc).context_only, std::vector<uint8_t>{1});
}

}  // namespace
}  // namespace bylaw
