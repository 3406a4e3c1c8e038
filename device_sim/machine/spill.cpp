#include "device_sim/machine/spill.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "src/base/environment.h"
#include "src/base/log.h"

namespace qiao::machine {
namespace {

int open_unnamed(const std::string& folder) {
  const int file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file >= 0) return file;
  std::string name = folder + "/qiao-spill-XXXXXX";  // not every file system has files without a name
  const int named = mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) unlink(name.c_str());
  return named;
}

// The folder's room when the process began with it, or 0.
uint64_t room_of(const std::string& folder) {
  struct statvfs found{};
  const int file = open_unnamed(folder);
  if (file < 0 || fstatvfs(file, &found) != 0) {
    log::warn("cannot spill device memory to " + folder + ": " + std::strerror(errno));
    if (file >= 0) close(file);
    return 0;
  }
  close(file);
  return uint64_t{found.f_bavail} * found.f_frsize / 10 * 9;
}

struct Range {
  uint64_t bytes;
  int file;
};

struct Ranges {
  std::mutex mutex;
  std::map<uint64_t, Range> by_base;
};

Ranges& ranges() {
  static auto* made = new Ranges;  // never destroyed: programs free from atexit handlers
  return *made;
}

// The file behind an address, and where in it; -1 for none.
int file_of(uint64_t address, uint64_t& offset) {
  std::lock_guard lock(ranges().mutex);
  auto next = ranges().by_base.upper_bound(address);
  if (next == ranges().by_base.begin()) return -1;
  const auto& [base, range] = *std::prev(next);
  offset = address - base;
  return offset < range.bytes ? range.file : -1;
}

void* map_file(uint64_t bytes) {
  const int file = open_unnamed(*environment("QIAO_SPILL"));
  if (file < 0 || ftruncate(file, static_cast<off_t>(bytes)) != 0) return MAP_FAILED;
  void* mapped = mmap(nullptr, bytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0);
  if (mapped == MAP_FAILED) return mapped;
  std::lock_guard lock(ranges().mutex);
  Range& range = ranges().by_base[reinterpret_cast<uint64_t>(mapped)];  // one that is gone may have lain there
  if (range.bytes != 0) close(range.file);
  range = {bytes, file};
  return mapped;
}

}  // namespace

uint64_t spill_bytes() {
  static const uint64_t room = environment("QIAO_SPILL") ? room_of(*environment("QIAO_SPILL")) : 0;
  return room;
}

void* map_range(uint64_t bytes) {
  if (spill_bytes() != 0) return map_file(bytes);
  return mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

bool claim_room(uint64_t address, uint64_t bytes) {
  if (spill_bytes() == 0) return true;
  uint64_t offset = 0;
  const int file = file_of(address, offset);
  return file < 0 || fallocate(file, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(bytes)) == 0 ||
         errno == EOPNOTSUPP;
}

void discard_pages(uint64_t address, uint64_t bytes) {
  uint64_t offset = 0;
  const int file = spill_bytes() == 0 ? -1 : file_of(address, offset);
  if (file < 0) {
    madvise(reinterpret_cast<void*>(address), bytes, MADV_DONTNEED);
  } else {
    fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  }
}

}  // namespace qiao::machine
