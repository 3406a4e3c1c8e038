#include "device_sim/machine/shared_chunks.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>

#include "device_sim/machine/fault_handler.h"

namespace qiao::machine {
namespace {

std::mutex replacing;  // one at a time in the process
// The pages that are, or were last, replaced; their number, counted up, is odd while that goes on.
std::atomic<uint64_t> replaced_base{0}, replaced_bytes{0}, replacement{0};

Error host_error(const char* what) {
  return Error{Code::OperatingSystem, std::string(what) + ": " + std::strerror(errno)};
}

void* pointer(uint64_t address) {
  return reinterpret_cast<void*>(address);
}

// pwrite, but unseen by TSan: writers of these pages are held back by their protection, of which it knows nothing.
ssize_t write_pages(int descriptor, const void* pages, uint64_t bytes, uint64_t offset) {
  return syscall(SYS_pwrite64, descriptor, pages, bytes, offset);
}

// Copies the pages to the file and maps it in their place.
bool replace(uint64_t base, uint64_t bytes, int descriptor) {
  std::lock_guard lock(replacing);
  claim_fault_signals();  // whoever set a handler since the first kernel gets what is not ours from it
  replaced_bytes.store(bytes);
  replaced_base.store(base);
  replacement.fetch_add(1);
  bool good = mprotect(pointer(base), bytes, PROT_READ) == 0;
  for (uint64_t done = 0; good && done < bytes;) {
    const ssize_t wrote = write_pages(descriptor, pointer(base + done), bytes - done, done);
    good = wrote > 0;
    if (good) done += static_cast<uint64_t>(wrote);
  }
  if (good) {
    good = mmap(pointer(base), bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, descriptor, 0) != MAP_FAILED;
  }
  if (!good) mprotect(pointer(base), bytes, PROT_READ | PROT_WRITE);
  replacement.fetch_add(1);
  return good;
}

}  // namespace

SharedChunks::~SharedChunks() {
  for (const auto& [base, range] : ranges_) close(range.descriptor);
}

Result<hal::SharedPart> SharedChunks::share(uint64_t base, uint64_t bytes, uint64_t address) {
  auto next = ranges_.upper_bound(base);
  if (next != ranges_.begin()) {
    const auto& [start, range] = *std::prev(next);
    if (base + bytes <= start + range.bytes) return hal::SharedPart{range.descriptor, address - start, range.bytes};
    if (base < start + range.bytes) return unsupported("a handle to memory of which only a part has one");
  }
  if (next != ranges_.end() && next->first < base + bytes)
    return unsupported("a handle to memory of which only a part has one");
  const int descriptor = memfd_create("qiao-shared", MFD_CLOEXEC);
  if (descriptor < 0) return host_error("no file for shared memory");
  if (ftruncate(descriptor, static_cast<off_t>(bytes)) != 0 || !replace(base, bytes, descriptor)) {
    const Error error = host_error("cannot share device memory");
    close(descriptor);
    return error;
  }
  ranges_[base] = {bytes, descriptor};
  return hal::SharedPart{descriptor, address - base, bytes};
}

void SharedChunks::make_private(uint64_t base, uint64_t bytes) {
  for (auto it = ranges_.lower_bound(base); it != ranges_.end() && it->first < base + bytes; it = ranges_.erase(it)) {
    mmap(pointer(it->first), it->second.bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
         0);
    madvise(pointer(it->first), it->second.bytes, MADV_HUGEPAGE);
    madvise(pointer(it->first), it->second.bytes, MADV_DONTDUMP);
    close(it->second.descriptor);
  }
}

bool wait_for_replacement(uint64_t address) {
  if (address - replaced_base.load() >= replaced_bytes.load()) return false;
  uint64_t number = replacement.load();
  for (; number % 2 != 0; number = replacement.load()) usleep(50);
  // The access may have failed just before the end: it is tried once more, and only once, as it may be a bad one.
  static thread_local uint64_t retried = 0;
  if (retried == number) return false;
  retried = number;
  return true;
}

}  // namespace qiao::machine
