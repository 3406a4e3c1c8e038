#include "device_sim/machine/physical_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>

#include "device_sim/machine/range_allocator.h"

namespace qiao::machine {
namespace {

constexpr uint64_t kPage = 4096;

void* pointer(uint64_t address) {
  return reinterpret_cast<void*>(address);
}

Error no_memory(const char* what) {
  return Error{Code::OutOfMemory, std::string(what) + ": " + std::strerror(errno)};
}

int protection_bits(hal::Protection protection) {
  switch (protection) {
    case hal::Protection::None:
      return PROT_NONE;
    case hal::Protection::Read:
      return PROT_READ;
    case hal::Protection::ReadWrite:
      break;
  }
  return PROT_READ | PROT_WRITE;
}

// The file of what is not exported: sparse, and holes are punched where memory was released.
class SharedFile {
 public:
  static SharedFile& instance() {
    static auto* file = new SharedFile;
    return *file;
  }

  Result<uint64_t> take(uint64_t bytes) {
    std::lock_guard lock(mutex_);
    if (descriptor_ < 0) {
      constexpr uint64_t kMost = uint64_t{1} << 46;
      descriptor_ = memfd_create("qiao-memory", MFD_CLOEXEC);
      if (descriptor_ < 0 || ftruncate(descriptor_, static_cast<off_t>(kMost)) != 0)
        return no_memory("the host gives no file for device memory");
      free_.add(0, kMost);
    }
    const auto offset = free_.allocate(bytes, kPage);
    if (!offset) return Error{Code::OutOfMemory, "the file of device memory is full"};
    return *offset;
  }

  void give(uint64_t offset, uint64_t bytes) {
    std::lock_guard lock(mutex_);
    fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
              static_cast<off_t>(bytes));
    free_.add(offset, bytes);
  }

  int descriptor() const { return descriptor_; }

 private:
  std::mutex mutex_;
  int descriptor_ = -1;
  RangeAllocator free_;
};

}  // namespace

Result<std::shared_ptr<PhysicalMemory>> PhysicalMemory::create(uint64_t bytes, const std::string& note,
                                                               std::function<void()> released) {
  if (note.empty()) {
    Result<uint64_t> offset = SharedFile::instance().take(bytes);
    if (!offset) return offset.error();
    return std::make_shared<PhysicalMemory>(SharedFile::instance().descriptor(), *offset, bytes, false,
                                            std::move(released));
  }
  const int descriptor = memfd_create(note.c_str(), MFD_CLOEXEC);
  if (descriptor < 0) return no_memory("the host gives no file for device memory");
  if (ftruncate(descriptor, static_cast<off_t>(bytes)) != 0) {
    close(descriptor);
    return no_memory("the host gives no file for device memory");
  }
  return std::make_shared<PhysicalMemory>(descriptor, 0, bytes, true, std::move(released));
}

Result<std::shared_ptr<PhysicalMemory>> PhysicalMemory::import(int descriptor) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0)
    return invalid(Code::InvalidValue, "the file descriptor is not one of exported device memory");
  const int own = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (own < 0) return no_memory("no descriptor for imported memory");
  return std::make_shared<PhysicalMemory>(own, 0, static_cast<uint64_t>(status.st_size), true, nullptr);
}

PhysicalMemory::~PhysicalMemory() {
  if (own_) {
    close(descriptor_);
  } else {
    SharedFile::instance().give(offset_, bytes_);
  }
  if (released_) released_();
}

Result<int> PhysicalMemory::export_descriptor() const {
  if (!own_) return unsupported("exporting memory that was created without a handle type");
  const int copy = fcntl(descriptor_, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return no_memory("no descriptor for exported memory");
  return copy;
}

Result<void> map_memory(uint64_t address, const PhysicalMemory& memory, uint64_t offset, uint64_t bytes,
                        hal::Protection protection) {
  void* mapped = mmap(pointer(address), bytes, protection_bits(protection), MAP_SHARED | MAP_FIXED, memory.descriptor(),
                      static_cast<off_t>(memory.offset() + offset));
  if (mapped == MAP_FAILED) return no_memory("cannot map device memory");
  madvise(mapped, bytes, MADV_DONTDUMP);
  return {};
}

Result<void> unmap_memory(uint64_t address, uint64_t bytes) {
  void* mapped =
      mmap(pointer(address), bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
  if (mapped == MAP_FAILED) return no_memory("cannot unmap device memory");
  madvise(mapped, bytes, MADV_HUGEPAGE);
  madvise(mapped, bytes, MADV_DONTDUMP);
  return {};
}

Result<void> protect_memory(uint64_t address, uint64_t bytes, hal::Protection protection) {
  if (mprotect(pointer(address), bytes, protection_bits(protection)) == 0) return {};
  return no_memory("cannot change the access of device memory");
}

}  // namespace qiao::machine
