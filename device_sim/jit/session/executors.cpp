// Lane mode and warp mode as the machine's executors: find the compiled code of a launch's shape in memory or on disk,
// or compile it, and link it against the loaded module's addresses.
#include <map>
#include <memory>
#include <mutex>

#include <llvm/Config/llvm-config.h>
#include <llvm/Support/MemoryBuffer.h>

#include "device_sim/jit/emit/emit.h"
#include "device_sim/jit/session/build_id.h"
#include "device_sim/jit/session/compile.h"
#include "device_sim/jit/session/disk_cache.h"
#include "device_sim/jit/session/host_target.h"
#include "device_sim/jit/session/object_linker.h"
#include "device_sim/machine/block_executor.h"
#include "src/base/log.h"
#include "src/base/phases.h"

namespace qiao::jit {
namespace {

using machine::ExecutorKind;
using machine::KernelCode;
using machine::KernelImage;
using machine::LaunchShape;
using machine::Unit;

constexpr unsigned kSpecialShapes = 4;  // block shapes of one kernel that get code of their own

class CompiledKernel : public KernelCode {
 public:
  CompiledKernel(CompiledObject compiled, std::shared_ptr<LinkedObject> object, void* entry)
      : compiled_(std::move(compiled)), object_(std::move(object)), entry_(entry), code_(object_->code()) {
    compiled_.object = {};
  }

  Unit unit() const override { return compiled_.unit; }
  void run(machine::BlockRun& run) const override { reinterpret_cast<void (*)(machine::BlockRun*)>(entry_)(&run); }
  void run_warp(const void* params, machine::BlockContext& block, uint32_t warp) const override {
    reinterpret_cast<void (*)(const void*, machine::BlockContext*, uint32_t)>(entry_)(params, &block, warp);
  }
  void run_lane(const void* params, machine::BlockContext& block, machine::LaneContext& lane) const override {
    using Entry = void (*)(const void*, machine::BlockContext*, machine::LaneContext*);
    reinterpret_cast<Entry>(entry_)(params, &block, &lane);
  }
  machine::Site site(uint32_t index) const override {
    return index < compiled_.sites.size() ? compiled_.sites[index] : machine::Site{};
  }
  bool contains(uint64_t pc) const override { return pc >= code_.first && pc < code_.last; }
  std::span<const uint32_t> block_instructions() const override { return compiled_.block_instructions; }
  uint64_t local_bytes() const override { return compiled_.local_bytes; }

 private:
  CompiledObject compiled_;
  std::shared_ptr<LinkedObject> object_;
  void* entry_;
  CodeRange code_;
};

// Everything the code depends on, as one line (design D5). A layout follows from text and entry.
std::string key_of(const KernelImage& kernel, const Variant& variant) {
  const HostCpu& cpu = host_cpu();
  std::string shape = "any";
  if (variant.block[0]) {
    shape = std::to_string(variant.block[0]) + "x" + std::to_string(variant.block[1]) + "x" +
            std::to_string(variant.block[2]);
  }
  return kernel.module->text_hash + " " + kernel.function->name + " " + shape + " " +
         std::string(machine::name_of(variant.executor)) + (variant.counted ? " counted" : " plain") +
         (variant.unchecked ? " unchecked" : " checked") + " " + cpu.name + " " + cpu.features +
         " llvm-" LLVM_VERSION_STRING " " + build_id();
}

Result<CompiledObject> compiled_object(const KernelImage& kernel, const Variant& variant) {
  static const std::optional<DiskCache> kCache = DiskCache::open();
  std::string key = key_of(kernel, variant);
  bool cached = kCache && !kernel.module->text_hash.empty();
  if (cached) {
    if (auto bytes = kCache->load(key)) {
      if (auto compiled = from_bytes(*bytes)) return std::move(*compiled);
    }
  }
  auto compiled = compile(kernel, variant);
  if (compiled && cached) {
    if (auto stored = kCache->store(key, to_bytes(*compiled)); !stored) log::warn_once("cache", stored.error().message);
  }
  return compiled;
}

void fill_address_table(uint64_t* table, const KernelImage& kernel) {
  for (uint64_t address : kernel.storage->symbol_address) *table++ = address;
  *table = kernel.storage->code_base;
}

Result<std::shared_ptr<const KernelCode>> make_code(const KernelImage& kernel, const Variant& variant) {
  Phases phases;
  auto compiled = compiled_object(kernel, variant);
  if (!compiled) return compiled.error();
  if (!compiled->refusal.empty()) return unsupported(compiled->refusal);
  phases.done("get object");
  auto object = link_object(llvm::MemoryBuffer::getMemBufferCopy(compiled->object, kernel.function->name));
  if (!object) return object.error();
  auto entry = (*object)->find(compiled->entry);
  if (!entry) return entry.error();
  auto table = (*object)->find(kAddressTable);
  if (!table) return table.error();
  fill_address_table(static_cast<uint64_t*>(*table), kernel);
  phases.done("link");
  phases.report("prepared kernel " + kernel.function->name);
  return std::shared_ptr<const KernelCode>(std::make_shared<CompiledKernel>(std::move(*compiled), *object, *entry));
}

class JitExecutor : public machine::Executor {
 public:
  explicit JitExecutor(ExecutorKind kind) : kind_(kind) {}
  ExecutorKind kind() const override { return kind_; }

  // Lane mode has nothing to gain from the block's shape; warp mode has most, for the first few shapes of a kernel.
  Result<std::shared_ptr<const KernelCode>> prepare(const KernelImage& kernel, const LaunchShape& shape) override {
    Variant variant{kind_, {}, shape.counted, shape.unchecked};
    if (kind_ == ExecutorKind::Warp && take_special_shape(kernel)) {
      variant.block = shape.block;
      return make_code(kernel, variant);
    }
    return generic_code(kernel, variant);
  }

 private:
  struct Known {
    std::weak_ptr<const machine::ModuleStorage> storage;  // of the kernel: the address may be used again after it
    unsigned special_shapes = 0;
    std::shared_ptr<std::mutex> compiling = std::make_shared<std::mutex>();
    std::map<std::pair<bool, bool>, Result<std::shared_ptr<const KernelCode>>> generic;
  };

  Known& known(const KernelImage& kernel) {
    std::erase_if(kernels_, [](const auto& known) { return known.second.storage.expired(); });
    Known& entry = kernels_[&kernel];
    if (entry.storage.lock() != kernel.storage) {
      entry = {};
      entry.storage = kernel.storage;
    }
    return entry;
  }

  bool take_special_shape(const KernelImage& kernel) {
    std::lock_guard lock(mutex_);
    return known(kernel).special_shapes++ < kSpecialShapes;
  }

  Result<std::shared_ptr<const KernelCode>> generic_code(const KernelImage& kernel, const Variant& variant) {
    std::shared_ptr<std::mutex> compiling;
    {
      std::lock_guard lock(mutex_);
      compiling = known(kernel).compiling;
    }
    std::lock_guard one(*compiling);  // other kernels compile meanwhile
    auto which = std::pair(variant.counted, variant.unchecked);
    {
      std::lock_guard lock(mutex_);
      auto& generic = known(kernel).generic;
      if (auto found = generic.find(which); found != generic.end()) return found->second;
    }
    auto code = make_code(kernel, variant);
    std::lock_guard lock(mutex_);
    known(kernel).generic.emplace(which, code);
    return code;
  }

  ExecutorKind kind_;
  std::mutex mutex_;
  std::map<const KernelImage*, Known> kernels_;
};

}  // namespace
}  // namespace qiao::jit

namespace qiao::machine {

std::unique_ptr<Executor> make_lane_executor() {
  return std::make_unique<jit::JitExecutor>(ExecutorKind::Lane);
}
std::unique_ptr<Executor> make_warp_executor() {
  return std::make_unique<jit::JitExecutor>(ExecutorKind::Warp);
}

}  // namespace qiao::machine
