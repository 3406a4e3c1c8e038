// Addresses in brackets, and elements of arrays (PTX ISA 9.0, 6.4.1 and 6.4.2).
#include "src/ptx/parser.h"

namespace qiao::ptx {

// `+4`, `-4`, `+-4`, several of them.
bool Parser::parse_offset(int64_t& offset) {
  while (peek().is('+') || peek().is('-')) {
    bool minus = take().is('-');
    Location location = peek().location;
    Constant value;
    if (!parse_expression(value, 10)) return false;
    if (value.kind != Constant::Kind::Integer) return fail(location, "found a float, expected an offset in bytes");
    uint64_t sum = static_cast<uint64_t>(offset) + (minus ? -value.bits : value.bits);
    offset = static_cast<int64_t>(sum);
  }
  return true;
}

// `[%rd1+4]`, `[name+4]`, `[name]`, `[0x100]`
bool Parser::parse_address(Operand& operand) {
  if (!expect('[', "to open the address")) return false;
  if (peek().kind == Token::Kind::Word && peek().text != "WARP_SZ") {
    Token word = take();
    if (!find_name(word, operand)) return false;
    bool symbol = operand.kind == Operand::Kind::Symbol;
    if (!symbol && operand.kind != Operand::Kind::Register) {
      return fail(word.location,
                  "found '" + std::string(word.text) + "', expected a register or variable in an address");
    }
    operand.base_is_symbol = symbol;
    if (!parse_offset(operand.offset)) return false;
  } else if (!parse_immediate(operand)) {
    return false;
  }
  operand.kind = Operand::Kind::Address;
  operand.component = 0;
  if (!expect(']', "to close the address")) return false;
  accept_directive(".unified");  // ld's mark on variables with that attribute: one memory, nothing to do
  return true;
}

// `a[3]`, `a[r]`, `a[r+3]`: an element of the variable, counted in its type whatever the array's dimensions; an address
// like `[a+12]` where one is due, else its value.
bool Parser::parse_index(Operand& operand, bool address) {
  const Variable* variable = nullptr;
  if (operand.local) {
    variable = &function_->locals[operand.id];
  } else if (module_.symbols[operand.id].kind == Symbol::Kind::Variable) {
    variable = &module_.variables[module_.symbols[operand.id].index];
  }
  if (variable == nullptr) return fail_found("no index behind a function");
  const uint64_t element = uint64_t{isa::bytes_of(variable->type)} * variable->vector;
  take();  // the bracket
  Operand index;
  if (peek().kind == Token::Kind::Word && peek().text != "WARP_SZ") {
    Token word = take();
    if (!find_name(word, index)) return false;
    if (index.kind != Operand::Kind::Register) return fail(word.location, "expected a register or constant as index");
    if (!parse_offset(index.offset)) return false;
  } else {
    Location location = peek().location;
    Constant value;
    if (!parse_constant(value)) return false;
    if (value.kind != Constant::Kind::Integer) return fail(location, "found a float, expected an index");
    index.offset = static_cast<int64_t>(value.bits);
  }
  if (!expect(']', "to close the index")) return false;
  operand.offset += static_cast<int64_t>(static_cast<uint64_t>(index.offset) * element);
  if (index.kind == Operand::Kind::Register) return index_by_register(index.id, element, address, operand);
  if (!address) return true;
  operand.kind = Operand::Kind::Address;
  operand.base_is_symbol = true;
  return true;
}

Operand Parser::temporary(isa::Type type) {
  Operand operand;
  operand.kind = Operand::Kind::Register;
  operand.id = static_cast<RegisterId>(function_->registers.size());
  function_->registers.push_back({"%element", type});
  return operand;
}

void Parser::insert(std::string_view instruction, std::vector<Operand> operands) {
  const isa::FormMatch match = isa::match_form(instruction);
  Instruction inserted;
  inserted.form = match.form;
  inserted.modifiers = match.modifiers;
  inserted.types = match.types;
  inserted.operands = std::move(operands);
  inserted.location = peek().location;
  inserted.source = source_;
  function_->body.push_back(std::move(inserted));
}

// No operand adds a scaled register to a variable: three instructions in front of this one do. A 32-bit index is
// scaled in 32 bits and is unsigned, as the code of NVIDIA's assembler is.
bool Parser::index_by_register(RegisterId index, uint64_t element, bool address, Operand& operand) {
  const isa::Type type = function_->registers[index].type;
  const unsigned bits = isa::bits_of(type);
  if (isa::is_float(type) || type == isa::Type::Pred || (bits != 32 && bits != 64)) {
    return fail_found("an index of 32 or 64 bits before it");
  }
  Operand given, scale;
  given.kind = Operand::Kind::Register;
  given.id = index;
  scale.kind = Operand::Kind::Immediate;
  scale.bits = element;
  Operand scaled = temporary(bits == 32 ? isa::Type::U32 : isa::Type::U64);
  insert(bits == 32 ? "mul.lo.u32" : "mul.lo.u64", {scaled, given, scale});
  if (bits == 32) {
    Operand wide = temporary(isa::Type::U64);
    insert("cvt.u64.u32", {wide, scaled});
    scaled = wide;
  }
  Operand base = temporary(isa::Type::U64), sum = temporary(isa::Type::U64);
  insert("mov.u64", {base, operand});
  insert("add.u64", {sum, base, scaled});
  operand = sum;
  if (address) operand.kind = Operand::Kind::Address;
  return true;
}

}  // namespace qiao::ptx
