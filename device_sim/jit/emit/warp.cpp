// What the lanes of a warp and the warps of a block do together: shuffles, votes, matches, reductions, barriers
// (PTX ISA 9.7.13).
#include "device_sim/jit/emit/function_emitter.h"

namespace qiao::jit {
namespace {

using isa::Axis;
using isa::Mod;

std::optional<Intrinsic> redux_of(Mod op, bool is_signed) {
  switch (op) {
    case Mod::Add:
      return Intrinsic::ReduxAdd;
    case Mod::Min:
      return is_signed ? Intrinsic::ReduxSmin : Intrinsic::ReduxUmin;
    case Mod::Max:
      return is_signed ? Intrinsic::ReduxSmax : Intrinsic::ReduxUmax;
    case Mod::And:
      return Intrinsic::ReduxAnd;
    case Mod::Or:
      return Intrinsic::ReduxOr;
    case Mod::Xor:
      return Intrinsic::ReduxXor;
    default:
      return std::nullopt;
  }
}

Intrinsic shuffle_of(Mod mode) {
  switch (mode) {
    case Mod::Up:
      return Intrinsic::ShflUp;
    case Mod::Down:
      return Intrinsic::ShflDown;
    case Mod::Bfly:
      return Intrinsic::ShflBfly;
    default:
      return Intrinsic::ShflIdx;
  }
}

// The instructions from before Volta (PTX 6.0) have no member mask: all lanes that are here are members, nobody is
// waited for. (Lane mode, which cannot know who is here, does wait: the table calls them convergence-dependent.)
LaneValue of_those_here(const ptx::Operand* members, LaneValue result) {
  if (members == nullptr) mark_unsynchronized(*llvm::cast<llvm::CallBase>(result.raw()));
  return result;
}

}  // namespace

Result<LaneValue> FunctionEmitter::members_of(const Instruction& inst, std::string_view slot) {
  const Operand* op = operand(inst, slot);
  return op ? read(*op, 32) : Result<LaneValue>(imm(32, ~0u));
}

void FunctionEmitter::write_pair(const Instruction& inst, LaneValue pair) {
  write(inst.operands[0], value(builder_.CreateExtractValue(pair.raw(), 0)));
  if (const Operand* p = operand(inst, "p")) write(*p, value(builder_.CreateExtractValue(pair.raw(), 1)));
}

Result<void> FunctionEmitter::emit_shuffle(const Instruction& inst) {
  auto a = read(*operand(inst, "a"), 32), b = read(*operand(inst, "b"), 32), c = read(*operand(inst, "c"), 32);
  auto members = members_of(inst, "m");
  for (auto* v : {&a, &b, &c, &members}) {
    if (!*v) return v->error();
  }
  LaneValue pair = warp_call(shuffle_of(inst.modifiers.at(Axis::Mode)), {*members, *a, *b, *c});
  write_pair(inst, of_those_here(operand(inst, "m"), pair));
  return {};
}

Result<void> FunctionEmitter::emit_vote(const Instruction& inst) {
  auto members = members_of(inst, "m");
  if (!members) return members.error();
  LaneValue p = read_predicate(*operand(inst, "a"));
  auto ballot = [&](LaneValue of) {
    return of_those_here(operand(inst, "m"), warp_call(Intrinsic::Ballot, {*members, of}));
  };
  LaneValue none = imm(32, 0);
  const Operand& d = inst.operands[0];
  switch (inst.modifiers.at(Axis::Mode)) {
    case Mod::Ballot:
      write(d, ballot(p));
      break;
    case Mod::Any:
      write(d, ne(ballot(p), none));
      break;
    case Mod::All:
      write(d, eq(ballot(~p), none));
      break;
    case Mod::Uni:
      write(d, eq(ballot(p), none) | eq(ballot(~p), none));
      break;
    default:
      return unimplemented_here("this vote");
  }
  return {};
}

Result<void> FunctionEmitter::emit_match(const Instruction& inst) {
  bool wide = isa::bits_of(inst.types[0]) == 64;
  auto a = read(*operand(inst, "a"), wide ? 64 : 32);
  auto members = members_of(inst, "b");
  if (!a) return a.error();
  if (!members) return members.error();
  if (inst.modifiers.at(Axis::Mode) == Mod::Any) {
    write(inst.operands[0], warp_call(wide ? Intrinsic::MatchAnyI64 : Intrinsic::MatchAnyI32, {*members, *a}));
  } else {
    write_pair(inst, warp_call(wide ? Intrinsic::MatchAllI64 : Intrinsic::MatchAllI32, {*members, *a}));
  }
  return {};
}

Result<void> FunctionEmitter::emit_redux(const Instruction& inst) {
  auto operation = redux_of(inst.modifiers.at(Axis::Op), isa::is_signed(inst.types[0]));
  if (!operation) return unimplemented_here("this warp reduction");
  auto a = read(*operand(inst, "a"), 32);
  auto members = members_of(inst, "b");
  if (!a) return a.error();
  if (!members) return members.error();
  if (isa::is_float(inst.types[0])) {
    write(inst.operands[0], redux_float(inst, *members, *a));
  } else {
    write(inst.operands[0], warp_call(*operation, {*members, *a}));
  }
  return {};
}

// min and max of f32: as unsigned numbers in the same order (-0.0 below +0.0), between which no NaN lies. A NaN becomes
// the end of the range that loses, with .NaN the one that wins; both ends mean NaN.
LaneValue FunctionEmitter::redux_float(const Instruction& inst, LaneValue members, LaneValue a) {
  bool maximum = inst.modifiers.has(Mod::Max), nan_wins = inst.modifiers.has(Mod::NaN);
  LaneValue sign = imm(32, 0x80000000u), all = imm(32, ~0u), nan_end = imm(32, maximum == nan_wins ? ~0u : 0);
  LaneValue bits = value(a.bits());
  LaneValue magnitude = bits & ~sign;
  if (inst.modifiers.has(Mod::Abs)) bits = magnitude;
  LaneValue ordered = select(ne(bits & sign, imm(32, 0)), ~bits, bits | sign);
  ordered = select(ugt(magnitude, imm(32, 0x7f800000u)), nan_end, ordered);
  LaneValue chosen = warp_call(maximum ? Intrinsic::ReduxUmax : Intrinsic::ReduxUmin, {members, ordered});
  LaneValue number = select(ne(chosen & sign, imm(32, 0)), chosen & ~sign, ~chosen);
  return select(eq(chosen, all) | eq(chosen, imm(32, 0)), imm(32, 0x7fffffffu), number);
}

// The leader is the lowest of the members that are here.
Result<void> FunctionEmitter::emit_elect(const Instruction& inst) {
  auto members = members_of(inst, "a");
  if (!members) return members.error();
  LaneValue present = warp_call(Intrinsic::Ballot, {*members, imm(1, 1)});
  LaneValue leader = value(builder_.CreateBinaryIntrinsic(llvm::Intrinsic::cttz, present.bits(), builder_.getFalse()));
  write(inst.operands[0], leader);
  write(*operand(inst, "p"), eq(leader, position(Intrinsic::LaneId)));
  return {};
}

Result<void> FunctionEmitter::emit_barrier(const Instruction& inst) {
  auto id = read(*operand(inst, "a"), 32);
  const Operand* threads = operand(inst, "b");
  auto count = threads ? read(*threads, 32) : Result<LaneValue>(imm(32, 0));
  if (!id) return id.error();
  if (!count) return count.error();
  switch (inst.modifiers.at(Axis::Action)) {
    case Mod::Sync:
      return warp_call(Intrinsic::BarrierSync, {*id, *count}), Result<void>();
    case Mod::Arrive:
      return warp_call(Intrinsic::BarrierArrive, {*id, *count}), Result<void>();
    default:
      break;
  }
  LaneValue p = read_predicate(*operand(inst, "c"));
  switch (inst.modifiers.at(Axis::Op)) {
    case Mod::Popc:
      write(inst.operands[0], warp_call(Intrinsic::BarrierPopc, {*id, *count, p}));
      break;
    case Mod::And:
      write(inst.operands[0], warp_call(Intrinsic::BarrierAnd, {*id, *count, p}));
      break;
    case Mod::Or:
      write(inst.operands[0], warp_call(Intrinsic::BarrierOr, {*id, *count, p}));
      break;
    default:
      return unimplemented_here("this barrier");
  }
  return {};
}

Result<void> FunctionEmitter::emit_warp_barrier(const Instruction& inst) {
  auto members = members_of(inst, "a");
  if (!members) return members.error();
  warp_call(Intrinsic::WarpSync, {*members});
  return {};
}

Result<void> FunctionEmitter::emit_nanosleep(const Instruction& inst) {
  auto time = read(inst.operands[0], 32);
  if (!time) return time.error();
  lane_call("qiao_lane_nanosleep", 0, {*time});
  return {};
}

}  // namespace qiao::jit
