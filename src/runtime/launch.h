// Launching a kernel into a stream: checks, the parameter buffer, the queued work.
#pragma once

#include <cstddef>
#include <memory>

#include "src/runtime/library.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

struct LaunchShape {
  hal::Dim3 grid{1, 1, 1};
  hal::Dim3 block{1, 1, 1};
  uint64_t dynamic_shared_bytes = 0;
  bool cooperative = false;
};

// `arguments`: one pointer per kernel parameter, read before the call returns; or, when null, `packed` holds the
// parameter buffer as the kernel lays it out. Errors found here do not stick; those of the run become the context's.
Result<void> launch(std::shared_ptr<Kernel> kernel, Stream& stream, const LaunchShape& shape, void* const* arguments,
                    std::span<const std::byte> packed);

}  // namespace qiao::runtime
