// The reference interpreter as the machine's executor: one call per warp.
#include <memory>
#include <optional>

#include "device_sim/interp/code.h"
#include "device_sim/interp/warp.h"
#include "device_sim/machine/block_executor.h"

namespace qiao::interp {
namespace {

class InterpretedKernel : public machine::KernelCode {
 public:
  InterpretedKernel(std::unique_ptr<KernelProgram> program, perf::CountLevel level) : program_(std::move(program)) {
    if (level != perf::CountLevel::None) plan_.emplace(program_->image, level, machine::CountingPlan::Grain::Each);
    program_->plan = plan_ ? &*plan_ : nullptr;
  }

  machine::Unit unit() const override { return machine::Unit::Warp; }
  void run_warp(const void* params, machine::BlockContext& block, uint32_t warp) const override {
    Warp(*program_, params, block, warp).run();
  }
  machine::Site site(uint32_t index) const override { return program_->site(index); }
  const machine::CountingPlan* counting() const override { return program_->plan; }
  uint64_t local_bytes() const override { return program_->local_bytes; }
  bool flush_denormals() const override { return program_->image.layout.flushes_subnormals; }

 private:
  std::unique_ptr<KernelProgram> program_;
  std::optional<machine::CountingPlan> plan_;
};

class Interpreter : public machine::Executor {
 public:
  machine::ExecutorKind kind() const override { return machine::ExecutorKind::Interpreter; }
  Result<std::shared_ptr<const machine::KernelCode>> prepare(const machine::KernelImage& kernel,
                                                             const machine::LaunchShape& shape) override {
    Result<std::unique_ptr<KernelProgram>> program = prepare_program(kernel);
    if (!program) return std::move(program).error();
    return std::shared_ptr<const machine::KernelCode>(
        std::make_shared<InterpretedKernel>(std::move(*program), shape.level));
  }
};

}  // namespace
}  // namespace qiao::interp

namespace qiao::machine {

std::unique_ptr<Executor> make_interpreter() {
  return std::make_unique<interp::Interpreter>();
}

}  // namespace qiao::machine
