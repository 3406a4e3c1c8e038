// PTX special registers (PTX ISA 9.0, 10): one row each, with the type a mov reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/isa/types.h"

namespace qiao::isa {

enum class SpecialRegister : uint8_t {
  None,
#define QIAO_SREG(name, spelling, type, vector) name,
#include "src/isa/special_registers.inc"
#undef QIAO_SREG
};

std::optional<SpecialRegister> special_register_from_spelling(std::string_view spelling);  // "%tid", "%clock64"
std::string_view spelling_of(SpecialRegister special);
Type type_of(SpecialRegister special);
bool is_vector(SpecialRegister special);  // read as %tid.x ...

}  // namespace qiao::isa
