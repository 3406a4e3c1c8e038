// The device memory of the process: one reserved range (design D7) with a part for each device and one that all
// devices reach (pinned and managed memory, virtual mappings). A kernel's accesses are compared with one range: the
// hull of its device's part, the common part and the parts of peers. The parts lie so that with one or two devices
// this is exact; with more, parts that lie between those of peers are reached too.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/host_ranges.h"

namespace qiao::machine {

class AddressSpace {
 public:
  static Result<std::shared_ptr<AddressSpace>> reserve(const std::vector<uint64_t>& device_limits, uint64_t host_limit);
  AddressSpace(const Arena::Reservation& whole, uint64_t host_limit) : whole_(whole), budget_(host_limit) {}
  ~AddressSpace();
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;

  Arena& device(size_t index) { return *devices_[index]; }
  Arena& common() { return *common_; }
  HostRanges& host_ranges() { return host_ranges_; }
  bool contains(uint64_t address) const { return address - whole_.base < whole_.bytes; }

  // Kernels of `device` may, or may no longer, access memory of `peer`.
  void allow_peer(size_t device, size_t peer, bool allowed);

 private:
  void divide(const std::vector<uint64_t>& shares, const std::vector<uint64_t>& limits, uint64_t host_limit);
  void update_reach(size_t device);

  Arena::Reservation whole_;
  MemoryBudget budget_;
  HostRanges host_ranges_;
  std::unique_ptr<Arena> common_;
  std::vector<std::unique_ptr<Arena>> devices_;
  std::mutex mutex_;  // guards peers_
  std::vector<std::vector<bool>> peers_;
};

}  // namespace qiao::machine
