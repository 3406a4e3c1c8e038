// Writes the body of one PTX function as lane code. One object per function; its methods are split by family of
// instructions: operands, addresses, values, memory, atomics, control, calls, warp (one .cpp each).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device_sim/jit/emit/emit.h"
#include "device_sim/jit/emit/lane_value.h"
#include "device_sim/jit/intrinsics.h"
#include "device_sim/machine/counting_plan.h"
#include "device_sim/machine/faults.h"
#include "src/ptx/cfg.h"
#include "src/ptx/module.h"

namespace qiao::jit {

// What the functions of one kernel share.
struct KernelEmitter {
  const machine::KernelImage& kernel;
  const EmitOptions& options;
  LaneCode& code;
  std::map<uint32_t, llvm::Function*> functions;  // by index in ptx::Module::functions
  std::vector<uint32_t> address_taken;            // functions which an indirect call may reach
  bool stacked = false;                           // it can recurse or uses alloca
  llvm::DIScope* lines = nullptr;                 // what lines are said to be in; null: none
  std::optional<machine::CountingPlan> plan;      // what is counted; none: nothing

  const ptx::Module& ptx() const { return *kernel.module; }
  llvm::Module& module() const { return *code.module; }
};

class FunctionEmitter {
 public:
  FunctionEmitter(KernelEmitter& shared, uint32_t function_index);
  Result<void> emit();

 private:
  using Operand = ptx::Operand;
  using Instruction = ptx::Instruction;

  // function_emitter.cpp
  void begin();
  void begin_frame();
  void begin_arguments();
  Result<void> emit_block(uint32_t block);
  Result<void> emit_instruction(const Instruction& inst);
  Result<void> emit_unguarded(const Instruction& inst);
  Result<void> emit_kind(const Instruction& inst);
  Error at(const Instruction& inst, Error error) const;  // adds opcode, PTX line and kernel
  Error unimplemented_here(std::string_view what) const;
  uint32_t new_site(const Instruction& inst, uint32_t bytes = 0);  // a number by which a fault finds its lines
  void end_launch(const Instruction& inst, machine::TrapReason why);
  void leave_block(llvm::BasicBlock* next);
  void start_block(llvm::BasicBlock* block);
  llvm::BasicBlock* new_block(const char* name);

  // operands.cpp
  const Operand* operand(const Instruction& inst, std::string_view slot) const;  // null when absent
  LaneValue value(llvm::Value* v) { return {builder_, v}; }
  LaneValue imm(unsigned bits, uint64_t v);
  llvm::Type* type_of(isa::Type type);
  LaneValue read_register(ptx::RegisterId id);
  void write_register(ptx::RegisterId id, LaneValue v, bool sign_extend = false);
  LaneValue read_predicate(const Operand& op);
  Result<LaneValue> read(const Operand& op, unsigned bits);
  void write(const Operand& op, LaneValue v, bool sign_extend = false);
  Result<LaneValue> read_special(const Operand& op);
  LaneValue read_lane_mask(isa::SpecialRegister special);
  LaneValue position(Intrinsic id);
  LaneValue warp_call(Intrinsic id, std::initializer_list<LaneValue> arguments);
  LaneValue lane_call(const char* name, unsigned result_bits, llvm::ArrayRef<LaneValue> arguments);

  // addresses.cpp: an address of a state space is an offset in its window for shared, local and param, else a host
  // address (which is also the generic address).
  struct Window {
    LaneValue base;
    LaneValue bytes;
  };
  Window window_of(isa::StateSpace space);
  const ptx::Variable& variable_of(const Operand& op) const;
  Result<LaneValue> symbol_address(const Operand& op);  // in its own space
  LaneValue table_entry(uint32_t index);
  Result<LaneValue> plain_address(const Operand& op, isa::StateSpace space);  // of an Address operand, in its space
  // The pointer of an access, checked unless it is provably good.
  Result<llvm::Value*> access(const Instruction& inst, const Operand& op, isa::StateSpace space, uint64_t bytes);
  Result<llvm::Value*> place_of(const Instruction& inst, const Operand& op, isa::StateSpace space, uint64_t bytes);
  std::optional<llvm::Value*> known_good(const Operand& op, isa::StateSpace space, uint64_t bytes);
  llvm::Value* checked(const Instruction& inst, isa::StateSpace space, LaneValue address, uint64_t bytes);
  llvm::Value* pointer(LaneValue address);
  LaneValue inside_variables(LaneValue address, const std::function<bool(const ptx::Variable&)>& wanted);
  Result<void> emit_is_space(const Instruction& inst);
  Result<void> emit_is_type(const Instruction& inst);

  // counts.cpp
  void begin_counting(uint32_t instruction, bool starts_block);
  void count_guard(LaneValue guard);
  void count_ways(LaneValue index);
  void count_access(isa::StateSpace space, llvm::Value* pointer);
  void count_failed(llvm::Value* failed);

  // values.cpp
  Result<void> emit_value(const Instruction& inst);
  Result<void> emit_move(const Instruction& inst);
  Result<void> emit_vector_move(const Instruction& inst);
  Result<void> emit_convert_address(const Instruction& inst);
  Result<void> emit_alloca(const Instruction& inst);
  Result<LaneValue> read_packed(const Operand& op, unsigned bits);
  void write_packed(const Operand& op, LaneValue v);

  // memory.cpp
  Result<void> emit_load(const Instruction& inst);
  Result<void> emit_store(const Instruction& inst);
  Result<void> emit_bulk_store(const Instruction& inst);
  Result<void> emit_policy(const Instruction& inst);
  Result<void> emit_fence(const Instruction& inst);
  Result<void> emit_async_copy(const Instruction& inst);

  // images.cpp
  Result<LaneValue> read_image(const Instruction& inst, const Operand& op);
  Result<void> read_tuple(const Operand* tuple, size_t count, std::vector<LaneValue>& values);
  Result<std::vector<LaneValue>> image_arguments(const Instruction& inst);
  void write_words(const Operand& d, unsigned bits, unsigned part, LaneValue words);
  LaneValue words_call(const char* name, llvm::ArrayRef<LaneValue> arguments);
  Result<void> emit_texture(const Instruction& inst);
  Result<void> emit_image_query(const Instruction& inst);
  Result<void> emit_surface(const Instruction& inst);

  // atomics.cpp
  Result<LaneValue> emit_atomic_element(const Instruction& inst, llvm::Value* address, const Operand& b,
                                        const Operand* c);
  Result<LaneValue> emit_float_add(const Instruction& inst, llvm::Value* address, LaneValue b,
                                   llvm::AtomicOrdering order);
  Result<LaneValue> emit_atomic_loop(const Instruction& inst, llvm::Value* address, LaneValue b,
                                     llvm::AtomicOrdering order);
  Result<void> emit_atomic(const Instruction& inst);

  // control.cpp
  Result<void> emit_terminator(const Instruction& inst, const ptx::Block& block);
  Result<void> emit_branch_index(const Instruction& inst, const ptx::Block& block);

  // calls.cpp
  Result<void> emit_call(const Instruction& inst);
  Result<void> emit_direct_call(uint32_t callee, const std::vector<Operand>& outs, const std::vector<Operand>& ins);
  Result<void> emit_indirect_call(const Instruction& inst, const Operand& target, const std::vector<Operand>& outs,
                                  const std::vector<Operand>& ins);
  Result<void> emit_system_call(const Instruction& inst, const std::string& name, const std::vector<Operand>& outs,
                                const std::vector<Operand>& ins);
  Result<llvm::Value*> call_slot(const Operand& op, llvm::Type* type, bool is_argument);
  llvm::AllocaInst* new_slot(llvm::Type* type);

  // warp.cpp
  Result<LaneValue> members_of(const Instruction& inst, std::string_view slot);
  void write_pair(const Instruction& inst, LaneValue pair);
  Result<void> emit_shuffle(const Instruction& inst);
  Result<void> emit_vote(const Instruction& inst);
  Result<void> emit_match(const Instruction& inst);
  Result<void> emit_redux(const Instruction& inst);
  LaneValue redux_float(const Instruction& inst, LaneValue members, LaneValue a);
  Result<void> emit_elect(const Instruction& inst);
  Result<void> emit_barrier(const Instruction& inst);
  Result<void> emit_warp_barrier(const Instruction& inst);
  Result<void> emit_nanosleep(const Instruction& inst);

  KernelEmitter& shared_;
  uint32_t index_;
  const ptx::Function& function_;
  const machine::FunctionLayout& layout_;
  llvm::Function* lane_;
  llvm::IRBuilder<> builder_;
  ptx::Cfg cfg_;
  std::vector<llvm::BasicBlock*> blocks_;     // by block of cfg_
  std::vector<llvm::AllocaInst*> registers_;  // by RegisterId
  std::vector<llvm::Value*> params_;          // by index in Function::locals: where a .param variable lives
  // A kernel with a stack (KernelEmitter::stacked): each activation of a device function is told where the lane's local
  // frame is still free. If the kernel can recurse the function's .local variables are there (framed_), else only what
  // alloca takes. stack_top_ says where what it calls may begin.
  bool framed_ = false;
  llvm::AllocaInst* stack_top_ = nullptr;
  LaneValue frame_;
  std::vector<uint64_t> frame_offsets_;  // by index in Function::locals
  llvm::AllocaInst* carry_ = nullptr;
  llvm::BasicBlock* exit_block_ = nullptr;  // the thread ends
  llvm::BasicBlock* return_block_ = nullptr;
  llvm::Value* guard_ = nullptr;                          // of the pure instruction being written
  const machine::CountedInstruction* counted_ = nullptr;  // the instruction being written; null: nothing is counted
};

}  // namespace qiao::jit
