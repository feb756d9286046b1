#include "runtime/json/input_decoding.h"

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

namespace bylaw {

namespace {

constexpr size_t kChunk = size_t{1} << 18;
/// A packed file in a packed file is unpacked too, but not without end.
constexpr int kMaxLayers = 3;

Error DecodeError(const std::string& name, std::string message, std::string hint = {}) {
  return Error{.message = std::move(message), .file = name, .hint = std::move(hint)};
}

Error TooLarge(const std::string& name, size_t packed, uint64_t unpacked) {
  return DecodeError(name, fmt::format("unpacks to more than {} bytes, from {}", unpacked, packed),
                     "if it is meant to, unpack it and give the unpacked file");
}

uint64_t MostOf(size_t packed, const UnpackLimits& limits) {
  return std::min(limits.max_bytes, std::max<uint64_t>(limits.free_bytes, packed * limits.ratio));
}

Result<std::string> Gunzip(const std::string& name, std::string_view bytes, uint64_t most) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (inflateInit2(&stream, kGzip) != Z_OK) return DecodeError(name, "cannot be unpacked: out of memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  std::string text;
  size_t taken = 0, size = 0;
  int status = Z_OK;
  while (true) {
    if (stream.avail_in == 0 && taken < bytes.size()) {
      const size_t next = std::min(bytes.size() - taken, size_t{1} << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + taken));
      stream.avail_in = static_cast<uInt>(next);
      taken += next;
    }
    text.resize(std::max(text.size(), size + kChunk));
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + size);
    stream.avail_out = static_cast<uInt>(std::min(text.size() - size, size_t{1} << 30));
    const uInt room = stream.avail_out;
    status = inflate(&stream, Z_NO_FLUSH);
    size += room - stream.avail_out;
    if (size > most) return TooLarge(name, bytes.size(), most);
    if (status == Z_STREAM_END) {
      // Files of several members are one text; zeros may pad the end.
      const std::string_view rest = bytes.substr(taken - stream.avail_in);
      if (!rest.starts_with("\x1f\x8b")) break;
      if (inflateReset(&stream) != Z_OK) break;
      continue;
    }
    if (status == Z_BUF_ERROR && stream.avail_in == 0 && taken == bytes.size())
      return DecodeError(name, "is a gzip file that ends too early", "fetch it again");
    if (status != Z_OK && status != Z_BUF_ERROR) {
      return DecodeError(
          name, fmt::format("is a damaged gzip file{}", stream.msg == nullptr ? "" : fmt::format(": {}", stream.msg)),
          "fetch it again");
    }
    if (text.size() - size < kChunk / 2) text.resize(text.size() * 2);
  }
  text.resize(size);
  return text;
}

Result<std::string> Unzstd(const std::string& name, std::string_view bytes, uint64_t most) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  if (stream == nullptr) return DecodeError(name, "cannot be unpacked: out of memory");
  std::string text;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t size = 0, left = 0;
  while (in.pos < in.size || left != 0) {
    if (text.size() - size < kChunk) text.resize(std::max(size + kChunk, text.size() * 2));
    ZSTD_outBuffer out{text.data() + size, text.size() - size, 0};
    const size_t before = in.pos;
    left = ZSTD_decompressStream(stream.get(), &out, &in);
    if (ZSTD_isError(left) != 0)
      return DecodeError(name, fmt::format("is a damaged zstd file: {}", ZSTD_getErrorName(left)), "fetch it again");
    size += out.pos;
    if (size > most) return TooLarge(name, bytes.size(), most);
    if (in.pos == in.size && in.pos == before && out.pos == 0 && left != 0)
      return DecodeError(name, "is a zstd file that ends too early", "fetch it again");
  }
  text.resize(size);
  return text;
}

enum class Wide : uint8_t { kNone, kUtf16Little, kUtf16Big, kUtf32Little, kUtf32Big };

/// By the byte order mark, else by where NUL bytes stand in the first two characters, of which JSON, YAML and HCL make the first ASCII.
Wide WideEncoding(std::string_view bytes) {
  const auto starts = [&](std::initializer_list<int> pattern) {
    if (bytes.size() < pattern.size()) return false;
    size_t i = 0;
    for (int expected : pattern) {
      const int seen = static_cast<uint8_t>(bytes[i++]);
      if (expected == -1 ? seen == 0 : seen != expected) return false;
    }
    return true;
  };
  constexpr int kAny = -1;  // any byte but NUL
  if (starts({0xFF, 0xFE, 0x00, 0x00}) || starts({kAny, 0x00, 0x00, 0x00})) return Wide::kUtf32Little;
  if (starts({0x00, 0x00, 0xFE, 0xFF}) || starts({0x00, 0x00, 0x00, kAny})) return Wide::kUtf32Big;
  if (starts({0xFF, 0xFE}) || starts({kAny, 0x00})) return Wide::kUtf16Little;
  if (starts({0xFE, 0xFF}) || starts({0x00, kAny})) return Wide::kUtf16Big;
  return Wide::kNone;
}

void AppendScalar(uint32_t scalar, std::string* text) {
  if (scalar < 0x80) {
    *text += static_cast<char>(scalar);
  } else if (scalar < 0x800) {
    *text += static_cast<char>(0xC0 | scalar >> 6);
    *text += static_cast<char>(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    *text += static_cast<char>(0xE0 | scalar >> 12);
    *text += static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
    *text += static_cast<char>(0x80 | (scalar & 0x3F));
  } else {
    *text += static_cast<char>(0xF0 | scalar >> 18);
    *text += static_cast<char>(0x80 | (scalar >> 12 & 0x3F));
    *text += static_cast<char>(0x80 | (scalar >> 6 & 0x3F));
    *text += static_cast<char>(0x80 | (scalar & 0x3F));
  }
}

Result<std::string> Narrow(const std::string& name, std::string_view bytes, Wide wide) {
  const bool little = wide == Wide::kUtf16Little || wide == Wide::kUtf32Little;
  const size_t width = wide == Wide::kUtf16Little || wide == Wide::kUtf16Big ? 2 : 4;
  const char* shown = width == 2 ? "UTF-16" : "UTF-32";
  if (bytes.size() % width != 0)
    return DecodeError(name, fmt::format("is {} text that ends within a character", shown),
                       "write it again, best as UTF-8");
  auto unit = [&](size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i)
      value |= uint32_t{static_cast<uint8_t>(bytes[at + i])} << 8 * (little ? i : width - 1 - i);
    return value;
  };
  std::string text;
  text.reserve(bytes.size() / width);
  uint32_t line = 1;
  for (size_t at = 0; at < bytes.size(); at += width) {
    uint32_t scalar = unit(at);
    if (at == 0 && scalar == 0xFEFF) continue;
    const bool high = scalar >= 0xD800 && scalar < 0xDC00;
    if (width == 2 && high && at + 2 < bytes.size()) {
      const uint32_t low = unit(at + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    if ((scalar >= 0xD800 && scalar < 0xE000) || scalar > 0x10FFFF) {
      return Error{.message = fmt::format("is {} text with something in it that is no character", shown),
                   .file = name,
                   .line = line,
                   .column = 1,
                   .hint = "write it again, best as UTF-8"};
    }
    if (scalar == '\n') ++line;
    AppendScalar(scalar, &text);
  }
  return text;
}

struct Packing {
  std::string_view name, command;
};

std::optional<Packing> PackingNotRead(std::string_view bytes) {
  if (bytes.starts_with("BZh")) return Packing{"bzip2", "bunzip2 -c"};
  if (bytes.starts_with(std::string_view("\xfd"
                                         "7zXZ\0",
                                         6)))
    return Packing{"xz", "xz -dc"};
  if (bytes.starts_with("PK\x03\x04")) return Packing{"zip", "unzip -p"};
  return std::nullopt;
}

/// `terraform plan -out`: a zip archive whose first member is the plan.
bool IsSavedPlan(std::string_view bytes) {
  constexpr size_t kMemberName = 30;
  return bytes.starts_with("PK\x03\x04") && bytes.size() > kMemberName &&
         bytes.substr(kMemberName).starts_with("tfplan");
}

}  // namespace

Result<std::optional<std::string>> DecodeInput(const std::string& name, std::string_view bytes,
                                               const UnpackLimits& limits) {
  std::optional<std::string> text;
  const uint64_t most = MostOf(bytes.size(), limits);
  for (int layer = 0; layer < kMaxLayers; ++layer) {
    const std::string_view seen = text ? std::string_view(*text) : bytes;
    if (seen.starts_with("\x1f\x8b")) {
      BYLAW_ASSIGN(text, Gunzip(name, seen, most));
    } else if (seen.starts_with("\x28\xb5\x2f\xfd")) {
      BYLAW_ASSIGN(text, Unzstd(name, seen, most));
    } else if (IsSavedPlan(seen)) {
      return DecodeError(
          name, "is a plan as Terraform saves it, for itself",
          fmt::format("give it as JSON: `terraform show -json {} | bylaw … -`", name == "-" ? "PLAN" : name));
    } else if (const auto packing = PackingNotRead(seen)) {
      return DecodeError(
          name, fmt::format("is compressed with {}", packing->name),
          fmt::format("unpack it first: `{} {} | bylaw … -`", packing->command, name == "-" ? "FILE" : name));
    } else if (const Wide wide = WideEncoding(seen); wide != Wide::kNone) {
      BYLAW_ASSIGN(text, Narrow(name, seen, wide));
    } else {
      return text;
    }
  }
  return DecodeError(name, "is packed more than twice over", "unpack it first");
}

}  // namespace bylaw
