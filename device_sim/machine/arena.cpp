// Device memory: small blocks share committed 2 MB chunks, large ones have chunks of their own whose rest is a guard.
#include "device_sim/machine/arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "device_sim/machine/spill.h"

namespace qiao::machine {
namespace {

// Freed memory beyond this goes back to the host at once; less stays for the next allocation, which saves its faults.
constexpr uint64_t kKeepResident = uint64_t{256} << 20;
// Address space beyond the limit: large blocks are rounded up to chunks and keep a guard, windows are not charged.
constexpr uint64_t kSlack = uint64_t{64} << 30;

uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}
uint64_t page_bytes() {
  static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}
void* pointer(uint64_t address) {
  return reinterpret_cast<void*>(address);
}

Error out_of_memory(uint64_t bytes, uint64_t free) {
  return invalid(Code::OutOfMemory, "out of device memory: " + std::to_string(bytes) + " bytes asked for, " +
                                        std::to_string(free) + " free");
}

// What an allocation takes of the device's heap: CUDA's is 16-byte aligned and keeps its books beside the blocks.
uint64_t heap_charge(uint64_t bytes) {
  return bytes > ~uint64_t{0} - 32 ? bytes : (bytes + 31) / 16 * 16;
}

}  // namespace

Result<Arena::Reservation> Arena::reserve_range(uint64_t bytes) {
  void* mapped = map_range(bytes + kChunk);
  if (mapped == MAP_FAILED)
    return Error{Code::OutOfMemory,
                 "cannot reserve " + std::to_string(bytes) + " bytes of address space: " + std::strerror(errno)};
  const auto start = reinterpret_cast<uint64_t>(mapped);
  const uint64_t base = round_up(start, kChunk);
  madvise(pointer(base), bytes, MADV_HUGEPAGE);  // a wish: without it memory is only slower
  madvise(pointer(base), bytes, MADV_DONTDUMP);
  return Reservation{start, bytes + kChunk, base, bytes};
}

Result<std::unique_ptr<Arena>> Arena::reserve(uint64_t limit_bytes) {
  const uint64_t limit = round_up(limit_bytes, kChunk);
  // A process under a limit on address space (ulimit -v) gets a smaller range rather than none.
  for (uint64_t slack = kSlack + limit;; slack /= 2) {
    auto range = reserve_range(limit + slack / kChunk * kChunk);
    if (range) return std::make_unique<Arena>(*range, limit);
    if (slack < 32 * kChunk) return range.error();
  }
}

Arena::Arena(const Reservation& range, uint64_t limit, MemoryBudget* budget)
    : range_(range), limit_(limit), budget_(budget) {
  chunks_.add(range.base, range.bytes);
  set_reach({range.base, range.bytes}, {});
}

Arena::~Arena() {
  if (range_.mapped_bytes) munmap(pointer(range_.mapped_base), range_.mapped_bytes);
}

void Arena::set_reach(Range range, std::vector<const Arena*> others) {
  std::unique_lock lock(mutex_);
  reaches_.push_back(std::make_unique<const Reach>(range, std::move(others)));
  reach_.store(reaches_.back().get(), std::memory_order_release);
}

uint64_t Arena::free_bytes() const {
  std::shared_lock lock(mutex_);
  return budget_ ? std::min(limit_ - used_, budget_->free_bytes()) : limit_ - used_;
}

bool Arena::take(uint64_t charge) {
  if (charge > limit_ - used_ || (budget_ && !budget_->take(charge))) return false;
  used_ += charge;
  return true;
}

void Arena::give(uint64_t charge) {
  used_ -= charge;
  if (budget_) budget_->give(charge);
}

bool Arena::charge(uint64_t bytes) {
  std::unique_lock lock(mutex_);
  return take(bytes);
}

void Arena::discharge(uint64_t bytes) {
  std::unique_lock lock(mutex_);
  give(bytes);
}

Result<void> Arena::commit(uint64_t address, uint64_t bytes) {
  if (!claim_room(address, bytes))
    return Error{Code::OutOfMemory, std::string("no room to spill device memory to: ") + std::strerror(errno)};
  if (mprotect(pointer(address), bytes, PROT_READ | PROT_WRITE) == 0) return {};
  return Error{Code::OutOfMemory, std::string("the host gives no memory: ") + std::strerror(errno)};
}

Result<uint64_t> Arena::allocate(uint64_t bytes, Owner owner, uint64_t alignment) {
  if (bytes == 0) return invalid(Code::InvalidValue, "an allocation of 0 bytes");
  alignment = std::max(alignment, kAlignment);
  std::unique_lock lock(mutex_);
  const bool large = bytes >= kLargeFrom || alignment > page_bytes();
  const uint64_t charge = bytes > limit_ ? bytes : round_up(bytes, large ? page_bytes() : kAlignment);
  if (owner == Owner::Heap && heap_charge(bytes) > heap_limit_ - std::min<uint64_t>(heap_used_, heap_limit_)) {
    return out_of_memory(bytes, heap_limit_ - std::min<uint64_t>(heap_used_, heap_limit_));
  }
  Block block{bytes, 0, owner == Owner::Internal ? 0 : charge, owner, large};
  if (!take(block.charge))
    return out_of_memory(bytes, budget_ ? std::min(limit_ - used_, budget_->free_bytes()) : limit_ - used_);
  auto address = large ? allocate_large(bytes, alignment, block) : allocate_small(bytes, alignment, block);
  if (!address) {
    give(block.charge);
    return address;
  }
  if (owner == Owner::Heap) heap_used_ += heap_charge(bytes);
  blocks_.emplace(*address, block);
  return address;
}

Result<uint64_t> Arena::allocate_large(uint64_t bytes, uint64_t alignment, Block& block) {
  const uint64_t committed = round_up(bytes, page_bytes());
  block.span = round_up(committed + page_bytes(), kChunk);
  const auto address = chunks_.allocate(block.span, std::max(alignment, kChunk));
  if (!address) return out_of_memory(bytes, limit_ - used_);
  if (auto done = commit(*address, committed); !done) {
    chunks_.add(*address, block.span);
    return done.error();
  }
  resident_free_ -= std::min(resident_free_, committed);
  return *address;
}

Result<uint64_t> Arena::allocate_small(uint64_t bytes, uint64_t alignment, Block& block) {
  block.span = round_up(bytes, kAlignment) + kGuard;
  auto address = small_.allocate(block.span, alignment);
  if (!address) {
    const auto chunk = chunks_.allocate(kChunk, kChunk);
    if (!chunk) return out_of_memory(bytes, limit_ - used_);
    if (auto done = commit(*chunk, kChunk); !done) {
      chunks_.add(*chunk, kChunk);
      return done.error();
    }
    small_.add(*chunk, kChunk);
    address = small_.allocate(block.span, alignment);
  }
  if (!address) return out_of_memory(bytes, limit_ - used_);
  return *address;
}

Result<void> Arena::release(uint64_t address, Owner owner) {
  std::unique_lock lock(mutex_);
  const auto found = blocks_.find(address);
  if (found == blocks_.end() || found->second.owner != owner)
    return invalid(Code::InvalidValue, "freeing an address which is not an allocation");
  const Block block = found->second;
  blocks_.erase(found);
  give(block.charge);
  if (owner == Owner::Heap) heap_used_ -= heap_charge(block.bytes);
  if (block.large) {
    release_chunks(address, block.span);
  } else {
    give_back_empty_chunks(small_.add(address, block.span));
  }
  return {};
}

void Arena::release_chunks(uint64_t base, uint64_t bytes) {
  shared_.make_private(base, bytes);
  mprotect(pointer(base), bytes, PROT_NONE);
  if (resident_free_ + bytes > kKeepResident) {
    discard_pages(base, bytes);
  } else {
    resident_free_ += bytes;
  }
  chunks_.add(base, bytes);
}

void Arena::give_back_empty_chunks(RangeAllocator::Range free) {
  const uint64_t first = round_up(free.base, kChunk);
  const uint64_t last = (free.base + free.bytes) / kChunk * kChunk;
  // One empty chunk stays for the next small allocation.
  if (last <= first || small_.free_bytes() - (last - first) < kChunk) return;
  small_.remove(first, last - first);
  release_chunks(first, last - first);
}

Result<Arena::Allocation> Arena::allocation_of(uint64_t address) const {
  std::shared_lock lock(mutex_);
  auto next = blocks_.upper_bound(address);
  if (next != blocks_.begin()) {
    const auto& [base, block] = *std::prev(next);
    if (address - base < block.bytes && (block.owner == Owner::Program || block.owner == Owner::Module))
      return Allocation{base, block.bytes};
  }
  return Error{Code::NotFound, "the address lies in no allocation"};
}

Result<hal::SharedPart> Arena::share(uint64_t address) {
  std::unique_lock lock(mutex_);
  auto next = blocks_.upper_bound(address);
  if (next == blocks_.begin()) return invalid(Code::InvalidValue, "the address lies in no allocation");
  const auto& [base, block] = *std::prev(next);
  if (address - base >= block.bytes || block.owner != Owner::Program)
    return invalid(Code::InvalidValue, "the address lies in no allocation");
  // A small block may lie across a chunk's end: what is shared are all its chunks.
  const uint64_t first = block.large ? base : base / kChunk * kChunk;
  const uint64_t end = block.large ? base + round_up(block.bytes, page_bytes()) : round_up(base + block.bytes, kChunk);
  return shared_.share(first, end - first, base);
}

bool Arena::is_allocated(uint64_t address) const {
  if (holds(address)) return true;
  const Reach& reach = *reach_.load(std::memory_order_acquire);
  return std::any_of(reach.others.begin(), reach.others.end(),
                     [&](const Arena* arena) { return arena->holds(address); });
}

bool Arena::holds(uint64_t address) const {
  std::shared_lock lock(mutex_);
  auto next = blocks_.upper_bound(address);
  if (next != blocks_.begin() && address - std::prev(next)->first < std::prev(next)->second.bytes) return true;
  auto mapped = mapped_.upper_bound(address);
  return mapped != mapped_.begin() && address - std::prev(mapped)->first < std::prev(mapped)->second;
}

Result<uint64_t> Arena::reserve_inaccessible(uint64_t bytes, uint64_t alignment) {
  std::unique_lock lock(mutex_);
  if (bytes > range_.bytes) return out_of_memory(bytes, chunks_.free_bytes());
  const auto address = chunks_.allocate(round_up(bytes, kChunk), std::max(alignment, kChunk));
  if (!address) return out_of_memory(bytes, limit_ - used_);
  return *address;
}

Result<void> Arena::reserve_at(uint64_t address, uint64_t bytes) {
  std::unique_lock lock(mutex_);
  if (address % kChunk != 0 || !chunks_.is_free(address, round_up(bytes, kChunk)))
    return Error{Code::OutOfMemory, "these addresses are not free"};
  chunks_.remove(address, round_up(bytes, kChunk));
  return {};
}

void Arena::release_inaccessible(uint64_t address, uint64_t bytes) {
  std::unique_lock lock(mutex_);
  chunks_.add(address, round_up(bytes, kChunk));
}

void Arena::note_mapped(uint64_t address, uint64_t bytes) {
  std::unique_lock lock(mutex_);
  mapped_[address] = bytes;
}

void Arena::note_unmapped(uint64_t address) {
  std::unique_lock lock(mutex_);
  mapped_.erase(address);
}

}  // namespace qiao::machine
