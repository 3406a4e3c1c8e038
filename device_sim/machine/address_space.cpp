// The process's reserved range: first device, common part, the other devices.
#include "device_sim/machine/address_space.h"

#include <sys/mman.h>

#include <algorithm>

namespace qiao::machine {
namespace {

// Address space beyond a part's limit: large blocks are rounded up to chunks and keep a guard, windows are not charged,
// and programs reserve virtual ranges many times larger than what they map.
constexpr uint64_t kDeviceSlack = uint64_t{64} << 30;
constexpr uint64_t kCommonSlack = uint64_t{1} << 40;
constexpr uint64_t kLeastSlack = 16 * Arena::kChunk;

}  // namespace

Result<std::shared_ptr<AddressSpace>> AddressSpace::reserve(const std::vector<uint64_t>& device_limits,
                                                            uint64_t host_limit) {
  // A process under a limit on address space (ulimit -v) gets a smaller range rather than none.
  for (uint64_t shrink = 0;; ++shrink) {
    auto part = [&](uint64_t limit, uint64_t slack) {
      return limit + std::max((slack + limit) >> shrink, kLeastSlack) / Arena::kChunk * Arena::kChunk;
    };
    std::vector<uint64_t> shares{part(host_limit, kCommonSlack)};
    uint64_t bytes = shares[0];
    for (const uint64_t limit : device_limits) bytes += shares.emplace_back(part(limit, kDeviceSlack));
    auto range = Arena::reserve_range(bytes);
    if (range) {
      auto space = std::make_shared<AddressSpace>(*range, host_limit);
      space->divide(shares, device_limits, host_limit);
      return space;
    }
    if ((kCommonSlack + host_limit) >> shrink < kLeastSlack) return range.error();
  }
}

AddressSpace::~AddressSpace() {
  munmap(reinterpret_cast<void*>(whole_.mapped_base), whole_.mapped_bytes);
}

// shares[0] is the common part's, shares[i + 1] that of device i.
void AddressSpace::divide(const std::vector<uint64_t>& shares, const std::vector<uint64_t>& limits,
                          uint64_t host_limit) {
  uint64_t next = whole_.base;
  auto cut = [&](uint64_t share, uint64_t limit) {
    Arena::Reservation part{0, 0, next, share};
    next += share;
    return std::make_unique<Arena>(part, limit, &budget_);
  };
  for (size_t i = 0; i < limits.size(); ++i) {
    devices_.push_back(cut(shares[i + 1], limits[i]));
    if (i == 0) common_ = cut(shares[0], host_limit);
  }
  if (!common_) common_ = cut(shares[0], host_limit);
  peers_.assign(limits.size(), std::vector<bool>(limits.size(), false));
  for (size_t i = 0; i < limits.size(); ++i) update_reach(i);
}

void AddressSpace::update_reach(size_t device) {
  std::vector<const Arena*> others{common_.get()};
  for (size_t i = 0; i < devices_.size(); ++i)
    if (peers_[device][i]) others.push_back(devices_[i].get());
  Arena& own = *devices_[device];
  uint64_t low = own.base(), high = own.base() + own.bytes();
  for (const Arena* arena : others) {
    low = std::min(low, arena->base());
    high = std::max(high, arena->base() + arena->bytes());
  }
  own.set_reach({low, high - low}, std::move(others));
}

void AddressSpace::allow_peer(size_t device, size_t peer, bool allowed) {
  std::lock_guard lock(mutex_);
  peers_[device][peer] = allowed;
  update_reach(device);
}

}  // namespace qiao::machine
