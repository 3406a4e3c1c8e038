// Host memory which kernels may access in place (cudaHostRegister). Read without a lock by faulting accesses of
// compiled code, so the list is an immutable sorted array which writers replace.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "src/base/result.h"

namespace qiao::machine {

class HostRanges {
 public:
  Result<void> add(uint64_t base, uint64_t bytes);  // HostMemoryAlreadyRegistered when it overlaps
  Result<void> remove(uint64_t base);               // HostMemoryNotRegistered
  bool contains(uint64_t address, uint64_t bytes) const;

 private:
  struct Range {
    uint64_t base;
    uint64_t bytes;
  };
  using List = std::vector<Range>;  // sorted by base

  void publish(List list);

  std::atomic<const List*> current_{nullptr};
  std::mutex mutex_;
  // Readers take no reference, so replaced lists are kept: one small array per registration.
  std::vector<std::unique_ptr<const List>> lists_;
};

}  // namespace qiao::machine
