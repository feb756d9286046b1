// JsonStream: a pull parser over a file of any size, in memory that does not grow with it.
//
// Stands between InputFile and the importers. simdjson's first stage finds the tokens of a window of the file (about a
// megabyte, always cut outside strings); the stream walks them and indexes the next window, from the token it stands
// on, when they run out. What is skipped costs stage one and a walk over brackets. A value taken whole is made to fit:
// the window is moved to its start, and grows.
//
//   JsonStream stream(*file);
//   while (stream.NextDocument()) {             // one JSON text, or several one after the other, or NDJSON
//     if (!stream.EnterObject()) continue;      // not an object: skipped
//     std::string_view key;
//     while (stream.NextKey(&key)) {
//       if (key == "items" && stream.EnterArray()) {
//         while (stream.NextElement()) Use(stream.TakeValue());
//       }                                       // what is not taken or entered is skipped
//     }
//   }
//   BYLAW_RETURN_IF_ERROR(stream.status());
//
// Invariants: Next… leaves the stream before one value, which is then entered, taken or (by the next Next…) skipped; a
// Next… that returns false has left the container. After a failure every Next… and Enter… is false, every value
// missing, and status() says what was wrong: the first fault in the file, found by reading it again strictly
// (json_fault.h), so the wording is exact and costs nothing when all is well. In skipped values only strings, UTF-8 and
// the balance of brackets are checked. Thread safety: none; several streams over one InputFile are independent.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_indexer.h"
#include "runtime/json/json_landmarks.h"
#include "runtime/json/json_value.h"

namespace bylaw {

class JsonPaths;
class JsonExtraction;

class JsonStream {
 public:
  struct Options {
    size_t window_bytes = size_t{256} << 10;    ///< usual window
    size_t max_window_bytes = size_t{1} << 30;  ///< most that one value taken whole (or one string) may need
    uint32_t max_depth = 512;                   ///< most containers within each other, in what is entered or taken
    uint64_t begin = 0;                         ///< where to start: at a value (nothing before it is looked at)
    std::atomic<uint64_t>* position = nullptr;  ///< where to tell how far reading has come, `position_base` added
    uint64_t position_base = 0;
    const std::atomic<bool>* cancelled = nullptr;  ///< looked at once a window: true ends the stream with an error
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();  ///< likewise
    bool in_array = false;  ///< `begin` is an element: the stream starts inside its array, before that element
    bool releases = false;  ///< what lies behind is not wanted in memory: see InputFile::Release
    JsonLandmarks* landmarks = nullptr;  ///< where to note what stands where in large arrays and objects
  };

  /// Precondition: `file` outlives the stream.
  explicit JsonStream(const InputFile& file) : JsonStream(file, Options()) {}
  JsonStream(const InputFile& file, const Options& options);
  JsonStream(const JsonStream&) = delete;
  JsonStream& operator=(const JsonStream&) = delete;

  /// Moves to the next value at top level; false at the end of the file or after a failure.
  bool NextDocument();

  /// The kind of the value the stream stands before; kMissing when it stands before none.
  JsonKind kind();
  /// Where that value starts. Precondition: kind() is not kMissing.
  uint64_t offset();

  /// Enters the object or array the stream stands before; false, and nothing moves, if it is something else.
  bool EnterObject();
  bool EnterArray();

  /// Moves to the next field of the object entered last; false, and the object is left, after its last. `key` is valid
  /// until the next call that moves the stream.
  bool NextKey(std::string_view* key);
  /// Moves to the next element of the array entered last; false, and the array is left, after its last.
  bool NextElement();
  /// Where the array entered last begins, and the number in it of the element the stream stands before, from 0.
  uint64_t array_offset() const { return containers_.back().offset; }
  uint64_t element_number() const { return containers_.back().num_elements - 1; }
  /// NextElement or NextKey comes to the element or field of the container entered last that begins at `offset`.
  /// Precondition: one does.
  void JumpTo(uint64_t offset);

  void SkipValue();
  /// Leaves the object or array entered last, from anywhere in it.
  void SkipRest();

  /// The value the stream stands before, whole; the stream moves past it, and the view is valid until the stream moves
  /// again. Missing after a failure.
  JsonValue TakeValue();

  /// As TakeValue, if the value fits the usual window; else missing, and nothing moves.
  JsonValue TakeIfSmall();

  /// Walks the value the stream stands before once, fills `extraction` with what `paths` asks for, and moves past it;
  /// as TakeValue, but with one walk where that and looking up fields take several. Returns the value itself; missing
  /// after a failure.
  JsonValue TakeFields(const JsonPaths& paths, JsonExtraction* extraction);

  /// The offset after the last token walked: after a value was taken or a container left, where it ends.
  uint64_t position() const {
    return token_ == 0 ? index_.file_offset : index_.offset(token_ - 1) + index_.span(token_ - 1).size();
  }

  /// How many containers the stream is in.
  uint32_t depth() const { return static_cast<uint32_t>(containers_.size()); }

  bool failed() const { return index_.fault_offset != JsonIndex::kNoFault; }
  /// Ok, or what was wrong. Reads the file again up to the fault.
  Status status() const;

 private:
  enum class Place : uint8_t {
    kBeforeValue,   ///< token_ starts a value
    kAfterValue,    ///< token_ follows a value, or is the first
    kAfterOpening,  ///< token_ follows the bracket of a container just entered
  };

  bool Load(uint64_t offset, size_t at_least);
  bool Ensure(uint32_t num_tokens);
  void SkipToDepth(int32_t depth);
  template <typename Walk>
  JsonValue TakeWhole(const Walk& walk);
  bool Enter(char bracket);
  bool NextIn(char closing);
  void AddLandmark(uint64_t number);
  bool Fail(uint64_t offset);
  bool FailHere();

  const InputFile& file_;
  Options options_;
  JsonIndexer indexer_;
  JsonIndex index_;
  uint32_t token_ = 0;
  Place place_ = Place::kAfterValue;
  uint64_t window_end_ = 0;
  bool final_ = false;                           ///< the window reaches the end of the file
  uint64_t limit_offset_ = JsonIndex::kNoFault;  ///< of a value that needs a larger window than allowed
  const char* stopped_ = nullptr;                ///< why reading was given up
  struct Container {
    char bracket;               ///< that opens it
    uint64_t offset;            ///< of that
    uint64_t num_elements = 0;  ///< passed or stood before, of an array
  };
  std::vector<Container> containers_;
  uint64_t released_ = 0;       ///< the memory from options_.begin up to here was given back
  uint64_t next_landmark_ = 0;  ///< the least offset that is worth one
  std::string key_;             ///< of a key with escapes
};

/// What is wrong in a file in which something malformed was met, at `offset` or before. Reads it up to there.
Error JsonFaultIn(const InputFile& file, uint64_t offset, uint32_t max_depth);

}  // namespace bylaw
