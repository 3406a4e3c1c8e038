// Parameter buffers of launches: in the arena, because a kernel may take the address of a parameter.
#pragma once

#include <mutex>
#include <vector>

#include "device_sim/machine/arena.h"

namespace qiao::machine {

class ParamBuffers {
 public:
  ParamBuffers(Arena& arena, uint64_t bytes) : arena_(arena), bytes_(bytes) {}
  ~ParamBuffers();
  ParamBuffers(const ParamBuffers&) = delete;
  ParamBuffers& operator=(const ParamBuffers&) = delete;

  Result<uint64_t> take(uint64_t bytes);  // InvalidValue when the chip's launches take fewer bytes
  void give(uint64_t address);

 private:
  Arena& arena_;
  uint64_t bytes_;
  std::mutex mutex_;
  std::vector<uint64_t> free_;
};

}  // namespace qiao::machine
