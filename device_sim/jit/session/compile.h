// The way from PTX to an object file: emit, inline, scalar passes, then vectorise or lower for lane mode, generate
// code.
#pragma once

#include "device_sim/jit/session/compiled_object.h"
#include "device_sim/machine/block_executor.h"
#include "device_sim/machine/kernel_layout.h"
#include "src/base/result.h"

namespace qiao::jit {

// Quick code is compiled in a fraction of the time that full code takes and gives the same results, more slowly.
enum class Tier : uint8_t { Quick, Full };

struct Variant {
  machine::ExecutorKind executor = machine::ExecutorKind::Lane;
  std::array<uint32_t, 3> block{};  // x == 0: any shape
  perf::CountLevel level = perf::CountLevel::None;
  bool unchecked = false;
  Tier tier = Tier::Full;
  bool lines = false;  // the object tells PTX lines (code_lines.h); never linked or kept
};

// An executor which cannot run the kernel is no error here: see CompiledObject::refusal.
Result<CompiledObject> compile(const machine::KernelImage& kernel, const Variant& variant);

}  // namespace qiao::jit
