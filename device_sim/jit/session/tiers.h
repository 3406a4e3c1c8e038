// When a kernel runs in quick code first. Code of the full tier is compiled at the first launch where that does not
// take long or the disk cache has it; else the first launch gets quick code, and a thread of low priority compiles the
// full code meanwhile, which takes the quick code's place as soon as it is there, also within a launch. Both give the
// same results, bit for bit. Kernels with counters are compiled fully: the scalar passes decide what some counters see.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "device_sim/jit/session/compile.h"
#include "device_sim/machine/kernel_layout.h"

namespace qiao::jit {

enum class TierChoice : uint8_t { Auto, Quick, Full };

// QIAO_TIER = auto (the default), quick (no full code is compiled), full (no quick code is).
TierChoice tier_choice();

// Whether full code of this kernel takes so long that quick code comes first.
bool takes_long(const machine::KernelImage& kernel);

// What this process has compiled.
struct Compilations {
  std::atomic<uint64_t> quick{0};
  std::atomic<uint64_t> full{0};
  std::atomic<uint64_t> replaced{0};  // quick code by full code, while it was in use
};
Compilations& compilations();

// Runs `job` on the one background thread, later. When the process ends, the job that is running is finished first (its
// result may be in the disk cache then) and the others are dropped.
void compile_in_background(std::function<void()> job);

// Waits until no job is left.
void await_background();

}  // namespace qiao::jit
