// The selectors of video instructions (PTX ISA 9.7.18): which bytes or half-words of an operand count, written behind
// it as `a.b2`, `a.h1`, `a.b7301`. Instructions carry each as a *selector word*; the meanings take the words as
// sources.
//   Part           the value's width in bits 15..8, the position of its lowest bit in bits 7..0: none 0x2000, b1 0x0808
//   Halves, Bytes  the index of each element in a hexadecimal digit, lowest element lowest: h32 0x32, b7654 0x7654
//   HalfMask, ByteMask  a bit per element
// Bit 16 of a word: the operand is written with `-` (vmad).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qiao::isa {

enum class Selector : uint8_t {
  None,
  Part,      // b0 b1 b2 b3 h0 h1; default: the whole word
  HalvesA,   // hxy; default h10: the elements of a
  HalvesB,   // default h32: the elements of b
  HalfMask,  // h0 h1 h10; default h10
  BytesA,    // bxyzw; default b3210
  BytesB,    // default b7654
  ByteMask,  // b0 ... b3210; default b3210
};

inline constexpr uint32_t kNegatedOperand = 1u << 16;

// A selector as the rows of the table name it; None: there is no such name.
constexpr Selector selector_from_name(std::string_view name) {
  constexpr std::string_view kNames[] = {"sel", "asel2", "bsel2", "mask2", "asel4", "bsel4", "mask4"};
  for (unsigned i = 0; i < 7; ++i) {
    if (kNames[i] == name) return static_cast<Selector>(i + 1);
  }
  return Selector::None;
}

// The word of an operand without a selector.
constexpr uint32_t default_selector_word(Selector selector) {
  constexpr uint32_t kWords[] = {0x2000, 0x2000, 0x10, 0x32, 3, 0x3210, 0x7654, 15};
  return kWords[static_cast<unsigned>(selector)];
}

// The word of `b2`, `h10`, ... for this kind of selector; nothing when it is none of them. And back.
std::optional<uint32_t> selector_word(Selector selector, std::string_view text);
std::string selector_text(Selector selector, uint32_t word);

}  // namespace qiao::isa
