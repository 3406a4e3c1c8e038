// How a launch is executed: an Executor (interpreter, lane mode, warp mode) turns a kernel into KernelCode for one
// block shape; the machine's workers call that code block by block, warp by warp or lane by lane, on fibers of theirs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "device_sim/machine/block_context.h"
#include "device_sim/machine/counting_plan.h"
#include "device_sim/machine/kernel_layout.h"
#include "device_sim/machine/lane_context.h"
#include "src/base/result.h"

namespace qiao::machine {

enum class ExecutorKind : uint8_t { Interpreter, Lane, Warp };
std::string_view name_of(ExecutorKind kind);  // "interpreter", "lane", "warp"

// What one call of the code executes. Every call runs on a fiber of the worker:
//   Run:  run(BlockRun&): many blocks at once. Only for kernels which never wait (no barrier, no spinning).
//   Warp: run_warp(...): one warp of one block; its qiao_rt_barrier_* calls switch fibers.
//   Lane: run_lane(...): one thread; qiao_rt_lane_* calls are the meeting points.
enum class Unit : uint8_t { Run, Warp, Lane };

// An access (a `site` of lane_code.md): where it stands in the PTX, for messages.
struct Site {
  uint32_t bytes = 0;  // of one lane's access, 0 = unknown; tells a misaligned address from an illegal one
  uint32_t ptx_line = 0;
  uint32_t source_file = 0;  // index into Module::files, 0 = unknown
  uint32_t source_line = 0;
};

// One executable form of a kernel. Immutable and used by many threads at once.
//
// Leaving early (a fault, trap, or another worker's fault): compiled code never sees it, the qiao_rt_* call that
// noticed does not return and its fiber is dropped without destructors. Code written in C++ which owns heap memory (the
// interpreter) uses the calls of faults.h and barriers.h instead, which return false: return from run_warp at once
// then.
class KernelCode {
 public:
  virtual ~KernelCode() = default;

  virtual Unit unit() const = 0;
  // The one which unit() names is overridden.
  virtual void run(BlockRun& run) const { (void)run; }
  virtual void run_warp(const void* params, BlockContext& block, uint32_t warp) const {
    (void)params, (void)block, (void)warp;
  }
  virtual void run_lane(const void* params, BlockContext& block, LaneContext& lane) const {
    (void)params, (void)block, (void)lane;
  }

  virtual Site site(uint32_t index) const { return (void)index, Site{}; }
  // Whether a program counter is in this kernel's compiled code. Asked by signal handlers.
  virtual bool contains(uint64_t pc) const { return (void)pc, false; }
  // Where that is in the PTX, as far as it can be found out; takes as long as compiling.
  virtual Site site_at(uint64_t pc, const KernelImage& kernel) const { return (void)pc, (void)kernel, Site{}; }

  // Where the code counts in BlockContext::counts; null when it was prepared without counters.
  virtual const CountingPlan* counting() const { return nullptr; }

  // Bytes of one lane's local frame, when the code needs more than KernelLayout::local_bytes.
  virtual uint64_t local_bytes() const { return 0; }
  // MXCSR (FPCR) of the kernel's code: true = denormals are flushed in operands and results (FTZ and DAZ). What
  // KernelLayout::flushes_subnormals says, on every executor: they are to give the same bits.
  virtual bool flush_denormals() const { return false; }
};

// What a kernel is prepared for: variants differ in these (design D5).
struct LaunchShape {
  std::array<uint32_t, 3> block{1, 1, 1};
  perf::CountLevel level = perf::CountLevel::None;
  bool unchecked = false;  // address checks left out
  bool operator==(const LaunchShape&) const = default;
};

class Executor {
 public:
  virtual ~Executor() = default;
  virtual ExecutorKind kind() const = 0;
  // The kernel's code for this shape. An error is the reason why this executor cannot run it: the machine logs it and
  // tries the next one. Called once per (kernel, shape), possibly by several threads for different kernels.
  virtual Result<std::shared_ptr<const KernelCode>> prepare(const KernelImage& kernel, const LaunchShape& shape) = 0;
};

// Implemented by the targets qiao_interp (device_sim/interp) and qiao_jit_session (device_sim/jit/session, both of its
// modes); device_sim/device.cpp uses those which are built. QIAO_EXECUTOR chooses the first one tried, default warp.
std::unique_ptr<Executor> make_interpreter();
std::unique_ptr<Executor> make_lane_executor();
std::unique_ptr<Executor> make_warp_executor();

}  // namespace qiao::machine
