// Statements of a function body: directives, labels and instructions (PTX ISA 9.0, 4.3, 11.3).
#include <algorithm>

#include "src/ptx/parser.h"
#include "src/ptx/place.h"

namespace qiao::ptx {

bool Parser::parse_statement() {
  if (peek().kind == Token::Kind::Directive) return parse_body_directive();
  if (peek().is(';')) return accept(';');
  if (peek().is('@')) return parse_guarded();
  if (peek().kind != Token::Kind::Word) return fail_found("an instruction, a label or a directive");
  Token word = take();
  if (peek().is(':')) return parse_label(word);
  return parse_instruction({}, word);
}

bool Parser::parse_body_directive() {
  if (accept_directive(".reg")) return parse_registers();
  if (accept_directive(".loc")) return parse_loc();
  if (accept_directive(".pragma")) return skip_until_semicolon();
  if (accept_directive(".file")) return parse_file();
  if (accept_directive(".section")) return parse_section();
  Modifiers modifiers;
  parse_linkage(modifiers);
  constexpr std::pair<std::string_view, isa::StateSpace> kSpaces[] = {{".local", isa::StateSpace::Local},
                                                                      {".shared", isa::StateSpace::Shared},
                                                                      {".param", isa::StateSpace::Param},
                                                                      {".global", isa::StateSpace::Global},
                                                                      {".const", isa::StateSpace::Const}};
  for (auto [name, space] : kSpaces) {
    if (!accept_directive(name)) continue;
    // Before PTX 1.4 a kernel declared its parameters in its body.
    const size_t first = function_->locals.size();
    const bool parameters = space == isa::StateSpace::Param && function_->is_entry && module_.version < 14;
    if (!parse_variables(space, modifiers.linkage)) return false;
    for (size_t i = first; parameters && i < function_->locals.size(); i++) {
      function_->params.push_back(static_cast<uint32_t>(i));
    }
    return true;
  }
  return fail_found("a directive of a function body");
}

// `.reg .b32 a, %r<18>;` and `.reg .v4 .f32 v;`
bool Parser::parse_registers() {
  uint8_t vector = 1;
  if (accept_directive(".v2")) vector = 2;
  if (accept_directive(".v4")) vector = 4;
  auto type = peek().kind == Token::Kind::Directive ? isa::type_from_spelling(peek().text.substr(1)) : std::nullopt;
  if (!type) return fail_found("a register type");
  take();
  do {
    Location location = peek().location;
    std::string name;
    if (!expect_word(name, "a register's name")) return false;
    bool added = false;
    if (accept('<')) {
      uint64_t count = 0;
      if (!parse_count(count, kMaxRange, "a number of registers") || !expect('>', "after the number")) return false;
      added = names_->declare_range(name, static_cast<uint32_t>(count), *type, vector);
    } else {
      added = names_->declare_register(name, *type, vector);
    }
    if (!added) {
      return fail(location, "found a second declaration of '" + name.substr(0, 200) + "', expected a new name");
    }
  } while (accept(','));
  return expect(';', "after the registers");
}

// `.loc 1 9 31` and what an inlined call adds: `, function_name $L__info_string0, inlined_at 1 11 30`
bool Parser::parse_loc() {
  uint64_t file = 0, line = 0, column = 0;
  if (!parse_count(file, UINT32_MAX, "a file index") || !parse_count(line, UINT32_MAX, "a line") ||
      !parse_count(column, UINT32_MAX, "a column")) {
    return false;
  }
  source_ = {static_cast<uint32_t>(file), static_cast<uint32_t>(line), static_cast<uint32_t>(column)};
  while (accept(',')) {
    std::string what;
    if (!expect_word(what, "function_name or inlined_at")) return false;
    if (what == "inlined_at") {
      uint64_t ignored = 0;
      for (int i = 0; i < 3; i++) {
        if (!parse_count(ignored, UINT32_MAX, "a file, line or column")) return false;
      }
    } else if (what == "function_name") {
      std::string label;
      if (!expect_word(label, "a label")) return false;
      uint64_t offset = 0;
      if (accept('+') && !parse_count(offset, UINT32_MAX, "an offset")) return false;
    } else {
      return fail(peek().location, "found '" + what.substr(0, 60) + "', expected function_name or inlined_at");
    }
  }
  return true;
}

bool Parser::parse_label(const Token& name) {
  take();  // the colon
  if (!names_->define_label(name.text)) {
    return fail(name.location,
                "found a second label '" + std::string(name.text.substr(0, 200)) + "', expected a new one");
  }
  if (accept_directive(".callprototype")) return parse_prototype();
  if (accept_directive(".branchtargets")) return parse_branch_targets();
  if (accept_directive(".calltargets")) return parse_call_targets();
  return true;
}

// These directives stand at the label that was defined last.
LabelId Parser::last_label() const {
  return static_cast<LabelId>(function_->labels.size() - 1);
}

bool Parser::parse_prototype() {
  Function prototype;
  Names names(prototype);
  Names* outer = names_;
  names_ = &names;
  Function* outer_function = function_;
  function_ = &prototype;
  bool ok = parse_signature(prototype, false) && parse_performance(prototype);
  names_ = outer;
  function_ = outer_function;
  if (!ok) return false;
  prototype.is_declaration = true;
  function_->prototypes[last_label()] = static_cast<uint32_t>(module_.prototypes.size());
  module_.prototypes.push_back(std::move(prototype));
  return expect(';', "after .callprototype");
}

bool Parser::parse_branch_targets() {
  std::vector<LabelId> targets;
  do {
    Token target = peek();
    std::string name;
    if (!expect_word(name, "a label")) return false;
    targets.push_back(names_->use_label(target.text, target.location));
  } while (accept(','));
  function_->branch_targets[last_label()] = std::move(targets);
  return expect(';', "after .branchtargets");
}

// An indirect call through a list of functions: they share a signature, so the first one's serves as the prototype.
bool Parser::parse_call_targets() {
  bool first = true;
  do {
    Location location = peek().location;
    std::string name;
    if (!expect_word(name, "a function")) return false;
    auto found = module_.symbol_by_name.find(name);
    if (found == module_.symbol_by_name.end() || module_.symbols[found->second].kind != Symbol::Kind::Function) {
      return fail(location, "found '" + name.substr(0, 200) + "', expected a function declared before");
    }
    if (!first) continue;
    first = false;
    const Function& target = module_.functions[module_.symbols[found->second].index];
    Function prototype;
    prototype.name = "_";
    prototype.is_declaration = true;
    prototype.results = target.results;
    prototype.params = target.params;
    prototype.locals = target.locals;
    prototype.registers = target.registers;
    prototype.params_are_registers = target.params_are_registers;
    prototype.results_are_registers = target.results_are_registers;
    function_->prototypes[last_label()] = static_cast<uint32_t>(module_.prototypes.size());
    module_.prototypes.push_back(std::move(prototype));
  } while (accept(','));
  return expect(';', "after .calltargets");
}

bool Parser::parse_guarded() {
  take();  // '@'
  Instruction instruction;
  instruction.guard_negated = accept('!');
  Token name = peek();
  std::string text;
  if (!expect_word(text, "a predicate register")) return false;
  auto found = names_->find(name.text);
  if (!found || found->kind != Named::Kind::Register || found->vector != 1) {
    return fail(name.location, "found '" + text.substr(0, 200) + "', expected a predicate register");
  }
  if (function_->registers[found->id].type != isa::Type::Pred) {
    return fail(name.location, "found guard '" + text + "' of type ." +
                                   std::string(isa::spelling_of(function_->registers[found->id].type)) +
                                   ", expected a .pred register");
  }
  instruction.guard = found->id;
  if (peek().kind != Token::Kind::Word) return fail_found("an instruction after the guard");
  Token opcode = take();
  return parse_instruction(std::move(instruction), opcode);
}

void Parser::refuse(std::string_view what, Location location) {
  if (!function_->unusable.empty()) return;
  function_->unusable = "unsupported: " + std::string(what.substr(0, 200)) + " at " +
                        place_of(module_, location, source_) + " in " +
                        (function_->is_entry ? "kernel " : "function ") + function_->name;
}

bool Parser::unknown_instruction(const Token& opcode, const isa::FormMatch& match) {
  using Outcome = isa::FormMatch::Outcome;
  constexpr uint32_t kNewestVersion = 90;
  if (match.outcome == Outcome::UnknownModifier && module_.version <= kNewestVersion) {
    std::string_view token = opcode.text.substr(match.token_offset);
    token = token.substr(0, token.find('.', 1));
    Location at = opcode.location;
    at.column += static_cast<uint32_t>(match.token_offset);
    return fail(at, "found '" + std::string(token.substr(0, 60)) + "', expected a modifier or type of '" +
                        std::string(opcode.text.substr(0, opcode.text.find('.'))) + "'");
  }
  if (match.outcome == Outcome::UnknownOpcode && module_.version <= kNewestVersion) {
    return fail(opcode.location, "found '" + std::string(opcode.text.substr(0, 100)) +
                                     "', expected an instruction of PTX " + std::to_string(kNewestVersion / 10) +
                                     ".0 or older");
  }
  refuse("instruction '" + std::string(opcode.text.substr(0, 100)) + "'", opcode.location);
  return skip_until_semicolon();
}

bool Parser::parse_instruction(Instruction instruction, const Token& opcode) {
  auto [entry, added] = forms_.try_emplace(opcode.text);
  if (added) entry->second = isa::match_form(opcode.text);
  const isa::FormMatch& match = entry->second;
  if (match.outcome != isa::FormMatch::Outcome::Found) return unknown_instruction(opcode, match);
  const auto& types = match.types;
  if (map_f64_to_f32_ && std::find(types.begin(), types.end(), isa::Type::F64) != types.end()) {
    refuse("instruction '" + std::string(opcode.text.substr(0, 100)) + "' under map_f64_to_f32", opcode.location);
    return skip_until_semicolon();
  }
  instruction.form = match.form;
  instruction.modifiers = match.modifiers;
  instruction.types = match.types;
  instruction.location = opcode.location;
  instruction.source = source_;
  bool ok = match.form->kind == isa::Kind::Call ? parse_call(instruction) : parse_operands(instruction);
  if (!ok) return false;
  if (!expect(';', "after the instruction")) return false;
  if (match.form->kind == isa::Kind::Texture) {
    const std::string_view refused = refused_image(instruction);
    if (!refused.empty()) {
      refuse(std::string(refused) + " instruction '" + std::string(opcode.text.substr(0, 100)) + "'", opcode.location);
      return true;
    }
  }
  function_->body.push_back(std::move(instruction));
  return true;
}

}  // namespace qiao::ptx
