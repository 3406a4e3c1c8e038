// Textures and surfaces of a test file: `// image:` lines, made by the driver API before the first run.
//
//     // image: NAME geometry=2d size=5x4 format=u8x4 filter=linear address=wrap normalized float ...
//
// NAME: a .global .u64 variable of the module, which gets the handle. geometry: 1d 2d 3d a1d a2d cube acube, linear
// (memory), pitch (2-D memory). size: width x height x depth, or x layers (six for each cube). format: u8 s8 u16 s16
// u32 s32 f16 f32, then x1 x2 x4 channels. levels=N: mipmapped. Sampler: filter, mipfilter = point, linear; address =
// wrap clamp mirror border; normalized; float: integers are read as floats; srgb; border=A,B,C,D; bias=F; least=F;
// most=F. surface: an object for suld and sust instead. Channel i of all, counted through levels, slices, rows and
// elements, is made from w = (i + 1) * 2654435761 mod 2^32: integers have its top bits, f32 is (w >> 20) / 16 - 128,
// f16 is (w >> 24) / 8 - 16; zero: all is 0.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/apps/driver_api.h"

struct Image {
  unsigned line = 0;
  std::string name;
  std::map<std::string, std::string> words;  // key -> value, "" where there is none
};

// What is wrong with the line, or nothing.
std::string parse_image(const std::string& text, Image& image);

// Makes it and stores its handle in the module's variable. Memory and objects live until the process ends.
CUresult make_image(const Driver& driver, CUmodule module, const Image& image);
