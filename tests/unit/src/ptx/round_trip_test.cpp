// parse(print(m)) is m: over our own compiled programs, over snippets of each part of the grammar, and over what nvcc
// writes today where it is installed.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tests/unit/src/ptx/round_trip.h"
#include "tests/unit/src/ptx/samples.h"

using namespace qiao::ptx;

TEST_CASE("our own programs, compiled") {
  REQUIRE_FALSE(kept_modules().empty());
  for (const auto& path : kept_modules()) {
    INFO(path);
    check_round_trip(read_text(path));
  }
}

TEST_CASE("selectors and signs of video instructions, four operands in braces") {
  check_round_trip(in_kernel(R"(
    vadd.u32.s32.u32.sat %r1.h1, %r2.b3, %r3, %r4; vsub.s32.u32.u32.min %r1, %r2, 7, -1; vset.u32.u32.lt.add %r1, %r2, %r3.h0, 1;
    vmad.s32.s32.u32.sat.shr7 %r1, -%r2.b0, %r3, %r4; vmad.u32.u32.u32.po.shr15 %r1, %r2, %r3.h0, 9;
    vmad.s32.u32.u32 %r1, %r2, %r3, -%r4; vmad.s32.u32.u32 %r1, %r2, -5, %r4; vshl.u32.u32.u32.wrap %r1, %r2.b1, %r3.b1;
    vavrg4.s32.u32.s32.sat %r1.b310, %r2.b7654, %r3.b0123, %r4; vset2.s32.s32.ge.add %r1.h0, %r2.h13, %r3, %r4;
    cvt.rs.relu.satfinite.e4m3x4.f32 %r1, {%f1, %f2, 0f3F800000, %f4}, %r2; cvt.pack.sat.s4.s32.b32 %r1, %r2, -9, 0;)",
                             "9.0", "sm_100a"));
}

TEST_CASE("every kind of operand") {
  check_round_trip(in_kernel(R"(
    mov.u32 %r1, %tid.x; mov.u64 %l1, %clock64; mov.u32 %r2, %laneid; mov.u64 %l2, g+8; mov.u64 %l3, depot; mov.u64 %l4, f;
    mov.b64 {%r1, _}, %l1; mov.b64 %l1, {%r1, 7}; mov.b128 %q1, {%l1, %l2}; mov.f32 %f1, 0f7FC00001; mov.f64 %d1, -1.5;
    mov.pred %p1, 1; mov.b32 %f1, 0f3F800000; mov.s16 %h1, -1; mov.u16 %h1, 65536;
    ld.global.u32 %r1, [%l1+-8]; ld.global.u32 %r1, [g+4]; ld.u32 %r1, [4096]; ld.param.u64 %l1, [a];
    ld.global.nc.L1::no_allocate.L2::128B.v4.f32 {%f1, %f2, _, %f3}, [%l1];
    ld.acquire.gpu.global.u32 %r1, [%l1]; ld.volatile.shared.v2.u8 {%h1, %h2}, [s]; st.global.cs.v2.f64 [%l1], {%d1, %d2};
    st.release.sys.global.u32 [%l1], 5; ld.global.L2::cache_hint.u32 %r1, [%l1], %l2;
    setp.lt.and.f32 %p1|%p2, %f1, %f2, !%p3; setp.ne.s32 _|%p1, %r1, 0; selp.b32 %r1, 1, %r2, %p1;
    shfl.sync.bfly.b32 %r1|%p1, %r2, 16, 31, -1; vote.sync.ballot.b32 %r1, !%p1, -1; match.all.sync.b64 %r1|%p1, %l1, -1;
    bar.red.popc.u32 %r1, 0, %p1; bar.red.and.pred %p1, 1, 64, !%p2; barrier.sync.aligned 3, %r1; bar.warp.sync %r1;
    atom.global.cas.b64 %l1, [%l2], %l3, 0; atom.acq_rel.gpu.shared.inc.u32 %r1, [s], 9; red.global.add.f32 [%l1], %f1;
    atom.global.add.noftz.v2.f16x2 {%r1, %r2}, [%l1], {%r3, %r4}; _: prmt.b32.f4e %r1, %r2, %r3, %r4;
    lop3.or.b32 %r1|%p1, %r2, %r3, %r4, 0xe8, %p2; cp.async.ca.shared.global [%r1], [%l1], 16, 8; cp.async.wait_group 2;
    add.cc.u32 %r1, %r1, %r2; addc.u32 %r3, %r3, %r4; mad.wide.u32 %l1, %r1, 4, %l2; cvt.rn.satfinite.e4m3x2.f32 %h1, %f1, %f2;
    @!%p1 bra.uni E; fence.acq_rel.gpu; membar.gl; trap; nanosleep.u32 20; exit; E: pmevent 1;)"));
}

TEST_CASE("scopes, vector registers and names that repeat") {
  check_round_trip(in_kernel(R"(
    .reg .v4 .f32 v; mov.f32 v.x, %f1; ld.global.v4.f32 v, [%l1]; add.f32 %f1, v.y, v.w;
    { .reg .b32 t; mov.u32 t, 1; { .reg .b64 t; mov.u64 t, 2; L: bra L; } mov.u32 %r1, t; bra L; }
    L: { .param .b32 p; st.param.b32 [p], %r1; } { .param .b32 p; st.param.b32 [p+0], %r2; }
    { LAB: mov.u32 %r1, 1; bra LAB; } { LAB: mov.u32 %r1, 2; bra LAB; })"));
}

TEST_CASE("calls, prototypes, branch and call targets") {
  check_round_trip(
      ".version 9.0\n.target sm_75\n.address_size 64\n"
      ".func (.param .align 8 .b8 r[16]) s (.param .align 8 .b8 a[16], .param .b32 b);\n"
      ".extern .func stop () .noreturn;\n.func (.reg .b32 r) t (.reg .b32 a) { add.u32 r, a, 1; ret; }\n"
      ".global .u64 table[2] = {t, generic(table)+8};\n.global .b8 bytes[2] = {0xFF(t), 0xFF00(t+4)};\n"
      ".global .v2 .f32 pair = {1.0, 0f40000000};\n.const .u32 m[2][3] = {{1}, {4, 5, 6}};\n"
      ".visible .entry k(.param .u64 .ptr .global .align 4 p) .reqntid 32, 2 .minnctapersm 2\n{\n"
      ".reg .b32 %r<4>; .reg .b64 %l<4>; .param .align 8 .b8 x[16]; .param .b32 y;\n"
      "call.uni (x), s, (x, y); call stop; call (%r1), t, (%r2);\n"
      "P: .callprototype (.param .b32 _) _ (.param .b64 _, .param .align 4 .b8 _[12]);\n"
      "mov.u64 %l1, t; { .param .b64 q; .param .align 4 .b8 w[12]; call (y), %l1, (q, w), P; }\n"
      "T: .calltargets t; call (%r1), %l1, (%r2), T;\n"
      "B: .branchtargets L1, L2; brx.idx %r1, B; L1: L2: ret;\n}\n"
      ".weak .func weak1() { ret; }\n.alias stop, weak1;\n");
}

TEST_CASE("what nvcc writes today") {
  const char* found = std::getenv("QIAO_NVCC");
  std::string nvcc = found != nullptr ? found : "nvcc";
  if (std::system((nvcc + " --version > /dev/null 2>&1").c_str()) != 0) {
    WARN("skipped: no nvcc in PATH");
    return;
  }
  auto folder = std::filesystem::temp_directory_path() / ("qiao_round_trip_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  for (const char* arch : {"sm_75", "sm_90"}) {
    for (const char* app : {"device_printf", "block_scan"}) {
      std::string to = (folder / (std::string(app) + ".ptx")).string();
      std::string from = std::string(QIAO_SOURCE_DIR "/tests/apps/") + app + ".cu";
      std::string command = nvcc + " -std=c++17 -ptx -arch=" + arch + " -o " + to + " " + from + " > /dev/null 2>&1";
      REQUIRE(std::system(command.c_str()) == 0);
      INFO(app << " " << arch);
      check_round_trip(read_text(to));
    }
  }
  std::filesystem::remove_all(folder);
}
