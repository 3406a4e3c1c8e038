// Each rule with a kernel that it speaks of and one that it does not.
#include "src/perf/report/hints.h"

#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

namespace {

using Change = std::function<void(LaunchProfile&)>;

// As many blocks as the chip has room for, all of it in order: nothing to say.
LaunchProfile good() {
  LaunchProfile launch = made::launch();
  launch.grid = {160, 1, 1};
  launch.block = {128, 1, 1};
  CounterValues& c = launch.counters;
  c[Counter::inst_warp] = 1000;
  c[Counter::inst_thread] = 31000;
  c[Counter::br_executed] = 100;
  c[Counter::br_divergent] = 1;
  c[Counter::gmem_ld_req] = c[Counter::gmem_st_req] = 100;
  c[Counter::gmem_ld_sectors] = c[Counter::gmem_st_sectors] = 400;
  c[Counter::gmem_ld_ideal_sectors] = c[Counter::gmem_st_ideal_sectors] = 400;
  c[Counter::smem_ld_req] = c[Counter::smem_ld_wavefronts] = c[Counter::smem_ld_ideal] = 100;
  c[Counter::atom_global_req] = c[Counter::atom_same_addr] = 100;
  c[Counter::atom_cas] = 100;
  c[Counter::lmem_ld_req] = 1;
  c[Counter::comm_shfl] = 10;
  return launch;
}

InstructionProfile line(const char* text, uint32_t number) {
  InstructionProfile made;
  made.text = text;
  made.file = "a.cu";
  made.line = number;
  made.ptx_line = number + 100;
  return made;
}

std::vector<Hint> hints(const Change& change) {
  LaunchProfile launch = good();
  change(launch);
  const RunReport run = made::report({launch});
  return hints_of(run.processes.at(0).kernels.at(0));
}

Hint only(const char* id, const Change& change) {
  const std::vector<Hint> found = hints(change);
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == id);
  return found[0];
}

}  // namespace

TEST_CASE("a kernel in order has no hints") {
  for (const Hint& hint : hints([](LaunchProfile&) {})) FAIL(hint.id + ": " + hint.text);
}

TEST_CASE("uncoalesced loads, at the line with the most excess") {
  const Hint hint = only("QIAO-GMEM-001", [](LaunchProfile& launch) {
    launch.counters[Counter::gmem_ld_sectors] = 3200;
    InstructionProfile near = line("ld.global.f32 %f1, [%rd1];", 7), far = line("@%p1 ld.global.f32 %f2, [%rd2];", 9);
    near.sectors = near.ideal_sectors = 200;
    far.sectors = 3000;
    far.ideal_sectors = 200;
    InstructionProfile store = line("st.global.f32 [%rd2], %f2;", 11);
    store.sectors = 9999;
    launch.source = {near, far, store};
  });
  CHECK(hint.cost_pct == 87.5);
  CHECK(hint.place == "a.cu:9");
  CHECK(hint.metric == "gmem.ld.excess_sectors");
  CHECK(hint.text.find("32.0 sectors per request where 4.0") != std::string::npos);
}

TEST_CASE("uncoalesced stores, without source") {
  const Hint hint =
      only("QIAO-GMEM-002", [](LaunchProfile& launch) { launch.counters[Counter::gmem_st_sectors] = 800; });
  CHECK(hint.cost_pct == 50);
  CHECK(hint.place.empty());
}

TEST_CASE("misaligned requests") {
  const Hint hint = only("QIAO-GMEM-003", [](LaunchProfile& launch) {
    launch.counters[Counter::gmem_ld_misaligned] = 40;
    launch.counters[Counter::gmem_ld_sectors] = 440;
  });
  CHECK(hint.cost_pct == Approx(4.8).margin(0.01));
}

TEST_CASE("bank conflicts") {
  const Hint hint = only("QIAO-SMEM-001", [](LaunchProfile& launch) {
    launch.counters[Counter::smem_ld_wavefronts] = 3200;
    InstructionProfile at = line("ld.shared.f32 %f1, [%r1];", 41);
    at.file.clear();
    at.wavefronts = 3200;
    at.ideal_wavefronts = 100;
    launch.source = {at};
  });
  CHECK(hint.cost_pct == Approx(96.9));
  CHECK(hint.place == "PTX line 141");
}

TEST_CASE("divergence") {
  const Hint hint = only("QIAO-DIV-001", [](LaunchProfile& launch) {
    launch.counters[Counter::br_divergent] = 50;
    launch.counters[Counter::inst_thread] = 16000;
    InstructionProfile at = line("@%p1 bra L1;", 5);
    at.diverged = 50;
    launch.source = {at};
  });
  CHECK(hint.cost_pct == 50);
  CHECK(hint.place == "a.cu:5");
}

TEST_CASE("blocks that are no multiple of a warp") {
  CHECK(only("QIAO-DIV-002", [](LaunchProfile& launch) { launch.block = {100, 1, 1}; }).cost_pct == Approx(21.9));
}

TEST_CASE("a grid smaller than the chip") {
  const Hint hint = only("QIAO-GRID-001", [](LaunchProfile& launch) { launch.grid = {4, 1, 1}; });
  CHECK(hint.cost_pct == 60);
}

TEST_CASE("a last wave that is mostly empty") {
  CHECK(only("QIAO-GRID-002", [](LaunchProfile& launch) { launch.grid = {176, 1, 1}; }).cost_pct == 45);
}

TEST_CASE("low occupancy names its limit, and an estimate as one") {
  const Hint hint = only("QIAO-OCC-001", [](LaunchProfile& launch) { launch.block = {32, 1, 1}; });
  CHECK(hint.cost_pct == 75);
  CHECK(hint.text.find("limited by registers (their number is an estimate)") != std::string::npos);
}

TEST_CASE("contended atomics") {
  const Hint hint = only("QIAO-ATOM-001", [](LaunchProfile& launch) {
    launch.counters[Counter::atom_same_addr] = 3200;
    InstructionProfile at = line("red.global.add.u32 [%rd1], 1;", 3);
    at.requests = 100;
    launch.source = {at};
  });
  CHECK(hint.cost_pct == Approx(96.9));
  CHECK(hint.place == "a.cu:3");
}

TEST_CASE("compare-and-swaps that fail") {
  CHECK(only("QIAO-ATOM-002", [](LaunchProfile& launch) { launch.counters[Counter::atom_cas_fail] = 60; }).cost_pct ==
        60);
}

TEST_CASE("local memory") {
  CHECK(only("QIAO-LMEM-001", [](LaunchProfile& launch) { launch.counters[Counter::lmem_ld_req] = 200; }).cost_pct ==
        50);
}

TEST_CASE("warps of another width matter to lanes that talk") {
  LaunchProfile launch = good();
  RunReport run = made::report({launch});
  KernelReport& kernel = run.processes[0].kernels[0];
  kernel.total.facts[Fact::chip_lanes] = 64;
  const std::vector<Hint> found = hints_of(kernel);
  REQUIRE(found.size() == 1);
  CHECK(found[0].id == "QIAO-WARP-001");
  CHECK(found[0].severity == "port");
  kernel.total.counters[Counter::comm_shfl] = 0;
  CHECK(hints_of(kernel).empty());
}

TEST_CASE("where lanes ran apart, rules about warps are silent") {
  for (const Hint& hint : hints([](LaunchProfile& launch) {
         launch.has_warps = false;
         launch.counters[Counter::gmem_ld_sectors] = 3200;
       }))
    FAIL(hint.id + ": " + hint.text);
}
