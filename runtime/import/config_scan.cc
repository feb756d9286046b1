#include "runtime/import/config_scan.h"

#include "runtime/json/json_fault.h"
#include "runtime/json/json_path.h"

namespace bylaw {

namespace {

constexpr size_t kMaxGuesses = 1024;

enum ScanPath : uint32_t { kType, kStatus, kId, kAccount, kNumScanPaths };

const JsonPaths& ScanPaths() {
  static const JsonPaths paths = [] {
    static constexpr std::string_view kTexts[kNumScanPaths] = {"resourceType", "configurationItemStatus", "resourceId",
                                                               "awsAccountId"};
    return *JsonPaths::Compile(kTexts);
  }();
  return paths;
}

bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

/// Whether what begins at `offset` looks like an item: an object with what items have, and what the lists within them do not.
bool LooksLikeItem(const InputFile& file, uint64_t offset, JsonStream::Options options) {
  options.begin = offset;
  options.window_bytes = size_t{8} << 10;
  options.landmarks = nullptr;
  JsonStream stream(file, options);
  JsonExtraction fields;
  if (!stream.NextDocument() || !stream.TakeFields(ScanPaths(), &fields)) return false;
  auto has = [&](ScanPath path) { return fields.at(ScanPaths().slot(path)).is_string(); };
  return has(kType) && has(kId) && has(kStatus) && has(kAccount);
}

/// A place at or after `from` where an element of a list of objects begins that looks like an item; 0 when none is near.
uint64_t GuessItem(const InputFile& file, uint64_t from, const JsonStream::Options& options) {
  const std::string_view text = file.text();
  size_t at = from;
  for (size_t guesses = 0; guesses < kMaxGuesses; ++guesses) {
    const size_t close = text.find('}', at);
    if (close == std::string_view::npos) return 0;
    at = close + 1;
    size_t next = at;
    while (next < text.size() && IsSpace(text[next])) ++next;
    if (next >= text.size() || text[next] != ',') continue;
    ++next;
    while (next < text.size() && IsSpace(text[next])) ++next;
    if (next >= text.size() || text[next] != '{') continue;
    if (LooksLikeItem(file, next, options)) return next;
  }
  return 0;
}

}  // namespace

std::unique_ptr<ConfigScan> ConfigScan::Start(const InputFile& file, const Demand& demand,
                                              const JsonStream::Options& options) {
  if (file.text().size() < kMinBytes) return nullptr;
  // The reader of the first half also makes the rows of both.
  const uint64_t begin = GuessItem(file, file.text().size() / 2, options);
  if (begin == 0) return nullptr;
  return std::unique_ptr<ConfigScan>(new ConfigScan(file, demand, options, begin));
}

ConfigScan::ConfigScan(const InputFile& file, const Demand& demand, const JsonStream::Options& options, uint64_t begin)
    : file_(file), demand_(demand), options_(options), begin_(begin) {
  thread_ = std::thread([this] { Run(); });
}

ConfigScan::~ConfigScan() {
  if (thread_.joinable()) thread_.join();
}

bool ConfigScan::Finish() {
  if (thread_.joinable()) thread_.join();
  return clean_;
}

void ConfigScan::Run() {
  JsonStream::Options options = options_;
  options.begin = begin_;
  options.in_array = true;
  options.landmarks = &landmarks_;
  JsonStream stream(file_, options);
  JsonExtraction fields;
  const JsonPaths& paths = ScanPaths();
  std::string buffer;
  auto text = [&](ScanPath path) -> std::string_view {
    const JsonValue value = fields.at(paths.slot(path));
    if (!value.is_string()) return {};
    if (!value.string().has_escapes()) return value.string().raw();
    buffer = value.string().ToString();
    return buffer;
  };
  uint64_t last = begin_;
  bool last_wanted = false;
  while (stream.NextElement()) {
    if (stream.kind() != JsonKind::kObject) return;
    const uint64_t offset = stream.offset();
    if (last_wanted) wanted_.back().size = offset - last;
    last = offset;
    if (!stream.TakeFields(paths, &fields)) return;
    const bool deleted = text(kStatus).starts_with("ResourceDeleted");
    const std::string_view type = text(kType);
    last_wanted = demand_.wants_all_records() || demand_.Find(type) != nullptr;
    if (last_wanted) wanted_.push_back({offset, 0});
    if (deleted) {
      if (!last_wanted) ++num_unwanted_deleted_;
      continue;
    }
    auto count = counts_.find(type);
    if (count == counts_.end()) count = counts_.emplace(std::string(type), 0).first;
    ++count->second;
  }
  if (!stream.status().ok()) return;
  // Nothing but `]}` may follow the last item.
  std::string_view rest = TrimRight(file_.text());
  for (char closing : {'}', ']'}) {
    if (!rest.ends_with(closing)) return;
    rest = TrimRight(rest.substr(0, rest.size() - 1));
  }
  if (rest.size() <= last || FindJsonFault(rest.substr(last), JsonTexts::kOne, options_.max_depth)) return;
  if (last_wanted) wanted_.back().size = rest.size() - last;
  for (Item& item : wanted_) {
    // Up to the next item: without the comma between.
    std::string_view own = TrimRight(file_.text().substr(item.offset, item.size));
    if (own.ends_with(',')) own = TrimRight(own.substr(0, own.size() - 1));
    item.size = own.size();
  }
  clean_ = true;
}

}  // namespace bylaw
