// The JSON reader against simdjson's own DOM and against itself: random documents, cut off and mutated, in windows of
// any size.
#include <array>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "runtime/json/json_document.h"
#include "runtime/json/json_fault.h"
#include "runtime/json/json_locator.h"
#include "runtime/json/json_parts.h"
#include "runtime/json/json_path.h"
#include "runtime/json/json_stream.h"

namespace bylaw {
namespace {

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  uint32_t Below(uint32_t limit) { return std::uniform_int_distribution<uint32_t>(0, limit - 1)(random_); }

  std::string Document() {
    std::string out;
    Value(&out, 0);
    return out;
  }

  /// Cuts `text` off, or changes, drops, doubles or inserts some bytes.
  std::string Mutate(std::string text) {
    constexpr std::string_view kBytes = "{}[]:,\"\\ \n0-1.eEtrufalsn/\x01\x0c\x1a\xff\xc3\xa9";
    for (uint32_t n = 1 + Below(3); n > 0 && !text.empty(); --n) {
      const size_t at = Below(static_cast<uint32_t>(text.size()));
      const char byte = kBytes[Below(kBytes.size())];
      switch (Below(6)) {
        case 0: text.resize(at); break;
        case 1: text[at] = byte; break;
        case 2: text.erase(at, 1); break;
        case 3: text.insert(at, 1, byte); break;
        case 4: text.insert(at, text.substr(at, Below(20))); break;
        default: text.erase(at, Below(20)); break;
      }
    }
    return text;
  }

 private:
  void Space(std::string* out) {
    constexpr std::array<std::string_view, 8> kSpaces = {"",  "",   "",       "",
                                                         " ", "\n", "\r\n\t", "                                "};
    *out += kSpaces[Below(kSpaces.size())];
  }

  void String(std::string* out) {
    constexpr std::array<std::string_view, 22> kPieces = {
        "a",    "id",   "{",   "]",    ",",     ":",     "é",       "😀",
        "\\\"", "\\\\", "\\n", "\\/",  "{\\\"", "\\\":", "\\u0041", "\\ud83d\\ude00",
        " ",    "0",    "},{", "name", "key",   ""};
    *out += '"';
    for (uint32_t n = Below(6); n > 0; --n) *out += kPieces[Below(kPieces.size())];
    if (Below(40) == 0) out->append(Below(300), 'x');
    *out += '"';
  }

  void Value(std::string* out, int depth) {
    constexpr std::array<std::string_view, 12> kScalars = {
        "null", "true", "false", "0", "-1", "12.5", "1e3", "-0.25E-2", "9223372036854775807", "1234567890", "7", "3"};
    const uint32_t what = Below(depth > 6 ? 4 : 10);
    if (what < 2) {
      *out += kScalars[Below(kScalars.size())];
    } else if (what < 4) {
      String(out);
    } else {
      const bool object = what < 7;
      *out += object ? '{' : '[';
      const uint32_t n = Below(5);
      for (uint32_t i = 0; i < n; ++i) {
        Space(out);
        if (i > 0) *out += ',';
        Space(out);
        if (object) {
          String(out);
          Space(out);
          *out += ':';
          Space(out);
        }
        Value(out, depth + 1);
      }
      Space(out);
      *out += object ? '}' : ']';
    }
  }

  std::mt19937 random_;
};

/// Everything in `value`, in a form that can be compared.
void Dump(JsonValue value, std::string* out) {
  switch (value.kind()) {
    case JsonKind::kMissing: *out += "?"; return;
    case JsonKind::kNull: *out += "n"; return;
    case JsonKind::kBool: *out += value.boolean() ? "t" : "f"; return;
    case JsonKind::kNumber: *out += fmt::format("#{}", value.number().real); return;
    case JsonKind::kString: *out += fmt::format("'{}'", value.string().ToString()); return;
    case JsonKind::kArray:
      *out += "[";
      for (const JsonValue& element : value.elements()) Dump(element, out);
      *out += "]";
      return;
    case JsonKind::kObject:
      *out += "{";
      for (const JsonField& field : value.fields()) {
        *out += field.key.ToString() + "=";
        Dump(field.value, out);
      }
      *out += "}";
      return;
  }
}

void Dump(simdjson::dom::element value, std::string* out) {
  using simdjson::dom::element_type;
  switch (value.type()) {
    case element_type::NULL_VALUE: *out += "n"; return;
    case element_type::BOOL: *out += bool(value) ? "t" : "f"; return;
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE: *out += fmt::format("#{}", double(value)); return;
    case element_type::STRING: *out += fmt::format("'{}'", std::string_view(value)); return;
    case element_type::ARRAY:
      *out += "[";
      for (simdjson::dom::element element : simdjson::dom::array(value)) Dump(element, out);
      *out += "]";
      return;
    case element_type::OBJECT:
      *out += "{";
      for (const auto& field : simdjson::dom::object(value)) {
        *out += fmt::format("{}=", field.key);
        Dump(field.value, out);
      }
      *out += "}";
      return;
  }
}

struct Walked {
  std::string dump;
  bool ok = false;
};

/// Walks all of `file`, each container by a way chosen at random: entered, taken whole, or (with `skip`) skipped.
class Walker {
 public:
  Walker(const InputFile& file, size_t window_bytes, uint32_t seed, bool take_only = false)
      : stream_(file, {.window_bytes = window_bytes}), random_(seed), take_only_(take_only) {}

  Walked Run() {
    Walked walked;
    while (stream_.NextDocument()) Walk(&walked.dump);
    walked.ok = !stream_.failed();
    EXPECT_EQ(walked.ok, stream_.status().ok());
    if (!walked.ok) {
      EXPECT_EQ(stream_.status().error().message.find("changed while"), std::string::npos)
          << "no fault found where the stream met one";
    }
    return walked;
  }

 private:
  void Walk(std::string* out) {
    const auto way = random_() % 3;
    std::string_view key;
    if (!take_only_ && way == 0 && stream_.EnterObject()) {
      *out += "{";
      while (stream_.NextKey(&key)) {
        *out += std::string(key) + "=";
        Walk(out);
      }
      *out += "}";
    } else if (!take_only_ && way == 0 && stream_.EnterArray()) {
      *out += "[";
      while (stream_.NextElement()) Walk(out);
      *out += "]";
    } else if (way == 1) {
      JsonPaths everything;
      JsonExtraction extraction;
      Dump(stream_.TakeFields(everything, &extraction), out);
    } else {
      Dump(stream_.TakeValue(), out);
    }
  }

  JsonStream stream_;
  std::mt19937 random_;
  bool take_only_;
};

/// Lone surrogates are U+FFFD here and an error in simdjson; numbers out of a double's or integer's range are kept
/// here.
bool MayDiffer(simdjson::error_code error, std::string_view text) {
  return (error == simdjson::STRING_ERROR && text.find("\\u") != std::string_view::npos) ||
         error == simdjson::NUMBER_ERROR;
}

TEST(JsonProperty, AgreesWithSimdjsonOnWholeAndBrokenDocuments) {
  simdjson::dom::parser parser;
  int num_valid = 0;
  int num_invalid = 0;
  for (uint32_t seed = 0; seed < 6'000; ++seed) {
    Generator generator(seed);
    std::string text = generator.Document();
    if (seed % 4 != 0) text = generator.Mutate(std::move(text));
    simdjson::dom::element element;
    const auto error = parser.parse(text).get(element);
    const bool valid = error == simdjson::SUCCESS;
    const auto fault = FindJsonFault(text, JsonTexts::kOne, 512);
    if (valid != !fault.has_value()) {
      ASSERT_TRUE(!valid && MayDiffer(error, text)) << text << "\nsimdjson: " << simdjson::error_message(error)
                                                    << "\nours: " << (fault ? fault->message : "valid");
      continue;
    }
    ++(valid ? num_valid : num_invalid);
    JsonDocument document;
    const auto parsed = document.Parse(text);
    ASSERT_EQ(parsed.ok(), valid);
    if (valid) {
      std::string expected;
      std::string seen;
      Dump(element, &expected);
      Dump(*parsed, &seen);
      ASSERT_EQ(seen, expected) << text;
    }
  }
  EXPECT_GT(num_valid, 1000);
  EXPECT_GT(num_invalid, 1000);
}

TEST(JsonProperty, WindowsOfAnySizeGiveTheSame) {
  for (uint32_t seed = 0; seed < 2'000; ++seed) {
    Generator generator(seed);
    std::string text;
    for (uint32_t n = 1 + generator.Below(4); n > 0; --n) text += generator.Document() + (seed % 2 == 0 ? "\n" : " ");
    if (seed % 3 == 0) text = generator.Mutate(std::move(text));
    auto file = InputFile::FromBytes("random.json", text);
    if (!file.ok()) continue;
    const bool valid = !FindJsonFault((*file)->text(), JsonTexts::kMany, 512).has_value();
    const Walked whole = Walker(**file, size_t{1} << 20, seed, true).Run();
    ASSERT_EQ(whole.ok, valid) << text;
    for (const size_t window_bytes : {size_t{16}, size_t{64}, size_t{64} + generator.Below(137), size_t{200}}) {
      const Walked walked = Walker(**file, window_bytes, seed).Run();
      ASSERT_EQ(walked.ok, valid) << window_bytes << ": " << text;
      if (valid) {
        ASSERT_EQ(walked.dump, whole.dump) << window_bytes << ": " << text;
      }
    }
  }
}

TEST(JsonProperty, SkippingReachesTheEndOfWhatIsWellFormed) {
  for (uint32_t seed = 0; seed < 1'500; ++seed) {
    Generator generator(seed);
    std::string text = "[" + generator.Document() + "," + generator.Document() + "]";
    const bool mutated = seed % 2 == 0;
    if (mutated) text = generator.Mutate(std::move(text));
    auto file = InputFile::FromBytes("random.json", text);
    if (!file.ok()) continue;
    JsonStream stream(**file, {.window_bytes = 16 + generator.Below(200)});
    int num_elements = 0;
    while (stream.NextDocument()) {
      if (!stream.EnterArray()) continue;
      while (stream.NextElement()) ++num_elements;
    }
    if (!mutated) {
      ASSERT_TRUE(stream.status().ok()) << text << stream.status().error().ToString();
      ASSERT_EQ(num_elements, 2);
    } else if (stream.failed()) {
      ASSERT_EQ(stream.status().error().message.find("changed while"), std::string::npos) << text;
    }
  }
}

TEST(JsonProperty, PathsFindWhatFindFinds) {
  const std::array<std::string_view, 7> texts = {"id", "name.id", "\"\"", "key", "a.a", "a.\"\".id", "id[].a"};
  const JsonPaths paths = JsonPaths::Compile(texts).value();
  JsonExtraction extraction;
  size_t num_found = 0;
  for (uint32_t seed = 0; seed < 6'000; ++seed) {
    Generator generator(seed);
    const std::string text = generator.Document();
    JsonDocument document;
    const JsonValue value = document.Parse(text).value();
    extraction.Extract(paths, value);
    const auto same = [&](uint32_t path, JsonValue expected) {
      const JsonValue seen = extraction.at(paths.slot(path));
      num_found += seen ? 1u : 0u;
      ASSERT_EQ(static_cast<bool>(seen), static_cast<bool>(expected)) << texts[path] << " in " << text;
      if (seen) {
        ASSERT_EQ(seen.offset(), expected.offset()) << texts[path] << " in " << text;
      }
    };
    same(0, value.Find("id"));
    same(1, value.Find({"name", "id"}));
    same(2, value.Find(""));
    same(3, value.Find("key"));
    same(4, value.Find({"a", "a"}));
    same(5, value.Find({"a", "", "id"}));
    std::vector<JsonValue> expected;
    for (const JsonValue& element : value.Find("id").elements()) expected.push_back(element.Find("a"));
    const JsonPaths::Slot slot = paths.slot(6);
    ASSERT_EQ(extraction.num_rows(slot.group), expected.size()) << text;
    for (uint32_t row = 0; row < expected.size(); ++row) {
      ASSERT_EQ(extraction.at(slot, row).raw(), expected[row].raw()) << text;
    }
  }
  EXPECT_GT(num_found, 300u);
}

/// All values of `value` with their pointers.
void Collect(JsonValue value, const std::string& pointer, std::vector<std::pair<uint64_t, std::string>>* out) {
  out->emplace_back(value.offset(), pointer);
  for (const JsonField& field : value.fields())
    Collect(field.value, pointer + "/" + EscapeJsonPointer(field.key.ToString()), out);
  size_t i = 0;
  for (const JsonValue& element : value.elements()) Collect(element, pointer + "/" + std::to_string(i++), out);
}

TEST(JsonProperty, EveryValueIsFoundAgainByItsPointer) {
  for (uint32_t seed = 0; seed < 700; ++seed) {
    const std::string text = Generator(seed).Document();
    JsonDocument document;
    std::vector<std::pair<uint64_t, std::string>> values;
    Collect(document.Parse(text).value(), "", &values);
    std::vector<uint64_t> offsets;
    for (const auto& [offset, pointer] : values) offsets.push_back(offset);
    std::shuffle(offsets.begin(), offsets.end(), std::mt19937(seed));
    const auto file = InputFile::FromBytes("random.json", text).value();
    for (const size_t window_bytes : {size_t{16}, size_t{1} << 16}) {
      const auto positions = LocateJson(*file, offsets, nullptr, window_bytes);
      for (size_t i = 0; i < offsets.size(); ++i) {
        const auto found = std::lower_bound(values.begin(), values.end(), std::pair(offsets[i], std::string()));
        ASSERT_EQ(positions[i].pointer, found->second) << text;
      }
    }
  }
}

TEST(JsonProperty, PartsPutTogetherAreTheWholeArray) {
  size_t num_right = 0;
  size_t num_wrong = 0;
  for (uint32_t seed = 0; seed < 500; ++seed) {
    Generator generator(seed);
    // Every element starts with `id`, and so do objects within elements, in arrays and in strings: some guesses must be
    // wrong.
    std::string text = "{\"before\": [1], \"items\": [ ";
    const uint32_t num_elements = 1 + generator.Below(40);
    for (uint32_t i = 0; i < num_elements; ++i) {
      if (i > 0) text += generator.Below(2) == 0 ? "," : " ,\n ";
      text += fmt::format("{{\"id\": {}, \"x\": ", i);
      text += generator.Below(3) == 0 ? "[{\"id\" : 0},{\"id\" : 0}, {\"id\":2}]" : generator.Document();
      text += "}";
    }
    text += "]}";
    const auto file = InputFile::FromBytes("random.json", text).value();
    const uint64_t first = text.find("{\"id\": 0,");
    const std::vector<uint64_t> starts = GuessElementStarts(*file, first, 2 + generator.Below(6));
    std::vector<int64_t> ids;
    for (size_t part = 0; part < starts.size();) {
      JsonStream stream(*file, {.window_bytes = 128, .begin = starts[part], .in_array = true});
      ++part;
      while (stream.NextElement()) {
        bool joined = false;
        for (; part < starts.size() && stream.offset() >= starts[part]; ++part) {
          joined = stream.offset() == starts[part];
          ++(joined ? num_right : num_wrong);
          if (joined) break;
        }
        if (joined) break;
        ids.push_back(stream.TakeValue().Find("id").number().integer);
      }
      ASSERT_TRUE(stream.status().ok()) << text;
      if (stream.depth() == 0) break;
    }
    ASSERT_EQ(ids.size(), num_elements) << text;
    for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], static_cast<int64_t>(i)) << text;
  }
  EXPECT_GT(num_right, 50u);
  EXPECT_GT(num_wrong, 50u);
}

}  // namespace
}  // namespace bylaw
