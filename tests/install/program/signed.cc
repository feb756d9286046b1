// Takes a bundle only when it is signed by a key, and prints the number of its rules.
//
//   signed BUNDLE KEY.pub
#include <cstdio>
#include <fstream>
#include <sstream>

#include <bylaw/runtime/signature/signature.h>

std::string Read(const char* path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

int main(int argc, char** argv) {
  if (argc != 3) return 4;
  const auto key = bylaw::PublicKey::FromText(Read(argv[2]), "(public key)");
  const auto policies = key.ok() ? bylaw::PoliciesFromSignedBytes(Read(argv[1]), argv[1], *key)
                                 : bylaw::Result<bylaw::PolicySet>(key.error());
  if (!policies.ok()) {
    std::printf("%s\n", policies.error().message.c_str());
    return 3;
  }
  std::printf("%zu rules\n", policies->program().rules.size());
  return 0;
}
