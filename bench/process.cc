#include "bench/process.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bylaw::bench {
namespace {

/// In the child: sends `descriptor` to a file. Only async-signal-safe calls.
void Redirect(int descriptor, const char* path) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file >= 0) dup2(file, descriptor);
}

}  // namespace

ProcessRun RunProcess(const std::vector<std::string>& arguments, const std::string& output_path,
                      const std::string& error_path) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string output = output_path.empty() ? "/dev/null" : output_path;
  const std::string error = error_path.empty() ? "/dev/null" : error_path;

  ProcessRun run;
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) return run;
  if (child == 0) {
    Redirect(STDOUT_FILENO, output.c_str());
    Redirect(STDERR_FILENO, error.c_str());
    execvp(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  struct rusage usage {};
  if (wait4(child, &status, 0, &usage) != child) return run;
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.started = run.status != 127;
  run.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  return run;
}

ProcessRun BestOf(int repeats, const std::vector<std::string>& arguments, const std::string& output_path,
                  const std::string& error_path) {
  ProcessRun best = RunProcess(arguments, output_path, error_path);
  for (int i = 1; i < repeats; ++i) {
    const ProcessRun run = RunProcess(arguments, output_path, error_path);
    const uint64_t peak = std::max(best.peak_bytes, run.peak_bytes);
    if (run.seconds < best.seconds) best = run;
    best.peak_bytes = peak;
  }
  return best;
}

bool IsInstalled(const std::string& command) {
  if (command.find('/') != std::string::npos) return access(command.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((folder + "/" + command).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace bylaw::bench
