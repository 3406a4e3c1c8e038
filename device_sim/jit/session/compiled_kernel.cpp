// Linking an object file to a loaded module, and the exchange of its code.
#include "device_sim/jit/session/compiled_kernel.h"

#include <algorithm>

#include <llvm/Support/MemoryBuffer.h>

#include "device_sim/jit/emit/emit.h"
#include "device_sim/jit/session/code_lines.h"

namespace qiao::jit {

Result<LinkedCode> link(const CompiledObject& compiled, const machine::KernelImage& kernel) {
  auto object = link_object(llvm::MemoryBuffer::getMemBufferCopy(compiled.object, kernel.function->name));
  if (!object) return object.error();
  auto entry = (*object)->find(compiled.entry);
  if (!entry) return entry.error();
  auto table = (*object)->find(kAddressTable);
  if (!table) return table.error();
  auto* words = static_cast<uint64_t*>(*table);
  *std::copy(kernel.storage->symbol_address.begin(), kernel.storage->symbol_address.end(), words) =
      kernel.storage->code_base;
  return LinkedCode{*std::move(object), *entry};
}

CompiledKernel::CompiledKernel(CompiledObject compiled, LinkedCode linked, const Variant& variant,
                               const machine::KernelImage& kernel)
    : compiled_(std::move(compiled)), variant_(variant), object_(std::move(linked.object)), entry_(linked.entry) {
  compiled_.object = {};
  first_.set(object_->code());
  if (variant.level != perf::CountLevel::None) {
    plan_.emplace(kernel, variant.level, machine::CountingPlan::Grain::Stretch);
  }
}

// The PTX line of an instruction, and the source line it comes from.
machine::Site CompiledKernel::site_at(uint64_t pc, const machine::KernelImage& kernel) const {
  Variant variant = variant_;
  variant.lines = true;
  if (second_.contains(pc)) variant.tier = Tier::Full;
  auto again = compile(kernel, variant);
  if (!again || again->object.empty()) return {};
  const CodeRange running = second_.contains(pc) ? second_.get() : first_.get();
  const std::optional<uint32_t> line = line_at(again->object, running, pc);
  if (!line) return {};
  for (const ptx::Function& function : kernel.module->functions) {
    for (const ptx::Instruction& inst : function.body) {
      if (inst.location.line == *line) return {0, *line, inst.source.file, inst.source.line};
    }
  }
  return {0, *line, 0, 0};
}

bool CompiledKernel::replace(const CompiledObject& compiled, LinkedCode linked) {
  const bool alike = compiled.unit == compiled_.unit && compiled.local_bytes == compiled_.local_bytes &&
                     compiled.sites.size() == compiled_.sites.size();
  if (!alike) return false;
  replaced_ = std::move(object_);
  object_ = std::move(linked.object);
  second_.set(object_->code());
  entry_.store(linked.entry, std::memory_order_release);
  return true;
}

}  // namespace qiao::jit
