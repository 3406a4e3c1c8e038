// Calls of functions of the module, direct and indirect, and of those which CUDA's device library leaves to the system.
#include <algorithm>
#include <bit>
#include <cstring>
#include <map>

#include "device_sim/interp/warp.h"
#include "device_sim/machine/device_printf.h"
#include "device_sim/machine/faults.h"
#include "device_sim/machine/runtime_calls.h"

namespace qiao::interp {

using isa::HostValue;

namespace {

constexpr size_t kDeepestCall = 4096;

const std::vector<ptx::Operand>& elements_of(const ptx::Operand* list) {
  static const std::vector<ptx::Operand> kNone;
  return list == nullptr ? kNone : list->elements;
}

}  // namespace

bool Warp::execute_call(const Instruction& inst, uint32_t lanes) {
  const Operand& target = *operand(inst, "f");
  if (target.kind != Operand::Kind::Symbol) return call_indirect(inst, target, lanes);
  const ptx::Symbol& symbol = module().symbols[target.id];
  if (symbol.kind != ptx::Symbol::Kind::Function)
    return fail(Code::InvalidPtx, "invalid call: its target is no function");
  return call_function(inst, symbol.index, lanes);
}

// One group of lanes per target. The frames are pushed in reverse, so that the group of the lowest function runs first.
bool Warp::call_indirect(const Instruction& inst, const Operand& target, uint32_t lanes) {
  std::map<uint64_t, uint32_t, std::greater<>> groups;
  for_lanes(lanes, [&](uint32_t lane) { return groups[read(target, 64, lane).bits()] |= 1u << lane, true; });
  const machine::ModuleStorage& storage = *program_.image.storage;
  const ptx::Function* signature = ptx::signature_of(module(), *frame().code->function, inst);
  std::vector<std::pair<uint32_t, uint32_t>> calls;
  for (const auto& [handle, group] : groups) {
    const uint64_t offset = handle - storage.code_base;
    const uint64_t index = offset / machine::ModuleStorage::kHandleStride;
    const bool is_handle = handle >= storage.code_base && offset % machine::ModuleStorage::kHandleStride == 0;
    const bool known = is_handle && index == static_cast<uint32_t>(index) && index < module().functions.size();
    const FunctionCode* code = known ? program_.find(static_cast<uint32_t>(index)) : nullptr;
    if (code == nullptr || signature == nullptr || !ptx::same_signature(*code->function, *signature)) {
      const bool pure = known && code == nullptr && module().functions[index].name == machine::kPureVirtual;
      const machine::TrapMeaning meaning = machine::meaning_of(pure          ? machine::TrapReason::PureVirtual
                                                               : handle == 0 ? machine::TrapReason::NullFunction
                                                                             : machine::TrapReason::NoFunction);
      return fail(meaning.code, meaning.text, static_cast<uint32_t>(std::countr_zero(group)));
    }
    calls.emplace_back(static_cast<uint32_t>(index), group);
  }
  Frame& caller = frame();
  for (const auto& [index, group] : calls) {
    Frame& callee = push_frame(*program_.find(index), group, &inst, &caller);
    if (!pass_arguments(inst, caller, callee, group)) return false;
  }
  return true;
}

bool Warp::call_function(const Instruction& inst, uint32_t function_index, uint32_t lanes) {
  const FunctionCode* code = program_.find(function_index);
  if (code == nullptr) return call_system(inst, module().functions[function_index].name, lanes);
  Frame& caller = frame();
  return pass_arguments(inst, caller, push_frame(*code, lanes, &inst, &caller), lanes);
}

// Reads an argument of the caller: the bytes of its .param variable, a register or a constant.
void Warp::copy_argument(Frame& caller, const Operand& op, std::byte* to, uint64_t bytes, uint32_t lane) {
  const FunctionCode& code = *caller.code;
  if (op.kind == Operand::Kind::Symbol && op.local && code.slot_offset[op.id] != machine::kNoOffset) {
    const std::byte* from = caller.slots.data() + lane * code.slot_bytes + code.slot_offset[op.id] + op.offset;
    std::memcpy(to, from,
                std::min<uint64_t>(bytes, code.function->locals[op.id].bytes - static_cast<uint64_t>(op.offset)));
    return;
  }
  uint64_t words[2] = {op.bits, 0};
  if (op.kind == Operand::Kind::Register) {
    const uint64_t* place = &caller.registers[code.word_of_register[op.id] * kLanes + lane];
    words[0] = place[0];
    if (code.function->registers[op.id].type == isa::Type::B128) words[1] = place[kLanes];
  }
  std::memcpy(to, words, std::min<uint64_t>(bytes, sizeof words));
}

bool Warp::pass_arguments(const Instruction& inst, Frame& caller, Frame& callee, uint32_t lanes) {
  const ptx::Function& function = *callee.code->function;
  const std::vector<Operand>& arguments = elements_of(operand(inst, "a"));
  const std::vector<Operand>& results = elements_of(operand(inst, "d"));
  if (arguments.size() != function.params.size() || results.size() != function.results.size()) {
    current_ = &caller;
    return fail(Code::InvalidPtx, "a call of " + function.name + " with the wrong number of arguments or results");
  }
  const bool full = std::any_of(local_top_.begin(), local_top_.end(),
                                [&](uint64_t top) { return program_.stacks_locals && top > block_.local_stride; });
  if (full || frames_.size() > kDeepestCall) {
    current_ = &caller;
    return fail(Code::LaunchFailed, "the stack of a thread is exhausted by calls of " + function.name);
  }
  const FunctionCode& code = *callee.code;
  return for_lanes(lanes, [&](uint32_t lane) {
    for (size_t i = 0; i < arguments.size(); ++i) {
      const uint32_t id = function.params[i];
      if (!function.params_are_registers) {
        std::byte* slot = callee.slots.data() + lane * code.slot_bytes + code.slot_offset[id];
        copy_argument(caller, arguments[i], slot, function.locals[id].bytes, lane);
        continue;
      }
      uint64_t words[2] = {};
      const unsigned bits = isa::bits_of(function.registers[id].type);
      copy_argument(caller, arguments[i], reinterpret_cast<std::byte*>(words), (bits + 7) / 8, lane);
      uint64_t* place = &callee.registers[code.word_of_register[id] * kLanes + lane];
      place[0] = words[0] & HostValue::mask(bits);
      if (bits == 128) place[kLanes] = words[1];
    }
    return true;
  });
}

// To the caller.
void Warp::pass_results(const Frame& callee, uint32_t lanes) {
  const ptx::Function& function = *callee.code->function;
  const FunctionCode& code = *callee.code;
  Frame& caller = *callee.caller;
  const std::vector<Operand>& results = elements_of(operand(*callee.call, "d"));
  for_lanes(lanes, [&](uint32_t lane) {
    for (size_t i = 0; i < results.size() && i < function.results.size(); ++i) {
      const uint32_t id = function.results[i];
      uint64_t bytes = 0;
      const std::byte* from = nullptr;
      uint64_t words[2] = {};
      if (function.results_are_registers) {
        bytes = isa::bytes_of(function.registers[id].type);
        const uint64_t* place = &callee.registers[code.word_of_register[id] * kLanes + lane];
        words[0] = place[0];
        if (bytes == 16) words[1] = place[kLanes];
        from = reinterpret_cast<const std::byte*>(words);
      } else {
        bytes = function.locals[id].bytes;
        from = callee.slots.data() + lane * code.slot_bytes + code.slot_offset[id];
      }
      store_result(caller, results[i], from, bytes, lane);
    }
    return true;
  });
}

void Warp::store_result(Frame& caller, const Operand& op, const std::byte* from, uint64_t bytes, uint32_t lane) {
  const FunctionCode& code = *caller.code;
  if (op.kind == Operand::Kind::Symbol && op.local && code.slot_offset[op.id] != machine::kNoOffset) {
    std::byte* to = caller.slots.data() + lane * code.slot_bytes + code.slot_offset[op.id];
    std::memcpy(to, from, std::min<uint64_t>(bytes, code.function->locals[op.id].bytes));
  } else if (op.kind == Operand::Kind::Register) {
    uint64_t words[2] = {};
    std::memcpy(words, from, std::min<uint64_t>(bytes, sizeof words));
    const unsigned bits = isa::bits_of(code.function->registers[op.id].type);
    uint64_t* place = &caller.registers[code.word_of_register[op.id] * kLanes + lane];
    place[0] = words[0] & HostValue::mask(bits);
    if (bits == 128) place[kLanes] = words[1];
  }
}

bool Warp::call_system(const Instruction& inst, const std::string& name, uint32_t lanes) {
  const std::vector<Operand>& given = elements_of(operand(inst, "a"));
  const std::vector<Operand>& results = elements_of(operand(inst, "d"));
  const bool done = for_lanes(lanes, [&](uint32_t lane) {
    std::vector<uint64_t> arguments(5, 0);
    for (size_t i = 0; i < given.size() && i < arguments.size(); ++i) {
      copy_argument(frame(), given[i], reinterpret_cast<std::byte*>(&arguments[i]), 8, lane);
    }
    uint64_t result = 0;
    if (name == "vprintf") {
      if (!call_printf(arguments, lane, result)) return false;
    } else if (name == "__assertfail") {
      return call_assertfail(arguments, lane);  // of every lane; the launch ends behind the last
    } else if (name == "malloc") {
      result = qiao_lane_malloc(&block_, arguments[0]);
    } else if (name == "free") {
      qiao_lane_free(&block_, arguments[0]);
    } else {
      return fail(Code::NotSupported, "unsupported: function " + name + " has no body and is none of the system's",
                  lane);
    }
    if (!results.empty()) store_result(frame(), results[0], reinterpret_cast<std::byte*>(&result), 8, lane);
    return true;
  });
  return done && (name != "__assertfail" ||
                  fail(Code::Assert, "a device assertion failed", static_cast<uint32_t>(std::countr_zero(lanes))));
}

namespace {

machine::ReadableCheck readable_by(machine::BlockContext& block, uint32_t site, uint32_t lane) {
  return [&block, site, lane](uint64_t address, uint64_t bytes) -> Result<void> {
    if (machine::check_access(block, address, bytes, site, lane)) return {};
    return invalid(Code::IllegalAddress, "printf or assert reads an illegal address");  // the fault has been raised
  };
}

}  // namespace

bool Warp::call_printf(const std::vector<uint64_t>& arguments, uint32_t lane, uint64_t& result) {
  Result<int> printed = machine::device_printf(arguments[0], arguments[1], readable_by(block_, site(), lane));
  if (!printed) return false;
  result = static_cast<uint64_t>(*printed);
  return true;
}

bool Warp::call_assertfail(const std::vector<uint64_t>& arguments, uint32_t lane) {
  machine::DeviceAssert failure{arguments[0], arguments[1], static_cast<uint32_t>(arguments[2]), arguments[3], {}, {}};
  const std::array<uint32_t, 3> thread = thread_of(lane);
  for (int axis = 0; axis < 3; ++axis) {
    failure.block[axis] = block_.ctaid[axis];
    failure.thread[axis] = thread[axis];
  }
  const Result<void> printed = machine::print_device_assert(failure, readable_by(block_, site(), lane));
  return printed.ok();
}

}  // namespace qiao::interp
