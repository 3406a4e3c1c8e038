// Selectors between their spelling and their word.
#include "src/isa/selectors.h"

namespace qiao::isa {
namespace {

struct Shape {
  char letter;
  unsigned elements;  // in the result
  unsigned choices;   // an index is below this
};

Shape shape_of(Selector selector) {
  switch (selector) {
    case Selector::HalvesA:
    case Selector::HalvesB:
      return {'h', 2, 4};
    case Selector::HalfMask:
      return {'h', 2, 2};
    case Selector::BytesA:
    case Selector::BytesB:
      return {'b', 4, 8};
    default:
      return {'b', 4, 4};
  }
}

std::optional<uint32_t> part_word(char letter, uint32_t index) {
  if (letter == 'b' && index < 4) return 8u << 8 | index * 8;
  if (letter == 'h' && index < 2) return 16u << 8 | index * 16;
  return std::nullopt;
}

// The indices of a mask fall: b3210, b31, h0.
std::optional<uint32_t> mask_word(const Shape& shape, std::string_view digits) {
  uint32_t word = 0;
  uint32_t above = shape.choices;
  for (char digit : digits) {
    const uint32_t index = static_cast<uint32_t>(digit - '0');
    if (index >= above) return std::nullopt;
    word |= 1u << index;
    above = index;
  }
  return word;
}

std::optional<uint32_t> index_word(const Shape& shape, std::string_view digits) {
  if (digits.size() != shape.elements) return std::nullopt;
  uint32_t word = 0;
  for (char digit : digits) {
    const uint32_t index = static_cast<uint32_t>(digit - '0');
    if (index >= shape.choices) return std::nullopt;
    word = word << 4 | index;
  }
  return word;
}

bool is_mask(Selector selector) {
  return selector == Selector::HalfMask || selector == Selector::ByteMask;
}

}  // namespace

std::optional<uint32_t> selector_word(Selector selector, std::string_view text) {
  if (selector == Selector::None || text.size() < 2) return std::nullopt;
  const std::string_view digits = text.substr(1);
  if (selector == Selector::Part) {
    return digits.size() == 1 ? part_word(text[0], static_cast<uint32_t>(digits[0] - '0')) : std::nullopt;
  }
  const Shape shape = shape_of(selector);
  if (text[0] != shape.letter) return std::nullopt;
  return is_mask(selector) ? mask_word(shape, digits) : index_word(shape, digits);
}

std::string selector_text(Selector selector, uint32_t word) {
  word &= 0xffff;
  if (selector == Selector::Part) {
    const bool half = word >> 8 == 16;
    return (half ? "h" : "b") + std::to_string((word & 0xff) / (half ? 16 : 8));
  }
  const Shape shape = shape_of(selector);
  std::string text(1, shape.letter);
  for (unsigned i = shape.elements; i-- > 0;) {
    if (!is_mask(selector)) text += static_cast<char>('0' + (word >> (4 * i) & 15));
    if (is_mask(selector) && (word >> i & 1) != 0) text += static_cast<char>('0' + i);
  }
  return text;
}

}  // namespace qiao::isa
