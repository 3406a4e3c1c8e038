// The four forms of every copy and set: waiting or not, legacy or per-thread default stream.
#pragma once

#include "shim/common/answer.h"

namespace qiao::shim {

// The form of a call: the default stream it means, and whether it returns when the work is done.
struct Form {
  DefaultStream kind;
  bool wait;
};
inline constexpr Form kSync{DefaultStream::Legacy, true};
inline constexpr Form kAsync{DefaultStream::Legacy, false};
inline constexpr Form kSyncThread{DefaultStream::PerThread, true};
inline constexpr Form kAsyncThread{DefaultStream::PerThread, false};

}  // namespace qiao::shim
