// The linker: first each module's symbols get their place in the result, then bodies and initialisers are renumbered.
#include "src/ptx/link.h"

#include <algorithm>

#include "src/ptx/hash.h"

namespace qiao::ptx {

namespace {

enum class Strength : uint8_t { Declared, Common, Weak, Strong };

struct Info {  // what the linker needs to know of a symbol, read before anything moves
  std::string name;
  Symbol symbol{};
  Strength strength = Strength::Declared;
  bool internal = false;
};

Info info_of(const Module& module, const std::string& name, Symbol symbol) {
  bool is_function = symbol.kind == Symbol::Kind::Function;
  Linkage own = is_function ? module.functions[symbol.index].linkage : module.variables[symbol.index].linkage;
  Linkage linkage = symbol.alias.value_or(own);
  Info info{name, symbol, Strength::Strong, false};
  if (linkage == Linkage::Weak) info.strength = Strength::Weak;
  if (linkage == Linkage::Common) info.strength = Strength::Common;
  bool declared = is_function ? module.functions[symbol.index].is_declaration : linkage == Linkage::Extern;
  if (declared) info.strength = Strength::Declared;
  info.internal = linkage == Linkage::Internal && !declared;
  return info;
}

class Linker {
 public:
  Result<Module> run(std::vector<Module> modules) {
    std::string hashes;
    result_.files.emplace_back();
    for (Module& module : modules) {
      hashes += module.text_hash;
      if (!add(module)) return invalid(Code::InvalidPtx, "invalid PTX: " + error_);
    }
    for (const Variable& variable : result_.variables) {
      const bool in_memory = variable.space == isa::StateSpace::Global || variable.space == isa::StateSpace::Const;
      if (!in_memory || variable.linkage != Linkage::Extern) continue;
      return invalid(Code::InvalidPtx, "invalid PTX: variable '" + variable.name + "' is declared .extern in one of " +
                                           std::to_string(modules.size()) + " linked modules and defined in none");
    }
    result_.text_hash = content_hash(hashes);
    return std::move(result_);
  }

 private:
  bool add(Module& module) {
    result_.version = std::max(result_.version, module.version);
    result_.address_size = module.address_size;
    result_.independent_samplers |= module.independent_samplers;
    if (module.sm >= result_.sm) {
      result_.sm = module.sm;
      result_.target = module.target;
      result_.arch_specific = module.arch_specific;
    }
    std::vector<Info> infos(module.symbols.size());
    for (const auto& [name, id] : module.symbol_by_name) infos[id] = info_of(module, name, module.symbols[id]);
    ids_.assign(infos.size(), kNoId);
    kept_functions_.assign(module.functions.size(), kNoId);
    kept_variables_.assign(module.variables.size(), kNoId);
    for (SymbolId id = 0; id < infos.size(); id++) {
      if (!place(module, id, infos[id])) return false;
    }
    renumber_module(module);
    return true;
  }

  bool place(Module& module, SymbolId id, const Info& info) {
    if (info.internal) {
      ids_[id] = append(module, info, unused_name(info.name));
      return true;
    }
    auto found = result_.symbol_by_name.find(info.name);
    if (found != result_.symbol_by_name.end() && infos_[found->second].internal) {
      rename_internal(found->second);
      found = result_.symbol_by_name.end();
    }
    if (found == result_.symbol_by_name.end()) {
      ids_[id] = append(module, info, info.name);
      return true;
    }
    ids_[id] = found->second;
    return merge(module, info, infos_[found->second]);
  }

  bool merge(Module& module, const Info& added, Info& old) {
    if (added.symbol.kind != old.symbol.kind) return fail("'" + added.name + "' is a function and a variable");
    bool is_function = old.symbol.kind == Symbol::Kind::Function;
    if (is_function && !same_signature(module.functions[added.symbol.index], result_.functions[old.symbol.index])) {
      return fail("function '" + added.name + "' is declared with two different signatures");
    }
    if (added.strength == Strength::Strong && old.strength == Strength::Strong) {
      return fail("'" + added.name + "' is defined twice");
    }
    bool wins = added.strength > old.strength;
    if (!is_function) {
      Variable& mine = module.variables[added.symbol.index];
      Variable& theirs = result_.variables[old.symbol.index];
      if (mine.space != theirs.space) return fail("variable '" + added.name + "' is declared in two state spaces");
      wins |= added.strength == old.strength && added.strength != Strength::Weak && mine.bytes > theirs.bytes;
      mine.align = theirs.align = std::max(mine.align, theirs.align);
    }
    if (!wins) return true;
    old.strength = added.strength;
    move_entity(module, added.symbol, old.symbol.index);
    return true;
  }

  // Puts a function or variable of the module at `index` of the result.
  void move_entity(Module& module, Symbol symbol, uint32_t index) {
    if (symbol.kind == Symbol::Kind::Function) {
      result_.functions[index] = std::move(module.functions[symbol.index]);
      kept_functions_[symbol.index] = index;
    } else {
      result_.variables[index] = std::move(module.variables[symbol.index]);
      kept_variables_[symbol.index] = index;
    }
  }

  SymbolId append(Module& module, const Info& info, const std::string& name) {
    bool is_function = info.symbol.kind == Symbol::Kind::Function;
    uint32_t index = (is_function ? kept_functions_ : kept_variables_)[info.symbol.index];
    if (index == kNoId) {  // else an alias of what is there already
      index = static_cast<uint32_t>(is_function ? result_.functions.size() : result_.variables.size());
      is_function ? void(result_.functions.emplace_back()) : void(result_.variables.emplace_back());
      move_entity(module, info.symbol, index);
      std::string& own_name = is_function ? result_.functions[index].name : result_.variables[index].name;
      if (own_name == info.name) own_name = name;
    }
    SymbolId id = static_cast<SymbolId>(result_.symbols.size());
    result_.symbols.push_back({info.symbol.kind, index});
    result_.symbol_by_name[name] = id;
    infos_.push_back({name, result_.symbols.back(), info.strength, info.internal});
    return id;
  }

  std::string unused_name(const std::string& name) const {
    std::string unused = name;
    for (unsigned i = 2; result_.symbol_by_name.count(unused) != 0; i++) unused = name + "$" + std::to_string(i);
    return unused;
  }

  void rename_internal(SymbolId id) {
    Info& info = infos_[id];
    std::string name = unused_name(info.name);
    result_.symbol_by_name.erase(info.name);
    result_.symbol_by_name[name] = id;
    bool is_function = info.symbol.kind == Symbol::Kind::Function;
    std::string& own_name =
        is_function ? result_.functions[info.symbol.index].name : result_.variables[info.symbol.index].name;
    if (own_name == info.name) own_name = name;
    info.name = name;
  }

  void renumber_module(Module& module) {
    uint32_t file_base = static_cast<uint32_t>(result_.files.size()) - 1;
    uint32_t prototype_base = static_cast<uint32_t>(result_.prototypes.size());
    for (size_t i = 1; i < module.files.size(); i++) result_.files.push_back(std::move(module.files[i]));
    for (Function& prototype : module.prototypes) result_.prototypes.push_back(std::move(prototype));
    for (uint32_t index : kept_variables_) {
      if (index == kNoId) continue;
      for (Initializer& element : result_.variables[index].init) {
        if (element.symbol != kNoId) element.symbol = ids_[element.symbol];
      }
    }
    for (uint32_t index : kept_functions_) {
      if (index == kNoId) continue;
      Function& function = result_.functions[index];
      for (auto& [label, prototype] : function.prototypes) prototype += prototype_base;
      for (Instruction& instruction : function.body) {
        if (instruction.source.file != 0) instruction.source.file += file_base;
        for (Operand& operand : instruction.operands) renumber(operand);
      }
    }
  }

  void renumber(Operand& operand) {
    bool symbol =
        operand.kind == Operand::Kind::Symbol || (operand.kind == Operand::Kind::Address && operand.base_is_symbol);
    if (symbol && !operand.local) operand.id = ids_[operand.id];
    for (Operand& element : operand.elements) renumber(element);
  }

  bool fail(std::string message) {
    error_ = std::move(message);
    return false;
  }

  Module result_;
  std::vector<Info> infos_;  // of the result's symbols
  std::string error_;
  // Of the module being added: its ids and entities -> the result's.
  std::vector<SymbolId> ids_;
  std::vector<uint32_t> kept_functions_, kept_variables_;
};

}  // namespace

Result<Module> link(std::vector<Module> modules) {
  if (modules.size() == 1) return std::move(modules[0]);
  return Linker().run(std::move(modules));
}

}  // namespace qiao::ptx
