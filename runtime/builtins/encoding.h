// Encodings and digests: Base64 (RFC 4648), percent escapes (RFC 3986), SHA-256 (FIPS 180-4), MD5 (RFC 1321).
//
// Decoders give nothing on malformed input, or when the bytes that come out are not UTF-8 (the language's strings are
// text). The digests identify things; MD5 is there because exports carry MD5 sums, not for security.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

/// Standard alphabet with padding. Nothing if the result is over kMaxTextSize.
std::optional<std::string> Base64Encode(std::string_view bytes);

/// Standard or URL alphabet, padding optional but right if present, white space skipped; trailing bits must be 0. Any
/// bytes may come out.
std::optional<std::string> Base64DecodeBytes(std::string_view text);

/// The same where the bytes are UTF-8.
std::optional<std::string> Base64Decode(std::string_view text);

/// `%41` becomes `A`; `+` stays.
std::optional<std::string> UrlDecode(std::string_view text);

/// Escapes all but letters, digits and `-._~`. Nothing if the result is over kMaxTextSize.
std::optional<std::string> UrlEncode(std::string_view text);

/// In lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);
std::string Md5Hex(std::string_view bytes);

}  // namespace bylaw
