// Selectors of video instructions between spelling and word.
#include "src/isa/selectors.h"
#include "tests/unit/catch.h"

using namespace qiao::isa;

TEST_CASE("a selector and its word") {
  CHECK(selector_word(Selector::Part, "b3") == 0x0818);
  CHECK(selector_word(Selector::Part, "h1") == 0x1010);
  CHECK(selector_word(Selector::HalvesB, "h32") == 0x32);
  CHECK(selector_word(Selector::BytesA, "b7301") == 0x7301);
  CHECK(selector_word(Selector::HalfMask, "h10") == 3);
  CHECK(selector_word(Selector::ByteMask, "b320") == 13);
}

TEST_CASE("what is no selector of the kind") {
  for (const char* text : {"", "b", "b4", "h2", "h10", "w0", "b00", "b/"})
    CHECK_FALSE(selector_word(Selector::Part, text));
  for (const char* text : {"h1", "h14", "h100", "b10"}) CHECK_FALSE(selector_word(Selector::HalvesA, text));
  for (const char* text : {"h01", "h11", "h2", "b0"}) CHECK_FALSE(selector_word(Selector::HalfMask, text));
  for (const char* text : {"b321", "b8000", "h3210"}) CHECK_FALSE(selector_word(Selector::BytesB, text));
  for (const char* text : {"b0123", "b44", "b00"}) CHECK_FALSE(selector_word(Selector::ByteMask, text));
  CHECK_FALSE(selector_word(Selector::None, "b0"));
}

TEST_CASE("a word goes back to its selector") {
  const auto same = [](Selector selector, const char* text) {
    CHECK(selector_text(selector, selector_word(selector, text).value_or(0)) == text);
  };
  for (const char* text : {"b0", "b1", "b2", "b3", "h0", "h1"}) same(Selector::Part, text);
  for (const char* text : {"h00", "h31", "h23"}) same(Selector::HalvesA, text);
  for (const char* text : {"b0", "b31", "b3210"}) same(Selector::ByteMask, text);
  same(Selector::BytesB, "b7046");
  same(Selector::HalfMask, "h1");
}
