// AwsCoverage: of which calls the output is there, for the models made of it (decision: a folder covers the calls whose output is in it).
//
// A call covers a model when, in every account and region that some file is of, a reply of it is there that does not end in a token for the next
// page. A call about one resource covers when there is a reply for every resource that the lists name.
//
// Thread safety: none.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "runtime/import/aws_calls.h"
#include "runtime/snapshot/snapshot_builder.h"

namespace bylaw {

class AwsCoverage {
 public:
  /// A reply of `call` was read, about the resource `id` if the call is about one. `wholly`: no page follows.
  void AddReply(const AwsCall& call, const std::string& scope, bool wholly, std::string_view id);
  /// A list of `service` names a resource: `member` is what the element calls it.
  void AddListed(std::string_view service, std::string_view member, std::string_view id);

  /// Covers the tables that are made of calls that were read, and says of others which call would settle them.
  void Apply(SnapshotBuilder& builder) const;

 private:
  struct Scope {
    bool wholly = false;
  };
  struct Replies {
    const AwsCall* call = nullptr;
    std::map<std::string, Scope> scopes;
    std::set<std::string, std::less<>> ids;
  };

  /// Empty when the call covers; else why not.
  std::string WhyNot(const AwsCall& call) const;

  std::map<std::pair<std::string_view, std::string_view>, Replies> replies_;  ///< by service and call
  std::set<std::string> scopes_;                                              ///< of calls that answer for one region
  std::map<std::pair<std::string, std::string>, std::set<std::string, std::less<>>>
      listed_;  ///< by service and parameter, in lower case
};

}  // namespace bylaw
