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

Result<LaneValue> FunctionEmitter::read_special(const Operand& op) {
  using S = isa::SpecialRegister;
  if (isa::is_vector(op.special) && op.component == 3) return imm(32, 0);
  auto lane_bit = [&] { return shl_clamp(imm(32, 1), position(Intrinsic::LaneId)); };
  switch (op.special) {
    case S::Tid:
      return position(component(Intrinsic::TidX, op.component));
    case S::Ntid:
      return position(component(Intrinsic::NtidX, op.component));
    case S::Ctaid:
      return position(component(Intrinsic::CtaidX, op.component));
    case S::Nctaid:
      return position(component(Intrinsic::NctaidX, op.component));
    case S::Laneid:
      return position(Intrinsic::LaneId);
    case S::Warpid:
      return position(Intrinsic::WarpId);
    case S::Nwarpid: {
      LaneValue threads = position(Intrinsic::NtidX) * position(Intrinsic::NtidY) * position(Intrinsic::NtidZ);
      return lshr_clamp(threads + imm(32, 31), imm(32, 5));
    }
    case S::Smid:
      return lane_call("qiao_lane_smid", 32, {});
    case S::Nsmid:
      return lane_call("qiao_lane_nsmid", 32, {});
    case S::Gridid:
      return lane_call("qiao_lane_gridid", 64, {});
    case S::LanemaskEq:
      return lane_bit();
    case S::LanemaskLt:
      return lane_bit() - imm(32, 1);
    case S::LanemaskLe:
      return lane_bit() | (lane_bit() - imm(32, 1));
    case S::LanemaskGe:
      return ~(lane_bit() - imm(32, 1));
    case S::LanemaskGt:
      return ~(lane_bit() | (lane_bit() - imm(32, 1)));
    case S::Clock:
      return trunc(lane_call("qiao_lane_clock64", 64, {}), 32);
    case S::ClockHi:
      return trunc(lshr_clamp(lane_call("qiao_lane_clock64", 64, {}), imm(64, 32)), 32);
    case S::Clock64:
      return lane_call("qiao_lane_clock64", 64, {});
    case S::Globaltimer:
      return lane_call("qiao_lane_globaltimer", 64, {});
    case S::GlobaltimerLo:
      return trunc(lane_call("qiao_lane_globaltimer", 64, {}), 32);
    case S::GlobaltimerHi:
      return trunc(lshr_clamp(lane_call("qiao_lane_globaltimer", 64, {}), imm(64, 32)), 32);
    case S::DynamicSmemSize:
      return trunc(position(Intrinsic::DynamicSharedSize), 32);
    case S::TotalSmemSize:
      return trunc(position(Intrinsic::SharedSize), 32);
    default:
      return unimplemented("special register " + std::string(isa::spelling_of(op.special)));
  }
}

}  // namespace qiao::jit
