#include "runtime/base/result.h"

namespace bylaw {

std::string Error::ToString() const {
  std::string text;
  if (!file.empty()) {
    text = file;
    if (line != 0) text += fmt::format(":{}", line);
    if (line != 0 && column != 0) text += fmt::format(":{}", column);
    text += ": ";
  }
  text += message;
  if (!hint.empty()) text += fmt::format(" ({})", hint);
  return text;
}

}  // namespace bylaw
