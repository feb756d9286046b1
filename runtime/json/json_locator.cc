#include "runtime/json/json_locator.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "runtime/json/json_stream.h"

namespace bylaw {
namespace {

/// Walks a file in document order beside the sorted offsets; values that hold none of them are passed over.
class Locator {
 public:
  Locator(const InputFile& file, std::span<const uint64_t> offsets, const JsonStream::Options& options,
          const JsonLandmarks* landmarks = nullptr)
      : stream_(file, options), landmarks_(landmarks), offsets_(offsets), pointers_(offsets.size()) {
    order_.resize(offsets.size());
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return offsets[a] < offsets[b]; });
  }

  void Run() {
    while (!Done() && stream_.NextDocument()) {
      WalkStream();
      ++document_;
    }
    if (document_ > 0) --document_;
    while (!Done()) Answer();
  }

  /// The first value alone.
  void RunFirst() {
    if (!Done() && stream_.NextDocument()) WalkStream();
    while (!Done()) Answer();
  }

  struct Pointer {
    std::string text;
    uint32_t document = 0;
  };
  std::vector<Pointer> TakePointers() { return std::move(pointers_); }

 private:
  bool Done() const { return next_ == order_.size(); }
  bool WantedBefore(uint64_t end) const { return !Done() && offsets_[order_[next_]] < end; }
  void Answer() { pointers_[order_[next_++]] = {path_, document_}; }
  void AnswerBefore(uint64_t end) {
    while (WantedBefore(end)) Answer();
  }

  template <typename Walk>
  void Below(std::string_view step, const Walk& walk) {
    const size_t size = path_.size();
    path_ += '/';
    path_ += step;
    walk();
    path_.resize(size);
  }

  void WalkStream() {
    const uint64_t begin = stream_.offset();
    if (const JsonValue small = stream_.TakeIfSmall()) {
      if (WantedBefore(stream_.position())) WalkView(small, stream_.position());
      return;
    }
    AnswerBefore(begin + 1);
    std::string_view key;
    uint64_t number = 0;
    size_t sought = order_.size();  // what next_ was when the landmarks were last asked
    // Goes on shortly before what is to be found next.
    const auto jump = [&] {
      if (landmarks_ == nullptr || sought == next_) return;
      sought = next_;
      const JsonLandmarks::Landmark* near = landmarks_->Before(begin, offsets_[order_[next_]]);
      if (near == nullptr || near->offset <= stream_.position()) return;
      stream_.JumpTo(near->offset);
      number = near->number;
    };
    if (stream_.EnterObject()) {
      while (!Done()) {
        jump();
        if (!stream_.NextKey(&key)) break;
        Below(EscapeJsonPointer(key), [&] { WalkStream(); });
      }
    } else if (stream_.EnterArray()) {
      while (!Done()) {
        jump();
        if (!stream_.NextElement()) break;
        Below(std::to_string(number++), [&] { WalkStream(); });
      }
    } else {
      stream_.SkipValue();
    }
    AnswerBefore(stream_.position());
  }

  void WalkView(JsonValue value, uint64_t end) {
    AnswerBefore(value.offset() + 1);
    const auto walk = [&](JsonValue child) {
      const uint64_t child_end = child.offset() + child.raw().size();
      if (WantedBefore(child_end)) WalkView(child, child_end);
    };
    if (value.is_object()) {
      for (const JsonField& field : value.fields()) {
        if (!WantedBefore(end)) return;
        Below(EscapeJsonPointer(field.key.ToString()), [&] { walk(field.value); });
      }
    } else if (value.is_array()) {
      uint64_t i = 0;
      for (const JsonValue& element : value.elements()) {
        if (!WantedBefore(end)) return;
        Below(std::to_string(i++), [&] { walk(element); });
      }
    }
    AnswerBefore(end);
  }

  JsonStream stream_;
  const JsonLandmarks* landmarks_;
  std::span<const uint64_t> offsets_;
  std::vector<size_t> order_;  ///< of offsets_, ascending
  size_t next_ = 0;            ///< in order_
  std::string path_;
  uint32_t document_ = 0;
  std::vector<Pointer> pointers_;  ///< [offsets]
};

}  // namespace

std::vector<SourcePosition> LocateJson(const InputFile& file, std::span<const uint64_t> offsets,
                                       const JsonLandmarks* landmarks, size_t window_bytes) {
  Locator locator(file, offsets, {.window_bytes = window_bytes, .releases = true}, landmarks);
  locator.Run();
  std::vector<SourcePosition> positions;
  positions.reserve(offsets.size());
  for (Locator::Pointer& pointer : locator.TakePointers()) {
    const LineColumn place = file.Locate(offsets[positions.size()]);
    positions.push_back({place.line, place.column, pointer.document, std::move(pointer.text)});
  }
  return positions;
}

std::vector<std::string> JsonPointersWithin(const InputFile& file, uint64_t base, std::span<const uint64_t> offsets) {
  Locator locator(file, offsets, {.begin = base});
  locator.RunFirst();
  std::vector<std::string> pointers;
  pointers.reserve(offsets.size());
  for (Locator::Pointer& pointer : locator.TakePointers()) pointers.push_back(std::move(pointer.text));
  return pointers;
}

std::string EscapeJsonPointer(std::string_view key) {
  std::string escaped;
  escaped.reserve(key.size());
  for (char c : key) {
    if (c == '~') {
      escaped += "~0";
    } else if (c == '/') {
      escaped += "~1";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace bylaw
