// The reference interpreter (see the header).
#include "tests/unit/device_sim/jit/vectorize/reference.h"

#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/GetElementPtrTypeIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/Utils/LoopSimplify.h>

#include <bit>
#include <cstring>
#include <map>
#include <set>
#include <stdexcept>

#include "device_sim/jit/intrinsics.h"
#include "device_sim/jit/vectorize/region_tree.h"
#include "tests/unit/device_sim/jit/vectorize/harness.h"

namespace qiao::test {
namespace {

using namespace llvm;
using jit::kLanes;

struct Cell {
  uint64_t value = 0;
  bool second = false;  // the i1 of {i32, i1}
};
using Lane = std::map<const Value*, Cell>;

uint64_t low(uint64_t value, unsigned bits) {
  return bits >= 64 ? value : value & ((uint64_t{1} << bits) - 1);
}

unsigned bits_of(const Type* type) {
  return type->isPointerTy() ? 64 : type->getIntegerBitWidth();
}

std::vector<BasicBlock*> mirrored_order(Function& function) {
  std::vector<BasicBlock*> order;
  std::set<BasicBlock*> seen;
  std::function<void(BasicBlock*)> visit = [&](BasicBlock* block) {
    std::vector<BasicBlock*> next(succ_begin(block), succ_end(block));
    for (BasicBlock* to : reverse(next)) {
      if (seen.insert(to).second) {
        visit(to);
      }
    }
    order.push_back(block);
  };
  seen.insert(&function.getEntryBlock());
  visit(&function.getEntryBlock());
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<BasicBlock*> contiguous_order(Function& function, LoopInfo& loops, bool mirrored) {
  ReversePostOrderTraversal<Function*> forward(&function);
  const std::vector<BasicBlock*> plain =
      mirrored ? mirrored_order(function) : std::vector<BasicBlock*>(forward.begin(), forward.end());
  std::vector<BasicBlock*> result;
  std::set<BasicBlock*> done;
  std::function<void(Loop*)> walk = [&](Loop* region) {
    for (BasicBlock* block : plain) {
      if ((region && !region->contains(block)) || done.count(block)) {
        continue;
      }
      Loop* loop = loops.getLoopFor(block);
      if (loop != region) {
        while (loop->getParentLoop() != region) {
          loop = loop->getParentLoop();
        }
        walk(loop);
      } else {
        done.insert(block);
        result.push_back(block);
      }
    }
  };
  walk(nullptr);
  return result;
}

// As warp code is laid out: a branch's sides, then where they meet, then what follows a loop.
void tree_order(const jit::RegionNode& node, std::vector<BasicBlock*>& result) {
  result.push_back(node.block);
  const bool forks = node.block->getTerminator()->getNumSuccessors() > 1;
  for (const bool sides : {true, false}) {
    for (jit::RegionNode* child : node.inside) {
      if ((forks && child->side) == sides) {
        tree_order(*child, result);
      }
    }
  }
  for (jit::RegionNode* child : node.after) {
    tree_order(*child, result);
  }
}

// No edge but a loop's own back edge may lead backwards.
void check_order(const std::vector<BasicBlock*>& order, const LoopInfo& loops) {
  std::map<const BasicBlock*, size_t> place;
  for (const BasicBlock* block : order) {
    place.emplace(block, place.size());
  }
  for (const BasicBlock* block : order) {
    for (const BasicBlock* to : successors(block)) {
      const Loop* loop = loops.getLoopFor(to);
      const bool back = loop && loop->getHeader() == to && loop->contains(block);
      if (place.at(to) <= place.at(block) && !back) {
        throw std::runtime_error("reference: an edge leads backwards");
      }
    }
  }
}

uint64_t builtin(const IntrinsicInst& call, uint64_t a, uint64_t b, unsigned bits) {
  const int64_t sa = SignExtend64(a, bits), sb = SignExtend64(b, bits);
  switch (call.getIntrinsicID()) {
    case Intrinsic::umin:
      return std::min(a, b);
    case Intrinsic::umax:
      return std::max(a, b);
    case Intrinsic::smin:
      return static_cast<uint64_t>(std::min(sa, sb));
    case Intrinsic::smax:
      return static_cast<uint64_t>(std::max(sa, sb));
    case Intrinsic::usub_sat:
      return a > b ? a - b : 0;
    case Intrinsic::abs:
      return static_cast<uint64_t>(sa < 0 ? -sa : sa);
    default:
      throw std::runtime_error("reference: unknown call " + call.getCalledFunction()->getName().str());
  }
}

}  // namespace

struct Reference::State {
  LLVMContext context;
  std::unique_ptr<Module> module;
  Function* lane = nullptr;
  std::vector<BasicBlock*> order;
  std::vector<std::unique_ptr<uint64_t[]>> frames;

  jit::BlockShape shape;
  uint32_t blocks = 0, block = 0, warp = 0;
  const void* params = nullptr;
  std::array<Lane, kLanes> lanes;
  std::array<const BasicBlock*, kLanes> from{};

  Cell get(unsigned lane_number, const Value* value) {
    if (const auto* constant = dyn_cast<ConstantInt>(value)) {
      return {constant->getZExtValue()};
    }
    return isa<Constant>(value) ? Cell{} : lanes[lane_number].at(value);
  }
  uint64_t number(unsigned lane_number, const Value* value) { return get(lane_number, value).value; }

  uint32_t thread(unsigned lane_number) const { return warp * kLanes + lane_number; }
  uint64_t position(jit::Intrinsic id, unsigned lane_number) {
    using jit::Intrinsic;
    switch (id) {
      case Intrinsic::TidX:
        return thread(lane_number) % shape.x;
      case Intrinsic::TidY:
        return thread(lane_number) / shape.x % shape.y;
      case Intrinsic::TidZ:
        return thread(lane_number) / shape.x / shape.y;
      case Intrinsic::NtidX:
        return shape.x;
      case Intrinsic::NtidY:
        return shape.y;
      case Intrinsic::NtidZ:
        return shape.z;
      case Intrinsic::CtaidX:
        return block;
      case Intrinsic::LaneId:
        return lane_number;
      default:
        throw std::runtime_error("reference: unknown position");
    }
  }

  void warp_call(const CallBase& call, jit::Intrinsic id, uint32_t active) {
    using jit::Intrinsic;
    std::array<Cell, kLanes> results{};
    auto argument = [&](unsigned lane_number, unsigned index) {
      return number(lane_number, call.getArgOperand(index));
    };
    auto each = [&](auto body) {
      for (unsigned lane_number = 0; lane_number < kLanes; ++lane_number) {
        if (active >> lane_number & 1) {
          body(lane_number);
        }
      }
    };
    each([&](unsigned me) {
      Cell& result = results[me];
      const auto members = static_cast<uint32_t>(call.arg_size() ? argument(me, 0) : 0);
      int32_t most = INT32_MIN;
      switch (id) {
        case Intrinsic::ActiveMask:
          result.value = active;
          break;
        case Intrinsic::Ballot:
          each([&](unsigned other) { result.value |= argument(other, 1) << other; });
          result.value &= members;
          break;
        case Intrinsic::ReduxAdd:
          each([&](unsigned other) { result.value = low(result.value + argument(other, 1), 32); });
          break;
        case Intrinsic::ReduxSmax:
          each([&](unsigned other) { most = std::max(most, static_cast<int32_t>(argument(other, 1))); });
          result.value = static_cast<uint32_t>(most);
          break;
        case Intrinsic::MatchAnyI32:
          each([&](unsigned other) { result.value |= uint64_t{argument(other, 1) == argument(me, 1)} << other; });
          break;
        case Intrinsic::ShflIdx:
        case Intrinsic::ShflBfly: {
          const unsigned source = (argument(me, 2) ^ (id == Intrinsic::ShflBfly ? me : 0)) & 31;
          result = {active >> source & 1 ? argument(source, 1) : 0, true};
          break;
        }
        default:
          throw std::runtime_error("reference: unknown warp operation");
      }
    });
    each([&](unsigned me) { lanes[me][&call] = results[me]; });
  }

  uint64_t binary(unsigned opcode, uint64_t a, uint64_t b, unsigned bits) {
    const int64_t sa = SignExtend64(a, bits), sb = SignExtend64(b, bits);
    switch (opcode) {
      case Instruction::Add:
        return a + b;
      case Instruction::Sub:
        return a - b;
      case Instruction::Mul:
        return a * b;
      case Instruction::And:
        return a & b;
      case Instruction::Or:
        return a | b;
      case Instruction::Xor:
        return a ^ b;
      case Instruction::Shl:
        return a << b;
      case Instruction::LShr:
        return a >> b;
      case Instruction::AShr:
        return static_cast<uint64_t>(sa >> b);
      case Instruction::UDiv:
        return a / b;
      case Instruction::URem:
        return a % b;
      case Instruction::SDiv:
        return static_cast<uint64_t>(sa / sb);
      case Instruction::SRem:
        return static_cast<uint64_t>(sa % sb);
      default:
        throw std::runtime_error("reference: unknown operation");
    }
  }

  static bool compare(CmpInst::Predicate predicate, uint64_t a, uint64_t b, unsigned bits) {
    return ICmpInst::compare(APInt(bits, a), APInt(bits, b), predicate);
  }

  void memory(unsigned me, Instruction& instruction) {
    if (auto* load = dyn_cast<LoadInst>(&instruction)) {
      uint64_t value = 0;
      std::memcpy(&value, reinterpret_cast<void*>(number(me, load->getPointerOperand())),
                  (bits_of(load->getType()) + 7) / 8);
      lanes[me][load] = {value};
    } else if (auto* store = dyn_cast<StoreInst>(&instruction)) {
      const uint64_t value = number(me, store->getValueOperand());
      std::memcpy(reinterpret_cast<void*>(number(me, store->getPointerOperand())), &value,
                  (bits_of(store->getValueOperand()->getType()) + 7) / 8);
    } else {
      auto* atomic = cast<AtomicRMWInst>(&instruction);
      auto* cell = reinterpret_cast<uint32_t*>(number(me, atomic->getPointerOperand()));
      const auto operand = static_cast<uint32_t>(number(me, atomic->getValOperand()));
      lanes[me][atomic] = {*cell};
      *cell = atomic->getOperation() == AtomicRMWInst::Add ? *cell + operand : std::max(*cell, operand);
    }
  }

  void lane_step(unsigned me, Instruction& instruction) {
    Lane& lane_values = lanes[me];
    if (auto* operation = dyn_cast<BinaryOperator>(&instruction)) {
      const unsigned bits = bits_of(operation->getType());
      lane_values[operation] = {low(binary(operation->getOpcode(), number(me, operation->getOperand(0)),
                                           number(me, operation->getOperand(1)), bits),
                                    bits)};
    } else if (auto* test = dyn_cast<ICmpInst>(&instruction)) {
      lane_values[test] = {compare(test->getPredicate(), number(me, test->getOperand(0)),
                                   number(me, test->getOperand(1)), bits_of(test->getOperand(0)->getType()))};
    } else if (auto* cast = dyn_cast<CastInst>(&instruction)) {
      uint64_t value = number(me, cast->getOperand(0));
      if (isa<SExtInst>(cast)) {
        value = static_cast<uint64_t>(SignExtend64(value, bits_of(cast->getSrcTy())));
      }
      lane_values[cast] = {low(value, bits_of(cast->getDestTy()))};
    } else if (auto* select = dyn_cast<SelectInst>(&instruction)) {
      lane_values[select] =
          get(me, number(me, select->getCondition()) ? select->getTrueValue() : select->getFalseValue());
    } else if (auto* gep = dyn_cast<GetElementPtrInst>(&instruction)) {
      const uint64_t size = module->getDataLayout().getTypeAllocSize(gep->getSourceElementType());
      const Value* index = gep->getOperand(1);
      const int64_t offset = SignExtend64(number(me, index), bits_of(index->getType()));
      lane_values[gep] = {number(me, gep->getPointerOperand()) + static_cast<uint64_t>(offset) * size};
    } else if (isa<FreezeInst>(instruction)) {
      lane_values[&instruction] = get(me, instruction.getOperand(0));
    } else if (auto* call = dyn_cast<IntrinsicInst>(&instruction)) {
      if (!call->getType()->isVoidTy()) {
        const unsigned bits = bits_of(call->getType());
        const uint64_t second = call->arg_size() > 1 ? number(me, call->getArgOperand(1)) : 0;
        lane_values[call] = {low(builtin(*call, number(me, call->getArgOperand(0)), second, bits), bits)};
      }
    } else if (auto* extract = dyn_cast<ExtractValueInst>(&instruction)) {
      const Cell pair = get(me, extract->getAggregateOperand());
      lane_values[extract] = {extract->getIndices()[0] ? pair.second : pair.value};
    } else if (isa<AllocaInst>(instruction)) {
      frames.push_back(std::make_unique<uint64_t[]>(1));
      lane_values[&instruction] = {reinterpret_cast<uint64_t>(frames.back().get())};
    } else {
      memory(me, instruction);
    }
  }

  void step(Instruction& instruction, uint32_t active) {
    const auto id = jit::intrinsic_of(instruction);
    if (id == jit::Intrinsic::CountBlock) {
      const uint64_t index = cast<ConstantInt>(cast<CallBase>(instruction).getArgOperand(0))->getZExtValue();
      machine().block_counts[index] += 1;
      machine().block_counts[index + 1] += std::popcount(active);
      return;
    }
    if (id == jit::Intrinsic::BarrierSync) {
      const auto first = static_cast<unsigned>(std::countr_zero(active));
      const auto number_of = static_cast<uint32_t>(number(first, cast<CallBase>(instruction).getArgOperand(0)));
      machine().barriers.push_back({block, warp, number_of, active});
      return;
    }
    if (id && jit::row_of(*id).kind == jit::IntrinsicKind::Warp) {
      warp_call(cast<CallBase>(instruction), *id, active);
      return;
    }
    for (unsigned me = 0; me < kLanes; ++me) {
      if (active >> me & 1) {
        if (id) {
          lanes[me][&instruction] = {position(*id, me)};
        } else {
          lane_step(me, instruction);
        }
      }
    }
  }

  const BasicBlock* next_block(unsigned me, const Instruction& terminator) {
    if (const auto* choice = dyn_cast<SwitchInst>(&terminator)) {
      auto* value =
          ConstantInt::get(cast<IntegerType>(choice->getCondition()->getType()), number(me, choice->getCondition()));
      return choice->findCaseValue(value)->getCaseSuccessor();
    }
    const auto* branch = dyn_cast<BranchInst>(&terminator);
    if (!branch) {
      return nullptr;
    }
    return branch->getSuccessor(branch->isConditional() && !number(me, branch->getCondition()) ? 1 : 0);
  }

  void enter_phis(BasicBlock& here, uint32_t active) {
    for (unsigned me = 0; me < kLanes; ++me) {
      std::vector<std::pair<const PHINode*, Cell>> values;
      for (PHINode& phi : here.phis()) {
        if (active >> me & 1) {
          values.emplace_back(&phi, get(me, phi.getIncomingValueForBlock(from[me])));
        }
      }
      for (auto& [phi, value] : values) {
        lanes[me][phi] = value;
      }
    }
  }

  void run_warp() {
    std::map<const BasicBlock*, uint32_t> pending;
    uint32_t present = 0;
    for (unsigned me = 0; me < kLanes; ++me) {
      lanes[me].clear();
      lanes[me][lane->getArg(0)] = {reinterpret_cast<uint64_t>(params)};
      present |= uint32_t{thread(me) < shape.threads()} << me;
    }
    pending[&lane->getEntryBlock()] = present;
    for (;;) {
      auto found = std::find_if(order.begin(), order.end(), [&](BasicBlock* at) { return pending[at] != 0; });
      if (found == order.end()) {
        return;
      }
      BasicBlock& here = **found;
      const uint32_t active = std::exchange(pending[&here], 0);
      enter_phis(here, active);
      for (Instruction& instruction : here) {
        if (!isa<PHINode>(instruction) && !instruction.isTerminator()) {
          step(instruction, active);
        }
      }
      for (unsigned me = 0; me < kLanes; ++me) {
        const BasicBlock* to = active >> me & 1 ? next_block(me, *here.getTerminator()) : nullptr;
        if (to) {
          from[me] = &here;
          pending[to] |= 1u << me;
        }
      }
    }
  }
};

Reference::Reference(const std::string& text, Order order) : state_(std::make_unique<State>()) {
  Module declarations("intrinsics", state_->context);
  for (const jit::IntrinsicRow& row : jit::kIntrinsics) {
    jit::declare(declarations, row.id);
  }
  std::string all;
  raw_string_ostream stream(all);
  if (order != Order::Widened) {
    declarations.print(stream, nullptr);
  }
  SMDiagnostic error;
  state_->module = parseAssemblyString(all + text, error, state_->context);
  if (!state_->module) {
    throw std::runtime_error("reference: " + error.getMessage().str());
  }
  state_->lane = state_->module->getFunction("k.lane");
  // One latch per loop: whoever continues waits there for the others.
  DominatorTree dominators(*state_->lane);
  LoopInfo loops(dominators);
  for (Loop* loop : loops.getLoopsInPreorder()) {
    simplifyLoop(loop, &dominators, &loops, nullptr, nullptr, nullptr, false);
  }
  if (order != Order::Widened) {
    state_->order = contiguous_order(*state_->lane, loops, order == Order::Mirrored);
  } else {
    jit::RegionTree tree(*state_->lane, dominators, loops, [](const BasicBlock&) { return false; });
    tree_order(tree.root(), state_->order);
  }
  check_order(state_->order, loops);
}

Reference::~Reference() = default;

void Reference::run(const jit::BlockShape& shape, uint32_t blocks, const void* params) {
  State& state = *state_;
  state.shape = shape;
  state.blocks = blocks;
  state.params = params;
  for (state.block = 0; state.block < blocks; ++state.block) {
    for (state.warp = 0; state.warp * kLanes < shape.threads(); ++state.warp) {
      state.run_warp();
    }
  }
}

}  // namespace qiao::test
