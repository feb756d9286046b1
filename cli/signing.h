// Keys and signing: what `bylaw keygen` and `bylaw compile --sign` do. Verifying is the library's (runtime/signature).
//
// A key file is one line of text: `bylaw-private-key ed25519 BASE64` or `bylaw-public-key ed25519 BASE64`; lines that begin with `#` are comments. A private key's file may be read by its owner alone (mode 0600).
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

}  // namespace bylaw::cli
