// Container image references: `registry/repository:tag@digest`, after the reference grammar of the OCI distribution
// project (distribution/reference), with Docker's defaults for what is left out.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bylaw {

struct ImageRef {
  std::string registry;               ///< `docker.io` if none is written; with its port; lower case
  std::string repository;             ///< `library/nginx` for docker.io's `nginx`
  std::optional<std::string> tag;     ///< as written
  std::optional<std::string> digest;  ///< `sha256:…` as written

  /// The tag that a pull takes: the one written, `latest` if neither tag nor digest is, nothing if only a digest is.
  std::optional<std::string> effective_tag() const;

  /// The full reference, defaults written out (without the implied `latest`).
  std::string ToString() const;

  bool operator==(const ImageRef&) const = default;
};

/// The first part is a registry if it has a dot or a colon or is `localhost`. `index.docker.io` is `docker.io`. Nothing
/// if the text is no reference: upper case in the repository, a malformed tag or digest, over 4,096 bytes. A leading
/// `docker://` or `docker-pullable://` (as Kubernetes prints image ids) is skipped.
std::optional<ImageRef> ParseImageRef(std::string_view text);

}  // namespace bylaw
