#include "runtime/builtins/image_ref.h"

#include <algorithm>

#include "runtime/builtins/text.h"

namespace bylaw {
namespace {

bool IsLowerAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsAlnum(char c) { return IsLowerAlnum(c) || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Runs of lower-case letters and digits with `.`, `_`, `__` or any number of `-` between.
bool IsPathComponent(std::string_view part) {
  if (part.empty() || !IsLowerAlnum(part.front()) || !IsLowerAlnum(part.back())) return false;
  for (size_t i = 0; i < part.size();) {
    size_t end = i;
    while (end < part.size() && !IsLowerAlnum(part[end])) ++end;
    std::string_view separator = part.substr(i, end - i);
    bool is_dashes = std::all_of(separator.begin(), separator.end(), [](char c) { return c == '-'; });
    if (!is_dashes && separator != "." && separator != "_" && separator != "__") return false;
    i = end + 1;
  }
  return true;
}

bool IsRegistry(std::string_view text) {
  size_t colon = text.rfind(':');
  std::string_view host = text;
  if (colon != std::string_view::npos && !text.ends_with(']')) {
    std::string_view port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        !std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; }))
      return false;
    host = text.substr(0, colon);
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    return std::all_of(host.begin() + 1, host.end() - 1, [](char c) { return IsHex(c) || c == ':' || c == '.'; });
  }
  auto labels = Split(host, ".");
  return labels && std::all_of(labels->begin(), labels->end(), [](std::string_view label) {
           return !label.empty() && IsAlnum(label.front()) && IsAlnum(label.back()) &&
                  std::all_of(label.begin(), label.end(), [](char c) { return IsAlnum(c) || c == '-'; });
         });
}

bool IsTag(std::string_view tag) {
  return !tag.empty() && tag.size() <= 128 && (IsAlnum(tag[0]) || tag[0] == '_') &&
         std::all_of(tag.begin(), tag.end(), [](char c) { return IsAlnum(c) || c == '_' || c == '.' || c == '-'; });
}

bool IsDigest(std::string_view digest) {
  size_t colon = digest.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view algorithm = digest.substr(0, colon), hex = digest.substr(colon + 1);
  size_t expected = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  bool is_size_right = expected > 0 ? hex.size() == expected : hex.size() >= 32;
  return is_size_right && std::all_of(hex.begin(), hex.end(), IsHex) &&
         std::all_of(algorithm.begin(), algorithm.end(),
                     [](char c) { return IsAlnum(c) || c == '+' || c == '.' || c == '-' || c == '_'; });
}

}  // namespace

std::optional<std::string> ImageRef::effective_tag() const {
  if (tag || digest) return tag;
  return "latest";
}

std::string ImageRef::ToString() const {
  return registry + '/' + repository + (tag ? ':' + *tag : std::string()) + (digest ? '@' + *digest : std::string());
}

std::optional<ImageRef> ParseImageRef(std::string_view text) {
  text = StripPrefix(StripPrefix(text, "docker-pullable://"), "docker://");
  if (text.size() > 4096) return std::nullopt;
  ImageRef ref;
  if (size_t at = text.find('@'); at != std::string_view::npos) {
    if (!IsDigest(text.substr(at + 1))) return std::nullopt;
    ref.digest = text.substr(at + 1);
    text = text.substr(0, at);
  }
  const size_t last_slash = text.rfind('/');
  const size_t colon = text.rfind(':');
  const size_t name_start = last_slash == std::string_view::npos ? 0 : last_slash + 1;
  if (colon != std::string_view::npos && colon >= name_start) {
    if (!IsTag(text.substr(colon + 1))) return std::nullopt;
    ref.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  ref.registry = "docker.io";
  if (size_t slash = text.find('/'); slash != std::string_view::npos) {
    std::string_view first = text.substr(0, slash);
    if (first == "localhost" || first.find_first_of(".:") != std::string_view::npos) {
      if (!IsRegistry(first)) return std::nullopt;
      ref.registry = ToLower(first);
      if (ref.registry == "index.docker.io" || ref.registry == "registry-1.docker.io") ref.registry = "docker.io";
      text.remove_prefix(slash + 1);
    }
  }
  auto parts = Split(text, "/");
  if (text.size() > 255 || !parts || !std::all_of(parts->begin(), parts->end(), IsPathComponent)) return std::nullopt;
  ref.repository =
      ref.registry == "docker.io" && parts->size() == 1 ? "library/" + std::string(text) : std::string(text);
  return ref;
}

}  // namespace bylaw
