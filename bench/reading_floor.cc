// reading_floor: reads one member of some resources of a file, and nothing else, with the parser that Bylaw uses: simdjson on demand for JSON, the events of
// libfyaml for YAML. It is what importing is measured against. Prints how many of these members are true; of YAML, how many scalars are.
//
//   reading_floor FILE LIST TYPE_KEY TYPE COLUMN      a list, or an object whose members are the resources; COLUMN: `change.after.on`
//   reading_floor FILE                                YAML
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <libfyaml.h>
#include <simdjson.h>

#include "bench/mapped_file.h"

namespace {

namespace ondemand = simdjson::ondemand;

std::vector<std::string> SplitAtDots(std::string_view path) {
  std::vector<std::string> keys(1);
  for (char c : path) {
    if (c == '.') {
      keys.emplace_back();
    } else {
      keys.back() += c;
    }
  }
  return keys;
}

/// Whether the member at `keys` is true; a list on the way stands for its first element.
bool IsTrue(ondemand::value value, const std::vector<std::string>& keys, size_t at) {
  if (value.type() == ondemand::json_type::array) {
    for (ondemand::value element : value.get_array()) return IsTrue(element, keys, at);
    return false;
  }
  if (at == keys.size()) return value.get_bool();
  return IsTrue(value.get_object().find_field_unordered(keys[at]), keys, at + 1);
}

uint64_t CountInJson(const char* path, char** arguments) {
  const std::string_view type_key = arguments[1], type = arguments[2];
  const std::vector<std::string> column = SplitAtDots(arguments[3]);
  const simdjson::padded_string_view text = bylaw::bench::MapFile(path);
  ondemand::parser parser;
  ondemand::document document = parser.iterate(text);
  uint64_t count = 0;
  const auto read = [&](ondemand::object resource) {
    if (std::string_view(resource.find_field_unordered(type_key)) != type) return;
    resource.reset();
    count += IsTrue(resource.find_field_unordered(column[0]), column, 1) ? 1U : 0U;
  };
  ondemand::value list = document.get_object().find_field_unordered(arguments[0]);
  if (list.type() == ondemand::json_type::array) {
    for (ondemand::object resource : list.get_array()) read(resource);
  } else {
    for (auto field : list.get_object()) read(field.value().get_object());
  }
  return count;
}

uint64_t CountInYaml(const char* path) {
  fy_parse_cfg config = {};
  fy_parser* parser = fy_parser_create(&config);
  uint64_t count = 0;
  if (parser == nullptr || fy_parser_set_input_file(parser, path) != 0) return count;
  while (fy_event* event = fy_parser_parse(parser)) {
    if (event->type == FYET_SCALAR) {
      size_t size = 0;
      const char* text = fy_token_get_text(event->scalar.value, &size);
      count += std::string_view(text, size) == "true" ? 1U : 0U;
    }
    fy_parser_event_free(parser, event);
  }
  fy_parser_destroy(parser);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 6) {
    std::fputs("usage: reading_floor FILE [LIST TYPE_KEY TYPE COLUMN]\n", stderr);
    return 3;
  }
  try {
    std::printf("%llu\n",
                static_cast<unsigned long long>(argc == 2 ? CountInYaml(argv[1]) : CountInJson(argv[1], argv + 2)));
  } catch (const simdjson::simdjson_error& error) {
    std::fprintf(stderr, "reading_floor: `%s`: %s\n", argv[1], error.what());
    return 3;
  }
  return 0;
}
