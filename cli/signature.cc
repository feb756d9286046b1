#include "cli/signature.h"

#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>

#include <array>
#include <sstream>

#include "cli/command.h"
#include "runtime/bytecode/codec.h"

namespace bylaw::cli {
namespace {

constexpr std::string_view kPurpose = "bylaw bundle\n";
constexpr std::string_view kTrailerVersion{"\1\0\0\0", 4};
constexpr size_t kKeyIdSize = 8;
static_assert(kSignatureSize == crypto_sign_BYTES);

using PublicKey = std::array<unsigned char, crypto_sign_PUBLICKEYBYTES>;

/// Forgets a secret when it goes out of scope.
template <size_t kSize>
struct Secret {
  std::array<unsigned char, kSize> bytes{};
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { sodium_memzero(bytes.data(), kSize); }
};

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Status Start() {
  if (sodium_init() < 0) return Error{.message = "libsodium does not start on this machine", .file = {}};
  return Ok{};
}

std::string KeyLine(std::string_view kind, const unsigned char* bytes, size_t size) {
  std::string base64(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(base64.data(), base64.size(), bytes, size, sodium_base64_VARIANT_ORIGINAL);
  base64.pop_back();  // the NUL
  return fmt::format("bylaw-{}-key ed25519 {}\n", kind, base64);
}

/// Reads the key of a file into `bytes`, [size]. `kind`: "private" or "public".
Status ReadKey(const std::string& path, std::string_view kind, unsigned char* bytes, size_t size) {
  BYLAW_ASSIGN(const std::string text, ReadWhole(path));
  std::istringstream lines(text);
  std::string line, key;
  while (std::getline(lines, line)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    if (!key.empty()) return Error{.message = "holds more than one key", .file = path};
    key = line;
  }
  const std::string prefix = fmt::format("bylaw-{}-key ed25519 ", kind);
  const bool is_other = key.starts_with(kind == "private" ? "bylaw-public-key " : "bylaw-private-key ");
  const std::string hint = fmt::format("`bylaw keygen` makes a pair: NAME.key is private and signs, NAME.pub is public and verifies");
  if (!key.starts_with(prefix)) {
    return Error{.message = fmt::format("is {}, and a {} key is needed", is_other ? kind == "private" ? "a public key" : "a private key" : "no key of bylaw", kind), .file = path, .hint = hint};
  }
  size_t length = 0;
  const char* end = nullptr;
  const std::string_view base64 = std::string_view(key).substr(prefix.size());
  const int decoded = sodium_base642bin(bytes, size, base64.data(), base64.size(), nullptr, &length, &end, sodium_base64_VARIANT_ORIGINAL);
  sodium_memzero(line.data(), line.size());
  if (decoded != 0 || end != base64.data() + base64.size() || length != size) return Error{.message = fmt::format("holds a {} key that is damaged", kind), .file = path, .hint = hint};
  return Ok{};
}

std::string KeyId(const PublicKey& key) {
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), key.data(), key.size(), nullptr, 0);
  return {reinterpret_cast<const char*>(hash.data()), kKeyIdSize};
}

std::string Hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

Result<KeyPair> MakeKeyPair() {
  BYLAW_RETURN_IF_ERROR(Start());
  PublicKey public_key{};
  Secret<crypto_sign_SECRETKEYBYTES> secret_key;
  Secret<crypto_sign_SEEDBYTES> seed;
  randombytes_buf(seed.bytes.data(), seed.bytes.size());
  crypto_sign_seed_keypair(public_key.data(), secret_key.bytes.data(), seed.bytes.data());
  const std::string id = Hex(KeyId(public_key));
  return KeyPair{.private_file = fmt::format("# {}: signs bundles; keep it to yourself\n{}", id, KeyLine("private", seed.bytes.data(), seed.bytes.size())),
                 .public_file = fmt::format("# {}: verifies bundles\n{}", id, KeyLine("public", public_key.data(), public_key.size()))};
}

Result<std::string> SignBundle(std::string_view bundle, const std::string& key_path) {
  BYLAW_RETURN_IF_ERROR(Start());
  struct stat status {};
  if (stat(key_path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error{.message = "is a private key that others than its owner may read", .file = key_path, .hint = "chmod 600, and make a new one if others may have read it"};
  }
  Secret<crypto_sign_SEEDBYTES> seed;
  BYLAW_RETURN_IF_ERROR(ReadKey(key_path, "private", seed.bytes.data(), seed.bytes.size()));
  PublicKey public_key{};
  Secret<crypto_sign_SECRETKEYBYTES> secret_key;
  crypto_sign_seed_keypair(public_key.data(), secret_key.bytes.data(), seed.bytes.data());

  std::string message = fmt::format("{}{}{}{}{}", kPurpose, WithoutSignature(bundle), kSignatureMagic, kTrailerVersion, KeyId(public_key));
  std::array<unsigned char, kSignatureSize> signature{};
  crypto_sign_detached(signature.data(), nullptr, Bytes(message), message.size(), secret_key.bytes.data());
  return message.substr(kPurpose.size()) + std::string(reinterpret_cast<const char*>(signature.data()), signature.size());
}

Status VerifyBundle(std::string_view bytes, const std::string& name, const std::string& key_path) {
  BYLAW_RETURN_IF_ERROR(Start());
  PublicKey public_key{};
  BYLAW_RETURN_IF_ERROR(ReadKey(key_path, "public", public_key.data(), public_key.size()));
  const std::string_view bundle = WithoutSignature(bytes);
  if (bundle.size() == bytes.size()) return Error{.message = "is not signed", .file = name, .hint = "`bylaw compile --sign KEY` signs it"};
  const std::string_view trailer = bytes.substr(bundle.size());
  const std::string_view key_id = trailer.substr(kSignatureMagic.size() + kTrailerVersion.size(), kKeyIdSize);
  const std::string message = fmt::format("{}{}", kPurpose, bytes.substr(0, bytes.size() - kSignatureSize));
  if (crypto_sign_verify_detached(Bytes(bytes.substr(bytes.size() - kSignatureSize)), Bytes(message), message.size(), public_key.data()) == 0 &&
      trailer.substr(kSignatureMagic.size(), kTrailerVersion.size()) == kTrailerVersion) {
    return Ok{};
  }
  if (key_id != KeyId(public_key)) {
    return Error{.message = fmt::format("is signed by the key {}, not by {} of `{}`", Hex(key_id), Hex(KeyId(public_key)), key_path), .file = name};
  }
  return Error{.message = fmt::format("its signature does not match: it was changed after it was signed, or not signed by the key of `{}`", key_path), .file = name};
}

}  // namespace bylaw::cli
