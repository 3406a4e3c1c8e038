// What differs between the versions of LLVM that Qiao builds with, 19 to 22, where one spelling does not serve all.
#pragma once

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/TargetParser/Triple.h>

namespace qiao::jit {

#if LLVM_VERSION_MAJOR >= 20
inline bool takes_scalar(llvm::Intrinsic::ID id, unsigned argument) {
  return llvm::isVectorIntrinsicWithScalarOpAtArg(id, argument, nullptr);
}
inline bool is_overloaded_on(llvm::Intrinsic::ID id, int argument) {
  return llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, argument, nullptr);
}
#else
inline bool takes_scalar(llvm::Intrinsic::ID id, unsigned argument) {
  return llvm::isVectorIntrinsicWithScalarOpAtArg(id, argument);
}
inline bool is_overloaded_on(llvm::Intrinsic::ID id, int argument) {
  return llvm::isVectorIntrinsicWithOverloadTypeAtArg(id, argument);
}
#endif

// No function of the C library is known by its name.
inline llvm::TargetLibraryInfoImpl no_library() {
  llvm::TargetLibraryInfoImpl none{llvm::Triple()};
  none.disableAllFunctions();
  return none;
}

}  // namespace qiao::jit
