// What differs between the versions of LLVM that Qiao builds with, 19 to 22, where one spelling does not serve all.
#pragma once

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/Analysis/VectorUtils.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>
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

#if LLVM_VERSION_MAJOR >= 21
using TripleArgument = llvm::Triple;
inline void mark_uncaptured(llvm::Function& function, unsigned parameter) {
  function.addParamAttr(parameter,
                        llvm::Attribute::getWithCaptureInfo(function.getContext(), llvm::CaptureInfo::none()));
}
// What holds for lanes that are not active too: nothing is taken from instruction flags.
inline llvm::KnownBits known_bits(const llvm::Value& value, const llvm::DataLayout& layout) {
  return llvm::computeKnownBits(&value, layout, nullptr, nullptr, nullptr, false);
}
#else
using TripleArgument = std::string;
inline void mark_uncaptured(llvm::Function& function, unsigned parameter) {
  function.addParamAttr(parameter, llvm::Attribute::NoCapture);
}
inline llvm::KnownBits known_bits(const llvm::Value& value, const llvm::DataLayout& layout) {
  return llvm::computeKnownBits(&value, layout, 0, nullptr, nullptr, nullptr, false);
}
#endif

// The scales that GEPOperator::collectOffset finds, by index.
#if LLVM_VERSION_MAJOR >= 20
using OffsetScales = llvm::SmallMapVector<llvm::Value*, llvm::APInt, 4>;
#else
using OffsetScales = llvm::MapVector<llvm::Value*, llvm::APInt>;
#endif

inline void set_target(llvm::Module& module, const llvm::TargetMachine& machine) {
  module.setDataLayout(machine.createDataLayout());
  module.setTargetTriple(TripleArgument(machine.getTargetTriple().str()));
}

// No function of the C library is known by its name.
inline llvm::TargetLibraryInfoImpl no_library() {
  llvm::TargetLibraryInfoImpl none{llvm::Triple()};
  none.disableAllFunctions();
  return none;
}

}  // namespace qiao::jit
