// Writes fatbins: for `qiao cc`, which embeds the PTX it compiles, and for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/compress.h"
#include "src/fatbin/container.h"

namespace qiao::fatbin {

struct NewImage {
  Kind kind = Kind::Ptx;
  std::uint32_t sm = 80;
  bool arch_specific = false;
  bool family_specific = false;
  bool debug = false;
  std::string name;
  std::string options;
  Compression compression = Compression::None;
  std::vector<std::byte> payload;  // PTX without its NUL: the writer adds it
};

Result<std::vector<std::byte>> write_fatbin(std::span<const NewImage> images);

}  // namespace qiao::fatbin
