// Calls (PTX ISA 9.0, 9.7.13.5): their operands, and the immediates among their arguments, which have the type of the
// parameter they are for.
#include "src/ptx/parser.h"

namespace qiao::ptx {

bool Parser::parse_call_list(Operand& list) {
  list.kind = Operand::Kind::List;
  if (!expect('(', "to open the list")) return false;
  if (accept(')')) return true;
  do {
    Operand& element = list.elements.emplace_back();
    if (peek().kind == Token::Kind::Word ? !parse_word_operand(element) : !parse_immediate(element)) return false;
  } while (accept(','));
  return expect(')', "to close the list");
}

// call{.uni} (results), function, (arguments), targets: all but the function may be missing.
bool Parser::parse_call(Instruction& instruction) {
  instruction.operands.resize(4);
  Operand& results = instruction.operands[0];
  Operand& function = instruction.operands[1];
  Operand& arguments = instruction.operands[2];
  results.kind = arguments.kind = Operand::Kind::List;
  if (peek().is('(') && (!parse_call_list(results) || !expect(',', "after the results"))) return false;
  Token name = peek();
  if (name.kind != Token::Kind::Word) return fail_found("a function or a register");
  if (!parse_word_operand(function)) return false;
  if (!accept(',')) return true;
  if (peek().is('(')) {
    if (!parse_call_list(arguments)) return false;
    if (!accept(',')) return true;
  }
  return parse_operand(instruction.operands[3], isa::OperandType::Label);
}

bool Parser::settle_arguments(const Function& function, Instruction& call) {
  const Function* callee = signature_of(module_, function, call);
  std::vector<Operand>& arguments = call.operands[2].elements;
  for (size_t i = 0; i < arguments.size() && callee != nullptr && i < callee->params.size(); i++) {
    const uint32_t id = callee->params[i];
    const isa::Type type = callee->params_are_registers ? callee->registers[id].type : callee->locals[id].type;
    if (!settle_immediate(arguments[i], type, call.location, true)) return false;
  }
  return true;
}

}  // namespace qiao::ptx
