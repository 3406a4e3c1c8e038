// What would break on a chip: limits of launches, features, warps of another width.
#include "src/perf/report/lint.h"

#include "tests/unit/src/perf/report/made_launches.h"

using namespace qiao::perf;

namespace {

ChipView wide() {
  ChipView made;
  made.chip.about.name = "wide";
  made.chip.about.warp.chip_size = 64;
  made.residency = made::residency;
  return made;
}

LaunchProfile with(const std::vector<std::string>& instructions) {
  LaunchProfile launch = made::launch();
  launch.block = {128, 1, 1};
  for (const std::string& text : instructions) {
    InstructionProfile& line = launch.source.emplace_back();
    line.function = launch.kernel;
    line.text = text;
    line.file = "a.cu";
    line.line = static_cast<uint32_t>(launch.source.size());
    line.warps = 1;
    line.threads = 32;
  }
  return launch;
}

// "ID place" of each finding.
std::vector<std::string> found(const LaunchProfile& launch, const ChipView& chip) {
  RunReport run = made::report({launch});
  lint(run, {&chip});
  std::vector<std::string> ids;
  for (const LintFinding& finding : run.processes.at(0).kernels.at(0).lint)
    ids.push_back(finding.hint.id + " " + finding.hint.place);
  return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("warps of another width concern what lanes tell each other") {
  const LaunchProfile launch =
      with({"shfl.sync.down.b32 %r1|%p1, %r2, 16, 31, -1;", "@%p3 vote.sync.ballot.b32 %r3, %p1, %r9;",
            "mov.u32 %r4, %laneid;", "add.f32 %f1, %f2, %f3;", "and.b32 %r5, %r6, -1;"});
  CHECK(found(launch, wide()) == Ids{"QIAO-PORT-010 a.cu:1", "QIAO-PORT-011 a.cu:2", "QIAO-PORT-012 a.cu:3"});
  ChipView same = wide();
  same.chip.about.warp.chip_size = 32;
  CHECK(found(launch, same).empty());
}

TEST_CASE("a full mask is one in a register too, if nothing else is ever in it") {
  const std::string mask = "mov.b32 %r9, -1;", shuffle = "shfl.sync.bfly.b32 %r1|%p1, %r2, 1, 31, %r9;";
  CHECK(found(with({mask, shuffle}), wide()) == Ids{"QIAO-PORT-010 a.cu:2"});
  CHECK(found(with({mask, "not.b32 %r9, %r8;", shuffle}), wide()) == Ids{"QIAO-PORT-011 a.cu:3"});
}

TEST_CASE("arithmetic that a chip has not or emulates") {
  const LaunchProfile launch =
      with({"fma.rn.f64 %fd1, %fd2, %fd3, %fd4;", "ld.global.f64 %fd1, [%rd1];", "fma.rn.bf16x2 %r1, %r2, %r3, %r4;",
            "cvt.rn.satfinite.e4m3x2.f32 %rs1, %f1, %f2;"});
  ChipView chip = wide();
  chip.chip.about.warp.chip_size = 32;
  chip.chip.model.support = {"none", "native", "emulated", "none"};
  CHECK(found(launch, chip) == Ids{"QIAO-PORT-020 a.cu:1", "QIAO-PORT-022 a.cu:3", "QIAO-PORT-023 a.cu:4"});
  chip.chip.model.support = {"emulated", "native", "native", "native"};
  CHECK(found(launch, chip) == Ids{"QIAO-PORT-021 a.cu:1"});
}

TEST_CASE("launches beyond a limit, with the error the chip would give") {
  LaunchProfile launch = with({});
  launch.dynamic_shared_bytes = 73728;
  ChipView small = wide();
  small.chip.about.warp.chip_size = 32;
  small.chip.about.shared.per_block_optin = 65536;
  RunReport run = made::report({launch, launch});
  lint(run, {&small});
  const auto& findings = run.processes.at(0).kernels.at(0).lint;
  REQUIRE(findings.size() == 1);  // once, not for each launch
  CHECK(findings[0].hint.text ==
        "cannot be launched: 73,728 bytes of shared memory in a block, the chip gives 65,536 (cudaErrorInvalidValue)");
  CHECK(findings[0].chip == "wide");
}

TEST_CASE("features of newer chips") {
  const LaunchProfile launch = with({"cp.async.ca.shared.global [%r1], [%rd1], 16;", "cp.async.bulk.commit_group;"});
  ChipView chip = wide();
  chip.chip.about.warp.chip_size = 32;
  chip.chip.about.features.cp_async = false;
  CHECK(found(launch, chip) == Ids{"QIAO-PORT-030 a.cu:1", "QIAO-PORT-030 a.cu:2", "QIAO-PORT-031 a.cu:2"});
}

TEST_CASE("blocks that do not fill wide warps") {
  LaunchProfile launch = with({});
  launch.block = {96, 1, 1};
  CHECK(found(launch, wide()) == Ids{"QIAO-PORT-013 launch 0"});
}
