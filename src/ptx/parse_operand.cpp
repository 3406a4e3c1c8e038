// Operands of an instruction, and how they find the form's slots (PTX ISA 9.0, 6).
#include "src/ptx/parser.h"

namespace qiao::ptx {

namespace {

// Until an immediate meets its slot its `component` holds what kind of constant it is.
enum Written : uint8_t { Signed, Unsigned, Single, Double };

Constant constant_of(const Operand& operand) {
  Constant constant;
  if (operand.component == Single) constant.kind = Constant::Kind::Single;
  if (operand.component == Double) constant.kind = Constant::Kind::Double;
  constant.is_unsigned = operand.component == Unsigned;
  constant.bits = operand.bits;
  return constant;
}

isa::Type bits_type(unsigned width) {
  switch (width) {
    case 8:
      return isa::Type::B8;
    case 16:
      return isa::Type::B16;
    case 32:
      return isa::Type::B32;
    case 64:
      return isa::Type::B64;
    default:
      return isa::Type::None;
  }
}

}  // namespace

bool Parser::find_special(std::string_view word, Operand& operand) {
  size_t dot = word.find('.');
  auto special = isa::special_register_from_spelling(word.substr(0, dot));
  if (!special) return false;
  operand.kind = Operand::Kind::Special;
  operand.special = *special;
  if (dot == word.npos && isa::is_vector(*special)) {  // all of it: mov.v4.u32 d, %tid
    Operand component = operand;
    operand.kind = Operand::Kind::Vector;
    for (uint8_t i = 0; i < 4; i++) {
      component.component = i;
      operand.elements.push_back(component);
    }
    return true;
  }
  if (dot == word.npos) return true;
  if (dot + 2 != word.size() || !isa::is_vector(*special)) return false;
  size_t component = std::string_view("xyzw").find(word[dot + 1]);
  if (component == std::string_view::npos) component = std::string_view("rgba").find(word[dot + 1]);
  operand.component = static_cast<uint8_t>(component);
  return component < 4;
}

// A register, a variable of the body, a special register or a symbol of the module.
bool Parser::find_name(const Token& word, Operand& operand) {
  if (auto found = names_->find(word.text)) {
    operand.id = found->id;
    operand.kind = found->kind == Named::Kind::Register ? Operand::Kind::Register : Operand::Kind::Symbol;
    operand.local = found->kind == Named::Kind::Local;
    if (found->vector == 1) return true;
    operand.kind = Operand::Kind::Vector;  // `.reg .v4 .f32 v`: all of v
    operand.id = kNoId;
    for (unsigned i = 0; i < found->vector; i++) {
      operand.elements.emplace_back();
      operand.elements.back().kind = Operand::Kind::Register;
      operand.elements.back().id = found->id + i;
    }
    return true;
  }
  size_t dot = word.text.find('.');
  if (word.text[0] == '%' && find_special(word.text, operand)) return true;
  if (dot != word.text.npos && dot + 2 == word.text.size()) {
    auto found = names_->find(word.text.substr(0, dot));
    size_t component = std::string_view("xyzw").find(word.text[dot + 1]);
    if (component == std::string_view::npos) component = std::string_view("rgba").find(word.text[dot + 1]);
    if (found && found->kind == Named::Kind::Register && component < found->vector && found->vector > 1) {
      operand.kind = Operand::Kind::Register;
      operand.id = found->id + static_cast<uint32_t>(component);
      return true;
    }
  }
  auto symbol = module_.symbol_by_name.find(std::string(word.text));
  if (symbol != module_.symbol_by_name.end()) {
    operand.kind = Operand::Kind::Symbol;
    operand.id = symbol->second;
    return true;
  }
  return fail(word.location, "found undefined name '" + std::string(word.text.substr(0, 200)) +
                                 "', expected a register, variable or function");
}

bool Parser::parse_immediate(Operand& operand) {
  Constant value;
  if (!parse_constant(value)) return false;
  operand.kind = Operand::Kind::Immediate;
  operand.bits = value.bits;
  operand.is_float_literal = value.kind != Constant::Kind::Integer;
  operand.component = value.kind == Constant::Kind::Single   ? Single
                      : value.kind == Constant::Kind::Double ? Double
                      : value.is_unsigned                    ? Unsigned
                                                             : Signed;
  return true;
}

bool Parser::parse_word_operand(Operand& operand, bool address) {
  if (peek().text == "WARP_SZ") return parse_immediate(operand);
  Token word = take();
  if (word.text == "_") {
    operand.kind = Operand::Kind::Sink;
    return true;
  }
  if (!find_name(word, operand)) return false;
  if (operand.kind != Operand::Kind::Symbol) return true;
  if (peek().is('[')) return parse_index(operand, address);
  return parse_offset(operand.offset);
}

bool Parser::parse_vector(Operand& operand) {
  if (!expect('{', "to open the vector")) return false;
  operand.kind = Operand::Kind::Vector;
  do {
    if (operand.elements.size() == 128) return fail_found("'}': the vector is too long");
    Operand& element = operand.elements.emplace_back();
    if (peek().kind == Token::Kind::Word ? !parse_word_operand(element) : !parse_immediate(element)) return false;
  } while (accept(','));
  return expect('}', "to close the vector");
}

bool Parser::parse_operand(Operand& operand, isa::OperandType slot) {
  const bool label = slot == isa::OperandType::Label;
  if (peek().is('[')) return slot == isa::OperandType::Image ? parse_image(operand) : parse_address(operand);
  if (peek().is('{')) return parse_vector(operand);
  if (label && peek().kind == Token::Kind::Word) {
    Token word = take();
    operand.kind = Operand::Kind::Label;
    operand.id = names_->use_label(word.text, word.location);
    return true;
  }
  if (peek().kind == Token::Kind::Word) return parse_word_operand(operand, slot == isa::OperandType::Address);
  // `!` before a number belongs to a constant expression, before a name to a predicate.
  const bool in_constant = std::string_view("0123456789.(~!-+").find(lexer_.after()) != std::string_view::npos;
  if (!peek().is('!') || in_constant) return parse_immediate(operand);
  Location location = peek().location;
  take();
  if (peek().kind != Token::Kind::Word) return fail_found("a predicate register after '!'");
  if (!parse_word_operand(operand)) return false;
  if (operand.kind != Operand::Kind::Register) return fail(location, "found '!', expected it before a register only");
  operand.negated = true;
  return true;
}

// `a.b2`, `-a.h1` (PTX ISA 9.7.18): the selector goes with the operand.
bool Parser::parse_selected(Operand& operand, const isa::OperandSlot& slot) {
  operand.selector = isa::default_selector_word(slot.selector);
  const bool minus = slot.negatable && accept('-');
  if (peek().kind != Token::Kind::Word) {
    if (!parse_immediate(operand)) return false;
    if (minus) operand.bits = -operand.bits;
    return true;
  }
  Token name = take();
  const size_t dot = name.text.rfind('.');
  if (dot != name.text.npos) {
    if (auto word = isa::selector_word(slot.selector, name.text.substr(dot + 1))) {
      operand.selector = *word;
      name.text = name.text.substr(0, dot);
    }
  }
  if (minus) operand.selector |= isa::kNegatedOperand;
  return find_name(name, operand);
}

bool Parser::parse_operands(Instruction& instruction) {
  const isa::OperandSlots& slots = instruction.form->slots;
  std::vector<Given> given;
  Location location = instruction.location;
  bool after_pipe = false;
  size_t at = 0;
  while (!peek().is(';')) {
    if (given.size() == isa::OperandSlots::kMax) return fail_found("';': too many operands");
    Given& next = given.emplace_back();
    next.after_pipe = after_pipe;
    next.location = peek().location;
    isa::OperandSlot slot;
    slot.type = isa::OperandType::Any;
    while (at < slots.size() && slots[at].after_pipe && !after_pipe) at++;  // `|p` is not there
    if (at < slots.size()) slot = slots[at++];
    const bool parsed =
        slot.has_selector_word() ? parse_selected(next.operand, slot) : parse_operand(next.operand, slot.type);
    if (!parsed) return false;
    after_pipe = accept('|');
    if (!after_pipe && !accept(',')) break;
    if (peek().is(';')) return fail_found("an operand");
  }
  return assign_slots(instruction, given, location);
}

namespace {

// `{r}` is r where a vector may stand: Triton writes its loads and stores of one element so, and ptxas takes them.
void unwrap_single(const isa::OperandSlot& slot, Operand& operand) {
  bool vector = slot.type == isa::OperandType::Vec || slot.type == isa::OperandType::Pack;
  if (!vector || operand.kind != Operand::Kind::Vector || operand.elements.size() != 1) return;
  Operand single = std::move(operand.elements[0]);
  operand = std::move(single);
}

}  // namespace

// Gives each slot its operand. Optional slots are filled from the left; the cache policy is there if its modifier is.
bool Parser::assign_slots(Instruction& instruction, std::vector<Given>& given, Location location) {
  const isa::Form& form = *instruction.form;
  bool policy = instruction.modifiers.has(isa::Mod::L2CacheHint);
  int extras = 0;
  for (const Given& operand : given) extras += !operand.after_pipe;
  for (const isa::OperandSlot& slot : form.slots) extras -= !slot.after_pipe && !slot.optional;
  extras -= policy;
  size_t at = 0;
  instruction.operands.resize(form.slots.size());
  for (size_t i = 0; i < form.slots.size(); i++) {
    const isa::OperandSlot& slot = form.slots[i];
    bool here = at < given.size() && given[at].after_pipe == slot.after_pipe;
    // An optional tuple of offsets stands in braces; what follows it does not.
    if (slot.optional && slot.type == isa::OperandType::Tuple) {
      here = here && given[at].operand.kind == Operand::Kind::Vector;
    }
    if (slot.optional && !slot.after_pipe) here = here && (slot.name == "policy" ? policy : extras > 0 && extras-- > 0);
    if (here) {
      unwrap_single(slot, given[at].operand);
      if (!settle_immediates(instruction, slot, given[at].operand, given[at].location)) return false;
      instruction.operands[i] = std::move(given[at++].operand);
    } else if (!slot.optional || (slot.name == "policy" && policy)) {
      at = given.size() + 1;
      break;
    }
  }
  if (at == given.size()) return true;
  return fail(location,
              "found " + std::to_string(given.size()) + " operands, expected '" + std::string(form.syntax) + "'");
}

// `loose`: as in an initialiser, which the arguments of a call are taken like.
bool Parser::settle_immediate(Operand& operand, isa::Type type, Location location, bool loose) {
  if (operand.kind != Operand::Kind::Immediate || type == isa::Type::None) return true;
  auto bits = loose ? initial_bits(constant_of(operand), type) : bits_as(constant_of(operand), type);
  if (!bits) {
    return fail(location,
                "found a constant that does not fit, expected one of type ." + std::string(isa::spelling_of(type)));
  }
  operand.bits = *bits;
  operand.component = 0;
  return true;
}

bool Parser::settle_immediates(Instruction& instruction, const isa::OperandSlot& slot, Operand& operand,
                               Location location) {
  if (operand.kind == Operand::Kind::Image || slot.type == isa::OperandType::Tuple) {
    return settle_image(instruction, slot, operand, location);
  }
  isa::Type type = isa::type_of_slot(slot, instruction.types);
  if (operand.kind == Operand::Kind::Vector && slot.type == isa::OperandType::Pack) {
    type = bits_type(isa::bits_of(type) / static_cast<unsigned>(operand.elements.size()));
  }
  if (operand.kind != Operand::Kind::Vector) return settle_immediate(operand, type, location);
  for (Operand& element : operand.elements) {
    if (!settle_immediate(element, type, location)) return false;
  }
  return true;
}

}  // namespace qiao::ptx
