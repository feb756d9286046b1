#include <gtest/gtest.h>

#include "compiler/source/source.h"

namespace bylaw::compiler {
namespace {

TEST(SourceFile, LinesEndInLfCrlfAndLoneCr) {
  const SourceFile file("a", "one\ntwo\r\nthree\rfour");
  ASSERT_EQ(file.num_lines(), 4u);
  EXPECT_EQ(file.LineText(0), "one");
  EXPECT_EQ(file.LineText(1), "two");
  EXPECT_EQ(file.LineText(2), "three");
  EXPECT_EQ(file.LineText(3), "four");
}

TEST(SourceFile, ATextThatEndsInANewlineHasAnEmptyLastLine) {
  const SourceFile file("a", "one\n");
  ASSERT_EQ(file.num_lines(), 2u);
  EXPECT_EQ(file.LineText(1), "");
}

TEST(SourceFile, ColumnsCountCodePoints) {
  const SourceFile file("a",
                        "x\n\xC3\xA4\xE2\x82\xAC"
                        "b");
  const LineColumn at = file.Locate(7);
  EXPECT_EQ(at.line, 2u);
  EXPECT_EQ(at.column, 3u);
}

TEST(SourceFile, OffsetsBehindTheEndBelongToTheLastLine) {
  const SourceFile file("a", "x\ny");
  EXPECT_EQ(file.Locate(99).line, 2u);
  EXPECT_EQ(file.Slice(2, 99), "y");
  EXPECT_EQ(file.Slice(50, 99), "");
}

TEST(SourceMap, NumbersFilesAndSlicesSpans) {
  SourceMap map;
  const FileId first = map.Add("a", "hello");
  const FileId second = map.Add("b", "world");
  EXPECT_EQ(map.Text({first, 1, 3}), "el");
  EXPECT_EQ(map.Text({second, 0, 5}), "world");
  EXPECT_EQ(map.Text(Span{}), "");
  EXPECT_EQ(map.file(second).path(), "b");
}

TEST(Span, CoverIsTheSmallestThatHoldsBoth) {
  EXPECT_EQ(Cover({0, 3, 5}, {0, 1, 2}), (Span{0, 1, 5}));
  EXPECT_EQ(Cover(Span{}, {0, 1, 2}), (Span{0, 1, 2}));
  EXPECT_TRUE((Span{0, 1, 9}).Contains({0, 1, 3}));
  EXPECT_FALSE((Span{0, 1, 9}).Contains({1, 1, 3}));
}

}  // namespace
}  // namespace bylaw::compiler
