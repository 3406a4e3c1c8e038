#include "src/ptx/image_operands.h"

namespace qiao::ptx {

namespace {

using isa::Mod;

bool is_layered(Mod geometry) {
  return geometry == Mod::GeometryA1d || geometry == Mod::GeometryA2d || geometry == Mod::GeometryAcube;
}

size_t dimensions(Mod geometry) {
  if (geometry == Mod::Geometry1d || geometry == Mod::GeometryA1d) return 1;
  return geometry == Mod::Geometry2d || geometry == Mod::GeometryA2d ? 2 : 3;
}

}  // namespace

isa::Type tuple_type(const Instruction& instruction, const isa::OperandSlot& slot, size_t index) {
  const bool image = slot.type == isa::OperandType::Image;
  if (!image) return slot.name == "e" ? isa::Type::S32 : isa::Type::F32;
  if (index == 0 && is_layered(instruction.modifiers.at(isa::Axis::Geometry))) return isa::Type::U32;
  const bool is_float = instruction.form->kind == isa::Kind::Texture && instruction.types[1] == isa::Type::F32;
  return is_float ? isa::Type::F32 : isa::Type::S32;
}

size_t tuple_size(const Instruction& instruction, const isa::OperandSlot& slot) {
  const Mod geometry = instruction.modifiers.at(isa::Axis::Geometry);
  if (geometry == Mod::None) return 0;
  const bool layer = slot.type == isa::OperandType::Image && is_layered(geometry);
  return dimensions(geometry) + layer;
}

}  // namespace qiao::ptx
