// Lane mode and warp mode as the machine's executors: find the compiled code of a launch's shape in memory or on disk,
// or compile it, and link it against the loaded module's addresses.
#include <map>
#include <memory>
#include <mutex>

#include <optional>

#include <llvm/Config/llvm-config.h>
#include "device_sim/jit/session/build_id.h"
#include "device_sim/jit/session/cache_report.h"
#include "device_sim/jit/session/compile.h"
#include "device_sim/jit/session/compiled_kernel.h"
#include "device_sim/jit/session/disk_cache.h"
#include "device_sim/jit/session/host_target.h"
#include "device_sim/jit/session/tiers.h"
#include "device_sim/machine/block_executor.h"
#include "src/base/log.h"
#include "src/base/phases.h"
#include "src/perf/host_activity.h"

namespace qiao::jit {
namespace {

using machine::ExecutorKind;
using machine::KernelCode;
using machine::KernelImage;
using machine::LaunchShape;

constexpr std::string_view kLevels[] = {" plain", " blocks", " memory"};  // by perf::CountLevel
constexpr unsigned kSpecialShapes = 4;  // block shapes of one kernel that get code of their own

std::string shape_of(const Variant& variant) {
  if (variant.block[0] == 0) return "any";
  return std::to_string(variant.block[0]) + "x" + std::to_string(variant.block[1]) + "x" +
         std::to_string(variant.block[2]);
}

// Everything the code depends on, as one line (design D5). A layout follows from text and entry.
std::string key_of(const KernelImage& kernel, const Variant& variant) {
  const HostCpu& cpu = host_cpu();
  return kernel.module->text_hash + " " + kernel.function->name + " " + shape_of(variant) + " " +
         std::string(machine::name_of(variant.executor)) + (variant.tier == Tier::Quick ? " quick" : "") +
         std::string(kLevels[static_cast<size_t>(variant.level)]) + (variant.unchecked ? " unchecked" : " checked") +
         " " + cpu.name + " " + cpu.features + " llvm-" LLVM_VERSION_STRING " " + build_id();
}

class CachedObjects {
 public:
  static CachedObjects& get() {
    static CachedObjects objects;
    return objects;
  }

  std::optional<CompiledObject> find(const KernelImage& kernel, const Variant& variant) const {
    if (!keeps(kernel)) return std::nullopt;
    auto bytes = cache_->load(key_of(kernel, variant));
    return bytes ? from_bytes(*bytes) : std::nullopt;
  }
  bool keep(const KernelImage& kernel, const Variant& variant, const CompiledObject& compiled) const {
    if (!keeps(kernel)) return false;
    auto stored = cache_->store(key_of(kernel, variant), to_bytes(compiled));
    if (!stored) log::warn_once("cache", stored.error().message);
    return stored.ok();
  }

 private:
  bool keeps(const KernelImage& kernel) const { return cache_ && !kernel.module->text_hash.empty(); }

  std::optional<DiskCache> cache_ = DiskCache::open();
};

void report(const char* result, const KernelImage& kernel, const Variant& variant) {
  report_cached(result, std::string(machine::name_of(variant.executor)), shape_of(variant), kernel.function->name);
}

std::optional<CompiledObject> cached_object(const KernelImage& kernel, const Variant& variant) {
  auto found = CachedObjects::get().find(kernel, variant);
  if (found) report("found", kernel, variant);
  if (found) perf::record_found();
  return found;
}

Result<CompiledObject> new_object(const KernelImage& kernel, const Variant& variant) {
  const uint64_t start = perf::host_ns();
  auto compiled = compile(kernel, variant);
  perf::record_compiled(start);
  ++(variant.tier == Tier::Quick ? compilations().quick : compilations().full);
  if (compiled) report(CachedObjects::get().keep(kernel, variant, *compiled) ? "compiled" : "lost", kernel, variant);
  return compiled;
}

Result<CompiledObject> object_of(const KernelImage& kernel, const Variant& variant) {
  if (auto found = cached_object(kernel, variant)) return *std::move(found);
  return new_object(kernel, variant);
}

Result<std::shared_ptr<CompiledKernel>> make_code(const KernelImage& kernel, const Variant& variant,
                                                  Result<CompiledObject> compiled) {
  if (!compiled) return compiled.error();
  if (!compiled->refusal.empty()) return unsupported(compiled->refusal);
  Phases phases;
  auto linked = link(*compiled, kernel);
  if (!linked) return linked.error();
  phases.done("link");
  phases.report("prepared kernel " + kernel.function->name);
  return std::make_shared<CompiledKernel>(*std::move(compiled), *std::move(linked), variant, kernel);
}

// In the background: the full code takes the place of the quick, unless that is needed no more.
void improve(const std::weak_ptr<CompiledKernel>& code, const KernelImage& kernel, const Variant& variant) {
  if (code.expired()) return;
  auto compiled = object_of(kernel, variant);
  if (!compiled || !compiled->refusal.empty()) return log::debug("kernel " + kernel.function->name + " stays quick");
  auto linked = link(*compiled, kernel);
  std::shared_ptr<CompiledKernel> running = code.lock();
  if (!running || !linked) return;
  const bool replaced = running->replace(*compiled, *std::move(linked));
  compilations().replaced += replaced;
  log::debug("kernel " + kernel.function->name + (replaced ? " runs in full code from now on" : " stays quick"));
}

// Null where the quick way leads to no code that can be widened, or to frames that are too large.
std::shared_ptr<const KernelCode> make_quick_code(const KernelImage& kernel, const Variant& variant, bool then_full) {
  Variant quickly = variant;
  quickly.tier = Tier::Quick;
  auto code = make_code(kernel, quickly, object_of(kernel, quickly));
  if (!code) return nullptr;
  std::weak_ptr<CompiledKernel> weak = *code;
  if (then_full) compile_in_background([=] { improve(weak, kernel, variant); });
  return *std::move(code);
}

Result<std::shared_ptr<const KernelCode>> make_tiered_code(const KernelImage& kernel, const Variant& variant,
                                                           TierChoice choice) {
  std::optional<CompiledObject> known;
  if (choice != TierChoice::Quick) known = cached_object(kernel, variant);
  const bool wait_less =
      choice == TierChoice::Auto && !known && variant.level == perf::CountLevel::None && takes_long(kernel);
  if (wait_less || choice == TierChoice::Quick) {
    if (auto code = make_quick_code(kernel, variant, wait_less)) return code;
  }
  auto code = make_code(kernel, variant, known ? *std::move(known) : object_of(kernel, variant));
  if (!code) return code.error();
  return std::shared_ptr<const KernelCode>(*std::move(code));
}

class JitExecutor : public machine::Executor {
 public:
  explicit JitExecutor(ExecutorKind kind) : kind_(kind) {}
  ExecutorKind kind() const override { return kind_; }

  // Lane mode has nothing to gain from the block's shape; warp mode has most, for the first few shapes of a kernel.
  Result<std::shared_ptr<const KernelCode>> prepare(const KernelImage& kernel, const LaunchShape& shape) override {
    Variant variant{kind_, {}, shape.level, shape.unchecked};
    if (kind_ == ExecutorKind::Warp && take_special_shape(kernel)) {
      variant.block = shape.block;
      return make_tiered_code(kernel, variant, tier_);
    }
    return generic_code(kernel, variant);
  }

 private:
  struct Known {
    std::weak_ptr<const machine::ModuleStorage> storage;  // of the kernel: the address may be used again after it
    unsigned special_shapes = 0;
    std::shared_ptr<std::mutex> compiling = std::make_shared<std::mutex>();
    std::map<std::pair<perf::CountLevel, bool>, Result<std::shared_ptr<const KernelCode>>> generic;
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
    auto which = std::pair(variant.level, variant.unchecked);
    {
      std::lock_guard lock(mutex_);
      auto& generic = known(kernel).generic;
      if (auto found = generic.find(which); found != generic.end()) return found->second;
    }
    auto code = make_tiered_code(kernel, variant, tier_);
    std::lock_guard lock(mutex_);
    known(kernel).generic.emplace(which, code);
    return code;
  }

  const ExecutorKind kind_;
  const TierChoice tier_ = kind_ == ExecutorKind::Lane ? TierChoice::Full : tier_choice();
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
