// One compilation, with an LLVM context of its own: kernels compile in parallel.
#include "device_sim/jit/session/compile.h"

#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>

#include "device_sim/jit/emit/emit.h"
#include "device_sim/jit/llvm_versions.h"
#include "device_sim/jit/session/code_lines.h"
#include "device_sim/jit/session/codegen.h"
#include "device_sim/jit/session/halves.h"
#include "device_sim/jit/session/host_forms.h"
#include "device_sim/jit/session/host_target.h"
#include "device_sim/jit/session/module_passes.h"
#include "device_sim/jit/session/run_wrapper.h"
#include "device_sim/jit/vectorize/broadcast_reads.h"
#include "device_sim/jit/vectorize/vectorize.h"
#include "device_sim/machine/fiber.h"
#include "src/base/environment.h"
#include "src/base/log.h"
#include "src/base/phases.h"

namespace qiao::jit {
namespace {

// QIAO_DUMP=<folder>: the module at each stage, for those who work on the compiler.
void dump(const llvm::Module& module, const char* stage) {
  static const std::optional<std::string> kFolder = environment("QIAO_DUMP");
  if (!kFolder) return;
  std::error_code problem;
  llvm::raw_fd_ostream stream(*kFolder + "/" + module.getName().str() + "." + stage + ".ll", problem);
  if (!problem) stream << module;
}

Error malformed(const std::string& kernel, const char* stage) {
  return Error{Code::Unknown, "internal error: code of " + kernel + " is malformed after " + stage};
}

// A fiber's stack less what the runtime's functions take, which compiled code calls.
uint64_t most_frame_bytes(machine::Unit unit) {
  constexpr uint64_t kForCalls = 64 << 10;
  return (unit == machine::Unit::Run ? machine::StackPool::kRunStackBytes : machine::StackPool::kStackBytes) -
         kForCalls;
}

Result<CompiledObject> finish(llvm::Module& module, llvm::TargetMachine& machine, CompiledObject compiled,
                              Phases& phases) {
  expand_float_atomics(module);
  use_host_forms(module, host_cpu().features);
  settle_lines(module);
  dump(module, "final");
  if (llvm::verifyModule(module, &llvm::errs())) return malformed(module.getName().str(), "lowering");
  phases.done("verify");
  auto object = generate_object(module, machine, most_frame_bytes(compiled.unit));
  if (!object) return object.error();
  phases.done("codegen");
  if (*object) {
    compiled.object = (*object)->getBuffer().str();
  } else {
    compiled.refusal = "its code keeps more on the stack than a fiber has";
  }
  return compiled;
}

Result<CompiledObject> finish_lane(LaneCode& code, llvm::TargetMachine& machine, CompiledObject compiled,
                                   Phases& phases) {
  lower_lane_code(*code.module);
  compiled.unit = machine::Unit::Lane;
  compiled.entry = code.kernel + ".lane";
  return finish(*code.module, machine, std::move(compiled), phases);
}

void optimize_warp(llvm::Function& warp, llvm::TargetMachine& machine, Tier tier) {
  if (tier == Tier::Quick) return optimize_warp_code_quickly(warp);
  optimize_warp_code(warp, &machine);
}

// `run` is null where warps need fibers; else it has taken in `warp`, which is gone.
struct WarpCode {
  std::string refusal;
  llvm::Function* warp = nullptr;
  llvm::Function* run = nullptr;
};

// Four warps side by side are a fifth faster where a loop is one chain of operations (a plain matrix product) and no
// faster elsewhere, and take as long again to compile.
constexpr unsigned kWantedJam = 2;

Result<WarpCode> make_warp_code(llvm::Function& lane, BlockShape shape, const JamLimits& jam,
                                llvm::TargetMachine& machine, Tier tier) {
  const VectorizeReport report = vectorize(lane, shape, jam);
  if (!report.ok) return WarpCode{report.why_not};
  shape.jam = report.jam;
  llvm::Function* warp = report.code;
  const llvm::Module& module = *lane.getParent();
  if (llvm::verifyFunction(*warp, &llvm::errs())) return malformed(module.getName().str(), "vectorising");
  dump(module, "warp");
  if (!report.waits) return WarpCode{{}, nullptr, add_run_wrapper(*warp, shape, report.counts_warps)};
  optimize_warp(*warp, machine, tier);  // else with what it is inlined into
  const BarrierSplit split = split_at_barriers(*warp, shape);
  if (split.why_not.empty()) return WarpCode{{}, nullptr, add_run_wrapper(split, shape, report.counts_warps)};
  if (report.jam == 1) return WarpCode{{}, warp, nullptr};
  warp->eraseFromParent();  // fibers hold one warp each
  return make_warp_code(lane, shape, JamLimits{}, machine, tier);
}

Result<CompiledObject> finish_warp(LaneCode& code, const BlockShape& shape, llvm::TargetMachine& machine, Tier tier,
                                   CompiledObject compiled, Phases& phases) {
  llvm::Function* lane = code.module->getFunction(code.kernel + ".lane");
  const JamLimits jam{tier == Tier::Full ? kWantedJam : 1, vector_register_bytes(machine, *lane)};
  Result<WarpCode> made = make_warp_code(*lane, shape, jam, machine, tier);
  if (!made) return made.error();
  if (!made->refusal.empty()) {
    compiled.refusal = made->refusal;
    return compiled;
  }
  lane->eraseFromParent();
  phases.done("vectorize");
  if (made->run) optimize_warp(*made->run, machine, tier);
  compiled.unit = made->run ? machine::Unit::Run : machine::Unit::Warp;
  compiled.entry = (made->run ? made->run : made->warp)->getName().str();
  if (tier == Tier::Full && host_cpu().features.find("+avx512dq") != std::string::npos) {
    for (llvm::Function& function : *code.module) split_into_halves(function, {});
  }
  phases.done("clean up");
  return finish(*code.module, machine, std::move(compiled), phases);
}

}  // namespace

Result<CompiledObject> compile(const machine::KernelImage& kernel, const Variant& variant) {
  Phases phases;
  const bool quick = variant.tier == Tier::Quick;
  auto machine = make_target_machine(quick ? llvm::CodeGenOptLevel::None : llvm::CodeGenOptLevel::Default);
  if (!machine) return machine.error();
  llvm::LLVMContext context;
  auto code = emit_lane_code(kernel, {variant.level, variant.unchecked, variant.lines}, context);
  if (!code) return code.error();
  phases.done("emit");
  set_target(*code->module, **machine);
  dump(*code->module, "emitted");
  inline_device_functions(*code->module);
  phases.done("inline");
  BlockShape shape{variant.block[0], variant.block[1], variant.block[2]};
  const WindowSizes sizes{kernel.layout.static_shared_bytes, kernel.layout.local_bytes};
  for (llvm::Function& function : *code->module) {
    if (function.isDeclaration()) continue;
    if (quick) {
      optimize_lane_code_quickly(function, shape);
    } else {
      optimize_lane_code(function, shape, sizes);
    }
    merge_checks(function);
    settle_float_exchanges(function);
    meet_behind_broadcast_reads(function);
  }
  phases.done("scalar passes");
  dump(*code->module, "lane");
  CompiledObject compiled;
  compiled.local_bytes = code->local_bytes;
  compiled.flush_denormals = kernel.layout.flushes_subnormals;
  compiled.sites = code->sites;
  auto finished = variant.executor == machine::ExecutorKind::Lane
                      ? finish_lane(*code, **machine, std::move(compiled), phases)
                      : finish_warp(*code, shape, **machine, variant.tier, std::move(compiled), phases);
  phases.report((quick ? "quickly compiled kernel " : "compiled kernel ") + code->kernel);
  return finished;
}

}  // namespace qiao::jit
