// The order in which blocks reach the caches: fixed, so that runs agree whatever the workers did. Block i belongs to SM
// i mod SMs; each SM holds so many at a time and takes an access of each in turn, all SMs in step; a block that is done
// makes room for the SM's next.
#pragma once

#include <span>

#include "src/perf/cache/hierarchy.h"

namespace qiao::perf {

// `blocks`: the accesses of each, in the order in which it made them.
void replay(CacheHierarchy& caches, std::span<const std::vector<LineAccess>> blocks, uint32_t sms, uint32_t resident);

}  // namespace qiao::perf
