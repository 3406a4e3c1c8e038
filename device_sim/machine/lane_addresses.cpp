// Cold paths of warp code: what single lanes' addresses are, and which of them are bad.
#include <bit>

#include "device_sim/machine/runtime_calls.h"

namespace {

using qiao::machine::kWarpLanes;

uint64_t extend(uint64_t word, bool is_signed) {
  const auto low = static_cast<uint32_t>(word);
  return is_signed ? static_cast<uint64_t>(static_cast<int32_t>(low)) : low;
}

}  // namespace

extern "C" {

void qiao_rt_lane_values(uint64_t* lanes, const int64_t* table, uint64_t run0, uint64_t run1, uint64_t run2,
                         uint64_t run3) {
  const uint64_t runs[4] = {run0, run1, run2, run3};
  const auto length = kWarpLanes / static_cast<unsigned>(table[0]);
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    lanes[lane] = runs[lane / length] + static_cast<uint64_t>(table[1 + lane]);
  }
}

void qiao_rt_lane_wraps(uint64_t* lanes, const int64_t* table, uint64_t run0, uint64_t run1, uint64_t run2,
                        uint64_t run3) {
  const uint64_t runs[4] = {run0, run1, run2, run3};
  const auto length = kWarpLanes / static_cast<unsigned>(table[0]);
  const bool is_signed = table[1] != 0;
  const bool promised_signed = table[2] != 0;
  const auto factor = static_cast<uint64_t>(table[3]);
  const int64_t* differences = table + 4;
  const int64_t* claimed = differences + kWarpLanes;
  for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
    const uint64_t base = runs[lane / length];
    const uint64_t exact = extend(base + static_cast<uint64_t>(differences[lane]), is_signed);
    lanes[lane] += factor * (exact - extend(base, promised_signed) - static_cast<uint64_t>(claimed[lane]));
  }
}

void qiao_rt_check_lanes(QiaoBlock* block, const uint64_t* offsets, uint32_t mask, uint64_t base, uint64_t bytes,
                         uint32_t log2size, uint32_t site) {
  for (uint32_t left = mask; left != 0; left &= left - 1) {
    const uint64_t offset = offsets[std::countr_zero(left)];
    if (std::rotr(offset, static_cast<int>(log2size)) >= bytes >> log2size) {
      qiao_rt_bad_access(block, base + offset, site);
    }
  }
}

}  // extern "C"
