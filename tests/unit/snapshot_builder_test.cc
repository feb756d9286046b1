#include "runtime/snapshot/snapshot_builder.h"

#include <gtest/gtest.h>

#include "tests/unit/program_tables.h"

namespace bylaw {
namespace {

TEST(SnapshotBuilder, RowsByHandGetDefaultsAndReferences) {
  NetworkTables tables;
  SnapshotBuilder builder(tables.program_);
  const Row vpc = builder.AddRow(tables.vpc, "vpc-1");
  builder.Set(tables.vpc, vpc, 0, builder.strings().Intern("vpc-1"));
  const Row subnet = builder.AddRow(tables.subnet, "subnet-1");
  builder.SetReferenceKey(tables.subnet, subnet, tables.subnet_vpc, "vpc-1");
  const Row other = builder.AddRow(tables.subnet, "subnet-2");
  builder.SetReference(tables.subnet, other, tables.subnet_vpc, tables.vpc, vpc);
  builder.CoverAll();
  const auto snapshot = builder.Finish({});

  EXPECT_EQ(snapshot->column(tables.subnet, tables.subnet_vpc).cells[subnet], RefCell::Make(tables.vpc, vpc));
  EXPECT_EQ(snapshot->column(tables.subnet, tables.subnet_vpc).cells[other], RefCell::Make(tables.vpc, vpc));
  EXPECT_EQ(snapshot->column(tables.subnet, tables.subnet_public).state(subnet), State::kKnown);
  EXPECT_EQ(snapshot->column(tables.subnet, tables.subnet_public).cells[subnet], 0u);
  EXPECT_TRUE(snapshot->Covers(tables.igw));
  EXPECT_EQ(snapshot->strings().Text(snapshot->record_of(tables.subnet, other).address), "subnet-2");
}

TEST(SnapshotBuilder, EqualKeysOutsideAreOneExternalWhoseModelThePatternTells) {
  NetworkTables tables;
  SnapshotBuilder builder(tables.program_);
  const Row a = builder.AddRow(tables.route, "a"), b = builder.AddRow(tables.route, "b"),
            c = builder.AddRow(tables.route, "c");
  builder.SetReferenceKey(tables.route, a, tables.route_target, "igw-9");
  builder.SetReferenceKey(tables.route, b, tables.route_target, "igw-9");
  builder.SetReferenceKey(tables.route, c, tables.route_target, "local");
  const auto snapshot = builder.Finish({});

  const Column& target = snapshot->column(tables.route, tables.route_target);
  ASSERT_TRUE(RefCell::is_external(target.cells[a]));
  EXPECT_EQ(target.cells[a], target.cells[b]);
  EXPECT_EQ(snapshot->external(RefCell::row(target.cells[a])).table, tables.igw);
  EXPECT_EQ(snapshot->external(RefCell::row(target.cells[c])).table, kNone);
  ASSERT_EQ(builder.unresolved().size(), 1u);
  EXPECT_EQ(builder.unresolved()[0].num_values, 3u);
  EXPECT_EQ(builder.unresolved()[0].example, "igw-9");
}

TEST(SnapshotBuilder, KeysDoNotCrossAccountsButArnsDo) {
  NetworkTables tables;
  SnapshotBuilder builder(tables.program_);
  auto add_vpc = [&](const char* account) {
    const Row row = builder.AddRow(tables.vpc, "vpc-1");
    builder.Set(tables.vpc, row, 0, builder.strings().Intern("vpc-1"));
    builder.SetPlace(tables.vpc, row, account, "eu-west-1");
    return row;
  };
  auto add_subnet = [&](const char* account, const char* key) {
    const Row row = builder.AddRow(tables.subnet, "s");
    builder.SetReferenceKey(tables.subnet, row, tables.subnet_vpc, key);
    builder.SetPlace(tables.subnet, row, account, "eu-west-1");
    return row;
  };
  const Row first = add_vpc("111"), second = add_vpc("222");
  const Row in_first = add_subnet("111", "vpc-1"), in_third = add_subnet("333", "vpc-1");
  const Row by_arn = add_subnet("333", "arn:aws:ec2:eu-west-1:222:vpc/vpc-1");
  const auto snapshot = builder.Finish({});

  const Column& vpc = snapshot->column(tables.subnet, tables.subnet_vpc);
  EXPECT_EQ(vpc.cells[in_first], RefCell::Make(tables.vpc, first));
  EXPECT_TRUE(RefCell::is_external(vpc.cells[in_third]));
  EXPECT_EQ(vpc.cells[by_arn], RefCell::Make(tables.vpc, second));
}

TEST(SnapshotBuilder, AKeyOfTwoRowsIsUnknownWithBothAsCandidates) {
  NetworkTables tables;
  SnapshotBuilder builder(tables.program_);
  for (int i = 0; i < 2; ++i)
    builder.Set(tables.vpc, builder.AddRow(tables.vpc, i == 0 ? "one" : "two"), 0, builder.strings().Intern("vpc-1"));
  const Row subnet = builder.AddRow(tables.subnet, "s");
  builder.SetReferenceKey(tables.subnet, subnet, tables.subnet_vpc, "vpc-1");
  const auto snapshot = builder.Finish({});

  const Column& vpc = snapshot->column(tables.subnet, tables.subnet_vpc);
  ASSERT_EQ(vpc.state(subnet), State::kUnknown);
  ASSERT_NE(vpc.cells[subnet], 0u);
  EXPECT_EQ(snapshot->candidates(static_cast<uint32_t>(vpc.cells[subnet] - 1)).size(), 2u);
  EXPECT_EQ(snapshot->cause(vpc.causes.at(subnet)).detail, "`vpc-1` is the key of `one` and `two`");
  // The index gives the row for each of its candidates.
  const ColumnIndex& index = snapshot->Index(tables.subnet, tables.subnet_vpc);
  EXPECT_EQ(index.Find(RefCell::Make(tables.vpc, 0)).size(), 1u);
  EXPECT_EQ(index.Find(RefCell::Make(tables.vpc, 1)).size(), 1u);
  EXPECT_TRUE(index.unknown().empty());
}

TEST(SnapshotBuilder, IndexFindsRowsInOrder) {
  NetworkTables tables;
  SnapshotBuilder builder(tables.program_);
  for (int i = 0; i < 3; ++i) {
    const Row row = builder.AddRow(tables.vpc, "v");
    builder.Set(tables.vpc, row, 0, builder.strings().Intern("vpc-" + std::to_string(i)));
  }
  for (int i = 0; i < 10; ++i) {
    const Row row = builder.AddRow(tables.subnet, "s");
    if (i % 5 != 4) builder.SetReferenceKey(tables.subnet, row, tables.subnet_vpc, "vpc-" + std::to_string(i % 4));
  }
  const auto snapshot = builder.Finish({});
  const ColumnIndex& index = snapshot->Index(tables.subnet, tables.subnet_vpc);
  auto rows = [&](Cell cell) {
    const auto found = index.Find(cell);
    return std::vector<Row>(found.begin(), found.end());
  };
  EXPECT_EQ(rows(RefCell::Make(tables.vpc, 0)), (std::vector<Row>{0, 8}));
  EXPECT_EQ(rows(RefCell::Make(tables.vpc, 1)), (std::vector<Row>{1, 5}));
  EXPECT_EQ(rows(RefCell::Make(tables.vpc, 2)), (std::vector<Row>{2, 6}));
  EXPECT_EQ(rows(RefCell::MakeExternal(0)), (std::vector<Row>{3, 7}));
  EXPECT_EQ(rows(RefCell::Make(tables.vpc, 3)), std::vector<Row>{});
  EXPECT_EQ(std::vector<Row>(index.absent().begin(), index.absent().end()), (std::vector<Row>{4, 9}));
}

TEST(SnapshotBuilder, DroppedRecordsTakeTheirRowsWithThem) {
  NetworkTables tables;
  SnapshotBuilder builder(tables.program_);
  Record record;
  const Row first = builder.AddRecord(record), second = builder.AddRecord(record);
  RowBatch batch;
  batch.columns.resize(1);
  for (Row r : {second, first}) {
    batch.columns[0].cells.push_back(builder.strings().Intern(r == first ? "vpc-old" : "vpc-new"));
    batch.columns[0].states.push_back(State::kKnown);
    batch.records.push_back(r);
  }
  builder.AppendRows(tables.vpc, 0, batch);
  builder.DropRecord(first);
  const auto snapshot = builder.Finish({});
  ASSERT_EQ(snapshot->num_rows(tables.vpc), 1u);
  EXPECT_EQ(snapshot->strings().Text(static_cast<StringId>(snapshot->column(tables.vpc, 0).cells[0])), "vpc-new");
}

TEST(SnapshotBuilder, WithoutAnInputNothingIsCoveredAndTheReasonNamesTheFormats) {
  NetworkTables tables;
  const auto open = SnapshotBuilder(tables.program_).Finish({});
  EXPECT_FALSE(open->Covers(tables.vpc));
  EXPECT_EQ(open->table(tables.vpc).not_covered_reason,
            "no input shows `aws.vpc`; it is made from terraform or aws_config");
  const auto closed = SnapshotBuilder(tables.program_).Finish({.closed_world = true});
  EXPECT_TRUE(closed->Covers(tables.vpc));
}

}  // namespace
}  // namespace bylaw
