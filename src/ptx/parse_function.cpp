// Function and kernel declarations, their parameters and directives (PTX ISA 9.0, 5.1.6, 11.1, 11.4).
#include "src/ptx/parser.h"

namespace qiao::ptx {

bool Parser::parse_function(bool is_entry, Linkage linkage) {
  Function function;
  function.is_entry = is_entry;
  function.linkage = linkage;
  function.location = peek().location;
  Names names(function);
  function_ = &function;
  names_ = &names;
  source_ = {};
  bool ok = accept_attribute_of_function() && parse_signature(function, true) && parse_performance(function);
  if (ok) {
    function.is_declaration = !peek().is('{');
    // A body may call its own function.
    ok = function.is_declaration ? expect(';', "or '{' after the function's signature")
                                 : register_function(function) && parse_body(function);
  }
  function_ = nullptr;
  names_ = nullptr;
  return ok && register_function(function);
}

// `.func .attribute(.unified(0x1, 0x2)) f (...)`
bool Parser::accept_attribute_of_function() {
  if (!accept_directive(".attribute")) return true;
  Variable ignored;
  return parse_attribute(ignored);
}

// [(results)] name [(parameters)]
bool Parser::parse_signature(Function& function, bool named) {
  if (peek().is('(') && !parse_parameters(function, true)) return false;
  Location location = peek().location;
  if (!expect_word(function.name, named ? "a function's name" : "'_'")) return false;
  function.location = location;
  if (peek().is('(') && !parse_parameters(function, false)) return false;
  if (!function.is_entry) return true;
  if (!function.results.empty()) return fail(location, "found results of a kernel, expected none");
  return !function.params_are_registers || fail(location, "found .reg parameters of a kernel, expected .param");
}

bool Parser::parse_parameters(Function& function, bool results) {
  if (!expect('(', "to open the parameters")) return false;
  if (accept(')')) return true;
  do {
    if (!parse_parameter(function, results)) return false;
  } while (accept(','));
  return expect(')', "to close the parameters");
}

bool Parser::parse_parameter(Function& function, bool results) {
  auto& list = results ? function.results : function.params;
  if (accept_directive(".reg")) {
    (results ? function.results_are_registers : function.params_are_registers) = true;
    auto type = peek().kind == Token::Kind::Directive ? isa::type_from_spelling(peek().text.substr(1)) : std::nullopt;
    if (!type) return fail_found("a register type");
    take();
    Token name = peek();
    std::string text;
    if (!expect_word(text, "a register's name")) return false;
    list.push_back(static_cast<uint32_t>(function.registers.size()));
    if (text == "_") {
      function.registers.push_back({"_", *type});
    } else if (!names_->declare_register(text, *type, 1)) {
      return fail(name.location, "found a second declaration of '" + text + "', expected a new name");
    }
    return true;
  }
  if (!accept_directive(".param")) return fail_found(".param or .reg");
  if (results ? function.results_are_registers : function.params_are_registers) return fail_found(".reg");
  Variable variable;
  variable.space = isa::StateSpace::Param;
  if (!parse_parameter_type(variable)) return false;
  list.push_back(static_cast<uint32_t>(function.locals.size()));
  if (peek().kind == Token::Kind::Word && peek().text == "_") {  // of a prototype: may repeat
    std::vector<uint64_t> dimensions;
    bool open = false;
    variable.name = take().text;
    variable.location = peek().location;
    if (!parse_dimensions(variable, dimensions, open)) return false;
    variable.bytes = uint64_t{isa::bytes_of(variable.type)} * variable.vector;
    for (uint64_t size : dimensions) {
      if (size != 0 && variable.bytes > kMaxBytes / size) return fail(variable.location, "the parameter is too large");
      variable.bytes *= size;
    }
    function.locals.push_back(std::move(variable));
    return true;
  }
  return parse_one_variable(std::move(variable));
}

// As a variable's, and `.ptr{.space}{.align N}` after the type, which only says where a kernel's pointer points.
bool Parser::parse_parameter_type(Variable& variable) {
  uint64_t align = 0;
  for (;;) {
    if (accept_directive(".ptr")) {
      while (peek().is_directive(".global") || peek().is_directive(".const") || peek().is_directive(".shared") ||
             peek().is_directive(".local")) {
        take();
      }
      if (!accept_directive(".align")) continue;
      uint64_t ignored = 0;
      if (!parse_count(ignored, 1u << 20, "an alignment")) return false;
    } else if (peek().kind == Token::Kind::Directive && variable.type != isa::Type::None) {
      return fail_found("the parameter's name");
    } else if (accept_directive(".align")) {
      Location location = peek().location;
      if (!parse_count(align, 1u << 20, "an alignment")) return false;
      if (align == 0 || (align & (align - 1)) != 0)
        return fail(location, "expected an alignment that is a power of two");
    } else if (accept_directive(".v2")) {
      variable.vector = 2;
    } else if (accept_directive(".v4")) {
      variable.vector = 4;
    } else if (accept_opaque(variable)) {
      continue;
    } else if (peek().kind == Token::Kind::Directive) {
      auto type = isa::type_from_spelling(peek().text.substr(1));
      if (!type || *type == isa::Type::Pred) return fail_found("a type");
      variable.type = *type;
      take();
    } else {
      break;
    }
  }
  if (variable.type == isa::Type::None) return fail_found("a type");
  uint32_t own = isa::bytes_of(variable.type) * variable.vector;
  variable.align = align != 0 ? static_cast<uint32_t>(align) : own;
  return true;
}

bool Parser::parse_dimension3(std::array<uint32_t, 3>& values) {
  values = {1, 1, 1};
  for (size_t i = 0; i < 3; i++) {
    uint64_t value = 0;
    if (i > 0 && !accept(',')) break;
    if (!parse_count(value, UINT32_MAX, "a size")) return false;
    values[i] = static_cast<uint32_t>(value);
  }
  return true;
}

bool Parser::parse_performance(Function& function) {
  PerformanceDirectives& performance = function.performance;
  auto number = [&](uint32_t& into) {
    uint64_t value = 0;
    if (!parse_count(value, UINT32_MAX, "a number")) return false;
    into = static_cast<uint32_t>(value);
    return true;
  };
  uint32_t ignored = 0;
  while (peek().kind == Token::Kind::Directive) {
    bool ok = true;
    const Token directive = peek();
    if (accept_directive(".maxntid")) {
      ok = parse_dimension3(performance.max_threads);
    } else if (accept_directive(".reqntid")) {
      ok = parse_dimension3(performance.required_threads);
    } else if (accept_directive(".reqnctapercluster")) {
      ok = parse_dimension3(performance.cluster);
      const std::array<uint32_t, 3> alone = {1, 1, 1};
      if (performance.cluster != alone) refuse("directive '.reqnctapercluster'", directive.location);
    } else if (accept_directive(".minnctapersm")) {
      ok = number(performance.min_blocks);
    } else if (accept_directive(".maxnreg")) {
      ok = number(performance.max_registers);
    } else if (accept_directive(".maxnctapersm") || accept_directive(".maxclusterrank") ||
               accept_directive(".abi_preserve") || accept_directive(".abi_preserve_control")) {
      ok = number(ignored);
    } else if (accept_directive(".noreturn")) {
      function.noreturn = true;
    } else if (accept_directive(".pragma")) {
      ok = skip_until_semicolon();
    } else if (accept_directive(".attribute")) {
      Variable unused;
      ok = parse_attribute(unused);
    } else if (accept_directive(".explicitcluster") || accept_directive(".blocksareclusters")) {
      refuse("directive '" + std::string(directive.text) + "'", directive.location);
    } else {
      return fail_found("'{', ';' or a performance directive");
    }
    if (!ok) return false;
  }
  return true;
}

// A definition takes the place of its declarations, under one SymbolId.
bool Parser::register_function(Function& function) {
  auto found = module_.symbol_by_name.find(function.name);
  uint32_t index = static_cast<uint32_t>(module_.functions.size());
  if (found == module_.symbol_by_name.end()) {
    add_symbol(function.name, {Symbol::Kind::Function, index});
    module_.functions.emplace_back();
  } else {
    Symbol symbol = module_.symbols[found->second];
    bool known = symbol.kind == Symbol::Kind::Function;
    const bool same = known && function.is_entry == module_.functions[symbol.index].is_entry &&
                      same_signature(function, module_.functions[symbol.index]);
    const bool first = function_ != nullptr || function.is_declaration;  // not the body of what was checked before
    if (known && first && !same) {
      return fail(function.location, "found '" + function.name.substr(0, 200) +
                                         "' with other parameters or results, expected those it was declared with");
    }
    if (known && function.is_declaration) return true;
    if (!known || !(module_.functions[symbol.index].is_declaration || module_.functions[symbol.index].name.empty())) {
      return fail(function.location,
                  "found a second definition of '" + function.name.substr(0, 200) + "', expected a new name");
    }
    index = symbol.index;
  }
  // While its body is being parsed a function stands in the module as its own declaration.
  if (function_ != nullptr) {
    Function declaration = function;
    declaration.is_declaration = true;
    module_.functions[index] = std::move(declaration);
  } else {
    module_.functions[index] = std::move(function);
  }
  return true;
}

bool Parser::parse_body(Function& function) {
  if (!expect('{', "to open the body")) return false;
  for (;;) {
    if (peek().kind == Token::Kind::End || peek().kind == Token::Kind::Bad) return fail_found("a statement or '}'");
    if (peek().is('}')) {
      function.end = peek().location;
      take();
      if (names_->depth() == 0) break;
      names_->close_scope();
    } else if (peek().is('{')) {
      if (names_->depth() >= kMaxDepth) return fail(peek().location, "blocks nested too deeply");
      take();
      names_->open_scope();
    } else if (!parse_statement()) {
      return false;
    }
  }
  return finish_body(function);
}

bool Parser::finish_body(Function& function) {
  std::vector<LabelId> labels;
  if (auto unresolved = names_->resolve_labels(labels)) {
    return fail(unresolved->location, "found undefined name '" + unresolved->name.substr(0, 200) +
                                          "', expected a label, register or variable");
  }
  for (Instruction& instruction : function.body) {
    for (Operand& operand : instruction.operands) {
      if (operand.kind == Operand::Kind::Label) operand.id = labels[operand.id];
    }
    if (instruction.form->kind == isa::Kind::Call && !settle_arguments(function, instruction)) return false;
  }
  for (auto& [label, targets] : function.branch_targets) {
    for (LabelId& target : targets) target = labels[target];
  }
  return true;
}

}  // namespace qiao::ptx
