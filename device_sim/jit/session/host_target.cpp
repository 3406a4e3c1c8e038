// Finds out about the host once; no fast-math, no contraction (style of numbers: design.md, section 4).
#include "device_sim/jit/session/host_target.h"

#include <algorithm>
#include <mutex>
#include <vector>

#include <llvm/ADT/StringMap.h>
#include <llvm/Analysis/TargetTransformInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/TargetParser/Host.h>

#include "device_sim/jit/llvm_versions.h"

namespace qiao::jit {

namespace {

// LLVM's options are settings of its library, of which we have one to ourselves.
void set_option(const char* name, const char* value) {
  auto& options = llvm::cl::getRegisteredOptions();
  if (auto found = options.find(name); found != options.end()) found->second->addOccurrence(0, name, value);
}

void start_llvm() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  // Schedulers compare each access of a block with this many others at most: in a block with a thousand accesses all
  // pairs take seconds.
  set_option("dag-maps-huge-region", "200");
}

}  // namespace

const HostCpu& host_cpu() {
  static const HostCpu* const kCpu = [] {
    auto* cpu = new HostCpu;
    cpu->triple = llvm::sys::getProcessTriple();
    cpu->name = llvm::sys::getHostCPUName().str();
    std::vector<std::string> features;
    for (const auto& feature : llvm::sys::getHostCPUFeatures()) {
      features.push_back((feature.second ? "+" : "-") + feature.first().str());
    }
    std::sort(features.begin(), features.end());  // the order of a hash map, but part of the cache's key
    for (const std::string& feature : features) cpu->features += (cpu->features.empty() ? "" : ",") + feature;
    return cpu;
  }();
  return *kCpu;
}

Result<std::unique_ptr<llvm::TargetMachine>> make_target_machine(llvm::CodeGenOptLevel level) {
  static std::once_flag started;  // a kernel from the disk cache needs none of it
  std::call_once(started, start_llvm);
  const HostCpu& cpu = host_cpu();
  std::string complaint;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(cpu.triple, complaint);
  if (!target) return Error{Code::OperatingSystem, "jit: no code generator for this host: " + complaint};
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      TripleArgument(cpu.triple), cpu.name, cpu.features, options, llvm::Reloc::PIC_, std::nullopt, level, true));
  if (!machine) return Error{Code::OperatingSystem, "jit: LLVM has no target machine for " + cpu.triple};
  return machine;
}

uint64_t vector_register_bytes(llvm::TargetMachine& machine, const llvm::Function& function) {
  const llvm::TargetTransformInfo target = machine.getTargetTransformInfo(function);
  const uint64_t bits = target.getRegisterBitWidth(llvm::TargetTransformInfo::RGK_FixedWidthVector).getFixedValue();
  return bits / 8 * target.getNumberOfRegisters(target.getRegisterClassForType(true));
}

}  // namespace qiao::jit
