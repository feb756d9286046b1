// Progress: one line on stderr that tells what goes on, for work that takes over half a second, on a terminal only. In
// a pipe it says nothing.
//
// Thread safety: Phase may be called from any thread; a thread of its own draws. ClearFromHandler is safe in a signal
// handler.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/base/progress.h"

namespace bylaw::cli {

class Progress {
 public:
  /// `on`: whether to show anything; it is off anyway when stderr is no terminal.
  explicit Progress(bool on);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// What goes on from now: "reading", "judging".
  void Phase(const std::string& name);
  /// Ends it and clears the line. Idempotent; to be called before anything else is printed.
  void End();
  /// What the engine counts into.
  WorkProgress* counters() { return &counters_; }

  static void ClearFromHandler();

 private:
  void Draw();
  std::string Line() const;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::string phase_;
  bool ended_ = false;
  WorkProgress counters_;
  std::thread thread_;
};

}  // namespace bylaw::cli
