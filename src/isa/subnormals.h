// What an instruction does with f32 subnormals: whether it can run while the host's floating-point unit flushes them.
#pragma once

#include "src/isa/form.h"

namespace qiao::isa {

enum class Subnormals : uint8_t {
  Untouched,  // the same result whether the host flushes subnormals or not: moves, integers, halves, signs
  Flushed,    // f32 with .ftz, and with nothing else that the host's mode would change
  Kept,       // subnormals of f32, bf16 or f64 count, so that the host must not flush
};

Subnormals subnormals_of(const Form& form, const Modifiers& modifiers, const std::array<Type, 4>& types);

}  // namespace qiao::isa
