// The clock that events read under QIAO_EVENT_CLOCK=model: how long what the device did so far would take on its chip,
// by the bound model (src/perf/model), one thing after another whatever the streams. Wall time of the emulation is no
// part of it. What cannot be modelled advances nothing, and is said.
#pragma once

#include <cstdint>

#include "src/perf/record_layout.h"

namespace qiao::runtime {

// Whether events are modelled; the first call says so on stderr and begins to count what kernels do.
bool modelled_events();

int64_t modelled_ns();

// A copy of the program's.
void advance_modelled(perf::CopyKind kind, uint64_t bytes);

}  // namespace qiao::runtime
