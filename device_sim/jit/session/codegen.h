// LLVM modules into object files, for the host.
#pragma once

#include <cstdint>
#include <memory>

#include <llvm/IR/Module.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include "src/base/result.h"

namespace qiao::jit {

// `most_frame_bytes` of a function, 0: any. Null where one takes more.
Result<std::unique_ptr<llvm::MemoryBuffer>> generate_object(llvm::Module& module, llvm::TargetMachine& machine,
                                                            uint64_t most_frame_bytes = 0);

}  // namespace qiao::jit
