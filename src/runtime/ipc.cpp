#include "src/runtime/ipc.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>

#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/pools.h"

namespace qiao::runtime {
namespace {

constexpr uint32_t kMemory = 0x514d454d, kEvent = 0x51455654, kPool = 0x51504f4f, kPoolMemory = 0x51504d45;

struct Contents {
  uint32_t kind = 0;
  int32_t process = 0;
  uint64_t start = 0;  // of the process
  int32_t descriptor = -1;
  uint32_t pool = 0;    // number of the pool it was allocated from
  uint64_t offset = 0;  // of the allocation in the file
  uint64_t bytes = 0;   // of the allocation
  uint64_t whole = 0;   // of the file
};
static_assert(sizeof(Contents) <= sizeof(IpcHandle));

IpcHandle pack(const Contents& contents) {
  IpcHandle handle{};
  std::memcpy(handle.data(), &contents, sizeof contents);
  return handle;
}
Contents unpack(const IpcHandle& handle) {
  Contents contents;
  std::memcpy(&contents, handle.data(), sizeof contents);
  return contents;
}

// When the process began, in clock ticks since boot (proc(5), stat, field 22); 0 when there is no such process.
uint64_t start_of(int64_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(file, text);
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  uint64_t start = 0;
  fields >> start;
  return skipped.empty() ? 0 : start;
}

// Asked for anew after a fork.
uint64_t own_start() {
  return start_of(getpid());
}

Result<int> open_descriptor(const Contents& contents, uint32_t kind) {
  if (contents.kind != kind) return invalid(Code::InvalidValue, "this is not a handle of that kind");
  const Error gone =
      invalid(Code::InvalidHandle, "the process " + std::to_string(contents.process) + " of the handle has ended");
  if (start_of(contents.process) != contents.start) return gone;
  const std::string path = "/proc/" + std::to_string(contents.process) + "/fd/" + std::to_string(contents.descriptor);
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0)
    return invalid(Code::InvalidHandle, "cannot open the handle's " + path + ": " + std::strerror(errno));
  struct stat status = {};
  if (fstat(descriptor, &status) == 0 && status.st_size > 0 && static_cast<uint64_t>(status.st_size) >= contents.whole)
    return descriptor;
  close(descriptor);
  return invalid(Code::InvalidHandle, "what the handle names is no longer there");
}

// What this process has opened, by handle.
struct Opened {
  uint64_t address;  // of the allocation
  uint64_t base;     // of the mapping
  uint64_t bytes;
  Device* device;
  uint64_t users;
};
std::mutex opened_mutex;
std::map<IpcHandle, Opened>& opened() {
  static auto* map = new std::map<IpcHandle, Opened>;
  return *map;
}

uint64_t whole_grains(uint64_t bytes) {
  return (bytes + hal::Device::kGranularity - 1) / hal::Device::kGranularity * hal::Device::kGranularity;
}

Result<uint64_t> map_file(hal::Device& chip, int descriptor, uint64_t bytes) {
  Result<std::shared_ptr<hal::PhysicalMemory>> memory = chip.import_memory(descriptor);
  if (!memory) return memory.error();
  Result<uint64_t> base = chip.reserve_addresses(whole_grains(bytes), 0, 0);
  if (!base) return base;
  Result<void> done = chip.map(*base, **memory, 0, bytes);  // the mapping keeps the memory
  if (done) done = chip.protect(*base, bytes, hal::Protection::ReadWrite);
  if (done) return base;
  (void)chip.release_addresses(*base, whole_grains(bytes));
  return done.error();
}

Result<void> unmap_file(const Opened& entry) {
  if (Result<void> done = entry.device->hal().unmap(entry.base, entry.bytes); !done) return done;
  return entry.device->hal().release_addresses(entry.base, whole_grains(entry.bytes));
}

}  // namespace

Result<IpcHandle> memory_handle(uint64_t address) {
  std::optional<Allocation> found = MemoryMap::instance().find(address);
  if (!found || found->kind != MemoryKind::Device)
    return invalid(Code::InvalidValue, "only memory of cudaMalloc has a handle for other processes");
  Result<hal::SharedPart> part = found->device->hal().share(found->base);
  if (!part) return part.error();
  return pack({.kind = kMemory,
               .process = getpid(),
               .start = own_start(),
               .descriptor = part->descriptor,
               .offset = part->offset,
               .bytes = found->bytes,
               .whole = part->bytes});
}

namespace {

Result<uint64_t> open_memory(Context& context, const IpcHandle& handle, uint32_t kind, Pool* pool) {
  const Contents contents = unpack(handle);
  if (contents.kind == kind && contents.process == getpid() && contents.start == own_start())
    return invalid(Code::InvalidContext, "the memory is this process's own");
  std::lock_guard lock(opened_mutex);
  if (auto known = opened().find(handle); known != opened().end()) {
    ++known->second.users;
    return known->second.address;
  }
  Result<int> descriptor = open_descriptor(contents, kind);
  if (!descriptor) return descriptor.error();
  Result<uint64_t> base = map_file(context.device().hal(), *descriptor, contents.whole);
  close(*descriptor);
  if (!base) return base;
  const Opened entry{*base + contents.offset, *base, contents.whole, &context.device(), 1};
  Allocation made{.base = entry.address, .bytes = contents.bytes, .kind = MemoryKind::Imported};
  made.context = &context;
  made.device = &context.device();
  made.pool = pool;
  if (Result<void> added = MemoryMap::instance().add(made); !added) return added.error();
  opened()[handle] = entry;
  return entry.address;
}

}  // namespace

Result<uint64_t> open_memory_handle(Context& context, const IpcHandle& handle) {
  return open_memory(context, handle, kMemory, nullptr);
}

Result<void> close_memory_handle(uint64_t address) {
  std::optional<Allocation> found = MemoryMap::instance().find(address);
  if (!found || found->base != address || found->kind != MemoryKind::Imported)
    return invalid(Code::InvalidValue, "the pointer is not one of an open memory handle");
  synchronize_all(found->device);
  {
    std::lock_guard lock(opened_mutex);
    for (auto& [handle, entry] : opened()) {
      if (entry.address == address && --entry.users != 0) return {};
    }
  }
  Result<Allocation> taken = MemoryMap::instance().remove(address, {MemoryKind::Imported});
  if (!taken) return taken.error();
  return end_imported(*taken);
}

Result<void> end_imported(const Allocation& allocation) {
  std::lock_guard lock(opened_mutex);
  for (auto it = opened().begin(); it != opened().end(); ++it) {
    if (it->second.address != allocation.base) continue;
    const Opened entry = it->second;
    opened().erase(it);
    return unmap_file(entry);
  }
  return {};
}

namespace {

struct PoolFile {
  uint32_t kind = kPool;
  Pool::Name name;
};

}  // namespace

Pool::Name new_pool_name() {
  static std::atomic<uint32_t> made{0};
  return {getpid(), ++made, own_start()};
}

Result<int> export_pool(const Pool& pool) {
  if (pool.name().number == 0 || pool.imported())
    return invalid(Code::InvalidValue, "the memory pool was not made to be exported");
  const int descriptor = memfd_create("qiao-pool", MFD_CLOEXEC);
  const PoolFile file{kPool, pool.name()};
  if (descriptor >= 0 && write(descriptor, &file, sizeof file) == sizeof file) return descriptor;
  const Error failed{Code::OperatingSystem, std::string("cannot export a memory pool: ") + std::strerror(errno)};
  if (descriptor >= 0) close(descriptor);
  return failed;
}

Result<std::shared_ptr<Pool>> import_pool(Context& context, int descriptor) {
  PoolFile file{};
  if (pread(descriptor, &file, sizeof file, 0) != sizeof file || file.kind != kPool)
    return invalid(Code::InvalidValue, "this file descriptor is not a memory pool's");
  if (start_of(file.name.process) != file.name.start)
    return invalid(Code::InvalidHandle, "the process of the memory pool has ended");
  return Pools::instance().create(context.device(), 0, file.name, true);
}

Result<IpcHandle> pool_memory_handle(uint64_t address) {
  const std::optional<Allocation> found = MemoryMap::instance().find(address);
  if (!found || found->kind != MemoryKind::Pool || found->base != address || found->pool->name().number == 0)
    return invalid(Code::InvalidValue, "the pointer is not to memory of a pool that can be exported");
  hal::Device& chip = found->device->hal();
  Result<hal::GlobalVariable> slab = chip.allocation_of(address);
  if (!slab) return slab.error();
  Result<hal::SharedPart> part = chip.share(address);
  if (!part) return part.error();
  return pack({.kind = kPoolMemory,
               .process = getpid(),
               .start = own_start(),
               .descriptor = part->descriptor,
               .pool = found->pool->name().number,
               .offset = part->offset + (address - slab->address),
               .bytes = found->bytes,
               .whole = part->bytes});
}

Result<uint64_t> open_pool_memory(Context& context, Pool& pool, const IpcHandle& handle) {
  const Contents contents = unpack(handle);
  const Pool::Name owner{contents.process, contents.pool, contents.start};
  if (!pool.imported() || contents.kind != kPoolMemory || owner != pool.name())
    return invalid(Code::InvalidValue, "the exported pointer is not of this imported pool");
  return open_memory(context, handle, kPoolMemory, &pool);
}

bool is_imported_pool_memory(uint64_t address) {
  const std::optional<Allocation> found = MemoryMap::instance().find(address);
  return found && found->base == address && found->kind == MemoryKind::Imported && found->pool != nullptr;
}

Result<std::shared_ptr<IpcEvent>> IpcEvent::create() {
  const int descriptor = memfd_create("qiao-event", MFD_CLOEXEC);
  if (descriptor < 0 || ftruncate(descriptor, sizeof(State)) != 0)
    return Error{Code::OperatingSystem, std::string("no memory for an interprocess event: ") + std::strerror(errno)};
  void* page = mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (page == MAP_FAILED) {
    close(descriptor);
    return Error{Code::OperatingSystem, std::string("no memory for an interprocess event: ") + std::strerror(errno)};
  }
  return std::make_shared<IpcEvent>(descriptor, page);
}

Result<std::shared_ptr<IpcEvent>> IpcEvent::open(const IpcHandle& handle) {
  Result<int> descriptor = open_descriptor(unpack(handle), kEvent);
  if (!descriptor) return descriptor.error();
  void* page = mmap(nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, *descriptor, 0);
  if (page != MAP_FAILED) return std::make_shared<IpcEvent>(*descriptor, page);
  close(*descriptor);
  return Error{Code::OperatingSystem, std::string("cannot map an interprocess event: ") + std::strerror(errno)};
}

IpcEvent::~IpcEvent() {
  munmap(state_, sizeof(State));
  close(descriptor_);
}

Result<IpcHandle> IpcEvent::handle() const {
  return pack(
      {.kind = kEvent, .process = getpid(), .start = own_start(), .descriptor = descriptor_, .whole = sizeof(State)});
}

uint64_t IpcEvent::record() {
  state_->recorder.store(getpid());
  state_->recorder_start.store(own_start());
  return state_->recorded.fetch_add(1) + 1;
}

void IpcEvent::reach(uint64_t record) {
  uint64_t now = state_->reached.load();
  while (now < record && !state_->reached.compare_exchange_weak(now, record)) {
  }
}

uint64_t IpcEvent::recorded() const {
  return state_->recorded.load();
}

bool IpcEvent::reached() const {
  return state_->reached.load() >= state_->recorded.load();
}

// By looking again and again, rarely in the end: a process that dies wakes nobody.
Result<void> IpcEvent::wait(uint64_t record) const {
  auto pause = std::chrono::microseconds(5);
  for (int turn = 0; state_->reached.load(std::memory_order_acquire) < record; ++turn) {
    std::this_thread::sleep_for(pause);
    if (pause < std::chrono::microseconds(500)) pause += pause / 4 + std::chrono::microseconds(1);
    if (turn % 256 != 255 || start_of(state_->recorder.load()) == state_->recorder_start.load()) continue;
    if (state_->reached.load(std::memory_order_acquire) >= record) break;
    return Error{Code::OperatingSystem, "the process that recorded an interprocess event has ended before it"};
  }
  return {};
}

}  // namespace qiao::runtime
