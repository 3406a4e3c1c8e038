// Host functions in streams run on one thread of ours, so that a function which waits for another stream's work or
// takes long never holds up the thread that serves a stream for others (design D10).
#pragma once

#include <functional>

#include "src/runtime/stream.h"

namespace qiao::shim {

void enqueue_host_function(runtime::Stream& stream, std::function<void()> function);

}  // namespace qiao::shim
