// Indices that might wrap: contiguous accesses behind a test, exact ones where the test fails.
#include "tests/unit/device_sim/jit/vectorize/compare.h"

namespace qiao::test {
namespace {

std::string kernel(const std::string& body) {
  return kernel_text(R"(
  %x = call i32 @qiao.tid.x()
  %y = call i32 @qiao.tid.y()
  %b = call i32 @qiao.ctaid.x()
  %yy = add i32 %y, %b
)" + body);
}

const std::string kRowMajor = kernel(R"(
  %row = mul i32 %yy, %n
  %i = add i32 %row, %x
  %i64 = sext i32 %i to i64
  %bytes = shl i64 %i64, 2
  %ini = ptrtoint ptr %in to i64
  %a = add i64 %ini, %bytes
  %pin = inttoptr i64 %a to ptr
  %v = load i32, ptr %pin
  %pout = getelementptr i32, ptr %out, i64 %i64
  store i32 %v, ptr %pout
  ret void
)");

TEST_CASE("row * n + column is contiguous although it might wrap") {
  Kernel compiled(kRowMajor, {32, 8, 1});
  INFO(compiled.warp_code());
  CHECK(compiled.report().contiguous == 2);
  compare(kRowMajor, {{32, 8, 1}, {16, 16, 1}, {8, 8, 1}, {40, 2, 1}}, 64);
}

TEST_CASE("an unsigned index that wraps in idle lanes") {
  const std::string text = kernel(R"(
    %some = icmp uge i32 %x, 5
    br i1 %some, label %do, label %end
  do:
    %i = sub i32 %x, 5
    %i64 = zext i32 %i to i64
    %pin = getelementptr i32, ptr %in, i64 %i64
    %v = load i32, ptr %pin
    %base = ptrtoint ptr %out to i64
    %off = shl i64 %i64, 2
    %p = call ptr @qiao.checked(i64 %base, i64 %off, i64 4096, i32 2, i32 3)
    store i32 %v, ptr %p
    br label %end
  end:
    ret void
  )");
  for (bool optimize : {true, false}) {
    const jit::BlockShape shape{32, 1, 1};
    Kernel compiled(text, shape, {optimize});
    REQUIRE((run(compiled, true, shape, 1, 1) == run(compiled, false, shape, 1, 1)));
    CHECK(machine().bad_accesses.empty());
  }
}

TEST_CASE("the check names the lanes that miss, and only active ones") {
  const std::string text = kernel(R"(
    %some = icmp ult i32 %x, 30
    br i1 %some, label %do, label %end
  do:
    %i64 = zext i32 %x to i64
    %base = ptrtoint ptr %out to i64
    %off = shl i64 %i64, 2
    %p = call ptr @qiao.checked(i64 %base, i64 %off, i64 112, i32 2, i32 9)
    store i32 7, ptr %p
    %odd = add i64 %off, 2
    %q = call ptr @qiao.checked(i64 %base, i64 %odd, i64 4096, i32 1, i32 10)
    store i16 7, ptr %q
    br label %end
  end:
    ret void
  )");
  const jit::BlockShape shape{32, 1, 1};
  Kernel compiled(text, shape);
  run(compiled, false, shape, 1, 1);
  std::vector<uint32_t> lanes;
  for (auto& [address, site] : machine().bad_accesses) {
    lanes.push_back(site);
  }
  CHECK(lanes == std::vector<uint32_t>{9, 9});
  run(compiled, true, shape, 1, 1);
  CHECK(machine().bad_accesses.size() == 2);
}

}  // namespace
}  // namespace qiao::test
