// An explanation as text: each expression as it stands in the policy, its value, where that stands, and below it what
// it rests on.
//
// Thread safety: none; one command's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/report/terminal.h"
#include "runtime/engine.h"

namespace bylaw::cli {

class ExplanationText {
 public:
  ExplanationText(size_t width, bool color) : width_(width), palette_(color) {}

  /// Every variable, condition and clause of a tuple; lines begin with `indent` spaces.
  std::string Write(const ExplainedTuple& tuple, size_t indent);

 private:
  void WriteSteps(const std::vector<ExplainedStep>& steps, const std::string& stem);
  void WriteStep(const ExplainedStep& step, const std::string& stem, const std::string& head);
  /// The policy's text, with white space folded; empty when the file cannot be read.
  std::string Source(const ExplainedStep& step);

  size_t width_;
  Palette palette_;
  std::map<std::string, std::vector<std::string>> files_;  ///< lines by path
  std::string out_;
};

}  // namespace bylaw::cli
