#include "bench/estate.h"

#include <cstring>

namespace bylaw::bench {
namespace {

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

bool IsPublic(Routing routing) {
  return routing == Routing::kDefault || routing == Routing::kSplit || routing == Routing::kIpv6Only ||
         routing == Routing::kNarrow;
}

Unit MakeUnit(uint64_t seed, uint64_t number) {
  Unit unit{.seed = seed, .number = number};
  const uint64_t bits = Mix(seed ^ Mix(number));
  const uint64_t of_public = bits % 100;
  unit.public_table = of_public < 70   ? Routing::kDefault
                      : of_public < 76 ? Routing::kSplit
                      : of_public < 82 ? Routing::kIpv6Only
                      : of_public < 88 ? Routing::kNarrow
                      : of_public < 94 ? Routing::kBlackhole
                                       : Routing::kHub;
  const uint64_t of_main = (bits >> 16) % 100;
  unit.main_table = of_main < 85 ? Routing::kLocalOnly : of_main < 95 ? Routing::kDefault : Routing::kTranslated;
  const uint64_t of_gateway = (bits >> 32) % 100;
  unit.egress_only = of_gateway < 5   ? EgressOnly::kNone
                     : of_gateway < 8 ? EgressOnly::kDetached
                                      : EgressOnly::kAttached;
  return unit;
}

AwsId MakeId(std::string_view prefix, const Unit& unit, uint64_t number) {
  AwsId id;
  std::memcpy(id.text, prefix.data(), prefix.size());
  char* out = id.text + prefix.size();
  *out++ = '0';
  uint64_t bits = Mix(unit.seed * 31 + Mix(unit.number * 1009 + number) + prefix.size() * 7919 +
                      static_cast<unsigned char>(prefix.front()));
  for (int i = 0; i < 16; ++i, bits >>= 4) *out++ = "0123456789abcdef"[bits & 15];
  id.size = static_cast<uint8_t>(out - id.text);
  return id;
}

EstateWriter::EstateWriter(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  failed_ = file_ == nullptr;
  buffer_.reserve(kFlushBytes + (64 << 10));
}

EstateWriter::~EstateWriter() { Close(); }

void EstateWriter::Flush() {
  if (!failed_) failed_ = std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size();
  num_bytes_ += buffer_.size();
  buffer_.clear();
}

bool EstateWriter::Close() {
  Flush();
  if (file_ != nullptr && std::fclose(file_) != 0) failed_ = true;
  file_ = nullptr;
  return !failed_;
}

}  // namespace bylaw::bench
