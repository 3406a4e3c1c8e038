// A module in device memory: its variables, and its kernels with the code that executors made of them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device_sim/machine/arena.h"
#include "device_sim/machine/block_executor.h"
#include "device_sim/machine/inexact.h"
#include "src/hal/device.h"

namespace qiao::machine {

inline constexpr uint64_t kNoTime = ~uint64_t{0};

// One prepared form of a kernel.
struct KernelVariant {
  LaunchShape shape;
  std::shared_ptr<const KernelCode> code;
  ExecutorKind executor = ExecutorKind::Interpreter;
  std::string fallback;                         // why it is not the executor asked for; empty: it is
  std::atomic<uint64_t> ns_per_block{kNoTime};  // of the last launch; decides whether a grid is worth sharing
};

using Executors = std::vector<std::unique_ptr<Executor>>;  // in the order they are tried

class SimKernel final : public hal::Kernel {
 public:
  SimKernel(KernelImage image, const hal::ChipDescription& chip);

  const std::string& name() const override { return image_.function->name; }
  const hal::KernelAttributes& attributes() const override { return attributes_; }
  const KernelImage& image() const { return image_; }
  // The code for this shape, prepared at its first launch by the first executor that can.
  Result<KernelVariant*> variant(const LaunchShape& shape, const Executors& executors);
  // Found at the first call.
  const std::vector<InexactSite>& inexact();

 private:
  Result<KernelVariant*> prepare(const LaunchShape& shape, const Executors& executors);

  KernelImage image_;
  hal::KernelAttributes attributes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<KernelVariant>> variants_;
  std::once_flag inexact_found_;
  std::vector<InexactSite> inexact_;
};

class SimModule final : public hal::LoadedModule {
 public:
  // Places and initialises the module's variables.
  static Result<std::unique_ptr<SimModule>> load(std::shared_ptr<const ptx::Module> module, Arena& arena,
                                                 const hal::ChipDescription& chip);
  SimModule(std::shared_ptr<const ptx::Module> module, Arena& arena, const hal::ChipDescription& chip)
      : module_(std::move(module)), arena_(arena), chip_(chip) {}  // empty until load() has placed the variables
  ~SimModule() override;

  hal::Kernel* find_kernel(const std::string& name) override;
  Result<hal::GlobalVariable> find_global(const std::string& name) const override;
  std::vector<std::string> kernel_names() const override;

 private:
  Result<void> place_variables();
  Result<void> initialise(const ptx::Variable& variable, uint64_t address) const;
  uint64_t code_bytes() const;

  std::shared_ptr<const ptx::Module> module_;
  Arena& arena_;
  const hal::ChipDescription& chip_;
  std::shared_ptr<ModuleStorage> storage_ = std::make_shared<ModuleStorage>();
  std::vector<uint64_t> allocations_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<SimKernel>> kernels_;  // made when first asked for
};

}  // namespace qiao::machine
