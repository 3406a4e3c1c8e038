// One PTX function as lane code: its registers, its blocks in reconvergence order, and the way to each instruction's
// family. Registers start as zero in memory slots which LLVM's sroa turns into values.
#include "device_sim/jit/emit/function_emitter.h"

#include <llvm/IR/DebugInfoMetadata.h>

#include "src/ptx/place.h"

namespace qiao::jit {
namespace {

// PTX instructions: LLVM looks for each register's first access from the start of each block that has one, so that the
// time would grow with the square of a block's length. Its passes join the pieces again.
constexpr uint32_t kLongBlock = 200;

}  // namespace

FunctionEmitter::FunctionEmitter(KernelEmitter& shared, uint32_t function_index)
    : shared_(shared),
      index_(function_index),
      function_(shared.ptx().functions[function_index]),
      layout_(shared.kernel.layout.functions.at(function_index)),
      lane_(shared.functions.at(function_index)),
      builder_(shared.module().getContext()),
      cfg_(ptx::build_cfg(function_)) {}

llvm::BasicBlock* FunctionEmitter::new_block(const char* name) {
  return llvm::BasicBlock::Create(builder_.getContext(), name, lane_);
}

void FunctionEmitter::start_block(llvm::BasicBlock* block) {
  builder_.SetInsertPoint(block);
}

// Falls into `next`, unless the block already ended.
void FunctionEmitter::leave_block(llvm::BasicBlock* next) {
  if (!builder_.GetInsertBlock()->getTerminator()) builder_.CreateBr(next);
}

void FunctionEmitter::begin() {
  start_block(new_block("entry"));
  for (const ptx::Register& reg : function_.registers) {
    llvm::Type* type = type_of(reg.type);
    registers_.push_back(builder_.CreateAlloca(type, nullptr, reg.name));
    builder_.CreateStore(llvm::Constant::getNullValue(type), registers_.back());
  }
  carry_ = builder_.CreateAlloca(builder_.getInt1Ty(), nullptr, "cc");
  builder_.CreateStore(builder_.getFalse(), carry_);

  params_.resize(function_.locals.size());
  for (size_t i = 0; i < function_.locals.size(); ++i) {
    const ptx::Variable& variable = function_.locals[i];
    if (variable.space != isa::StateSpace::Param) continue;
    auto* type = llvm::ArrayType::get(builder_.getInt8Ty(), std::max<uint64_t>(variable.bytes, 1));
    auto* slot = builder_.CreateAlloca(type, nullptr, variable.name);
    slot->setAlignment(llvm::Align(16));
    params_[i] = slot;
  }
  begin_frame();
  begin_arguments();
  for (size_t i = 0; i < cfg_.blocks.size(); ++i) blocks_.push_back(new_block("b"));
  exit_block_ = new_block("exit");
  return_block_ = function_.is_entry ? exit_block_ : new_block("return");
}

void FunctionEmitter::begin_frame() {
  if (!shared_.stacked) return;
  const machine::KernelLayout& layout = shared_.kernel.layout;
  framed_ = !function_.is_entry && layout.recursive;
  frame_ = function_.is_entry ? imm(64, (layout.local_bytes + 15) / 16 * 16) : value(lane_->getArg(2));
  uint64_t bytes = 0;
  frame_offsets_.resize(function_.locals.size());
  for (size_t i = 0; framed_ && i < function_.locals.size(); ++i) {
    if (function_.locals[i].space != isa::StateSpace::Local) continue;
    const uint64_t alignment = std::max<uint64_t>(function_.locals[i].align, 16);
    frame_offsets_[i] = (bytes + alignment - 1) / alignment * alignment;
    bytes = frame_offsets_[i] + function_.locals[i].bytes;
  }
  stack_top_ = builder_.CreateAlloca(builder_.getInt64Ty(), nullptr, "top");
  builder_.CreateStore((frame_ + imm(64, (bytes + 15) / 16 * 16)).bits(), stack_top_);
}

void FunctionEmitter::begin_arguments() {
  // Arguments are pointers: to the launch's parameter buffer for a kernel, to the caller's slots for a device function.
  if (function_.is_entry) {
    for (uint32_t local : function_.params) {
      params_[local] =
          builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), lane_->getArg(0), layout_.local_offset[local]);
    }
  } else {
    unsigned next = shared_.stacked ? 3 : 2;
    auto bind = [&](const std::vector<uint32_t>& list, bool are_registers, bool load) {
      for (uint32_t id : list) {
        llvm::Argument* slot = lane_->getArg(next++);
        if (!are_registers) {
          params_[id] = slot;
        } else if (load) {
          builder_.CreateStore(builder_.CreateLoad(registers_[id]->getAllocatedType(), slot), registers_[id]);
        }
      }
    };
    bind(function_.results, function_.results_are_registers, false);
    bind(function_.params, function_.params_are_registers, true);
  }
}

Result<void> FunctionEmitter::emit() {
  begin();
  leave_block(blocks_.empty() ? return_block_ : blocks_[0]);
  for (uint32_t block = 0; block < blocks_.size(); ++block) {
    start_block(blocks_[block]);
    if (auto done = emit_block(block); !done) return done;
  }
  start_block(exit_block_);
  if (function_.is_entry) {
    builder_.CreateRetVoid();
    return {};
  }
  builder_.CreateRet(builder_.getTrue());
  start_block(return_block_);
  if (function_.results_are_registers) {
    for (size_t i = 0; i < function_.results.size(); ++i) {
      uint32_t reg = function_.results[i];
      builder_.CreateStore(builder_.CreateLoad(registers_[reg]->getAllocatedType(), registers_[reg]),
                           lane_->getArg((shared_.stacked ? 3 : 2) + i));
    }
  }
  builder_.CreateRet(builder_.getFalse());
  return {};
}

Result<void> FunctionEmitter::emit_block(uint32_t number) {
  const ptx::Block& block = cfg_.blocks[number];
  for (uint32_t i = block.first; i < block.last; ++i) {
    const Instruction& inst = function_.body[i];
    if ((i - block.first + 1) % kLongBlock == 0 && !builder_.GetInsertBlock()->getTerminator()) {
      llvm::BasicBlock* next = new_block("b");
      leave_block(next);
      start_block(next);
    }
    if (shared_.lines) {
      builder_.SetCurrentDebugLocation(
          llvm::DILocation::get(builder_.getContext(), inst.location.line, 0, shared_.lines));
    }
    if (builder_.GetInsertBlock()->getTerminator()) break;  // what follows an unguarded exit is never reached
    begin_counting(i, i == block.first);
    bool ends =
        i + 1 == block.last && (inst.form->kind == isa::Kind::Branch || inst.form->kind == isa::Kind::BranchIndex);
    Result<void> done = ends ? emit_terminator(inst, block) : emit_instruction(inst);
    if (!done) return at(inst, done.error());
  }
  leave_block(block.successors.empty() ? return_block_ : blocks_[block.successors.back()]);
  return {};
}

// Without a guard, or where computing for nothing is harmless, straight on; else around a branch.
Result<void> FunctionEmitter::emit_instruction(const Instruction& inst) {
  if (inst.guard == ptx::kNoId) return emit_kind(inst);
  LaneValue guard = read_register(inst.guard);
  if (inst.guard_negated) guard = ~guard;
  count_guard(guard);
  bool pure = inst.form->kind == isa::Kind::Value || inst.form->kind == isa::Kind::Carry ||
              inst.form->kind == isa::Kind::ConvertAddress || inst.form->kind == isa::Kind::IsSpace ||
              inst.form->kind == isa::Kind::IsType || inst.form->kind == isa::Kind::Policy;
  if (pure) {
    guard_ = guard.bits();
    Result<void> done = emit_kind(inst);
    guard_ = nullptr;
    return done;
  }
  llvm::BasicBlock* then = new_block("then");
  llvm::BasicBlock* after = new_block("after");
  builder_.CreateCondBr(guard.bits(), then, after);
  start_block(then);
  if (auto done = emit_kind(inst); !done) return done;
  leave_block(after);
  start_block(after);
  return {};
}

Result<void> FunctionEmitter::emit_kind(const Instruction& inst) {
  using isa::Kind;
  // clang-format off
  switch (inst.form->kind) {
    case Kind::Value: case Kind::Carry: return emit_value(inst);
    case Kind::Move: return emit_move(inst);
    case Kind::ConvertAddress: return emit_convert_address(inst);
    case Kind::IsSpace: return emit_is_space(inst);
    case Kind::IsType: return emit_is_type(inst);
    case Kind::Load: return emit_load(inst);
    case Kind::Store: return emit_store(inst);
    case Kind::BulkStore: return emit_bulk_store(inst);
    case Kind::Policy: return emit_policy(inst);
    case Kind::Atomic: case Kind::Reduction: return emit_atomic(inst);
    case Kind::Call: return emit_call(inst);
    case Kind::Return: return builder_.CreateBr(return_block_), Result<void>();
    case Kind::Exit: return builder_.CreateBr(exit_block_), Result<void>();
    case Kind::Trap: return end_launch(inst, machine::TrapReason::Trap), Result<void>();
    case Kind::Barrier: return emit_barrier(inst);
    case Kind::WarpBarrier: return emit_warp_barrier(inst);
    case Kind::Fence: return emit_fence(inst);
    case Kind::Shuffle: return emit_shuffle(inst);
    case Kind::Vote: return emit_vote(inst);
    case Kind::Match: return emit_match(inst);
    case Kind::Redux: return emit_redux(inst);
    case Kind::Elect: return emit_elect(inst);
    case Kind::ActiveMask: return write(inst.operands[0], warp_call(Intrinsic::ActiveMask, {})), Result<void>();
    case Kind::AsyncCopy: return emit_async_copy(inst);
    case Kind::NanoSleep: return emit_nanosleep(inst);
    case Kind::Prefetch: case Kind::Nop: return {};
    case Kind::Branch: case Kind::BranchIndex: return unimplemented_here("a branch inside a basic block");
    case Kind::Alloca: return emit_alloca(inst);
    case Kind::Texture: return emit_texture(inst);
    case Kind::ImageQuery: return emit_image_query(inst);
    case Kind::SurfaceLoad: case Kind::SurfaceStore: case Kind::SurfaceReduction: return emit_surface(inst);
    case Kind::Refused: return unsupported("refused by the instruction table");
  }
  // clang-format on
  return unimplemented_here("this kind of instruction");
}

Error FunctionEmitter::unimplemented_here(std::string_view what) const {
  return unimplemented(std::string(what));
}

uint32_t FunctionEmitter::new_site(const Instruction& inst, uint32_t bytes) {
  shared_.code.sites.push_back({.bytes = bytes,
                                .ptx_line = inst.location.line,
                                .source_file = inst.source.file,
                                .source_line = inst.source.line});
  return static_cast<uint32_t>(shared_.code.sites.size() - 1);
}

void FunctionEmitter::end_launch(const Instruction& inst, machine::TrapReason why) {
  lane_call("qiao_lane_trap", 0, {imm(32, new_site(inst)), imm(32, static_cast<uint64_t>(why))});
  builder_.CreateBr(exit_block_);
}

Error FunctionEmitter::at(const Instruction& inst, Error error) const {
  error.message += ": `" + std::string(inst.form->syntax) + "` at " +
                   ptx::place_of(shared_.ptx(), inst.location, inst.source) + ", function " + function_.name +
                   ", kernel " + shared_.kernel.function->name;
  return error;
}

}  // namespace qiao::jit
