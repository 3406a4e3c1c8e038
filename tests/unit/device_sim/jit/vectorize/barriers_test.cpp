// Block barriers: lanes of a warp must come to them together or be gone, whatever the way; else the kernel is refused.
#include <cstdio>
#include <cstdlib>

#include "tests/unit/device_sim/jit/vectorize/compare.h"
#include "tests/unit/device_sim/jit/vectorize/program.h"
#include "tests/unit/device_sim/jit/vectorize/reference.h"

namespace qiao::test {
namespace {

constexpr const char* kParted = "barrier reached by part of a warp";

std::string kernel(const std::string& body) {
  return kernel_text(std::string(R"(
  %t = call i32 @qiao.tid.x()
  %b = call i32 @qiao.ctaid.x()
  %b0 = mul i32 %b, 1024
  %i = add i32 %b0, %t
)") + kElements + "%v = load i32, ptr %pin\n" +
                     body);
}

std::string refusal(const std::string& body, const jit::BlockShape& shape = {64, 1, 1}) {
  return Kernel(kernel(body), shape).report().why_not;
}

// What a run of warps leaves and the barriers it met.
struct Observed {
  Outcome memory;
  std::vector<BarrierCall> barriers;
};

template <class Run>
Observed observe(Run run, uint32_t n) {
  std::vector<uint32_t> in = random_words(7), out = random_words(8);
  Params params{reinterpret_cast<uint64_t>(in.data()), reinterpret_cast<uint64_t>(out.data()), n, 12345};
  machine().barriers.clear();
  run(&params);
  return {std::move(out), machine().barriers};
}

// Lanes that miss a barrier of their warp come to none after it.
bool together(const std::vector<BarrierCall>& barriers) {
  for (size_t index = 1; index < barriers.size(); ++index) {
    const BarrierCall &last = barriers[index - 1], &next = barriers[index];
    if (last.block == next.block && last.warp == next.warp && (next.mask & ~last.mask)) {
      return false;
    }
  }
  return true;
}

// Whether it was accepted; then it must do what the reference does.
bool check(const std::string& text, const jit::BlockShape& shape, bool optimize, uint32_t n) {
  Kernel compiled(text, shape, {optimize});
  if (!compiled.report().ok) {
    return false;
  }
  INFO("block " << shape.x << "x" << shape.y << "x" << shape.z << " optimize " << optimize << "\n"
                << compiled.warp_code());
  const Observed warps = observe([&](const Params* params) { compiled.run_warps(shape, 2, params); }, n);
  const Observed expected = observe([&](const Params* params) { Reference(text).run(shape, 2, params); }, n);
  CHECK((warps.memory == expected.memory));
  CHECK((warps.barriers == expected.barriers));
  CHECK(together(warps.barriers));
  return true;
}

void accept(const std::string& body,
            const std::vector<jit::BlockShape>& shapes = {{32, 1, 1}, {256, 1, 1}, {100, 1, 1}}) {
  for (const jit::BlockShape& shape : shapes) {
    for (bool optimize : {true, false}) {
      INFO("block " << shape.x << " optimize " << optimize);
      CHECK(check(kernel(body), shape, optimize, 60));
    }
  }
}

TEST_CASE("a barrier after nested divergent ifs, in a loop which all leave together") {
  accept(R"(
    br label %loop
  loop:
    %d = phi i32 [ 64, %entry ], [ %half, %next ]
    call void @qiao.barrier.sync(i32 0, i32 0)
    %low = icmp ult i32 %t, %d
    br i1 %low, label %inner, label %next
  inner:
    %odd = trunc i32 %v to i1
    br i1 %odd, label %next, label %change
  change:
    store i32 %d, ptr %pout
    br label %next
  next:
    %half = lshr i32 %d, 1
    %more = icmp ugt i32 %d, 1
    br i1 %more, label %loop, label %end
  end:
    call void @qiao.barrier.sync(i32 1, i32 0)
    store i32 %d, ptr %pout
    ret void
  )");
}

TEST_CASE("a barrier after a loop that lanes leave one by one") {
  accept(R"(
    %some = icmp ult i32 %t, %n
    br i1 %some, label %loop, label %after
  loop:
    %k = phi i32 [ %t, %entry ], [ %k1, %loop ]
    %k64 = zext i32 %k to i64
    %p = getelementptr i32, ptr %out, i64 %k64
    %u = atomicrmw add ptr %p, i32 %v monotonic
    %k1 = add i32 %k, 7
    %more = icmp ult i32 %k1, %n
    br i1 %more, label %loop, label %after
  after:
    call void @qiao.barrier.sync(i32 0, i32 0)
    store i32 %v, ptr %pout
    ret void
  )");
}

TEST_CASE("barriers under conditions that hold for whole warps by arithmetic") {
  accept(R"(
    %wide = zext i32 %t to i64
    %product = mul nuw nsw i64 %wide, 2863311531
    %high = lshr i64 %product, 38
    %third = trunc i64 %high to i32
    %name = add i32 %third, 2
    call void @qiao.barrier.sync(i32 %name, i32 96)
    %group = sdiv i32 %t, 64
    %bit = and i32 %group, 1
    %is = icmp ne i32 %bit, 0
    br i1 %is, label %one, label %other
  one:
    call void @qiao.barrier.sync(i32 14, i32 64)
    store i32 %third, ptr %pout
    br label %end
  other:
    %first = icmp ult i32 %t, 32
    br i1 %first, label %end, label %rest
  rest:
    call void @qiao.barrier.sync(i32 15, i32 64)
    br label %end
  end:
    call void @qiao.barrier.sync(i32 0, i32 0)
    %own = getelementptr i32, ptr %pout, i64 4096
    store i32 %name, ptr %own
    ret void
  )",
         {{32, 1, 1}, {192, 1, 1}, {1024, 1, 1}, {480, 1, 1}});
}

TEST_CASE("barriers reached by those who have not left") {
  accept(R"(
    %inside = icmp ult i32 %t, %n
    br i1 %inside, label %go, label %end
  go:
    call void @qiao.barrier.sync(i32 0, i32 0)
    %odd = trunc i32 %v to i1
    br i1 %odd, label %store, label %second
  store:
    store i32 %t, ptr %pout
    br label %second
  second:
    call void @qiao.barrier.sync(i32 1, i32 0)
    %p = getelementptr i32, ptr %pout, i64 4096
    store i32 %v, ptr %p
    br label %end
  end:
    ret void
  )");
}

TEST_CASE("lanes that meet different barriers are refused") {
  CHECK(refusal(R"(
    %odd = trunc i32 %v to i1
    br i1 %odd, label %one, label %other
  one:
    call void @qiao.barrier.sync(i32 0, i32 0)
    br label %end
  other:
    call void @qiao.barrier.sync(i32 0, i32 0)
    br label %end
  end:
    store i32 %v, ptr %pout
    ret void
  )") == kParted);
  CHECK(refusal(R"(
    %inside = icmp ult i32 %t, 40
    br i1 %inside, label %one, label %end
  one:
    call void @qiao.barrier.sync(i32 0, i32 0)
    br label %end
  end:
    call void @qiao.barrier.sync(i32 0, i32 0)
    ret void
  )") == kParted);
}

TEST_CASE("a barrier in a loop that lanes leave one by one is refused if they go on to another") {
  const char* body = R"(
    br label %loop
  loop:
    %k = phi i32 [ 0, %entry ], [ %k1, %loop ]
    call void @qiao.barrier.sync(i32 0, i32 0)
    %k1 = add i32 %k, 1
    %trip = and i32 %v, 7
    %more = icmp ult i32 %k1, %trip
    br i1 %more, label %loop, label %end
  end:
    call void @qiao.barrier.sync(i32 1, i32 0)
    ret void
  )";
  CHECK(refusal(body) == kParted);
}

// A barrier waits for those who leave, so what they do on the way out comes before it.
TEST_CASE("lanes that leave with something to do are refused") {
  CHECK(refusal(R"(
    %inside = icmp ult i32 %t, %n
    br i1 %inside, label %go, label %leave
  go:
    call void @qiao.barrier.sync(i32 0, i32 0)
    br label %end
  leave:
    store i32 %v, ptr %pout
    br label %end
  end:
    ret void
  )") == kParted);
}

TEST_CASE("a shuffle reads zero from lanes that did not compute the value") {
  accept(R"(
    %few = icmp ult i32 %t, 8
    br i1 %few, label %reduce, label %end
  reduce:
    %l = load i32, ptr %pin
    %far = call { i32, i1 } @qiao.shfl.idx(i32 255, i32 %l, i32 20, i32 31)
    %far0 = extractvalue { i32, i1 } %far, 0
    %near = call { i32, i1 } @qiao.shfl.bfly(i32 255, i32 %l, i32 4, i32 31)
    %near0 = extractvalue { i32, i1 } %near, 0
    %sum = add i32 %far0, %near0
    store i32 %sum, ptr %pout
    br label %end
  end:
    ret void
  )");
}

TEST_CASE("random programs with barriers") {
  const jit::BlockShape shapes[] = {{32, 1, 1}, {64, 1, 1}, {45, 1, 1}, {16, 4, 1}, {4, 4, 4}, {96, 1, 1}};
  uint32_t first = 1, count = 300, accepted = 0;
  if (const char* range = std::getenv("QIAO_SEEDS")) {
    std::sscanf(range, "%u:%u", &first, &count);
  }
  for (uint32_t seed = first; seed < first + count; ++seed) {
    INFO("seed " << seed);
    accepted += check(random_program(seed, {true, true}), shapes[seed % 6], seed % 4 != 3, 5);
  }
  CHECK(accepted > count / 10);
}

}  // namespace
}  // namespace qiao::test
