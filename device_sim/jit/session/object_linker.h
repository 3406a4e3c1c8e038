// Object files into this process: the one user of LLVM's ORC. The object's only outside references are the functions of
// machine/runtime_calls.inc, isa/pure_functions.inc and a few of the C library; nothing of the program is visible to
// it.
#pragma once

#include <memory>
#include <string>

#include "src/base/result.h"

namespace llvm {
class MemoryBuffer;
}

namespace qiao::jit {

// One linked object; its code is unmapped with it.
class LinkedObject {
 public:
  virtual ~LinkedObject() = default;
  virtual Result<void*> find(const std::string& symbol) = 0;
};

Result<std::shared_ptr<LinkedObject>> link_object(std::unique_ptr<llvm::MemoryBuffer> object);

}  // namespace qiao::jit
