// By meaning and types. Where the answer is not plain it is Kept, which is always right and only slower.
#include "src/isa/subnormals.h"

#include <algorithm>

namespace qiao::isa {
namespace {

bool is_f32(Type type) {
  return type == Type::F32 || type == Type::F32x2;
}
// Worked out from operations to nearest and what they lose (meaning/rounding.h), which must not be flushed.
bool is_directed(const Modifiers& modifiers) {
  const Mod rounding = modifiers.at(Axis::Rounding);
  return rounding == Mod::Rz || rounding == Mod::Rm || rounding == Mod::Rp;
}
bool is_bf16(Type type) {
  return type == Type::Bf16 || type == Type::Bf16x2;
}

Subnormals of_atomic(const Modifiers& modifiers, Type type) {
  const Mod op = modifiers.at(Axis::Op);
  const bool moves = op == Mod::Exch || op == Mod::Cas;
  if (!is_float(type) || moves || type == Type::F16 || type == Type::F16x2) return Subnormals::Untouched;
  // atom.add.f32 flushes in global memory, by its own code; elsewhere it does not (PTX ISA 9.7.13.5).
  const bool flushes = type == Type::F32 && op == Mod::Add && space_of(modifiers) == StateSpace::Global;
  return flushes ? Subnormals::Untouched : Subnormals::Kept;
}

Subnormals of_float_conversion(const Modifiers& modifiers, Type to, Type from) {
  if (is_directed(modifiers) && from != Type::F16 && from != Type::F16x2) return Subnormals::Kept;
  if (modifiers.has(Mod::Ftz) && (to == Type::F32 || from == Type::F32)) return Subnormals::Flushed;
  const Mod rounding = modifiers.at(Axis::Rounding);
  const bool integral = rounding == Mod::Rni || rounding == Mod::Rzi || rounding == Mod::Rmi || rounding == Mod::Rpi;
  // Halves are normal numbers in f32. A subnormal f32 is nearest to zero, whatever it was; the other small formats
  // are made of integers, bf16 is widened by a shift.
  if (from == Type::F16 || from == Type::F16x2) return Subnormals::Untouched;
  if (integral || modifiers.has(Mod::Sat) || from == Type::F64 || to == Type::F64) return Subnormals::Kept;
  return from == Type::F32 && to == Type::F32 ? Subnormals::Kept : Subnormals::Untouched;
}

Subnormals of_value(const Form& form, const Modifiers& modifiers, const std::array<Type, 4>& types) {
  // clang-format off
  switch (form.meaning) {
    case Meaning::selp: case Meaning::testp: case Meaning::copysign: return Subnormals::Untouched;
    case Meaning::abs_float: case Meaning::neg_float:  // without .ftz: the sign bit alone
      if (!modifiers.has(Mod::Ftz)) return Subnormals::Untouched;
      break;
    case Meaning::tanh:  // its subnormals pass through
      if (types[0] == Type::F32) return Subnormals::Untouched;
      break;
    case Meaning::cvt_int: case Meaning::cvt_pack: case Meaning::cvt_int_to_float: return Subnormals::Untouched;
    case Meaning::cvt_float: case Meaning::cvt_float_to_int: case Meaning::cvt_from_pair:
    case Meaning::cvt_halves_to_pair: case Meaning::cvt_to_four: case Meaning::cvt_to_pair:
      return of_float_conversion(modifiers, types[0], types[1]);
    default: break;
  }
  // clang-format on
  if (form.unit == Unit::IntAlu) return Subnormals::Untouched;
  if (std::any_of(types.begin(), types.end(), [](Type type) { return type == Type::F64 || is_bf16(type); })) {
    return Subnormals::Kept;
  }
  if (std::none_of(types.begin(), types.end(), is_f32)) return Subnormals::Untouched;
  return modifiers.has(Mod::Ftz) && !is_directed(modifiers) ? Subnormals::Flushed : Subnormals::Kept;
}

}  // namespace

Subnormals subnormals_of(const Form& form, const Modifiers& modifiers, const std::array<Type, 4>& types) {
  switch (form.kind) {
    case Kind::Value:
      return of_value(form, modifiers, types);
    case Kind::Atomic:
    case Kind::Reduction:
      return of_atomic(modifiers, types[0]);
    case Kind::Redux:
      return is_float(types[0]) ? Subnormals::Kept : Subnormals::Untouched;
    default:
      return Subnormals::Untouched;
  }
}

}  // namespace qiao::isa
