// Where registrations arrive inside libqiao: bodies in shim/cudart, weak like the entry points (entry_points.h). Calls
// come one at a time, in program order; none throws. `binary.core` is the implementer's to use. Programs unregister from
// atexit handlers older than libqiao's own, so nothing these use may have a static destructor.
#pragma once

#include "shim/api/registration.h"

namespace qiao::shim {

struct Registrations {
  [[gnu::weak, gnu::visibility("hidden")]] static void fat_binary(qiao_fat_binary& binary);
  [[gnu::weak, gnu::visibility("hidden")]] static void symbol(qiao_fat_binary& binary, qiao_symbol& symbol);
  [[gnu::weak, gnu::visibility("hidden")]] static void fat_binary_end(qiao_fat_binary& binary);
  [[gnu::weak, gnu::visibility("hidden")]] static void fat_binary_gone(qiao_fat_binary& binary);
};

}  // namespace qiao::shim
