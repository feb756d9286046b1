#include "runtime/signature/signature.h"

#include <fmt/format.h>
#include <sodium.h>

#include "runtime/bytecode/codec.h"

namespace bylaw {

namespace {

static_assert(kSignatureSize == crypto_sign_BYTES && kKeySize == crypto_sign_PUBLICKEYBYTES &&
              kKeySize == crypto_sign_SEEDBYTES);
constexpr size_t kKeyIdSize = 8;

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Status ReadKeyText(std::string_view text, std::string_view kind, const std::string& name,
                   std::array<unsigned char, kKeySize>* bytes) {
  std::string_view key;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    if (!key.empty()) return Error{.message = "holds more than one key", .file = name};
    key = line;
  }
  const std::string prefix = fmt::format("bylaw-{}-key ed25519 ", kind);
  const bool is_other = key.starts_with(kind == "private" ? "bylaw-public-key " : "bylaw-private-key ");
  const std::string hint =
      "`bylaw keygen` makes a pair: NAME.key is private and signs, NAME.pub is public and verifies";
  if (!key.starts_with(prefix)) {
    return Error{.message = fmt::format(
                     "is {}, and a {} key is needed",
                     is_other ? kind == "private" ? "a public key" : "a private key" : "no key of bylaw", kind),
                 .file = name,
                 .hint = hint};
  }
  size_t length = 0;
  const char* end = nullptr;
  const std::string_view base64 = key.substr(prefix.size());
  const int decoded = sodium_base642bin(bytes->data(), bytes->size(), base64.data(), base64.size(), nullptr, &length,
                                        &end, sodium_base64_VARIANT_ORIGINAL);
  if (decoded != 0 || end != base64.data() + base64.size() || length != bytes->size()) {
    return Error{.message = fmt::format("holds a {} key that is damaged", kind), .file = name, .hint = hint};
  }
  return Ok{};
}

Result<PublicKey> PublicKey::FromText(std::string_view text, const std::string& name) {
  std::array<unsigned char, kKeySize> bytes{};
  BYLAW_RETURN_IF_ERROR(ReadKeyText(text, "public", name, &bytes));
  return PublicKey(bytes, name);
}

std::string PublicKey::Id() const {
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), bytes_.data(), bytes_.size(), nullptr, 0);
  return {reinterpret_cast<const char*>(hash.data()), kKeyIdSize};
}

std::string KeyIdText(std::string_view id) {
  std::string text;
  for (const char c : id) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

Status VerifyBundle(std::string_view bytes, const std::string& name, const PublicKey& key) {
  if (sodium_init() < 0) return Error{.message = "libsodium does not start on this machine", .file = {}};
  const std::string_view bundle = WithoutSignature(bytes);
  if (bundle.size() == bytes.size())
    return Error{.message = "is not signed", .file = name, .hint = "`bylaw compile --sign KEY` signs it"};
  const std::string_view trailer = bytes.substr(bundle.size());
  const std::string_view key_id = trailer.substr(kSignatureMagic.size() + kSignatureVersion.size(), kKeyIdSize);
  const std::string message = fmt::format("{}{}", kSignaturePurpose, bytes.substr(0, bytes.size() - kSignatureSize));
  if (crypto_sign_verify_detached(Bytes(bytes.substr(bytes.size() - kSignatureSize)), Bytes(message), message.size(),
                                  key.bytes().data()) == 0 &&
      trailer.substr(kSignatureMagic.size(), kSignatureVersion.size()) == kSignatureVersion) {
    return Ok{};
  }
  if (key_id != key.Id())
    return Error{.message = fmt::format("is signed by the key {}, not by {} of `{}`", KeyIdText(key_id),
                                        KeyIdText(key.Id()), key.name()),
                 .file = name};
  return Error{.message = fmt::format(
                   "its signature does not match: it was changed after it was signed, or not signed by the key of `{}`",
                   key.name()),
               .file = name};
}

Result<PolicySet> PoliciesFromSignedBytes(std::string_view bytes, const std::string& name, const PublicKey& key) {
  BYLAW_RETURN_IF_ERROR(VerifyBundle(bytes, name, key));
  return PolicySet::FromBytes(bytes, name);
}

}  // namespace bylaw
