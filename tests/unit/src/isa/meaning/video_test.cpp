// Video instructions on the manual's own terms; tests/ptx/video has them all against its pseudocode.
#include "tests/unit/src/isa/meaning/evaluate_text.h"

using namespace qiao::isa;

namespace {

uint64_t word(Selector selector, std::string_view text) {
  return text.empty() ? default_selector_word(selector) : *selector_word(selector, text);
}

uint64_t scalar(std::string_view text, std::array<uint64_t, 3> v, std::array<std::string_view, 3> selectors) {
  return run(text, {v[0], v[1], v[2], word(Selector::Part, selectors[0]), word(Selector::Part, selectors[1]),
                    word(Selector::Part, selectors[2])});
}

}  // namespace

TEST_CASE("parts are extended by their type, results saturate to the part they go to") {
  CHECK(scalar("vadd.s32.u32.s32", {0xff00, 0x80, 0}, {"", "b1", "b0"}) == 0x7f);
  CHECK(scalar("vadd.s32.u32.u32.sat", {0xff00, 0x80, 0x11223344}, {"b3", "b1", "b0"}) == 0x7f223344);
  CHECK(scalar("vsub.u32.u32.u32.sat", {1, 2, 0x11223344}, {"h1", "", ""}) == 0x00003344);
  CHECK(scalar("vabsdiff.u32.s32.s32", {0x80000000, 0x7fffffff, 0}, {"", "", ""}) == 0xffffffff);
  CHECK(scalar("vshl.s32.s32.u32.sat.clamp", {0x80000000, 32, 0}, {"", "", ""}) == 0x80000000);
}

TEST_CASE("vmad keeps more than 64 bits before it scales") {
  const uint64_t all = 0xffffffff, whole = default_selector_word(Selector::Part);
  CHECK(run("vmad.u32.u32.u32.sat", {all, all, all, whole, whole, 0}) == all);
  CHECK(run("vmad.u32.u32.u32.shr15", {all, all, 0, whole, whole, 0}) == 0xfffc0000);
  CHECK(run("vmad.s32.u32.u32.sat.shr15", {all, all, 0, whole | kNegatedOperand, whole, 0}) == 0x80000000);
  CHECK(run("vmad.u32.u32.u32.po", {2, 3, 4, whole, whole}) == 11);
}

TEST_CASE("elements are picked from both operands") {
  const auto four = [](std::string_view text, std::string_view mask, std::string_view a, std::string_view b) {
    return run(text, {0x04030201, 0x80706050, 0xaabbccdd, word(Selector::ByteMask, mask), word(Selector::BytesA, a),
                      word(Selector::BytesB, b)});
  };
  CHECK(four("vadd4.u32.u32.u32", "", "", "") == 0x84736251);
  CHECK(four("vadd4.s32.s32.s32.sat", "b31", "b7777", "b7654") == 0x80bbe0dd);
  CHECK(four("vavrg4.s32.s32.s32", "b0", "b0000", "b1111") == 0xaabbcc02);
  CHECK(four("vabsdiff4.u32.u32.u32.add", "b10", "", "") == 0xaabbccdd + 0x4f + 0x5e);
}
