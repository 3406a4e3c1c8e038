// Occupancy against known answers of the published calculator (cuda_occupancy rules).
#include "src/runtime/occupancy.h"

#include "tests/unit/catch.h"

using namespace qiao;

namespace {

hal::ChipDescription chip(int per_sm_shared, int per_block_optin, int reserved) {
  hal::ChipDescription made;
  made.shared.per_sm = per_sm_shared;
  made.shared.per_block_optin = per_block_optin;
  made.shared.reserved_per_block = reserved;
  return made;
}

hal::KernelAttributes kernel(uint32_t registers, uint64_t shared) {
  hal::KernelAttributes made;
  made.registers = registers;
  made.static_shared_bytes = shared;
  made.max_threads_per_block = 1024;
  return made;
}

}  // namespace

TEST_CASE("resident blocks are the least of what each limit allows") {
  const hal::ChipDescription a100 = chip(164 * 1024, 163 * 1024, 1024);
  CHECK(*runtime::max_active_blocks(a100, kernel(64, 0), 256, 0) == 4);
  CHECK(*runtime::max_active_blocks(a100, kernel(32, 48 * 1024), 256, 0) == 3);
  CHECK(*runtime::max_active_blocks(a100, kernel(64, 0), 1024, 0) == 1);
  const hal::ChipDescription h100 = chip(228 * 1024, 227 * 1024, 1024);
  CHECK(*runtime::max_active_blocks(h100, kernel(128, 0), 128, 64 * 1024) == 3);
  const hal::ChipDescription small = chip(64 * 1024, 64 * 1024, 0);
  CHECK(*runtime::max_active_blocks(small, kernel(32, 16 * 1024), 256, 0) == 4);
}

TEST_CASE("a block that can never be resident, and a block size that makes no sense") {
  const hal::ChipDescription a100 = chip(164 * 1024, 163 * 1024, 1024);
  CHECK(*runtime::max_active_blocks(a100, kernel(32, 0), 2048, 0) == 0);
  CHECK(*runtime::max_active_blocks(a100, kernel(32, 0), 256, 200 * 1024) == 0);
  CHECK(*runtime::max_active_blocks(a100, kernel(255, 0), 1024, 0) == 0);
  CHECK(runtime::max_active_blocks(a100, kernel(32, 0), 0, 0).error().code == Code::InvalidValue);
}
