#include "cli/shipped_bundles.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "cli/policies.h"
#include "compiler/packages.h"
#include "runtime/bytecode/codec.h"
#include "runtime/bytecode/verifier.h"

namespace bylaw::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDigestFile = "digest";

/// Not cryptographic: it tells whether a file was edited, and costs next to nothing.
class Hash {
 public:
  void Add(std::string_view text) {
    Word(text.size());
    for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
      uint64_t word;
      std::memcpy(&word, text.data(), sizeof word);
      Word(word);
    }
    uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    Word(rest);
  }
  std::string Text() const { return fmt::format("{:016x}{:016x}", a_, b_); }

 private:
  void Word(uint64_t word) {
    a_ = (a_ ^ word) * 0x9E3779B97F4A7C15u;
    a_ ^= a_ >> 32;
    b_ = (b_ + word) * 0xC2B2AE3D27D4EB4Fu;
    b_ ^= b_ >> 29;
  }
  uint64_t a_ = 0x27D4EB2F165667C5u, b_ = 0x85EBCA77C2B2AE63u;
};

/// Every file that compiling the shipped packs may read: policies, and the facts beside them.
std::vector<std::string> FilesRead(const fs::path& policies) {
  std::vector<std::string> files = compiler::PolicyFilesBelow(policies.string());
  for (const char* folder : {"models", "packs"}) {
    std::error_code error;
    for (fs::recursive_directory_iterator it(policies / folder, error), end; !error && it != end; it.increment(error)) {
      const std::string extension = it->path().extension().string();
      if (extension == ".csv" || extension == ".json") files.push_back(it->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Empty when a file cannot be read.
std::string DigestOfPolicies(const fs::path& policies) {
  Hash hash;
  hash.Add(Version());
  for (const std::string& file : FilesRead(policies)) {
    const Result<std::string> text = ReadWhole(file);
    if (!text.ok()) return {};
    hash.Add(std::string_view(file).substr(policies.string().size()));
    hash.Add(*text);
  }
  return hash.Text();
}

/// The shipped policies' folder without a slash at its end.
fs::path PoliciesFolder() {
  const fs::path folder(ShippedPolicies());
  return folder.has_filename() ? folder : folder.parent_path();
}

fs::path BundleOf(const fs::path& folder, const std::string& pack) {
  return pack.empty() ? folder / "all.bylawc" : folder / "packs" / (pack + ".bylawc");
}

Status WriteBundle(const fs::path& path, const std::vector<std::string>& packs, const Invocation& invocation) {
  const auto compiled = CompilePolicies({.arguments = packs}, invocation);
  if (!compiled) return Error{.message = "the shipped policies do not compile", .file = path.string()};
  const Status verified = Verify(*compiled->program);
  BYLAW_CHECK(verified.ok(), "the compiler made a program that does not verify: {}",
              verified.ok() ? "" : verified.error().message);
  return WriteOutput(path.string(), Encode(*compiled->program));
}

}  // namespace

std::optional<PolicySet> LoadShippedBundle(const std::string& pack) {
  const fs::path policies = PoliciesFolder(), bundles = policies.parent_path() / "bundles";
  std::error_code ignored;
  const fs::path bundle = BundleOf(bundles, pack);
  if (!fs::exists(bundle, ignored)) return std::nullopt;
  const Result<std::string> digest = ReadWhole((bundles / kDigestFile).string());
  if (!digest.ok() || digest->empty() || *digest != DigestOfPolicies(policies)) return std::nullopt;
  Result<PolicySet> set = PolicySet::FromFile(bundle.string(), policies.parent_path().string());
  if (!set.ok()) return std::nullopt;
  return std::move(*set);
}

int WriteShippedBundles(const std::string& folder, const Invocation& invocation) {
  const fs::path bundles(folder);
  std::error_code error;
  fs::remove(bundles / kDigestFile, error);  // until all of them are there, none counts
  fs::create_directories(bundles / "packs", error);
  if (error) return Complain(Error{.message = "cannot be made: " + error.message(), .file = folder});
  const std::vector<std::string> packs = ShippedPacks();
  const std::string digest = DigestOfPolicies(PoliciesFolder());
  if (packs.empty() || digest.empty())
    return Complain(Error{.message = "has no shipped packs", .file = ShippedPolicies()});
  for (const std::string& pack : packs) {
    if (auto written = WriteBundle(BundleOf(bundles, pack), {pack}, invocation); !written.ok())
      return Complain(written.error());
  }
  if (auto written = WriteBundle(BundleOf(bundles, ""), packs, invocation); !written.ok())
    return Complain(written.error());
  if (auto written = WriteOutput((bundles / kDigestFile).string(), digest); !written.ok())
    return Complain(written.error());
  return kFine;
}

}  // namespace bylaw::cli
