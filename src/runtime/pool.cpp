#include "src/runtime/pool.h"

#include <algorithm>

#include "src/runtime/context.h"
#include "src/runtime/device.h"
#include "src/runtime/pools.h"

namespace qiao::runtime {
namespace {

constexpr uint64_t kAlignment = 512;
constexpr uint64_t kSlab = uint64_t{2} << 20;

uint64_t round_up(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

bool reached(const StreamPoint& point) {
  return !point.stream || point.reached();
}

// The point that is reached when both are, if one point says that and keeps no part waiting for the other's stream.
std::optional<StreamPoint> later(const StreamPoint& a, const StreamPoint& b) {
  if (reached(a) && reached(b)) return StreamPoint{};
  if (a.stream != b.stream) return std::nullopt;
  return a.sequence > b.sequence ? a : b;
}

}  // namespace

Pool::Pool(Device& device, uint64_t most_bytes, Name name, bool imported)
    : device_(device), most_bytes_(most_bytes), name_(name), imported_(imported) {
  access_[&device] = Access::ReadWrite;
}

// The smallest free block that fits and that `stream` may have without a wait; `any`: whatever the wait.
Pool::Blocks::iterator Pool::find_free(uint64_t bytes, const Stream* stream, bool any) {
  auto best = blocks_.end();
  for (auto it = blocks_.begin(); it != blocks_.end(); ++it) {
    const Block& block = it->second;
    if (!block.free || block.bytes < bytes || (best != blocks_.end() && best->second.bytes <= block.bytes)) continue;
    if (any || block.since.stream.get() == stream || !block.since.stream ||
        ((opportunistic_ || retired_) && block.since.reached()))
      best = it;
  }
  return best;
}

bool Pool::grow(uint64_t bytes) {
  const uint64_t slab = round_up(bytes, kSlab);
  if (most_bytes_ != 0 && (slab > most_bytes_ || reserved_ > most_bytes_ - slab)) return false;
  Result<uint64_t> address = device_.hal().allocate(slab);
  if (!address) return false;
  slabs_[*address] = slab;
  blocks_[*address] = {slab, true, {}};
  reserved_ += slab;
  reserved_high_ = std::max(reserved_high_, reserved_);
  return true;
}

void Pool::take(Blocks::iterator it, uint64_t bytes) {
  Block& block = it->second;
  if (block.bytes > bytes) {
    blocks_[it->first + bytes] = {block.bytes - bytes, true, block.since};
    block.bytes = bytes;
  }
  block.free = false;
  block.since = {};
  used_ += bytes;
  used_high_ = std::max(used_high_, used_);
}

Result<uint64_t> Pool::allocate(Stream& stream, uint64_t bytes) {
  if (imported_) return invalid(Code::InvalidValue, "nothing is allocated from a pool of another process");
  if (bytes > ~uint64_t{0} - kSlab) return invalid(Code::OutOfMemory, "out of device memory");
  const uint64_t size = round_up(bytes, kAlignment);
  std::unique_lock lock(mutex_);
  auto found = find_free(size, &stream, false);
  if (found == blocks_.end()) {
    join_reached();
    found = find_free(size, &stream, false);
  }
  if (found == blocks_.end() && grow(size)) found = find_free(size, &stream, false);
  StreamPoint behind;
  if (found == blocks_.end() && internal_dependencies_) {
    found = find_free(size, &stream, true);
    if (found != blocks_.end()) behind = found->second.since;
  }
  if (found == blocks_.end()) {
    // Without neighbours in the way the device may have room for one more slab.
    trim_locked(0);
    if (grow(size)) found = find_free(size, &stream, false);
  }
  if (found == blocks_.end())
    return invalid(Code::OutOfMemory, "out of device memory: " + std::to_string(bytes) + " bytes asked of a pool of " +
                                          std::to_string(reserved_));
  const uint64_t address = found->first;
  take(found, size);
  lock.unlock();
  if (behind.stream && !behind.reached()) stream.enqueue([]() -> Result<void> { return {}; }, {std::move(behind)});
  return address;
}

void Pool::free(const Allocation& allocation, Stream& stream) {
  StreamPoint since = stream.tail();
  if (since.reached()) since = {};
  std::lock_guard lock(mutex_);
  release(allocation.base, std::move(since));
}

void Pool::free_now(const Allocation& allocation) {
  std::lock_guard lock(mutex_);
  release(allocation.base, {});
}

// Joins neighbours whose points one point can stand for, but never blocks of two slabs.
void Pool::release(uint64_t address, StreamPoint since) {
  auto it = blocks_.find(address);
  used_ -= it->second.bytes;
  it->second.free = true;
  it->second.since = std::move(since);
  auto join = [&](Blocks::iterator low, Blocks::iterator high) {
    if (!low->second.free || !high->second.free || low->first + low->second.bytes != high->first) return false;
    if (slabs_.contains(high->first)) return false;
    std::optional<StreamPoint> both = later(low->second.since, high->second.since);
    if (!both) return false;
    low->second.bytes += high->second.bytes;
    low->second.since = *std::move(both);
    blocks_.erase(high);
    return true;
  };
  if (auto next = std::next(it); next != blocks_.end()) join(it, next);
  if (it != blocks_.begin()) join(std::prev(it), it);
  if (retired_) trim_locked(0);
}

// Blocks that were apart because of their streams are one again when those are done.
void Pool::join_reached() {
  for (auto it = blocks_.begin(); it != blocks_.end();) {
    auto next = std::next(it);
    if (it->second.free && reached(it->second.since)) {
      it->second.since = {};
      if (next != blocks_.end() && next->second.free && reached(next->second.since) && !slabs_.contains(next->first)) {
        it->second.bytes += next->second.bytes;
        blocks_.erase(next);
        continue;
      }
    }
    it = next;
  }
}

void Pool::trim_locked(uint64_t keep) {
  join_reached();
  for (auto slab = slabs_.begin(); slab != slabs_.end() && reserved_ > keep;) {
    auto block = blocks_.find(slab->first);
    const bool unused = block->second.free && !block->second.since.stream && block->second.bytes == slab->second;
    if (!unused) {
      ++slab;
      continue;
    }
    (void)device_.hal().release(slab->first);
    reserved_ -= slab->second;
    blocks_.erase(block);
    slab = slabs_.erase(slab);
  }
}

void Pool::trim(uint64_t keep) {
  std::lock_guard lock(mutex_);
  trim_locked(keep);
}

bool Pool::trim_to_threshold() {
  std::lock_guard lock(mutex_);
  if (reserved_ > threshold_) trim_locked(threshold_);
  return reserved_ <= threshold_ || std::none_of(blocks_.begin(), blocks_.end(), [](const auto& entry) {
           return entry.second.free && entry.second.since.stream;
         });
}

void Pool::retire() {
  std::lock_guard lock(mutex_);
  retired_ = true;
  threshold_ = 0;
  trim_locked(0);
}

Result<uint64_t> Pool::get(Attribute attribute) const {
  std::lock_guard lock(mutex_);
  switch (attribute) {
    case Attribute::FollowEvents:
      return uint64_t{follow_events_};
    case Attribute::AllowOpportunistic:
      return uint64_t{opportunistic_};
    case Attribute::AllowInternalDependencies:
      return uint64_t{internal_dependencies_};
    case Attribute::ReleaseThreshold:
      return threshold_;
    case Attribute::ReservedCurrent:
      return reserved_;
    case Attribute::ReservedHigh:
      return reserved_high_;
    case Attribute::UsedCurrent:
      return used_;
    case Attribute::UsedHigh:
      return used_high_;
  }
  return invalid(Code::InvalidValue, "memory pool attribute " + std::to_string(static_cast<int>(attribute)));
}

Result<void> Pool::set(Attribute attribute, uint64_t value) {
  std::lock_guard lock(mutex_);
  switch (attribute) {
    case Attribute::FollowEvents:
      follow_events_ = value != 0;
      return {};
    case Attribute::AllowOpportunistic:
      opportunistic_ = value != 0;
      return {};
    case Attribute::AllowInternalDependencies:
      internal_dependencies_ = value != 0;
      return {};
    case Attribute::ReleaseThreshold:
      threshold_ = value;
      return {};
    case Attribute::ReservedHigh:
    case Attribute::UsedHigh:
      if (value != 0) return invalid(Code::InvalidValue, "a high-water mark of a memory pool can only be set to 0");
      (attribute == Attribute::ReservedHigh ? reserved_high_ : used_high_) =
          attribute == Attribute::ReservedHigh ? reserved_ : used_;
      return {};
    default:
      return invalid(Code::InvalidValue,
                     "memory pool attribute " + std::to_string(static_cast<int>(attribute)) + " cannot be set");
  }
}

Pool::Access Pool::access_of(const Device& device) const {
  std::lock_guard lock(mutex_);
  auto found = access_.find(&device);
  return found == access_.end() ? Access::None : found->second;
}

Result<void> Pool::set_access(Device& device, Access access) {
  if (access != Access::None && access != Access::Read && access != Access::ReadWrite)
    return invalid(Code::InvalidValue, "access flags of a memory pool are not known");
  if (&device == &device_) {
    if (access == Access::ReadWrite) return {};
    return invalid(Code::InvalidValue, "the access of a pool's own device cannot be taken away");
  }
  std::lock_guard lock(mutex_);
  Access& now = access_[&device];
  if ((now == Access::None) != (access == Access::None)) device.allow_peer(device_, access != Access::None);
  now = access;
  return {};
}

}  // namespace qiao::runtime
