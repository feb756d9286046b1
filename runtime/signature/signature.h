// Signed bundles: whether a bundle was signed by the holder of a key, for programs that take bundles from elsewhere.
//
//   bundle ‖ "BYLAWSIG" ‖ version u32 ‖ key id (8) ‖ signature (64)        Ed25519, of "bylaw bundle\n" and all before it
//
// A library of its own (libbylaw-signature, over libsodium), so that the evaluator without it needs no cryptography.
// `bylaw keygen` makes keys and `bylaw compile --sign` signs (cli/signing.h).
//
// Thread safety: pure functions, and values that never change.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/result.h"
#include "runtime/engine.h"

namespace bylaw {

inline constexpr std::string_view kSignaturePurpose = "bylaw bundle\n";  ///< what is signed begins with
inline constexpr std::string_view kSignatureVersion{"\1\0\0\0", 4};
inline constexpr size_t kKeySize = 32;  ///< of a public key; of a private one's seed

/// Takes the bytes of a key out of the text of its file: a line `bylaw-KIND-key ed25519 BASE64`, and comments. `kind`: "public" or "private"; `name` is what errors call the text.
Status ReadKeyText(std::string_view text, std::string_view kind, const std::string& name,
                   std::array<unsigned char, kKeySize>* bytes);

/// A key that verifies signatures.
class PublicKey {
 public:
  /// `text`: of the file that `bylaw keygen` wrote. Errors: a text that is no public key, or a damaged one.
  static Result<PublicKey> FromText(std::string_view text, const std::string& name);
  PublicKey(const std::array<unsigned char, kKeySize>& bytes, std::string name)
      : bytes_(bytes), name_(std::move(name)) {}

  const std::array<unsigned char, kKeySize>& bytes() const { return bytes_; }
  const std::string& name() const { return name_; }
  /// The first 8 bytes of its BLAKE2b hash: tells which key it was.
  std::string Id() const;

 private:
  std::array<unsigned char, kKeySize> bytes_;
  std::string name_;
};

/// As hexadecimal digits, for messages.
std::string KeyIdText(std::string_view id);

/// Whether `bytes` are a bundle signed by `key`. `name` is what errors call them. Errors: they are not signed, are signed by another key, or were changed.
Status VerifyBundle(std::string_view bytes, const std::string& name, const PublicKey& key);

/// The policies of a bundle that is signed by `key`; anything else is an error.
Result<PolicySet> PoliciesFromSignedBytes(std::string_view bytes, const std::string& name, const PublicKey& key);

}  // namespace bylaw
