// Looking driver entry points up by base name, as cuGetProcAddress and cudaGetDriverEntryPoint do: among the symbols
// cuX, cuX_v2, ... the newest whose version is not above the one asked for.
#pragma once

#include <string_view>

#include "shim/api/driver_types.h"

namespace qiao::shim {

struct Found {
  void* address = nullptr;  // null unless status says success
  CUdriverProcAddressQueryResult status = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
};

// per_thread: prefer the _ptds or _ptsz variant, which takes stream 0 as the thread's default stream.
Found find_driver_entry(std::string_view base, int version, bool per_thread);

}  // namespace qiao::shim
