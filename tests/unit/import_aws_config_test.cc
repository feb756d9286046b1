#include <gtest/gtest.h>

#include "runtime/import/import.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

Import Read(const Program& program, const std::string& text) {
  auto import = ImportInputs(program, {{.path = "config.json", .bytes = text}}, {}, nullptr);
  EXPECT_TRUE(import.ok()) << (import.ok() ? "" : import.error().ToString());
  return std::move(*import);
}

std::string Item(const std::string& type, const std::string& id, const std::string& configuration,
                 const std::string& more = "") {
  return R"({"configurationItemVersion":"1.3","configuration":)" + configuration + R"(,"resourceType":")" + type +
         R"(","resourceId":")" + id +
         R"(","awsAccountId":"111122223333","awsRegion":"eu-west-1","ARN":"arn:aws:ec2:eu-west-1:111122223333:x/)" +
         id + "\"" + more + "}";
}

std::string SnapshotText(const std::vector<std::string>& items) {
  std::string text = R"({"fileVersion":"1.0","configSnapshotId":"x","configurationItems":[)";
  for (size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "\n" : ",\n") + items[i];
  return text + "]}";
}

TEST(ImportAwsConfig, ItemsBecomeRowsWithReferences) {
  NetworkTables t;
  const Import import = Read(
      t.program_,
      SnapshotText({
          Item("AWS::EC2::Subnet", "subnet-1", R"({"subnetId":"subnet-1","vpcId":"vpc-1","mapPublicIpOnLaunch":true})"),
          Item("AWS::EC2::VPC", "vpc-1", R"({"vpcId":"vpc-1"})"),
          Item("AWS::EC2::InternetGateway", "igw-1",
               R"({"internetGatewayId":"igw-1","attachments":[{"vpcId":"vpc-1","state":"available"}]})"),
          Item("AWS::EC2::RouteTable", "rtb-1", R"({"routeTableId":"rtb-1","vpcId":"vpc-1","routes":[
          {"destinationCidrBlock":"10.0.0.0/16","gatewayId":"local"},{"destinationIpv6CidrBlock":"::/0","gatewayId":"igw-1"}]})"),
          Item("AWS::IAM::Role", "role", "{}"),
      }));
  const auto& snapshot = *import.snapshot;
  ASSERT_EQ(snapshot.num_rows(t.subnet), 1u);
  EXPECT_EQ(snapshot.column(t.subnet, t.subnet_vpc).cells[0], RefCell::Make(t.vpc, 0));
  EXPECT_EQ(snapshot.column(t.subnet, t.subnet_public).cells[0], 1u);
  EXPECT_EQ(snapshot.column(t.igw, t.igw_vpc).cells[0], RefCell::Make(t.vpc, 0));
  ASSERT_EQ(snapshot.num_rows(t.route), 2u);
  EXPECT_EQ(snapshot.column(t.route, t.route_table).cells[1], RefCell::Make(t.table, 0));
  EXPECT_EQ(ToString(snapshot.nets().Get(static_cast<NetId>(snapshot.column(t.route, t.route_destination).cells[1]))),
            "::/0");
  EXPECT_TRUE(RefCell::is_external(snapshot.column(t.route, t.route_target).cells[0]));
  EXPECT_EQ(snapshot.column(t.route, t.route_target).cells[1], RefCell::Make(t.igw, 0));
  EXPECT_TRUE(snapshot.Covers(t.nat));

  const Record& record = snapshot.record_of(t.subnet, 0);
  EXPECT_EQ(snapshot.strings().Text(record.id), "subnet-1");
  EXPECT_EQ(snapshot.strings().Text(record.account), "111122223333");
  EXPECT_EQ(import.statistics.inputs[0].num_resources, 5u);
  ASSERT_EQ(import.statistics.source_types.size(), 5u);
  EXPECT_EQ(import.statistics.source_types[4].source_type, "AWS::IAM::Role");
  EXPECT_FALSE(import.statistics.source_types[4].mapped);
}

TEST(ImportAwsConfig, PlacesAreFoundAgain) {
  NetworkTables t;
  const Import import = Read(t.program_, SnapshotText({
                                             Item("AWS::EC2::VPC", "vpc-1", R"({"vpcId":"vpc-1"})"),
                                             Item("AWS::EC2::RouteTable", "rtb-1",
                                                  "{\"routeTableId\":\"rtb-1\",\"vpcId\":\"vpc-1\",\"routes\":[\n{"
                                                  "\"destinationCidrBlock\":\"0.0.0.0/0\"}]}"),
                                         }));
  const auto& snapshot = *import.snapshot;
  const std::vector<Place> places = {
      {t.vpc, 0}, {t.table, 0, t.table_vpc}, {t.route, 0}, {t.route, 0, t.route_destination}};
  const std::vector<Location> found = snapshot.LocateAll(places);
  EXPECT_EQ(found[0].file, "config.json");
  EXPECT_EQ(found[0].line, 2u);
  EXPECT_EQ(found[0].pointer, "/configurationItems/0");
  EXPECT_EQ(found[1].pointer, "/configurationItems/1/configuration/vpcId");
  EXPECT_EQ(found[2].pointer, "/configurationItems/1/configuration/routes/0");
  EXPECT_EQ(found[2].line, 4u);
  EXPECT_EQ(found[3].pointer, "/configurationItems/1/configuration/routes/0/destinationCidrBlock");
}

TEST(ImportAwsConfig, TheLatestCaptureCountsAndDeletedItemsDoNot) {
  NetworkTables t;
  auto captured = [](const char* time, const char* status) {
    return std::string(R"(,"configurationItemStatus":")") + status + R"(","configurationItemCaptureTime":")" + time +
           "\"";
  };
  const Import import =
      Read(t.program_,
           SnapshotText({
               Item("AWS::EC2::VPC", "vpc-1", R"({"vpcId":"vpc-1"})", captured("2026-01-02T00:00:00.000Z", "OK")),
               Item("AWS::EC2::VPC", "vpc-1", R"({"vpcId":"vpc-1"})", captured("2026-01-01T00:00:00.000Z", "OK")),
               Item("AWS::EC2::VPC", "vpc-2", R"({"vpcId":"vpc-2"})", captured("2026-01-01T00:00:00.000Z", "OK")),
               Item("AWS::EC2::VPC", "vpc-2", "null", captured("2026-01-03T00:00:00.000Z", "ResourceDeleted")),
               Item("AWS::EC2::VPC", "vpc-3", "null", captured("2026-01-01T00:00:00.000Z", "ResourceDeleted")),
           }));
  ASSERT_EQ(import.snapshot->num_rows(t.vpc), 1u);
  EXPECT_EQ(import.snapshot->strings().Text(static_cast<StringId>(import.snapshot->column(t.vpc, 0).cells[0])),
            "vpc-1");
  EXPECT_EQ(import.statistics.inputs[0].num_deleted, 2u);
}

TEST(ImportAwsConfig, AConfigurationInsideATextIsRead) {
  NetworkTables t;
  const std::string item = Item("AWS::EC2::Subnet", "subnet-1", R"("{\"subnetId\":\"subnet-1\",\"vpcId\":\"vpc-9\"}")",
                                R"(,"configurationItemStatus":"OK")");
  const Import import = Read(t.program_, item + "\n" + item + "\n");  // NDJSON; the same resource twice
  ASSERT_EQ(import.snapshot->num_rows(t.subnet), 1u);
  const Cell vpc = import.snapshot->column(t.subnet, t.subnet_vpc).cells[0];
  ASSERT_TRUE(RefCell::is_external(vpc));
  EXPECT_EQ(import.snapshot->strings().Text(import.snapshot->external(RefCell::row(vpc)).key), "vpc-9");
}

TEST(ImportAwsConfig, AValueThatDoesNotConvertIsUnknownAndSaysWhy) {
  NetworkTables t;
  const Import import =
      Read(t.program_,
           SnapshotText({Item("AWS::EC2::RouteTable", "rtb-1",
                              R"({"routes":[{"destinationCidrBlock":"10.0.0.0/33"},{"destinationCidrBlock":""}]})")}));
  const Column& destination = import.snapshot->column(t.route, t.route_destination);
  ASSERT_EQ(destination.state(0), State::kUnknown);
  EXPECT_EQ(import.snapshot->cause(destination.causes.at(0)).detail,
            "`destinationCidrBlock`: `10.0.0.0/33` is not a cidr");
  // An empty text is absent, and the model says that there must be one.
  ASSERT_EQ(destination.state(1), State::kUnknown);
  EXPECT_EQ(import.snapshot->cause(destination.causes.at(1)).detail, "no `destination`, which every `aws.route` has");
}

TEST(ImportAwsConfig, TwoThreadsMakeTheSameSnapshotAsOne) {
  NetworkTables t;
  std::vector<std::string> items;
  for (int i = 0; i < 20000; ++i) {
    const std::string n = std::to_string(i), status = i % 7 == 0 ? "ResourceDeleted" : "OK";
    const std::string more =
        R"(,"relationships":[{"resourceType":"a","resourceId":"b"},{"resourceType":"c","resourceId":"d"}],"configurationItemStatus":")" +
        status + "\"";
    items.push_back(i % 3 == 0 ? Item("AWS::EC2::Subnet", "subnet-" + n,
                                      R"({"subnetId":"subnet-)" + n + R"(","vpcId":"vpc-1"})", more)
                               : Item("AWS::EC2::Volume", "vol-" + n, R"({"attachments":[{"a":1},{"b":2}]})", more));
  }
  const std::string text = SnapshotText(items);
  ASSERT_GT(text.size(), size_t{5} << 20);
  ImportOptions two;
  two.jobs = 2;
  const auto one_thread = ImportInputs(t.program_, {{.path = "c.json", .bytes = text}}, {}, nullptr);
  const auto two_threads = ImportInputs(t.program_, {{.path = "c.json", .bytes = text}}, two, nullptr);
  ASSERT_TRUE(one_thread.ok() && two_threads.ok());
  const auto& a = *one_thread->snapshot;
  const auto& b = *two_threads->snapshot;
  ASSERT_EQ(a.num_rows(t.subnet), b.num_rows(t.subnet));
  ASSERT_GT(a.num_rows(t.subnet), 5000u);
  for (Row row = 0; row < a.num_rows(t.subnet); ++row) {
    ASSERT_EQ(a.record_of(t.subnet, row).offset, b.record_of(t.subnet, row).offset);
    ASSERT_EQ(a.strings().Text(a.record_of(t.subnet, row).id), b.strings().Text(b.record_of(t.subnet, row).id));
    ASSERT_EQ(a.column(t.subnet, t.subnet_vpc).cells[row], b.column(t.subnet, t.subnet_vpc).cells[row]);
  }
  EXPECT_EQ(one_thread->statistics.inputs[0].num_resources, two_threads->statistics.inputs[0].num_resources);
  EXPECT_EQ(one_thread->statistics.inputs[0].num_deleted, two_threads->statistics.inputs[0].num_deleted);
  // What is wrong in the second half is found at the same place.
  const std::string broken = text.substr(0, text.size() - 2) + ",]}";
  const auto first = ImportInputs(t.program_, {{.path = "c.json", .bytes = broken}}, {}, nullptr);
  const auto second = ImportInputs(t.program_, {{.path = "c.json", .bytes = broken}}, two, nullptr);
  ASSERT_FALSE(first.ok() || second.ok());
  EXPECT_EQ(first.error().ToString(), second.error().ToString());
}

TEST(ImportAwsConfig, MalformedJsonIsOneErrorWithItsPlace) {
  NetworkTables t;
  const auto import = ImportInputs(
      t.program_, {{.path = "c.json", .bytes = "{\"configurationItems\":[\n{\"resourceType\":}]}"}}, {}, nullptr);
  ASSERT_FALSE(import.ok());
  EXPECT_EQ(import.error().file, "c.json");
  EXPECT_EQ(import.error().line, 2u);
}

TEST(ImportAwsConfig, AnUnknownFormatSaysWhatWasSeenAndWhatIsRead) {
  NetworkTables t;
  const auto import =
      ImportInputs(t.program_, {{.path = "x.json", .bytes = R"({"Things":{},"Outputs":{}})"}}, {}, nullptr);
  ASSERT_FALSE(import.ok());
  EXPECT_EQ(import.error().message, "unknown format: an object with the keys `Things`, `Outputs`");
  EXPECT_NE(import.error().hint.find("terraform_plan"), std::string::npos);
}

}  // namespace
}  // namespace bylaw
