// Excerpts: the line of an input that a place names, for people. JSON is shown from the place on with its white space
// folded, so that a plan on one line reads like one that is laid out; other text is shown as its line. What inputs call
// sensitive stays hidden.
//
// Thread safety: none; one report's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/engine.h"

namespace bylaw::cli {

class Excerpts {
 public:
  explicit Excerpts(const Report& report) : report_(report) {}

  /// At most `width` columns; empty when the file cannot be read (standard input, a file that is gone) or the place has
  /// no line.
  std::string At(const Location& location, size_t width);

 private:
  struct File {
    std::string text;
    std::vector<size_t> lines;  ///< where each begins
  };
  const File& Read(const std::string& path);

  const Report& report_;
  std::map<std::string, File> files_;
};

}  // namespace bylaw::cli
