// Places the variables of one kernel: everything it can reach by calls and addresses taken.
#include "device_sim/machine/kernel_layout.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "device_sim/machine/float_mode.h"
#include "src/isa/subnormals.h"
#include "src/isa/types.h"

namespace qiao::machine {
namespace {

using isa::StateSpace;
using ptx::Function;
using ptx::Module;
using ptx::Operand;
using ptx::SymbolId;
using ptx::Variable;

constexpr uint64_t kDynamicSharedAlignment = 16;

uint64_t align_up(uint64_t value, uint64_t alignment) {
  alignment = std::max<uint64_t>(alignment, 1);
  return (value + alignment - 1) / alignment * alignment;
}

// .extern .shared without a size: the launch's dynamic shared memory.
bool is_dynamic_shared(const Variable& variable) {
  return variable.space == StateSpace::Shared && variable.bytes == 0;
}

class Layouter {
 public:
  Layouter(const Module& module, KernelLayout& layout) : module_(module), layout_(layout) {
    layout_.shared_offset.assign(module.symbols.size(), kNoOffset);
    seen_.assign(module.symbols.size(), false);
  }

  void lay_out(uint32_t entry) {
    place_parameters(module_.functions[entry]);
    reach_function(entry);
    while (!pending_.empty()) {
      const uint32_t function = pending_.back();
      pending_.pop_back();
      for (const ptx::Instruction& instruction : module_.functions[function].body) {
        for (const Operand& operand : instruction.operands) scan(operand, function);
        if (instruction.form == nullptr) continue;
        if (instruction.form->kind == isa::Kind::Call) reach_indirectly(function, instruction);
        const isa::Subnormals does = isa::subnormals_of(*instruction.form, instruction.modifiers, instruction.types);
        flushed_ |= does == isa::Subnormals::Flushed;
        kept_ |= does == isa::Subnormals::Kept;
      }
    }
    layout_.flushes_subnormals = kHostFlushesAfterRounding && flushed_ && !kept_;
    layout_.static_shared_bytes = shared_end_;
    layout_.dynamic_shared_offset = align_up(shared_end_, dynamic_alignment_);
    for (const SymbolId symbol : dynamic_) layout_.shared_offset[symbol] = layout_.dynamic_shared_offset;
    for (const auto& [function, local] : dynamic_locals_)
      layout_.functions[function].local_offset[local] = layout_.dynamic_shared_offset;
    layout_.recursive = has_cycle(entry);
  }

 private:
  enum class Visit : uint8_t { None, Open, Done };

  void place_parameters(const Function& entry) {
    uint32_t end = 0;
    for (const uint32_t local : entry.params) {
      const Variable& variable = entry.locals[local];
      end = static_cast<uint32_t>(align_up(end, variable.align));
      layout_.param_offsets.push_back(end);
      layout_.param_sizes.push_back(static_cast<uint32_t>(variable.bytes));
      end += static_cast<uint32_t>(variable.bytes);
    }
    layout_.param_bytes = end;
  }

  void reach_function(uint32_t index) {
    if (layout_.functions.contains(index)) return;
    const Function& function = module_.functions[index];
    FunctionLayout& layout = layout_.functions[index];
    layout.local_offset.assign(function.locals.size(), kNoOffset);
    for (uint32_t local = 0; local < function.locals.size(); ++local) {
      const Variable& variable = function.locals[local];
      if (is_dynamic_shared(variable)) {
        dynamic_alignment_ = std::max<uint64_t>(dynamic_alignment_, variable.align);
        dynamic_locals_.emplace_back(index, local);
      } else if (variable.space == StateSpace::Shared) {
        layout.local_offset[local] = take(shared_end_, variable);
      } else if (variable.space == StateSpace::Local) {
        layout.local_offset[local] = take(layout_.local_bytes, variable);
      }
    }
    if (function.is_entry)
      for (size_t i = 0; i < function.params.size() && i < layout_.param_offsets.size(); ++i)
        layout.local_offset[function.params[i]] = layout_.param_offsets[i];
    pending_.push_back(index);
  }

  // A call through a register: a handle may come from memory, where any kernel of the module has put it. So each
  // function of that signature may be meant whose address is taken anywhere.
  void reach_indirectly(uint32_t from, const ptx::Instruction& call) {
    const Operand& target = call.operands[1];
    if (target.kind == Operand::Kind::Symbol && !target.local) return;
    const Function* signature = ptx::signature_of(module_, module_.functions[from], call);
    if (signature == nullptr) return;
    if (!knows_taken_) take_addresses();
    for (const uint32_t function : layout_.address_taken) {
      if (!ptx::same_signature(module_.functions[function], *signature)) continue;
      callees_[from].push_back(function);
      reach_function(function);
    }
  }

  void take_addresses() {
    knows_taken_ = true;
    std::set<uint32_t> taken;
    const auto take = [&](SymbolId id) {
      if (id == ptx::kNoId || module_.symbols[id].kind != ptx::Symbol::Kind::Function) return;
      const uint32_t index = module_.symbols[id].index;
      if (!module_.functions[index].is_entry) taken.insert(index);
    };
    for (const Variable& variable : module_.variables) {
      for (const ptx::Initializer& value : variable.init) take(value.symbol);
    }
    for (const Function& function : module_.functions) {
      for (const ptx::Instruction& instruction : function.body) {
        if (instruction.form == nullptr || instruction.form->kind == isa::Kind::Call) continue;
        for (const Operand& operand : instruction.operands) {
          if (operand.kind == Operand::Kind::Symbol && !operand.local) take(operand.id);
        }
      }
    }
    layout_.address_taken.assign(taken.begin(), taken.end());
  }

  static uint64_t take(uint64_t& end, const Variable& variable) {
    const uint64_t offset = align_up(end, variable.align);
    end = offset + variable.bytes;
    return offset;
  }

  void scan(const Operand& operand, uint32_t function) {
    const bool symbol =
        operand.kind == Operand::Kind::Symbol || (operand.kind == Operand::Kind::Address && operand.base_is_symbol);
    if (symbol && !operand.local && operand.id != ptx::kNoId) reach_symbol(operand.id, function);
    for (const Operand& element : operand.elements) scan(element, function);
  }

  void reach_symbol(SymbolId id, uint32_t from) {
    const ptx::Symbol& symbol = module_.symbols[id];
    if (symbol.kind == ptx::Symbol::Kind::Function) {
      callees_[from].push_back(symbol.index);
      reach_function(symbol.index);
      return;
    }
    if (seen_[id]) return;
    seen_[id] = true;
    const Variable& variable = module_.variables[symbol.index];
    if (is_dynamic_shared(variable)) {
      dynamic_alignment_ = std::max<uint64_t>(dynamic_alignment_, variable.align);
      dynamic_.push_back(id);
    } else if (variable.space == StateSpace::Shared) {
      layout_.shared_offset[id] = take(shared_end_, variable);
    } else if (variable.space == StateSpace::Const) {
      layout_.const_bytes += variable.bytes;
    }
    for (const ptx::Initializer& value : variable.init)
      if (value.symbol != ptx::kNoId) reach_symbol(value.symbol, from);
  }

  bool has_cycle(uint32_t function) {
    Visit& visit = visits_[function];
    if (visit != Visit::None) return visit == Visit::Open;
    visit = Visit::Open;
    for (const uint32_t callee : callees_[function])
      if (has_cycle(callee)) return true;
    visits_[function] = Visit::Done;
    return false;
  }

  const Module& module_;
  KernelLayout& layout_;
  std::vector<bool> seen_;
  std::vector<uint32_t> pending_;
  std::vector<SymbolId> dynamic_;
  std::vector<std::pair<uint32_t, uint32_t>> dynamic_locals_;  // function, local
  std::map<uint32_t, std::vector<uint32_t>> callees_;
  std::map<uint32_t, Visit> visits_;
  bool knows_taken_ = false;
  bool flushed_ = false, kept_ = false;  // there are instructions which flush subnormals, which keep them
  uint64_t shared_end_ = 0;
  uint64_t dynamic_alignment_ = kDynamicSharedAlignment;
};

}  // namespace

KernelLayout lay_out_kernel(const ptx::Module& module, uint32_t function_index) {
  KernelLayout layout;
  Layouter(module, layout).lay_out(function_index);
  return layout;
}

}  // namespace qiao::machine
