// Operands of instructions on textures and surfaces (PTX ISA 9.7.10, 9.7.11), and what .samplerref variables begin
// with (5.3.2).
#include "src/ptx/image_operands.h"
#include "src/ptx/parser.h"
#include "src/ptx/sampler_state.h"
#include "src/ptx/sources.h"

namespace qiao::ptx {

namespace {

// A scalar may stand where a tuple of one does.
void wrap_single(Operand& operand) {
  if (operand.kind == Operand::Kind::Vector) return;
  Operand single = std::move(operand);
  operand = {};
  operand.kind = Operand::Kind::Vector;
  operand.elements.push_back(std::move(single));
}

}  // namespace

// `[a]`, `[a, c]`, `[a, b, c]`: texture or surface, sampler, coordinates; always three elements.
bool Parser::parse_image(Operand& operand) {
  if (!expect('[', "to open the texture or surface")) return false;
  operand.kind = Operand::Kind::Image;
  operand.elements.resize(3);
  std::vector<Operand> rest;
  if (peek().kind != Token::Kind::Word) return fail_found("a texture, a surface or a register");
  if (!parse_word_operand(operand.elements[0])) return false;
  while (accept(',')) {
    if (rest.size() == 2) return fail_found("']': at most a sampler and coordinates");
    if (!parse_operand(rest.emplace_back(), isa::OperandType::Any)) return false;
  }
  if (!rest.empty()) {
    operand.elements[2] = std::move(rest.back());
    wrap_single(operand.elements[2]);
  }
  if (rest.size() == 2) operand.elements[1] = std::move(rest.front());
  return expect(']', "to close the texture or surface");
}

// Constants among coordinates, offsets and gradients.
bool Parser::settle_image(const Instruction& instruction, const isa::OperandSlot& slot, Operand& operand,
                          Location location) {
  const bool image = slot.type == isa::OperandType::Image;
  if (!image) wrap_single(operand);
  Operand& tuple = image ? operand.elements[2] : operand;
  for (size_t i = 0; i < tuple.elements.size(); i++) {
    if (!settle_immediate(tuple.elements[i], tuple_type(instruction, slot, i), location)) return false;
  }
  return true;
}

// What no emulated texture unit can do here. An empty string: nothing.
std::string_view Parser::refused_image(const Instruction& instruction) const {
  using isa::Mod;
  if (find_operand(instruction, "f") != nullptr) return "a depth comparison by";
  const Mod geometry = instruction.modifiers.at(isa::Axis::Geometry);
  const bool cube = geometry == Mod::GeometryCube || geometry == Mod::GeometryAcube;
  if (cube && instruction.modifiers.has(Mod::LodGrad)) return "the gradients of";
  return {};
}

// The type of a texture, sampler or surface variable: eight bytes with the handle of what is bound, or its state.
bool Parser::accept_opaque(Variable& variable) {
  for (isa::Mod kind : {isa::Mod::TexRef, isa::Mod::SamplerRef, isa::Mod::SurfRef}) {
    if (!accept_directive("." + std::string(isa::spelling_of(kind)))) continue;
    variable.opaque = kind;
    variable.type = isa::Type::B64;
    return true;
  }
  return false;
}

// `= { addr_mode_0 = clamp_to_border, filter_mode = nearest }`
bool Parser::parse_sampler_initializer(Variable& variable) {
  if (!expect('{', "to open the initialiser")) return false;
  SamplerState state;
  while (!peek().is('}')) {
    const Location location = peek().location;
    std::string field, value;
    if (!expect_word(field, "a field") || !expect('=', "after the field")) return false;
    if (peek().kind == Token::Kind::Word) {
      value = take().text;
    } else {
      uint64_t number = 0;
      if (!parse_count(number, UINT32_MAX, "a value")) return false;
      value = std::to_string(number);
    }
    if (variable.opaque == isa::Mod::SamplerRef && !state.set(field, value)) {
      return fail(location, "found '" + field.substr(0, 60) + " = " + value.substr(0, 60) +
                                "', expected a field of a sampler and one of its values");
    }
    if (!accept(',')) break;
  }
  variable.init.resize(1);
  variable.init[0].bits = state.bits();
  return expect('}', "to close the initialiser");
}

}  // namespace qiao::ptx
