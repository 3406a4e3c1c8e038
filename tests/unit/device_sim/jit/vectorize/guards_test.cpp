// Guards against silent loss of speed: what the analyses find, counted in the code they make for small kernels.
#include "tests/unit/device_sim/jit/vectorize/compare.h"

namespace qiao::test {
namespace {

unsigned count(const std::string& text, const std::string& what) {
  unsigned found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

// A pointer from an index that might wrap, advanced by a loop as compilers do it.
const std::string kAdvancing = kernel_text(std::string(kThreadInBlock) + R"(
  %rows = mul i32 %y, %n
  %first = add i32 %rows, %x
  %first64 = sext i32 %first to i64
  %bytes = shl i64 %first64, 2
  %ini = ptrtoint ptr %in to i64
  %start = add i64 %ini, %bytes
  %n64 = sext i32 %n to i64
  %step = shl i64 %n64, 2
  br label %loop
loop:
  %a = phi i64 [ %start, %entry ], [ %a1, %loop ]
  %s = phi i32 [ 0, %entry ], [ %s1, %loop ]
  %k = phi i32 [ 0, %entry ], [ %k1, %loop ]
  %p = inttoptr i64 %a to ptr
  %v = load i32, ptr %p
  %s1 = add i32 %s, %v
  %a1 = add i64 %a, %step
  %k1 = add i32 %k, 1
  %more = icmp ult i32 %k1, %n
  br i1 %more, label %loop, label %end
end:
  %t64 = zext i32 %t to i64
  %pout = getelementptr i32, ptr %out, i64 %t64
  store i32 %s1, ptr %pout
  ret void
)");

TEST_CASE("a pointer that a loop advances stays contiguous") {
  for (const jit::BlockShape& shape : {jit::BlockShape{32, 4, 1}, jit::BlockShape{16, 16, 1}}) {
    Kernel compiled(kAdvancing, shape);
    INFO(compiled.warp_code());
    CHECK(compiled.report().contiguous == 2);
    CHECK(compiled.report().gathers == 0);
    compare(kAdvancing, {shape}, 64);
  }
}

const std::string kGridStride = kernel_text(std::string(kThreadInBlock) + R"(
  br label %loop
loop:
  %i = phi i32 [ %t, %entry ], [ %i1, %loop ]
  %s = phi i32 [ 0, %entry ], [ %s1, %loop ]
  %i64 = zext i32 %i to i64
  %pin = getelementptr i32, ptr %in, i64 %i64
  %v = load i32, ptr %pin
  %s1 = add i32 %s, %v
  %i1 = add i32 %i, 64
  %more = icmp ult i32 %i1, %n
  br i1 %more, label %loop, label %end
end:
  %t64 = zext i32 %t to i64
  %pout = getelementptr i32, ptr %out, i64 %t64
  store i32 %s1, ptr %pout
  ret void
)");

TEST_CASE("passes of all lanes need no masks") {
  Kernel compiled(kGridStride, {64, 1, 1});
  const std::string& code = compiled.warp_code();
  INFO(code);
  CHECK(count(code, ".whole") > 0);
  CHECK(count(code, "call <32 x i32> @llvm.masked.load") == 1);  // in the other copy
  CHECK(count(code, "= load <32 x i32>") == 1);
  for (uint32_t n : {0, 1, 63, 64, 65, 200, 511}) {
    compare(kGridStride, {{64, 1, 1}, {40, 1, 1}}, n);
  }
}

TEST_CASE("a loop that steps by the grid asks for what it will read") {
  std::string text = kGridStride;
  const std::string step = "%i1 = add i32 %i, 64";
  text.replace(text.find(step), step.size(), "%i1 = add i32 %i, %step");
  const std::string entry = "  br label %loop\n";
  text.replace(text.find(entry), entry.size(),
               "  %grid = call i32 @qiao.nctaid.x()\n  %step = mul i32 %grid, 64\n" + entry);
  Kernel compiled(text, {64, 1, 1});
  INFO(compiled.warp_code());
  CHECK(count(compiled.warp_code(), "call void @llvm.prefetch") == 2);  // lines of 64 bytes
  for (uint32_t n : {0, 1, 64, 200, 511}) {
    compare(text, {{64, 1, 1}, {40, 1, 1}}, n);
  }
  CHECK(Kernel(kGridStride, {64, 1, 1}).report().prefetches == 0);
}

TEST_CASE("code that accesses halves runs two warps side by side") {
  auto copies = [](const std::string& type) {
    return kernel_text(std::string(kThreadInBlock) + R"(
  %t64 = zext i32 %t to i64
  %pin = getelementptr )" +
                       type + R"(, ptr %in, i64 %t64
  %v = load )" + type + R"(, ptr %pin
  %pout = getelementptr )" +
                       type + R"(, ptr %out, i64 %t64
  store )" + type + R"( %v, ptr %pout
  ret void
)");
  };
  const jit::BlockShape shape{128, 1, 1};
  CHECK(Kernel(copies("i16"), shape, {true, {}, {2, 2048}}).report().jam == 2);
  CHECK(Kernel(copies("i32"), shape, {true, {}, {2, 2048}}).report().jam == 1);
}

std::string add_to(const std::string& place) {
  return kernel_text(std::string(kThreadInBlock) + place + R"(
  %pin = getelementptr i32, ptr %in, i32 %t
  %v = load i32, ptr %pin
  %bin = and i32 %v, 63
  %bin64 = zext i32 %bin to i64
  %offset = shl i64 %bin64, 2
  %p = call ptr @qiao.checked(i64 %base, i64 %offset, i64 %size, i32 2, i32 1)
  %old = atomicrmw add ptr %p, i32 1 monotonic
  ret void
)");
}

TEST_CASE("shared memory needs no locks, and no checks where bounds are known") {
  const std::string shared = add_to("%base = call i64 @qiao.shared()\n%size = call i64 @qiao.shared.size()\n");
  Kernel compiled(shared, {64, 1, 1}, {true, {256, 0}});
  INFO(compiled.warp_code());
  CHECK(count(compiled.warp_code(), "atomicrmw") == 0);
  CHECK(count(compiled.warp_code(), "qiao_rt_check_lanes") == 0);
  Kernel small(shared, {64, 1, 1}, {true, {255, 0}});
  CHECK(count(small.warp_code(), "call void @qiao_rt_check_lanes") == 1);
  Kernel global(add_to("%base = call i64 @qiao.arena()\n%size = call i64 @qiao.arena.size()\n"), {64, 1, 1});
  CHECK(count(global.warp_code(), "atomicrmw") == 32);
}

TEST_CASE("shared atomics of all lanes stand one after another, those of some are a loop") {
  const std::string shared = add_to("%base = call i64 @qiao.shared()\n%size = call i64 @qiao.shared.size()\n");
  Kernel whole(shared, {64, 1, 1}, {true, {256, 0}});
  INFO(whole.warp_code());
  CHECK(count(whole.warp_code(), "store i32") == 32);
  CHECK(count(whole.warp_code(), "llvm.cttz") == 0);
  Kernel partly(shared, {40, 1, 1}, {true, {256, 0}});
  CHECK(count(partly.warp_code(), "store i32") == 1);
}

TEST_CASE("idle lanes that lie oddly do not send the others the slow way") {
  const std::string text = kernel_text(R"(
  %x = call i32 @qiao.tid.x()
  %within = and i32 %x, 31
  %first = icmp eq i32 %within, 0
  br i1 %first, label %do, label %end
do:
  %eighths = lshr i32 %x, 3
  %offset = zext i32 %eighths to i64
  %base = ptrtoint ptr %out to i64
  %p = call ptr @qiao.checked(i64 %base, i64 %offset, i64 4096, i32 2, i32 9)
  store i32 %x, ptr %p
  br label %end
end:
  ret void
)");
  machine().lanes_checked = 0;
  compare(text, {{128, 1, 1}}, 64);
  CHECK(machine().lanes_checked == 0);
}

// One element of a matrix product: a[k] for all threads, a row of b for the threads of the block.
const std::string kProduct = kernel_text(std::string(kThreadInBlock) + R"(
  %end = ptrtoint ptr %out to i64
  %ini = ptrtoint ptr %in to i64
  br label %loop
loop:
  %k = phi i32 [ 0, %entry ], [ %k1, %loop ]
  %s = phi i32 [ 0, %entry ], [ %s1, %loop ]
  %k64 = zext i32 %k to i64
  %pa = getelementptr i32, ptr %in, i64 %k64
  %a = load i32, ptr %pa
  %row4 = mul i32 %k, 4
  %index = add i32 %row4, %t
  %index64 = sext i32 %index to i64
  %offset = shl i64 %index64, 2
  %pb = call ptr @qiao.checked(i64 %ini, i64 %offset, i64 2048, i32 2, i32 7)
  %b = load i32, ptr %pb
  %ab = mul i32 %a, %b
  %s1 = add i32 %s, %ab
  %k1 = add i32 %k, 1
  %more = icmp ult i32 %k1, %n
  br i1 %more, label %loop, label %done
done:
  %t64 = zext i32 %t to i64
  %pout = getelementptr i32, ptr %out, i64 %t64
  store i32 %s1, ptr %pout
  ret void
)");

TEST_CASE("warps side by side share what is the same and check once") {
  for (unsigned jam : {2u, 4u}) {
    const jit::BlockShape shape{128, 1, 1};
    Kernel alone(kProduct, shape), compiled(kProduct, shape, {true, {}, {jam, 4096}});
    const std::string& code = compiled.warp_code();
    INFO(code);
    REQUIRE(compiled.report().jam == jam);
    CHECK(count(code, "load i32, ptr") == count(alone.warp_code(), "load i32, ptr"));  // a[k], once for all warps
    CHECK(count(code, "= load <32 x i32>") == jam);
    CHECK(count(code, "call void @qiao_rt_check_lanes") == jam);  // all behind one compare
    CHECK(count(code, "llvm.fshr.i64") == count(alone.warp_code(), "llvm.fshr.i64"));
    REQUIRE((run(compiled, true, shape, 1, 32) == run(alone, false, shape, 1, 32)));
    CHECK(machine().bad_accesses.empty());
  }
}

TEST_CASE("warps that fill the registers run one by one") {
  CHECK(Kernel(kProduct, {128, 1, 1}, {true, {}, {4, 256}}).report().jam == 1);
  CHECK(Kernel(kProduct, {96, 1, 1}, {true, {}, {4, 4096}}).report().jam == 1);  // three warps
}

// What `if (t >= n) ... a[t - n]` comes to: only idle lanes are below zero.
TEST_CASE("an index that idle lanes alone have below zero is contiguous") {
  const std::string text = kernel_text(std::string(kThreadInBlock) + R"(
  %base = ptrtoint ptr %in to i64
  %some = icmp uge i32 %t, %n
  br i1 %some, label %do, label %end
do:
  %i = sub i32 %t, %n
  %i64 = zext i32 %i to i64
  %offset = shl i64 %i64, 2
  %p = call ptr @qiao.checked(i64 %base, i64 %offset, i64 4096, i32 2, i32 3)
  %v = load i32, ptr %p
  %t64 = zext i32 %t to i64
  %pout = getelementptr i32, ptr %out, i64 %t64
  store i32 %v, ptr %pout
  br label %end
end:
  ret void
)");
  for (unsigned jam : {1u, 2u}) {
    const jit::BlockShape shape{64, 1, 1};
    Kernel compiled(text, shape, {true, {}, {jam, 0, true}});
    INFO(compiled.warp_code());
    for (uint32_t n : {0, 1, 5, 31, 32, 33, 63, 64}) {
      machine().lanes_checked = 0;
      REQUIRE((run(compiled, true, shape, 1, n) == run(compiled, false, shape, 1, n)));
      CHECK(machine().lanes_checked == 0);
      CHECK(machine().bad_accesses.empty());
    }
  }
}

// A chain of loads, as long as each lane's own row.
std::string chain(const std::string& bytes) {
  return kernel_text(std::string(kThreadInBlock) + R"(
  %base = ptrtoint ptr %in to i64
  %length = and i32 %t, 7
  %any = icmp ult i32 %t, %n
  br i1 %any, label %start, label %end
start:
  br label %loop
loop:
  %k = phi i32 [ 0, %start ], [ %k1, %loop ]
  %at = phi i32 [ %t, %start ], [ %next, %loop ]
  %s = phi i32 [ %x, %start ], [ %s1, %loop ]
  %row5 = and i32 %at, 511
  %at64 = zext i32 %row5 to i64
  %offset = shl i64 %at64, 2
  %p = call ptr @qiao.checked(i64 %base, i64 %offset, i64 )" +
                     bytes + R"(, i32 2, i32 3)
  %next = load i32, ptr %p
  %s1 = add i32 %s, %next
  %k1 = add i32 %k, 1
  %more = icmp ule i32 %k1, %length
  br i1 %more, label %loop, label %done
done:
  %t64 = zext i32 %t to i64
  %pout = getelementptr i32, ptr %out, i64 %t64
  store i32 %s1, ptr %pout
  br label %end
end:
  ret void
)");
}

TEST_CASE("a loop of gathers runs lane by lane") {
  const std::string text = chain("2048");
  const jit::BlockShape shape{64, 1, 1};
  Kernel compiled(text, shape);
  INFO(compiled.warp_code());
  CHECK(compiled.report().lane_loops == 1);
  CHECK(compiled.report().gathers == 0);
  CHECK(count(compiled.warp_code(), "llvm.masked.gather") == 0);
  compare(text, {shape, {16, 3, 1}, {8, 8, 2}}, 64);
  for (uint32_t n : {0, 1, 31, 33, 64}) {
    REQUIRE((run(compiled, true, shape, 2, n) == run(compiled, false, shape, 2, n)));
  }
}

TEST_CASE("a lane's access that misses is found in its own loop") {
  const std::string text = chain("1024");
  const jit::BlockShape shape{64, 1, 1};
  Kernel compiled(text, shape);
  auto misses = [&](bool warps) {  // as distances from the first: each run has arrays of its own
    run(compiled, warps, shape, 1, 64);
    std::vector<uint64_t> distances;
    for (const auto& [address, site] : machine().bad_accesses) {
      distances.push_back(address - machine().bad_accesses[0].first);
      CHECK(site == 3);
    }
    return distances;
  };
  const std::vector<uint64_t> expected = misses(false);
  CHECK(expected.size() > 1);
  CHECK(misses(true) == expected);  // lane after lane, as in scalar code
}

}  // namespace
}  // namespace qiao::test
