// Excerpts: the line of an input that a place names, for people. JSON is shown from the place on with its white space
// folded, so that a plan on one line reads like one that is laid out; other text is shown as its line. What inputs call
// sensitive stays hidden.
//
// Thread safety: none; one report's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine.h"
#include "runtime/json/input_file.h"

namespace bylaw::cli {

class Excerpts {
 public:
  explicit Excerpts(const Report& report) : report_(report) {}

  /// At most `width` columns; empty when the file cannot be read (standard input, a file that is gone) or the place has
  /// no line.
  std::string At(const Location& location, size_t width);

 private:
  struct File {
    std::shared_ptr<const InputFile> input;  ///< null: it cannot be read
    std::vector<size_t> lines = {0};         ///< where each begins, as far as asked for
  };
  /// Null: there is no such line to read.
  const File* WithLine(const std::string& path, uint32_t line);

  const Report& report_;
  std::map<std::string, File> files_;
};

}  // namespace bylaw::cli
