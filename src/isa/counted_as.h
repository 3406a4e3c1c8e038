// What an instruction counts as in a kernel's counters, beside its class (Form::unit): operations of arithmetic and
// waiting. By meaning, kind and type; facts of the table like the rows themselves.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/isa/form.h"

namespace qiao::isa {

// Arithmetic as flop counts know it: `lanes` results of one thread, in a number format.
struct Arithmetic {
  enum class Operation : uint8_t { None, Add, Mul, Fma };
  enum class Format : uint8_t { Integer, Fp16, Bf16, Fp32, Fp64 };

  Operation operation = Operation::None;
  Format format = Format::Integer;
  uint8_t lanes = 1;  // a packed pair: 2
};

// `type`: the instruction's first, which is the result's. Approximations and divisions are None: they are counted apart
// (Unit::Sfu), as ncu does.
Arithmetic arithmetic_of(const Form& form, Type type);

// The name under which sync.* and comm.* of counters.inc count this row: "bar", "fence", "shfl" ...; else empty.
std::string_view counted_as(const Form& form);

}  // namespace qiao::isa
