// What is left of the operations that the code generator would take apart. Their values: tests/ptx, every float
// conversion and comparison of halves in warp mode.
#include "device_sim/jit/session/host_forms.h"

#include <llvm/AsmParser/Parser.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/SourceMgr.h>
#include <llvm/Support/raw_ostream.h>

#include "tests/unit/catch.h"

using namespace qiao;

namespace {

std::string with_host_forms(const std::string& body, const char* features) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic problem;
  auto module = llvm::parseAssemblyString(body, problem, context);
  if (!module) FAIL(problem.getMessage().str());
  jit::use_host_forms(*module, features);
  CHECK_FALSE(llvm::verifyModule(*module));
  std::string text;
  llvm::raw_string_ostream(text) << *module->begin();
  return text;
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("halves are compared as floats where the host has no comparison of halves") {
  const char* text = R"(
define <32 x i1> @f(<32 x half> %a, <32 x half> %b) {
  %r = fcmp ult <32 x half> %a, %b
  ret <32 x i1> %r
})";
  std::string plain = with_host_forms(text, "+avx2");
  CHECK(contains(plain, "fcmp ult <32 x float>"));
  CHECK_FALSE(contains(plain, "fcmp ult <32 x half>"));
  CHECK(contains(with_host_forms(text, "+avx2,+avx512fp16"), "fcmp ult <32 x half>"));
}

TEST_CASE("conversions that saturate are whole vectors, scalars stay as they are") {
  const char* text = R"(
define <32 x i32> @f(<32 x float> %a) {
  %r = call <32 x i32> @llvm.fptosi.sat.v32i32.v32f32(<32 x float> %a)
  ret <32 x i32> %r
}
declare <32 x i32> @llvm.fptosi.sat.v32i32.v32f32(<32 x float>))";
  std::string made = with_host_forms(text, "");
  CHECK(contains(made, "fptosi <32 x float>"));
  CHECK_FALSE(contains(made, "fptosi.sat"));
  const char* scalar = R"(
define i32 @f(float %a) {
  %r = call i32 @llvm.fptosi.sat.i32.f32(float %a)
  ret i32 %r
}
declare i32 @llvm.fptosi.sat.i32.f32(float))";
  CHECK(contains(with_host_forms(scalar, ""), "fptosi.sat"));
}

TEST_CASE("a sum rounded to odd is two directed sums where the host has them") {
  const char* text = R"(
define <32 x float> @f(<32 x float> %a, <32 x float> %b) {
  %r = call <32 x float> @qiao_pure_add_to_odd.vf32(<32 x float> %a, <32 x float> %b)
  ret <32 x float> %r
}
declare <32 x float> @qiao_pure_add_to_odd.vf32(<32 x float>, <32 x float>))";
  const std::string by_hand = with_host_forms(text, "+avx2,-avx512dq");
  CHECK(contains(by_hand, "fsub <32 x float>"));
  CHECK_FALSE(contains(by_hand, "qiao_pure"));
  const std::string directed = with_host_forms(text, "+avx512dq");
  CHECK(contains(directed, "@llvm.x86.avx512.add.ps.512(<16 x float>"));
  CHECK_FALSE(contains(directed, "fsub"));
  CHECK_FALSE(contains(directed, "qiao_pure"));
}

TEST_CASE("special operands of a root are one class where the host has them") {
  const char* text = R"(
define <32 x float> @f(<32 x float> %x, <32 x float> %y) {
  %r = call <32 x float> @qiao_pure_rsqrt_unless_special.vf32(<32 x float> %x, <32 x float> %y)
  ret <32 x float> %r
}
declare <32 x float> @qiao_pure_rsqrt_unless_special.vf32(<32 x float>, <32 x float>))";
  CHECK(contains(with_host_forms(text, "+avx2"), "fcmp ogt <32 x float>"));
  const std::string made = with_host_forms(text, "+avx512dq");
  CHECK(contains(made, "@llvm.x86.avx512.fpclass.ps.512(<16 x float>"));
  CHECK_FALSE(contains(made, "fcmp"));
}

TEST_CASE("a permutation of lanes goes through registers where the host can") {
  const char* text = R"(
define <32 x i32> @f(<32 x i32> %words, <32 x i32> %lanes) {
  %r = call <32 x i32> @qiao_pure_permute.vi32(<32 x i32> %words, <32 x i32> %lanes)
  ret <32 x i32> %r
}
declare <32 x i32> @qiao_pure_permute.vi32(<32 x i32>, <32 x i32>))";
  CHECK(contains(with_host_forms(text, "+avx2"), "@llvm.masked.gather"));
  CHECK(contains(with_host_forms(text, "+avx512dq"), "@llvm.x86.avx512.vpermi2var.d.512"));
}
