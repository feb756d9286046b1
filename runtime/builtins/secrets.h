// Secrets in text: what looks like a credential, and how random a text is.
//
// Detection is by published token formats first (certain enough to fail a build on), then by a rule for unnamed
// high-entropy tokens. Known placeholders (`AKIAIOSFODNN7EXAMPLE`, `xxxx…`, `changeme`, `${var}`,
// `{{resolve:secretsmanager:…}}`) are no secrets. Pure and linear in the text, of which the first 1 MiB is looked at;
// any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace bylaw {

/// The kind of the first secret in table order: `private key`, `aws access key id`, `github token`, …, `high-entropy
/// token`; see SecretKinds().
std::optional<std::string_view> SecretKind(std::string_view text);

/// All kinds that SecretKind can give.
std::span<const std::string_view> SecretKinds();

/// Shannon entropy of the bytes, 0 to 8 bits a byte; 0 for the empty text.
double Entropy(std::string_view text);

}  // namespace bylaw
