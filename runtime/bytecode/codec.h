// Codec: a Program as the bytes of a `.bylawc` file, and back.
//
// The format (docs/bytecode.md tells it in full; all integers little-endian):
//
//   magic        8 bytes   "BYLAWC\r\n"
//   version      u32       kBytecodeVersion; another one is refused
//   num_sections u32
//   instruction_set u64    fingerprint of the opcodes and built-in functions; another one is refused
//   checksum     u64       FNV-1a of everything behind it
//   sections     num_sections × { tag u32, offset u32, size u32, count u32 }
//   payload      the sections' bytes; entries use LEB128 varints, and strings are indices into the section "STRS"
//
// Decode checks the container (magic, version, checksum, bounds, counts, enum ranges) and then runs the verifier, always: a Program that comes out
// of it is safe to run. Nothing in the bytes can make it allocate more than a small multiple of their size.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/bytecode/program.h"

namespace bylaw {

inline constexpr std::string_view kBytecodeMagic = "BYLAWC\r\n";
inline constexpr uint32_t kBytecodeVersion = 1;

/// A signed bundle is the bundle's bytes, and behind them: this magic, the version of the trailer (u32, 1), the id of the key (8 bytes), an Ed25519 signature (64 bytes) of all before it. Whether it is one is
/// runtime/signature's to say; a decoder only leaves it out.
inline constexpr std::string_view kSignatureMagic = "BYLAWSIG";
inline constexpr size_t kSignatureSize = 64, kSignatureTrailerSize = 8 + 4 + 8 + kSignatureSize;

/// The bundle without the signature at its end, if it has one.
inline std::string_view WithoutSignature(std::string_view bytes) {
  const bool is_signed = bytes.size() >= kSignatureTrailerSize &&
                         bytes.substr(bytes.size() - kSignatureTrailerSize).starts_with(kSignatureMagic);
  return is_signed ? bytes.substr(0, bytes.size() - kSignatureTrailerSize) : bytes;
}

/// The bytes of a program. Deterministic: equal programs give equal bytes.
std::string Encode(const Program& program);

/// The verified program in `bytes`, signed or not, or an error that says what is wrong with them. `name` is the file to name in errors.
Result<Program> Decode(std::string_view bytes, const std::string& name);

/// Decode without the checksum and the verifier: for tools that look into broken bundles, and for the tests that mutate them.
Result<Program> DecodeUnverified(std::string_view bytes, const std::string& name);

/// Makes the checksum of `bytes` right again; for tests that mutate bundles. Precondition: bytes hold a whole header.
void RepairChecksum(std::string& bytes);

/// Whether `bytes` begin as a bundle does.
inline bool LooksLikeBundle(std::string_view bytes) { return bytes.starts_with(kBytecodeMagic); }

}  // namespace bylaw
