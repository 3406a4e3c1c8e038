// How lane code says that it runs while the host's floating-point unit flushes f32 subnormals in operands and results:
// an attribute of the function, which LLVM's folding of constants heeds.
#pragma once

#include <llvm/IR/Function.h>

namespace qiao::jit {

inline constexpr const char* kFloatModeAttribute = "denormal-fp-math-f32";

inline void set_flushing(llvm::Function& function) {
  function.addFnAttr(kFloatModeAttribute, "preserve-sign,preserve-sign");
}
inline bool is_flushing(const llvm::Function& function) {
  return function.hasFnAttribute(kFloatModeAttribute);
}

}  // namespace qiao::jit
