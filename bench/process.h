// Runs other programs and measures them: wall time and peak memory of the whole process.
//
// Peak memory is ru_maxrss, which a child inherits from its parent at the moment of exec: a program that uses this must
// itself stay small. Thread safety: not safe beside other users of wait.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bylaw::bench {

struct ProcessRun {
  bool started = false;  ///< false: no such command
  int status = -1;       ///< exit status; 128 + signal when killed
  double seconds = 0;    ///< from fork to the end, as the caller sees it
  uint64_t peak_bytes = 0;
};

/// Runs `arguments` (the first is the command, looked up in PATH). Standard output and error go to files, or nowhere
/// when a path is empty.
ProcessRun RunProcess(const std::vector<std::string>& arguments, const std::string& output_path = "",
                      const std::string& error_path = "");

/// The fastest of `repeats` runs, with the greatest peak memory of them.
ProcessRun BestOf(int repeats, const std::vector<std::string>& arguments, const std::string& output_path = "",
                  const std::string& error_path = "");

/// Whether a command can be found in PATH.
bool IsInstalled(const std::string& command);

}  // namespace bylaw::bench
