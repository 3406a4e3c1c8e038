// Reading and writing operands of one lane; special registers.
#include "device_sim/interp/warp.h"
#include "device_sim/machine/runtime_calls.h"
#include "src/isa/special_registers.h"
#include "src/ptx/sources.h"

namespace qiao::interp {

using isa::HostValue;
using isa::SpecialRegister;

const ptx::Operand* Warp::operand(const Instruction& inst, std::string_view slot) const {
  return ptx::find_operand(inst, slot);
}

uint32_t Warp::guarded(const Instruction& inst) const {
  if (inst.guard == ptx::kNoId) return ~0u;
  uint32_t mask = 0;
  for (uint32_t lane = 0; lane < kLanes; ++lane) mask |= static_cast<uint32_t>(register_word(inst.guard, lane)) << lane;
  return inst.guard_negated ? ~mask : mask;
}

uint64_t Warp::register_word(ptx::RegisterId id, uint32_t lane, uint32_t word) const {
  const Frame& f = frame_of(lane);
  return f.registers[(f.code->word_of_register[id] + word) * kLanes + lane];
}

// The low `bits` of the operand; {a, b, ...} is packed, the first element lowest.
HostValue Warp::read(const Operand& op, unsigned bits, uint32_t lane) {
  switch (op.kind) {
    case Operand::Kind::Register: {
      const uint64_t word = register_word(op.id, lane);
      return {bits, op.negated ? ~word : word};
    }
    case Operand::Kind::Immediate:
      return {bits, op.bits};
    case Operand::Kind::Special:
      return resize_u(read_special(op, lane), bits);
    case Operand::Kind::Symbol:
      return {bits, symbol_address(op, lane).value_or(0)};
    case Operand::Kind::Vector: {
      const unsigned part = bits / static_cast<unsigned>(op.elements.size());
      uint64_t packed = 0;
      for (size_t i = op.elements.size(); i-- > 0;) packed = packed << part | read(op.elements[i], part, lane).bits();
      return {bits, packed};
    }
    default:
      return {bits, 0};
  }
}

bool Warp::read_predicate(const Operand& op, uint32_t lane) {
  const bool value = op.kind == Operand::Kind::Immediate ? op.bits != 0
                     : op.kind == Operand::Kind::Special ? read_special(op, lane).bits() != 0
                                                         : register_word(op.id, lane) & 1;
  return value != op.negated;
}

uint32_t Warp::predicate_mask(const Operand& op, uint32_t lanes) {
  uint32_t mask = 0;
  for_lanes(lanes,
            [&](uint32_t lane) { return mask |= static_cast<uint32_t>(read_predicate(op, lane)) << lane, true; });
  return mask;
}

// A wider register takes the value extended (PTX ISA 9.4.1), a narrower one its low bits.
void Warp::write_register(ptx::RegisterId id, uint32_t lane, HostValue value, bool sign_extend) {
  Frame& f = frame_of(lane);
  const unsigned bits = isa::bits_of(f.code->function->registers[id].type);
  const uint64_t extended = sign_extend ? static_cast<uint64_t>(value.signed_bits()) : value.bits();
  uint64_t* words = &f.registers[f.code->word_of_register[id] * kLanes + lane];
  words[0] = extended & HostValue::mask(bits);
  if (bits == 128) words[kLanes] = sign_extend && value.signed_bits() < 0 ? ~uint64_t{0} : 0;
}

void Warp::write(const Operand& op, uint32_t lane, HostValue value, bool sign_extend) {
  if (op.kind == Operand::Kind::Register) write_register(op.id, lane, value, sign_extend);
  if (op.kind != Operand::Kind::Vector) return;
  const unsigned part = value.width() / static_cast<unsigned>(op.elements.size());
  for (size_t i = 0; i < op.elements.size(); ++i) {
    write(op.elements[i], lane, {part, value.bits() >> (part * i)}, sign_extend);
  }
}

std::array<uint32_t, 3> Warp::thread_of(uint32_t lane) const {
  const uint32_t linear = warp_ * kLanes + lane;
  const uint32_t plane = block_.ntid[0] * block_.ntid[1];
  return {linear % block_.ntid[0], linear % plane / block_.ntid[0], linear / plane};
}

uint64_t Warp::read_thread_position(SpecialRegister special, unsigned component, uint32_t lane) const {
  switch (special) {
    case SpecialRegister::Tid:
      return thread_of(lane)[component];
    case SpecialRegister::Ntid:
      return block_.ntid[component];
    case SpecialRegister::Ctaid:
    case SpecialRegister::Clusterid:  // each block is a cluster of its own
      return block_.ctaid[component];
    default:
      return block_.nctaid[component];
  }
}

HostValue Warp::read_special(const Operand& op, uint32_t lane) {
  const unsigned bits = isa::bits_of(isa::type_of(op.special));
  const uint32_t bit = 1u << lane;
  if (isa::is_vector(op.special) && op.component == 3) return {bits, 0};
  if (const auto fixed = isa::fixed_value_of(op.special)) return {bits, *fixed};
  if (const auto number = isa::environment_register(op.special)) return {bits, qiao_lane_envreg(&block_, *number)};
  const auto value = [&]() -> uint64_t {
    // clang-format off
    switch (op.special) {
      case SpecialRegister::Tid: case SpecialRegister::Ntid: case SpecialRegister::Ctaid: case SpecialRegister::Nctaid:
      case SpecialRegister::Clusterid: case SpecialRegister::Nclusterid:
        return read_thread_position(op.special, op.component, lane);
      case SpecialRegister::Laneid: return lane;
      case SpecialRegister::Warpid: return warp_;
      case SpecialRegister::Nwarpid: return block_.warp_count;
      case SpecialRegister::Smid: return qiao_lane_smid(&block_);
      case SpecialRegister::Nsmid: return qiao_lane_nsmid(&block_);
      case SpecialRegister::Gridid: return qiao_lane_gridid(&block_);
      case SpecialRegister::LanemaskEq: return bit;
      case SpecialRegister::LanemaskLe: return bit | (bit - 1);
      case SpecialRegister::LanemaskLt: return bit - 1;
      case SpecialRegister::LanemaskGe: return ~(bit - 1);
      case SpecialRegister::LanemaskGt: return ~(bit | (bit - 1));
      case SpecialRegister::Clock: case SpecialRegister::Clock64: return qiao_lane_clock64(&block_);
      case SpecialRegister::ClockHi: return qiao_lane_clock64(&block_) >> 32;
      case SpecialRegister::Globaltimer: case SpecialRegister::GlobaltimerLo: return qiao_lane_globaltimer(&block_);
      case SpecialRegister::GlobaltimerHi: return qiao_lane_globaltimer(&block_) >> 32;
      case SpecialRegister::DynamicSmemSize: return block_.dynamic_shared_bytes;
      case SpecialRegister::TotalSmemSize: case SpecialRegister::AggrSmemSize:
        return (block_.shared_bytes + isa::kSharedUnit - 1) & ~uint64_t{isa::kSharedUnit - 1};
      default: return 0;
    }
    // clang-format on
    return 0;
  };
  return {bits, value()};
}

}  // namespace qiao::interp
