// Which tier compiles what, told by counts, not by time. A process of its own: it counts all compilations. That the
// tiers agree on results and counters is checked wherever executors are compared (session/executors.h, "quick").
#include "device_sim/jit/session/tiers.h"

#include <future>

#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

std::string kernel_of(int instructions) {
  std::string body;
  for (int i = 0; i < instructions; ++i) body += "mad.lo.u32 r4, r4, " + std::to_string(2 * i + 3) + ", r3;\n";
  return kernel(body + "st.global.u32 [rd1], r4;");
}

struct Counts {
  uint64_t quick = jit::compilations().quick;
  uint64_t full = jit::compilations().full;
  uint64_t replaced = jit::compilations().replaced;
  bool operator==(const Counts&) const = default;
};

// A kernel that stays loaded, launched on one device again and again.
class Loaded {
 public:
  Loaded(const char* tier, const std::string& text) {
    setenv("QIAO_CACHE", "off", 1);
    setenv("QIAO_EXECUTOR", "warp", 1);
    setenv("QIAO_TIER", tier, 1);
    hal::ChipDescription chip;
    chip.memory.bytes = uint64_t{1} << 28;
    auto opened = hal::open_device(chip);
    REQUIRE(opened.ok());
    device_ = std::move(*opened);
    auto loaded = device_->load(parse_ptx(text));
    REQUIRE(loaded.ok());
    module_ = std::move(*loaded);
  }
  Words run() {
    constexpr uint32_t kThreads = 96;
    hal::Kernel* kernel = module_->find_kernel("k");
    auto memory = device_->allocate(4 * kThreads);
    REQUIRE(memory.ok());
    std::vector<std::byte> params(kernel->attributes().param_bytes);
    std::memcpy(params.data(), &*memory, 8);
    CHECK(device_->launch({kernel, {1, 1, 1}, {kThreads, 1, 1}, 0, false, params}).ok());
    Words words(kThreads);
    std::memcpy(words.data(), reinterpret_cast<void*>(*memory), 4 * kThreads);
    CHECK(device_->release(*memory).ok());
    return words;
  }

 private:
  std::unique_ptr<hal::Device> device_;
  std::unique_ptr<hal::LoadedModule> module_;
};

// The background thread does nothing else while this lives.
class Busy {
 public:
  Busy() {
    jit::compile_in_background([wait = release_.get_future().share()] { wait.get(); });
  }
  ~Busy() { release_.set_value(); }

 private:
  std::promise<void> release_;
};

}  // namespace

TEST_CASE("a short kernel is compiled once, fully") {
  const Counts before;
  Loaded loaded("auto", kernel_of(10));
  loaded.run();
  loaded.run();
  CHECK(Counts() == Counts{before.quick, before.full + 1, before.replaced});
}

TEST_CASE("a long kernel runs in quick code until the full code takes its place") {
  const Counts before;
  Loaded loaded("auto", kernel_of(600));
  auto first = std::make_unique<Busy>();
  const Words quickly = loaded.run();
  CHECK(Counts() == Counts{before.quick + 1, before.full, before.replaced});
  first.reset();
  jit::await_background();
  CHECK(Counts() == Counts{before.quick + 1, before.full + 1, before.replaced + 1});
  CHECK(loaded.run() == quickly);
  CHECK(Counts() == Counts{before.quick + 1, before.full + 1, before.replaced + 1});
}

TEST_CASE("a kernel that has gone is compiled no further") {
  const Counts before;
  auto busy = std::make_unique<Busy>();
  Loaded("auto", kernel_of(601)).run();
  busy.reset();
  jit::await_background();
  CHECK(Counts() == Counts{before.quick + 1, before.full, before.replaced});
}

TEST_CASE("QIAO_TIER leaves one tier") {
  const Counts before;
  const Words quickly = Loaded("quick", kernel_of(602)).run();
  jit::await_background();
  CHECK(Counts() == Counts{before.quick + 1, before.full, before.replaced});
  CHECK(Loaded("full", kernel_of(602)).run() == quickly);
  jit::await_background();
  CHECK(Counts() == Counts{before.quick + 1, before.full + 1, before.replaced});
}
