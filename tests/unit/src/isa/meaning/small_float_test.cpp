// cvt to and from small floats: the examples that the formats' definitions give, and a round trip over every code.
#include "tests/unit/src/isa/meaning/evaluate_text.h"

using namespace qiao::isa;

TEST_CASE("f32 to fp8 rounds to nearest even and stays finite") {
  CHECK(run("cvt.rn.satfinite.e4m3x2.f32", {f32(1.0f), f32(-448.0f)}) == 0x38fe);
  CHECK(run("cvt.rn.satfinite.e4m3x2.f32", {f32(464.0f), f32(-INFINITY)}) == 0x7efe);
  CHECK(run("cvt.rn.satfinite.e4m3x2.f32", {f32(1.0625f), f32(1.1875f)}) == 0x383a);     // ties
  CHECK(run("cvt.rn.satfinite.e4m3x2.f32", {f32(0x1p-10f), f32(0x1.8p-9f)}) == 0x0002);  // subnormal ties
  CHECK(run("cvt.rn.satfinite.e5m2x2.f32", {f32(61440.0f), f32(0x1p-16f)}) == 0x7b01);
  CHECK(run("cvt.rn.satfinite.relu.e5m2x2.f32", {f32(-2.0f), f32(NAN)}) == 0x007f);
  CHECK(run("cvt.rn.satfinite.e5m2x2.f16x2", {0x3c00c000}) == 0x3cc0);
}

TEST_CASE("fp6 and fp4 have no NaN: it becomes the largest number") {
  CHECK(run("cvt.rn.satfinite.e2m3x2.f32", {f32(NAN), f32(-100.0f)}) == 0x1f3f);
  CHECK(run("cvt.rn.satfinite.e3m2x2.f32", {f32(28.0f), f32(-0.0f)}) == 0x1f20);
  CHECK(run("cvt.rn.satfinite.e2m1x2.f32", {f32(2.5f), f32(-5.0f)}) == 0x4e);  // ties: 2, -4
  CHECK(run("cvt.rn.satfinite.e2m1x2.f16x2", {0x4600b800}) == 0x79);           // 6, -0.5
}

TEST_CASE("every small float goes to f16 and back") {
  for (uint32_t code = 0; code < 256; ++code) {
    const bool e4m3_nan = (code & 0x7f) == 0x7f;
    const uint64_t e4m3 = run("cvt.rn.f16x2.e4m3x2", {code << 8 | 0x38});
    if (!e4m3_nan) CHECK(run("cvt.rn.satfinite.e4m3x2.f16x2", {e4m3}) == (code << 8 | 0x38));
    if (e4m3_nan) CHECK(e4m3 == 0x7fff3c00);
    if ((code & 0x7f) < 0x7c) {
      const uint64_t e5m2 = run("cvt.rn.f16x2.e5m2x2", {code});
      CHECK(run("cvt.rn.satfinite.e5m2x2.f16x2", {e5m2}) == code);
    }
    CHECK(run("cvt.rn.satfinite.e2m1x2.f16x2", {run("cvt.rn.f16x2.e2m1x2", {code})}) == code);
  }
}

TEST_CASE("ue8m0 holds powers of two") {
  CHECK(run("cvt.rz.ue8m0x2.f32", {f32(3.9f), f32(-4.0f)}) == 0x8081);
  CHECK(run("cvt.rp.ue8m0x2.f32", {f32(4.1f), f32(0.0f)}) == 0x8200);
  CHECK(run("cvt.rp.ue8m0x2.f32", {0x00400000, 0x00400001}) == 0x0001);
  CHECK(run("cvt.rp.satfinite.ue8m0x2.f32", {f32(3e38f), f32(INFINITY)}) == 0xfefe);
  CHECK(run("cvt.rp.ue8m0x2.f32", {f32(3e38f), f32(NAN)}) == 0xffff);
  CHECK(run("cvt.rn.bf16x2.ue8m0x2", {0x7f00}) == 0x3f800040);
}

TEST_CASE("stochastic rounding carries out of the discarded bits") {
  CHECK(run("cvt.rs.bf16x2.f32", {0x3f808000, 0x3f808000, 0x80007fff}) == 0x3f813f80);
  CHECK(run("cvt.rs.f16x2.f32", {0x3f801000, 0x3f801000, 0x10000fff}) == 0x3c013c00);
  CHECK(run("cvt.rs.f16x2.f32", {0x3f801000, 0x3f800000, 0xffffffff}) == 0x3c013c00);
  CHECK(run("cvt.rs.satfinite.e4m3x4.f32", {f32(1), f32(-2), f32(0), f32(1000), 0xffffffff}) == 0x38c0007e);
}
