// One warp being interpreted: 32 lanes in lockstep through the frames of the functions they have called.
//
// Reconvergence: within a frame the warp always runs the pending block with the lowest number, with every lane that
// waits for it (ptx::Cfg numbers the blocks). Divergent calls: the lanes that execute a call run the callee in a frame
// of its own until each of them has returned or exited, then go on together; an indirect call with several targets runs
// one group of lanes per target, in the order of the functions. Only while lanes of a frame wait do others overtake it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "device_sim/interp/code.h"
#include "device_sim/machine/block_context.h"
#include "device_sim/machine/counting_plan.h"
#include "device_sim/machine/lanes_apart.h"
#include "src/isa/host_value.h"

namespace qiao::interp {

inline constexpr uint32_t kLanes = 32;

// Where addresses are offsets.
constexpr bool is_window(isa::StateSpace space) {
  return space == isa::StateSpace::Shared || space == isa::StateSpace::Local || space == isa::StateSpace::Param;
}

// Calls `action(lane)` for each lane of the mask, ascending; stops and gives false when one gives false.
template <class Action>
bool for_lanes(uint32_t lanes, Action action) {
  for (; lanes != 0; lanes &= lanes - 1) {
    if (!action(static_cast<uint32_t>(std::countr_zero(lanes)))) return false;
  }
  return true;
}

// Lanes that go on within a block: behind a barrier or a .sync operation, or waiting at one.
struct Place {
  uint32_t lanes = 0;
  uint32_t block = 0;
  uint32_t next = 0;
  const ptx::Instruction* inst = nullptr;  // the barrier or operation, just before `next`
  uint32_t result = 0;                     // of its reduction
};

struct Frame {
  uint32_t first_pending(uint32_t number) const;

  const FunctionCode* code = nullptr;
  Frame* caller = nullptr;
  const ptx::Instruction* call = nullptr;  // of the caller
  Place home;                              // where lanes that have not returned yet will go on in the caller
  uint32_t callees = 0;                    // frames that lanes of this one have called
  std::vector<uint64_t> registers;         // word * kLanes + lane
  std::vector<uint32_t> pending;           // lanes waiting for each block
  uint32_t active = 0;                     // lanes in the current block
  uint32_t block = 0;
  uint32_t next = 0;           // instruction
  std::vector<Place> resumed;  // lanes which go on within a block
  uint32_t returned = 0;
  uint32_t carry = 0;                    // CC.CF, bit per lane
  std::vector<std::byte> slots;          // .param variables: lane * slot_bytes + offset
  std::vector<uint64_t> seen_registers;  // at the last look at a loop, to tell waiting from working
  uint32_t seen_block = ~0u;
  uint32_t seen_again = 0;
  uint32_t seen_looks = 0;
  std::array<uint64_t, kLanes> local_base{};  // stacked .local variables: offset in the lane's frame
};

class Warp {
 public:
  Warp(const KernelProgram& program, const void* params, machine::BlockContext& block, uint32_t warp);
  void run();  // until every lane has exited, or the launch is being stopped

 private:
  using Instruction = ptx::Instruction;
  using Operand = ptx::Operand;

  // frames.cpp
  Frame& push_frame(const FunctionCode& code, uint32_t lanes, const Instruction* call, Frame* caller);
  void go_home(Frame& f);
  void pop_frame();
  bool waits(const Frame& f) const;
  bool can_run(const Frame& f) const;
  bool choose_frame(const Frame* without = nullptr);
  void give_turn();

  // control.cpp
  bool next_block();
  bool is_waiting(Frame& f, uint32_t block) const;
  static bool watches_memory(const Frame& f, uint32_t block);
  bool run_block();
  bool execute(const Instruction& inst, uint32_t lanes);
  bool branch(const Instruction& inst, uint32_t lanes);
  bool branch_index(const Instruction& inst, uint32_t lanes);

  // counts.cpp
  void count(const Instruction& inst, uint32_t lanes);
  void count_divergence(const Instruction& inst, uint32_t lanes, uint32_t slot);
  void touch(uint64_t address, uint32_t lane, bool is_store);
  void count_touched();
  void count_failed(uint32_t lane);

  // operands.cpp
  const Operand* operand(const Instruction& inst, std::string_view slot) const;
  uint32_t guarded(const Instruction& inst) const;
  uint64_t register_word(ptx::RegisterId id, uint32_t lane, uint32_t word = 0) const;
  isa::HostValue read(const Operand& op, unsigned bits, uint32_t lane);
  bool read_predicate(const Operand& op, uint32_t lane);
  uint32_t predicate_mask(const Operand& op, uint32_t lanes);
  void write_register(ptx::RegisterId id, uint32_t lane, isa::HostValue value, bool sign_extend);
  void write(const Operand& op, uint32_t lane, isa::HostValue value, bool sign_extend = false);
  isa::HostValue read_special(const Operand& op, uint32_t lane);
  uint64_t read_thread_position(isa::SpecialRegister special, unsigned component, uint32_t lane) const;

  // values.cpp
  bool execute_value(const Instruction& inst, uint32_t lanes);
  bool execute_move(const Instruction& inst, uint32_t lanes);
  bool execute_vector_move(const Instruction& inst, uint32_t lanes);
  bool execute_move_b128(const Instruction& inst, uint32_t lanes);
  using Wide = std::array<uint64_t, 2>;  // 128 bits, low word first
  Wide read_wide(const Operand& op, uint32_t lane);
  void write_wide(const Operand& op, uint32_t lane, Wide value);
  bool execute_convert_address(const Instruction& inst, uint32_t lanes);
  bool execute_alloca(const Instruction& inst, uint32_t lanes);

  // memory.cpp
  struct Window {
    uint64_t base = 0;
    uint64_t bytes = 0;
  };
  Window window_of(isa::StateSpace space, uint32_t lane) const;
  std::optional<uint64_t> symbol_address(const Operand& op, uint32_t lane);
  void* slot_of(const Operand& op, uint32_t lane);
  std::byte* place_of(const Operand& op, isa::StateSpace space, uint64_t bytes, uint32_t lane);
  std::byte* access(const Operand& op, isa::StateSpace space, uint64_t bytes, uint32_t lane);
  std::byte* access_slot(uint64_t address, uint64_t bytes, uint32_t lane);
  bool execute_load(const Instruction& inst, uint32_t lanes);
  bool execute_store(const Instruction& inst, uint32_t lanes);
  bool execute_async_copy(const Instruction& inst, uint32_t lanes);
  bool execute_bulk_store(const Instruction& inst, uint32_t lanes);
  bool execute_policy(const Instruction& inst, uint32_t lanes);
  bool execute_is_space(const Instruction& inst, uint32_t lanes);
  bool execute_is_type(const Instruction& inst, uint32_t lanes);
  bool inside_variables(uint64_t address, const std::function<bool(const ptx::Variable&)>& wanted) const;

  // images.cpp
  bool read_image(const Operand& op, uint32_t lane, uint64_t& value);
  template <size_t N>
  std::array<uint32_t, N> read_tuple(const Operand* tuple, uint32_t lane);
  void write_words(const Operand& d, unsigned bits, unsigned part, const std::array<uint64_t, 2>& words, uint32_t lane);
  bool execute_texture(const Instruction& inst, uint32_t lanes);
  bool execute_image_query(const Instruction& inst, uint32_t lanes);
  bool execute_surface(const Instruction& inst, uint32_t lanes);
  bool fail_image(const char* why, uint32_t lane);

  // atomics.cpp
  bool execute_atomic(const Instruction& inst, uint32_t lanes);
  bool execute_wide_atomic(const Instruction& inst, uint32_t lanes);  // in memory.cpp

  // barriers.cpp
  struct AtBarrier {  // lanes that wait for the others of the warp
    Frame* frame = nullptr;
    Place place;
    uint32_t id = 0;
    uint32_t count = 0;
    uint32_t predicates = 0;
  };
  uint32_t live_lanes() const;
  bool execute_barrier(const Instruction& inst, uint32_t lanes);
  bool meet_at_barrier();
  bool pass_barrier(const std::vector<AtBarrier>& met);
  void resume();

  // meetings.cpp
  struct Apart {  // lanes that wait at a .sync operation for others which they name
    Frame* frame = nullptr;
    Place place;
  };
  bool synchronize(const Instruction& inst, uint32_t lanes);
  bool meet(Apart last);
  bool meet_apart();
  bool break_free();
  bool meets(const Apart& a, const Apart& b);
  bool note_done(const Apart& at);
  uint32_t named_at(const Apart& at);
  bool anybody_comes(const Apart& at, uint32_t ready);
  bool comes_in(const Frame& f, uint32_t absent, uint32_t pass, const std::vector<bool>& waiting,
                const Instruction& wanted) const;
  std::vector<bool> ahead(const Frame& f, const Place& place, uint32_t pass) const;
  std::vector<bool> walk(const Frame& f, const Place& place, uint32_t pass, const std::vector<bool>* known) const;
  uint32_t may_execute(const Frame& f, const Instruction& inst, uint32_t lanes, const std::vector<bool>* known) const;
  bool has_operation(const FunctionCode* function, const Instruction& wanted,
                     std::vector<const FunctionCode*>& seen) const;
  const FunctionCode* callee_of(const Instruction& inst) const;

  // exchange.cpp
  bool exchange(const Instruction& inst, uint32_t lanes);
  const Operand* own_or_none(const Instruction& inst, std::string_view slot, uint32_t lane) const;
  const Operand& own(const Instruction& inst, std::string_view slot, uint32_t lane) const {
    return *own_or_none(inst, slot, lane);
  }
  bool execute_shuffle(const Instruction& inst, uint32_t lanes);
  bool execute_vote(const Instruction& inst, uint32_t lanes);
  bool execute_match(const Instruction& inst, uint32_t lanes);
  bool execute_redux(const Instruction& inst, uint32_t lanes);
  bool execute_elect(const Instruction& inst, uint32_t lanes);
  bool match(const Instruction& inst, uint32_t lanes, uint32_t together);
  bool reduce(const Instruction& inst, uint32_t lanes, uint32_t together);
  uint32_t members(const Instruction& inst, std::string_view slot, uint32_t lanes, uint32_t lane);
  template <class Action>
  bool for_groups(const Instruction& inst, std::string_view slot, uint32_t lanes, Action action);

  // calls.cpp
  bool execute_call(const Instruction& inst, uint32_t lanes);
  bool call_indirect(const Instruction& inst, const Operand& target, uint32_t lanes);
  bool call_function(const Instruction& inst, uint32_t function_index, uint32_t lanes);
  bool call_system(const Instruction& inst, const std::string& name, uint32_t lanes);
  bool call_printf(const std::vector<uint64_t>& arguments, uint32_t lane, uint64_t& result);
  bool call_assertfail(const std::vector<uint64_t>& arguments, uint32_t lane);
  bool pass_arguments(const Instruction& inst, Frame& caller, Frame& callee, uint32_t lanes);
  void copy_argument(Frame& caller, const Operand& op, std::byte* to, uint64_t bytes, uint32_t lane);
  void store_result(Frame& caller, const Operand& op, const std::byte* from, uint64_t bytes, uint32_t lane);
  void pass_results(const Frame& callee, uint32_t lanes);

  bool fail(Code code, std::string what, uint32_t lane = ~0u);  // raises the fault; false
  uint32_t site() const;                                        // of the instruction being executed
  std::array<uint32_t, 3> thread_of(uint32_t lane) const;

  Frame& frame() { return *current_; }
  const Frame& frame() const { return *current_; }
  // Where the lane's registers are: in an exchange, lanes may be in different frames.
  Frame& frame_of(uint32_t lane) { return met_frame_[lane] == nullptr ? *current_ : *met_frame_[lane]; }
  const Frame& frame_of(uint32_t lane) const { return met_frame_[lane] == nullptr ? *current_ : *met_frame_[lane]; }
  const ptx::Module& module() const { return *program_.image.module; }

  const KernelProgram& program_;
  const void* params_;
  machine::BlockContext& block_;
  uint32_t warp_;
  uint32_t threads_ = 0;  // lanes that have one
  uint32_t exited_ = 0;
  uint32_t back_edges_ = 0;
  std::array<uint64_t, kLanes> local_top_{};  // of the stacked .local variables
  std::vector<AtBarrier> at_barrier_;
  std::vector<Apart> apart_;
  machine::LanesApart done_apart_;
  std::vector<const Instruction*> operations_;    // one of each that was done, to number them
  std::array<const Instruction*, kLanes> met_{};  // during an exchange of lanes at different instructions
  std::array<Frame*, kLanes> met_frame_{};        // and in different frames
  struct Touched {  // by the instruction being executed, if accesses to memory are counted
    const machine::CountedInstruction* row = nullptr;
    std::array<uint64_t, kLanes> addresses{};
    std::array<uint64_t, kLanes> stored{};  // cp.async has two
    uint32_t lanes = 0;
    uint32_t stored_lanes = 0;
    uint32_t failed = 0;  // compare-and-swaps
  };
  Touched touched_;
  std::vector<std::unique_ptr<Frame>> frames_;  // callees behind their callers
  Frame* current_ = nullptr;
};

}  // namespace qiao::interp
