#include "runtime/bytecode/codec.h"

#include <array>
#include <cstring>
#include <type_traits>
#include <unordered_map>

#include "runtime/builtins/functions.h"
#include "runtime/bytecode/layout.h"
#include "runtime/bytecode/opcode_info.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw {
namespace {

constexpr size_t kInstructionSetOffset = 16;
constexpr size_t kChecksumOffset = 24;
constexpr size_t kHeaderSize = 32;
constexpr size_t kSectionEntrySize = 16;

uint64_t Fnv1a(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : bytes) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return hash;
}

void PutFixed(std::string& out, uint64_t value, int num_bytes) {
  for (int i = 0; i < num_bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

uint64_t GetFixed(std::string_view bytes, size_t offset, int num_bytes) {
  uint64_t value = 0;
  for (int i = 0; i < num_bytes; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[offset + static_cast<size_t>(i)])) << (8 * i);
  }
  return value;
}

/// Changes when an opcode or a built-in function comes, goes, moves or changes its types.
uint64_t InstructionSet() {
  std::string text;
  for (const OpcodeInfo& info : OpcodeTable()) text += fmt::format("{} {} {}\n", info.text, info.operands, info.types);
  for (const FunctionInfo& info : BuiltinFunctions()) text += fmt::format("{} {}\n", info.id_name, info.signature_text);
  return Fnv1a(text);
}

uint32_t Tag(const char* name) { return static_cast<uint32_t>(GetFixed(std::string_view(name, 4), 0, 4)); }

/// Writes fields as varints. Indices that may be kNone are shifted by one, so that "none" is the byte 0.
class Encoder {
 public:
  void operator()(bool value) { out_.push_back(value ? 1 : 0); }
  void operator()(uint16_t value) { Varint(static_cast<uint16_t>(value + 1)); }
  void operator()(uint32_t value) { Varint(static_cast<uint32_t>(value + 1)); }
  void operator()(uint64_t value) { Varint(value); }
  void operator()(int64_t value) { Varint(static_cast<uint64_t>(value)); }
  void operator()(std::string& text) {
    auto [it, is_new] = string_ids_.try_emplace(text, static_cast<uint32_t>(strings_.size()));
    if (is_new) strings_.push_back(text);
    Varint(it->second);
  }
  template <typename E>
  void Enum(E value, int) {
    Varint(static_cast<uint64_t>(value));
  }
  template <typename T>
  void operator()(std::vector<T>& values) {
    Varint(values.size());
    for (T& value : values) Field(value);
  }
  template <typename T>
  void operator()(std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) Field(*value);
  }
  template <typename T>
  void operator()(T& value) requires(std::is_class_v<T>) {
    Visit(*this, value);
  }
  template <typename T>
  void Field(T& value) {
    (*this)(value);
  }

  void Varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }

  std::string TakeBytes() { return std::exchange(out_, {}); }
  const std::vector<std::string>& strings() const { return strings_; }

 private:
  std::string out_;
  std::unordered_map<std::string, uint32_t> string_ids_;
  std::vector<std::string> strings_;
};

/// Reads what Encoder writes. After the first fault every read gives zero and nothing grows; the caller looks at fault() at the end.
class Decoder {
 public:
  Decoder(std::string_view bytes, const std::vector<std::string>& strings) : bytes_(bytes), strings_(strings) {}

  void operator()(bool& value) {
    uint64_t raw = Varint();
    if (raw > 1) Fail("a flag that is neither 0 nor 1");
    value = raw == 1;
  }
  void operator()(uint16_t& value) { value = static_cast<uint16_t>(Bounded(0xFFFF) - 1); }
  void operator()(uint32_t& value) { value = static_cast<uint32_t>(Bounded(0xFFFFFFFF) - 1); }
  void operator()(uint64_t& value) { value = Varint(); }
  void operator()(int64_t& value) { value = static_cast<int64_t>(Varint()); }
  void operator()(std::string& text) {
    uint64_t id = Varint();
    if (id >= strings_.size()) return Fail("a string index out of range");
    text = strings_[id];
    text_bytes_ += text.size();
    // Each use of a string costs a byte or more in the file but its whole length in memory: bound the product.
    if (text_bytes_ > kMaxTextBytes) Fail("more text than a program may have");
  }
  template <typename E>
  void Enum(E& value, int num_values) {
    uint64_t raw = Varint();
    if (raw >= static_cast<uint64_t>(num_values)) return Fail("an enumeration value out of range");
    value = static_cast<E>(raw);
  }
  template <typename T>
  void operator()(std::vector<T>& values) {
    uint64_t count = Varint();
    if (count > bytes_.size() - position_) return Fail("a count that is larger than what is left");
    for (uint64_t i = 0; i < count && fault_.empty(); ++i) Field(values.emplace_back());
  }
  template <typename T>
  void operator()(std::optional<T>& value) {
    bool has_value = false;
    (*this)(has_value);
    if (has_value) Field(value.emplace());
  }
  template <typename T>
  void operator()(T& value) requires(std::is_class_v<T>) {
    Visit(*this, value);
  }
  template <typename T>
  void Field(T& value) {
    (*this)(value);
  }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (position_ >= bytes_.size()) {
        Fail("an entry that is cut off");
        return 0;
      }
      auto byte = static_cast<uint8_t>(bytes_[position_++]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    Fail("a number that is too long");
    return 0;
  }

  std::string_view Bytes(uint64_t size) {
    if (size > bytes_.size() - position_) {
      Fail("text that is cut off");
      return {};
    }
    std::string_view result = bytes_.substr(position_, size);
    position_ += size;
    return result;
  }

  void Fail(std::string_view what) {
    if (fault_.empty()) fault_ = what;
    position_ = bytes_.size();
  }
  bool at_end() const { return position_ == bytes_.size(); }
  const std::string& fault() const { return fault_; }

 private:
  static constexpr uint64_t kMaxTextBytes = 256u << 20;

  uint64_t Bounded(uint64_t max) {
    uint64_t raw = Varint();
    if (raw > max) Fail("a number out of range");
    return raw > max ? 0 : raw;
  }

  std::string_view bytes_;
  const std::vector<std::string>& strings_;
  size_t position_ = 0;
  uint64_t text_bytes_ = 0;
  std::string fault_;
};

struct SectionBytes {
  uint32_t tag = 0;
  uint32_t count = 0;
  std::string bytes;
};

Error Broken(const std::string& name, std::string what) {
  return Error{.message = "not a usable bundle: " + std::move(what),
               .file = name,
               .hint = "compile it again with `bylaw compile`"};
}

}  // namespace

std::string Encode(const Program& program) {
  Program copy = program;  // Visit takes references that are not const; the encoder does not write to them
  Encoder encoder;
  std::vector<SectionBytes> sections;
  VisitSections(
      [&](const char* tag, auto& entries) {
        for (auto& entry : entries) encoder.Field(entry);
        sections.push_back({Tag(tag), static_cast<uint32_t>(entries.size()), encoder.TakeBytes()});
      },
      copy);
  const std::vector<std::string> strings = encoder.strings();
  for (const std::string& text : strings) encoder.Varint(text.size());
  std::string string_bytes = encoder.TakeBytes();
  for (const std::string& text : strings) string_bytes += text;
  sections.insert(sections.begin(), {Tag("STRS"), static_cast<uint32_t>(strings.size()), std::move(string_bytes)});

  std::string body;
  size_t offset = kHeaderSize + sections.size() * kSectionEntrySize;
  for (const SectionBytes& section : sections) {
    PutFixed(body, section.tag, 4), PutFixed(body, offset, 4);
    PutFixed(body, section.bytes.size(), 4), PutFixed(body, section.count, 4);
    offset += section.bytes.size();
  }
  for (const SectionBytes& section : sections) body += section.bytes;

  std::string out(kBytecodeMagic);
  PutFixed(out, kBytecodeVersion, 4);
  PutFixed(out, sections.size(), 4);
  PutFixed(out, InstructionSet(), 8);
  PutFixed(out, Fnv1a(body), 8);
  return out + body;
}

void RepairChecksum(std::string& bytes) {
  BYLAW_CHECK(bytes.size() >= kHeaderSize, "{} bytes", bytes.size());
  std::string checksum;
  PutFixed(checksum, Fnv1a(std::string_view(bytes).substr(kHeaderSize)), 8);
  bytes.replace(kChecksumOffset, 8, checksum);
}

Result<Program> DecodeUnverified(std::string_view bytes, const std::string& name) {
  bytes = WithoutSignature(bytes);
  if (!LooksLikeBundle(bytes)) return Broken(name, "it does not begin as a bundle does");
  if (bytes.size() < kHeaderSize) return Broken(name, "it is cut off in the header");
  const uint64_t version = GetFixed(bytes, 8, 4);
  if (version != kBytecodeVersion) {
    return Broken(name,
                  fmt::format("it has format version {}, this program reads version {}", version, kBytecodeVersion));
  }
  if (GetFixed(bytes, kInstructionSetOffset, 8) != InstructionSet()) {
    return Broken(name, "it was compiled for another version's instructions or built-in functions");
  }
  const uint64_t num_sections = GetFixed(bytes, 12, 4);
  if (num_sections > 64 || kHeaderSize + num_sections * kSectionEntrySize > bytes.size()) {
    return Broken(name, "it is cut off in the table of sections");
  }
  std::unordered_map<uint32_t, std::pair<std::string_view, uint32_t>> sections;
  for (size_t i = 0; i < num_sections; ++i) {
    const size_t entry = kHeaderSize + i * kSectionEntrySize;
    const uint64_t offset = GetFixed(bytes, entry + 4, 4), size = GetFixed(bytes, entry + 8, 4);
    if (offset > bytes.size() || size > bytes.size() - offset) return Broken(name, "a section lies outside the file");
    const auto tag = static_cast<uint32_t>(GetFixed(bytes, entry, 4));
    if (!sections.try_emplace(tag, bytes.substr(offset, size), static_cast<uint32_t>(GetFixed(bytes, entry + 12, 4)))
             .second) {
      return Broken(name, "a section occurs twice");
    }
  }

  std::vector<std::string> strings;
  std::string fault;
  auto find = [&](const char* tag) -> std::pair<std::string_view, uint32_t> {
    auto it = sections.find(Tag(tag));
    if (it == sections.end()) {
      if (fault.empty()) fault = fmt::format("section {} is missing", tag);
      return {};
    }
    return it->second;
  };
  {
    auto [section, count] = find("STRS");
    Decoder decoder(section, strings);
    std::vector<uint64_t> sizes;
    for (uint32_t i = 0; i < count && decoder.fault().empty(); ++i) sizes.push_back(decoder.Varint());
    for (size_t i = 0; i < sizes.size() && decoder.fault().empty(); ++i) strings.emplace_back(decoder.Bytes(sizes[i]));
    if (!decoder.fault().empty()) fault = fmt::format("section STRS has {}", decoder.fault());
  }
  Program program;
  VisitSections(
      [&](const char* tag, auto& entries) {
        if (!fault.empty()) return;
        auto [section, count] = find(tag);
        Decoder decoder(section, strings);
        if (count > section.size()) decoder.Fail("a count that is larger than the section");
        for (uint32_t i = 0; i < count && decoder.fault().empty(); ++i) decoder.Field(entries.emplace_back());
        if (decoder.fault().empty() && !decoder.at_end()) decoder.Fail("bytes behind its last entry");
        if (!decoder.fault().empty()) fault = fmt::format("section {} has {}", tag, decoder.fault());
      },
      program);
  if (!fault.empty()) return Broken(name, fault);
  return program;
}

Result<Program> Decode(std::string_view bytes, const std::string& name) {
  bytes = WithoutSignature(bytes);
  if (bytes.size() >= kHeaderSize && LooksLikeBundle(bytes) && GetFixed(bytes, 8, 4) == kBytecodeVersion &&
      GetFixed(bytes, kChecksumOffset, 8) != Fnv1a(bytes.substr(kHeaderSize))) {
    return Broken(name, "its checksum does not match, so it was changed or cut off");
  }
  BYLAW_ASSIGN(Program program, DecodeUnverified(bytes, name));
  if (auto verified = Verify(program); !verified.ok()) return Broken(name, verified.error().message);
  return program;
}

}  // namespace bylaw
