// Docs that are generated say what the tables say. `BYLAW_UPDATE=1` rewrites them.
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "runtime/bytecode/disassembler.h"

namespace bylaw {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

/// The part of `path` between `<!-- NAME: generated -->` and `<!-- end -->` must be `expected`.
void ExpectGenerated(const std::string& path, const std::string& name, const std::string& expected) {
  const std::string begin = "<!-- " + name + ": generated -->\n", end = "<!-- end -->";
  std::string text = ReadFile(path);
  const size_t from = text.find(begin);
  ASSERT_NE(from, std::string::npos) << path << " has no part " << name;
  const size_t to = text.find(end, from);
  ASSERT_NE(to, std::string::npos) << path << ": part " << name << " has no end";
  const size_t start = from + begin.size();
  if (std::getenv("BYLAW_UPDATE") != nullptr) {
    text.replace(start, to - start, expected);
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text.substr(start, to - start), expected)
      << path << " is out of date: run the meta tests with BYLAW_UPDATE=1";
}

TEST(GeneratedDocs, Instructions) { ExpectGenerated("docs/bytecode.md", "instructions", InstructionReference()); }

}  // namespace
}  // namespace bylaw
