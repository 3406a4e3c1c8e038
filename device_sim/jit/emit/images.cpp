// Textures and surfaces (PTX ISA 9.7.10, 9.7.11): calls of the machine's texture unit, one per active lane. What the
// instruction fixes travels as one constant; coordinates are bits.
#include <bit>

#include "device_sim/jit/emit/function_emitter.h"
#include "device_sim/machine/image_calls.h"
#include "src/ptx/image_operands.h"

namespace qiao::jit {

// The handle, or the address of the variable that holds it; a parameter holds it itself.
Result<LaneValue> FunctionEmitter::read_image(const Instruction& inst, const Operand& op) {
  if (op.kind == Operand::Kind::None) return imm(64, 0);
  if (op.kind != Operand::Kind::Symbol || !op.local) return read(op, 64);
  Operand address = op;
  address.kind = Operand::Kind::Address;
  address.base_is_symbol = true;
  auto place = access(inst, address, isa::StateSpace::Param, sizeof(uint64_t));
  if (!place) return place.error();
  return value(builder_.CreateAlignedLoad(builder_.getInt64Ty(), *place, llvm::Align(1)));
}

// `count` values of 32 bits; what is not there is 0.
Result<void> FunctionEmitter::read_tuple(const Operand* tuple, size_t count, std::vector<LaneValue>& values) {
  for (size_t i = 0; i < count; ++i) {
    Result<LaneValue> element = imm(32, 0);
    if (tuple != nullptr && i < tuple->elements.size()) element = read(tuple->elements[i], 32);
    if (!element) return element.error();
    values.push_back(*element);
  }
  return {};
}

Result<std::vector<LaneValue>> FunctionEmitter::image_arguments(const Instruction& inst) {
  const Operand& image = *operand(inst, "a");
  const auto access = std::bit_cast<uint64_t>(machine::image_access_of(shared_.ptx(), inst));
  auto handle = read_image(inst, image.elements[0]);
  if (!handle) return handle.error();
  return std::vector<LaneValue>{imm(64, access), imm(32, new_site(inst)), *handle};
}

// Elements of `bits`, each in the low bits of its part of the two words.
void FunctionEmitter::write_words(const Operand& d, unsigned bits, unsigned part, LaneValue words) {
  const bool vector = d.kind == Operand::Kind::Vector;
  for (unsigned i = 0; i < (vector ? d.elements.size() : 1); ++i) {
    LaneValue word = value(builder_.CreateExtractValue(words.raw(), i * part / 64));
    if (i * part % 64 != 0) word = value(builder_.CreateLShr(word.bits(), i * part % 64));
    write(vector ? d.elements[i] : d, resize_u(word, bits));
  }
}

LaneValue FunctionEmitter::words_call(const char* name, llvm::ArrayRef<LaneValue> arguments) {
  llvm::SmallVector<llvm::Value*, 20> values{lane_->getArg(function_.is_entry ? 1 : 0)};
  llvm::SmallVector<llvm::Type*, 20> types{builder_.getPtrTy()};
  for (const LaneValue& argument : arguments) {
    values.push_back(argument.bits());
    types.push_back(values.back()->getType());
  }
  llvm::Type* result = llvm::StructType::get(builder_.getInt64Ty(), builder_.getInt64Ty());
  auto callee = shared_.module().getOrInsertFunction(name, llvm::FunctionType::get(result, types, false));
  llvm::cast<llvm::Function>(callee.getCallee())->setDoesNotThrow();
  return value(builder_.CreateCall(callee, values));
}

Result<void> FunctionEmitter::emit_texture(const Instruction& inst) {
  const Operand& image = *operand(inst, "a");
  auto arguments = image_arguments(inst);
  if (!arguments) return arguments.error();
  const bool more = image.elements[1].kind != Operand::Kind::None ||
                    ptx::tuple_size(inst, inst.form->slots[operand(inst, "a") - inst.operands.data()]) > 3 ||
                    operand(inst, "lod") != nullptr || operand(inst, "dx") != nullptr || operand(inst, "e") != nullptr;
  if (more) {
    auto sampler = read_image(inst, image.elements[1]);
    if (!sampler) return sampler.error();
    arguments->push_back(*sampler);
  }
  if (auto done = read_tuple(&image.elements[2], more ? 4 : 3, *arguments); !done) return done;
  if (more) {
    const Operand* level = operand(inst, "lod");
    Result<LaneValue> lod = level == nullptr ? Result<LaneValue>(imm(32, 0)) : read(*level, 32);
    if (!lod) return lod.error();
    arguments->push_back(*lod);
    for (const char* slot : {"dx", "dy", "e"}) {
      if (auto done = read_tuple(operand(inst, slot), 3, *arguments); !done) return done;
    }
  }
  const LaneValue words = words_call(more ? "qiao_lane_tex_more" : "qiao_lane_tex", *arguments);
  write_words(inst.operands[0], isa::bits_of(inst.types[0]), 32, words);
  if (const Operand* p = operand(inst, "p")) write(*p, imm(1, 1));  // all memory is resident
  return {};
}

Result<void> FunctionEmitter::emit_image_query(const Instruction& inst) {
  auto arguments = image_arguments(inst);
  if (!arguments) return arguments.error();
  const Operand* level = operand(inst, "lod");
  Result<LaneValue> lod = level == nullptr ? Result<LaneValue>(imm(32, 0)) : read(*level, 32);
  if (!lod) return lod.error();
  arguments->push_back(*lod);
  write(inst.operands[0], lane_call("qiao_lane_image_query", 32, *arguments));
  return {};
}

Result<void> FunctionEmitter::emit_surface(const Instruction& inst) {
  auto arguments = image_arguments(inst);
  if (!arguments) return arguments.error();
  if (auto done = read_tuple(&operand(inst, "a")->elements[2], 3, *arguments); !done) return done;
  const unsigned bits = isa::bits_of(inst.types[0]), part = bits == 64 ? 64 : 32;
  if (inst.form->kind == isa::Kind::SurfaceLoad) {
    write_words(inst.operands[0], bits, part, words_call("qiao_lane_suld", *arguments));
    return {};
  }
  const Operand& source = *operand(inst, "c");
  const bool vector = source.kind == Operand::Kind::Vector;
  LaneValue words[] = {imm(64, 0), imm(64, 0)};
  for (unsigned i = 0; i < (vector ? source.elements.size() : 1); ++i) {
    auto element = read(vector ? source.elements[i] : source, bits);
    if (!element) return element.error();
    const LaneValue wide = resize_u(value(element->bits()), 64);
    LaneValue& word = words[i * part / 64];
    word = word | value(builder_.CreateShl(wide.bits(), i * part % 64));
  }
  const bool stores = inst.form->kind == isa::Kind::SurfaceStore;
  arguments->push_back(words[0]);
  if (stores) arguments->push_back(words[1]);
  lane_call(stores ? "qiao_lane_sust" : "qiao_lane_sured", 0, *arguments);
  return {};
}

}  // namespace qiao::jit
