// Pages of an arena that other processes can map. Pages are private at first, which is what the host serves best; when
// a program asks for a handle to them they are replaced by those of a file, with what they hold. Threads which write
// there meanwhile fault and go on when it is done (fault_handler.cpp), so no write is lost.
#pragma once

#include <cstdint>
#include <map>

#include "src/hal/physical_memory.h"

namespace qiao::machine {

class SharedChunks {
 public:
  ~SharedChunks();

  // Whole pages, accessible; `address` lies in them.
  Result<hal::SharedPart> share(uint64_t base, uint64_t bytes, uint64_t address);
  // Before pages become free: those that are shared are replaced by private ones, not accessible.
  void make_private(uint64_t base, uint64_t bytes);

 private:
  struct Range {
    uint64_t bytes;
    int descriptor;
  };
  std::map<uint64_t, Range> ranges_;
};

// Async-signal-safe: waits while the pages at `address` are being replaced; false when they are not.
bool wait_for_replacement(uint64_t address);

}  // namespace qiao::machine
