// Textures and surfaces (PTX ISA 9.7.10, 9.7.11): lane by lane through the machine's texture unit.
#include <algorithm>
#include <bit>
#include <cstring>

#include "device_sim/interp/warp.h"
#include "device_sim/machine/image_calls.h"

namespace qiao::interp {

using isa::HostValue;
using machine::ImageAccess;
using machine::ImageWords;

// The handle, or the address of the variable that holds it; a parameter holds it itself.
bool Warp::read_image(const Operand& op, uint32_t lane, uint64_t& value) {
  const bool parameter = op.kind == Operand::Kind::Symbol && op.local;
  if (!parameter) return value = op.kind == Operand::Kind::None ? 0 : read(op, 64, lane).bits(), true;
  Operand address = op;
  address.kind = Operand::Kind::Address;
  address.base_is_symbol = true;
  const std::byte* place = access(address, isa::StateSpace::Param, sizeof value, lane);
  if (place == nullptr) return false;
  std::memcpy(&value, place, sizeof value);
  return true;
}

template <size_t N>
std::array<uint32_t, N> Warp::read_tuple(const Operand* tuple, uint32_t lane) {
  std::array<uint32_t, N> values{};
  for (size_t i = 0; tuple != nullptr && i < std::min(N, tuple->elements.size()); ++i) {
    values[i] = static_cast<uint32_t>(read(tuple->elements[i], 32, lane).bits());
  }
  return values;
}

// Elements of `bits`, each in the low bits of its part of the words.
void Warp::write_words(const Operand& d, unsigned bits, unsigned part, const ImageWords& words, uint32_t lane) {
  const bool vector = d.kind == Operand::Kind::Vector;
  for (size_t i = 0; i < (vector ? d.elements.size() : 1); ++i) {
    const uint64_t word = words[i * part / 64] >> i * part % 64;
    write(vector ? d.elements[i] : d, lane, {bits, word});
  }
}

bool Warp::execute_texture(const Instruction& inst, uint32_t lanes) {
  const ImageAccess access = machine::image_access_of(module(), inst);
  const std::vector<Operand>& image = operand(inst, "a")->elements;
  const Operand* lod = operand(inst, "lod");
  const Operand* p = operand(inst, "p");
  const unsigned bits = isa::bits_of(inst.types[0]);
  return for_lanes(lanes, [&](uint32_t lane) {
    machine::TextureCall call;
    if (!read_image(image[0], lane, call.texture) || !read_image(image[1], lane, call.sampler)) return false;
    call.point.at = read_tuple<4>(&image[2], lane);
    if (lod != nullptr) call.point.lod = static_cast<uint32_t>(read(*lod, 32, lane).bits());
    call.point.dx = std::bit_cast<std::array<float, 3>>(read_tuple<3>(operand(inst, "dx"), lane));
    call.point.dy = std::bit_cast<std::array<float, 3>>(read_tuple<3>(operand(inst, "dy"), lane));
    call.point.offset = std::bit_cast<std::array<int32_t, 3>>(read_tuple<3>(operand(inst, "e"), lane));
    ImageWords words{};
    if (const char* why = machine::call_texture(block_, access, call, words)) return fail_image(why, lane);
    write_words(inst.operands[0], bits, 32, words, lane);
    if (p != nullptr) write(*p, lane, isa::host_bool(true));  // all memory is resident
    return true;
  });
}

bool Warp::execute_image_query(const Instruction& inst, uint32_t lanes) {
  const ImageAccess access = machine::image_access_of(module(), inst);
  const Operand* lod = operand(inst, "lod");
  return for_lanes(lanes, [&](uint32_t lane) {
    uint64_t image = 0;
    if (!read_image(operand(inst, "a")->elements[0], lane, image)) return false;
    const auto level = lod == nullptr ? 0 : static_cast<uint32_t>(read(*lod, 32, lane).bits());
    uint32_t value = 0;
    if (const char* why = machine::call_query(block_, access, image, level, value)) return fail_image(why, lane);
    return write(inst.operands[0], lane, {32, value}), true;
  });
}

bool Warp::execute_surface(const Instruction& inst, uint32_t lanes) {
  const ImageAccess access = machine::image_access_of(module(), inst);
  const std::vector<Operand>& image = operand(inst, "a")->elements;
  const Operand* source = operand(inst, "c");
  const unsigned bits = isa::bits_of(inst.types[0]), part = bits == 64 ? 64 : 32;
  return for_lanes(lanes, [&](uint32_t lane) {
    machine::SurfaceCall call;
    if (!read_image(image[0], lane, call.surface)) return false;
    call.at = read_tuple<4>(&image[2], lane);
    ImageWords words{};
    if (source != nullptr) {
      const bool vector = source->kind == Operand::Kind::Vector;
      for (size_t i = 0; i < (vector ? source->elements.size() : 1); ++i) {
        const uint64_t value = read(vector ? source->elements[i] : *source, bits, lane).bits();
        words[i * part / 64] |= value << i * part % 64;
      }
    }
    const char* why = nullptr;
    if (inst.form->kind == isa::Kind::SurfaceLoad) {
      why = machine::load_surface(block_, access, call, words);
    } else if (inst.form->kind == isa::Kind::SurfaceStore) {
      why = machine::store_surface(block_, access, call, words);
    } else {
      why = machine::reduce_surface(block_, access, call, words[0]);
    }
    if (why != nullptr) return fail_image(why, lane);
    if (inst.form->kind == isa::Kind::SurfaceLoad) write_words(inst.operands[0], bits, part, words, lane);
    return true;
  });
}

bool Warp::fail_image(const char* why, uint32_t lane) {
  return fail(machine::code_of_image_fault(why), why, lane);
}

}  // namespace qiao::interp
