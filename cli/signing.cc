#include "cli/signing.h"

#include <array>

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "runtime/bytecode/codec.h"
#include "runtime/signature/signature.h"

namespace bylaw::cli {
namespace {

/// Forgets a secret when it goes out of scope.
template <size_t kSize>
struct Secret {
  std::array<unsigned char, kSize> bytes{};
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { sodium_memzero(bytes.data(), kSize); }
};

Status Start() {
  if (sodium_init() < 0) return Error{.message = "libsodium does not start on this machine", .file = {}};
  return Ok{};
}

std::string KeyLine(std::string_view kind, const std::array<unsigned char, kKeySize>& bytes) {
  std::string base64(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();  // the NUL
  return fmt::format("bylaw-{}-key ed25519 {}\n", kind, base64);
}

}  // namespace

Result<KeyPair> MakeKeyPair() {
  BYLAW_RETURN_IF_ERROR(Start());
  std::array<unsigned char, kKeySize> public_key{};
  Secret<crypto_sign_SECRETKEYBYTES> secret_key;
  Secret<kKeySize> seed;
  randombytes_buf(seed.bytes.data(), seed.bytes.size());
  crypto_sign_seed_keypair(public_key.data(), secret_key.bytes.data(), seed.bytes.data());
  const std::string id = KeyIdText(PublicKey(public_key, {}).Id());
  return KeyPair{
      .private_file = fmt::format("# {}: signs bundles; keep it to yourself\n{}", id, KeyLine("private", seed.bytes)),
      .public_file = fmt::format("# {}: verifies bundles\n{}", id, KeyLine("public", public_key))};
}

Result<std::string> SignBundle(std::string_view bundle, const std::string& key_path) {
  BYLAW_RETURN_IF_ERROR(Start());
  struct stat status {};
  if (stat(key_path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{.message = "is a private key that others than its owner may read",
                 .file = key_path,
                 .hint = "chmod 600, and make a new one if others may have read it"};
  }
  BYLAW_ASSIGN(std::string text, ReadWhole(key_path));
  Secret<kKeySize> seed;
  const Status read = ReadKeyText(text, "private", key_path, &seed.bytes);
  sodium_memzero(text.data(), text.size());
  BYLAW_RETURN_IF_ERROR(read);
  std::array<unsigned char, kKeySize> public_key{};
  Secret<crypto_sign_SECRETKEYBYTES> secret_key;
  crypto_sign_seed_keypair(public_key.data(), secret_key.bytes.data(), seed.bytes.data());

  const std::string message = fmt::format("{}{}{}{}{}", kSignaturePurpose, WithoutSignature(bundle), kSignatureMagic,
                                          kSignatureVersion, PublicKey(public_key, {}).Id());
  std::array<unsigned char, kSignatureSize> signature{};
  crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(message.data()),
                       message.size(), secret_key.bytes.data());
  return message.substr(kSignaturePurpose.size()) +
         std::string(reinterpret_cast<const char*>(signature.data()), signature.size());
}

}  // namespace bylaw::cli
