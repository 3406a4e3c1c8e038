// What a value can reach by static def-use.
#include "src/ptx/reach.h"

#include "tests/unit/catch.h"
#include "tests/unit/src/ptx/samples.h"

namespace qiao::ptx {
namespace {

// What the results of the body's first instruction can reach: "", "address", "branch" or "both".
std::string reach_of_first(const std::string& body) {
  auto module = parse(in_kernel(body));
  INFO((module.ok() ? "" : module.error().message));
  REQUIRE(module.ok());
  std::vector<uint32_t> functions;
  for (uint32_t i = 0; i < module->functions.size(); i++) functions.push_back(i);
  const uint32_t kernel = module->symbols[module->symbol_by_name.at("k")].index;
  const Reach reach = DataFlow(*module, functions).of_results(kernel, module->functions[kernel].body[0]);
  return reach.address ? (reach.branch ? "both" : "address") : (reach.branch ? "branch" : "");
}

}  // namespace

TEST_CASE("a result that is only stored reaches nothing") {
  CHECK(reach_of_first("sin.approx.f32 %f1, %f0; add.f32 %f2, %f1, %f1; st.global.f32 [%l1], %f2;") == "");
}

TEST_CASE("addresses and branches are reached through other values") {
  CHECK(reach_of_first(
            "sin.approx.f32 %f1, %f0; cvt.rzi.u64.f32 %l1, %f1; add.u64 %l2, %l1, 8; ld.global.u32 %r1, [%l2];") ==
        "address");
  CHECK(reach_of_first(
            "sin.approx.f32 %f1, %f0; setp.lt.f32 %p1, %f1, 0f00000000; @%p1 bra L; add.u32 %r1, %r1, 1; L:") ==
        "branch");
  CHECK(reach_of_first("sin.approx.f32 %f1, %f0; setp.lt.f32 %p1, %f1, 0f00000000; @%p1 ld.global.u32 %r1, [%l2];") ==
        "branch");
}

TEST_CASE("order does not count: loops carry values back") {
  CHECK(reach_of_first("sin.approx.f32 %f1, %f0; L: ld.global.u32 %r1, [%l2]; cvt.rzi.u64.f32 %l2, %f1; bra L;") ==
        "address");
}

TEST_CASE("a loaded value depends on its address") {
  CHECK(reach_of_first("cvt.rzi.u64.f32 %l1, %f1; ld.global.u64 %l2, [%l1]; setp.eq.u64 %p1, %l2, 0; @%p1 bra L; L:") ==
        "both");
}

TEST_CASE("vectors and packed values carry on") {
  CHECK(reach_of_first("sin.approx.f32 %f1, %f0; mov.b64 %l1, {%f1, %f2}; mov.b64 {%r1, %r2}, %l1; brx.idx %r2, T;"
                       " T: .branchtargets L; L:") == "branch");
}

}  // namespace qiao::ptx
