#include "src/perf/record_file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "src/base/environment.h"
#include "src/base/log.h"
#include "src/perf/record_encoding.h"

namespace qiao::perf {
namespace {

uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

void add(RecordCount& count, uint64_t amount) {
  count.fetch_add(amount, std::memory_order_relaxed);
}

Error cannot_make(const std::string& path) {
  return invalid(Code::OperatingSystem, "cannot make the record file " + path + ": " + std::strerror(errno));
}

void describe_process(RecordHeader& header) {
  std::memcpy(header.magic, kRecordMagic, sizeof header.magic);
  header.version = kRecordVersion;
  header.bytes = sizeof(RecordHeader);
  header.names_hash = counter_names_hash();
  header.pid = static_cast<uint32_t>(getpid());
  header.parent = static_cast<uint32_t>(getppid());
  header.start_ns = clock_ns(CLOCK_MONOTONIC);
  header.start_unix_ns = clock_ns(CLOCK_REALTIME);
  const int file = ::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  const ssize_t length = file < 0 ? 0 : ::read(file, header.command, sizeof header.command - 1);
  header.command_bytes = static_cast<uint64_t>(std::max<ssize_t>(length, 0));
  if (file >= 0) ::close(file);
}

// The process's own, guarded against fork: what the parent opened is not the child's.
std::mutex own_mutex;
std::atomic<RecordFile*> own{nullptr};
std::atomic<bool> tried{false};

void mark_end() {
  if (RecordFile* file = own.load()) file->header().ended.store(1);
}

RecordFile* open_own() {
  std::lock_guard lock(own_mutex);
  if (tried.load()) return own.load();
  if (auto folder = environment("QIAO_PROF_RECORD")) {
    static std::once_flag once;
    std::call_once(once, [] {
      // The parent's mapping stays in the child and is not written to any more.
      pthread_atfork([] { own_mutex.lock(); }, [] { own_mutex.unlock(); },
                     [] {
                       own.store(nullptr);
                       tried.store(false);
                       own_mutex.unlock();
                     });
      std::atexit(mark_end);
    });
    const uint64_t limit = std::strtoull(environment("QIAO_PROF_RECORD_LIMIT").value_or("0").c_str(), nullptr, 10);
    auto made = RecordFile::create(*folder, limit ? limit : RecordFile::kDefaultLimit);
    if (!made) log::error(made.error().message);
    own.store(made ? made->release() : nullptr);
  }
  tried.store(true, std::memory_order_release);
  return own.load();
}

}  // namespace

uint64_t counter_names_hash() {
  uint64_t hash = 0xcbf29ce484222325;
  for (const CounterRow& row : counter_rows()) {
    for (const char c : row.name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    hash = (hash ^ 0xff) * 0x100000001b3;
  }
  return hash;
}

void add_time(TimeSlot& slot, uint64_t ns) {
  add(slot.count, 1);
  add(slot.ns, ns);
  uint64_t least = slot.min_ns.load(std::memory_order_relaxed);
  while ((least == 0 || least > ns + 1) && !slot.min_ns.compare_exchange_weak(least, ns + 1)) {
  }
  uint64_t most = slot.max_ns.load(std::memory_order_relaxed);
  while (most < ns && !slot.max_ns.compare_exchange_weak(most, ns)) {
  }
}

RecordFile* RecordFile::of_process() {
  return tried.load(std::memory_order_acquire) ? own.load(std::memory_order_relaxed) : open_own();
}

Result<std::unique_ptr<RecordFile>> RecordFile::create(const std::string& folder, uint64_t limit) {
  std::string path;
  int file = -1;
  for (int n = 0; file < 0; ++n) {  // a process that execs keeps its number
    path = folder + "/" + std::to_string(getpid()) + "-" + std::to_string(n) + ".qprof";
    file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno != EEXIST) return cannot_make(path);
  }
  void* mapped = MAP_FAILED;
  if (ftruncate(file, static_cast<off_t>(log_start())) == 0)
    mapped = mmap(nullptr, log_start(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) {
    Error error = cannot_make(path);
    ::close(file);
    return error;
  }
  auto* header = static_cast<RecordHeader*>(mapped);
  header->limit = limit;
  describe_process(*header);
  std::unique_ptr<RecordFile> made(new RecordFile(path, file, header));
  made->others_ = made->string_number("(others)", true);
  return made;
}

RecordFile::~RecordFile() {
  munmap(header_, log_start());
  ::close(file_);
}

// `reserve`: names of kernels and ranges are written even where launches have no room any more.
bool RecordFile::write(LogRecord kind, const std::string& payload, bool reserve) {
  std::string bytes(1, static_cast<char>(kind));
  put_number(bytes, payload.size());
  bytes += payload;
  const uint64_t end = header_->log_bytes.load(std::memory_order_relaxed);
  if (end + bytes.size() > (reserve ? 2 * header_->limit : header_->limit)) return false;
  if (::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(log_start() + end)) !=
      static_cast<ssize_t>(bytes.size()))
    return false;
  header_->log_bytes.store(end + bytes.size(), std::memory_order_release);
  return true;
}

// 0 where it has no room.
uint64_t RecordFile::string_number(const std::string& text, bool reserve) {
  if (auto found = strings_.find(text); found != strings_.end()) return found->second;
  if (!write(LogRecord::String, text, reserve)) return 0;
  return strings_.emplace(text, strings_.size() + 1).first->second;
}

void RecordFile::append(const LaunchProfile& launch) {
  std::lock_guard lock(mutex_);
  add_to_kernel(launch);
  header_->last_ns.store(launch.start_ns + launch.wall_ns, std::memory_order_relaxed);
  bool named = true;
  const std::string payload = encode(launch, [&](const std::string& text) {
    const uint64_t number = string_number(text);
    named = named && number != 0;
    return number;
  });
  if (!named || !write(LogRecord::Launch, payload)) add(header_->dropped, 1);
  add(header_->launches, 1);
}

// The last of a table is for all that have no room, or no name.
size_t RecordFile::slot_of(uint64_t name, Slots& slots, size_t count) {
  if (name == 0) return count - 1;
  return slots.try_emplace(name, std::min(slots.size(), count - 1)).first->second;
}

void RecordFile::add_to_kernel(const LaunchProfile& launch) {
  const uint64_t name = string_number(launch.kernel, true);
  KernelSlot& slot = header_->kernels[slot_of(name, kernels_, kKernelSlots)];
  if (slot.time.count.load(std::memory_order_relaxed) == 0)
    slot.lowest_level.store(static_cast<uint64_t>(launch.level), std::memory_order_relaxed);
  slot.lowest_level.store(std::min(slot.lowest_level.load(), static_cast<uint64_t>(launch.level)));
  slot.counters.merge(launch.counters);
  if (!launch.has_warps) add(slot.without_warps, 1);
  add_time(slot.time, launch.wall_ns);
  slot.name.store(&slot == std::end(header_->kernels) - 1 ? others_ : name, std::memory_order_release);
}

void RecordFile::add_range(const std::string& path, uint64_t ns) {
  std::lock_guard lock(mutex_);
  const uint64_t name = string_number(path, true);
  RangeSlot& slot = header_->ranges[slot_of(name, ranges_, kRangeSlots)];
  perf::add_time(slot.time, ns);
  slot.path.store(&slot == std::end(header_->ranges) - 1 ? others_ : name, std::memory_order_release);
}

}  // namespace qiao::perf
