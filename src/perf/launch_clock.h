// Who keeps the modelled clock of events (QIAO_EVENT_CLOCK=model) is told of each launch that was counted, in the
// thread that ran it, before the launch's stream goes on.
#pragma once

#include "src/perf/launch_profile.h"

namespace qiao::perf {

void set_launch_clock(LaunchObserver clock);

}  // namespace qiao::perf
