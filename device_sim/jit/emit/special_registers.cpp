// Special registers (PTX ISA 9.0, 10) as lane code's positions and calls.
#include "device_sim/jit/emit/function_emitter.h"

namespace qiao::jit {
namespace {

Intrinsic component(Intrinsic x, uint8_t number) {
  return static_cast<Intrinsic>(static_cast<uint8_t>(x) + number);
}

static_assert(static_cast<int>(Intrinsic::TidY) == static_cast<int>(Intrinsic::TidX) + 1);
static_assert(static_cast<int>(Intrinsic::NtidY) == static_cast<int>(Intrinsic::NtidX) + 1);
static_assert(static_cast<int>(Intrinsic::CtaidY) == static_cast<int>(Intrinsic::CtaidX) + 1);
static_assert(static_cast<int>(Intrinsic::NctaidY) == static_cast<int>(Intrinsic::NctaidX) + 1);

}  // namespace

// The lanes at, below or above one's own.
LaneValue FunctionEmitter::read_lane_mask(isa::SpecialRegister special) {
  using S = isa::SpecialRegister;
  LaneValue own = shl_clamp(imm(32, 1), position(Intrinsic::LaneId));
  LaneValue below = own - imm(32, 1);
  switch (special) {
    case S::LanemaskLt:
      return below;
    case S::LanemaskLe:
      return own | below;
    case S::LanemaskGe:
      return ~below;
    case S::LanemaskGt:
      return ~(own | below);
    default:
      return own;
  }
}

Result<LaneValue> FunctionEmitter::read_special(const Operand& op) {
  using S = isa::SpecialRegister;
  if (isa::is_vector(op.special) && op.component == 3) return imm(32, 0);
  if (const auto fixed = isa::fixed_value_of(op.special)) {
    return imm(isa::bits_of(isa::type_of(op.special)), *fixed);
  }
  if (const auto number = isa::environment_register(op.special)) {
    return lane_call("qiao_lane_envreg", 32, {imm(32, *number)});
  }
  auto low = [&](const char* name) { return trunc(lane_call(name, 64, {}), 32); };
  auto high = [&](const char* name) { return trunc(lshr_clamp(lane_call(name, 64, {}), imm(64, 32)), 32); };
  // clang-format off
  switch (op.special) {
    case S::Tid: return position(component(Intrinsic::TidX, op.component));
    case S::Ntid: return position(component(Intrinsic::NtidX, op.component));
    case S::Ctaid: case S::Clusterid:  // each block is a cluster of its own
      return position(component(Intrinsic::CtaidX, op.component));
    case S::Nctaid: case S::Nclusterid: return position(component(Intrinsic::NctaidX, op.component));
    case S::Laneid: return position(Intrinsic::LaneId);
    case S::Warpid: return position(Intrinsic::WarpId);
    case S::Nwarpid: {
      LaneValue threads = position(Intrinsic::NtidX) * position(Intrinsic::NtidY) * position(Intrinsic::NtidZ);
      return lshr_clamp(threads + imm(32, 31), imm(32, 5));
    }
    case S::Smid: return lane_call("qiao_lane_smid", 32, {});
    case S::Nsmid: return lane_call("qiao_lane_nsmid", 32, {});
    case S::Gridid: return lane_call("qiao_lane_gridid", 64, {});
    case S::LanemaskEq: case S::LanemaskLt: case S::LanemaskLe: case S::LanemaskGe: case S::LanemaskGt:
      return read_lane_mask(op.special);
    case S::Clock: return low("qiao_lane_clock64");
    case S::ClockHi: return high("qiao_lane_clock64");
    case S::Clock64: return lane_call("qiao_lane_clock64", 64, {});
    case S::Globaltimer: return lane_call("qiao_lane_globaltimer", 64, {});
    case S::GlobaltimerLo: return low("qiao_lane_globaltimer");
    case S::GlobaltimerHi: return high("qiao_lane_globaltimer");
    case S::DynamicSmemSize: return trunc(position(Intrinsic::DynamicSharedSize), 32);
    case S::TotalSmemSize: case S::AggrSmemSize: {  // nothing is reserved for the system
      LaneValue bytes = trunc(position(Intrinsic::SharedSize), 32);
      return (bytes + imm(32, isa::kSharedUnit - 1)) & imm(32, ~(isa::kSharedUnit - 1));
    }
    default: return unimplemented("special register " + std::string(isa::spelling_of(op.special)));
  }
  // clang-format on
}

}  // namespace qiao::jit
