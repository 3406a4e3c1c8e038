// Addresses as a scalar and 32-bit indices: what they check, gather and change, and the blocks of memory that butterflies
// come down to.
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

// Element i of a window which begins `before` bytes before the second half of the input and has `bytes` bytes; i from
// the input, extended by `extend`, times `scale`.
std::string lookup(const std::string& extend, const std::string& index, int before, uint64_t bytes, unsigned shift,
                   unsigned log2size, unsigned further = 0) {
  const std::string type = "i" + std::to_string(8 << log2size);
  return kernel_text(std::string(kThreadInBlock) + R"(
  %t64 = zext i32 %t to i64
  %pt = getelementptr i32, ptr %in, i64 %t64
  %v = load i32, ptr %pt
)" + index + R"(
  %middle = getelementptr i8, ptr %in, i64 32768
  %m64 = ptrtoint ptr %middle to i64
  %base = sub i64 %m64, )" +
                     std::to_string(before) + "\n  %wide = " + extend + " i32 %i to i64\n  %scaled = shl i64 %wide, " +
                     std::to_string(shift) + "\n  %from = add i64 %m64, " + std::to_string(further) + R"(
  %address = add i64 %from, %scaled
  %offset = sub i64 %address, %base
  %p = call ptr @qiao.checked(i64 %base, i64 %offset, i64 )" +
                     std::to_string(bytes) + ", i32 " + std::to_string(log2size) + R"(, i32 4)
  %pin = load )" + type + ", ptr %p\n" +
                     (log2size == 2 ? "" : "  %w = " + std::string(log2size > 2 ? "trunc " : "zext ") + type +
                                               " %pin to i32\n") +
                     "  %pout = getelementptr i32, ptr %out, i64 %t64\n  store i32 " +
                     (log2size == 2 ? "%pin" : "%w") + ", ptr %pout\n  ret void\n");
}

std::vector<uint64_t> misses(const Kernel& compiled, bool warps, const jit::BlockShape& shape) {
  run(compiled, warps, shape, 1, 64);
  std::vector<uint64_t> distances;
  for (const auto& [address, site] : machine().bad_accesses) {
    distances.push_back(address - machine().bad_accesses[0].first);
    CHECK(site == 4);
  }
  return distances;
}

const std::string kSmall = "%i = and i32 %v, 1023";
const std::string kEitherSign = "%low = and i32 %v, 1023\n %i = sub i32 %low, 512";

TEST_CASE("the check of a gather compares indices of 32 bits") {
  const jit::BlockShape shape{64, 1, 1};
  for (const char* extend : {"zext", "sext"}) {
    const std::string text = lookup(extend, kSmall, 0, 4096, 2, 2);
    Kernel compiled(text, shape);
    INFO(compiled.warp_code());
    CHECK(compiled.report().gathers == 1);
    CHECK(count(compiled.warp_code(), "icmp uge <32 x i64>") == 0);
    CHECK(count(compiled.warp_code(), "llvm.fshr.v32i64") == 0);
    compare(text, {shape, {33, 1, 1}, {8, 8, 2}}, 64);
  }
}

TEST_CASE("32-bit checks find the lanes that miss, and no others") {
  const jit::BlockShape shape{64, 1, 1};
  struct Window {
    int before;
    uint64_t bytes;
    unsigned further;
  };
  const Window windows[] = {{0, 4096, 0},    {0, 4095, 0},    {0, 4092, 0},    {0, 2048, 0}, {2048, 4096, 0},
                            {2044, 4096, 0}, {2048, 4092, 0}, {1024, 2048, 0}, {0, 0, 0},    {0, 3, 0},
                            {-400, 2000, 0}, {0, 4096, 8},    {0, 8192, 2},    {2000, 64, 0}};
  for (const char* extend : {"zext", "sext"}) {
    for (const std::string& index : {kSmall, kEitherSign}) {
      for (const auto& [before, bytes, further] : windows) {
        for (const auto& [shift, log2size] : {std::pair{2u, 2u}, {3u, 2u}, {3u, 3u}, {0u, 0u}, {2u, 3u}}) {
          // Of indices extended without their sign only those that stay in memory.
          const bool leaves = index == kEitherSign && std::string(extend) == "zext";
          const std::string text = lookup(extend, index, before, bytes, shift, log2size, further);
          Kernel compiled(text, shape);
          INFO(text);
          if (leaves) {
            continue;
          }
          CHECK(misses(compiled, true, shape) == misses(compiled, false, shape));
        }
      }
    }
  }
}

std::string partners(bool some) {
  return kernel_text(std::string(kThreadInBlock) + R"(
  %base = ptrtoint ptr %in to i64
  %partner = xor i32 %t, %n
  %first = icmp ult i32 %t, %partner
  %do = and i1 %first, )" +
                     (some ? "true" : "true\n  %all = or i1 %first, true") + R"(
  br i1 )" + (some ? "%do" : "%all") +
                     R"(, label %swap, label %end
swap:
  %mine64 = zext i32 %t to i64
  %mine4 = shl i64 %mine64, 2
  %its64 = zext i32 %partner to i64
  %its4 = shl i64 %its64, 2
  %p = call ptr @qiao.checked(i64 %base, i64 %mine4, i64 65536, i32 2, i32 1)
  %q = call ptr @qiao.checked(i64 %base, i64 %its4, i64 65536, i32 2, i32 2)
  %a = load i32, ptr %p
  %b = load i32, ptr %q
  %less = icmp ult i32 %a, %b
  %low = select i1 %less, i32 %a, i32 %b
  %high = select i1 %less, i32 %b, i32 %a
  %pout = getelementptr i32, ptr %out, i64 %mine64
  %qout = getelementptr i32, ptr %out, i64 %its64
  store i32 %low, ptr %pout
  store i32 %high, ptr %qout
  br label %end
end:
  ret void
)");
}

TEST_CASE("partners of a butterfly are one block of memory in another order") {
  const jit::BlockShape shape{128, 1, 1};
  for (bool some : {true, false}) {
    const std::string text = partners(some);
    Kernel compiled(text, shape);
    INFO(compiled.warp_code());
    CHECK(compiled.report().butterflies == 2);
    CHECK(compiled.report().gathers == 0);
    CHECK(count(compiled.warp_code(), "llvm.masked.gather") == 0);
    CHECK(count(compiled.warp_code(), "llvm.masked.scatter") == 0);
    for (uint32_t n : {0, 1, 2, 3, 5, 16, 31, 32, 33, 48, 64, 95, 96, 127, 128, 1024, 4096 + 7}) {
      if (!some && n != 0) {  // both lanes of a pair write both: by lanes one after another
        continue;
      }
      REQUIRE((run(compiled, true, shape, 1, n) == run(compiled, false, shape, 1, n)));
      CHECK(machine().bad_accesses.empty());
    }
  }
  Kernel jammed(partners(true), shape, {true, {}, {2, 0, true}});
  CHECK(jammed.report().jam == 2);
  for (uint32_t n : {0, 1, 6, 31, 32, 33, 64, 100, 128}) {
    REQUIRE((run(jammed, true, shape, 1, n) == run(jammed, false, shape, 1, n)));
  }
}

}  // namespace
}  // namespace qiao::test
