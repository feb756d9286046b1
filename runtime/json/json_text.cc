#include "runtime/json/json_text.h"

namespace bylaw {

void AppendJsonString(std::string_view text, std::string* json) {
  static constexpr char kHex[] = "0123456789abcdef";
  *json += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    json->append(text, plain, i - plain);
    plain = i + 1;
    switch (byte) {
      case '"': *json += "\\\""; break;
      case '\\': *json += "\\\\"; break;
      case '\n': *json += "\\n"; break;
      case '\r': *json += "\\r"; break;
      case '\t': *json += "\\t"; break;
      default:
        *json += "\\u00";
        *json += kHex[byte >> 4];
        *json += kHex[byte & 15];
    }
  }
  json->append(text, plain, text.size() - plain);
  *json += '"';
}

}  // namespace bylaw
