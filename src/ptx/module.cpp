// Look-ups by name.
#include "src/ptx/module.h"

namespace qiao::ptx {

namespace {

const Symbol* find_symbol(const Module& module, const std::string& name, Symbol::Kind kind) {
  auto found = module.symbol_by_name.find(name);
  if (found == module.symbol_by_name.end() || module.symbols[found->second].kind != kind) return nullptr;
  return &module.symbols[found->second];
}

}  // namespace

const Function* Module::find_function(const std::string& name) const {
  const Symbol* symbol = find_symbol(*this, name, Symbol::Kind::Function);
  return symbol == nullptr ? nullptr : &functions[symbol->index];
}

const Variable* Module::find_variable(const std::string& name) const {
  const Symbol* symbol = find_symbol(*this, name, Symbol::Kind::Variable);
  return symbol == nullptr ? nullptr : &variables[symbol->index];
}

}  // namespace qiao::ptx
