// cvt: ranges, roundings, NaN rules, single rounding into the half formats.
#include <random>

#include "tests/unit/src/isa/meaning/evaluate_text.h"

using namespace qiao::isa;

TEST_CASE("integers extend by the source's sign, truncate, saturate") {
  CHECK(run("cvt.s64.s32", {0xffffffff}) == ~uint64_t{0});
  CHECK(run("cvt.u64.u32", {0xffffffff}) == 0xffffffff);
  CHECK(run("cvt.u16.u32", {0x12345678}) == 0x5678);
  CHECK(run("cvt.s8.s32", {0x1ff}) == 0xff);
  CHECK(run("cvt.sat.s8.s32", {0x1ff}) == 0x7f);
  CHECK(run("cvt.sat.u8.s32", {0xffffffff}) == 0);
  CHECK(run("cvt.sat.s32.u32", {0xffffffff}) == 0x7fffffff);
  CHECK(run("cvt.sat.u64.s64", {~uint64_t{0}}) == 0);
  CHECK(run("cvt.sat.s64.u64", {~uint64_t{0}}) == ~uint64_t{0} >> 1);
}

TEST_CASE("floats to integers: directions, saturation, NaN") {
  CHECK(run("cvt.rni.s32.f32", {f32(2.5f)}) == 2);
  CHECK(run("cvt.rni.s32.f32", {f32(3.5f)}) == 4);
  CHECK(run("cvt.rzi.s32.f32", {f32(-2.9f)}) == static_cast<uint32_t>(-2));
  CHECK(run("cvt.rmi.s32.f32", {f32(-2.1f)}) == static_cast<uint32_t>(-3));
  CHECK(run("cvt.rpi.u32.f32", {f32(2.1f)}) == 3);
  CHECK(run("cvt.rzi.u32.f32", {f32(-1.0f)}) == 0);
  CHECK(run("cvt.rzi.s32.f32", {f32(3e9f)}) == 0x7fffffff);
  CHECK(run("cvt.rzi.s32.f32", {f32(NAN)}) == 0);
  CHECK(run("cvt.rzi.s64.f32", {f32(NAN)}) == uint64_t{1} << 63);
  CHECK(run("cvt.rzi.u32.f64", {f64(NAN)}) == 0x80000000);
  CHECK(run("cvt.rzi.u64.f64", {f64(1e30)}) == ~uint64_t{0});
  CHECK(run("cvt.rzi.u8.f32", {f32(300.0f)}) == 255);
  CHECK(run("cvt.rpi.ftz.s32.f32", {1}) == 0);
  CHECK(run("cvt.rpi.s32.f32", {1}) == 1);
  CHECK(run("cvt.rni.s16.f16", {0x4100}) == 2);
}

TEST_CASE("floats to integral floats") {
  CHECK(run("cvt.rni.f32.f32", {f32(-0.3f)}) == 0x80000000);
  CHECK(run("cvt.rmi.f64.f64", {f64(-0.3)}) == f64(-1));
  CHECK(run("cvt.rpi.f32.f32", {f32(1.0001f)}) == f32(2));
  CHECK(run("cvt.rzi.f16.f16", {0x3e00}) == 0x3c00);
}

TEST_CASE("floats narrow with one rounding and widen exactly") {
  CHECK(run("cvt.rn.f32.f64", {f64(1.0 + 0x1p-24)}) == f32(1.0f));
  CHECK(run("cvt.rp.f32.f64", {f64(1.0 + 0x1p-24)}) == f32(1.0f) + 1);
  CHECK(run("cvt.rn.f16.f32", {f32(65519.0f)}) == 0x7bff);
  CHECK(run("cvt.rn.f16.f32", {f32(65520.0f)}) == 0x7c00);
  CHECK(run("cvt.rz.f16.f32", {f32(1e9f)}) == 0x7bff);
  // just above a midpoint of f16: through f32 it would become the midpoint and round down
  CHECK(run("cvt.rn.f16.f64", {f64(1.0 + 0x1p-11 + 0x1p-40)}) == 0x3c01);
  CHECK(run("cvt.rn.f16.f64", {f64(1.0 + 0x1p-11)}) == 0x3c00);
  CHECK(run("cvt.rn.bf16.f64", {f64(1.0 + 0x1p-8 + 0x1p-50)}) == 0x3f81);
  CHECK(run("cvt.rn.bf16.f32", {f32(3.4e38f)}) == 0x7f80);
  CHECK(run("cvt.rn.satfinite.bf16.f32", {f32(INFINITY)}) == 0x7f7f);
  CHECK(run("cvt.rn.bf16.f32", {0xffc00001}) == 0x7fff);
  CHECK(run("cvt.f32.f16", {0x0001}) == f32(0x1p-24f));
  CHECK(run("cvt.f64.f16", {0xfbff}) == f64(-65504.0));
  CHECK(run("cvt.f32.bf16", {0x3f80}) == f32(1.0f));
  CHECK(run("cvt.sat.f32.f32", {f32(2.0f)}) == f32(1.0f));
  CHECK(run("cvt.sat.f32.f32", {f32(NAN)}) == 0);
  CHECK(run("cvt.rn.f16x2.f32", {f32(1.0f), f32(2.0f)}) == 0x3c004000);
  CHECK(run("cvt.rn.relu.bf16x2.f32", {f32(-1.0f), f32(2.0f)}) == 0x00004000);
  CHECK(run("cvt.rna.tf32.f32", {0x3f801000}) == 0x3f802000);
  CHECK(run("cvt.rn.tf32.f32", {0x3f801000}) == 0x3f800000);
  CHECK(run("cvt.ftz.f32.f16", {0x0001}) == f32(0x1p-24f));
}

TEST_CASE("integers to floats") {
  CHECK(run("cvt.rn.f32.s32", {static_cast<uint32_t>(-16777217)}) == f32(-16777216.0f));
  CHECK(run("cvt.rm.f32.s32", {static_cast<uint32_t>(-16777217)}) == f32(-16777218.0f));
  CHECK(run("cvt.rz.f32.u32", {0xffffffff}) == f32(4294967040.0f));
  CHECK(run("cvt.rn.f64.u64", {~uint64_t{0}}) == f64(0x1p64));
  CHECK(run("cvt.rn.f64.s32", {0x80000000}) == f64(-2147483648.0));
  CHECK(run("cvt.rn.f16.s32", {70000}) == 0x7c00);
  CHECK(run("cvt.rn.f16.u16", {2049}) == 0x6800);
  CHECK(run("cvt.rn.bf16.u64", {(uint64_t{1} << 63) + (uint64_t{1} << 55) + 1}) == 0x5f01);
  CHECK(run("cvt.rn.f32.u8", {0x1ff}) == f32(255.0f));
}

TEST_CASE("cvt.pack saturates and packs") {
  CHECK(run("cvt.pack.sat.s16.s32", {70000, static_cast<uint32_t>(-70000)}) == 0x7fff8000);
  CHECK(run("cvt.pack.sat.u8.s32.b32", {300, static_cast<uint32_t>(-1), 0x1234}) == 0x1234ff00);
}
