#include "shim/common/managed.h"

#include "src/runtime/memory_map.h"

namespace qiao::shim {

Result<void> check_managed(uint64_t address, size_t bytes) {
  std::optional<runtime::Allocation> found = runtime::MemoryMap::instance().find(address);
  if (found && found->kind == runtime::MemoryKind::Managed && bytes <= found->base + found->bytes - address) return {};
  return invalid(Code::InvalidValue, "range is not managed memory");
}

// Global 1, host 2, single 4; a length of 0 is the whole allocation, and only that can be attached (CUDA runtime API).
Result<void> check_attachment(uint64_t address, size_t bytes, unsigned flags) {
  if (flags != 1 && flags != 2 && flags != 4) return invalid(Code::InvalidValue, "attachment flags are not known");
  return check_managed(address, bytes);
}

}  // namespace qiao::shim
