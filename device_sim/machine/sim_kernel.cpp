// A kernel of a loaded module: its attributes, and the choice of the executor that runs it.
#include <algorithm>

#include "device_sim/machine/loaded_module.h"
#include "device_sim/machine/system_calls.h"
#include "src/base/log.h"
#include "src/ptx/place.h"

namespace qiao::machine {
namespace {

// Registers of a thread after allocation are not known here; PTX has one virtual register per value, of which a
// fraction is live at a time. An estimate (registers_exact stays false), bounded by what the directives promise.
uint32_t estimate_registers(const ptx::Function& function, const hal::ChipDescription& chip) {
  uint64_t words = 0;
  for (const ptx::Register& reg : function.registers) words += std::max(1u, isa::bits_of(reg.type) / 32);
  auto registers = static_cast<uint32_t>(std::clamp<uint64_t>(16 + words / 8, 16, 255));
  const ptx::PerformanceDirectives& directives = function.performance;
  const auto& threads = directives.required_threads[0] ? directives.required_threads : directives.max_threads;
  const uint32_t count = std::max(threads[0], 1u) * std::max(threads[1], 1u) * std::max(threads[2], 1u);
  const uint32_t most = static_cast<uint32_t>(chip.sm.registers_per_block) /
                        std::max(count > 1 ? count : static_cast<uint32_t>(chip.limits.threads_per_block), 1u);
  registers = std::min({registers, std::max(most, 16u), static_cast<uint32_t>(chip.limits.registers_per_thread)});
  return directives.max_registers ? std::min(registers, directives.max_registers) : registers;
}

uint32_t max_threads(const ptx::PerformanceDirectives& directives, const hal::ChipDescription& chip) {
  const auto& threads = directives.required_threads[0] ? directives.required_threads : directives.max_threads;
  const auto limit = static_cast<uint64_t>(chip.limits.threads_per_block);
  if (threads[0] == 0) return static_cast<uint32_t>(limit);
  const uint64_t count = uint64_t{threads[0]} * std::max(threads[1], 1u) * std::max(threads[2], 1u);
  return static_cast<uint32_t>(std::min(count, limit));
}

// A direct call of a function that no module defines and that is none of the system's. Its address may be taken: what
// calls that (`__cxa_pure_virtual` in a table) faults when it does.
std::string missing_callee(const ptx::Module& module, const ptx::Function& function) {
  for (const ptx::Instruction& inst : function.body) {
    if (inst.form->kind != isa::Kind::Call || inst.operands[1].kind != ptx::Operand::Kind::Symbol) continue;
    const ptx::Symbol& symbol = module.symbols[inst.operands[1].id];
    if (symbol.kind != ptx::Symbol::Kind::Function) continue;
    const ptx::Function& callee = module.functions[symbol.index];
    if (!callee.is_declaration || find_system_call(callee.name) != nullptr) continue;
    return "unsupported: call of " + callee.name + ", which has no body, at " +
           ptx::place_of(module, inst.location, inst.source) + " in " + (function.is_entry ? "kernel " : "function ") +
           function.name;
  }
  return {};
}

// The reason a kernel cannot run may lie in any function it reaches.
std::string unusable_reason(const KernelImage& image) {
  for (const auto& [index, layout] : image.layout.functions) {
    const ptx::Function& function = image.module->functions[index];
    std::string reason = function.unusable.empty() ? missing_callee(*image.module, function) : function.unusable;
    if (reason.empty()) continue;
    return index == image.function_index ? reason : reason + ", which kernel " + image.function->name + " can reach";
  }
  return {};
}

}  // namespace

std::string_view name_of(ExecutorKind kind) {
  switch (kind) {
    case ExecutorKind::Interpreter:
      return "interpreter";
    case ExecutorKind::Lane:
      return "lane";
    case ExecutorKind::Warp:
      return "warp";
  }
  return "";
}

SimKernel::SimKernel(KernelImage image, const hal::ChipDescription& chip) : image_(std::move(image)) {
  const ptx::Function& function = *image_.function;
  const KernelLayout& layout = image_.layout;
  attributes_.registers = estimate_registers(function, chip);
  attributes_.static_shared_bytes = layout.static_shared_bytes;
  attributes_.const_bytes = layout.const_bytes;
  attributes_.local_bytes = layout.local_bytes;
  attributes_.max_threads_per_block = max_threads(function.performance, chip);
  attributes_.param_offsets = layout.param_offsets;
  attributes_.param_sizes = layout.param_sizes;
  attributes_.param_bytes = layout.param_bytes;
  attributes_.ptx_version = image_.module->version;
  attributes_.binary_version = image_.module->sm;
  attributes_.unusable = unusable_reason(image_);
}

Result<KernelVariant*> SimKernel::variant(const LaunchShape& shape, const Executors& executors) {
  std::lock_guard lock(mutex_);
  for (auto it = variants_.rbegin(); it != variants_.rend(); ++it)
    if ((*it)->shape == shape) return it->get();
  return prepare(shape, executors);
}

const std::vector<InexactSite>& SimKernel::inexact() {
  std::call_once(inexact_found_, [this] { inexact_ = inexact_sites(image_); });
  return inexact_;
}

Result<KernelVariant*> SimKernel::prepare(const LaunchShape& shape, const Executors& executors) {
  std::string reasons;
  for (const auto& executor : executors) {
    auto code = executor->prepare(image_, shape);
    if (!code) {
      if (!reasons.empty()) reasons += "; ";
      reasons += std::string(name_of(executor->kind())) + ": " + code.error().message;
      continue;
    }
    auto variant = std::make_unique<KernelVariant>();
    variant->shape = shape;
    variant->code = std::move(*code);
    variant->executor = executor->kind();
    variant->fallback = reasons;
    if (!reasons.empty())
      log::info("kernel " + name() + " runs in the executor '" + std::string(name_of(executor->kind())) +
                "', because " + reasons);
    variants_.push_back(std::move(variant));
    return variants_.back().get();
  }
  Error error =
      unsupported("no executor can run kernel " + name() + ": " + (reasons.empty() ? "none is built" : reasons));
  if (perf::fidelity_mode() != perf::FidelityMode::Off) perf::record_unsupported(error.message);
  return error;
}

}  // namespace qiao::machine
