#include "src/ptx/sampler_state.h"

#include <iterator>
#include <string>

namespace qiao::ptx {

SamplerState SamplerState::from_bits(uint64_t bits) {
  SamplerState state;
  for (int i = 0; i < 3; i++) state.address[i] = static_cast<SamplerAddress>(bits >> (4 * i) & 7);
  state.linear = (bits >> 12 & 1) != 0;
  state.force_unnormalized = (bits >> 13 & 1) != 0;
  return state;
}

uint64_t SamplerState::bits() const {
  uint64_t bits = uint64_t{linear} << 12 | uint64_t{force_unnormalized} << 13;
  for (int i = 0; i < 3; i++) bits |= static_cast<uint64_t>(address[i]) << (4 * i);
  return bits;
}

bool SamplerState::set(std::string_view field, std::string_view value) {
  constexpr std::string_view kAddresses[] = {"wrap", "mirror", "clamp_ogl", "clamp_to_edge", "clamp_to_border"};
  constexpr std::string_view kPrefix = "addr_mode_";
  const bool one = value == "1" || value == "True" || value == "true";
  const bool zero = value == "0" || value == "False" || value == "false";
  if (field == "filter_mode") {
    linear = value == "linear" || value == "1";
    return linear || value == "nearest" || value == "0";
  }
  if (field == "force_unnormalized_coords") {
    force_unnormalized = one;
    return one || zero;
  }
  if (field.substr(0, kPrefix.size()) != kPrefix || field.size() != kPrefix.size() + 1) return false;
  const char dimension = field.back();
  if (dimension < '0' || dimension > '2') return false;
  for (size_t i = 0; i < std::size(kAddresses); i++) {
    if (value != kAddresses[i] && value != std::to_string(i)) continue;
    address[dimension - '0'] = static_cast<SamplerAddress>(i);
    return true;
  }
  return false;
}

}  // namespace qiao::ptx
