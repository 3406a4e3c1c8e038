// Kernels without loops: positions, contiguous and other accesses, masked ifs.
#include "tests/unit/device_sim/jit/vectorize/compare.h"

namespace qiao::test {
namespace {

// The linear thread index in %i and the buffers in %in, %out.
std::string kernel(const std::string& body) {
  return kernel_text(std::string(kThreadInBlock) + R"(
  %nz = call i32 @qiao.ntid.z()
  %b = call i32 @qiao.ctaid.x()
  %nxy = mul i32 %nx, %ny
  %nt = mul i32 %nxy, %nz
  %b0 = mul i32 %b, %nt
  %i = add i32 %b0, %t
)" + kElements + body);
}

const std::string kCopyIf = kernel(R"(
  %inside = icmp ult i32 %i, %n
  br i1 %inside, label %do, label %end
do:
  %v = load i32, ptr %pin
  %w = add i32 %v, %i
  store i32 %w, ptr %pout
  br label %end
end:
  ret void
)");

TEST_CASE("a masked copy equals the scalar one in every block shape") {
  compare(kCopyIf);
}

TEST_CASE("neighbouring lanes make one vector access") {
  for (const jit::BlockShape& shape : {jit::BlockShape{256, 1, 1}, {64, 4, 1}, {32, 32, 1}}) {
    Kernel compiled(kCopyIf, shape);
    INFO(compiled.warp_code());
    CHECK(compiled.report().contiguous == 2);
    CHECK(compiled.report().gathers == 0);
    CHECK(compiled.report().divergent_branches == 1);
  }
}

TEST_CASE("a branch on tid diverges, one on ctaid or on tid / 32 does not") {
  auto branches = [](const std::string& condition) {
    Kernel compiled(kernel(condition + R"(
      br i1 %c, label %do, label %end
    do:
      store volatile i32 1, ptr %pout
      br label %end
    end:
      ret void
    )"),
                    {256, 1, 1});
    return compiled.report();
  };
  CHECK(branches("%c = icmp ult i32 %x, 7").divergent_branches == 1);
  CHECK(branches("%c = icmp ult i32 %b, 7").uniform_branches == 1);
  CHECK(branches("%w = lshr i32 %x, 5\n%c = icmp eq i32 %w, 3").uniform_branches == 1);
}

TEST_CASE("both sides of a branch, nested") {
  compare(kernel(R"(
    %v = load i32, ptr %pin
    %odd = trunc i32 %v to i1
    br i1 %odd, label %a, label %b1
  a:
    %va = mul i32 %v, 3
    %big = icmp sgt i32 %va, 1000
    br i1 %big, label %aa, label %ab
  aa:
    store i32 %va, ptr %pout
    br label %join
  ab:
    %vab = xor i32 %va, 255
    br label %join
  b1:
    %d = udiv i32 1000000, %v
    %m = and i32 %d, 4095
    %m64 = zext i32 %m to i64
    %pg = getelementptr i32, ptr %in, i64 %m64
    %g = load i32, ptr %pg
    br label %join
  join:
    %r = phi i32 [ %va, %aa ], [ %vab, %ab ], [ %g, %b1 ]
    %r2 = add i32 %r, %i
    store i32 %r2, ptr %pout
    ret void
  )"));
}

TEST_CASE("an early return, a switch, and a jump into a shared tail") {
  compare(kernel(R"(
    %inside = icmp ult i32 %i, %n
    br i1 %inside, label %go, label %out1
  out1:
    ret void
  go:
    %v = load i32, ptr %pin
    %s = and i32 %v, 7
    switch i32 %s, label %other [ i32 0, label %c0
                                  i32 1, label %c1
                                  i32 2, label %c2
                                  i32 3, label %tail ]
  c0:
    br label %c1
  c1:
    %p1 = phi i32 [ 5, %c0 ], [ 9, %go ]
    br label %tail
  c2:
    %v2 = mul i32 %v, %v
    %neg = icmp slt i32 %v2, 0
    br i1 %neg, label %tail, label %other
  other:
    %po = phi i32 [ 77, %go ], [ %v2, %c2 ]
    store i32 %po, ptr %pout
    ret void
  tail:
    %pt = phi i32 [ %v, %go ], [ %p1, %c1 ], [ %v2, %c2 ]
    %u = sub i32 %pt, %t
    store i32 %u, ptr %pout
    ret void
  )"));
}

}  // namespace
}  // namespace qiao::test
