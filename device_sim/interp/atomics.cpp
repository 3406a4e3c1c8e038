// atom and red (PTX ISA 9.7.13.5, 9.7.13.6): a compare-and-exchange loop around the operation, lane by lane in
// ascending order, sequentially consistent whatever order is asked for.
#include "device_sim/interp/memory_cell.h"
#include "device_sim/interp/warp.h"
#include "src/isa/meaning/float.h"
#include "src/isa/meaning/integer.h"

namespace qiao::interp {
namespace {

using isa::HostValue;
using isa::Mod;
using isa::Type;

HostValue add(Type type, bool flushes, HostValue old, HostValue b) {
  if (!isa::is_float(type)) return old + b;
  return isa::meaning::add_float(isa::meaning::FloatMode{type, isa::Rounding::NearestEven, flushes, false, false}, old,
                                 b);
}

HostValue min_max(Type type, bool maximum, HostValue old, HostValue b) {
  if (isa::is_float(type)) return isa::meaning::min_max(isa::meaning::MinMaxMode{type, maximum}, old, b);
  return maximum ? isa::meaning::max(type, old, b) : isa::meaning::min(type, old, b);
}

// inc: old >= b ? 0 : old + 1. dec: old == 0 or old > b ? b : old - 1.
HostValue wrapping_inc(HostValue old, HostValue b) {
  return select(uge(old, b), constant(old, 0), old + constant(old, 1));
}
HostValue wrapping_dec(HostValue old, HostValue b) {
  return select(eq(old, constant(old, 0)) | ugt(old, b), b, old - constant(old, 1));
}

HostValue updated(Mod operation, Type type, bool flushes, HostValue old, HostValue b, HostValue c) {
  // clang-format off
  switch (operation) {
    case Mod::And: return old & b;
    case Mod::Or: return old | b;
    case Mod::Xor: return old ^ b;
    case Mod::Add: return add(type, flushes, old, b);
    case Mod::Min: return min_max(type, false, old, b);
    case Mod::Max: return min_max(type, true, old, b);
    case Mod::Inc: return wrapping_inc(old, b);
    case Mod::Dec: return wrapping_dec(old, b);
    case Mod::Cas: return select(eq(old, b), c, old);
    default: return b;  // exch
  }
  // clang-format on
}

Type half_type(Type type) {
  return type == Type::F16x2 ? Type::F16 : Type::Bf16;
}

HostValue updated_pair(Mod operation, Type type, HostValue old, HostValue b) {
  uint64_t packed = 0;
  for (unsigned i = 0; i < 2; ++i) {
    const HostValue x(16, old.bits() >> 16 * i), y(16, b.bits() >> 16 * i);
    packed |= updated(operation, half_type(type), false, x, y, y).bits() << 16 * i;
  }
  return {32, packed};
}

}  // namespace

bool Warp::execute_atomic(const Instruction& inst, uint32_t lanes) {
  const Type type = inst.types[0];
  if (type == Type::B128) return execute_wide_atomic(inst, lanes);
  const Operand* destination = operand(inst, "d");
  const Operand& b = *operand(inst, "b");
  const Operand* c = operand(inst, "c");
  const bool is_vector = b.kind == Operand::Kind::Vector;
  const size_t count = is_vector ? b.elements.size() : 1;
  const unsigned bits = isa::bits_of(type);
  const uint64_t bytes = isa::bytes_of(type);
  const Mod operation = inst.modifiers.at(isa::Axis::Op);
  const bool is_pair = type == Type::F16x2 || type == Type::Bf16x2;
  return for_lanes(lanes, [&](uint32_t lane) {
    std::byte* place = access(*operand(inst, "a"), isa::space_of(inst.modifiers), bytes * count, lane);
    if (place == nullptr) return false;
    // f32 is flushed in global memory and not in shared memory (PTX ISA 9.7.13.5).
    const bool flushes = type == Type::F32 && reinterpret_cast<uint64_t>(place) - block_.shared >= block_.shared_bytes;
    for (size_t i = 0; i < count; ++i, place += bytes) {
      const HostValue operand_b = read(is_vector ? b.elements[i] : b, bits, lane);
      const HostValue operand_c = c == nullptr ? operand_b : read(*c, bits, lane);
      uint64_t found = load_cell(place, bytes, true);
      while (true) {
        const HostValue old(bits, found);
        const HostValue desired = is_pair ? updated_pair(operation, type, old, operand_b)
                                          : updated(operation, type, flushes, old, operand_b, operand_c);
        if (exchange_cell(place, bytes, found, desired.bits())) break;
      }
      if (operation == Mod::Cas && found != operand_b.bits()) count_failed(lane);
      if (destination == nullptr) continue;
      write(is_vector ? destination->elements[i] : *destination, lane, {bits, found}, isa::is_signed(type));
    }
    return true;
  });
}

}  // namespace qiao::interp
