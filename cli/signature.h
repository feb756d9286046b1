// Signatures of bundles: Ed25519 (libsodium), on request. `bylaw keygen` makes the keys, `compile --sign` signs, `check --verify` refuses what is not signed by the key.
//
//   bundle ‖ "BYLAWSIG" ‖ version u32 ‖ key id (8) ‖ signature (64)        the signature is of "bylaw bundle\n" and all before it
//
// A key file is one line of text: `bylaw-private-key ed25519 BASE64` or `bylaw-public-key ed25519 BASE64`; lines that begin with `#` are comments. The id of a key is the first 8 bytes of the BLAKE2b
// hash of its public part. A private key's file may be read by its owner alone (mode 0600).
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace bylaw::cli {

/// A new pair, as the texts of their files.
struct KeyPair {
  std::string private_file, public_file;
};
Result<KeyPair> MakeKeyPair();

/// `bundle` with a signature by the private key in the file `key_path`. A signature that it had is replaced. Errors: a key that cannot be read or is none, or that others may read.
Result<std::string> SignBundle(std::string_view bundle, const std::string& key_path);

/// Whether `bytes` are a bundle signed by the key of the public key file `key_path`. `name` is what errors call them. Errors: anything else; with one line that says what.
Status VerifyBundle(std::string_view bytes, const std::string& name, const std::string& key_path);

}  // namespace bylaw::cli
