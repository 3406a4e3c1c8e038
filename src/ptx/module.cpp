// Look-ups by name, and when two functions have one signature.
#include "src/ptx/module.h"

namespace qiao::ptx {

namespace {

const Symbol* find_symbol(const Module& module, const std::string& name, Symbol::Kind kind) {
  auto found = module.symbol_by_name.find(name);
  if (found == module.symbol_by_name.end() || module.symbols[found->second].kind != kind) return nullptr;
  return &module.symbols[found->second];
}

bool same_sizes(const Function& a, const std::vector<uint32_t>& list_a, bool registers_a, const Function& b,
                const std::vector<uint32_t>& list_b, bool registers_b) {
  if (list_a.size() != list_b.size() || (registers_a != registers_b && !list_a.empty())) return false;
  for (size_t i = 0; i < list_a.size(); i++) {
    bool same = registers_a ? isa::bits_of(a.registers[list_a[i]].type) == isa::bits_of(b.registers[list_b[i]].type)
                            : a.locals[list_a[i]].bytes == b.locals[list_b[i]].bytes;
    if (!same) return false;
  }
  return true;
}

}  // namespace

bool same_signature(const Function& a, const Function& b) {
  return same_sizes(a, a.params, a.params_are_registers, b, b.params, b.params_are_registers) &&
         same_sizes(a, a.results, a.results_are_registers, b, b.results, b.results_are_registers);
}

const Function* signature_of(const Module& module, const Function& caller, const Instruction& call) {
  const Operand& callee = call.operands[1];
  if (callee.kind == Operand::Kind::Symbol && !callee.local) {
    const Symbol& symbol = module.symbols[callee.id];
    const bool function = symbol.kind == Symbol::Kind::Function && callee.offset == 0;
    return function ? &module.functions[symbol.index] : nullptr;
  }
  const Operand& label = call.operands[3];
  auto prototype = caller.prototypes.find(label.kind == Operand::Kind::Label ? label.id : kNoId);
  return prototype == caller.prototypes.end() ? nullptr : &module.prototypes[prototype->second];
}

const Function* Module::find_function(const std::string& name) const {
  const Symbol* symbol = find_symbol(*this, name, Symbol::Kind::Function);
  return symbol == nullptr ? nullptr : &functions[symbol->index];
}

const Variable* Module::find_variable(const std::string& name) const {
  const Symbol* symbol = find_symbol(*this, name, Symbol::Kind::Variable);
  return symbol == nullptr ? nullptr : &variables[symbol->index];
}

}  // namespace qiao::ptx
