// What queries mean: certain, possible and unseen members, for each way to fold them, at every batch size.
#include <gtest/gtest.h>

#include "tests/unit/vm_testing.h"

namespace bylaw::testing {
namespace {

/// The value of function(first vpc) at batch sizes 1, 3 and full, which must agree.
std::string Ask(const Estate& estate, const Snapshot& snapshot, uint32_t function, bool closed_world = false,
                Cell argument = RefCell::Make(0, 0)) {
  std::string answer;
  for (uint32_t batch_size : {1u, 3u, 2048u}) {
    Evaluation evaluation(estate.program, snapshot, {.closed_world = closed_world, .batch_size = batch_size});
    std::vector<Vector> arguments = {Vector(1, argument, State::kKnown)};
    Result<FunctionResult> result = evaluation.EvaluateFunction(function, arguments, 1);
    EXPECT_TRUE(result.ok());
    std::string shown = Show(evaluation, *result);
    Result<FunctionResult> traced = evaluation.EvaluateFunction(function, arguments, 1, true);
    EXPECT_EQ(shown, Show(evaluation, *traced)) << "traced";
    bool unknown = IsUnknown(traced->values.state(0));
    EXPECT_EQ(unknown, !traced->explanations[0].causes.empty())
        << "unknown values, and only they, have causes; batch " << batch_size;
    if (batch_size == 1) answer = shown;
    EXPECT_EQ(answer, shown) << "batch size " << batch_size;
  }
  return answer;
}

struct Kinds {
  Estate estate;
  uint32_t exists, count, sum, min, max, list, one, first, scan_exists, scan_count;
  Kinds() {
    exists = estate.SubnetsOf(QueryKind::kExists, estate.t_bool);
    count = estate.SubnetsOf(QueryKind::kCount, estate.t_int);
    sum = estate.SubnetsOf(QueryKind::kSum, estate.t_int);
    min = estate.SubnetsOf(QueryKind::kMin, estate.t_opt_int);
    max = estate.SubnetsOf(QueryKind::kMax, estate.t_opt_int);
    list = estate.SubnetsOf(QueryKind::kList, estate.t_strings, Estate::kSubnetId);
    one = estate.SubnetsOf(QueryKind::kOne, estate.t_opt_string, Estate::kSubnetId);
    first = estate.SubnetsOf(QueryKind::kFirst, estate.t_opt_string, Estate::kSubnetId);
    scan_exists = estate.SubnetsOf(QueryKind::kExists, estate.t_bool, Estate::kSubnetPort, false);
    scan_count = estate.SubnetsOf(QueryKind::kCount, estate.t_int, Estate::kSubnetPort, false);
  }
};

TEST(QueryTest, OfMembersThatAreAllCertain) {
  Kinds k;
  auto snapshot = Rows(k.estate.program)
                      .Vpc("v1")
                      .Vpc("v2")
                      .Subnet("a", "v1", 5)
                      .Subnet("b", "v2", 1)
                      .Subnet("c", "v1", 3)
                      .Subnet("d", "v1", 4)
                      .Finish();
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists), "true");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.scan_exists), "true");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count), "3");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.scan_count), "3");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.sum), "12");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.min), "3");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.max), "5");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.list), "[a, c, d]");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.one), "(unknown)") << "three different answers";
  EXPECT_EQ(Ask(k.estate, *snapshot, k.first), "c");
}

TEST(QueryTest, OfNothing) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Vpc("v2").Subnet("a", "v2").Finish();
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists), "false");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count), "0");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.sum), "0");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.min), "(absent)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.list), "[]");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.one), "(absent)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.first), "(absent)");
}

TEST(QueryTest, APossibleMemberMakesARange) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Subnet("a", "?", 2).Subnet("b", "v1", 7).Finish();
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists), "true") << "a certain one decides";
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count), "1..2");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.scan_count), "1..2");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.sum), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.list), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.one), "b");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.first), "(unknown)") << "a may come before b";
}

TEST(QueryTest, OnlyPossibleMembers) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Subnet("a", "?").Subnet("b", "?").Finish();
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.scan_exists), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count), "0..2");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.one), "(unknown)");
}

TEST(QueryTest, APossibleMemberThatSortsLaterDoesNotMatterToFirst) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Subnet("a", "?", 9).Subnet("b", "v1", 7).Finish();
  EXPECT_EQ(Ask(k.estate, *snapshot, k.first), "b");
}

TEST(QueryTest, ATableThatIsNotCoveredLeavesThingsOpen) {
  Kinds k;
  Rows rows(k.estate.program);
  rows.Vpc("v1").Subnet("b", "v1", 7);
  auto covered = rows.Finish();
  EXPECT_EQ(Ask(k.estate, *covered, k.count), "1");

  SnapshotBuilder bare(k.estate.program);
  Row v = bare.AddRow(0, "v1");
  bare.Set(0, v, 0, bare.strings().Intern("v1"));
  auto snapshot = bare.Finish({});
  ASSERT_FALSE(snapshot->Covers(1));
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.scan_exists), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count), "0..inf");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.list), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.one), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists, true), "false") << "closed world";
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count, true), "0");
}

TEST(QueryTest, AKeyOutsideTheSnapshotLeavesThingsOpen) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Subnet("a", "vpc-outside", 7).Finish();
  Cell outside = snapshot->column(1, 1).cells[0];
  ASSERT_TRUE(RefCell::is_external(outside));
  EXPECT_EQ(Ask(k.estate, *snapshot, k.exists, false, outside), "true") << "one of its subnets is there";
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count, false, outside), "1..inf");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.scan_count, false, outside), "1..inf");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count, true, outside), "1");
}

TEST(QueryTest, AnUnknownElementMakesASumUnknown) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Subnet("a", "v1", 7).Subnet("b", "v1", std::nullopt).Finish();
  EXPECT_EQ(Ask(k.estate, *snapshot, k.count), "2");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.sum), "(unknown)");
  EXPECT_EQ(Ask(k.estate, *snapshot, k.first), "(unknown)") << "b's place is not known";
}

TEST(QueryTest, WitnessesAreTheFirstCertainMembersInRowOrder) {
  Kinds k;
  auto snapshot = Rows(k.estate.program).Vpc("v1").Subnet("p", "?").Subnet("a", "v1").Subnet("b", "v1").Finish();
  for (uint32_t batch_size : {1u, 3u, 2048u}) {
    Evaluation evaluation(k.estate.program, *snapshot, {.batch_size = batch_size});
    std::vector<Vector> arguments = {RefLane(0, 0)};
    Result<FunctionResult> result = evaluation.EvaluateFunction(k.exists, arguments, 1, true);
    ASSERT_TRUE(result.ok());
    ASSERT_EQ(result->explanations[0].witnesses.size(), 1u);
    EXPECT_EQ(result->explanations[0].witnesses[0].cell, RefCell::Make(1, 1));
  }
}

TEST(QueryTest, GroupsAndSets) {
  Estate estate;
  TypeId subnets_by_tag = estate.Type({.kind = TypeKind::kMap, .element = estate.t_strings, .key = estate.t_string});
  TypeId port_set = estate.t_int_set;
  uint32_t group = estate.SubnetsOf(QueryKind::kGroup, subnets_by_tag, Estate::kSubnetId);
  uint32_t set = estate.SubnetsOf(QueryKind::kSet, port_set);
  auto snapshot = Rows(estate.program)
                      .Vpc("v1")
                      .Subnet("a", "v1", 9, "y")
                      .Subnet("b", "v1", 2, "x")
                      .Subnet("c", "v1", 9, "y")
                      .Finish();
  EXPECT_EQ(Ask(estate, *snapshot, group), "{x: [b], y: [a, c]}");
  EXPECT_EQ(Ask(estate, *snapshot, set), "{2, 9}");
}

}  // namespace
}  // namespace bylaw::testing
