// What changes whenever Qiao's own code does: the linker's build id of the library that this function is in, else that
// file's size and time. Part of every cache key.
#pragma once

#include <string>

namespace qiao::jit {

const std::string& build_id();

}  // namespace qiao::jit
