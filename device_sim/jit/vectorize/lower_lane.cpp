// Lane mode's lowering: positions come from the LaneContext, operations between lanes are meeting points of fibers.
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/pipelines.h"
#include "device_sim/jit/vectorize/vectorize.h"
#include "device_sim/jit/vectorize/waiting.h"
#include "device_sim/machine/block_context.h"
#include "device_sim/machine/lane_context.h"

namespace qiao::jit {
namespace {

using namespace llvm;
using machine::BlockContext;
using machine::LaneContext;

class LaneLowering {
 public:
  explicit LaneLowering(Function& function) : function_(function), b_(function.getContext()) {
    // Kernels: (params, block, lane); device functions: (block, lane, ...).
    const unsigned first = function.getName().ends_with(".lane") ? 1 : 0;
    block_ = function.getArg(first);
    lane_ = function.getArg(first + 1);
  }

  void run() {
    prepare_lane_code(function_);
    insert_yields();
    SmallVector<std::pair<CallBase*, Intrinsic>, 32> calls;
    for (Instruction& instruction : instructions(function_)) {
      if (auto id = intrinsic_of(instruction)) {
        calls.emplace_back(cast<CallBase>(&instruction), *id);
      }
    }
    for (auto [call, id] : calls) {
      b_.SetInsertPoint(call);
      if (Value* result = lower(*call, id)) {
        call->replaceAllUsesWith(result);
      }
      call->eraseFromParent();
    }
  }

 private:
  Value* load(Value* base, Type* type, uint64_t offset) {
    LoadInst* load = b_.CreateLoad(type, b_.CreateConstInBoundsGEP1_64(b_.getInt8Ty(), base, offset));
    load->setMetadata(LLVMContext::MD_invariant_load, MDNode::get(function_.getContext(), {}));
    return load;
  }
  Value* lane_word(uint64_t offset) { return load(lane_, b_.getInt32Ty(), offset); }
  Value* block_word(uint64_t offset) { return load(block_, b_.getInt32Ty(), offset); }
  Value* block_long(uint64_t offset) { return load(block_, b_.getInt64Ty(), offset); }

  Value* position(Intrinsic id) {
    auto dimension = [id](Intrinsic first) { return 4 * (static_cast<uint64_t>(id) - static_cast<uint64_t>(first)); };
    switch (id) {
      case Intrinsic::TidX:
      case Intrinsic::TidY:
      case Intrinsic::TidZ:
        return lane_word(offsetof(LaneContext, tid) + dimension(Intrinsic::TidX));
      case Intrinsic::LaneId:
        return lane_word(offsetof(LaneContext, laneid));
      case Intrinsic::WarpId:
        return lane_word(offsetof(LaneContext, warp));
      case Intrinsic::NtidX:
      case Intrinsic::NtidY:
      case Intrinsic::NtidZ:
        return block_word(offsetof(BlockContext, ntid) + dimension(Intrinsic::NtidX));
      case Intrinsic::CtaidX:
      case Intrinsic::CtaidY:
      case Intrinsic::CtaidZ:
        return block_word(offsetof(BlockContext, ctaid) + dimension(Intrinsic::CtaidX));
      case Intrinsic::NctaidX:
      case Intrinsic::NctaidY:
      case Intrinsic::NctaidZ:
        return block_word(offsetof(BlockContext, nctaid) + dimension(Intrinsic::NctaidX));
      case Intrinsic::Shared:
        return block_long(offsetof(BlockContext, shared));
      case Intrinsic::SharedSize:
        return block_long(offsetof(BlockContext, shared_bytes));
      case Intrinsic::DynamicSharedSize:
        return block_long(offsetof(BlockContext, dynamic_shared_bytes));
      case Intrinsic::Local:
        return load(lane_, b_.getInt64Ty(), offsetof(LaneContext, local));
      case Intrinsic::LocalSize:
        return block_long(offsetof(BlockContext, local_stride));
      case Intrinsic::Arena:
        return block_long(offsetof(BlockContext, arena));
      default:
        return block_long(offsetof(BlockContext, arena_bytes));
    }
  }

  Value* checked(CallBase& call) {
    Value* base = call.getArgOperand(0);
    Value* offset = call.getArgOperand(1);
    Value* log2size = b_.CreateZExt(call.getArgOperand(3), b_.getInt64Ty());
    Value* rotated = b_.CreateIntrinsic(llvm::Intrinsic::fshr, {offset->getType()}, {offset, offset, log2size});
    Value* good = b_.CreateICmpULT(rotated, b_.CreateLShr(call.getArgOperand(2), log2size));
    Value* address = b_.CreateAdd(base, offset);
    Instruction* bad = SplitBlockAndInsertIfThen(b_.CreateNot(good), call.getIterator(), false,
                                                 MDBuilder(call.getContext()).createBranchWeights(1, 1 << 20));
    FunctionCallee report = module().getOrInsertFunction("qiao_rt_bad_access", b_.getVoidTy(), b_.getPtrTy(),
                                                         b_.getInt64Ty(), b_.getInt32Ty());
    IRBuilder<>(bad).CreateCall(report, {block_, address, call.getArgOperand(4)});
    b_.SetInsertPoint(&call);
    return b_.CreateIntToPtr(address, b_.getPtrTy());
  }

  // qiao.shfl.idx -> qiao_rt_lane_shfl_idx(block, lane, ...); i1 travels as u32, {i32, i1} as u64.
  Value* meeting(CallBase& call, Intrinsic id) {
    std::string name = "qiao_rt_lane_" + std::string(row_of(id).name.substr(5));
    std::replace(name.begin(), name.end(), '.', '_');
    SmallVector<Value*, 6> arguments{block_, lane_};
    SmallVector<Type*, 6> types{b_.getPtrTy(), b_.getPtrTy()};
    for (Value* argument : call.args()) {
      arguments.push_back(argument->getType()->isIntegerTy(1) ? b_.CreateZExt(argument, b_.getInt32Ty()) : argument);
      types.push_back(arguments.back()->getType());
    }
    const char result = row_of(id).signature[0];
    Type* type = result == 'v' ? b_.getVoidTy() : result == 's' ? b_.getInt64Ty() : b_.getInt32Ty();
    FunctionCallee callee = module().getOrInsertFunction(name, FunctionType::get(type, types, false));
    Value* made = b_.CreateCall(callee, arguments);
    if (result == 'b') {
      return b_.CreateICmpNE(made, b_.getInt32(0));
    }
    if (result == 's') {
      Value* pair = PoisonValue::get(call.getType());
      pair = b_.CreateInsertValue(pair, b_.CreateTrunc(made, b_.getInt32Ty()), 0);
      return b_.CreateInsertValue(pair, b_.CreateTrunc(b_.CreateLShr(made, 32), b_.getInt1Ty()), 1);
    }
    return result == 'v' ? nullptr : made;
  }

  Value* count_slot(CallBase& call, uint64_t further) {
    Value* counts = load(block_, b_.getPtrTy(), offsetof(BlockContext, counts));
    const uint64_t slot = cast<ConstantInt>(call.getArgOperand(0))->getZExtValue() + further;
    return b_.CreateConstInBoundsGEP1_64(b_.getInt64Ty(), counts, slot);
  }

  void add(Value* address, Value* amount) {
    b_.CreateStore(b_.CreateAdd(b_.CreateLoad(b_.getInt64Ty(), address), amount), address);
  }

  // Lanes run apart: only lanes are counted; what warps do does not exist.
  void count(CallBase& call, Intrinsic id) {
    if (id == Intrinsic::CountBlock) {
      add(count_slot(call, 1), b_.getInt64(1));
    } else if (id == Intrinsic::CountLanes) {
      add(count_slot(call, 0), b_.CreateZExt(call.getArgOperand(1), b_.getInt64Ty()));
    } else if (id == Intrinsic::CountAccess) {
      Value* address = b_.CreatePtrToInt(call.getArgOperand(2), b_.getInt64Ty());
      FunctionCallee callee = module().getOrInsertFunction("qiao_rt_count_lane", b_.getVoidTy(), b_.getPtrTy(),
                                                           b_.getPtrTy(), b_.getInt32Ty(), b_.getInt64Ty());
      b_.CreateCall(callee, {block_, count_slot(call, 0), call.getArgOperand(1), address});
    }
  }

  Value* lower(CallBase& call, Intrinsic id) {
    switch (row_of(id).kind) {
      case IntrinsicKind::Position:
        return position(id);
      case IntrinsicKind::Check:
        return checked(call);
      case IntrinsicKind::Marker:
        count(call, id);
        return nullptr;
      default:
        return meeting(call, id);
    }
  }

  void insert_yields() {
    DominatorTree dominators(function_);
    LoopInfo loops(dominators);
    for (Loop* loop : loops.getLoopsInPreorder()) {
      if (loop->getLoopLatch() && waits_on_memory(*loop, dominators)) {
        b_.SetInsertPoint(loop->getLoopLatch()->getTerminator());
        b_.CreateCall(module().getOrInsertFunction("qiao_rt_lane_yield", b_.getVoidTy(), b_.getPtrTy(), b_.getPtrTy()),
                      {block_, lane_});
      }
    }
  }

  Module& module() { return *function_.getParent(); }

  Function& function_;
  IRBuilder<> b_;
  Value* block_;
  Value* lane_;
};

}  // namespace

void lower_lane_code(Module& module) {
  SmallVector<Function*, 8> functions;
  for (Function& function : module) {
    const unsigned contexts = function.getName().ends_with(".lane") ? 3 : 2;
    if (!function.isDeclaration() && function.arg_size() >= contexts) {
      functions.push_back(&function);
    }
  }
  for (Function* function : functions) {
    LaneLowering(*function).run();
  }
}

}  // namespace qiao::jit
