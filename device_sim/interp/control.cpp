// The order of execution: frames, blocks, branches; which instruction goes where.
#include <algorithm>
#include <utility>

#include "device_sim/interp/warp.h"
#include "device_sim/machine/barriers.h"
#include "device_sim/machine/faults.h"

namespace qiao::interp {
namespace {

// Loops let the other warps run so often: a warp that spins on memory must not starve them.
constexpr uint32_t kBackEdgesPerTurn = 64;
constexpr uint32_t kLooksUntilWaiting = 4;
constexpr uint32_t kLooksUntilLong = 64;

}  // namespace

Warp::Warp(const KernelProgram& program, const void* params, machine::BlockContext& block, uint32_t warp)
    : program_(program), params_(params), block_(block), warp_(warp) {
  const uint32_t threads = block.ntid[0] * block.ntid[1] * block.ntid[2];
  const uint32_t lanes = std::min(threads - warp * kLanes, kLanes);
  exited_ = lanes == kLanes ? 0 : ~0u << lanes;
  threads_ = ~exited_;
  local_top_.fill((program.image.layout.local_bytes + 15) / 16 * 16);
  push_frame(*program.entry, ~exited_, nullptr, nullptr);
}

void Warp::run() {
  while (!frames_.empty()) {
    if (current_ != frames_.back().get() && current_->active == 0) (void)choose_frame();
    if (frame().active == 0) {
      if (!meet_at_barrier() || !next_block()) return;
    } else if (!run_block()) {
      return;
    }
  }
}

// Whether the loop at `block` makes no progress of its own: the registers stayed the same from look to look, or it went
// on for long and looks at what others may write (a counter of the attempts is no progress).
bool Warp::is_waiting(Frame& f, uint32_t block) const {
  if (f.seen_block != block) f.seen_again = f.seen_looks = 0;
  ++f.seen_looks;
  if (f.seen_block == block && f.seen_registers == f.registers) return ++f.seen_again >= kLooksUntilWaiting;
  f.seen_block = block;
  f.seen_registers = f.registers;
  f.seen_again = 0;
  return f.seen_looks >= kLooksUntilLong && watches_memory(f, block);
}

// Whether the loop has an atomic operation or a load that is not weak, or sleeps.
bool Warp::watches_memory(const Frame& f, uint32_t block) {
  using isa::Mod;
  const auto& blocks = f.code->cfg.blocks;
  for (uint32_t inside = block; inside < std::max(blocks[block].loop_end, block + 1); ++inside) {
    for (uint32_t i = blocks[inside].first; i < blocks[inside].last; ++i) {
      const Instruction& inst = f.code->function->body[i];
      const isa::Kind kind = inst.form->kind;
      const bool strong = inst.modifiers.has(Mod::Volatile) || inst.modifiers.has(Mod::Relaxed) ||
                          inst.modifiers.has(Mod::Acquire) || inst.modifiers.has(Mod::Mmio);
      if (kind == isa::Kind::Atomic || kind == isa::Kind::NanoSleep || kind == isa::Kind::Fence ||
          (kind == isa::Kind::Load && strong)) {
        return true;
      }
    }
  }
  return false;
}

// The lowest pending block at or after `number`, but of a loop only after what is pending in the loop's current pass.
uint32_t Frame::first_pending(uint32_t number) const {
  const auto is_pending = [](uint32_t lanes) { return lanes != 0; };
  const auto begin = pending.begin();
  auto found = std::find_if(begin + number, pending.end(), is_pending);
  while (found != pending.end()) {
    const auto end =
        begin + std::max(code->cfg.blocks[found - begin].loop_end, static_cast<uint32_t>(found - begin) + 1);
    const auto inside = std::find_if(found + 1, end, is_pending);
    if (inside == end) break;
    found = inside;
  }
  return static_cast<uint32_t>(found - begin);
}

// Takes up the pending block which comes first; without one the frame is done, or waits.
bool Warp::next_block() {
  if (!apart_.empty() && !meet_apart()) return false;
  Frame& f = frame();
  if (f.active != 0) return true;  // behind a barrier
  if (!f.resumed.empty()) return resume(), true;
  uint32_t number = f.first_pending(0);
  if (number == f.pending.size()) {
    if (f.callees == 0 && !waits(f)) return pop_frame(), true;
    return choose_frame() || break_free();
  }
  if (number <= f.block && ++back_edges_ % kBackEdgesPerTurn == 0) {
    if (machine::overtime(block_, f.code->first_site + f.code->cfg.blocks[number].first,
                          static_cast<uint32_t>(std::countr_zero(f.pending[number])))) {
      return false;
    }
    if (machine::stopping(block_) || !machine::yield_warp(block_, watches_memory(f, number))) return false;
    if (is_waiting(f, number)) {
      const uint32_t other = f.first_pending(number + 1);
      if (other == f.pending.size()) give_turn();
      if (&f != current_) return next_block();
      if (other != f.pending.size()) number = other;
    }
  }
  f.active = std::exchange(f.pending[number], 0);
  f.block = number;
  f.next = f.code->cfg.blocks[number].first;
  return true;
}

// Runs the current block to its end, or to a call (then the callee's frame is the current one).
bool Warp::run_block() {
  Frame& f = frame();
  const ptx::Block& block = f.code->cfg.blocks[f.block];
  while (f.next < block.last && f.active != 0) {
    const Instruction& inst = f.code->function->body[f.next++];
    const uint32_t lanes = f.active & guarded(inst);
    if (program_.plan != nullptr) count(inst, lanes);
    if (lanes != 0 && !execute(inst, lanes)) return false;
    if (touched_.row != nullptr) count_touched();
    if (&f != current_) return true;
  }
  if (f.active == 0) return true;
  if (block.successors.empty()) {  // the end of the body: as ret
    f.returned |= f.active;
  } else {
    f.pending[block.successors.back()] |= f.active;
  }
  f.active = 0;
  return true;
}

bool Warp::branch(const Instruction& inst, uint32_t lanes) {
  Frame& f = frame();
  f.pending[f.code->cfg.block_of_label[operand(inst, "t")->id]] |= lanes;
  f.active &= ~lanes;
  return true;
}

bool Warp::branch_index(const Instruction& inst, uint32_t lanes) {
  Frame& f = frame();
  const auto targets = f.code->function->branch_targets.find(operand(inst, "t")->id);
  if (targets == f.code->function->branch_targets.end()) {
    return fail(Code::InvalidPtx, "invalid brx.idx: its label names no .branchtargets");
  }
  f.active &= ~lanes;
  return for_lanes(lanes, [&](uint32_t lane) {
    const uint64_t index = read(*operand(inst, "a"), 32, lane).bits();
    if (index >= targets->second.size()) {
      return fail(
          Code::InvalidPc,
          "brx.idx with index " + std::to_string(index) + " of " + std::to_string(targets->second.size()) + " targets",
          lane);
    }
    f.pending[f.code->cfg.block_of_label[targets->second[index]]] |= 1u << lane;
    return true;
  });
}

bool Warp::execute(const Instruction& inst, uint32_t lanes) {
  using isa::Kind;
  // clang-format off
  switch (inst.form->kind) {
    case Kind::Value: case Kind::Carry: return execute_value(inst, lanes);
    case Kind::Move: return execute_move(inst, lanes);
    case Kind::ConvertAddress: return execute_convert_address(inst, lanes);
    case Kind::IsSpace: return execute_is_space(inst, lanes);
    case Kind::Load: return execute_load(inst, lanes);
    case Kind::Store: return execute_store(inst, lanes);
    case Kind::BulkStore: return execute_bulk_store(inst, lanes);
    case Kind::Policy: return execute_policy(inst, lanes);
    case Kind::IsType: return execute_is_type(inst, lanes);
    case Kind::Atomic: case Kind::Reduction: return execute_atomic(inst, lanes);
    case Kind::Branch: return branch(inst, lanes);
    case Kind::BranchIndex: return branch_index(inst, lanes);
    case Kind::Call: return execute_call(inst, lanes);
    case Kind::Return: frame().returned |= lanes; frame().active &= ~lanes; return true;
    case Kind::Exit: exited_ |= lanes; frame().active &= ~lanes; return true;
    case Kind::Trap: return fail(Code::LaunchFailed, "the kernel executed " + std::string(inst.form->opcode),
                                 static_cast<uint32_t>(std::countr_zero(lanes)));
    case Kind::Barrier: return execute_barrier(inst, lanes);
    case Kind::Fence: __atomic_thread_fence(__ATOMIC_SEQ_CST); return true;
    case Kind::WarpBarrier: case Kind::Shuffle: case Kind::Vote: case Kind::Match: case Kind::Redux: case Kind::Elect:
      return synchronize(inst, lanes);
    case Kind::ActiveMask:
      return for_lanes(lanes, [&](uint32_t lane) { return write(inst.operands[0], lane, {32, lanes}), true; });
    case Kind::AsyncCopy: return execute_async_copy(inst, lanes);
    case Kind::NanoSleep: return machine::yield_warp(block_, true);
    case Kind::Alloca: return execute_alloca(inst, lanes);
    case Kind::Prefetch: case Kind::Nop: return true;
    case Kind::Texture: return execute_texture(inst, lanes);
    case Kind::ImageQuery: return execute_image_query(inst, lanes);
    case Kind::SurfaceLoad: case Kind::SurfaceStore: case Kind::SurfaceReduction: return execute_surface(inst, lanes);
    case Kind::Refused: break;
  }
  // clang-format on
  return fail(Code::NotSupported, "unsupported: " + std::string(inst.form->opcode));
}

bool Warp::fail(Code code, std::string what, uint32_t lane) {
  machine::raise_fault(block_, code, std::move(what), site(), lane);
  return false;
}

uint32_t Warp::site() const {
  return frame().code->first_site + frame().next - 1;
}

}  // namespace qiao::interp
