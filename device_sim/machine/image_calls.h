// Instructions on textures and surfaces, as interpreter and compiled code ask for them: what is fixed by the
// instruction in one word, the rest as values of one lane.
#pragma once

#include <array>
#include <cstdint>

#include "device_sim/machine/block_context.h"
#include "device_sim/machine/texture_sampler.h"
#include "src/base/error.h"
#include "src/isa/form.h"
#include "src/ptx/module.h"

namespace qiao::machine {

enum class ImageFormat : uint8_t { Words, Halves, HalfPairs };  // of a texture's results

// Eight bytes, so that compiled code passes it as one constant.
struct ImageAccess {
  Geometry geometry = Geometry::Dim1;
  LodMode lod_mode = LodMode::Base;
  bool integer = false;
  ImageFormat format = ImageFormat::Words;
  isa::Mod choice = isa::Mod::None;  // tld4's component, a query, the operation of sured
  isa::Mod bounds = isa::Mod::None;  // of surfaces
  uint8_t bytes = 4;                 // of one element of a surface's access
  uint8_t vector = 1;                // elements, and marks (image_calls.cpp)
};
static_assert(sizeof(ImageAccess) == 8);

ImageAccess image_access_of(const ptx::Module& module, const ptx::Instruction& instruction);

// What the context keeps of such an end.
Code code_of_image_fault(const char* why);

using ImageWords = std::array<uint64_t, 2>;

struct TextureCall {
  uint64_t texture = 0;  // handle, or the address of a .texref variable
  uint64_t sampler = 0;  // address of a .samplerref variable, or 0
  TexturePoint point;
};

// Null, or why the launch has to end; a bad pointer inside an image faults like any access of the kernel.
const char* call_texture(const BlockContext& block, ImageAccess access, TextureCall& call, ImageWords& words);

// The same for lanes of a warp, their coordinates in lists of 32; `words` changes where lanes take part.
using WarpPlaces = std::array<const uint32_t*, 3>;
struct WarpWords {
  uint64_t *low, *high;
};
const char* call_texture(const BlockContext& block, ImageAccess access, uint32_t lanes, const uint64_t* textures,
                         const WarpPlaces& at, WarpWords& words);

const char* call_query(const BlockContext& block, ImageAccess access, uint64_t image, uint32_t level, uint32_t& value);

struct SurfaceCall {
  uint64_t surface = 0;
  std::array<uint32_t, 4> at{};  // the layer first where there are layers
};
const char* load_surface(const BlockContext& block, ImageAccess access, const SurfaceCall& call, ImageWords& words);
const char* store_surface(const BlockContext& block, ImageAccess access, const SurfaceCall& call,
                          const ImageWords& words);
const char* reduce_surface(const BlockContext& block, ImageAccess access, const SurfaceCall& call, uint64_t value);

// The state of a .samplerref variable in its eight bytes (PTX ISA 5.3.2); the parser makes it from the initialiser.
hal::Sampler sampler_of(uint64_t state, const hal::Sampler& texture);

}  // namespace qiao::machine
