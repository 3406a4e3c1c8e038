// Bit-exact conversion between f16 and f32, by integers alone: the host may lack the instructions, and the rounding
// direction is an argument here.
#pragma once

#include <cstdint>

#include "src/isa/domain.h"

namespace qiao::isa {

uint32_t f32_bits_of_f16(uint16_t half);                      // exact; NaN keeps its payload, quiet
uint16_t f16_bits_of_f32(uint32_t value, Rounding rounding);  // NaN gives 0x7fff

}  // namespace qiao::isa
