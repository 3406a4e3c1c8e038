// Which lanes of one request touch the same: the lanes are put in order of what they touch, and compared with their
// neighbours. What counts as the same unit, sector, line or bank is the caller's (access_counts.cpp).
#pragma once

#include <cstdint>

namespace qiao::machine {

// The lanes of `mask`, which is not 0, access units of 1 << log2unit bytes, aligned to their size.
struct Request {
  const uint64_t* addresses;
  uint32_t mask;
  uint32_t log2unit;
  uint64_t base = 0;           // of a window: what counts is the address less this
  uint32_t bank_bits = 0;      // not 0: units are put in order of their banks, the low bits of their number
  uint32_t log2narrow = 0;     // without banks: bytes of a sector
  uint32_t log2wide = 0;       // and of a line
  bool wants_on_unit = false;  // only for all lanes
};

struct Distinct {
  uint32_t units;    // different ones
  uint32_t narrow;   // different sectors, or banks
  uint32_t wide;     // different lines
  uint32_t in_bank;  // with banks: the most different units in one
  uint32_t on_unit;  // if asked for: the most lanes on one unit
  uint64_t span;     // from the first unit to the last; means nothing with banks
};

Distinct distinct_units(const Request& request);
// The same without the host's vectors; for tests.
Distinct distinct_units_by_scalars(const Request& request);

}  // namespace qiao::machine
