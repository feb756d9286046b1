// MapFile: what the floors read, as fast as it can be had.
#pragma once

#include <fcntl.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bylaw::bench {

/// The file, mapped with simdjson's padding behind it, until the process ends; no data when it cannot be.
inline simdjson::padded_string_view MapFile(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file < 0 || fstat(file, &info) != 0 || info.st_size == 0) return {};
  const auto size = static_cast<size_t>(info.st_size);
  void* space = mmap(nullptr, size + simdjson::SIMDJSON_PADDING, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED) return {};
  if (mmap(space, size, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_POPULATE, file, 0) == MAP_FAILED) return {};
  close(file);
  return simdjson::padded_string_view(static_cast<const char*>(space), size, size + simdjson::SIMDJSON_PADDING);
}

}  // namespace bylaw::bench
