// What a process writes into its record file is what the reader finds: all of it, or up to where it was killed.
#include "src/perf/record_file.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/wait.h>
#include <unistd.h>

#include "src/perf/recording.h"
#include "tests/unit/catch.h"

using namespace qiao;
using namespace qiao::perf;

namespace {

struct Folder {
  std::string path = [] {
    std::string pattern = "/tmp/qiao-record-XXXXXX";
    return std::string(mkdtemp(pattern.data()));
  }();
  ~Folder() { std::filesystem::remove_all(path); }
  std::string only_file() const { return std::filesystem::directory_iterator(path)->path().string(); }
};

LaunchProfile launch_of(const std::string& kernel, uint64_t loads) {
  LaunchProfile launch;
  launch.kernel = kernel;
  launch.grid = {3, 2, 1};
  launch.block = {64, 1, 1};
  launch.registers = 24;
  launch.chip = "a100-40";
  launch.executor = "warp";
  launch.level = CountLevel::Memory;
  launch.has_warps = true;
  launch.start_ns = 1000;
  launch.wall_ns = 50 + loads;
  launch.range = "outer/inner";
  launch.counters[Counter::gmem_ld_req] = loads;
  launch.counters[Counter::atom_max_same_addr] = 100 - loads;
  launch.counters[Counter::intop] = ~uint64_t{0};
  InstructionProfile line;
  line.function = kernel;
  line.text = "ld.global.f32 %f1, [%rd1];";
  line.file = "a.cu";
  line.line = 7;
  line.sectors = 4 * loads;
  launch.source = {line, line};
  return launch;
}

struct Read {
  Recording recording;
  std::vector<LaunchProfile> launches;
};

Read read(const std::string& path) {
  Read all;
  auto found = read_recording(path, [&](LaunchProfile&& launch) { all.launches.push_back(std::move(launch)); });
  REQUIRE(found.ok());
  all.recording = *std::move(found);
  return all;
}

}  // namespace

TEST_CASE("a launch comes back as it was") {
  Folder folder;
  auto file = RecordFile::create(folder.path);
  REQUIRE(file.ok());
  const LaunchProfile launch = launch_of("_Z1kv", 7);
  (*file)->append(launch);
  const Read all = read((*file)->path());
  REQUIRE(all.launches.size() == 1);
  const LaunchProfile& back = all.launches[0];
  CHECK(back.kernel == "_Z1kv");
  CHECK(back.grid == launch.grid);
  CHECK(back.block == launch.block);
  CHECK(back.chip == "a100-40");
  CHECK(back.level == CountLevel::Memory);
  CHECK(back.has_warps);
  CHECK_FALSE(back.failed);
  CHECK(back.range == "outer/inner");
  CHECK(back.counters == launch.counters);
  REQUIRE(back.source.size() == 2);
  CHECK(back.source[1].text == "ld.global.f32 %f1, [%rd1];");
  CHECK(back.source[1].line == 7);
  CHECK(back.source[1].sectors == 28);
  CHECK(all.recording.pid == static_cast<uint32_t>(getpid()));
  CHECK_FALSE(all.recording.command.empty());
}

TEST_CASE("launches add up per kernel: sums, or the most") {
  Folder folder;
  auto file = RecordFile::create(folder.path);
  REQUIRE(file.ok());
  for (uint64_t loads : {5, 1, 3}) (*file)->append(launch_of("a", loads));
  (*file)->append(launch_of("b", 9));
  const Read all = read((*file)->path());
  REQUIRE(all.recording.kernels.size() == 2);
  const RecordedKernel& a = all.recording.kernels[0];
  CHECK(a.name == "a");
  CHECK(a.time.count == 3);
  CHECK(a.time.ns == 159);
  CHECK(a.time.min_ns == 51);
  CHECK(a.time.max_ns == 55);
  CHECK(a.counters[Counter::gmem_ld_req] == 9);
  CHECK(a.counters[Counter::atom_max_same_addr] == 99);
}

TEST_CASE("beyond the limit launches are counted, and still add up") {
  Folder folder;
  auto file = RecordFile::create(folder.path, 2000);
  REQUIRE(file.ok());
  for (int i = 0; i < 100; ++i) (*file)->append(launch_of("a", 1));
  (*file)->append(launch_of("seen_late", 2));
  const Read all = read((*file)->path());
  CHECK(all.recording.launches == 101);
  CHECK(all.recording.dropped > 0);
  CHECK(all.launches.size() + all.recording.dropped == 101);
  REQUIRE(all.recording.kernels.size() == 2);
  CHECK(all.recording.kernels[0].counters[Counter::gmem_ld_req] == 100);
  CHECK(all.recording.kernels[1].name == "seen_late");
  CHECK(std::filesystem::file_size((*file)->path()) < log_start() + 4000);
}

TEST_CASE("more kernels than the table holds share its last row") {
  Folder folder;
  auto file = RecordFile::create(folder.path);
  REQUIRE(file.ok());
  for (size_t i = 0; i < kKernelSlots + 5; ++i) (*file)->append(launch_of("k" + std::to_string(i), 1));
  const Read all = read((*file)->path());
  REQUIRE(all.recording.kernels.size() == kKernelSlots);
  CHECK(all.recording.kernels.back().name == "(others)");
  CHECK(all.recording.kernels.back().time.count == 6);
}

TEST_CASE("a process that is killed leaves what it had done") {
  Folder folder;
  const pid_t child = fork();
  if (child == 0) {
    auto file = RecordFile::create(folder.path);
    for (int i = 0; i < 3; ++i) (*file)->append(launch_of("k", 1));
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  REQUIRE(WIFSIGNALED(status));
  const Read all = read(folder.only_file());
  CHECK(all.launches.size() == 3);
  CHECK_FALSE(all.recording.ended);
  CHECK_FALSE(all.recording.torn);
}

TEST_CASE("a record cut short is read up to the cut") {
  Folder folder;
  auto file = RecordFile::create(folder.path);
  REQUIRE(file.ok());
  for (int i = 0; i < 3; ++i) (*file)->append(launch_of("k", 1));
  std::filesystem::resize_file((*file)->path(), std::filesystem::file_size((*file)->path()) - 5);
  const Read all = read((*file)->path());
  CHECK(all.recording.torn);
  CHECK(all.launches.size() == 2);
}

TEST_CASE("what is no record is refused") {
  Folder folder;
  const std::string path = folder.path + "/other";
  std::ofstream(path) << "no record";
  auto found = read_recording(path, [](LaunchProfile&&) {});
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().message.find("is not a record") != std::string::npos);
}
