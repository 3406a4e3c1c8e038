// Calls on every executor: aggregates, several results, recursion, function pointers, divergence, the stack.
#include "device_sim/machine/fault_handler.h"
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

// out[i] = the value the body leaves in %r1; %r0 is the thread's number; `more` stands before the kernel.
std::string kernel_of(const std::string& more, const std::string& body) {
  return more + R"(
.visible .entry k(.param .u64 out) {
  .reg .b32 %r<20>; .reg .b64 %l<20>; .reg .pred %p<8>; .reg .f32 %f<8>;
  mov.u32 %r0, %tid.x;
)" + body +
         R"(
  ld.param.u64 %l18, [out]; mul.wide.u32 %l19, %r0, 4; add.u64 %l18, %l18, %l19; st.global.u32 [%l18], %r1;
  ret;
})";
}

Launch one_warp() {
  return {.block = {48, 1, 1}, .before = {}, .buffers = {Words(48)}, .scalars = {}};
}

// Runs it everywhere and compares with `expected` of the thread's number.
template <class F>
void check(const std::string& text, F expected, Expect executor = Expect::Warp) {
  compare_executors(text, one_warp(), executor);
  for (const char* name : {"interpreter", "lane", "warp"}) {
    const Outcome got = run_on(name, text, one_warp());
    for (uint32_t i = 0; i < 48; ++i) {
      INFO(name << ", thread " << i);
      CHECK(got.buffers[0][i] == expected(i));
    }
  }
}

void check_fault(const std::string& text, Code code, const std::string& message) {
  for (const char* name : {"interpreter", "lane", "warp"}) {
    const Outcome got = run_on(name, text, one_warp());
    INFO(name << ": " << got.message);
    CHECK(got.code == code);
    CHECK(got.message.find(message) != std::string::npos);
  }
}

const char* const kSum = R"(
.func (.param .align 8 .b8 r[24], .param .b32 n) mix(.param .align 8 .b8 a[24], .param .b32 k) {
  .reg .b64 %l<4>; .reg .b32 %r<4>;
  ld.param.v2.b64 {%l0, %l1}, [a]; ld.param.b64 %l2, [a+16]; ld.param.b32 %r0, [k];
  cvt.u64.u32 %l3, %r0; add.u64 %l0, %l0, %l3; st.param.v2.b64 [r], {%l1, %l0}; st.param.b64 [r+16], %l2;
  mul.lo.u32 %r0, %r0, 3; st.param.b32 [n], %r0; ret; }
.func (.reg .u32 a, .reg .u32 b) two(.reg .u32 x, .reg .f32 y) { add.u32 a, x, 1; cvt.rni.u32.f32 b, y; ret; }
)";

}  // namespace

TEST_CASE("aggregates by value and several results, direct and through a pointer") {
  const std::string body = R"(
  { .param .align 8 .b8 A[24]; .param .b32 K; .param .align 8 .b8 R[24]; .param .b32 N;
    cvt.u64.u32 %l1, %r0; st.param.b64 [A], %l1; st.param.b64 [A+8], 1000; st.param.b64 [A+16], 70000; st.param.b32 [K], %r0;
    CALL
    ld.param.b64 %l2, [R]; ld.param.b64 %l3, [R+8]; ld.param.b64 %l4, [R+16]; ld.param.b32 %r2, [N]; }
  add.u64 %l2, %l2, %l3; add.u64 %l2, %l2, %l4; cvt.u32.u64 %r1, %l2; add.u32 %r1, %r1, %r2;
  call (%r3, %r4), two, (%r0, 2.5); add.u32 %r1, %r1, %r3; mad.lo.u32 %r1, %r4, 100000, %r1;
  call (%r3, _), two, (5, %f0); add.u32 %r1, %r1, %r3;)";
  const auto expected = [](uint32_t i) { return 1000 + 2 * i + 70000 + 3 * i + i + 1 + 2 * 100000 + 6; };
  const auto with = [&](const std::string& call) {
    std::string text = body;
    return kernel_of(kSum, text.replace(text.find("CALL"), 4, call));
  };
  check(with("call (R, N), mix, (A, K);"), expected);
  check(with("mov.u64 %l9, mix; P: .callprototype (.param .align 8 .b8 _[24], .param .b32 _) _ "
             "(.param .align 8 .b8 _[24], .param .b32 _); call (R, N), %l9, (A, K), P;"),
        expected);
  check(with("T: .calltargets mix; mov.u64 %l9, mix; call (R, N), %l9, (A, K), T;"), expected);
}

TEST_CASE("a table of functions in memory, called under divergence") {
  const std::string functions = R"(
.func (.reg .u32 r) f0(.reg .u32 x) { add.u32 r, x, 100; ret; }
.func (.reg .u32 r) f1(.reg .u32 x) { mul.lo.u32 r, x, 7; ret; }
.func (.reg .u32 r) f2(.reg .u32 x) { .reg .pred p; setp.gt.u32 p, x, 20; mov.u32 r, 1; @p ret; mov.u32 r, 2; ret; }
.global .u64 table[3] = {f0, f1, f2};
)";
  check(kernel_of(functions, R"(
  rem.u32 %r2, %r0, 3; mul.wide.u32 %l1, %r2, 8; mov.u64 %l2, table; add.u64 %l2, %l2, %l1; ld.global.u64 %l3, [%l2];
  P: .callprototype (.reg .u32 _) _ (.reg .u32 _);
  setp.lt.u32 %p1, %r0, 40; mov.u32 %r1, 9;
  @%p1 call (%r1), %l3, (%r0), P;)"),
        [](uint32_t i) {
          const uint32_t by[] = {i + 100, i * 7, i > 20 ? 1u : 2u};
          return i < 40 ? by[i % 3] : 9;
        });
}

TEST_CASE("recursion, of one and of two functions") {
  const std::string functions = R"(
.func (.param .b32 r) fib(.param .b32 n) { .reg .b32 a, b, c; .reg .pred p; .param .b32 i, o;
  ld.param.b32 a, [n]; setp.lt.u32 p, a, 2; @p bra DONE;
  sub.u32 b, a, 1; st.param.b32 [i], b; call (o), fib, (i); ld.param.b32 c, [o];
  sub.u32 b, a, 2; st.param.b32 [i], b; call (o), fib, (i); ld.param.b32 b, [o]; add.u32 a, b, c;
DONE: st.param.b32 [r], a; ret; }
.func (.reg .u32 r) odd(.reg .u32 x);
.func (.reg .u32 r) even(.reg .u32 x) { .reg .pred p; .reg .u32 y; .local .u32 keep;
  st.local.u32 [keep], x; setp.eq.u32 p, x, 0; mov.u32 r, 1; @p ret;
  sub.u32 y, x, 1; call (r), odd, (y); ld.local.u32 y, [keep]; setp.ne.u32 p, y, x; @p mov.u32 r, 77; ret; }
.func (.reg .u32 r) odd(.reg .u32 x) { .reg .pred p; .reg .u32 y; setp.eq.u32 p, x, 0; mov.u32 r, 0; @p ret;
  sub.u32 y, x, 1; call (r), even, (y); ret; }
)";
  check(
      kernel_of(functions,
                "{ .param .b32 i, o; rem.u32 %r2, %r0, 12; st.param.b32 [i], %r2; call (o), fib, (i);"
                " ld.param.b32 %r1, [o]; } call (%r3), even, (%r0); mad.lo.u32 %r1, %r3, 1000, %r1;"),
      [](uint32_t i) {
        uint32_t a = 0, b = 1;
        for (uint32_t n = i % 12; n > 0; --n) b = a + b, a = b - a;
        return a + (i % 2 == 0 ? 1000 : 0);
      },
      Expect::LaneOnly);
}

TEST_CASE("the stack: alloca, stacksave, stackrestore, in a kernel and in what it calls") {
  const std::string functions = R"(
.func (.reg .u32 r) sum(.reg .u32 n) { .reg .u64 a, b, c; .reg .u32 i, v; .reg .pred p; .reg .u64 size;
  mul.wide.u32 size, n, 4; alloca.u64 a, size, 16; mov.u32 i, 0;
FILL: setp.ge.u32 p, i, n; @p bra READ; mul.wide.u32 b, i, 4; add.u64 b, a, b; st.local.u32 [b], i; add.u32 i, i, 1; bra FILL;
READ: mov.u32 r, 0; mov.u32 i, 0;
NEXT: setp.ge.u32 p, i, n; @p ret; mul.wide.u32 b, i, 4; add.u64 b, a, b; ld.local.u32 v, [b]; add.u32 r, r, v;
  add.u32 i, i, 1; bra NEXT; }
)";
  check(kernel_of(functions, R"(
  .local .u32 own; st.local.u32 [own], 5;
  stacksave.u64 %l1; alloca.u64 %l2, 32; st.local.u32 [%l2+28], %r0; call (%r2), sum, (%r0);
  call (%r3), sum, (3); ld.local.u32 %r4, [%l2+28]; stackrestore.u64 %l1; alloca.u64 %l3, 8;
  setp.eq.u64 %p1, %l2, %l3; selp.u32 %r5, 100000, 0, %p1; ld.local.u32 %r6, [own];
  cvta.local.u64 %l4, %l3; st.u32 [%l4], 7; ld.local.u32 %r7, [%l3];
  add.u32 %r1, %r2, %r3; add.u32 %r1, %r1, %r4; add.u32 %r1, %r1, %r5; add.u32 %r1, %r1, %r6; add.u32 %r1, %r1, %r7;)"),
        [](uint32_t i) { return (i == 0 ? 0 : i * (i - 1) / 2) + 3 + i + 100000 + 5 + 7; });
}

TEST_CASE("ends of a launch say why and where") {
  const std::string lines = "\n.file 1 \"a.cu\"\n";
  check_fault(kernel_of(lines, ".loc 1 42 3\n alloca.u64 %l1, 1000000; mov.u32 %r1, 0;"), Code::LaunchFailed,
              "the stack of a thread is exhausted by alloca in kernel k, PTX line 11 (a.cu:42)");
  check_fault(kernel_of(lines, ".loc 1 43 3\n setp.eq.u32 %p1, %r0, 9; @%p1 trap; mov.u32 %r1, 0;"), Code::LaunchFailed,
              "the kernel executed trap in kernel k, PTX line 11 (a.cu:43)");
  check_fault(kernel_of(lines, "mov.u64 %l1, 64; P: .callprototype _ ();\n call %l1, P; mov.u32 %r1, 0;"),
              Code::InvalidPc, "an indirect call to an address which is no function of this kernel");
  check_fault(kernel_of(lines, "mov.u64 %l1, 0; P: .callprototype _ ();\n call %l1, P; mov.u32 %r1, 0;"),
              Code::InvalidPc, "an indirect call to a null address (nvcc's entry for a pure virtual function)");
  check_fault(kernel_of(".extern .func __cxa_pure_virtual();\n.global .u64 table[1] = {__cxa_pure_virtual};\n",
                        "ld.global.u64 %l1, [table]; P: .callprototype _ ();\n call %l1, P; mov.u32 %r1, 0;"),
              Code::LaunchFailed, "a call of a pure virtual function");
  check_fault(kernel_of(lines, "B: .branchtargets X;\n add.u32 %r2, %r0, 1; brx.idx %r2, B; X: mov.u32 %r1, 0;"),
              Code::InvalidPc, "brx.idx with");
}

TEST_CASE("an access to device memory that is not there says where") {
  machine::claim_fault_signals();  // Catch sets its own for each test case
  check_fault(kernel_of("\n.file 1 \"a.cu\"\n",
                        ".loc 1 44 3\n ld.param.u64 %l1, [out];\n"
                        "add.u64 %l1, %l1, 67108864; st.global.u32 [%l1], %r0; mov.u32 %r1, 0;"),
              Code::IllegalAddress, "(device memory which is not allocated) in kernel k, PTX line 12 (a.cu:44)");
}

TEST_CASE("a kernel that cannot run is refused at its launch, its neighbours run") {
  const std::string text = kernel_of(R"(
.extern .func nowhere(.param .b32 a);
.func refused() { .reg .b32 d, t;
  ldmatrix.sync.aligned.m8n8.x1.shared.b16 {d}, [t]; ret; }
.func calls_nowhere() { .param .b32 a; call nowhere, (a); ret; }
.visible .entry uses() { call refused; ret; }
.visible .entry calls() { call calls_nowhere; ret; }
.visible .entry clusters() .reqnctapercluster 2 { ret; }
.global .u64 pointer = nowhere;
.visible .entry points() { .reg .u64 d; ld.global.u64 d, [pointer]; ret; }
)",
                                     "mov.u32 %r1, 5;");
  hal::Device& device = device_of("warp");
  auto loaded = device.load(parse_ptx(text));
  REQUIRE(loaded.ok());
  const auto refusal = [&](const char* name) {
    hal::Kernel* kernel = (*loaded)->find_kernel(name);
    const auto valid = device.validate({kernel, {1, 1, 1}, {32, 1, 1}, 0, false, {}});
    return valid.ok() ? std::string() : valid.error().message;
  };
  CHECK(refusal("uses") ==
        "unsupported: instruction 'ldmatrix.sync.aligned.m8n8.x1.shared.b16' at PTX line 7 in function refused, which "
        "kernel uses can reach");
  CHECK(refusal("calls") ==
        "unsupported: call of nowhere, which has no body, at PTX line 8 in function calls_nowhere, which kernel calls "
        "can reach");
  CHECK(refusal("clusters") == "unsupported: directive '.reqnctapercluster' at PTX line 11 in kernel clusters");
  CHECK(refusal("points").empty());
  check(text, [](uint32_t) { return 5u; });
}

TEST_CASE("elements of arrays, and variables of a scope") {
  check(kernel_of(".global .u32 g[64]; .global .u16 half[2][2] = {{1, 2}, {3, 4}};", R"(
  { .global .u32 mine = 40; ld.global.u32 %r5, [mine]; } { .const .u32 mine = 2; ld.const.u32 %r6, [mine]; }
  mul.wide.u32 %l1, %r0, 4; mov.u64 %l2, g; add.u64 %l2, %l2, %l1; st.global.u32 [%l2], %r0;
  ld.global.u32 %r2, g[%r0]; cvt.u64.u32 %l3, %r0; mov.u64 %l4, g[%l3+1]; sub.u64 %l4, %l4, %l2; cvt.u32.u64 %r3, %l4;
  .reg .u16 h; ld.global.u16 h, half[3]; cvt.u32.u16 %r4, h;
  add.u32 %r1, %r2, %r3; mad.lo.u32 %r1, %r4, 1000, %r1; add.u32 %r1, %r1, %r5; add.u32 %r1, %r1, %r6;)"),
        [](uint32_t i) { return i + 4 + 4000 + 42; });
}

TEST_CASE("a call through memory reaches what another kernel put there") {
  const char* const more = R"(
.func (.reg .u32 r) twice(.reg .u32 a) { add.u32 r, a, a; ret; }
.func (.reg .u32 r) hidden(.reg .u32 a) { add.u32 r, a, 7; ret; }
.global .u64 table[2] = {twice, hidden};
.global .u64 place;
.visible .entry put() { .reg .b64 %l<3>; ld.global.u64 %l1, [table+8]; st.global.u64 [place], %l1; ret; }
)";
  const std::string text = kernel_of(more,
                                     "ld.global.u64 %l1, [place]; P: .callprototype (.reg .u32 _) _ (.reg .u32 _);"
                                     "call (%r1), %l1, (%r0), P;");
  for (const char* name : {"interpreter", "lane", "warp"}) {
    INFO(name);
    hal::Device& device = device_of(name);
    auto loaded = device.load(parse_ptx(text));
    REQUIRE(loaded.ok());
    const uint64_t out = *device.allocate(32 * sizeof(uint32_t));
    REQUIRE(device.launch({(*loaded)->find_kernel("put"), {1, 1, 1}, {1, 1, 1}, 0, false, {}}).ok());
    const std::span<const std::byte> params(reinterpret_cast<const std::byte*>(&out), sizeof out);
    REQUIRE(device.launch({(*loaded)->find_kernel("k"), {1, 1, 1}, {32, 1, 1}, 0, false, params}).ok());
    for (uint32_t i = 0; i < 32; ++i) CHECK(reinterpret_cast<const uint32_t*>(out)[i] == i + 7);
    REQUIRE(device.release(out).ok());
  }
}

TEST_CASE("an offset below a window's start and what is added to it meet inside") {
  check(kernel_of(".shared .align 4 .b32 s[64];", R"(
  .local .b32 l[4];
  mov.u32 %r2, s; mad.lo.u32 %r3, %r0, 4, %r2; add.u32 %r4, %r0, 5; st.shared.u32 [%r3], %r4;
  sub.u32 %r5, 0, 64; mad.lo.u32 %r5, %r0, 4, %r5; add.u32 %r5, %r5, %r2; ld.shared.u32 %r1, [%r5+64];
  mov.u32 %r6, l; sub.u32 %r6, %r6, 100; st.local.u32 [%r6+104], %r0; ld.local.u32 %r7, [l+4]; add.u32 %r1, %r1, %r7;)"),
        [](uint32_t i) { return 2 * i + 5; });
}

TEST_CASE("an indirect call of another signature is no call") {
  check_fault(kernel_of(".func other(.reg .u64 a) { ret; }",
                        "mov.u64 %l1, other; P: .callprototype _ (.reg .u32 _); call %l1, (%r0), P; mov.u32 %r1, 0;"),
              Code::InvalidPc, "no function of this kernel and signature");
}
