// Integer arithmetic, carries, bit fields and permutes against the manual's own pseudocode, on edge-biased operands.
#include <random>

#include "tests/unit/src/isa/meaning/evaluate_text.h"

using namespace qiao::isa;

namespace {

std::vector<uint64_t> edges(unsigned width, unsigned random_count) {
  const uint64_t top = uint64_t{1} << (width - 1);
  std::vector<uint64_t> values = {0,  1,   2,   3,       7,   31,      32,           33,          63,
                                  64, 255, 256, top - 1, top, top + 1, ~uint64_t{0}, ~uint64_t{1}};
  std::mt19937_64 random(width);
  for (unsigned i = 0; i < random_count; ++i) values.push_back(random() >> random() % width);
  for (uint64_t& value : values) value &= HostValue::mask(width);
  return values;
}

// The manual's loops.
uint64_t manual_bfe(unsigned width, bool is_signed, uint64_t a, uint64_t b, uint64_t c) {
  const unsigned msb = width - 1, pos = b & 0xff, len = c & 0xff;
  const bool sbit = is_signed && len != 0 && (a >> std::min(pos + len - 1, msb) & 1);
  uint64_t d = 0;
  for (unsigned i = 0; i <= msb; ++i) {
    d |= static_cast<uint64_t>(i < len && pos + i <= msb ? a >> (pos + i) & 1 : sbit) << i;
  }
  return d;
}

uint64_t manual_bfi(unsigned width, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  const unsigned msb = width - 1, pos = c & 0xff, len = d & 0xff;
  uint64_t f = b;
  for (unsigned i = 0; i < len && pos + i <= msb; ++i) {
    f = (f & ~(uint64_t{1} << (pos + i))) | (a >> i & 1) << (pos + i);
  }
  return f;
}

uint64_t manual_fns(uint32_t mask, uint32_t base, int32_t offset) {
  if (offset == 0) return mask >> base & 1 ? base : 0xffffffff;
  int count = std::abs(offset) - 1;
  for (int pos = static_cast<int>(base); pos >= 0 && pos<32; pos += offset> 0 ? 1 : -1) {
    if ((mask >> pos & 1) && count-- == 0) return static_cast<uint32_t>(pos);
  }
  return 0xffffffff;
}

uint32_t manual_bmsk(bool clamp, uint32_t a, uint32_t b) {
  uint64_t d = 0;
  const uint32_t a1 = clamp ? a : a & 31, b1 = clamp ? b : b & 31;
  for (uint64_t i = a1; i < 32 && i < uint64_t{a1} + b1; ++i) d |= uint64_t{1} << i;
  return static_cast<uint32_t>(d);
}

uint32_t manual_szext(bool clamp, bool is_signed, uint32_t a, uint32_t b) {
  if (clamp && b >= 32) return a;
  const uint32_t n = b & 31;
  if (n == 0) return 0;
  const uint32_t mask = ~0u << n;
  return (a & ~mask) | (is_signed && (a >> (n - 1) & 1) ? mask : 0);
}

}  // namespace

TEST_CASE("bfe and bfi follow the manual's loops") {
  uint64_t wrong = 0;
  for (unsigned width : {32u, 64u}) {
    const bool narrow = width == 32;
    for (uint64_t a : edges(width, 12)) {
      for (uint64_t pos : {0u, 1u, 5u, 31u, 32u, 33u, 63u, 64u, 200u, 255u, 256u, 300u}) {
        for (uint64_t len : {0u, 1u, 8u, 31u, 32u, 33u, 63u, 64u, 65u, 255u, 257u}) {
          wrong += run(narrow ? "bfe.u32" : "bfe.u64", {a, pos, len}) != manual_bfe(width, false, a, pos, len);
          wrong += run(narrow ? "bfe.s32" : "bfe.s64", {a, pos, len}) != manual_bfe(width, true, a, pos, len);
          const uint64_t b = ~a * 3 & HostValue::mask(width);
          wrong += run(narrow ? "bfi.b32" : "bfi.b64", {a, b, pos, len}) != manual_bfi(width, a, b, pos, len);
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("fns, bmsk and szext follow the manual") {
  uint64_t wrong = 0;
  for (uint64_t a : edges(32, 20)) {
    const auto mask = static_cast<uint32_t>(a);
    for (uint32_t b : {0u, 1u, 4u, 16u, 30u, 31u}) {
      for (int offset : {0, 1, 2, 5, 32, 33, -1, -2, -7, -32}) {
        wrong += run("fns.b32", {a, b, static_cast<uint32_t>(offset)}) != manual_fns(mask, b, offset);
      }
    }
    for (uint64_t b : edges(32, 4)) {
      const auto n = static_cast<uint32_t>(b);
      wrong += run("bmsk.clamp.b32", {a, b}) != manual_bmsk(true, mask, n);
      wrong += run("bmsk.wrap.b32", {a, b}) != manual_bmsk(false, mask, n);
      wrong += run("szext.clamp.s32", {a, b}) != manual_szext(true, true, mask, n);
      wrong += run("szext.wrap.u32", {a, b}) != manual_szext(false, false, mask, n);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("shifts clamp their amount, funnel shifts clamp or wrap it") {
  CHECK(run("shl.b32", {1, 31}) == 0x80000000);
  CHECK(run("shl.b32", {1, 32}) == 0);
  CHECK(run("shl.b64", {1, 63}) == uint64_t{1} << 63);
  CHECK(run("shl.b16", {1, 0x10000}) == 0);
  CHECK(run("shr.s32", {0x80000000, 40}) == 0xffffffff);
  CHECK(run("shr.u16", {0x8000, 15}) == 1);
  CHECK(run("shr.s16", {0x8000, 0xffffffff}) == 0xffff);
  CHECK(run("shf.l.wrap.b32", {0x11111111, 0x22222222, 36}) == 0x22222221);
  CHECK(run("shf.l.clamp.b32", {0x11111111, 0x22222222, 36}) == 0x11111111);
  CHECK(run("shf.r.wrap.b32", {0x11111111, 0x22222222, 4}) == 0x21111111);
  CHECK(run("shf.r.clamp.b32", {0x11111111, 0x22222222, 99}) == 0x22222222);
}

TEST_CASE("saturating addition clamps, the carry chain carries") {
  CHECK(run("add.sat.s32", {0x7fffffff, 1}) == 0x7fffffff);
  CHECK(run("add.sat.s32", {0x80000000, 0xffffffff}) == 0x80000000);
  CHECK(run("sub.sat.s32", {0x80000000, 1}) == 0x80000000);
  CHECK(run("add.s32", {0x7fffffff, 1}) == 0x80000000);
  const auto low = run_all("add.cc.u32", {0xffffffff, 1});
  REQUIRE(low.count == 2);
  CHECK(low.values[1].is_true());
  CHECK(run("addc.u32", {5, 6, 1}) == 12);
  CHECK(run_all("addc.cc.u32", {0xffffffff, 0, 1}).values[1].is_true());
  CHECK(run_all("sub.cc.u32", {0, 1}).values[1].is_true());
  CHECK(run("subc.u32", {5, 3, 1}) == 1);
  CHECK(run_all("subc.cc.u32", {0, 0xffffffff, 1}).values[1].is_true());
  CHECK(run("madc.hi.u32", {0xffffffff, 0xffffffff, 1, 1}) == 0);
  CHECK(run_all("mad.lo.cc.u32", {0x10000, 0x10000, 0}).values[1].is_true() == false);
}

TEST_CASE("multiplication, sums of differences and dot products") {
  CHECK(run("mul.wide.s32", {0xffffffff, 5}) == static_cast<uint64_t>(-5));
  CHECK(run("mul.wide.u16", {0xffff, 0xffff}) == 0xfffe0001);
  CHECK(run("mul.hi.s64", {static_cast<uint64_t>(-1), 2}) == ~uint64_t{0});
  CHECK(run("mul24.lo.s32", {0xffffff, 3}) == static_cast<uint32_t>(-3));
  CHECK(run("mul24.hi.u32", {0xffffff, 0xffffff}) == 0xfffffe00);
  CHECK(run("mad.lo.s32", {3, 4, 5}) == 17);
  CHECK(run("sad.s32", {0xffffffff, 1, 10}) == 12);
  CHECK(run("sad.u32", {0xffffffff, 1, 10}) == 8);
  CHECK(run("dp4a.s32.s32", {0xff020304, 0x01010101, 100}) == 108);
  CHECK(run("dp4a.u32.u32", {0xff020304, 0x01010101, 100}) == 364);
  CHECK(run("dp2a.lo.s32.u32", {0xffff0002, 0x00000301, 0}) == static_cast<uint32_t>(-1));
  CHECK(run("min.s32", {0xffffffff, 1}) == 0xffffffff);
  CHECK(run("max.u32", {0xffffffff, 1}) == 0xffffffff);
  CHECK(run("add.u16x2", {0xffff0001, 0x00010001}) == 0x00000002);
}

TEST_CASE("prmt picks and replicates bytes") {
  const uint64_t a = 0x33221180, b = 0x77665544;
  CHECK(run("prmt.b32", {a, b, 0x3210}) == a);
  CHECK(run("prmt.b32", {a, b, 0x7654}) == b);
  CHECK(run("prmt.b32", {a, b, 0x0008}) == 0x808080ff);
  CHECK(run("prmt.b32.f4e", {a, b, 1}) == 0x44332211);
  CHECK(run("prmt.b32.b4e", {a, b, 1}) == 0x66778011);
  CHECK(run("prmt.b32.rc8", {a, b, 2}) == 0x22222222);
  CHECK(run("prmt.b32.ecl", {a, b, 2}) == 0x33222222);
  CHECK(run("prmt.b32.ecr", {a, b, 1}) == 0x11111180);
  CHECK(run("prmt.b32.rc16", {a, b, 3}) == 0x33223322);
}

TEST_CASE("lop3 is its table, for every table") {
  uint64_t wrong = 0;
  for (uint64_t table = 0; table < 256; ++table) wrong += (run("lop3.b32", {0xf0, 0xcc, 0xaa, table}) & 0xff) != table;
  CHECK(wrong == 0);
}

TEST_CASE("counts and finds are 32 bits wide") {
  CHECK(run("popc.b64", {~uint64_t{0}}) == 64);
  CHECK(run("clz.b64", {1}) == 63);
  CHECK(run("bfind.u32", {0}) == 0xffffffff);
  CHECK(run("bfind.s32", {0xfffffffe}) == 0);
  CHECK(run("bfind.s64", {uint64_t{1} << 40}) == 40);
  CHECK(run("bfind.shiftamt.u32", {1}) == 31);
  CHECK(run("brev.b32", {1}) == 0x80000000);
  CHECK(run("cnot.b32", {0}) == 1);
}

TEST_CASE("comparisons and selections") {
  CHECK(run("setp.lt.s32", {0xffffffff, 0}) == 1);
  CHECK(run("setp.lo.u32", {0xffffffff, 0}) == 0);
  const auto both = run_all("setp.eq.and.u32", {1, 1, 1});
  CHECK(both.values[0].is_true());
  CHECK_FALSE(both.values[1].is_true());
  CHECK(run("setp.ltu.f32", {f32(NAN), f32(0)}) == 1);
  CHECK(run("setp.ne.f32", {f32(NAN), f32(0)}) == 0);
  CHECK(run("setp.neu.f32", {f32(NAN), f32(0)}) == 1);
  CHECK(run("setp.num.f64", {f64(1), f64(2)}) == 1);
  CHECK(run("setp.eq.ftz.f32", {1, 0}) == 1);
  CHECK(run("set.gt.u32.s32", {5, 3}) == 0xffffffff);
  CHECK(run("set.gt.f32.s32", {5, 3}) == f32(1.0f));
  CHECK(run("selp.b32", {1, 2, 0}) == 2);
  CHECK(run("slct.s32.f32", {1, 2, f32(-0.0f)}) == 1);
  CHECK(run("slct.s32.f32", {1, 2, f32(NAN)}) == 2);
  CHECK(run("testp.normal.f32", {0}) == 1);
  CHECK(run("testp.subnormal.f64", {1}) == 1);
  const auto halves = run_all("setp.lt.f16x2", {0x3c004000, 0x40003c00});
  CHECK_FALSE(halves.values[0].is_true());
  CHECK(halves.values[1].is_true());
}
