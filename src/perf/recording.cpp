#include "src/perf/recording.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "src/perf/record_encoding.h"

namespace qiao::perf {
namespace {

class MappedFile {
 public:
  explicit MappedFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status{};
    if (file >= 0 && fstat(file, &status) == 0 && status.st_size > 0) {
      size_ = static_cast<size_t>(status.st_size);
      void* mapped = mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
      if (mapped != MAP_FAILED) data_ = static_cast<const char*>(mapped);
    }
    if (file >= 0) ::close(file);
  }
  MappedFile(const MappedFile&) = delete;
  ~MappedFile() {
    if (data_) munmap(const_cast<char*>(data_), size_);
  }

  std::string_view bytes() const { return data_ ? std::string_view(data_, size_) : std::string_view(); }

 private:
  const char* data_ = nullptr;
  size_t size_ = 0;
};

Result<const RecordHeader*> header_of(const MappedFile& file, const std::string& path) {
  const std::string_view bytes = file.bytes();
  if (bytes.empty()) return invalid(Code::OperatingSystem, "cannot read " + path + ": " + std::strerror(errno));
  const auto* header = reinterpret_cast<const RecordHeader*>(bytes.data());
  if (bytes.size() < log_start() || std::memcmp(header->magic, kRecordMagic, sizeof kRecordMagic) != 0)
    return invalid(Code::InvalidValue, path + " is not a record of qiao prof");
  if (header->version != kRecordVersion || header->bytes != sizeof(RecordHeader) ||
      header->names_hash != counter_names_hash())
    return invalid(Code::InvalidValue, path + " was recorded by another build of Qiao");
  return header;
}

TimeTotals totals_of(const TimeSlot& slot) {
  const uint64_t least = slot.min_ns.load();
  return {slot.count.load(), slot.ns.load(), least == 0 ? 0 : least - 1, slot.max_ns.load()};
}

class LogReader {
 public:
  LogReader(std::string_view log, const std::function<void(LaunchProfile&&)>& each) : log_(log), each_(each) {}

  // False where the log breaks off.
  bool read() {
    while (!log_.empty()) {
      if (!next()) return false;
    }
    return true;
  }

  const std::string* text(uint64_t number) const {
    return number == 0 || number > strings_.size() ? nullptr : &strings_[number - 1];
  }

 private:
  bool next() {
    const auto kind = static_cast<LogRecord>(log_.front());
    log_.remove_prefix(1);
    const std::optional<uint64_t> length = take_number(log_);
    if (!length || *length > log_.size()) return false;
    const std::string_view payload = log_.substr(0, *length);
    log_.remove_prefix(*length);
    if (kind == LogRecord::String) {
      strings_.emplace_back(payload);
      return true;
    }
    if (kind != LogRecord::Launch) return false;
    std::optional<LaunchProfile> launch = decode(payload, [&](uint64_t number) { return text(number); });
    if (!launch) return false;
    each_(std::move(*launch));
    return true;
  }

  std::string_view log_;
  const std::function<void(LaunchProfile&&)>& each_;
  std::vector<std::string> strings_;
};

std::vector<std::string> words_of(const RecordHeader& header) {
  std::vector<std::string> words;
  const size_t bytes = std::min<size_t>(header.command_bytes, sizeof header.command);
  for (size_t at = 0; at < bytes;) {
    const size_t length = strnlen(header.command + at, bytes - at);
    words.emplace_back(header.command + at, length);
    at += length + 1;
  }
  return words;
}

void read_tables(const RecordHeader& header, const LogReader& log, Recording& recording) {
  auto text = [&](const RecordCount& number) {
    const std::string* found = log.text(number.load());
    return found ? *found : std::string("(unknown)");
  };
  for (const KernelSlot& slot : header.kernels) {
    if (slot.name.load() == 0) continue;
    recording.kernels.push_back({text(slot.name), totals_of(slot.time), slot.without_warps.load(),
                                 static_cast<CountLevel>(slot.lowest_level.load()), slot.counters});
  }
  for (const CallSlot& slot : header.calls) {
    if (slot.time.count.load() == 0) continue;
    recording.calls.push_back(
        {std::string(slot.name, strnlen(slot.name, sizeof slot.name)), totals_of(slot.time), slot.errors.load()});
  }
  for (size_t kind = 0; kind < std::size(header.copies); ++kind) {
    const CopySlot& slot = header.copies[kind];
    if (slot.time.count.load() == 0) continue;
    recording.copies.push_back({static_cast<CopyKind>(kind), totals_of(slot.time), slot.bytes.load(),
                                std::max<uint64_t>(slot.min_bytes.load(), 1) - 1, slot.max_bytes.load()});
  }
  for (const RangeSlot& slot : header.ranges) {
    if (slot.path.load() != 0) recording.ranges.push_back({text(slot.path), totals_of(slot.time)});
  }
}

}  // namespace

Result<Recording> read_recording(const std::string& path, const std::function<void(LaunchProfile&&)>& each) {
  const MappedFile file(path);
  Result<const RecordHeader*> found = header_of(file, path);
  if (!found) return found.error();
  const RecordHeader& header = **found;
  Recording recording;
  recording.command = words_of(header);
  recording.pid = header.pid;
  recording.parent = header.parent;
  recording.start_ns = header.start_ns;
  recording.start_unix_ns = header.start_unix_ns;
  recording.launches = header.launches.load();
  recording.dropped = header.dropped.load();
  recording.ended = header.ended.load() != 0;
  recording.allocated_peak = header.allocated_peak.load();
  recording.compiled = totals_of(header.compiled);
  recording.found = header.found.load();
  const uint64_t written = header.log_bytes.load(std::memory_order_acquire);
  const std::string_view rest = file.bytes().substr(log_start());
  LogReader log(rest.substr(0, written), each);
  recording.torn = !log.read() || rest.size() < written;
  read_tables(header, log, recording);
  return recording;
}

Result<RecordingProgress> read_progress(const std::string& path) {
  const MappedFile file(path);
  Result<const RecordHeader*> header = header_of(file, path);
  if (!header) return header.error();
  RecordingProgress progress{(*header)->pid, (*header)->launches.load(), 0};
  for (const KernelSlot& slot : (*header)->kernels) progress.emulation_ns += slot.time.ns.load();
  return progress;
}

const char* name_of(CopyKind kind) {
  switch (kind) {
    case CopyKind::HostToDevice:
      return "[CUDA memcpy HtoD]";
    case CopyKind::DeviceToHost:
      return "[CUDA memcpy DtoH]";
    case CopyKind::DeviceToDevice:
      return "[CUDA memcpy DtoD]";
    case CopyKind::HostToHost:
      return "[CUDA memcpy HtoH]";
    default:
      return "[CUDA memset]";
  }
}

}  // namespace qiao::perf
