// Loops: uniform and divergent trip counts, break, continue, nesting, accumulators, and lanes that wait for lanes.
#include "tests/unit/device_sim/jit/vectorize/compare.h"

namespace qiao::test {
namespace {

std::string kernel(const std::string& body) {
  return kernel_text(std::string(kThreadInBlock) + R"(
  %b = call i32 @qiao.ctaid.x()
  %b0 = mul i32 %b, 1024
  %i = add i32 %b0, %t
)" + kElements + "%v = load i32, ptr %pin\n" +
                     body);
}

TEST_CASE("a uniform loop with a uniform load") {
  compare(kernel(R"(
    br label %loop
  loop:
    %k = phi i32 [ 0, %entry ], [ %k1, %loop ]
    %s = phi i32 [ %v, %entry ], [ %s1, %loop ]
    %k64 = zext i32 %k to i64
    %pk = getelementptr i32, ptr %in, i64 %k64
    %u = load i32, ptr %pk
    %m = mul i32 %s, 17
    %s1 = add i32 %m, %u
    %k1 = add i32 %k, 1
    %more = icmp ult i32 %k1, %n
    br i1 %more, label %loop, label %end
  end:
    store i32 %s1, ptr %pout
    ret void
  )"));
}

TEST_CASE("a loop that lanes leave one by one") {
  compare(kernel(R"(
    br label %loop
  loop:
    %k = phi i32 [ 0, %entry ], [ %k1, %loop ]
    %s = phi i32 [ %v, %entry ], [ %s1, %loop ]
    %m = mul i32 %s, 1664525
    %s1 = add i32 %m, 1013904223
    %k1 = add i32 %k, 1
    %bits = lshr i32 %s1, 28
    %more = icmp ne i32 %bits, 3
    br i1 %more, label %loop, label %end
  end:
    %r = add i32 %s1, %k
    store i32 %r, ptr %pout
    ret void
  )"));
}

TEST_CASE("a divergent trip count with stores, break, continue and an inner loop") {
  compare(kernel(R"(
    %trip = and i32 %v, 15
    br label %head
  head:
    %k = phi i32 [ 0, %entry ], [ %k1, %latch ]
    %s = phi i32 [ %t, %entry ], [ %sn, %latch ]
    %in1 = icmp ult i32 %k, %trip
    br i1 %in1, label %body, label %done
  body:
    %s1 = xor i32 %s, %v
    %a = and i32 %s1, 7
    %brk = icmp eq i32 %a, 5
    br i1 %brk, label %broke, label %go
  broke:
    store i32 %k, ptr %pout
    br label %end
  go:
    %odd = trunc i32 %s1 to i1
    br i1 %odd, label %latch, label %inner
  inner:
    %j = phi i32 [ 0, %go ], [ %j1, %inner ]
    %q = phi i32 [ %s1, %go ], [ %q1, %inner ]
    %q0 = mul i32 %q, 5
    %q1 = add i32 %q0, %k
    %j1 = add i32 %j, 1
    %jl = icmp ult i32 %j1, %a
    br i1 %jl, label %inner, label %latch
  latch:
    %sn = phi i32 [ %s1, %go ], [ %q1, %inner ]
    %k1 = add i32 %k, 1
    br label %head
  done:
    store i32 %s, ptr %pout
    br label %end
  end:
    %r = phi i32 [ %s1, %broke ], [ %s, %done ]
    %p2 = getelementptr i32, ptr %pout, i64 8192
    store i32 %r, ptr %p2
    ret void
  )"));
}

TEST_CASE("a loop with two ways in") {
  compare(kernel(R"(
    %odd = trunc i32 %v to i1
    br i1 %odd, label %a, label %b2
  a:
    %ka = phi i32 [ 0, %entry ], [ %kb1, %b2 ]
    %sa = phi i32 [ %t, %entry ], [ %sb1, %b2 ]
    %sa1 = mul i32 %sa, 3
    %ka1 = add i32 %ka, 1
    %enda = icmp ugt i32 %ka1, 9
    br i1 %enda, label %end, label %b2
  b2:
    %kb = phi i32 [ 1, %entry ], [ %ka1, %a ]
    %sb = phi i32 [ %v, %entry ], [ %sa1, %a ]
    %sb1 = add i32 %sb, %kb
    %kb1 = add i32 %kb, 1
    %bits = and i32 %sb1, 63
    %endb = icmp eq i32 %bits, 7
    br i1 %endb, label %end, label %a
  end:
    %r = phi i32 [ %sa1, %a ], [ %sb1, %b2 ]
    store i32 %r, ptr %pout
    ret void
  )"));
}

TEST_CASE("atomics in a counted loop vectorise, in lane order") {
  compare(kernel(R"(
    br label %loop
  loop:
    %k = phi i32 [ 0, %entry ], [ %k1, %loop ]
    %vk = lshr i32 %v, %k
    %bin = and i32 %vk, 15
    %bin64 = zext i32 %bin to i64
    %o = getelementptr i32, ptr %out, i64 8000
    %p = getelementptr i32, ptr %o, i64 %bin64
    %old = atomicrmw add ptr %p, i32 %k monotonic
    %p2 = getelementptr i32, ptr %out, i64 7000
    %none = atomicrmw add ptr %p2, i32 %vk monotonic
    %k1 = add i32 %k, 1
    %more = icmp ult i32 %k1, 4
    br i1 %more, label %loop, label %end
  end:
    ret void
  )"));
}

TEST_CASE("floats, narrow memory, selects of aggregates and calls lane by lane") {
  compare(R"(
declare float @qiao_pure_half(float) #9
declare i32 @qiao_lane_note(ptr, i32)
attributes #9 = { memory(none) nounwind willreturn }
)" + kernel(R"(
    %bytes = getelementptr i8, ptr %in, i64 %i64
    %v8 = load i8, ptr %bytes
    %v8w = zext i8 %v8 to i64
    %scattered = getelementptr i8, ptr %in, i64 %v8w
    %w8 = load i8, ptr %scattered
    %f = uitofp i8 %v8 to float
    %g = uitofp i8 %w8 to float
    %h = call float @qiao_pure_half(float %f)
    %m = call float @llvm.fma.f32(float %f, float %g, float %h)
    %q = fdiv float %m, %g
    %c = fcmp olt float %f, %g
    %pair = call { i32, i1 } @llvm.uadd.with.overflow.i32(i32 %v, i32 %v)
    %sum = extractvalue { i32, i1 } %pair, 0
    %carry = extractvalue { i32, i1 } %pair, 1
    %carry32 = zext i1 %carry to i32
    %bits = bitcast float %q to i32
    %r0 = add i32 %sum, %carry32
    %r1 = select i1 %c, i32 %bits, i32 %r0
    %wide = zext i32 %r1 to i128
    %wide2 = mul i128 %wide, %wide
    %top = lshr i128 %wide2, 20
    %r2 = trunc i128 %top to i32
    %halves = bitcast i32 %r2 to <2 x half>
    %h0 = extractelement <2 x half> %halves, i64 0
    %swap = insertelement <2 x half> %halves, half %h0, i64 1
    %r3 = bitcast <2 x half> %swap to i32
    br i1 %c, label %call, label %end
  call:
    %note = call i32 @qiao_lane_note(ptr %block, i32 %r3)
    br label %end
  end:
    %r4 = phi i32 [ %r3, %entry ], [ %note, %call ]
    store i32 %r4, ptr %pout
    ret void
  )"));
}

TEST_CASE("a spin lock goes to lane mode, a compare-and-swap retry does not") {
  auto why = [](const std::string& body) { return Kernel(kernel(body), {64, 1, 1}).report().why_not; };
  CHECK(why(R"(
    br label %loop
  loop:
    %r = cmpxchg ptr %out, i32 0, i32 1 acquire monotonic
    %ok = extractvalue { i32, i1 } %r, 1
    br i1 %ok, label %got, label %loop
  got:
    store atomic i32 0, ptr %out release, align 4
    ret void
  )") == "loop may wait for another lane (forward progress)");
  CHECK(why(R"(
    %first = load i32, ptr %out
    br label %loop
  loop:
    %expected = phi i32 [ %first, %entry ], [ %seen, %loop ]
    %next = add i32 %expected, %v
    %r = cmpxchg ptr %out, i32 %expected, i32 %next monotonic monotonic
    %seen = extractvalue { i32, i1 } %r, 0
    %ok = icmp eq i32 %seen, %expected
    br i1 %ok, label %got, label %loop
  got:
    ret void
  )")
            .empty());
  CHECK(why(R"(
    %zero = icmp eq i32 %t, 0
    br i1 %zero, label %loop, label %other
  loop:
    %flag = load volatile i32, ptr %out
    %set = icmp ne i32 %flag, 0
    br i1 %set, label %end, label %loop
  other:
    store volatile i32 1, ptr %out
    br label %end
  end:
    ret void
  )") == "loop may wait for another lane (forward progress)");
}

TEST_CASE("one lane may wait while the others stand at a barrier or do nothing") {
  auto why = [](const std::string& condition, const std::string& behind) {
    const std::string body = condition + R"(
    br i1 %picked, label %loop, label %end
  loop:
    %flag = load volatile i32, ptr %out
    %set = icmp ne i32 %flag, 0
    br i1 %set, label %left, label %loop
  left:
    store i32 7, ptr %pout
    br label %end
  end:
)" + behind + "\n ret void";
    const Kernel made(kernel(body), {64, 1, 1});
    CHECK((made.report().waits || !made.report().ok));
    return made.report().why_not;
  };
  const std::string one = "%picked = icmp eq i32 %t, 5", some = "%picked = icmp ult i32 %t, 5";
  const std::string barrier = "call void @qiao.barrier.sync(i32 0, i32 0)\n", store = "store i32 1, ptr %pout";
  const std::string refused = "loop may wait for another lane (forward progress)";
  CHECK(why(one, "").empty());
  CHECK(why(one, barrier + store).empty());
  CHECK(why(one, store + "\n" + barrier) == refused);
  CHECK(why(some, barrier + store) == refused);  // who has left stores before the barrier
}

TEST_CASE("a loop that watches a plain load, or sleeps, waits") {
  auto waits = [](const std::string& body) { return Kernel(kernel(body), {64, 1, 1}).report().waits; };
  CHECK(waits(R"(
    br label %loop
  loop:
    %flag = load i32, ptr %out
    fence seq_cst
    %set = icmp ne i32 %flag, 0
    br i1 %set, label %end, label %loop
  end:
    ret void)"));
  CHECK_FALSE(waits(R"(
    br label %loop
  loop:
    %k = phi i32 [ 0, %entry ], [ %next, %loop ]
    %next = add i32 %k, 1
    %count = load i32, ptr %out
    fence seq_cst
    %more = icmp ult i32 %next, %count
    br i1 %more, label %loop, label %end
  end:
    ret void)"));
}

TEST_CASE("compare-and-swap retries end and lose no lane") {
  compare(kernel(R"(
    %counter = getelementptr i32, ptr %out, i64 9000
    %first = load i32, ptr %counter
    br label %loop
  loop:
    %expected = phi i32 [ %first, %entry ], [ %seen, %loop ]
    %next = add i32 %expected, %v
    %r = cmpxchg ptr %counter, i32 %expected, i32 %next monotonic monotonic
    %seen = extractvalue { i32, i1 } %r, 0
    %ok = extractvalue { i32, i1 } %r, 1
    br i1 %ok, label %got, label %loop
  got:
    ret void
  )"));
}

TEST_CASE("barriers: fine where the others have left, refused where they wait elsewhere") {
  auto report = [](const std::string& body) { return Kernel(kernel(body), {64, 1, 1}).report(); };
  CHECK(report(R"(
    %inside = icmp ult i32 %t, %n
    br i1 %inside, label %go, label %end
  go:
    call void @qiao.barrier.sync(i32 0, i32 0)
    store i32 %v, ptr %pout
    br label %end
  end:
    ret void
  )")
            .ok);
  CHECK(report(R"(
    %inside = icmp ult i32 %t, %n
    br i1 %inside, label %go, label %end
  go:
    call void @qiao.barrier.sync(i32 0, i32 0)
    br label %end
  end:
    call void @qiao.barrier.sync(i32 0, i32 0)
    ret void
  )")
            .why_not == "barrier reached by part of a warp");
  auto loop = report(R"(
    br label %loop
  loop:
    %k = phi i32 [ 0, %entry ], [ %k1, %latch ]
    %odd = icmp ult i32 %v, %k
    br i1 %odd, label %some, label %latch
  some:
    store i32 %k, ptr %pout
    br label %latch
  latch:
    call void @qiao.barrier.sync(i32 0, i32 0)
    %k1 = add i32 %k, 1
    %more = icmp ult i32 %k1, %n
    br i1 %more, label %loop, label %end
  end:
    ret void
  )");
  CHECK(loop.why_not == "");
  CHECK(loop.waits);
}

}  // namespace
}  // namespace qiao::test
