// The families of the instruction table, one .inc and one .cpp each (a file per family compiles in a second).
#pragma once

#include <span>

#include "src/isa/form.h"

namespace qiao::isa {

std::span<const Form> atomic_forms();
std::span<const Form> compare_forms();
std::span<const Form> control_forms();
std::span<const Form> extended_forms();
std::span<const Form> float_forms();
std::span<const Form> half_forms();
std::span<const Form> integer_forms();
std::span<const Form> logic_forms();
std::span<const Form> memory_forms();
std::span<const Form> misc_forms();
std::span<const Form> move_forms();
std::span<const Form> parallel_forms();
std::span<const Form> refused_forms();
std::span<const Form> surface_forms();
std::span<const Form> texture_forms();
std::span<const Form> video_forms();

}  // namespace qiao::isa
