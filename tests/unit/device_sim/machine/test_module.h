// PTX modules put together by hand, without the parser.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "src/ptx/module.h"

namespace qiao::machine::test {

struct ModuleBuilder {
  std::shared_ptr<ptx::Module> module = std::make_shared<ptx::Module>();

  ModuleBuilder() { module->functions.reserve(16); }  // references stay good

  ptx::SymbolId add_symbol(const std::string& name, ptx::Symbol::Kind kind, size_t index) {
    const auto id = static_cast<ptx::SymbolId>(module->symbols.size());
    module->symbols.push_back({kind, static_cast<uint32_t>(index)});
    module->symbol_by_name[name] = id;
    return id;
  }
  ptx::SymbolId symbol_of(const std::string& name) const { return module->symbol_by_name.at(name); }

  ptx::Function& function(const std::string& name, bool entry) {
    add_symbol(name, ptx::Symbol::Kind::Function, module->functions.size());
    ptx::Function& function = module->functions.emplace_back();
    function.name = name;
    function.is_entry = entry;
    return function;
  }

  ptx::SymbolId variable(const std::string& name, isa::StateSpace space, uint64_t bytes, uint32_t align) {
    module->variables.push_back(make(name, space, bytes, align));
    return add_symbol(name, ptx::Symbol::Kind::Variable, module->variables.size() - 1);
  }

  void local(ptx::Function& function, isa::StateSpace space, uint64_t bytes, uint32_t align) {
    function.locals.push_back(make("local", space, bytes, align));
  }
  void param(ptx::Function& function, uint32_t bytes) {
    function.params.push_back(static_cast<uint32_t>(function.locals.size()));
    local(function, isa::StateSpace::Param, bytes, bytes);
  }

  // An instruction which names the symbol.
  void refer(uint32_t function, ptx::SymbolId symbol) {
    ptx::Operand operand;
    operand.kind = ptx::Operand::Kind::Symbol;
    operand.id = symbol;
    module->functions[function].body.emplace_back().operands.push_back(operand);
  }

 private:
  static ptx::Variable make(const std::string& name, isa::StateSpace space, uint64_t bytes, uint32_t align) {
    ptx::Variable variable;
    variable.name = name;
    variable.space = space;
    variable.type = isa::Type::B8;
    variable.bytes = bytes;
    variable.align = align;
    return variable;
  }
};

}  // namespace qiao::machine::test
