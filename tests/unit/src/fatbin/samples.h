// Small containers for the tests of this folder.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "src/fatbin/write.h"

namespace qiao::fatbin::test {

inline std::vector<std::byte> to_bytes(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

inline const std::string kPtx =
    ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry empty()\n{\n  ret;\n}\n"
    "// a long tail of one letter, so that compression has something to do: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n";

inline NewImage ptx_image(unsigned sm, Compression compression = Compression::None) {
  NewImage image;
  image.sm = sm;
  image.compression = compression;
  image.payload = to_bytes(kPtx);
  return image;
}

inline std::vector<std::byte> fatbin_of(std::vector<NewImage> images) {
  auto bytes = write_fatbin(images);
  return bytes ? std::move(*bytes) : std::vector<std::byte>();
}

template <class T>
void poke(std::vector<std::byte>& bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(T));
}

}  // namespace qiao::fatbin::test
