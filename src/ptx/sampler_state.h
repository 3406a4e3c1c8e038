// What a .samplerref variable holds in its eight bytes: the fields of PTX ISA 5.3.2, each in its bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace qiao::ptx {

// In the order of txq's results (9.7.10.5).
enum class SamplerAddress : uint8_t { Wrap, Mirror, ClampOgl, ClampToEdge, ClampToBorder };

struct SamplerState {
  SamplerAddress address[3] = {SamplerAddress::Wrap, SamplerAddress::Wrap, SamplerAddress::Wrap};
  bool linear = false;
  bool force_unnormalized = false;

  static SamplerState from_bits(uint64_t bits);
  uint64_t bits() const;
  // `filter_mode = linear`; false: no such field or value.
  bool set(std::string_view field, std::string_view value);
};

}  // namespace qiao::ptx
