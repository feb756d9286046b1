#include "runtime/builtins/encoding.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

constexpr std::string_view kBase64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kUpperHexDigits = "0123456789ABCDEF";

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  if (c == '/' || c == '_') return 63;
  return -1;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The message with its padding (a 1 bit, zeros, the length in bits in 8 bytes), in blocks of 64 bytes, to `process`.
template <typename Process>
void ForEachBlock(std::string_view bytes, bool big_endian_length, Process process) {
  size_t position = 0;
  for (; bytes.size() - position >= 64; position += 64)
    process(reinterpret_cast<const unsigned char*>(bytes.data() + position));
  std::array<unsigned char, 128> tail{};
  const size_t rest = bytes.size() - position;
  if (rest > 0) std::memcpy(tail.data(), bytes.data() + position, rest);
  tail[rest] = 0x80;
  const size_t tail_size = rest + 9 <= 64 ? 64 : 128;
  const uint64_t num_bits = static_cast<uint64_t>(bytes.size()) * 8;
  for (size_t i = 0; i < 8; ++i) {
    size_t shift = big_endian_length ? 56 - 8 * i : 8 * i;
    tail[tail_size - 8 + i] = static_cast<unsigned char>(num_bits >> shift);
  }
  for (size_t i = 0; i < tail_size; i += 64) process(tail.data() + i);
}

void AppendHex(std::string& text, unsigned byte) { text += {kHexDigits[(byte >> 4) & 15], kHexDigits[byte & 15]}; }

constexpr std::array<uint32_t, 64> kSha256Constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

}  // namespace

std::optional<std::string> Base64Encode(std::string_view bytes) {
  if (bytes.size() > kMaxTextSize / 4 * 3) return std::nullopt;
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto byte = [&](size_t j) { return i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u; };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    for (size_t j = 0; j < 4; ++j) {
      text += i + j > bytes.size() ? '=' : kBase64Digits[(group >> (18 - 6 * j)) & 63];
    }
  }
  return text;
}

std::optional<std::string> Base64DecodeBytes(std::string_view text) {
  std::string bytes;
  unsigned bits = 0;
  size_t num_digits = 0, num_padding = 0;
  for (char c : text) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
    if (c == '=') {
      ++num_padding;
      continue;
    }
    const int value = Base64Value(c);
    if (value < 0 || num_padding > 0) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    if (++num_digits % 4 == 0) {
      bytes += {static_cast<char>(bits >> 16), static_cast<char>(bits >> 8), static_cast<char>(bits)};
      bits = 0;
    }
  }
  const size_t rest = num_digits % 4;
  if (rest == 1 || (num_padding > 0 && (rest == 0 || rest + num_padding != 4))) return std::nullopt;
  if (rest == 2) {
    if ((bits & 15) != 0) return std::nullopt;
    bytes += static_cast<char>(bits >> 4);
  } else if (rest == 3) {
    if ((bits & 3) != 0) return std::nullopt;
    bytes += {static_cast<char>(bits >> 10), static_cast<char>(bits >> 2)};
  }
  return bytes;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  auto bytes = Base64DecodeBytes(text);
  if (!bytes || !IsUtf8(*bytes)) return std::nullopt;
  return bytes;
}

std::optional<std::string> UrlDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexValue(text[i + 1]), low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!IsUtf8(decoded)) return std::nullopt;
  return decoded;
}

std::optional<std::string> UrlEncode(std::string_view text) {
  std::string encoded;
  for (char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~';
    if (is_plain) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', kUpperHexDigits[byte >> 4], kUpperHexDigits[byte & 15]};
    }
    if (encoded.size() > kMaxTextSize) return std::nullopt;
  }
  return encoded;
}

std::string Sha256Hex(std::string_view bytes) {
  std::array<uint32_t, 8> state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  ForEachBlock(bytes, true, [&](const unsigned char* block) {
    std::array<uint32_t, 64> w;
    for (size_t i = 0; i < 16; ++i) {
      w[i] = static_cast<uint32_t>(block[4 * i]) << 24 | static_cast<uint32_t>(block[4 * i + 1]) << 16 |
             static_cast<uint32_t>(block[4 * i + 2]) << 8 | static_cast<uint32_t>(block[4 * i + 3]);
    }
    for (size_t i = 16; i < 64; ++i) {
      uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
      uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto [a, b, c, d, e, f, g, h] = state;
    for (size_t i = 0; i < 64; ++i) {
      uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
      uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kSha256Constants[i] + w[i];
      uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
      uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g;
      g = f;
      f = e;
      e = d + t1;
      d = c;
      c = b;
      b = a;
      a = t1 + t2;
    }
    const std::array<uint32_t, 8> sum = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) state[i] += sum[i];
  });
  std::string text;
  for (uint32_t word : state) {
    for (int shift = 24; shift >= 0; shift -= 8) AppendHex(text, word >> shift & 255);
  }
  return text;
}

std::string Md5Hex(std::string_view bytes) {
  static constexpr std::array<int, 16> kShifts = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
  static const std::array<uint32_t, 64> kSines = [] {
    std::array<uint32_t, 64> sines{};
    for (size_t i = 0; i < 64; ++i)
      sines[i] = static_cast<uint32_t>(std::floor(std::abs(std::sin(static_cast<double>(i + 1))) * 4294967296.0));
    return sines;
  }();
  std::array<uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  ForEachBlock(bytes, false, [&](const unsigned char* block) {
    auto [a, b, c, d] = state;
    for (size_t i = 0; i < 64; ++i) {
      uint32_t mix = 0;
      size_t word = 0;
      switch (i / 16) {
        case 0: mix = (b & c) | (~b & d), word = i; break;
        case 1: mix = (d & b) | (~d & c), word = (5 * i + 1) % 16; break;
        case 2: mix = b ^ c ^ d, word = (3 * i + 5) % 16; break;
        default: mix = c ^ (b | ~d), word = 7 * i % 16; break;
      }
      uint32_t m = static_cast<uint32_t>(block[4 * word]) | static_cast<uint32_t>(block[4 * word + 1]) << 8 |
                   static_cast<uint32_t>(block[4 * word + 2]) << 16 | static_cast<uint32_t>(block[4 * word + 3]) << 24;
      uint32_t rotated = std::rotl(a + mix + kSines[i] + m, kShifts[i / 16 * 4 + i % 4]);
      a = d;
      d = c;
      c = b;
      b += rotated;
    }
    const std::array<uint32_t, 4> sum = {a, b, c, d};
    for (size_t i = 0; i < 4; ++i) state[i] += sum[i];
  });
  std::string text;
  for (uint32_t word : state) {
    for (int shift = 0; shift < 32; shift += 8) AppendHex(text, word >> shift & 255);
  }
  return text;
}

}  // namespace bylaw
