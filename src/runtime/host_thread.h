// The one thread of ours that runs a program's host functions, so that a function which waits for another stream's work
// or takes long never holds up the thread that serves a stream for others.
#pragma once

#include <functional>

namespace qiao::runtime {

// Runs `function` there, after those before it, and waits for its end.
void run_host_function(std::function<void()> function);

}  // namespace qiao::runtime
