// Launching a kernel into a stream: checks, the parameter buffer, the queued work.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "src/perf/launch_profile.h"
#include "src/runtime/library.h"
#include "src/runtime/stream.h"

namespace qiao::runtime {

struct LaunchShape {
  hal::Dim3 grid{1, 1, 1};
  hal::Dim3 block{1, 1, 1};
  uint64_t dynamic_shared_bytes = 0;
  bool cooperative = false;
};

// A launch that passed its checks; can run any number of times.
struct PreparedLaunch {
  std::shared_ptr<Kernel> kernel;
  hal::Device* device = nullptr;
  hal::LaunchRequest request;
  std::vector<std::byte> params;  // becomes request.params of each run
  perf::LaunchOrigin origin;      // of the call, while profiling

  Result<void> run() const;
};

// `arguments`: one pointer per kernel parameter, read before the call returns; or, when null, `packed` holds the
// parameter buffer as the kernel lays it out. Errors found here do not stick.
Result<PreparedLaunch> prepare(std::shared_ptr<Kernel> kernel, Context& context, const LaunchShape& shape,
                               void* const* arguments, std::span<const std::byte> packed);

// prepare(), then into the stream: errors of the run become the context's. `named` is what the program called the
// kernel by; a graph node shows it again.
Result<void> launch(std::shared_ptr<Kernel> kernel, Stream& stream, const LaunchShape& shape, void* const* arguments,
                    std::span<const std::byte> packed, const void* named = nullptr);

}  // namespace qiao::runtime
