// ConfigScan: looks through the second half of a large AWS Config snapshot on a thread of its own, for the items that are wanted.
//
// Most items of a real account are of types that no rule reads; finding that out is most of the work of reading them. Where the half begins is
// guessed, from the looks of the text; the reader of the first half finds out whether the guess was right, for it must come to an item that
// begins just there. If it does not, or anything is out of the ordinary in the second half, the scan is thrown away and the reader goes on by
// itself: so results and errors are the same with and without it.
//
// Thread safety: Start, Finish and the destructor belong to one thread; results may be read after Finish.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/import/demand.h"
#include "runtime/import/importer.h"
#include "runtime/json/input_file.h"
#include "runtime/json/json_stream.h"

namespace bylaw {

class ConfigScan {
 public:
  /// Files smaller than this are not worth a thread.
  static constexpr size_t kMinBytes = size_t{4} << 20;

  struct Item {
    uint64_t offset = 0;
    uint64_t size = 0;
  };
  using Counts = std::unordered_map<std::string, uint64_t, ImportRun::StringHash, std::equal_to<>>;

  /// Starts a scan; null when the file is small or no place to begin is found. `file` and `demand` must outlive it.
  static std::unique_ptr<ConfigScan> Start(const InputFile& file, const Demand& demand,
                                           const JsonStream::Options& options);
  ~ConfigScan();

  uint64_t begin() const { return begin_; }
  /// Waits for the end; whether the scan went through the rest of the file, and nothing else than the rest of the list was there.
  bool Finish();

  /// After Finish: the items to read, in order; of all others only their numbers are left.
  const std::vector<Item>& wanted() const { return wanted_; }
  const Counts& counts() const { return counts_; }  ///< by type, deleted items left out
  uint64_t num_unwanted_deleted() const { return num_unwanted_deleted_; }
  const JsonLandmarks& landmarks() const { return landmarks_; }  ///< the item at begin() counts as number 0

 private:
  ConfigScan(const InputFile& file, const Demand& demand, const JsonStream::Options& options, uint64_t begin);
  void Run();

  const InputFile& file_;
  const Demand& demand_;
  JsonStream::Options options_;
  uint64_t begin_;
  bool clean_ = false;
  std::vector<Item> wanted_;
  Counts counts_;
  uint64_t num_unwanted_deleted_ = 0;
  JsonLandmarks landmarks_;
  std::thread thread_;
};

}  // namespace bylaw
