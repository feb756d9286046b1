// The surface of an estate: what one must keep right behind each workload, counted.
//
//   rules of package `surface` ──Judge──► workloads, links, teams ──closure──► what is behind each workload
//   all other rules            ──Judge──► settings of each row                ──► counts of each scope
//
// What a workload is, which stack it belongs to and what it needs is said in the language (policies/surface); nothing here knows a resource type.
//
// A *resource* is a record of the export. A *setting* is a clause of a rule that applies to a row of it: one thing that somebody chose, or left to chance. A scope (a workload, a stack, an
// account, a team) counts every resource behind its workloads once, however many of them share it.
//
// Thread safety: pure functions; a Surface is plain data.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine.h"

namespace bylaw::cli {

/// What is in images, as the rules of package `surface` call it in their controls.
enum class ImageCount : uint8_t { kPackages, kFlaws, kFixable, kOld };
inline constexpr int kNumImageCounts = 4;

struct SurfaceCounts {
  uint64_t workloads = 0;
  uint64_t resources = 0;
  uint64_t settings = 0;  ///< of which `failing` and `undecided` are a part
  uint64_t failing = 0, undecided = 0;
  std::array<uint64_t, kNumSeverities> failing_by_severity{};
  std::array<uint64_t, kNumImageCounts> images{};
};

/// Resources of one kind in a scope.
struct SurfaceKind {
  std::string type;  ///< as the export says: "aws_subnet", "AWS::EC2::Subnet"
  uint64_t resources = 0, settings = 0, failing = 0;
};

struct SurfaceScope {
  std::string name;
  SurfaceCounts counts;
  std::vector<SurfaceKind> kinds;  ///< most settings first
};

struct SurfaceWorkload {
  std::string stack, type, address, account, region, team;
  SurfaceCounts counts;
};

struct Surface {
  int64_t now = 0;
  std::vector<InputInfo> inputs;
  std::vector<SurfaceScope> stacks;        ///< "container", "serverless"
  SurfaceScope shared;                     ///< behind both
  SurfaceScope elsewhere;                  ///< behind neither, though rules judge it
  std::vector<SurfaceScope> accounts;      ///< by name; of their workloads
  std::vector<SurfaceScope> teams;         ///< by name; "" for workloads without a team's tag
  std::vector<SurfaceWorkload> workloads;  ///< by stack, then most settings first
  uint64_t undecided_links = 0;            ///< pairs of which it is not known whether one needs the other: not followed
};

/// `loaded` must have the rules of package `surface` among its policies. Errors: as of Judge.
Result<Surface> CountSurface(const LoadedSnapshot& loaded, const CheckOptions& options);

/// For a terminal of `width` columns.
std::string WriteSurfaceText(const Surface& surface, size_t width, bool color);
std::string WriteSurfaceJson(const Surface& surface);
/// One self-contained page.
std::string WriteSurfaceHtml(const Surface& surface);

/// A line of the tables that compare scopes: its name for people, its key in JSON, and how to read it.
struct SurfaceMeasure {
  std::string_view text, key;
  uint64_t (*of)(const SurfaceCounts&);
  bool is_part;  ///< of the measure above it
};
std::span<const SurfaceMeasure> SurfaceMeasures();

}  // namespace bylaw::cli
