// How much of the program's memory is really there: a fatbin's header is trusted with its length only as far as pages
// are mapped, so that a cut or corrupt one is an error and not a fault in the program.
#pragma once

#include <cstdint>

#include "src/fatbin/bytes.h"

namespace qiao::fatbin {

// The bytes from `address` on, at most `wanted`, that lie in mapped pages without a hole. (Mapped, not readable: a page
// without read permission still faults; images never lie in one.)
Bytes mapped(const void* address, std::uint64_t wanted);

}  // namespace qiao::fatbin
