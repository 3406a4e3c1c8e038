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

// %total_smem_size counts in these (10.30, sm_8x and newer).
inline constexpr uint32_t kSharedUnit = 128;

// The registers that read the same everywhere: a launch is not one of a graph, each block is an implicit cluster of
// its own, no shared memory is reserved for the system, and no performance counter is set up.
std::optional<uint64_t> fixed_value_of(SpecialRegister special);
// The number of an %envreg<32>.
std::optional<uint32_t> environment_register(SpecialRegister special);

}  // namespace qiao::isa
