// Loads, stores and copies. In the shared, local and param windows an address is an offset from the window's start;
// elsewhere it is a host address, which is also the generic address. The same rule as compiled code has: an access must
// lie in its window (or the arena, or registered host memory) and be naturally aligned.
#include <cstring>

#include "device_sim/interp/memory_cell.h"
#include "device_sim/interp/warp.h"
#include "device_sim/machine/faults.h"

namespace qiao::interp {

using isa::HostValue;
using isa::StateSpace;
using isa::Type;

Warp::Window Warp::window_of(StateSpace space, uint32_t lane) const {
  switch (space) {
    case StateSpace::Shared:
      return {block_.shared, block_.shared_bytes};
    case StateSpace::Local:
      return {block_.local + (uint64_t{warp_} * kLanes + lane) * block_.local_stride, block_.local_stride};
    case StateSpace::Param:
      return {reinterpret_cast<uint64_t>(params_), program_.image.layout.param_bytes};
    default:
      return {block_.arena, block_.arena_bytes};
  }
}

// Where a .param variable which is not the launch's lives; null for any other symbol.
void* Warp::slot_of(const Operand& op, uint32_t lane) {
  if (!op.local) return nullptr;
  const FunctionCode& code = *frame().code;
  if (code.slot_offset[op.id] == machine::kNoOffset) return nullptr;
  return frame().slots.data() + lane * code.slot_bytes + code.slot_offset[op.id];
}

// The value of a symbol's address: an offset in a window, or a host address. Nothing: it has no place.
std::optional<uint64_t> Warp::symbol_address(const Operand& op, uint32_t lane) {
  const machine::KernelImage& image = program_.image;
  const auto offset = static_cast<uint64_t>(op.offset);
  if (!op.local) {
    const ptx::Symbol& symbol = module().symbols[op.id];
    const bool is_function = symbol.kind == ptx::Symbol::Kind::Function;
    const bool shared = !is_function && module().variables[symbol.index].space == StateSpace::Shared;
    const uint64_t start = shared ? image.layout.shared_offset[op.id] : image.storage->symbol_address[op.id];
    if (start == machine::kNoOffset) return std::nullopt;
    return start + offset;
  }
  if (void* slot = slot_of(op, lane)) return reinterpret_cast<uint64_t>(slot) + offset;
  const Frame& f = frame();
  if (program_.stacks_locals && f.code->stacked_offset[op.id] != machine::kNoOffset) {
    return f.local_base[lane] + f.code->stacked_offset[op.id] + offset;
  }
  const uint64_t start = f.code->layout->local_offset[op.id];
  if (start == machine::kNoOffset) return std::nullopt;
  return start + offset;
}

// A .param variable of a call, through its host address: it must lie in the slots of this lane in some frame.
std::byte* Warp::access_slot(uint64_t address, uint64_t bytes, uint32_t lane) {
  for (const std::unique_ptr<Frame>& f : frames_) {
    const auto start = reinterpret_cast<uint64_t>(f->slots.data()) + lane * f->code->slot_bytes;
    const uint64_t offset = address - start;
    if (offset < f->code->slot_bytes && bytes <= f->code->slot_bytes - offset) {
      return reinterpret_cast<std::byte*>(address);
    }
  }
  return nullptr;
}

// The place of an access of one lane, or null when the fault has been raised.
std::byte* Warp::access(const Operand& op, StateSpace space, uint64_t bytes, uint32_t lane) {
  std::byte* place = place_of(op, space, bytes, lane);
  if (place != nullptr && touched_.row != nullptr) {
    const bool is_store = touched_.row->stored != machine::kNoSlot && space == StateSpace::Shared;
    touch(reinterpret_cast<uint64_t>(place), lane, is_store);
  }
  return place;
}

std::byte* Warp::place_of(const Operand& op, StateSpace space, uint64_t bytes, uint32_t lane) {
  uint64_t address = op.bits + static_cast<uint64_t>(op.offset);
  if (op.base_is_symbol) {
    const std::optional<uint64_t> known = symbol_address(op, lane);
    if (!known) return fail(Code::InvalidPtx, "a variable without a place is accessed", lane), nullptr;
    address = *known;
  } else if (op.id != ptx::kNoId) {
    address = register_word(op.id, lane) + static_cast<uint64_t>(op.offset);
    // An offset in a window in a register of 32 bits: the sum is one of 32 bits too.
    const bool narrow = isa::bytes_of(frame().code->function->registers[op.id].type) == sizeof(uint32_t);
    if (narrow && is_window(space)) address = static_cast<uint32_t>(address);
  }
  if (space == StateSpace::Param || (op.base_is_symbol && slot_of(op, lane) != nullptr)) {
    if (std::byte* slot = access_slot(address, bytes, lane)) return slot;
  }
  if (is_window(space)) {
    const Window window = window_of(space, lane);
    const bool inside = address < window.bytes && bytes <= window.bytes - address;
    if (inside && address % bytes == 0) return reinterpret_cast<std::byte*>(window.base + address);
    // parameters lie where the launch put them: aligned as declared, which may be less than the access asks for
    if (inside && space == StateSpace::Param) return reinterpret_cast<std::byte*>(window.base + address);
    const char* name = space == StateSpace::Shared ? "shared" : space == StateSpace::Local ? "local" : "parameter";
    fail(inside ? Code::MisalignedAddress : Code::IllegalAddress,
         std::string(inside ? "misaligned" : "illegal") + " offset " + std::to_string(address) + " in the " + name +
             " window of " + std::to_string(window.bytes) + " bytes",
         lane);
    return nullptr;
  }
  if (!machine::check_access(block_, address, bytes, site(), lane)) return nullptr;
  return reinterpret_cast<std::byte*>(address);
}

namespace {

constexpr uint64_t kHalfBits = 64;

WideWord joined(const std::array<uint64_t, 2>& words) {
  return WideWord{words[1]} << kHalfBits | words[0];
}

std::array<uint64_t, 2> split(WideWord value) {
  return {static_cast<uint64_t>(value), static_cast<uint64_t>(value >> kHalfBits)};
}

// Other threads may see it happen: of 16 bytes they see all or nothing.
bool is_strong(const ptx::Instruction& inst) {
  const isa::Mod order = inst.modifiers.at(isa::Axis::Order);
  return order != isa::Mod::None && order != isa::Mod::Weak;
}

}  // namespace

bool Warp::execute_load(const Instruction& inst, uint32_t lanes) {
  const Operand& destination = *operand(inst, "d");
  const Operand& source = *operand(inst, "a");
  const Type type = inst.types[0];
  const StateSpace space = isa::space_of(inst.modifiers);
  const uint64_t bytes = isa::bytes_of(type);
  const bool is_vector = destination.kind == Operand::Kind::Vector;
  const size_t count = is_vector ? destination.elements.size() : 1;
  const bool acquires = inst.modifiers.has(isa::Mod::Acquire);
  return for_lanes(lanes, [&](uint32_t lane) {
    std::byte* place = access(source, space, bytes * count, lane);
    if (place == nullptr) return false;
    for (size_t i = 0; i < count; ++i, place += bytes) {
      const Operand& element = is_vector ? destination.elements[i] : destination;
      if (type == Type::B128) {
        write_wide(element, lane,
                   is_strong(inst) ? split(load_wide(place))
                                   : Wide{load_cell(place, 8, false), load_cell(place + 8, 8, false)});
      } else {
        const HostValue value(static_cast<unsigned>(8 * bytes), load_cell(place, bytes, acquires));
        write(element, lane, value, isa::is_signed(type));
      }
    }
    return true;
  });
}

bool Warp::execute_store(const Instruction& inst, uint32_t lanes) {
  const Operand& destination = *operand(inst, "a");
  const Operand& source = *operand(inst, "b");
  const Type type = inst.types[0];
  const StateSpace space = isa::space_of(inst.modifiers);
  const uint64_t bytes = isa::bytes_of(type);
  const bool is_vector = source.kind == Operand::Kind::Vector;
  const size_t count = is_vector ? source.elements.size() : 1;
  const bool releases = inst.modifiers.has(isa::Mod::Release);
  return for_lanes(lanes, [&](uint32_t lane) {
    std::byte* place = access(destination, space, bytes * count, lane);
    if (place == nullptr) return false;
    for (size_t i = 0; i < count; ++i, place += bytes) {
      const Operand& element = is_vector ? source.elements[i] : source;
      if (element.kind == Operand::Kind::Sink) continue;  // `_`: nothing is written there
      if (type == Type::B128) {
        const Wide value = read_wide(element, lane);
        if (is_strong(inst)) {
          update_wide(place, [&](WideWord) { return joined(value); });
          continue;
        }
        store_cell(place, 8, value[0], false);
        store_cell(place + 8, 8, value[1], false);
      } else {
        store_cell(place, bytes, read(element, static_cast<unsigned>(8 * bytes), lane).bits(), releases);
      }
    }
    return true;
  });
}

// cp.async is done at once, so that commit and wait have nothing to do. Of `size` bytes the first n are copied and the
// rest is zero; with a predicate instead of n, nothing is copied where it holds.
bool Warp::execute_async_copy(const Instruction& inst, uint32_t lanes) {
  const Operand* destination = operand(inst, "d");
  const Operand* source = operand(inst, "a");
  if (destination == nullptr || source == nullptr) return true;
  const uint64_t size = operand(inst, "size")->bits;
  const Operand* n = operand(inst, "n");
  const bool is_predicate =
      n != nullptr && n->kind == Operand::Kind::Register && frame().code->function->registers[n->id].type == Type::Pred;
  return for_lanes(lanes, [&](uint32_t lane) {
    uint64_t copied = size;
    if (is_predicate) copied = read_predicate(*n, lane) ? 0 : size;
    if (n != nullptr && !is_predicate) copied = std::min(size, read(*n, 32, lane).bits());
    std::byte* to = access(*destination, StateSpace::Shared, size, lane);
    if (to == nullptr) return false;
    const std::byte* from = nullptr;
    if (copied != 0 && (from = access(*source, StateSpace::Global, size, lane)) == nullptr) return false;
    if (copied != 0) std::memcpy(to, from, copied);
    std::memset(to + copied, 0, size - copied);
    return true;
  });
}

// st.bulk (PTX ISA 9.7.9.13).
bool Warp::execute_bulk_store(const Instruction& inst, uint32_t lanes) {
  constexpr uint64_t kWord = 8;
  const StateSpace space = isa::space_of(inst.modifiers);
  return for_lanes(lanes, [&](uint32_t lane) {
    const uint64_t bytes = read(*operand(inst, "size"), 64, lane).bits();
    if (bytes == 0) return true;
    const Operand& address = *operand(inst, "a");
    Operand last = address;
    last.offset += static_cast<int64_t>(bytes - kWord);
    std::byte* place = access(address, space, kWord, lane);
    if (place == nullptr || access(last, space, kWord, lane) == nullptr) return false;
    std::memset(place, 0, bytes);
    return true;
  });
}

// createpolicy: an opaque hint to caches that we do not have: 0, or the access property it is made from.
bool Warp::execute_policy(const Instruction& inst, uint32_t lanes) {
  const bool converts = inst.modifiers.has(isa::Mod::ConvertPolicy);
  return for_lanes(lanes, [&](uint32_t lane) {
    const HostValue policy = converts ? read(inst.operands[1], 64, lane) : HostValue(64, 0);
    return write(inst.operands[0], lane, policy), true;
  });
}

// Whether the generic address lies in one of these variables of the module.
bool Warp::inside_variables(uint64_t address, const std::function<bool(const ptx::Variable&)>& wanted) const {
  for (uint32_t id = 0; id < module().symbols.size(); ++id) {
    const ptx::Symbol& symbol = module().symbols[id];
    if (symbol.kind != ptx::Symbol::Kind::Variable) continue;
    const ptx::Variable& variable = module().variables[symbol.index];
    if (wanted(variable) && address - program_.image.storage->symbol_address[id] < variable.bytes) return true;
  }
  return false;
}

// A generic address is global unless it lies in one of the other windows (PTX ISA 6.4.1.1).
bool Warp::execute_is_space(const Instruction& inst, uint32_t lanes) {
  const StateSpace space = isa::space_of(inst.modifiers);
  return for_lanes(lanes, [&](uint32_t lane) {
    const uint64_t address = read(inst.operands[1], 64, lane).bits();
    const auto within = [&](StateSpace wanted) {
      const Window window = window_of(wanted, lane);
      return address - window.base < window.bytes;
    };
    const bool is_const =
        inside_variables(address, [](const ptx::Variable& v) { return v.space == StateSpace::Const; });
    bool inside = space == StateSpace::Const ? is_const : within(space);
    if (space == StateSpace::Global) inside &= !within(StateSpace::Shared) && !within(StateSpace::Local) && !is_const;
    return write(inst.operands[0], lane, isa::host_bool(inside)), true;
  });
}

bool Warp::execute_is_type(const Instruction& inst, uint32_t lanes) {
  const isa::Mod wanted = inst.modifiers.at(isa::Axis::Mode);
  return for_lanes(lanes, [&](uint32_t lane) {
    const uint64_t address = read(inst.operands[1], 64, lane).bits();
    const bool is = inside_variables(address, [&](const ptx::Variable& v) { return v.opaque == wanted; });
    return write(inst.operands[0], lane, isa::host_bool(is)), true;
  });
}

// atom.exch.b128 and atom.cas.b128.
bool Warp::execute_wide_atomic(const Instruction& inst, uint32_t lanes) {
  const Operand* c = operand(inst, "c");
  return for_lanes(lanes, [&](uint32_t lane) {
    std::byte* place = access(*operand(inst, "a"), isa::space_of(inst.modifiers), sizeof(WideWord), lane);
    if (place == nullptr) return false;
    const WideWord b = joined(read_wide(*operand(inst, "b"), lane));
    const WideWord old = c == nullptr ? update_wide(place, [&](WideWord) { return b; })
                                      : exchange_wide(place, b, joined(read_wide(*c, lane)));
    if (c != nullptr && old != b) count_failed(lane);
    if (const Operand* destination = operand(inst, "d")) write_wide(*destination, lane, split(old));
    return true;
  });
}

}  // namespace qiao::interp
