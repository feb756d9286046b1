// Result<T>: a value, or the one clear error that a bad input, artefact or limit deserves.
//
// Policy mistakes are not errors of this kind (they are diagnostics, collected by the compiler), and neither is a row that cannot
// be evaluated (that is an unknown with a cause).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "runtime/base/check.h"

namespace bylaw {

/// What went wrong with an input: where, what was seen, what was expected, what to do. `message` starts lower-case, has no full stop.
struct Error {
  std::string message;
  std::string file;       ///< empty when no file is to blame
  uint32_t line = 0;      ///< 1-based; 0 when unknown
  uint32_t column = 0;    ///< 1-based, in Unicode scalar values; 0 when unknown
  std::string hint = {};  ///< what to do; may be empty

  /// `file:line:column: message (hint)`, leaving out what is not known.
  std::string ToString() const;
};

/// The success of an operation that gives nothing back.
struct Ok {};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    BYLAW_CHECK(ok(), "value() of a failed result: {}", error_text());
    return std::get<0>(state_);
  }
  const T& value() const& {
    BYLAW_CHECK(ok(), "value() of a failed result: {}", error_text());
    return std::get<0>(state_);
  }
  T&& value() && {
    BYLAW_CHECK(ok(), "value() of a failed result: {}", error_text());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const {
    BYLAW_CHECK(!ok(), "error() of a successful result");
    return std::get<1>(state_);
  }

 private:
  std::string error_text() const { return state_.index() == 1 ? std::get<1>(state_).message : std::string(); }

  std::variant<T, Error> state_;
};

using Status = Result<Ok>;

}  // namespace bylaw

/// Returns the error of `expr` (a Result) from the enclosing function, if it has one.
#define BYLAW_RETURN_IF_ERROR(expr)                       \
  do {                                                    \
    if (auto bylaw_status = (expr); !bylaw_status.ok()) { \
      return bylaw_status.error();                        \
    }                                                     \
  } while (false)

#define BYLAW_CONCAT_INNER(a, b) a##b
#define BYLAW_CONCAT(a, b) BYLAW_CONCAT_INNER(a, b)
/// BYLAW_ASSIGN(declaration, expr): binds the value of `expr`, or returns its error.
#define BYLAW_ASSIGN(declaration, expr)                                                                  \
  auto BYLAW_CONCAT(bylaw_result_, __LINE__) = (expr);                                                   \
  if (!BYLAW_CONCAT(bylaw_result_, __LINE__).ok()) return BYLAW_CONCAT(bylaw_result_, __LINE__).error(); \
  declaration = std::move(BYLAW_CONCAT(bylaw_result_, __LINE__)).value()
