#include <gtest/gtest.h>

#include "runtime/import/aws_calls.h"
#include "runtime/import/import.h"
#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

/// The network, a bucket policy and a credential, as `aws …` output shows them.
struct CliTables : NetworkTables {
  CliTables() {
    bucket = AddTable("aws.s3_bucket");
    AddColumn(bucket, "id", string_, true);
    policy = AddTable("aws.s3_bucket_policy");
    policy_bucket = AddColumn(policy, "bucket", Ref({bucket}));
    policy_text = AddColumn(policy, "policy", Optional(string_));
    credential = AddTable("aws.iam_credential");
    AddColumn(credential, "user", string_);
    credential_used = AddColumn(credential, "password_last_used", Optional(time_));
    entry = AddTable("aws.prefix_list_entry");
    entry_list = AddColumn(entry, "list", string_);
    AddColumn(entry, "cidr", cidr_);
    instance = AddTable("aws.instance");
    AddColumn(instance, "id", string_, true);

    Map(AddMapping(vpc, "aws_cli", "Vpcs"), 0, {{"VpcId"}});
    TableMapping& subnets = AddMapping(subnet, "aws_cli", "Subnets");
    Map(subnets, 0, {{"SubnetId"}});
    Map(subnets, subnet_vpc, {{"VpcId"}});
    Map(AddMapping(igw, "aws_cli", "InternetGateways"), 0, {{"InternetGatewayId"}});
    Map(AddMapping(bucket, "aws_cli", "Buckets"), 0, {{"Name"}});
    TableMapping& policies = AddMapping(policy, "aws_cli", "get-bucket-policy");
    Map(policies, policy_bucket, {{"Bucket"}});
    Map(policies, policy_text, {{"Policy"}});
    TableMapping& credentials = AddMapping(credential, "aws_cli", "get-credential-report");
    Map(credentials, 0, {{"user"}});
    Map(credentials, credential_used, {{"password_last_used"}});
    TableMapping& entries = AddMapping(entry, "aws_cli", "get-managed-prefix-list-entries");
    Map(entries, entry_list, {{"PrefixListId"}});
    Map(entries, 1, {{"Cidr"}});
    Map(AddMapping(instance, "aws_cli", "Instances"), 0, {{"InstanceId"}});
    AddTable("resources", TableKind::kResources);
  }

  Import Read(const std::vector<std::pair<std::string, std::string>>& files) {
    std::vector<ImportInput> inputs;
    for (const auto& [path, bytes] : files) inputs.push_back({.path = path, .bytes = bytes});
    auto import = ImportInputs(program_, inputs, {}, nullptr);
    EXPECT_TRUE(import.ok()) << (import.ok() ? "" : import.error().ToString());
    return std::move(*import);
  }
  static std::string Text(const Snapshot& snapshot, TableId table, ColumnId column, Row row) {
    return std::string(snapshot.strings().Text(static_cast<StringId>(snapshot.column(table, column).cells[row])));
  }

  TableId bucket, policy, credential, entry, instance;
  ColumnId policy_bucket, policy_text, credential_used, entry_list;
};

TEST(ImportAwsCli, RepliesBecomeRows) {
  CliTables t;
  const Import import = t.Read(
      {{"describe-vpcs.json", R"({"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333"}]})"},
       {"subnets.json",
        "{\n\"Subnets\": [\n{\"SubnetId\": \"subnet-1\", \"VpcId\": \"vpc-1\", \"AvailabilityZone\": \"eu-west-1a\","
        "\"SubnetArn\": \"arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1\"}]}"}});
  const Snapshot& snapshot = *import.snapshot;
  ASSERT_EQ(snapshot.num_rows(t.subnet), 1u);
  EXPECT_EQ(snapshot.column(t.subnet, t.subnet_vpc).cells[0], RefCell::Make(t.vpc, 0));
  const Record& record = snapshot.record_of(t.subnet, 0);
  EXPECT_EQ(snapshot.strings().Text(record.address), "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1");
  EXPECT_EQ(snapshot.strings().Text(record.account), "111122223333");
  EXPECT_EQ(snapshot.strings().Text(record.region), "eu-west-1");
  EXPECT_EQ(snapshot.LocateRow(t.subnet, 0).line, 3u);
  EXPECT_EQ(snapshot.LocateRow(t.subnet, 0).pointer, "/Subnets/0");
  EXPECT_EQ(import.statistics.inputs[1].format, "aws_cli");
  EXPECT_EQ(import.statistics.inputs[1].num_resources, 1u);
}

TEST(ImportAwsCli, AFolderCoversTheCallsWhoseOutputIsThere) {
  CliTables t;
  const Import import =
      t.Read({{"vpcs.json", R"({"Vpcs": []})"}, {"subnets.json", R"({"Subnets": [], "NextToken": "more"})"}});
  const Snapshot& snapshot = *import.snapshot;
  EXPECT_TRUE(snapshot.Covers(t.vpc));
  EXPECT_FALSE(snapshot.Covers(t.subnet));
  EXPECT_EQ(snapshot.table(t.subnet).not_covered_reason,
            "output of `ec2 describe-subnets` ends in a token for the next page: not all of it is there");
  EXPECT_FALSE(snapshot.Covers(t.igw));
  EXPECT_EQ(snapshot.table(t.igw).not_covered_reason, "no output of `ec2 describe-internet-gateways` among the inputs");
}

TEST(ImportAwsCli, TheLastPageCompletesTheOnesBefore) {
  CliTables t;
  const Import import = t.Read({{"d/describe-vpcs-1.json", R"({"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "x"})"},
                                {"d/describe-vpcs-2.json", R"({"Vpcs": [{"VpcId": "vpc-2"}]})"}});
  EXPECT_EQ(import.snapshot->num_rows(t.vpc), 2u);
  EXPECT_TRUE(import.snapshot->Covers(t.vpc));
  // The same pages one after the other in a file, and as a list.
  for (const char* text : {R"({"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "x"}{"Vpcs": [{"VpcId": "vpc-2"}]})",
                           R"([{"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "x"}, {"Vpcs": [{"VpcId": "vpc-2"}]}])"}) {
    const Import merged = t.Read({{"all.json", text}});
    EXPECT_EQ(merged.snapshot->num_rows(t.vpc), 2u) << text;
    EXPECT_TRUE(merged.snapshot->Covers(t.vpc)) << text;
  }
}

TEST(ImportAwsCli, EveryRegionNeedsTheCall) {
  CliTables t;
  const Import import = t.Read({{"x/eu-west-1/vpcs.json", R"({"Vpcs": [{"VpcId": "vpc-1"}]})"},
                                {"x/us-east-1/vpcs.json", R"({"Vpcs": [{"VpcId": "vpc-2"}]})"},
                                {"x/us-east-1/igws.json", R"({"InternetGateways": []})"},
                                {"x/us-east-1/buckets.json", R"({"Buckets": [{"Name": "b"}]})"}});
  const Snapshot& snapshot = *import.snapshot;
  EXPECT_TRUE(snapshot.Covers(t.vpc));
  EXPECT_TRUE(snapshot.Covers(t.bucket));
  EXPECT_FALSE(snapshot.Covers(t.igw));
  EXPECT_EQ(snapshot.table(t.igw).not_covered_reason,
            "no output of `ec2 describe-internet-gateways` in `x//eu-west-1`");
  EXPECT_EQ(snapshot.strings().Text(snapshot.record_of(t.vpc, 0).region), "eu-west-1");
}

TEST(ImportAwsCli, ACallAboutOneResourceIsTiedToIt) {
  CliTables t;
  const std::string reply = R"({"Policy": "{}"})";
  for (const std::pair<std::string, std::string>& file : std::vector<std::pair<std::string, std::string>>{
           {"get-bucket-policy-my-bucket.json", reply},
           {"get-bucket-policy/my-bucket.json", reply},
           {"my-bucket.get-bucket-policy.json", reply},
           {"s3/policies.json", R"({"Bucket": "my-bucket", "Policy": "{}"})"},
           {"policies.json", R"([{"Bucket": "my-bucket", "Policy": "{}"}])"}}) {
    const Import import =
        t.Read({{"buckets.json", R"({"Buckets": [{"Name": "my-bucket"}, {"Name": "other"}]})"}, file});
    ASSERT_EQ(import.snapshot->num_rows(t.policy), 1u) << file.first;
    EXPECT_EQ(import.snapshot->column(t.policy, t.policy_bucket).cells[0], RefCell::Make(t.bucket, 0)) << file.first;
    EXPECT_EQ(t.Text(*import.snapshot, t.policy, t.policy_text, 0), "{}");
    EXPECT_FALSE(import.snapshot->Covers(t.policy));
    EXPECT_EQ(import.snapshot->table(t.policy).not_covered_reason,
              "no output of `s3 get-bucket-policy` for `other` among the inputs");
  }
  const Import whole = t.Read(
      {{"buckets.json", R"({"Buckets": [{"Name": "my-bucket"}]})"}, {"get-bucket-policy-my-bucket.json", reply}});
  EXPECT_TRUE(whole.snapshot->Covers(t.policy));
  const Import none = t.Read(
      {{"buckets.json", R"({"Buckets": [{"Name": "my-bucket"}]})"},
       {"get-bucket-policy-my-bucket.json",
        R"({"status_code": 404, "data": {"Error": {"Code": "NoSuchBucketPolicy", "BucketName": "my-bucket"}}})"}});
  EXPECT_EQ(none.snapshot->num_rows(t.policy), 0u);
  EXPECT_TRUE(none.snapshot->Covers(t.policy));
  const Import entries = t.Read({{"get-managed-prefix-list-entries-pl-1.json",
                                  R"({"Entries": [{"Cidr": "10.0.0.0/8"}, {"Cidr": "1.0.0.0/8"}]})"}});
  ASSERT_EQ(entries.snapshot->num_rows(t.entry), 2u);
  EXPECT_EQ(t.Text(*entries.snapshot, t.entry, t.entry_list, 1), "pl-1");
}

TEST(ImportAwsCli, InstancesAreTheResourcesOfTheirReservations) {
  CliTables t;
  const Import import = t.Read(
      {{"instances.json",
        R"({"Reservations": [{"OwnerId": "111122223333", "Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}]})"}});
  EXPECT_EQ(import.statistics.inputs[0].num_resources, 2u);
  ASSERT_EQ(import.snapshot->num_rows(t.instance), 2u);
  EXPECT_EQ(import.snapshot->strings().Text(import.snapshot->record_of(t.instance, 1).address), "i-2");
  EXPECT_EQ(import.snapshot->strings().Text(import.snapshot->record_of(t.instance, 1).account), "111122223333");
}

TEST(ImportAwsCli, ReadsTheCredentialReport) {
  CliTables t;
  const std::string csv =
      "user,arn,user_creation_time,password_enabled,password_last_used\\n<root_account>,arn:aws:iam::111122223333:root,"
      "2020-01-01T00:00:00+00:00,not_supported,2026-01-01T00:00:00+00:00\\n"
      "ann,arn:aws:iam::111122223333:user/ann,2020-01-01T00:00:00+00:00,true,no_information\\n";
  std::string plain = csv;
  for (size_t at = plain.find("\\n"); at != std::string::npos; at = plain.find("\\n")) plain.replace(at, 2, "\n");
  for (const auto& file : std::vector<std::pair<std::string, std::string>>{
           {"get-credential-report.json", R"({"Content": ")" + csv + R"(", "ReportFormat": "text/csv"})"},
           {"report.csv", plain}}) {
    const Import import = t.Read({file});
    ASSERT_EQ(import.snapshot->num_rows(t.credential), 2u) << file.first;
    EXPECT_EQ(t.Text(*import.snapshot, t.credential, 0, 0), "<root_account>");
    EXPECT_EQ(import.snapshot->column(t.credential, t.credential_used).state(0), State::kKnown);
    EXPECT_TRUE(import.snapshot->Covers(t.credential));
    EXPECT_EQ(import.snapshot->strings().Text(import.snapshot->record_of(t.credential, 1).account), "111122223333");
  }
}

TEST(ImportAwsCli, TheNameOfAFileTellsTheCall) {
  const AwsFileName elb = ParseAwsFileName("dump/111122223333/us-gov-west-1/elbv2-describe-load-balancers.json");
  ASSERT_EQ(elb.calls.size(), 1u);
  EXPECT_EQ(elb.calls[0]->service, "elbv2");
  EXPECT_EQ(elb.account, "111122223333");
  EXPECT_EQ(elb.region, "us-gov-west-1");
  EXPECT_EQ(elb.scope, "111122223333/us-gov-west-1");
  EXPECT_EQ(ParseAwsFileName("s3.GetBucketPolicyStatus_1.json").calls.front()->name, "get-bucket-policy-status");
  EXPECT_EQ(ParseAwsFileName("s3.GetBucketPolicyStatus_1.json").id, "");
  EXPECT_EQ(ParseAwsFileName("us-east-1_iam-get-role-admin.json").id, "admin");
  EXPECT_TRUE(ParseAwsFileName("plan.json").calls.empty());
}

}  // namespace
}  // namespace bylaw
