// Variable declarations and their initialisers (PTX ISA 9.0, 5.4).
#include "src/ptx/parser.h"

namespace qiao::ptx {

namespace {

uint32_t element_bytes(const Variable& variable) {
  return isa::bytes_of(variable.type) * variable.vector;
}

}  // namespace

// What stands between the state space and the name, in any order: .align, a vector width, .attribute, the type.
bool Parser::parse_variable_type(Variable& variable) {
  uint64_t align = 0;
  for (;;) {
    if (accept_directive(".align")) {
      Location location = peek().location;
      if (!parse_count(align, 1u << 20, "an alignment")) return false;
      if (align == 0 || (align & (align - 1)) != 0)
        return fail(location, "expected an alignment that is a power of two");
    } else if (accept_directive(".v2")) {
      variable.vector = 2;
    } else if (accept_directive(".v4")) {
      variable.vector = 4;
    } else if (accept_directive(".v8")) {
      variable.vector = 8;
    } else if (accept_directive(".attribute")) {
      if (!parse_attribute(variable)) return false;
    } else if (accept_opaque(variable)) {
      continue;
    } else if (peek().kind == Token::Kind::Directive) {
      auto type = isa::type_from_spelling(peek().text.substr(1));
      if (!type || *type == isa::Type::Pred) return fail_found("a type, .align or .attribute");
      variable.type = *type;
      take();
    } else {
      break;
    }
  }
  if (variable.type == isa::Type::None) return fail_found("a type");
  variable.align = align != 0 ? static_cast<uint32_t>(align) : element_bytes(variable);
  return true;
}

// `.attribute(.managed, .unified(1, 2))`
bool Parser::parse_attribute(Variable& variable) {
  if (!expect('(', "after .attribute")) return false;
  do {
    if (peek().kind != Token::Kind::Directive) return fail_found("an attribute");
    if (take().text == ".managed") variable.managed = true;
    if (!accept('(')) continue;
    while (!accept(')')) {
      if (peek().kind == Token::Kind::End) return fail_found("')'");
      take();
    }
  } while (accept(','));
  return expect(')', "to close .attribute");
}

bool Parser::parse_variables(isa::StateSpace space, Linkage linkage) {
  Variable variable;
  variable.space = space;
  variable.linkage = linkage;
  if (space == isa::StateSpace::Const && accept('[')) {  // `.const[2]`: the banks of PTX 1
    uint64_t bank = 0;
    if (!parse_count(bank, 10, "a constant bank") || !expect(']', "after the bank")) return false;
  }
  if (!parse_variable_type(variable)) return false;
  do {
    if (!parse_one_variable(variable)) return false;
  } while (accept(','));
  return expect(';', "after the variable");
}

bool Parser::parse_dimensions(Variable& variable, std::vector<uint64_t>& dimensions, bool& open) {
  while (accept('[')) {
    variable.is_array = true;
    if (accept(']')) {
      if (!dimensions.empty()) return fail_found("a size: only the first dimension may be open");
      open = true;
      dimensions.push_back(0);
      continue;
    }
    Location location = peek().location;
    Constant size;
    if (!parse_constant(size) || !expect(']', "after the array's size")) return false;
    if (size.kind != Constant::Kind::Integer || size.bits > kMaxBytes) {
      return fail(location, "found an array size out of range, expected 0 to " + std::to_string(kMaxBytes));
    }
    dimensions.push_back(size.bits);
    if (dimensions.size() > kMaxDepth) return fail(location, "found an array of too many dimensions");
  }
  return true;
}

bool Parser::parse_one_variable(Variable variable) {
  variable.location = peek().location;
  bool parameter = variable.space == isa::StateSpace::Param;
  if (!expect_word(variable.name, "a variable's name")) return false;
  uint64_t copies = 0;  // `.shared .u32 a<4>` declares a0 to a3
  if (!parameter && accept('<')) {
    if (!parse_count(copies, 4096, "a number of variables") || !expect('>', "after the number")) return false;
  }
  std::vector<uint64_t> dimensions;
  bool open = false;
  if (!parse_dimensions(variable, dimensions, open)) return false;
  variable.bytes = element_bytes(variable);
  for (size_t i = open ? 1 : 0; i < dimensions.size(); i++) {
    if (dimensions[i] != 0 && variable.bytes > kMaxBytes / dimensions[i]) {
      return fail(variable.location, "variable '" + variable.name.substr(0, 60) + "' is too large");
    }
    variable.bytes *= dimensions[i];
  }
  if (accept('=')) {
    if (!parse_initializer(variable, dimensions, open)) return false;
  } else if (open) {
    bool may_be_open = variable.linkage == Linkage::Extern || variable.space == isa::StateSpace::Param;
    if (!may_be_open) return fail(variable.location, "variable '" + variable.name.substr(0, 60) + "' has no size");
    variable.bytes = 0;
  }
  if (copies == 0) return declare_variable(std::move(variable));
  std::string base = variable.name;
  for (uint64_t i = 0; i < copies; i++) {
    variable.name = base + std::to_string(i);
    if (!declare_variable(variable)) return false;
  }
  return true;
}

bool Parser::parse_initializer(Variable& variable, std::vector<uint64_t>& dimensions, bool open) {
  Location location = peek().location;
  if (variable.space != isa::StateSpace::Global && variable.space != isa::StateSpace::Const) {
    return fail(location, "found an initialiser, expected one only on .global and .const variables");
  }
  if (variable.opaque != isa::Mod::None) return parse_sampler_initializer(variable);
  if (variable.vector > 1) dimensions.push_back(variable.vector);
  if (dimensions.empty()) {
    variable.init.resize(1);
    return parse_initializer_element(variable, 0);
  }
  uint64_t count = 0;
  if (!parse_initializer_list(variable, dimensions, 0, 0, count)) return false;
  if (open) {
    uint64_t row = variable.bytes;
    if (count != 0 && row > kMaxBytes / count) return fail(location, "the variable is too large");
    variable.bytes = row * count;
  }
  return true;
}

// One `{ ... }` of dimension `level` whose first element has index `at`; inner lists may be short, missing ones are
// zero.
bool Parser::parse_initializer_list(Variable& variable, const std::vector<uint64_t>& dimensions, size_t level,
                                    uint64_t at, uint64_t& count) {
  if (!expect('{', "to open the initialiser")) return false;
  uint64_t row = 1;
  for (size_t i = level + 1; i < dimensions.size(); i++) row *= dimensions[i];
  uint64_t limit = dimensions[level] == 0 ? kMaxBytes : dimensions[level];
  uint64_t flat = 0;  // elements written without inner braces
  while (!peek().is('}')) {
    Location location = peek().location;
    if (peek().is('{')) {
      if (level + 1 >= dimensions.size()) return fail_found("an element");
      if (flat % row != 0 || flat / row >= limit) return fail(location, "found too many elements in the initialiser");
      uint64_t ignored = 0;
      if (!parse_initializer_list(variable, dimensions, level + 1, at + flat, ignored)) return false;
      flat += row;
    } else {
      if (row == 0 || flat / row >= limit) return fail(location, "found too many elements in the initialiser");
      // A hostile size cannot make this large: the list only grows to the last element written, and gaps are bounded.
      if (at + flat > variable.init.size() + (1u << 24)) return fail(location, "the initialiser has too wide a gap");
      if (variable.init.size() <= at + flat) variable.init.resize(at + flat + 1);
      if (!parse_initializer_element(variable, at + flat)) return false;
      flat++;
    }
    if (!accept(',')) break;
  }
  count = row == 0 ? 0 : (flat + row - 1) / row;
  return expect('}', "to close the initialiser");
}

bool Parser::parse_initializer_element(Variable& variable, uint64_t at) {
  Location location = peek().location;
  Initializer element;
  const unsigned width = isa::bits_of(variable.type);
  const bool holds_address = !isa::is_float(variable.type) && (width == 32 || width == 64);
  if (peek().kind == Token::Kind::Word && peek().text != "WARP_SZ") {
    if (!holds_address) return fail_found("a constant: an address needs 32 or 64 bits, or a mask");
    if (!parse_initializer_symbol(element, at)) return false;
  } else {
    Constant value;
    if (!parse_constant(value)) return false;
    if (accept('(')) {  // `0xff00(symbol)`: one byte of an address
      if (value.kind != Constant::Kind::Integer || value.bits == 0) return fail(location, "expected a byte mask");
      element.mask_byte = 0;
      for (uint64_t mask = value.bits; (mask & 0xff) == 0; mask >>= 8) element.mask_byte++;
      if (value.bits != uint64_t{0xff} << (8 * element.mask_byte)) return fail(location, "expected a mask of one byte");
      if (!parse_initializer_symbol(element, at) || !expect(')', "after the masked address")) return false;
    } else {
      auto bits = initial_bits(value, variable.type);
      if (!bits) {
        return fail(location, "found a constant that does not fit, expected one of type ." +
                                  std::string(isa::spelling_of(variable.type)));
      }
      element.bits = *bits;
    }
  }
  variable.init[at] = element;
  return true;
}

// `name`, `name+4`, `generic(name)+4`; the name may be declared later.
bool Parser::parse_initializer_symbol(Initializer& element, uint64_t at) {
  Location location = peek().location;
  std::string name;
  if (!expect_word(name, "a variable or function")) return false;
  if (name == "generic" && accept('(')) {
    element.generic = true;
    if (!expect_word(name, "a variable")) return false;
    if ((peek().is('+') || peek().is('-')) && !parse_offset(element.addend)) return false;
    if (!expect(')', "after generic(")) return false;
  }
  if ((peek().is('+') || peek().is('-')) && !parse_offset(element.addend)) return false;
  // declare_variable() gives the variable the next index.
  pending_.push_back({static_cast<uint32_t>(module_.variables.size()), static_cast<uint32_t>(at), name, location});
  return true;
}

bool Parser::add_symbol(const std::string& name, Symbol symbol) {
  auto [entry, added] = module_.symbol_by_name.try_emplace(name, static_cast<SymbolId>(module_.symbols.size()));
  if (added) module_.symbols.push_back(symbol);
  return added;
}

// A .global or .const variable of a function's body lives in the module, under a name that no other can be meant by.
bool Parser::declare_scoped(Variable variable) {
  std::string name = variable.name;
  std::string unique = function_->name + "$" + name;
  for (unsigned i = 2; module_.symbol_by_name.count(unique) != 0; i++) {
    unique = function_->name + "$" + name + "$" + std::to_string(i);
  }
  if (!names_->declare_global(name, static_cast<SymbolId>(module_.symbols.size()))) return false;
  variable.name = unique;
  add_symbol(unique, {Symbol::Kind::Variable, static_cast<uint32_t>(module_.variables.size()), std::nullopt});
  module_.variables.push_back(std::move(variable));
  return true;
}

bool Parser::declare_variable(Variable variable) {
  Location location = variable.location;
  std::string duplicate = "found a second declaration of '" + variable.name.substr(0, 200) + "', expected a new name";
  if (function_ != nullptr && variable.space != isa::StateSpace::Global && variable.space != isa::StateSpace::Const) {
    if (!names_->declare_local(variable.name, static_cast<uint32_t>(function_->locals.size()))) {
      return fail(location, duplicate);
    }
    function_->locals.push_back(std::move(variable));
    return true;
  }
  uint32_t index = static_cast<uint32_t>(module_.variables.size());
  if (function_ != nullptr) return declare_scoped(std::move(variable)) || fail(location, duplicate);
  auto found = module_.symbol_by_name.find(variable.name);
  if (found == module_.symbol_by_name.end()) {
    add_symbol(variable.name, {Symbol::Kind::Variable, index});
  } else {
    // An extern declaration and the definition may meet in one module; the definition wins.
    Symbol& symbol = module_.symbols[found->second];
    if (symbol.kind != Symbol::Kind::Variable) return fail(location, duplicate);
    bool old_extern = module_.variables[symbol.index].linkage == Linkage::Extern;
    if (!old_extern && variable.linkage != Linkage::Extern) return fail(location, duplicate);
    const Variable& old = module_.variables[symbol.index];
    const bool open = old.bytes == 0 || variable.bytes == 0;
    if (old.space != variable.space || (old.bytes != variable.bytes && !open)) {
      return fail(location, "found '" + variable.name.substr(0, 200) +
                                "' with another state space or size, expected those it was declared with");
    }
    if (variable.linkage == Linkage::Extern) return true;
    for (Pending& use : pending_) {
      if (use.variable == index) use.variable = symbol.index;
    }
    module_.variables[symbol.index] = std::move(variable);
    return true;
  }
  module_.variables.push_back(std::move(variable));
  return true;
}

}  // namespace qiao::ptx
