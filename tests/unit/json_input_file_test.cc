// Reading inputs: what is mapped, padded, unpacked, re-encoded and refused.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "runtime/json/input_decoding.h"
#include "runtime/json/input_file.h"
#include "runtime/json/yaml_reader.h"

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
  EXPECT_EQ(MessageOf(Write("plan.json.gz", std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\3", 10))),
            "is a gzip file that ends too early");
  EXPECT_EQ(MessageOf(Write("plan.json.bz2", "BZh91AY")), "is compressed with bzip2");
  EXPECT_EQ(MessageOf(Write("half.json", std::string_view("\xFF\xFE{\0}", 5))),
            "is UTF-16 text that ends within a character");
}

TEST_F(InputFileTest, ReadsWideText) {
  const std::string_view texts[] = {{"\xFF\xFE{\0}\0", 6}, {"\xFE\xFF\0{\0}", 6}, {"{\0}\0", 4},
                                    {"\0{\0}", 4},         {"{\0\0\0}\0\0\0", 8}, {"\0\0\xFE\xFF\0\0\0{\0\0\0}", 12}};
  for (const std::string_view text : texts) {
    const auto file = InputFile::Open(Write("wide.json", text));
    ASSERT_TRUE(file.ok()) << file.error().ToString();
    EXPECT_EQ((*file)->text(), "{}");
    EXPECT_EQ((*file)->text().data()[2], '\0');
  }
  // A clef, from two surrogates, and a letter with an accent.
  const auto file = InputFile::FromBytes("utf16", std::string("\xFF\xFE\x34\xD8\x1E\xDD\xE9\0", 8));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->text(), "\xF0\x9D\x84\x9E\xC3\xA9");
  EXPECT_EQ(MessageOf(Write("lone", std::string_view("\xFF\xFE\x34\xD8x\0", 6))),
            "is UTF-16 text with something in it that is no character");
}

TEST_F(InputFileTest, YamlThatIsNoUtf8IsRefusedWhereItBegins) {
  // libfyaml reads such a directive for ever, and takes the others for text.
  for (const std::string_view text :
       {"%a \xBB\n---\na: 1\n", "a: b\n...\n%a \xED\xA0\x80\n---\n", "a: \xFF\n", "# \xE9\n"}) {
    const auto file = InputFile::Open(Write("text.yaml", text));
    ASSERT_TRUE(file.ok());
    std::vector<std::string> warnings;
    const auto read = ReadYaml(*file, {}, &warnings);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_TRUE(read.error().message.ends_with("is not valid UTF-8 here")) << read.error().message;
    const size_t offset = text.find_first_of("\xBB\xED\xFF\xE9");
    EXPECT_EQ(read.error().line, 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(offset), '\n'));
  }
}

std::string Gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(text.size() / 100 + 1000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string Zstd(const std::string& text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3));
  return packed;
}

TEST_F(InputFileTest, UnpacksGzipAndZstd) {
  const std::string text = "{\"a\": [1, 2]}\n";
  for (const std::string& packed :
       {Gzip(text), Zstd(text), Gzip(Zstd(text)), Gzip(text.substr(0, 5)) + Gzip(text.substr(5)),
        Zstd(text.substr(0, 5)) + Zstd(text.substr(5))}) {
    const auto file = InputFile::Open(Write("packed", packed));
    ASSERT_TRUE(file.ok()) << file.error().ToString();
    EXPECT_EQ((*file)->text(), text);
    for (size_t i = 0; i < InputFile::kPadding; ++i) ASSERT_EQ((*file)->text().data()[text.size() + i], '\0');
  }
  EXPECT_EQ(MessageOf(Write("cut.gz", Gzip(text).substr(0, 12))), "is a gzip file that ends too early");
  EXPECT_EQ(MessageOf(Write("cut.zst", Zstd(text).substr(0, 12))), "is a zstd file that ends too early");
  EXPECT_EQ(MessageOf(Write("empty.gz", Gzip(""))), "is empty, once unpacked");
}

TEST_F(InputFileTest, RefusesWhatUnpacksToTooMuch) {
  const std::string zeros(1 << 20, ' ');
  const UnpackLimits limits{.free_bytes = 1 << 16, .ratio = 10, .max_bytes = 1 << 30};
  for (const std::string& packed : {Gzip(zeros), Zstd(zeros)}) {
    const auto decoded = DecodeInput("bomb", packed, limits);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error().message, "unpacks to more than 65536 bytes, from " + std::to_string(packed.size()));
  }
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
