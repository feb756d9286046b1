#include "runtime/json/input_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/json/input_decoding.h"

namespace bylaw {
namespace {

Error FileError(const std::string& name, std::string message, std::string hint = {}) {
  return Error{.message = std::move(message), .file = name, .hint = std::move(hint)};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

std::optional<std::string_view> WhatItIs(mode_t mode) {
  if (S_ISREG(mode)) return std::nullopt;
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

Result<std::string> ReadAll(int fd, const std::string& name) {
  std::string bytes;
  size_t size = 0;
  while (true) {
    if (bytes.size() - size < (size_t{1} << 16)) bytes.resize(std::max<size_t>(size_t{1} << 18, bytes.size() * 2));
    const ssize_t num_read = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (num_read < 0) {
      if (errno == EINTR) continue;
      return FileError(name, fmt::format("cannot be read: {}", std::strerror(errno)));
    }
    if (num_read == 0) break;
    size += static_cast<size_t>(num_read);
  }
  bytes.resize(size);
  return bytes;
}

struct TextCounts {
  uint64_t num_lines = 0;
  uint64_t num_scalars = 0;
};

void CountBytes(std::string_view text, TextCounts& counts) {
  for (const char c : text) {
    counts.num_lines += c == '\n' ? 1U : 0U;
    counts.num_scalars += (static_cast<uint8_t>(c) & 0xC0) != 0x80 ? 1U : 0U;
  }
}

#ifdef __SSE2__

/// Sixteen bytes a step: this runs over whole files, up to the last place that a report names.
TextCounts Count(std::string_view text) {
  constexpr size_t kStep = sizeof(__m128i), kMaxSteps = 255;  // of one byte in a lane of the sums
  const __m128i feed = _mm_set1_epi8('\n'), last_continuation = _mm_set1_epi8(static_cast<char>(0xBF));
  auto sum = [](__m128i lanes) {
    const __m128i halves = _mm_sad_epu8(lanes, _mm_setzero_si128());
    return static_cast<uint64_t>(_mm_cvtsi128_si64(halves)) +
           static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(halves, halves)));
  };
  TextCounts counts;
  while (text.size() >= kStep) {
    const size_t steps = std::min(kMaxSteps, text.size() / kStep);
    __m128i lines = _mm_setzero_si128(), scalars = _mm_setzero_si128();
    for (size_t step = 0; step < steps; ++step) {
      __m128i bytes;
      std::memcpy(&bytes, text.data() + step * kStep, sizeof bytes);
      // A comparison that holds is -1 in its lane.
      lines = _mm_sub_epi8(lines, _mm_cmpeq_epi8(bytes, feed));
      scalars = _mm_sub_epi8(scalars, _mm_cmpgt_epi8(bytes, last_continuation));
    }
    counts.num_lines += sum(lines);
    counts.num_scalars += sum(scalars);
    text.remove_prefix(steps * kStep);
  }
  CountBytes(text, counts);
  return counts;
}

#else

TextCounts Count(std::string_view text) {
  TextCounts counts;
  CountBytes(text, counts);
  return counts;
}

#endif

/// Where the last line that begins in `text` does so; 0: none does.
size_t LastLine(std::string_view text) {
  const void* feed = text.empty() ? nullptr : ::memrchr(text.data(), '\n', text.size());
  return feed == nullptr ? 0 : static_cast<size_t>(static_cast<const char*>(feed) - text.data()) + 1;
}

uint32_t Saturated(uint64_t count) {
  return static_cast<uint32_t>(std::min<uint64_t>(count, std::numeric_limits<uint32_t>::max()));
}

}  // namespace

InputFile::~InputFile() {
  if (mapping_ != nullptr) ::munmap(mapping_, mapping_bytes_);
}

Result<std::shared_ptr<const InputFile>> InputFile::Open(const std::string& path) {
  if (path == "-") {
    BYLAW_ASSIGN(std::string bytes, ReadAll(STDIN_FILENO, "-"));
    return FromBytes("-", std::move(bytes));
  }
  // Looked at before it is opened: opening a pipe would wait for its writer.
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return FileError(path, "no such file", "check the path");
    return FileError(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  }
  if (const auto what = WhatItIs(info.st_mode)) {
    return FileError(path, fmt::format("is {}, not a file", *what),
                     S_ISDIR(info.st_mode) ? "name the files in it"
                                           : "to read what another program writes, pass `-` and pipe it in");
  }
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) {
    return FileError(path, fmt::format("cannot be opened: {}", std::strerror(errno)),
                     errno == EACCES ? "you need permission to read it" : "");
  }
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode))
    return FileError(path, "changed while it was being opened");
  const size_t num_bytes = static_cast<size_t>(info.st_size);
  if (num_bytes == 0) {
    // Files of /proc say that they are empty.
    BYLAW_ASSIGN(std::string bytes, ReadAll(fd.get(), path));
    return FromBytes(path, std::move(bytes));
  }

  // Zeros to past the end, and the file over them: what follows its last byte is readable, whatever its size.
  const size_t page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const size_t mapping_bytes = (num_bytes + page - 1) / page * page + page;
  std::shared_ptr<InputFile> file(new InputFile(path));
  void* mapping = ::mmap(nullptr, mapping_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED) return FileError(path, fmt::format("cannot be mapped: {}", std::strerror(errno)));
  file->mapping_ = mapping;
  file->mapping_bytes_ = mapping_bytes;
  if (::mmap(mapping, num_bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd.get(), 0) == MAP_FAILED) {
    // Some file systems cannot map.
    BYLAW_ASSIGN(std::string bytes, ReadAll(fd.get(), path));
    return FromBytes(path, std::move(bytes));
  }
  ::madvise(mapping, num_bytes, MADV_SEQUENTIAL);
  return Checked(std::move(file), {static_cast<const char*>(mapping), num_bytes});
}

Result<std::shared_ptr<const InputFile>> InputFile::FromBytes(std::string name, std::string bytes) {
  std::shared_ptr<InputFile> file(new InputFile(std::move(name)));
  const size_t num_bytes = bytes.size();
  file->buffer_ = std::move(bytes);
  file->buffer_.append(kPadding, '\0');
  const std::string_view view = std::string_view(file->buffer_).substr(0, num_bytes);
  return Checked(std::move(file), view);
}

Result<std::shared_ptr<const InputFile>> InputFile::Checked(std::shared_ptr<InputFile> file, std::string_view bytes) {
  const std::string& name = file->name_;
  if (bytes.empty()) return FileError(name, "is empty");
  BYLAW_ASSIGN(std::optional<std::string> decoded, DecodeInput(name, bytes));
  if (decoded) {
    if (file->mapping_ != nullptr) ::munmap(std::exchange(file->mapping_, nullptr), file->mapping_bytes_);
    const size_t num_bytes = decoded->size();
    file->buffer_ = std::move(*decoded);
    file->buffer_.append(kPadding, '\0');
    bytes = std::string_view(file->buffer_).substr(0, num_bytes);
    if (bytes.empty()) return FileError(name, "is empty, once unpacked");
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return FileError(name, "is empty (nothing but white space)");
  file->text_ = bytes;
  return std::shared_ptr<const InputFile>(std::move(file));
}

std::shared_ptr<const InputFile> InputFile::Derived(std::shared_ptr<const InputFile> source, std::string text,
                                                    std::vector<Origin> origins, Derivation derivation) {
  std::shared_ptr<InputFile> file(new InputFile(source->name()));
  const size_t num_bytes = text.size();
  file->buffer_ = std::move(text);
  file->buffer_.append(kPadding, '\0');
  file->text_ = std::string_view(file->buffer_).substr(0, num_bytes);
  file->source_ = std::move(source);
  file->origins_ = std::move(origins);
  file->derivation_ = derivation;
  return file;
}

uint64_t InputFile::SourceOffset(uint64_t offset) const {
  const auto after = std::upper_bound(origins_.begin(), origins_.end(), offset,
                                      [](uint64_t wanted, const Origin& origin) { return wanted < origin.offset; });
  if (after == origins_.begin()) return 0;
  const Origin& origin = *std::prev(after);
  return origin.source + (derivation_ == Derivation::kPieced ? offset - origin.offset : 0);
}

LineColumn InputFile::Locate(uint64_t offset) const {
  if (source_) return source_->Locate(SourceOffset(offset));
  offset = std::min<uint64_t>(offset, text_.size());
  const size_t chunk_id = static_cast<size_t>(offset / kChunkBytes);
  Chunk chunk{};
  {
    const std::lock_guard lock(lines_mutex_);
    if (chunks_.empty()) chunks_.push_back({0, 0, 0});
    constexpr size_t kChunksToRelease = kReleaseBytes / kChunkBytes;
    while (chunks_.size() <= chunk_id) {
      if (chunks_.size() % kChunksToRelease == 0) {
        Release((chunks_.size() - kChunksToRelease) * kChunkBytes, chunks_.size() * kChunkBytes);
      }
      const std::string_view text = text_.substr((chunks_.size() - 1) * kChunkBytes, kChunkBytes);
      Chunk next = chunks_.back();
      const size_t last_line = LastLine(text);
      if (last_line > 0) {
        const TextCounts before = Count(text.substr(0, last_line));
        next.num_lines += before.num_lines;
        next.line_start_scalars = next.num_scalars += before.num_scalars;
      }
      next.num_scalars += Count(text.substr(last_line)).num_scalars;
      chunks_.push_back(next);
    }
    chunk = chunks_[chunk_id];
  }
  const size_t begin = chunk_id * kChunkBytes;
  const std::string_view text = text_.substr(begin, static_cast<size_t>(offset) - begin);
  const size_t last_line = LastLine(text);
  const uint64_t num_scalars = Count(text.substr(last_line)).num_scalars;
  if (last_line == 0) {
    return {Saturated(chunk.num_lines + 1), Saturated(chunk.num_scalars + num_scalars - chunk.line_start_scalars + 1)};
  }
  return {Saturated(chunk.num_lines + Count(text.substr(0, last_line)).num_lines + 1), Saturated(num_scalars + 1)};
}

void InputFile::Release(uint64_t begin, uint64_t end) const {
  if (mapping_ == nullptr) return;
  const auto page = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  const uint64_t skipped =
      static_cast<uint64_t>(text_.data() - static_cast<const char*>(mapping_));  // a byte order mark
  const uint64_t first = (begin + skipped + page - 1) / page * page,
                 last = (std::min<uint64_t>(end, text_.size()) + skipped) / page * page;
  if (first < last) ::madvise(static_cast<char*>(mapping_) + first, last - first, MADV_DONTNEED);
}

Error InputFile::ErrorAt(uint64_t offset, std::string message, std::string hint) const {
  const LineColumn place = Locate(offset);
  return Error{.message = std::move(message),
               .file = name_,
               .line = place.line,
               .column = place.column,
               .hint = std::move(hint)};
}

}  // namespace bylaw
