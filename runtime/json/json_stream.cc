#include "runtime/json/json_stream.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/json/json_fault.h"
#include "runtime/json/json_path.h"

namespace bylaw {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// A good place to cut `text` at or somewhat before `end`: one that is likely outside a string, and surely after an
/// ASCII character. A line feed cannot stand in a string; `":` is nearly always the end of a key. A wrong guess costs
/// indexing the window again.
size_t GuessCut(std::string_view text, size_t begin, size_t end) {
  const size_t lowest = end - std::min<size_t>((end - begin) / 2, 4096);
  const std::string_view tail = text.substr(lowest, end - lowest);
  if (const size_t feed = tail.rfind('\n'); feed != std::string_view::npos) return lowest + feed + 1;
  for (size_t colon = tail.rfind("\":"); colon != std::string_view::npos && colon > 0;
       colon = tail.rfind("\":", colon - 1)) {
    if (tail[colon - 1] != '\\') return lowest + colon + 2;
  }
  return end;
}

/// The place after the quote that closes the string in which `at` lies; nullopt when the text ends first.
std::optional<size_t> EndOfString(std::string_view text, size_t begin, size_t at) {
  size_t backslashes = 0;
  while (at - backslashes > begin && text[at - backslashes - 1] == '\\') ++backslashes;
  bool escaped = backslashes % 2 == 1;
  for (; at < text.size(); ++at) {
    if (escaped) {
      escaped = false;
    } else if (text[at] == '\\') {
      escaped = true;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::nullopt;
}

/// What is taken may be as deep as the containers around it leave.
void LimitDepth(uint32_t max_depth, size_t num_around, JsonIndex* index) {
  const size_t left = max_depth > num_around ? max_depth - num_around : 0;
  index->max_depth = static_cast<int32_t>(std::min<size_t>(left, 1u << 30));
}

}  // namespace

JsonStream::JsonStream(const InputFile& file, const Options& options) : file_(file), options_(options) {
  options_.max_window_bytes = std::min(options_.max_window_bytes, (size_t{1} << 32) - 4096);
  options_.window_bytes = std::clamp<size_t>(options_.window_bytes, 16, options_.max_window_bytes);
  LimitDepth(options_.max_depth, 0, &index_);
  if (options_.in_array) {
    containers_.push_back({'[', JsonLandmarks::kUnknownArray});
    place_ = Place::kAfterOpening;
    LimitDepth(options_.max_depth, containers_.size(), &index_);
  }
  released_ = options_.begin;
  next_landmark_ = options_.begin + JsonLandmarks::kSpacing;
  Load(std::min<uint64_t>(options_.begin, file_.text().size()), 0);
}

/// Moves the window so that its first token is the one at or after `offset`.
bool JsonStream::Load(uint64_t offset, size_t at_least) {
  if (options_.position != nullptr)
    options_.position->store(options_.position_base + offset, std::memory_order_relaxed);
  if (options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed)) {
    stopped_ = "the reading was cancelled";
  } else if (options_.deadline != std::chrono::steady_clock::time_point::max() &&
             std::chrono::steady_clock::now() > options_.deadline) {
    stopped_ = "the reading took longer than its time budget";
  }
  if (stopped_ != nullptr) return Fail(offset);
  const std::string_view text = file_.text();
  size_t begin = static_cast<size_t>(offset);
  while (begin < text.size() && IsSpace(text[begin])) ++begin;
  if (options_.releases && begin >= released_ + InputFile::kReleaseBytes) {
    file_.Release(released_, begin);
    released_ = begin;
  }
  token_ = 0;
  index_.num_tokens = 0;
  for (size_t wanted = std::max(options_.window_bytes, at_least);; wanted *= 2) {
    if (wanted > options_.max_window_bytes && text.size() - begin > options_.max_window_bytes) {
      limit_offset_ = begin;
      return Fail(begin);
    }
    final_ = wanted >= text.size() - begin;
    size_t end = final_ ? text.size() : GuessCut(text, begin, begin + wanted);
    JsonIndexer::Outcome outcome = indexer_.Index(text.substr(begin, end - begin));
    if (outcome == JsonIndexer::Outcome::kUnclosedString && !final_) {
      const auto closed = EndOfString(text, begin, end);
      if (!closed) return Fail(begin);
      end = *closed;
      final_ = end == text.size();
      if (end - begin > options_.max_window_bytes) {
        limit_offset_ = begin + wanted;
        return Fail(begin);
      }
      outcome = indexer_.Index(text.substr(begin, end - begin));
    }
    if (outcome != JsonIndexer::Outcome::kDone) return Fail(begin);
    index_.text = text.data() + begin;
    index_.file_offset = begin;
    index_.tokens = indexer_.tokens();
    window_end_ = end;
    // The last token of a window may go on behind it: it is the first of the next.
    index_.num_tokens = final_ ? indexer_.num_tokens() : std::max(indexer_.num_tokens(), 1u) - 1;
    if (final_ || index_.num_tokens > 0) return true;
  }
}

/// Makes the current token and those after it, `num_tokens` in all, present; false at the end of the file or after a
/// failure.
bool JsonStream::Ensure(uint32_t num_tokens) {
  while (index_.num_tokens - token_ < num_tokens) {
    if (final_ || failed()) return false;
    const size_t held = token_ == 0 ? static_cast<size_t>(window_end_ - index_.file_offset) : 0;
    if (!Load(index_.offset(token_), 2 * held)) return false;
  }
  return true;
}

bool JsonStream::Fail(uint64_t offset) {
  index_.Fault(offset);
  return false;
}

bool JsonStream::FailHere() { return Fail(token_ < index_.num_tokens ? index_.offset(token_) : window_end_); }

bool JsonStream::NextDocument() {
  if (!containers_.empty()) {
    SkipToDepth(static_cast<int32_t>(containers_.size()));
    containers_.clear();
  } else if (place_ == Place::kBeforeValue) {
    SkipValue();
  }
  place_ = Place::kAfterValue;
  if (failed() || !Ensure(1)) return false;
  if (!StartsJsonValue(index_.at(token_))) return FailHere();
  place_ = Place::kBeforeValue;
  return true;
}

JsonKind JsonStream::kind() {
  if (failed() || place_ != Place::kBeforeValue) return JsonKind::kMissing;
  return JsonValue(&index_, token_).kind();
}

uint64_t JsonStream::offset() {
  BYLAW_CHECK(place_ == Place::kBeforeValue, "not before a value");
  return index_.offset(token_);
}

bool JsonStream::EnterObject() { return Enter('{'); }
bool JsonStream::EnterArray() { return Enter('['); }

bool JsonStream::Enter(char bracket) {
  if (failed() || place_ != Place::kBeforeValue || index_.at(token_) != bracket) return false;
  if (containers_.size() >= options_.max_depth) return FailHere();
  containers_.push_back({bracket, index_.offset(token_)});
  LimitDepth(options_.max_depth, containers_.size(), &index_);
  ++token_;
  place_ = Place::kAfterOpening;
  return true;
}

/// Moves to where the next key or element must stand; false, and the container is left, when it ends.
bool JsonStream::NextIn(char closing) {
  if (failed()) return false;
  BYLAW_CHECK(!containers_.empty() && containers_.back().bracket + 2 >= closing && containers_.back().bracket < closing,
              "the container entered last does not end with `{}`", closing);
  if (place_ == Place::kBeforeValue) SkipValue();
  if (failed()) return false;
  if (!Ensure(1)) return FailHere();
  const char c = index_.at(token_);
  if (c == closing) {
    ++token_;
    containers_.pop_back();
    LimitDepth(options_.max_depth, containers_.size(), &index_);
    place_ = Place::kAfterValue;
    return false;
  }
  if (place_ == Place::kAfterOpening) return true;
  if (c != ',') return FailHere();
  ++token_;
  return true;
}

bool JsonStream::NextKey(std::string_view* key) {
  if (!NextIn('}')) return false;
  if (!Ensure(3)) return failed() ? false : Fail(file_.text().size());
  for (const bool fits :
       {index_.at(token_) == '"', index_.at(token_ + 1) == ':', StartsJsonValue(index_.at(token_ + 2))}) {
    if (!fits) return FailHere();
  }
  const std::string_view quoted = index_.span(token_);
  const JsonString name(&index_, quoted.substr(1, quoted.size() - 2));
  if (name.has_escapes()) {
    key_ = name.ToString();
    *key = key_;
  } else {
    *key = name.raw();
  }
  // Small objects are passed quickly without; the landmark is one for the array that they stand in.
  const uint64_t object = containers_.back().offset;
  if (options_.landmarks != nullptr && index_.offset(token_) >= next_landmark_ &&
      index_.offset(token_) - object >= JsonLandmarks::kSpacing)
    AddLandmark(0);
  token_ += 2;
  place_ = Place::kBeforeValue;
  return !failed();
}

bool JsonStream::NextElement() {
  if (!NextIn(']')) return false;
  if (!Ensure(1)) return failed() ? false : Fail(file_.text().size());
  if (!StartsJsonValue(index_.at(token_))) return FailHere();
  place_ = Place::kBeforeValue;
  Container& array = containers_.back();
  ++array.num_elements;
  if (options_.landmarks != nullptr && index_.offset(token_) >= next_landmark_) AddLandmark(array.num_elements - 1);
  return true;
}

/// The element or field at the current token is element `number` of the container entered last.
void JsonStream::AddLandmark(uint64_t number) {
  options_.landmarks->Add(containers_.back().offset, number, index_.offset(token_));
  next_landmark_ = index_.offset(token_) + JsonLandmarks::kSpacing;
}

void JsonStream::JumpTo(uint64_t offset) {
  if (failed()) return;
  BYLAW_CHECK(!containers_.empty(), "in no container");
  Load(offset, 0);
  place_ = Place::kAfterOpening;
}

void JsonStream::SkipValue() {
  if (failed()) return;
  BYLAW_CHECK(place_ == Place::kBeforeValue, "not before a value");
  SkipToDepth(0);
}

void JsonStream::SkipRest() {
  if (failed()) return;
  BYLAW_CHECK(!containers_.empty(), "in no container");
  SkipToDepth(1);
  containers_.pop_back();
  LimitDepth(options_.max_depth, containers_.size(), &index_);
}

/// Walks on until one value has been passed (0), or that many containers have been left.
void JsonStream::SkipToDepth(int32_t depth) {
  if (failed()) return;
  while (true) {
    uint32_t token = token_;
    const uint32_t num_tokens = index_.num_tokens;
    while (token < num_tokens) {
      depth += json_internal::kDepthStep[static_cast<uint8_t>(index_.at(token))];
      ++token;
      if (depth <= 0) {
        token_ = token;
        place_ = Place::kAfterValue;
        return;
      }
    }
    token_ = token;
    if (final_) {
      Fail(file_.text().size());
      return;
    }
    if (!Load(index_.offset(token), 0)) return;
  }
}

template <typename Walk>
JsonValue JsonStream::TakeWhole(const Walk& walk) {
  if (failed()) return {};
  BYLAW_CHECK(place_ == Place::kBeforeValue, "not before a value");
  while (true) {
    const uint32_t next = walk(index_, token_);
    if (next < kJsonNoStep) {
      const JsonValue value(&index_, token_);
      token_ = next;
      place_ = Place::kAfterValue;
      return value;
    }
    if (next == kJsonFault || final_) {
      Fail(next == kJsonFault ? index_.offset(token_) : file_.text().size());
      return {};
    }
    const size_t held = static_cast<size_t>(window_end_ - index_.offset(token_));
    if (!Load(index_.offset(token_), 2 * held)) return {};
  }
}

JsonValue JsonStream::TakeValue() {
  return TakeWhole([](const JsonIndex& index, uint32_t token) { return SkipJsonValue(index, token); });
}

JsonValue JsonStream::TakeIfSmall() {
  if (failed()) return {};
  BYLAW_CHECK(place_ == Place::kBeforeValue, "not before a value");
  while (true) {
    const uint32_t next = SkipJsonValue(index_, token_);
    if (next < kJsonNoStep) {
      const JsonValue value(&index_, token_);
      token_ = next;
      place_ = Place::kAfterValue;
      return value;
    }
    if (next == kJsonFault || final_ || token_ == 0) return {};
    if (!Load(index_.offset(token_), 0)) return {};
  }
}

JsonValue JsonStream::TakeFields(const JsonPaths& paths, JsonExtraction* extraction) {
  return TakeWhole([&](const JsonIndex& index, uint32_t token) { return extraction->Walk(paths, index, token); });
}

Status JsonStream::status() const {
  if (!failed()) return Ok{};
  if (stopped_ != nullptr) return Error{.message = stopped_, .file = file_.name()};
  if (limit_offset_ != JsonIndex::kNoFault) {
    return file_.ErrorAt(limit_offset_,
                         fmt::format("a value here needs more than {} bytes at once", options_.max_window_bytes),
                         "raise the limit on the size of one value");
  }
  return JsonFaultIn(file_, index_.fault_offset, options_.max_depth);
}

Error JsonFaultIn(const InputFile& file, uint64_t offset, uint32_t max_depth) {
  auto fault = FindJsonFault(file.text(), JsonTexts::kMany, max_depth);
  if (!fault) return file.ErrorAt(offset, "the file changed while it was being read");
  if (fault->opened) {
    const LineColumn place = file.Locate(*fault->opened);
    fault->message += fmt::format(" (in the {} that starts at {}:{})",
                                  file.text()[static_cast<size_t>(*fault->opened)] == '{' ? "object" : "array",
                                  place.line, place.column);
  }
  return file.ErrorAt(fault->offset, std::move(fault->message), std::move(fault->hint));
}

}  // namespace bylaw
