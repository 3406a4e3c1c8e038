// The runtime API's descriptions of copies as requests, shared by the copies and the memcpy nodes of graphs.
#pragma once

#include "shim/api/runtime_types.h"
#include "src/base/result.h"
#include "src/runtime/context.h"
#include "src/runtime/copy.h"

namespace qiao::shim {

Result<runtime::Direction> direction_of(cudaMemcpyKind kind);
Result<runtime::CopyRequest> copy_request(const cudaMemcpy3DParms& parms);
// The address of `symbol` + `offset`, when `bytes` fit there.
Result<void*> symbol_range(const void* symbol, size_t offset, size_t bytes, runtime::Context& context);

}  // namespace qiao::shim
