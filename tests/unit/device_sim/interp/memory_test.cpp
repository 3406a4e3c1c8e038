// Address spaces, atomics and faults.
#include "tests/unit/device_sim/interp/ptx_device.h"

using namespace qiao;

namespace {

// r4 = the thread's index in the grid, rd1 = its address in p (4-byte elements)
const char* const kIndex = R"(
  .reg .pred p<9>; .reg .b32 r<40>; .reg .b64 rd<40>; .reg .f32 f<9>; .reg .b16 h<9>;
  mov.u32 r1, %ctaid.x; mov.u32 r2, %ntid.x; mov.u32 r3, %tid.x; mad.lo.s32 r4, r1, r2, r3;
  ld.param.u64 rd0, [p]; cvta.to.global.u64 rd0, rd0; mul.wide.u32 rd1, r4, 4; add.s64 rd1, rd0, rd1;
)";

std::string kernel(const std::string& body, const std::string& more = "") {
  return more + "\n.visible .entry k(.param .u64 p) {" + kIndex + body + "\n ret; }";
}

}  // namespace

TEST_CASE("vector addition") {
  PtxModule module(R"(
.visible .entry add(.param .u64 a, .param .u64 b, .param .u64 c, .param .u32 n) {
  .reg .pred %p<2>; .reg .f32 %f<4>; .reg .b32 %r<6>; .reg .b64 %rd<11>;
  ld.param.u64 %rd1, [a]; ld.param.u64 %rd2, [b]; ld.param.u64 %rd3, [c]; ld.param.u32 %r2, [n];
  mov.u32 %r3, %ntid.x; mov.u32 %r4, %ctaid.x; mov.u32 %r5, %tid.x; mad.lo.s32 %r1, %r3, %r4, %r5;
  setp.ge.s32 %p1, %r1, %r2;
  @%p1 bra $done;
  cvta.to.global.u64 %rd4, %rd1; mul.wide.s32 %rd5, %r1, 4; add.s64 %rd6, %rd4, %rd5;
  cvta.to.global.u64 %rd7, %rd2; add.s64 %rd8, %rd7, %rd5;
  ld.global.f32 %f1, [%rd8]; ld.global.f32 %f2, [%rd6]; add.f32 %f3, %f2, %f1;
  cvta.to.global.u64 %rd9, %rd3; add.s64 %rd10, %rd9, %rd5;
  st.global.f32 [%rd10], %f3;
$done:
  ret;
})");
  constexpr int kCount = 1000;
  std::vector<float> a(kCount), b(kCount);
  for (int i = 0; i < kCount; ++i) a[i] = i * 0.5f, b[i] = i * i;
  Buffer<float> x(a), y(b), z(kCount);
  module.launch("add", {4, 1, 1}, {256, 1, 1}, {x.address(), y.address(), z.address(), kCount});
  int wrong = 0;
  for (int i = 0; i < kCount; ++i) wrong += z[i] != a[i] + b[i];
  CHECK(wrong == 0);
}

TEST_CASE("thread positions in three dimensions") {
  PtxModule module(R"(
.visible .entry k(.param .u64 p) {
  .reg .b32 r<20>; .reg .b64 rd<4>;
  mov.u32 r0, %tid.x; mov.u32 r1, %tid.y; mov.u32 r2, %tid.z; mov.u32 r3, %ntid.x; mov.u32 r4, %ntid.y;
  mad.lo.u32 r5, r2, r4, r1; mad.lo.u32 r5, r5, r3, r0;
  mov.u32 r6, %ctaid.y; mul.lo.u32 r7, r6, 105; add.u32 r8, r5, r7;
  shl.b32 r9, r0, 16; shl.b32 r10, r1, 8; or.b32 r9, r9, r10; or.b32 r9, r9, r2;
  ld.param.u64 rd0, [p]; mul.wide.u32 rd1, r8, 4; add.s64 rd0, rd0, rd1; st.global.u32 [rd0], r9;
  ret;
})");
  Buffer<uint32_t> out(210);
  module.launch("k", {1, 2, 1}, {7, 5, 3}, {out.address()});
  int wrong = 0;
  for (uint32_t i = 0; i < 210; ++i) {
    const uint32_t t = i % 105;
    wrong += out[i] != (t % 7 << 16 | t / 7 % 5 << 8 | t / 35);
  }
  CHECK(wrong == 0);
}

TEST_CASE("shared memory is exchanged across a barrier") {
  PtxModule module(kernel(R"(
  mov.u32 r10, tile; shl.b32 r11, r3, 2; add.u32 r12, r10, r11; st.shared.u32 [r12], r3;
  bar.sync 0;
  xor.b32 r13, r3, 127; shl.b32 r13, r13, 2; add.u32 r13, r10, r13; ld.shared.u32 r14, [r13];
  st.global.u32 [rd1], r14;)",
                          ".shared .align 4 .b8 tile[512];"));
  Buffer<uint32_t> out(256);
  module.launch("k", {2, 1, 1}, {128, 1, 1}, {out.address()});
  int wrong = 0;
  for (uint32_t i = 0; i < 256; ++i) wrong += out[i] != (127 - i % 128);
  CHECK(wrong == 0);
}

TEST_CASE("dynamic shared memory through a generic address") {
  PtxModule module(kernel(R"(
  mov.u64 rd10, dynamic; cvta.shared.u64 rd10, rd10; mul.wide.u32 rd11, r3, 8; add.s64 rd10, rd10, rd11;
  cvt.u64.u32 rd12, r3; st.u64 [rd10], rd12; ld.u32 r10, [rd10]; isspacep.shared p1, rd10;
  selp.b32 r11, 1000, 0, p1; add.u32 r10, r10, r11; mov.u32 r12, %dynamic_smem_size; add.u32 r10, r10, r12;
  st.global.u32 [rd1], r10;)",
                          ".extern .shared .align 16 .b8 dynamic[];"));
  Buffer<uint32_t> out(32);
  module.launch("k", {1, 1, 1}, {32, 1, 1}, {out.address()}, 256);
  CHECK(out[0] == 1256);
  CHECK(out[31] == 1287);
}

TEST_CASE("local arrays, vectors, bytes and constants") {
  PtxModule module(kernel(R"(
  .local .align 16 .b8 frame[32];
  mov.u64 rd10, frame; cvta.local.u64 rd11, rd10;
  st.local.v4.u32 [rd10], {r4, 2, 3, 4}; ld.v2.u32 {r10, r11}, [rd11+8]; ld.local.u8 r12, [frame+4];
  st.local.u8 [rd10+31], 200; ld.local.s8 r13, [rd10+31];
  ld.const.u32 r14, [table+4]; ld.local.u32 r15, [rd10];
  add.u32 r10, r10, r11; add.u32 r10, r10, r12; add.s32 r10, r10, r13; add.u32 r10, r10, r14; add.u32 r10, r10, r15;
  st.global.u32 [rd1], r10;)",
                          ".const .align 4 .u32 table[3] = {1, 1000, 3};"));
  Buffer<uint32_t> out(64);
  module.launch("k", {1, 1, 1}, {64, 1, 1}, {out.address()});
  for (uint32_t i : {0u, 1u, 63u}) CHECK(out[i] == 7 + 2 - 56 + 1000 + i);
}

TEST_CASE("atomics") {
  PtxModule module(kernel(R"(
  atom.global.add.u32 r10, [rd0], 1; red.global.max.s32 [rd0+4], r4; atom.global.inc.u32 r11, [rd0+8], 6;
  atom.global.cas.b32 r12, [rd0+12], 0, 77; cvt.rn.f32.u32 f1, r4; red.global.add.f32 [rd0+16], f1;
  atom.global.exch.b64 rd12, [rd0+24], rd0; red.global.or.b32 [rd0+20], 5;
  mov.b32 {h1, h2}, 0x3c003c00; mov.b32 r13, {h1, h2}; red.global.add.noftz.f16x2 [rd0+32], r13;)"));
  Buffer<uint32_t> out(10);
  module.launch("k", {4, 1, 1}, {64, 1, 1}, {out.address()});
  CHECK(out[0] == 256);
  CHECK(out[1] == 255);
  CHECK(out[2] == 256 % 7);
  CHECK(out[3] == 77);
  CHECK(std::bit_cast<float>(out[4]) == 255 * 128.0f);
  CHECK(out[5] == 5);
  CHECK(out[6] == static_cast<uint32_t>(out.address()));
  CHECK(out[8] == 0x5c005c00);
}

TEST_CASE("a bad access names the line and the kernel") {
  PtxModule module(kernel("ld.global.u32 r10, [8];"));
  const Error null = module.fault("k", {1, 1, 1}, {1, 1, 1}, {0});
  CHECK(null.code == Code::IllegalAddress);
  CHECK(null.message.find("kernel k, PTX line 9") != std::string::npos);

  PtxModule skewed(kernel("ld.global.u32 r10, [rd1+2];"));
  Buffer<uint32_t> memory(4);
  CHECK(skewed.fault("k", {1, 1, 1}, {1, 1, 1}, {memory.address()}).code == Code::MisalignedAddress);

  PtxModule host(kernel("st.global.u32 [rd1], r4;"));
  uint32_t variable = 5;
  CHECK(host.fault("k", {1, 1, 1}, {1, 1, 1}, {reinterpret_cast<uint64_t>(&variable)}).code == Code::IllegalAddress);
  CHECK(variable == 5);

  PtxModule shared(kernel("ld.shared.u32 r10, [tile+64];", ".shared .align 4 .b8 tile[64];"));
  CHECK(shared.fault("k", {1, 1, 1}, {1, 1, 1}, {memory.address()}).code == Code::IllegalAddress);
}

TEST_CASE("trap ends the launch, the device lives on") {
  PtxModule module(kernel("setp.eq.u32 p1, r4, 40; @p1 trap; st.global.u32 [rd1], 1;"));
  Buffer<uint32_t> out(64);
  CHECK(module.fault("k", {1, 1, 1}, {64, 1, 1}, {out.address()}).code == Code::LaunchFailed);
  module.launch("k", {1, 1, 1}, {32, 1, 1}, {out.address()});
  CHECK(out[31] == 1);
}
