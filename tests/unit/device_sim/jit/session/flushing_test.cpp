// .ftz at the border of the normal numbers, on every executor: in kernels of nothing else, which run in the host's
// flushing mode, and in mixed ones, which write it out. And what LLVM would get wrong.
#include "device_sim/jit/emit/emit.h"
#include "device_sim/jit/session/compile.h"
#include "device_sim/jit/session/module_passes.h"
#include "device_sim/jit/vectorize/pipelines.h"
#include "device_sim/machine/float_mode.h"
#include "tests/unit/device_sim/jit/session/executors.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/LLVMContext.h>

using namespace qiao;

namespace {

// Pairs of words around the smallest normal number, with every factor that brings them below it, and NaN of both kinds.
constexpr uint32_t kEdges[] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x00400000, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000,
    0x00800001, 0x00fffffe, 0x00ffffff, 0x80ffffff, 0x01000000, 0x01000001, 0x3effffff, 0x3f000000, 0xbf000000,
    0x3f7fffff, 0x3f7ffffe, 0x3f800000, 0xbf800000, 0x3f800001, 0x40000000, 0x1f800000, 0x203504f3, 0x7e800000,
    0x7f000000, 0x7f7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc12345, 0x42fc0000, 0xc2fc0000};

Launch edge_pairs() {
  constexpr uint32_t kThreads = 96;
  const uint32_t count = std::size(kEdges);
  Launch launch = plain((count * count + kThreads - 1) / kThreads, kThreads);
  for (uint32_t i = 0; i < count * count; ++i) {
    launch.buffers[0][i] = kEdges[i / count];
    launch.buffers[1][i] = kEdges[i % count];
  }
  return launch;
}

// f1 and f2 are the pair, f3 is stored.
std::string of_pair(const std::string& body) {
  return kernel("ld.global.f32 f1, [rd1]; ld.global.f32 f2, [rd2];\n" + body + "\nst.global.f32 [rd1], f3;");
}

bool runs_flushing(const std::string& text) {
  auto loaded = device_of("interpreter").load(parse_ptx(text));
  REQUIRE(loaded.ok());
  return static_cast<machine::SimKernel&>(*(*loaded)->find_kernel("k")).image().layout.flushes_subnormals;
}

constexpr const char* kMixed = "\nmul.f32 f4, f1, f2; st.global.f32 [rd2], f4;";  // keeps subnormals

Words results_of(const std::string& text, const Launch& launch) {
  compare_executors(text, launch);
  return run_on("warp", text, launch).buffers[0];
}

uint32_t flushed(uint32_t bits) {
  return (bits & 0x7f800000) == 0 ? bits & 0x80000000 : bits;
}

}  // namespace

TEST_CASE("ftz gives the same bits on every executor, in pure kernels and in mixed ones") {
  for (const char* body : {"add.ftz.f32 f3, f1, f2;",
                           "sub.ftz.f32 f3, f1, f2;",
                           "mul.ftz.f32 f3, f1, f2;",
                           "fma.rn.ftz.f32 f3, f1, f2, f1;",
                           "fma.rn.ftz.f32 f3, f1, f2, f2;",
                           "mul.ftz.sat.f32 f3, f1, f2;",
                           "div.rn.ftz.f32 f3, f1, f2;",
                           "div.approx.ftz.f32 f3, f1, f2;",
                           "div.full.ftz.f32 f3, f1, f2;",
                           "rcp.rn.ftz.f32 f3, f1;",
                           "rcp.approx.ftz.f32 f3, f1;",
                           "sqrt.rn.ftz.f32 f3, f1;",
                           "sqrt.approx.ftz.f32 f3, f1;",
                           "rsqrt.approx.ftz.f32 f3, f1;",
                           "ex2.approx.ftz.f32 f3, f1;",
                           "lg2.approx.ftz.f32 f3, f1;",
                           "sin.approx.ftz.f32 f3, f1;",
                           "cos.approx.ftz.f32 f3, f1;",
                           "min.ftz.f32 f3, f1, f2;",
                           "max.ftz.f32 f3, f1, f2;",
                           "max.ftz.NaN.f32 f3, f1, f2;",
                           "abs.ftz.f32 f3, f1;",
                           "neg.ftz.f32 f3, f1;",
                           "setp.lt.ftz.f32 p1, f1, f2; selp.f32 f3, f1, f2, p1;",
                           "set.eq.ftz.f32.f32 f3, f1, f2;",
                           "slct.ftz.f32.f32 f3, f1, f2, f2;",
                           "cvt.rni.ftz.f32.f32 f3, f1;",
                           "cvt.rmi.ftz.f32.f32 f3, f1;",
                           "cvt.rpi.ftz.f32.f32 f3, f1;",
                           "cvt.ftz.sat.f32.f32 f3, f1;",
                           "cvt.rpi.ftz.s32.f32 r6, f1; mov.b32 f3, r6;",
                           "cvt.rmi.ftz.s32.f32 r6, f1; mov.b32 f3, r6;",
                           "cvt.ftz.f64.f32 d1, f1; cvt.rn.ftz.f32.f64 f3, d1;",
                           "ld.global.f64 d1, [rd3]; cvt.rn.ftz.f32.f64 f3, d1;",
                           "cvt.rn.ftz.f16.f32 h1, f1; cvt.f32.f16 f3, h1;"}) {
    INFO(body);
    CHECK(runs_flushing(of_pair(body)) == machine::kHostFlushesAfterRounding);
    CHECK_FALSE(runs_flushing(of_pair(std::string(body) + kMixed)));
    const Words pure = results_of(of_pair(body), edge_pairs());
    const Words mixed = results_of(of_pair(std::string(body) + kMixed), edge_pairs());
    for (size_t i = 0; i < pure.size(); ++i) {  // apart from the smallest normal number, which may be flushed
      if (pure[i] == mixed[i]) continue;
      INFO("pair " << i << ": " << std::hex << pure[i] << ", mixed " << mixed[i]);
      const bool border = (mixed[i] & 0x7fffffff) == 0x00800000 && pure[i] == (mixed[i] & 0x80000000);
      if (!border) CHECK(border);
    }
  }
}

TEST_CASE("a product just below the smallest normal number is flushed in pure kernels, rounded up in mixed ones") {
  Launch launch = plain(1, 32);
  launch.scalars = {32};
  for (uint32_t i = 0; i < 32; ++i)
    launch.buffers[0][i] = 0x00ffffff | (i & 1) << 31, launch.buffers[1][i] = 0x3f000000;
  const char* body = "mul.ftz.f32 f3, f1, f2;";
  const Words pure = results_of(of_pair(body), launch);
  const Words mixed = results_of(of_pair(std::string(body) + kMixed), launch);
  CHECK(pure[0] == (machine::kHostFlushesAfterRounding ? 0 : 0x00800000));
  CHECK(pure[1] == (machine::kHostFlushesAfterRounding ? 0x80000000 : 0x80800000));
  CHECK(mixed[0] == 0x00800000);
  CHECK(mixed[1] == 0x80800000);
}

// What LLVM folds although the operation would flush, by constants that only its passes find.
TEST_CASE("operations that LLVM takes for their operand still flush") {
  for (const char* body :
       {"mov.f32 f4, 0f3F800000; mul.ftz.f32 f3, f1, f4;", "mov.f32 f4, 0fBF800000; mul.ftz.f32 f3, f1, f4;",
        "mov.f32 f4, 0f80000000; add.ftz.f32 f3, f1, f4;", "sub.ftz.f32 f3, f1, 0f00000000;",
        "div.rn.ftz.f32 f3, f1, 0f3F800000;", "sub.ftz.f32 f3, 0f80000000, f1;",
        "neg.ftz.f32 f4, f1; neg.ftz.f32 f3, f4;", "cvt.ftz.f64.f32 d1, f1; cvt.rn.ftz.f32.f64 f3, d1;",
        // in a loop that is unrolled
        "mov.f32 f3, 0f3F800000; mov.u32 r6, 0; again: mul.ftz.f32 f3, f3, f1; add.u32 r6, r6, 1; "
        "setp.lt.u32 p1, r6, 1; @p1 bra again;",
        "mov.f32 f3, 0f3F800000; mov.u32 r6, 0; again: mul.ftz.f32 f3, f1, f3; mov.f32 f1, 0f3F800000; "
        "add.u32 r6, r6, 1; setp.lt.u32 p1, r6, 3; @p1 bra again;"}) {
    INFO(body);
    const Words got = results_of(of_pair(body), edge_pairs());
    for (size_t i = 0; i < std::size(kEdges) * std::size(kEdges); ++i) {
      if (flushed(got[i]) != got[i]) CHECK(flushed(got[i]) == got[i]);
    }
  }
}

TEST_CASE("constants are worked out as the host would") {
  // 1e-20 squared is no normal number: its root is zero, its product with 1e38 too.
  for (const char* body :
       {"mov.f32 f5, 0f1E3CE508; fma.rn.ftz.f32 f6, f5, f5, 0f00000000; sqrt.rn.ftz.f32 f3, f6;",
        "mov.f32 f5, 0f1E3CE508; mul.ftz.f32 f6, f5, f5; mul.ftz.f32 f3, f6, 0f7E967699;",
        "mov.f32 f5, 0f1E3CE508; fma.rn.ftz.f32 f6, f5, f5, 0f00000000; fma.rn.ftz.f32 f3, f6, 0f7E967699, f6;",
        "mov.b32 f5, 1; mul.ftz.f32 f3, f5, 0f7E967699;", "mov.b32 f5, 0x80000001; cvt.rmi.ftz.f32.f32 f3, f5;"}) {
    INFO(body);
    const Words got = results_of(of_pair(body), edge_pairs());
    CHECK((got[0] & 0x7fffffff) == 0);
  }
}

TEST_CASE("subnormal constants are zeros, however they come") {
  for (const char* body :
       {"lg2.approx.ftz.f32 f3, 0f00000001;", "mov.f32 f4, 0f00000001; lg2.approx.ftz.f32 f3, f4;",
        "mov.f32 f4, 0f80000001; rsqrt.approx.ftz.f32 f3, f4;",
        "mov.f32 f4, 0f00400000; setp.lt.ftz.f32 p1, f2, f4; selp.f32 f3, f1, f4, p1;",
        "mov.f32 f4, 0f00400000; max.ftz.f32 f3, f1, f4;", "mov.b32 f4, 0x807fffff; sub.ftz.f32 f3, f4, 0f00000000;"}) {
    INFO(body);
    compare_executors(of_pair(body), edge_pairs());
  }
  CHECK(results_of(of_pair("mov.f32 f4, 0f00000001; lg2.approx.ftz.f32 f3, f4;"), edge_pairs())[0] == 0xff800000);
}

TEST_CASE("moves and choices keep the subnormals they are given") {
  for (const char* body :
       {"add.ftz.f32 f4, f1, f2; st.global.f32 [rd2], f4; mov.f32 f3, f1;",
        "setp.lt.ftz.f32 p1, f1, f2; selp.f32 f3, f1, f2, p1;", "setp.gt.ftz.f32 p1, f1, f2; selp.f32 f3, f1, f2, p1;",
        "setp.geu.ftz.f32 p1, f1, f2; selp.f32 f3, f2, f1, p1;",
        "mov.f32 f3, f2; setp.le.ftz.f32 p1, f2, f1; @p1 bra done; mov.f32 f3, f1; done:",
        "setp.lt.ftz.f32 p1, f1, f2; neg.f32 f3, f1; @p1 abs.f32 f3, f2;"}) {
    INFO(body);
    CHECK(runs_flushing(of_pair(body)) == machine::kHostFlushesAfterRounding);
    Launch launch = edge_pairs();
    for (uint32_t& word : launch.buffers[0]) word = 0x00000123;
    for (uint32_t& word : launch.buffers[1]) word = 0x80000456;
    const Words got = results_of(of_pair(body), launch);
    CHECK(((got[0] & 0x7fffffff) == 0x123 || (got[0] & 0x7fffffff) == 0x456));
    compare_executors(of_pair(body), edge_pairs());
  }
}

TEST_CASE("a kernel with one instruction that keeps subnormals does not run flushing") {
  const std::string pure = "add.ftz.f32 f3, f1, f2;";
  for (const char* other :
       {"add.f32 f4, f1, f2;", "setp.lt.f32 p1, f1, f2;", "min.f32 f4, f1, f2;", "cvt.f64.f32 d1, f1;",
        "add.f64 d1, d2, d3;", "add.rz.ftz.f32 f4, f1, f2;", "cvt.rpi.s32.f32 r6, f1;", "ex2.approx.f32 f4, f1;",
        "atom.add.f32 f4, [rd1], f1;", "cvt.rz.f16.f32 h1, f1;"}) {
    INFO(other);
    CHECK_FALSE(runs_flushing(of_pair(pure + other)));
  }
  for (const char* other :
       {"mov.f32 f4, f1;", "selp.f32 f4, f1, f2, p1;", "abs.f32 f4, f1;", "cvt.rn.f32.s32 f4, r5;",
        "cvt.f32.f16 f4, h1;", "fma.rn.f16 h1, h2, h3, h4;", "tanh.approx.f32 f4, f1;", "st.global.f64 [rd3], d1;",
        "red.global.add.f32 [rd3], f1;", "cvt.rn.f16.f32 h1, f1;", "shl.b32 r6, r5, 3;", "copysign.f32 f4, f1, f2;"}) {
    INFO(other);
    CHECK(runs_flushing(of_pair(pure + other)) == machine::kHostFlushesAfterRounding);
  }
  CHECK_FALSE(runs_flushing(of_pair("mov.f32 f3, f1;")));
  // through a call
  CHECK_FALSE(
      runs_flushing(kernel("call f, (); add.ftz.f32 f1, f1, f1;", ".func f() { .reg .f32 x; add.f32 x, x, x; ret; }")));
}

// The sum of a fast-math kernel costs what it says: nothing in its loop but loads and multiply-adds.
TEST_CASE("the loop of a pure kernel has neither flushes nor corrections of NaN") {
  const std::string text = kernel(R"(
  mov.f32 f3, 0f00000000; mov.u32 r6, 0;
  again: ld.global.f32 f1, [rd1]; ld.global.f32 f2, [rd2];
  sub.ftz.f32 f4, f1, f2; mul.ftz.f32 f5, f4, f4; fma.rn.ftz.f32 f3, f5, f1, f3;
  add.s64 rd1, rd1, 4; add.s64 rd2, rd2, 4; add.u32 r6, r6, 1; setp.lt.u32 p1, r6, r5; @p1 bra again;
  st.global.f32 [rd3], f3;)");
  auto loaded = device_of("interpreter").load(parse_ptx(text));
  REQUIRE(loaded.ok());
  const machine::KernelImage& image = static_cast<machine::SimKernel&>(*(*loaded)->find_kernel("k")).image();
  llvm::LLVMContext context;
  auto code = jit::emit_lane_code(image, {}, context);
  REQUIRE(code.ok());
  jit::inline_device_functions(*code->module);
  unsigned in_loop = 0, behind = 0;
  for (llvm::BasicBlock& block : *code->module->getFunction("k.lane")) {
    const bool loops = llvm::is_contained(llvm::successors(&block), &block);
    for (llvm::Instruction& instruction : block) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      CHECK_FALSE(
          (call && call->getCalledFunction() && call->getCalledFunction()->getName().starts_with("qiao.flush")));
      const bool corrects = llvm::isa<llvm::SelectInst>(instruction);
      (loops ? in_loop : behind) += corrects;
    }
  }
  CHECK(in_loop == 0);
  CHECK(behind == (machine::kHostFlushesAfterRounding ? 2 : 1));  // in front of the store
}
