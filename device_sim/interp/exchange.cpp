// What lanes of a warp do together: shuffles, votes, match, redux (PTX ISA 9.7.13, 9.7.9.6). Member masks: the lanes
// which execute the operation now, if from different instructions (meetings.cpp), and are named in the mask take part.
#include "device_sim/interp/warp.h"
#include "src/isa/meaning/float.h"
#include "src/isa/meaning/integer.h"

namespace qiao::interp {

using isa::HostValue;
using isa::Mod;
using isa::Type;

// The operand of the instruction at which the lane is; null: it has none.
const Warp::Operand* Warp::own_or_none(const Instruction& inst, std::string_view slot, uint32_t lane) const {
  return operand(met_[lane] == nullptr ? inst : *met_[lane], slot);
}

bool Warp::exchange(const Instruction& inst, uint32_t lanes) {
  using isa::Kind;
  // clang-format off
  switch (inst.form->kind) {
    case Kind::Shuffle: return execute_shuffle(inst, lanes);
    case Kind::Vote: return execute_vote(inst, lanes);
    case Kind::Match: return execute_match(inst, lanes);
    case Kind::Redux: return execute_redux(inst, lanes);
    case Kind::Elect: return execute_elect(inst, lanes);
    default: return true;  // bar.warp.sync: lanes here are together, and memory is accessed in program order
  }
  // clang-format on
}

// Without a member mask (the forms before PTX 6.0) every active lane takes part.
uint32_t Warp::members(const Instruction& inst, std::string_view slot, uint32_t lanes, uint32_t lane) {
  if (operand(inst, slot) == nullptr) return lanes;
  return lanes & static_cast<uint32_t>(read(own(inst, slot, lane), 32, lane).bits());
}

// Calls `action(group, together)` for the lanes that name the same members: who asks, and who takes part.
template <class Action>
bool Warp::for_groups(const Instruction& inst, std::string_view slot, uint32_t lanes, Action action) {
  while (lanes != 0) {
    const uint32_t together = members(inst, slot, lanes, static_cast<uint32_t>(std::countr_zero(lanes)));
    uint32_t group = 0;
    for_lanes(lanes, [&](uint32_t lane) {
      return group |= uint32_t{members(inst, slot, lanes, lane) == together} << lane, true;
    });
    if (!action(group, together)) return false;
    lanes &= ~group;
  }
  return true;
}

bool Warp::execute_shuffle(const Instruction& inst, uint32_t lanes) {
  const Mod mode = inst.modifiers.at(isa::Axis::Mode);
  // What a lane reads from one that is not here, or not named a member, is undefined to PTX: here zero.
  std::array<HostValue, kLanes> values;
  values.fill(HostValue(32, 0));
  for_lanes(lanes, [&](uint32_t lane) { return values[lane] = read(own(inst, "a", lane), 32, lane), true; });
  return for_lanes(lanes, [&](uint32_t lane) {
    const auto b = static_cast<uint32_t>(read(own(inst, "b", lane), 32, lane).bits()) & 31;
    const auto c = static_cast<uint32_t>(read(own(inst, "c", lane), 32, lane).bits());
    const uint32_t clamp = c & 31;
    const uint32_t segment = c >> 8 & 31;
    const uint32_t least = lane & segment;
    const uint32_t most = least | (clamp & ~segment);
    uint32_t from = lane;
    bool valid = false;
    if (mode == Mod::Up) from = lane - b, valid = static_cast<int32_t>(from) >= static_cast<int32_t>(most);
    if (mode == Mod::Down) from = lane + b, valid = from <= most;
    if (mode == Mod::Bfly) from = lane ^ b, valid = from <= most;
    if (mode == Mod::Idx) from = least | (b & ~segment), valid = from <= most;
    if (!valid) from = lane;
    const bool present = members(inst, "m", lanes, lane) >> (from & 31) & 1;
    const Operand* in_range = own_or_none(inst, "p", lane);
    write(own(inst, "d", lane), lane, present ? values[from & 31] : HostValue(32, 0));
    if (in_range != nullptr) write(*in_range, lane, isa::host_bool(valid));
    return true;
  });
}

bool Warp::execute_vote(const Instruction& inst, uint32_t lanes) {
  return for_groups(inst, "m", lanes, [&](uint32_t group, uint32_t voters) {
    uint32_t ballot = 0;
    for_lanes(voters, [&](uint32_t lane) {
      return ballot |= uint32_t{read_predicate(own(inst, "a", lane), lane)} << lane, true;
    });
    HostValue result(32, ballot);
    if (inst.modifiers.has(Mod::All)) result = isa::host_bool(ballot == voters);
    if (inst.modifiers.has(Mod::Any)) result = isa::host_bool(ballot != 0);
    if (inst.modifiers.has(Mod::Uni)) result = isa::host_bool(ballot == voters || ballot == 0);
    return for_lanes(group, [&](uint32_t lane) { return write(own(inst, "d", lane), lane, result), true; });
  });
}

bool Warp::execute_match(const Instruction& inst, uint32_t lanes) {
  return for_groups(inst, "b", lanes, [&](uint32_t group, uint32_t together) { return match(inst, group, together); });
}

bool Warp::match(const Instruction& inst, uint32_t lanes, uint32_t together) {
  const unsigned bits = isa::bits_of(inst.types[0]);
  const auto equal_to = [&](uint32_t lane) {
    uint32_t equal = 0;
    const HostValue mine = read(own(inst, "a", lane), bits, lane);
    for_lanes(together, [&](uint32_t other) {
      return equal |= static_cast<uint32_t>(read(own(inst, "a", other), bits, other) == mine) << other, true;
    });
    return equal;
  };
  std::array<uint32_t, kLanes> equal{};
  for_lanes(lanes, [&](uint32_t lane) { return equal[lane] = equal_to(lane), true; });
  return for_lanes(lanes, [&](uint32_t lane) {
    const bool all = equal[lane] == together;
    const uint32_t result = inst.modifiers.has(Mod::Any) || all ? equal[lane] : 0;
    const Operand* all_equal = own_or_none(inst, "p", lane);
    write(own(inst, "d", lane), lane, {32, result});
    if (all_equal != nullptr) write(*all_equal, lane, isa::host_bool(all));
    return true;
  });
}

bool Warp::execute_redux(const Instruction& inst, uint32_t lanes) {
  return for_groups(inst, "b", lanes, [&](uint32_t group, uint32_t together) { return reduce(inst, group, together); });
}

bool Warp::reduce(const Instruction& inst, uint32_t lanes, uint32_t together) {
  const Type type = inst.types[0];
  const Mod operation = inst.modifiers.at(isa::Axis::Op);
  const bool maximum = operation == Mod::Max;
  const isa::meaning::MinMaxMode mode{type, maximum, false, inst.modifiers.has(Mod::NaN), inst.modifiers.has(Mod::Abs),
                                      false};
  const auto combine = [&](HostValue a, HostValue b) {
    // clang-format off
    switch (operation) {
      case Mod::And: return a & b;
      case Mod::Or: return a | b;
      case Mod::Xor: return a ^ b;
      case Mod::Add: return a + b;
      default:
        if (isa::is_float(type)) return isa::meaning::min_max(mode, a, b);
        return maximum ? isa::meaning::max(type, a, b) : isa::meaning::min(type, a, b);
    }
    // clang-format on
  };
  std::optional<HostValue> result;
  for_lanes(together, [&](uint32_t lane) {
    HostValue value = read(own(inst, "a", lane), 32, lane);
    if (isa::is_float(type)) value = combine(value, value);  // .abs and the canonical NaN for a lane alone
    return result = result ? combine(*result, value) : value, true;
  });
  return for_lanes(
      lanes, [&](uint32_t lane) { return write(own(inst, "d", lane), lane, result.value_or(HostValue(32, 0))), true; });
}

// elect.sync: the leader is the lowest of the members that are here.
bool Warp::execute_elect(const Instruction& inst, uint32_t lanes) {
  return for_lanes(lanes, [&](uint32_t lane) {
    const auto leader = static_cast<uint32_t>(std::countr_zero(members(inst, "a", lanes, lane)));
    write(own(inst, "d", lane), lane, {32, leader});
    return write(own(inst, "p", lane), lane, isa::host_bool(lane == leader)), true;
  });
}

}  // namespace qiao::interp
