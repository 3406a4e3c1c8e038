// Managed memory is one memory for host and devices: advice, prefetches and attachments have nothing to do once they
// are checked.
#pragma once

#include <cstdint>

#include "src/base/result.h"

namespace qiao::shim {

// InvalidValue unless the range lies in one managed allocation.
Result<void> check_managed(uint64_t address, size_t bytes);
// Of cudaStreamAttachMemAsync and cuStreamAttachMemAsync.
Result<void> check_attachment(uint64_t address, size_t bytes, unsigned flags);

}  // namespace qiao::shim
