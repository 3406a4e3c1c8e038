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

constexpr unsigned kAddressBits = 64;  // what assumes that an extension does not wrap is an address or part of one

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

// What rests on two different assumptions is not followed.
bool add_assumptions(Shape& sum, const Shape& other, bool subtract) {
  if (!other.assumed()) {
    return true;
  }
  if (sum.assumed() && sum.origin != other.origin) {
    return false;
  }
  const auto x = static_cast<uint64_t>(sum.factor), y = static_cast<uint64_t>(other.factor);
  sum.factor = static_cast<int64_t>(subtract ? x - y : x + y);
  sum.origin = sum.factor ? other.origin : nullptr;
  return true;
}

Shape add_shapes(const Shape& left, const Shape& right, unsigned width, bool subtract) {
  const bool regular = !left.irregular && !right.irregular;
  const unsigned groups = std::max(left.groups, right.groups);
  Shape a = (regular ? left : left.apart()).split(groups);
  const Shape b = (regular ? right : right.apart()).split(groups);
  if (!add_assumptions(a, b, subtract)) {
    return Shape::vector();
  }
  auto sum = [&](uint64_t x, uint64_t y) { return subtract ? x - y : x + y; };
  a.known = std::min(a.known, b.known);
  a.step = wrap(sum(a.step, b.step), width);
  a.irregular = !regular;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    a.pattern[lane] = wrap(sum(a.pattern[lane], b.pattern[lane]), width);
  }
  for (unsigned group = 0; group < groups; ++group) {
    a.residue[group] = low_bits(sum(a.residue[group], b.residue[group]), a.known);
  }
  return a;
}

Shape scale_shape(Shape a, uint64_t factor, unsigned width) {
  const unsigned zeros = factor ? static_cast<unsigned>(llvm::countr_zero(factor)) : width;
  a.known = std::min(width, a.known + zeros);
  a.step = wrap(static_cast<uint64_t>(a.step) * factor, width);
  a.factor = static_cast<int64_t>(static_cast<uint64_t>(a.factor) * factor);
  a.origin = a.factor ? a.origin : nullptr;
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
  if (a.assumed() || !separated(a, width, lows)) {
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
  result.irregular = a.irregular && known < width;
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

Shape Shape::apart() const {
  Shape result = *this;
  if (step != 0) {
    result.known = std::min<unsigned>(known, llvm::countr_zero(static_cast<uint64_t>(step)));
    for (uint64_t& low : result.residue) {
      low = low_bits(low, result.known);
    }
    result.step = 0;
    result.irregular = true;
  }
  return result;
}

Shape Shape::among(llvm::ArrayRef<Shape> operands) const {
  Shape result = *this;
  result.irregular |= llvm::any_of(operands, [](const Shape& operand) { return operand.varies(); });
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
    if (llvm::all_of(operands, [count](const Shape& operand) { return operand.flat(count) && !operand.assumed(); })) {
      Shape result = Shape::uniform();
      result.groups = count;
      return result.among(operands);
    }
  }
  return Shape::vector();
}

Shape binary_shape(unsigned opcode, const Shape& first, const Shape& second, unsigned width) {
  if (!first.is_group() || !second.is_group() || width > 64) {
    return first.is_uniform() && second.is_uniform() ? Shape::uniform() : Shape::vector();
  }
  Shape result;
  if (!first.step && !second.step && fold_known(opcode, first, second, width, result)) {
    return result;
  }
  // Only linear arithmetic keeps steps from warp to warp, and assumptions.
  if (opcode == Instruction::Add || opcode == Instruction::Sub) {
    return add_shapes(first, second, width, opcode == Instruction::Sub);
  }
  const bool constant = is_constant(second, width);
  if (opcode == Instruction::Mul && (constant || is_constant(first, width))) {
    return constant ? scale_shape(first, second.residue[0], width) : scale_shape(second, first.residue[0], width);
  }
  if (opcode == Instruction::Shl && constant && second.residue[0] < width) {
    return scale_shape(first, uint64_t{1} << second.residue[0], width);
  }
  const Shape a = first.apart(), b = second.apart();
  switch (opcode) {
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
  if (!a.is_group() || a.assumed()) {
    return a.is_group() ? Shape::vector() : a;
  }
  Shape result = a;
  result.known = std::min<unsigned>(a.known, width);
  for (uint64_t& residue : result.residue) {
    residue = low_bits(residue, result.known);
  }
  for (int64_t& difference : result.pattern) {
    difference = wrap(difference, width);
  }
  result.step = wrap(a.step, width);
  return result;
}

namespace {

// The low parts that are known tell all lanes apart, of all warps: nothing carries into the part above.
bool extend_separated(const Extension& extension, const Shape& a, unsigned jam, Shape& result) {
  Lows lows;
  if (!separated(a, extension.from, lows)) {
    return false;
  }
  if (a.known >= extension.from && a.step == 0) {
    for (uint64_t& low : lows) {
      low = extension.is_signed ? llvm::SignExtend64(low, extension.from) : low;
    }
    result = from_lows(lows, a.groups, extension.to, extension.to);
    return true;
  }
  const uint64_t more = static_cast<uint64_t>(a.step) * (jam - 1);
  const unsigned room = std::min<unsigned>(a.known, extension.from - 1);
  if (a.step < 0 ||
      (a.step > 0 &&
       (more >> 31 || !llvm::all_of(lows, [&](uint64_t low) { return low + more < uint64_t{1} << room; })))) {
    return false;
  }
  result = from_lows(lows, a.groups, room, extension.to);
  result.step = a.step;
  result.irregular = a.irregular;
  return true;
}

}  // namespace

Shape extend_shape(const Extension& extension, const Shape& a, unsigned jam) {
  if (!a.is_group() || a.assumed() || extension.to > 64) {
    return a.is_uniform() ? Shape::uniform() : a.is_group() ? Shape::vector() : a;
  }
  Shape result;
  if (extend_separated(extension, a, jam, result)) {
    return result;
  }
  const unsigned from = extension.from;
  result = a;
  result.known = a.known >= from ? from - 1 : a.known;
  for (uint64_t& residue : result.residue) {
    residue = low_bits(residue, result.known);
  }
  for (int64_t& difference : result.pattern) {
    difference = wrap(difference, from);
  }
  // A sum that stays below the sign bit in the lane and starts from a scalar of either sign cannot have wrapped upward.
  const bool upward = a.step >= 0 && llvm::all_of(result.pattern, [](int64_t difference) { return difference >= 0; });
  const bool flat = a.flat(a.groups) && a.step == 0;
  if (extension.never_negative || (extension.active_never_negative && upward) || flat) {
    return result;
  }
  if (const Shape runs = flat_shape({a}); runs.is_group()) {
    return runs;
  }
  if (!upward || from != 32 || extension.to != kAddressBits) {
    return Shape::vector();
  }
  result.origin = extension.instruction;
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
    return Shape::vector().among({a, b});
  }
  const unsigned groups = std::max(a.groups, b.groups);
  const bool alike = a.step == b.step && !a.irregular && !b.irregular;
  Shape result = (alike ? a : a.apart()).split(groups);
  const Shape other = (alike ? b : b.apart()).split(groups);
  result.irregular |= other.irregular || !alike;
  if (result.pattern != other.pattern) {
    return Shape::vector().among({a, b});
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
