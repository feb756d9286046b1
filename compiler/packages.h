// Where policy texts come from: files and folders on disk, and the packages that they import.
//
// Thread safety: none of the functions keeps anything; an index is immutable once made.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace bylaw::compiler {

struct PolicyText;

/// The package that a file's text declares, without parsing the rest; empty when it declares none.
std::string DeclaredPackage(std::string_view text);

/// All `*.bylaw` files below a folder, in order of their paths. What cannot be listed is left out.
std::vector<std::string> PolicyFilesBelow(const std::string& folder);

Result<std::string> ReadWholeFile(const std::string& path);

/// The package of a file that declares none: its folder below `root`, with dots.
std::string FolderPackage(const std::string& path, const std::string& root);

/// Which files below the search roots make which package. Test files (`*_test.bylaw`) are nobody's import.
class PackageIndex {
 public:
  explicit PackageIndex(const std::vector<std::string>& roots);
  /// The files of `package`, in order of their paths; empty when there is no such package.
  const std::vector<PolicyText>& Find(const std::string& package) const;

 private:
  std::map<std::string, std::vector<PolicyText>> files_;
};

}  // namespace bylaw::compiler
