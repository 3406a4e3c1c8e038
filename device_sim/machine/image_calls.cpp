#include "device_sim/machine/image_calls.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <string_view>

#include "device_sim/machine/float_mode.h"
#include "device_sim/machine/image_table.h"
#include "device_sim/machine/texture_warp.h"
#include "src/isa/half_bits.h"
#include "src/ptx/sampler_state.h"

namespace qiao::machine {
namespace {

using hal::Image;
using hal::ImageLevel;
using isa::Axis;
using isa::Mod;

constexpr uint8_t kSamples = 0x80, kSigned = 0x40, kSamplerVariable = 0x20, kVectorMask = 0x1f;
constexpr const char* kNoHandle = "invalid texture or surface: the handle is not, or no longer, a live one";
constexpr const char* kSurfaceHandle = "invalid texture: the handle is a surface's";
constexpr const char* kOutside = "a surface access with .trap is out of bounds";

// Kernels may run while the host's floating-point unit flushes subnormals; texture units do not.
class PlainFloats {
 public:
  PlainFloats() : before_(float_mode()), plain_(kernel_float_mode(false)) {
    if (before_ != plain_) set_float_mode(plain_);
  }
  ~PlainFloats() {
    if (before_ != plain_) set_float_mode(before_);
  }

 private:
  const FloatMode before_, plain_;
};

bool in_device_memory(const BlockContext& block, uint64_t address, uint64_t bytes) {
  const uint64_t offset = address - block.arena;
  return offset < block.arena_bytes && bytes <= block.arena_bytes - offset;
}

bool read_variable(const BlockContext& block, uint64_t address, uint64_t& value) {
  if (address % sizeof value != 0 || !in_device_memory(block, address, sizeof value)) return false;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return true;
}

// Texture and surface variables hold the handle of what is bound to them.
const Image* image_of(const BlockContext& block, uint64_t value, const char*& why) {
  if (value >= ImageTable::kHandles && !read_variable(block, value, value)) {
    why = "invalid texture or surface: neither a handle nor the address of a variable";
    return nullptr;
  }
  const Image* image = ImageTable::instance().find(value);
  why = kNoHandle;
  if (image != nullptr && !in_device_memory(block, image->levels[0].address, 1)) {
    why = "invalid texture or surface: its memory belongs to another device";
    return nullptr;
  }
  return image;
}

Geometry geometry_of(Mod mod) {
  switch (mod) {
    case Mod::Geometry2d:
      return Geometry::Dim2;
    case Mod::Geometry3d:
      return Geometry::Dim3;
    case Mod::GeometryA1d:
      return Geometry::Array1;
    case Mod::GeometryA2d:
      return Geometry::Array2;
    case Mod::GeometryCube:
      return Geometry::Cube;
    case Mod::GeometryAcube:
      return Geometry::CubeArray;
    default:
      return Geometry::Dim1;
  }
}

LodMode lod_mode_of(Mod mod) {
  if (mod == Mod::LodLevel) return LodMode::Level;
  return mod == Mod::LodGrad ? LodMode::Gradient : LodMode::Base;
}

ImageWords packed(ImageFormat format, const Texel& texel) {
  auto half = [&](size_t i) -> uint64_t { return isa::f16_bits_of_f32(texel[i], isa::Rounding::NearestEven); };
  switch (format) {
    case ImageFormat::Halves:  // each in a word of its own, as the others
      return {half(0) | half(1) << 32, half(2) | half(3) << 32};
    case ImageFormat::HalfPairs:
      return {half(0) | half(1) << 16 | half(2) << 32 | half(3) << 48, 0};
    case ImageFormat::Words:
      break;
  }
  return {texel[0] | uint64_t{texel[1]} << 32, texel[2] | uint64_t{texel[3]} << 32};
}

// Of the lanes in `done`.
void pack(ImageFormat format, const WarpTexels& texels, uint32_t done, WarpWords& words) {
  if (format == ImageFormat::Words) {
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) {
      const bool here = (done >> lane & 1) != 0;
      const uint64_t low = texels[0][lane] | uint64_t{texels[1][lane]} << 32;
      const uint64_t high = texels[2][lane] | uint64_t{texels[3][lane]} << 32;
      words.low[lane] = here ? low : words.low[lane];
      words.high[lane] = here ? high : words.high[lane];
    }
    return;
  }
  for (uint32_t left = done; left != 0; left &= left - 1) {
    const auto lane = static_cast<unsigned>(std::countr_zero(left));
    const ImageWords one = packed(format, {texels[0][lane], texels[1][lane], texels[2][lane], texels[3][lane]});
    words.low[lane] = one[0], words.high[lane] = one[1];
  }
}

hal::AddressMode address_mode_of(ptx::SamplerAddress mode) {
  switch (mode) {
    case ptx::SamplerAddress::Wrap:
      return hal::AddressMode::Wrap;
    case ptx::SamplerAddress::Mirror:
      return hal::AddressMode::Mirror;
    case ptx::SamplerAddress::ClampToBorder:
      return hal::AddressMode::Border;
    default:
      return hal::AddressMode::Clamp;
  }
}

ptx::SamplerState state_of(const hal::Sampler& sampler) {
  ptx::SamplerState state;
  for (int i = 0; i < 3; ++i) {
    switch (sampler.address[static_cast<size_t>(i)]) {
      case hal::AddressMode::Wrap:
        state.address[i] = ptx::SamplerAddress::Wrap;
        break;
      case hal::AddressMode::Mirror:
        state.address[i] = ptx::SamplerAddress::Mirror;
        break;
      case hal::AddressMode::Clamp:
        state.address[i] = ptx::SamplerAddress::ClampToEdge;
        break;
      case hal::AddressMode::Border:
        state.address[i] = ptx::SamplerAddress::ClampToBorder;
        break;
    }
  }
  state.linear = sampler.linear;
  return state;
}

// OpenCL's numbers, the only ones that PTX names (PTX ISA 5.3.3).
uint32_t channel_data_type(const Image& image) {
  constexpr uint32_t kSnorm8 = 0x10d0, kUnorm8 = 0x10d2, kSigned8 = 0x10d7, kUnsigned8 = 0x10da, kHalf = 0x10dd;
  const auto wider = static_cast<uint32_t>(std::countr_zero(image.channel_bytes));
  if (image.kind == hal::ChannelKind::Float) return kHalf + wider - 1;
  const bool is_signed = image.kind == hal::ChannelKind::Signed;
  if (image.normalized_values) return (is_signed ? kSnorm8 : kUnorm8) + wider;
  return (is_signed ? kSigned8 : kUnsigned8) + wider;
}

uint32_t channel_order(const Image& image) {
  constexpr uint32_t kR = 0x10b0, kRg = 0x10b2, kRgba = 0x10b5;
  return image.channels == 1 ? kR : image.channels == 2 ? kRg : kRgba;
}

uint32_t sampler_query(Mod query, const ptx::SamplerState& state) {
  switch (query) {
    case Mod::QueryFilterMode:
      return state.linear;
    case Mod::QueryForceUnnormalized:
      return state.force_unnormalized;
    case Mod::QueryAddrMode0:
      return static_cast<uint32_t>(state.address[0]);
    case Mod::QueryAddrMode1:
      return static_cast<uint32_t>(state.address[1]);
    default:
      return static_cast<uint32_t>(state.address[2]);
  }
}

uint32_t image_query(Mod query, const Image& image, uint32_t number) {
  if (number >= image.levels.size()) return 0;
  const ImageLevel& level = image.levels[number];
  switch (query) {
    case Mod::QueryWidth:
      return level.width;
    case Mod::QueryHeight:
      return level.height;
    case Mod::QueryDepth:
      return image.dimensions == 3 ? level.slices : 1;
    case Mod::QueryChannelDataType:
      return channel_data_type(image);
    case Mod::QueryChannelOrder:
      return channel_order(image);
    case Mod::QueryNormalizedCoords:
      return image.sampler.normalized_coordinates;
    case Mod::QueryArraySize:
      return image.layered ? level.slices / (image.cube ? 6 : 1) : 0;
    case Mod::QueryNumMipmapLevels:
      return image.mipmapped ? static_cast<uint32_t>(image.levels.size()) : 0;
    case Mod::QueryMemoryLayout:
      return image.linear_memory;
    case Mod::QueryNumSamples:
      return 0;
    default:
      return sampler_query(query, state_of(image.sampler));
  }
}

}  // namespace

ImageAccess image_access_of(const ptx::Module& module, const ptx::Instruction& inst) {
  const isa::Modifiers& modifiers = inst.modifiers;
  const isa::Type type = inst.types[0];
  ImageAccess access;
  access.geometry = geometry_of(modifiers.at(Axis::Geometry));
  access.lod_mode = lod_mode_of(modifiers.at(Axis::Lod));
  access.integer = inst.form->kind == isa::Kind::Texture && inst.types[1] == isa::Type::S32;
  if (type == isa::Type::F16) access.format = ImageFormat::Halves;
  if (type == isa::Type::F16x2) access.format = ImageFormat::HalfPairs;
  for (Axis axis : {Axis::Component, Axis::Query, Axis::Op}) {
    if (modifiers.at(axis) != Mod::None) access.choice = modifiers.at(axis);
  }
  access.bounds = modifiers.at(Axis::Bounds);
  access.bytes = static_cast<uint8_t>(isa::bytes_of(type));
  access.vector = static_cast<uint8_t>(isa::vector_width_of(modifiers));
  if (modifiers.has(Mod::UnitsSamples)) access.vector |= kSamples;
  if (isa::is_signed(type)) access.vector |= kSigned;
  const size_t image = inst.form->slots[0].type == isa::OperandType::Image ? 0 : 1;
  if (inst.form->kind != isa::Kind::ImageQuery) return access;
  const ptx::Operand& named = inst.operands[image].elements[0];
  if (named.kind == ptx::Operand::Kind::Symbol && !named.local) {
    const ptx::Symbol& symbol = module.symbols[named.id];
    if (module.variables[symbol.index].opaque == Mod::SamplerRef) access.vector |= kSamplerVariable;
  }
  return access;
}

Code code_of_image_fault(const char* why) {
  return std::string_view(why).starts_with("unsupported") ? Code::NotSupported : Code::LaunchFailed;
}

hal::Sampler sampler_of(uint64_t bits, const hal::Sampler& texture) {
  const auto state = ptx::SamplerState::from_bits(bits);
  hal::Sampler sampler = texture;
  for (size_t i = 0; i < 3; ++i) sampler.address[i] = address_mode_of(state.address[i]);
  sampler.linear = state.linear;
  sampler.normalized_coordinates &= !state.force_unnormalized;
  return sampler;
}

const char* call_texture(const BlockContext& block, ImageAccess access, TextureCall& call, ImageWords& words) {
  const char* why = nullptr;
  const Image* image = image_of(block, call.texture, why);
  if (image == nullptr) return why;
  if (image->surface) return kSurfaceHandle;
  TexturePoint& point = call.point;
  point.geometry = access.geometry;
  point.lod_mode = access.lod_mode;
  point.integer = access.integer;
  point.gather = access.choice != Mod::None;
  if (point.gather)
    point.component = static_cast<uint8_t>(static_cast<int>(access.choice) - static_cast<int>(Mod::ComponentR));
  const PlainFloats plain;
  Texel texel{};
  if (call.sampler == 0) {
    why = sample_texture(*image, image->sampler, point, texel);
  } else {
    uint64_t state = 0;
    if (!read_variable(block, call.sampler, state)) return "invalid sampler: not the address of a .samplerref variable";
    why = sample_texture(*image, sampler_of(state, image->sampler), point, texel);
  }
  words = packed(access.format, texel);
  return why;
}

const char* call_texture(const BlockContext& block, ImageAccess access, uint32_t lanes, const uint64_t* textures,
                         const WarpPlaces& at, WarpWords& words) {
  const PlainFloats plain;
  const WarpPoints points{access.geometry, access.integer, at};
  while (lanes != 0) {
    const uint64_t handle = textures[std::countr_zero(lanes)];
    uint32_t same = 0;
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) same |= uint32_t{textures[lane] == handle} << lane;
    same &= lanes;
    const char* why = nullptr;
    const Image* image = image_of(block, handle, why);
    if (image == nullptr) return why;
    if (image->surface) return kSurfaceHandle;
    uint32_t done = 0;
    if (access.choice == Mod::None && access.lod_mode == LodMode::Base) {
      WarpTexels texels;
      done = same & sample_warp(*image, points, texels);
      pack(access.format, texels, done, words);
    }
    for (uint32_t left = same & ~done; left != 0; left &= left - 1) {
      const auto lane = static_cast<unsigned>(std::countr_zero(left));
      TextureCall call{handle, 0, {.at = {at[0][lane], at[1][lane], at[2][lane], 0}}};
      ImageWords one{};
      why = call_texture(block, access, call, one);
      if (why != nullptr) return why;
      words.low[lane] = one[0], words.high[lane] = one[1];
    }
    lanes &= ~same;
  }
  return nullptr;
}

const char* call_query(const BlockContext& block, ImageAccess access, uint64_t handle, uint32_t level,
                       uint32_t& value) {
  if ((access.vector & kSamplerVariable) != 0) {
    uint64_t state = 0;
    if (!read_variable(block, handle, state)) return "invalid sampler: not the address of a .samplerref variable";
    value = sampler_query(access.choice, ptx::SamplerState::from_bits(state));
    return nullptr;
  }
  const char* why = nullptr;
  const Image* image = image_of(block, handle, why);
  if (image == nullptr) return why;
  value = image_query(access.choice, *image, level);
  return nullptr;
}

namespace {

enum class Found : uint8_t { Inside, Outside, Misaligned };

struct SurfacePlace {
  Found found = Found::Inside;
  unsigned char* address = nullptr;
};

// An index within [0, size), or as the bounds' mode has it.
bool place_index(int64_t& index, int64_t size, bool clamps) {
  if (index >= 0 && index < size) return true;
  if (!clamps) return false;
  index = std::clamp<int64_t>(index, 0, size - 1);
  return true;
}

// `bytes` of an access, `unit` bytes for each step of the first coordinate.
SurfacePlace place_of(const Image& image, ImageAccess access, const SurfaceCall& call, uint32_t bytes, uint32_t unit) {
  const ImageLevel& level = image.levels[0];
  const bool layered = is_layered(access.geometry), clamps = access.bounds == Mod::Clamp;
  const unsigned dimensions = dimensions_of(access.geometry);
  auto coordinate = [&](unsigned d) -> int64_t {
    return d < dimensions ? static_cast<int32_t>(call.at[d + layered]) : 0;
  };
  int64_t x = coordinate(0) * unit, y = coordinate(1);
  int64_t z = layered ? static_cast<int64_t>(call.at[0]) : coordinate(2);
  const auto row = static_cast<int64_t>(uint64_t{level.width} * image.element_bytes());
  if (x % bytes != 0 && !clamps) return {Found::Misaligned};
  // The last place at which such an access lies in the row is the nearest to those behind it.
  const int64_t places = row / bytes;
  int64_t place = x < 0 ? -1 : x / bytes;
  if (places == 0 || !place_index(place, places, clamps) || !place_index(y, level.height, clamps) ||
      !place_index(z, level.slices, clamps)) {
    return {Found::Outside};
  }
  if (x >= 0 && x < row && x % bytes != 0) return {Found::Misaligned};
  const uint64_t offset = static_cast<uint64_t>(z) * level.slice_bytes + static_cast<uint64_t>(y) * level.pitch +
                          static_cast<uint64_t>(place) * bytes;
  return {Found::Inside, reinterpret_cast<unsigned char*>(level.address + offset)};
}

const char* complaint(Found found, ImageAccess access) {
  if (found == Found::Misaligned) return "a surface access is not aligned to its size";
  return access.bounds == Mod::BoundsTrap ? kOutside : nullptr;
}

const Image* surface_of(const BlockContext& block, uint64_t handle, const char*& why) {
  const Image* image = image_of(block, handle, why);
  if (image == nullptr || image->surface) return image;
  why = "invalid surface: the handle is a texture's";
  return nullptr;
}

// sust.p: 32-bit values in the format of the surface. Integers that do not fit are the nearest that do.
void store_sample(const Image& image, unsigned char* to, const ImageWords& words, unsigned count) {
  for (uint32_t i = 0; i < image.channels; ++i) {
    const auto given = i < count ? static_cast<uint32_t>(words[i / 2] >> (i % 2 * 32)) : 0;
    uint32_t bits = given;
    const unsigned width = 8 * image.channel_bytes;
    if (image.kind == hal::ChannelKind::Float && width == 16) {
      bits = isa::f16_bits_of_f32(given, isa::Rounding::NearestEven);
    } else if (image.kind == hal::ChannelKind::Unsigned && width < 32) {
      bits = std::min(given, (1u << width) - 1);
    } else if (image.kind == hal::ChannelKind::Signed && width < 32) {
      const int32_t most = (1 << (width - 1)) - 1;
      bits = static_cast<uint32_t>(std::clamp(static_cast<int32_t>(given), -most - 1, most));
    }
    std::memcpy(to + i * image.channel_bytes, &bits, image.channel_bytes);
  }
}

template <class T>
void reduce(Mod op, unsigned char* at, T value) {
  std::atomic_ref<T> place(*reinterpret_cast<T*>(at));
  T old = place.load(std::memory_order_relaxed), next;
  do {
    // clang-format off
    switch (op) {
      case Mod::Add: next = static_cast<T>(static_cast<uint64_t>(old) + static_cast<uint64_t>(value)); break;
      case Mod::Min: next = std::min(old, value); break;
      case Mod::Max: next = std::max(old, value); break;
      case Mod::And: next = old & value; break;
      default: next = old | value; break;
    }
    // clang-format on
  } while (!place.compare_exchange_weak(old, next, std::memory_order_relaxed));
}

}  // namespace

const char* load_surface(const BlockContext& block, ImageAccess access, const SurfaceCall& call, ImageWords& words) {
  const char* why = nullptr;
  const Image* image = surface_of(block, call.surface, why);
  if (image == nullptr) return why;
  const uint32_t bytes = uint32_t{access.bytes} * (access.vector & kVectorMask);
  const SurfacePlace place = place_of(*image, access, call, bytes, 1);
  words = {};
  if (place.found != Found::Inside) return complaint(place.found, access);
  // Every element in a word of its own, 8 bytes for those of 8 and 4 for the others.
  const unsigned slot = access.bytes == 8 ? 8 : 4;
  for (unsigned i = 0; i < (access.vector & kVectorMask); ++i) {
    std::memcpy(reinterpret_cast<unsigned char*>(words.data()) + i * slot, place.address + i * access.bytes,
                access.bytes);
  }
  return nullptr;
}

const char* store_surface(const BlockContext& block, ImageAccess access, const SurfaceCall& call,
                          const ImageWords& words) {
  const char* why = nullptr;
  const Image* image = surface_of(block, call.surface, why);
  if (image == nullptr) return why;
  const unsigned count = access.vector & kVectorMask;
  const bool samples = (access.vector & kSamples) != 0;
  const uint32_t bytes = samples ? image->element_bytes() : access.bytes * count;
  const SurfacePlace place = place_of(*image, access, call, bytes, samples ? bytes : 1);
  if (place.found != Found::Inside) return complaint(place.found, access);
  if (samples) {
    store_sample(*image, place.address, words, count);
    return nullptr;
  }
  const unsigned slot = access.bytes == 8 ? 8 : 4;
  for (unsigned i = 0; i < count; ++i) {
    std::memcpy(place.address + i * access.bytes, reinterpret_cast<const unsigned char*>(words.data()) + i * slot,
                access.bytes);
  }
  return nullptr;
}

const char* reduce_surface(const BlockContext& block, ImageAccess access, const SurfaceCall& call, uint64_t value) {
  const char* why = nullptr;
  const Image* image = surface_of(block, call.surface, why);
  if (image == nullptr) return why;
  const bool samples = (access.vector & kSamples) != 0;
  const SurfacePlace place = place_of(*image, access, call, access.bytes, samples ? access.bytes : 1);
  if (place.found != Found::Inside) return complaint(place.found, access);
  const bool is_signed = samples ? image->kind == hal::ChannelKind::Signed : (access.vector & kSigned) != 0;
  if (access.bytes == 8) {
    is_signed ? reduce(access.choice, place.address, static_cast<int64_t>(value))
              : reduce(access.choice, place.address, value);
  } else {
    is_signed ? reduce(access.choice, place.address, static_cast<int32_t>(value))
              : reduce(access.choice, place.address, static_cast<uint32_t>(value));
  }
  return nullptr;
}

}  // namespace qiao::machine
