// Arithmetic on shapes. Every rule holds for all 32 lanes modulo 2^width, active or not, unless it says otherwise; the
// emitter computes a run's scalar as the scalar operation on the operands' values at the run's first lane.
#include <llvm/ADT/APInt.h>
#include <llvm/IR/Instruction.h>
#include <llvm/Support/MathExtras.h>

#include <algorithm>

#include "device_sim/jit/vectorize/shape.h"

namespace qiao::jit {
namespace {

using llvm::APInt;
using llvm::Instruction;

uint64_t low_bits(uint64_t value, unsigned bits) {
  return bits >= 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

int64_t wrap(uint64_t value, unsigned width) {
  return llvm::SignExtend64(low_bits(value, width), width);
}

using Lows = std::array<uint64_t, kLanes>;

// Each lane's low `known` bits, provided that the bits above them are those of the run's scalar: then the value is
// high part + low part, and bitwise operations act on the two parts apart.
bool separated(const Shape& a, unsigned width, Lows& lows) {
  if (!a.is_group() || a.known == 0) {
    return false;
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    const uint64_t sum = a.residue[lane / a.run()] + static_cast<uint64_t>(a.pattern[lane]);
    lows[lane] = low_bits(sum, a.known);
    if (a.known < width && lows[lane] != sum) {
      return false;
    }
  }
  return true;
}

Shape from_lows(const Lows& lows, unsigned groups, unsigned known, unsigned width) {
  Shape result = Shape::uniform();
  result.groups = groups;
  result.known = known;
  for (unsigned group = 0; group < groups; ++group) {
    result.residue[group] = low_bits(lows[result.first_lane(group)], known);
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    result.pattern[lane] = wrap(lows[lane] - lows[result.first_lane(lane / result.run())], width);
  }
  return result;
}

bool is_constant(const Shape& a, unsigned width) {
  return a.is_uniform() && a.known >= width;
}

bool fold(unsigned opcode, const APInt& a, const APInt& b, APInt& result) {
  const bool shifts_out = b.uge(a.getBitWidth());
  switch (opcode) {
    case Instruction::Add:
      result = a + b;
      return true;
    case Instruction::Sub:
      result = a - b;
      return true;
    case Instruction::Mul:
      result = a * b;
      return true;
    case Instruction::And:
      result = a & b;
      return true;
    case Instruction::Or:
      result = a | b;
      return true;
    case Instruction::Xor:
      result = a ^ b;
      return true;
    case Instruction::Shl:
      return !shifts_out && (result = a.shl(b), true);
    case Instruction::LShr:
      return !shifts_out && (result = a.lshr(b), true);
    case Instruction::AShr:
      return !shifts_out && (result = a.ashr(b), true);
    case Instruction::UDiv:
      return !b.isZero() && (result = a.udiv(b), true);
    case Instruction::URem:
      return !b.isZero() && (result = a.urem(b), true);
    default:
      return false;
  }
}

// Both operands known in every lane: fold lane by lane.
bool fold_known(unsigned opcode, const Shape& a, const Shape& b, unsigned width, Shape& result) {
  Lows left, right, out;
  if (a.known < width || b.known < width || !separated(a, width, left) || !separated(b, width, right)) {
    return false;
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    APInt value(width, 0);
    if (!fold(opcode, APInt(width, left[lane]), APInt(width, right[lane]), value)) {
      return false;
    }
    out[lane] = value.getZExtValue();
  }
  result = from_lows(out, 1, width, width);
  return true;
}

Shape add_shapes(const Shape& left, const Shape& right, unsigned width, bool subtract) {
  const unsigned groups = std::max(left.groups, right.groups);
  Shape a = left.split(groups);
  const Shape b = right.split(groups);
  a.known = std::min(a.known, b.known);
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    const uint64_t x = a.pattern[lane], y = b.pattern[lane];
    a.pattern[lane] = wrap(subtract ? x - y : x + y, width);
  }
  for (unsigned group = 0; group < groups; ++group) {
    const uint64_t x = a.residue[group], y = b.residue[group];
    a.residue[group] = low_bits(subtract ? x - y : x + y, a.known);
  }
  return a;
}

Shape scale_shape(Shape a, uint64_t factor, unsigned width) {
  const unsigned zeros = factor ? static_cast<unsigned>(llvm::countr_zero(factor)) : width;
  a.known = std::min(width, a.known + zeros);
  for (int64_t& difference : a.pattern) {
    difference = wrap(static_cast<uint64_t>(difference) * factor, width);
  }
  for (uint64_t& residue : a.residue) {
    residue = low_bits(residue * factor, a.known);
  }
  return a;
}

// and, or, xor, lshr, ashr, udiv and urem by a constant, where the low parts are known.
Shape bitwise_shape(unsigned opcode, const Shape& a, uint64_t constant, unsigned width) {
  Lows lows;
  if (!separated(a, width, lows)) {
    return flat_shape({a});
  }
  unsigned known = a.known;
  unsigned shift = 0;
  if (opcode == Instruction::UDiv || opcode == Instruction::URem) {
    if (!llvm::isPowerOf2_64(constant)) {
      return flat_shape({a});
    }
    shift = llvm::Log2_64(constant);
    opcode = opcode == Instruction::UDiv ? Instruction::LShr : Instruction::And;
    constant = opcode == Instruction::LShr ? shift : constant - 1;
  }
  if (opcode == Instruction::LShr || opcode == Instruction::AShr) {
    shift = constant;
    if (shift >= width) {
      return Shape::vector();
    }
    known = known > shift ? known - shift : 0;
  }
  for (uint64_t& low : lows) {
    switch (opcode) {
      case Instruction::And:
        low &= constant;
        break;
      case Instruction::Or:
        low |= low_bits(constant, known);
        break;
      case Instruction::Xor:
        low ^= low_bits(constant, known);
        break;
      default:
        low >>= shift;
    }
  }
  Shape result = from_lows(lows, a.groups, known, width);
  if (opcode == Instruction::And && llvm::isMask_64(constant) &&
      known >= static_cast<unsigned>(llvm::countr_one(constant))) {
    result = from_lows(lows, 1, width, width);  // nothing of the unknown part is left
  }
  return result;
}

}  // namespace

bool Shape::flat(unsigned count) const {
  return strided(count, 0);
}

bool Shape::strided(unsigned count, int64_t stride) const {
  const unsigned length = kLanes / count;
  if (!is_group() || count < groups) {
    return false;
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if (lane % length != 0 && pattern[lane] - pattern[lane - 1] != stride) {
      return false;
    }
  }
  return true;
}

Shape Shape::split(unsigned count) const {
  Shape result = *this;
  result.groups = count;
  for (unsigned group = 0; group < count; ++group) {
    const unsigned first = result.first_lane(group);
    result.residue[group] = low_bits(residue[first / run()] + static_cast<uint64_t>(pattern[first]), known);
  }
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    result.pattern[lane] = pattern[lane] - pattern[result.first_lane(lane / result.run())];
  }
  return result;
}

Shape constant_shape(const APInt& value) {
  Shape result = Shape::uniform();
  result.known = value.getBitWidth();
  result.residue[0] = value.getZExtValue();
  return result;
}

Shape pattern_shape(const std::array<int64_t, kLanes>& values, unsigned groups, unsigned known) {
  Lows lows;
  std::copy(values.begin(), values.end(), lows.begin());
  return from_lows(lows, groups, known, 64);
}

Shape flat_shape(llvm::ArrayRef<Shape> operands) {
  for (unsigned count = 1; count <= kMaxGroups; count *= 2) {
    if (llvm::all_of(operands, [count](const Shape& operand) { return operand.flat(count); })) {
      Shape result = Shape::uniform();
      result.groups = count;
      return result;
    }
  }
  return Shape::vector();
}

Shape binary_shape(unsigned opcode, const Shape& a, const Shape& b, unsigned width) {
  if (!a.is_group() || !b.is_group() || width > 64) {
    return a.is_uniform() && b.is_uniform() ? Shape::uniform() : Shape::vector();
  }
  Shape result;
  if (fold_known(opcode, a, b, width, result)) {
    return result;
  }
  const bool constant = is_constant(b, width);
  switch (opcode) {
    case Instruction::Add:
    case Instruction::Sub:
      return add_shapes(a, b, width, opcode == Instruction::Sub);
    case Instruction::Mul:
      if (constant || is_constant(a, width)) {
        return scale_shape(constant ? a : b, constant ? b.residue[0] : a.residue[0], width);
      }
      break;
    case Instruction::Shl:
      if (constant && b.residue[0] < width) {
        return scale_shape(a, uint64_t{1} << b.residue[0], width);
      }
      break;
    case Instruction::And:
    case Instruction::Or:
    case Instruction::Xor:
      if (constant || is_constant(a, width)) {
        return bitwise_shape(opcode, constant ? a : b, constant ? b.residue[0] : a.residue[0], width);
      }
      break;
    case Instruction::LShr:
    case Instruction::AShr:
    case Instruction::UDiv:
    case Instruction::URem:
      if (constant && b.residue[0] != 0) {
        return bitwise_shape(opcode, a, b.residue[0], width);
      }
      if (opcode == Instruction::LShr || opcode == Instruction::AShr) {
        break;
      }
      return a.is_uniform() && b.is_uniform() ? Shape::uniform() : Shape::vector();  // an idle run's divisor may be 0
    case Instruction::SDiv:
    case Instruction::SRem:
      return a.is_uniform() && b.is_uniform() ? Shape::uniform() : Shape::vector();
    default:
      break;
  }
  return flat_shape({a, b});
}

Shape truncate_shape(const Shape& a, unsigned width) {
  if (!a.is_group()) {
    return a;
  }
  Shape result = a;
  result.known = std::min<unsigned>(a.known, width);
  for (uint64_t& residue : result.residue) {
    residue = low_bits(residue, result.known);
  }
  for (int64_t& difference : result.pattern) {
    difference = wrap(difference, width);
  }
  return result;
}

Shape extend_shape(const llvm::Value& extension, const Shape& a, unsigned from, unsigned to, bool is_signed,
                   bool never_negative, bool active_never_negative) {
  if (!a.is_group() || to > 64) {
    return a.is_uniform() ? Shape::uniform() : a.is_group() ? Shape::vector() : a;
  }
  Lows lows;
  if (separated(a, from, lows)) {
    if (a.known >= from) {
      for (uint64_t& low : lows) {
        low = is_signed ? llvm::SignExtend64(low, from) : low;
      }
      return from_lows(lows, a.groups, to, to);
    }
    return from_lows(lows, a.groups, a.known, to);
  }
  Shape result = a;
  result.known = a.known >= from ? from - 1 : a.known;
  for (uint64_t& residue : result.residue) {
    residue = low_bits(residue, result.known);
  }
  for (int64_t& difference : result.pattern) {
    difference = wrap(difference, from);
  }
  // A sum that stays below the sign bit in the lane and starts from a scalar of either sign cannot have wrapped upward.
  const bool upward = llvm::all_of(result.pattern, [](int64_t difference) { return difference >= 0; });
  if (never_negative || (active_never_negative && upward) || a.flat(a.groups)) {
    return result;
  }
  if (const Shape flat = flat_shape({a}); flat.is_group()) {
    return flat;
  }
  if (!upward || from != 32) {
    return Shape::vector();
  }
  result.origin = &extension;
  result.factor = 1;
  return result;
}

Shape meet_shapes(const Shape& a, const Shape& b) {
  if (a.kind == Shape::Kind::Unknown) {
    return b;
  }
  if (b.kind == Shape::Kind::Unknown) {
    return a;
  }
  if (!a.is_group() || !b.is_group() || a.origin != b.origin || a.factor != b.factor) {
    return Shape::vector();
  }
  const unsigned groups = std::max(a.groups, b.groups);
  Shape result = a.split(groups);
  const Shape other = b.split(groups);
  if (result.pattern != other.pattern) {
    return Shape::vector();
  }
  unsigned known = std::min(result.known, other.known);
  for (unsigned group = 0; group < groups; ++group) {
    while (known && low_bits(result.residue[group] ^ other.residue[group], known)) {
      --known;
    }
  }
  result.known = known;
  for (uint64_t& residue : result.residue) {
    residue = low_bits(residue, known);
  }
  return result;
}

}  // namespace qiao::jit
