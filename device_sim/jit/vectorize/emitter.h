// The emitter of warp code, private to vectorize/. One class because all parts share the builder, the value map and the
// mask; its members live in one file per concern: control.cpp (masks, branches, loops), values.cpp (scalars and vectors
// of lane values), instructions.cpp (element-wise operations), memory.cpp, split_address.cpp, assumptions.cpp,
// serial.cpp (lane by lane), lane_loops.cpp (whole loops lane by lane), positions.cpp, warp_ops.cpp (shuffles, votes,
// barriers), absence.cpp (lanes named but not here), counts.cpp (markers of the counters).
#pragma once

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/MapVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

#include <functional>
#include <numeric>
#include <optional>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/region_tree.h"
#include "device_sim/jit/vectorize/shape.h"
#include "device_sim/jit/vectorize/watched_meetings.h"

namespace qiao::jit {

// Active lanes of a warp: `bits` is <32 x i1>, or null when all 32 are.
struct Mask {
  llvm::Value* bits = nullptr;
  bool all() const { return bits == nullptr; }
};

// Of each of the warps that run side by side.
struct Masks {
  std::array<Mask, kMostJam> warps;

  Mask& operator[](unsigned warp) { return warps[warp]; }
  const Mask& operator[](unsigned warp) const { return warps[warp]; }
  bool all() const {
    return llvm::all_of(warps, [](const Mask& mask) { return mask.all(); });
  }
};

class Emitter {
 public:
  Emitter(llvm::Function& lane, llvm::Function& warp, const BlockShape& shape, ShapeAnalysis& shapes, RegionTree& tree,
          const llvm::DominatorTree& dominators, Meetings watched, VectorizeReport& report);
  void run();

 private:
  using Value = llvm::Value;
  using Type = llvm::Type;
  using Instruction = llvm::Instruction;
  using BasicBlock = llvm::BasicBlock;
  using Values = llvm::SmallVector<llvm::Value*, 4>;

  // What a lane value became: a scalar per run (Group shapes), a vector, or both. The vector of a Group is made on
  // demand right after the scalars, so that it dominates every use; one per warp where the scalars have a step.
  struct Emitted {
    Values scalars;
    std::array<Value*, kMostJam> vectors{};
    BasicBlock* block = nullptr;
    Instruction* anchor = nullptr;
    Value* valid = nullptr;    // i1, of an extension that shapes rest on: it wraps in no lane
    bool from_signed = false;  // its scalars are sign-extended
  };
  // A lane value, and which of the warps that run side by side it belongs to: 0 unless it is irregular.
  template <typename T>
  using Place = std::pair<const T*, unsigned>;
  struct PhiSlots {
    llvm::SmallVector<llvm::AllocaInst*, 4> slots;  // one per run, or one vector
  };
  struct ActiveLoop {
    llvm::Loop* loop;
    BasicBlock* header;
    BasicBlock* end;
    bool diverges;
    bool yields;                  // may wait for other warps or blocks
    BasicBlock* whole = nullptr;  // while the copy for passes of all 32 lanes is emitted: its header
  };

  // values.cpp
  Type* vector_type(Type* type);
  unsigned turn_of(const Value& value) const { return shapes_.of(value).irregular ? turn_ : 0; }
  Emitted& emitted(const Value& value) { return values_[{&value, turn_of(value)}]; }
  Value*& vector_place(const Value& value) { return emitted(value).vectors[shapes_.of(value).step ? turn_ : 0]; }
  // Both: of the warp whose turn it is.
  Value* scalar(Value& value, unsigned lane = 0);
  Value* vector(Value& value);
  Value* splat(llvm::IRBuilder<>& builder, Value* value);
  Value* widen(llvm::IRBuilder<>& builder, const Shape& shape, Type* type, llvm::ArrayRef<Value*> scalars);
  Value* offset_scalar(llvm::IRBuilder<>& builder, Value* base, int64_t difference);
  Value* join_runs(llvm::IRBuilder<>& builder, llvm::ArrayRef<Value*> parts);
  Value* blend(Value* mask, Value* yes, Value* no);
  void define(Instruction& instruction, Values scalars);
  void define_vector(Instruction& instruction, Value* vector);
  void define_uniform_or_splat(Instruction& instruction, Value* scalar);
  Value* lane_constant(llvm::ArrayRef<int64_t> values, unsigned bits);
  llvm::AllocaInst* slot(Type* type, const llvm::Twine& name);
  llvm::AllocaInst* scratch(Type* type, unsigned index);

  // control.cpp
  void emit_tree(RegionNode& start, Masks masks);
  void emit_block(RegionNode& node, const Masks& masks);
  void emit_loop(RegionNode& node, Masks masks);
  void emit_whole_passes(RegionNode& node, const Masks& masks, ActiveLoop active);
  bool has_whole_passes(const llvm::Loop& loop);
  void emit_header(RegionNode& node, const Masks& masks, const ActiveLoop& active);
  void emit_terminator(RegionNode& node, const Masks& masks);
  void emit_branch(RegionNode& node, llvm::BranchInst& branch, const Masks& masks);
  void emit_divergent_branch(RegionNode& node, llvm::BranchInst& branch, const Masks& masks);
  void emit_edge(RegionNode& node, BasicBlock* target, const Masks& masks);
  void emit_guarded(RegionNode& node, const Masks& masks);
  void emit_versions(RegionNode& side, const Masks& masks, bool from_all);
  bool is_short(const RegionNode& node, unsigned& budget);
  bool jump_over(RegionNode& node, BasicBlock* target);
  void repeat_whole_pass(RegionNode& node, llvm::BranchInst& branch);
  void store_phis(RegionNode& from, RegionNode& to, const Masks& masks, bool blended);
  void store_phi(llvm::PHINode& phi, Value& incoming, Mask mask, bool blended);
  void load_phis(BasicBlock& block);
  void reset_slots(RegionNode& node);
  PhiSlots& slots_of(llvm::PHINode& phi);
  llvm::AllocaInst* mask_slot(BasicBlock* block);  // of the warp whose turn it is
  Masks load_masks(BasicBlock* block);
  void store_masks(const Masks& masks, BasicBlock* block);
  bool cheap(const RegionNode& node);
  BasicBlock* new_block(const llvm::Twine& name);
  Value* mask_bits(Mask mask);
  Value* mask_word(Mask mask);
  Value* any(Mask mask);
  Value* any(const Masks& masks);
  Value* whole(const Masks& masks);
  Mask together(const Masks& masks);
  Mask restrict(Mask mask, Value* condition, bool sense);
  Masks restrict(const Masks& masks, Value& condition, bool sense);
  // `body` once for each warp, with turn_ set.
  void each_warp(const std::function<void()>& body);
  // `body` once, or once for each warp if the value is irregular.
  void once_or_each(const Value& value, const std::function<void()>& body);
  // `body` for each mask whose lanes have the value: all warps together where it is the same, each its own otherwise.
  void each_own_mask(const Value& value, const Masks& masks, const std::function<void(Mask)>& body);
  // The numbers of the first and the last active lane (anything if there is none).
  struct ActiveSpan {
    Value *first, *last, *empty;
  };
  ActiveSpan active_span(Mask mask);
  // `body` runs when `condition` holds, in a cold block.
  void when(Value* condition, bool cold, const std::function<void()>& body);

  // instructions.cpp
  void emit(Instruction& instruction, const Masks& masks);
  void emit_once(Instruction& instruction, Mask mask);
  void emit_scalars(Instruction& instruction);
  void emit_call(llvm::CallBase& call, Mask mask);
  void emit_intrinsic(llvm::CallBase& call, Intrinsic id, Mask mask);
  void emit_llvm_intrinsic(llvm::IntrinsicInst& call, Mask mask);
  void emit_vector(Instruction& instruction, Mask mask);
  Value* emit_division(llvm::BinaryOperator& division, Mask mask);
  Value* emit_cast(llvm::CastInst& cast);
  Value* emit_gep(llvm::GetElementPtrInst& gep);
  Value* map_elements(Type* type, const std::function<Value*(llvm::ArrayRef<unsigned>)>& make);
  Value* element(Value* value, llvm::ArrayRef<unsigned> path);

  // memory.cpp
  void emit_load(llvm::LoadInst& load, Mask mask);
  void emit_store(llvm::StoreInst& store, Mask mask);
  void emit_checked(llvm::CallBase& call, const Masks& masks);
  void check_one(llvm::CallBase& call, const Masks& masks);
  void check_each(llvm::CallBase& call, Value* limit, Mask mask);
  void check_runs(llvm::CallBase& call, Value* limit, const Masks& masks);
  Value* any_bad(llvm::CallBase& call, Value* limit, const Masks& masks);
  Value* rotated(Value* offset, const llvm::CallBase& check);
  unsigned runs_for(const Shape& shape, uint64_t size);
  Value* load_runs(llvm::LoadInst& load, unsigned runs, Mask mask);
  void store_runs(llvm::StoreInst& store, unsigned runs, Mask mask);
  void store_last(llvm::StoreInst& store, Mask mask);
  Value* slow_load(llvm::LoadInst& load, Mask mask);
  void report_lanes(llvm::AllocaInst* offsets, llvm::CallBase& check, Mask mask);
  Value* pointers(Value& address);
  Value* gather(llvm::LoadInst& load, Mask mask);
  void scatter(llvm::StoreInst& store, Mask mask);
  Value* run_bits(Mask mask, unsigned run, unsigned runs);

  // split_address.cpp
  struct SplitAddress {
    Value* base;   // i64
    Value* index;  // a lane value, i32
    bool is_signed;
    uint64_t scale;  // 1, 2, 4 or 8
  };
  struct Misses {
    Value *lanes, *always;
  };
  struct Butterfly {
    Value *start, *order;  // of 32 elements in memory; lane to element
  };
  std::optional<SplitAddress> split_address(Value& address);
  Value* split_pointers(const SplitAddress& split);
  std::function<Value*(Value* lane)> split_reader(const SplitAddress& split, unsigned number);
  std::optional<Misses> split_misses(const SplitAddress& split, const llvm::CallBase& check, Value* limit);
  std::optional<Butterfly> butterfly(Value& address, Type* type);
  Value* butterfly_mask(const Butterfly& wings, Mask mask);
  Value* load_butterfly(llvm::LoadInst& load, const Butterfly& wings, Mask mask);
  void store_butterfly(llvm::StoreInst& store, const Butterfly& wings, Mask mask);

  // prefetch.cpp
  void prefetch_ahead(llvm::LoadInst& load, Value* address, uint64_t bytes);

  // assumptions.cpp
  void emit_extension(Instruction& extension, const Masks& masks);
  Value* does_not_wrap(Instruction& extension, bool is_signed);
  Value* idle_below_zero(Instruction& extension, const Masks& masks);
  // `fast` where the address's assumption holds (or there is none), else `slow`.
  Value* under_assumption(Value& address, const std::function<Value*()>& fast, const std::function<Value*()>& slow);
  void with_exact_lanes(Value& address, const std::function<void()>& body);
  llvm::AllocaInst* exact_lanes(Value& value);
  llvm::Constant* constant_table(llvm::Constant* data);
  llvm::Constant* lane_table(llvm::ArrayRef<int64_t> head, llvm::ArrayRef<int64_t> lanes);
  Value* correct(llvm::IRBuilder<>& builder, Value* promised, const Shape& shape);

  // serial.cpp
  using LaneBody = std::function<Values(Value* lane)>;
  // Runs `body` for each active lane in ascending order; what it returns per lane comes back as vectors.
  Values for_each_lane(Mask mask, llvm::ArrayRef<Type*> results, const LaneBody& body);
  std::function<Value*(Value* lane)> lane_reader(Value& value, unsigned number);
  void emit_serial(Instruction& instruction, Mask mask);
  void emit_warp_call(llvm::CallBase& call, const WarpCall& known, Mask mask);
  bool emit_all_atomics(llvm::AtomicRMWInst& atomic, Mask mask);
  bool emit_combined_atomic(llvm::AtomicRMWInst& atomic, Mask mask);
  Value* emit_atomic(llvm::AtomicRMWInst& atomic, Value* address, Value* operand);

  // lane_loops.cpp
  void emit_lane_loop(RegionNode& node, const Masks& masks);
  void check_lane(llvm::CallBase& call);

  // positions.cpp
  void emit_position(llvm::CallBase& call, Intrinsic id);
  void emit_per_warp(Instruction& instruction, const PerWarp& known);
  Value* load_context(Type* type, uint64_t offset, const llvm::Twine& name);
  // Of the warp whose turn it is: its number in the block, the linear index of its lane 0.
  Value* warp_number();
  Value* first_thread();
  Value* ntid(unsigned dimension);
  Masks entry_masks();
  Value* thread_position(unsigned dimension, Value* linear);

  // warp_ops.cpp
  void emit_warp_op(llvm::CallBase& call, Intrinsic id, Mask mask);
  void emit_shuffle(llvm::CallBase& call, Intrinsic id, Mask mask);
  void emit_match(llvm::CallBase& call, Intrinsic id, Mask mask);
  void emit_redux(llvm::CallBase& call, Intrinsic id, Mask mask);
  void emit_barrier(llvm::CallBase& call, Intrinsic id, Mask mask);
  Value* permute(Value* vector, Value* lanes);
  Value* ballot_word(Value& predicate, Mask mask);

  // counts.cpp
  void emit_marker(llvm::CallBase& call, Intrinsic id, Mask mask);
  void count_access(llvm::CallBase& call, Mask mask);
  void count_pattern(llvm::CallBase& call, Mask mask);
  llvm::Value* access_row(llvm::CallBase& call);
  llvm::Value* access_rows_of_runs(llvm::CallBase& call, llvm::Value* distance);
  void count_lanes(llvm::CallBase& call, Mask mask);
  Value* count_slot(const llvm::CallBase& call);
  void count_of_warp(Value* here, Value& instructions);
  void hand_in_warp_counts();
  void add_count(Value* place, Value* amount);
  void keep_counts_apart();
  Value* popcount(Mask mask);
  Value* differing_ways(llvm::CallBase& call, Intrinsic id, Mask mask);

  // absence.cpp
  void watch_meeting(llvm::CallBase& call, Intrinsic id, Mask mask);
  void watch_barrier(Intrinsic id, Mask mask);
  Value* apart();

  llvm::Function& lane_;
  llvm::Function& warp_;
  llvm::Module& module_;
  const llvm::DataLayout& layout_;
  BlockShape block_shape_;
  ShapeAnalysis& shapes_;
  RegionTree& tree_;
  const llvm::DominatorTree& dominators_;
  VectorizeReport& report_;
  llvm::IRBuilder<> b_;
  BasicBlock* entry_ = nullptr;  // slots and what every block may use
  unsigned jam_;
  unsigned turn_ = 0;  // which of the warps that run side by side instructions are emitted for
  llvm::DenseMap<Place<Value>, Emitted> values_;
  llvm::DenseMap<Place<llvm::PHINode>, PhiSlots> phi_slots_;
  llvm::DenseMap<Place<BasicBlock>, llvm::AllocaInst*> mask_slots_;
  llvm::SmallVector<llvm::AllocaInst*, 32> promotable_;
  llvm::DenseMap<std::pair<Type*, unsigned>, llvm::AllocaInst*> scratch_;
  llvm::SmallVector<ActiveLoop, 4> active_loops_;
  Type* mask_type_;
  Meetings watched_;
  llvm::SmallVector<Instruction*, 32> counting_;         // loads and stores of counters
  llvm::SmallVector<llvm::AllocaInst*, 4> warp_counts_;  // by turn: instructions of the warp
};

// The lanes that execute an extension all have the operand's sign extended: a zext of what is never negative too.
bool extends_signed(const llvm::Instruction& extension);

}  // namespace qiao::jit
