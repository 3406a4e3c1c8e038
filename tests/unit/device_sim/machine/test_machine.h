// A machine whose kernels are C++ functions of the test, called as compiled code would be.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "device_sim/machine/launcher.h"
#include "device_sim/machine/runtime_calls.h"
#include "tests/unit/catch.h"

namespace qiao::machine::test {

using WarpBody = std::function<void(BlockContext&, uint32_t warp)>;
using LaneBody = std::function<void(BlockContext&, LaneContext&)>;
using RunBody = std::function<void(BlockRun&)>;

class FunctionCode final : public KernelCode {
 public:
  explicit FunctionCode(WarpBody body) : unit_(Unit::Warp), warp_(std::move(body)) {}
  explicit FunctionCode(LaneBody body) : unit_(Unit::Lane), lane_(std::move(body)) {}
  explicit FunctionCode(RunBody body) : unit_(Unit::Run), run_(std::move(body)) {}

  Unit unit() const override { return unit_; }
  void run(BlockRun& run) const override { run_(run); }
  void run_warp(const void*, BlockContext& block, uint32_t warp) const override { warp_(block, warp); }
  void run_lane(const void*, BlockContext& block, LaneContext& lane) const override { lane_(block, lane); }
  Site site(uint32_t index) const override { return {4, index, 0, 0}; }
  bool flush_denormals() const override { return flush; }

  bool flush = false;

 private:
  Unit unit_;
  WarpBody warp_;
  LaneBody lane_;
  RunBody run_;
};

class FunctionExecutor final : public Executor {
 public:
  explicit FunctionExecutor(std::shared_ptr<const KernelCode>* code) : code_(code) {}
  ExecutorKind kind() const override { return ExecutorKind::Warp; }
  Result<std::shared_ptr<const KernelCode>> prepare(const KernelImage&, const LaunchShape&) override { return *code_; }

 private:
  std::shared_ptr<const KernelCode>* code_;
};

class TestMachine {
 public:
  TestMachine() {
    auto arena = Arena::reserve(uint64_t{256} << 20);
    REQUIRE(arena);
    arena_ = std::move(*arena);
    Executors executors;
    executors.push_back(std::make_unique<FunctionExecutor>(&code_));
    launcher_ = std::make_unique<Launcher>(chip_, *arena_, host_ranges_, std::move(executors));
  }

  template <class Body>
  Result<void> launch(hal::Dim3 grid, hal::Dim3 block, Body body, uint32_t dynamic_shared = 0,
                      bool cooperative = false) {
    return launch_code(std::make_shared<FunctionCode>(body), grid, block, dynamic_shared, cooperative);
  }

  Result<void> launch_code(std::shared_ptr<const KernelCode> code, hal::Dim3 grid, hal::Dim3 block,
                           uint32_t dynamic_shared = 0, bool cooperative = false) {
    use(std::move(code));
    return launch_current(grid, block, dynamic_shared, cooperative);
  }

  void use(std::shared_ptr<const KernelCode> code) { code_ = std::move(code); }

  Result<void> launch_current(hal::Dim3 grid, hal::Dim3 block, uint32_t dynamic_shared = 0, bool cooperative = false) {
    auto module = std::make_shared<ptx::Module>();
    module->functions.emplace_back();
    module->functions[0].name = "test_kernel";
    module->functions[0].is_entry = true;
    SimKernel kernel(
        KernelImage{module, &module->functions[0], 0, std::make_shared<ModuleStorage>(), lay_out_kernel(*module, 0)},
        chip_);
    hal::LaunchRequest request;
    request.kernel = &kernel;
    request.grid = grid;
    request.block = block;
    request.dynamic_shared_bytes = dynamic_shared;
    request.cooperative = cooperative;
    return launcher_->launch(kernel, request);
  }

  template <class T>
  T* allocate(size_t count) {
    auto address = arena_->allocate(count * sizeof(T), Arena::Owner::Program);
    REQUIRE(address);
    std::fill_n(reinterpret_cast<T*>(*address), count, T{});
    return reinterpret_cast<T*>(*address);
  }

  Arena& arena() { return *arena_; }
  HostRanges& host_ranges() { return host_ranges_; }

 private:
  hal::ChipDescription chip_;
  std::unique_ptr<Arena> arena_;
  HostRanges host_ranges_;
  std::shared_ptr<const KernelCode> code_;
  std::unique_ptr<Launcher> launcher_;
};

}  // namespace qiao::machine::test
