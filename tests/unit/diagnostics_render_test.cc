#include <set>

#include <gtest/gtest.h>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/diagnostics/display_text.h"
#include "compiler/diagnostics/renderer.h"

namespace bylaw::compiler {
namespace {

// A map with one file and a diagnostic whose primary span is where `marked` first stands in it.
struct Scene {
  Scene(std::string text, std::string_view marked) {
    const auto at = static_cast<uint32_t>(text.find(marked));
    const FileId file_id = sources.Add("p.bylaw", std::move(text));
    diagnostic.code = Code::kUnexpectedText;
    diagnostic.message = "something is wrong";
    diagnostic.primary.span = {file_id, at, at + static_cast<uint32_t>(marked.size())};
  }
  Span Find(std::string_view marked) const {
    const auto at = static_cast<uint32_t>(sources.file(0).text().find(marked));
    return {0, at, at + static_cast<uint32_t>(marked.size())};
  }
  std::string Render(RenderOptions options = {}) const { return RenderText(sources, diagnostic, options); }

  SourceMap sources;
  Diagnostic diagnostic;
};

TEST(Renderer, ShowsPlaceExcerptUnderlineAndNotes) {
  Scene scene("rule r {\n  for s subnet\n}\n", "subnet");
  scene.diagnostic.Labelled("here").Expected("`in`").Hint("write `in`");
  EXPECT_EQ(scene.Render(),
            "error[E0101]: something is wrong\n"
            "  --> p.bylaw:2:9\n"
            "  |\n"
            "2 |   for s subnet\n"
            "  |         ^^^^^^ here\n"
            "  |\n"
            "  = expected: `in`\n"
            "  = hint: write `in`\n");
}

TEST(Renderer, SecondarySpansOfOneLineGetLabelsOfTheirOwn) {
  Scene scene("a or b and c\n", "and");
  scene.diagnostic.Labelled("this").Also(scene.Find("or"), "that");
  EXPECT_EQ(scene.Render(),
            "error[E0101]: something is wrong\n"
            "  --> p.bylaw:1:8\n"
            "  |\n"
            "1 | a or b and c\n"
            "  |   --   ^^^ this\n"
            "  |   that\n"
            "  |\n");
}

TEST(Renderer, LinesFarApartAreSeparated) {
  Scene scene("one\ntwo\nthree\nfour\nfive\n", "five");
  scene.diagnostic.Also(scene.Find("one"), "first");
  EXPECT_EQ(scene.Render(),
            "error[E0101]: something is wrong\n"
            "  --> p.bylaw:5:1\n"
            "  |\n"
            "1 | one\n"
            "  | --- first\n"
            "  ·\n"
            "5 | five\n"
            "  | ^^^^\n"
            "  |\n");
}

TEST(Renderer, TabsAndWideCharactersKeepTheUnderlineInPlace) {
  Scene scene("\tx \"\xE6\x97\xA5\xE6\x9C\xAC\" bad\n", "bad");
  EXPECT_NE(scene.Render().find("1 |     x \"\xE6\x97\xA5\xE6\x9C\xAC\" bad\n"
                                "  |              ^^^\n"),
            std::string::npos)
      << scene.Render();
}

TEST(Renderer, ControlCharactersNeverReachTheTerminal) {
  Scene scene("evil \x1b[31m \xE2\x80\xAE bad \xFF\n", "bad");
  scene.diagnostic.message = "saw `\x1b[2J\x07`";
  scene.diagnostic.Hint("\x1b]0;title\x07");
  const std::string out = scene.Render();
  for (const char c : out) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << out;
  EXPECT_EQ(out.find("\xE2\x80\xAE"), std::string::npos) << out;
  EXPECT_EQ(out.find('\xFF'), std::string::npos);
}

TEST(Renderer, LongLinesAreShownAroundThePlace) {
  std::string line(400, 'a');
  line += " bad ";
  line.append(400, 'b') += "\n";
  Scene scene(line, "bad");
  const std::string out = scene.Render({.color = false, .width = 80});
  EXPECT_NE(out.find("…"), std::string::npos);
  EXPECT_NE(out.find("bad"), std::string::npos);
  size_t begin = 0;
  while (begin < out.size()) {
    const size_t end = out.find('\n', begin);
    EXPECT_LE(DisplayWidth(out.substr(begin, end - begin)), 80u) << out;
    begin = end + 1;
  }
}

TEST(Renderer, AVeryLongLineIsShownAroundThePlaceAlike) {
  auto excerpt = [](size_t length) {
    const std::string rendered = Scene(std::string(length, 'a') + " here " + std::string(length, 'b'), "here").Render();
    return rendered.substr(rendered.find("1 | "));
  };
  EXPECT_NE(excerpt(300'000).find("aaaa here bbbb"), std::string::npos);
  EXPECT_EQ(excerpt(300'000), excerpt(3000));
}

TEST(Diagnostics, BeyondAThousandTheRestAreOne) {
  SourceMap sources;
  const FileId file_id = sources.Add("p.bylaw", std::string(3000, 'x'));
  Diagnostics diagnostics;
  for (uint32_t i = 0; i < 1500; ++i)
    diagnostics.Report(Code::kUnknownName, {file_id, i, i + 1}, "nothing is named so");
  diagnostics.Sort();
  EXPECT_EQ(diagnostics.all().size(), 1001u);
  EXPECT_EQ(diagnostics.num_errors(), 1001u);
  EXPECT_EQ(diagnostics.all().back().message, "500 more are not listed");
  EXPECT_EQ(diagnostics.all().back().primary.span.begin, 1000u);
}

TEST(Renderer, LongHintsAreWrapped) {
  Scene scene("bad\n", "bad");
  scene.diagnostic.Hint("one two three four five six seven eight nine ten eleven twelve");
  EXPECT_NE(scene.Render({.color = false, .width = 40}).find("= hint: one two three four five six\n          seven"),
            std::string::npos)
      << scene.Render({.color = false, .width = 40});
}

TEST(Renderer, ASpanAtTheEndOfFileAndOverSeveralLinesIsSafe) {
  Scene scene("ab\ncd", "b\nc");
  EXPECT_NE(scene.Render().find("1 | ab\n  |  ^\n"), std::string::npos) << scene.Render();
  scene.diagnostic.primary.span = {0, 5, 5};
  EXPECT_NE(scene.Render().find("2 | cd\n  |   ^\n"), std::string::npos) << scene.Render();
}

TEST(Renderer, WithoutAPlaceThereIsNoExcerpt) {
  Scene scene("x", "x");
  scene.diagnostic.primary.span = {};
  EXPECT_EQ(scene.Render(), "error[E0101]: something is wrong\n");
}

TEST(Renderer, ColourIsOnlyThereWhenAskedFor) {
  Scene scene("bad\n", "bad");
  EXPECT_EQ(scene.Render().find('\x1b'), std::string::npos);
  EXPECT_NE(scene.Render({.color = true, .width = 80}).find("\x1b[1;31m"), std::string::npos);
}

TEST(Renderer, AllOfThemAreCounted) {
  Scene scene("bad\n", "bad");
  Diagnostics diagnostics;
  EXPECT_EQ(RenderText(scene.sources, diagnostics, {}), "");
  diagnostics.Add(scene.diagnostic);
  diagnostics.Add(scene.diagnostic);
  EXPECT_TRUE(RenderText(scene.sources, diagnostics, {}).ends_with("\n2 errors\n"));
  diagnostics.Sort();
  EXPECT_EQ(diagnostics.num_errors(), 1u) << "exact doubles are dropped";
}

TEST(Renderer, JsonEscapesAndLocates) {
  Scene scene("a\n  \"b\n", "\"b");
  scene.diagnostic.message = "quote \" and \\ and \n";
  Diagnostics diagnostics;
  EXPECT_EQ(RenderJson(scene.sources, diagnostics), "[]");
  diagnostics.Add(scene.diagnostic).Also(scene.Find("a"), "label");
  EXPECT_EQ(
      RenderJson(scene.sources, diagnostics),
      "[\n  {\"code\": \"E0101\", \"severity\": \"error\", \"name\": \"UnexpectedText\", \"message\": \"quote \\\" and "
      "\\\\ and \\n\",\n"
      "   \"location\": {\"file\": \"p.bylaw\", \"line\": 2, \"column\": 3, \"end_line\": 2, \"end_column\": 5, "
      "\"begin\": 4, "
      "\"end\": 6}, \"label\": \"\", \"related\": [{\"location\": {\"file\": \"p.bylaw\", \"line\": 1, \"column\": 1, "
      "\"end_line\": 1, \"end_column\": 2, \"begin\": 0, \"end\": 1}, \"label\": \"label\"}],\n"
      "   \"expected\": \"\", \"hint\": \"\"}\n]");
}

TEST(Codes, AreUniqueExplainedAndFindable) {
  std::set<std::string_view> seen;
  for (const CodeInfo& info : AllCodes()) {
    EXPECT_TRUE(seen.insert(info.text).second) << info.text;
    EXPECT_FALSE(info.summary.empty()) << info.text;
    EXPECT_GE(info.explanation.size(), 40u) << info.text << ": say what to do about it";
    EXPECT_EQ(FindCode(info.text), &info);
    EXPECT_EQ(&InfoOf(info.code), &info);
  }
  ASSERT_NE(FindCode("e0101"), nullptr);
  EXPECT_EQ(FindCode("E9999"), nullptr);
  EXPECT_NE(RenderExplanation(*FindCode("E0101")).find("E0101: something else was expected here"), std::string::npos);
}

TEST(Suggest, FindsTheNearestName) {
  const std::vector<std::string> names = {"cidr_block", "availability_zone", "vpc", "tags", "id"};
  EXPECT_EQ(Suggest("cidr_blok", names), "cidr_block");
  EXPECT_EQ(Suggest("cidrBlock", names), "cidr_block");
  EXPECT_EQ(Suggest("tgas", names), "tags");
  EXPECT_EQ(Suggest("vcp", names), "vpc");
  EXPECT_EQ(Suggest("something_else", names), "");
  EXPECT_EQ(Suggest("", names), "");
  EXPECT_EQ(DidYouMean("avaliability_zone", names), "did you mean `availability_zone`?");
}

}  // namespace
}  // namespace bylaw::compiler
