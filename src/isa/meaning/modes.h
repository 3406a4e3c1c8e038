// From an instruction's modifiers to the arguments of the meanings.
#pragma once

#include <optional>

#include "src/isa/form.h"
#include "src/isa/meaning/bits.h"
#include "src/isa/meaning/compare.h"
#include "src/isa/meaning/convert.h"
#include "src/isa/meaning/float.h"
#include "src/isa/meaning/video.h"

namespace qiao::isa {

// clang-format off
inline Rounding rounding_of(const Modifiers& modifiers) {  // none written: to nearest even, except cvt.rzi and the like
  switch (modifiers.at(Axis::Rounding)) {
    case Mod::Rz: case Mod::Rzi: return Rounding::Zero;
    case Mod::Rm: case Mod::Rmi: return Rounding::Down;
    case Mod::Rp: case Mod::Rpi: return Rounding::Up;
    case Mod::Rna: return Rounding::NearestAway;
    default: return Rounding::NearestEven;
  }
}

inline bool rounds_to_integer(const Modifiers& modifiers) {
  const Mod mod = modifiers.at(Axis::Rounding);
  return mod == Mod::Rni || mod == Mod::Rzi || mod == Mod::Rmi || mod == Mod::Rpi;
}

inline meaning::FloatMode float_mode_of(const Modifiers& modifiers, Type type) {
  return {type, rounding_of(modifiers), modifiers.has(Mod::Ftz), modifiers.has(Mod::Sat), modifiers.has(Mod::Relu)};
}

inline meaning::MinMaxMode min_max_mode_of(const Modifiers& modifiers, Type type, bool maximum) {
  return {type, maximum, modifiers.has(Mod::Ftz), modifiers.has(Mod::NaN), modifiers.has(Mod::Abs),
          modifiers.has(Mod::Xorsign)};
}

inline meaning::ConvertMode convert_mode_of(const Modifiers& modifiers, Type to, Type from) {
  return {to, from, rounding_of(modifiers), rounds_to_integer(modifiers), modifiers.has(Mod::Ftz),
          modifiers.has(Mod::Sat), modifiers.has(Mod::Satfinite), modifiers.has(Mod::Relu), modifiers.has(Mod::Rs)};
}

inline meaning::BoolOp bool_op_of(const Modifiers& modifiers) {
  switch (modifiers.at(Axis::Op)) {
    case Mod::And: return meaning::BoolOp::And;
    case Mod::Or: return meaning::BoolOp::Or;
    case Mod::Xor: return meaning::BoolOp::Xor;
    default: return meaning::BoolOp::None;
  }
}

inline meaning::Compare compare_of(const Modifiers& modifiers) {
  using meaning::Compare;
  switch (modifiers.at(Axis::Compare)) {
    case Mod::Eq: return Compare::Eq;
    case Mod::Ne: return Compare::Ne;
    case Mod::Lt: return Compare::Lt;
    case Mod::Le: return Compare::Le;
    case Mod::Gt: return Compare::Gt;
    case Mod::Ge: return Compare::Ge;
    case Mod::CmpLo: return Compare::Lo;
    case Mod::Ls: return Compare::Ls;
    case Mod::CmpHi: return Compare::Hi;
    case Mod::Hs: return Compare::Hs;
    case Mod::Equ: return Compare::Equ;
    case Mod::Neu: return Compare::Neu;
    case Mod::Ltu: return Compare::Ltu;
    case Mod::Leu: return Compare::Leu;
    case Mod::Gtu: return Compare::Gtu;
    case Mod::Geu: return Compare::Geu;
    case Mod::Ordered: return Compare::Num;
    default: return Compare::Nan;
  }
}

inline meaning::Test test_of(const Modifiers& modifiers) {
  using meaning::Test;
  switch (modifiers.at(Axis::Compare)) {
    case Mod::Finite: return Test::Finite;
    case Mod::Infinite: return Test::Infinite;
    case Mod::Number: return Test::Number;
    case Mod::Notanumber: return Test::NotANumber;
    case Mod::Normal: return Test::Normal;
    default: return Test::Subnormal;
  }
}

inline meaning::PermuteMode permute_mode_of(const Modifiers& modifiers) {
  using meaning::PermuteMode;
  switch (modifiers.at(Axis::Mode)) {
    case Mod::F4e: return PermuteMode::F4e;
    case Mod::B4e: return PermuteMode::B4e;
    case Mod::Rc8: return PermuteMode::Rc8;
    case Mod::Ecl: return PermuteMode::Ecl;
    case Mod::Ecr: return PermuteMode::Ecr;
    default: return PermuteMode::Rc16;
  }
}

// vadd, vadd2 and vadd4 are one operation on one, two or four elements.
inline std::optional<meaning::VideoOp> video_op_of(Meaning meaning) {
  using meaning::VideoOp;
  switch (meaning) {
    case Meaning::vadd: case Meaning::vadd2: case Meaning::vadd4: return VideoOp::Add;
    case Meaning::vsub: case Meaning::vsub2: case Meaning::vsub4: return VideoOp::Sub;
    case Meaning::vabsdiff: case Meaning::vabsdiff2: case Meaning::vabsdiff4: return VideoOp::AbsDiff;
    case Meaning::vmin: case Meaning::vmin2: case Meaning::vmin4: return VideoOp::Min;
    case Meaning::vmax: case Meaning::vmax2: case Meaning::vmax4: return VideoOp::Max;
    case Meaning::vavrg2: case Meaning::vavrg4: return VideoOp::Average;
    case Meaning::vset: case Meaning::vset2: case Meaning::vset4: return VideoOp::Set;
    case Meaning::vshl: return VideoOp::ShiftLeft;
    case Meaning::vshr: return VideoOp::ShiftRight;
    default: return std::nullopt;
  }
}

inline unsigned video_elements_of(Meaning meaning) {
  switch (meaning) {
    case Meaning::vadd2: case Meaning::vsub2: case Meaning::vabsdiff2: case Meaning::vmin2: case Meaning::vmax2:
    case Meaning::vavrg2: case Meaning::vset2: return 2;
    case Meaning::vadd4: case Meaning::vsub4: case Meaning::vabsdiff4: case Meaning::vmin4: case Meaning::vmax4:
    case Meaning::vavrg4: case Meaning::vset4: return 4;
    default: return 1;
  }
}

// .dtype.atype.btype; vset has no .dtype, its results are unsigned.
inline meaning::VideoMode video_mode_of(const Modifiers& modifiers, meaning::VideoOp op, const std::array<Type, 4>& types) {
  const bool is_set = op == meaning::VideoOp::Set;
  meaning::VideoMode mode{op, is_set ? Type::U32 : types[0], types[is_set ? 0 : 1], types[is_set ? 1 : 2],
                          modifiers.has(Mod::Sat), modifiers.has(Mod::Clamp), compare_of(modifiers)};
  switch (modifiers.at(Axis::Op)) {
    case Mod::Add: mode.second = meaning::VideoMode::Add; break;
    case Mod::Min: mode.second = meaning::VideoMode::Min; break;
    case Mod::Max: mode.second = meaning::VideoMode::Max; break;
    default: break;
  }
  return mode;
}

inline meaning::VmadMode vmad_mode_of(const Modifiers& modifiers, const std::array<Type, 4>& types) {
  return {types[1], types[2], modifiers.has(Mod::Sat), modifiers.has(Mod::Po),
          modifiers.has(Mod::Shr7) ? 7u : modifiers.has(Mod::Shr15) ? 15u : 0u};
}

// f16x2, bf16x2, u16x2, s16x2, f32x2: the same operation on both halves.
inline bool is_pair(Type type) {
  return type == Type::F16x2 || type == Type::Bf16x2 || type == Type::U16x2 || type == Type::S16x2 || type == Type::F32x2;
}
inline Type half_of_pair(Type type) {
  switch (type) {
    case Type::F16x2: return Type::F16;
    case Type::Bf16x2: return Type::Bf16;
    case Type::F32x2: return Type::F32;
    case Type::S16x2: return Type::S16;
    case Type::U16x2: case Type::U32: case Type::S32: return Type::U16;  // set.u32.f16x2 writes 16-bit truths
    default: return type;
  }
}

// clang-format on

}  // namespace qiao::isa
