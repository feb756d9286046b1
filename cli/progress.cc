#include "cli/progress.h"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/report/escape.h"

namespace bylaw::cli {
namespace {

constexpr std::chrono::milliseconds kQuiet{500}, kEvery{100};
constexpr std::string_view kClear = "\r\x1b[K";

std::atomic<bool> line_shown{false};

void Print(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // a terminal that went away is no reason to stop
}

}  // namespace

Progress::Progress(bool on) {
  const char* term = std::getenv("TERM");
  if (!on || ::isatty(STDERR_FILENO) == 0 || (term != nullptr && std::string_view(term) == "dumb")) return;
  thread_ = std::thread([this] { Draw(); });
}

Progress::~Progress() { End(); }

void Progress::Phase(const std::string& name) {
  std::lock_guard lock(mutex_);
  phase_ = name;
}

void Progress::End() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::string Progress::Line() const {
  std::string line = phase_;
  const uint64_t bytes = counters_.bytes, total_bytes = counters_.total_bytes, rules = counters_.rules,
                 total_rules = counters_.total_rules;
  constexpr double kMega = 1e6;
  if (phase_ == "reading" && total_bytes > 0)
    line += fmt::format("  {:.0f} of {:.0f} MB", static_cast<double>(bytes) / kMega,
                        static_cast<double>(total_bytes) / kMega);
  if (phase_ == "judging" && total_rules > 0) line += fmt::format("  {} of {} rules", rules, total_rules);
  return Shortened(line, TerminalWidth() - 1);
}

void Progress::Draw() {
  std::unique_lock lock(mutex_);
  const auto ended = [this] { return ended_; };
  if (wake_.wait_for(lock, kQuiet, ended)) return;
  do {
    line_shown = true;
    Print(std::string(kClear) + Line());
  } while (!wake_.wait_for(lock, kEvery, ended));
  Print(kClear);
  line_shown = false;
}

void Progress::ClearFromHandler() {
  if (line_shown) Print(kClear);
}

}  // namespace bylaw::cli
