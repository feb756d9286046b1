// Who may include whom: reads the include lines of the sources against one short table.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace bylaw {
namespace {

namespace fs = std::filesystem;

// layer → the layers it may include from, besides itself. A layer is a folder; "runtime" and "compiler" are the facades' own files.
const std::map<std::string, std::set<std::string>>& Layers() {
  static const std::map<std::string, std::set<std::string>> layers = {
      {"runtime/base", {}},
      {"runtime/json", {"runtime/base"}},
      {"runtime/builtins", {"runtime/base"}},
      {"runtime/bytecode", {"runtime/base", "runtime/builtins"}},
      {"runtime/snapshot", {"runtime/base", "runtime/json", "runtime/builtins", "runtime/bytecode"}},
      {"runtime/import", {"runtime/base", "runtime/json", "runtime/builtins", "runtime/bytecode", "runtime/snapshot"}},
      {"runtime/vm", {"runtime/base", "runtime/json", "runtime/builtins", "runtime/bytecode", "runtime/snapshot"}},
      {"runtime/verdict", {"runtime/base", "runtime/builtins", "runtime/bytecode", "runtime/snapshot", "runtime/vm"}},
      {"runtime",
       {"runtime/base", "runtime/builtins", "runtime/bytecode", "runtime/snapshot", "runtime/import", "runtime/vm",
        "runtime/verdict"}},
      {"runtime/signature", {"runtime", "runtime/base", "runtime/bytecode"}},
      {"compiler/source", {"runtime/base"}},
      {"compiler/diagnostics", {"runtime/base", "runtime/builtins", "compiler/source"}},
      {"compiler/ast", {"runtime/base", "compiler/source", "compiler/diagnostics"}},
      {"compiler/syntax",
       {"runtime/base", "runtime/builtins", "compiler/source", "compiler/diagnostics", "compiler/ast"}},
      {"compiler/check",
       {"runtime/base", "runtime/builtins", "runtime/bytecode", "compiler/source", "compiler/diagnostics",
        "compiler/ast", "compiler/syntax"}},
      {"compiler/lint",
       {"runtime/base", "runtime/builtins", "compiler/source", "compiler/diagnostics", "compiler/ast",
        "compiler/check"}},
      {"compiler/ir",
       {"runtime/base", "runtime/builtins", "runtime/bytecode", "compiler/source", "compiler/diagnostics",
        "compiler/check"}},
      {"compiler/codegen",
       {"runtime/base", "runtime/builtins", "runtime/bytecode", "compiler/source", "compiler/diagnostics",
        "compiler/check", "compiler/ir"}},
      {"compiler",
       {"runtime/base", "runtime/builtins", "runtime/bytecode", "compiler/source", "compiler/diagnostics",
        "compiler/ast", "compiler/syntax", "compiler/check", "compiler/lint", "compiler/ir", "compiler/codegen"}},
      {"cli/report", {"runtime", "runtime/base", "runtime/builtins", "runtime/bytecode", "runtime/json"}},
      {"cli/surface",
       {"cli/report", "runtime", "runtime/base", "runtime/builtins", "runtime/bytecode", "runtime/snapshot"}},
      {"cli/schema", {"runtime", "runtime/base", "runtime/builtins", "compiler/ast", "compiler/syntax"}},
      {"cli",
       {"cli/report", "cli/surface", "cli/schema", "runtime", "runtime/base", "runtime/builtins", "runtime/bytecode",
        "runtime/signature", "compiler", "compiler/source", "compiler/diagnostics", "compiler/ast", "compiler/syntax",
        "compiler/check"}},
  };
  return layers;
}

std::string FolderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

struct Include {
  std::string file;
  int line = 0;
  std::string target;
};

std::vector<Include> IncludesOf(const fs::path& root) {
  std::vector<Include> includes;
  for (const char* top : {"runtime", "compiler", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc" && extension != ".def") continue;
      std::ifstream file(entry.path());
      std::string text;
      for (int line = 1; std::getline(file, text); ++line) {
        if (!text.starts_with("#include ")) continue;
        includes.push_back({fs::relative(entry.path(), root), line, text.substr(10, text.find_last_of("\">") - 10)});
      }
    }
  }
  return includes;
}

TEST(Layers, IncludesFollowTheTable) {
  const std::vector<Include> includes = IncludesOf(".");
  ASSERT_GT(includes.size(), 100u) << "run it in the repository's root";
  for (const Include& include : includes) {
    const bool own = include.target.starts_with("runtime/") || include.target.starts_with("compiler/") ||
                     include.target.starts_with("cli/");
    if (!own) continue;
    const std::string from = FolderOf(include.file), to = FolderOf(include.target);
    const auto layer = Layers().find(from);
    ASSERT_NE(layer, Layers().end()) << include.file << " is in a folder that the table does not know";
    EXPECT_TRUE(from == to || layer->second.contains(to))
        << include.file << ":" << include.line << " includes " << include.target << ", and " << from << " may not see "
        << to;
  }
}

TEST(Layers, OneFileIncludesAntlr) {
  std::set<std::string> includers;
  for (const Include& include : IncludesOf(".")) {
    if (include.target.starts_with("antlr4") || include.target == "BylawLexer.h" || include.target == "BylawParser.h")
      includers.insert(include.file);
  }
  EXPECT_EQ(includers, std::set<std::string>{"compiler/syntax/antlr_bridge.cc"});
}

TEST(Layers, FilesStayReadable) {
  // style: over 800 lines wants a reason; the reasons are given here.
  const std::set<std::string> excused = {};
  for (const char* top : {"runtime", "compiler", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      const std::string extension = entry.path().extension();
      if ((extension != ".h" && extension != ".cc") || excused.contains(entry.path())) continue;
      std::ifstream file(entry.path());
      const auto num_lines = std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n');
      EXPECT_LE(num_lines, 800) << entry.path();
    }
  }
}

}  // namespace
}  // namespace bylaw
