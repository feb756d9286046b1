// InputList: the files that a user's inputs stand for.
//
// A folder stands for the files in it and below, in the order of their paths, byte by byte. Left out are hidden files and folders, `node_modules`,
// folders met before (through links), and files whose names do not end like data (`.json`, `.yaml`, `.csv`, …, packed or not). `.gitignore` is
// not consulted. A path that does not exist and has `*`, `?` or `[` in it is a pattern, `**` for any folders.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/import/import.h"

namespace bylaw {

/// One file to read, as found from an input.
struct FileToRead {
  std::string path;
  const ImportInput* input = nullptr;
  bool from_folder = false;
};

/// Errors: a folder that cannot be listed or has nothing to read, a pattern that matches nothing.
Result<std::vector<FileToRead>> ListInputs(const std::vector<ImportInput>& inputs);

}  // namespace bylaw
