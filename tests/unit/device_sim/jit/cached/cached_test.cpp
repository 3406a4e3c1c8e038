// Compiled kernels come from the disk cache, wherever the module's variables lie this time; damage costs a compilation
// only. A process of its own: the cache's place is read once.
#include <filesystem>
#include <fstream>

#include "src/base/cache_folder.h"
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;
namespace fs = std::filesystem;

namespace {

// An empty folder for the cache and one for what the compiler dumps, which shows whether it ran.
class Folders {
 public:
  static Folders& get() {
    static Folders folders;
    return folders;
  }
  std::vector<fs::path> entries() const {
    std::vector<fs::path> found;
    for (const auto& file : fs::directory_iterator(cache)) {
      if (file.path().string().ends_with(kCacheSuffix)) found.push_back(file.path());
    }
    return found;
  }
  bool compiled_since_last_asked() {
    bool any = !fs::is_empty(dumps);
    for (const auto& file : fs::directory_iterator(dumps)) fs::remove(file);
    return any;
  }

  fs::path root, cache, dumps;

 private:
  Folders() {
    std::string name = (fs::temp_directory_path() / "qiao_cached_XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    root = name;
    cache = root / "cache";
    dumps = root / "dumps";
    fs::create_directories(dumps);
    setenv("QIAO_CACHE", "on", 1);
    setenv("QIAO_CACHE_DIR", cache.c_str(), 1);
    setenv("QIAO_DUMP", dumps.c_str(), 1);
  }
  ~Folders() { fs::remove_all(root); }
};

const char* const kText = R"(
.global .align 4 .u32 step[1] = {5};
.visible .entry k(.param .u64 p) {
  .reg .b32 r<9>; .reg .b64 rd<9>;
  mov.u32 r1, %ctaid.x; mov.u32 r2, %ntid.x; mov.u32 r3, %tid.x; mad.lo.s32 r4, r1, r2, r3;
  ld.param.u64 rd0, [p]; mul.wide.u32 rd1, r4, 4; add.s64 rd1, rd0, rd1;
  ld.global.u32 r5, [step]; mad.lo.u32 r6, r4, r5, 7; st.global.u32 [rd1], r6; ret;
})";

void run_and_check(const std::string& executor, hal::Dim3 block = {64, 1, 1}) {
  Launch launch;
  launch.grid = {3, 1, 1};
  launch.block = block;
  launch.buffers = {Words(3 * block[0])};
  Outcome outcome = run_on(executor, kText, launch);
  INFO(executor << " " << outcome.message);
  REQUIRE(outcome.code == Code::Success);
  for (uint32_t i = 0; i < launch.buffers[0].size(); ++i) CHECK(outcome.buffers[0][i] == 5 * i + 7);
}

}  // namespace

TEST_CASE("a kernel is compiled once, then found on disk") {
  Folders& folders = Folders::get();
  for (const char* executor : {"lane", "warp"}) {
    size_t before = fs::exists(folders.cache) ? folders.entries().size() : 0;
    run_and_check(executor);
    CHECK(folders.compiled_since_last_asked());
    CHECK(folders.entries().size() == before + 1);
    Result<hal::DevicePtr> shift = device_of(executor).allocate(4096);  // the next load puts variables elsewhere
    run_and_check(executor);
    CHECK_FALSE(folders.compiled_since_last_asked());
    REQUIRE(shift.ok());
    CHECK(device_of(executor).release(*shift).ok());
  }
}

TEST_CASE("another block shape is another entry in warp mode") {
  Folders& folders = Folders::get();
  run_and_check("warp", {32, 1, 1});
  size_t before = folders.entries().size();
  run_and_check("warp", {96, 1, 1});
  CHECK(folders.entries().size() == before + 1);
}

TEST_CASE("damaged entries are compiled and written anew") {
  Folders& folders = Folders::get();
  run_and_check("warp");
  for (const fs::path& entry : folders.entries()) fs::resize_file(entry, fs::file_size(entry) / 2);
  (void)folders.compiled_since_last_asked();
  run_and_check("warp");
  CHECK(folders.compiled_since_last_asked());
  run_and_check("warp");
  CHECK_FALSE(folders.compiled_since_last_asked());
}

TEST_CASE("the fifth block shape of a kernel gets code for any shape") {
  (void)Folders::get();
  auto loaded = device_of("interpreter").load(parse_ptx(kText));
  REQUIRE(loaded.ok());
  auto& kernel = static_cast<machine::SimKernel&>(*(*loaded)->find_kernel("k"));
  auto executor = machine::make_warp_executor();
  std::vector<std::shared_ptr<const machine::KernelCode>> codes;
  for (uint32_t x = 1; x <= 6; ++x) {
    auto code = executor->prepare(kernel.image(), {{32 * x, 1, 1}, perf::CountLevel::None, false});
    REQUIRE(code.ok());
    codes.push_back(*code);
  }
  CHECK(codes[2] != codes[3]);
  CHECK(codes[3] != codes[4]);
  CHECK(codes[4] == codes[5]);
}
