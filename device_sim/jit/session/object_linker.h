// Object files into this process: the one user of LLVM's ORC. The object's only outside references are the functions of
// machine/runtime_calls.inc, isa/pure_functions.inc and a few of the C library; nothing of the program is visible to
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "src/base/result.h"

namespace llvm {
class MemoryBuffer;
}

namespace qiao::jit {

// Where code lies in memory: [first, last).
struct CodeRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

// One linked object; its code is unmapped with it.
class LinkedObject {
 public:
  virtual ~LinkedObject() = default;
  virtual Result<void*> find(const std::string& symbol) = 0;
  virtual CodeRange code() const = 0;  // known once a symbol has been found
};

Result<std::shared_ptr<LinkedObject>> link_object(std::unique_ptr<llvm::MemoryBuffer> object);

}  // namespace qiao::jit
