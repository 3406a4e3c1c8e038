// What a program hands over as a module: the wrapper, the fatbin inside it, and the images inside that. Everything read
// here is untrusted: a truncated or corrupt container is InvalidImage with one line that says what is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/result.h"
#include "src/fatbin/bytes.h"
#include "src/fatbin/compress.h"

namespace qiao::fatbin {

enum class Kind { Ptx, Elf, LtoIr, Unknown };

// One image. `stored` points into the memory it was read from, which must outlive it; payload() copies, and inflates
// only when asked, because libraries carry many images of which one is used.
struct Image {
  Kind kind = Kind::Unknown;
  std::uint32_t sm = 0;          // 80 for sm_80; 0 = not said
  bool arch_specific = false;    // the `a` of sm_90a
  bool family_specific = false;  // the `f` of sm_100f
  bool debug = false;
  bool scrambled = false;  // LTO-IR: cannot be inflated
  std::string name;        // of the source file, often empty
  std::string options;     // of ptxas; for ELF images not text
  Compression compression = Compression::None;
  Bytes stored;
  std::uint64_t size = 0;  // of the payload; a raw payload's may include padding

  std::string arch() const;  // "sm_90a"
  Result<std::vector<std::byte>> payload() const;
  Result<std::string> ptx() const;  // the text without its NUL padding; InvalidImage when this is not PTX
};

// The images of a fatbin whose extent is known; bytes after its declared end are ignored.
Result<std::vector<Image>> read_fatbin(Bytes bytes);

// The same, the length taken from the header at `fatbin` and checked against what is mapped.
Result<std::vector<Image>> read_fatbin(const void* fatbin);

struct Wrapper {
  std::uint32_t version = 0;
  std::vector<Image> images;
  std::vector<std::vector<Image>> relocatable;  // version 2: one per linked unit
};

// The argument of __cudaRegisterFatBinary.
Result<Wrapper> read_wrapper(const void* wrapper);

enum class Form { Wrapper, Fatbin, Cubin, Ptx };

struct LoadedImage {
  Form form = Form::Ptx;
  std::vector<Image> images;
  std::vector<std::vector<Image>> relocatable;
};

// The argument of cuModuleLoadData and cuLibraryLoadData: a wrapper, a fatbin, a cubin, or NUL-terminated PTX text.
Result<LoadedImage> identify(const void* data);

// The same where the extent is known (a file, or data given with its size); wrappers cannot come this way.
Result<LoadedImage> identify(Bytes bytes);

}  // namespace qiao::fatbin
