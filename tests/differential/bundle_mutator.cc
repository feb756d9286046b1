#include "tests/differential/bundle_mutator.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/layout.h"

namespace bylaw::differential {
namespace {

constexpr size_t kHeaderSize = 32;

using Random = std::mt19937_64;
uint64_t Below(Random& random, uint64_t n) { return n == 0 ? 0 : random() % n; }

/// Another number in place of an index, a register or a count of things: near it, one that stands elsewhere, none, any.
template <typename T>
T OtherNumber(Random& random, T value, const std::vector<T>& elsewhere) {
  switch (Below(random, 8)) {
    case 0: return static_cast<T>(value + 1);
    case 1: return static_cast<T>(value - 1);
    case 2: return std::numeric_limits<T>::max();
    case 3: return static_cast<T>(random());
    case 4: return static_cast<T>(Below(random, uint64_t{value} + 4));
    case 5: return static_cast<T>(Below(random, 16));
    default: return elsewhere.empty() ? T{0} : elsewhere[Below(random, elsewhere.size())];
  }
}

/// Goes through the fields of an entry (layout.h). Without a target it counts them and notes the numbers that there are;
/// with one it changes that field.
class FieldVisitor {
 public:
  explicit FieldVisitor(Random& random) : random_(random) {}

  size_t num_fields() const { return next_; }
  /// What is visited from here on is changed at this field.
  void Target(size_t field) {
    target_ = field;
    next_ = 0;
  }

  void operator()(bool& value) {
    if (IsTarget()) value = !value;
  }
  void operator()(uint16_t& value) { Number(value, registers_); }
  void operator()(uint32_t& value) { Number(value, indices_); }
  void operator()(uint64_t& value) {
    if (IsTarget()) value = Below(random_, 2) == 0 ? random_() : value + 1;
  }
  void operator()(int64_t& value) {
    if (IsTarget()) value = static_cast<int64_t>(Below(random_, 2) == 0 ? random_() : static_cast<uint64_t>(value) + 1);
  }
  void operator()(std::string& text) {
    if (!IsTarget()) return;
    switch (Below(random_, 4)) {
      case 0: text.clear(); break;
      case 1: text.resize(Below(random_, text.size() + 1)); break;
      case 2: text.insert(Below(random_, text.size() + 1), 1, static_cast<char>(random_())); break;
      default: text += text; break;
    }
  }
  template <typename E>
  void Enum(E& value, int num_values) {
    if (IsTarget()) value = static_cast<E>(Below(random_, static_cast<uint64_t>(num_values)));
  }
  template <typename T>
  void operator()(std::vector<T>& values) {
    if (IsTarget()) Resize(values);
    for (T& value : values) (*this)(value);
  }
  template <typename T>
  void operator()(std::optional<T>& value) {
    if (IsTarget()) {
      if (value) {
        value.reset();
      } else {
        value.emplace();
      }
    }
    if (value) (*this)(*value);
  }
  template <typename T>
  void operator()(T& value) requires(std::is_class_v<T>) {
    Visit(*this, value);
  }

  /// Takes an element out, doubles one, or lets two change places.
  template <typename T>
  void Resize(std::vector<T>& values) {
    if (values.empty()) return void(values.emplace_back());
    const auto at = static_cast<std::ptrdiff_t>(Below(random_, values.size()));
    const auto other = static_cast<std::ptrdiff_t>(Below(random_, values.size()));
    switch (Below(random_, 3)) {
      case 0: values.erase(values.begin() + at); break;
      case 1: values.insert(values.begin() + other, T(values[static_cast<size_t>(at)])); break;
      default: std::swap(values[static_cast<size_t>(at)], values[static_cast<size_t>(other)]); break;
    }
  }

 private:
  bool IsTarget() { return next_++ == target_; }
  template <typename T>
  void Number(T& value, std::vector<T>& elsewhere) {
    if (target_ == kCounting) elsewhere.push_back(value);
    if (IsTarget()) value = OtherNumber(random_, value, elsewhere);
  }

  static constexpr size_t kCounting = std::numeric_limits<size_t>::max();

  Random& random_;
  size_t target_ = kCounting, next_ = 0;
  std::vector<uint16_t> registers_;
  std::vector<uint32_t> indices_;
};

}  // namespace

std::string BundleMutator::Mutate(const Program& program) {
  std::string bytes;
  if (Below(3) == 0) {
    bytes = Bytes(Encode(program));
  } else {
    Program changed = program;
    for (uint64_t times = 1 + Below(3); times > 0; --times) Field(changed);
    bytes = Encode(changed);
  }
  RepairChecksum(bytes);
  return bytes;
}

std::string BundleMutator::Bytes(std::string bytes) {
  for (uint64_t times = 1 + Below(4); times > 0 && bytes.size() > kHeaderSize + 64; --times) {
    const size_t at = Below(8) == 0 ? 8 + Below(bytes.size() - 8) : kHeaderSize + Below(bytes.size() - kHeaderSize);
    switch (Below(6)) {
      case 0: bytes[at] = static_cast<char>(Below(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] + (Below(2) == 0 ? 1 : -1)); break;
      case 2: bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8))); break;
      case 3: bytes.erase(at, 1 + Below(4)); break;
      case 4: bytes.insert(at, 1 + Below(4), static_cast<char>(Below(256))); break;
      default: {
        const size_t from = kHeaderSize + Below(bytes.size() - kHeaderSize);
        const size_t length = std::min<size_t>(1 + Below(16), bytes.size() - std::max(at, from));
        for (size_t k = 0; k < length; ++k) std::swap(bytes[at + k], bytes[from + k]);
      }
    }
  }
  return bytes;
}

void BundleMutator::Field(Program& program) {
  // First a section, then an entry, then a field: or the many spans would be nearly all that is ever changed.
  std::vector<std::function<void()>> sections;
  VisitSections(
      [&](const char*, auto& entries) {
        if (entries.empty()) return;
        sections.emplace_back([&] {
          FieldVisitor visitor(random_);
          if (Below(16) == 0) return visitor.Resize(entries);
          auto& entry = entries[Below(entries.size())];
          visitor(entry);
          const size_t target = Below(visitor.num_fields());
          visitor.Target(target);
          visitor(entry);
        });
      },
      program);
  if (!sections.empty()) sections[Below(sections.size())]();
}

}  // namespace bylaw::differential
