// Instructions that are functions of their operands, moves, and address conversions.
#include <algorithm>

#include "device_sim/interp/warp.h"
#include "src/isa/evaluate.h"
#include "src/ptx/sources.h"

namespace qiao::interp {

using isa::HostValue;
using isa::StateSpace;
using isa::Type;

bool Warp::execute_value(const Instruction& inst, uint32_t lanes) {
  const isa::Form& form = *inst.form;
  const std::vector<ptx::Source> given = ptx::sources_of(inst);
  return for_lanes(lanes, [&](uint32_t lane) {
    std::array<HostValue, 2 * isa::OperandSlots::kMax> sources;
    size_t count = 0;
    for (const auto& [op, type, selector] : given) {
      const unsigned bits = isa::bits_of(type);
      sources[count++] = op == nullptr        ? HostValue(bits, selector)
                         : type == Type::Pred ? isa::host_bool(read_predicate(*op, lane))
                                              : read(*op, bits, lane);
    }
    if (isa::reads_carry(form.meaning)) sources[count++] = isa::host_bool(frame().carry >> lane & 1);
    const auto results = isa::evaluate<HostValue>(form, inst.modifiers, inst.types, {sources.data(), count});
    if (results.count == 0) return fail(Code::NotSupported, "unimplemented: " + std::string(form.syntax), lane);
    unsigned next = 0;
    for (size_t i = 0; i < inst.operands.size(); ++i) {
      if (!form.slots[i].is_destination) continue;
      const bool sign_extend = isa::is_signed(isa::type_of_slot(form.slots[i], inst.types));
      write(inst.operands[i], lane, results.values[next++], sign_extend);
    }
    if (isa::writes_carry(inst.modifiers) && next < results.count) {
      frame().carry = (frame().carry & ~(1u << lane)) | static_cast<uint32_t>(results.values[next].bits()) << lane;
    }
    return true;
  });
}

bool Warp::execute_move(const Instruction& inst, uint32_t lanes) {
  const Operand& destination = inst.operands[0];
  const Operand& source = inst.operands[1];
  const Type type = inst.types[0];
  if (type == Type::B128) return execute_move_b128(inst, lanes);
  if (inst.modifiers.at(isa::Axis::Vec) != isa::Mod::None) return execute_vector_move(inst, lanes);
  return for_lanes(lanes, [&](uint32_t lane) {
    const HostValue value =
        type == Type::Pred ? isa::host_bool(read_predicate(source, lane)) : read(source, isa::bits_of(type), lane);
    return write(destination, lane, value), true;
  });
}

// mov.v2, mov.v4: all elements are read before one is written.
bool Warp::execute_vector_move(const Instruction& inst, uint32_t lanes) {
  const std::vector<Operand>& sources = inst.operands[1].elements;
  return for_lanes(lanes, [&](uint32_t lane) {
    std::array<HostValue, 4> values;
    for (size_t i = 0; i < sources.size(); ++i) values[i] = read(sources[i], isa::bits_of(inst.types[0]), lane);
    for (size_t i = 0; i < sources.size(); ++i) write(inst.operands[0].elements[i], lane, values[i]);
    return true;
  });
}

// mov.b128 d, {lo, hi}; mov.b128 {lo, hi}, a; mov.b128 d, a; and with four elements of 32 bits (PTX ISA 9.7.9.4)
bool Warp::execute_move_b128(const Instruction& inst, uint32_t lanes) {
  return for_lanes(lanes, [&](uint32_t lane) {
    return write_wide(inst.operands[0], lane, read_wide(inst.operands[1], lane)), true;
  });
}

Warp::Wide Warp::read_wide(const Operand& op, uint32_t lane) {
  if (op.kind == Operand::Kind::Vector) {
    const size_t in_word = std::max<size_t>(1, op.elements.size() / 2);
    const unsigned part = static_cast<unsigned>(64 / in_word);
    Wide value{};
    for (size_t i = op.elements.size(); i-- > 0;) {
      value[i / in_word] |= read(op.elements[i], part, lane).bits() << i % in_word * part;
    }
    return value;
  }
  if (op.kind == Operand::Kind::Register && frame().code->function->registers[op.id].type == Type::B128) {
    return {register_word(op.id, lane, 0), register_word(op.id, lane, 1)};
  }
  return {read(op, 64, lane).bits(), 0};
}

void Warp::write_wide(const Operand& op, uint32_t lane, Wide value) {
  if (op.kind == Operand::Kind::Vector) {
    const size_t in_word = std::max<size_t>(1, op.elements.size() / 2);
    const unsigned part = static_cast<unsigned>(64 / in_word);
    for (size_t i = 0; i < op.elements.size(); ++i) {
      write(op.elements[i], lane, {part, value[i / in_word] >> i % in_word * part});
    }
  } else if (op.kind == Operand::Kind::Register) {
    write_register(op.id, lane, {64, value[0]}, false);
    Frame& f = frame();
    if (f.code->function->registers[op.id].type == Type::B128) {
      f.registers[(f.code->word_of_register[op.id] + 1) * kLanes + lane] = value[1];
    }
  }
}

// A generic address is a host address: cvta adds the start of the window, cvta.to takes it away.
bool Warp::execute_convert_address(const Instruction& inst, uint32_t lanes) {
  const StateSpace space = isa::space_of(inst.modifiers);
  const bool windowed = is_window(space);
  const bool to = inst.modifiers.has(isa::Mod::To);
  const unsigned bits = isa::bits_of(inst.types[0]);
  return for_lanes(lanes, [&](uint32_t lane) {
    uint64_t address = read(inst.operands[1], 64, lane).bits();
    if (windowed) address += to ? 0 - window_of(space, lane).base : window_of(space, lane).base;
    return write(inst.operands[0], lane, {bits, address}), true;
  });
}

// alloca, stacksave, stackrestore (PTX ISA 9.7.17): the lane's stack grows upwards behind its .local variables.
bool Warp::execute_alloca(const Instruction& inst, uint32_t lanes) {
  const Operand* size = operand(inst, "n");
  const Operand* restored = operand(inst, "a");
  const unsigned bits = isa::bits_of(inst.types[0]);
  return for_lanes(lanes, [&](uint32_t lane) {
    uint64_t& top = local_top_[lane];
    if (restored != nullptr) return top = read(*restored, bits, lane).bits(), true;
    if (size == nullptr) return write(inst.operands[0], lane, {bits, top}), true;
    const Operand* given = operand(inst, "align");
    const uint64_t alignment = given == nullptr ? 8 : std::max<uint64_t>(given->bits, 8);
    const uint64_t start = (top + alignment - 1) / alignment * alignment;
    const uint64_t bytes = read(*size, bits, lane).bits();
    if (bytes > block_.local_stride || start + bytes > block_.local_stride) {
      return fail(Code::LaunchFailed, "the stack of a thread is exhausted by alloca", lane);
    }
    top = start + bytes;
    return write(inst.operands[0], lane, {bits, start}), true;
  });
}

}  // namespace qiao::interp
