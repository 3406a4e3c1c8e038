// Random programs: warp code must leave the same memory and the same block counters as the reference interpreter, both
// on the code the vectoriser saw and, where the order of blocks does not matter, on the code as it was written.
#include <cstdlib>

#include "tests/unit/device_sim/jit/vectorize/compare.h"
#include "tests/unit/device_sim/jit/vectorize/program.h"
#include "tests/unit/device_sim/jit/vectorize/reference.h"

namespace qiao::test {
namespace {

struct Observed {
  Outcome memory;
  std::vector<uint64_t> counts;
};

template <class Run>
Observed observe(Run run) {
  std::vector<uint32_t> in = random_words(7), out = random_words(8);
  Params params{reinterpret_cast<uint64_t>(in.data()), reinterpret_cast<uint64_t>(out.data()), 5, 12345};
  std::fill(machine().block_counts.begin(), machine().block_counts.end(), 0);
  run(&params);
  return {std::move(out), machine().block_counts};
}

// `exactly`: the scalar passes have no part in it. They may prove that a pass of a loop always leaves it at some block,
// which then is no longer in the loop: it waits for the last lane to leave, and fewer warps execute it.
void check_same(const Observed& warps, const Observed& expected, bool exactly) {
  const auto difference = std::mismatch(warps.memory.begin(), warps.memory.end(), expected.memory.begin());
  const bool differ = difference.first != warps.memory.end();
  INFO("first difference at word " << difference.first - warps.memory.begin() << ": warps "
                                   << (differ ? *difference.first : 0) << " reference "
                                   << (differ ? *difference.second : 0));
  CHECK((warps.memory == expected.memory));
  for (size_t index = 0; index < warps.counts.size(); ++index) {
    const bool executions = index % 2 == 0;
    const bool fewer = executions && !exactly && warps.counts[index] < expected.counts[index];
    if (warps.counts[index] != expected.counts[index] && !fewer) {
      INFO("block " << index / 2 << (executions ? " executions" : " lanes"));
      CHECK(warps.counts[index] == expected.counts[index]);
    }
  }
}

void check_program(uint32_t seed, unsigned jam = 1) {
  const jit::BlockShape shapes[] = {{32, 1, 1}, {64, 1, 1}, {45, 1, 1}, {16, 4, 1}, {4, 4, 4}, {5, 3, 2}};
  const jit::BlockShape jammed_shapes[] = {{128, 1, 1}, {32, 4, 1}, {16, 8, 1}, {4, 4, 8}, {64, 2, 1}, {12, 16, 1}};
  const jit::BlockShape& shape = (jam > 1 ? jammed_shapes : shapes)[seed % 6];
  const bool optimize = seed % 4 != 3;
  ProgramOptions program;
  program.apart = jam > 1;
  const std::string text = random_program(seed, program);
  // Some without knowing the shape.
  const jit::BlockShape compiled_for = jam == 1 && seed % 5 == 4 ? jit::BlockShape{} : shape;
  Kernel kernel(text, compiled_for, {optimize, {}, {jam, 0, true}, seed % 2 == 0});
  INFO("seed " << seed << " block " << shape.x << "x" << shape.y << "x" << shape.z << " optimize " << optimize << " "
               << kernel.report().why_not);
  const std::string& why_not = kernel.report().why_not;
  if (why_not == "loop may wait for another lane (forward progress)" ||
      why_not.ends_with("on both ways of a divergent branch")) {
    return;  // an exit that happens to depend on an atomic's result; lanes that would have to meet
  }
  REQUIRE(kernel.report().ok);
  using Order = Reference::Order;
  auto reference = [&](const std::string& code, Order order) {
    return observe([&](const Params* params) { Reference(code, order).run(shape, 2, params); });
  };
  const Observed warps = observe([&](const Params* params) { kernel.run_warps(shape, 2, params); });
  INFO((std::getenv("QIAO_SEEDS") ? kernel.warp_code() : std::string()));
  {
    INFO("against the code the vectoriser saw, in the order it chose");
    check_same(warps, reference(kernel.lane_code(), Order::Widened), true);
  }
  const Observed expected = reference(text, Order::Code);
  if (expected.memory != reference(text, Order::Mirrored).memory) {
    return;  // lanes on different sides of a branch race: the scalar passes may choose who comes first
  }
  INFO("against the code as written");
  check_same(warps, expected, !optimize);
}

// QIAO_SEEDS=first:count runs others.
void check_programs(uint32_t count, const std::vector<unsigned>& jams) {
  uint32_t first = 1;
  if (const char* range = std::getenv("QIAO_SEEDS")) {
    std::sscanf(range, "%u:%u", &first, &count);
  }
  for (uint32_t seed = first; seed < first + count; ++seed) {
    check_program(seed, jams[seed % jams.size()]);
  }
}

TEST_CASE("random programs") {
  check_programs(200, {1});
}

TEST_CASE("random programs of warps side by side") {
  check_programs(200, {2, 4});
}

// Races between the cases of a switch or the sides of a branch, and exits that the scalar passes prove to be taken.
TEST_CASE("random programs that depend on the order of blocks") {
  for (const uint32_t seed : {5346, 20084, 20106, 20733, 20877}) {
    check_program(seed);
  }
}

}  // namespace
}  // namespace qiao::test
