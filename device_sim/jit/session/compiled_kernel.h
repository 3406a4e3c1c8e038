// Compiled code, linked: what the machine runs.
#pragma once

#include <atomic>
#include <memory>

#include "device_sim/jit/session/compile.h"
#include "device_sim/jit/session/compiled_object.h"
#include "device_sim/jit/session/object_linker.h"
#include "device_sim/machine/block_executor.h"

namespace qiao::jit {

// An object in this process, with the addresses of one loaded module.
struct LinkedCode {
  std::shared_ptr<LinkedObject> object;
  void* entry = nullptr;
};
Result<LinkedCode> link(const CompiledObject& compiled, const machine::KernelImage& kernel);

class CompiledKernel : public machine::KernelCode {
 public:
  CompiledKernel(CompiledObject compiled, LinkedCode linked, const Variant& variant,
                 const machine::KernelImage& kernel);

  // From now on calls run this code, which was made from the same kernel for the same variant. False, and nothing
  // changes, when it is called in another way. What runs in the code before is not disturbed. At most once.
  bool replace(const CompiledObject& compiled, LinkedCode linked);

  machine::Unit unit() const override { return compiled_.unit; }
  void run(machine::BlockRun& run) const override { entry<void (*)(machine::BlockRun*)>()(&run); }
  void run_warp(const void* params, machine::BlockContext& block, uint32_t warp) const override {
    entry<void (*)(const void*, machine::BlockContext*, uint32_t)>()(params, &block, warp);
  }
  void run_lane(const void* params, machine::BlockContext& block, machine::LaneContext& lane) const override {
    entry<void (*)(const void*, machine::BlockContext*, machine::LaneContext*)>()(params, &block, &lane);
  }
  machine::Site site(uint32_t index) const override {
    return index < compiled_.sites.size() ? compiled_.sites[index] : machine::Site{};
  }
  bool contains(uint64_t pc) const override { return first_.contains(pc) || second_.contains(pc); }
  machine::Site site_at(uint64_t pc, const machine::KernelImage& kernel) const override;
  const machine::CountingPlan* counting() const override { return plan_ ? &*plan_ : nullptr; }
  uint64_t local_bytes() const override { return compiled_.local_bytes; }
  bool flush_denormals() const override { return compiled_.flush_denormals; }

 private:
  template <class Entry>
  Entry entry() const {
    return reinterpret_cast<Entry>(entry_.load(std::memory_order_acquire));
  }

  // Where code lies, for signal handlers.
  struct Range {
    std::atomic<uint64_t> first{0}, last{0};

    bool contains(uint64_t pc) const { return pc >= first.load() && pc < last.load(); }
    void set(CodeRange range) {
      first.store(range.first);
      last.store(range.last);
    }
    CodeRange get() const { return {first.load(), last.load()}; }
  };

  CompiledObject compiled_;  // without the object file
  std::optional<machine::CountingPlan> plan_;
  Variant variant_;  // of the first code; the second's tier is the full one
  Range first_, second_;
  std::shared_ptr<LinkedObject> object_, replaced_;
  std::atomic<void*> entry_;
};

}  // namespace qiao::jit
