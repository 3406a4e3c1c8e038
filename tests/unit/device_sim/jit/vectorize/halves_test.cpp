// Code that holds more than the host has registers for goes through one half of the lanes after the other.
#include "device_sim/jit/session/halves.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include "tests/unit/device_sim/jit/vectorize/compare.h"

namespace qiao::test {
namespace {

// `sums` accumulators of a loop, to each of which a scalar from memory times a vector is added.
std::string products(unsigned sums) {
  std::string text =
      "define void @f(ptr %a, ptr %b, ptr %out) {\nentry:\n  br label %loop\nloop:\n"
      "  %k = phi i64 [ 0, %entry ], [ %k1, %loop ]\n";
  auto number = [](const char* name, unsigned i) { return name + std::to_string(i); };
  for (unsigned i = 0; i < sums; ++i) {
    text += number("  %s", i) + " = phi <32 x float> [ zeroinitializer, %entry ], [ " + number("%t", i) + ", %loop ]\n";
  }
  for (unsigned i = 0; i < sums; ++i) {
    text += number("  %p", i) + " = getelementptr float, ptr %a, i64 " + std::to_string(i) + "\n" + number("  %x", i) +
            " = load float, ptr " + number("%p", i) + "\n" + number("  %i", i) +
            " = insertelement <32 x float> poison, float " + number("%x", i) + ", i64 0\n" + number("  %v", i) +
            " = shufflevector <32 x float> " + number("%i", i) + ", <32 x float> poison, <32 x i32> zeroinitializer\n" +
            number("  %w", i) + " = load <32 x float>, ptr %b, align 4\n" + number("  %t", i) +
            " = call <32 x float> @llvm.fma.v32f32(<32 x float> " + number("%v", i) + ", <32 x float> " +
            number("%w", i) + ", <32 x float> " + number("%s", i) + ")\n";
  }
  text += "  %k1 = add i64 %k, 1\n  %more = icmp ult i64 %k1, 100\n  br i1 %more, label %loop, label %end\nend:\n";
  for (unsigned i = 0; i < sums; ++i) text += "  store volatile <32 x float> " + number("%t", i) + ", ptr %out\n";
  return text + "  ret void\n}\ndeclare <32 x float> @llvm.fma.v32f32(<32 x float>, <32 x float>, <32 x float>)\n";
}

std::string in_halves(const std::string& body) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(body, problem, context);
  if (!module) FAIL(problem.getMessage().str());
  jit::split_into_halves(*module->getFunction("f"), {});
  CHECK_FALSE(llvm::verifyModule(*module, &llvm::errs()));
  std::string text;
  llvm::raw_string_ostream(text) << *module->getFunction("f");
  return text;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("accumulators that do not fit go in halves") {
  const std::string many = in_halves(products(24));
  INFO(many);
  CHECK(contains(many, "@llvm.fma.v16f32"));
  CHECK_FALSE(contains(many, "@llvm.fma.v32f32"));
  CHECK(contains(many, "fence syncscope(\"singlethread\")"));
}

TEST_CASE("accumulators that fit stay whole") {
  CHECK_FALSE(contains(in_halves(products(8)), "<16 x float>"));
}

TEST_CASE("halves leave what the whole leaves") {
  const std::string text = kernel_text(std::string(kThreadInBlock) + R"(
  %t64 = zext i32 %t to i64
  %pin = getelementptr i32, ptr %in, i64 %t64
  %v = load i32, ptr %pin
  %f = uitofp i32 %v to float
  %g = call float @llvm.sqrt.f32(float %f)
  %h = fneg float %g
  %less = icmp slt i32 %v, %n
  %low = and i32 %v, 65535
  %m = mul i32 %low, %n
  %c = select i1 %less, i32 %m, i32 %v
  %r = call i32 @llvm.fshl.i32(i32 %c, i32 %c, i32 7)
  %q = fptosi float %h to i32
  %s = add i32 %r, %q
  %zeros = call i32 @llvm.ctlz.i32(i32 %s, i1 false)
  %e = add i32 %s, %zeros
  %pout = getelementptr i32, ptr %out, i64 %t64
  store i32 %e, ptr %pout
  ret void
)") + "declare float @llvm.sqrt.f32(float)\ndeclare i32 @llvm.fshl.i32(i32, i32, i32)\n"
      "declare i32 @llvm.ctlz.i32(i32, i1)\n";
  for (const jit::BlockShape& shape : {jit::BlockShape{64, 1, 1}, jit::BlockShape{45, 1, 1}}) {
    Kernel compiled(text, shape, {true, {}, {}, true});
    INFO(compiled.report().why_not << compiled.warp_code());
    REQUIRE(compiled.report().ok);
    CHECK(contains(compiled.warp_code(), "@llvm.fshl.v16i32"));
    CHECK((run(compiled, true, shape, 2, 300) == run(compiled, false, shape, 2, 300)));
  }
}

}  // namespace
}  // namespace qiao::test
