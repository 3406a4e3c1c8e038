// Handles of textures and surfaces that kernels hold: each lane's own, under guards; and wild ones, which end the
// launch with an error on every executor.
#include "src/hal/image.h"
#include "tests/unit/device_sim/jit/session/executors.h"

using namespace qiao;

namespace {

const char* const kExecutors[] = {"interpreter", "lane", "warp", "quick"};

// out[i] = element i of the texture whose handle is (low, high), plus the lane's parity times `step`.
const char kFetch[] = R"(
.visible .entry k(.param .u64 out, .param .u32 low, .param .u32 high, .param .u32 step) {
  .reg .b32 %r<12>; .reg .b64 %rd<6>; .reg .pred %p<2>;
  mov.u32 %r1, %tid.x;
  ld.param.u64 %rd1, [out]; ld.param.u32 %r2, [low]; ld.param.u32 %r3, [high]; ld.param.u32 %r4, [step];
  mul.wide.u32 %rd2, %r1, 4; add.u64 %rd1, %rd1, %rd2;
  and.b32 %r5, %r1, 1; mad.lo.u32 %r2, %r5, %r4, %r2;
  mov.b64 %rd3, {%r2, %r3};
  setp.lt.u32 %p1, %r1, 30;
  mov.u32 %r6, 77;
  @%p1 tex.1d.v4.u32.s32 {%r6, %r7, %r8, %r9}, [%rd3, {%r1}];
  st.global.u32 [%rd1], %r6;
  ret;
})";

const char kStore[] = R"(
.visible .entry k(.param .u64 out, .param .u32 low, .param .u32 high, .param .u32 step) {
  .reg .b32 %r<12>; .reg .b64 %rd<6>;
  mov.u32 %r1, %tid.x; ld.param.u32 %r2, [low]; ld.param.u32 %r3, [high];
  mov.b64 %rd3, {%r2, %r3};
  shl.b32 %r1, %r1, 2;
  sust.b.1d.b32.zero [%rd3, {%r1}], %r1;
  ret;
})";

class Images {
 public:
  explicit Images(const std::string& executor) : device_(device_of(executor)) {}
  ~Images() {
    for (const uint64_t handle : made_) device_.destroy_image(handle);
  }

  uint64_t make(uint32_t first, bool surface) {
    const uint64_t memory = *device_.allocate(512);
    for (uint32_t i = 0; i < 32; ++i) reinterpret_cast<uint32_t*>(memory)[i] = first + i;
    hal::Image image;
    image.kind = hal::ChannelKind::Unsigned;
    image.linear_memory = !surface;
    image.surface = surface;
    image.levels.push_back({.address = memory, .pitch = 128, .slice_bytes = 128, .width = 32});
    made_.push_back(*device_.create_image(image));
    return made_.back();
  }
  hal::Device& device() { return device_; }

 private:
  hal::Device& device_;
  std::vector<uint64_t> made_;
};

Outcome run(const std::string& executor, const char* kernel, uint64_t handle, uint32_t step = 0) {
  Launch launch;
  launch.buffers = {Words(32)};
  launch.scalars = {static_cast<uint32_t>(handle), static_cast<uint32_t>(handle >> 32), step};
  return run_on(executor, kernel, launch);
}

}  // namespace

TEST_CASE("lanes may name different textures") {
  for (const std::string executor : kExecutors) {
    INFO(executor);
    Images images(executor);
    const uint64_t even = images.make(100, false), odd = images.make(500, false);
    const Outcome got = run(executor, kFetch, even, static_cast<uint32_t>(odd - even));
    REQUIRE(got.code == Code::Success);
    for (uint32_t i = 0; i < 30; ++i) CHECK(got.buffers[0][i] == (i % 2 ? 500 : 100) + i);
    CHECK(got.buffers[0][31] == 77);
  }
}

TEST_CASE("a wild handle ends the launch and nothing else") {
  for (const std::string executor : kExecutors) {
    Images images(executor);
    const uint64_t texture = images.make(1, false), surface = images.make(2, true), ended = images.make(3, false);
    const uint64_t memory = *images.device().allocate(512);
    reinterpret_cast<uint64_t*>(memory)[0] = 0xdeadbeef;
    images.device().destroy_image(ended);
    for (const uint64_t wild : {uint64_t{0}, uint64_t{0xfffff}, uint64_t{0xffffffff}, uint64_t{1} << 32, ~uint64_t{0},
                                memory, memory + 4, surface, ended}) {
      INFO(executor << " " << std::hex << wild);
      const Outcome got = run(executor, kFetch, wild);
      CHECK(got.code == Code::LaunchFailed);
      CHECK(got.message.find("invalid texture") != std::string::npos);
    }
    const Outcome stored = run(executor, kStore, texture);
    CHECK(stored.code == Code::LaunchFailed);
    CHECK(stored.message.find("invalid surface") != std::string::npos);
    CHECK(run(executor, kStore, surface).code == Code::Success);
    CHECK(run(executor, kFetch, texture).code == Code::Success);
  }
}

TEST_CASE("a variable names what is bound to it") {
  for (const std::string executor : kExecutors) {
    INFO(executor);
    Images images(executor);
    const uint64_t memory = *images.device().allocate(512);
    reinterpret_cast<uint64_t*>(memory)[0] = images.make(40, false);
    const Outcome got = run(executor, kFetch, memory);
    REQUIRE(got.code == Code::Success);
    CHECK(got.buffers[0][29] == 69);
  }
}
