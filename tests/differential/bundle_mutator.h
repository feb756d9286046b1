// BundleMutator: tampers with compiled programs as someone would who knows the format: the container is whole and the
// checksum right, and what is wrong is inside.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "runtime/bytecode/program.h"

namespace bylaw::differential {

class BundleMutator {
 public:
  explicit BundleMutator(uint64_t seed) : random_(seed) {}

  /// The bytes of the program with one to four changes: to bytes, or to fields of any entry of any section (every index,
  /// register, binding, flag, number, text, and the length of every list).
  std::string Mutate(const Program& program);

 private:
  std::string Bytes(std::string bytes);
  void Field(Program& program);
  uint64_t Below(uint64_t n) { return n == 0 ? 0 : random_() % n; }

  std::mt19937_64 random_;
};

}  // namespace bylaw::differential
