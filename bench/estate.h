// The made-up estate that the benchmarks judge: networks whose right answer is known because they are built to have it.
//
// Everything is a pure function of (seed, unit number), so an estate of any size is written as a stream, and its
// answers are the same in every form. A unit is one VPC with what lives in it: kResourcesPerUnit resources in
// proportions as they are in real accounts, where a network's own parts are few among machines, interfaces, disks and
// functions.
//
// Thread safety: functions are pure; an EstateWriter belongs to one thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace bylaw::bench {

inline constexpr uint64_t kResourcesPerUnit = 250;
inline constexpr int kSubnetsPerUnit =
    6;  ///< 0, 1 use the public table, 2, 3 the private one, 4, 5 the VPC's main table

/// What a table sends where, beside the local route.
enum class Routing : uint8_t {
  kLocalOnly,
  kDefault,     ///< 0.0.0.0/0 to the internet gateway
  kSplit,       ///< 0.0.0.0/1 and 128.0.0.0/1 to it
  kIpv6Only,    ///< ::/0 to it
  kNarrow,      ///< one public range to it
  kBlackhole,   ///< a default route to a gateway that is gone; in a plan, which makes no dead routes, none at all
  kHub,         ///< 0.0.0.0/0 to a transit gateway
  kTranslated,  ///< 0.0.0.0/0 to a NAT gateway
};

/// Whether a subnet with such a table is public.
bool IsPublic(Routing routing);

enum class EgressOnly : uint8_t { kNone, kAttached, kDetached };

struct Unit {
  uint64_t seed = 0;
  uint64_t number = 0;
  Routing public_table{};
  Routing main_table{};
  EgressOnly egress_only{};

  /// The routing of the table in force for a subnet.
  Routing of_subnet(int subnet) const {
    return subnet < 2 ? public_table : subnet < 4 ? Routing::kTranslated : main_table;
  }
  /// Whether NET-001 fails for a subnet.
  bool fails(int subnet) const { return IsPublic(of_subnet(subnet)) && egress_only != EgressOnly::kAttached; }
};

Unit MakeUnit(uint64_t seed, uint64_t number);

/// An AWS id: a prefix and 17 hexadecimal digits.
struct AwsId {
  char text[40];
  uint8_t size = 0;
  std::string_view view() const { return {text, size}; }
  operator std::string_view() const { return view(); }  // NOLINT: stands for its text everywhere
};

/// The id of the `number`-th thing of a kind (`prefix`, such as "subnet-") in a unit.
AwsId MakeId(std::string_view prefix, const Unit& unit, uint64_t number);

/// Buffered output to a file. Errors are remembered and told by Close.
class EstateWriter {
 public:
  explicit EstateWriter(const std::string& path);
  ~EstateWriter();
  EstateWriter(const EstateWriter&) = delete;
  EstateWriter& operator=(const EstateWriter&) = delete;

  void Write(std::initializer_list<std::string_view> pieces) {
    for (std::string_view piece : pieces) buffer_.append(piece);
    if (buffer_.size() >= kFlushBytes) Flush();
  }
  uint64_t num_bytes() const { return num_bytes_ + buffer_.size(); }
  /// False when anything could not be written.
  bool Close();

 private:
  static constexpr size_t kFlushBytes = 1 << 20;
  void Flush();

  std::FILE* file_;
  std::string buffer_;
  uint64_t num_bytes_ = 0;
  bool failed_ = false;
};

/// The addresses for which NET-001 fails, sorted by bytes.
using Answers = std::vector<std::string>;

/// An AWS Config snapshot of `num_resources` items. False when it could not be written.
bool WriteConfigSnapshot(const std::string& path, uint64_t num_resources, uint64_t seed, Answers& answers);

/// A Terraform plan (format 1.2) that creates `num_resources` resources: one module, called once with `count`.
bool WriteTerraformPlan(const std::string& path, uint64_t num_resources, uint64_t seed, Answers& answers);

}  // namespace bylaw::bench
