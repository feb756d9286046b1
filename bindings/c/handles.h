// What the handles of bylaw.h are, for the files that implement it.
#pragma once

#include <atomic>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "bindings/c/bylaw.h"
#include "runtime/engine.h"

struct bylaw_error {
  bylaw::Error error;
  std::string text;
};

struct bylaw_policies {
  bylaw::PolicySet set;
};

struct bylaw_snapshot {
  bylaw::LoadedSnapshot loaded;
};

struct bylaw_report {
  bylaw::Report report;
};

struct bylaw_canceller {
  std::atomic<bool> cancelled{false};
};

namespace bylaw::c {

/// Runs `make`, which gives a Result of something that `Object` is made of. No exception leaves it; of those that may
/// come there is only lack of memory.
template <typename Object, typename Make>
Object* Guarded(bylaw_error** error, const Make& make) noexcept {
  bylaw::Error failure;
  try {
    auto result = make();
    if (result.ok()) return new Object{std::move(*result)};
    failure = result.error();
  } catch (const std::bad_alloc&) {
    failure.message = "out of memory";
  } catch (const std::exception& exception) {
    try {
      failure.message = exception.what();
    } catch (...) {
    }
  } catch (...) {
    failure.message = "unexpected";
  }
  if (error == nullptr) return nullptr;
  try {
    std::string text = failure.ToString();
    *error = new bylaw_error{std::move(failure), std::move(text)};
  } catch (...) {
    *error = nullptr;
  }
  return nullptr;
}

}  // namespace bylaw::c
