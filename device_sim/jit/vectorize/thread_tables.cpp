// Evaluates position arithmetic thread by thread (see the header). Flags such as nsw need no look: where they are
// broken the value is poison, which no thread that uses it has.
#include "device_sim/jit/vectorize/thread_tables.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/InstrTypes.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

#include <bit>

#include "device_sim/jit/intrinsics.h"

namespace qiao::jit {
namespace {

using namespace llvm;

constexpr unsigned kDeepest = 24;
constexpr size_t kMostTables = 256;

std::optional<APInt> fold(unsigned opcode, const APInt& a, const APInt& b) {
  const bool shifts_out = b.uge(a.getBitWidth());
  const bool overflows = b.isZero() || (a.isMinSignedValue() && b.isAllOnes());
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
      return shifts_out ? std::nullopt : std::optional(a.shl(b));
    case Instruction::LShr:
      return shifts_out ? std::nullopt : std::optional(a.lshr(b));
    case Instruction::AShr:
      return shifts_out ? std::nullopt : std::optional(a.ashr(b));
    case Instruction::UDiv:
      return b.isZero() ? std::nullopt : std::optional(a.udiv(b));
    case Instruction::URem:
      return b.isZero() ? std::nullopt : std::optional(a.urem(b));
    case Instruction::SDiv:
      return overflows ? std::nullopt : std::optional(a.sdiv(b));
    case Instruction::SRem:
      return overflows ? std::nullopt : std::optional(a.srem(b));
    default:
      return std::nullopt;
  }
}

// `instruction` on the values of one thread.
std::optional<APInt> fold(const Instruction& instruction, ArrayRef<APInt> operands) {
  const unsigned width = instruction.getType()->getIntegerBitWidth();
  if (isa<BinaryOperator>(instruction)) {
    return fold(instruction.getOpcode(), operands[0], operands[1]);
  }
  if (const auto* compare = dyn_cast<ICmpInst>(&instruction)) {
    return APInt(1, ICmpInst::compare(operands[0], operands[1], compare->getPredicate()));
  }
  if (isa<SelectInst>(instruction)) {
    return operands[0].isZero() ? operands[2] : operands[1];
  }
  switch (instruction.getOpcode()) {
    case Instruction::Trunc:
    case Instruction::ZExt:
      return operands[0].zextOrTrunc(width);
    case Instruction::SExt:
      return operands[0].sext(width);
    default:
      return std::nullopt;
  }
}

std::optional<PerWarp> short_form(ArrayRef<uint64_t> warps) {
  PerWarp result;
  result.first = warps[0];
  result.step = warps.size() > 1 ? warps[1] - warps[0] : 0;
  uint64_t most = 0;
  bool stepping = true;
  for (size_t warp = 0; warp < warps.size(); ++warp) {
    stepping &= warps[warp] == result.first + warp * result.step;
    most = std::max(most, warps[warp]);
  }
  if (stepping) {
    return result;
  }
  result.bits = static_cast<unsigned>(std::bit_width(most));
  if (result.bits * warps.size() > result.packed.getBitWidth()) {
    return std::nullopt;
  }
  for (size_t warp = 0; warp < warps.size(); ++warp) {
    result.packed |= APInt(128, warps[warp]).shl(warp * result.bits);
  }
  return result;
}

bool is_small_integer(const Type* type) {
  return type->isIntegerTy() && type->getIntegerBitWidth() <= 64;
}

}  // namespace

std::optional<PerWarp> ThreadTables::per_warp(const Value& value) {
  const Table* all = block_.generic() ? nullptr : table(value, 0);
  if (!all) {
    return std::nullopt;
  }
  Table warps;
  for (size_t thread = 0; thread < all->size(); ++thread) {
    if (thread % kLanes == 0) {
      warps.push_back((*all)[thread]);
    } else if ((*all)[thread] != warps.back()) {
      return std::nullopt;
    }
  }
  return short_form(warps);
}

const ThreadTables::Table* ThreadTables::table(const Value& value, unsigned depth) {
  if (auto found = tables_.find(&value); found != tables_.end()) {
    return found->second.get();
  }
  std::unique_ptr<Table> made;
  if (depth < kDeepest && tables_.size() < kMostTables && is_small_integer(value.getType())) {
    if (auto computed = compute(value, depth)) {
      made = std::make_unique<Table>(std::move(*computed));
    }
  }
  return (tables_[&value] = std::move(made)).get();
}

std::optional<ThreadTables::Table> ThreadTables::position(unsigned dimension) const {
  Table result(block_.threads());
  for (uint32_t thread = 0; thread < result.size(); ++thread) {
    const uint32_t coordinates[3] = {thread % block_.x, thread / block_.x % block_.y, thread / block_.x / block_.y};
    result[thread] = coordinates[dimension];
  }
  return result;
}

std::optional<ThreadTables::Table> ThreadTables::compute(const Value& value, unsigned depth) {
  if (const auto* constant = dyn_cast<ConstantInt>(&value)) {
    return Table(block_.threads(), constant->getZExtValue());
  }
  if (auto id = intrinsic_of(value)) {
    if (*id >= Intrinsic::TidX && *id <= Intrinsic::TidZ) {
      return position(static_cast<unsigned>(*id) - static_cast<unsigned>(Intrinsic::TidX));
    }
    if (*id != Intrinsic::LaneId && *id != Intrinsic::WarpId) {
      return std::nullopt;
    }
    Table result(block_.threads());
    for (uint32_t thread = 0; thread < result.size(); ++thread) {
      result[thread] = *id == Intrinsic::LaneId ? thread % kLanes : thread / kLanes;
    }
    return result;
  }
  const auto* instruction = dyn_cast<Instruction>(&value);
  if (!instruction || !isa<BinaryOperator, ICmpInst, SelectInst, TruncInst, ZExtInst, SExtInst>(*instruction)) {
    return std::nullopt;
  }
  SmallVector<std::pair<const Table*, unsigned>, 3> operands;
  for (const Value* operand : instruction->operands()) {
    const Table* known = table(*operand, depth + 1);
    if (!known) {
      return std::nullopt;
    }
    operands.emplace_back(known, operand->getType()->getIntegerBitWidth());
  }
  Table result(block_.threads());
  SmallVector<APInt, 3> values(operands.size());
  for (uint32_t thread = 0; thread < result.size(); ++thread) {
    for (size_t index = 0; index < operands.size(); ++index) {
      values[index] = APInt(operands[index].second, (*operands[index].first)[thread]);
    }
    auto folded = fold(*instruction, values);
    if (!folded) {
      return std::nullopt;
    }
    result[thread] = folded->getZExtValue();
  }
  return result;
}

}  // namespace qiao::jit
