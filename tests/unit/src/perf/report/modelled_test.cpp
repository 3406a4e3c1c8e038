// Modelled times in a report: sums, what has none, other chips.
#include "src/perf/report/modelled.h"

#include "src/perf/report/report_text.h"
#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

namespace {

// 10 SMs, 5 us a launch, 100 GB/s of which 80 are reached.
ChipView view(const std::string& name) {
  ChipView made;
  made.chip.about.name = name;
  made.chip.about.note = "made up";
  made.chip.about.sm.count = 10;
  made.residency = made::residency;
  return made;
}

// 0.5 GB of sectors: 6.25 ms at 80 GB/s.
LaunchProfile stream() {
  LaunchProfile launch = made::launch();
  launch.grid = {10000, 1, 1};
  launch.counters[Counter::launch_warps] = 10000;
  launch.counters[Counter::gmem_ld_sectors] = 15625000;
  return launch;
}

RunReport modelled(const std::vector<LaunchProfile>& launches) {
  RunReport run = made::report(launches);
  static const ChipView test = view("test");
  model_times(run, [](const std::string& name) { return name == "test" ? &test : nullptr; });
  return run;
}

const KernelReport& only(const RunReport& run) {
  REQUIRE(run.processes.size() == 1);
  REQUIRE(run.processes[0].kernels.size() == 1);
  return run.processes[0].kernels[0];
}

}  // namespace

TEST_CASE("times of launches add up and are found under their metrics") {
  const RunReport run = modelled({stream(), stream()});
  const KernelReport& kernel = only(run);
  REQUIRE(kernel.modelled.has_value());
  CHECK(kernel.modelled->launches == 2);
  CHECK(kernel.modelled->sum[Term::dram] == Approx(12500));
  CHECK(kernel.modelled->least_us == kernel.modelled->most_us);
  CHECK(kernel.modelled->sum.us == Approx(2 * kernel.modelled->least_us));
  CHECK(static_cast<double>(value_of("time.us", kernel.total)->number) == Approx(kernel.modelled->sum.us));
  CHECK(static_cast<double>(value_of("time.us", kernel.launches[0].measured())->number) ==
        Approx(kernel.modelled->least_us));
  CHECK_FALSE(value_of("time.us", kernel.total)->whole);
  REQUIRE(run.chips.size() == 1);
  CHECK(run.chips[0].about.name == "test");
}

TEST_CASE("half a sum is no sum") {
  LaunchProfile apart = stream();
  apart.has_warps = false;
  const RunReport run = modelled({stream(), apart});
  CHECK_FALSE(only(run).modelled.has_value());
  CHECK(only(run).no_time.find("lanes ran apart") != std::string::npos);
  LaunchProfile blocks = stream();
  blocks.level = CountLevel::Blocks;
  CHECK(only(modelled({blocks})).no_time.find("--level memory") != std::string::npos);
  LaunchProfile elsewhere = stream();
  elsewhere.chip = "unheard-of";
  CHECK(only(modelled({elsewhere})).no_time == "the chip unheard-of is not known");
}

TEST_CASE("other chips take the same launches") {
  RunReport run = modelled({stream()});
  ChipView slow = view("slow");
  slow.chip.about.memory.bandwidth_gbs = 50;
  ChipView small = view("small");
  small.residency = [](const LaunchProfile&) { return std::nullopt; };
  compare_chips(run, {slow, small});
  const KernelReport& kernel = only(run);
  REQUIRE(kernel.elsewhere.size() == 2);
  CHECK(kernel.elsewhere[0].time->sum[Term::dram] == Approx(12500));
  CHECK_FALSE(kernel.elsewhere[1].time.has_value());
  CHECK(kernel.elsewhere[1].why == "the launch does not fit the chip");
}

TEST_CASE("every modelled number in the text stands under its mark") {
  RunReport run = modelled({stream()});
  compare_chips(run, {view("other")});
  const std::string text = report_text(run, {});
  CHECK(text.find(std::string("time") + kModelledMark) != std::string::npos);
  CHECK(text.find(std::string("other") + kModelledMark) != std::string::npos);
  CHECK(text.find("6.26 ms") != std::string::npos);  // three digits
  CHECK(text.find("modelled for the chip test (made up), \xc2\xb1"
                  "35%, not calibrated: no measurement") != std::string::npos);
}
