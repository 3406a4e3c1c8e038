#include "src/runtime/occupancy.h"

#include <algorithm>

namespace qiao::runtime {
namespace {

uint64_t round_up(uint64_t value, uint64_t unit) {
  return unit == 0 ? value : (value + unit - 1) / unit * unit;
}

}  // namespace

ResidentLimits resident_limits(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int block_threads,
                               uint64_t dynamic_shared_bytes) {
  const uint64_t warps = (static_cast<uint64_t>(block_threads) + 31) / 32;
  const auto most = static_cast<uint64_t>(chip.sm.blocks);
  ResidentLimits limits{most, static_cast<uint64_t>(chip.sm.threads) / 32 / warps, most, most};
  if (kernel.registers > 0) {
    uint64_t per_warp = round_up(uint64_t{kernel.registers} * 32, static_cast<uint64_t>(chip.sm.register_alloc_unit));
    uint64_t allocated_warps = round_up(warps, static_cast<uint64_t>(chip.sm.warp_alloc_unit));
    uint64_t schedulers = static_cast<uint64_t>(std::max(chip.sm.schedulers, 1));
    uint64_t warps_by_registers = static_cast<uint64_t>(chip.sm.registers) / schedulers / per_warp * schedulers;
    const bool fits = per_warp * allocated_warps <= static_cast<uint64_t>(chip.sm.registers_per_block);
    limits.registers = fits ? warps_by_registers / allocated_warps : 0;
  }
  uint64_t shared = kernel.static_shared_bytes + dynamic_shared_bytes;
  const bool fits = shared <= static_cast<uint64_t>(chip.shared.per_block_optin);
  shared = round_up(shared + static_cast<uint64_t>(chip.shared.reserved_per_block),
                    static_cast<uint64_t>(chip.shared.alloc_unit));
  if (shared > 0) limits.shared = static_cast<uint64_t>(chip.shared.per_sm) / shared;
  if (!fits) limits.shared = 0;
  return limits;
}

Result<int> max_active_blocks(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int block_threads,
                              uint64_t dynamic_shared_bytes) {
  if (block_threads <= 0) return invalid(Code::InvalidValue, "block size for occupancy must be positive");
  if (block_threads > chip.limits.threads_per_block ||
      (kernel.max_threads_per_block != 0 && block_threads > static_cast<int>(kernel.max_threads_per_block))) {
    return 0;
  }
  const ResidentLimits limits = resident_limits(chip, kernel, block_threads, dynamic_shared_bytes);
  return static_cast<int>(std::min({limits.blocks, limits.warps, limits.registers, limits.shared}));
}

uint64_t available_dynamic_shared(const hal::ChipDescription& chip, const hal::KernelAttributes& kernel, int blocks) {
  uint64_t unit = static_cast<uint64_t>(std::max(chip.shared.alloc_unit, 1));
  uint64_t each = static_cast<uint64_t>(chip.shared.per_sm) / static_cast<uint64_t>(std::max(blocks, 1)) / unit * unit;
  uint64_t taken = kernel.static_shared_bytes + static_cast<uint64_t>(chip.shared.reserved_per_block);
  if (each <= taken) return 0;
  return std::min(each - taken, static_cast<uint64_t>(chip.shared.per_block_optin) - kernel.static_shared_bytes);
}

}  // namespace qiao::runtime
