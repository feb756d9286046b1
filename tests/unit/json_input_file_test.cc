#include "runtime/json/input_file.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bylaw {
namespace {

class InputFileTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "bylaw_input_XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string Write(const std::string& name, std::string_view bytes) const {
    std::ofstream(Path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return Path(name);
  }
  std::string MessageOf(const std::string& path) const {
    const auto file = InputFile::Open(path);
    return file.ok() ? "(opened)" : file.error().message;
  }

  std::filesystem::path folder_;
};

TEST_F(InputFileTest, MapsAFileAndPadsItWithZeros) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  for (const size_t size : {size_t{1}, page - 63, page - 1, page, page + 1, 3 * page}) {
    const auto file = InputFile::Open(Write("data.json", std::string(size, 'x')));
    ASSERT_TRUE(file.ok()) << file.error().ToString();
    const std::string_view text = (*file)->text();
    EXPECT_EQ(text, std::string(size, 'x'));
    for (size_t i = 0; i < InputFile::kPadding; ++i) ASSERT_EQ(text.data()[size + i], '\0') << size << " + " << i;
  }
}

TEST_F(InputFileTest, LeavesOutAByteOrderMark) {
  const auto file = InputFile::Open(Write("bom.json", "\xEF\xBB\xBF{\n}"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->text(), "{\n}");
  EXPECT_EQ((*file)->Locate(2).line, 2u);
}

TEST_F(InputFileTest, SaysWhatCannotBeRead) {
  EXPECT_EQ(MessageOf(Path("nothing.json")), "no such file");
  EXPECT_EQ(MessageOf(folder_.string()), "is a directory, not a file");
  EXPECT_EQ(MessageOf("/dev/null"), "is a device, not a file");
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(MessageOf(Path("pipe")), "is a named pipe, not a file");
  EXPECT_EQ(MessageOf(Write("empty.json", "")), "is empty");
  EXPECT_EQ(MessageOf(Write("blank.json", "\xEF\xBB\xBF \n\t")), "is empty (nothing but white space)");
  EXPECT_EQ(MessageOf(Write("plan.json.gz", "\x1f\x8b\x08 abc")), "is compressed with gzip");
}

TEST_F(InputFileTest, NamesTheEncodingOfWideText) {
  EXPECT_EQ(MessageOf(Write("a", std::string_view("\xFF\xFE{\0}\0", 6))),
            "is UTF-16 (little-endian) text, where UTF-8 is expected");
  EXPECT_EQ(MessageOf(Write("b", std::string_view("\xFE\xFF\0{\0}", 6))),
            "is UTF-16 (big-endian) text, where UTF-8 is expected");
  EXPECT_EQ(MessageOf(Write("c", std::string_view("{\0\"\0", 4))),
            "is UTF-16 (little-endian) text, where UTF-8 is expected");
  EXPECT_EQ(MessageOf(Write("d", std::string_view("\0{\0\"", 4))),
            "is UTF-16 (big-endian) text, where UTF-8 is expected");
  EXPECT_EQ(MessageOf(Write("e", std::string_view("{\0\0\0", 4))),
            "is UTF-32 (little-endian) text, where UTF-8 is expected");
  EXPECT_EQ(MessageOf(Write("f", std::string_view("\0\0\xFE\xFF", 4))),
            "is UTF-32 (big-endian) text, where UTF-8 is expected");
  const auto file = InputFile::Open(Write("g", std::string_view("\xFF\xFE{\0}\0", 6)));
  EXPECT_NE(file.error().hint.find("iconv -f UTF-16 -t UTF-8"), std::string::npos);
}

TEST_F(InputFileTest, LocatesBytesAcrossChunksInAnyOrder) {
  // Lines of growing length with two-byte characters, over more than one chunk; checked against counting from the
  // start.
  std::string text;
  for (int line = 0; line < 700; ++line) text += std::string(static_cast<size_t>(line), 'a') + "\xC3\xA9" + "b\n";
  text += std::string(200'000, 'z');
  const auto file = InputFile::FromBytes("lines", text);
  ASSERT_TRUE(file.ok());
  for (uint64_t offset = text.size(); offset > 7919; offset -= 7919) {
    uint32_t line = 1;
    uint32_t column = 1;
    for (size_t i = 0; i < offset; ++i) {
      const bool starts_scalar = (static_cast<uint8_t>(text[i]) & 0xC0) != 0x80;
      if (text[i] == '\n') {
        ++line;
        column = 1;
      } else if (starts_scalar) {
        ++column;
      }
    }
    const LineColumn place = (*file)->Locate(offset);
    ASSERT_EQ(place.line, line) << offset;
    ASSERT_EQ(place.column, column) << offset;
  }
}

}  // namespace
}  // namespace bylaw
