// The JSON reader by example: cursors, views, numbers, strings, paths, positions, and the words for what is wrong.
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/json/json_document.h"
#include "runtime/json/json_fault.h"
#include "runtime/json/json_locator.h"
#include "runtime/json/json_path.h"
#include "runtime/json/json_stream.h"

namespace bylaw {
namespace {

std::shared_ptr<const InputFile> FileOf(std::string text) {
  return InputFile::FromBytes("test.json", std::move(text)).value();
}

TEST(JsonStream, EntersTakesAndSkips) {
  const auto file =
      FileOf(R"({"version": 1, "skipped": {"a": [1, {"b": "]"}]}, "items": [{"id": "x"}, [], "s", -3]} )");
  JsonStream stream(*file);
  std::vector<std::string> seen;
  ASSERT_TRUE(stream.NextDocument());
  EXPECT_EQ(stream.kind(), JsonKind::kObject);
  EXPECT_FALSE(stream.EnterArray());
  ASSERT_TRUE(stream.EnterObject());
  std::string_view key;
  while (stream.NextKey(&key)) {
    seen.emplace_back(key);
    if (key == "items" && stream.EnterArray()) {
      while (stream.NextElement()) seen.emplace_back(stream.TakeValue().raw());
    }
  }
  EXPECT_FALSE(stream.NextDocument());
  EXPECT_TRUE(stream.status().ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"version", "skipped", "items", R"({"id": "x"})", "[]", "\"s\"", "-3"}));
}

TEST(JsonStream, LeavesAContainerFromItsMiddle) {
  const auto file = FileOf(R"([[1, [2, 3], 4], 5] "next")");
  JsonStream stream(*file);
  ASSERT_TRUE(stream.NextDocument() && stream.EnterArray() && stream.NextElement() && stream.EnterArray() &&
              stream.NextElement());
  stream.SkipRest();
  EXPECT_EQ(stream.position(), 15u);
  ASSERT_TRUE(stream.NextElement());
  EXPECT_EQ(stream.TakeValue().number().integer, 5);
  ASSERT_TRUE(stream.NextDocument());
  EXPECT_EQ(stream.TakeValue().string().raw(), "next");
  EXPECT_FALSE(stream.NextDocument());
  EXPECT_TRUE(stream.status().ok());
}

TEST(JsonStream, ReadsConcatenatedTexts) {
  const auto file = FileOf("{\"a\":1}\n{\"a\":2}{\"a\":3} 4 \"five\" [6]\n");
  JsonStream stream(*file);
  std::vector<std::string> seen;
  while (stream.NextDocument()) seen.emplace_back(stream.TakeValue().raw());
  EXPECT_TRUE(stream.status().ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"{\"a\":1}", "{\"a\":2}", "{\"a\":3}", "4", "\"five\"", "[6]"}));
}

TEST(JsonStream, StartsInsideAnArray) {
  const auto file = FileOf(R"({"items":[{"n":1},{"n":2},{"n":3}]})");
  JsonStream stream(*file, {.begin = file->text().find("{\"n\":2"), .in_array = true});
  int64_t sum = 0;
  while (stream.NextElement()) sum += stream.TakeValue().Find("n").number().integer;
  EXPECT_TRUE(stream.status().ok());
  EXPECT_EQ(sum, 5);
}

TEST(JsonStream, RefusesAValueLargerThanItsLimit) {
  const auto file = FileOf("[\"" + std::string(1000, 'a') + "\", 1]\n");
  JsonStream stream(*file, {.window_bytes = 64, .max_window_bytes = 256});
  EXPECT_FALSE(stream.NextDocument());
  EXPECT_EQ(stream.status().error().message, "a value here needs more than 256 bytes at once");
}

TEST(JsonStream, CountsTheContainersAroundAValueThatIsTaken) {
  for (const uint32_t max_depth : {3u, 4u}) {
    const auto file = FileOf(R"({"a": [[[1]]]})");
    JsonStream stream(*file, {.max_depth = max_depth});
    ASSERT_TRUE(stream.NextDocument() && stream.EnterObject());
    std::string_view key;
    ASSERT_TRUE(stream.NextKey(&key));
    EXPECT_EQ(static_cast<bool>(stream.TakeValue()), max_depth == 4);
    EXPECT_EQ(stream.status().ok(), max_depth == 4);
  }
}

TEST(JsonStream, GrowsTheWindowForAValueTakenWhole) {
  std::string big = "[";
  for (int i = 0; i < 5000; ++i) big += "{\"k\": \"v\"},";
  big += "0]";
  const auto file = FileOf("{\"small\": 1, \"big\": " + big + ", \"after\": 2}");
  JsonStream stream(*file, {.window_bytes = 64});
  ASSERT_TRUE(stream.NextDocument() && stream.EnterObject());
  std::string_view key;
  std::vector<std::string> seen;
  while (stream.NextKey(&key)) {
    seen.emplace_back(key);
    EXPECT_EQ(static_cast<bool>(stream.TakeIfSmall()), key != "big");
    if (key == "big") {
      EXPECT_EQ(stream.TakeValue().raw(), big);
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"small", "big", "after"}));
  EXPECT_TRUE(stream.status().ok());
}

TEST(JsonValue, FindsTheLastOfEqualKeys) {
  JsonDocument document;
  const JsonValue value = document.Parse(R"({"a": 1, "b": 2, "\u0061": 3})").value();
  uint64_t earlier = 0;
  uint64_t later = 0;
  const JsonValue found = value.Find("a", [&](std::string_view, uint64_t first, uint64_t second) {
    earlier = first;
    later = second;
  });
  EXPECT_EQ(found.number().integer, 3);
  EXPECT_EQ(earlier, 1u);
  EXPECT_EQ(later, 17u);
  EXPECT_EQ(value.Find("c").kind(), JsonKind::kMissing);
  EXPECT_EQ(value.Find({"a", "b"}).kind(), JsonKind::kMissing);
}

TEST(JsonValue, KnowsItsKind) {
  JsonDocument document;
  const JsonValue value = document.Parse("[null, true , false,0,\"\",[], {}]").value();
  std::vector<JsonKind> kinds;
  for (const JsonValue& element : value.elements()) kinds.push_back(element.kind());
  EXPECT_EQ(kinds, (std::vector<JsonKind>{JsonKind::kNull, JsonKind::kBool, JsonKind::kBool, JsonKind::kNumber,
                                          JsonKind::kString, JsonKind::kArray, JsonKind::kObject}));
}

TEST(JsonNumber, KeepsWhatIsWritten) {
  using Form = JsonNumber::Form;
  EXPECT_EQ(ParseJsonNumber("9223372036854775807").integer, INT64_MAX);
  EXPECT_EQ(ParseJsonNumber("-9223372036854775808").integer, INT64_MIN);
  EXPECT_EQ(ParseJsonNumber("9007199254740993").integer, 9007199254740993);
  EXPECT_EQ(ParseJsonNumber("9223372036854775808").form, Form::kBig);
  EXPECT_EQ(ParseJsonNumber("18446744073709551615").raw, "18446744073709551615");
  EXPECT_DOUBLE_EQ(ParseJsonNumber("18446744073709551615").real, 18446744073709551615.0);
  EXPECT_EQ(ParseJsonNumber("1.0").form, Form::kDouble);
  EXPECT_DOUBLE_EQ(ParseJsonNumber("-12.5e-1").real, -1.25);
  EXPECT_EQ(ParseJsonNumber("1e999").form, Form::kBig);
  EXPECT_EQ(ParseJsonNumber("1e-999").form, Form::kDouble);
  EXPECT_EQ(ParseJsonNumber("-0").integer, 0);
  for (const char* wrong : {"", "-", "01", "1.", ".5", "+1", "1e", "1e+", "0x1", "1 ", "--1", "1a", "NaN"}) {
    EXPECT_EQ(ParseJsonNumber(wrong).form, Form::kInvalid) << wrong;
  }
}

TEST(JsonString, ResolvesEscapes) {
  JsonDocument document;
  Arena arena;
  const auto text = [&](std::string_view json) {
    return std::string(document.Parse(json).value().string().Text(arena));
  };
  EXPECT_EQ(text(R"("plain é")"), "plain é");
  EXPECT_EQ(text(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text(R"("\u0041\u00e9\u20AC")"), "Aé€");
  EXPECT_EQ(text(R"("\ud83d\ude00")"), "😀");
  EXPECT_EQ(text(R"("a\ud83d")"), "a\xEF\xBF\xBD");
  EXPECT_EQ(text(R"("\ude00b")"),
            "\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(text(R"("\ud83d\ud83d\ude00")"),
            "\xEF\xBF\xBD"
            "😀");
  EXPECT_EQ(text(R"("\u0000")"), std::string(1, '\0'));
  const std::string_view json = R"("no escape")";
  EXPECT_EQ(document.Parse(json).value().string().Text(arena).data(), json.data() + 1);
}

TEST(JsonDocument, ReadsNoByteBehindItsText) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  char* pages = static_cast<char*>(mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ASSERT_EQ(mprotect(pages + page, page, PROT_NONE), 0);
  JsonDocument document;
  for (const std::string_view json : {"12345", "true", "null", "\"text\"", "[1,2.5,\"x\\n\",{\"a\":null}]"}) {
    char* begin = pages + page - json.size();
    std::memcpy(begin, json.data(), json.size());
    const JsonValue value = document.Parse({begin, json.size()}).value();
    EXPECT_EQ(value.raw(), json);
    EXPECT_NE(value.kind(), JsonKind::kMissing);
    value.number();
    for (const JsonValue& element : value.elements()) element.number();
  }
  munmap(pages, 2 * page);
}

std::string FaultOf(std::string_view text) {
  const auto file = FileOf(std::string(text));
  JsonStream stream(*file, {.max_depth = 8});
  JsonPaths everything;
  while (stream.NextDocument()) {
    const auto walk = [](const auto& self, JsonValue value) -> void {
      Arena arena;
      value.number();
      value.string().Text(arena);
      for (const JsonField& field : value.fields()) {
        field.key.Text(arena);
        self(self, field.value);
      }
      for (const JsonValue& element : value.elements()) self(self, element);
    };
    walk(walk, stream.TakeValue());
  }
  return stream.status().ok() ? "" : stream.status().error().ToString();
}

TEST(JsonFault, SaysWhatIsWrongAndWhere) {
  const auto starts = [](std::string_view text, std::string_view expected) {
    EXPECT_TRUE(FaultOf(text).starts_with(expected))
        << text << "\n seen:     " << FaultOf(text) << "\n expected: " << expected;
  };
  starts("{\"a\": 1", "test.json:1:8: the text ends where `,` or `}` is expected (in the object that starts at 1:1)");
  starts("[1,\n 2", "test.json:2:3: the text ends where `,` or `]` is expected (in the array that starts at 1:1)");
  starts("{\"a\": \"bc", "test.json:1:7: a string that starts here is not closed before the text ends");
  starts("{\"a\": tru", "test.json:1:7: `tru` where a value is expected");
  starts("[1 2]", "test.json:1:4: `2` where `,` or `]` is expected");
  starts("[1, 2,]", "test.json:1:6: `,` before `]`");
  starts("{\"a\": 1,}", "test.json:1:8: `,` before `}`");
  starts("{a: 1}", "test.json:1:2: `a` where a key in double quotes is expected (put the key in double quotes)");
  starts("{'a': 1}",
         "test.json:1:2: `'` where a key in double quotes is expected (JSON strings and keys stand in double quotes)");
  starts("['a']", "test.json:1:2: `'` where a value is expected");
  starts("[NaN]", "test.json:1:2: `NaN` where a value is expected (JSON has no NaN");
  starts("[-Infinity]", "test.json:1:2: `-Infinity` where a value is expected");
  starts("{} xyz", "test.json:1:4: `xyz` where a value is expected");
  starts("{}}", "test.json:1:3: `}` where a value is expected");
  starts("[1}", "test.json:1:3: `}` where `,` or `]` is expected (in the array that starts at 1:1)");
  starts("[\"\xFF\"]", "test.json:1:3: byte 0xFF is not valid UTF-8 here");
  starts("[\"\xED\xA0\x80\"]", "test.json:1:3: byte 0xED is not valid UTF-8 here");
  starts("[\"a\nb\"]", "test.json:1:4: a line feed inside a string");
  starts("[\"a\x01\"]", "test.json:1:4: control character U+0001 inside a string");
  starts("[01]", "test.json:1:2: `01` is not a JSON number (a JSON number has no leading zero)");
  starts("[1.]", "test.json:1:2: `1.` is not a JSON number");
  starts("[+1]", "test.json:1:2: `+1` where a value is expected (a number starts with");
  starts("[\"\\x\"]", "test.json:1:3: `\\` before `x` is not an escape that JSON has");
  starts("[\"\\u12g4\"]", "test.json:1:3: `\\u` is not followed by four hexadecimal digits");
  starts("// hello\n{}", "test.json:1:1: `/` where a value is expected (JSON has no comments)");
  starts("[[[[[[[[[]]]]]]]]]", "test.json:1:9: containers are nested deeper than 8 levels");
  starts("[\f1]", "test.json:1:2: control character U+000C where a value is expected");
  EXPECT_EQ(FaultOf("[[[[[[[[]]]]]]]]"), "");
  EXPECT_EQ(FaultOf("{\"a\": [1, -2.5e3, \"x\", null]} 1 2 3"), "");
}

TEST(JsonDocument, SaysLineAndColumn) {
  JsonDocument document;
  const auto result = document.Parse("{\n \"é\": x}");
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().message, "`x` where a value is expected");
  EXPECT_EQ(result.error().line, 2u);
  EXPECT_EQ(result.error().column, 7u);
  EXPECT_FALSE(document.Parse("  ").ok());
  EXPECT_FALSE(document.Parse("1 2").ok());
}

TEST(JsonPaths, FillsSlotsAndRowsInOneWalk) {
  const std::array<std::string_view, 6> texts = {
      "id", "spec.host", "spec.containers[].image", "spec.containers[].ports[].n", "tags.\"a.b\"", "missing.x"};
  const JsonPaths paths = JsonPaths::Compile(texts).value();
  JsonDocument document;
  const JsonValue value =
      document
          .Parse(R"({"other": {"id": 0}, "tags": {"a": {"b": 1}, "a.b": 2}, "id": "i-1", "spec": {"containers": [
                                {"image": "a", "ports": [{"n": 80}, {"n": 443}]}, {}, {"ports": [{"n": 22}], "image": "c"}], "host": true}})")
          .value();
  JsonExtraction found;
  found.Extract(paths, value);
  EXPECT_EQ(found.at(paths.slot(0)).raw(), "\"i-1\"");
  EXPECT_EQ(found.at(paths.slot(1)).raw(), "true");
  EXPECT_EQ(found.at(paths.slot(4)).raw(), "2");
  EXPECT_FALSE(found.at(paths.slot(5)));
  const JsonPaths::Slot image = paths.slot(2);
  const JsonPaths::Slot port = paths.slot(3);
  ASSERT_EQ(found.num_rows(image.group), 3u);
  EXPECT_EQ(found.at(image, 0).raw(), "\"a\"");
  EXPECT_FALSE(found.at(image, 1));
  EXPECT_EQ(found.at(image, 2).raw(), "\"c\"");
  ASSERT_EQ(found.num_rows(port.group), 3u);
  EXPECT_EQ(found.at(port, 2).raw(), "22");
  EXPECT_EQ(found.parent(port.group, 1), 0u);
  EXPECT_EQ(found.parent(port.group, 2), 2u);
  EXPECT_EQ(paths.group(port.group).parent, image.group);
  EXPECT_TRUE(found.at({0, paths.group(image.group).array_slot}).is_array());
  EXPECT_FALSE(found.at({image.group, paths.group(port.group).array_slot}, 1));

  found.Extract(paths, document.Parse("[1]").value());
  EXPECT_FALSE(found.at(paths.slot(0)));
  EXPECT_EQ(found.num_rows(image.group), 0u);
}

TEST(JsonPaths, OfEqualKeysTheLastCounts) {
  const std::array<std::string_view, 4> texts = {"a.x", "a.y", "a.l[].k", "a.l[].m[]"};
  const JsonPaths paths = JsonPaths::Compile(texts).value();
  JsonDocument document;
  JsonExtraction found;
  found.Extract(
      paths,
      document
          .Parse(R"({"a": {"x": 1, "l": [{"k": 1, "m": [1, 2]}, {"k": 2}]}, "a": {"y": 2, "l": [{"k": 3, "m": [4]}]}})")
          .value());
  EXPECT_FALSE(found.at(paths.slot(0)));
  EXPECT_EQ(found.at(paths.slot(1)).raw(), "2");
  ASSERT_EQ(found.num_rows(paths.slot(2).group), 1u);
  EXPECT_EQ(found.at(paths.slot(2), 0).raw(), "3");
  ASSERT_EQ(found.num_rows(paths.slot(3).group), 1u);
  EXPECT_EQ(found.at(paths.slot(3), 0).raw(), "4");
  EXPECT_EQ(found.parent(paths.slot(3).group, 0), 0u);
  found.Extract(paths, document.Parse(R"({"a": {"l": [{"k": 1}]}, "a": null})").value());
  EXPECT_EQ(found.num_rows(paths.slot(2).group), 0u);
}

TEST(JsonPaths, RefusesWhatIsNoPath) {
  for (const char* text : {".a", "a..b", "a.", "a[", "a[0]", "a b", "\"a", "[]b", "a\"b\""}) {
    EXPECT_FALSE(ParseJsonPath(text).ok()) << text;
  }
  EXPECT_EQ(ParseJsonPath("").value().size(), 0u);
  EXPECT_EQ(ParseJsonPath("[][].a").value().size(), 3u);
}

TEST(LocateJson, GivesLineColumnAndPointer) {
  const std::string text = "{\"a\": [10, {\"b/c~\": \"x\"}],\n \"d\": {}}\n{\"e\": [[7]]}";
  const auto file = FileOf(text);
  const std::vector<uint64_t> offsets = {text.find("7"),  text.find("\"x\""), 0,
                                         text.find("10"), text.find("\"d\""), text.find("{\"b"),
                                         text.find("[["), text.find("x"),     text.find("],\n")};
  const auto positions = LocateJson(*file, offsets);
  std::vector<std::string> shown;
  for (const SourcePosition& p : positions)
    shown.push_back(fmt::format("{}:{} {} {}", p.line, p.column, p.document, p.pointer));
  EXPECT_EQ(shown, (std::vector<std::string>{"3:9 1 /e/0/0", "1:21 0 /a/1/b~1c~0", "1:1 0 ", "1:8 0 /a/0", "2:2 0 /d",
                                             "1:12 0 /a/1", "3:7 1 /e", "1:22 0 /a/1/b~1c~0", "1:25 0 /a"}));
  const std::vector<uint64_t> within = {text.find("\"x\"")};
  EXPECT_EQ(JsonPointersWithin(*file, text.find("{\"b"), within), (std::vector<std::string>{"/b~1c~0"}));
}

TEST(LocateJson, LandmarksChangeNoAnswer) {
  // Objects of different sizes, in an array within an object, with an array of its own in the middle; several landmarks long.
  std::string text = "{\"head\": [1, 2],\n \"items\": [";
  std::vector<uint64_t> offsets;
  for (int i = 0; i < 5000; ++i) {
    if (i > 0) text += i % 7 == 0 ? ",\n" : ", ";
    if (i % 611 == 0) offsets.push_back(text.size());
    text += fmt::format("{{\"n\": {}, \"pad\": \"{}\"", i, std::string(static_cast<size_t>(i % 97), 'x'));
    if (i == 2500) {
      text += ", \"inner\": [";
      for (int j = 0; j < 20000; ++j) text += fmt::format("{}{}", j == 0 ? "" : ", ", j);
      offsets.push_back(text.size() - 2);
      text += "]";
    }
    text += "}";
  }
  text += "],\n \"tail\": [true]}\n[3]";
  for (const char* what : {"\"head\"", "\"tail\"", "true", "[3]"}) offsets.push_back(text.find(what));
  const auto file = FileOf(text);

  JsonLandmarks landmarks, rest;
  uint64_t middle = 0, middle_number = 0, array = 0;
  JsonStream stream(*file, {.landmarks = &landmarks});
  std::string_view key;
  ASSERT_TRUE(stream.NextDocument() && stream.EnterObject());
  while (stream.NextKey(&key)) {
    if (!stream.EnterArray()) continue;
    for (uint64_t number = 0; stream.NextElement(); ++number) {
      EXPECT_EQ(stream.element_number(), number);
      if (number != 4000) continue;
      array = stream.array_offset();
      middle = stream.offset();
      middle_number = number;
    }
  }
  ASSERT_TRUE(stream.status().ok());
  ASSERT_NE(landmarks.Before(array, middle), nullptr);
  EXPECT_EQ(landmarks.Before(array, array), nullptr);
  EXPECT_EQ(landmarks.Before(array + 1, middle), nullptr);

  // What a second reader notes from the middle on comes to the same.
  JsonStream second(*file, {.begin = middle, .in_array = true, .landmarks = &rest});
  while (second.NextElement()) second.SkipValue();
  JsonLandmarks both;
  both.Add(array, 0, array + 1);
  both.AddRest(array, middle_number, rest);

  auto shown = [&](const JsonLandmarks* with) {
    std::vector<std::string> lines;
    for (const SourcePosition& p : LocateJson(*file, offsets, with))
      lines.push_back(fmt::format("{}:{} {} {}", p.line, p.column, p.document, p.pointer));
    return lines;
  };
  const std::vector<std::string> without = shown(nullptr);
  EXPECT_EQ(without[1].substr(without[1].find('/')), "/items/611");
  EXPECT_EQ(shown(&landmarks), without);
  EXPECT_EQ(shown(&both), without);
}

TEST(LocateJson, LandmarksOfObjectsChangeNoAnswer) {
  std::string text = "{\"head\": 1, \"items\": {";
  std::vector<uint64_t> offsets = {text.find("1")};
  for (int i = 0; i < 5000; ++i) {
    if (i > 0) text += i % 7 == 0 ? ",\n" : ", ";
    if (i % 613 == 0) offsets.push_back(text.size());
    text += fmt::format("\"k{}\": {{\"n\": [", i);
    if (i % 617 == 0) offsets.push_back(text.size());
    text += fmt::format("{}], \"pad\": \"{}\"}}", i, std::string(static_cast<size_t>(i % 97), 'x'));
  }
  text += "}, \"tail\": [true]}";
  for (const char* what : {"\"head\"", "\"tail\"", "true"}) offsets.push_back(text.find(what));
  const auto file = FileOf(text);

  JsonLandmarks landmarks;
  JsonStream stream(*file, {.landmarks = &landmarks});
  std::string_view key;
  ASSERT_TRUE(stream.NextDocument() && stream.EnterObject());
  while (stream.NextKey(&key)) {
    if (!stream.EnterObject()) continue;
    while (stream.NextKey(&key)) stream.SkipValue();
  }
  ASSERT_TRUE(stream.status().ok());
  ASSERT_NE(landmarks.Before(text.find("{\"k0"), text.find("\"k4000")), nullptr);
  const auto shown = [&](const JsonLandmarks* with) {
    std::vector<std::string> lines;
    for (const SourcePosition& p : LocateJson(*file, offsets, with))
      lines.push_back(fmt::format("{}:{} {}", p.line, p.column, p.pointer));
    return lines;
  };
  const std::vector<std::string> without = shown(nullptr);
  EXPECT_EQ(without[3].substr(without[3].find('/')), "/items/k613");
  EXPECT_EQ(shown(&landmarks), without);
}

}  // namespace
}  // namespace bylaw
